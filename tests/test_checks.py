"""Damage is found, told, set aside and made good."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from reprisal.app import app
from reprisal.commands.results import _commands
from sim import batch, store
from sim.records import TABLES
from sim.scenario.designs import sampling
from sim.store import Store, StoreError, checks, files, locks, sessions, sums
from sim.store.blocks import Block
from sim.store.checks import repair
from tests.batches import make, put, snapshot, table_bytes
from tests.fake_engine import ENGINE

SEED = 7
FIRST, SECOND = Block(0, 4), Block(5, 9)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.batch.choice.choose", lambda *_: ENGINE)
    made = store.create_or_open("results", [make(tmp_path / "files", "base")], SEED, 10)
    put(made, "base", range(5))
    put(made, "base", range(5, 10))
    return made


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(1)
    start = column.dictionary_page_offset or column.data_page_offset
    data[start + column.total_compressed_size - 1] ^= 4
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def reprisal(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def found(results: Store) -> list[tuple[str, Block]]:
    findings = checks.check(results).findings
    return [(finding.kind, finding.block) for finding in findings if finding.block]


def test_a_whole_folder_has_nothing_to_tell(results: Store) -> None:
    assert found(results) == []
    code, text = reprisal("verify", "results", "--sample", 4)
    assert code == 0
    assert text.startswith("scenario ")
    assert "Not running" in text
    assert text.endswith(
        "2 blocks and 3 other files checked, 5 unchanged\n"
        "4 runs repeated with engine fake, 4 equal\n"
    )
    assert reprisal("verify", "--repair", "results") == (0, "Nothing to repair.\n")


@pytest.mark.parametrize("damage", [cut, flip, empty])
@pytest.mark.parametrize("table", TABLES)
def test_damage_is_found_set_aside_and_made_good(
    results: Store, table: str, damage: Callable[[Path], None]
) -> None:
    whole = table_bytes(results.folder)
    damage(results.blocks.path(table, "base", SECOND))
    assert found(results) == [("damaged", SECOND)]
    code, text = reprisal("verify", "results")
    assert code == 1
    assert (
        "2 blocks and 3 other files checked, 4 unchanged\n  base, replicates 5 to 9: damaged"
        in text
    )
    assert "Repair with: reprisal verify --repair results" in text
    before = snapshot(results.folder)
    code, text = reprisal("verify", "--repair", "results", "--dry-run")
    assert (code, snapshot(results.folder)) == (0, before)
    code, text = reprisal("verify", "--repair", "results")
    assert code == 0
    assert f"6 files moved to {Path('results/damaged')}" in text
    assert results.missing("base") == [5, 6, 7, 8, 9]
    assert (results.folder / "damaged" / table / "base" / f"{SECOND.name}.parquet").exists()
    batch.run(results, 1, engine=ENGINE)
    shutil.rmtree(results.folder / "damaged")
    assert table_bytes(results.folder) == whole
    assert found(results) == []


def test_a_lost_file_is_found_and_what_is_left_set_aside(results: Store) -> None:
    results.blocks.path("orders", "base", FIRST).unlink()
    assert found(results) == [("incomplete", FIRST)]
    [finding] = repair(results)
    assert "no file of orders; 5 files moved" in finding.told(results.folder)
    assert results.missing("base") == [0, 1, 2, 3, 4]
    assert found(results) == []


def test_two_damaged_files_of_a_block_are_both_kept(results: Store) -> None:
    for _ in range(2):
        cut(results.blocks.path("runs", "base", FIRST))
        list(repair(results))
        put(results, "base", range(5))
    kept = [path.name for path in (results.folder / "damaged" / "runs" / "base").iterdir()]
    assert sorted(kept) == ["000000-000004-1.parquet", "000000-000004.parquet"]


def test_a_first_write_that_was_cut_short_is_harmless(results: Store) -> None:
    results.blocks.checksums_path("base", FIRST).unlink()
    assert found(results) == [("unfinished", FIRST)]
    code, _ = reprisal("verify", "results")
    assert code == 0


def test_leftovers_torn_lines_and_dead_locks_are_told_and_removed(results: Store) -> None:
    folder = results.blocks.path("ticks", "base", FIRST).parent
    (folder / ".000000-000004.parquet.12ab34cd.tmp").touch()
    (results.folder / "failures.jsonl").write_text('{"scenario": "ba', encoding="utf-8")
    dead = locks.new(1, 4).model_copy(update={"born": "another time"})
    (results.folder / "running.json").write_text(dead.model_dump_json(), encoding="utf-8")
    assert [finding.told(Path("results")) for finding in repair(results)] == [
        "failures: damaged: 1 line is not as it was written; its run is repeated;"
        f" 1 file moved to {Path('results/damaged')}",
        "base: a write was interrupted: 1 temporary file removed",
    ]
    kept = (path for path in results.folder.rglob("*") if "damaged" not in path.parts)
    names = {path.name for path in kept if path.is_file()}
    assert not {name for name in names if name.endswith((".tmp", ".jsonl"))} | (
        names & {"running.json"}
    )
    assert list(repair(results)) == []


def test_a_folder_in_use_is_not_repaired(results: Store) -> None:
    locks.acquire(results.folder, locks.new(1, 4))
    for dry_run in (True, False):
        with pytest.raises(StoreError, match="already running"):
            list(repair(results, dry_run))


def test_other_numbers_in_stored_rows_are_found_by_doing_runs_again(
    results: Store, tmp_path: Path
) -> None:
    other = store.create_or_open(tmp_path / "other", [results.scenarios["base"]], SEED, 10)
    put(other, "base", range(5), luck=8)
    for table in TABLES:
        source = other.blocks.path(table, "base", FIRST)
        shutil.copy(source, results.blocks.path(table, "base", FIRST))
    sums = [one.blocks.checksums_path("base", FIRST) for one in (other, results)]
    shutil.copy(*sums)
    code, text = reprisal("verify", "results", "--sample", 10)
    assert code == 1
    assert "10 runs repeated with engine fake, 5 equal" in text
    assert "base/0: " in text
    assert "stored" in text
    assert "The stored results come from reprisal" in text


def test_status_of_a_damaged_folder_says_what_to_do(results: Store) -> None:
    batch.run(store.create_or_open("results", [results.scenarios["base"]], SEED, 12), engine=ENGINE)
    cut(results.blocks.path("runs", "base", FIRST))
    code, text = reprisal("verify", "--status", "results")
    assert code == 0
    assert text.splitlines()[1].split() == ["base", "12", "7", "0", "5"]
    assert "1 block cannot be read. Repair with: reprisal verify --repair results" in text
    assert "Continue with: " in text


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("folder", "command", "advised"),
    [
        ("results", "reprisal run a.yaml --out results --seed 2", None),
        ("results", "reprisal run a.yaml --out=./results", None),
        ("results/a-1", "python -m reprisal run a.yaml", None),
        ("results", "python mine.py --out elsewhere", None),
        ("m v", "reprisal run a.yaml --out x --seed 2", "reprisal run a.yaml --seed 2 --out 'm v'"),
        ("moved", "reprisal run a.yaml --out=x", "reprisal run a.yaml --out moved"),
        ("moved", "reprisal run a.yaml", "reprisal run a.yaml --out moved"),
    ],
)
def test_a_moved_folder_is_continued_where_it_is(
    folder: str, command: str, advised: str | None
) -> None:
    past = [SimpleNamespace(stored={"a": [(0, 4)]}, provenance=SimpleNamespace(command=command))]
    moved: Any = SimpleNamespace(folder=Path(folder), sessions=lambda: past)
    assert _commands(moved, {"a"}) == [advised or command]


def test_each_scenario_is_continued_with_its_own_command(
    results: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["reprisal", "run", "other.yaml", "--out", "results"])
    other = make(Path("files"), "other")
    batch.run(store.create_or_open("results", [other], SEED, 5), engine=ENGINE)
    monkeypatch.setattr("sys.argv", ["reprisal", "run", "base.yaml", "--out", "results"])
    batch.run(store.create_or_open("results", [results.scenarios["base"]], SEED, 12), engine=ENGINE)
    monkeypatch.setattr("sys.argv", ["reprisal", "run", "other.yaml", "--out", "results"])
    batch.run(store.create_or_open("results", [other], SEED, 10), engine=ENGINE)
    cut(results.blocks.path("runs", "base", FIRST))
    _, text = reprisal("verify", "--status", "results")
    advice = [line for line in text.splitlines() if line.startswith("Continue with")]
    assert advice == ["Continue with: reprisal run base.yaml --out results"]


def test_a_damaged_file_stops_a_batch_with_advice(results: Store) -> None:
    cut(results.blocks.path("runs", "base", FIRST))
    with pytest.raises(StoreError, match="'reprisal verify --repair' moves it aside"):
        results.missing("base")


def test_one_run_is_shown_here_and_now(tmp_path: Path, results: Store) -> None:
    file = tmp_path / "files" / "base.yaml"
    code, text = reprisal("run", file, "--seed", SEED, "--only", "base/3")
    assert code == 0
    assert reprisal("run", file, "--seed", SEED, "--only", "3") == (code, text)
    killed = results.read("runs", ["killed"]).column(0)[3].as_py()
    assert ["killed", str(killed), "persons"] in [line.split() for line in text.splitlines()]
    assert not (tmp_path / "results" / "figures").exists()
    for wrong in ("base", "base/x", "other/3", "/3", "base/2147483647", "base/99999999999"):
        code, text = reprisal("run", file, "--only", wrong)
        assert code == 2
        assert "such as base/0" in text


@pytest.mark.usefixtures("results")
def test_the_command_of_a_failure_repeats_it(tmp_path: Path) -> None:
    failing = make(tmp_path / "files", "bad", "fail:1")
    more = store.create_or_open("results", [failing], SEED, 2)
    [failure] = batch.run(more, 1, engine=ENGINE).failures
    words = failure.command.split()
    assert words[0] == "reprisal"
    code, text = reprisal(*words[1:])
    assert code == 1
    assert "in _one" in text
    assert text.splitlines()[-1] == "RuntimeError: replicate 1 went wrong"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_folder_that_cannot_be_written_is_named(results: Store) -> None:
    results.folder.chmod(0o555)
    try:
        with pytest.raises(StoreError, match="cannot write to results"):
            store.create_or_open("results", [results.scenarios["base"]], SEED, 20)
    finally:
        results.folder.chmod(0o755)


def again(tmp_path: Path, replicates: int = 30) -> Store:
    """What the same command does."""
    loaded = make(tmp_path / "files", "base")
    grown = store.create_or_open("results", [loaded], SEED, replicates)
    batch.run(grown, 1, engine=ENGINE)
    return grown


@pytest.fixture
def ran(results: Store, tmp_path: Path) -> Store:
    """The folder after sessions, so that it is known what they finished."""
    again(tmp_path, results.manifest.entry("base").replicates + 10)
    return again(tmp_path)


def test_runs_that_are_gone_are_missed(ran: Store, tmp_path: Path) -> None:
    whole = table_bytes(ran.folder)
    for path in ran.folder.rglob(f"{SECOND.name}.*"):
        path.unlink()
    code, text = reprisal("verify", "results")
    assert code == 1
    assert "base, replicates 5 to 9: missing: all its files" in text
    assert "5 of 30 runs that sessions had finished are missing or damaged." in text
    assert "Make again with: " in text
    assert again(tmp_path).notes == ()
    assert table_bytes(ran.folder) == whole
    assert reprisal("verify", "results")[0] == 0


def test_an_older_state_of_a_block_lacks_runs(ran: Store, tmp_path: Path) -> None:
    block = Block(30, 34)
    results = again(tmp_path, 32)
    older = {path: path.read_bytes() for path in ran.folder.rglob(f"{block.name}.*")}
    batch.run(store.create_or_open("results", [ran.scenarios["base"]], SEED, 35), 1, engine=ENGINE)
    assert found(results) == []
    for path, data in older.items():
        path.write_bytes(data)
    assert found(results) == [("missing", block)]
    assert "replicates 30 to 34: missing: 3 of its runs" in reprisal("verify", "results")[1]


def test_a_block_that_names_another_place_is_damaged_although_its_sums_fit(
    ran: Store,
) -> None:
    for path in ran.folder.rglob(f"{FIRST.name}.parquet"):
        shutil.copy(path, path.with_name(f"{SECOND.name}.parquet"))
    sums_path = ran.blocks.checksums_path("base", SECOND)
    tables = {
        f"{table}/base/{SECOND.name}.parquet": files.sha256(ran.blocks.path(table, "base", SECOND))
        for table in TABLES
    }
    sums_path.write_text(sums.text(ran.blocks.head("base", SECOND), tables), encoding="ascii")
    assert found(ran) == [("damaged", SECOND)]
    with pytest.raises(StoreError, match="it holds runs of replicate 0 to 4"):
        ran.read("runs")


@pytest.mark.parametrize("with_sessions", [True, False])
@pytest.mark.parametrize("damage", [cut, empty, Path.unlink])
def test_the_same_command_writes_a_damaged_manifest_again(
    ran: Store, tmp_path: Path, damage: Callable[[Path], None], with_sessions: bool
) -> None:
    path = ran.folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    damage(path)
    if not with_sessions:
        shutil.rmtree(ran.folder / "sessions")
    code, told = reprisal("verify", "--status", "results")
    assert code == 2
    assert ("'reprisal verify --repair results', or the same run command" in told) is with_sessions
    [note] = again(tmp_path).notes
    assert "manifest.json" in note
    assert path.read_text(encoding="utf-8") == text
    assert (ran.folder / "damaged" / "manifest.json").exists() is (damage is not Path.unlink)


def test_another_command_does_not_take_a_folder_whose_manifest_is_gone(ran: Store) -> None:
    (ran.folder / "manifest.json").unlink()
    shutil.rmtree(ran.folder / "sessions")
    with pytest.raises(StoreError, match=r"has no manifest\.json"):
        store.create_or_open("results", [ran.scenarios["base"]], SEED + 1, 30)
    assert not (ran.folder / "manifest.json").exists()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.batch.choice.choose", lambda *_: ENGINE)
    loaded = make(tmp_path / "files", "base")
    made = store.create_or_open("bare", [loaded], SEED, 10, ticks=False)
    batch.run(made, 1, engine=ENGINE)
    return made


def test_nothing_is_missed_where_ticks_are_not_stored(bare: Store) -> None:
    whole = table_bytes(bare.folder)
    code, text = reprisal("verify", "bare")
    assert code == 0
    assert "Ticks are not stored (--no-ticks)." in text
    assert "5 runs repeated with engine fake, 5 equal" in text
    cut(bare.blocks.path("orders", "base", SECOND))
    code, text = reprisal("verify", "--repair", "bare")
    assert "5 files moved" in text
    shutil.rmtree(bare.folder / "damaged")
    batch.run(store.create_or_open("bare", [bare.scenarios["base"]], SEED, 10), 1, engine=ENGINE)
    assert table_bytes(bare.folder) == whole
    stray = bare.folder / "ticks" / "base" / f"{FIRST.name}.parquet"
    stray.parent.mkdir(parents=True)
    stray.touch()
    code, text = reprisal("verify", "--repair", "bare")
    assert f"ticks/base/{stray.name}" in text
    assert not stray.exists()


def test_a_manifest_that_is_written_again_knows_whether_ticks_are_stored(
    bare: Store, ran: Store, tmp_path: Path
) -> None:
    loaded, path = make(tmp_path / "files", "base"), bare.folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_bytes((ran.folder / path.name).read_bytes())
    assert "is that of another batch" in reprisal("verify", "--repair", "bare")[1]
    assert path.read_text(encoding="utf-8") == text
    path.unlink()
    shutil.rmtree(bare.folder / "sessions")
    with pytest.raises(StoreError, match=r"has no manifest\.json"):
        store.create_or_open("bare", [loaded], SEED, 10)
    store.create_or_open("bare", [loaded], SEED, 10, ticks=False)
    assert path.read_text(encoding="utf-8") == text
    (ran.folder / "manifest.json").unlink()
    shutil.rmtree(ran.folder / "sessions")
    with pytest.raises(StoreError, match=r"has no manifest\.json"):
        store.create_or_open("results", [loaded], SEED, 30, ticks=False)


@pytest.mark.parametrize("damage", [cut, Path.unlink])
def test_the_same_command_writes_a_damaged_scenario_again(
    ran: Store, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = ran.folder / "scenarios" / "base.yaml"
    text = path.read_text(encoding="utf-8")
    damage(path)
    code, told = reprisal("verify", "results")
    assert code == 1
    assert "scenarios/base.yaml: " in told
    [note] = again(tmp_path).notes
    assert note.startswith(str(Path("results/scenarios/base.yaml")))
    assert note.endswith("written again")
    assert path.read_text(encoding="utf-8") == text
    assert reprisal("verify", "results")[0] == 0


def test_points_that_cannot_be_drawn_as_they_were_are_not_replaced(
    results: Store, tmp_path: Path
) -> None:
    design = {"method": "latin", "size": 3, "seed": 1, "ranges": {"rivalry.red.blue": [0.5, 1.0]}}
    loaded = make(tmp_path / "files", "varied", design=design)
    varied = store.create_or_open("results", [results.scenarios["base"], loaded], SEED, 2)
    batch.run(varied, 1, engine=ENGINE)
    points = varied.folder / "designs" / "varied.csv"
    cut(points)
    assert [f.what for f in checks.check(varied).findings] == ["designs/varied.csv"]
    drawn = sampling.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "write", lambda points: drawn(points).replace("0.", "0.0"))
        with pytest.raises(StoreError, match="draws other points"):
            store.create_or_open("results", [loaded], SEED, 2)
    [note] = store.create_or_open("results", [loaded], SEED, 2).notes
    assert "varied.csv is not as it ran; moved to" in note
    assert not checks.check(varied).findings


def test_what_run_put_right_is_said(ran: Store, tmp_path: Path) -> None:
    (ran.folder / "manifest.json").unlink()
    file = tmp_path / "files" / "base.yaml"
    code, text = reprisal(
        "run", file, "--seed", SEED, "--replicates", 30, "--out", "results", "--engine", "mesa"
    )
    assert code == 0, text
    assert "Note: results is not a results folder: it has no manifest.json; written again." in text
    assert "Nothing to do" in text


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    loaded = make(tmp_path / "files", "base")
    with pytest.raises(StoreError, match="must be text in UTF-8"):
        store.create_or_open(tmp_path / os.fsdecode(b"bad\xff"), [loaded], SEED, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files"]


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
def test_a_scenario_below_a_folder_whose_name_is_no_text_runs(tmp_path: Path) -> None:
    loaded = make(tmp_path / os.fsdecode(b"bad\xff"), "base")
    results = store.create_or_open(tmp_path / "results", [loaded], SEED, 1)
    assert results.manifest.entry("base").source.endswith("bad\\udcff/base.yaml")
    assert store.open(results.folder).manifest == results.manifest
    assert sessions.command_line(["reprisal", "run", os.fsdecode(b"\xff")]) == (
        "reprisal run '\\udcff'"
    )
