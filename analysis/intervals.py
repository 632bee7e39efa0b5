"""Monte-Carlo uncertainty of estimates over runs; the run is the unit everywhere.

Every interval has a nominal coverage of 95 %, where no other level is given.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.arrays import Floats

LEVEL = 0.95
Z = float(special.ndtri(0.5 + LEVEL / 2))
ENDS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)  # of the middle 95 %


class Estimate(NamedTuple):
    """A number with its Monte-Carlo standard error and 95 % interval; NaN when undefined."""

    value: float
    error: float
    low: float
    high: float

    def columns(self, name: str) -> dict[str, float]:
        """Give the number and its interval as columns of a table."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan)


def mean(values: ArrayLike, floor: float = -math.inf, level: float = LEVEL) -> Estimate:
    """Mean with Student's t interval."""
    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        return NOTHING
    centre = float(sample.mean())
    if sample.size == 1:
        return NOTHING._replace(value=centre)
    error = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    reach = t_quantile(sample.size - 1, level) * error
    return Estimate(centre, error, max(floor, centre - reach), centre + reach)


def difference(ours: ArrayLike, theirs: ArrayLike) -> Estimate:
    """Difference of two independent means with Welch's interval."""
    first, second = (np.asarray(values, dtype=float) for values in (ours, theirs))
    if first.size == 0 or second.size == 0:
        return NOTHING
    gap = float(first.mean() - second.mean())
    if first.size == 1 or second.size == 1:
        return NOTHING._replace(value=gap)
    error = math.sqrt(sum(float(values.var(ddof=1)) / values.size for values in (first, second)))
    if error == 0:
        return Estimate(gap, 0.0, gap, gap)
    reach = t_quantile(welch_freedom(first, second)) * error
    return Estimate(gap, error, gap - reach, gap + reach)


def welch_freedom(first: Floats, second: Floats) -> float:
    """Degrees of freedom of the difference of two independent means (Welch, Satterthwaite)."""
    parts = [float(values.var(ddof=1)) / values.size for values in (first, second)]
    return sum(parts) ** 2 / sum(
        part**2 / (values.size - 1) for part, values in zip(parts, (first, second), strict=True)
    )


def share_difference(ours: ArrayLike, theirs: ArrayLike) -> Estimate:
    """Difference of two independent shares of runs, with Agresti and Caffo's interval.

    One yes and one no are added to each side, so that the interval has a width even where
    all runs agree.
    """
    first, second = (np.asarray(values, dtype=float) for values in (ours, theirs))
    if first.size == 0 or second.size == 0:
        return NOTHING
    shares = [(float(values.sum()) + 1) / (values.size + 2) for values in (first, second)]
    sizes = (first.size + 2, second.size + 2)
    error = math.sqrt(sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)))
    return _within_one(float(first.mean() - second.mean()), shares[0] - shares[1], error)


def paired_share_difference(ours: ArrayLike, theirs: ArrayLike) -> Estimate:
    """Mean difference of a yes or no between paired runs, with Agresti and Min's interval.

    Half a pair is added to each of the four possible answers, so that the interval has a
    width even where no pair differs.
    """
    gaps = np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)
    if gaps.size == 0:
        return NOTHING
    up, down, size = float((gaps > 0).sum()) + 0.5, float((gaps < 0).sum()) + 0.5, gaps.size + 2
    middle = (up - down) / size
    error = math.sqrt(up + down - size * middle**2) / size
    return _within_one(float(gaps.mean()), middle, error)


def share(hits: int, runs: int, level: float = LEVEL) -> Estimate:
    """Share of runs with Wilson's interval."""
    if runs == 0:
        return NOTHING
    centre, z = hits / runs, float(special.ndtri(0.5 + level / 2))
    error = math.sqrt(centre * (1 - centre) / runs)
    middle = (hits + z**2 / 2) / (runs + z**2)
    reach = z * math.sqrt(runs) / (runs + z**2) * math.sqrt(centre * (1 - centre) + z**2 / 4 / runs)
    low = 0.0 if hits == 0 else middle - reach
    high = 1.0 if hits == runs else middle + reach
    return Estimate(centre, error, low, high)


def quantile(values: ArrayLike, probability: float) -> float:
    """Quantile as the smallest value that at least this share of runs does not exceed."""
    sample = np.sort(np.asarray(values, dtype=float))
    if sample.size == 0:
        return math.nan
    rank = math.ceil(probability * sample.size - 1e-9)
    return float(sample[max(rank, 1) - 1])


def quantile_interval(
    values: ArrayLike, probability: float, level: float = LEVEL
) -> tuple[float, float]:
    """Interval of a quantile from order statistics, free of any distribution."""
    sample = np.sort(np.asarray(values, dtype=float))
    size = sample.size
    low = _binomial_quantile((1 - level) / 2, size, probability) if size else 0
    high = _binomial_quantile((1 + level) / 2, size, probability) + 1 if size else 1
    if low < 1 or high > size:
        return math.nan, math.nan
    return float(sample[low - 1]), float(sample[high - 1])


def curve_margin(runs: int) -> float:
    """Half-width of a 95 % band that holds a whole empirical distribution at once.

    The Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant.
    """
    return min(1.0, math.sqrt(math.log(2 / (1 - LEVEL)) / (2 * runs)))


def ratio(parts: Floats, wholes: Floats) -> tuple[Floats, Floats, Floats]:
    """Pooled shares with the run as the unit, by the linearised ratio estimator.

    Chains of one run share its random numbers; taking each as independent would make the
    interval too narrow. Intervals are formed on the logit scale.
    """
    runs, total = len(wholes), wholes.sum()
    pooled = parts.sum(axis=0) / total
    if np.count_nonzero(wholes) < 2:
        nothing = np.full_like(pooled, np.nan)
        return pooled, nothing, nothing
    residual = parts - wholes[:, None] * pooled
    error = np.sqrt(runs / (runs - 1) * (residual**2).sum(axis=0)) / total
    inside = (pooled > 0) & (pooled < 1)
    safe = np.where(inside, pooled, 0.5)
    reach = t_quantile(runs - 1) * error / (safe * (1 - safe))
    low = np.where(inside, special.expit(special.logit(safe) - reach), pooled)
    high = np.where(inside, special.expit(special.logit(safe) + reach), pooled)
    return pooled, low, high


def t_quantile(freedom: float, level: float = LEVEL) -> float:
    """Quantile of Student's t that leaves half of what the level leaves out above it."""
    return float(special.stdtrit(freedom, 0.5 + level / 2))


def _binomial_quantile(level: float, size: int, probability: float) -> int:
    """Fewest hits that are exceeded with at most the chance that the level leaves."""
    found = int(special.bdtrik(level, size, probability))
    return found + int(special.bdtr(found, size, probability) < level)


def _within_one(value: float, middle: float, error: float) -> Estimate:
    return Estimate(value, error, max(-1.0, middle - Z * error), min(1.0, middle + Z * error))
