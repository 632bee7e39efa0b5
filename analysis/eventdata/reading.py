"""Read an event table, check every row, and keep what tells when, where, who and how many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.eventdata import csvtable
from analysis.eventdata.checking import Checked, check
from analysis.eventdata.csvtable import EventDataError, failed
from analysis.eventdata.layouts import (
    LAYOUTS,
    PLAIN,
    ROLES,
    UCDP_COLUMNS,
    Layout,
    is_headless_ucdp,
    recognise,
)
from sim.scenario.places import Place
from sim.scenario.problems import Problem, list_names, nearest, show

if TYPE_CHECKING:
    from analysis.eventlog import EventLog

COLUMNS = ("row", "time", "place", "actor", "target", "killed_low", "killed_best", "killed_high")
DROPPED = ("row", "reason", "column", "value")
INVALID, COARSE, REPEATED = "cannot be used", "date is known only to the month", "id given before"


@dataclass(frozen=True, eq=False)
class EventData:
    """Events of a table, checked.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per event in the table's order: ``row`` of the file as a spreadsheet counts,
        ``time`` (local, or UTC where the table names zones), ``place``, ``actor`` and
        ``target`` (empty for unknown), and the persons killed, ``killed_low``,
        ``killed_best`` and ``killed_high`` (NaN for unknown).
    layout : str
        Kind of table: ``ACLED``, ``UCDP GED`` or ``plain table``.
    directed : bool
        Whether the actor attacked the target. ACLED and UCDP name two sides without saying
        who began.
    columns : dict of str to str
        The table's name for each role that was read.
    dropped : pandas.DataFrame
        One row per ``row`` left out, with ``reason``, ``column`` and ``value``.
    file : pathlib.Path
        Where it came from.
    """

    frame: pd.DataFrame = field(repr=False)
    layout: str
    directed: bool
    columns: dict[str, str]
    dropped: pd.DataFrame = field(repr=False)
    file: Path

    def log(self, zone: str = "UTC", span: tuple[Any, Any] | None = None) -> EventLog:
        """Make the log that `analysis.eventlog` describes.

        Parameters
        ----------
        zone : str
            Time zone in which hours of day are counted; times without a zone are local.
        span : (start, end), optional
            What the table covers; whole days from the first to the last event when left out.

        Returns
        -------
        EventLog
            Size is the best count of killed, where the table has one.
        """
        return frame_log(self.frame, zone, span, self.file.name)


def frame_log(frame: pd.DataFrame, zone: str, span: tuple[Any, Any] | None, name: str) -> EventLog:
    """Make a log of a frame with the columns of `EventData.frame`.

    Parameters
    ----------
    frame : pandas.DataFrame
        Events.
    zone, span, name
        As in `analysis.eventlog.from_table`.

    Returns
    -------
    EventLog
        Without places or sizes where no event has any.
    """
    from analysis.eventlog import from_table

    place = "place" if (frame["place"] != "").any() else None
    size = "killed_best" if frame["killed_best"].notna().any() else None
    return from_table(frame, "time", place, size, zone=zone, span=span, name=name)


def read(
    path: str | Path, columns: Mapping[str, str] | None = None, skip_invalid: bool = False
) -> EventData:
    """Read an export of ACLED or UCDP GED, or a plain table of events.

    The kind of table is told by its columns, in any case and order; commas, semicolons and
    tabs are read as separators, and files may be compressed. Events whose date is known only
    to the month or worse, and later rows with an id that was given before, are left out.

    Parameters
    ----------
    path : path
        The file.
    columns : mapping of str to str, optional
        The table's name for a role (``time``, ``place``, ``actor``, ``target``,
        ``killed_low``, ``killed_best``, ``killed_high``, ``identity``, ``precision``), where
        it is another than usual.
    skip_invalid : bool
        Leave out rows that cannot be used instead of refusing the file.

    Returns
    -------
    EventData

    Raises
    ------
    EventDataError
        When the file is no known table or rows cannot be used.
    """
    file, columns = Path(path), columns or {}
    header, separator = csvtable.header(file)
    headless = is_headless_ucdp(header)
    names = list(UCDP_COLUMNS) if headless else header
    layout = recognise(names) or (PLAIN if "time" in columns else None)
    if layout is None:
        raise _unknown_table(file, names)
    chosen = _choose(file, layout, names, columns)
    table = csvtable.table(file, separator, names if headless else None, chosen)
    found = check(file, layout.model, table, chosen, first=1 if headless else 2)
    if found.problems and not skip_invalid:
        raise EventDataError(found.shortened(file))
    return _sifted(_frame(file, found), found, layout, chosen, file)


def _unknown_table(file: Path, names: Sequence[str]) -> EventDataError:
    known = "; ".join(
        f"{layout.name}: {', '.join(layout.columns[role][0] for role in layout.marks)}"
        for layout in LAYOUTS
    )
    got = f"the columns {list_names(names)}"
    return failed(file, "is no known event table", got=got, allowed=f"at least columns of {known}")


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
            message = f"has no column {show(missing)} for the {role.replace('_', ' ')}"
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


def _sifted(
    frame: pd.DataFrame, found: Checked, layout: Layout, chosen: dict[str, str], file: Path
) -> EventData:
    """Leave out events with a coarse date or a repeated id, and list what was left out."""
    coarse = frame["precision"].fillna(-math.inf) > layout.model.week
    again = frame["identity"].duplicated() & (frame["identity"] != "") & ~coarse
    invalid = [(number, INVALID, *cell) for number, cell in found.invalid.items()]
    dropped = [pd.DataFrame(invalid, columns=list(DROPPED))]
    for reason, role, where in ((COARSE, "precision", coarse), (REPEATED, "identity", again)):
        part = frame.loc[where, ["row", role]].rename(columns={role: "value"})
        part["value"] = [
            f"{value:g}" if isinstance(value, float) else value for value in part.value
        ]
        dropped.append(part.assign(reason=reason, column=chosen.get(role, ""))[list(DROPPED)])
    return EventData(
        frame=frame.loc[~(coarse | again), list(COLUMNS)].reset_index(drop=True),
        layout=layout.name,
        directed=layout.directed,
        columns=chosen,
        dropped=pd.concat(dropped).sort_values("row", kind="stable").reset_index(drop=True),
        file=file,
    )


def _plainly(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value
