"""Numbers that are not known: draws that scenarios share, and what they do to answers."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import analysis
from analysis import uncertainty
from analysis.comparison import words
from reprisal.app import app
from reprisal.commands.comparison import _what_intervals_cover
from sim.scenario import Loaded, ScenarioError, load
from sim.scenario.uncertain import not_drawn, posterior_of, uncertain
from tests import batches

ROOT = Path(__file__).parent.parent
RANGED = """\
extends: {base}
clock: {{length: 10d}}
stances:
  mobilised: {{reprisal: 0.35 (0.1 to 0.6)}}
engagement: {{background_rate: 0.05/d (0.01/d to 0.5/d)}}
"""
POSTERIOR = """\
extends: ../small.yaml
stances:
  mobilised: {reprisal: 0.35}
engagement: {background_rate: 0.05/d}
design:
  method: listed
  values:
    stances.mobilised.reprisal: [0.2, 0.3, 0.4]
    engagement.background_rate: [0.02/d, 0.03/d, 0.04/d]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shipped = (ROOT / "scenarios" / "two-groups.yaml").read_text(encoding="utf-8")
    bare = re.sub(r" \([^() ]+ to [^() ]+\)", "", shipped)
    (tmp_path / "base.yaml").write_text(bare, encoding="utf-8")
    text = RANGED.format(base="base.yaml")
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    other = "extends: small.yaml\nreprisal: {half_life: 2h}\n"
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    fixed = "extends: small.yaml\nstances: {mobilised: {reprisal: 0.2}}\n"
    (tmp_path / "fixed.yaml").write_text(fixed, encoding="utf-8")
    return tmp_path


def columns(loaded: Loaded) -> dict[str, tuple[float, ...]]:
    assert loaded.design is not None
    paths = [each.path for each in loaded.design.ranges]
    return dict(zip(paths, loaded.design.listed, strict=True))


def test_ranges_are_filled_evenly_and_alike_in_every_scenario(folder: Path) -> None:
    drawn = columns(uncertain(load(folder / "small.yaml"), 100))
    assert set(drawn) == {"stances.mobilised.reprisal", "engagement.background_rate"}
    rate, reprisal = (np.array(drawn[path]) for path in drawn)
    shares = np.sort((reprisal - 0.1) / 0.5)
    assert (np.floor(shares * 100) == np.arange(100)).all()
    tenths = np.sort(np.log(rate * 24 / 0.01) / np.log(50))  # a wide range: even in the logarithm
    assert np.abs(tenths - np.linspace(0.005, 0.995, 100)).max() < 0.006
    assert abs(np.corrcoef(reprisal, np.log(rate))[0, 1]) < 0.3
    assert columns(uncertain(load(folder / "other.yaml"), 100)) == drawn
    assert columns(uncertain(load(folder / "small.yaml"), 100, seed=2)) != drawn


def test_a_number_that_a_scenario_sets_itself_is_not_drawn(folder: Path) -> None:
    assert set(columns(uncertain(load(folder / "fixed.yaml"), 10))) == {
        "engagement.background_rate"
    }


def test_a_posterior_is_found_beside_the_file_or_its_parents_and_edits_are_kept(
    folder: Path,
) -> None:
    (folder / "posteriors").mkdir()
    kept = folder / "posteriors" / "small.yaml"
    kept.write_text(POSTERIOR, encoding="utf-8")
    for name in ("small", "other", "fixed"):
        assert posterior_of(load(folder / f"{name}.yaml")) == kept
    drawn = columns(uncertain(load(folder / "other.yaml")))
    assert drawn["stances.mobilised.reprisal"] == (0.2, 0.3, 0.4)
    changed = uncertain(load(folder / "fixed.yaml"))
    assert list(columns(changed)) == ["engagement.background_rate"]
    assert not_drawn(changed) == ["stances.mobilised.reprisal"]
    edited = uncertain(load(folder / "small.yaml", ["engagement.background_rate=0.06/d"]))
    assert list(columns(edited)) == ["stances.mobilised.reprisal"]
    other = ["engagement.background_rate=0.06/d", "stances.mobilised.reprisal=0.41"]
    with pytest.raises(ScenarioError, match=r"none of the numbers for which .*calibrate this file"):
        uncertain(load(folder / "small.yaml", other))


def test_what_cannot_be_drawn_is_told(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="no number has a range"):
        uncertain(load(folder / "small.yaml", ["stances.mobilised.reprisal=0.2",
                                               "engagement.background_rate=0.1/d"]))  # fmt: skip
    with pytest.raises(ScenarioError, match="leave out --uncertain"):
        uncertain(uncertain(load(folder / "small.yaml"), 10))
    (folder / "posteriors").mkdir()
    (folder / "posteriors" / "small.yaml").write_text("extends: ../small.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="is no posterior"):
        uncertain(load(folder / "small.yaml"))


def test_the_band_is_that_of_expected_values_and_not_of_luck() -> None:
    """Expectations of standard deviation 3 under luck of 10: a band of 3.92 deviations."""
    rng = np.random.default_rng(1)
    draw = np.tile(np.arange(400), 10)
    expected = 50 + 3 * rng.normal(size=400)
    low, high = uncertainty.band(expected[draw] + 10 * rng.normal(size=4000), draw)
    assert (high - low) == pytest.approx(2 * 1.96 * 3, rel=0.15)
    assert (low + high) / 2 == pytest.approx(50, abs=1)


def test_luck_alone_has_a_band_without_width() -> None:
    """Variances between 400 means are too large by chance in about half of all cases."""
    rng, draw = np.random.default_rng(2), np.tile(np.arange(400), 10)
    wide = [np.diff(uncertainty.band(10 * rng.normal(size=4000), draw))[0] for _ in range(40)]
    assert np.median(wide) < 3
    assert min(wide) == 0


def test_one_run_of_each_draw_has_no_band() -> None:
    assert np.isnan(uncertainty.band(np.arange(20.0), np.arange(20))).all()
    assert np.isnan(uncertainty.band(np.arange(18.0), np.arange(18) % 9)).all()


@pytest.mark.usefixtures("undrawn")
def test_both_bands_are_told_by_run_compare_summary_and_report(folder: Path) -> None:
    results = folder / "r"
    files = [str(folder / f"{name}.yaml") for name in ("small", "other")]
    ran = CliRunner().invoke(app, ["run", *files, "--uncertain", "--replicates", "2", "--workers",
                                   "1", "--out", str(results)])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "small: 200 draws of 2 numbers from the ranges in the file." in ran.output
    frames = analysis.load(results)
    assert uncertainty.draws(frames, "small") == 200
    runs = frames.runs[frames.runs["scenario"] == "small"]
    low, high = uncertainty.band(runs["killed"].to_numpy(float), runs["replicate"] % 200)
    row = analysis.summary(frames).set_index(["scenario", "outcome"]).loc[("small", "killed")]
    assert (row["numbers_low"], row["numbers_high"]) == (low, high)
    assert low < row["mean"] < high
    table = analysis.compare(frames, outcomes=["killed"])
    first, second = (frames.runs[frames.runs["scenario"] == name].sort_values("replicate")
                     for name in ("small", "other"))  # fmt: skip
    gaps = second["killed"].to_numpy(float) - first["killed"].to_numpy(float)
    ends = uncertainty.band(gaps, first["replicate"].to_numpy() % 200)
    assert tuple(table[["numbers_low", "numbers_high"]].iloc[0]) == ends
    assert words.UNKNOWN in words.finding(table.iloc[0].to_dict())
    line = ["compare", str(results), "--outcomes", "killed", "--format", "png"]
    told = CliRunner().invoke(app, line)
    assert "uncertain parameters (95 %)" in told.output
    assert "cover chance alone" not in told.output
    written = CliRunner().invoke(app, ["report", str(results), "--out", str(folder / "report")])
    assert written.exit_code == 0, written.output
    text = (folder / "report" / "report.md").read_text(encoding="utf-8")
    assert "Numbers not known (95 %)" in text
    assert "Numbers that are not known are drawn, 200 times." in text
    assert text.count("engagements per engagement in the reference situation") == 4
    engaged = frames.engagements[frames.engagements["scenario"] == "other"]
    share = f"{100 * (engaged['parent'] >= 0).mean():.0f}"
    assert f"in the runs {share} % of the engagements answer another" in text


@pytest.mark.parametrize(
    ("design", "said"),
    [({"method": "listed", "values": {"reprisal.half_life": ["1d", "2d"]}},
      "chance and uncertain parameters together"),
     ({"method": "grid", "size": 2, "ranges": {"reprisal.half_life": ["1d", "2d"]}},
      "chance and the points of a design together"),
     (None, "cover chance alone")],
)  # fmt: skip
def test_intervals_are_said_to_cover_draws_where_one_run_of_each_hides_them(
    tmp_path: Path, design: dict[str, object] | None, said: str
) -> None:
    varied: dict[str, Any] = {"design": design} if design else {}
    scenarios = {"base": batches.make(tmp_path, "base", **varied)}
    frames: Any = SimpleNamespace(scenarios=scenarios)
    assert said in _what_intervals_cover(frames, ["base"])


@pytest.mark.usefixtures("undrawn")
def test_without_draws_only_chance_is_told(folder: Path) -> None:
    results = folder / "r"
    files = [str(folder / f"{name}.yaml") for name in ("small", "other")]
    line = ["run", *files, "--replicates", "5", "--out", str(results)]
    assert CliRunner().invoke(app, line).exit_code == 0
    told = CliRunner().invoke(app, ["compare", str(results), "--outcomes", "killed"])
    assert "These intervals cover chance alone; run --uncertain" in told.output
    assert "uncertain parameters (95 %)" not in told.output
