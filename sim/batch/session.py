"""One session of a batch: what was done, what failed, and the mark that it is running."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType

from sim.store import failures, provenance, running, sessions
from sim.store.blocks import block_of
from sim.store.failures import Failure
from sim.store.folder import Store
from sim.store.manifest import StoreError, now
from sim.store.sessions import Session

FLUSH_SECONDS = 20.0
MARK_SECONDS = 2.0


class Recorder:
    """Keeps account of a session; a context manager.

    Workers write the tables. This writes the rest: failures, the mark of a running batch
    and the file of the session.

    Parameters
    ----------
    store : Store
        The results folder.
    engine : str
        Name of the engine.
    workers : int
        Number of worker processes.
    total : int
        Runs to do.
    """

    def __init__(self, store: Store, engine: str, workers: int, total: int) -> None:
        self._store = store
        self._failures = {
            key: failure
            for key, failure in failures.read(store.folder).items()
            if store.shard.holds(failure.scenario, block_of(failure.replicate))
        }
        self._failures_changed = False
        self.mark = running.new_mark(workers, total, store.shard)
        self._session = Session(
            started=self.mark.started,
            host=self.mark.host,
            pid=self.mark.pid,
            engine=engine,
            shard=store.shard.text,
            workers=workers,
            provenance=provenance.gather(),
        )
        self._start = self._last = self._flushed = self._marked = time.monotonic()
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.new_failures: list[Failure] = []
        self.interrupted = False

    def __enter__(self) -> Recorder:
        self._guarded(running.acquire, self._store.folder, self.mark)
        try:
            self._guarded(self._sweep)
            self._guarded(sessions.write, self._store.folder, self._session)
        except BaseException:
            running.release(self._store.folder, self.mark)
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
            running.release(self._store.folder, self.mark)

    def _sweep(self) -> None:
        for name in self._store.active:
            for path in self._store.blocks.leftovers(name, self._store.shard):
                path.unlink(missing_ok=True)

    @property
    def seconds(self) -> float:
        """Seconds from the first ready worker to the last run that ended."""
        return self._last - self._start

    @property
    def ended(self) -> int:
        """Runs that finished or failed."""
        return self.done.total() + self.failed.total()

    @property
    def rate(self) -> float | None:
        """Runs per second; None while unknown."""
        return self.ended / self.seconds if self.ended and self.seconds else None

    def started(self) -> None:
        """Count the time from now on: the first worker is ready."""
        self._start = self._last = time.monotonic()

    def finish(self, scenario: str, runs: int) -> None:
        """Count finished runs of a scenario, or take lost ones back by a negative number."""
        self.done[scenario] += runs
        self._last = time.monotonic()

    def keep(self, scenario: str, replicates: Iterable[int]) -> None:
        """Note that runs are stored: they are no failures any more."""
        for replicate in replicates:
            if self._failures.pop((scenario, replicate), None):
                self._failures_changed = True

    def fail(self, failure: Failure) -> None:
        """Take a failed run."""
        self.failed[failure.scenario] += 1
        self.new_failures.append(failure)
        self._failures[failure.key] = failure
        self._failures_changed = True
        self._last = time.monotonic()

    def keep_up(self, eta: float | None) -> None:
        """Do what is due: write failures, renew the mark. To be called often."""
        moment = time.monotonic()
        if moment - self._flushed >= FLUSH_SECONDS:
            self._flush()
            self._flushed = moment
        if moment - self._marked >= MARK_SECONDS:
            self._marked = moment
            self._renew(eta)

    def stopping(self) -> None:
        """Say in the mark that no more runs are wanted."""
        self.mark = self.mark.model_copy(update={"stopping": True})
        self._renew(None)

    def _renew(self, eta: float | None) -> None:
        counts = {"done": self.done.total(), "failed": self.failed.total()}
        times = {"updated": now(), "seconds": self.seconds, "eta": eta}
        self.mark = self.mark.model_copy(update=counts | times)
        self._guarded(running.renew, self._store.folder, self.mark)

    def _flush(self) -> None:
        if self._failures_changed:
            self._guarded(
                failures.write, self._store.folder, self._failures.values(), self._store.shard
            )
            self._failures_changed = False

    def _close_session(self) -> None:
        session = self._session
        session.ended = now()
        session.finished, session.failed = self.done.total(), self.failed.total()
        session.interrupted = self.interrupted
        session.seconds = round(self.seconds, 3)
        session.runs_per_second = round(self.rate or 0.0, 4)
        self._guarded(sessions.write, self._store.folder, session)

    def _guarded(self, act: Callable[..., None], *arguments: object) -> None:
        try:
            act(*arguments)
        except OSError as error:
            raise cannot_write(self._store, str(error)) from error


def cannot_write(store: Store, why: str) -> StoreError:
    """Say that the results folder cannot be written."""
    return StoreError(
        f"cannot write to {store.folder}: {why};"
        " what was written before is kept, the same command continues from there"
    )
