"""Runs parted by the branch of a political event, and what scenarios are worth in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import analysis
from analysis import intervals
from analysis.comparison import branchpage
from analysis.frames import Frames
from reprisal.app import app
from sim.parameters import Scenario
from sim.records import ORDERS, RUNS
from tests import synthetic

COURT = {
    "at": "2022-09-07T10:00",
    "label": "The court",
    "branches": {"moved": {"probability": 0.5, "again_after": "7d"}, "ruled": {"probability": 0.5}},
}
PLAIN = dict.fromkeys([column.name for column in RUNS], 0.0)
EFFECT = {"moved": 10.0, "ruled": -4.0}


def event(tick: int, order: str) -> dict[str, Any]:
    return {"tick": tick, "order": order, "action": "event", "group": "", "province": ""}


def made(replicates: int = 60, names: Sequence[str] = ("base", "lever")) -> Frames:
    """Two scenarios: after a move the lever costs 10 lives, after a ruling it saves 4."""
    luck = np.random.default_rng(11)
    runs, orders = [], []
    for replicate in range(replicates):
        branch = ("moved", "ruled")[replicate % 2]
        base = luck.normal(50, 5)
        effects = {"base": 0.0, "lever": EFFECT[branch] + luck.normal()}
        for name, effect in ((name, effects[name]) for name in names):
            key = {"scenario": name, "replicate": replicate}
            runs.append(PLAIN | key | {"killed": base + effect, "seed": 1, "calm_reached": True})
            if replicate < replicates - 2:
                orders.append(key | event(200, f"court.{branch}"))
                orders.append(key | event(400, "court.ruled"))
            orders.append(key | event(5, "other.moved") | {"time": 0})
    tables = {
        "runs": pd.DataFrame(runs)[[column.name for column in RUNS]],
        "orders": pd.DataFrame(orders).assign(time=0)[[column.name for column in ORDERS]],
    }
    plain = synthetic.scenario().model_dump(mode="json")
    written = Scenario.model_validate(plain | {"calendar": {"court": COURT}})
    worlds: Any = {name: synthetic.World(name, written) for name in names}
    return Frames(worlds, (Path("r"),), synthetic.reader(tables))


@pytest.fixture(scope="module")
def frames() -> Frames:
    return made()


def test_the_branch_is_that_of_the_first_date(frames: Frames) -> None:
    taken = analysis.branches(frames, "court").set_index(["scenario", "replicate"])["branch"]
    assert taken["base", 0] == "moved"
    assert taken["lever", 1] == "ruled"
    assert taken["base", 59] == "not held"
    assert len(taken) == 120


def test_a_lever_is_valued_within_each_branch(frames: Frames) -> None:
    table = analysis.compare_by_branch(frames, "court", outcomes=["killed"])
    assert list(table["branch"]) == ["moved", "ruled", "not held"]
    assert list(table["pairs"]) == [29, 29, 2]
    for row in table.to_dict("records")[:2]:
        assert row["difference_low"] < EFFECT[row["branch"]] < row["difference_high"]
    assert list(table["verdict"])[:2] == ["more", "slightly less"]
    assert set(table["family"]) == {3}


def test_shares_of_branches_add_up(frames: Frames) -> None:
    summary = analysis.summary_by_branch(frames, "court", ["killed"])
    sums = summary.groupby("scenario", observed=True)[["share", "runs"]].sum()
    assert sums["share"].to_numpy() == pytest.approx(1)
    assert list(sums["runs"]) == [60, 60]
    assert list(summary.index) == list(range(6))
    compared = analysis.compare_by_branch(frames, "court", outcomes=["killed"])
    assert "index" not in {*summary, *compared}


def test_unknown_events_are_refused_with_the_nearest(frames: Frames) -> None:
    with pytest.raises(ValueError, match="no event 'cour' with branches: there are court; did you"):
        analysis.branches(frames, "cour")
    plain = replace(frames, scenarios=synthetic.frames({"base": 0.5}, 1).scenarios)
    with pytest.raises(ValueError, match="no scenario has one"):
        analysis.branches(plain, "court")


def test_marks_stand_at_the_estimates(frames: Frames) -> None:
    table = analysis.compare_by_branch(frames, "court", outcomes=["killed"])
    ax = Figure().subplots()
    branchpage.values(table, ["moved", "ruled", "not held"], ax)
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "None"]
    assert marks == pytest.approx(list(table["difference"]))


def test_a_yes_or_no_is_a_share_with_its_interval_not_a_curve(frames: Frames) -> None:
    table = analysis.compare_by_branch(frames, "court", outcomes=["calm_reached"])
    ((_, figure),) = branchpage.figures(frames, "court", table)
    top = figure.axes[0]
    assert top.get_ylabel() != "Share of runs at or below"
    assert [label.get_text() for label in top.get_yticklabels()] == ["moved", "ruled", "not held"]
    span, mark, *_ = top.lines
    found = intervals.share(29, 29)
    assert list(np.asarray(span.get_xdata())) == [found.low, found.high]
    assert mark.get_xdata()[0] == 1.0
    assert "median" not in figure.get_label()


def test_the_command_writes_tables_and_figures(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "load", lambda *_: frames, raising=False)
    options = ["--by-branch", "court", "--outcomes", "killed", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, ["compare", "results/x", *options, "--format", "png"])
    assert done.exit_code == 0, done.stderr
    assert [Path(line).name for line in done.stdout.splitlines()] == [
        "branches-court.csv",
        "branches-court-comparison.csv",
        "branches-court.md",
        "branches-court-killed.png",
    ]
    text = (tmp_path / "branches-court.md").read_text()
    assert text.startswith("# Runs by the branch of The court")
    assert "| lever | moved | 29 | +" in text


def test_one_scenario_alone_is_still_parted(tmp_path: Path) -> None:
    alone = made(names=["base"])
    table = analysis.compare_by_branch(alone, "court", outcomes=["killed"])
    assert table.empty
    names = [
        path.name for path in analysis.write_branches(alone, "court", table, tmp_path, ["svg"])
    ]
    assert "branches-court-killed.svg" in names
