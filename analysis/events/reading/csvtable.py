"""Read cells of a delimited text file, and say in one line what cannot be read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.scenario.places import Place
from sim.scenario.problems import Problem, ScenarioError, nearest

_MISSING = ["", "NA", "NaN", "NULL", "null"]
_CHUNK = 50_000
_SEPARATORS = (",", ";", "\t")
_SHEETS = {".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"}
_PACKED = {".gz", ".bz2", ".zip", ".xz", ".zst"}
_CELLS = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


class EventDataError(ScenarioError):
    """An event table that cannot be used, with one line for each thing that is wrong."""


def failed(file: Path, message: str, **more: str) -> EventDataError:
    """Make the error that speaks of a file as a whole."""
    return EventDataError([Problem(Place(str(file)), (), message, **more)])


def header(file: Path, known: Callable[[Sequence[str]], bool]) -> tuple[list[str], str]:
    """Read the first row."""
    if file.is_dir():
        raise failed(file, "is a folder, not a file")
    if file.suffix.lower() in _SHEETS and file.is_file():
        way_out = "text: save it as 'CSV UTF-8'"
        raise failed(file, "is a spreadsheet, which is not read", allowed=way_out)
    first, errors = [], []
    for separator in _SEPARATORS:
        try:
            cells = _cells(file, separator)
        except EventDataError as error:
            errors.append(error)
            continue
        if known(cells):
            return cells, separator
        first.append((cells, separator))
    if not first:
        raise errors[0]
    return max(first, key=lambda pair: len(pair[0]))


def _cells(file: Path, separator: str) -> list[str]:
    first = _parsed(file, lambda part: part, sep=separator, header=None, nrows=1)
    return [str(cell).strip() for cell in first.iloc[0]]


def _parsed(
    file: Path, keep: Callable[[pd.DataFrame], pd.DataFrame], **options: Any
) -> pd.DataFrame:
    """Keep something of every part of a file.

    All columns are read, and not only those that are kept, so that a row with too many cells
    is seen; in parts, so that the notes of a large file need not fit into memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            parts = pd.read_csv(
                file, encoding="utf-8-sig", dtype=str, keep_default_na=False,
                skip_blank_lines=False, chunksize=_CHUNK, **options,
            )  # fmt: skip
            return pd.concat([keep(part) for part in parts], ignore_index=True)
    except FileNotFoundError:
        near = nearest(file.name, [entry.name for entry in file.parent.glob("*")])
        raise failed(file, "no such file", nearest=near) from None
    except pd.errors.EmptyDataError:
        raise failed(file, "the file is empty") from None
    except pd.errors.ParserWarning:
        found = _long_row(file, options["sep"])
        raise failed(file, f"row {found} has more cells than the header") from None
    except UnicodeDecodeError as error:
        raise _no_text(file, error) from None
    except (pd.errors.ParserError, ValueError, OSError) as error:
        raise failed(file, _reason(str(error))) from None


def _long_row(file: Path, separator: str) -> int:
    """Find the first row with one cell more than the header has."""
    width = len(_cells(file, separator))
    extra = _parsed(
        file, lambda part: part, sep=separator, names=list(range(width + 1)), header=None,
        usecols=[width],
    )[width]  # fmt: skip
    return int(extra.fillna("").ne("").idxmax()) + 1


def _no_text(file: Path, error: UnicodeDecodeError) -> EventDataError:
    """Say where a file stops being UTF-8, as far as that can be seen from outside."""
    where, got = "the file", f"byte 0x{error.object[error.start]:02x}"
    if file.suffix.lower() not in _PACKED:
        text = file.read_bytes()
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as whole:
            where = f"line {text.count(bytes([10]), 0, whole.start) + 1}"
            got = f"byte 0x{text[whole.start]:02x}"
    way_out = "UTF-8, in which a spreadsheet program saves as 'CSV UTF-8'"
    return failed(file, f"{where} is not UTF-8 text", got=got, allowed=way_out)


def _reason(error: str) -> str:
    """Write what pandas says of a row in the words of this project."""
    if cells := _CELLS.search(error):
        wanted, row, got = cells.groups()
        return f"row {row} has {got} cells, but the header {wanted}"
    if quote := _QUOTE.search(error):
        return f"row {int(quote.group(1)) + 1} opens a quote that never ends"
    reason = error.removeprefix("Error tokenizing data. C error: ").strip()
    return f"cannot be read as a table: {reason}"


def table(
    file: Path, separator: str, names: list[str] | None, chosen: Mapping[str, str]
) -> pd.DataFrame:
    """Read some columns as text."""
    options: dict[str, Any] = {"names": names, "header": None if names else 0, "index_col": False}

    def chosen_of(part: pd.DataFrame) -> pd.DataFrame:
        part = part.rename(columns=str.strip)
        return pd.DataFrame({role: part[name] for role, name in chosen.items()}, dtype=object)

    roles = _parsed(file, chosen_of, sep=separator, na_values=_MISSING, **options)
    return roles[roles.notna().any(axis=1)]
