"""Read cells of a delimited text file, and say in one line what cannot be read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.scenario.places import Place
from sim.scenario.problems import Problem, ScenarioError, nearest

_MISSING = ["", "NA", "NaN", "NULL", "null"]
_CHUNK = 50_000
_SEPARATORS = (",", ";", "\t")


class EventDataError(ScenarioError):
    """An event table that cannot be used, with one line for each thing that is wrong."""


def failed(file: Path, message: str, **more: str) -> EventDataError:
    """Make the error that speaks of a file as a whole.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    message : str
        What is wrong.
    **more
        As in `sim.scenario.problems.Problem`.

    Returns
    -------
    EventDataError
    """
    return EventDataError([Problem(Place(str(file)), (), message, **more)])


def header(file: Path) -> tuple[list[str], str]:
    """Read the first row.

    Parameters
    ----------
    file : pathlib.Path
        Text with commas, semicolons or tabs, which may be compressed.

    Returns
    -------
    cells : list of str
        Of the first row.
    separator : str
        The one that makes most cells.

    Raises
    ------
    EventDataError
        When there is no such file or it holds no table.
    """
    first = [(_cells(file, separator), separator) for separator in _SEPARATORS]
    cells, separator = max(first, key=lambda pair: len(pair[0]))
    return cells, separator


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
        raise failed(file, "some rows have more cells than the header") from None
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x}"
        raise failed(file, "the file is not UTF-8 text", got=found) from None
    except (pd.errors.ParserError, ValueError, OSError) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise failed(file, f"cannot be read as a table: {reason}") from None


def table(
    file: Path, separator: str, names: list[str] | None, chosen: Mapping[str, str]
) -> pd.DataFrame:
    """Read some columns as text.

    Parameters
    ----------
    file, separator
        As in `header`.
    names : list of str or None
        Names of the columns where the file has no header.
    chosen : mapping of str to str
        The file's column by the name that it gets.

    Returns
    -------
    pandas.DataFrame
        A missing value is NaN; empty rows are left out, and the index counts them.

    Raises
    ------
    EventDataError
        When a row cannot be read.
    """
    options: dict[str, Any] = {"names": names, "header": None if names else 0, "index_col": False}

    def chosen_of(part: pd.DataFrame) -> pd.DataFrame:
        part = part.rename(columns=str.strip)
        return pd.DataFrame({role: part[name] for role, name in chosen.items()}, dtype=object)

    roles = _parsed(file, chosen_of, sep=separator, na_values=_MISSING, **options)
    return roles[roles.notna().any(axis=1)]
