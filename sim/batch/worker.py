"""What a worker process does: run the replicates it is sent, one after the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sim.batch.engine import Engine
    from sim.parameters import Scenario
    from sim.sampling import Sampled
    from sim.store.shelf import Run

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
WORLDS_KEPT = 16


class Task(NamedTuple):
    """One run to do."""

    scenario: str
    replicate: int


@dataclass(frozen=True)
class Ready:
    """The worker has imported the engine; ``error`` is the traceback when it could not."""

    error: str = ""


@dataclass(frozen=True)
class Raised:
    """A run that ended with an exception."""

    task: Task
    error: str
    message: str
    traceback: str


class Runner:
    """Runs replicates in this process; builds each scenario's world once.

    Parameters
    ----------
    engine : Engine
        Where the two functions are.
    scenarios : mapping of str to Scenario or Sampled
        Scenarios by name.
    seed : int
        Seed of the batch.
    """

    def __init__(
        self, engine: Engine, scenarios: Mapping[str, Scenario | Sampled], seed: int
    ) -> None:
        from sim.batch.points import for_designs

        self._build, self._simulate = for_designs(*engine.load())
        self._scenarios = scenarios
        self._seed = seed
        self._worlds: OrderedDict[str, Any] = OrderedDict()

    def run(self, task: Task) -> Run:
        """Run one replicate and check its tables.

        Parameters
        ----------
        task : Task
            Which.

        Returns
        -------
        Run
            Tables as they will be stored.

        Raises
        ------
        ValueError
            When the engine returns other tables than the records declare.
        """
        from sim.records import TABLES
        from sim.store import parquet
        from sim.store.shelf import Run

        world = self._world(task.scenario)
        tables = self._simulate(world, self._seed, task.replicate)
        if set(tables) != set(TABLES):
            raise ValueError(f"a run must return tables {list(TABLES)}, got {list(tables)}")
        labels = {name: tuple(words) for name, words in world.labels.items()}
        packed = {name: parquet.pack(name, tables[name], labels, task.replicate) for name in TABLES}
        if len(packed["runs"]["replicate"]) != 1:
            raise ValueError("table runs must have one row per run")
        return Run(task.scenario, task.replicate, packed, labels)

    def _world(self, name: str) -> Any:
        if name not in self._worlds:
            self._worlds[name] = self._build(self._scenarios[name])
        self._worlds.move_to_end(name)
        if len(self._worlds) > WORLDS_KEPT:
            self._worlds.popitem(last=False)
        return self._worlds[name]


def work(
    link: Connection, engine: Engine, scenarios: Mapping[str, Scenario | Sampled], seed: int
) -> None:
    """Serve one batch until the other end of the link closes.

    Parameters
    ----------
    link : Connection
        Receives a `Task`, answers with a `Run` or `Raised`; says `Ready` first.
    engine, scenarios, seed
        As for `Runner`.
    """
    # These reach the whole process group; the parent alone decides what they mean.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        runner = Runner(engine, scenarios, seed)
    except Exception:
        link.send(Ready(traceback.format_exc()))
        return
    _serve(link, runner.run)


def _serve(link: Connection, run: Callable[[Task], Run]) -> None:
    try:
        link.send(Ready())
        while True:
            task = link.recv()
            link.send(_answer(task, run))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(task: Task, run: Callable[[Task], Run]) -> Run | Raised:
    try:
        return run(task)
    except (Exception, SystemExit) as error:
        return Raised(task, type(error).__name__, str(error), traceback.format_exc())


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
