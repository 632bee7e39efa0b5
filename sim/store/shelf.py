"""The table files of a results folder, block by block: which runs they hold, rows in and out.

The file of table ``runs`` is put in place last. Rows of another table whose replicate it
does not hold come from an interrupted write: they are passed over, and dropped with the
next write to the block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sim.records import TABLES
from sim.store import files, parquet
from sim.store.blocks import Block, block_from
from sim.store.manifest import StoreError
from sim.store.parquet import Labels, Packed

COMMIT_TABLE = "runs"


@dataclass(frozen=True)
class Run:
    """The checked rows of one finished run, see `parquet.pack`."""

    scenario: str
    replicate: int
    tables: Mapping[str, Packed]
    labels: Labels


@dataclass(frozen=True)
class Shelf:
    """Table files below a results folder.

    Parameters
    ----------
    folder : Path
        The results folder.
    seed : int
        Seed of the batch, stored with each run.
    """

    folder: Path
    seed: int

    def path(self, table: str, scenario: str, block: Block) -> Path:
        """Give the place of a block's file."""
        return self.folder / table / scenario / block.file_name

    def blocks(self, scenario: str) -> list[Block]:
        """List the blocks of a scenario that have a file in every table, ascending."""
        folder = self.folder / COMMIT_TABLE / scenario
        found = (block_from(path.name) for path in folder.glob("*.parquet"))
        return sorted(block for block in found if block and self._complete(scenario, block))

    def finished(self, scenario: str, block: Block) -> list[int]:
        """List the replicates of a block whose runs are stored, ascending.

        Raises
        ------
        StoreError
            When the file is damaged.
        """
        if not self._complete(scenario, block):
            return []
        rows = self._read(COMMIT_TABLE, scenario, block, ["replicate"])
        return [int(replicate) for replicate in rows.column("replicate").to_pylist()]

    def rows(
        self, table: str, scenario: str, block: Block, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read the rows of a block's stored runs.

        Parameters
        ----------
        table, scenario, block
            Which file.
        columns : sequence of str, optional
            Columns in this order; all when left out.

        Returns
        -------
        pyarrow.Table
            By replicate, then in order of happening.

        Raises
        ------
        StoreError
            When the file is damaged.
        """
        wanted = list(columns) if columns is not None else parquet.schema(table).names
        read = wanted if "replicate" in wanted else [*wanted, "replicate"]
        rows = self._read(table, scenario, block, read)
        if table != COMMIT_TABLE:
            rows = parquet.of_replicates(rows, self.finished(scenario, block))
        return rows.select(wanted)

    def put(self, block: Block, runs: Sequence[Run]) -> None:
        """Add finished runs to a block's files, all tables or none.

        Parameters
        ----------
        block : Block
            The block that all runs belong to.
        runs : sequence of Run
            At least one, all of one scenario.

        Raises
        ------
        OSError
            When a file cannot be written; what was stored before is still there.
        StoreError
            When a stored file is damaged or does not fit the runs.
        """
        scenario = runs[0].scenario
        waiting: list[tuple[Path, Path]] = []
        try:
            for table in (*(name for name in TABLES if name != COMMIT_TABLE), COMMIT_TABLE):
                path = self.path(table, scenario, block)
                waiting.append((self._write(path, table, block, runs), path))
            for temporary, path in waiting:
                temporary.replace(path)
        finally:
            for temporary, _ in waiting:
                temporary.unlink(missing_ok=True)
        for _, path in waiting:
            files.flush_folder(path.parent)

    def _write(self, path: Path, table: str, block: Block, runs: Sequence[Run]) -> Path:
        labels, scenario = runs[0].labels, runs[0].scenario
        parts = [run.tables[table] for run in runs]
        parts.extend(self._kept(table, block, runs))
        rows = parquet.join(parts)
        return parquet.write(path, table, rows, labels, scenario, self.seed)

    def _kept(self, table: str, block: Block, runs: Sequence[Run]) -> Iterator[Packed]:
        scenario = runs[0].scenario
        renewed = {run.replicate for run in runs}
        kept = [r for r in self.finished(scenario, block) if r not in renewed]
        if not kept:
            return
        rows = parquet.of_replicates(self.rows(table, scenario, block), kept)
        try:
            yield parquet.unpack(table, rows, runs[0].labels)
        except ValueError as error:
            raise self._damaged(self.path(table, scenario, block), error) from error

    def _complete(self, scenario: str, block: Block) -> bool:
        return all(self.path(table, scenario, block).is_file() for table in TABLES)

    def _read(self, table: str, scenario: str, block: Block, columns: Sequence[str]) -> pa.Table:
        path = self.path(table, scenario, block)
        try:
            return parquet.read(path, table, columns)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(path, error) from error

    @staticmethod
    def _damaged(path: Path, error: Exception) -> StoreError:
        return StoreError(
            f"{path} is damaged ({error}); delete it and run the batch again:"
            " exactly its runs will be made again"
        )
