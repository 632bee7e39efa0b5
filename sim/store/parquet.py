"""One block of one table as Parquet: fixed schema, fixed order of rows, fixed bytes.

Rows are packed into plain numpy arrays first (`sim.store.packing`). The bytes of a file are a
function of these arrays alone, so a file that grew in several steps equals one written at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.records import TABLES, Column
from sim.store.buffers import from_numbers, from_words, to_numbers
from sim.store.packing import Labels, Packed

# What reading a damaged file may raise.
UNREADABLE = (pa.ArrowException, OSError, KeyError, ValueError)
# Rows that are read, and compressed, together.
ROW_GROUP = 131_072


def schema(table: str) -> pa.Schema:
    """Give the Arrow schema of a table."""
    return pa.schema([(column.name, _arrow_type(column)) for column in TABLES[table]])


def write(path: Path, table: str, packed: Packed, labels: Labels, scenario: str, seed: int) -> None:
    """Write rows of one scenario, by replicate, to a file and bring it to disk."""
    categories = {**labels, "scenario": (scenario,)}
    rows = len(packed["replicate"])
    added: Packed = {"scenario": np.zeros(rows, np.int16), "seed": np.full(rows, seed, np.int64)}
    full = packed | added
    fields = schema(table)
    columns = [_arrow_array(field, full[field.name], categories) for field in fields]
    arrow = pa.Table.from_arrays(columns, schema=fields)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        with pq.ParquetWriter(file, fields, compression="zstd", write_page_checksum=True) as writer:
            if rows:
                writer.write_table(arrow, row_group_size=ROW_GROUP)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a block's file."""
    wanted = schema(table)
    if columns is not None:
        wanted = pa.schema([wanted.field(name) for name in columns])
    # Pages whose checksum is wrong are refused.
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read(columns=wanted.names).select(wanted.names).cast(wanted)


def of_replicates(rows: pa.Table, replicates: Sequence[int]) -> pa.Table:
    """Choose the rows of some runs."""
    return _chosen(rows, np.isin(_replicates(rows), replicates))


def without_replicates(rows: pa.Table, replicates: NDArray[np.int32]) -> pa.Table:
    """Choose the rows of all runs but some."""
    return _chosen(rows, ~np.isin(_replicates(rows), replicates))


def _replicates(rows: pa.Table) -> NDArray[np.int32]:
    return to_numbers(rows.column("replicate"), np.dtype("int32"))


def _chosen(rows: pa.Table, kept: NDArray[np.bool_]) -> pa.Table:
    return rows if kept.all() else rows.filter(from_numbers(kept, pa.bool_()))


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind == "label":
        return pa.dictionary(pa.int16(), pa.utf8())
    if column.kind == "time":
        return pa.timestamp("s", tz="UTC")
    return pa.bool_() if column.kind == "bool" else pa.type_for_alias(column.kind)


def _arrow_array(
    field: pa.Field, values: NDArray[Any], categories: Mapping[str, Sequence[str]]
) -> pa.Array:
    if pa.types.is_dictionary(field.type):
        codes, words = from_numbers(values, pa.int16()), from_words(categories[field.name])
        return pa.DictionaryArray.from_arrays(codes, words)
    return from_numbers(values, field.type)
