"""How the data compare with the runs: within their reach, and with those of the posterior."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import scores
from analysis.arrays import Floats

NEIGHBOURS = 10
COMPARED = 300
UNLIKE = 0.05
LEVELS = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def reach(table: Floats, statistics: Floats) -> float:
    """Say how far the data lie from all runs of the reference table.

    The distance is the mean one to the ten nearest runs, each statistic in standard deviations
    of the table, and is compared with that of runs of the table themselves.
    """
    spread = table.std(axis=0)
    used = spread > 0
    scaled, point = table[:, used] / spread[used], statistics[used] / spread[used]
    if (np.abs(statistics - table.mean(axis=0))[~used] > 1e-9).any():
        return 0.0
    step = max(len(scaled) // COMPARED, 1)
    own = [
        _near(np.delete(scaled, row, axis=0), scaled[row]) for row in range(0, len(scaled), step)
    ]
    return float((np.array(own) >= _near(scaled, point)).mean())


def _near(table: Floats, point: Floats) -> float:
    squared = ((table - point) ** 2).sum(axis=1)
    return float(np.sqrt(np.partition(squared, NEIGHBOURS)[:NEIGHBOURS]).mean())


def predictive(names: list[str], runs: Floats, statistics: Floats) -> pd.DataFrame:
    """Place each statistic of the data among runs at posterior draws."""
    rows = []
    for name, column, value in zip(names, runs.T, statistics, strict=True):
        rank = scores.rank(column, float(value))
        quantiles = np.quantile(column, list(LEVELS.values()))
        tail = min(rank.up_to, 1 - rank.below)
        rows.append(
            {
                "statistic": name, "observed": float(value),
                **dict(zip(LEVELS, map(float, quantiles), strict=True)),
                "below": rank.below, "up_to": rank.up_to, "p": min(1.0, 2 * tail),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
