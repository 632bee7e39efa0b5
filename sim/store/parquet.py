"""One block of one table as Parquet: fixed schema, fixed order of rows, fixed bytes.

Rows are packed into plain numpy arrays first and written one row group per chunk of
replicates. The bytes of a file are a function of these arrays alone, so a file that grew in
several steps equals one written at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.records import TABLES, Column
from sim.store import files
from sim.store.buffers import chunk_numbers, from_numbers, from_words, to_numbers

Packed = dict[str, NDArray[Any]]
Labels = Mapping[str, Sequence[str]]

# What reading a damaged file may raise.
UNREADABLE = (pa.ArrowException, OSError, KeyError, ValueError)

# Columns of a stored table that the store fills in itself.
ADDED = {"runs": ("scenario", "seed")}


def added_columns(table: str) -> tuple[str, ...]:
    """Name the columns of a table that an engine leaves to the store.

    Parameters
    ----------
    table : str
        One of ``records.TABLES``.

    Returns
    -------
    tuple of str
        Column names.
    """
    return ADDED.get(table, ("scenario",))


def schema(table: str) -> pa.Schema:
    """Give the Arrow schema of a table.

    Parameters
    ----------
    table : str
        One of ``records.TABLES``.

    Returns
    -------
    pyarrow.Schema
        Fields in the order of the records; labels are dictionaries of text.
    """
    return pa.schema([(column.name, _arrow_type(column)) for column in TABLES[table]])


def pack(
    table: str, arrays: Mapping[str, Any], labels: Labels, replicates: Sequence[int]
) -> Packed:
    """Check the rows of one or more runs and give them their stored types.

    Parameters
    ----------
    table : str
        One of ``records.TABLES``.
    arrays : mapping of str to array_like, shape (rows,)
        What the engine returned for the table.
    labels : mapping of str to sequence of str
        Categories of each label column.
    replicates : sequence of int
        The replicates that ran, ascending.

    Returns
    -------
    dict of str to ndarray, shape (rows,)
        Label codes as int16, times as int64 seconds, others as declared.

    Raises
    ------
    ValueError
        When columns, lengths, codes or values are not as declared, rows belong to another
        replicate or are not in order of replicates, or `runs` has not one row for each.
    """
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


def _check_replicates(table: str, found: NDArray[Any], replicates: Sequence[int]) -> None:
    ran = np.asarray(replicates)
    if table == "runs" and not np.array_equal(found, ran):
        raise ValueError("table runs must have one row per run, in order of replicates")
    if not np.isin(found, ran).all():
        which = str(ran[0]) if len(ran) == 1 else f"those from {ran[0]} to {ran[-1]} that ran"
        raise ValueError(f"table {table} holds rows of another replicate than {which}")
    if np.any(found[1:] < found[:-1]):
        raise ValueError(f"table {table} is not in order of replicates")


class TableFile:
    """A block's file of one table, written row group by row group beside its final place.

    Parameters
    ----------
    path : Path
        Final place; nothing is changed there before `put_in_place`.
    table : str
        One of ``records.TABLES``.
    labels : mapping of str to sequence of str
        Categories of each label column.
    scenario : str
        Scenario name, the same for all rows.
    seed : int
        Seed of the batch.

    Raises
    ------
    OSError
        When the file cannot be made; this holds for every method.
    """

    def __init__(self, path: Path, table: str, labels: Labels, scenario: str, seed: int) -> None:
        self.path = path
        self._schema = schema(table)
        self._categories = {**labels, "scenario": (scenario,)}
        self._seed = seed
        path.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = files.temporary(path)
        self._file = open(self._temporary, "wb")  # noqa: SIM115 - closed by close or discard
        self._writer = pq.ParquetWriter(
            self._file, self._schema, compression="zstd", write_page_checksum=True
        )

    def add(self, packed: Packed) -> None:
        """Write one row group; nothing when there is no row.

        Parameters
        ----------
        packed : dict of str to ndarray, shape (rows,)
            Rows of whole runs, by replicate and then in order of happening.
        """
        rows = len(packed["replicate"])
        if not rows:
            return
        scenario, seed = np.zeros(rows, np.int16), np.full(rows, self._seed, np.int64)
        full: Packed = packed | {"scenario": scenario, "seed": seed}
        columns = [_arrow_array(f, full[f.name], self._categories) for f in self._schema]
        arrow = pa.Table.from_arrays(columns, schema=self._schema)
        self._writer.write_table(arrow, row_group_size=rows)

    def close(self, notes: Mapping[str, str]) -> str:
        """Bring all rows to disk.

        Parameters
        ----------
        notes : mapping of str to str
            Metadata for the file's footer.

        Returns
        -------
        str
            The file's SHA-256.
        """
        if notes:
            self._writer.add_key_value_metadata(dict(notes))
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return files.sha256(self._temporary)

    def put_in_place(self) -> None:
        """Rename the closed file to its final name."""
        self._temporary.replace(self.path)

    def discard(self) -> None:
        """Remove what was written, unless it was put in place."""
        with suppress(OSError):  # a full disk refuses the rest; nobody needs it
            self._writer.close()
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def read(path: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a block's file.

    Parameters
    ----------
    path : Path
        A file of the results folder.
    table : str
        The table it belongs to.
    columns : sequence of str, optional
        Columns to read, in this order; all when left out.

    Returns
    -------
    pyarrow.Table
        With the types of `schema`.

    Raises
    ------
    pyarrow.ArrowException, OSError, KeyError or ValueError
        When the file is damaged or has another schema (`UNREADABLE`).
    """
    wanted = schema(table)
    if columns is not None:
        wanted = pa.schema([wanted.field(name) for name in columns])
    with open_file(path) as file:
        return file.read(columns=wanted.names).select(wanted.names).cast(wanted)


def open_file(path: Path) -> pq.ParquetFile:
    """Open a block's file; pages whose checksum is wrong are refused when they are read."""
    return pq.ParquetFile(path, page_checksum_verification=True)


def row_groups(file: pq.ParquetFile, table: str, first: int, last: int) -> Iterator[pa.Table]:
    """Read the row groups of a block's file that hold some replicates, and perhaps others.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
        From `open_file`.
    table : str
        The table it belongs to.
    first, last : int
        Replicates, both included.

    Yields
    ------
    pyarrow.Table
        With the types of `schema`.
    """
    wanted = schema(table)
    place = wanted.get_field_index("replicate")
    for number in range(file.num_row_groups):
        found = file.metadata.row_group(number).column(place).statistics
        if found is None or (found.min <= last and first <= found.max):
            yield file.read_row_group(number).select(wanted.names).cast(wanted)


def contents(rows: Packed) -> Iterator[memoryview]:
    """Give the numbers of rows in one form, for hashing: equal rows give equal bytes.

    Parameters
    ----------
    rows : dict of str to ndarray
        Packed rows.

    Yields
    ------
    memoryview
        Column by column; every missing number is the same NaN.
    """
    for values in rows.values():
        plain = values
        if values.dtype.kind == "f":
            plain = np.where(np.isnan(values), values.dtype.type(np.nan), values)
        yield np.ascontiguousarray(plain).data


def labels_of(path: Path, table: str) -> Labels:
    """Read the categories of a stored file's label columns.

    Parameters
    ----------
    path : Path
        A block's file.
    table : str
        The table it belongs to.

    Returns
    -------
    mapping of str to sequence of str
        Empty for a file without rows.
    """
    with open_file(path) as file:
        if not file.num_row_groups:
            return {}
        names = [column.name for column in TABLES[table] if column.kind == "label"]
        rows = file.read_row_group(0, columns=names)
        return {name: rows.column(name).chunk(0).dictionary.to_pylist() for name in names}


def notes_of(path: Path) -> dict[str, str]:
    """Read the notes in a file's footer, see `TableFile.close`."""
    with open_file(path) as file:
        found = file.metadata.metadata or {}
    return {key.decode(): value.decode(errors="replace") for key, value in found.items()}


def of_replicates(rows: pa.Table, replicates: Sequence[int] | NDArray[np.int32]) -> pa.Table:
    """Choose the rows of some runs.

    Parameters
    ----------
    rows : pyarrow.Table
        With column ``replicate``.
    replicates : sequence or ndarray of int
        Which to keep.

    Returns
    -------
    pyarrow.Table
        In the same order.
    """
    kept = np.isin(to_numbers(rows.column("replicate"), np.dtype("int32")), replicates)
    return rows if kept.all() else rows.filter(from_numbers(kept, pa.bool_()))


def unpack(table: str, rows: pa.Table, labels: Labels) -> Packed:
    """Turn stored rows back into packed arrays.

    Parameters
    ----------
    table : str
        One of ``records.TABLES``.
    rows : pyarrow.Table
        Complete rows, from `read`.
    labels : mapping of str to sequence of str
        Categories that the codes shall refer to.

    Returns
    -------
    dict of str to ndarray, shape (rows,)
        As from `pack`.

    Raises
    ------
    ValueError
        When a stored label is not among the categories.
    """
    columns = [c for c in TABLES[table] if c.name not in added_columns(table)]
    return {c.name: _unpack_column(c, rows.column(c.name), labels) for c in columns}


def join(parts: Sequence[Packed]) -> Packed:
    """Put the rows of several runs together, by replicate.

    Parameters
    ----------
    parts : sequence of dict of str to ndarray
        Packed rows, at least one; a replicate's rows are in one part, in order of happening.

    Returns
    -------
    dict of str to ndarray
        All rows; the order of a replicate's own rows is kept.
    """
    order = np.argsort(np.concatenate([part["replicate"] for part in parts]), kind="stable")
    return {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind == "label":
        return pa.dictionary(pa.int16(), pa.utf8())
    if column.kind == "time":
        return pa.timestamp("s", tz="UTC")
    return pa.bool_() if column.kind == "bool" else pa.type_for_alias(column.kind)


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


def _arrow_array(
    field: pa.Field, values: NDArray[Any], categories: Mapping[str, Sequence[str]]
) -> pa.Array:
    if pa.types.is_dictionary(field.type):
        codes, words = from_numbers(values, pa.int16()), from_words(categories[field.name])
        return pa.DictionaryArray.from_arrays(codes, words)
    return from_numbers(values, field.type)


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
