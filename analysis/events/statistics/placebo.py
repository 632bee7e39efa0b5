"""What followed an order, against what followed other dates of the same log."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.events.statistics.log import EventLog
from analysis.intervals import Estimate, Z

WINDOW = 168.0
FEWEST = 8
_DAY = 24.0


@dataclass(frozen=True)
class BeforeAfter:
    """Change of the rate of events at one time, local or in hours.

    ``before`` and ``after`` count events in the windows, each ``window`` hours long. ``ratio`` is
    (after + 1/2) / (before + 1/2), ``placebo`` the same at other dates; their spread gives its
    interval, if there are at least 8. ``p_fall`` and ``p_change`` are the shares of placebo dates
    (and the order itself) with as low a ratio, and with one as far from their median either way.
    """

    at: Any
    window: float
    before: int
    after: int
    ratio: Estimate
    placebo: Floats = field(repr=False)
    p_fall: float
    p_change: float


def before_after(log: EventLog, at: Any, window: float = WINDOW, gap: float = 0.0) -> BeforeAfter:
    """Compare the rate after an order with that before it, with placebo dates as the null.

    Each window has ``window`` hours; ``gap`` hours after the order are in neither. Placebo dates
    lie whole days from the order, so that they share its hour of day; their windows lie within the
    span and, as far as they would reach over the order, are left out. The p values hold where the
    log would have gone on in its own way; an order that answers a peak is followed by a fall in any
    case (regression to the mean). A window that reaches out of the span raises ValueError.
    """
    log.need(f"windows of {window:g} h", window)
    hour = log.hours_at(at)
    reach = window + gap
    if not (window <= hour and hour + reach <= log.length):
        raise ValueError(
            f"the windows of {window:g} h around {at} reach out of the span of {log.length:g} h"
        )
    before, after = _counts(log, np.array([hour]), window, gap)
    dates = _dates(log, hour, window, reach)
    logs = _log_ratio(*_counts(log, dates, window, gap))
    value = float(_log_ratio(before, after)[0])
    shown = hour if not log.dated else pd.Timestamp(log.at([hour])[0])
    return BeforeAfter(
        shown, window, int(before[0]), int(after[0]), _estimate(value, logs), np.exp(logs),
        (1 + int((logs <= value).sum())) / (1 + len(logs)), _either_way(value, logs),
    )  # fmt: skip


def _dates(log: EventLog, hour: float, window: float, reach: float) -> Floats:
    first = -math.floor((hour - window) / _DAY)
    last = math.floor((log.length - reach - hour) / _DAY)
    dates = hour + _DAY * np.arange(first, last + 1)
    return np.asarray(dates[np.abs(dates - hour) >= window + reach - 1e-9])


def _counts(
    log: EventLog, hours: Floats, window: float, gap: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    def upto(times: Floats) -> NDArray[np.intp]:
        return np.searchsorted(log.hours, times - 1e-9)

    later = hours + gap
    return upto(hours) - upto(hours - window), upto(later + window) - upto(later)


def _log_ratio(before: NDArray[np.intp], after: NDArray[np.intp]) -> Floats:
    return np.log((after + 0.5) / (before + 0.5))


def _estimate(value: float, placebo: Floats) -> Estimate:
    if len(placebo) < FEWEST:
        return Estimate(math.exp(value), math.nan, math.nan, math.nan)
    reach = Z * float(placebo.std(ddof=1))
    return Estimate(math.exp(value), math.nan, math.exp(value - reach), math.exp(value + reach))


def _either_way(value: float, placebo: Floats) -> float:
    if not len(placebo):
        return 1.0
    middle = float(np.median(placebo))
    as_far = np.abs(placebo - middle) >= abs(value - middle) - 1e-12
    return (1 + int(as_far.sum())) / (1 + len(placebo))
