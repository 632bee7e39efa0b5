"""Check the cells of an event table column by column, and say of each why it cannot be used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.events.reading import dates
from analysis.events.reading.choices import Choice, few, option
from analysis.events.reading.errors import EventDataError
from analysis.events.reading.layouts import PARTS, Layout
from analysis.events.reading.mapping import Reading
from analysis.wording import plural
from sim.scenario.places import Place
from sim.scenario.problems import Problem, list_names, show

MOST = 10_000_000
KILLED = ("killed_low", "killed_best", "killed_high")
NUMBERS = (*KILLED, "precision", "latitude", "longitude", "events")
_COUNT = f"a whole number, 0 to {MOST:,}"
_SHOWN = 3
_MARKS = {"?", "-", "--", ".", "n.a.", "na", "nk", "unk", "unknown", "not known", "nan", "none"}
_UNKNOWN = {"-9", "-99", "-999"}
_THOUSANDS = re.compile(r"\d{1,3}(?:[, \u00a0\u202f'\u2019]\d{3})+")


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be used."""

    row: int
    role: str
    column: str
    message: str
    got: str
    allowed: str


@dataclass
class Checked:
    """What a check of all rows found.

    ``frame`` has the number of the row in the file and the value of each role, also for rows that
    cannot be used, which ``faults`` lists.
    """

    frame: pd.DataFrame
    faults: list[Fault] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    mixed: str = ""

    def only(self, rows: Iterable[int]) -> Checked:
        """Keep some rows."""
        kept = set(rows)
        faults = [fault for fault in self.faults if fault.row in kept]
        frame = self.frame[self.frame["row"].isin(kept)]
        return Checked(frame, faults, self.choices, self.mixed if faults else "")

    @property
    def invalid(self) -> dict[int, Fault]:
        """The first fault of each row that cannot be used."""
        return {fault.row: fault for fault in reversed(self.faults)}

    def shortened(self, file: Path) -> list[Problem]:
        """Give a few problems of each kind, and how many rows they spoil."""
        rows, bad = len(self.frame), len(self.invalid)
        kinds: dict[tuple[str, str], list[Fault]] = {}
        for fault in self.faults:
            kinds.setdefault((fault.column, fault.message), []).append(fault)
        listed: list[Fault] = []
        more: list[Problem] = []
        for (column, message), faults in kinds.items():
            if len(faults) == rows and rows > 1:
                return [self._all_alike(file, column, message, faults)]
            listed += faults[:_SHOWN]
            if rest := faults[_SHOWN:]:
                values = list(dict.fromkeys(show(fault.got) for fault in rest))
                noun = "row" if len(rest) == 1 else "rows"
                text = f"{message} in {len(rest):,} more {noun}"
                more.append(Problem(Place(str(file)), (column,), text, few(values, _SHOWN)))
        listed.sort(key=lambda fault: fault.row)
        shown = [_problem(file, fault) for fault in listed]
        noun = "row" if rows == 1 else "rows"
        way_out = self.mixed or ("; --skip-invalid leaves them out" if bad < rows else "")
        last = f"{bad:,} of {rows:,} {noun} cannot be used{way_out}"
        return [*shown, *more, Problem(Place(str(file)), (), last)]

    def _all_alike(self, file: Path, column: str, message: str, faults: Sequence[Fault]) -> Problem:
        """Say in one line that every row fails in the same way."""
        values = list(dict.fromkeys(fault.got for fault in faults))
        got = few(map(show, values), _SHOWN) if any(values) else ""
        allowed = f"{faults[0].allowed}{self.mixed}"
        text = f"{message} in all {len(faults):,} rows"
        return Problem(Place(str(file)), (column,), text, got, allowed)


def _problem(file: Path, fault: Fault) -> Problem:
    place = Place(f"{file} row {fault.row}")
    got = fault.got if " below " in fault.got else (show(fault.got) if fault.got else "")
    return Problem(place, (fault.column,), fault.message, got, fault.allowed)


def check(
    file: Path, layout: Layout, cells: pd.DataFrame, chosen: Mapping[str, str], how: Reading
) -> Checked:
    """Check every row; an EventDataError says that dates can be read in more than one way."""
    found = Checked(pd.DataFrame({"row": cells.index}))
    frame = found.frame
    frame["time"], frame["coarse"], frame["clock"] = _times(file, layout, cells, chosen, how, found)
    for role in ("identity", "place", "actor", "target", "type", "sub_type"):
        column = cells[role] if role in cells else pd.Series("", cells.index, dtype=object)
        frame[role] = column.fillna("").to_numpy(object)
    bounds: dict[str, Floats] = {}
    for role in NUMBERS:
        frame[role] = _unknown(len(cells))
        if role in cells:
            texts = cells[role]
            if role in KILLED:
                texts, ends = _ranged(texts, chosen[role], how, found)
                if role == "killed_best":
                    bounds = ends
            frame[role] = _numbers(texts, role, layout, chosen[role], found)
    for role, end in bounds.items():
        if role not in cells:
            frame[role] = end
    if layout.killed:
        frame["killed_best"] = _sum(cells, [name for name in cells if name.startswith("killed:")])
    if layout.ascending:
        found.faults += _descending(frame, chosen)
    found.faults.sort(key=lambda fault: fault.row)
    return found


def _unknown(size: int) -> Floats:
    """Make a column of numbers that are not known."""
    return np.full(size, np.nan)


# dates


def _times(
    file: Path,
    layout: Layout,
    cells: pd.DataFrame,
    chosen: Mapping[str, str],
    how: Reading,
    found: Checked,
) -> tuple[list[datetime | None], list[bool], list[bool]]:
    rows = cells.index
    if "time" in chosen:
        moments, why = _from_column(file, layout, cells, chosen, how, found)
        column, raw = chosen["time"], cells["time"]
    else:
        column, raw = chosen["year"], cells["year"]
        moments, why = _from_parts(cells), dict.fromkeys(range(len(cells)), "is no date")
    if "clock" in cells:
        moments = _clocked(cells, chosen, moments, found)
    for place, moment in enumerate(moments):
        if moment is None:
            value = raw.iloc[place]
            empty = not isinstance(value, str)
            message = "is missing" if empty else why.get(place, "is no date that can be read")
            allowed = dates.HELP if "time" in chosen else "a year, a month and a day"
            text = "" if empty else value
            found.faults.append(Fault(int(rows[place]), "time", column, message, text, allowed))
    _say_late(moments, found)
    return _columns(moments, layout)


def _columns(
    moments: Sequence[dates.Moment | None], layout: Layout
) -> tuple[list[datetime | None], list[bool], list[bool]]:
    """Take dates apart; the midnight of a zone stands for a day, in places of any zone."""
    times = [moment.when if moment else None for moment in moments]
    if layout.daily:
        times = [
            each.replace(tzinfo=None) if each and each.time() == time() else each for each in times
        ]
    coarse = [bool(moment and moment.coarse) for moment in moments]
    return times, coarse, [bool(moment and moment.clock) for moment in moments]


def _from_column(
    file: Path,
    layout: Layout,
    cells: pd.DataFrame,
    chosen: Mapping[str, str],
    how: Reading,
    found: Checked,
) -> tuple[list[dates.Moment | None], dict[int, str]]:
    texts = [cell if isinstance(cell, str) else None for cell in cells["time"]]
    try:
        read = dates.read(texts, how.dates, layout.order)
    except ValueError as error:
        raise EventDataError(
            [Problem(Place(str(file)), ("dates",), str(error), show(how.dates))]
        ) from None
    column = chosen["time"]
    if len(read.orders) > 1 and not read.usual:
        raise _several(file, column, read, next(filter(None, texts)))
    if read.mixed:
        counts = "; ".join(f"{form} fits {number:,}" for form, number in read.fits.items())
        found.mixed = (
            f"; dates seem to be in two forms ({counts} of {len(texts):,} rows), so that others may"
            f" be misread: write every date as 2022-08-29, or say {_say_form(read.form)}"
        )
    if read.guessed:
        found.choices.append(_form(read, len(texts)))
    why = {}
    if read.fits:
        most = f"is no date in the form {read.form} of the other rows"
        why = dict.fromkeys(range(len(texts)), most)
    if how.dates:
        why = dict.fromkeys(range(len(texts)), f"is no date in the form {how.dates}")
    return read.moments, why


def _say_form(form: str) -> str:
    return option("dates", form)


def _several(file: Path, column: str, read: dates.Times, example: str) -> EventDataError:
    """Refuse dates that can be read in more than one way."""
    ways = " or ".join(f"{_say_form(form)} ({dates.worded(form)})" for form in read.orders)
    message = "can be read in more than one way in every row"
    return EventDataError([Problem(Place(str(file)), (column,), message, show(example), ways)])


def _form(read: dates.Times, rows: int) -> Choice:
    """Say which form of date was taken."""
    words = {
        dates.EXCEL: "numbers of days since 1900, as a spreadsheet keeps them",
        dates.EPOCH: "seconds since 1970",
    }
    why = words.get(read.form) or f"{dates.worded(read.form)}, the only form that fits every row"
    if read.usual:
        rest = few(form for form in read.orders if form != read.form)
        why = f"{dates.worded(read.form)}, as this source has it; {rest} would fit every row, too"
    elif read.fits and read.fits[read.form] < max(rows, 1) and len(read.fits) > 1:
        why = f"{dates.worded(read.form)}, the form that fits most rows"
    if read.two_digits and read.fits:
        why += "; years 69 to 99 are of the last century"
    others = [form for form in (*read.orders, *read.fits) if form != read.form]
    return Choice("dates", read.form, why, option("dates", others[0] if others else "FORM"))


def _from_parts(cells: pd.DataFrame) -> list[dates.Moment | None]:
    """Read dates of which year, month and day stand in columns of their own."""
    columns = [
        cells[role] if role in cells else pd.Series(None, cells.index, dtype=object)
        for role in PARTS
    ]
    known: dict[tuple[object, ...], dates.Moment | None] = {}
    moments = []
    for parts in zip(*columns, strict=True):
        if parts not in known:
            texts = [part if isinstance(part, str) else None for part in parts]
            try:
                known[parts] = dates.from_parts(texts[0] or "", *texts[1:])
            except (ValueError, OverflowError):
                known[parts] = None
        moments.append(known[parts])
    return moments


def _clocked(
    cells: pd.DataFrame,
    chosen: Mapping[str, str],
    moments: Sequence[dates.Moment | None],
    found: Checked,
) -> list[dates.Moment | None]:
    """Put times of day from a column of their own to the dates."""
    joined: list[dates.Moment | None] = []
    unknown = 0
    for row, text, moment in zip(cells.index, cells["clock"], moments, strict=True):
        known = isinstance(text, str) and text.lower() not in _MARKS
        unknown += not known
        if not known or moment is None:
            joined.append(moment)
            continue
        try:
            joined.append(dates.at_clock(moment, text))
        except ValueError as error:
            joined.append(moment)
            allowed = "a time such as 9:05, 21:30 or 2:30 PM"
            fault = Fault(int(row), "clock", chosen["clock"], str(error), text, allowed)
            found.faults.append(fault)
    if unknown:
        why = f"{plural(unknown, 'row')} without a time of day"
        found.choices.append(Choice("time of day", "0:00 where none is given", why))
    return joined


def _say_late(moments: Sequence[dates.Moment | None], found: Checked) -> None:
    """Say that some rows know an hour and others only the day."""
    known = sum(bool(moment and moment.clock) for moment in moments)
    dated = sum(moment is not None for moment in moments)
    said = any(choice.about == "time of day" for choice in found.choices)
    if 0 < known < dated and not said:
        why = f"{dated - known:,} of {dated:,} rows give a day only"
        found.choices.append(Choice("time of day", "0:00 where none is given", why))


# numbers


def _numbers(column: pd.Series, role: str, layout: Layout, name: str, found: Checked) -> Floats:
    """Read numbers of one role, and list the cells that are none."""
    texts = column.dropna()
    unique = pd.Series(texts.unique(), dtype=object)
    values = pd.to_numeric(unique.map(_digits), errors="coerce")
    unknown = unique.str.lower().isin(_MARKS)
    if role in KILLED and layout.shared:
        unknown |= unique.isin(_UNKNOWN)
    allowed, wrong = _bounds(role, layout, values)
    if role in KILLED and any(_ends(text) for text in unique[wrong & ~unknown]):
        allowed += f"; {option('ranges', 'middle')} reads ranges"
    wrong &= ~unknown
    numbers = dict(zip(unique, values.mask(unknown), strict=True))
    bad = set(unique[wrong])
    rows = texts[texts.isin(bad)] if bad else texts.iloc[:0]
    found.faults += [
        Fault(int(row), role, name, "is not allowed", text, allowed) for row, text in rows.items()
    ]
    read = np.asarray(column.map(numbers), dtype=float)
    if role in KILLED:
        _say_unread(texts, set(unique[unknown]), name, found)
        shared = int((read % 1 > 0).sum()) if layout.shared else 0
        if shared:
            why = "shares of a sum over events that belong together; sizes are rounded"
            found.choices.append(Choice(name, f"{plural(shared, 'fraction')} kept", why))
    return read


def _ranged(
    column: pd.Series, name: str, how: Reading, found: Checked
) -> tuple[pd.Series, dict[str, Floats]]:
    """Read numbers that are written as ranges, where it was said how; give both ends, too."""
    ends = {text: known for text in column.dropna().unique() if (known := _ends(text))}
    if not ends:
        return column, {}
    if how.ranges == "refuse":
        return column, {}
    taken = {text: _of_range(known, how.ranges) for text, known in ends.items()}
    rows = int(column.isin(taken).sum())
    shown = few(map(show, ends), _SHOWN)
    other = "middle" if how.ranges != "middle" else "low"
    found.choices.append(
        Choice(name, f"{how.ranges} of ranges", f"{plural(rows, 'row')} such as {shown}",
               option("ranges", other))
    )  # fmt: skip
    plain = pd.to_numeric(column.map(_digits, na_action="ignore"), errors="coerce")
    both = [
        np.asarray(column.map({text: known[end] for text, known in ends.items()}), dtype=float)
        for end in (0, 1)
    ]
    whole = np.asarray(plain, dtype=float)
    filled = [np.where(column.isin(taken), each, whole) for each in both]
    mended = column.map(lambda text: taken.get(text, text))
    return mended, dict(zip((KILLED[0], KILLED[2]), filled, strict=True))


def _ends(text: str) -> tuple[float, float] | None:
    """Give the ends of a range, NaN where one is open; None for what is no range."""
    plain = text.strip().casefold()
    for pattern, read in _RANGES.items():
        if match := re.fullmatch(pattern, plain):
            return read(*(float(_digits(number)) for number in match.groups()))
    return None


def _of_range(ends: tuple[float, float], take: str) -> str | None:
    """Write the number that stands for a range; an open end is the other one."""
    known = [end for end in ends if not math.isnan(end)]
    if take == "unknown":
        return None
    number = {"low": known[0], "high": known[-1], "middle": (known[0] + known[-1] + 1) // 2}[take]
    return f"{number:g}"


_NUMBER = r"([\d,]+)"
_RANGES: dict[str, Callable[..., tuple[float, float]]] = {
    rf"{_NUMBER}\s*(?:-|\u2013|\u2014|to|or|/)\s*{_NUMBER}": lambda low, high: (low, high),
    rf"(?:at least|over|more than|min\.?|>|>=|\u2265)\s*{_NUMBER}": lambda low: (low, math.nan),
    rf"{_NUMBER}\s*(?:\+|or more)": lambda low: (low, math.nan),
    rf"(?:at most|up to|under|less than|max\.?|<|<=|\u2264)\s*{_NUMBER}": (
        lambda high: (math.nan, high)
    ),
    rf"(?:~|c\.|ca\.?|circa|about|around|approx\.?|approximately)\s*{_NUMBER}": (
        lambda number: (number, number)
    ),
}


def _digits(text: str) -> str:
    """Write a number without what parts its thousands."""
    plain = text.strip()
    if not plain.isascii():
        plain = "".join(str(int(each)) if each.isdecimal() else each for each in plain)
    return re.sub(r"\D", "", plain) if _THOUSANDS.fullmatch(plain) else plain


def _bounds(role: str, layout: Layout, values: pd.Series) -> tuple[str, pd.Series]:
    """Say what numbers of a role are allowed, and which are not."""
    if role == "precision":
        if layout.coarsest is None:
            return "a number", values.isna()
        within = values.between(1, layout.coarsest) & (values % 1 == 0)
        return layout.precision, ~within
    if role in ("latitude", "longitude"):
        most = 90 if role == "latitude" else 180
        return f"degrees, -{most} to {most}", ~values.between(-most, most)
    whole = (values % 1 == 0) | (layout.shared and role in KILLED)
    allowed = f"a number, 0 to {MOST:,}" if layout.shared and role in KILLED else _COUNT
    return allowed, ~(values.between(0, MOST) & whole)


def _say_unread(texts: pd.Series, unknown: set[str], name: str, found: Checked) -> None:
    if unknown:
        rows = int(texts.isin(unknown).sum())
        words = list_names(sorted(unknown))
        found.choices.append(Choice(name, f"{words} taken as not known", plural(rows, "row")))


def _sum(cells: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Add up columns of killed; not known where none of them is."""
    parts = [
        pd.to_numeric(cells[name].map(_digits, na_action="ignore"), "coerce") for name in names
    ]
    if not parts:
        return _unknown(len(cells))
    table = pd.concat(parts, axis=1)
    return np.asarray(table.sum(axis=1, min_count=1), dtype=float)


def _descending(frame: pd.DataFrame, chosen: Mapping[str, str]) -> Iterator[Fault]:
    """Find counts below a lower one."""
    pairs = (KILLED[:2], KILLED[1:], (KILLED[0], KILLED[2]))
    for lower, upper in pairs:
        between = KILLED[1] if (lower, upper) == (KILLED[0], KILLED[2]) else None
        below = frame[upper] < frame[lower]
        if between:
            below &= frame[between].isna()
        for row, small, large in frame.loc[below, ["row", upper, lower]].itertuples(index=False):
            message = f"is below {show(chosen[lower])}"
            got = f"{small:g} below {large:g}"
            yield Fault(int(row), upper, chosen[upper], message, got, "")
