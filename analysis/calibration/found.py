"""What a calibration found: the posterior of a data set, and tables that tell it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.calibration import checks, reference
from analysis.calibration.data import Data
from analysis.calibration.inference import Posterior, train
from analysis.calibration.proof import IDENTIFIED
from analysis.calibration.reference import Reference
from analysis.calibration.reported import Reported

Floats = NDArray[np.float64]
LEVELS = {"q025": 0.025, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95,
          "q975": 0.975}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Found:
    """What a calibration found.

    Parameters
    ----------
    reference : Reference
        The runs at draws from the prior.
    data : Data or Reported
        What was observed.
    posterior : Posterior
        The weighted sample.
    reach : float
        Of `analysis.calibration.checks.reach`.
    """

    reference: Reference
    data: Data | Reported
    posterior: Posterior
    reach: float = field(default=1.0)

    @property
    def compared(self) -> str:
        """What of the runs was compared."""
        return "targets" if isinstance(self.data, Reported) else self.reference.source

    def summary(self) -> pd.DataFrame:
        """Sum up the posterior of each parameter.

        Returns
        -------
        pandas.DataFrame
            One row per ``parameter``: ends of the prior, ``low`` and ``high``, with its
            ``scale``; the posterior ``mean``; quantiles; ``spread_left``, posterior over
            prior standard deviation on that scale; and whether it is ``identified`` by the
            data (spread left below 0.9). Numbers are in hours, per hour, hours after the start,
            or as the scenario counts.
        """
        design, posterior = self.reference.design, self.posterior
        values = reference.values(design, posterior.shares)
        quantiles = reference.values(design, posterior.quantiles(np.array([*LEVELS.values()])))
        rows = []
        for place, varied in enumerate(design.ranges):
            spread_left = float(posterior.spread_left[place])
            rows.append(
                {
                    "parameter": varied.path, "kind": varied.kind, "low": varied.low,
                    "high": varied.high, "scale": "log" if varied.log else "linear",
                    "mean": float(posterior.weights @ values[:, place]),
                    **dict(zip(LEVELS, map(float, quantiles[:, place]), strict=True)),
                    "spread_left": spread_left, "identified": spread_left < IDENTIFIED,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def sample(self) -> pd.DataFrame:
        """List the posterior sample.

        Returns
        -------
        pandas.DataFrame
            One row per accepted run: its ``wave`` and ``run`` there, ``weight``, ``distance``
            from the data [widths of the ranges of the last wave], and a column for each
            parameter.
        """
        values = reference.values(self.reference.design, self.posterior.shares)
        head = {
            "wave": self.reference.waves[self.posterior.accepted],
            "run": self.reference.numbers[self.posterior.accepted],
            "weight": self.posterior.weights,
            "distance": self.posterior.distances,
        }
        return pd.DataFrame(head | dict(zip(self.reference.paths, values.T, strict=True)))

    def diagnostics(self) -> pd.DataFrame:
        """Say on what the posterior rests.

        Returns
        -------
        pandas.DataFrame
            Columns ``what`` and ``value``.
        """
        distances = self.posterior.distances
        rows: list[tuple[str, Any]] = [
            ("data", self.data.name),
            ("compared", self.compared),
            *self.data.facts(),
            ("statistics", len(self.data.names)),
            ("runs in the reference table", len(self.reference.shares)),
            ("waves", int(self.reference.waves.max())),
            ("share of the prior that the last wave covers", self.reference.box.volume),
            ("runs there", int(self.reference.box.holds(self.reference.shares).sum())),
            ("runs accepted", len(distances)),
            ("effective sample size", round(self.posterior.effective, 1)),
            *((f"distance, quantile {q}", float(np.quantile(distances, q))) for q in (0, 0.5, 1)),
            ("share of runs farther from the others than the data", self.reach),
        ]
        return pd.DataFrame(rows, columns=["what", "value"])


def infer(
    found: Reference, data: Data | Reported, accept: int | None = None, seed: int = 1
) -> Found:
    """Give the posterior of a data set.

    Parameters
    ----------
    found : Reference
        The reference table.
    data : Data or Reported
        What was observed.
    accept, seed
        As in `analysis.calibration.inference.train`.

    Returns
    -------
    Found

    Raises
    ------
    MissingPackage
        When scikit-learn is not installed.
    ValueError
        When the table has too few runs.
    """
    posterior, reach = posterior_of(found, data.table(found), data.point, accept, seed)
    return Found(found, data, posterior, reach)


def posterior_of(
    found: Reference,
    table: Floats,
    point: Floats,
    accept: int | None = None,
    seed: int = 1,
) -> tuple[Posterior, float]:
    """Give the posterior of a data set by its statistics, from the runs within the box.

    Parameters
    ----------
    found : Reference
        The reference table.
    table : ndarray, shape (runs, s)
        Statistics of its runs.
    point : ndarray, shape (s,)
        Of the data.
    accept, seed
        As in `analysis.calibration.inference.train`.

    Returns
    -------
    posterior : Posterior
        As places within the prior's ranges.
    reach : float
        Of `analysis.calibration.checks.reach`.
    """
    box, inside = found.box, found.box.holds(found.shares)
    made = train(table[inside], box.inner(found.shares[inside]), accept, seed).posterior(point)
    accepted = np.flatnonzero(inside)[made.accepted]
    posterior = replace(made, shares=box.outer(made.shares), accepted=accepted)
    return posterior, checks.reach(table[inside], point)
