"""What a worker does: it simulates the runs of a block and writes them to the results folder."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from sim.batch.engine import Engine
from sim.batch.pool import (
    Began,
    Done,
    Finished,
    Hear,
    PoolError,
    Raised,
    Replicates,
    Settings,
    Task,
    UnwritableError,
)
from sim.batch.runner import Runner
from sim.ownmodel import ModelError
from sim.store import locks, manifest
from sim.store.blockfiles import BlockFiles
from sim.store.files import StoreError
from sim.store.packing import Packed

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
DROP_SIGNAL = signal.SIGUSR1
LOOK_SECONDS = 0.5
# Writing a block again and again takes at most this share of the time.
STORE_SHARE = 0.05


class Dropped(BaseException):
    """Raised inside a run that shall be dropped."""


@dataclass(frozen=True)
class Ready:
    """The engine is imported, or prepared; ``error`` tells why when it could not be."""

    error: str = ""


class BlockWorker:
    """Does tasks one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._blocks = BlockFiles(settings.folder, settings.seed, settings.made_by, settings.tables)
        self._use(settings.engine.usable())
        self._dropped = self._simulating = False

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        settings = self._settings
        self._runner = Runner(engine, settings.scenarios, settings.seed, settings.tables)

    def drop(self, *_: object) -> None:
        """Give up the runs in progress, as a signal handler; what is finished is stored."""
        self._dropped = True
        if self._simulating:
            raise Dropped

    def do(self, task: Task, hear: Hear, stopping: Callable[[], bool]) -> Done:
        """Do the runs of a task that are not stored yet; ``stopping`` is asked before each."""
        stored = set(self._blocks.finished(task.scenario, task.block)) & set(task.replicates)
        left = [replicate for replicate in task.replicates if replicate not in stored]
        waiting: list[dict[str, Packed]] = []
        failed: list[Raised] = []
        pause, begun = self._settings.store_seconds, time.monotonic()
        while left and not self._dropped and not stopping():
            if self._engine.name != (usable := self._settings.engine.usable()).name:
                self._use(usable)
            together, left = tuple(left[: self._engine.chunk]), left[self._engine.chunk :]
            for outcome in self._all_or_each(task.scenario, together, hear):
                if isinstance(outcome, Raised):
                    failed.append(outcome)
                else:
                    waiting.append(outcome)
            seconds = time.monotonic() - begun
            if waiting and seconds >= pause:
                stored |= self._store(task, waiting)
                pause = max(pause, (time.monotonic() - begun - seconds) / STORE_SHARE)
                begun = time.monotonic()
        stored |= self._store(task, waiting)
        return Done(tuple(sorted(stored)), tuple(failed))

    def _store(self, task: Task, waiting: list[dict[str, Packed]]) -> set[int]:
        if not waiting:
            return set()
        labels = self._runner.labels(task.scenario)
        try:
            self._blocks.add(task.scenario, task.block, waiting, labels)
        except OSError as error:
            raise UnwritableError(str(error)) from error
        stored = {int(r) for tables in waiting for r in tables["runs"]["replicate"]}
        waiting.clear()
        return stored

    def _all_or_each(
        self, scenario: str, replicates: Replicates, hear: Hear
    ) -> Iterator[dict[str, Packed] | Raised]:
        """Simulate replicates together; after an exception one by one, to find whose it is."""
        hear(Began(replicates))
        try:
            tables = self._simulate(scenario, replicates)
        except Dropped:
            return
        except (Exception, SystemExit) as error:
            if len(replicates) > 1:
                for replicate in replicates:
                    if not self._dropped:
                        yield from self._all_or_each(scenario, (replicate,), hear)
                return
            raised = self._told(replicates[0], error)
            hear(raised)
            yield raised
        else:
            hear(Finished(replicates))
            yield tables

    def _told(self, replicate: int, error: BaseException) -> Raised:
        """Describe an exception, with the line of a user's model that raised it."""
        place = self._engine.model.place(error) if self._engine.model is not None else ""
        message = f"{error} ({place})" if place else str(error)
        return Raised(replicate, type(error).__name__, message, traceback.format_exc())

    def _simulate(self, scenario: str, replicates: Replicates) -> dict[str, Packed]:
        self._simulating = True
        try:
            if self._dropped:
                raise Dropped
            return self._runner.run(scenario, replicates)
        finally:
            self._simulating = False


class StopCheck:
    """Tells whether a batch wants no more runs; looks at its lock every `LOOK_SECONDS`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._next = 0.0
        self._over = False

    def __call__(self) -> bool:
        """Tell whether to begin no more."""
        if not self._over and time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_SECONDS
            lock, identity = self._settings.lock, self._settings.identity
            self._over = not locks.wants_runs(lock, identity)
        return self._over


def do_task(settings: Settings, task: Task) -> Done:
    """Do one task on another computer, which must see the results folder."""
    if not (settings.folder / manifest.FILE_NAME).is_file():
        raise PoolError(
            f"{platform.node()} does not see {settings.folder}; the folder must be shared"
        )
    settings.engine.get_ready()
    try:
        worker = BlockWorker(settings)
    except ModelError as error:
        needs = "every worker must be able to import what your file imports"
        raise PoolError(f"on {platform.node()}: {error}; {needs}") from None
    return worker.do(task, lambda _: None, StopCheck(settings))


def serve(link: Connection, settings: Settings) -> None:
    """Do the tasks that come over a link, in a process of this computer, until it closes.

    `Ready` is said first; each task is answered by messages, and by `Done` or an exception.
    """
    _follow_parent()
    try:
        worker = BlockWorker(settings)
    except ModelError as error:
        link.send(Ready(str(error)))
        return
    except Exception:
        link.send(Ready(traceback.format_exc()))
        return
    signal.signal(DROP_SIGNAL, worker.drop)
    try:
        link.send(Ready())
        while True:
            link.send(_answer(worker, link.recv(), link.send, StopCheck(settings)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def prepare(link: Connection, engine: Engine) -> None:
    """Prepare an engine, in a process beside the workers, and say `Ready`."""
    _follow_parent()
    try:
        engine.get_ready()
        error = ""
    except Exception:
        error = traceback.format_exc()
    link.send(Ready(error))


def _answer(
    worker: BlockWorker, task: Task, hear: Hear, stopping: Callable[[], bool]
) -> Done | Exception:
    try:
        return worker.do(task, hear, stopping)
    except (StoreError, UnwritableError, BrokenPipeError, ConnectionResetError) as error:
        return error
    except Exception:
        return PoolError(f"the workers cannot work:\n{traceback.format_exc().rstrip()}")


def _follow_parent() -> None:
    """Leave it to the parent what signals mean that reach the whole process group."""
    for number in (*STOP_SIGNALS, DROP_SIGNAL):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
