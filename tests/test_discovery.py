"""Discovery: a known corner is found, told as conditions, and can be run."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import analysis
from analysis.explore.designs import Explored
from analysis.explore.discovery import Limit, discover, inside
from analysis.explore.discoverypage import conditions
from analysis.explore.stopping import read_event
from analysis.frames import LoadError
from reprisal.app import app
from sim import batch, scenario, store
from sim.extras import MissingExtraError
from tests import corner_engine as corner
from tests.batches import make

pytestmark = pytest.mark.skipif(find_spec("ema_workbench") is None, reason="needs ema_workbench")
DEADLY = read_event("killed > 50")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("corner")
    ranges = {path: [0.0, 1.0] for path in corner.PATHS}
    design = {"method": "latin", "size": 240, "ranges": ranges}
    results = store.create_or_open(place / "r", [make(place, "base", design=design)], 3, 2)
    batch.run(results, workers=1, engine=corner.ENGINE)
    return place / "r"


@pytest.fixture(scope="module")
def found(folder: Path) -> Explored:
    return analysis.explored(analysis.load(folder))


def test_the_corner_is_found_and_nothing_else_is_restricted(found: Explored) -> None:
    made = discover(found, DEADLY)
    limits = {(limit.column, limit.low): limit.value for limit in made.limits}
    assert set(limits) == {(0, True), (1, False)}
    assert limits[0, True] == pytest.approx(corner.LOW, abs=0.08)
    assert limits[1, False] == pytest.approx(corner.HIGH, abs=0.08)
    first, second = conditions(made, found)
    assert first.startswith(f"{corner.PATHS[0]} from 0.")
    assert second.startswith(f"{corner.PATHS[1]} up to 0.")


def test_its_worth_is_told_from_points_that_did_not_choose_it(found: Explored) -> None:
    made = discover(found, DEADLY)
    held = made.held_out
    assert held.runs + made.training.runs == 480
    assert held.runs == 160
    share = 0.16
    true = corner.INSIDE
    assert held.density[1] < true < held.density[2]
    all_hits = share * corner.INSIDE + (1 - share) * corner.OUTSIDE
    assert held.coverage[1] < share * corner.INSIDE / all_hits < held.coverage[2]
    assert held.share == pytest.approx(all_hits, abs=0.08)


def test_a_box_of_the_trajectory_can_be_chosen(found: Explored) -> None:
    whole = discover(found, DEADLY, box=0)
    assert whole.limits == ()
    assert whole.held_out.coverage[0] == 1
    assert whole.trajectory["coverage"].iloc[0] == 1
    with pytest.raises(LoadError, match="boxes are numbered 0 to"):
        discover(found, DEADLY, box=10_000)


def test_too_rare_and_unreadable_events_are_told(found: Explored, folder: Path) -> None:
    with pytest.raises(LoadError, match="in 0 of 480 runs"):
        discover(found, read_event("killed > 500"))
    done = CliRunner().invoke(app, ["sensitivity", str(folder), "--where", "kiled > 3"])
    assert done.exit_code == 2
    assert "unknown outcome 'kiled'; did you mean killed?" in done.stderr
    wrong = {"--box 3": "needs --where", "--where killed>3 --outcome killed": "not both"}
    for options, told in wrong.items():
        done = CliRunner().invoke(app, ["sensitivity", str(folder), *options.split()])
        assert (done.exit_code, told in done.stderr) == (2, True)


def test_a_box_holds_its_limits() -> None:
    values = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    box = (Limit(0, True, 0.5), Limit(1, False, 0.5))
    assert inside(box, values).tolist() == [False, True, True]
    assert inside((), values).all()


def test_the_command_writes_a_scenario_that_runs_inside_the_box(
    folder: Path, tmp_path: Path
) -> None:
    arguments = ["sensitivity", str(folder), "--where", "killed > 50", "--out", str(tmp_path / "d")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "killed > 50 in" in done.stderr
    assert {path.name for path in (tmp_path / "d").iterdir()} == {
        "box.csv", "trajectory.csv", "discovery.md", "base-box.yaml", "box.png", "box.svg",
        "box.txt",
    }  # fmt: skip
    box = pd.read_csv(tmp_path / "d" / "box.csv").set_index("parameter")
    loaded = scenario.load(tmp_path / "d" / "base-box.yaml")
    assert loaded.design
    for varied in loaded.design.ranges:
        row = box.loc[varied.path]
        assert (varied.low, varied.high) == pytest.approx((row["low"], row["high"]))
    results = store.create_or_open(tmp_path / "again", [loaded], 4, 1)
    batch.run(results, workers=1, engine=corner.ENGINE)
    killed = results.read("runs", ["killed"]).to_pandas()["killed"]
    assert (killed > 50).mean() > 0.6


def test_without_the_workbench_it_says_what_to_install(
    found: Explored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    message = r"PRIM\) needs the extra 'discover' \(not installed: ema-workbench\)"
    with pytest.raises(MissingExtraError, match=message):
        discover(found, DEADLY)
