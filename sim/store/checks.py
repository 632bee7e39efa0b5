"""Whether a results folder is what it says: files against the hashes kept with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.records import TABLES
from sim.store import blockwriter, files, packing, parquet
from sim.store.blocks import Block
from sim.store.blockwriter import HASHES
from sim.store.manifest import StoreError
from sim.store.shelf import COMMIT_TABLE, Shelf

Kind = Literal["altered", "damaged", "incomplete", "unfinished"]
_MEANINGS: dict[Kind, str] = {
    "damaged": "damaged: {why}",
    "incomplete": "incomplete: {why}",
    "altered": "not as written, but the rows of stored runs are (a later write was interrupted)",
    "unfinished": "a first write was interrupted: no run is stored",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong with a block.

    ``damaged`` blocks changed after they were written, ``incomplete`` ones lack a file. The
    others are harmless: what changed is no row of a stored run (``altered``), or a first write
    was not finished (``unfinished``). Readers pass over them, the next batch puts them in order.
    """

    scenario: str
    block: Block
    kind: Kind
    why: str = ""

    @property
    def harmless(self) -> bool:
        """Whether everything that counts as stored is right."""
        return self.kind in ("altered", "unfinished")

    @property
    def text(self) -> str:
        """One line for people."""
        where = f"{self.scenario}, replicates {self.block.first} to {self.block.last}"
        return f"{where}: {_MEANINGS[self.kind].format(why=self.why)}"


def check(shelf: Shelf, scenario: str) -> Iterator[tuple[Block, Finding | None]]:
    """Check all blocks of a scenario.

    Parameters
    ----------
    shelf : Shelf
        The tables of a results folder.
    scenario : str
        Scenario name.

    Yields
    ------
    tuple of Block and Finding
        None for a block that is as it was written.
    """
    for block in shelf.traces(scenario):
        yield block, check_block(shelf, scenario, block)


def check_block(shelf: Shelf, scenario: str, block: Block) -> Finding | None:
    """Check the files of one block.

    Parameters
    ----------
    shelf : Shelf
        The tables of a results folder.
    scenario : str
        Scenario name.
    block : Block
        A block with at least one file.

    Returns
    -------
    Finding or None
        None when every file is as it was written.
    """
    paths = {table: shelf.path(table, scenario, block) for table in TABLES}
    absent = [table for table, path in paths.items() if not path.is_file()]
    if COMMIT_TABLE in absent:
        return Finding(scenario, block, "unfinished")
    if absent:
        return Finding(scenario, block, "incomplete", f"no file of {', '.join(absent)}")
    try:
        kept = _kept_hashes(paths[COMMIT_TABLE])
        if _rows_hash(paths[COMMIT_TABLE]) != kept[COMMIT_TABLE]:
            raise ValueError(f"rows of {COMMIT_TABLE} differ from those that were written")
        others = [table for table in TABLES if table != COMMIT_TABLE]
        changed = [table for table in others if files.sha256(paths[table]) != kept[table]]
        if changed and blockwriter.rewrite(shelf, scenario, block, in_place=False) == kept:
            return Finding(scenario, block, "altered")
    except (*parquet.UNREADABLE, StoreError) as error:
        return Finding(scenario, block, "damaged", str(error))
    if changed:
        return Finding(scenario, block, "damaged", f"{', '.join(changed)} changed since written")
    return None


def _kept_hashes(path: Path) -> dict[str, str]:
    kept = json.loads(parquet.notes_of(path).get(HASHES, "{}"))
    if not isinstance(kept, dict) or set(kept) != set(TABLES):
        raise ValueError(f"{path} does not hold the hashes of its block")
    return kept


def _rows_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with parquet.open_file(path) as file:
        for rows in parquet.row_groups(file, COMMIT_TABLE, 0, 2**31 - 1):
            for numbers in packing.contents(packing.unpack(COMMIT_TABLE, rows, {})):
                digest.update(numbers)
    return digest.hexdigest()
