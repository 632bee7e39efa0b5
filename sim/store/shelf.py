"""The table files of a results folder, block by block: which runs they hold, and their rows.

The file of table ``runs`` is put in place last. Rows of another table whose replicate it
does not hold come from an interrupted write: they are passed over, and dropped with the
next write to the block, see `sim.store.blockwriter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sim.records import TABLES
from sim.store import files, parquet
from sim.store.blocks import Block, block_from
from sim.store.manifest import StoreError
from sim.store.shards import WHOLE, Shard

COMMIT_TABLE = "runs"


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

    def traces(self, scenario: str) -> list[Block]:
        """List the blocks of a scenario that have a file in some table, ascending."""
        found = (
            block_from(path.name)
            for table in TABLES
            for path in (self.folder / table / scenario).glob("*.parquet")
        )
        return sorted({block for block in found if block})

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

    def sweep(self, scenario: str, shard: Shard = WHOLE) -> None:
        """Remove what killed processes left of unfinished files of a scenario.

        Parameters
        ----------
        scenario : str
            Its name.
        shard : Shard
            A part of the batch whose blocks no other process writes now.
        """
        for table in TABLES:
            for path in files.leftovers(self.folder / table / scenario, "*.parquet"):
                block = block_from(files.final_name(path))
                if block is None or shard.holds(scenario, block):
                    path.unlink(missing_ok=True)

    def _complete(self, scenario: str, block: Block) -> bool:
        return all(self.path(table, scenario, block).is_file() for table in TABLES)

    def _read(self, table: str, scenario: str, block: Block, columns: Sequence[str]) -> pa.Table:
        path = self.path(table, scenario, block)
        try:
            return parquet.read(path, table, columns)
        except parquet.UNREADABLE as error:
            raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> StoreError:
    """Say that a file cannot be read, and what to do.

    Parameters
    ----------
    path : Path
        The file.
    error : Exception
        What reading it raised.

    Returns
    -------
    StoreError
    """
    return StoreError(
        f"{path} is damaged ({error}); reprisal repair sets it aside,"
        " and the same command then makes its runs again"
    )
