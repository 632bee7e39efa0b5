"""Put a damaged results folder in order: what is damaged is set aside, and everything told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.records import TABLES
from sim.store import blockwriter, checks, failures, files, running
from sim.store.checks import Finding
from sim.store.folder import Store
from sim.store.shelf import Shelf

ASIDE = "damaged"


def repair(results: Store, dry_run: bool = False) -> Iterator[str]:
    """Repair a results folder.

    Damaged files are moved to its folder ``damaged``; their runs are then missing, and the
    batch's command makes them again.

    Parameters
    ----------
    results : Store
        From `store.open`.
    dry_run : bool
        Only tell what would be done.

    Yields
    ------
    str
        What was done, a line each; none when there was nothing to do.

    Raises
    ------
    StoreError
        When a batch runs in the folder.
    OSError
        When the folder cannot be written.
    """
    if dry_run:
        running.refuse_if_running(results.folder)
        yield from _repair(results, dry_run)
        return
    mark = running.new_mark(0, 0)
    running.acquire(results.folder, mark)
    try:
        yield from _repair(results, dry_run)
    finally:
        running.release(results.folder, mark)


def _repair(results: Store, dry_run: bool) -> Iterator[str]:
    folder, shelf = results.folder, results.shelf
    for name in results.names:
        for _, finding in checks.check(shelf, name):
            if finding is not None:
                yield f"{finding.text}; {_mend(shelf, finding, dry_run)}"
        left = [
            path for table in TABLES for path in files.leftovers(folder / table / name, "*.parquet")
        ]
        if left:
            yield f"{name}: {len(left)} unfinished temporary files removed"
        for path in left if not dry_run else ():
            path.unlink(missing_ok=True)
    torn = failures.torn(folder)
    if torn:
        yield f"failures: {torn} unreadable lines removed; those runs are missing and run again"
        if not dry_run:
            failures.write(folder, failures.read(folder).values())


def _mend(shelf: Shelf, finding: Finding, dry_run: bool) -> str:
    scenario, block = finding.scenario, finding.block
    if finding.kind == "altered":
        if not dry_run:
            blockwriter.rewrite(shelf, scenario, block, in_place=True)
        return "written anew from the stored runs"
    moved = []
    for table in TABLES:
        path = shelf.path(table, scenario, block)
        if path.is_file():
            moved.append(path)
            if not dry_run:
                _set_aside(shelf.folder, path)
    return f"{len(moved)} files moved to {shelf.folder / ASIDE}"


def _set_aside(folder: Path, path: Path) -> None:
    place = folder / ASIDE / path.relative_to(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    copies = 0
    while place.exists():
        copies += 1
        place = place.with_name(f"{path.stem}-{copies}{path.suffix}")
    path.rename(place)
