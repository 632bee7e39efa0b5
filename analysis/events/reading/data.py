"""Read an event table, check every row, and keep what tells when, where, who and how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.events.reading import csvtable
from analysis.events.reading.checking import Checked, check
from analysis.events.reading.csvtable import EventDataError, failed
from analysis.events.reading.layouts import (
    LAYOUTS,
    PLAIN,
    ROLES,
    UCDP_COLUMNS,
    Layout,
    counted,
    is_headless_ucdp,
    recognise,
)
from analysis.events.reading.sifting import sift, tagged, widen
from sim.scenario.places import Place
from sim.scenario.problems import Problem, list_names, nearest, show

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

COLUMNS = ("row", "time", "place", "actor", "target", "killed_low", "killed_best", "killed_high")


@dataclass(frozen=True, eq=False)
class EventData:
    """Events of a table, checked.

    ``frame`` has one row per event in the table's order: ``row`` of the file as a spreadsheet
    counts, ``time`` (local, or UTC where the table names zones), ``place``, ``actor`` and
    ``target`` (empty for unknown), and the persons killed, ``killed_low``, ``killed_best`` and
    ``killed_high`` (NaN for unknown). It is ``directed`` when the actor attacked the target; ACLED
    and UCDP name two sides without saying who began.

    ``columns`` gives the table's name for each role that was read. ``dropped`` has one row per
    ``row`` left out, with ``reason``, ``column`` and ``value``; ``widened`` one per low or high
    count of UCDP beyond the best one, which then took its place. ``unread`` are the columns of a
    plain table that were not read, each with the usual name that it most resembles, or empty text.
    """

    frame: pd.DataFrame = field(repr=False)
    layout: str
    directed: bool
    columns: dict[str, str]
    dropped: pd.DataFrame = field(repr=False)
    widened: pd.DataFrame = field(repr=False)
    unread: dict[str, str]
    file: Path

    def log(self, zone: str = "UTC", span: tuple[Any, Any] | None = None) -> EventLog:
        """Make the log that `analysis.events.statistics` describes; see `from_table` there.

        Size is the best count of killed, where the table has one.
        """
        return frame_log(self.frame, zone, span, self.file.name)


def frame_log(
    frame: pd.DataFrame,
    zone: str,
    span: tuple[Any, Any] | None,
    name: str,
    sides: tuple[str, str] | None = None,
) -> EventLog:
    """Make a log of a frame with the columns of `EventData.frame`."""
    from analysis.events.statistics import from_table

    place = "place" if (frame["place"] != "").any() else None
    size = "killed_best" if frame["killed_best"].notna().any() else None
    unit = "persons killed"
    return from_table(frame, "time", place, size, sides, zone=zone, span=span, name=name, unit=unit)


def read(
    path: str | Path, columns: Mapping[str, str] | None = None, skip_invalid: bool = False
) -> EventData:
    """Read an export of ACLED or UCDP GED, or a plain table of events.

    The kind of table is told by its columns, in any case and order; commas, semicolons and
    tabs are read as separators, and files may be compressed. Events whose date is known only
    to the month or worse, later rows with an id that was given before, and a second header of
    tags are left out.

    Parameters
    ----------
    path : path
        The file.
    columns : mapping of str to str, optional
        The table's name for a role (``time``, ``place``, ``actor``, ``target``,
        ``killed_low``, ``killed_best``, ``killed_high``, ``identity``, ``precision``), where
        it is another than usual.
    skip_invalid : bool
        Leave out rows that cannot be used instead of refusing the file. Dates with the month
        first refuse it all the same, as the others may be of that kind and read wrong.

    Returns
    -------
    EventData

    Raises
    ------
    EventDataError
        When the file is no known table or rows cannot be used.
    """
    file, columns = Path(path), columns or {}
    header, separator = csvtable.header(file, lambda cells: _is_known(cells, columns))
    headless = is_headless_ucdp(header)
    names = list(UCDP_COLUMNS) if headless else header
    layout = recognise(names) or (PLAIN if "time" in columns else None)
    if layout in (None, PLAIN) and counted(names):
        got = f"the column {show(counted(names))}"
        one = "one row for each event"
        raise failed(file, "counts the events of a week or month", got=got, allowed=one)
    if layout is None:
        raise _unknown_table(file, names)
    chosen = _choose(file, layout, names, columns)
    table = csvtable.table(file, separator, names if headless else None, chosen)
    first = 1 if headless else 2
    tags = tagged(table, chosen, first)
    found = check(file, layout.model, table.iloc[len(tags) :], chosen, first)
    if found.problems and (found.misread or not skip_invalid):
        raise EventDataError(found.shortened(file))
    frame, widened = widen(_frame(file, found), chosen, layout.model)
    kept, dropped = sift(frame, found, tags, layout.model, chosen)
    return EventData(
        frame=kept[list(COLUMNS)],
        layout=layout.name,
        directed=layout.directed,
        columns=chosen,
        dropped=dropped,
        widened=widened,
        unread=_unread(names, chosen) if layout is PLAIN else {},
        file=file,
    )


def _is_known(cells: Sequence[str], columns: Mapping[str, str]) -> bool:
    named = "time" in columns and columns["time"].lower() in [cell.lower() for cell in cells]
    return named or is_headless_ucdp(cells) or recognise(cells) is not None


def _unread(names: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Give the columns that were not read, with the usual names that they resemble."""
    usual = [name for role, few in PLAIN.columns.items() if role not in chosen for name in few]
    rest = [name for name in names if name and name not in chosen.values()]
    return {name: nearest(name, usual) for name in rest}


def _unknown_table(file: Path, names: Sequence[str]) -> EventDataError:
    known = "; ".join(
        f"{layout.name}: {', '.join(layout.columns[role][0] for role in layout.recognised_by)}"
        for layout in LAYOUTS
    )
    telling = [
        name for layout in LAYOUTS for role in layout.recognised_by for name in layout.columns[role]
    ]
    near = next(filter(None, (nearest(name, telling) for name in names)), "")
    return failed(
        file, "is no known event table", got=f"the columns {list_names(names)}",
        allowed=f"at least columns of {known}", nearest=near,
    )  # fmt: skip


def _choose(
    file: Path, layout: Layout, names: Sequence[str], columns: Mapping[str, str]
) -> dict[str, str]:
    """Find the table's column for each role, or say which are missing."""
    by_lower = {name.lower(): name for name in reversed(names)}
    chosen, problems = {}, []
    for role in ROLES:
        usual = layout.columns.get(role, ())
        wanted = [columns[role].lower()] if role in columns else usual
        found = [by_lower[name] for name in wanted if name in by_lower]
        if found:
            chosen[role] = found[0]
        elif role in columns or role in layout.required:
            missing = columns.get(role) or usual[0]
            near = nearest(missing, names)
            says = f", as columns.{role} of the mapping says" if role in columns else ""
            message = f"has no column {show(missing)} for the {role.replace('_', ' ')}{says}"
            known = list_names(names, near)
            problems.append(Problem(Place(str(file)), (), message, "", known, near))
    if problems:
        raise EventDataError(problems)
    return chosen


def _frame(file: Path, found: Checked) -> pd.DataFrame:
    """Make a frame of checked rows; the zone of all times comes off as UTC, or none has one."""
    if not found.events:
        raise failed(file, "holds no event that can be used")
    zoned = found.events[0][1].time.tzinfo is not None
    for number, event in found.events:
        if (event.time.tzinfo is not None) is not zoned:
            kind = "no time zone" if zoned else "a time zone"
            message = f"the time has {kind}, unlike those before; give all of them one, or none"
            raise EventDataError([Problem(Place(f"{file} row {number}"), (), message)])
    columns = {role: [getattr(event, role) for _, event in found.events] for role in ROLES}
    frame = pd.DataFrame({"row": [number for number, _ in found.events], **columns})
    frame["time"] = pd.to_datetime(frame["time"], utc=zoned)
    for role in ("killed_low", "killed_best", "killed_high", "precision"):
        frame[role] = frame[role].astype(float)
    return frame
