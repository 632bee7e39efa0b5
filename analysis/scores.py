"""Place an observation in a simulated distribution, and score the distribution by it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats


class Score(NamedTuple):
    """A score with its Monte-Carlo standard error; smaller is better, NaN when undefined."""

    value: float
    error: float


class Rank(NamedTuple):
    """Shares of runs below an observed value and up to it; their middle is its quantile."""

    below: float
    up_to: float

    @property
    def middle(self) -> float:
        """Quantile of the observation; ties count half."""
        return (self.below + self.up_to) / 2


NOTHING = Score(math.nan, math.nan)


def rank(values: ArrayLike, observed: float) -> Rank:
    """Place an observed value among simulated ones."""
    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        return Rank(math.nan, math.nan)
    return Rank(float((sample < observed).mean()), float((sample <= observed).mean()))


def crps(values: ArrayLike, observed: float) -> Score:
    """Continuous ranked probability score of a simulated distribution.

    The estimator is the fair one (Ferro 2014): its expectation does not depend on the number
    of runs. For a single certain value it is the absolute error.
    """
    sample = np.sort(np.asarray(values, dtype=float))
    size = sample.size
    if size < 2:
        return NOTHING
    off, apart = np.abs(sample - observed), _mean_distance(sample)
    error = float((off - apart).std(ddof=1)) / math.sqrt(size)
    return Score(float((off - apart / 2).mean()), error)


def crps_of_ordered(values: Floats, observed: Floats) -> Floats:
    """Compute `crps`, without its error, for each column of ascending samples."""
    size = len(values)
    weights = 2 * np.arange(size) - (size - 1)
    apart = 2 * (weights @ values) / (size * (size - 1))
    return np.asarray(np.abs(values - observed).mean(axis=0) - apart / 2)


def brier(answers: ArrayLike, observed: bool) -> Score:
    """Brier score of the share of runs that answer yes."""
    sample = np.asarray(answers, dtype=float)
    if sample.size == 0:
        return NOTHING
    share = float(sample.mean())
    error = math.sqrt(share * (1 - share) / sample.size)
    off = abs(share - float(observed))
    return Score(off**2, 2 * off * error)


def _mean_distance(ordered: Floats) -> Floats:
    """Mean distance of each value of an ascending sample to the others."""
    size = ordered.size
    place = np.arange(size)
    total, before = ordered.sum(), np.cumsum(ordered) - ordered
    after = total - before - ordered
    gaps = ordered * place - before + after - ordered * (size - 1 - place)
    return np.asarray(gaps / (size - 1))
