"""The table of a comparison against numbers worked out by hand, and its family-wise error rate."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import compare, lever_page
from analysis.comparison.table import comparable, holm
from analysis.frames import Frames
from sim.records import RUNS
from tests import synthetic

SETTING = synthetic.scenario()
COUNTS = {"wounded": 0, "longest_chain": 1, "provinces_reached": 1, "peak_day": 0.0, "seed": 1}


def frames(
    settings: dict[str, object] | None = None, **scenarios: dict[str, list[float]]
) -> Frames:
    """Runs with the given outcomes; what is left out is the same in all."""
    parts = []
    for name, outcomes in scenarios.items():
        size = len(next(iter(outcomes.values())))
        plain = dict.fromkeys([column.name for column in RUNS], 0.0) | COUNTS
        part = pd.DataFrame({key: [value] * size for key, value in plain.items()} | outcomes)
        parts.append(
            part.assign(scenario=name, replicate=np.arange(size), calm_reached=True, **COUNTS)
        )
    worlds = {name: synthetic.World(name, SETTING) for name in scenarios}
    for name, setting in (settings or {}).items():
        worlds[name] = replace(worlds[name], scenario=setting)
    reader = synthetic.reader({"runs": pd.concat(parts)[[column.name for column in RUNS]]})
    return Frames(worlds, (Path("r"),), reader)  # type: ignore[arg-type]


def row(table: pd.DataFrame, scenario: str, outcome: str) -> pd.Series:
    return table.set_index(["scenario", "outcome"]).loc[(scenario, outcome)]


def test_pairs_give_difference_interval_and_p_of_the_paired_t_test() -> None:
    ours, theirs = [3.0, 5.0, 4.0, 9.0], [1.0, 6.0, 2.0, 4.0]
    found = row(compare(frames(base={"killed": theirs}, call={"killed": ours})), "call", "killed")
    gaps = np.subtract(ours, theirs)
    expected = stats.ttest_1samp(gaps, 0)
    low, high = expected.confidence_interval(0.95)
    assert found["difference"] == gaps.mean() == 2.0
    assert (found["difference_low"], found["difference_high"]) == pytest.approx((low, high))
    assert found["p"] == pytest.approx(expected.pvalue)
    assert found["pairs"] == 4


def test_relapse_uses_only_pairs_with_a_value_and_the_exact_test() -> None:
    theirs = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, math.nan, 0.0]
    ours = [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, math.nan]
    table = compare(frames(base={"relapse": theirs}, call={"relapse": ours}))
    found = row(table, "call", "relapse")
    assert (found["pairs"], found["method"]) == (7, "paired")
    assert found["difference"] == pytest.approx(3 / 7)
    assert found["p"] == pytest.approx(2 / 2**3)


def test_pairs_are_by_replicate_not_by_place() -> None:
    both = frames(base={"killed": [1.0, 2.0, 3.0]}, call={"killed": [11.0, 12.0, 13.0]})
    turned = both.runs.iloc[::-1]
    shuffled = replace(both, reader=synthetic.reader({"runs": turned}))
    found = row(compare(shuffled), "call", "killed")
    assert found["difference"] == found["difference_low"] == found["difference_high"] == 10
    assert found["p"] == 0


@pytest.mark.parametrize("size", [0, 1])
def test_too_few_pairs_have_no_interval_and_are_not_distinguishable(size: int) -> None:
    gone = [math.nan] * (3 - size)
    both = frames(
        base={"relapse": [0.0] * size + gone, "killed": [1.0, 2.0, 3.0]},
        call={"relapse": [1.0] * size + gone, "killed": [1.0, 2.0, 3.0]},
    )
    found = row(compare(both), "call", "relapse")
    assert found["pairs"] == size
    assert math.isnan(found["p"])
    assert math.isnan(found["p_holm"])
    assert math.isnan(found["difference_low"])
    assert not found["distinguishable"]
    assert row(compare(both), "call", "killed")["p"] == 1


def test_holm_by_hand() -> None:
    adjusted = holm([0.01, math.nan, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(adjusted, [0.03, np.nan, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_lies_between_the_value_and_bonferroni_and_keeps_the_order(p: list[float]) -> None:
    values, adjusted = np.array(p), holm(p)
    assert (adjusted >= values).all()
    assert (adjusted <= np.minimum(1, values * max(1, len(p))) + 1e-15).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_family_wise_error_rate_is_kept() -> None:
    """With no effect at all, few families have any: at most 6 of 30 (binomial, below 0.1 %)."""
    luck = np.random.default_rng(3)
    families = 0
    for _ in range(30):
        scenarios = {
            name: {"killed": list(luck.normal(size=20)), "engagements": list(luck.normal(size=20))}
            for name in ("base", "a", "b", "c", "d")
        }
        table = compare(frames(**scenarios), outcomes=("killed", "engagements"))
        families += bool(table["distinguishable"].any())
    assert families <= 6


def test_only_scenarios_of_the_same_setting_are_compared() -> None:
    settings = {
        "year": synthetic.scenario(length="365d"),
        "small": synthetic.scenario(synthetic.SMALL_TILES, capital=None),
    }
    names = ("base", "call", "year", "small")
    found = frames(settings, **{name: {"killed": [1.0, 2.0]} for name in names})
    assert comparable(found) == ["call"]
    assert comparable(found, "year") == []
    assert set(compare(found)["scenario"]) == {"call"}
    assert "Not compared, because clock, places or groups differ: year, small." in lever_page(found)


def test_unknown_names_are_refused() -> None:
    found = frames(base={"killed": [1.0]})
    with pytest.raises(ValueError, match="no scenario 'cal'; there are base"):
        compare(found, "cal")
    with pytest.raises(ValueError, match="unknown outcome"):
        compare(frames(base={"killed": [1.0]}, call={"killed": [1.0]}), outcomes=["deaths"])


def test_the_page_names_what_can_be_told_from_zero_and_what_cannot() -> None:
    luck = np.random.default_rng(4)
    base = luck.normal(30, 3, size=30)
    noise = luck.normal(0, 1, size=30)
    found = frames(
        base={"killed": list(base)},
        strong={"killed": list(base - 20 + noise)},
        weak={"killed": list(base + noise - noise.mean())},
        nil={"killed": list(base)},
    )
    page = lever_page(found, "base")
    lines = {line.split(" | ")[0].strip("| "): line for line in page.splitlines() if "|" in line}
    assert lines["strong"].endswith("| killed |")
    assert "−20" in lines["strong"]
    assert lines["weak"].endswith("| none |")
    assert "Distinguishable in no outcome: weak, nil." in page
    assert lines["nil"].startswith("| nil | 0 (no pair differs) |")
    assert "all 12 comparisons" in page


def test_a_batch_of_one_scenario_has_an_empty_table() -> None:
    alone = frames(base={"killed": [1.0, 2.0]})
    assert len(compare(alone)) == 0
    assert "Distinguishable in no outcome: no scenario." in lever_page(alone)
