"""Write tables, texts and figures as files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis import style
from analysis.drawing import render
from sim.store.files import temporary, write_text

FORMATS = ("png", "svg", "pdf", "txt")
USUAL = ("png", "svg", "txt")


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
                _save(written[-1], content)
    return written


def _save(path: Path, content: bytes) -> None:
    aside = temporary(path)
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def csv(table: pd.DataFrame) -> str:
    """Write a table as CSV, with ten significant figures."""
    return str(table.to_csv(index=False, lineterminator="\n", float_format="%.10g"))
