"""Whether blocks are as they were written, in their place, and all there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from sim.store import files
from sim.store.blockfiles import CHECKSUMS, BlockFiles
from sim.store.blocks import Block, Spans, block_of, merged, spans, total, without
from sim.store.findings import Finding, Kind
from sim.store.sessions import Session


def claims(name: str, past: Collection[Session]) -> Spans:
    """List the replicates of a scenario that sessions had stored when they ended, as ranges."""
    return merged(span for one in past for span in one.stored.get(name, ()))


def check(blocks: BlockFiles, name: str, claimed: Spans) -> Iterator[Finding | None]:
    """Check all blocks of a scenario; None for each that is as it was written."""
    named = (block for span in claimed for block in _blocks_of(span))
    for block in sorted({*named, *blocks.traces(name)}):
        inside = ((max(a, block.first), min(b, block.last)) for a, b in claimed)
        yield _check(blocks, name, block, [(a, b) for a, b in inside if a <= b])


def _blocks_of(span: tuple[int, int]) -> Iterator[Block]:
    start, last = span
    while start <= last:
        block = block_of(start)
        yield block
        start = block.last + 1


def _check(blocks: BlockFiles, name: str, block: Block, claimed: Spans) -> Finding | None:
    what = f"{name}, replicates {block.first} to {block.last}"
    paths = [blocks.path(table, name, block) for table in blocks.tables]
    paths.insert(0, blocks.checksums_path(name, block))
    here = tuple(path for path in paths if os.path.lexists(path))
    kind, why = _fault(blocks, name, block, bool(claimed))
    if not why:
        here, claimed = (), without(claimed, spans(blocks.finished(name, block)))
        kind, why = "missing", f"{total(claimed)} of its runs" if claimed else ""
    return Finding(what, kind, why, here, {}, name, block, total(claimed)) if why else None


def _fault(blocks: BlockFiles, name: str, block: Block, claimed: bool) -> tuple[Kind, str]:
    """Tell what is wrong with the files of a block; no words for one that is right."""
    paths = {table: blocks.path(table, name, block) for table in blocks.tables}
    absent = [table for table, path in paths.items() if not files.is_ordinary(path)]
    if not files.is_ordinary(blocks.checksums_path(name, block)):
        if claimed:
            if len(absent) == len(paths):
                return "missing", "all its files"
            return "incomplete", f"no file of {', '.join([CHECKSUMS, *absent])}"
        elsewhere = _elsewhere(blocks, name, block, paths.keys() - set(absent))
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
    return "damaged", _elsewhere(blocks, name, block, blocks.tables)


def _elsewhere(blocks: BlockFiles, name: str, block: Block, tables: Collection[str]) -> str:
    """Tell which rows belong to another place than that of their file; empty if none do."""
    for table in tables:
        try:
            blocks.rows(table, name, block, ["replicate"])
        except files.StoreError as error:
            return f"{table}: {error.__cause__}"
    return ""
