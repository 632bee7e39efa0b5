"""Writing one block: runs are added as they finish, and all tables published in one act.

Rows go to temporary files chunk by chunk, so that memory does not grow with the block. A
chunk's rows are the stored ones and the new ones in order of replicates, so the bytes do not
tell in how many steps a block was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.records import TABLES
from sim.store import files, packing, parquet
from sim.store.blocks import Block
from sim.store.manifest import StoreError
from sim.store.packing import Labels, Packed
from sim.store.parquet import TableFile
from sim.store.shelf import COMMIT_TABLE, Shelf, damaged

# In the footer of the file of `runs`: SHA-256 of the block's other files and of its own rows.
HASHES = "sha256"


class BlockWriter:
    """Adds runs to a block's files; a context manager that leaves no temporary file.

    Parameters
    ----------
    shelf : Shelf
        The tables of a results folder.
    scenario : str
        Scenario name.
    block : Block
        The block.
    """

    def __init__(self, shelf: Shelf, scenario: str, block: Block) -> None:
        self._shelf = shelf
        self._scenario = scenario
        self._block = block
        self._draft: _Draft | None = None
        self._chunk = 0
        self._added: list[Mapping[str, Packed]] = []

    def __enter__(self) -> BlockWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._discard()

    def add(self, tables: Mapping[str, Packed], labels: Labels) -> None:
        """Take the rows of finished runs; `publish` makes them part of the results.

        Parameters
        ----------
        tables : mapping of str to dict of str to ndarray
            From `packing.pack`, all of one chunk of the block.
        labels : mapping of str to sequence of str
            Categories of each label column.

        Raises
        ------
        OSError
            When a file cannot be written; what was published before is still there.
        StoreError
            When a stored file is damaged or does not fit the runs.
        """
        chunk = self._block.chunk_of(int(tables[COMMIT_TABLE]["replicate"][0]))
        if chunk < self._chunk:
            self.publish()
        if self._draft is None:
            self._draft = _Draft(self._shelf, self._scenario, self._block, labels)
        self._write_to(self._draft, chunk)
        self._added.append(tables)

    def publish(self) -> None:
        """Put all files in place, with every run that was added; nothing without any.

        Raises
        ------
        OSError, StoreError
            As `add` does; nothing that was stored is lost then.
        """
        if self._draft is None:
            return
        self._write_to(self._draft, self._block.chunks)
        self._draft.close()
        self._draft.publish()
        self._discard()

    def _write_to(self, draft: _Draft, chunk: int) -> None:
        while self._chunk < chunk:
            draft.write(self._chunk, self._added)
            self._added.clear()
            self._chunk += 1

    def _discard(self) -> None:
        if self._draft is not None:
            self._draft.discard()
        self._draft, self._chunk = None, 0
        self._added.clear()


def rewrite(shelf: Shelf, scenario: str, block: Block, in_place: bool) -> dict[str, str]:
    """Write a block anew from its stored runs, without rows of interrupted ones.

    Parameters
    ----------
    shelf : Shelf
        The tables of a results folder.
    scenario : str
        Scenario name.
    block : Block
        A block that has a file in every table.
    in_place : bool
        Whether the new files take the place of the stored ones.

    Returns
    -------
    dict of str to str
        Hashes that the new files have, see `HASHES`.

    Raises
    ------
    StoreError
        When a stored file is damaged.
    OSError
        When the new files cannot be written.
    """
    labels: dict[str, Sequence[str]] = {}
    for table in TABLES:
        path = shelf.path(table, scenario, block)
        try:
            labels.update(parquet.labels_of(path, table))
        except parquet.UNREADABLE as error:
            raise damaged(path, error) from error
    draft = _Draft(shelf, scenario, block, labels)
    try:
        for chunk in range(block.chunks):
            draft.write(chunk, ())
        hashes = draft.close()
        if in_place:
            draft.publish()
        return hashes
    finally:
        draft.discard()


class _Draft:
    """New files of a block beside the stored ones."""

    def __init__(self, shelf: Shelf, scenario: str, block: Block, labels: Labels) -> None:
        self._labels = labels
        self._paths = {table: shelf.path(table, scenario, block) for table in TABLES}
        self._before = _identity(self._paths[COMMIT_TABLE])
        self._stored = _Stored(self._paths, shelf.finished(scenario, block), block)
        self._rows_hash = hashlib.sha256()
        self._files: dict[str, TableFile] = {}
        try:
            for table, path in self._paths.items():
                self._files[table] = TableFile(path, table, labels, scenario, shelf.seed)
        except BaseException:
            self.discard()
            raise

    def write(self, chunk: int, added: Sequence[Mapping[str, Packed]]) -> None:
        """Write one chunk's stored and new rows."""
        renewed = np.concatenate(
            [np.empty(0, np.int32), *(tables[COMMIT_TABLE]["replicate"] for tables in added)]
        )
        for table, file in self._files.items():
            parts = [tables[table] for tables in added]
            parts.extend(self._stored.rows(table, chunk, renewed, self._labels))
            if parts:
                rows = packing.join(parts)
                file.add(rows)
                if table == COMMIT_TABLE:
                    for numbers in packing.contents(rows):
                        self._rows_hash.update(numbers)

    def close(self) -> dict[str, str]:
        """Bring the files to disk and give their hashes."""
        hashes = {table: file.close({}) for table, file in self._others.items()}
        hashes[COMMIT_TABLE] = self._rows_hash.hexdigest()
        self._files[COMMIT_TABLE].close({HASHES: json.dumps(hashes)})
        return hashes

    def publish(self) -> None:
        """Put the closed files in place, that of `runs` last."""
        path = self._paths[COMMIT_TABLE]
        if _identity(path) != self._before:
            raise StoreError(f"another process has written {path} meanwhile")
        for file in (*self._others.values(), self._files[COMMIT_TABLE]):
            file.put_in_place()
        for path in self._paths.values():
            files.flush_folder(path.parent)

    @property
    def _others(self) -> dict[str, TableFile]:
        return {table: file for table, file in self._files.items() if table != COMMIT_TABLE}

    def discard(self) -> None:
        """Remove files that were not put in place."""
        for file in self._files.values():
            file.discard()
        self._stored.close()


class _Stored:
    """The rows of a block as they are stored, chunk by chunk."""

    def __init__(self, paths: Mapping[str, Path], finished: Sequence[int], block: Block) -> None:
        self._paths = paths
        self._finished = np.array(finished, np.int32)
        self._block = block
        self._open: dict[str, pq.ParquetFile] = {}

    def rows(
        self, table: str, chunk: int, renewed: NDArray[np.int32], labels: Labels
    ) -> Iterator[Packed]:
        """Give a chunk's stored rows, those of renewed replicates left out."""
        here = self._block.chunk(chunk)
        kept = self._finished[(here.start <= self._finished) & (self._finished < here.stop)]
        kept = kept[~np.isin(kept, renewed)]
        if not len(kept):
            return
        path = self._paths[table]
        try:
            if table not in self._open:
                self._open[table] = parquet.open_file(path)
            for rows in parquet.row_groups(self._open[table], table, int(kept[0]), int(kept[-1])):
                yield packing.unpack(table, parquet.of_replicates(rows, kept), labels)
        except parquet.UNREADABLE as error:
            raise damaged(path, error) from error

    def close(self) -> None:
        """Close the stored files."""
        for file in self._open.values():
            file.close()
        self._open.clear()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
