"""Run a batch: exactly the missing runs of a results folder, in parallel processes."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from sim.batch import choice, session
from sim.batch.backlog import KILLS, Backlog, Work
from sim.batch.crew import Crew
from sim.batch.engine import Engine
from sim.batch.futures import Futures, Pool, Wish
from sim.batch.interrupts import Interrupts
from sim.batch.processes import Processes
from sim.batch.progress import BatchResult, Progress, ScenarioProgress
from sim.batch.runner import Job
from sim.batch.session import Recorder, cannot_write
from sim.batch.task import (
    Began,
    Died,
    Ended,
    Finished,
    GaveUp,
    Key,
    News,
    Raised,
    Stored,
    Task,
)
from sim.parameters import Scenario
from sim.store import failures
from sim.store.failures import Failure
from sim.store.folder import Store
from sim.store.manifest import StoreError

LOOK_SECONDS = 0.1


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
        Worker processes, 1 or more; by default one per available processor.
    progress : callable, optional
        Called several times a second with a `Progress`.
    stop : threading.Event, optional
        Setting it stops the batch like Ctrl-C.
    engine : Engine or {"auto", "compiled", "interpreted", "mesa"}
        What runs a replicate; see `choice.choose`.
    pool : Pool, optional
        Workers elsewhere, such as those of a cluster (`cluster.pool`); by default processes
        of this computer.

    Returns
    -------
    BatchResult

    Raises
    ------
    StoreError
        When another batch runs in the folder, results cannot be written, or the folder was
        made with a model that `results` was not opened with.
    CrewError
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
        totals[task.key.scenario] += len(task.replicates)
    if isinstance(engine, str):
        engine = choice.choose(engine, _plain(results), totals, size, results.model)
    settings = {name: results.settings(name) for name in results.active}
    folder = results.folder.absolute()
    job = Job(engine, settings, results.seed, folder, session.FLUSH_SECONDS)
    with (
        Interrupts(stop) as interrupts,
        Recorder(results, engine.name, size, totals.total()) as recorder,
    ):
        crew: Crew = Processes(size, job)
        if pool is not None:
            mark = results.folder.absolute() / recorder.mark.file_name
            crew = Futures(pool, job, Wish(mark, recorder.mark.identity))
        loop = _Loop(results, recorder, crew, tasks, totals)
        loop.run(interrupts, progress)
    return loop.result(size, engine.name)


def default_workers() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Loop:
    """Hands out tasks, hears what becomes of them, and deals with workers that die."""

    def __init__(
        self,
        results: Store,
        recorder: Recorder,
        crew: Crew,
        tasks: Iterable[Task],
        totals: Counter[str],
    ) -> None:
        self._results = results
        self._recorder = recorder
        self._crew = crew
        self._totals = totals
        self._backlog = Backlog(tasks)
        self._begun = self._shown = time.monotonic()
        self._timed = self._stopped = self._dropped = False

    def run(self, interrupts: Interrupts, progress: Callable[[Progress], None] | None) -> None:
        """Work until nothing is left, or until interrupted."""
        show = progress or _show_nothing
        show(self._progress(False))
        with self._crew:
            while self._turn(interrupts):
                if time.monotonic() - self._shown >= LOOK_SECONDS:
                    show(self._progress(interrupts.asked))
                    self._shown = time.monotonic()
        for work in self._backlog.works.values():
            self._recorder.lose(work.task.key.scenario, len(work.unstored))
        self._recorder.interrupted = interrupts.asked and self._left > 0
        show(self._progress(interrupts.asked))

    def result(self, workers: int, engine: str) -> BatchResult:
        """Tell what was done."""
        return BatchResult(
            done=self._recorder.done.total(),
            failed=self._recorder.failed.total(),
            left=self._left,
            interrupted=self._recorder.interrupted,
            seconds=time.monotonic() - self._begun,
            rate=self._recorder.rate,
            workers=workers,
            engine=engine,
            failures=tuple(self._recorder.new_failures),
        )

    @property
    def _left(self) -> int:
        return self._totals.total() - self._recorder.ended

    @property
    def _eta(self) -> float | None:
        rate = self._recorder.rate
        return self._left / rate if rate else None

    def _turn(self, interrupts: Interrupts) -> bool:
        """Hand out tasks and take news once; False when there is nothing left to wait for."""
        if interrupts.asked:
            self._stop(interrupts.forced)
        self._hand_out()
        if not self._backlog:
            return False
        for key, news in self._crew.wait(LOOK_SECONDS):
            self._take(self._backlog.works[key], news)
        self._recorder.keep_up(self._eta)
        return not self._crew.overdue

    def _stop(self, at_once: bool) -> None:
        self._backlog.drop()
        if not self._stopped:
            self._stopped = True
            self._recorder.stopping()
            self._crew.stop()
        if at_once and not self._dropped:
            self._dropped = True
            self._crew.drop()

    def _hand_out(self) -> None:
        if self._crew.ready and not self._timed:
            self._timed = True
            self._recorder.started()
        for _ in range(self._crew.idle):
            task = self._backlog.begin()
            if task is None:
                break
            self._crew.assign(task)

    def _take(self, work: Work, news: News) -> None:
        key = work.task.key
        match news:
            case Began(replicates):
                work.began = replicates
            case Finished(replicates):
                work.finish(replicates)
                self._recorder.finish(key.scenario, len(replicates))
            case Stored(replicates):
                self._recorder.finish(key.scenario, work.store(replicates))
                self._recorder.keep(key.scenario, replicates)
            case Raised(replicate):
                work.fail(replicate)
                self._fail(key, replicate, news.error, news.message, news.traceback)
            case Died(how):
                self._died(work, how)
            case GaveUp(message, unwritable):
                raise cannot_write(self._results, message) if unwritable else StoreError(message)
            case Ended():
                self._backlog.end(work)

    def _died(self, work: Work, how: str) -> None:
        key = work.task.key
        self._backlog.end(work)
        self._recorder.lose(key.scenario, len(work.unstored))
        guilty = None if self._stopped else self._backlog.again(work)
        if guilty is not None:
            message = f"its worker process {how}, {KILLS} times while doing this run"
            self._fail(key, guilty, "WorkerDied", message, "")

    def _fail(self, key: Key, replicate: int, error: str, message: str, traceback: str) -> None:
        asked = self._results.model.asked if self._results.model else ""
        failure = Failure(
            scenario=key.scenario,
            replicate=replicate,
            seed=self._results.seed,
            error=error,
            message=message,
            traceback=traceback,
            command=failures.command(
                self._results.folder, key.scenario, self._results.seed, replicate, asked
            ),
        )
        self._recorder.fail(failure)

    def _progress(self, stopping: bool) -> Progress:
        done, failed = self._recorder.done, self._recorder.failed
        return Progress(
            done=done.total(),
            failed=failed.total(),
            total=self._totals.total(),
            elapsed=time.monotonic() - self._begun,
            rate=self._recorder.rate,
            eta=self._eta,
            active=sum(len(work.began) for work in self._backlog.works.values()),
            stopping=stopping,
            preparing=self._crew.preparing,
            scenarios=tuple(
                ScenarioProgress(name, done[name], failed[name], total)
                for name, total in self._totals.items()
            ),
        )


def _plain(results: Store) -> dict[str, Scenario]:
    return {name: loaded.scenario for name, loaded in results.scenarios.items()}


def _in_order(results: Store) -> list[Task]:
    """Order tasks by block, so that an interrupted batch has the same replicates of each."""
    tasks = [
        Task(Key(name, block), replicates)
        for name in results.active
        for block, replicates in results.missing_by_block(name)
    ]
    return sorted(tasks, key=lambda task: task.key.block)


def _show_nothing(_: Progress) -> None:
    pass
