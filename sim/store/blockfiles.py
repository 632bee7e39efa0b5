"""The table files of a results folder, block by block; a block is written whole or not at all.

The checksums of a block's files are written last: a block without them, or without one of its
files, does not count, and its runs are made again.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.store import files, packing, parquet, sums
from sim.store.blocks import WHOLE, Block, Shard, block_from
from sim.store.files import StoreError
from sim.store.packing import Labels, Packed

CHECKSUMS = "checksums"


@dataclass(frozen=True)
class BlockFiles:
    """The table files below a results folder.

    ``seed`` is stored with each run; ``settings`` say of each scenario what made its runs, as
    `Manifest.settings` does, and stand in the checksums of each block; ``tables`` are stored.
    """

    folder: Path
    seed: int
    settings: Mapping[str, str]
    tables: Sequence[str]

    def path(self, table: str, scenario: str, block: Block) -> Path:
        """Give the place of a block's file of a table."""
        return self.folder / table / scenario / f"{block.name}.parquet"

    def checksums_path(self, scenario: str, block: Block) -> Path:
        """Give the place of a block's checksums, which ``sha256sum -c`` can read."""
        return self.folder / CHECKSUMS / scenario / f"{block.name}.sha256"

    def stored(self, scenario: str) -> list[Block]:
        """List the blocks of a scenario that count, ascending."""
        return [
            block for block in self._blocks(scenario, CHECKSUMS) if self._whole(scenario, block)
        ]

    def traces(self, scenario: str) -> list[Block]:
        """List the blocks of a scenario that have any file, ascending."""
        return sorted(
            {b for kind in (CHECKSUMS, *self.tables) for b in self._blocks(scenario, kind)}
        )

    def finished(self, scenario: str, block: Block) -> list[int]:
        """List the replicates of a block whose runs are stored, ascending."""
        if not self._whole(scenario, block):
            return []
        rows = self.rows("runs", scenario, block, ["replicate"])
        return [int(replicate) for replicate in rows.column("replicate").to_pylist()]

    def rows(
        self, table: str, scenario: str, block: Block, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read a block's rows by replicate, then in order of happening."""
        path = self.path(table, scenario, block)
        try:
            return parquet.read(path, table, columns, self.place(scenario, block))
        except parquet.UNREADABLE as error:
            raise damaged(path, error) from error

    def place(self, scenario: str, block: Block) -> parquet.Place:
        """Tell which values a block's rows may have in the columns that name their place."""
        scenarios, seeds = (scenario, scenario), (self.seed, self.seed)
        return {"scenario": scenarios, "replicate": (block.first, block.last), "seed": seeds}

    def checksums(self, scenario: str, block: Block) -> dict[str, str]:
        """Read the SHA-256 of each table's file as it was written; ValueError when damaged."""
        head, written = sums.read(self.checksums_path(scenario, block))
        if head != self.head(scenario, block):
            raise ValueError(f"its checksums are those of {head}")
        names = {table: self._name(table, scenario, block) for table in self.tables}
        if written.keys() != set(names.values()):
            raise ValueError(f"its checksums are those of {', '.join(written)}")
        return {table: written[name] for table, name in names.items()}

    def is_ours(self, scenario: str, block: Block) -> bool:
        """Tell whether the checksums of a block are of this batch."""
        try:
            return bool(self.checksums(scenario, block))
        except (OSError, ValueError):
            return False

    def head(self, scenario: str, block: Block) -> str:
        """Tell in words what a block is, and of which batch."""
        where = f"{scenario}, replicates {block.first} to {block.last}"
        return f"{where}; {self.settings[scenario]}"

    def add(
        self,
        scenario: str,
        block: Block,
        runs: Sequence[Mapping[str, Packed]],
        labels: Labels,
    ) -> None:
        """Write a block anew, whole, with more runs; after an error it is as it was."""
        if not self.folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the results folder is gone", str(self.folder))
        place = self.checksums_path(scenario, block)
        before = _version(place)
        ran = np.concatenate([tables["runs"]["replicate"] for tables in runs])
        older = bool(self.finished(scenario, block))
        aside: dict[str, Path] = {}
        written: dict[str, str] = {}
        try:
            for table in self.tables:
                parts = [tables[table] for tables in runs]
                if older:
                    parts.append(self._others(table, scenario, block, ran, labels))
                path = self.path(table, scenario, block)
                aside[table] = files.temporary(path)
                rows = packing.join(parts)
                parquet.write(aside[table], table, rows, labels, scenario, self.seed)
                written[self._name(table, scenario, block)] = files.sha256(aside[table])
            if _version(place) != before:
                raise StoreError(f"another process has written {place} meanwhile")
            whole = sums.text(self.head(scenario, block), written)
            self._publish(scenario, block, aside, whole)
        finally:
            for path in aside.values():
                path.unlink(missing_ok=True)

    def withdraw(self, scenario: str, block: Block) -> None:
        """Remove a block's checksums, so that it does not count any more."""
        place = self.checksums_path(scenario, block)
        if place.exists():
            place.unlink()
            files.flush_folder(place.parent)

    def leftovers(self, scenario: str, shard: Shard = WHOLE) -> list[Path]:
        """List what killed processes left of unfinished files in the blocks of a shard."""
        return [
            path
            for kind in (CHECKSUMS, *self.tables)
            for path in files.leftovers(self.folder / kind / scenario, "*")
            if not (block := block_from(files.final_name(path))) or shard.holds(scenario, block)
        ]

    def _publish(self, scenario: str, block: Block, aside: Mapping[str, Path], whole: str) -> None:
        self.withdraw(scenario, block)
        for table, path in aside.items():
            path.replace(self.path(table, scenario, block))
            files.flush_folder(path.parent)
        place = self.checksums_path(scenario, block)
        place.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(place, whole)

    def _others(
        self, table: str, scenario: str, block: Block, ran: NDArray[np.int32], labels: Labels
    ) -> Packed:
        """Read the stored rows of a block but those of some replicates."""
        rows = self.rows(table, scenario, block)
        try:
            return parquet.unpack(table, parquet.without_replicates(rows, ran), labels)
        except ValueError as error:
            raise damaged(self.path(table, scenario, block), error) from error

    def _blocks(self, scenario: str, kind: str) -> list[Block]:
        paths = (self.folder / kind / scenario).glob("[!.]*")
        return sorted(block for path in paths if (block := block_from(path.name)))

    def _whole(self, scenario: str, block: Block) -> bool:
        paths = (self.path(table, scenario, block) for table in self.tables)
        place = self.checksums_path(scenario, block)
        return files.is_ordinary(place) and all(map(files.is_ordinary, paths))

    def _name(self, table: str, scenario: str, block: Block) -> str:
        return self.path(table, scenario, block).relative_to(self.folder).as_posix()


def damaged(path: Path, error: Exception) -> StoreError:
    """Say that a file cannot be read, and what to do about it."""
    return StoreError(
        f"{path} is damaged ({error}); 'reprisal verify --repair' moves it aside,"
        " and the same run command then repeats its runs"
    )


def _version(path: Path) -> tuple[int, int] | None:
    """Tell a file from another one that has taken its place."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns
