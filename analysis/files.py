"""Write tables, texts and figures as files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import style
from analysis.drawing import render
from analysis.kinds import USUAL
from sim.store.files import write_bytes, write_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(
    folder: Path,
    texts: Mapping[str, str],
    figures: Iterable[tuple[str, Figure]] = (),
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write texts and sheets of figures."""
    return write_texts(folder, texts) + write_figures(folder, figures, formats)


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts as files, by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def write_figures(
    folder: Path, figures: Iterable[tuple[str, Figure]], formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write sheets in several formats; they may be drawn as they are asked for.

    A sheet as ``txt`` is its caption, for use below the figure elsewhere.
    """
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    with style.context():
        for name, figure in figures:
            for kind, content in render(figure, formats).items():
                written.append(folder / f"{name}.{kind}")
                write_bytes(written[-1], content)
    return written


def csv(table: pd.DataFrame, header: bool = True) -> str:
    """Write a table as CSV, with ten significant figures.

    A word that a spreadsheet would take for a formula gets an apostrophe in front, at which
    spreadsheets show it as it is.
    """
    words = table.select_dtypes(include=["object", "string", "category"]).columns
    shown = table.assign(**{name: _words(table[name]) for name in words})
    shown.columns = pd.Index([_word(name) for name in shown.columns])
    return str(shown.to_csv(index=False, header=header, lineterminator="\n", float_format="%.10g"))


def _words(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories(_word)
    return column.map(_word)


def _word(value: Any) -> Any:
    if not isinstance(value, str) or len(value) == 1 or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
