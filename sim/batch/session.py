"""One session of a batch: what was done, what failed, and the mark that it is locks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType

from sim.batch.pool import Task
from sim.store import failures, locks, manifest, sessions
from sim.store.blocks import block_of, merged, spans, without
from sim.store.failures import Failure
from sim.store.files import StoreError
from sim.store.folder import Store
from sim.store.manifest import now
from sim.store.sessions import Session

FLUSH_SECONDS = 20.0
RENEW_SECONDS = 2.0


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
    compiled while runs go on slowly.
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


class Recorder:
    """Keeps account of a session; a context manager.

    Workers write the tables. This writes the rest: failures, the lock of a running batch and
    the file of the session.
    """

    def __init__(self, store: Store, engine: str, workers: int, tasks: Sequence[Task]) -> None:
        self._store = store
        self._totals = Counter[str]()
        for task in tasks:
            self._totals[task.scenario] += len(task.replicates)
        self._stored = {
            name: without(store.wanted_spans(name), store.missing_spans(name))
            for name in store.active
        }
        self._failures = {
            key: failure
            for key, failure in failures.read(store.folder).items()
            if store.shard.holds(failure.scenario, block_of(failure.replicate))
        }
        self._failures_changed = False
        self.lock = locks.new(workers, self._totals.total(), store.shard)
        self._session = Session(
            started=self.lock.started,
            host=self.lock.host,
            pid=self.lock.pid,
            engine=engine,
            shard=store.shard.text,
            workers=workers,
            provenance=sessions.gather(),
            files=store.sums(),
            batch=store.manifest,
        )
        self._begun = self._start = self._last = self._flushed = self._renewed = time.monotonic()
        self._first: tuple[float, int] | None = None
        self._before, self._preparing = 0, False
        self._done = Counter[str]()
        self._failed = Counter[str]()
        self._new_failures: list[Failure] = []
        self.interrupted = False

    def __enter__(self) -> Recorder:
        self._guarded(locks.acquire, self._store.folder, self.lock)
        try:
            self._guarded(self._sweep)
            self._guarded(sessions.write, self._store.folder, self._session)
        except BaseException:
            locks.release(self._store.folder, self.lock)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._sweep()
            # After a failed write there is nothing more to be saved.
            if not isinstance(error, StoreError):
                self._flush()
                self._close_session()
        finally:
            locks.release(self._store.folder, self.lock)

    def _sweep(self) -> None:
        for name in self._store.active:
            for path in self._store.blocks.leftovers(name, self._store.shard):
                path.unlink(missing_ok=True)

    @property
    def _ended(self) -> int:
        return self._done.total() + self._failed.total()

    @property
    def left(self) -> int:
        """Runs that have neither finished nor failed."""
        return self._totals.total() - self._ended

    @property
    def _seconds(self) -> float:
        """Seconds of full pace: from the first ready worker to the last run that ended."""
        return self._last - self._start

    @property
    def _rate(self) -> float | None:
        ended = self._ended - self._before
        return ended / self._seconds if ended and self._seconds else None

    @property
    def _eta(self) -> float | None:
        """Seconds left at the pace since the first runs ended, which waited for machine code."""
        if self._first is None or self._preparing:
            return None
        seconds, runs = self._last - self._first[0], self._ended - self._first[1]
        return self.left * seconds / runs if runs > 0 else None

    def progress(self, active: int, stopping: bool) -> Progress:
        """Tell how far the session is."""
        return Progress(
            done=self._done.total(),
            failed=self._failed.total(),
            total=self._totals.total(),
            elapsed=time.monotonic() - self._begun,
            rate=self._rate,
            eta=self._eta,
            active=active,
            stopping=stopping,
            preparing=self._preparing,
            scenarios=tuple(
                ScenarioProgress(name, self._done[name], self._failed[name], total)
                for name, total in self._totals.items()
            ),
        )

    def result(self) -> BatchResult:
        """Tell what the session did."""
        return BatchResult(
            done=self._done.total(),
            failed=self._failed.total(),
            left=self.left,
            interrupted=self.interrupted,
            seconds=time.monotonic() - self._begun,
            rate=self._rate,
            workers=self._session.workers,
            engine=self._session.engine,
            failures=tuple(self._new_failures),
        )

    def started(self, ready: bool, preparing: bool) -> None:
        """Count time and runs from now on: workers are ready, or the engine is prepared by now."""
        self._preparing = preparing
        if ready:
            self._start = self._last = time.monotonic()
            self._before, self._first = self._ended, None

    def finish(self, scenario: str, runs: int) -> None:
        """Count finished runs of a scenario, or take lost ones back by a negative number."""
        self._done[scenario] += runs
        self._note_end()

    def stored(self, scenario: str, replicates: Collection[int]) -> None:
        """Note that runs are stored: they are neither missing nor failures any more."""
        self._stored[scenario] = merged([*self._stored[scenario], *spans(replicates)])
        for replicate in replicates:
            if self._failures.pop((scenario, replicate), None):
                self._failures_changed = True

    def fail(self, failure: Failure) -> None:
        """Take a failed run."""
        self._failed[failure.scenario] += 1
        self._new_failures.append(failure)
        self._failures[failure.key] = failure
        self._failures_changed = True
        self._note_end()

    def _note_end(self) -> None:
        self._last = time.monotonic()
        if self._first is None:
            self._first = self._last, self._ended

    def update(self) -> None:
        """Write failures and renew the lock, when that is due. To be called often."""
        moment = time.monotonic()
        if moment - self._flushed >= FLUSH_SECONDS:
            self._flush()
            self._flushed = moment
        if moment - self._renewed >= RENEW_SECONDS:
            self._renewed = moment
            self._renew(self._eta)

    def stopping(self) -> None:
        """Say in the lock that no more runs are wanted."""
        self.lock = self.lock.model_copy(update={"stopping": True})
        self._renew(None)

    def _renew(self, eta: float | None) -> None:
        counts = {"done": self._done.total(), "failed": self._failed.total()}
        times = {"updated": now(), "seconds": self._seconds, "eta": eta}
        self.lock = self.lock.model_copy(update=counts | times)
        self._guarded(locks.renew, self._store.folder, self.lock)

    def _flush(self) -> None:
        if self._failures_changed:
            self._guarded(
                failures.write, self._store.folder, self._failures.values(), self._store.shard
            )
            self._failures_changed = False

    def _close_session(self) -> None:
        session = self._session
        session.ended = now()
        session.finished, session.failed = self._done.total(), self._failed.total()
        session.interrupted = self.interrupted
        session.seconds = round(self._seconds, 3)
        session.runs_per_second = round(self._rate or 0.0, 4)
        session.stored = self._stored
        for name in self._stored:
            session.lacking[name] = spans(r for scenario, r in self._failures if scenario == name)
        self._guarded(sessions.write, self._store.folder, session)

    def _guarded(self, act: Callable[..., None], *arguments: object) -> None:
        try:
            act(*arguments)
        except OSError as error:
            raise cannot_write(self._store, str(error)) from error


def cannot_write(store: Store, why: str) -> StoreError:
    """Say that the results folder cannot be written."""
    if not (store.folder / manifest.FILE_NAME).is_file():
        return StoreError(
            f"cannot write to {store.folder}: {why}; the folder was moved or removed while the"
            " batch ran: put it back, or the same command starts anew"
        )
    return StoreError(
        f"cannot write to {store.folder}: {why};"
        " what was written before is safe, and the same command continues from there"
    )
