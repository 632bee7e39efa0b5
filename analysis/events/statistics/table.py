"""Make a log of events of any table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.events.statistics.log import HOUR, UNDATED, EventLog

_RESOLUTIONS = (24.0, 1.0, 1 / 60, 1 / 3600)


def from_table(
    table: pd.DataFrame,
    time: str,
    place: str | None = None,
    size: str | None = None,
    sides: tuple[str, str] | None = None,
    bounds: tuple[str, str] | None = None,
    *,
    zone: str = "UTC",
    span: tuple[Any, Any] | None = None,
    resolution: float | None = None,
    name: str = "events",
    unit: str = "",
) -> EventLog:
    """Read a log from any table with one row per event.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per event, in any order.
    time : str
        Column of times: timestamps (or text that reads as such) or plain numbers of hours.
        Rows without a time are left out.
    place, size : str, optional
        Columns of places and sizes.
    sides : (str, str), optional
        Columns of the groups on both sides.
    bounds : (str, str), optional
        Columns of the lowest and the highest count of a size.
    zone : str
        IANA time zone in which hours of day are counted; times without a zone are local
        to it. An hour that the clock repeats in autumn counts as its first pass.
    span : (start, end), optional
        What the log covers, in the form of the times; events outside are left out. When
        left out: whole local days from the first to the last event (hours: from 0 to the
        last event).
    resolution : float, optional
        Accuracy of the times [h]; found from the times when left out (day, hour, minute or
        second).
    name : str
        Shown in figures.
    unit : str
        What sizes count, shown in figures.

    Returns
    -------
    EventLog

    Raises
    ------
    ValueError
        For an unknown column, or when no row has a time.
    """
    for column in (time, place, size, *(sides or ()), *(bounds or ())):
        if column is not None and column not in table:
            known = ", ".join(map(str, table.columns))
            raise ValueError(f"the table has no column {column!r}; it has {known}")
    plain = pd.api.types.is_numeric_dtype(table[time])
    hours, start, length = (_plain if plain else _dated)(table[time], zone, span)
    keep = np.flatnonzero((hours >= 0) & (hours < length if span else hours <= length))
    order = keep[np.argsort(hours[keep], kind="stable")]
    return EventLog(
        hours=hours[order],
        length=length,
        start=start,
        dated=not plain,
        resolution=_resolution(hours[order], start) if resolution is None else resolution,
        place=None if place is None else _text(table[place])[order],
        size=None if size is None else _numbers(table[size])[order],
        sides=sides and np.column_stack([_text(table[side]) for side in sides])[order],
        bounds=bounds and np.column_stack([_numbers(table[each]) for each in bounds])[order],
        name=name,
        unit=unit,
    )


def _plain(
    column: pd.Series, zone: str, span: tuple[Any, Any] | None
) -> tuple[Floats, pd.Timestamp, float]:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).any() and span is None:
        raise ValueError("no row has a time")
    first, last = span if span else (0.0, float(np.nanmax(values)))
    return values - first, UNDATED.tz_convert(zone), float(last - first)


def _dated(
    column: pd.Series, zone: str, span: tuple[Any, Any] | None
) -> tuple[Floats, pd.Timestamp, float]:
    times = pd.DatetimeIndex(pd.to_datetime(column))
    if times.isna().all() and span is None:
        raise ValueError("no row has a time")
    if times.tz is None:
        first_pass = np.ones(len(times), dtype=bool)
        times = times.tz_localize(zone, ambiguous=first_pass, nonexistent="shift_forward")
    times = times.tz_convert(zone)
    if span is None:
        local = times.tz_localize(None).normalize()
        span = (local.min(), local.max() + pd.Timedelta(days=1))
    start, end = (_stamp(edge, zone) for edge in span)
    return np.asarray((times - start) / HOUR, dtype=float), start, float((end - start) / HOUR)


def _stamp(time: Any, zone: str) -> pd.Timestamp:
    stamp = pd.Timestamp(time)
    return stamp.tz_localize(zone) if stamp.tzinfo is None else stamp.tz_convert(zone)


def _resolution(hours: Floats, start: pd.Timestamp) -> float:
    """Find the coarsest usual unit of which every time is a whole number."""
    midnight = float((start.tz_localize(None) - start.tz_localize(None).normalize()) / HOUR)
    for unit in _RESOLUTIONS:
        whole = (hours + midnight) / unit
        if np.all(np.abs(whole - np.round(whole)) * unit < 1e-7):
            return unit
    return 0.0


def _text(column: pd.Series) -> NDArray[Any]:
    named = column.astype(object).where(column.notna(), "").astype(str)
    return np.array(named, dtype=object)


def _numbers(column: pd.Series) -> Floats:
    return np.array(column.to_numpy(dtype=float, na_value=np.nan))
