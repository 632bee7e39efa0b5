"""Summary statistics by which histories are compared, for many histories at once.

Chosen for what the parameters move: levels (how many, where, when), severity (how many die),
and clustering (events that follow an event within hours or days, at the same place and
elsewhere), which is what separates answers from background. Counts are taken as log(1 + x), so
that a factor is a distance. What an answer owes to whom is not used: logs rarely say who began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.calibration.events import Events

Floats = NDArray[np.float64]
LAGS = (3.0, 12.0, 36.0, 120.0)
MOST_PARTS = 12
DAY = 24.0


@dataclass(frozen=True)
class Statistics:
    """Which statistics are computed, and over which window.

    Parameters
    ----------
    first, last : float
        The window since the scenario's start [h].
    provinces : tuple of str
        Their counts are statistics of their own; empty where places are unknown.
    sizes : bool
        Whether the numbers killed are known.
    resolution : float
        Times are compared at this accuracy [h]: that of the data or a tick, the coarser.
    midnight : float
        Hours from local midnight to the scenario's start, 0 to below 24.
    """

    first: float
    last: float
    provinces: tuple[str, ...]
    sizes: bool
    resolution: float
    midnight: float = 0.0

    @property
    def lags(self) -> tuple[float, ...]:
        """Lags of the clustering statistics that the window and the accuracy allow [h]."""
        short, long = self.resolution, (self.last - self.first) / 2
        return tuple(lag for lag in LAGS if short <= lag <= long)

    @property
    def parts(self) -> int:
        """Number of equal parts of the window whose counts are statistics."""
        return int(np.clip(round((self.last - self.first) / DAY), 1, MOST_PARTS))

    @property
    def names(self) -> list[str]:
        """Names of the statistics, in the order of the columns."""
        span = (self.last - self.first) / self.parts / DAY
        parts = [f"events in part {n + 1} ({span:.3g} d)" for n in range(self.parts)]
        places = [f"events in {name}" for name in self.provinces]
        lags = [f"followers within {lag:g} h" for lag in self.lags]
        near = [f"followers at the place within {lag:g} h" for lag in self.lags]
        sizes = ["killed", "share deadly", "mean log killed", "most killed"]
        return [
            "events", "share of days with events", "most events in a day", "last event",
            *parts, *lags, *(places + near if self.provinces else []),
            *(sizes if self.sizes else []),
        ]  # fmt: skip

    def of(self, events: Events) -> Floats:
        """Compute the statistics of each history.

        Parameters
        ----------
        events : Events
            Events outside the window are left out.

        Returns
        -------
        ndarray, shape (histories, statistics)
            Finite.
        """
        here = self._rounded(events.within(self.first, self.last))
        columns = [*self._levels(here), *self._courses(here), *self._followers(here, here.history)]
        if self.provinces:
            count = len(self.provinces)
            columns += _log(_table(here, here.place, count)).T.tolist()
            columns += self._followers(here, here.history * count + here.place)
        if self.sizes:
            columns += _severity(here)
        return np.column_stack(columns)

    def _rounded(self, events: Events) -> Events:
        """Move each event to the start of the unit of time in which it fell."""
        unit = self.resolution
        units = np.floor((events.hours + self.midnight) / unit + 1e-9)
        hours = np.maximum(units * unit - self.midnight, self.first)
        return Events(events.histories, events.history, hours, events.place, events.size)

    def _levels(self, events: Events) -> list[Floats]:
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
        part = np.clip((share * self.parts).astype(np.intp), 0, self.parts - 1)
        return list(_log(_table(events, part, self.parts)).T)

    def _followers(self, events: Events, key: NDArray[np.intp]) -> list[Floats]:
        """Mean number of later events of the same key within each lag of an event."""
        far = self.last - self.first + 2 * LAGS[-1]
        at = key * far + (events.hours - self.first)
        order = np.argsort(at, kind="stable")
        at, history = at[order], events.history[order]
        whole = np.bincount(history, minlength=events.histories)
        found = []
        for lag in self.lags:
            after = np.searchsorted(at, at + lag + 1e-6, side="right") - np.arange(len(at)) - 1
            total = np.bincount(history, after, events.histories)
            found.append(_log(total / np.maximum(whole, 1)))
        return found


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


def _log(values: NDArray[Any]) -> Floats:
    return np.asarray(np.log1p(values))
