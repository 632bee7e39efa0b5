"""Fano factor: how uneven counts are, by the length of the window in which one counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analysis.arrays import Floats
from analysis.events.statistics.log import EventLog
from analysis.intervals import ENDS, t_quantile

SCALES = (1.0, 2.0, 6.0, 12.0, 24.0, 72.0, 168.0, 336.0, 672.0, 2016.0)
FEWEST = 8
COLUMNS = ("scale", "windows", "fano", "low", "high", "poisson_low", "poisson_high")
_BLOCKS = 20
_PERIODS = (1, 2, 4, 12)


def fano(log: EventLog, scales: Sequence[float] = SCALES) -> pd.DataFrame:
    """Compute the variance of counts over their mean in windows of several lengths.

    1 at every scale for a Poisson process; growth with the scale means that events cluster or that
    the rate drifts. Each row has the ``scale`` [h], the number of ``windows``, ``fano``, its 95 %
    interval ``low``, ``high`` (jackknife over blocks of windows, on the log scale) and the 95 %
    band of a Poisson process from the dispersion test: (windows - 1) times the factor is
    chi-squared with windows - 1 degrees of freedom. Scales finer than the log's resolution, or with
    fewer than 8 whole windows in the span, are left out; where that is more than a day, scales are
    multiples of it.
    """
    rows = []
    coarse = log.resolution > 24 + 1e-9
    for scale in [times * log.resolution for times in _PERIODS] if coarse else scales:
        windows = int(log.length / scale + 1e-9)
        if windows < FEWEST or scale < log.resolution * (1 - 1e-9):
            continue
        place = (log.hours / scale + 1e-9).astype(np.intp)
        counts = np.bincount(place[place < windows], minlength=windows).astype(float)
        if counts.sum() < 2:
            continue
        value, low, high = _factor(counts)
        band = special.chdtri(windows - 1, np.flip(ENDS)) / (windows - 1)
        rows.append((scale, windows, value, low, high, *band))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _factor(counts: Floats) -> tuple[float, float, float]:
    """Fano factor with an interval that allows for windows near each other being alike."""
    value = float(counts.var(ddof=1) / counts.mean())
    parts = np.array_split(np.arange(len(counts)), min(_BLOCKS, len(counts)))
    left_out = np.array([_without(counts, part) for part in parts])
    if value <= 0 or not np.all(left_out > 0):
        return value, math.nan, math.nan
    logs = np.log(left_out)
    blocks = len(parts)
    error = math.sqrt((blocks - 1) / blocks * float(((logs - logs.mean()) ** 2).sum()))
    reach = t_quantile(blocks - 1) * error
    return value, value * math.exp(-reach), value * math.exp(reach)


def _without(counts: Floats, part: NDArray[np.intp]) -> float:
    rest = np.delete(counts, part)
    mean = float(rest.mean())
    return float(rest.var(ddof=1)) / mean if mean > 0 else 0.0
