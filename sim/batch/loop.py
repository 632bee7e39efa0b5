"""Run a batch: exactly the missing runs of a results folder, in parallel processes."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import store
from sim.batch.crew import Crew, Died
from sim.batch.engine import MESA, Engine
from sim.batch.interrupts import Interrupts
from sim.batch.session import Recorder
from sim.batch.worker import Raised, Runner, Task
from sim.store import failures
from sim.store.blocks import block_of
from sim.store.failures import Failure
from sim.store.folder import Store
from sim.store.parquet import Packed
from sim.store.shelf import Run

KILLS = 3
LOOK_SECONDS = 0.1


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

    ``rate`` and ``eta`` (seconds left) are None while unknown; ``stopping`` tells that
    only runs in progress are being finished, ``active`` how many those are.
    """

    done: int
    failed: int
    total: int
    elapsed: float
    rate: float | None
    eta: float | None
    active: int
    stopping: bool
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
    failures: tuple[Failure, ...]


def run(
    results: Store,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    engine: Engine = MESA,
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
    engine : Engine
        What runs a replicate.

    Returns
    -------
    BatchResult

    Raises
    ------
    StoreError
        When another batch runs in the folder, or results cannot be written.
    CrewError
        When worker processes cannot start.
    ValueError
        When `workers` is below 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    missing = {name: results.missing(name) for name in results.active}
    tasks = _in_order(missing)
    if not tasks:
        return BatchResult(0, 0, 0, False, 0.0, None, 0, ())
    size = min(workers or default_workers(), len(tasks))
    scenarios = {name: results.settings(name) for name in results.active}
    crew = Crew(size, engine, scenarios, results.seed)
    with Interrupts(stop) as interrupts, Recorder(results, missing, size) as recorder:
        loop = _Loop(results, recorder, crew, tasks)
        loop.run(interrupts, progress)
    return loop.result(size)


def rerun(
    folder: str | Path, scenario: str, replicate: int, engine: Engine = MESA
) -> dict[str, Packed]:
    """Repeat one run of a results folder in this process, for debugging; nothing is stored.

    Parameters
    ----------
    folder : path
        The results folder.
    scenario : str
        Scenario name.
    replicate : int
        Replicate number, 0 or more.
    engine : Engine
        What runs it.

    Returns
    -------
    dict of str to dict of str to ndarray
        Columns by table; labels as codes.

    Raises
    ------
    StoreError
        When there is no such folder or scenario.
    Exception
        Whatever the run itself raises.
    """
    results = store.open(folder)
    results.manifest.entry(scenario)
    settings = {scenario: results.settings(scenario)}
    runner = Runner(engine, settings, results.seed)
    return dict(runner.run(Task(scenario, replicate)).tables)


def default_workers() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Loop:
    """Hands out tasks, takes their results, and deals with workers that die."""

    def __init__(
        self,
        results: Store,
        recorder: Recorder,
        crew: Crew,
        tasks: Sequence[Task],
    ) -> None:
        self._results = results
        self._recorder = recorder
        self._crew = crew
        self._totals = Counter(task.scenario for task in tasks)
        self._pending = deque(tasks)
        self._suspects: deque[Task] = deque()
        self._kills: Counter[Task] = Counter()
        self._begun = self._shown = time.monotonic()
        self._timed = False

    def run(self, interrupts: Interrupts, progress: Callable[[Progress], None] | None) -> None:
        """Work until nothing is left, or until interrupted."""
        show = progress or _show_nothing
        show(self._progress(False))
        with self._crew:
            while not interrupts.forced and self._turn(interrupts.asked):
                if time.monotonic() - self._shown >= LOOK_SECONDS:
                    show(self._progress(interrupts.asked))
                    self._shown = time.monotonic()
        self._recorder.interrupted = interrupts.asked and self._left > 0
        show(self._progress(interrupts.asked))

    def result(self, workers: int) -> BatchResult:
        """Tell what was done."""
        return BatchResult(
            done=self._recorder.done.total(),
            failed=self._recorder.failed.total(),
            left=self._left,
            interrupted=self._recorder.interrupted,
            seconds=time.monotonic() - self._begun,
            rate=self._recorder.rate,
            workers=workers,
            failures=tuple(self._recorder.new_failures),
        )

    @property
    def _left(self) -> int:
        return self._totals.total() - self._recorder.ended

    @property
    def _eta(self) -> float | None:
        rate = self._recorder.rate
        return self._left / rate if rate else None

    def _turn(self, stopping: bool) -> bool:
        """Hand out tasks and take news once; False when there is nothing left to wait for."""
        if stopping:
            self._pending.clear()
            self._suspects.clear()
        self._hand_out()
        if not (self._crew.busy or self._pending or self._suspects):
            return False
        for news in self._crew.wait(LOOK_SECONDS):
            self._take(news)
        self._recorder.keep_up(self._eta)
        return True

    def _hand_out(self) -> None:
        if self._crew.ready and not self._timed:
            self._timed = True
            self._recorder.started()
        for hand in self._crew.idle():
            # A run that took its worker down goes last and alone: with too little memory
            # for several at once, one of them may still fit.
            if self._pending:
                self._crew.assign(hand, self._pending.popleft())
            elif self._suspects and not self._crew.busy:
                self._crew.assign(hand, self._suspects.popleft())

    def _take(self, news: Run | Raised | Died) -> None:
        if isinstance(news, Run):
            self._recorder.finish(news)
        elif isinstance(news, Raised):
            self._fail(news.task, news.error, news.message, news.traceback)
        else:
            self._kills[news.task] += 1
            if self._kills[news.task] < KILLS:
                self._suspects.append(news.task)
            else:
                message = f"its worker process {news.how}, {KILLS} times while doing this run"
                self._fail(news.task, "WorkerDied", message, "")

    def _fail(self, task: Task, error: str, message: str, traceback: str) -> None:
        failure = Failure(
            scenario=task.scenario,
            replicate=task.replicate,
            seed=self._results.seed,
            error=error,
            message=message,
            traceback=traceback,
            command=failures.command(self._results.folder, *task),
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
            active=self._crew.busy,
            stopping=stopping,
            scenarios=tuple(
                ScenarioProgress(name, done[name], failed[name], total)
                for name, total in self._totals.items()
            ),
        )


def _in_order(missing: Mapping[str, Sequence[int]]) -> list[Task]:
    """Order runs by block, so that an interrupted batch has the same replicates of each."""
    tasks = [Task(name, replicate) for name, rs in missing.items() for replicate in rs]
    return sorted(tasks, key=lambda task: block_of(task.replicate))


def _show_nothing(_: Progress) -> None:
    pass
