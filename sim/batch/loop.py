"""Run a batch: exactly the missing runs of a results folder, in parallel processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from queue import Empty, SimpleQueue
from typing import Any

from sim.batch import choice
from sim.batch.engine import Engine
from sim.batch.herepool import HerePool
from sim.batch.localpool import GRACE_SECONDS, LocalPool
from sim.batch.pool import Began, Finished, Pool, PoolError, Raised, Settings, Task, UnwritableError
from sim.batch.session import BatchResult, Progress, Recorder, cannot_write
from sim.batch.taskqueue import KILLS, StartedTask, TaskQueue
from sim.batch.worker import STOP_SIGNALS
from sim.store import failures
from sim.store.failures import Failure
from sim.store.files import StoreError
from sim.store.folder import Store

LOOK_SECONDS = 0.1
STORE_SECONDS = 20.0


def run(
    results: Store,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    engine: Engine | str = "auto",
    pool: Pool | None = None,
) -> BatchResult:
    """Run the missing replicates of a store's active scenarios.

    In the main thread, Ctrl-C (or SIGTERM) lets the runs in progress finish and stops; a
    second one drops them. Everything that finished is stored in either case.

    Parameters
    ----------
    results : Store
        From `store.create_or_open`.
    workers : int, optional
        Worker processes, 1 or more; by default one per available processor, fewer for a batch
        that is done before they have started, and none but this one for a moment's work.
    progress : callable, optional
        Called several times a second with a `Progress`.
    stop : threading.Event, optional
        Setting it stops the batch like Ctrl-C.
    engine : Engine or {"auto", "compiled", "interpreted", "mesa"}
        What runs a replicate; see `choice.choose`.
    pool : Pool, optional
        Workers elsewhere, such as those of a cluster (`daskpool.find`), which stay open; by
        default processes of this computer.

    Returns
    -------
    BatchResult

    Raises
    ------
    StoreError
        When another batch runs in the folder, results cannot be written, or the folder was
        made with a model that `results` was not opened with.
    PoolError
        When worker processes cannot start.
    EngineError
        When the engine that was asked for cannot run here.
    ValueError
        When `workers` is below 1, or for an unknown engine.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    results.check_model(results.model)
    tasks = _in_order(results)
    if not tasks:
        return BatchResult(0, 0, 0, False, 0.0, None, 0, "", ())
    size = min(pool.slots() if pool else workers or default_workers(), len(tasks))
    totals = Counter[str]()
    for task in tasks:
        totals[task.scenario] += len(task.replicates)
    scenarios = {name: results.settings(name) for name in results.active}
    if isinstance(engine, str):
        engine = choice.choose(engine, scenarios, totals, size, results.model)
        if workers is None and pool is None:
            size = choice.fitting_workers(engine, scenarios, totals, size)
    with (
        _Interrupts(stop) as interrupts,
        Recorder(results, engine.name, max(1, size), tasks) as recorder,
    ):
        folder = results.folder.absolute()
        settings = Settings(
            engine=engine,
            scenarios=scenarios,
            seed=results.seed,
            folder=folder,
            made_by=results.blocks.settings,
            tables=results.blocks.tables,
            lock=folder / recorder.lock.file_name,
            identity=recorder.lock.identity,
            store_seconds=STORE_SECONDS,
        )
        own = pool or (LocalPool(size, engine) if size else HerePool())
        with nullcontext(own) if pool else closing(own) as used:
            _Loop(results, recorder, used, settings, tasks).run(interrupts, progress)
    return recorder.result()


def default_workers() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Interrupts:
    """Counts how often Ctrl-C or SIGTERM came; a context manager for the main thread.

    Once means to stop, twice to stop at once. Elsewhere only a caller's own event counts.
    """

    def __init__(self, event: threading.Event | None) -> None:
        self._event = event
        self._signals = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                self._before[number] = signal.signal(number, self._count)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        """Whether to start nothing more."""
        return self._signals > 0 or (self._event is not None and self._event.is_set())

    @property
    def forced(self) -> bool:
        """Whether to drop what is in progress, too."""
        return self._signals > 1

    def _count(self, *_: object) -> None:
        self._signals += 1


class _Loop:
    """Hands out tasks, hears what becomes of them, and deals with workers that die."""

    def __init__(
        self,
        results: Store,
        recorder: Recorder,
        pool: Pool,
        settings: Settings,
        tasks: Iterable[Task],
    ) -> None:
        self._results = results
        self._recorder = recorder
        self._pool = pool
        self._settings = settings
        self._queue = TaskQueue(tasks)
        self._news: SimpleQueue[tuple[StartedTask, Any]] = SimpleQueue()
        self._shown = time.monotonic()
        self._patience = float("inf")
        self._stopped = False
        self._stage = (False, False)

    def run(self, interrupts: _Interrupts, progress: Callable[[Progress], None] | None) -> None:
        """StartedTask until nothing is left, or until interrupted."""
        show = progress or (lambda _: None)
        show(self._progress(False))
        while self._turn(interrupts):
            if time.monotonic() - self._shown >= LOOK_SECONDS:
                show(self._progress(interrupts.asked))
                self._shown = time.monotonic()
        for started in self._queue.started:
            self._recorder.finish(started.task.scenario, -len(started.finished))
        self._recorder.interrupted = interrupts.asked and self._recorder.left > 0
        show(self._progress(interrupts.asked))

    def _turn(self, interrupts: _Interrupts) -> bool:
        """Hand out tasks and take news once; False when there is nothing left to wait for."""
        if interrupts.asked:
            self._stop(interrupts.forced)
        self._hand_out()
        if not self._queue:
            return False
        self._hear()
        self._recorder.update()
        return time.monotonic() <= self._patience

    def _stop(self, at_once: bool) -> None:
        self._queue.drop()
        if not self._stopped:
            self._stopped = True
            self._recorder.stopping()  # workers see it in the batch's lock
            for started in self._queue.started:
                started.future.cancel()
        if at_once and self._patience == float("inf"):
            self._patience = time.monotonic() + GRACE_SECONDS
            self._pool.drop()

    def _hand_out(self) -> None:
        stage = (self._pool.ready, self._pool.preparing)
        if stage != self._stage:
            self._stage = stage
            self._recorder.started(*stage)
        for _ in range(self._pool.slots() - len(self._queue.started)):
            started = self._queue.begin()
            if started is None:
                break
            self._submit(started)

    def _submit(self, started: StartedTask) -> None:
        def hear(news: Any) -> None:
            self._news.put((started, news))

        started.future = self._pool.submit(self._settings, started.task, hear)
        started.future.add_done_callback(hear)

    def _hear(self) -> None:
        try:
            started, news = self._news.get(timeout=LOOK_SECONDS)
            while True:
                self._take(started, news)
                started, news = self._news.get_nowait()
        except Empty:
            return

    def _take(self, started: StartedTask, news: Any) -> None:
        match news:
            case Began(replicates):
                started.began = replicates
            case Finished(replicates):
                started.began = ()
                started.finished.update(replicates)
                self._recorder.finish(started.task.scenario, len(replicates))
            case Raised():
                self._raised(started, news)
            case future:
                self._queue.end(started)
                if not future.cancelled():
                    self._end(started, future)

    def _end(self, started: StartedTask, future: Any) -> None:
        try:
            done = future.result()
        except self._pool.died as error:
            self._died(started, str(error))
        except UnwritableError as error:
            raise cannot_write(self._results, str(error)) from None
        except (StoreError, PoolError):
            raise
        except Exception as error:
            raise PoolError(f"the workers cannot work: {type(error).__name__}: {error}") from error
        else:
            for raised in done.failed:
                self._raised(started, raised)
            self._stored(started, done.stored)

    def _stored(self, started: StartedTask, replicates: Iterable[int]) -> None:
        """Count what is stored of a task that is over, in place of what was heard to finish."""
        stored = started.left.intersection(replicates)
        started.left -= stored
        self._recorder.finish(started.task.scenario, len(stored) - len(started.finished))
        self._recorder.stored(started.task.scenario, stored)

    def _died(self, started: StartedTask, how: str) -> None:
        task = started.task
        self._stored(started, self._results.blocks.finished(task.scenario, task.block))
        guilty = None if self._stopped or not started.left else self._queue.again(started)
        if guilty is not None:
            message = f"its worker process {how}, {KILLS} times while doing this run"
            self._raised(started, Raised(guilty, "WorkerDied", message, ""))

    def _raised(self, started: StartedTask, raised: Raised) -> None:
        if raised.replicate not in started.left:
            return
        started.began = ()
        started.left.discard(raised.replicate)
        name, results = started.task.scenario, self._results
        asked = results.model.asked if results.model else ""
        failure = Failure(
            scenario=name,
            replicate=raised.replicate,
            seed=results.seed,
            error=raised.error,
            message=raised.message,
            traceback=raised.traceback,
            command=failures.command(results.folder, name, results.seed, raised.replicate, asked),
        )
        self._recorder.fail(failure)

    def _progress(self, stopping: bool) -> Progress:
        active = sum(len(started.began) for started in self._queue.started)
        return self._recorder.progress(active, stopping)


def _in_order(results: Store) -> list[Task]:
    """Order tasks by block, so that an interrupted batch has the same replicates of each."""
    tasks = [
        Task(name, block, replicates)
        for name in results.active
        for block, replicates in results.missing_by_block(name)
    ]
    return sorted(tasks, key=lambda task: task.block)
