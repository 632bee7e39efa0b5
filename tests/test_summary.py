"""Summaries and differences against numbers worked out by hand or in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from analysis import differences, figures, intervals, notes, summary, summarypage, wording
from analysis.frames import Frames
from analysis.rendering import markdown
from sim.records import OUTCOMES, RUNS
from tests import synthetic

PLAIN = {
    "seed": 1,
    "wounded": 0,
    "engagements": 1,
    "reprisal_share": 0.5,
    "longest_chain": 1,
    "provinces_reached": 1,
    "share_outside_capital": 0.0,
    "hours_to_calm": 10.0,
    "calm_reached": True,
    "relapse": 0.0,
    "called": True,
    "hours_to_call": 5.0,
    "peak_day": 0.0,
}


NONE = synthetic.typed("engagements", pd.DataFrame({"tick": []}))


def of_runs(**scenarios: list[dict[str, object]]) -> Frames:
    """Frames with one run per dictionary; what it leaves out is the same for all."""
    rows = [
        {"scenario": name, "replicate": number, "killed": 0, **PLAIN, **run}
        for name, runs in scenarios.items()
        for number, run in enumerate(runs)
    ]
    table = pd.DataFrame(rows)[[column.name for column in RUNS]]
    worlds = {name: synthetic.World(name, synthetic.scenario()) for name in scenarios}
    return Frames(worlds, (Path("r"),), synthetic.reader({"runs": table, "engagements": NONE}))  # type: ignore[arg-type]


def killed(*numbers: int) -> list[dict[str, object]]:
    return [{"killed": number} for number in numbers]


def row(table: pd.DataFrame, **where: str) -> pd.Series:
    for column, value in where.items():
        table = table[table[column] == value]
    [found] = [series for _, series in table.iterrows()]
    return found


def test_a_row_per_scenario_and_outcome() -> None:
    table = summary(of_runs(b=killed(1, 2), a=killed(3, 4)))
    assert len(table) == 2 * len(OUTCOMES)
    assert list(table["scenario"].unique()) == ["b", "a"]


def test_mean_error_and_quantiles_of_a_count() -> None:
    found = row(summary(of_runs(a=killed(1, 2, 3, 4, 10))), outcome="killed")
    sd = math.sqrt(12.5)
    assert (found["runs"], found["missing"], found["censored"], found["unit"]) == (
        5,
        0,
        0,
        "persons",
    )
    assert found["mean"] == 4
    assert found["sd"] == pytest.approx(sd)
    assert found["mean_se"] == pytest.approx(sd / math.sqrt(5))
    assert found["mean_high"] == pytest.approx(4 + 2.776445 * sd / math.sqrt(5))
    assert found["mean_low"] == 0, "a count cannot be below zero"
    assert (found["q05"], found["q25"], found["median"], found["q75"], found["q95"]) == (
        1, 2, 3, 4, 10,
    )  # fmt: skip
    assert math.isnan(found["median_low"]), "five runs are too few for a median's interval"


def test_missing_values_are_counted_and_left_out() -> None:
    runs: list[dict[str, object]] = [{"reprisal_share": share} for share in (0.2, 0.4, math.nan)]
    found = row(summary(of_runs(a=runs)), outcome="reprisal_share")
    assert (found["runs"], found["missing"]) == (2, 1)
    assert found["mean"] == pytest.approx(0.3)


def test_runs_that_ended_before_calm_are_shown_as_such() -> None:
    runs: list[dict[str, object]] = [
        {"hours_to_calm": hours, "calm_reached": hours < 100}
        for hours in (10.0, 20.0, 100.0, 100.0)
    ]
    found = row(summary(of_runs(a=runs)), outcome="hours_to_calm")
    assert found["censored"] == 2
    assert (found["median"], found["q75"]) == (20, math.inf)
    assert found["mean"] == 57.5
    assert wording.number(found["q75"]) == "not reached"


def test_a_yes_or_no_is_a_share_of_runs() -> None:
    runs: list[dict[str, object]] = [{"relapse": value} for value in (1.0, 0.0, 0.0, 0.0)]
    found = row(summary(of_runs(a=runs)), outcome="relapse")
    wilson = stats.binomtest(1, 4).proportion_ci(method="wilson")
    assert found["mean"] == 0.25
    assert (found["mean_low"], found["mean_high"]) == pytest.approx((wilson.low, wilson.high))
    assert math.isnan(found["median"])


def test_one_run_has_no_interval() -> None:
    found = row(summary(of_runs(a=killed(3))), outcome="killed")
    assert found["mean"] == 3
    assert found[["sd", "mean_se", "mean_low", "mean_high"]].isna().all()


def test_paired_difference() -> None:
    frames = of_runs(a=killed(1, 5, 9), b=killed(2, 7, 10))
    found = row(differences(frames), outcome="killed")
    error = math.sqrt(1 / 3 / 3)
    assert (found["method"], found["pairs"]) == ("paired", 3)
    assert found["difference"] == pytest.approx(4 / 3)
    assert found["difference_se"] == pytest.approx(error)
    assert found["difference_high"] == pytest.approx(4 / 3 + stats.t.ppf(0.975, 2) * error)
    assert found["variance_reduction"] == pytest.approx((16 + 49 / 3) / (1 / 3))


def test_scenarios_of_other_worlds_are_not_subtracted() -> None:
    found = of_runs(a=killed(1, 5, 9), b=killed(2, 7, 10), c=killed(90, 80, 70))
    worlds: Any = dict(found.scenarios)
    longer = synthetic.scenario(synthetic.SMALL_TILES, "9d", "south")
    worlds["c"] = synthetic.World("c", longer)
    mixed = replace(found, scenarios=worlds)
    assert set(differences(mixed)["scenario"]) == {"b"}
    ((_, sheet),) = figures.some(mixed, "differences")
    assert "Not compared, because clock, places or groups differ: c." in sheet.get_label()
    page = markdown(summarypage.summary_page(mixed, summary(mixed), differences(mixed)))
    assert "Not compared, because clock, places or groups differ: c." in page
    alone = mixed.only(["a", "c"])
    ((_, sheet),) = figures.some(alone, "differences")
    assert sheet.get_label().startswith("Means\n")


def test_pairing_that_hurts_is_not_used() -> None:
    ours, theirs = (1, 5, 9, 14), (10, 7, 2, 1)
    found = row(differences(of_runs(a=killed(*theirs), b=killed(*ours))), outcome="killed")
    welch = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval()
    assert found["method"] == "unpaired"
    assert found["variance_reduction"] < 1
    assert (found["difference_low"], found["difference_high"]) == pytest.approx(tuple(welch))


def test_replicates_of_other_seeds_are_no_pairs() -> None:
    other = [{**run, "seed": 2} for run in killed(2, 7, 10)]
    found = row(differences(of_runs(a=killed(1, 5, 9), b=other)), outcome="killed")
    assert (found["method"], found["pairs"], found["runs"]) == ("unpaired", 0, 3)
    assert math.isnan(found["variance_reduction"])


def test_pairs_need_a_value_in_both() -> None:
    ours: list[dict[str, object]] = [{"peak_day": day} for day in (1.0, math.nan, 3.0)]
    theirs: list[dict[str, object]] = [{"peak_day": day} for day in (0.0, 1.0, 2.0)]
    found = row(differences(of_runs(a=theirs, b=ours)), outcome="peak_day")
    assert (found["pairs"], found["runs"], found["baseline_runs"]) == (2, 2, 3)
    assert found["difference"] == 1


def test_a_yes_or_no_that_never_differs_still_has_an_interval() -> None:
    found = row(differences(of_runs(a=killed(*[1] * 50), b=killed(*[1] * 50))), outcome="relapse")
    assert found["difference"] == 0
    assert -0.1 < found["difference_low"] < 0 < found["difference_high"] < 0.1


def test_the_baseline_can_be_chosen() -> None:
    frames = of_runs(a=killed(1, 2), b=killed(5, 6))
    assert row(differences(frames, "b"), outcome="killed")["difference"] == -4
    with pytest.raises(ValueError, match="no scenario 'c'; there are a, b"):
        differences(frames, "c")


def test_one_scenario_has_no_differences() -> None:
    table = differences(of_runs(a=killed(1, 2)))
    assert table.empty
    assert "difference_low" in table


@given(st.integers(6, 400), st.sampled_from([0.5, 0.25, 0.9]))
def test_the_interval_of_a_quantile_covers_enough(size: int, level: float) -> None:
    low, high = intervals.quantile_interval(np.arange(1, size + 1), level)
    if not math.isnan(low):
        ranks = stats.binom(size, level)
        assert ranks.cdf(high - 1) - ranks.cdf(low - 1) >= 0.95
        assert (low, high) == (ranks.ppf(0.025), ranks.ppf(0.975) + 1)


@given(st.lists(st.integers(0, 50), min_size=1), st.floats(0.01, 0.99))
def test_a_quantile_is_the_smallest_value_that_enough_runs_do_not_exceed(
    values: list[int], level: float
) -> None:
    found = intervals.quantile(values, level)
    sample = np.array(values)
    assert (sample <= found).mean() >= level - 1e-9
    assert (sample < found).mean() < level


def test_pooled_shares_with_one_thing_per_run_are_ordinary_shares() -> None:
    parts = np.array([[1.0], [0.0], [0.0], [0.0]])
    share, low, high = intervals.ratio(parts, np.ones(4))
    assert share[0] == 0.25
    assert 0 < low[0] < 0.25 < high[0] < 1


def test_pooled_shares_worked_out_by_hand() -> None:
    share, low, high = intervals.ratio(np.array([[8.0], [0.0], [1.0]]), np.array([10.0, 2.0, 4.0]))
    gaps = [8 - 10 * 9 / 16, 0 - 2 * 9 / 16, 1 - 4 * 9 / 16]
    error = math.sqrt(3 / 2 * sum(gap**2 for gap in gaps)) / 16
    reach = stats.t.ppf(0.975, 2) * error / (9 / 16 * 7 / 16)
    assert share[0] == 9 / 16
    assert low[0] == pytest.approx(special.expit(math.log(9 / 7) - reach))
    assert high[0] == pytest.approx(special.expit(math.log(9 / 7) + reach))


def test_pooled_shares_know_that_things_of_one_run_go_together() -> None:
    alone = intervals.ratio(np.tile([[1.0], [0.0]], (20, 1)), np.ones(40))
    together = intervals.ratio(np.array([[20.0], [0.0]]), np.full(2, 20.0))
    assert together[2][0] - together[1][0] > alone[2][0] - alone[1][0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1234.4, "1,234"), (12.34, "12.3"), (1.234, "1.23"), (-0.5, "−0.500"),
        (0.0534, "0.053"), (-0.0000946, "−0.000095"), (math.nan, "–"), (math.inf, "not reached"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert wording.number(value) == text


def test_words_come_from_the_records() -> None:
    assert wording.label("killed") == "Killed (persons)"
    assert wording.label("hours_to_calm") == "Hours to calm"
    assert wording.label("reprisal_share") == "Reprisal share (0–1)"
    yes_no = [column.name for column in OUTCOMES if wording.is_yes_no(column.name)]
    assert yes_no == ["calm_reached", "relapse", "called"]
    assert wording.label("called") == "Call to withdraw came (share of runs)"
    assert wording.label("hours_to_call") == "Hours to the call to withdraw"
    with pytest.raises(ValueError, match="unknown outcome 'deaths'; there are killed, wounded"):
        wording.label("deaths")


def test_notes_tell_what_was_run() -> None:
    frames = of_runs(a=killed(1, 2), b=killed(3))
    assert notes.runs(frames) == "a: 2 runs, b: 1 run; seed 1."
    short = synthetic.World("b", synthetic.scenario(length="7d"))
    other = replace(frames, scenarios={**frames.scenarios, "b": short}, missing={"a": 3, "b": 0})  # type: ignore[dict-item]
    text = notes.runs(other)
    assert "not there (failed or not yet run): a 3." in text
    assert "Runs differ in length: a 45d, b 7d." in text
    assert notes.single(frames) == "A single run has no bands and no interval of a mean: b."


def test_notes_count_missing_and_unreached_values() -> None:
    runs: list[dict[str, object]] = [
        {"peak_day": math.nan},
        {"hours_to_calm": 99.0, "calm_reached": False, "engagements": 0},
    ]
    frames = of_runs(a=runs)
    text = notes.gaps(frames.runs, ["peak_day", "hours_to_calm"])
    assert text == (
        "Runs without a value: peak day 1 of 2 (a)."
        " Runs that ended first: hours to calm 1 of 2 (a)."
    )
    assert notes.quiet(frames, ["a"]) == "Runs without an engagement: a 1 of 2."


def test_tables_are_written_for_programs_and_people(tmp_path: Path) -> None:
    frames = of_runs(a=killed(1, 2, 3), b=[*killed(2, 2), {"reprisal_share": math.nan}])
    names = [path.name for path in summarypage.write(frames, tmp_path)]
    assert names == ["summary.csv", "differences.csv", "summary.md", "causes.csv"]
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "summary.csv"), summary(frames), check_dtype=False,
        check_categorical=False,
    )  # fmt: skip
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "3 runs per scenario; seed 1." in text
    assert "| Reprisal share (0–1) | b | 2 (1 missing) |" in text
    assert "## Differences from a" in text
