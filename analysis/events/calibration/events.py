"""The events of many runs, or of one log, side by side in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.frames import KILLED, Frames
from sim.outcomes import engaged

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

REPORTED, ENGAGED = "reports", "engagements"
UNKNOWN = -1
_COUNTS = ("killed_best", "killed_low", "killed_high")
_COLUMNS = ("hours", "place", "size", "attacker", "target", "low", "high")


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one or more histories, ordered by history and time; a history may have none.

    ``hours`` are since the scenario's start, ``place`` is the number of the province, ``size`` the
    killed (NaN for unknown), ``attacker`` and ``target`` numbers of groups (below 0 for unknown).
    ``low`` and ``high`` are the lowest and the highest count of the killed, where there are any.
    """

    histories: int
    history: NDArray[np.intp]
    hours: Floats
    place: NDArray[np.intp]
    size: Floats
    attacker: NDArray[np.intp]
    target: NDArray[np.intp]
    low: Floats | None = None
    high: Floats | None = None

    def take(self, kept: NDArray[np.bool_]) -> Events:
        """Keep some events, of as many histories."""
        return Events(self.histories, self.history[kept], **_picked(self, kept))

    def sided(self) -> Events:
        """Keep the events of which both sides are known."""
        return self.take((self.attacker >= 0) & (self.target >= 0))

    def within(self, first: float, last: float) -> Events:
        """Keep the events of a span of time."""
        return self.take((self.hours >= first) & (self.hours < last))


def joined(first: Events, second: Events) -> Events:
    """Put the histories of one set behind those of another."""
    pairs = {name: (getattr(first, name), getattr(second, name)) for name in _COLUMNS}
    columns: dict[str, Any] = {
        name: None if one is None or other is None else np.concatenate([one, other])
        for name, (one, other) in pairs.items()
    }
    history = np.concatenate([first.history, second.history + first.histories])
    return Events(first.histories + second.histories, history, **columns)


def simulated(frames: Frames, name: str, numbers: Sequence[int]) -> tuple[Events, str]:
    """Read the events of stored runs, as the world would hear of them."""
    scenario = frames.scenarios[name].scenario
    source = REPORTED if scenario.reports.enabled else ENGAGED
    attacker = "attributed_to" if source == REPORTED else "attacker"
    extra = ["lag", *_COUNTS] if source == REPORTED else KILLED
    table = frames.table(source, ["replicate", "tick", "province", attacker, "target", *extra])
    rows = table[(table["scenario"] == name) & table["replicate"].isin(list(numbers))]
    ticks = rows["tick"].to_numpy()
    if source == REPORTED:
        ticks = engaged(ticks, rows["lag"].to_numpy(), scenario)
        size, low, high = (rows[name].to_numpy(float) for name in _COUNTS)
    else:
        size, low, high = rows[KILLED].sum(axis=1).to_numpy(float), None, None
    names = (list(scenario.provinces), list(scenario.groups), list(scenario.groups))
    place, *sides = (
        _codes(rows[column].astype(object).to_numpy(), known)
        for column, known in zip(("province", attacker, "target"), names, strict=True)
    )
    history = np.searchsorted(np.asarray(numbers), rows["replicate"].to_numpy())
    hours = ticks * scenario.clock.tick
    made = Events(len(numbers), history, hours, place, size, sides[0], sides[1], low, high)
    return _ordered(made), source


def observed(
    log: EventLog, provinces: Sequence[str], groups: Sequence[str] = (), first: float = 0.0
) -> Events:
    """Take the events of a log."""
    size = np.full(len(log), np.nan) if log.size is None else log.size
    place = np.full(len(log), "", object) if log.place is None else log.place
    sides = np.full((len(log), 2), "", object) if log.sides is None else log.sides
    history = np.zeros(len(log), dtype=np.intp)
    codes = [_codes(place, list(provinces)), *(_codes(side, list(groups)) for side in sides.T)]
    low, high = (None, None) if log.bounds is None else log.bounds.T
    hours = log.hours + first
    return _ordered(Events(1, history, hours, codes[0], size, codes[1], codes[2], low, high))


def _codes(names: NDArray[Any], known: list[str]) -> NDArray[np.intp]:
    by_name = {name: code for code, name in enumerate(known)}
    return np.array([by_name.get(name, UNKNOWN) for name in names], dtype=np.intp)


def _ordered(events: Events) -> Events:
    order = np.lexsort((events.hours, events.history))
    return Events(events.histories, events.history[order], **_picked(events, order))


def _picked(events: Events, rows: Any) -> dict[str, Any]:
    """Take some rows of every column."""
    columns = {name: getattr(events, name) for name in _COLUMNS}
    return {name: None if column is None else column[rows] for name, column in columns.items()}
