"""Blocks done by any executor that gives futures, such as a pool or a cluster.

Workers write the results folder, which they must see under the same path; what travels is a
task and the numbers of the replicates that were stored or failed.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol

from sim.batch.crew import CrewError
from sim.batch.processes import GRACE_SECONDS
from sim.batch.runner import BlockRunner, Job
from sim.batch.task import Died, Ended, GaveUp, Key, Message, News, Raised, Stored, Task
from sim.ownmodel import ModelError
from sim.store import manifest, running

LOOK_SECONDS = 1.0
WorkerDied = tuple[type[BaseException], ...]


class Executor(Protocol):
    """What is needed of an executor; those of ``concurrent.futures`` have it."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Call a function somewhere and give its future."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give all resources free."""


@dataclass(frozen=True)
class Pool:
    """How to reach workers.

    Parameters
    ----------
    make : callable
        Gives an executor; called again when that one is broken.
    slots : callable
        Gives how many tasks to hand out at a time, 1 or more; it may change.
    worker_died : tuple of exception types
        What a future raises when its worker is gone.
    """

    make: Callable[[], Executor]
    slots: Callable[[], int]
    worker_died: WorkerDied = (BrokenExecutor,)


@dataclass(frozen=True)
class Wish:
    """Where workers see whether the batch still wants its runs: the file of its mark."""

    path: Path
    identity: tuple[str, int, str]


class Futures:
    """A `sim.batch.crew.Crew` on a pool.

    Parameters
    ----------
    pool : Pool
        The workers.
    job : Job
        What the tasks have in common.
    wish : Wish
        Where workers look whether they are to go on.
    """

    preparing = False
    ready = True

    def __init__(self, pool: Pool, job: Job, wish: Wish) -> None:
        self._pool = pool
        self._job = job
        self._wish = wish
        self._executor: Executor | None = None
        self._flying: dict[Key, tuple[Executor, Any]] = {}
        self._landed: SimpleQueue[tuple[Key, Any]] = SimpleQueue()
        self._patience = float("inf")

    def __enter__(self) -> Futures:
        self._current()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._close()

    @property
    def idle(self) -> int:
        """Tasks that would be taken now."""
        return max(0, self._pool.slots() - len(self._flying))

    @property
    def overdue(self) -> bool:
        """Whether there is no more patience."""
        return time.monotonic() > self._patience

    def assign(self, task: Task) -> None:
        """Have a task done.

        Parameters
        ----------
        task : Task
            The runs; no other task has its key.
        """
        name = task.key.scenario
        job = replace(self._job, scenarios={name: self._job.scenarios[name]})
        executor = self._current()
        try:
            future = executor.submit(do_task, job, task, self._wish)
        except BrokenExecutor:
            executor = self._replace(executor)
            future = executor.submit(do_task, job, task, self._wish)
        self._flying[task.key] = executor, future
        future.add_done_callback(lambda done: self._landed.put((task.key, done)))

    def wait(self, seconds: float) -> list[tuple[Key, News]]:
        """Wait for tasks to end.

        Parameters
        ----------
        seconds : float
            At most this long.

        Returns
        -------
        list of (Key, News)
            What happened to which task.

        Raises
        ------
        CrewError
            When the workers cannot do their work.
        """
        news: list[tuple[Key, News]] = []
        try:
            key, future = self._landed.get(timeout=seconds)
            while True:
                executor, _ = self._flying.pop(key)
                news.extend((key, message) for message in self._outcome(executor, future))
                key, future = self._landed.get_nowait()
        except Empty:
            return news

    def stop(self) -> None:
        """Let nothing more begin; tasks in progress see it in the batch's mark."""
        for _, future in list(self._flying.values()):
            future.cancel()

    def drop(self) -> None:
        """Wait only a little longer: runs elsewhere cannot be given up."""
        self._patience = min(self._patience, time.monotonic() + GRACE_SECONDS)

    def _outcome(self, executor: Executor, future: Any) -> list[News]:
        if future.cancelled():
            return [Ended()]
        try:
            messages: list[News] = future.result()
        except CancelledError:
            return [Ended()]
        except self._pool.worker_died as error:
            if isinstance(error, BrokenExecutor):
                self._replace(executor)
            return [Died(f"died ({type(error).__name__}: {error})")]
        except Exception as error:
            raise CrewError(f"the workers cannot work: {type(error).__name__}: {error}") from error
        return messages

    def _current(self) -> Executor:
        if self._executor is None:
            self._executor = self._pool.make()
        return self._executor

    def _replace(self, broken: Executor) -> Executor:
        if broken is self._executor:  # its other tasks come here, too
            self._close()
        return self._current()

    def _close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


def do_task(job: Job, task: Task, wish: Wish) -> list[Message]:
    """Do one task, in a worker.

    Parameters
    ----------
    job : Job
        The batch.
    task : Task
        The runs.
    wish : Wish
        Looked at once a second: whether to go on.

    Returns
    -------
    list of Message
        What was stored or failed, and `Ended` or `GaveUp`.

    Raises
    ------
    CrewError
        When the worker does not see the results folder, or cannot import a user's model.
    """
    if not (job.folder / manifest.FILE_NAME).is_file():
        raise CrewError(f"{platform.node()} does not see {job.folder}; the folder must be shared")
    job.engine.get_ready()
    try:
        runner = BlockRunner(job)
    except ModelError as error:
        needs = "every worker must be able to import what your file imports"
        raise CrewError(f"on {platform.node()}: {error}; {needs}") from None
    told = (Stored, Raised, GaveUp, Ended)
    unwanted = _Watch(wish)
    return [message for message in runner.do(task, unwanted) if isinstance(message, told)]


class _Watch:
    """Whether a batch wants no more runs, looked up at most once a second."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._next = 0.0
        self._over = False

    def __call__(self) -> bool:
        if not self._over and time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_SECONDS
            self._over = not running.wishes_to_go_on(self._wish.path, self._wish.identity)
        return self._over
