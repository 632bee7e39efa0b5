"""At which hours of the day events happen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import intervals
from analysis.events.statistics.log import EventLog
from analysis.intervals import NOTHING, Estimate

NIGHT = (22, 6)


@dataclass(frozen=True)
class Daytime:
    """Hour-of-day profile and night share of a log, with the calendar day as the unit.

    ``profile`` has one row per local ``hour``: ``events``, ``share`` of all events and its 95 %
    interval ``low``, ``high``. ``night`` is the share between the hours of ``span``, and ``flat``
    that of events that know no hour.
    """

    profile: pd.DataFrame
    night: Estimate
    span: tuple[int, int]
    flat: float


def daytime(log: EventLog, night: tuple[int, int] = NIGHT) -> Daytime:
    """Count events by local hour of day, with the calendar day as the unit of uncertainty.

    Parameters
    ----------
    log : EventLog
        With dates, and times to the hour or better.
    night : (int, int)
        First hour of the night and the hour at which it ends, 0 to 23.

    Returns
    -------
    Daytime
        NaN without events.

    Raises
    ------
    ValueError
        When the log has no hours of day.
    """
    if not log.dated or log.resolution > 1 + 1e-9:
        raise ValueError("hours of day need times with dates, to the hour or better")
    table = np.zeros((log.days, 24))
    np.add.at(table, (log.day, log.hour_of_day), 1.0)
    length = (night[1] - night[0]) % 24
    dark = np.isin(np.arange(24), (night[0] + np.arange(length)) % 24)
    events = table.sum(axis=0).astype(int)
    if len(log):
        share, low, high = intervals.ratio(table, table.sum(axis=1))
        estimate = _night(table, dark)
    else:
        share = low = high = np.full(24, math.nan)
        estimate = NOTHING
    profile = pd.DataFrame(
        {"hour": np.arange(24), "events": events, "share": share, "low": low, "high": high}
    )
    return Daytime(profile, estimate, night, length / 24)


def _night(table: NDArray[np.float64], dark: NDArray[np.bool_]) -> Estimate:
    parts = table[:, dark].sum(axis=1, keepdims=True)
    share, low, high = intervals.ratio(parts, table.sum(axis=1))
    return Estimate(float(share[0]), math.nan, float(low[0]), float(high[0]))
