"""How far a batch is, from its manifest, its files and the mark of a running batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.store import running
from sim.store.manifest import Manifest, Session
from sim.store.running import Mark


@dataclass(frozen=True)
class ScenarioStatus:
    """How far one scenario is; ``done`` may exceed ``wanted`` after fewer were asked for."""

    name: str
    title: str
    wanted: int
    done: int
    failed: int
    missing: int


@dataclass(frozen=True)
class Summary:
    """How far a batch is.

    ``missing`` counts failed runs too: the same command tries them again. ``running`` is
    the batch at work right now, ``rate`` its runs per second or the last session's, and
    ``seconds_left`` an estimate from it; None while unknown.
    """

    folder: Path
    seed: int
    scenarios: tuple[ScenarioStatus, ...]
    last_session: Session | None
    running: Mark | None
    rate: float | None
    seconds_left: float | None
    notes: tuple[str, ...]


def summarise(folder: Path, contents: Manifest, rows: Sequence[ScenarioStatus]) -> Summary:
    """Put the parts of a summary together.

    Parameters
    ----------
    folder : Path
        The results folder.
    contents : Manifest
        Its manifest.
    rows : sequence of ScenarioStatus
        One per scenario.

    Returns
    -------
    Summary
    """
    mark = running.read(folder)
    rate = last_rate(contents.sessions) if mark is None else mark.rate
    missing = sum(row.missing for row in rows)
    left = missing / rate if rate and missing else None
    return Summary(
        folder=folder,
        seed=contents.seed,
        scenarios=tuple(rows),
        last_session=contents.sessions[-1] if contents.sessions else None,
        running=mark,
        rate=rate,
        seconds_left=mark.eta if mark else left,
        notes=_version_notes(contents.sessions),
    )


def last_rate(sessions: Sequence[Session]) -> float | None:
    """Find how fast runs were made last.

    Parameters
    ----------
    sessions : sequence of Session
        Oldest first.

    Returns
    -------
    float or None
        Runs per second; None when no session ended a run.
    """
    rates = [session.runs_per_second for session in sessions if session.runs_per_second]
    return rates[-1] if rates else None


def _version_notes(sessions: Sequence[Session]) -> tuple[str, ...]:
    made = [session.provenance for session in sessions if session.finished or not session.ended]
    notes = []
    if len({p.reprisal for p in made}) > 1:
        versions = ", ".join(sorted({p.reprisal for p in made}))
        notes.append(f"runs were made by several versions of reprisal: {versions}")
    if len({p.commit.id for p in made if p.commit}) > 1:
        notes.append("runs were made from several commits of the source")
    if any(p.commit and p.commit.dirty for p in made):
        notes.append("runs were made from source with uncommitted changes")
    return tuple(notes)
