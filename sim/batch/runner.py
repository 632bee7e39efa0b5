"""Runs the replicates of a block, in this process, and writes them to the results folder."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sim.batch.engine import Engine
from sim.batch.points import for_designs
from sim.batch.task import (
    Began,
    Ended,
    Finished,
    GaveUp,
    Key,
    Message,
    Raised,
    Replicates,
    Stored,
    Task,
)
from sim.parameters import Scenario
from sim.records import TABLES
from sim.sampling import Sampled
from sim.store import packing
from sim.store.blockwriter import BlockWriter
from sim.store.manifest import StoreError
from sim.store.packing import Labels, Packed
from sim.store.shelf import Shelf

WORLDS_KEPT = 16
FLUSH_SHARE = 0.05


@dataclass(frozen=True)
class Job:
    """What all tasks of a batch share.

    Parameters
    ----------
    engine : Engine
        What simulates.
    scenarios : mapping of str to Scenario or Sampled
        Scenarios by name.
    seed : int
        Seed of the batch.
    folder : Path
        The results folder, absolute.
    flush_seconds : float
        A block that takes longer is stored as far as it is, again and again.
    """

    engine: Engine
    scenarios: Mapping[str, Scenario | Sampled]
    seed: int
    folder: Path
    flush_seconds: float


class Dropped(BaseException):
    """Raised inside a run that shall be dropped."""


class Runner:
    """Simulates replicates; builds each scenario's world once.

    Parameters
    ----------
    engine : Engine
        Where the functions are.
    scenarios : mapping of str to Scenario or Sampled
        Scenarios by name.
    seed : int
        Seed of the batch.
    """

    def __init__(
        self, engine: Engine, scenarios: Mapping[str, Scenario | Sampled], seed: int
    ) -> None:
        self._build, self._simulate = for_designs(*engine.load())
        self._scenarios = scenarios
        self._seed = seed
        self._worlds: OrderedDict[str, Any] = OrderedDict()

    def run(self, scenario: str, replicates: Sequence[int]) -> dict[str, Packed]:
        """Simulate replicates and check their tables.

        Parameters
        ----------
        scenario : str
            Scenario name.
        replicates : sequence of int
            At least one, ascending.

        Returns
        -------
        dict of str to dict of str to ndarray
            Tables as they will be stored, see `packing.pack`.

        Raises
        ------
        ValueError
            When the engine returns other tables than the records declare.
        """
        tables = self._simulate(self._world(scenario), self._seed, replicates)
        if set(tables) != set(TABLES):
            raise ValueError(f"a run must return tables {list(TABLES)}, got {list(tables)}")
        labels = self.labels(scenario)
        return {name: packing.pack(name, tables[name], labels, replicates) for name in TABLES}

    def labels(self, scenario: str) -> Labels:
        """Give the categories of a scenario's label columns."""
        return {name: tuple(words) for name, words in self._world(scenario).labels.items()}

    def _world(self, name: str) -> Any:
        if name not in self._worlds:
            self._worlds[name] = self._build(self._scenarios[name])
        self._worlds.move_to_end(name)
        if len(self._worlds) > WORLDS_KEPT:
            self._worlds.popitem(last=False)
        return self._worlds[name]


class BlockRunner:
    """Does tasks one after the other and tells what happens.

    Parameters
    ----------
    job : Job
        The batch.
    """

    def __init__(self, job: Job) -> None:
        self._runner = Runner(job.engine, job.scenarios, job.seed)
        self._shelf = Shelf(job.folder, job.seed)
        self._chunk = job.engine.chunk
        self._model = job.engine.model
        self._flush_seconds = job.flush_seconds
        self._dropped = self._simulating = False

    def drop(self) -> None:
        """Give up the runs in progress, from a signal handler; what is finished is stored."""
        self._dropped = True
        if self._simulating:
            raise Dropped

    def do(self, task: Task, stopping: Callable[[], bool]) -> Iterator[Message]:
        """Do one task.

        Parameters
        ----------
        task : Task
            Which runs.
        stopping : callable
            Asked before each chunk of replicates: whether to begin no more.

        Yields
        ------
        Message
            As it happens; `Ended` or `GaveUp` last.
        """
        try:
            with BlockWriter(self._shelf, *task.key) as writer:
                yield from self._fill(writer, task, stopping)
        except StoreError as error:
            yield GaveUp(str(error))
        except OSError as error:
            yield GaveUp(str(error), unwritable=True)
        else:
            yield Ended()

    def _fill(
        self, writer: BlockWriter, task: Task, stopping: Callable[[], bool]
    ) -> Iterator[Message]:
        # Whoever had the task before may have stored some of it without being heard.
        stored = set(self._shelf.finished(*task.key)).intersection(task.replicates)
        if stored:
            yield Stored(tuple(sorted(stored)))
        waiting: list[int] = []
        pause, begun = self._flush_seconds, time.monotonic()
        for chunk in chunks(task.key, [r for r in task.replicates if r not in stored], self._chunk):
            if self._dropped or stopping():
                break
            for message in self._all_or_each(writer, task.key.scenario, chunk):
                if isinstance(message, Finished):
                    waiting.extend(message.replicates)
                yield message
            if waiting and time.monotonic() - begun >= pause:
                begun = time.monotonic()
                yield from self._publish(writer, waiting)
                # Rewriting a block takes time: keep it to a small share of the task's.
                pause = max(pause, (time.monotonic() - begun) / FLUSH_SHARE)
                begun = time.monotonic()
        yield from self._publish(writer, waiting)

    @staticmethod
    def _publish(writer: BlockWriter, waiting: list[int]) -> Iterator[Message]:
        writer.publish()
        if waiting:
            yield Stored(tuple(waiting))
            waiting.clear()

    def _all_or_each(
        self, writer: BlockWriter, scenario: str, replicates: Replicates
    ) -> Iterator[Message]:
        """Simulate replicates together; after an exception one by one, to find whose it is."""
        yield Began(replicates)
        try:
            tables = self._simulate(scenario, replicates)
        except Dropped:
            return
        except (Exception, SystemExit) as error:
            if len(replicates) > 1:
                for replicate in replicates:
                    if not self._dropped:
                        yield from self._all_or_each(writer, scenario, (replicate,))
            else:
                name = type(error).__name__
                yield Raised(replicates[0], name, self._told(error), traceback.format_exc())
        else:
            writer.add(tables, self._runner.labels(scenario))
            yield Finished(replicates)

    def _told(self, error: BaseException) -> str:
        """Give the message of an exception, with the line of a user's model that raised it."""
        place = self._model.place(error) if self._model is not None else ""
        return f"{error} ({place})" if place else str(error)

    def _simulate(self, scenario: str, replicates: Replicates) -> dict[str, Packed]:
        self._simulating = True
        try:
            if self._dropped:
                raise Dropped
            return self._runner.run(scenario, replicates)
        finally:
            self._simulating = False


def chunks(key: Key, replicates: Sequence[int], size: int) -> Iterator[Replicates]:
    """Cut a task into pieces that are simulated together.

    Parameters
    ----------
    key : Key
        The block.
    replicates : sequence of int
        What is to be done there, ascending.
    size : int
        Largest number of replicates in a piece.

    Yields
    ------
    tuple of int
        Replicates of one chunk of the block, ascending.
    """
    for _, together in groupby(replicates, key.block.chunk_of):
        chunk = tuple(together)
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]
