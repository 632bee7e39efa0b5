"""Results folders come back as tidy frames, and folders are told apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.frames import tick_days
from sim import store
from sim.records import TABLES
from tests import synthetic
from tests.batches import make, put


def stored(
    folder: Path,
    replicates: Iterable[int],
    name: str = "base",
    seed: int = 7,
    luck: int = 7,
    **changes: object,
) -> Path:
    """Make a results folder; ``luck`` stands for the version of the model."""
    folder.parent.mkdir(exist_ok=True)
    loaded = make(folder.parent / "files", name, **changes)
    results = store.create_or_open(folder, [loaded], seed, 6)
    for replicate in replicates:
        put(results, name, [replicate], luck)
    return folder


def test_tables_have_the_declared_columns_and_days(tmp_path: Path) -> None:
    frames = analysis.load(stored(tmp_path / "r", range(4)))
    for name in TABLES:
        frame = getattr(frames, name)
        declared = [column.name for column in TABLES[name]]
        assert list(frame.columns) == declared + (["day"] if "tick" in declared else [])
        labels = [column.name for column in TABLES[name] if column.kind == "label"]
        assert all(isinstance(frame[label].dtype, pd.CategoricalDtype) for label in labels)
    assert len(frames.runs) == 4
    assert str(frames.ticks["time"].dt.tz) == "UTC"
    assert frames.runs["reprisal_share"].isna().sum() == (frames.runs["engagements"] == 0).sum()


def test_only_asked_columns_are_read(tmp_path: Path) -> None:
    frames = analysis.load(stored(tmp_path / "r", range(2)))
    assert list(frames.table("ticks", ["killed"]).columns) == ["scenario", "killed"]
    with pytest.raises(ValueError, match=r"ticks has no column 'dead'; known are scenario, "):
        frames.table("ticks", ["dead"])
    with pytest.raises(ValueError, match="unknown table 'events'"):
        frames.table("events")


def test_ticks_are_not_read_before_they_are_used(tmp_path: Path) -> None:
    folder = stored(tmp_path / "r", range(2))
    [path] = (folder / "ticks").rglob("*.parquet")
    path.write_bytes(b"PAR1")
    frames = analysis.load(folder)
    assert len(frames.runs) == 2
    assert len(analysis.summary(frames)) > 0
    with pytest.raises(analysis.LoadError, match="is damaged"):
        _ = frames.ticks


def test_runs_that_were_read_are_not_read_again_for_some_scenarios(tmp_path: Path) -> None:
    stored(tmp_path / "r", range(2), "zebra")
    stored(tmp_path / "r", range(3), "ant")
    frames, fresh = analysis.load(tmp_path / "r"), analysis.load(tmp_path / "r")
    assert len(frames.runs) == 5
    for path in (tmp_path / "r" / "runs").rglob("*.parquet"):
        path.write_bytes(b"PAR1")
    ant = frames.only(["ant"])
    assert list(ant.runs["scenario"].cat.categories) == ["ant"]
    assert ant.runs["killed"].tolist() == frames.runs["killed"].tolist()[2:]
    assert ant.table("runs", ["scenario", "seed"]).columns.tolist() == ["scenario", "seed"]
    with pytest.raises(analysis.LoadError):
        _ = fresh.only(["ant"]).runs


def test_the_same_scenario_in_two_folders_is_counted_once(tmp_path: Path) -> None:
    first = stored(tmp_path / "one", [0, 1, 2])
    second = stored(tmp_path / "two", [2, 3])
    frames = analysis.load(first, second)
    assert list(frames.scenarios) == ["base"]
    assert sorted(frames.runs["replicate"]) == [0, 1, 2, 3]
    alone = analysis.load(first)
    both = frames.ticks[frames.ticks["replicate"] < 3]
    assert both["killed"].tolist() == alone.ticks["killed"].tolist()
    assert frames.missing == {"base": 2}


@pytest.mark.parametrize(
    "other",
    [{"title": "Other settings"}, {"seed": 8}, {"luck": 8}],
    ids=["other settings", "other seed", "other outcomes"],
)
def test_what_differs_is_told_apart_by_folder(tmp_path: Path, other: dict[str, object]) -> None:
    first = stored(tmp_path / "one", range(3))
    second = stored(tmp_path / "two", range(3), **other)  # type: ignore[arg-type]
    frames = analysis.load(first, second)
    assert list(frames.scenarios) == ["base (one)", "base (two)"]
    assert frames.runs["scenario"].value_counts().to_dict() == {"base (one)": 3, "base (two)": 3}


def test_folders_of_the_same_name_are_told_apart_by_path(tmp_path: Path) -> None:
    folders = [stored(tmp_path / part / "r", range(2), seed=n) for n, part in enumerate("ab")]
    assert list(analysis.load(*folders).scenarios) == [f"base ({folder})" for folder in folders]


def test_scenarios_keep_the_order_in_which_they_ran(tmp_path: Path) -> None:
    stored(tmp_path / "r", range(2), "zebra")
    stored(tmp_path / "r", range(2), "ant")
    frames = analysis.load(tmp_path / "r")
    for table in (frames.runs, frames.ticks, frames.engagements, frames.orders):
        assert list(table["scenario"].cat.categories) == ["zebra", "ant"]
    assert list(analysis.differences(frames)["baseline"].unique()) == ["zebra"]


def test_order_of_names_survives_categories_in_another_order() -> None:
    frames = synthetic.frames({"zebra": 0.5, "ant": 0.5}, replicates=2)
    sorted_names = pd.Series(pd.Categorical(["zebra", "ant"]))
    assert list(frames.labels(sorted_names).cat.categories) == ["zebra", "ant"]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(analysis.LoadError, match="nowhere does not exist"):
        analysis.load(tmp_path / "nowhere")


def test_another_folder(tmp_path: Path) -> None:
    with pytest.raises(analysis.LoadError, match="is not a results folder"):
        analysis.load(tmp_path)


def test_a_folder_without_finished_runs(tmp_path: Path) -> None:
    with pytest.raises(analysis.LoadError, match="r holds no finished run"):
        analysis.load(stored(tmp_path / "r", []))


def test_no_folder() -> None:
    with pytest.raises(analysis.LoadError, match="no results folder given"):
        analysis.load()


def test_days_are_local_calendar_days() -> None:
    world = synthetic.World("w", synthetic.scenario())
    days = tick_days(world, 40)  # type: ignore[arg-type]
    assert days[:13].tolist() == [0] * 12 + [1]
    assert np.flatnonzero(days == 2)[0] == 36


def test_a_day_with_a_clock_change_has_25_hours() -> None:
    made = synthetic.scenario().model_copy(deep=True)
    clock = made.clock.model_copy(
        update={"timezone": "Europe/Berlin", "start": pd.Timestamp("2024-10-26").to_pydatetime()}
    )
    world = synthetic.World("w", made.model_copy(update={"clock": clock}))
    days = tick_days(world, 72)  # type: ignore[arg-type]
    assert np.bincount(days)[:2].tolist() == [24, 25]


def test_importing_analysis_costs_nothing() -> None:
    code = "import analysis, sys; print([m for m in ('pandas', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(analysis.__all__) <= set(dir(analysis))
    assert all(getattr(analysis, name) for name in analysis.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        analysis.lod  # noqa: B018
