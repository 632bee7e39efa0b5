"""The events of many runs, or of one log, side by side in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import engaged

if TYPE_CHECKING:
    from analysis.eventlog import EventLog
    from analysis.frames import Frames

Floats = NDArray[np.float64]
REPORTED, ENGAGED = "reports", "engagements"
_SIDES = ("attacker_killed", "target_killed", "security_killed")


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one or more histories, ordered by history and time.

    Parameters
    ----------
    histories : int
        Number of histories; some may have no event.
    history : ndarray of int, shape (n,)
        To which each event belongs, ascending.
    hours : ndarray, shape (n,)
        Time since the scenario's start [h], ascending within a history.
    place : ndarray of int, shape (n,)
        Number of the province.
    size : ndarray, shape (n,)
        Killed [persons]; NaN for unknown.
    """

    histories: int
    history: NDArray[np.intp]
    hours: Floats
    place: NDArray[np.intp]
    size: Floats

    def within(self, first: float, last: float) -> Events:
        """Keep the events of a span of time.

        Parameters
        ----------
        first, last : float
            Hours since the scenario's start; events at ``last`` are left out.

        Returns
        -------
        Events
            Of as many histories.
        """
        kept = (self.hours >= first) & (self.hours < last)
        return Events(
            self.histories, self.history[kept], self.hours[kept], self.place[kept], self.size[kept]
        )


def joined(first: Events, second: Events) -> Events:
    """Put the histories of one set behind those of another.

    Parameters
    ----------
    first, second : Events
        Of the same provinces.

    Returns
    -------
    Events
    """
    columns = (
        np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("hours", "place", "size")
    )
    history = np.concatenate([first.history, second.history + first.histories])
    return Events(first.histories + second.histories, history, *columns)


def simulated(frames: Frames, name: str, numbers: Sequence[int]) -> tuple[Events, str]:
    """Read the events of stored runs, as the world would hear of them.

    Parameters
    ----------
    frames : Frames
        Loaded results.
    name : str
        Shown name of a scenario.
    numbers : sequence of int
        Run numbers, ascending; each becomes one history.

    Returns
    -------
    events : Events
    source : str
        `REPORTED` where the scenario has reporters, each report dated by its engagement and
        with its best count; else `ENGAGED`.
    """
    scenario = frames.scenarios[name].scenario
    source = REPORTED if scenario.reports.enabled else ENGAGED
    extra = ["lag", "killed_best"] if source == REPORTED else [*_SIDES]
    table = frames.table(source, ["replicate", "tick", "province", *extra])
    rows = table[(table["scenario"] == name) & table["replicate"].isin(list(numbers))]
    ticks = rows["tick"].to_numpy()
    if source == REPORTED:
        ticks = engaged(ticks, rows["lag"].to_numpy(), scenario)
        size = rows["killed_best"].to_numpy(float)
    else:
        size = rows[[*_SIDES]].sum(axis=1).to_numpy(float)
    codes = _codes(rows["province"].astype(object).to_numpy(), list(scenario.provinces))
    history = np.searchsorted(np.asarray(numbers), rows["replicate"].to_numpy())
    return _ordered(len(numbers), history, ticks * scenario.clock.tick, codes, size), source


def observed(log: EventLog, provinces: Sequence[str], first: float = 0.0) -> Events:
    """Take the events of a log.

    Parameters
    ----------
    log : EventLog
        Places are provinces of the scenario.
    provinces : sequence of str
        The scenario's, in order.
    first : float
        Start of the log's span since the start of the scenario [h].

    Returns
    -------
    Events
        One history.
    """
    size = np.full(len(log), np.nan) if log.size is None else log.size
    place = np.full(len(log), "", object) if log.place is None else log.place
    history = np.zeros(len(log), dtype=np.intp)
    return _ordered(1, history, log.hours + first, _codes(place, list(provinces)), size)


def _codes(names: NDArray[Any], known: list[str]) -> NDArray[np.intp]:
    by_name = {name: code for code, name in enumerate(known)}
    return np.array([by_name.get(name, -1) for name in names], dtype=np.intp)


def _ordered(
    histories: int,
    history: NDArray[np.intp],
    hours: Floats,
    place: NDArray[np.intp],
    size: Floats,
) -> Events:
    order = np.lexsort((hours, history))
    return Events(histories, history[order], hours[order], place[order], size[order])
