"""The log of events that every statistic reads, made from a run or from any table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import chance
from analysis.arrays import Floats
from sim.records import DEAD

if TYPE_CHECKING:
    from sim.scenario import Loaded

HOUR = pd.Timedelta(hours=1)
DAY = 24.0
EVEN_MONTH = 365.25 * DAY / 12
_PERIODS = {EVEN_MONTH: "month", 7 * DAY: "week", DAY: "day", 1.0: "hour"}
UNDATED = pd.Timestamp("2000-01-01", tz="UTC")


@dataclass(frozen=True, eq=False)
class EventLog:
    """When events happened within a span of time; where and how large, as far as known.

    Make one with `from_engagements`, or with `from_table` of `analysis.events.statistics`.

    Parameters
    ----------
    hours : ndarray, shape (n,)
        Time of each event since the start of the span [h], ascending, within 0 to ``length``.
    length : float
        Length of the span [h], above 0. Silence at either end counts.
    start : Timestamp
        Start of the span with the time zone in which hours of day and calendar days are
        counted.
    dated : bool
        Whether ``start`` is a real date; if not, times were plain hours.
    resolution : float
        Times are known to this accuracy [h]: an event lies in the ``resolution`` after its
        time. Events at one time are spread out over it where order matters.
    place : ndarray of str, shape (n,), optional
        Where; empty text for unknown.
    size : ndarray, shape (n,), optional
        How large, such as persons killed; NaN for unknown.
    name : str
        Shown in figures.
    unit : str
        What sizes count, shown in figures; empty for unknown.
    sides : ndarray of str, shape (n, 2), optional
        Groups on both sides, the attacker first where that is known.
    bounds : ndarray, shape (n, 2), optional
        The lowest and the highest count of each size, as far as known.
    """

    hours: Floats
    length: float
    start: pd.Timestamp = UNDATED
    dated: bool = False
    resolution: float = 1 / 60
    place: NDArray[Any] | None = field(default=None, repr=False)
    size: Floats | None = field(default=None, repr=False)
    name: str = "events"
    unit: str = ""
    sides: NDArray[Any] | None = field(default=None, repr=False)
    bounds: Floats | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not (np.isfinite(self.length) and self.length > 0):
            raise ValueError(f"the span must be longer than 0 hours, got {self.length}")
        hours = self.hours
        if hours.size and not (hours[0] >= 0 and hours[-1] <= self.length):
            raise ValueError(f"times must lie within the span of {self.length} hours")
        if np.any(np.diff(hours) < 0) or np.isnan(hours).any():
            raise ValueError("times must be known and in order")
        for values in (self.hours, self.place, self.size, self.sides, self.bounds):
            if values is not None:
                if len(values) != len(hours):
                    raise ValueError(
                        f"{len(hours)} times, but {len(values)} places, sizes or sides"
                    )
                values.flags.writeable = False

    def __len__(self) -> int:
        """Give the number of events."""
        return len(self.hours)

    def need(self, what: str, accuracy: float) -> None:
        """Refuse what times of this accuracy [h] cannot tell, by a ValueError."""
        if self.resolution > accuracy * (1 + 1e-9):
            known = f"{self.resolution / 24:.3g} d"
            message = f"{what} need times to {accuracy / 24:.3g} d or better; these are to {known}"
            raise ValueError(message)

    @property
    def edges(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Start and end of the span."""
        return self.start, self.start + pd.Timedelta(hours=self.length)

    @cached_property
    def local(self) -> pd.DatetimeIndex:
        """Local clock time of each event, without a zone."""
        return self.at(self.hours)

    @cached_property
    def hour_of_day(self) -> NDArray[np.intp]:
        """Local hour of each event, 0 to 23."""
        return np.asarray(self.local.hour, dtype=np.intp)

    @cached_property
    def day(self) -> NDArray[np.intp]:
        """Local calendar day of each event, 0 the (usually incomplete) first of the span."""
        first = self.start.tz_localize(None).normalize()
        return np.asarray((self.local.normalize() - first).days, dtype=np.intp)

    @cached_property
    def days(self) -> int:
        """Number of local calendar days that the span touches."""
        first, end = self.at([0.0, self.length])
        last = (end - pd.Timedelta(1, "ns")).normalize()
        touched = int((last - first.normalize()).days) + 1
        return max(touched, int(self.day[-1]) + 1 if len(self) else 0)

    def at(self, hours: ArrayLike) -> pd.DatetimeIndex:
        """Local clock time, without a zone, at hours since the start of the span."""
        nanoseconds = np.round(np.asarray(hours, dtype=float) * 3.6e12).astype("int64")
        times = self.start.as_unit("ns").tz_convert("UTC") + pd.to_timedelta(nanoseconds, unit="ns")
        return pd.DatetimeIndex(times).tz_convert(self.start.tz).tz_localize(None)

    def hours_at(self, time: Any) -> float:
        """Hours since the start of the span at a timestamp (local if it names no zone).

        A number is taken as hours and comes back unchanged.
        """
        if isinstance(time, int | float | np.number):
            return float(time)
        if not self.dated:
            raise ValueError(f"this log has no dates; give hours instead of {time!r}")
        stamp = pd.Timestamp(time)
        if stamp.tzinfo is None:
            stamp = stamp.tz_localize(self.start.tz)
        return float((stamp - self.start) / HOUR)

    def select(self, places: Iterable[str] | str) -> EventLog:
        """Keep the events at one or more places, of a log that has places; the span stays."""
        if self.place is None:
            raise ValueError("this log has no places to select from")
        wanted = [places] if isinstance(places, str) else list(places)
        name = f"{self.name}, {' and '.join(wanted)}" if len(wanted) < 3 else self.name
        return replace(self.take(np.isin(self.place, wanted)), name=name)

    def take(self, keep: NDArray[np.bool_], **changes: Any) -> EventLog:
        """Keep some events; the span stays unless ``changes`` give another."""
        kept: dict[str, Any] = {
            name: None if values is None else values[keep]
            for name in ("hours", "place", "size", "sides", "bounds")
            for values in (getattr(self, name),)
        }
        return replace(self, **kept | changes)

    def spread(self, seed: int = 0) -> Floats:
        """Give the times with each event moved at random within the resolution, ascending [h].

        Events at one recorded time come in an arbitrary order, as they must.
        """
        move = chance.generator(seed, "spread").random(len(self)) * self.resolution
        return np.sort(np.minimum(self.hours + move, self.length))


def period_name(hours: float) -> str:
    """Write a length of time as a period: week, 2 weeks, month."""
    for unit, name in _PERIODS.items():
        if round(hours / unit, 6).is_integer():
            amount = round(hours / unit)
            return name if amount == 1 else f"{amount} {name}s"
    return f"{hours:g} hours"


def start_of(loaded: Loaded) -> pd.Timestamp:
    """Start of a scenario, with its time zone."""
    clock = loaded.scenario.clock
    return pd.Timestamp(clock.start.replace(tzinfo=None)).tz_localize(clock.timezone)


def from_engagements(
    frame: pd.DataFrame, scenario: Loaded, replicate: int = 0, name: str | None = None
) -> EventLog:
    """Read the log of one simulated run.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``frames.engagements`` or some of its rows.
    scenario : sim.scenario.Loaded
        ``frames.scenarios[name]``; gives the start, the time zone and the length.
    replicate : int
        Which run.
    name : str, optional
        Name of the scenario in ``frame``; the scenario's own when left out.

    Returns
    -------
    EventLog
        Size is the number killed on all sides; place is the province.
    """
    clock, shown = scenario.scenario.clock, name or scenario.name
    rows = frame[(frame["scenario"] == shown) & (frame["replicate"] == replicate)]
    rows = rows.sort_values("tick", kind="stable")
    killed = rows[list(DEAD)].sum(axis=1)
    return EventLog(
        hours=rows["tick"].to_numpy(dtype=float) * clock.tick,
        length=float(clock.length),
        start=start_of(scenario),
        dated=True,
        resolution=float(clock.tick),
        place=rows["province"].astype(object).to_numpy(copy=True),
        size=killed.to_numpy(dtype=float),
        name=f"{shown}, replicate {replicate}",
        unit="persons killed",
    )
