"""From a file of events to the log that is described or forecast, with what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.events.reading.choices import Choice, listed
from analysis.events.reading.counting import MONTH, even_months
from analysis.events.reading.data import EventData, frame_log, read
from analysis.events.reading.errors import failed
from analysis.events.reading.mapping import Mapping as MappingFile
from analysis.events.reading.mapping import Reading, Sides, load_mapping
from analysis.events.reading.matching import ELSEWHERE, NAMES, match, together
from analysis.events.reading.sifting import DROPPED
from analysis.events.statistics import EventLog, from_table
from sim import scenario as scenarios
from sim.scenario.problems import list_names, nearest, show

OUTSIDE = "outside the span"


@dataclass(frozen=True, eq=False)
class Prepared:
    """A log of events, and how it came about.

    ``data`` is the table as it was read, ``dropped`` and ``names`` say what was left out and how
    names were matched, as `EventData` and `Matched` do, and ``choices`` what was chosen. Without a
    scenario there are no names and ``neighbours``. ``sides`` says how many sides of an event are
    groups of the scenario.
    """

    log: EventLog
    data: EventData
    dropped: pd.DataFrame = field(repr=False)
    names: pd.DataFrame = field(repr=False)
    choices: pd.DataFrame = field(repr=False)
    neighbours: dict[str, list[str]] = field(default_factory=dict)
    sides: Sides = "any"

    @property
    def steady(self) -> EventLog:
        """The log, in which months are equally long where events were counted by month."""
        return even_months(self.log) if self.data.period == MONTH else self.log


def prepare(
    file: str | Path,
    scenario: str | Path | None = None,
    mapping: str | Path | None = None,
    *,
    asked: Sequence[tuple[str, str]] = (),
    zone: str | None = None,
    span: tuple[Any, Any] | None = None,
    places: Sequence[str] = (),
    skip_invalid: bool = False,
) -> Prepared:
    """Read a table of events, give it the names of a scenario, and make a log of it.

    ``asked`` are keys of the mapping file with their values, which go before those of the file.
    """
    loaded = scenarios.load(scenario) if scenario is not None else None
    known = MappingFile()
    if mapping is not None:
        known = load_mapping(mapping, loaded.scenario if loaded else None)
    if loaded is None and (known.actors or known.places):
        raise failed(Path(str(mapping)), "maps names to those of a scenario, and none is given")
    known = known.changed(asked, "--read")
    data = read(file, Reading.model_validate(known.model_dump(include=_READ, exclude_unset=True)),
                skip_invalid=skip_invalid)  # fmt: skip
    local = loaded.scenario.clock.timezone if loaded else zone or "UTC"
    inside = _inside(data.frame, local, span)
    late = _listed(data.frame[~inside], OUTSIDE, "time", data.columns)
    frame = data.frame[inside]
    if loaded is not None and span is not None and frame.empty:
        first, last = (f"{pd.Timestamp(edge):%Y-%m-%dT%H:%M}" for edge in span)
        allowed = f"events from {first} to {last}"
        raise failed(data.file, "has no event in the time that is compared", allowed=allowed)
    said = _zone_said(data, zone, loaded is not None)
    if loaded is None:
        return _plain(data, frame, late, said, local, span, places)
    check_places(data, set(loaded.scenario.provinces), places, "is no province of the scenario")
    kept = match(data, loaded.scenario, known, outlines=loaded.outlines, frame=frame, within=places)
    whole = (
        match(data, loaded.scenario, known, outlines=loaded.outlines, frame=frame)
        if (places and span is None)
        else kept
    )
    log = kept.log(span or whole.log().edges)
    choices = _with(data, [*kept.choices, *said, *_covered(log, span)])
    return Prepared(
        log, data, together(kept.dropped, late), kept.names, choices, kept.neighbours, kept.sides
    )


def _plain(
    data: EventData,
    frame: pd.DataFrame,
    late: pd.DataFrame,
    said: Sequence[Choice],
    zone: str,
    span: tuple[Any, Any] | None,
    places: Sequence[str],
) -> Prepared:
    """Make the log of a table whose names are those of no scenario."""
    if places:
        check_places(data, set(frame["place"]), places)
    here = frame["place"].isin(places) if places else frame["place"].notna()
    away = _listed(frame[~here], ELSEWHERE, "place", data.columns)
    log = _log(data, frame[here], zone, span)
    names = pd.DataFrame(columns=list(NAMES))
    choices = _with(data, [*said, *_covered(log, span)])
    return Prepared(log, data, together(data.dropped, late, away), names, choices)


def _with(data: EventData, said: Sequence[Choice]) -> pd.DataFrame:
    return pd.concat([data.choices, listed(said)], ignore_index=True)


_READ = set(Reading.model_fields)


def _log(data: EventData, frame: pd.DataFrame, zone: str, span: tuple[Any, Any] | None) -> EventLog:
    """Make the log of a part of a table, over the time of the whole."""
    edges = span or frame_log(data, data.frame, zone, None).edges
    return frame_log(data, frame, zone, edges)


def _covered(log: EventLog, span: tuple[Any, Any] | None) -> list[Choice]:
    """Say what a log covers; a year that was mistyped shows here."""
    first, last = (f"{edge:%Y-%m-%d %H:%M}" for edge in log.at([0.0, log.length]))
    why = "as asked" if span else "from the first row to the last"
    return [Choice("time covered", f"{first} to {last}, {log.start.tz}", why, "--from and --to")]


def _zone_said(data: EventData, zone: str | None, scenario: bool) -> list[Choice]:
    """Say in which zone hours of the day are, where the table has hours and nobody said."""
    times = data.frame["time"]
    hours = (times.dt.normalize() != times).any()
    if zone is not None or scenario or not hours:
        return []
    why = (
        "no time zone is given, so hours of day are those of UTC"
        if times.dt.tz is not None
        else ("the times state no zone, and hours of day are as written")
    )
    return [Choice("time zone", "UTC", why, "--timezone ZONE")]


def _inside(frame: pd.DataFrame, zone: str, span: tuple[Any, Any] | None) -> pd.Series:
    """Tell which events lie within a span."""
    if span is None:
        return pd.Series(True, frame.index)
    numbered = frame.assign(number=range(len(frame)))
    edges = tuple(pd.Timestamp(edge) for edge in span)
    inside = from_table(numbered, "time", size="number", zone=zone, span=edges).size
    found = pd.Series(False, frame.index)
    found.iloc[[] if inside is None else inside.astype(int)] = True
    return found


def _listed(part: pd.DataFrame, reason: str, role: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """List events that were left out for their time or their place."""
    column = columns.get(role, columns.get("year", role) if role == "time" else role)
    rows = part[["row"]].assign(reason=reason, column=column, value=part[role].astype(str))
    return rows[list(DROPPED)].drop_duplicates("row")


def check_places(
    data: EventData, known: set[str], places: Sequence[str], message: str = ""
) -> None:
    """Check that there are places of these names."""
    names = sorted(known - {""})
    for place in places:
        if place not in names:
            near = nearest(place, names)
            raise failed(
                data.file, message or "has no event at this place", got=show(place),
                allowed=list_names(names, near), nearest=near,
            )  # fmt: skip
