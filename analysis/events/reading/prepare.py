"""From a file of events to the log that is described or forecast, with what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.events.reading.csvtable import failed
from analysis.events.reading.data import EventData, read
from analysis.events.reading.mapping import Sides, load_mapping
from analysis.events.reading.matching import NAMES, match
from analysis.events.reading.sifting import DROPPED
from analysis.events.statistics import EventLog, from_table
from sim import scenario as scenarios
from sim.scenario.problems import list_names, nearest, show

OUTSIDE, ELSEWHERE = "outside the span", "another place"
NONE = pd.DataFrame(columns=list(DROPPED))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A log of events, and how it came about.

    ``data`` is the table as it was read, ``dropped`` and ``names`` say what was left out and how
    names were matched, as `EventData` and `Matched` do. Without a scenario there are no names and
    ``neighbours``. ``sides`` says how many sides of an event are groups of the scenario.
    """

    log: EventLog
    data: EventData
    dropped: pd.DataFrame = field(repr=False)
    names: pd.DataFrame = field(repr=False)
    neighbours: dict[str, list[str]] = field(default_factory=dict)
    sides: Sides = "any"


def prepare(
    file: str | Path,
    scenario: str | Path | None = None,
    mapping: str | Path | None = None,
    *,
    zone: str = "UTC",
    span: tuple[Any, Any] | None = None,
    places: Sequence[str] = (),
    skip_invalid: bool = False,
) -> Prepared:
    """Read a table of events, give it the names of a scenario, and make a log of it."""
    loaded = scenarios.load(scenario).scenario if scenario is not None else None
    known = load_mapping(mapping, loaded) if mapping is not None else None
    if known is not None and loaded is None and (known.actors or known.places):
        raise failed(Path(str(mapping)), "maps names to those of a scenario, and none is given")
    columns = known.columns.model_dump(exclude_none=True) if known is not None else {}
    data = read(file, columns, skip_invalid)
    if loaded is None:
        nothing = pd.DataFrame(columns=list(NAMES))
        frame, found = data.frame, Prepared(data.log(zone, span), data, data.dropped, nothing)
    else:
        kept = match(data, loaded, known)
        frame = kept.frame
        found = Prepared(
            kept.log(span), data, kept.dropped, kept.names, kept.neighbours, kept.sides
        )
    check_places(found, places)
    log = found.log.select(places) if places else found.log
    elsewhere = _elsewhere(frame, found.log, places, data.columns)
    listed = pd.concat([part for part in (found.dropped, *elsewhere) if len(part)] or [NONE])
    dropped = listed.sort_values("row", kind="stable").reset_index(drop=True)
    return replace(found, log=log, dropped=dropped)


def _elsewhere(
    frame: pd.DataFrame, log: EventLog, places: Sequence[str], columns: Mapping[str, str]
) -> Iterator[pd.DataFrame]:
    """List the events outside the span, and those at another place than was asked for."""
    edges = (log.start, log.start + pd.Timedelta(hours=log.length))
    zone = str(log.start.tz)
    inside = from_table(frame, "time", "row", zone=zone, span=edges).place
    late = ~frame["row"].astype(str).isin([] if inside is None else inside)
    away = ~late & ~frame["place"].isin(places) if places else late & False
    for role, reason, where in (("time", OUTSIDE, late), ("place", ELSEWHERE, away)):
        part = frame.loc[where, ["row"]].assign(reason=reason, column=columns.get(role, role))
        yield part.assign(value=frame.loc[where, role].astype(str))[list(DROPPED)]


def check_places(found: Prepared, places: Sequence[str]) -> None:
    """Check that a log has events at places."""
    known = sorted(set(found.log.place) - {""}) if found.log.place is not None else []
    for place in places:
        if place not in known:
            near = nearest(place, known)
            raise failed(
                found.data.file, "has no event at this place", got=show(place),
                allowed=list_names(known, near), nearest=near,
            )  # fmt: skip
