"""Tables computed once when a world is built, so that no tick needs exp, log or pow.

Those that take long are cached and read-only: the worlds of a design's points have most of them in
common.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, ParamSpec, cast
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

P = ParamSpec("P")

WOUNDED_FACTORS = 1024
CACHED_TABLES = 256


def cached(table: Callable[P, NDArray[Any]]) -> Callable[P, NDArray[Any]]:
    """Let a function give the same read-only table for the same arguments."""

    @lru_cache(maxsize=CACHED_TABLES)
    @wraps(table)
    def compute(*given: P.args, **named: P.kwargs) -> NDArray[Any]:
        values = table(*given, **named)
        values.flags.writeable = False
        return values

    return cast("Callable[P, NDArray[Any]]", compute)


def keep_per_tick(half_life: float, tick_hours: float) -> float:
    """Share that decay leaves per tick."""
    return float(2.0 ** (-tick_hours / half_life))


def kept_by_age(keep: float, n_ticks: int) -> Floats:
    """Share that decay leaves after 0, 1, 2, ... ticks."""
    factors = np.full(n_ticks + 1, keep)
    factors[0] = 1.0
    return np.multiply.accumulate(factors)


@cached
def severity(median: float, log_sd: float, limit: int) -> Floats:
    """Probability of at most k killed: a lognormal number rounded down and cut."""
    table = np.ones(limit + 1)
    if median > 0:
        for k in range(limit):
            z = (math.log(k + 1) - math.log(median)) / log_sd
            table[k] = 0.5 * math.erfc(-z / math.sqrt(2))
    return table


@cached
def wounded_factors(shape: float) -> Floats:
    """Quantiles of a gamma distribution with mean 1, at the midpoints of equal steps."""
    from scipy.special import gammaincinv

    steps = (np.arange(WOUNDED_FACTORS) + 0.5) / WOUNDED_FACTORS
    factors = gammaincinv(shape, steps) / shape
    return np.asarray(factors / factors.mean())


def binomial(number: int, share: float) -> Floats:
    """Probability of counting at most k of a number of persons."""
    from scipy.special import bdtr

    return np.asarray(bdtr(np.arange(number + 1), number, share), float)


@cached
def magnitudes(limit: int) -> Floats:
    """``log2(1 + killed)`` for 0 to `limit` killed."""
    return np.array([math.log2(1 + k) for k in range(limit + 1)])


def marks(weights: Floats, tables: Floats, by_severity: bool) -> Floats:
    """Weight of an attack suffered, by its killed, with mean 1 over attacks."""
    magnitude = 1.0 + magnitudes(tables.shape[1] - 1)
    if not by_severity:
        return np.ones_like(magnitude)
    shares = np.diff(tables, prepend=0.0, axis=1)
    return np.asarray(magnitude / float(weights @ shares @ magnitude))


@cached
def local_hours(start_utc: datetime, timezone: str, tick_hours: float, n_ticks: int) -> Ints:
    """Local hour of day at the start of each tick."""
    zone = ZoneInfo(timezone)
    step = timedelta(hours=tick_hours)
    moments = (start_utc + step * tick for tick in range(n_ticks))
    return np.array([moment.astimezone(zone).hour for moment in moments], np.int64)


def hour_factors(profile: list[float] | None) -> Floats:
    """Relative activity by hour, scaled to mean 1."""
    values = np.ones(24) if profile is None else np.array(profile, float)
    return np.asarray(values / values.mean())
