"""Frames of runs that are held in memory, without a results folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.frames import Frames, Reader
from sim.records import TABLES, Column
from sim.store.packing import Held


def from_tables(held: Iterable[Held]) -> Frames:
    """Make frames of runs in memory, as `sim.batch.in_memory` gives them.

    Parameters
    ----------
    held : iterable of sim.store.packing.Held
        Runs of scenarios with different names; the first is the baseline.

    Returns
    -------
    analysis.Frames
        What every table and figure function takes; equal to the frames of a results folder that
        holds the same runs.

    Raises
    ------
    ValueError
        When two scenarios have the same name.
    """
    by_name: dict[str, Held] = {}
    for each in held:
        if by_name.setdefault(each.loaded.name, each) is not each:
            raise ValueError(f"two scenarios are called {each.loaded.name!r}")

    def reader(names: Collection[str]) -> Reader:
        def read(table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
            for name, each in by_name.items():
                if name in names:
                    yield _frame(each, name, table, columns)

        return read

    return Frames(
        scenarios={name: each.loaded for name, each in by_name.items()},
        folders=(),
        reader=reader(by_name),
        narrow=reader,
    )


def _frame(held: Held, name: str, table: str, columns: Sequence[str]) -> pd.DataFrame:
    declared = {column.name: column for column in TABLES[table]}
    rows = len(held.tables[table]["replicate"])
    whole = {
        "scenario": pd.Categorical.from_codes(np.zeros(rows, np.int8), [name]),
        "seed": np.full(rows, held.seed, np.int64),
    }
    return pd.DataFrame(
        {
            column: whole[column] if column in whole else _column(held, table, declared[column])
            for column in columns
        }
    )


def _column(held: Held, table: str, column: Column) -> object:
    values = held.tables[table][column.name]
    if column.kind == "label":
        return pd.Categorical.from_codes(values, list(held.labels[column.name]))
    if column.kind == "time":
        return pd.DatetimeIndex(values.view("datetime64[s]")).tz_localize("UTC")
    return values
