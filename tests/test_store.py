from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sim import store
from sim.records import TABLES
from sim.store import Store, StoreError, blocks, columns, failures, locks, parquet, sessions
from sim.store.blocks import Block
from sim.store.failures import Failure
from tests import batches
from tests.batches import make, snapshot, table_bytes

SEED = 7


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def results(tmp_path: Path, files: Path) -> Store:
    base = make(files, "base", "What if?")
    return store.create_or_open(tmp_path / "results", [base], SEED, 4)


def put(results: Store, replicates: Iterable[int], scenario: str = "base") -> None:
    for replicate in replicates:
        batches.put(results, scenario, [replicate])


def test_a_new_folder_describes_itself(results: Store) -> None:
    contents = json.loads((results.folder / "manifest.json").read_text(encoding="utf-8"))
    assert contents["format"] == 4
    assert contents["seed"] == SEED
    [entry] = contents["scenarios"]
    assert (entry["name"], entry["title"], entry["replicates"]) == ("base", "Two groups", 4)
    assert entry["source"].endswith("base.yaml")
    stored = (results.folder / "columns.csv").read_text(encoding="utf-8")
    assert stored == columns.columns_csv()


def test_scenarios_come_back_as_they_ran(results: Store, files: Path) -> None:
    loaded = store.open(results.folder).scenarios["base"]
    original = make(files, "base", "What if?")
    assert (loaded.name, loaded.hash) == ("base", original.hash)
    assert loaded.scenario == original.scenario


def test_the_same_request_changes_no_byte(results: Store, files: Path) -> None:
    before = {path: data for path, (_, data) in snapshot(results.folder).items()}
    base = make(files, "base", "What if?")
    store.create_or_open(results.folder, [base], SEED, 4)
    assert {path: data for path, (_, data) in snapshot(results.folder).items()} == before


def test_finished_and_missing(results: Store) -> None:
    put(results, [0, 2])
    assert results.finished("base") == {0, 2}
    assert results.missing("base") == [1, 3]


def test_more_replicates_and_scenarios_join_a_folder(results: Store, files: Path) -> None:
    put(results, range(4))
    base = make(files, "base", "What if?")
    other = make(files, "other")
    grown = store.create_or_open(results.folder, [base], SEED, 6)
    assert grown.missing("base") == [4, 5]
    joined = store.create_or_open(results.folder, [other], SEED, 2)
    assert joined.names == ("base", "other")
    assert joined.active == ("other",)
    assert joined.missing("other") == [0, 1]
    assert joined.missing("base") == [4, 5]


def test_fewer_replicates_keep_what_is_there(results: Store, files: Path) -> None:
    put(results, range(4))
    base = make(files, "base", "What if?")
    fewer = store.create_or_open(results.folder, [base], SEED, 2)
    assert fewer.missing("base") == []
    assert fewer.read("runs").num_rows == 4


def test_other_settings_are_refused_and_listed(results: Store, files: Path) -> None:
    put(results, [0])
    before = snapshot(results.folder)
    changed = make(files, "base", "What if?", title="Two other groups")
    with pytest.raises(StoreError) as raised:
        store.create_or_open(results.folder, [changed], SEED + 1, 4)
    text = str(raised.value)
    assert f"seed: {SEED} -> {SEED + 1}" in text
    assert "scenario base:" in text
    assert "title" in text
    assert "Two other groups" in text
    assert "--out" in text
    assert snapshot(results.folder) == before


def test_names_that_differ_in_case_alone_are_refused(results: Store, files: Path) -> None:
    with pytest.raises(StoreError, match="already there as base"):
        store.create_or_open(results.folder, [make(files, "Base")], SEED, 4)


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    before = snapshot(tmp_path)
    base = make(tmp_path.with_name("files"), "base")
    with pytest.raises(StoreError, match="not a results folder"):
        store.create_or_open(tmp_path, [base], SEED, 4)
    with pytest.raises(StoreError, match="a file, not a folder"):
        store.create_or_open(tmp_path / "notes.txt", [base], SEED, 4)
    assert snapshot(tmp_path) == before


def test_an_empty_folder_is_taken(tmp_path: Path, files: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".hidden").touch()
    made = store.create_or_open(tmp_path / "new", [make(files, "base")], SEED, 4)
    assert made.missing("base") == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 5, "new": true}', "format 5, and .* use a newer version"),
        ('{"format": 3}', "format 3, and .* older version .* another --out"),
        ('{"format": 4}', "damaged: seed"),
        ('{"format": 4, "seed": 7, "scenarios": []}', "damaged: it is not as it was written"),
        ('{"format": 4, "se', "damaged"),
    ],
)
def test_an_unreadable_manifest_is_refused(results: Store, text: str, message: str) -> None:
    (results.folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=message):
        store.open(results.folder)


def test_an_edited_stored_scenario_is_refused(results: Store, files: Path) -> None:
    other = make(files, "base", "Something else?")
    (results.folder / "scenarios" / "base.yaml").write_text(
        other.path.read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(StoreError, match="was edited"):
        _ = store.open(results.folder).scenarios


def test_a_lost_stored_scenario_is_written_again(results: Store, files: Path) -> None:
    path = results.folder / "scenarios" / "base.yaml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    base = make(files, "base", "What if?")
    store.create_or_open(results.folder, [base], SEED, 4)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", [".hidden", "two words", "käse", "a" * 201])
def test_names_that_are_no_safe_file_names_are_refused(
    tmp_path: Path, name: str, files: Path
) -> None:
    loaded = make(files, name)
    with pytest.raises(StoreError, match="cannot name a file"):
        store.create_or_open(tmp_path / "results", [loaded], SEED, 4)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("seed", "replicates", "message"),
    [(-1, 1, "seed must be"), (2**32, 1, "seed must be"), (0, 0, "replicates must be")],
)
def test_impossible_numbers_are_refused(
    tmp_path: Path, seed: int, replicates: int, message: str, files: Path
) -> None:
    with pytest.raises(StoreError, match=message):
        store.plan(tmp_path / "results", [make(files, "base")], seed, replicates)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path, files: Path) -> None:
    twice = [make(files, "base"), make(tmp_path / "more", "Base")]
    with pytest.raises(StoreError, match="'base' and 'Base'"):
        store.plan(tmp_path / "results", twice, SEED, 1)
    with pytest.raises(StoreError, match="at least one"):
        store.plan(tmp_path / "results", [], SEED, 1)


def test_a_plan_writes_nothing(results: Store, tmp_path: Path, files: Path) -> None:
    put(results, [1])
    before = snapshot(results.folder)
    scenarios = [make(files, "base", "What if?"), make(files, "other")]
    plan = store.plan(results.folder, scenarios, SEED, 3)
    assert plan.missing == {"base": [(0, 0), (2, 2)], "other": [(0, 2)]}
    assert plan.done == {"base": 1, "other": 0}
    assert plan.runs == 5
    assert snapshot(results.folder) == before
    assert store.plan(tmp_path / "new", scenarios, SEED, 3).runs == 6
    assert not (tmp_path / "new").exists()


def test_a_block_grows_to_the_bytes_of_one_written_at_once(tmp_path: Path, files: Path) -> None:
    base = make(files, "base")
    once = store.create_or_open(tmp_path / "once", [base], SEED, 5)
    batches.put(once, "base", range(5))
    grown = store.create_or_open(tmp_path / "grown", [base], SEED, 5)
    put(grown, [3, 0, 4, 1, 2, 4])
    assert table_bytes(grown.folder) == table_bytes(once.folder)
    assert len(table_bytes(once.folder)) == len(TABLES)


def test_ticks_are_left_out_of_a_folder_that_was_made_so(
    results: Store, tmp_path: Path, files: Path
) -> None:
    base = make(files, "base", "What if?")
    bare = store.create_or_open(tmp_path / "bare", [base], SEED, 4, ticks=False)
    for each in (results, bare):
        put(each, [0, 2, 1])
    whole = table_bytes(results.folder)
    less = {path: data for path, data in whole.items() if not path.startswith("ticks/")}
    assert len(less) == len(whole) - 1
    assert table_bytes(bare.folder) == less
    for asked in (None, False):
        assert store.create_or_open(bare.folder, [base], SEED, 4, ticks=asked).missing("base") == [
            3
        ]
    assert store.open(bare.folder).read("orders") == results.read("orders")
    with pytest.raises(StoreError, match="bare was made without ticks"):
        bare.read("ticks")


@pytest.mark.parametrize(("had", "asked"), [(False, True), (True, False)])
def test_a_folder_has_ticks_of_all_its_runs_or_of_none(
    tmp_path: Path, files: Path, had: bool, asked: bool
) -> None:
    base = make(files, "base")
    put(store.create_or_open(tmp_path / "r", [base], SEED, 4, ticks=had), [0])
    before = snapshot(tmp_path / "r")
    words = {True: "stored", False: "not stored"}
    with pytest.raises(StoreError, match=f"  ticks: {words[had]} -> {words[asked]}\n"):
        store.create_or_open(tmp_path / "r", [base], SEED, 4, ticks=asked)
    assert snapshot(tmp_path / "r") == before


def test_leftover_temporary_files_do_no_harm(results: Store) -> None:
    put(results, [0])
    folder = results.blocks.path("runs", "base", Block(0, 4)).parent
    (folder / ".000000-000004.parquet.host-1.tmp").write_bytes(b"torn")
    (folder / ".000005-000009.parquet.host-1.tmp").write_bytes(b"torn")
    assert results.finished("base") == {0}
    put(results, [1])
    assert results.finished("base") == {0, 1}
    for path in results.blocks.leftovers("base"):
        path.unlink()
    assert [path.name for path in folder.iterdir()] == ["000000-000004.parquet"]


def test_a_deleted_file_makes_its_runs_missing(results: Store) -> None:
    put(results, [0, 1])
    results.blocks.path("ticks", "base", Block(0, 4)).unlink()
    assert results.missing("base") == [0, 1, 2, 3]
    put(results, [1])
    assert set(results.read("engagements").column("replicate").to_pylist()) <= {1}


@pytest.mark.parametrize("table", ["runs", "ticks"])
def test_a_damaged_file_is_named(results: Store, table: str) -> None:
    put(results, [0])
    path = results.blocks.path(table, "base", Block(0, 4))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=f"{table}/base/000000-000004.parquet is damaged"):
        results.read(table)


def test_a_write_that_fails_changes_nothing(
    results: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(results, [0])
    before = snapshot(results.folder)
    write = parquet.write

    def full(path: Path, table: str, *rest: Any) -> None:
        write(path, table, *rest)
        if table == "orders":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "write", full)
    with pytest.raises(OSError, match="No space"):
        put(results, [1])
    assert snapshot(results.folder) == before


@pytest.mark.parametrize("placed", range(6))
def test_a_write_cut_short_between_files_leaves_no_half_block(
    tmp_path: Path, files: Path, placed: int
) -> None:
    base = make(files, "base")
    cut = store.create_or_open(tmp_path / "cut", [base], SEED, 2)
    put(cut, [0])
    left, replace = [placed], Path.replace

    def fall(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return replace(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", fall)
        with pytest.raises(KeyboardInterrupt):
            put(cut, [1])
    assert cut.missing("base") == [0, 1]
    assert not cut.read("ticks").num_rows
    put(cut, [0, 1])
    whole = store.create_or_open(tmp_path / "whole", [base], SEED, 2)
    put(whole, [0, 1])
    assert table_bytes(cut.folder) == table_bytes(whole.folder)


def test_reading_by_scenario_and_column(results: Store, files: Path) -> None:
    other = make(files, "other")
    both = store.create_or_open(results.folder, [other], SEED, 2)
    put(both, [0, 1])
    put(both, [0, 26], "other")
    runs = both.read("runs")
    assert runs.column("scenario").to_pylist() == ["base", "base", "other", "other"]
    assert runs.column("replicate").to_pylist() == [0, 1, 0, 26]
    assert set(runs.column("seed").to_pylist()) == {SEED}
    some = both.read("ticks", ["killed", "scenario"], ["other", "base"])
    assert some.column_names == ["killed", "scenario"]
    assert pc.unique(some.column("scenario")).to_pylist() == ["other", "base"]
    assert [part.num_rows for part in both.parts("runs")] == [2, 1, 1]


def test_reading_nothing_gives_an_empty_table(results: Store) -> None:
    for table in TABLES:
        assert results.read(table) == parquet.schema(table).empty_table()
    assert results.read("runs", ["killed"]).schema == pa.schema([("killed", pa.int32())])


def test_unknown_names_are_refused(results: Store) -> None:
    with pytest.raises(ValueError, match="known are runs, ticks"):
        results.read("events")
    with pytest.raises(ValueError, match="no column 'deaths'"):
        results.read("runs", ["deaths"])
    with pytest.raises(StoreError, match="there are: base"):
        results.read("runs", scenarios=["nowhere"])


def test_a_summary_counts(results: Store) -> None:
    put(results, [0, 1])
    texts = {"error": "E", "message": "m", "traceback": "t", "command": "c"}
    failed = [
        Failure(scenario="base", replicate=replicate, seed=SEED, **texts) for replicate in (1, 2)
    ]
    failures.write(results.folder, failed)
    summary = store.open(results.folder).summary()
    [row] = summary.scenarios
    assert (row.wanted, row.done, row.failed, row.missing) == (4, 2, 1, 2)
    assert summary.running == ()
    assert summary.seconds_left is None


def test_failure_lines_that_are_torn_are_passed_over(results: Store) -> None:
    (results.folder / "failures.jsonl").write_text('{"scenario": "ba', encoding="utf-8")
    assert results.failures() == []


@pytest.mark.parametrize("folder", ["results/x", "results/it's $HOME"])
def test_failure_commands_survive_the_shell(folder: str) -> None:
    command = failures.command(Path(folder), "base", SEED, 3)
    shown = command.replace("reprisal", "printf '%s\\n'", 1)
    words = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True).stdout
    file = f"{folder}/scenarios/base.yaml"
    assert words.splitlines() == ["run", file, "--seed", str(SEED), "--only", "base/3"]


def test_a_running_batch_keeps_others_out(results: Store, files: Path) -> None:
    locks.acquire(results.folder, locks.new(1, 4))
    base = make(files, "base", "What if?")
    with pytest.raises(StoreError, match=f"already running.*process {os.getpid()}"):
        store.create_or_open(results.folder, [base], SEED, 4)
    [lock] = store.open(results.folder).summary().running
    assert lock.total == 4
    locks.release(results.folder, lock)
    assert store.open(results.folder).summary().running == ()


def test_the_lock_of_a_dead_process_does_not_count(results: Store) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    lock = locks.new(1, 4)
    locks.acquire(results.folder, lock.model_copy(update={"pid": child.pid}))
    locks.acquire(results.folder, lock)
    assert locks.read(results.folder) == [lock]


def test_the_lock_of_a_later_process_with_the_same_number_does_not_count(results: Store) -> None:
    lock = locks.new(1, 4).model_copy(update={"born": "another time"})
    locks.acquire(results.folder, lock)
    assert locks.read(results.folder) == []


def test_a_lock_from_another_host_counts_while_it_is_renewed(results: Store) -> None:
    lock = locks.new(1, 4).model_copy(update={"host": "elsewhere"})
    locks.acquire(results.folder, lock)
    assert locks.read(results.folder) == [lock]
    for long in (-2, 2):  # whichever clock is wrong
        silent = lock.model_copy(update={"updated": lock.updated + long * locks.SILENT_AFTER})
        locks.renew(results.folder, silent)
        assert locks.read(results.folder) == []


def test_a_lock_from_another_host_whose_clock_is_wrong_is_watched(
    results: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WATCH_SECONDS", 0.5)
    lock = locks.new(1, 4).model_copy(update={"host": "elsewhere"})
    late = lock.model_copy(update={"updated": lock.updated - 2 * locks.SILENT_AFTER})
    locks.acquire(results.folder, late)
    renewed = late.model_copy(update={"updated": late.updated + timedelta(seconds=2)})
    timer = threading.Timer(0.2, locks.renew, (results.folder, renewed))
    timer.start()
    with pytest.raises(StoreError, match="on elsewhere"):
        locks.acquire(results.folder, locks.new(1, 4))
    timer.join()
    ours = locks.new(1, 4)
    locks.acquire(results.folder, ours)
    assert locks.read(results.folder) == [ours]
    with pytest.raises(StoreError, match="already running"):
        locks.renew(results.folder, renewed)
    locks.release(results.folder, renewed)
    assert locks.read(results.folder) == [ours]


def test_a_damaged_lock_does_not_count(results: Store) -> None:
    (results.folder / "running.json").write_text('{"host": "he', encoding="utf-8")
    assert locks.read(results.folder) == []
    locks.acquire(results.folder, locks.new(1, 4))
    assert len(locks.read(results.folder)) == 1


@pytest.mark.parametrize(
    ("ours", "allowed"), [("1/3", True), ("2/3", False), ("2/4", False), ("1/1", False)]
)
def test_shards_of_one_cut_run_side_by_side(results: Store, ours: str, allowed: bool) -> None:
    locks.acquire(results.folder, locks.new(1, 4, blocks.parse_shard("2/3")))
    lock = locks.new(1, 4, blocks.parse_shard(ours))
    if allowed:
        locks.acquire(results.folder, lock)
        assert len(locks.read(results.folder)) == 2
    else:
        with pytest.raises(StoreError, match="shard 2/3 of a batch is already running"):
            locks.acquire(results.folder, lock)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "-1/2", "a/b", "1/10000", ""])
def test_impossible_shards_are_refused(text: str) -> None:
    with pytest.raises(StoreError, match="write k/n"):
        blocks.parse_shard(text)


def test_shards_part_the_missing_runs(results: Store, files: Path) -> None:
    base = make(files, "base", "What if?")
    put(results, range(5))
    parts = [
        store.create_or_open(results.folder, [base], SEED, 300, blocks.Shard(k, 7)).missing("base")
        for k in range(1, 8)
    ]
    assert sorted(r for part in parts for r in part) == list(range(5, 300))
    assert all(parts)


def test_failures_of_shards_are_read_together_and_the_whole_replaces_them(results: Store) -> None:
    texts = {"error": "E", "message": "m", "traceback": "t", "command": "c"}
    for shard in ("1/2", "2/2"):
        number = blocks.parse_shard(shard).number
        failed = [
            Failure(scenario="base", replicate=r, seed=SEED, **texts | {"message": shard})
            for r in (0, number)
        ]
        failures.write(results.folder, failed, blocks.parse_shard(shard))
        path = results.folder / f"failures-{number}-of-2.jsonl"
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    found = failures.read(results.folder)
    assert {key: failure.message for key, failure in found.items()} == {
        ("base", 0): "2/2",
        ("base", 1): "1/2",
        ("base", 2): "2/2",
    }
    failures.write(results.folder, found.values())
    assert [path.name for path in results.folder.glob("failures*")] == ["failures.jsonl"]
    assert failures.read(results.folder) == found


def test_the_commit_of_tracked_source_is_found(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    source = tmp_path / "package"
    source.mkdir()
    (source / "code.py").write_text("1\n", encoding="utf-8")
    assert sessions.commit_of(source) is None
    git("init")
    (tmp_path / "notes.txt").touch()
    git("add", "notes.txt")
    git("commit", "-m", "somebody else's")
    assert sessions.commit_of(source) is None
    git("add", "package")
    git("commit", "-m", "ours")
    head = git("rev-parse", "HEAD")
    (tmp_path / "more.txt").touch()
    assert sessions.commit_of(source) == sessions.Commit(id=head, dirty=False)
    (source / "code.py").write_text("2\n", encoding="utf-8")
    assert sessions.commit_of(source) == sessions.Commit(id=head, dirty=True)


def test_command_lines_are_kept_without_the_programs_folder() -> None:
    typed = ["/opt/bin/reprisal", "run", "a b.yaml", "--seed", "1"]
    assert sessions.command_line(typed) == "reprisal run 'a b.yaml' --seed 1"
    assert sessions.command_line(["x/reprisal/__main__.py", "plot"]) == "python -m reprisal plot"
    assert sessions.gather().libraries["numpy"]


def test_a_container_of_the_same_name_does_not_take_a_live_batch_over(
    results: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WATCH_SECONDS", 0.5)
    theirs = locks.new(1, 4).model_copy(update={"machine": "boot pid:[2]", "pid": 2**22})
    locks.acquire(results.folder, theirs)
    assert locks.read(results.folder) == [theirs]
    with pytest.raises(StoreError, match="already running"):
        locks.acquire(results.folder, locks.new(1, 4))
    silent = theirs.model_copy(update={"updated": theirs.updated - 2 * locks.SILENT_AFTER})
    locks.renew(results.folder, silent)
    ours = locks.new(1, 4)
    assert ours.here
    locks.acquire(results.folder, ours)
    assert locks.read(results.folder) == [ours]


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
def test_another_list_of_processes_is_another_machine() -> None:
    command = ["unshare", "--fork", "--pid", "--mount-proc", sys.executable, "-c",
               "from sim.store.locks import _machine; print(_machine())"]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip("no namespaces here")
    assert told.stdout.strip() != locks._machine() != ""
