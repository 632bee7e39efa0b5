"""Outcomes of a user's own: in comparisons, designs, targets and calibrations."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import analysis
from analysis.frames import LoadError
from analysis.measures import Run
from reprisal.app import app

ROOT = Path(__file__).parents[1]
MINE = '''\
"""Outcomes."""
import numpy as np


def longest_lull(run):
    """Longest time without an engagement."""
    edges = np.concatenate([[0.0], run.hour, [run.length]])
    return float(np.diff(edges).max())


longest_lull.unit = "hours"


def broken(run):
    return 1 / 0


def word(run):
    return "three"


number = 3
'''
TARGETS = """\
title: Own
targets:
  lull: {label: Longest lull, measure: own, outcome: longest_lull, low: 10, high: 300, source: me}
"""


def reprisal(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="reprisal")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    text = (ROOT / "scenarios" / "two-groups.yaml").read_text(encoding="utf-8")
    (folder / "small.yaml").write_text(re.sub(r" \([^() ]+ to [^() ]+\)", "", text))
    (folder / "calm.yaml").write_text(
        "extends: small.yaml\nengagement: {background_rate: 0.001/d}\n"
    )
    (folder / "mine.py").write_text(MINE)
    (folder / "targets.yaml").write_text(TARGETS)
    run = [folder / "small.yaml", folder / "calm.yaml", "--replicates", 20]
    done = reprisal("run", *run, "--out", folder / "r", "--engine", "interpreted")
    assert done.exit_code == 0, done.stderr
    return folder


@pytest.fixture
def results(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder / "r"


def longest_lull(run: Run) -> float:
    return float(np.diff(np.concatenate([[0.0], run.hour, [run.length]])).max())


longest_lull.unit = "hours"  # type: ignore[attr-defined]


def test_an_outcome_is_a_column_of_runs_that_tables_know(results: Path) -> None:
    frames = analysis.with_outcomes(analysis.load(results), [longest_lull])
    plain = analysis.load(results)
    first = frames.engagements.query("scenario == 'small' and replicate == 3")
    tick = frames.scenarios["small"].scenario.clock.tick
    length = frames.scenarios["small"].scenario.clock.length
    hours = np.concatenate([[0.0], first["tick"] * tick, [length]])
    row = frames.runs.query("scenario == 'small' and replicate == 3").iloc[0]
    assert row["longest_lull"] == np.diff(hours).max()
    assert [*plain.runs.columns, "longest_lull"] == list(frames.runs.columns)
    assert "longest_lull" not in plain.runs
    assert list(frames.table("runs", ["longest_lull"])) == ["scenario", "longest_lull"]
    assert list(frames.only(["calm"]).runs["scenario"].unique()) == ["calm"]
    summary = analysis.summary(frames)
    assert set(summary[summary["outcome"] == "longest_lull"]["scenario"]) == {"small", "calm"}


def test_scenarios_are_compared_by_it(results: Path) -> None:
    done = reprisal(
        "compare", results, "--baseline", "small", "--outcomes", "longest_lull", "--own",
        "mine.py:longest_lull", "--out", "c",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv("c/comparison.csv")
    assert table["outcome"].tolist() == ["longest_lull"]
    assert table["difference_low"].iloc[0] > 0


def test_it_stands_beside_what_was_reported(results: Path) -> None:
    frames = analysis.with_outcomes(analysis.as_reported(analysis.load(results)), [longest_lull])
    assert frames.runs["longest_lull"].notna().all()
    own = ("--outcomes", "longest_lull,killed", "--own", "mine.py:longest_lull")
    done = reprisal("compare", results, "--reported", *own, "--out", "cr")
    assert done.exit_code == 0, done.stderr
    outcomes = pd.read_csv("cr/comparison-reported.csv")["outcome"]
    assert set(outcomes) == {"longest_lull", "killed"}


def test_a_target_is_measured_by_it(results: Path) -> None:
    done = reprisal("evaluate", results, "--targets", "targets.yaml", "--out", "e")
    assert done.exit_code == 2
    assert "--own MODULE:longest_lull names its function" in done.stderr
    own = ("--own", "mine:longest_lull")
    done = reprisal("evaluate", results, "--targets", "targets.yaml", *own, "--out", "e")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv("e/evaluation.csv").set_index("scenario")
    frames = analysis.with_outcomes(analysis.load(results), [longest_lull])
    lulls = frames.runs.loc[frames.runs["scenario"] == "small", "longest_lull"]
    assert table.loc["small", "probability"] == lulls.between(10, 300).mean()


def test_a_design_is_explored_by_it(results: Path) -> None:
    Path("varied.yaml").write_text(
        "extends: small.yaml\ndesign:\n  method: one_at_a_time\n  size: 2\n  ranges:\n"
        "    engagement.background_rate: [0.001/d, 0.1/d]\n"
    )
    run = ("--replicates", 4, "--out", "s", "--engine", "interpreted")
    done = reprisal("run", "varied.yaml", *run)
    assert done.exit_code == 0, done.stderr
    assert results.is_dir()
    own = ("--own", "mine.py:longest_lull", "--outcome", "longest_lull")
    done = reprisal("sensitivity", "s", *own, "--out", "se")
    assert done.exit_code == 0, done.stderr
    assert "longest_lull" in set(pd.read_csv("se/effects.csv")["outcome"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("mine.py:broken", "broken failed on small run 0: ZeroDivisionError: division by zero"),
        ("mine.py:word", "word gave 'three' for small run 0; a number is needed"),
        ("mine.py:number", "mine.py:number: that is no function but an int"),
        ("mine.py:lull", "mine.py:lull: there is no lull in that file"),
        ("other.py:lull", "other.py:lull: no file other.py"),
        ("mine", "write MODULE:FUNCTION"),
    ],
)
def test_what_is_no_outcome_is_refused(results: Path, asked: str, message: str) -> None:
    done = reprisal("compare", results, "--own", asked, "--out", "none")
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("none").exists()


def test_a_name_that_is_taken_is_refused(results: Path) -> None:
    def killed(_run: object) -> float:
        return 1.0

    with pytest.raises(LoadError, match="killed is an outcome already"):
        analysis.with_outcomes(analysis.load(results), [killed])
