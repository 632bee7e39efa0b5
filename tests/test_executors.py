"""Batches on other pools: threads as Dask's, a Dask cluster, shards without a master."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sim import batch, store
from sim.batch import PoolError, Progress, daskpool
from sim.batch.daskpool import DaskPool
from sim.batch.pool import Pool, Settings, Task, WorkerDiedError
from sim.records import TABLES
from sim.scenario import Loaded
from sim.store.blocks import Shard
from tests.batches import make, table_bytes
from tests.fake_engine import ENGINE

SEED = 7
ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def pair(tmp_path: Path) -> list[Loaded]:
    return [make(tmp_path / "files", "a"), make(tmp_path / "files", "b", "What if?")]


@pytest.fixture
def undisturbed(tmp_path: Path, pair: list[Loaded]) -> dict[str, bytes]:
    batch.run(store.create_or_open(tmp_path / "undisturbed", pair, SEED, 30), 2, engine=ENGINE)
    return table_bytes(tmp_path / "undisturbed")


class Threads:
    """As much of Dask's client as a batch needs, on threads of this process."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(2)

    def submit(self, function: Callable[..., Any], *arguments: object, **_: object) -> Any:
        return self.executor.submit(function, *arguments)

    scheduler = SimpleNamespace(ncores=lambda: {"here": 1})

    def sync(self, function: Callable[..., Any], callback_timeout: float) -> Any:  # noqa: ARG002
        return function()

    def close(self, timeout: float) -> None:  # noqa: ARG002
        self.executor.shutdown()


@pytest.fixture
def threads() -> Iterator[Pool]:
    pool = DaskPool(Threads(), (WorkerDiedError,))
    yield pool
    pool.close()


def test_threads_give_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes], threads: Pool
) -> None:
    results = store.create_or_open(tmp_path / "results", pair, SEED, 30)
    outcome = batch.run(results, engine=ENGINE, pool=threads)
    assert (outcome.done, outcome.failed, outcome.left) == (60, 0, 0)
    assert table_bytes(tmp_path / "results") == undisturbed


def test_a_poisonous_run_elsewhere_is_found_and_set_aside(tmp_path: Path) -> None:
    class Dying(Threads):
        def submit(self, function: Callable[..., Any], *arguments: Any, **more: object) -> Any:
            def do(settings: Settings, task: Task) -> Any:
                if 7 in task.replicates:
                    raise WorkerDiedError("died")
                return function(settings, task)

            return super().submit(do, *arguments, **more)

    loaded = make(tmp_path / "files", "a", "fail:12")
    results = store.create_or_open(tmp_path / "results", [loaded], SEED, 20)
    with closing(DaskPool(Dying(), (WorkerDiedError,))) as pool:
        outcome = batch.run(results, engine=ENGINE, pool=pool)
    assert (outcome.done, outcome.failed, outcome.left) == (18, 2, 0)
    assert {(f.replicate, f.error) for f in outcome.failures} == {
        (7, "WorkerDied"),
        (12, "RuntimeError"),
    }
    assert results.missing("a") == [7, 12]


def test_a_stopped_batch_elsewhere_stores_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: Pool
) -> None:
    monkeypatch.setattr("sim.batch.worker.LOOK_SECONDS", 0.0)
    last_block = ",".join(map(str, range(100, 125)))
    loaded = make(tmp_path / "files", "a", f"slow:{last_block} wait:0.2")
    results = store.create_or_open(tmp_path / "results", [loaded], SEED, 125)
    stop = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.done == 100:
            stop.set()

    outcome = batch.run(results, engine=ENGINE, pool=threads, progress=stop_soon, stop=stop)
    assert outcome.interrupted
    assert 100 < outcome.done < 120
    assert len(results.finished("a")) == outcome.done


def test_workers_that_cannot_work_end_the_batch(tmp_path: Path, pair: list[Loaded]) -> None:
    results = store.create_or_open(tmp_path / "results", pair, SEED, 30)

    class Away(Threads):
        def submit(self, function: Callable[..., Any], *arguments: object, **more: object) -> Any:
            (results.folder / "manifest.json").unlink(missing_ok=True)
            return super().submit(function, *arguments, **more)

    with closing(DaskPool(Away(), ())) as pool, pytest.raises(PoolError, match="does not see"):
        batch.run(results, engine=ENGINE, pool=pool)


@pytest.mark.parametrize("text", ["dusk=x", "dask", "dask=", "slurm"])
def test_unknown_executors_are_refused(text: str) -> None:
    with pytest.raises(PoolError, match="write local, or dask=ADDRESS"):
        daskpool.find(text)
    assert daskpool.find("local") is None


# Dask, with a scheduler and two workers as processes of their own


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    pytest.importorskip("distributed")
    scheduler = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    log = (tmp_path / "dask.log").open("wb")

    def start(*arguments: object) -> subprocess.Popen[bytes]:
        words = list(map(str, arguments))
        return subprocess.Popen(words, env=ENVIRONMENT, cwd=tmp_path, stdout=log, stderr=log)

    started = [
        start(*command, "--port", 0, "--no-dashboard", "--no-show", "--scheduler-file", scheduler)
    ]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-dashboard", "--no-nanny"]
    started += [start(*worker, "--nthreads", 1, "--scheduler-file", scheduler) for _ in range(2)]
    try:
        for _ in range(300):
            if scheduler.exists():
                break
            time.sleep(0.1)
        yield f"dask={scheduler}", started
    finally:
        for process in started:
            process.kill()
            process.wait()
        log.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Dask are its own
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_bytes(
    tmp_path: Path, dask: tuple[str, list[subprocess.Popen[bytes]]], undisturbed: dict[str, bytes]
) -> None:
    address, (_, *workers) = dask
    slow = [make(tmp_path / "slow", name, "wait:0.05") for name in ("a", "b")]
    results = store.create_or_open(tmp_path / "results", slow, SEED, 30)

    def kill_one(progress: Progress) -> None:
        if progress.done:
            workers[0].send_signal(signal.SIGKILL)

    pool = daskpool.find(address)
    assert pool is not None
    with closing(pool):
        outcome = batch.run(results, engine=ENGINE, pool=pool, progress=kill_one)
    assert workers[0].wait(10) == -signal.SIGKILL
    assert (outcome.done, outcome.failed, outcome.left) == (60, 0, 0)
    assert table_bytes(tmp_path / "results") == undisturbed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_scheduler_that_is_lost_is_noticed_within_half_a_minute(
    tmp_path: Path, dask: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, (scheduler, *_) = dask
    slow = make(tmp_path / "slow", "a", "wait:0.5")
    results = store.create_or_open(tmp_path / "results", [slow], SEED, 100)
    killed: list[float] = []

    def kill(progress: Progress) -> None:
        if progress.done and not killed:
            scheduler.send_signal(signal.SIGKILL)
            killed.append(time.monotonic())

    pool = daskpool.find(address)
    assert pool is not None
    with pytest.raises(PoolError, match=r"has not answered for .* the same command continues"):
        batch.run(results, engine=ENGINE, pool=pool, progress=kill)
    pool.close()
    assert time.monotonic() - killed[0] < 30
    assert len(results.finished("a")) >= 5


def test_a_scheduler_that_answers_again_in_time_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = [0.0]
    monkeypatch.setattr(daskpool.time, "monotonic", lambda: moment[0])

    class Silent(Threads):
        silent = False

        def sync(self, function: Callable[..., Any], callback_timeout: float) -> Any:
            if self.silent:
                raise TimeoutError
            return super().sync(function, callback_timeout)

    client = Silent()
    with closing(DaskPool(client, ())) as pool:
        for second, silent in ((0, False), (6, True), (12, True), (18, False), (30, True)):
            moment[0], client.silent = second, silent
            assert pool.slots() == 2
        moment[0] = 36
        with pytest.raises(PoolError, match=r"not answered for 18 s \(TimeoutError\)"):
            pool.slots()


# Shards: processes that share nothing but the folder

SHARD = """
import sys
from sim import batch, scenario, store
from sim.store import blocks
from tests.fake_engine import ENGINE

loaded = [scenario.load(path) for path in sys.argv[3:]]
results = store.create_or_open(sys.argv[1], loaded, 7, 130, blocks.parse_shard(sys.argv[2]))
outcome = batch.run(results, 1, engine=ENGINE)
print(outcome.done, outcome.left)
"""


def shard(folder: Path, part: str, scenarios: list[Loaded]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHARD, str(folder), part, *(str(one.path) for one in scenarios)],
        env=ENVIRONMENT,
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_shards_fill_one_folder_though_one_is_killed_and_the_cut_changes(tmp_path: Path) -> None:
    slow = [make(tmp_path / "files", name, "wait:0.01") for name in ("a", "b")]
    folder = tmp_path / "results"
    parts = [shard(folder, f"{k}/3", slow) for k in (1, 2, 3)]
    while parts[1].poll() is None and not list(folder.glob("runs/*/*.parquet")):
        time.sleep(0.01)
    os.killpg(parts[1].pid, signal.SIGKILL)
    told = [part.communicate(timeout=60) for part in parts]
    assert [part.returncode for part in parts] == [0, -signal.SIGKILL, 0], told
    results = store.open(folder)
    missing = {name: results.missing(name) for name in ("a", "b")}
    assert sum(map(len, missing.values()))
    assert all(Shard(2, 3).holds(n, b) for n in missing for b, _ in results.missing_by_block(n))
    assert results.summary().killed or len(results.sessions()) == 3
    again = [shard(folder, f"{k}/2", slow) for k in (1, 2)]
    done = [part.communicate(timeout=60) for part in again]
    assert sum(int(out.split()[0]) for out, _ in done) == sum(map(len, missing.values())), done
    plain = [make(tmp_path / "plain", name) for name in ("a", "b")]
    at_once = store.create_or_open(tmp_path / "once", plain, SEED, 130)
    batch.run(at_once, 2, engine=ENGINE)
    assert table_bytes(folder) == table_bytes(tmp_path / "once")
    assert len(table_bytes(folder)) == 2 * 22 * len(TABLES)
    assert not list(folder.rglob("*.tmp"))
    assert len(store.open(folder).sessions()) == 5
