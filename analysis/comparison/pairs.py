"""One outcome in two scenarios: its pairs of runs, and the difference of its means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analysis import intervals, uncertainty, wording
from analysis.arrays import Floats

Method = Literal["paired", "unpaired"]
KEY = ["seed", "replicate"]


@dataclass(frozen=True)
class Pairs:
    """The values of one outcome in a scenario and in its baseline.

    ``ours`` and ``theirs`` are all runs that have a value; ``first`` and ``second`` those of them
    that share seed and replicate, in the same order; ``draw`` the draw of the numbers that are not
    known, where both were run at the same ones.
    """

    name: str
    ours: Floats
    theirs: Floats
    first: Floats
    second: Floats
    draw: NDArray[np.int64] | None = None

    @property
    def yes_no(self) -> bool:
        """Whether the outcome is a yes or no per run."""
        return wording.is_yes_no(self.name)

    @property
    def band(self) -> tuple[float, float]:
        """Band of the expected difference over those draws; NaN without them."""
        if self.draw is None:
            return math.nan, math.nan
        return uncertainty.band(self.first - self.second, self.draw)

    def counts(self) -> dict[str, int]:
        """Give the numbers of pairs and runs as columns of a table."""
        return {
            "pairs": self.first.size,
            "runs": self.ours.size,
            "baseline_runs": self.theirs.size,
        }

    @property
    def too_few(self) -> bool:
        """Whether a side has fewer than two runs, so that there is no interval."""
        return min(self.ours.size, self.theirs.size) < 2


@dataclass(frozen=True)
class Difference:
    """Mean of a scenario minus that of its baseline, with the p of no difference.

    ``variance_reduction`` is the variance of the unpaired difference over that of the paired one.
    """

    estimate: intervals.Estimate
    p: float
    method: Method
    variance_reduction: float

    def columns(self) -> dict[str, float]:
        """Give the difference, its standard error and its interval as columns of a table."""
        value, error, low, high = self.estimate
        return {
            "difference": value,
            "difference_se": error,
            "difference_low": low,
            "difference_high": high,
        }


def pair(runs: pd.DataFrame, baseline: pd.DataFrame, name: str, draws: int = 0) -> Pairs:
    """Pair the runs of two scenarios."""
    column = wording.outcome(name).name
    ours, theirs = (
        frame.loc[frame[column].notna(), [*KEY, column]].astype({column: float})
        for frame in (runs, baseline)
    )
    both = ours.merge(theirs, on=KEY, suffixes=("", "_baseline"))
    return Pairs(
        name,
        ours[column].to_numpy(),
        theirs[column].to_numpy(),
        both[column].to_numpy(),
        both[f"{column}_baseline"].to_numpy(),
        both["replicate"].to_numpy() % draws if draws else None,
    )


def difference(pairs: Pairs) -> Difference:
    """Estimate the difference of means, over pairs where that is more precise.

    Paired: Student's t, for a yes or no the interval of Agresti and Min and the exact test
    of McNemar. Unpaired, where pairing does not lower the standard error or there are fewer
    than two pairs: Welch, for a yes or no the interval of Agresti and Caffo and the exact
    test of Fisher.
    """
    ours, theirs, first, second = pairs.ours, pairs.theirs, pairs.first, pairs.second
    if pairs.yes_no:
        paired = intervals.paired_share_difference(first, second)
        unpaired = intervals.share_difference(ours, theirs)
    else:
        paired = intervals.mean(first - second)
        unpaired = intervals.difference(ours, theirs)
    apart = first.size < 2 or math.isnan(paired.error) or paired.error > unpaired.error
    found = unpaired if apart else paired
    if pairs.too_few:
        found, p = found._replace(error=math.nan, low=math.nan, high=math.nan), math.nan
    else:
        p = _p(pairs, found, apart)
    return Difference(found, p, "unpaired" if apart else "paired", variance_reduction(pairs))


def variance_reduction(pairs: Pairs) -> float:
    """Variance of the difference without pairing over that with pairing."""
    if pairs.first.size < 2:
        return math.nan
    together = float((pairs.first - pairs.second).var(ddof=1))
    apart = float(pairs.first.var(ddof=1) + pairs.second.var(ddof=1))
    if together == 0:
        return math.nan if apart == 0 else math.inf
    return apart / together


def _p(pairs: Pairs, found: intervals.Estimate, apart: bool) -> float:
    if pairs.yes_no:
        return _fisher(pairs) if apart else _mcnemar(pairs.first - pairs.second)
    if found.error == 0:
        return 1.0 if found.value == 0 else 0.0
    welch = intervals.welch_freedom(pairs.ours, pairs.theirs) if apart else None
    freedom = pairs.first.size - 1 if welch is None else welch
    return float(2 * special.stdtr(freedom, -abs(found.value) / found.error))


def _mcnemar(gaps: Floats) -> float:
    up, down = int((gaps > 0).sum()), int((gaps < 0).sum())
    return min(1.0, 2 * float(special.bdtr(min(up, down), up + down, 0.5)))


def _fisher(pairs: Pairs) -> float:
    """Two-sided exact test: the chance of all tables that are no likelier than the one seen."""
    size, others = pairs.ours.size, pairs.theirs.size
    yes = int(pairs.ours.sum() + pairs.theirs.sum())
    ours = np.arange(max(0, yes - others), min(size, yes) + 1)
    logs = _log_choices(size, ours) + _log_choices(others, yes - ours)
    chances = np.exp(logs - logs.max())
    seen = chances[int(pairs.ours.sum()) - ours[0]]
    return float(chances[chances <= seen * (1 + 1e-7)].sum() / chances.sum())


def _log_choices(size: int, chosen: NDArray[np.int64]) -> Floats:
    return np.asarray(-special.betaln(1 + size - chosen, 1 + chosen) - np.log(size + 1))
