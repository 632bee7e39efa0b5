"""What a calibration found: the posterior of a data set, and tables that tell it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.events.calibration import checks, likelihood, reference
from analysis.events.calibration.data import Data
from analysis.events.calibration.inference import Nearest, Posterior, train
from analysis.events.calibration.likelihood import Likelihood
from analysis.events.calibration.proof import IDENTIFIED
from analysis.events.calibration.reference import Reference
from analysis.events.calibration.reported import Reported
from analysis.explore.designs import UNITS

LEVELS = {"q025": 0.025, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95,
          "q975": 0.975}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Result:
    """What a calibration found.

    ``reach`` is that of `checks.reach` where events were compared; ``learned``, where targets were,
    is what the runs say of the probability of reports.
    """

    reference: Reference
    data: Data | Reported
    posterior: Posterior
    reach: float = field(default=1.0)
    learned: Likelihood | None = field(default=None, repr=False)

    @property
    def compared(self) -> str:
        """What of the runs was compared."""
        return "targets" if isinstance(self.data, Reported) else self.reference.source

    def summary(self) -> pd.DataFrame:
        """Sum up the posterior of each parameter."""
        design, posterior = self.reference.design, self.posterior
        values = reference.values(design, posterior.shares)
        quantiles = reference.values(design, posterior.quantiles(np.array([*LEVELS.values()])))
        rows = []
        for place, varied in enumerate(design.ranges):
            spread_left = float(posterior.spread_left[place])
            rows.append(
                {
                    "parameter": varied.path, "kind": varied.kind,
                    "unit": UNITS.get(varied.kind, "-"), "low": varied.low,
                    "high": varied.high, "scale": "log" if varied.log else "linear",
                    "mean": float(posterior.weights @ values[:, place]),
                    **dict(zip(LEVELS, map(float, quantiles[:, place]), strict=True)),
                    "spread_left": spread_left, "identified": spread_left < IDENTIFIED,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def sample(self) -> pd.DataFrame:
        """List the posterior sample."""
        values, made = (
            reference.values(self.reference.design, self.posterior.shares),
            self.posterior,
        )
        head: dict[str, Any] = {"weight": made.weights}
        if isinstance(made, Nearest):
            head |= {
                "wave": self.reference.waves[made.accepted],
                "run": self.reference.numbers[made.accepted],
                "distance": made.distances,
            }
        return pd.DataFrame(head | dict(zip(self.reference.paths, values.T, strict=True)))

    def diagnostics(self) -> pd.DataFrame:
        """Say on what the posterior rests."""
        rows: list[tuple[str, Any]] = [
            ("data", self.data.name),
            ("compared", self.compared),
            *self.data.facts(),
            ("runs in the reference table", len(self.reference.shares)),
            ("waves", int(self.reference.waves.max())),
            ("effective sample size", round(self.posterior.effective, 1)),
            *(self._nearness() if isinstance(self.posterior, Nearest) else self._learning()),
        ]
        return pd.DataFrame(rows, columns=["what", "value"])

    def _nearness(self) -> list[tuple[str, Any]]:
        assert isinstance(self.posterior, Nearest)
        distances, box = self.posterior.distances, self.reference.box
        return [
            ("statistics", len(self.data.names)),
            ("share of the prior that the last wave covers", box.volume),
            ("runs there", int(box.holds(self.reference.shares).sum())),
            ("runs accepted", len(distances)),
            *((f"distance, quantile {q}", float(np.quantile(distances, q))) for q in (0, 0.5, 1)),
            ("share of runs farther from the others than the data", self.reach),
        ]

    def _learning(self) -> list[tuple[str, Any]]:
        assert self.learned is not None
        assert isinstance(self.data, Reported)
        logs = self.learned.log(self.posterior.shares, self.data.point)
        levels = np.quantile(logs, (0.05, 0.5, 0.95))
        return [
            (f"logarithm of the probability of all reports, quantile {q} of draws", float(level))
            for q, level in zip((0.05, 0.5, 0.95), levels, strict=True)
        ]


def infer(
    runs: Reference,
    data: Data | Reported,
    accept: int | None = None,
    seed: int = 1,
    inside: Any = None,
) -> Result:
    """Give the posterior of a data set."""
    if isinstance(data, Reported):
        learned = likelihood.learn(data.table(runs), runs.shares, seed, inside=inside)
        return Result(runs, data, learned.posterior(data.point), learned=learned)
    posterior, reach = posterior_of(runs, data.table(runs), data.point, accept, seed)
    return Result(runs, data, posterior, reach)


def posterior_of(
    runs: Reference,
    table: Floats,
    point: Floats,
    accept: int | None = None,
    seed: int = 1,
) -> tuple[Nearest, float]:
    """Give the posterior of a data set by its statistics, from the runs within the box."""
    box, inside = runs.box, runs.box.holds(runs.shares)
    made = train(table[inside], box.inner(runs.shares[inside]), accept, seed).posterior(point)
    accepted = np.flatnonzero(inside)[made.accepted]
    posterior = replace(made, shares=box.outer(made.shares), accepted=accepted)
    return posterior, checks.reach(table[inside], point)
