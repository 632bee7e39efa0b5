"""Make events of a table that counts them by day, week or month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.events.reading.choices import Choice, option
from analysis.events.reading.errors import failed
from analysis.events.reading.layouts import normal
from analysis.events.reading.mapping import Reading
from analysis.events.statistics.log import EVEN_MONTH
from sim.scenario.problems import show

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

DAY, WEEK, MONTH = "day", "week", "month"
HOURS = {DAY: 24.0, WEEK: 168.0, MONTH: 744.0}
_MOST = 3_000_000


def period(
    frame: pd.DataFrame, chosen: Mapping[str, str], how: Reading, file: Path
) -> tuple[str, Choice]:
    """Tell which time a row covers."""
    found, why = (how.period, "as asked") if how.period else _told(frame, chosen)
    starts = frame["time"].dropna().drop_duplicates().sort_values()
    steps = starts.diff().dropna().dt.total_seconds() / 3600
    odd = steps % HOURS[WEEK] != 0 if found == WEEK else steps < 28 * 24 - 1
    if found != DAY and odd.any():
        raise failed(
            file, f"counts by {found}, but its times are not a {found} apart",
            got=f"{float(steps[odd].iloc[0]) / 24:g} days", allowed=option("period", DAY),
        )  # fmt: skip
    choice = Choice("counts", f"by {found}", why, option("period", WEEK if found != WEEK else DAY))
    return found, choice


def _told(frame: pd.DataFrame, chosen: Mapping[str, str]) -> tuple[str, str]:
    name = normal(chosen.get("time", ""))
    if "time" not in chosen and "day" not in chosen:
        return MONTH, "a year and a month tell the time"
    if "end_days" in frame and (spans := frame["end_days"].dropna()).size:
        days = float(spans.median())
        found = MONTH if days > 20 else (WEEK if days > 3 else DAY)
        return found, f"from {chosen['time']} to {chosen['end']}"
    for word in (WEEK, MONTH):
        if word in name:
            return word, f"its column {show(chosen['time'])}"
    times = frame["time"].dropna()
    if frame["coarse"].all() or ((times.dt.day == 1).all() and times.nunique() > 1):
        return MONTH, "every time is the first of a month"
    steps = times.drop_duplicates().sort_values().diff().dropna().dt.days
    if len(steps) and (steps % 7 == 0).all():
        return WEEK, "all times are weeks apart"
    return DAY, "its times"


def expanded(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Make a row for each event that was counted; how many died in each is not known."""
    numbers = frame["events"].fillna(0).to_numpy(int)
    if numbers.sum() > _MOST:
        raise failed(file, f"counts {numbers.sum():,} events", allowed=f"at most {_MOST:,}")
    events = frame.loc[np.repeat(frame.index.to_numpy(), numbers)].reset_index(drop=True)
    single = np.repeat(numbers, numbers) == 1
    for role in ("killed_low", "killed_best", "killed_high"):
        events[role] = events[role].where(single)
    return events


def even_months(log: EventLog) -> EventLog:
    """Make all months of a log equally long, so that windows of whole months hold whole counts."""
    edges = pd.DatetimeIndex([*log.at([0.0, log.length])])
    first, last = (12 * edge.year + edge.month for edge in edges)
    months = np.asarray(12 * log.local.year + log.local.month - first, dtype=float)
    length = max(last - first, int(months.max(initial=0)) + 1) * EVEN_MONTH
    return replace(log, hours=months * EVEN_MONTH, length=length, resolution=EVEN_MONTH)


def edges(first: pd.Timestamp, end: pd.Timestamp, found: str) -> pd.DatetimeIndex:
    """Give the starts of all periods, and the end of the last."""
    step = {DAY: "D", WEEK: "7D"}.get(found, "MS")
    return pd.date_range(first, end, freq=step)


def covered(times: pd.Series, found: str = DAY) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the time that a table covers, rows of 0 and those that were not chosen included."""
    first, last = times.min().normalize(), times.max().normalize()
    step = {DAY: pd.DateOffset(days=1), WEEK: pd.DateOffset(days=7)}.get(found)
    return first, last + (step or pd.DateOffset(months=1))
