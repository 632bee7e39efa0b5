"""Whether a results folder is as it was written; what is not is set aside, or written again.

A block is proved by its checksums, which name its place and its batch; the manifest and the lines
of failures by the SHA-256 that they end with; a session by a checksum of its own. Sessions tell
which runs were stored when they ended and from which files they ran, so what is gone is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.store import blockchecks, filechecks, files, locks
from sim.store.blocks import total
from sim.store.findings import Finding
from sim.store.folder import Store


@dataclass(frozen=True)
class Report:
    """What was checked, blocks and other files, and what is wrong.

    ``finished`` counts the runs that sessions had stored.
    """

    blocks: int
    others: int
    finished: int
    findings: tuple[Finding, ...]

    @property
    def unchanged(self) -> int:
        """Count what is as it was written."""
        return self.blocks + self.others - len(self.findings)

    @property
    def lost(self) -> int:
        """Count the runs that a session had stored and that are not there any more."""
        return sum(finding.lost for finding in self.findings)


def check(results: Store) -> Report:
    """Check every file of a results folder."""
    past = results.sessions()
    claims = {name: blockchecks.claims(name, past) for name in results.names}
    finished = sum(map(total, claims.values()))
    blocks = [
        found
        for name, claimed in claims.items()
        for found in blockchecks.check(results.blocks, name, claimed)
    ]
    others = list(filechecks.check(results, past))
    wrong = [finding for finding in (*others, *blocks) if finding is not None]
    return Report(len(blocks), len(others), finished, tuple(wrong))


def repair(results: Store, dry_run: bool = False) -> Iterator[Finding]:
    """Set damaged files aside and tell which; the batch makes the runs again.

    What other files tell is written again: a manifest that sessions hold (`opening.open` with
    ``recover``), and the checksum or the name of a session.
    """
    if dry_run:
        locks.refuse_if_running(results.folder)
        yield from _repair(results, dry_run)
        return
    with locks.held(results.folder, locks.new(0, 0)):
        yield from _repair(results, dry_run)


def _repair(results: Store, dry_run: bool) -> Iterator[Finding]:
    for finding in check(results).findings:
        if not dry_run:
            for path in finding.aside:
                files.set_aside(results.folder, path)
            for path, text in finding.mend.items():
                files.write_text(path, text)
        if finding.aside or finding.mend or not finding.harmless:
            yield finding
    for name in results.names:
        left = results.blocks.leftovers(name)
        if left:
            why = f"{len(left)} temporary file{'s' * (len(left) > 1)} removed"
            yield Finding(name, "unfinished", why, scenario=name)
        for path in left if not dry_run else ():
            path.unlink(missing_ok=True)
