"""Worker processes of this computer, each with a thread here that waits for it.

A worker that dies closes its link: the run it was doing is known, and nobody else is
disturbed. (A shared queue could be left locked, a shared pool broken.)
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from sim.batch.engine import Engine
from sim.batch.pool import (
    Began,
    Done,
    Finished,
    Hear,
    PoolError,
    Raised,
    Settings,
    Task,
    WorkerDiedError,
)
from sim.batch.worker import DROP_SIGNAL, STOP_SIGNALS, Ready, prepare, serve

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
GRACE_SECONDS = 5.0
FALSE_STARTS = 3


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    link: Connection
    busy: bool = False


class LocalPool:
    """A fixed number of worker processes, started when there is something to do.

    An engine that is not ready is prepared by a process beside them, which takes the place of one.
    """

    died: tuple[type[BaseException], ...] = (WorkerDiedError,)

    def __init__(self, size: int, engine: Engine) -> None:
        # An explicit context: importing some versions of Mesa sets the default to spawn.
        self._context: Any = multiprocessing.get_context(METHOD)
        self._size, self._engine = size, engine
        self._threads = ThreadPoolExecutor(size)
        self._thread = threading.local()
        self._workers: list[_Worker] = []
        self._changing = threading.Lock()
        self._closed = False
        self._patience = float("inf")
        self._broken: PoolError | None = None
        self.ready, self.preparing = False, not engine.ready
        self._beside = ThreadPoolExecutor(1)
        if self.preparing:
            self._beside.submit(self._prepare)

    def slots(self) -> int:
        """Tell the number of workers that are wanted now."""
        return max(1, self._size - self.preparing)

    def submit(self, settings: Settings, task: Task, hear: Hear) -> Future[Done]:
        """Have a task done by a process; ``hear`` gets a message about each run."""
        return self._threads.submit(self._do, settings, task, hear)

    def drop(self) -> None:
        """Let busy workers give up the runs in progress and store what is finished."""
        self._patience = min(self._patience, time.monotonic() + GRACE_SECONDS)
        for worker in list(self._workers):
            pid = worker.process.pid
            if worker.busy and pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, DROP_SIGNAL)

    def close(self) -> None:
        """Kill all workers, after busy ones had time to store what is finished."""
        self.drop()
        while any(worker.busy for worker in self._workers) and time.monotonic() < self._patience:
            time.sleep(0.01)
        with self._changing:
            self._closed = True
            for worker in self._workers:
                worker.process.kill()
        self._threads.shutdown(cancel_futures=True)
        self._beside.shutdown()
        for worker in list(self._workers):
            self._remove(worker)

    def _do(self, settings: Settings, task: Task, hear: Hear) -> Done:
        worker: _Worker | None = getattr(self._thread, "worker", None)
        if worker is None:
            worker = self._thread.worker = self._start(serve, settings)
            self.ready = True
        try:
            worker.busy = True
            worker.link.send(task)
            while isinstance(answer := worker.link.recv(), Began | Finished | Raised):
                hear(answer)
            worker.busy = False
        except (EOFError, OSError):
            self._thread.worker = None
            if self._broken is not None:
                raise self._broken from None
            raise WorkerDiedError(self._remove(worker)) from None
        if isinstance(answer, Exception):
            raise answer
        done: Done = answer
        return done

    def _prepare(self) -> None:
        """Have the engine prepared; where that cannot be done, end those that work meanwhile."""
        with suppress(WorkerDiedError):  # the pool was closed
            try:
                self._remove(self._start(prepare, self._engine))
            except PoolError as error:
                with self._changing:
                    self._broken = error
                    for worker in self._workers:
                        worker.process.kill()
        self.preparing = False

    def _start(self, serves: Callable[..., None], given: Settings | Engine) -> _Worker:
        for _ in range(FALSE_STARTS):
            worker = self._launch(serves, given)
            try:
                message = worker.link.recv()
            except (EOFError, OSError):
                how = self._remove(worker)
                continue
            assert isinstance(message, Ready)
            if message.error:
                raise PoolError(f"the workers cannot load the engine:\n{message.error.rstrip()}")
            return worker
        raise PoolError(f"the worker processes do not start: the last one {how}")

    def _launch(self, serves: Callable[..., None], given: Settings | Engine) -> _Worker:
        with self._changing, _interrupts_held(), _without_main():
            if self._closed:
                raise WorkerDiedError("was not needed any more")
            if self._broken is not None:
                raise self._broken
            if METHOD == "forkserver":
                self._context.set_forkserver_preload([__name__, *self._engine.modules])
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=serves, args=(theirs, given), daemon=True)
            try:
                process.start()
            except (OSError, EOFError) as error:
                raise PoolError(f"cannot start a worker process: {error!r}") from error
            theirs.close()
            worker = _Worker(process, ours)
            self._workers.append(worker)
            return worker

    def _remove(self, worker: _Worker) -> str:
        """Make sure that a worker is gone, and say how it ended."""
        with self._changing:
            worker.link.close()
            worker.process.join(GRACE_SECONDS)
            worker.process.kill()  # whoever follows on its block must be alone there
            worker.process.join()
            how = _how_it_ended(worker.process.exitcode)
            self._workers.remove(worker)
            worker.process.close()
            return how


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "closed its link"
    if exit_code < 0:
        return f"was ended by signal {-exit_code} ({_signal_name(-exit_code)})"
    return f"exited with code {exit_code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM back while processes start: they inherit that for good."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its own start would let them through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main script while processes start, so that no worker runs it again.

    Workers import what they need by name. A script without an ``if __name__`` guard would
    start batches in its workers, and importing a command-line program costs each its time.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
