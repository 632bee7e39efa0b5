from __future__ import annotations

import csv
import io
from pathlib import Path

from sim.records import TABLES
from sim.store import columns

PAGE = Path(__file__).parents[1] / "results" / "README.md"


def test_the_data_dictionary_lists_every_column_once() -> None:
    rows = list(csv.DictReader(io.StringIO(columns.columns_csv())))
    declared = [(table, column) for table, its in TABLES.items() for column in its]
    assert [(r["table"], r["column"], r["unit"], r["meaning"]) for r in rows] == [
        (table, column.name, column.unit, column.meaning) for table, column in declared
    ]
    assert all(row["type"] for row in rows)


def test_every_table_is_described() -> None:
    assert list(columns.CONTENTS) == list(TABLES)


def test_the_page_in_the_results_folder_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == columns.readme(), "run: make docs"
