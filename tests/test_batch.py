from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim import batch, engine, scenario, store
from sim.batch import BatchResult, Progress, loop
from sim.batch.engine import Engine
from sim.batch.localpool import LocalPool
from sim.batch.pool import Done, PoolError, Settings, Task
from sim.batch.taskqueue import StartedTask
from sim.batch.worker import BlockWorker
from sim.records import TABLES
from sim.scenario import Loaded
from sim.store import StoreError
from sim.store.blocks import Block
from tests.batches import make, table_bytes
from tests.fake_engine import CHUNKED, ENGINE, PREPARED, ready_file

SEED = 7
ROOT = Path(__file__).parents[1]


def run(
    folder: Path, scenarios: list[Loaded], replicates: int, workers: int = 2, **more: object
) -> BatchResult:
    ticks = more.pop("ticks", None)
    results = store.create_or_open(folder, scenarios, SEED, replicates, ticks=ticks)  # type: ignore[arg-type]
    return batch.run(results, workers, **({"engine": ENGINE} | more))  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def pair(files: Path) -> list[Loaded]:
    return [make(files, "a"), make(files, "b", "What if?")]


@pytest.fixture
def undisturbed(tmp_path: Path, pair: list[Loaded]) -> dict[str, bytes]:
    run(tmp_path / "undisturbed", pair, 30)
    return table_bytes(tmp_path / "undisturbed")


def test_a_batch_runs_everything_once(tmp_path: Path, files: Path) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    counted = make(files, "a", f"count:{counts}")
    first = run(tmp_path / "results", [counted], 10)
    assert (first.done, first.failed, first.left, first.interrupted) == (10, 0, 0, False)
    again = run(tmp_path / "results", [counted], 12)
    assert again.done == 2
    nothing = run(tmp_path / "results", [counted], 12)
    assert (nothing.done, nothing.workers) == (0, 0)
    made = sorted(int(path.name.partition("-")[0]) for path in counts.iterdir())
    assert made == list(range(12))


def test_one_worker_and_another_order_of_scenarios_give_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes]
) -> None:
    run(tmp_path / "other", pair[::-1], 30, workers=1)
    assert table_bytes(tmp_path / "other") == undisturbed
    assert len(undisturbed) == 2 * 6 * len(TABLES)


@pytest.mark.parametrize("workers", [1, 2])
def test_without_ticks_the_other_tables_have_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes], workers: int
) -> None:
    run(tmp_path / "bare", pair, 12, workers, ticks=False)
    run(tmp_path / "bare", pair, 30, workers)
    others = {path: data for path, data in undisturbed.items() if not path.startswith("ticks/")}
    assert table_bytes(tmp_path / "bare") == others


def test_more_replicates_keep_the_first_and_give_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes]
) -> None:
    run(tmp_path / "grown", pair, 4)
    run(tmp_path / "grown", pair[1:], 26)
    few = table_bytes(tmp_path / "grown")
    run(tmp_path / "grown", pair, 30)
    assert table_bytes(tmp_path / "grown") == undisturbed
    whole = "runs/b/000020-000024.parquet"
    assert few[whole] == undisturbed[whole]


def test_a_stopped_batch_goes_on_to_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes]
) -> None:
    stop = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.done:
            stop.set()

    slow = [make(tmp_path / "slow", loaded.name, "wait:0.03") for loaded in pair]
    first = run(tmp_path / "slow-results", slow, 30, progress=stop_soon, stop=stop)
    assert first.interrupted
    assert 0 < first.done < 60
    assert first.done + first.left == 60
    session = store.open(tmp_path / "slow-results").sessions()[-1]
    assert (session.finished, session.interrupted) == (first.done, True)
    second = run(tmp_path / "slow-results", slow, 30)
    assert (second.done, second.left) == (first.left, 0)
    assert table_bytes(tmp_path / "slow-results") == undisturbed


def test_scenarios_advance_block_by_block(tmp_path: Path, files: Path) -> None:
    stop = threading.Event()
    seen: list[Progress] = []

    def stop_soon(progress: Progress) -> None:
        seen.append(progress)
        if progress.done > 5:
            stop.set()

    slow = [make(files, name, "wait:0.05") for name in ("a", "b")]
    run(tmp_path / "results", slow, 30, workers=1, progress=stop_soon, stop=stop)
    first, second = seen[-1].scenarios
    assert first.done == 5
    assert 0 < second.done <= 5


def test_a_failing_run_is_recorded_and_tried_again(
    tmp_path: Path, files: Path, undisturbed: dict[str, bytes]
) -> None:
    fixed = tmp_path / "fixed"
    failing = [make(files, name, f"fail:3,26 unless:{fixed}") for name in ("a", "b")]
    first = run(tmp_path / "results", failing, 30)
    assert (first.done, first.failed, first.left) == (56, 4, 0)
    results = store.open(tmp_path / "results")
    failure = results.failures()[0]
    assert (failure.scenario, failure.replicate, failure.seed) == ("a", 3, SEED)
    assert failure.error == "RuntimeError"
    assert failure.message == "replicate 3 went wrong"
    assert "in _one" in failure.traceback
    assert results.summary().scenarios[0].failed == 2
    with pytest.raises(RuntimeError, match="replicate 3 went wrong"):
        batch.rerun(tmp_path / "results", "a", 3, ENGINE)
    fixed.touch()
    assert run(tmp_path / "results", failing, 30).done == 4
    assert store.open(tmp_path / "results").failures() == []
    assert not (tmp_path / "results" / "failures.jsonl").exists()
    assert table_bytes(tmp_path / "results") == undisturbed


@pytest.mark.parametrize(
    ("question", "message"),
    [("shape:bad", "table ticks must have columns"), ("build:bad", "no such world")],
)
def test_a_scenario_that_never_works_leaves_the_others(
    tmp_path: Path, files: Path, question: str, message: str
) -> None:
    result = run(tmp_path / "results", [make(files, "bad", question), make(files, "good")], 2)
    assert (result.done, result.failed) == (2, 2)
    assert all(message in failure.message for failure in result.failures)


def test_a_killed_worker_costs_nothing(
    tmp_path: Path, files: Path, undisturbed: dict[str, bytes]
) -> None:
    killed = [make(files, name, f"killonce:5 unless:{tmp_path / name}") for name in ("a", "b")]
    result = run(tmp_path / "results", killed, 30)
    assert (result.done, result.failed) == (60, 0)
    assert (tmp_path / "a").exists()
    assert table_bytes(tmp_path / "results") == undisturbed


def test_a_run_that_always_kills_its_worker_is_set_aside(tmp_path: Path, files: Path) -> None:
    result = run(tmp_path / "results", [make(files, "a", "kill:1")], 4)
    assert (result.done, result.failed) == (3, 1)
    [failure] = result.failures
    assert (failure.replicate, failure.error) == (1, "WorkerDied")
    assert "SIGKILL" in failure.message
    assert store.open(tmp_path / "results").missing("a") == [1]


def test_a_task_given_again_repeats_only_what_is_not_stored(tmp_path: Path, files: Path) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    loaded = make(files, "a", f"count:{counts}")
    results = store.create_or_open(tmp_path / "results", [loaded], SEED, 5)
    folder, contents = results.folder, results.manifest
    lock, us = folder / "running.json", ("here", 1, "")
    worker = BlockWorker(
        Settings(
            ENGINE,
            {"a": loaded.scenario},
            SEED,
            folder,
            contents.settings,
            contents.tables,
            lock,
            us,
            60.0,
        )
    )
    for replicates in ((0, 1, 3), (0, 1, 2, 3, 4)):
        done = worker.do(Task("a", Block(0, 4), replicates), lambda _: None, lambda: False)
        assert done == Done(replicates, ())
    assert len(list(counts.iterdir())) == 5


@pytest.mark.parametrize("poison", ["kill:11,33", "kill:0,49"])
def test_of_replicates_simulated_together_the_poisonous_ones_are_found(
    tmp_path: Path, files: Path, poison: str
) -> None:
    result = run(tmp_path / "results", [make(files, "a", poison)], 50, engine=CHUNKED)
    found = {failure.replicate for failure in result.failures}
    assert (result.done, result.failed, result.left) == (48, 2, 0)
    assert poison == "kill:" + ",".join(map(str, sorted(found)))
    assert set(store.open(tmp_path / "results").missing("a")) == found


def test_of_replicates_simulated_together_a_failing_one_is_named(
    tmp_path: Path, files: Path
) -> None:
    failing = [make(files, "a", "fail:3,101")]
    result = run(tmp_path / "results", failing, 126, engine=CHUNKED)
    assert {failure.replicate for failure in result.failures} == {3, 101}
    assert all("in _one" in failure.traceback for failure in result.failures)
    assert (result.done, result.failed) == (124, 2)


def test_replicates_simulated_together_give_the_same_bytes(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes]
) -> None:
    run(tmp_path / "results", pair, 30, engine=CHUNKED)
    assert table_bytes(tmp_path / "results") == undisturbed
    engines = [session.engine for session in store.open(tmp_path / "results").sessions()]
    assert engines == ["chunked"]


def test_runs_go_on_while_an_engine_is_prepared_once(tmp_path: Path, files: Path) -> None:
    seen: list[Progress] = []
    loaded = make(files, "a", "wait:0.05")
    try:
        result = run(tmp_path / "results", [loaded], 20, engine=PREPARED, progress=seen.append)
        assert len(ready_file().read_text(encoding="utf-8").splitlines()) == 1
    finally:
        ready_file().unlink(missing_ok=True)
    assert (result.done, result.workers) == (20, 2)
    early = [progress.done for progress in seen if progress.preparing]
    assert 0 < max(early) < 20
    assert not seen[-1].preparing


def test_an_engine_that_cannot_be_prepared_ends_the_batch(tmp_path: Path, files: Path) -> None:
    results = store.create_or_open(tmp_path / "results", [make(files, "a", "wait:0.05")], SEED, 100)
    engine = replace(PREPARED, prepare="tests.no_such_module:prepare")
    with pytest.raises(batch.PoolError, match=r"cannot load the engine(.|\n)*no_such_module"):
        batch.run(results, 2, engine=engine)
    assert run(tmp_path / "results", [make(files, "a", "wait:0.05")], 100).left == 0


def test_an_engine_that_cannot_be_loaded_ends_the_batch(tmp_path: Path, files: Path) -> None:
    results = store.create_or_open(tmp_path / "results", [make(files, "a")], SEED, 2)
    engine = Engine("none", "tests.no_such_module:build", "tests.fake_engine:simulate")
    with pytest.raises(batch.PoolError, match="no_such_module"):
        batch.run(results, 2, engine=engine)
    assert store.open(tmp_path / "results").summary().running == ()


def test_tasks_that_are_over_take_no_memory(tmp_path: Path, files: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        run(tmp_path / "results", [make(files, "a")], 30)
        assert not [each for each in gc.get_objects() if type(each) is StartedTask]
    finally:
        gc.enable()


def test_progress_is_told_run_by_run(tmp_path: Path, files: Path) -> None:
    seen: list[Progress] = []
    scenarios = [make(files, "a", "wait:0.02 fail:2"), make(files, "b", "wait:0.02")]
    run(tmp_path / "results", scenarios, 30, progress=seen.append)
    ended = [progress.done + progress.failed for progress in seen]
    assert ended == sorted(ended)
    assert (ended[0], ended[-1]) == (0, 60)
    assert len(set(ended)) > 3
    assert seen[-1].eta == 0
    assert seen[0].rate is None
    assert [(s.name, s.done, s.failed, s.total) for s in seen[-1].scenarios] == [
        ("a", 29, 1, 30),
        ("b", 30, 0, 30),
    ]


def test_status_of_a_running_batch(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.batch.session.RENEW_SECONDS", 0.0)
    loaded = make(files, "a", "wait:0.02")
    seen = []

    def look(_: Progress) -> None:
        seen.extend(store.open(tmp_path / "results").summary().running)
        with pytest.raises(StoreError, match="already running"):
            run(tmp_path / "results", [loaded], 20)

    run(tmp_path / "results", [loaded], 20, progress=look)
    assert all(lock.total == 20 for lock in seen)
    assert seen[-1].done > 0
    assert seen[-1].eta is not None
    assert store.open(tmp_path / "results").summary().running == ()


def test_a_slow_block_is_stored_as_far_as_it_is(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.batch.loop.STORE_SECONDS", 0.0)
    stored = set()

    def look(_: Progress) -> None:
        stored.add(len(store.open(tmp_path / "results").finished("a")))

    slow = [make(files, "a", "wait:0.15")]
    run(tmp_path / "results", slow, 5, progress=look)
    assert stored > {1, 5}
    run(tmp_path / "at-once", [make(files, "a")], 5)
    assert table_bytes(tmp_path / "results") == table_bytes(tmp_path / "at-once")


def test_a_disk_that_cannot_be_written_is_reported_and_survived(
    tmp_path: Path, pair: list[Loaded], undisturbed: dict[str, bytes]
) -> None:
    results = store.create_or_open(tmp_path / "results", pair, SEED, 30)
    (results.folder / "ticks").mkdir()
    (results.folder / "ticks" / "b").touch()
    with pytest.raises(StoreError, match=r"cannot write to .*ticks/b"):
        batch.run(results, 2, engine=ENGINE)
    assert not list(results.folder.rglob("*.tmp"))
    (results.folder / "ticks" / "b").unlink()
    run(tmp_path / "results", pair, 30)
    assert table_bytes(tmp_path / "results") == undisturbed


def test_the_shipped_engine_gives_the_same_rows_in_workers_and_here(tmp_path: Path) -> None:
    tutorial = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    results = store.create_or_open(tmp_path / "results", [tutorial], SEED, 3)
    assert batch.run(results, 2).done == 3
    for replicate in range(3):
        tables = batch.rerun(tmp_path / "results", "two-groups", replicate)
        for table, columns in tables.items():
            stored = results.read(table, list(columns)).to_pandas()
            stored = stored[stored["replicate"] == replicate].reset_index(drop=True)
            numbers = stored.select_dtypes("number")
            assert len(stored) == len(columns["replicate"])
            assert numbers.equals(pd.DataFrame({name: columns[name] for name in numbers}))
    runs, engagements = (results.read(name).to_pandas() for name in ("runs", "engagements"))
    assert runs["engagements"].sum() == len(engagements) > 0


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    if not engine.is_ready():
        engine.prepare()

    def forbidden(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(LocalPool, "_launch", forbidden)


@pytest.mark.usefixtures("no_processes")
def test_what_takes_a_moment_is_done_here_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutorial = [scenario.load(ROOT / "scenarios" / "two-groups.yaml")]
    stop = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.done:
            stop.set()

    results = store.create_or_open(tmp_path / "here", tutorial, SEED, 600)
    monkeypatch.setattr(loop, "LOOK_SECONDS", 0.001)
    first = batch.run(results, progress=stop_soon, stop=stop)
    assert (first.workers, first.interrupted) == (1, True)
    assert 0 < first.done < 600
    assert batch.run(results).done == first.left
    with pytest.raises(PoolError, match="a process was started"):
        batch.run(store.create_or_open(tmp_path / "other", tutorial, SEED, 600), 2)
    monkeypatch.undo()
    batch.run(store.open(tmp_path / "other"), 2)
    assert table_bytes(tmp_path / "here") == table_bytes(tmp_path / "other")


def test_a_callback_that_raises_leaves_nothing_running(tmp_path: Path, files: Path) -> None:
    def fall(progress: Progress) -> None:
        if progress.done:
            raise RuntimeError("fell")

    with pytest.raises(RuntimeError, match="fell"):
        run(tmp_path / "results", [make(files, "a", "wait:0.03")], 30, progress=fall)
    results = store.open(tmp_path / "results")
    assert results.summary().running == ()
    assert results.finished("a")


def test_workers_below_one_are_refused(tmp_path: Path, files: Path) -> None:
    with pytest.raises(ValueError, match="workers must be 1 or more"):
        run(tmp_path / "results", [make(files, "a")], 1, workers=0)
    assert batch.default_workers() >= 1


# Not guarded by ``if __name__ == "__main__"``: workers must not run it again.
SCRIPT = """
import sys
from sim import batch, scenario, store
from tests.fake_engine import ENGINE

loaded = scenario.load(sys.argv[1])
results = store.create_or_open(sys.argv[2], [loaded], 7, 200)

def show(progress):
    print(progress.done, progress.active, progress.stopping, flush=True)

result = batch.run(results, 2, show, engine=ENGINE)
print("interrupted" if result.interrupted else "complete", result.done, flush=True)
assert "pandas" not in sys.modules, "slow to import, and not needed here"
"""


class Program:
    """The script above as its own process group, as a terminal would start it."""

    def __init__(self, loaded: Loaded, folder: Path) -> None:
        script = folder.with_name("script.py")
        script.write_text(SCRIPT, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(loaded.path), str(folder)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, wish: Callable[[list[str]], bool]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if wish(line.split()):
                return
        raise AssertionError(self.process.communicate()[1])

    def interrupt(self, number: int = signal.SIGINT) -> None:
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[str, str]:
        out, err = self.process.communicate(timeout=30)
        return out.splitlines()[-1] if out else "", err

    def left(self) -> list[str]:
        """Members of the group that are alive; a Linux process list."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(group) == self.process.pid and state != "Z":
                found.append(stat.parent.name)
        return found

    def assert_gone(self) -> None:
        for _ in range(100):
            if not self.left():
                return
            time.sleep(0.1)
        raise AssertionError(f"still alive: {self.left()}")


posix = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly_and_keeps_what_finished(
    tmp_path: Path, files: Path, number: int
) -> None:
    program = Program(make(files, "a", "wait:0.05"), tmp_path / "results")
    program.wait_for(lambda words: int(words[0]) > 2)
    program.interrupt(number)
    last, err = program.end()
    assert err == ""
    assert program.process.returncode == 0
    word, done = last.split()
    assert word == "interrupted"
    assert len(store.open(tmp_path / "results").finished("a")) == int(done)
    program.assert_gone()


@posix
def test_ctrl_c_while_workers_start_is_clean(tmp_path: Path, files: Path) -> None:
    program = Program(make(files, "a", "wait:1"), tmp_path / "results")
    program.wait_for(lambda words: words[0] == "0")
    time.sleep(0.2)
    program.interrupt()
    last, err = program.end()
    assert err == ""
    assert last.startswith("interrupted")
    program.assert_gone()


@posix
def test_a_second_ctrl_c_drops_the_runs_in_progress(tmp_path: Path, files: Path) -> None:
    loaded = make(files, "a", "slow:2,6 wait:60")
    program = Program(loaded, tmp_path / "results")
    program.wait_for(lambda words: words[:2] == ["3", "2"])
    program.interrupt()
    program.wait_for(lambda words: words[2] == "True")
    program.interrupt()
    last, err = program.end()
    assert (last, err) == ("interrupted 3", "")
    assert store.open(tmp_path / "results").finished("a") == {0, 1, 5}
    program.assert_gone()


@posix
def test_a_killed_parent_takes_its_workers_along(tmp_path: Path, files: Path) -> None:
    loaded = make(files, "a", "wait:60")
    program = Program(loaded, tmp_path / "results")
    program.wait_for(lambda words: words[1] == "2")
    program.process.kill()
    program.end()
    program.assert_gone()
    summary = store.open(tmp_path / "results").summary()
    assert summary.running == ()
    assert summary.killed
    assert summary.last_session is not None
    assert summary.last_session.ended is None
    assert store.create_or_open(tmp_path / "results", [loaded], SEED, 1).missing("a") == [0]
