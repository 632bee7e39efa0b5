"""Whether the method is right: simulation-based calibration on held-out runs.

Parameters drawn from the prior, data drawn from the model, and posterior draws given these data
are exchangeable, so the posterior probability below the true value is uniform over data sets
(Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv:1804.06788; Cook, Gelman and Rubin
2006). Data sets use a reference table that holds none of them; its accident is common to them, so
that with many data sets from a small table even a correct method is not quite uniform.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.arrays import Floats
from analysis.events.calibration.inference import Posterior
from analysis.events.calibration.rounds import rounds

BINS = 20
COVERAGES = (0.5, 0.8, 0.9, 0.95)
FALSE_ALARM = 0.01
IDENTIFIED = 0.9


class Method(Protocol):
    """What was learned from a reference table."""

    def posterior(self, data: NDArray[Any], /) -> Posterior:
        """Give the posterior of a data set."""


@dataclass(frozen=True, eq=False)
class Proof:
    """Posteriors of data sets whose parameters are known, arrays of shape (sets, parameters).

    Values are places within the prior's ranges: ``truth``, posterior ``mean``, and ``low`` and
    ``high``, the ends of the central 90 %. ``below`` is the posterior probability below the truth,
    ``spread_left`` the posterior over prior standard deviation, ``effective`` the effective sample
    size of each set.
    """

    paths: list[str]
    truth: Floats = field(repr=False)
    mean: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    below: Floats = field(repr=False)
    spread_left: Floats = field(repr=False)
    effective: Floats = field(repr=False)

    @property
    def sets(self) -> int:
        """Number of data sets."""
        return len(self.truth)

    @property
    def bins(self) -> int:
        """Bins of a rank histogram; at least ten data sets are expected in each."""
        return int(np.clip(self.sets // 10, 2, BINS))

    def counts(self) -> NDArray[np.intp]:
        """Rank histograms, shape (parameters, bins)."""
        place = np.minimum((self.below * self.bins).astype(np.intp), self.bins - 1)
        return np.array([np.bincount(column, minlength=self.bins) for column in place.T])

    def ranks(self) -> pd.DataFrame:
        """Test each rank histogram for uniformity."""
        rows = []
        for path, counts, truth, mean, spread_left in zip(
            self.paths, self.counts(), self.truth.T, self.mean.T, self.spread_left.T, strict=True
        ):
            test = stats.chisquare(counts)
            rows.append(
                {
                    "parameter": path, "sets": self.sets, "bins": self.bins,
                    "chi2": float(test.statistic), "p": float(test.pvalue),
                    "uniform": bool(test.pvalue > FALSE_ALARM / len(self.paths)),
                    "spread_left": float(spread_left.mean()),
                    "r": float(np.corrcoef(truth, mean)[0, 1]),
                    "identified": bool(spread_left.mean() < IDENTIFIED),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def coverage(self) -> pd.DataFrame:
        """Say how often central intervals hold the truth."""
        rows = []
        for path, below in zip(self.paths, self.below.T, strict=True):
            for level in COVERAGES:
                inside = int((np.abs(below - 0.5) <= level / 2).sum())
                range_ = stats.binomtest(inside, self.sets).proportion_ci(method="exact")
                key = {"parameter": path, "level": level, "observed": inside / self.sets}
                rows.append(key | {"low": float(range_.low), "high": float(range_.high)})
        return pd.DataFrame(rows)

    def band(self, level: float = 0.99) -> tuple[float, float]:
        """Band in which a bin of a correct method lies with a probability, as counts."""
        low, high = stats.binom.interval(level, self.sets, 1 / self.bins)
        return float(low), float(high)


def prove(
    paths: list[str],
    table: NDArray[Any],
    shares: Floats,
    sets: int,
    learn: Callable[[NDArray[Any], Floats], Method],
    tell: Callable[[int, int], None] | None = None,
) -> Proof:
    """Hold runs out, and find their parameters again from the others."""
    runs = np.arange(len(shares))
    made: dict[int, Posterior] = {}
    number = rounds(len(runs), sets)
    for first in range(number):
        held = runs[len(runs) - sets + first :: number]
        rest = np.delete(runs, held)
        method = learn(table[rest], shares[rest])
        made |= {int(run): method.posterior(table[run]) for run in held}
        if tell is not None:
            tell(len(made), sets)
    truth = shares[len(shares) - sets :]
    found = [made[run] for run in sorted(made)]
    ends = np.array([each.quantiles(np.array([0.05, 0.95])) for each in found])
    return Proof(
        paths=paths,
        truth=truth,
        mean=np.array([each.mean for each in found]),
        low=ends[:, 0],
        high=ends[:, 1],
        below=np.array([each.below(row) for each, row in zip(found, truth, strict=True)]),
        spread_left=np.array([each.spread_left for each in found]),
        effective=np.array([each.effective for each in found]),
    )
