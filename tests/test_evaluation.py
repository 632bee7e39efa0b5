"""Runs against reports: quantiles, scores, words, files and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from typer.testing import CliRunner

import analysis
from analysis import evaluation, evaluationpage, scores, verdicts
from analysis.frames import Frames
from analysis.rendering import markdown
from analysis.targetstrip import strip
from reprisal.app import app
from sim import batch, scenario, store
from sim.targets import Targets
from tests import synthetic
from tests.batches import make
from tests.fake_engine import ENGINE

ROOT = Path(__file__).parents[1]
NUMBERS = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=30)
VALUE = {"measure": "killed", "label": "Dead", "source": "[A] a report", "value": 8, "low": 6}


def targets(**kinds: dict[str, Any]) -> Targets:
    file = {"title": "x", "sources": {"A": "A newspaper"}, "targets": kinds}
    return Targets.model_validate(file)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return synthetic.frames(
        {"base": 0.5, "more": 1.2},
        replicates=40,
        length="10d",
        tiles=synthetic.SMALL_TILES,
        capital="south",
    )


@pytest.fixture(scope="module")
def known() -> Targets:
    episode = {"gap": "6h", "least_killed": 1}
    return targets(
        dead=VALUE,
        here={**VALUE, "label": "Dead in the south", "provinces": ["south"], "high": 40},
        quiet={
            "measure": "hours_to_quiet", "label": "Quiet", "source": "[A]", "quiet": "12h",
            "order": "call_to_withdraw", "high": "9h",
        },
        rare={
            "measure": "episode_happens", "label": "Rare", "source": "[A]", "value": True,
            "episode": {"gap": "6h", "least_killed": 1000},
        },
        never={
            "measure": "episode_hours", "label": "Never", "source": "[A]", "value": "3h",
            "episode": {"gap": "6h", "least_killed": 1000},
        },
        night={
            "measure": "starts_at_night", "label": "Night", "source": "[A]", "value": True,
            "episode": episode,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "observed", "below", "up_to", "middle"),
    [
        ([1, 2, 3, 4], 2.5, 0.5, 0.5, 0.5),
        ([1, 2, 2, 4], 2, 0.25, 0.75, 0.5),
        ([0, 0, 0, 0], 0, 0, 1, 0.5),
        ([1, 2], 0, 0, 0, 0),
        ([1, 2], 9, 1, 1, 1),
    ],
)
def test_ties_count_half(
    values: list[float], observed: float, below: float, up_to: float, middle: float
) -> None:
    rank = scores.rank(values, observed)
    assert (rank.below, rank.up_to, rank.middle) == (below, up_to, middle)


@given(NUMBERS, st.integers(-60, 60))
def test_crps_is_the_integral_of_the_squared_distance_of_distributions(
    values: list[float], observed: int
) -> None:
    grid = np.arange(-60, 61)
    shares = np.array([(np.array(values) <= x).mean() for x in grid[:-1]])
    integral = float(((shares - (grid[:-1] >= observed)) ** 2).sum())
    size, gaps = len(values), np.abs(np.subtract.outer(values, values)).sum()
    fair = integral - gaps / (2 * size**2 * (size - 1))
    assert scores.crps(values, float(observed)).value == pytest.approx(fair, abs=1e-9)


def test_crps_of_a_normal_distribution_has_its_known_value_within_its_error() -> None:
    values = np.random.default_rng(3).normal(10, 2, size=4000)
    for observed in (10.0, 13.0):
        z = (observed - 10) / 2
        density, below = (
            math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
            (1 + math.erf(z / 2**0.5)) / 2,
        )
        known = 2 * (z * (2 * below - 1) + 2 * density - 1 / math.sqrt(math.pi))
        score = scores.crps(values, observed)
        assert abs(score.value - known) < 4 * score.error
        assert 0 < score.error < 0.1


def test_the_error_of_crps_is_its_spread_over_batches() -> None:
    rng = np.random.default_rng(5)
    batches = [scores.crps(rng.lognormal(2, 1, size=100), 12.0) for _ in range(400)]
    spread = float(np.std([score.value for score in batches]))
    assert np.mean([score.error for score in batches]) == pytest.approx(spread, rel=0.15)


def test_crps_of_one_certain_value_is_the_distance() -> None:
    assert scores.crps([3, 3, 3], 7) == (4, 0)
    assert math.isnan(scores.crps([3], 7).value)


def test_brier_is_the_squared_distance_of_the_share() -> None:
    score = scores.brier([1, 0, 0, 0], True)
    assert score.value == 0.75**2
    assert score.error == pytest.approx(2 * 0.75 * math.sqrt(0.25 * 0.75 / 4))
    assert scores.brier([1, 1], True) == (0, 0)
    assert math.isnan(scores.brier([], True).value)


def row(values: list[float], **target: Any) -> dict[str, Any]:
    """Evaluate one target of which the runs gave these values."""
    file = targets(t={**VALUE, "low": None, **target})
    given = {"x": pd.DataFrame({"t": values})}
    empty = Frames({"x": None}, (), synthetic.reader({}))  # type: ignore[dict-item] - names only
    found: dict[str, Any] = analysis.evaluate(empty, {"x": file}, given).iloc[0].to_dict()
    return found


HUNDRED = [float(value) for value in range(1, 101)]


@pytest.mark.parametrize(
    ("observed", "inside", "words"),
    [
        (50, (True, True), "Among the middle half of the runs: no conflict."),
        (80, (False, True), "On the high side of the runs, within their middle 90 %"),
        (20, (False, True), "On the low side of the runs, within their middle 90 %"),
        (300, (False, False), "Outside the middle 90 % of the runs, in which it is less than"),
        (-9, (False, False), "Outside the middle 90 % of the runs, in which it is more than"),
    ],
)
def test_values_are_placed_and_put_into_words(
    observed: float, inside: tuple[bool, bool], words: str
) -> None:
    found = row(HUNDRED, value=observed)
    assert (found["inside_50"], found["inside_90"]) == inside
    assert found["verdict"].startswith(words)
    assert [found[q] for q in ("q05", "q25", "median", "q75", "q95")] == [5, 25, 50, 75, 95]


def test_words_say_when_few_runs_or_the_range_leave_it_open() -> None:
    assert "With so few runs" in row(HUNDRED, value=96)["verdict"]
    assert "With so few runs" not in row(HUNDRED, value=300)["verdict"]
    assert "range reaches into it" in row(HUNDRED, value=300, low=90, high=None)["verdict"]
    assert "range reaches into it" not in row(HUNDRED, value=300, low=200)["verdict"]


@pytest.mark.parametrize(
    ("low", "high", "agree", "inside", "words"),
    [
        (None, 60, 0.6, (True, True), "the usual course"),
        (71, None, 0.3, (False, True), "a minority"),
        (100, None, 0.01, (False, False), "rare, which counts against the model"),
        (41, 60, 0.2, (False, True), "a minority"),
    ],
)
def test_a_bare_range_is_judged_by_the_share_of_runs_in_it(
    low: float | None, high: float | None, agree: float, inside: tuple[bool, bool], words: str
) -> None:
    found = row(HUNDRED, value=None, low=low, high=high)
    assert found["agree"] == pytest.approx(agree)
    assert (found["inside_50"], found["inside_90"]) == inside
    assert words in found["verdict"]
    assert (found["rule"], found["score"]) == ("Brier", pytest.approx((1 - agree) ** 2))


def test_what_happens_seldom_is_said_and_not_placed() -> None:
    nan = math.nan
    never = row([nan] * 50)
    assert "none of 50 runs" in never["verdict"]
    seldom = row([8.0] * 5 + [nan] * 45)
    assert (seldom["happened"], seldom["share"], seldom["inside_90"]) == (5, 0.1, None)
    assert "too few" in seldom["verdict"]
    half = row([8.0] * 25 + [nan] * 25)
    assert half["verdict"].startswith("It happened in 50 % of the runs; among these: among the")


def test_no_verdict_calls_the_model_right() -> None:
    for value in range(0, 120, 5):
        words = row(HUNDRED, value=value)["verdict"].lower()
        assert not any(word in words for word in ("correct", "valid", "confirm", "proves", "fits"))


def test_every_target_of_every_scenario_is_a_row(frames: Frames, known: Targets) -> None:
    table = analysis.evaluate(frames, {"base": known, "more": known})
    assert len(table) == 2 * len(known.targets)
    assert (table["runs"] == 40).all()
    for name in ("base", "more"):
        killed = frames.runs.loc[frames.runs["scenario"] == name, "killed"]
        dead = table[(table["scenario"] == name) & (table["target"] == "dead")].iloc[0]
        assert dead["below"] == (killed < 8).mean()
        assert dead["up_to"] == (killed <= 8).mean()


def test_runs_without_engagements_count(known: Targets) -> None:
    quiet = synthetic.frames({"none": 0.0}, replicates=5, tiles=synthetic.SMALL_TILES)
    values = analysis.observed_in_runs(quiet, {"none": known})["none"]
    assert list(values["dead"]) == [0.0] * 5
    assert values["never"].isna().all()


def test_the_table_for_readers_names_sources_and_how_to_read_it(
    frames: Frames, known: Targets
) -> None:
    both = {"base": known}
    table = analysis.evaluate(frames, both)
    text = markdown(evaluationpage.evaluation_page(frames, table, {"base": Path("x.yaml")}, both))
    assert "- **A**: A newspaper" in text
    assert "| Never | 3 hours | 0 of 40 | – |" in text
    assert "| Quiet | at most 9 hours |" in text
    assert "One history was observed" in text


def test_strips_show_what_was_reported_and_the_runs(frames: Frames, known: Targets) -> None:
    table = analysis.evaluate(frames, {"base": known}).set_index("target")
    values = analysis.observed_in_runs(frames, {"base": known})["base"]
    for key in known.targets:
        ax = Figure().subplots()
        given = table.loc[key].to_dict()
        assert strip(given, values[key].to_numpy(dtype=float), ax) is ax
        left, right = ax.get_xlim()
        marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "v"]
        wanted = [100] if given["kind"] == verdicts.YES_NO else [given["observed"]]
        assert marks == [mark for mark in wanted if not math.isnan(mark)]
        assert all(left <= mark <= right for mark in marks)
        bars = sum(patch.get_height() > 0 for patch in ax.patches)
        assert (bars > 0) == (given["happened"] > 0 or bool(ax.patches))


@pytest.mark.parametrize("values", [[-3.0, 0.0, 7.0], [0.0] * 9, [0.5, 0.7], [0.0, 1, 2, 900]])
def test_bars_hold_every_run(values: list[float]) -> None:
    found = row(values * 10)
    ax = Figure().subplots()
    strip(found, np.array(values * 10), ax)
    bars = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    for value in values:
        inside = [bar for bar in bars if bar.get_x() <= value <= bar.get_x() + bar.get_width()]
        assert any(bar.get_height() > 0 for bar in inside)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    loaded = [make(tmp_path / "scenarios", name) for name in ("one", "two")]
    results = store.create_or_open(tmp_path / "results", loaded, 1, 3)
    batch.run(results, 1, engine=ENGINE)
    return tmp_path / "results"


def put(path: Path, **changes: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {**VALUE, "provinces": ["city"]} | changes
    path.write_text(json.dumps({"title": "x", "targets": {"dead": entry}}), encoding="utf-8")
    return path


def evaluate(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_the_command_uses_the_targets_beside_the_scenario(folder: Path) -> None:
    put(folder.parent / "scenarios" / "targets" / "one.yaml")
    result = evaluate(folder)
    assert result.exit_code == 0, result.output
    names = [f"evaluation.{end}" for end in ("csv", "md", "png", "svg", "txt")]
    assert result.stdout.splitlines() == [str(folder / "evaluation" / name) for name in names]
    table = pd.read_csv(folder / "evaluation" / "evaluation.csv")
    assert list(table["scenario"]) == ["one"]
    assert matplotlib.image.imread(folder / "evaluation" / "evaluation.png").std() > 0


def test_the_command_takes_a_file_for_all_scenarios_and_a_place(folder: Path) -> None:
    file = put(folder.parent / "own" / "mine.yaml")
    out = folder.parent / "there"
    result = evaluate(folder, "--targets", file, "--out", out)
    assert result.exit_code == 0, result.output
    assert (out / "evaluation-two.png").is_file()
    assert list(pd.read_csv(out / "evaluation.csv")["scenario"]) == ["one", "two"]
    assert not (folder / "evaluation").exists()


def test_the_command_says_where_targets_are_looked_for(folder: Path) -> None:
    result = evaluate(folder)
    assert result.exit_code == 2
    assert "no targets file found for one, two" in result.stderr
    assert "scenarios/targets/<scenario>.yaml" in result.stderr


def test_the_command_lists_what_is_wrong_with_a_file(folder: Path) -> None:
    file = put(folder.parent / "scenarios" / "targets" / "one.yaml", provinces=["cty"], low=9)
    result = evaluate(folder)
    assert result.exit_code == 2
    assert str(file) in result.stderr
    assert "did you mean 'city'?" in result.stderr
    assert "is below 'low'" in result.stderr


def test_the_file_counts_before_the_name_of_a_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = put(tmp_path / "scenarios" / "targets" / "one.yaml")
    source = str(tmp_path / "scenarios" / "one.yaml")
    assert evaluationpage.targets_file("one+title=x", source) == file
    assert evaluationpage.targets_file("other", "") is None
    shipped = evaluationpage.targets_file("iraq-2022", "")
    assert shipped is not None
    assert shipped.name == "iraq-2022.yaml"


def test_runs_as_reported_are_those_in_which_it_happened_within_the_range() -> None:
    nan = math.nan
    values = [5.0, 6, 8, 9, nan, nan, nan, nan]
    assert row(values, low=6)["probability"] == pytest.approx(3 / 8)  # at least 6
    assert row(values, low=6, high=8)["probability"] == pytest.approx(2 / 8)
    assert row(values, value=9)["probability"] == pytest.approx(1 / 8)
    night = targets(t={k: v for k, v in VALUE.items() if k not in ("low", "value", "measure")} | {
        "measure": "starts_at_night", "episode": {"gap": "6h"}, "value": True
    }).targets["t"]  # fmt: skip
    assert evaluation.as_reported(night, np.array([1.0, 0, nan])).tolist() == [True, False, False]


def test_a_score_sums_logarithms_of_probabilities(frames: Frames, known: Targets) -> None:
    table = analysis.evaluate(frames, {"base": known})
    met = (table["probability"] * 40).round().to_numpy()
    assert met.min() == 0
    assert 0 < met.max() <= 40
    expected = sum(math.log((each + 0.5) / 41) for each in met)
    assert evaluation.score(table["probability"], table["runs"]) == pytest.approx(expected)


def test_measures_see_the_deployment_of_the_point_at_which_a_run_was_made(tmp_path: Path) -> None:
    (tmp_path / "few.yaml").write_text(
        f"extends: {ROOT}/scenarios/two-groups.yaml\nclock: {{length: 6d}}\n"
        "design: {method: listed, values: {deployment.lag: [0h, 40h]}}\n",
        encoding="utf-8",
    )
    results = store.create_or_open(tmp_path / "runs", [scenario.load(tmp_path / "few.yaml")], 1, 20)
    batch.run(results, 1)
    calm = {
        "measure": "hours_to_calm_after_arrival", "label": "Calm", "source": "[A]", "high": "1h",
        "episode": {"gap": "24h", "least_killed": 1},
    }  # fmt: skip
    given = analysis.load(tmp_path / "runs")
    found = analysis.observed_in_runs(given, {"few": targets(calm=calm)})["few"]["calm"]
    at_once, late = found[::2], found[1::2]
    both = at_once.notna().to_numpy() & late.notna().to_numpy()
    assert both.sum() > 5
    assert at_once[both].median() > late[both].median() + 5
