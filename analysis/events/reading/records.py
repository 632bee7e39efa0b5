"""Read tables that are no delimited text: JSON records, spreadsheets, Parquet and Stata files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from analysis.events.reading.choices import Choice, few, option
from analysis.events.reading.containers import (
    FEATHER,
    JSON,
    PARQUET,
    STATA,
    XLS,
    XLSX,
    Container,
)
from analysis.events.reading.csvtable import SAMPLE, Known
from analysis.events.reading.errors import failed
from sim.scenario.problems import list_names, nearest, show

_MOST_TITLES = 30
_CALAMINE = ("python_calamine", "calamine", "python-calamine")
# For each kind of spreadsheet: module, engine of pandas and package, the preferred first.
_ENGINES = {
    XLSX: (("openpyxl", "openpyxl", "openpyxl"), _CALAMINE),
    XLS: (_CALAMINE, ("xlrd", "xlrd", "xlrd")),
}
_LISTS = ("data", "results", "result", "records", "events", "items", "rows", "value")


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of cells as text, in the form of `csvtable.Text`."""

    header: list[str]
    frame: pd.DataFrame
    first: int
    choices: tuple[Choice, ...] = ()

    @property
    def sample(self) -> dict[str, list[str]]:
        """The first cells of each column."""
        head = self.frame.head(SAMPLE)
        return {
            name: [str(cell) for cell in head.iloc[:, place].dropna()]
            for place, name in reversed(list(enumerate(self.header)))
        }

    def cells(self, columns: Mapping[str, str]) -> pd.DataFrame:
        """Give some columns by role; the index is the number of the row."""
        places = {role: self.header.index(name) for role, name in columns.items()}
        table = {role: self.frame.iloc[:, place] for role, place in places.items()}
        found = pd.DataFrame(table, dtype=object)
        found.index = pd.RangeIndex(self.first, self.first + len(found))
        return found


def read(container: Container, known: Known, part: str | None, header: int | None) -> Grid:
    """Read a table that is no text."""
    if container.kind == JSON:
        return _json(container)
    if container.kind in (PARQUET, FEATHER, STATA):
        return _frame(container)
    return _workbook(container, known, part, header)


def _json(container: Container) -> Grid:
    with container.open() as stream:
        data = stream.read()
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise failed(container.file, "is not UTF-8 text, as JSON has to be") from None
    except (json.JSONDecodeError, RecursionError) as error:
        content = _lines(data)
        if content is None:
            raise failed(container.file, f"is no JSON: {error}") from None
    rows, said = _records(container, content)
    table = pd.json_normalize(rows) if rows else pd.DataFrame()
    if not len(table.columns):
        raise failed(container.file, "holds no event that can be used")
    return Grid([str(name) for name in table.columns], _as_text(table), 1, (*said,))


def _lines(data: bytes) -> list[Any] | None:
    """Read one record a line."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
        return [json.loads(line) for line in lines if line.strip()]
    except (ValueError, RecursionError):
        return None


def _records(container: Container, content: Any) -> tuple[list[Any], list[Choice]]:
    """Find the list of records in a JSON text."""
    if isinstance(content, dict):
        if isinstance(content.get("features"), list):
            return [_feature(each) for each in content["features"]], []
        if isinstance(content.get("columns"), list) and isinstance(content.get("data"), list):
            names = [str(name) for name in content["columns"]]
            return [dict(zip(names, row, strict=False)) for row in content["data"]], []
        lists = {
            str(key): each for key, each in content.items()
            if isinstance(each, list) and each and isinstance(each[0], dict)
        }  # fmt: skip
        if lists:
            key = next((key for key in lists if key.lower() in _LISTS), next(iter(lists)))
            rest = [other for other in content if other != key]
            said = [Choice("part", key, f"left aside {few(rest)}")] if rest else []
            return lists[key], said
        if content and all(isinstance(each, dict | list) for each in content.values()):
            columns = {
                key: pd.Series(each, dtype=object) if isinstance(each, dict) else each
                for key, each in content.items()
            }
            try:
                return pd.DataFrame(columns).to_dict("records"), []
            except ValueError:
                content = None
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise failed(
            container.file, "holds no list of records",
            allowed='[{"time": ...}, ...] or {"data": [{"time": ...}, ...]}',
        )  # fmt: skip
    return content, []


def _feature(feature: Any) -> dict[str, Any]:
    """Make a record of a feature of GeoJSON."""
    record = dict(feature.get("properties") or {})
    point = (feature.get("geometry") or {}).get("coordinates")
    if isinstance(point, list) and len(point) >= 2 and not isinstance(point[0], list):
        record = {"longitude": point[0], "latitude": point[1]} | record
    return record


def _frame(container: Container) -> Grid:
    """Read a file that holds one table with names and kinds of columns."""
    readers = {PARQUET: pd.read_parquet, FEATHER: pd.read_feather, STATA: pd.read_stata}
    try:
        with container.open() as stream:
            table = readers[container.kind](_seekable(stream))
    except Exception as error:  # whatever a library says of a broken file
        reason = str(error).partition("\n")[0]
        raise failed(container.file, f"cannot be read as a {container.kind}: {reason}") from None
    if table.index.name:
        table = table.reset_index()
    return Grid([str(name) for name in table.columns], _as_text(table), 1)


def _seekable(stream: Any) -> Any:
    import io

    return io.BytesIO(stream.read())


def _workbook(container: Container, known: Known, part: str | None, header: int | None) -> Grid:
    """Read one sheet of a spreadsheet: the one with a known header."""
    sheets = _sheets(container)
    if part is not None and part not in sheets:
        near = nearest(part, sheets)
        allowed = list_names(sheets, near)
        raise failed(container.file, f"has no sheet {show(part)}", allowed=allowed, nearest=near)
    found = {
        name: place
        for name, rows in sheets.items()
        if part in (None, name) and (place := _header_at(rows, known, header)) is not None
    }
    name = next(iter(found), part or next(iter(sheets)))
    place = found.get(name, 0 if header is None else header - 1)
    rows = sheets[name]
    if place >= len(rows):
        raise failed(container.file, f"the sheet {show(name)} has no row {place + 1}")
    names = ["" if cell is None else str(cell).strip() for cell in rows.iloc[place]]
    said = []
    if len(sheets) > 1:
        rest = [other for other in sheets if other != name]
        said.append(Choice("sheet", name, f"left aside {few(rest)}", option("part")))
    if place:
        why = f"what stands above it in {show(name)} is left out"
        said.append(Choice("header", f"row {place + 1}", why, option("header", "ROW")))
    body = rows.iloc[place + 1 :].reset_index(drop=True)
    return Grid(names, body, place + 2, tuple(said))


def _header_at(rows: pd.DataFrame, known: Known, asked: int | None) -> int | None:
    places = [asked - 1] if asked else range(min(_MOST_TITLES, len(rows)))
    for place in places:
        if place < len(rows):
            cells = ["" if cell is None else str(cell).strip() for cell in rows.iloc[place]]
            if known(cells):
                return place
    return None


def _sheets(container: Container) -> dict[str, pd.DataFrame]:
    engines: Sequence[tuple[str, str, str]] = _ENGINES.get(container.kind, (_CALAMINE,))
    here = [engine for module, engine, _ in engines if find_spec(module)]
    if not here:
        raise failed(
            container.file, f"is an {container.kind}, for which a library is missing",
            allowed=f"after 'pip install {engines[0][2]}', or text: save it as 'CSV UTF-8'",
        )  # fmt: skip
    try:
        with container.open() as stream:
            tables = pd.read_excel(
                _seekable(stream), sheet_name=None, header=None, dtype=object, engine=here[0],
                keep_default_na=False,
            )  # fmt: skip
    except Exception as error:  # whatever a library says of a broken file
        reason = str(error).partition("\n")[0]
        raise failed(container.file, f"cannot be read as a spreadsheet: {reason}") from None
    return {str(name): _as_text(table) for name, table in tables.items()}


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Write every cell as text the way a person would; None for an empty one."""
    columns = [table.iloc[:, place].map(_cell) for place in range(table.shape[1])]
    if not columns:
        return pd.DataFrame(index=table.index)
    written = pd.concat(columns, axis=1, ignore_index=True).astype(object)
    return written.where(written.notna(), None).reset_index(drop=True)


def _cell(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | np.ndarray):
        return json.dumps(value, default=str)
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, datetime):
        plain = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if plain else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
