"""Read cells of a delimited text file, and say in one line what cannot be read."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import pandas as pd

from analysis.events.reading.choices import Choice, option
from analysis.events.reading.containers import Container
from analysis.events.reading.errors import EventDataError, failed
from sim.scenario.problems import show

MISSING = frozenset(
    ["", "NA", "NaN", "nan", "NULL", "null", "N/A", "n/a", "#N/A", "None", "<NA>", "NaT"]
)
SAMPLE = 200
_CHUNK = 50_000
_SEPARATORS = (",", ";", "\t", "|")
_HEAD = 300_000
_MOST_TITLES = 30
_CELLS = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")
_SEP = re.compile(r"""["']?sep=(.)["']?\r?\n?""", re.IGNORECASE)
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_UTF8 = "utf-8-sig"
_ENCODINGS = "cp1252 (Western Europe), cp1251 (Cyrillic) or cp1256 (Arabic)"
_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
Known = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, eq=False)
class Text:
    """A delimited text, open to be read.

    ``header`` are the names of its columns, and ``first`` the number of the first row of events, as
    a spreadsheet counts. ``sample`` has the first cells of each column.
    """

    container: Container
    encoding: str
    separator: str
    header: list[str]
    first: int
    named: bool
    sample: dict[str, list[str]]
    choices: tuple[Choice, ...] = ()

    def cells(self, columns: Mapping[str, str]) -> pd.DataFrame:
        """Read some columns as text, by role; the index is the number of the row."""
        titles = self.first - 1 - self.named
        options: dict[str, Any] = {
            "sep": self.separator, "index_col": False, "header": None,
            "names": list(range(len(self.header))), "skiprows": titles + self.named,
        }  # fmt: skip
        places = {role: self.header.index(name) for role, name in columns.items()}

        def chosen(part: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({role: part[place] for role, place in places.items()}, dtype=object)

        table = _parsed(self.container, self.encoding, titles, len(self.header), chosen, **options)
        table.index = table.index + self.first
        return table


def read(
    container: Container, known: Known, encoding: str | None, delimiter: str | None,
    header: int | None,
) -> Text:  # fmt: skip
    """Find the header of a delimited text, above which there may be titles."""
    file = container.file
    encoding, told = _encoding(container, encoding)
    text = _head(container, encoding)
    given = _SEP.match(text)
    separators = [_WORDS.get(delimiter, delimiter)] if delimiter else list(_SEPARATORS)
    if delimiter and len(separators[0]) != 1:
        raise failed(file, f"{show(delimiter)} is no delimiter", allowed="one mark, or tab")
    if given and not delimiter:
        separators = [given.group(1)]
    grids = {each: _rows(text, each) for each in separators}
    separator, place = _header_at(grids, known, 0 if header is None else header - 1, header)
    rows = grids[separator]
    if place >= len(rows):
        raise failed(file, f"has no row {header}", allowed=f"1 to {len(rows)}")
    named, names = True, [cell.strip() for cell in rows[place]]
    if not any(names):
        raise failed(file, f"row {place + 1} holds no names of columns")
    body = [row for row in rows[place + 1 :] if any(row)][:SAMPLE]
    said = list(told)
    if body and all(len(row) == len(names) + 1 for row in body):
        last = not any(row[-1].strip() for row in body)
        names = [*names, ""] if last else ["", *names]
        end = "an empty last" if last else "a first"
        why = f"every row has {end} cell more, as some programs write it"
        said.append(Choice("columns without a name", "1", why))
    if place:
        titles = f"rows 1 to {place} stand above it" if place > 1 else "row 1 stands above it"
        said.append(Choice("header", f"row {place + 1}", titles, option("header", "ROW")))
    sample = {
        name: [row[column] for row in body if column < len(row)]
        for column, name in reversed(list(enumerate(names)))
    }
    return Text(container, encoding, separator, names, place + 2, named, sample, tuple(said))


def without_header(found: Text, names: Sequence[str]) -> Text:
    """Name the columns of a text whose first row is an event."""
    column = dict(zip(names, found.header, strict=True))
    sample = {name: found.sample.get(old, []) for name, old in column.items()}
    return Text(
        found.container, found.encoding, found.separator, list(names), found.first - 1, False,
        sample, found.choices,
    )  # fmt: skip


def _header_at(
    grids: Mapping[str, list[list[str]]], known: Known, start: int, asked: int | None
) -> tuple[str, int]:
    """Find the separator and the row in which a known header stands, the first there is."""
    best = (0, "", 0)
    for place in range(start, start + (1 if asked else _MOST_TITLES)):
        for separator, rows in grids.items():
            if place >= len(rows):
                continue
            cells = [cell.strip() for cell in rows[place]]
            if known(cells):
                return separator, place
            filled = sum(map(bool, cells))
            if filled > best[0]:
                best = (filled, separator, place)
    return (best[1], best[2]) if best[0] else (next(iter(grids)), start)


def _rows(text: str, separator: str) -> list[list[str]]:
    """Parse the first rows of a text; what is cut off at its end does not count."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > _MOST_TITLES + SAMPLE:
                break
    except csv.Error:
        return rows
    return rows[:-1] if len(text) >= _HEAD and len(rows) > 1 else rows


def _encoding(container: Container, asked: str | None) -> tuple[str, list[Choice]]:
    """Tell the encoding of a text."""
    if asked:
        try:
            codecs.lookup(asked)
        except LookupError:
            message = f"{show(asked)} is no encoding"
            raise failed(container.file, message, allowed=f"one such as {_ENCODINGS}") from None
        return asked, []
    first = container.head()
    for mark, name in _MARKS.items():
        if first.startswith(mark):
            return name, [Choice("encoding", name, "its first bytes say so", option("encoding"))]
    if b"\x00" in first:
        even, odd = first[::2].count(0), first[1::2].count(0)
        if max(even, odd) < len(first) / 4:
            raise failed(container.file, "is neither text nor a table of a kind that is known")
        name = "utf-16-le" if odd > even else "utf-16-be"
        return name, [Choice("encoding", name, "every other byte is 0", option("encoding"))]
    return _UTF8, []


def _head(container: Container, encoding: str) -> str:
    decode = codecs.getincrementaldecoder(encoding)()
    try:
        with container.open() as stream:
            text = decode.decode(stream.read(_HEAD))
    except UnicodeDecodeError:
        raise _no_text(container, encoding) from None
    if not text.strip():
        raise failed(container.file, "the file is empty")
    return text


def _parsed(
    container: Container,
    encoding: str,
    titles: int,
    width: int,
    keep: Callable[[pd.DataFrame], pd.DataFrame],
    **options: Any,
) -> pd.DataFrame:
    """Keep something of every part of a file.

    All columns are read, and not only those that are kept, so that a row with too many cells
    is seen; in parts, so that the notes of a large file need not fit into memory.
    """
    file = container.file
    try:
        with warnings.catch_warnings(), container.open() as stream:
            warnings.simplefilter("error", pd.errors.ParserWarning)
            parts = pd.read_csv(
                _text(stream, encoding), dtype=str, keep_default_na=False,
                skip_blank_lines=False, chunksize=_CHUNK, **options,
            )  # fmt: skip
            return pd.concat([keep(part) for part in parts], ignore_index=True)
    except pd.errors.EmptyDataError:
        return keep(pd.DataFrame(columns=options["names"], dtype=object))
    except pd.errors.ParserWarning:
        found = next(_wide(container, encoding, options["sep"], width, titles), 0)
        raise failed(file, f"row {found} has more cells than the header") from None
    except UnicodeDecodeError:
        raise _no_text(container, encoding) from None
    except (pd.errors.ParserError, ValueError) as error:
        raise failed(file, _reason(str(error), width)) from None


def _text(stream: IO[bytes], encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


def _wide(
    container: Container, encoding: str, separator: str, width: int, titles: int
) -> Iterator[int]:
    """Find the rows with more cells than the header has."""
    with container.open() as stream:
        rows = csv.reader(_text(stream, encoding), delimiter=separator)
        for number, row in enumerate(rows, 1):
            if number > titles and len(row) > width:
                yield number


def _no_text(container: Container, encoding: str) -> EventDataError:
    """Say where a file stops being text in an encoding."""
    where, got = "the file", ""
    name = "UTF-8" if encoding == _UTF8 else encoding
    with container.open() as stream:
        if "16" not in encoding:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    where, got = f"line {number}", f"byte 0x{line[error.start]:02x}"
                    break
    way_out = f"UTF-8, in which a spreadsheet program saves as 'CSV UTF-8', or {_read_as()}"
    return failed(container.file, f"{where} is not {name} text", got=got, allowed=way_out)


def _read_as() -> str:
    return f"another by {option('encoding')}, such as {_ENCODINGS}"


def _reason(error: str, width: int) -> str:
    """Write what pandas says of a row in the words of this project."""
    if cells := _CELLS.search(error):
        _, row, got = cells.groups()
        return f"row {row} has {got} cells, but the header {width}"
    if quote := _QUOTE.search(error):
        return f"row {int(quote.group(1)) + 1} opens a quote that never ends"
    reason = error.removeprefix("Error tokenizing data. C error: ").strip()
    return f"cannot be read as a table: {reason}"
