"""Write the statistics of a table of events: tables, a page of figures, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import files, style
from analysis.events.reading.matching import draft
from analysis.events.reading.prepare import Prepared
from analysis.events.statistics import Description, describe, sheet
from analysis.kinds import USUAL

DRAFT = "mapping-draft.yaml"


def write_description(
    prepared: Prepared,
    out: str | Path,
    orders: Mapping[str, Any] | None = None,
    formats: Sequence[str] = USUAL,
    seed: int = 0,
) -> tuple[list[Path], Description]:
    """Describe a log, and write the tables and the page."""
    log = prepared.steady
    description = describe(log, orders, prepared.neighbours, seed=seed)
    with style.context():
        figure = sheet(log, description)
    paths = write_tables(prepared, {"description.csv": description.table()}, Path(out))
    return paths + files.write_figures(Path(out), [("description", figure)], formats), description


def write_tables(
    prepared: Prepared, tables: Mapping[str, pd.DataFrame], folder: Path
) -> list[Path]:
    """Write tables, and with them what was chosen, left out, and how names were matched."""
    texts = {name: files.csv(table) for name, table in tables.items()}
    texts["choices.csv"] = files.csv(prepared.choices)
    if len(prepared.data.selected):
        texts["types.csv"] = files.csv(prepared.data.selected)
    texts["dropped.csv"] = files.csv(prepared.dropped)
    return _write(texts | _names(prepared.names), folder)


def write_names(names: pd.DataFrame, folder: Path) -> list[Path]:
    """Write how names were matched, and the start of a mapping file for the others."""
    return _write(_names(names), folder)


def _names(names: pd.DataFrame) -> dict[str, str]:
    return {"names.csv": files.csv(names), DRAFT: draft(names)} if len(names) else {}


def _write(texts: Mapping[str, str], folder: Path) -> list[Path]:
    return files.write_texts(folder, {name: text for name, text in texts.items() if text})
