"""Runs in memory: the same rows as in a results folder, and the same frames of them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.timeline import daily
from sim import batch, store
from sim.records import TABLES
from sim.scenario import Loaded, load
from sim.scenario.uncertain import uncertain
from sim.store.packing import Held
from tests.batches import make

RUNS, SEED = 7, 3
BUSY = {"engagement": {"background_rate": "0.5/d (0.2/d to 1/d)"}, "reports": {"enabled": True}}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Loaded]:
    folder = tmp_path_factory.mktemp("pair")
    clock = {"start": "2024-03-01T00:00", "timezone": "Asia/Baghdad", "length": "10d"}
    one = make(folder, "one", clock=clock, **BUSY)
    return [one, make(folder, "two", clock=clock, **{**BUSY, "reprisal": {"half_life": "2d"}})]


@pytest.mark.parametrize("draws", [0, 5])
def test_frames_of_memory_are_those_of_a_folder(
    pair: list[Loaded], tmp_path: Path, draws: int
) -> None:
    loadeds = [uncertain(each, draws) for each in pair] if draws else pair
    results = store.create_or_open(tmp_path / "out", loadeds, SEED, 2 if draws else RUNS)
    batch.run(results, workers=1, engine="compiled")
    stored = analysis.load(tmp_path / "out")
    *_, held = batch.in_memory(loadeds, 2 * draws or RUNS, SEED, chunk=2)
    frames = analysis.from_tables(held)
    for table in TABLES:
        key = ["scenario", "replicate"]
        ours, theirs = (
            each.table(table).sort_values(key, kind="stable", ignore_index=True)
            for each in (frames, stored)
        )
        pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)
    names = ["killed", "engagements"]
    left, right = (analysis.compare(each, outcomes=names) for each in (frames, stored))
    pd.testing.assert_frame_equal(left, right)
    only = frames.only(["two"])
    assert set(only.engagements["scenario"]) <= {"two"}


@pytest.mark.parametrize("rows", [1, 500_000])
def test_ticks_that_are_not_stored_are_counted_from_engagements(
    pair: list[Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("analysis.sources.PIECE_ROWS", rows)
    results = store.create_or_open(tmp_path / "bare", pair, SEED, RUNS, ticks=False)
    batch.run(results, workers=1, engine="compiled")
    bare = analysis.load(tmp_path / "bare")
    *_, held = batch.in_memory(pair, RUNS, SEED)
    whole = analysis.from_tables(held)
    lacking = ["mobilised", "compliance", "deployed"]
    columns = [column.name for column in TABLES["ticks"] if column.name not in lacking]
    ours, theirs = (each.table("ticks", columns) for each in (bare, whole))
    assert ours["wounded"].sum() > 0
    pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)
    ours, theirs = (daily(analysis.as_reported(each)) for each in (bare, whole))
    pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)
    for column in lacking:
        with pytest.raises(
            analysis.LoadError, match=f"bare has no {column} by tick: .* without --"
        ):
            bare.table("ticks", [column])
    with pytest.raises(analysis.LoadError, match="no mobilised or compliance or deployed by tick"):
        _ = bare.ticks
    assert (bare.counted, bare.only(["two"]).counted) == ({"one", "two"}, {"two"})
    assert analysis.as_reported(bare).counted == {"one", "two"}


def test_ticks_are_stored_in_one_folder_and_counted_in_another(
    pair: list[Loaded], tmp_path: Path
) -> None:
    for name, runs, ticks in (("bare", 4, False), ("whole", 6, True)):
        results = store.create_or_open(tmp_path / name, pair[:1], SEED, runs, ticks=ticks)
        batch.run(results, workers=1, engine="compiled")
    both = analysis.load(tmp_path / "bare", tmp_path / "whole")
    ours, theirs = (daily(each) for each in (both, analysis.load(tmp_path / "whole")))
    pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)


def assert_equal(ours: Held, theirs: Held) -> None:
    for table, columns in theirs.tables.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(ours.tables[table][name], values)


def test_results_grow_chunk_by_chunk_and_can_be_stopped(pair: list[Loaded]) -> None:
    counted = [[each.runs for each in held] for held in batch.in_memory(pair, 5, chunk=2)]
    assert counted == [[2, 2], [4, 4], [5, 5]]
    asked = iter([False, False, True])
    stopped = list(batch.in_memory(pair, 5, chunk=2, cancelled=lambda: next(asked)))
    assert [held[0].runs for held in stopped] == [2]


def test_later_runs_are_put_together_with_earlier_ones(pair: list[Loaded]) -> None:
    *_, ((whole, _)) = batch.in_memory(pair, 5)
    *_, ((first, _)) = batch.in_memory(pair, 2)
    *_, ((later, _)) = batch.in_memory(pair, range(2, 5))
    assert_equal(batch.together(first, later), whole)


def test_threads_run_at_once(pair: list[Loaded]) -> None:
    *_, expected = batch.in_memory(pair, 20)
    found: list[list[Held]] = []

    def work() -> None:
        *_, held = batch.in_memory(pair, 20)
        found.append(held)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 4
    for held in found:
        for ours, theirs in zip(held, expected, strict=True):
            assert_equal(ours, theirs)


def test_scenarios_in_memory_need_names_of_their_own(pair: list[Loaded]) -> None:
    *_, held = batch.in_memory([pair[0], pair[0]], 1)
    with pytest.raises(ValueError, match="two scenarios are called 'one'"):
        analysis.from_tables(held)
    with pytest.raises(ValueError, match="engine must be auto, compiled or interpreted"):
        list(batch.in_memory(pair, 1, engine="fast"))


# One run as plain data


@pytest.mark.parametrize("engine", ["compiled", "interpreted"])
def test_a_run_is_told_with_names_as_its_tables_have_it(engine: str) -> None:
    loaded = load("two-groups")
    told = batch.play(loaded, replicate=4, seed=2, engine=engine)
    *_, ((held,)) = batch.in_memory([loaded], range(4, 5), 2)
    rows = analysis.from_tables([held]).engagements
    assert len(rows) > 0
    told_rows = pd.DataFrame(told["engagements"])
    for column in ("tick", "province", "attacker", "target", "cause", "parent", "order"):
        assert told_rows[column].tolist() == rows[column].astype(object).tolist(), column
    assert told_rows["killed"].sum() == held.tables["runs"]["killed"][0]
    assert told_rows["wounded"].sum() == held.tables["runs"]["wounded"][0]
    orders = analysis.from_tables([held]).orders
    assert [each["action"] for each in told["orders"]] == orders["action"].astype(object).tolist()
    assert json.loads(json.dumps(told)) == told
    assert told["ticks"] == loaded.scenario.clock.n_ticks


def test_stances_and_forces_add_up_to_what_the_ticks_say() -> None:
    loaded = load("two-groups")
    told = batch.play(loaded, replicate=1)
    *_, ((held,)) = batch.in_memory([loaded], range(1, 2))
    ticks = held.tables["ticks"]
    stance = {(each["province"], each["group"]): "" for each in told["fighters"]}
    deployed: dict[str, int] = {}
    told_before: dict[str, int] = {}
    seen = set()
    for tick in range(told["ticks"]):
        for each in told["stances"]:
            if each["tick"] == tick:
                stance[each["province"], each["group"]] = each["stance"]
        for each in told["forces"]:
            if each["tick"] == tick:
                deployed[each["province"]] = each["deployed"]
        counted = sum(each == "mobilised" for each in stance.values())
        assert counted == ticks["mobilised"][tick]
        if tick:
            before = ticks["deployed"][tick]
            assert abs(sum(told_before.values()) - before) <= 2, tick
        told_before = dict(deployed)
        seen |= set(stance.values())
    assert seen >= {"quiet", "mobilised"}
