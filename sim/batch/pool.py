"""Workers as a batch sees them: tasks go to a pool, and futures tell what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sim.batch.engine import Engine
from sim.parameters import Scenario
from sim.scenario.designs.sampling import Sampled
from sim.store.blocks import Block

Replicates = Sequence[int]


class PoolError(Exception):
    """Workers cannot be started, reached, or cannot load the engine."""


class WorkerDiedError(Exception):
    """The worker that did a task is gone; the message says in which way."""


class UnwritableError(Exception):
    """The system refused to write the results folder."""


@dataclass(frozen=True)
class Settings:
    """What all tasks of a batch share.

    ``folder`` is the results folder, absolute, and ``made_by`` what its blocks say of what made
    the runs of each scenario, see `Manifest.settings`; ``tables`` are those that are stored;
    ``lock`` is the batch's lock file and ``identity`` what it holds as long as the batch wants
    its runs. A block that takes longer than ``store_seconds`` is stored as far as it is.
    """

    engine: Engine
    scenarios: Mapping[str, Scenario | Sampled]
    seed: int
    folder: Path
    made_by: Mapping[str, str]
    tables: Sequence[str]
    lock: Path
    identity: tuple[str, int, str]
    store_seconds: float


@dataclass(frozen=True)
class Task:
    """Runs to do and to store: replicates of one block of a scenario, ascending."""

    scenario: str
    block: Block
    replicates: Replicates


@dataclass(frozen=True)
class Began:
    """These replicates are being simulated; the ones before have been."""

    replicates: Replicates


@dataclass(frozen=True)
class Finished:
    """These replicates have been simulated; they are not stored yet."""

    replicates: Replicates


@dataclass(frozen=True)
class Raised:
    """A run that ended with an exception."""

    replicate: int
    error: str
    message: str
    traceback: str


Message = Began | Finished | Raised
Hear = Callable[[Message], None]


@dataclass(frozen=True)
class Done:
    """A task is over; what was neither stored nor failed was not begun, or dropped."""

    stored: Replicates
    failed: tuple[Raised, ...]


class Pool(Protocol):
    """Workers; ``submit`` gives a future of `Done`.

    ``ready`` tells that work can begin, ``preparing`` that the engine is being compiled, and
    ``died`` which exceptions of a future mean that its worker is gone.
    """

    died: tuple[type[BaseException], ...]
    ready: bool
    preparing: bool

    def slots(self) -> int:
        """Tell how many tasks to have in progress at a time, 1 or more; it may change."""

    def submit(self, settings: Settings, task: Task, hear: Hear) -> Any:
        """Have a task done; on the way ``hear`` may get messages, in any thread."""

    def drop(self) -> None:
        """Let the runs in progress be given up, where that is possible."""

    def close(self) -> None:
        """Leave no worker or connection behind."""
