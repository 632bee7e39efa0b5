"""Whether the files of a results folder are as they were written; what is not is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.records import TABLES
from sim.store import failures, files, locks
from sim.store.blockfiles import BlockFiles
from sim.store.blocks import Block
from sim.store.folder import Store

ASIDE = "damaged"
Kind = Literal["damaged", "incomplete", "unfinished"]
_MEANINGS: dict[Kind, str] = {
    "damaged": "damaged: {why}",
    "incomplete": "incomplete: {why}",
    "unfinished": "a write was interrupted: no run is stored",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong with a block.

    ``damaged`` blocks changed after they were written, ``incomplete`` ones lack a file. Of
    ``unfinished`` ones no run counts as stored; the next batch writes them anew.
    """

    scenario: str
    block: Block
    kind: Kind
    why: str = ""

    @property
    def harmless(self) -> bool:
        """Whether everything that counts as stored is right."""
        return self.kind == "unfinished"

    @property
    def text(self) -> str:
        """One line for people."""
        where = f"{self.scenario}, replicates {self.block.first} to {self.block.last}"
        return f"{where}: {_MEANINGS[self.kind].format(why=self.why)}"


def check(blocks: BlockFiles, scenario: str) -> Iterator[Finding | None]:
    """Check all blocks of a scenario; None for each block that is as it was written."""
    for block in blocks.traces(scenario):
        fault = _fault(blocks, scenario, block)
        yield Finding(scenario, block, *fault) if fault else None


def _fault(blocks: BlockFiles, scenario: str, block: Block) -> tuple[Kind, str] | None:
    if not blocks.checksums_path(scenario, block).is_file():
        return "unfinished", ""
    paths = {table: blocks.path(table, scenario, block) for table in TABLES}
    absent = [table for table, path in paths.items() if not path.is_file()]
    if absent:
        return "incomplete", f"no file of {', '.join(absent)}"
    try:
        written = blocks.checksums(scenario, block)
        changed = [table for table, path in paths.items() if files.sha256(path) != written[table]]
    except (OSError, ValueError) as error:
        return "damaged", str(error)
    return ("damaged", f"{', '.join(changed)} changed since written") if changed else None


def repair(results: Store, dry_run: bool = False) -> Iterator[str]:
    """Set damaged files aside and say so, a line each; the batch makes the runs again."""
    if dry_run:
        locks.refuse_if_running(results.folder)
        yield from _repair(results, dry_run)
        return
    with locks.held(results.folder, locks.new(0, 0)):
        yield from _repair(results, dry_run)


def _repair(results: Store, dry_run: bool) -> Iterator[str]:
    for name in results.names:
        for finding in filter(None, check(results.blocks, name)):
            moved = _set_aside(results.blocks, finding, dry_run)
            yield f"{finding.text}; {moved} files moved to {results.folder / ASIDE}"
        left = results.blocks.leftovers(name)
        if left:
            yield f"{name}: {len(left)} unfinished temporary files removed"
        for path in left if not dry_run else ():
            path.unlink(missing_ok=True)
    unreadable = failures.unreadable(results.folder)
    if unreadable:
        yield f"failures: {unreadable} unreadable lines removed; their runs are repeated"
        if not dry_run:
            failures.write(results.folder, failures.read(results.folder).values())


def _set_aside(blocks: BlockFiles, finding: Finding, dry_run: bool) -> int:
    """Move the tables of a block away and count them."""
    scenario, block = finding.scenario, finding.block
    paths = [blocks.path(table, scenario, block) for table in TABLES]
    present = [path for path in paths if path.is_file()]
    if not dry_run:
        blocks.withdraw(scenario, block)
        for path in present:
            _move_aside(blocks.folder, path)
    return len(present)


def _move_aside(folder: Path, path: Path) -> None:
    place = folder / ASIDE / path.relative_to(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    copies = 0
    while place.exists():
        copies += 1
        place = place.with_name(f"{path.stem}-{copies}{path.suffix}")
    path.rename(place)
