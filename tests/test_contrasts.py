"""Contrasts: closed forms, coverage by simulation, words, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import analysis
from analysis import style
from analysis.comparison import contrastpage
from analysis.comparison.contrasts import NONE, OPPOSITE
from analysis.frames import Frames
from reprisal.app import app
from tests import synthetic
from tests.sweeps import made_up

RUNS = 40


def results(
    means: dict[str, float], luck: int = 0, seeds: dict[str, int] | None = None, spread: float = 6.0
) -> Frames:
    """Made-up runs; runs of one seed share half of their chance."""
    runs = made_up(means, RUNS, seeds or {}, spread, luck, own=1.0)
    made = synthetic.scenario(synthetic.SMALL_TILES, "7d", "south")
    worlds = {name: synthetic.World(name, made) for name in means}
    return Frames(worlds, (Path("results/made-up"),), synthetic.reader({"runs": runs}))  # type: ignore[arg-type]


MEANS = {"base": 50.0, "fast": 40.0, "open": 56.0, "slow": 45.0}


def killed(frames: Frames, name: str) -> np.ndarray:
    return frames.runs.loc[frames.runs["scenario"] == name, "killed"].to_numpy()


def test_a_contrast_is_the_difference_of_two_effects_within_runs() -> None:
    frames = results(MEANS)
    table = analysis.contrasts(frames, ["fast against slow"], outcomes=["killed"])
    gaps = killed(frames, "fast") - killed(frames, "slow")
    (row,) = table.to_dict("records")
    ends = stats.t.interval(0.95, RUNS - 1, gaps.mean(), stats.sem(gaps))
    assert row["difference"] == pytest.approx(gaps.mean())
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(ends)
    assert row["first"] == pytest.approx((killed(frames, "fast") - killed(frames, "base")).mean())
    assert row["ratio"] == pytest.approx(row["first"] / row["second"])
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert row["p"] == pytest.approx(stats.ttest_1samp(gaps, 0).pvalue)


def test_effects_that_are_written_out_need_not_share_their_baseline() -> None:
    frames = results(MEANS)
    table = analysis.contrasts(frames, ["fast against base - open"], outcomes=["killed"])
    gaps = killed(frames, "fast") - 2 * killed(frames, "base") + killed(frames, "open")
    assert table["difference"].iloc[0] == pytest.approx(gaps.mean())
    assert table["second"].iloc[0] == pytest.approx(
        (killed(frames, "base") - killed(frames, "open")).mean()
    )


@pytest.mark.parametrize("samples", [50, pytest.param(150, marks=pytest.mark.slow)])
@pytest.mark.parametrize("seeds", [{}, {"base": 2, "open": 3}])
def test_intervals_cover_the_contrast(seeds: dict[str, int], samples: int) -> None:
    """A right interval fails here in one case of a thousand."""
    hits = []
    for luck in range(samples):
        frames = results(MEANS, luck, seeds)
        table = analysis.contrasts(frames, ["fast against base - open"], outcomes=["killed"])
        low, high = table[["difference_low", "difference_high"]].iloc[0]
        hits.append(low <= -4 <= high)
    assert sum(hits) >= stats.binom.ppf(0.001, samples, 0.95)


def test_runs_of_other_seeds_are_compared_as_independent() -> None:
    frames = results(MEANS, seeds={"base": 2, "fast": 3})
    (row,) = analysis.contrasts(frames, ["fast against slow"], outcomes=["killed"]).to_dict(
        "records"
    )
    assert row["method"] == "unpaired"
    assert row["runs"] == 0
    assert math.isnan(row["ratio"])
    assert row["difference_low"] < -5 < row["difference_high"]


@pytest.mark.parametrize(
    ("means", "asked", "verdict"),
    [
        ({"base": 50, "a": 20, "b": 40}, "a against b", "the first does more"),
        ({"base": 50, "a": 40, "b": 20}, "a against b", "the second does more"),
        ({"base": 50, "a": 90, "b": 70}, "a against b", "the first does more"),
        ({"base": 50, "a": 20, "b": 80}, "a against b", OPPOSITE),
        ({"base": 50, "a": 40, "b": 40.1}, "a against b", "which does more cannot be told"),
    ],
)
def test_the_verdict_follows_the_interval_and_the_directions(
    means: dict[str, float], asked: str, verdict: str
) -> None:
    table = analysis.contrasts(results(means), [asked], outcomes=["killed"])
    assert table["verdict"].iloc[0] == verdict


def test_contrasts_are_one_family_and_a_yes_or_no_without_variation_has_no_value() -> None:
    frames = results(MEANS)
    table = analysis.contrasts(
        frames, ["fast against slow", "fast against open"], outcomes=["killed", "called"]
    )
    assert (table["family"] == 2).all()
    assert set(table.loc[table["outcome"] == "called", "verdict"]) == {NONE}
    tested = table.dropna(subset=["p"])
    assert (tested["p_holm"] >= tested["p"]).all()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("fast", "is no contrast; write one as A against B"),
        ("fast against", "is no contrast"),
        ("fsat against slow", "no scenario 'fsat' .*; did you mean fast?"),
        ("base - opne against slow", "no scenario 'opne' .*; did you mean open?"),
        ("base against slow", "base has no effect"),
        ("fast against fast - base", "holds an effect against itself"),
    ],
)
def test_a_contrast_that_cannot_be_read_is_refused(asked: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        analysis.contrasts(results(MEANS), [asked])


def test_the_figure_fills_what_is_distinguishable() -> None:
    frames = results({"base": 50, "a": 20, "b": 40, "c": 20.1})
    asked = ["a against b", "a against c"]
    table = analysis.contrasts(frames, asked, outcomes=["killed"])
    with style.context():
        ((name, figure),) = contrastpage.figures(frames, table)
    assert name == "contrasts-killed"
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    fills = [line.get_markerfacecolor() for line in marks]
    assert [fills[2], fills[5]] == ["black", "white"]


def test_compare_answers_a_contrast_alone(tmp_path: Path) -> None:
    out = tmp_path / "results"
    command = ["run", "two-groups", "--sweep", "reprisal.half_life=6h,1d,4d"]
    done = CliRunner().invoke(app, [*command, "--replicates", "4", "--out", str(out)])
    assert done.exit_code == 0, done.output
    asked = "two-groups+half_life=1d against two-groups+half_life=4d"
    done = CliRunner().invoke(app, ["compare", str(out), "--contrast", asked])
    assert done.exit_code == 0, done.output
    assert "first minus second" in done.stdout
    names = {path.name for path in (out / "comparison").iterdir()}
    assert names == {"contrasts.csv", *(f"contrasts-killed.{end}" for end in ("png", "svg", "txt"))}
