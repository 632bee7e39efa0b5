"""The data of a calibration: events of a table, within the time that the scenario covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.events.calibration.events import Events, observed
from analysis.events.calibration.statistics import DAY, Statistics
from analysis.events.reading import counting
from analysis.events.reading.errors import failed
from analysis.events.reading.prepare import OUTSIDE, Prepared, prepare
from analysis.events.statistics.log import HOUR, start_of
from analysis.events.writing import write_tables

if TYPE_CHECKING:
    from analysis.events.calibration.reference import Reference
    from sim.scenario import Loaded


@dataclass(frozen=True, eq=False)
class Data:
    """The events that a scenario is calibrated to; ``outside`` counts those off the window."""

    events: Events
    statistics: Statistics
    prepared: Prepared = field(repr=False)
    outside: int

    def __len__(self) -> int:
        """Give the number of events."""
        return len(self.events.hours)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.prepared.data.file.name

    @property
    def names(self) -> list[str]:
        """Names of the statistics."""
        return self.statistics.names

    @property
    def point(self) -> Floats:
        """What was observed, as statistics."""
        return np.asarray(self.statistics.of(self.events)[0])

    def table(self, runs: Reference) -> Floats:
        """Give the statistics of the runs of a reference table."""
        return self.statistics.of(runs.events)

    def facts(self) -> list[tuple[str, Any]]:
        """Say what there was, for the table of diagnostics."""
        return [
            ("events in the data", len(self)),
            ("events outside the time compared", self.outside),
            ("first hour compared", self.statistics.first),
            ("last hour compared", self.statistics.last),
            ("accuracy of times (h)", self.statistics.resolution),
            ("low and high counts compared", self.statistics.ranges),
        ]

    def write(self, tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
        """Write tables of a calibration, and with them how names were matched."""
        return write_tables(self.prepared, tables, folder)


def read(
    file: str | Path,
    loaded: Loaded,
    mapping: str | Path | None = None,
    span: tuple[datetime, datetime] | None = None,
    skip_invalid: bool = False,
    asked: Sequence[tuple[str, str]] = (),
) -> Data:
    """Read a table of events for a calibration."""
    first, last = _window(Path(file), loaded, span)
    start = start_of(loaded)
    edges = (start + first * HOUR, start + last * HOUR)
    assert loaded.path is not None
    prepared = prepare(
        file, loaded.path, mapping, asked=asked, span=edges, skip_invalid=skip_invalid
    )
    log = prepared.log
    outside = int((prepared.dropped["reason"] == OUTSIDE).sum())
    provinces = tuple(loaded.scenario.provinces) if log.place is not None else ()
    sizes = log.size is not None and bool(np.isfinite(log.size).all())
    periods = _periods(Path(file), prepared, start, first, last)
    compared = statistics(
        loaded, first, last, provinces, sizes, log.resolution,
        sided=prepared.sides == "both", directed=prepared.data.directed and log.sides is not None,
        periods=periods, ranges=sizes and _ranged(prepared, loaded),
    )  # fmt: skip
    events = observed(log, [*loaded.scenario.provinces], [*loaded.scenario.groups], first)
    return Data(events, compared, prepared, outside)


def statistics(
    loaded: Loaded,
    first: float = 0.0,
    last: float | None = None,
    provinces: Sequence[str] | None = None,
    sizes: bool = True,
    resolution: float = 0.0,
    sided: bool = False,
    directed: bool = False,
    periods: tuple[float, ...] = (),
    ranges: bool = False,
) -> Statistics:
    """Choose the statistics for a scenario."""
    clock = loaded.scenario.clock
    return Statistics(
        first=periods[0] if periods else first,
        last=periods[-1] if periods else float(clock.length) if last is None else last,
        provinces=tuple(loaded.scenario.provinces if provinces is None else provinces),
        sizes=sizes,
        resolution=max(resolution, float(clock.tick)),
        midnight=clock.start.hour + clock.start.minute / 60,
        sided=sided,
        groups=tuple(loaded.scenario.groups) if directed else (),
        periods=periods,
        ranges=ranges,
    )


def _ranged(prepared: Prepared, loaded: Loaded) -> bool:
    """Tell whether the data and the reports of runs both have low and high counts."""
    return prepared.log.bounds is not None and loaded.scenario.reports.enabled


def _periods(
    file: Path, prepared: Prepared, start: pd.Timestamp, first: float, last: float
) -> tuple[float, ...]:
    """Give the edges of the whole periods of a table of counts within the time compared."""
    if prepared.data.period in ("", "day"):
        return ()
    assert prepared.data.covered is not None
    edges = counting.edges(*prepared.data.covered, prepared.data.period)
    hours = [_hours(edge, start) for edge in edges]
    kept = tuple(hour for hour in hours if first - 1e-6 <= hour <= last + 1e-6)
    if len(kept) < 2:
        raise failed(
            file, f"has no whole {prepared.data.period} in the time that is compared",
            got=f"from {edges[0]:%Y-%m-%d} to {edges[-1]:%Y-%m-%d}",
        )  # fmt: skip
    return kept


def _window(
    file: Path, loaded: Loaded, span: tuple[datetime, datetime] | None
) -> tuple[float, float]:
    length, start = float(loaded.scenario.clock.length), start_of(loaded)
    if span is None:
        return 0.0, length
    first, last = (_hours(edge, start) for edge in span)
    if first < 0 or last > length or last - first < DAY:
        end = start + length * HOUR
        raise failed(
            file, "is compared over a time that the scenario does not cover, or below a day",
            got=f"{span[0]:%Y-%m-%dT%H:%M} to {span[1]:%Y-%m-%dT%H:%M}",
            allowed=f"within {start:%Y-%m-%dT%H:%M} to {end:%Y-%m-%dT%H:%M}",
        )  # fmt: skip
    return first, last


def _hours(edge: Any, start: pd.Timestamp) -> float:
    return float((pd.Timestamp(edge).tz_localize(start.tz) - start) / HOUR)
