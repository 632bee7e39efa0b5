"""The worker processes of a batch, each on its own link.

A worker that dies closes its link: the run it was doing is known, and nobody else is
disturbed. (A shared queue could be left locked, a shared pool broken.)
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import Any

from sim.batch.crew import CrewError
from sim.batch.runner import Job
from sim.batch.task import Died, Ended, GaveUp, Key, Message, News, Task
from sim.batch.worker import DROP_SIGNAL, STOP, STOP_SIGNALS, Preparing, Ready, work

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
GRACE_SECONDS = 5.0
FALSE_STARTS = 3


@dataclass
class Hand:
    """One worker: its process, its link, and what it is doing."""

    process: BaseProcess
    link: Connection
    ready: bool = False
    task: Task | None = None


class Processes:
    """A fixed number of workers; a context manager that leaves no process behind.

    Parameters
    ----------
    size : int
        Number of workers, 1 or more.
    job : Job
        What they have in common.
    """

    def __init__(self, size: int, job: Job) -> None:
        # An explicit context: importing some versions of Mesa sets the default to spawn.
        self._context: Any = multiprocessing.get_context(METHOD)
        if METHOD == "forkserver":
            self._context.set_forkserver_preload([__name__, *job.engine.modules])
        self._size = size
        self._job = job
        self._hands: list[Hand] = []
        self._false_starts = 0
        self._patience = float("inf")
        self.preparing = False

    def __enter__(self) -> Processes:
        try:
            # One worker alone prepares the engine; the others find it prepared.
            for _ in range(self._size if self._job.engine.ready else 1):
                self._hands.append(self._hire())
        except BaseException:
            self._dismiss()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._dismiss()

    @property
    def ready(self) -> bool:
        """Whether any worker has started."""
        return any(hand.ready for hand in self._hands)

    @property
    def overdue(self) -> bool:
        """Whether workers that were told to drop their runs have had time enough for it."""
        return time.monotonic() > self._patience

    @property
    def idle(self) -> int:
        """Workers that wait for a task."""
        return len(self._idle())

    def assign(self, task: Task) -> None:
        """Give an idle worker something to do.

        Parameters
        ----------
        task : Task
            The runs; no other worker has a task with its key.
        """
        hand = self._idle()[0]
        hand.task = task
        with suppress(OSError):  # it has died: `wait` finds its link closed and says so
            hand.link.send(task)

    def wait(self, seconds: float) -> list[tuple[Key, News]]:
        """Wait for news; dead workers are replaced.

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
            When workers cannot start.
        """
        links = wait([hand.link for hand in self._hands], seconds)
        news: list[tuple[Key, News]] = []
        for hand in [hand for hand in self._hands if hand.link in links]:
            try:
                message = hand.link.recv()
            except (EOFError, OSError):
                news.extend(self._replace(hand))
            else:
                news.extend(self._hear(hand, message))
        return news

    def stop(self) -> None:
        """Let all workers end the runs in progress and begin no more."""
        for hand in self._hands:
            with suppress(OSError):
                hand.link.send(STOP)

    def drop(self) -> None:
        """Let all workers give up the runs in progress and store what is finished."""
        self._patience = min(self._patience, time.monotonic() + GRACE_SECONDS)
        for hand in self._hands:
            pid = hand.process.pid
            if hand.task is not None and pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, DROP_SIGNAL)

    def _idle(self) -> list[Hand]:
        return [hand for hand in self._hands if hand.ready and hand.task is None]

    def _hear(self, hand: Hand, message: Preparing | Ready | Message) -> list[tuple[Key, News]]:
        if isinstance(message, Preparing):
            self.preparing = True
        elif isinstance(message, Ready):
            self._welcome(hand, message)
        elif hand.task is not None:
            key = hand.task.key
            if isinstance(message, Ended | GaveUp):
                hand.task = None
            return [(key, message)]
        return []

    def _welcome(self, hand: Hand, message: Ready) -> None:
        if message.error:
            raise CrewError(f"the workers cannot load the engine:\n{message.error.rstrip()}")
        hand.ready = True
        self.preparing = False
        self._false_starts = 0
        while len(self._hands) < self._size:
            self._hands.append(self._hire())

    def _replace(self, hand: Hand) -> list[tuple[Key, News]]:
        hand.link.close()
        hand.process.join(GRACE_SECONDS)
        hand.process.kill()  # whoever follows on its block must be alone there
        hand.process.join()
        how = _how_it_ended(hand.process.exitcode)
        self._hands.remove(hand)
        if not hand.ready:
            self._false_starts += 1
            if self._false_starts >= FALSE_STARTS:
                raise CrewError(f"the worker processes do not start: the last one {how}")
        self._hands.append(self._hire())
        return [(hand.task.key, Died(how))] if hand.task is not None else []

    def _hire(self) -> Hand:
        ours, theirs = self._context.Pipe()
        with _interrupts_held(), _without_main():
            process = self._context.Process(target=work, args=(theirs, self._job), daemon=True)
            try:
                process.start()
            except (OSError, EOFError) as error:
                raise CrewError(f"cannot start a worker process: {error!r}") from error
        theirs.close()
        return Hand(process, ours)

    def _dismiss(self) -> None:
        self._let_store()
        for hand in self._hands:
            hand.link.close()
            if hand.task is not None or not hand.ready:
                hand.process.kill()
        for hand in self._hands:
            hand.process.join(GRACE_SECONDS)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()
            hand.process.close()
        self._hands.clear()

    def _let_store(self) -> None:
        """Let busy workers store what they have finished, as long as there is patience."""
        busy = [hand for hand in self._hands if hand.task is not None]
        if busy:
            self.stop()
            self.drop()
        while busy and not self.overdue:
            for link in wait([hand.link for hand in busy], GRACE_SECONDS):
                hand = next(hand for hand in busy if hand.link is link)
                try:
                    ended = isinstance(hand.link.recv(), Ended | GaveUp)
                except (EOFError, OSError):
                    ended = True
                if ended:
                    hand.task = None
                    busy.remove(hand)


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
