"""Write tables, texts and figures as files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis import style
from analysis.sheet import settle
from sim.store.files import temporary, write_text

FORMATS = ("png", "svg", "pdf")
USUAL = ("png", "svg")
_METADATA = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


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
    """Write sheets in several formats; they may be drawn as they are asked for."""
    written = []
    with style.context():
        for name, figure in figures:
            settle(figure)
            written += [save(figure, folder / f"{name}.{kind}") for kind in formats]
    return written


def save(figure: Figure, path: Path) -> Path:
    """Write a sheet; the ending gives the format, and no date goes into it."""
    kind, aside = path.suffix[1:], temporary(path)
    try:
        figure.savefig(aside, format=kind, metadata=_METADATA[kind])
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def csv(table: pd.DataFrame) -> str:
    """Write a table as CSV, with ten significant figures."""
    return str(table.to_csv(index=False, lineterminator="\n", float_format="%.10g"))
