"""The worker processes of a batch, each on its own link.

A worker that dies closes its link: the run it was doing is known, and nobody else is
disturbed. (A shared queue could be left locked, a shared pool broken.)
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from sim.batch.engine import Engine
from sim.batch.worker import STOP_SIGNALS, Raised, Ready, Task, work
from sim.parameters import Scenario
from sim.store.shelf import Run

if TYPE_CHECKING:
    from sim.sampling import Sampled

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
GRACE_SECONDS = 5.0
FALSE_STARTS = 3


class CrewError(Exception):
    """Workers cannot be started or cannot import the engine."""


@dataclass(frozen=True)
class Died:
    """A worker process ended while it did a run; ``how`` says how."""

    task: Task
    how: str


@dataclass
class Hand:
    """One worker: its process, its link, and what it is doing."""

    process: BaseProcess
    link: Connection
    ready: bool = False
    task: Task | None = None


class Crew:
    """A fixed number of workers; a context manager that leaves no process behind.

    Parameters
    ----------
    size : int
        Number of workers, 1 or more.
    engine : Engine
        What they run.
    scenarios : mapping of str to Scenario or Sampled
        Scenarios by name.
    seed : int
        Seed of the batch.
    """

    def __init__(
        self, size: int, engine: Engine, scenarios: Mapping[str, Scenario | Sampled], seed: int
    ) -> None:
        # An explicit context: importing some versions of Mesa sets the default to spawn.
        self._context: Any = multiprocessing.get_context(METHOD)
        if METHOD == "forkserver":
            self._context.set_forkserver_preload([__name__, *engine.modules])
        self._size = size
        self._arguments = (engine, scenarios, seed)
        self._hands: list[Hand] = []
        self._false_starts = 0

    def __enter__(self) -> Crew:
        try:
            for _ in range(self._size):
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
    def busy(self) -> int:
        """Workers that are doing a run."""
        return sum(hand.task is not None for hand in self._hands)

    @property
    def ready(self) -> bool:
        """Whether any worker has started."""
        return any(hand.ready for hand in self._hands)

    def idle(self) -> list[Hand]:
        """List the workers that wait for a task."""
        return [hand for hand in self._hands if hand.ready and hand.task is None]

    def assign(self, hand: Hand, task: Task) -> None:
        """Give a worker something to do.

        Parameters
        ----------
        hand : Hand
            One of `idle`.
        task : Task
            The run.
        """
        hand.task = task
        with suppress(OSError):  # it has died: `wait` finds its link closed and says so
            hand.link.send(task)

    def wait(self, seconds: float) -> list[Run | Raised | Died]:
        """Wait for news; dead workers are replaced.

        Parameters
        ----------
        seconds : float
            At most this long.

        Returns
        -------
        list of Run, Raised or Died
            What ended.

        Raises
        ------
        CrewError
            When workers cannot start.
        """
        links = wait([hand.link for hand in self._hands], seconds)
        news: list[Run | Raised | Died] = []
        for hand in [hand for hand in self._hands if hand.link in links]:
            try:
                message = hand.link.recv()
            except (EOFError, OSError):
                news.extend(self._replace(hand))
            else:
                news.extend(self._hear(hand, message))
        return news

    def kill(self) -> None:
        """End all workers at once, whatever they are doing."""
        for hand in self._hands:
            hand.process.kill()

    def _hear(self, hand: Hand, message: Ready | Run | Raised) -> list[Run | Raised | Died]:
        if not isinstance(message, Ready):
            hand.task = None
            return [message]
        if message.error:
            raise CrewError(f"the workers cannot load the engine:\n{message.error.rstrip()}")
        hand.ready = True
        self._false_starts = 0
        return []

    def _replace(self, hand: Hand) -> list[Run | Raised | Died]:
        hand.link.close()
        hand.process.join(GRACE_SECONDS)
        how = _how_it_ended(hand.process.exitcode)
        self._hands.remove(hand)
        if not hand.ready:
            self._false_starts += 1
            if self._false_starts >= FALSE_STARTS:
                raise CrewError(f"the worker processes do not start: the last one {how}")
        self._hands.append(self._hire())
        return [Died(hand.task, how)] if hand.task is not None else []

    def _hire(self) -> Hand:
        ours, theirs = self._context.Pipe()
        with _interrupts_held(), _without_main():
            process = self._context.Process(
                target=work, args=(theirs, *self._arguments), daemon=True
            )
            try:
                process.start()
            except (OSError, EOFError) as error:
                raise CrewError(f"cannot start a worker process: {error!r}") from error
        theirs.close()
        return Hand(process, ours)

    def _dismiss(self) -> None:
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
