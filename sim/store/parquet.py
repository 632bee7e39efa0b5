"""One block of one table as Parquet: fixed schema, fixed order of rows, fixed bytes.

The bytes of a file depend on its rows alone (`sim.store.packing`), so a file that grew in several
steps equals one written at once. Arrays pass between numpy and Arrow by their buffers: ``pa.array``
and ``to_numpy`` import pandas, which can take seconds just when a batch is asked to stop.
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
from sim.store.packing import Labels, Packed, columns_of

# What reading a damaged file may raise.
UNREADABLE = (pa.ArrowException, OSError, KeyError, ValueError)
# Rows that are read, and compressed, together.
ROW_GROUP = 131_072


# The lowest and highest value that columns of a block may have.
Place = Mapping[str, tuple[Any, Any]]


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
    columns = [_column(field, full[field.name], categories) for field in fields]
    arrow = pa.Table.from_arrays(columns, schema=fields)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        with pq.ParquetWriter(file, fields, compression="zstd", write_page_checksum=True) as writer:
            if rows:
                writer.write_table(arrow, row_group_size=ROW_GROUP)
        file.flush()
        os.fsync(file.fileno())


def read(
    path: Path, table: str, columns: Sequence[str] | None = None, place: Place | None = None
) -> pa.Table:
    """Read a block's file; ValueError when its rows belong to another place than said."""
    wanted = schema(table)
    if columns is not None:
        wanted = pa.schema([wanted.field(name) for name in columns])
    # Pages whose checksum is wrong are refused.
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        if place is not None:
            _check_place(file.metadata, table, place)
        rows = file.read(columns=wanted.names).select(wanted.names).cast(wanted)
    for field in wanted:
        if rows.column(field.name).null_count and not pa.types.is_floating(field.type):
            raise ValueError(f"column {field.name} has missing values")
    return rows


def _check_place(metadata: Any, table: str, place: Place) -> None:
    names = [column.name for column in TABLES[table]]
    for group in range(metadata.num_row_groups):
        for name in place.keys() & set(names):
            column = metadata.row_group(group).column(names.index(name))
            found = column.statistics
            low, high = place[name]
            if found is None or not found.has_min_max:
                raise ValueError(f"it does not say which values of {name} it holds")
            try:
                inside = low <= found.min <= found.max <= high
            except TypeError:  # a column of another type
                inside = False
            if not inside:
                held = str(found.min) if found.min == found.max else f"{found.min} to {found.max}"
                raise ValueError(f"it holds runs of {name} {held}")


def of_replicates(rows: pa.Table, replicates: Sequence[int]) -> pa.Table:
    """Choose the rows of some runs."""
    return _chosen(rows, np.isin(_replicates(rows), replicates))


def without_replicates(rows: pa.Table, replicates: NDArray[np.int32]) -> pa.Table:
    """Choose the rows of all runs but some."""
    return _chosen(rows, ~np.isin(_replicates(rows), replicates))


def unpack(table: str, rows: pa.Table, labels: Labels) -> Packed:
    """Turn stored rows back into arrays; ValueError for a label that is not among those given."""
    return {c.name: _unpack(c, rows.column(c.name), labels) for c in columns_of(table)}


def _replicates(rows: pa.Table) -> NDArray[np.int32]:
    return _numpy(rows.column("replicate").chunks, np.dtype("int32"))


def _chosen(rows: pa.Table, chosen: NDArray[np.bool_]) -> pa.Table:
    return rows if chosen.all() else rows.filter(_arrow(chosen, pa.bool_()))


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind == "label":
        return pa.dictionary(pa.int16(), pa.utf8())
    if column.kind == "time":
        return pa.timestamp("s", tz="UTC")
    return pa.bool_() if column.kind == "bool" else pa.type_for_alias(column.kind)


def _column(field: pa.Field, values: NDArray[Any], labels: Labels) -> pa.Array:
    if not pa.types.is_dictionary(field.type):
        return _arrow(values, field.type)
    words = [word.encode() for word in labels[field.name]]
    ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
    text = pa.StringArray.from_buffers(
        len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(words))
    )
    return pa.DictionaryArray.from_arrays(_arrow(values, pa.int16()), text)


def _arrow(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    rows, valid = len(values), None
    if values.dtype.kind == "f":
        # Missing numbers are stored as null, not NaN: every reader then skips them alike.
        valid = pa.py_buffer(np.packbits(~np.isnan(values), bitorder="little"))
    elif values.dtype.kind == "b":
        values = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(kind, rows, [valid, pa.py_buffer(np.ascontiguousarray(values))])


def _unpack(column: Column, stored: pa.ChunkedArray, labels: Labels) -> NDArray[Any]:
    target = np.dtype(column.numpy)
    if column.kind != "label":
        return _numpy(stored.chunks, target)
    code = {word: code for code, word in enumerate(labels[column.name])}
    parts = [np.empty(0, target)]
    for chunk in stored.chunks:
        words = chunk.dictionary.to_pylist()
        unknown = [word for word in words if word not in code]
        if unknown:
            raise ValueError(f"column {column.name} holds {unknown[0]!r}, not one of {list(code)}")
        codes = np.array([code[word] for word in words], target)
        parts.append(codes[_numpy([chunk.indices], target)])
    return np.concatenate(parts)


def _numpy(chunks: Sequence[pa.Array], target: np.dtype[Any]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, target), *(_part(chunk, target) for chunk in chunks)])


def _part(chunk: pa.Array, target: np.dtype[Any]) -> NDArray[Any]:
    valid, data = chunk.buffers()
    here = slice(chunk.offset, chunk.offset + len(chunk))
    if target.kind == "b":
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[here].astype(bool)
    values = np.frombuffer(data, target)[here]
    if target.kind == "f" and valid is not None:
        present = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[here]
        values = np.where(present, values, target.type(np.nan))
    return values
