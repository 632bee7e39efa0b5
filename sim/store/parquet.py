"""One block of one table as Parquet: fixed schema, fixed order of rows, fixed bytes.

Rows are packed into plain numpy arrays first (`sim.store.packing`) and written one row group
per chunk of replicates. The bytes of a file are a function of these arrays alone, so a file
that grew in several steps equals one written at once.
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
from sim.store.buffers import from_numbers, from_words, to_numbers
from sim.store.packing import Labels, Packed

# What reading a damaged file may raise.
UNREADABLE = (pa.ArrowException, OSError, KeyError, ValueError)


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
