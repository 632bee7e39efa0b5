"""Give the events of a table the names of a scenario, and list what it cannot speak of."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping as TypingMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.events.reading.choices import Choice, option
from analysis.events.reading.data import EventData, frame_log
from analysis.events.reading.errors import EventDataError, failed
from analysis.events.reading.locating import located
from analysis.events.reading.mapping import Mapping, Sides
from analysis.events.reading.sifting import DROPPED
from sim.parameters import Scenario
from sim.scenario.outlines import Outlines
from sim.scenario.places import Place
from sim.scenario.problems import Problem, nearest, show
from sim.scenario.writing import write_value

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

ACTOR, PLACE = "actor", "place"
MAPPED, SAME, LEFT_OUT, UNMATCHED = "mapped", "same name", "left out", "unmatched"
UNUSED = "in no event"
NAMES = ("kind", "name", "events", "how", "to", "suggestion")
NO_PLACE, NO_SIDE = "place is no province", "side is no group"
ELSEWHERE = "another place"
_CUTOFF = 0.6
_MARKS = {"Mn", "Lm", "Sk", "Pi", "Pf"}  # accents, and what stands for an apostrophe
_AREA = re.compile(r"\b(governorate|province|district|state|muhafazah|wilayat)\b")


class UnmatchedError(EventDataError):
    """No event can be matched; ``names`` says which names there are, as `Matched.names` does."""

    def __init__(self, problems: Sequence[Problem], names: pd.DataFrame) -> None:
        super().__init__(problems)
        self.names = names


@dataclass(frozen=True, eq=False)
class Matched:
    """Events in the names of a scenario.

    ``frame`` has the events kept, as `EventData.frame`; ``place`` is a province, ``actor`` and
    ``target`` are groups or empty. ``dropped`` lists the others. ``names`` has one row per name in
    the table: ``kind`` (actor or place), ``name``, ``events`` that have it, ``how`` it was matched
    (mapped, same name, left out, unmatched), the scenario's name ``to``, and for an unmatched name
    the nearest, ``suggestion``. Names that only the mapping has follow, ``in no event``; the
    suggestion is then a name of the events. Actors are left out where a mapping asks for none.
    ``choices`` says how provinces were told.
    """

    frame: pd.DataFrame = field(repr=False)
    names: pd.DataFrame = field(repr=False)
    dropped: pd.DataFrame = field(repr=False)
    choices: tuple[Choice, ...]
    neighbours: dict[str, list[str]] = field(repr=False)
    zone: str
    data: EventData = field(repr=False)
    sides: Sides

    def log(self, span: tuple[Any, Any] | None = None) -> EventLog:
        """Make the log that `analysis.events.statistics` describes; see `EventData.log`."""
        sides = None if self.sides == "any" else ("actor", "target")
        return frame_log(self.data, self.frame, self.zone, span, sides)


def match(
    data: EventData,
    scenario: Scenario,
    mapping: Mapping | None = None,
    *,
    outlines: Outlines | None = None,
    frame: pd.DataFrame | None = None,
    within: Sequence[str] = (),
) -> Matched:
    """Give events the names of a scenario, and leave out those of which it does not speak.

    A name that the mapping lacks stands for the group or province whose key or label it equals,
    apart from case, accents, punctuation and words such as "Governorate". An event is kept when its
    place is a province and as many sides as ``mapping.sides`` says are groups.

    Parameters
    ----------
    data : EventData
        The events.
    scenario : Scenario
        The scenario.
    mapping : Mapping, optional
        What names stand for.
    outlines : Outlines, optional
        Of the provinces; then coordinates tell a province that the name does not.
    frame : pandas.DataFrame, optional
        The part of ``data.frame`` that is matched.
    within : sequence of str
        Provinces in which events are kept; all when left out.

    Raises
    ------
    UnmatchedError
        When no event is left.
    """
    mapping = mapping or Mapping()
    frame = data.frame if frame is None else frame
    groups = {key: group.label for key, group in scenario.groups.items()}
    provinces = {key: province.label for key, province in scenario.provinces.items()}
    places = _names(PLACE, frame["place"], mapping.places, provinces)
    there, told = _placed(data, frame, places, mapping, outlines)
    placed = there != ""
    here = placed & np.isin(there, within) if within else placed
    open_names = places.loc[places["how"] == UNMATCHED, "name"]
    asked = frame[here if within else here | frame["place"].isin(open_names).to_numpy()]
    asked = asked if len(asked) else frame
    target_again = asked["target"] == asked["actor"]
    sides = pd.concat([asked["actor"], asked["target"].mask(target_again, "")])
    actors = _names(ACTOR, sides, mapping.actors, groups)
    needless = mapping.sides == "any" and not mapping.actors
    names = pd.concat([places] if needless else [actors, places], ignore_index=True)
    found = _renamed(frame, actors, there)
    sided = _sided(found, mapping.sides)
    if not (here & sided).any():
        raise _nothing_left(data, names, bool(placed.any()), bool(here.any()), mapping.sides)
    dropped = [
        _dropped(frame[~placed], NO_PLACE, data.columns, ("place",)),
        _dropped(frame[placed & ~here], ELSEWHERE, data.columns, ("place",)),
        _dropped(frame[here & ~sided], NO_SIDE, data.columns, ("actor", "target")),
    ]
    return Matched(
        frame=found[here & sided].reset_index(drop=True),
        names=names,
        dropped=together(data.dropped, *dropped),
        choices=told,
        neighbours={key: list(item.neighbours) for key, item in scenario.provinces.items()},
        zone=scenario.clock.timezone,
        data=data,
        sides=mapping.sides,
    )


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """Put lists of what was left out together, by row."""
    listed = pd.concat([part for part in parts if len(part)] or parts[:1])
    return listed.sort_values("row", kind="stable").reset_index(drop=True)


def _placed(
    data: EventData,
    frame: pd.DataFrame,
    places: pd.DataFrame,
    mapping: Mapping,
    outlines: Outlines | None,
) -> tuple[NDArray[Any], tuple[Choice, ...]]:
    """Give the province of each event, by its name and by its coordinates."""
    by_name = dict(zip(places["name"], places["to"], strict=True))
    found = np.array([by_name.get(name, "") for name in frame["place"]], dtype=object)
    points = data.points.loc[frame.index]
    known = points.notna().all(axis=1).to_numpy()
    if mapping.place_by == "coordinates" and (outlines is None or not known.any()):
        missing = "no map in the scenario" if outlines is None else "no coordinates in the table"
        raise failed(data.file, "cannot tell provinces by coordinates", got=missing)
    if mapping.place_by == "name" or outlines is None or not known.any():
        return found, ()
    on_purpose = set(places.loc[places["how"] == LEFT_OUT, "name"])
    if mapping.place_by == "coordinates":
        open_places = np.ones(len(frame), dtype=bool)
        found[:] = ""
    else:
        open_places = (found == "") & ~frame["place"].isin(on_purpose).to_numpy()
    asked = open_places & known
    found[asked] = located(points[asked], outlines.rings)
    inside = int((found[asked] != "").sum())
    why = f"{int((found != '').sum()) - inside:,} by name, {inside:,} by coordinates"
    if outside := int(asked.sum()) - inside:
        why += f", {outside:,} outside every province of the map"
    other = "name" if mapping.place_by == "both" else "both"
    said = Choice("provinces", mapping.place_by, why, option("place_by", other))
    return found, (said,) if asked.any() else ()


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


def _renamed(frame: pd.DataFrame, actors: pd.DataFrame, places: NDArray[Any]) -> pd.DataFrame:
    sides = dict(zip(actors["name"], actors["to"], strict=True))
    return frame.assign(
        place=places,
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


def _nothing_left(
    data: EventData, names: pd.DataFrame, placed: bool, here: bool, sides: str
) -> EventDataError:
    """Say which names stand most often in the events that could not be matched."""
    if placed and not here:
        return failed(data.file, "has no event at the places that are asked for")
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
    return UnmatchedError([Problem(Place(str(data.file)), (), message, shown, allowed)], names)
