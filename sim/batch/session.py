"""One session of a batch: takes finished and failed runs and brings them to disk."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from sim.store import failures, manifest, provenance, running
from sim.store.blocks import Block, block_of
from sim.store.failures import Failure
from sim.store.folder import Store
from sim.store.manifest import Session, StoreError, now
from sim.store.shelf import Run

FLUSH_SECONDS = 20.0
FLUSH_SHARE = 0.05
MARK_SECONDS = 2.0


class Recorder:
    """Writes a session's results; a context manager.

    A block's files are written when its last run has ended, and every `FLUSH_SECONDS`
    with what there is, so that little is lost when the computer goes down.

    Parameters
    ----------
    store : Store
        The results folder.
    missing : mapping of str to sequence of int
        Replicates that this session runs, by scenario.
    workers : int
        Number of worker processes.
    """

    def __init__(self, store: Store, missing: Mapping[str, Sequence[int]], workers: int) -> None:
        self._store = store
        self._open = Counter((name, block_of(r)) for name, rs in missing.items() for r in rs)
        self._waiting: dict[tuple[str, Block], list[Run]] = defaultdict(list)
        self._failures = failures.read(store.folder)
        self._failures_changed = False
        self._mark = running.new_mark(workers, sum(len(rs) for rs in missing.values()))
        self._session = Session(started=now(), workers=workers, provenance=provenance.gather())
        self._start = self._last = self._flushed = self._marked = time.monotonic()
        self._pause = FLUSH_SECONDS
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.new_failures: list[Failure] = []
        self.interrupted = False

    def __enter__(self) -> Recorder:
        running.acquire(self._store.folder, self._mark)
        try:
            # Another batch may have run and ended since the store was opened.
            earlier = manifest.read(self._store.folder).sessions
            self._store.manifest.sessions = [*earlier, self._session]
            self._guarded(manifest.write, self._store.folder, self._store.manifest)
        except BaseException:
            running.release(self._store.folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # After a failed write there is nothing more to be saved.
            if not isinstance(error, StoreError):
                self._flush()
                self._close_session()
        finally:
            running.release(self._store.folder)

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

    def finish(self, run: Run) -> None:
        """Take a finished run.

        Parameters
        ----------
        run : Run
            Its rows.

        Raises
        ------
        StoreError
            When a file cannot be written.
        """
        self.done[run.scenario] += 1
        if self._failures.pop((run.scenario, run.replicate), None):
            self._failures_changed = True
        block = block_of(run.replicate)
        self._waiting[run.scenario, block].append(run)
        self._end(run.scenario, block)

    def fail(self, failure: Failure) -> None:
        """Take a failed run.

        Parameters
        ----------
        failure : Failure
            Why it failed.

        Raises
        ------
        StoreError
            When a file cannot be written.
        """
        self.failed[failure.scenario] += 1
        self.new_failures.append(failure)
        self._failures[failure.key] = failure
        self._failures_changed = True
        self._end(failure.scenario, block_of(failure.replicate))

    def keep_up(self, eta: float | None) -> None:
        """Do what is due: write waiting runs, renew the mark. To be called often.

        Parameters
        ----------
        eta : float or None
            Seconds left, for the mark.

        Raises
        ------
        StoreError
            When a file cannot be written.
        """
        moment = time.monotonic()
        if moment - self._flushed >= self._pause:
            self._flush()
            # Rewriting large blocks takes time: keep it to a small share of the session.
            self._flushed = time.monotonic()
            self._pause = max(FLUSH_SECONDS, (self._flushed - moment) / FLUSH_SHARE)
        if moment - self._marked >= MARK_SECONDS:
            self._marked = moment
            counts = {"done": self.done.total(), "failed": self.failed.total()}
            times = {"updated": now(), "seconds": self.seconds, "eta": eta}
            self._mark = self._mark.model_copy(update=counts | times)
            self._guarded(running.renew, self._store.folder, self._mark)

    def _end(self, scenario: str, block: Block) -> None:
        self._last = time.monotonic()
        self._open[scenario, block] -= 1
        if not self._open[scenario, block]:
            self._write(scenario, block)

    def _flush(self) -> None:
        for scenario, block in list(self._waiting):
            self._write(scenario, block)
        if self._failures_changed:
            self._guarded(failures.write, self._store.folder, self._failures.values())
            self._failures_changed = False

    def _write(self, scenario: str, block: Block) -> None:
        runs = self._waiting.pop((scenario, block), None)
        if runs:
            self._guarded(self._store.shelf.put, block, runs)

    def _close_session(self) -> None:
        session = self._session
        session.ended = now()
        session.finished, session.failed = self.done.total(), self.failed.total()
        session.interrupted = self.interrupted
        session.seconds = round(self.seconds, 3)
        session.runs_per_second = round(self.rate or 0.0, 4)
        self._guarded(manifest.write, self._store.folder, self._store.manifest)

    def _guarded(self, act: Callable[..., None], *arguments: object) -> None:
        try:
            act(*arguments)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self._store.folder}: {error};"
                " what was written before is kept, the same command continues from there"
            ) from error
