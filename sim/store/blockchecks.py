"""Whether blocks are as they were written, in their place, and all there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from sim.records import TABLES
from sim.store import files
from sim.store.blockfiles import CHECKSUMS, BlockFiles
from sim.store.blocks import Block, block_of, merged
from sim.store.findings import Finding, Kind
from sim.store.sessions import Session

Claims = dict[Block, set[int]]


def claims(name: str, past: Collection[Session]) -> Claims:
    """List the replicates of a scenario that sessions had stored when they ended, by block."""
    claimed: Claims = {}
    for first, last in merged(span for one in past for span in one.stored.get(name, ())):
        for replicate in range(first, last + 1):
            claimed.setdefault(block_of(replicate), set()).add(replicate)
    return claimed


def check(blocks: BlockFiles, name: str, claimed: Claims) -> Iterator[Finding | None]:
    """Check all blocks of a scenario; None for each that is as it was written."""
    for block in sorted({*claimed, *blocks.traces(name)}):
        yield _check(blocks, name, block, claimed.get(block, set()))


def _check(blocks: BlockFiles, name: str, block: Block, claimed: set[int]) -> Finding | None:
    what = f"{name}, replicates {block.first} to {block.last}"
    paths = [blocks.path(table, name, block) for table in TABLES]
    paths.insert(0, blocks.checksums_path(name, block))
    here = tuple(path for path in paths if os.path.lexists(path))
    kind, why = _fault(blocks, name, block, bool(claimed))
    if not why:
        here, claimed = (), claimed.difference(blocks.finished(name, block))
        kind, why = "missing", f"{len(claimed)} of its runs" if claimed else ""
    return Finding(what, kind, why, here, {}, name, block, len(claimed)) if why else None


def _fault(blocks: BlockFiles, name: str, block: Block, claimed: bool) -> tuple[Kind, str]:
    """Tell what is wrong with the files of a block; no words for one that is right."""
    paths = {table: blocks.path(table, name, block) for table in TABLES}
    absent = [table for table, path in paths.items() if not files.is_ordinary(path)]
    if not files.is_ordinary(blocks.checksums_path(name, block)):
        if claimed:
            if len(absent) == len(TABLES):
                return "missing", "all its files"
            return "incomplete", f"no file of {', '.join([CHECKSUMS, *absent])}"
        elsewhere = _elsewhere(blocks, name, block, set(TABLES).difference(absent))
        return ("damaged", elsewhere) if elsewhere else ("unfinished", "no run is stored")
    try:
        written = blocks.checksums(name, block)
    except (OSError, ValueError) as error:
        return "damaged", str(error)
    if absent:
        return "incomplete", f"no file of {', '.join(absent)}"
    changed = [table for table, path in paths.items() if files.sha256(path) != written[table]]
    if changed:
        return "damaged", f"{', '.join(changed)} changed since written"
    return "damaged", _elsewhere(blocks, name, block, TABLES)


def _elsewhere(blocks: BlockFiles, name: str, block: Block, tables: Collection[str]) -> str:
    """Tell which rows belong to another place than that of their file; empty if none do."""
    for table in tables:
        try:
            blocks.rows(table, name, block, ["replicate"])
        except files.StoreError as error:
            return f"{table}: {error.__cause__}"
    return ""
