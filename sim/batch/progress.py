"""How far a batch is, and what a session of it did."""

from __future__ import annotations

from dataclasses import dataclass

from sim.store.failures import Failure


@dataclass(frozen=True)
class ScenarioProgress:
    """Runs of one scenario in this session."""

    name: str
    done: int
    failed: int
    total: int


@dataclass(frozen=True)
class Progress:
    """How far a batch is: runs of this session, seconds, runs per second.

    ``done`` counts runs that finished; they are stored block by block. ``rate`` and ``eta``
    (seconds left) are None while unknown; ``stopping`` tells that only runs in progress are
    being finished, ``active`` how many those are, ``preparing`` that the engine is being
    compiled.
    """

    done: int
    failed: int
    total: int
    elapsed: float
    rate: float | None
    eta: float | None
    active: int
    stopping: bool
    preparing: bool
    scenarios: tuple[ScenarioProgress, ...]


@dataclass(frozen=True)
class BatchResult:
    """What a session did: runs finished, failed and left, and whether it was interrupted.

    ``rate`` is in runs per second, the start of the workers left out; None without runs.
    """

    done: int
    failed: int
    left: int
    interrupted: bool
    seconds: float
    rate: float | None
    workers: int
    engine: str
    failures: tuple[Failure, ...]
