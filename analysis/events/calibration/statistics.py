"""Summary statistics by which histories are compared, for many histories at once.

Chosen for what the parameters move: levels (how many, where, when), severity (how many die),
and clustering (events that follow an event within hours or days, at the same place and
elsewhere), which is what separates answers from background. Where the data say who attacked whom,
followers are parted into those that turn the attack around and those that repeat it, as shares,
which names that are missing at random do not change. Counts are taken as log(1 + x), so that a
factor is a distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.events.calibration.events import Events

LAGS = (3.0, 12.0, 36.0, 120.0)
MOST_PARTS = 12
DAY = 24.0
_GRAIN = 1e-6  # hours; whole numbers of it are compared, so that keys of any size are exact


@dataclass(frozen=True)
class Statistics:
    """Which statistics are computed, from ``first`` to ``last`` [h since the start].

    Counts of ``provinces`` are statistics of their own, unless places are unknown. ``sizes`` says
    whether the numbers killed are known. Times are compared at ``resolution`` [h], that of the data
    or a tick, the coarser; ``midnight`` is the time from local midnight to the scenario's start.
    Where ``sided``, only events of which both sides are known are compared; ``groups`` are empty
    unless it is known who attacked whom. Where the data are counts by week or month, ``periods``
    are the edges of these [h since the start]; they then take the place of days. ``ranges`` says
    whether low and high counts of the killed are compared, too.
    """

    first: float
    last: float
    provinces: tuple[str, ...]
    sizes: bool
    resolution: float
    midnight: float = 0.0
    sided: bool = False
    groups: tuple[str, ...] = ()
    periods: tuple[float, ...] = ()
    ranges: bool = False

    @property
    def lags(self) -> tuple[float, ...]:
        """Lags of the clustering statistics that the window and the accuracy allow [h]."""
        short, long = self.resolution, (self.last - self.first) / 2
        if self.periods:
            return ()
        return tuple(lag for lag in LAGS if short <= lag <= long)

    @property
    def parts(self) -> int:
        """Number of equal parts of the window whose counts are statistics."""
        days = len(self.periods) - 1 if self.periods else round((self.last - self.first) / DAY)
        return int(np.clip(days, 1, MOST_PARTS))

    @property
    def names(self) -> list[str]:
        """Names of the statistics, in the order of the columns."""
        span = (self.last - self.first) / self.parts / DAY
        parts = [f"events in part {n + 1} ({span:.3g} d)" for n in range(self.parts)]
        places = [f"events in {name}" for name in self.provinces]
        lags = [f"followers within {lag:g} h" for lag in self.lags]
        near = [f"followers at the place within {lag:g} h" for lag in self.lags]
        sizes = ["killed", "share deadly", "mean log killed", "most killed"]
        if self.ranges:
            sizes += ["killed, low counts", "killed, high counts", "mean log range of killed"]
        unit = "period" if self.periods else "day"
        return [
            "events", f"share of {unit}s with events", f"most events in a {unit}", "last event",
            *parts, *lags, *(places + near if self.provinces else []),
            *(sizes if self.sizes else []), *(self._side_names if self.groups else []),
        ]  # fmt: skip

    @property
    def _side_names(self) -> list[str]:
        where = ("", " at the place") if self.provinces else ("",)
        followers = [
            f"share {what}{near} within {lag:g} h"
            for near in where for what in ("answering", "repeating") for lag in self.lags
        ]  # fmt: skip
        sides = ("attacks by", "attacks on")
        return [f"share of {what} {name}" for what in sides for name in self.groups] + followers

    def of(self, events: Events) -> Floats:
        """Compute the statistics of each history."""
        compared = events.sided() if self.sided else events
        here = self._rounded(compared.within(self.first, self.last))
        columns = [*self._levels(here), *self._courses(here), *self._followers(here, here.history)]
        if self.provinces:
            count = len(self.provinces)
            columns += _log(_table(here, here.place, count)).T.tolist()
            columns += self._followers(here, here.history * count + here.place)
        if self.sizes:
            columns += _severity(here)
        if self.sizes and self.ranges:
            columns += _ranges(here)
        if self.groups:
            columns += self._sides(here.sided())
        return np.column_stack(columns)

    def _rounded(self, events: Events) -> Events:
        """Move each event to the start of the unit of time in which it fell."""
        if self.periods:
            edges = np.asarray(self.periods)
            place = np.searchsorted(edges, events.hours, side="right") - 1
            return replace(events, hours=edges[np.clip(place, 0, len(edges) - 2)])
        unit = self.resolution
        units = np.floor((events.hours + self.midnight) / unit + 1e-9)
        hours = np.maximum(units * unit - self.midnight, self.first)
        return replace(events, hours=hours)

    def _levels(self, events: Events) -> list[Floats]:
        if self.periods:
            days = len(self.periods) - 1
            day = np.searchsorted(np.asarray(self.periods), events.hours, side="right") - 1
        else:
            before = int((self.first + self.midnight) // DAY)
            days = int(np.ceil((self.last + self.midnight) / DAY)) - before
            day = ((events.hours + self.midnight) // DAY).astype(np.intp) - before
        by_day = _table(events, np.clip(day, 0, days - 1), days)
        last = np.full(events.histories, self.first)
        np.maximum.at(last, events.history, events.hours)
        return [
            _log(by_day.sum(axis=1)),
            (by_day > 0).mean(axis=1),
            _log(by_day.max(axis=1)),
            (last - self.first) / (self.last - self.first),
        ]

    def _courses(self, events: Events) -> list[Floats]:
        share = (events.hours - self.first) / (self.last - self.first)
        if self.periods:
            place = np.searchsorted(np.asarray(self.periods), events.hours, side="right") - 1
            share = place / (len(self.periods) - 1)
        part = np.clip((share * self.parts).astype(np.intp), 0, self.parts - 1)
        return list(_log(_table(events, part, self.parts)).T)

    def _followers(self, events: Events, key: NDArray[np.intp]) -> list[Floats]:
        """Mean number of later events of the same key within each lag of an event."""
        whole = np.bincount(events.history, minlength=events.histories)
        return [_log(total / np.maximum(whole, 1)) for total in self._pairs(events, key)]

    def _pairs(
        self, events: Events, key: NDArray[np.intp], of: NDArray[np.intp] | None = None
    ) -> Iterator[Floats]:
        """Count pairs of an event and a later one of the same key, within each lag.

        With ``of``, the keys of events, the later one has there what ``key`` says of the first;
        events at one time are then both later, and each is later than itself.
        """
        since = np.rint((events.hours - self.first) / _GRAIN).astype(np.int64)
        far = round((self.last - self.first + 2 * LAGS[-1]) / _GRAIN)
        at, history = key * far + since, events.history
        if of is None:
            order = np.argsort(at, kind="stable")
            at, history = at[order], history[order]
            theirs, before = at, np.arange(len(at)) + 1
        else:
            theirs = np.sort(of * far + since)
            before = np.searchsorted(theirs, at, side="left")
        for lag in self.lags:
            after = np.searchsorted(theirs, at + round(lag / _GRAIN), side="right") - before
            yield np.asarray(np.bincount(history, after, events.histories), float)

    def _sides(self, events: Events) -> list[Floats]:
        """Shares of events of which both sides are known; a missing name thus changes none."""
        groups, places = len(self.groups), max(len(self.provinces), 1)
        known = np.bincount(events.history, minlength=events.histories)[:, None].astype(float)
        columns = [
            column
            for side in (events.attacker, events.target)
            for column in _share(_table(events, side, groups), known, 1 / groups).T
        ]
        keys = [events.history, events.history * places + events.place]
        for key in keys[: 2 if self.provinces else 1]:
            dyad = (key * groups + events.attacker) * groups + events.target
            back = (key * groups + events.target) * groups + events.attacker
            every = [total - known[:, 0] for total in self._pairs(events, key, key)]
            again = [total - known[:, 0] for total in self._pairs(events, dyad, dyad)]
            for part in (self._pairs(events, back, dyad), again):
                columns += [_share(*each, 0.5) for each in zip(part, every, strict=True)]
        return columns


def _table(events: Events, column: NDArray[np.int64], columns: int) -> Floats:
    """Count events by history and column; a column below 0 is left out."""
    kept = column >= 0
    cells = events.history[kept] * columns + column[kept]
    counts = np.bincount(cells, minlength=events.histories * columns)
    return counts.reshape(events.histories, columns).astype(float)


def _severity(events: Events) -> list[Floats]:
    number = np.maximum(np.bincount(events.history, minlength=events.histories), 1)
    killed, deadly, logs = (
        np.bincount(events.history, values, events.histories)
        for values in (events.size, events.size > 0, _log(events.size))
    )
    most = np.zeros(events.histories)
    np.maximum.at(most, events.history, events.size)
    return [_log(killed), deadly / number, logs / number, _log(most)]


def _ranges(events: Events) -> list[Floats]:
    """Sum up the low and the high counts, and say how far apart they are on average."""
    assert events.low is not None
    assert events.high is not None
    number = np.maximum(np.bincount(events.history, minlength=events.histories), 1)
    low, high, apart = (
        np.bincount(events.history, values, events.histories)
        for values in (events.low, events.high, _log(events.high) - _log(events.low))
    )
    return [_log(low), _log(high), apart / number]


def _share(part: Floats, whole: Floats, middle: float) -> Floats:
    """Share, drawn to a middle one as if one case more were known."""
    return np.asarray((part + middle) / (whole + 1))


def _log(values: NDArray[Any]) -> Floats:
    return np.asarray(np.log1p(values))
