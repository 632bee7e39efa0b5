"""Read an event table, check every row, and keep what tells when, where, who and how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.events.reading import columns as columns_of
from analysis.events.reading import containers, counting, csvtable, dates, records
from analysis.events.reading.checking import Checked, check
from analysis.events.reading.choices import Choice, listed, option
from analysis.events.reading.choosing import select, wanted
from analysis.events.reading.csvtable import MISSING
from analysis.events.reading.errors import EventDataError, failed
from analysis.events.reading.layouts import (
    COUNTS,
    LAYOUTS,
    PLAIN,
    Layout,
    headless,
    names_of,
    normal,
    recognise,
)
from analysis.events.reading.mapping import Reading
from analysis.events.reading.sifting import sift, tagged, widen
from analysis.wording import plural
from sim.scenario.places import Place
from sim.scenario.problems import Problem, list_names, nearest

if TYPE_CHECKING:
    from analysis.events.statistics import EventLog

COLUMNS = ("row", "time", "place", "actor", "target", "killed_low", "killed_best", "killed_high")
POINTS = ("latitude", "longitude")
_MISSED = ("time", "place", "actor", "target", "killed_low", "killed_best", "killed_high")
Source = csvtable.Text | records.Grid


@dataclass(frozen=True, eq=False)
class EventData:
    """Events of a table, checked.

    ``frame`` has one row per event in the table's order: ``row`` of the file as a spreadsheet
    counts, ``time`` (local, or UTC where the table names zones), ``place``, ``actor`` and
    ``target`` (empty for unknown), and the persons killed, ``killed_low``, ``killed_best`` and
    ``killed_high`` (NaN for unknown); ``points`` has the coordinates of each, NaN for unknown. It
    is ``directed`` when the actor attacked the target; ACLED and UCDP name two sides without saying
    who began. A row of a table of counts gives as many events; ``period`` is then day, week or
    month, and ``covered`` the time that the table covers.

    ``columns`` gives the table's name for each role that was read. ``choices`` has one row for each
    choice that was made, with the option that decides otherwise; ``selected`` counts events by type
    and kind, and those that were kept. ``dropped`` has one row per ``row`` left out, with
    ``reason``, ``column`` and ``value``; ``widened`` one per low or high count of UCDP beyond the
    best one, which then took its place. ``unread`` are the columns of a plain table that were not
    read, each with the usual name that it most resembles, or empty text.
    """

    frame: pd.DataFrame = field(repr=False)
    points: pd.DataFrame = field(repr=False)
    layout: str
    directed: bool
    columns: dict[str, str]
    choices: pd.DataFrame = field(repr=False)
    selected: pd.DataFrame = field(repr=False)
    dropped: pd.DataFrame = field(repr=False)
    widened: pd.DataFrame = field(repr=False)
    unread: dict[str, str]
    file: Path
    rows: int
    period: str = ""
    covered: tuple[pd.Timestamp, pd.Timestamp] | None = None

    def log(self, zone: str = "UTC", span: tuple[Any, Any] | None = None) -> EventLog:
        """Make the log that `analysis.events.statistics` describes; see `from_table` there.

        Size is the best count of killed, where the table has one.
        """
        return frame_log(self, self.frame, zone, span)


def frame_log(
    data: EventData,
    frame: pd.DataFrame,
    zone: str,
    span: tuple[Any, Any] | None,
    sides: tuple[str, str] | None = None,
) -> EventLog:
    """Make a log of a frame with the columns of `EventData.frame`."""
    from analysis.events.statistics import from_table

    place = "place" if (frame["place"] != "").any() else None
    size = "killed_best" if frame["killed_best"].notna().any() and not data.period else None
    both = frame[["killed_low", "killed_high"]].notna().all(axis=None)
    bounds = ("killed_low", "killed_high") if size and both else None
    return from_table(
        frame, "time", place, size, sides, bounds, zone=zone,
        span=span or data.covered, name=data.file.name, unit="persons killed",
        resolution=counting.HOURS.get(data.period),
    )  # fmt: skip


def read(
    path: str | Path, how: Reading | None = None, *, skip_invalid: bool = False, **asked: Any
) -> EventData:
    """Read a table of events: of ACLED, UCDP, GTD, GDELT or ICEWS, counts, or a plain one.

    The kind of table is told by its columns, in any case and order, the kind of file by its first
    bytes: delimited text, JSON, a spreadsheet, Parquet or Stata, packed or not. Left out are rows
    that are no attack by the types of a source, events whose date is known only to the month or
    worse, later rows with an id that was given before, and a second header of tags.

    Parameters
    ----------
    path : path
        The file.
    how : Reading, optional
        What the reader would choose otherwise; a mapping file is one.
    skip_invalid : bool
        Leave out rows that cannot be used instead of refusing the file. Dates in two forms refuse
        it all the same, as the others may be read wrong.
    **asked
        Fields of `Reading`, such as ``dates="DD/MM/YYYY"`` or ``columns={"time": "Date"}``.

    Returns
    -------
    EventData

    Raises
    ------
    EventDataError
        When the file is no known table or rows cannot be used.
    """
    file, how = Path(path), (how or Reading())
    how = how.model_copy(update=dict(Reading(**asked))) if asked else how
    with containers.unpacking(file):
        source, said = _opened(file, how)
    layout = _layout(file, source, how)
    chosen, more = columns_of.choose(file, layout, source.header, how.asked, source.sample)
    with containers.unpacking(file):
        table = _cells(file, source, layout, chosen, how)
    tags = tagged(table, chosen)
    table = table.iloc[len(tags) :]
    kept, left_out, chose, selected = select(file, layout, table, chosen, how)
    every = check(file, layout, table, chosen, how)
    found = every.only(table.index[kept])
    if found.faults and (found.mixed or not skip_invalid):
        raise EventDataError(found.shortened(file))
    frame = _usable(file, found)
    lasting = _lasting(table, frame, chosen, layout, how)
    counted = "events" in chosen
    frame, widened = widen(frame, chosen, layout)
    frame, dropped, sifted = sift(found, frame, [*tags, *left_out], layout, chosen, how, counted)
    events, period, covered, told = _eventful(file, frame, every, chosen, how, bool(kept.all()))
    why = "told by its columns" if how.source is None else "as asked"
    first = Choice("source", layout.name, why, option("source", "plain"))
    return EventData(
        frame=events[list(COLUMNS)],
        points=events[list(POINTS)],
        layout=layout.name,
        directed=layout.directed,
        columns=chosen,
        choices=listed([first, *said, *more, *chose, *found.choices, *lasting, *sifted, *told]),
        selected=selected,
        dropped=dropped,
        widened=widened,
        unread=_unread(source.header, chosen) if layout in (PLAIN, COUNTS) else {},
        file=file,
        rows=len(table) + len(tags),
        period=period,
        covered=covered,
    )


def _eventful(
    file: Path,
    frame: pd.DataFrame,
    every: Checked,
    chosen: Mapping[str, str],
    how: Reading,
    whole: bool,
) -> tuple[pd.DataFrame, str, tuple[pd.Timestamp, pd.Timestamp] | None, list[Choice]]:
    """Give the events of a table, the period of its counts, and the time that it covers.

    That is told here where some rows are counts of nothing, or are not chosen.
    """
    times = every.frame["time"].dropna().map(lambda each: each.replace(tzinfo=None))
    covered, period, told = None, "", []
    if "events" in chosen:
        period, choice = counting.period(frame, chosen, how, file)
        covered, told = counting.covered(pd.to_datetime(times), period), [choice]
        frame = counting.expanded(frame, file)
    elif not whole and frame["time"].dt.tz is None:
        covered = counting.covered(pd.to_datetime(times))
    if frame.empty:
        raise failed(file, "holds no event that can be used")
    return frame, period, covered, told


def _opened(file: Path, how: Reading) -> tuple[Source, list[Choice]]:
    """Open a file of any kind, and find its header."""
    container = containers.opened(file, how.part)
    asked = how.asked

    def known(cells: Sequence[str]) -> bool:
        named = columns_of.is_known(cells, asked) or bool(headless(cells))
        return named or recognise(cells) is not None

    said = list(container.choices)
    if container.kind != containers.TEXT:
        grid = records.read(container, known, None if said else how.part, how.header)
        kind = Choice("file", container.kind, "told by its first bytes")
        return grid, [*said, kind, *grid.choices]
    text = csvtable.read(container, known, how.encoding, how.delimiter, how.header)
    if names := headless(text.header):
        text = csvtable.without_header(text, names)
        said.append(Choice("header", "none", "the first row is an event of a known kind"))
    return text, [*said, *text.choices]


def _layout(file: Path, source: Source, how: Reading) -> Layout:
    """Tell the kind of table."""
    if how.source:
        return next(layout for layout in LAYOUTS if layout.key == how.source)
    names, asked = source.header, how.asked
    layout = recognise(names)
    if layout is None and (asked.get("time") or asked.get("year")):
        layout = COUNTS if "events" in asked else PLAIN
    if layout is None:
        raise _unknown_table(file, names)
    if asked.get("events"):
        return COUNTS if layout is PLAIN else layout
    no_counts = "events" in asked or not columns_of.is_counted(names, source.sample)
    return PLAIN if layout is COUNTS and no_counts else layout


def _cells(
    file: Path, source: Source, layout: Layout, chosen: Mapping[str, str], how: Reading
) -> pd.DataFrame:
    """Read the cells of all columns that are needed, as text without blanks at its ends."""
    names = source.header
    read = dict(chosen)
    read |= {name: name for name in wanted(how, names, chosen, file)}
    read |= {f"killed:{name}": name for name in names if normal(name) in layout.killed}
    table = source.cells(read)
    for role in table:
        column = table[role].astype(object)
        stripped = column.map(lambda cell: cell.strip() if isinstance(cell, str) else None)
        table[role] = stripped.where(~stripped.isin(MISSING), None)
    if layout.root and "type" in table:
        table["type"] = table["type"].str.slice(0, layout.root)
    return table[table.notna().any(axis=1)]


def _usable(file: Path, found: Checked) -> pd.DataFrame:
    """Keep the rows that can be used; the zone of all times comes off as UTC, or none has one."""
    frame = found.frame[~found.frame["row"].isin(found.invalid)].reset_index(drop=True)
    if frame.empty:
        raise failed(file, "holds no event that can be used")
    zoned = [each.tzinfo is not None for each in frame["time"]]
    for row, here in zip(frame["row"], zoned, strict=True):
        if here is not zoned[0]:
            kind = "no time zone" if zoned[0] else "a time zone"
            message = f"the time has {kind}, unlike those before; give all of them one, or none"
            raise EventDataError([Problem(Place(f"{file} row {row}"), (), message)])
    frame["time"] = pd.to_datetime(frame["time"], utc=zoned[0])
    return frame


def _lasting(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    chosen: Mapping[str, str],
    layout: Layout,
    how: Reading,
) -> list[Choice]:
    """Say of how many events the end is later than the start; their times are their starts."""
    if "end" not in table or "time" not in chosen:
        return []
    texts = table["end"].reindex(frame["row"])
    read = dates.read(
        [each if isinstance(each, str) else None for each in texts],
        how.dates,
        layout.order or dates.DMY,
    )
    ends = pd.to_datetime([moment and moment.when.replace(tzinfo=None) for moment in read.moments])
    days = (ends - pd.DatetimeIndex(frame["time"].dt.tz_localize(None))) / pd.Timedelta(days=1)
    frame["end_days"] = days.to_numpy()
    longer = int((days >= 1).sum())
    if not longer or layout is COUNTS:
        return []
    why = f"{plural(longer, 'event')} of more than a day"
    return [
        Choice("time of long events", chosen["time"], why, option("columns.time", chosen["end"]))
    ]


def _unread(names: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Give the columns that were not read, with the usual names that they resemble."""
    roles = [role for role in _MISSED if role not in chosen]
    usual = [name for role in roles for name in names_of(PLAIN, role)]
    rest = [name for name in names if name and name not in chosen.values()]
    return {name: nearest(name, usual) for name in rest}


def _unknown_table(file: Path, names: Sequence[str]) -> EventDataError:
    known = "; ".join(
        f"{layout.name}: {', '.join(names_of(layout, role)[0] for role in layout.recognised_by)}"
        for layout in LAYOUTS
    )
    telling = [
        name
        for layout in LAYOUTS
        for role in layout.recognised_by
        for name in names_of(layout, role)
    ]
    near = next(filter(None, (nearest(name, telling) for name in names)), "")
    return failed(
        file, "is no known event table", got=f"the columns {list_names(names)}",
        allowed=f"at least columns of {known}; {option('columns.time')} names the one of the time",
        nearest=near,
    )  # fmt: skip
