"""Results in the shapes of other tools, value by value."""

from __future__ import annotations

import json
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import analysis
from analysis.files import csv
from analysis.frames import Frames
from reprisal.app import app
from sim import store
from sim.records import OUTCOMES, TABLES
from tests.batches import make, put

RANGES = {
    "reprisal.half_life": {"low": "12h", "high": "2d", "scale": "log"},
    "groups.red.fighters.city": [50, 150],
}
NAMES = [column.name for column in OUTCOMES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scenarios, one of them at the four points of a grid."""
    place = tmp_path_factory.mktemp("interop")
    loaded = [
        make(place / "files", "base"),
        make(place / "files", "slow", reprisal={"half_life": "3d"}, battle={"enabled": False}),
        make(place / "files", "grid", design={"method": "grid", "size": 2, "ranges": RANGES}),
    ]
    results = store.create_or_open(place / "r", loaded, 7, 8)
    for name in ("base", "slow", "grid"):
        for run in range(8):
            put(results, name, [run])
    return place / "r"


@pytest.fixture(scope="module")
def frames(folder: Path) -> Frames:
    return analysis.load(folder)


def test_parameters_are_those_that_differ_in_their_units(frames: Frames) -> None:
    table = analysis.parameters(frames)
    assert list(table.columns) == [
        "scenario", "replicate", "seed", "battle.enabled", "reprisal.half_life",
        "groups.red.fighters.city",
    ]  # fmt: skip
    assert table["replicate"].tolist() == frames.runs["replicate"].tolist()
    by_name = table.set_index("scenario")
    assert set(by_name.loc["slow", "reprisal.half_life"]) == {72.0}
    assert set(by_name.loc["slow", "battle.enabled"]) == {False}
    grid = by_name.loc["grid"]
    assert grid["reprisal.half_life"].tolist() == pytest.approx([12, 12, 48, 48] * 2)
    assert grid["groups.red.fighters.city"].tolist() == [50, 150, 50, 150] * 2


def test_many_parameters_that_differ_are_put_together_at_once(
    frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flat(loaded: Any) -> dict[str, Any]:
        return {f"p{number}": len(loaded.name) + ord(loaded.name[0]) for number in range(150)}

    monkeypatch.setattr("analysis.interop._flat", flat)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = analysis.parameters(frames)
    names = table["scenario"].astype(str)
    assert (table["p149"] == names.str.len() + names.str[0].map(ord)).all()
    assert table["reprisal.half_life"].notna().sum() == 8


def test_ema_gets_experiments_and_outcomes_row_by_row(frames: Frames) -> None:
    experiments, outcomes = analysis.to_ema(frames)
    assert len(experiments) == len(frames.runs) == 24
    assert experiments["policy"].tolist() == frames.runs["scenario"].astype(str).tolist()
    assert experiments["scenario"].tolist() == frames.runs["replicate"].tolist()
    assert outcomes["killed"].tolist() == frames.runs["killed"].tolist()
    assert set(outcomes) == {*NAMES, "killed_by_day"}
    assert outcomes["killed_by_day"].sum(axis=1).tolist() == [
        frames.ticks.loc[
            (frames.ticks["scenario"] == run.scenario)
            & (frames.ticks["replicate"] == run.replicate),
            "killed",
        ].sum()
        for run in frames.runs.itertuples()
    ]


def test_salib_gets_points_in_order_and_means_over_replicates(frames: Frames) -> None:
    problem, x, y = analysis.to_salib(frames)
    assert problem["names"] == list(RANGES)
    assert problem["bounds"] == [[12.0, 48.0], [50.0, 150.0]]
    assert (problem["num_vars"], x.shape, len(y)) == (2, (4, 2), 4)
    killed = frames.runs[frames.runs["scenario"] == "grid"].set_index("replicate")["killed"]
    for point in range(4):
        assert y.loc[point, "killed"] == pytest.approx((killed[point] + killed[point + 4]) / 2)


def test_salib_needs_a_design(frames: Frames) -> None:
    with pytest.raises(analysis.LoadError, match="'base' has no design; those with one: grid"):
        analysis.to_salib(frames, "base")


def test_mesa_users_find_their_columns(frames: Frames) -> None:
    table = analysis.to_mesa(frames)
    assert list(table.columns[:5]) == ["RunId", "iteration", "Step", "seed", "scenario"]
    assert table["RunId"].is_unique
    assert set(table["Step"]) == {frames.scenarios["base"].scenario.clock.n_ticks}
    assert table["killed"].tolist() == frames.runs["killed"].tolist()
    assert set(NAMES) <= set(table.columns)


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("csv", [*(f"{name}.csv" for name in TABLES), "parameters.csv", "units.csv"]),
        ("ema", ["experiments.csv", "outcomes.csv", "killed_by_day.csv"]),
        ("salib", ["problem.json", "x.csv", "y.csv"]),
        ("mesa", ["batch.csv"]),
    ],
)
def test_the_command_writes_what_pandas_reads_back(
    frames: Frames, folder: Path, tmp_path: Path, kind: str, files: list[str]
) -> None:
    options = ["export", str(folder), "--format", kind, "--out", str(tmp_path / kind)]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.stderr
    assert [Path(line).name for line in done.stdout.splitlines()] == files
    for name in files:
        path = tmp_path / kind / name
        if path.suffix == ".csv":
            assert len(pd.read_csv(path))
    if kind == "csv":
        runs = pd.read_csv(tmp_path / kind / "runs.csv")
        assert runs["killed"].tolist() == frames.runs["killed"].tolist()
        assert len(pd.read_csv(tmp_path / kind / "ticks.csv")) == len(frames.ticks)
    if kind == "salib":
        x = np.loadtxt(tmp_path / kind / "x.csv", delimiter=",", skiprows=1)
        np.testing.assert_allclose(x, analysis.to_salib(frames)[1], rtol=1e-9)
        assert json.loads((tmp_path / kind / "problem.json").read_text())["num_vars"] == 2


def test_ticks_that_are_not_stored_are_not_exported(tmp_path: Path) -> None:
    loaded = make(tmp_path / "files", "base")
    put(store.create_or_open(tmp_path / "r", [loaded], 7, 2, ticks=False), "base", [0, 1])
    done = CliRunner().invoke(app, ["export", str(tmp_path / "r")])
    assert done.exit_code == 0, done.stderr
    names = [Path(line).name for line in done.stdout.splitlines()]
    assert names == [*(f"{name}.csv" for name in TABLES if name != "ticks"), *names[-2:]]
    assert "No ticks.csv: ticks were not stored." in done.stderr


def test_an_unknown_format_is_refused(folder: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(folder), "--format", "xls"])
    assert done.exit_code == 2
    assert "'xls' is not one of csv, ema, salib, mesa" in " ".join(done.stderr.split())


def test_no_word_is_a_formula_in_a_spreadsheet() -> None:
    words = ["=cmd()", "+1+1", "-x", "@a", "\tb", "-1.5", "-", "a=b"]
    table = pd.DataFrame({"=h": words, "kind": pd.Categorical(words)})
    written = pd.read_csv(StringIO(csv(table)), dtype=str)
    shown = ["'=cmd()", "'+1+1", "'-x", "'@a", "'\tb", "-1.5", "-", "a=b"]
    assert list(written.columns) == ["'=h", "kind"]
    assert list(written["'=h"]) == list(written["kind"]) == shown
    assert list(table["=h"]) == words


def test_exported_tables_have_no_formula(tmp_path: Path) -> None:
    results = store.create_or_open(tmp_path / "r", [make(tmp_path / "files", "=1+1")], 7, 2)
    put(results, "=1+1", range(2))
    paths = analysis.write_export(analysis.load(results.folder), tmp_path / "out", "csv")
    runs = next(path for path in paths if path.name == "runs.csv")
    assert [line[:6] for line in runs.read_text("utf-8").splitlines()[1:]] == ["'=1+1,"] * 2
