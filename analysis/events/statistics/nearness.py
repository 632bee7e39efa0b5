"""Whether days of neighbouring places are more alike than days of other places."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import wording
from analysis.arrays import Floats
from analysis.chance import generator
from analysis.events.statistics.log import EventLog
from analysis.intervals import Estimate, t_quantile

Pairs = NDArray[np.bool_]
DETREND = 15
LEAST = 30
_BLOCKS = 20


@dataclass(frozen=True)
class Proximity:
    """Daily correlation between pairs of places.

    ``pairs`` has one row per pair: ``first``, ``second``, ``neighbours`` (bool), ``correlation``.
    The mean correlations of neighbouring and of other pairs have intervals by a jackknife over
    stretches of days. ``p`` is the share of shuffles of the places' names with as large a
    difference, one-sided; ``lag`` the days by which one of the two places is later.
    """

    pairs: pd.DataFrame = field(repr=False)
    neighbours: Estimate
    others: Estimate
    difference: Estimate
    p: float
    lag: int


def proximity(
    log: EventLog,
    neighbours: Mapping[str, Collection[str]],
    *,
    lag: int = 0,
    detrend: int = DETREND,
    least: int = LEAST,
    seed: int = 0,
    draws: int = 999,
) -> Proximity:
    """Correlate detrended daily counts of places, neighbouring ones against the others.

    Counts are square-rooted and freed of their moving average over ``detrend`` days (odd, at least
    3); what all places share (a national signal, a weekday) raises both kinds of pairs, so that
    only their difference speaks of spread to neighbours. ``neighbours`` names which places border
    which; one direction suffices. Other places, and those with fewer than ``least`` events, are
    left out. Without two kinds of pairs, or with too few days, it raises ValueError.
    """
    if log.place is None or not neighbours:
        raise ValueError("no places, or no neighbours of places, were named")
    log.need("days of places", 24.0)
    compared = [place for place in neighbours if int((log.place == place).sum()) >= least]
    border = _border(compared, neighbours)
    upper = np.triu(np.ones_like(border), 1)
    if not (upper & border).any() or not (upper & ~border).any():
        raise ValueError(
            f"{len(compared)} of the places have {least} events;"
            " neighbours and others are both needed"
        )
    days = _daily(log, compared)
    if len(days) < 2 * detrend + lag + _BLOCKS:
        raise ValueError(f"{wording.too_few(len(days), 'day')} to compare places")
    ahead, behind = _lagged(_detrended(days, detrend), lag)
    alike = _correlation(ahead, behind)
    means = _means(alike, border)
    errors = _jackknife(ahead, behind, border)
    rng = generator(seed, "proximity")
    orders = (rng.permutation(len(compared)) for _ in range(draws))
    null = np.array([_means(alike, border[np.ix_(order, order)])[2] for order in orders])
    p = (1 + int((null >= means[2] - 1e-12).sum())) / (1 + draws)
    near, far, difference = map(_estimate, means, errors)
    return Proximity(_table(compared, border, alike), near, far, difference, p, lag)


def _border(compared: list[str], neighbours: Mapping[str, Collection[str]]) -> Pairs:
    border = np.zeros((len(compared), len(compared)), dtype=bool)
    for row, first in enumerate(compared):
        for column, second in enumerate(compared):
            border[row, column] = second in neighbours[first] or first in neighbours[second]
    return border


def _daily(log: EventLog, compared: list[str]) -> Floats:
    """Count events per whole day and place; incomplete days at the ends are left out."""
    counts = np.zeros((log.days, len(compared)))
    for column, place in enumerate(compared):
        counts[:, column] = np.bincount(log.day[log.place == place], minlength=log.days)
    return counts[1:-1] if log.days > 2 else counts


def _detrended(days: Floats, width: int) -> Floats:
    roots = pd.DataFrame(np.sqrt(days))
    trend = roots.rolling(width, center=True, min_periods=width).mean()
    return np.asarray((roots - trend).dropna())


def _lagged(values: Floats, lag: int) -> tuple[Floats, Floats]:
    return (values[lag:], values[: len(values) - lag]) if lag else (values, values)


def _correlation(ahead: Floats, behind: Floats) -> Floats:
    first, second = (v - v.mean(axis=0) for v in (ahead, behind))
    scale = np.sqrt((first**2).sum(axis=0)[:, None] * (second**2).sum(axis=0)[None, :])
    one_way = first.T @ second / np.where(scale > 0, scale, 1.0)
    return np.asarray((one_way + one_way.T) / 2)


def _means(alike: Floats, border: Pairs) -> Floats:
    upper = np.triu(np.ones_like(border), 1)
    near, far = alike[upper & border].mean(), alike[upper & ~border].mean()
    return np.array([near, far, near - far])


def _jackknife(ahead: Floats, behind: Floats, border: Pairs) -> Floats:
    parts = np.array_split(np.arange(len(ahead)), _BLOCKS)
    left = [
        _means(_correlation(np.delete(ahead, part, 0), np.delete(behind, part, 0)), border)
        for part in parts
    ]
    return np.asarray(np.sqrt((_BLOCKS - 1) * np.var(left, axis=0)))


def _estimate(value: float, error: float) -> Estimate:
    reach = t_quantile(_BLOCKS - 1) * error
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return Estimate(float(value), float(error), float(low), float(high))


def _table(compared: list[str], border: Pairs, alike: Floats) -> pd.DataFrame:
    first, second = np.triu_indices(len(compared), 1)
    names = np.array(compared, dtype=object)
    return pd.DataFrame(
        {
            "first": names[first],
            "second": names[second],
            "neighbours": border[first, second],
            "correlation": alike[first, second],
        }
    )
