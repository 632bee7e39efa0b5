"""A scenario as a forecaster: runs at draws from the prior whose past resembles the log's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.chance import generator
from analysis.events.calibration.events import Events, observed
from analysis.events.calibration.inference import nearest
from analysis.events.calibration.reference import Reference
from analysis.events.forecast.baselines import DRAWS
from analysis.events.forecast.plan import ALL, Horizon
from analysis.events.statistics import EventLog
from analysis.events.statistics.log import HOUR, start_of
from sim.extras import need

ACCEPT = 100
RECENT = (1, 2, 4, 12, 26)
_PENALTIES = np.logspace(-1, 4, 6)
_DAY = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, eq=False)
class Simulated:
    """A scenario, conditioned at each origin on the log before it.

    Runs of the reference table are compared with the log by the counts of each series in the last
    1, 2, 4, 12 and 26 windows before the origin. A linear regression on the table says what these
    mean for the count of each series over the horizon (the log of one more than it), and the
    futures of the runs nearest by that are the forecast, each as it was. Parameters and the state
    at the origin are conditioned on together, and nothing after the origin is used. Futures are not
    moved along a local regression: a log that drifts as no run does would be extrapolated far.
    """

    reference: Reference
    draws: int = DRAWS
    seed: int = 1

    @property
    def name(self) -> str:
        """Shown in tables and figures."""
        return f"model {self.reference.loaded.name}"

    def predict(self, history: EventLog, horizon: Horizon) -> Floats:
        """Draw counts; see `analysis.events.forecast.Forecaster`.

        ValueError: the scenario does not cover the history and the horizon, or lacks a series'
        province.
        """
        offset = self.offset(history, horizon)
        origin = offset + history.length
        provinces = list(self.reference.loaded.scenario.provinces)
        columns = [provinces.index(series) if series != ALL else -1 for series in horizon.series]
        log = observed(history, provinces, first=offset)
        past, of_log = (
            _recent(each, offset, origin, horizon, columns) for each in (self.reference.events, log)
        )
        edges = origin + horizon.width * np.arange(horizon.windows + 1)
        future = _counts(self.reference.events, edges, columns)
        rows = self._like(past, of_log, _log_totals(future, horizon), f"{history.length:g}")
        return future[rows].reshape(-1, len(columns), horizon.windows).swapaxes(1, 2)

    def _like(self, past: Floats, of_log: Floats, coming: Floats, purpose: str) -> NDArray[np.intp]:
        """Draw runs whose past means the same for what is coming as that of the log."""
        regression = _regression().fit(past, coming)
        reduced, point = (
            np.asarray(regression.predict(each)).reshape(len(each), -1) for each in (past, of_log)
        )
        number = min(ACCEPT, len(past) // 2)
        kept, weights, _ = nearest(reduced - point, coming, number)
        rng = generator(self.seed, f"{self.name} {purpose}")
        return kept[rng.choice(number, self.draws, p=weights)]

    def offset(self, history: EventLog, horizon: Horizon) -> float:
        """Hours from the scenario's start to the log's, which it must cover."""
        clock = self.reference.loaded.scenario.clock
        start = start_of(self.reference.loaded)
        offset = float((history.start - start) / HOUR) if history.dated else 0.0
        end = offset + history.length + horizon.width * horizon.windows
        if offset < 0 or end > clock.length:
            raise ValueError(
                f"{self.name} covers {start:{_DAY}} to {start + clock.length * HOUR:{_DAY}}, and"
                f" {start + offset * HOUR:{_DAY}} to {start + end * HOUR:{_DAY}} is asked for"
            )
        unknown = [name for name in horizon.series if name and name not in self._provinces]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no province of {self.reference.loaded.name}")
        return offset

    @property
    def _provinces(self) -> Any:
        return self.reference.loaded.scenario.provinces


def _regression() -> Any:
    need("events", "the forecast of a scenario")
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))


def _log_totals(future: Floats, horizon: Horizon) -> Floats:
    """Log counts over the whole horizon, by series."""
    return np.asarray(np.log1p(future.reshape(len(future), -1, horizon.windows).sum(axis=2)))


def _recent(
    events: Events, start: float, origin: float, horizon: Horizon, columns: list[int]
) -> Floats:
    """Log counts in the last windows before the origin, by series, as far as the log reaches."""
    reach = [back * horizon.width for back in RECENT]
    known = [hours for hours in reach if hours <= origin - start + 1e-9]
    parts = [
        np.log1p(_counts(events, np.array([origin - hours, origin]), columns))
        for hours in known or [origin - start]
    ]
    return np.column_stack(parts)


def _counts(events: Events, edges: NDArray[Any], columns: list[int]) -> Floats:
    """Count by history, series (a province's number, or below 0 for all) and window."""
    here = events.within(float(edges[0]), float(edges[-1]))
    windows = len(edges) - 1
    window = np.searchsorted(edges, here.hours, side="right") - 1
    cells = here.history * windows + window
    by_series = [
        np.bincount(cells[kept], minlength=events.histories * windows)
        for kept in ((here.place == column) | (column < 0) for column in columns)
    ]
    shaped = [counts.reshape(events.histories, windows) for counts in by_series]
    return np.concatenate(shaped, axis=1).astype(float)
