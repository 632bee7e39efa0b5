"""Rows of runs as plain numpy arrays, with the types in which they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.records import TABLES, Column
from sim.store.buffers import chunk_numbers, to_numbers

Packed = dict[str, NDArray[Any]]
Labels = Mapping[str, Sequence[str]]

# Columns of a stored table that the store fills in itself.
ADDED = {"runs": ("scenario", "seed")}


def added_columns(table: str) -> tuple[str, ...]:
    """Name the columns of a table that an engine leaves to the store."""
    return ADDED.get(table, ("scenario",))


def pack(
    table: str, arrays: Mapping[str, Any], labels: Labels, replicates: Sequence[int]
) -> Packed:
    """Check the rows of one or more runs and give them their stored types."""
    columns = [c for c in TABLES[table] if c.name not in added_columns(table)]
    names = [column.name for column in columns]
    if list(arrays) != names:
        raise ValueError(f"table {table} must have columns {names}, got {list(arrays)}")
    packed = {column.name: _pack_column(table, column, arrays, labels) for column in columns}
    if len({len(values) for values in packed.values()}) > 1:
        lengths = {name: len(values) for name, values in packed.items()}
        raise ValueError(f"columns of table {table} differ in length: {lengths}")
    _check_replicates(table, packed["replicate"], replicates)
    return packed


def unpack(table: str, rows: pa.Table, labels: Labels) -> Packed:
    """Turn stored rows back into packed arrays."""
    columns = [c for c in TABLES[table] if c.name not in added_columns(table)]
    return {c.name: _unpack_column(c, rows.column(c.name), labels) for c in columns}


def join(parts: Sequence[Packed]) -> Packed:
    """Put the rows of several runs together, by replicate."""
    order = np.argsort(np.concatenate([part["replicate"] for part in parts]), kind="stable")
    return {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}


def _check_replicates(table: str, found: NDArray[Any], replicates: Sequence[int]) -> None:
    ran = np.asarray(replicates)
    if table == "runs" and not np.array_equal(found, ran):
        raise ValueError("table runs must have one row per run, in order of replicates")
    if not np.isin(found, ran).all():
        which = str(ran[0]) if len(ran) == 1 else f"those from {ran[0]} to {ran[-1]} that ran"
        raise ValueError(f"table {table} holds rows of another replicate than {which}")
    if np.any(found[1:] < found[:-1]):
        raise ValueError(f"table {table} is not in order of replicates")


def _pack_column(
    table: str, column: Column, arrays: Mapping[str, Any], labels: Labels
) -> NDArray[Any]:
    where = f"column {column.name} of table {table}"
    values = np.asarray(arrays[column.name])
    target = np.dtype(column.numpy)
    if values.ndim != 1:
        raise ValueError(f"{where} must have one dimension, got shape {values.shape}")
    if not _same_nature(values.dtype, target):
        raise ValueError(f"{where} must hold {target} values, got {values.dtype}")
    if column.kind == "label":
        upper = len(labels[column.name]) - 1
        if len(values) and not 0 <= values.min() <= values.max() <= upper:
            raise ValueError(f"{where} holds a code outside 0 to {upper}")
    packed = values.astype(target)
    if target.kind == "i" and not np.array_equal(packed, values):
        raise ValueError(f"{where} holds a value that {target} cannot store")
    return packed


def _same_nature(given: np.dtype[Any], target: np.dtype[Any]) -> bool:
    if target.kind == "i":
        return given.kind in "iu"
    if target.kind == "f":
        return given.kind in "fiu"
    return given.kind == target.kind


def _unpack_column(column: Column, stored: pa.ChunkedArray, labels: Labels) -> NDArray[Any]:
    if column.kind == "label":
        return _codes(column.name, stored, labels[column.name])
    return to_numbers(stored, np.dtype(column.numpy))


def _codes(name: str, stored: pa.ChunkedArray, categories: Sequence[str]) -> NDArray[np.int16]:
    place = {word: code for code, word in enumerate(categories)}
    codes = [np.empty(0, np.int16)]
    for chunk in stored.chunks:
        words = chunk.dictionary.to_pylist()
        unknown = [word for word in words if word not in place]
        if unknown:
            raise ValueError(f"column {name} holds {unknown[0]!r}, not one of {list(categories)}")
        translation = np.array([place[word] for word in words], np.int16)
        codes.append(translation[chunk_numbers(chunk.indices, np.dtype(np.int16))])
    return np.concatenate(codes)
