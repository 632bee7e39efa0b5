"""What is forecast, from when, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.arrays import Floats
from analysis.events.statistics import EventLog

ALL = ""
WEEK = 168.0
DAY = 24.0


@dataclass(frozen=True)
class Horizon:
    """What a forecaster is asked for: counts of events in windows that follow the history.

    Parameters
    ----------
    width : float
        Length of a window [h].
    windows : int
        How many windows, one after the other.
    series : tuple of str
        For which counts: those at a place, or at all places and none (`ALL`).
    """

    width: float
    windows: int
    series: tuple[str, ...] = (ALL,)


class Forecaster(Protocol):
    """Predicts counts by a sample from its predictive distribution.

    ``name`` is shown in tables and figures and names the forecaster's random numbers.
    """

    @property
    def name(self) -> str:
        """Shown in tables and figures."""

    def predict(self, history: EventLog, horizon: Horizon) -> Floats:
        """Draw counts of the windows that follow a history, shape (draws, windows, series).

        The history ends at the origin, and nothing later is known. Each draw is one future: its
        windows and series belong together.
        """


@dataclass(frozen=True)
class Plan:
    """When forecasts are made and for what.

    Parameters
    ----------
    horizon : Horizon
        What is forecast at every origin.
    first : float, optional
        The earliest origin [h since the start of the log]; the middle of the log when left
        out.
    step : float, optional
        From one origin to the next [h]; a window when left out.
    """

    horizon: Horizon = Horizon(WEEK, 4)
    first: float | None = None
    step: float | None = None

    def origins(self, log: EventLog) -> list[float]:
        """Give the origins [h] whose windows the log covers; fewer than two are refused."""
        first = self._first(log)
        last = self.last(log)
        count = int(np.floor((last - first) / (self.step or self.horizon.width) + 1e-9)) + 1
        if first < self.horizon.width:
            raise ValueError("no whole window lies before the first origin")
        if count < 2:
            raise ValueError(
                f"{max(count, 0)} origins fit, of which all {self.horizon.windows} windows are"
                " known; 2 are needed"
            )
        return [first + place * (self.step or self.horizon.width) for place in range(count)]

    def needed(self, log: EventLog) -> float:
        """Give the shortest length of a log for which two origins fit [h]."""
        width, windows = self.horizon.width, self.horizon.windows
        ahead = width * windows + (self.step or width)
        return 2 * max(ahead, width) if self.first is None else self._first(log) + ahead

    def _first(self, log: EventLog) -> float:
        """Give the first origin, at the edge of a period where events were counted by one."""
        first = log.length / 2 if self.first is None else self.first
        grain = log.resolution if log.resolution > DAY else 0.0
        return float(np.floor(first / grain + 1e-9)) * grain if grain else first

    def last(self, log: EventLog) -> float:
        """Give the latest time at which all windows that follow are known [h]."""
        return log.length - self.horizon.width * self.horizon.windows


def history(log: EventLog, origin: float) -> EventLog:
    """Cut a log at an origin."""
    return log.take(log.hours < origin, length=origin)


def selected(log: EventLog, series: str) -> EventLog:
    """Keep the events of one series."""
    return log if series == ALL else log.select(series)


def counts_before(log: EventLog, width: float) -> Floats:
    """Count events in the whole windows that end with a log, the earliest first."""
    windows = int(log.length / width + 1e-9)
    edges = log.length - width * np.arange(windows, -1, -1)
    return np.diff(np.searchsorted(log.hours, edges, side="left")).astype(float)


def counts_after(log: EventLog, origin: float, horizon: Horizon) -> Iterator[tuple[str, Floats]]:
    """Count what happened in the windows after an origin."""
    edges = origin + horizon.width * np.arange(horizon.windows + 1)
    for series in horizon.series:
        found = np.searchsorted(selected(log, series).hours, edges, side="left")
        yield series, np.diff(found).astype(float)
