"""Give the events of a table the names of a scenario, and list what it cannot speak of."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping as TypingMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.events.reading.csvtable import EventDataError, failed
from analysis.events.reading.data import EventData, frame_log
from analysis.events.reading.mapping import Mapping, Sides
from analysis.events.reading.sifting import DROPPED
from sim.parameters import Scenario
from sim.scenario.problems import nearest, show
from sim.scenario.writing import write_value

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

ACTOR, PLACE = "actor", "place"
MAPPED, SAME, LEFT_OUT, UNMATCHED = "mapped", "same name", "left out", "unmatched"
UNUSED = "in no event"
NAMES = ("kind", "name", "events", "how", "to", "suggestion")
NO_PLACE, NO_SIDE = "place is no province", "side is no group"
_CUTOFF = 0.6
_MARKS = {"Mn", "Lm", "Sk", "Pi", "Pf"}  # accents, and what stands for an apostrophe
_AREA = re.compile(r"\b(governorate|province|district|state|muhafazah|wilayat)\b")


@dataclass(frozen=True, eq=False)
class Matched:
    """Events in the names of a scenario.

    ``frame`` has the events kept, as `EventData.frame`; ``place`` is a province, ``actor`` and
    ``target`` are groups or empty. ``dropped`` lists the others. ``names`` has one row per name in
    the table: ``kind`` (actor or place), ``name``, ``events`` that have it, ``how`` it was matched
    (mapped, same name, left out, unmatched), the scenario's name ``to``, and for an unmatched name
    the nearest, ``suggestion``. Names that only the mapping has follow, ``in no event``; the
    suggestion is then a name of the events. Actors are left out where a mapping asks for none.
    """

    frame: pd.DataFrame = field(repr=False)
    names: pd.DataFrame = field(repr=False)
    dropped: pd.DataFrame = field(repr=False)
    neighbours: dict[str, list[str]] = field(repr=False)
    zone: str
    name: str
    sides: Sides

    def log(self, span: tuple[Any, Any] | None = None) -> EventLog:
        """Make the log that `analysis.events.statistics` describes; see `EventData.log`."""
        sides = None if self.sides == "any" else ("actor", "target")
        return frame_log(self.frame, self.zone, span, self.name, sides)


def match(data: EventData, scenario: Scenario, mapping: Mapping | None = None) -> Matched:
    """Give events the names of a scenario, and leave out those of which it does not speak.

    A name that the mapping lacks stands for the group or province whose key or label it equals,
    apart from case, accents, punctuation and words such as "Governorate". An event is kept when its
    place is a province and as many sides as ``mapping.sides`` says are groups. An EventDataError
    says when no event is left.
    """
    mapping, frame = mapping or Mapping(), data.frame
    target_again = frame["target"] == frame["actor"]
    sides = pd.concat([frame["actor"], frame["target"].mask(target_again, "")])
    groups = {key: group.label for key, group in scenario.groups.items()}
    provinces = {key: province.label for key, province in scenario.provinces.items()}
    actors = _names(ACTOR, sides, mapping.actors, groups)
    places = _names(PLACE, frame["place"], mapping.places, provinces)
    needless = mapping.sides == "any" and not mapping.actors
    names = pd.concat([places] if needless else [actors, places], ignore_index=True)
    found = _renamed(frame, actors, places)
    placed, sided = found["place"] != "", _sided(found, mapping.sides)
    if not (placed & sided).any():
        raise _nothing_left(data, names, bool(placed.any()), mapping.sides)
    dropped = [
        data.dropped,
        _dropped(frame[~placed], NO_PLACE, data.columns, ("place",)),
        _dropped(frame[placed & ~sided], NO_SIDE, data.columns, ("actor", "target")),
    ]
    listed = pd.concat([part for part in dropped if len(part)] or dropped[:1])
    return Matched(
        frame=found[placed & sided].reset_index(drop=True),
        names=names,
        dropped=listed.sort_values("row", kind="stable").reset_index(drop=True),
        neighbours={key: list(item.neighbours) for key, item in scenario.provinces.items()},
        zone=scenario.clock.timezone,
        name=data.file.name,
        sides=mapping.sides,
    )


def draft(names: pd.DataFrame) -> str:
    """Write the start of a mapping file for the names of `Matched.names` that were not matched.

    Every such name is left out (null), with the nearest name of the scenario and the number of
    events as a comment. Empty when all were matched.
    """
    rest = names[names["how"] == UNMATCHED]
    if rest.empty:
        return ""
    lines = ["# What names in the events are called in the scenario; null leaves a name out."]
    for kind, rows in rest.groupby("kind"):
        lines.append(f"{kind}s:")
        for row in rows.itertuples():
            near = f"perhaps {row.suggestion}; " if row.suggestion else ""
            lines.append(f"  {write_value(row.name)}: null # {near}{row.events} events")
    return "\n".join(lines) + "\n"


def suggest(name: str, known: TypingMapping[str, str]) -> str:
    """Find the key whose name, or label, a name most resembles."""
    forms = {_plain(name), _plain(name.partition("(")[0])} - {""}
    best, near = _CUTOFF, ""
    for key, label in known.items():
        for ours in forms:
            for theirs in {_plain(key), _plain(label)}:
                ratio = difflib.SequenceMatcher(None, ours, theirs).ratio()
                if ratio > best:
                    best, near = ratio, key
    return near


def _plain(name: str) -> str:
    """Reduce a name to what two spellings of it share."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    words = "".join(char if char.isalnum() else " " for char in letters if not _is_accent(char))
    return " ".join(_AREA.sub(" ", words).split())


def _is_accent(char: str) -> bool:
    return char == "'" or unicodedata.category(char) in _MARKS


def _names(
    kind: str,
    used: pd.Series,
    given: TypingMapping[str, str | None],
    known: TypingMapping[str, str],
) -> pd.DataFrame:
    """Find for each name in the events, the most frequent first, what it is called here."""
    by_form = {_plain(form): key for key, label in known.items() for form in (key, label)}
    rows = []
    for name, events in used[used != ""].value_counts().items():
        text = str(name)
        if text in given:
            to = given[text] or ""
            rows.append((kind, text, events, MAPPED if to else LEFT_OUT, to, ""))
        elif _plain(text) in by_form:
            rows.append((kind, text, events, SAME, by_form[_plain(text)], ""))
        else:
            rows.append((kind, text, events, UNMATCHED, "", suggest(text, known)))
    there = {row[1] for row in rows}
    open_names = [row[1] for row in rows if row[3] == UNMATCHED]
    rows += [
        (kind, name, 0, UNUSED, to or "", nearest(name, open_names) or nearest(name, there))
        for name, to in given.items()
        if name not in there
    ]
    return pd.DataFrame(rows, columns=list(NAMES))


def _renamed(frame: pd.DataFrame, actors: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    sides, areas = (dict(zip(rows["name"], rows["to"], strict=True)) for rows in (actors, places))
    return frame.assign(
        place=[areas.get(name, "") for name in frame["place"]],
        actor=[sides.get(name, "") for name in frame["actor"]],
        target=[sides.get(name, "") for name in frame["target"]],
    )


def _sided(found: pd.DataFrame, sides: str) -> pd.Series:
    """Say of each event whether enough of its sides are groups."""
    count = (found[["actor", "target"]] != "").sum(axis=1)
    return count >= {"both": 2, "either": 1, "any": 0}[sides]


def _dropped(
    frame: pd.DataFrame, reason: str, columns: TypingMapping[str, str], roles: tuple[str, ...]
) -> pd.DataFrame:
    """List events left out because of a name."""
    value = frame[list(roles)].agg(" / ".join, axis=1) if len(frame) else []
    column = " / ".join(columns.get(role, role) for role in roles)
    listed = pd.DataFrame({"row": frame["row"], "value": value})
    return listed.assign(reason=reason, column=column)[list(DROPPED)]


def _nothing_left(data: EventData, names: pd.DataFrame, placed: bool, sides: str) -> EventDataError:
    """Say which names stand most often in the events that could not be matched."""
    kind, role = (ACTOR, "group") if placed else (PLACE, "province")
    rest = names[(names["kind"] == kind) & (names["how"] == UNMATCHED)]
    shown = ", ".join(
        f"{show(row.name)}{f' (perhaps {row.suggestion})' if row.suggestion else ''}"
        for row in rest.head(5).itertuples(index=False)
    )
    need = (
        f"{sides} {'sides' if sides == 'both' else 'side'} a {role}"
        if placed
        else f"a place that is a {role}"
    )
    allowed = "names in a mapping file (--mapping)"
    if placed:
        allowed += "; with 'sides: any' none is needed"
    message = f"has no event with {need} of the scenario"
    return failed(data.file, message, got=shown, allowed=allowed)
