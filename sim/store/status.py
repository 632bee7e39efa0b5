"""How far a batch is, from its manifest, its files and the lock of a running batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.store import failures, locks, sessions
from sim.store.blockfiles import BlockFiles
from sim.store.files import StoreError
from sim.store.locks import Lock
from sim.store.manifest import Entry, Manifest
from sim.store.sessions import Session


@dataclass(frozen=True)
class ScenarioStatus:
    """How far one scenario is; ``done`` may exceed ``wanted`` after fewer were asked for.

    ``damaged`` counts blocks that cannot be read; their runs count as missing.
    """

    name: str
    title: str
    wanted: int
    done: int
    failed: int
    missing: int
    damaged: int = 0


@dataclass(frozen=True)
class Summary:
    """How far a batch is.

    ``missing`` counts failed runs too: the same command tries them again. ``running`` are
    the batches at work right now, ``rate`` their runs per second or the last session's, and
    ``seconds_left`` an estimate from it; None while unknown. ``killed`` tells that the last
    session did not come to an end.
    """

    folder: Path
    seed: int
    scenarios: tuple[ScenarioStatus, ...]
    last_session: Session | None
    running: tuple[Lock, ...]
    killed: bool
    rate: float | None
    seconds_left: float | None
    notes: tuple[str, ...]


def summarise(folder: Path, contents: Manifest, blocks: BlockFiles) -> Summary:
    """Tell how far a batch is, also while it runs or when files are damaged."""
    failed = [failure.key for failure in failures.read(folder).values()]
    rows = [_scenario(entry, blocks, failed) for entry in contents.scenarios]
    running = locks.read(folder)
    past = sessions.read(folder)
    rate, left = _speed(running, past, sum(row.missing for row in rows))
    return Summary(
        folder=folder,
        seed=contents.seed,
        scenarios=tuple(rows),
        last_session=past[-1] if past else None,
        running=tuple(running),
        killed=bool(past) and past[-1].ended is None and not running,
        rate=rate,
        seconds_left=left,
        notes=_version_notes(past),
    )


def _speed(
    running: Sequence[Lock], past: Sequence[Session], missing: int
) -> tuple[float | None, float | None]:
    if running:
        rate = sum(lock.rate or 0.0 for lock in running) or None
        etas = [lock.eta for lock in running if lock.eta is not None]
        return rate, max(etas) if len(etas) == len(running) else None
    rates = [session.runs_per_second for session in past if session.runs_per_second]
    rate = rates[-1] if rates else None
    return rate, missing / rate if rate and missing else None


def _scenario(
    entry: Entry, blocks: BlockFiles, failed: Sequence[tuple[str, int]]
) -> ScenarioStatus:
    done, damaged = readable(entry.name, blocks)
    wanted = range(entry.replicates)
    return ScenarioStatus(
        entry.name,
        entry.title,
        entry.replicates,
        done=len(done),
        failed=sum(name == entry.name and r not in done for name, r in failed),
        missing=len(wanted) - sum(replicate in wanted for replicate in done),
        damaged=damaged,
    )


def readable(name: str, blocks: BlockFiles) -> tuple[set[int], int]:
    """Find the replicates that are stored and can be read, and count blocks that cannot."""
    done, damaged = set[int](), 0
    for block in blocks.stored(name):
        try:
            done.update(blocks.finished(name, block))
        except StoreError:
            damaged += 1
    return done, damaged


def _version_notes(sessions: Sequence[Session]) -> tuple[str, ...]:
    sources = [session.provenance for session in sessions if session.finished or not session.ended]
    commits = [source.commit for source in sources if source.commit]
    versions = sorted({source.reprisal for source in sources})
    notes = []
    if len(versions) > 1:
        notes.append(f"runs were made by several versions of reprisal: {', '.join(versions)}")
    if len({commit.id for commit in commits}) > 1:
        notes.append("runs were made from several commits of the source")
    if any(commit.dirty for commit in commits):
        notes.append("runs were made from source with uncommitted changes")
    return tuple(notes)
