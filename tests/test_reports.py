"""Reports: the rules as tables, the shares as declared, and no effect on anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim import draws, reporting, tables
from sim.engine import compiled
from sim.records import DEAD, TABLES
from sim.reporting import reports_of
from sim.rules import reports as rules
from sim.scenario import ScenarioError, load
from sim.world import build
from tests.worlds import change, run, scenario, two_groups

SCENARIOS = Path(__file__).parent.parent / "scenarios"
BUSY = two_groups(engagement__background_rate="2/d")
EXACT = {
    "reports__unseen": 0.0,
    "reports__sources_max": 1,
    "reports__seen_share": 1.0,
    "reports__claim_bias": 0.0,
    "reports__unattributed": 0.0,
    "reports__lag_min": "0h",
    "reports__lag_max": "0h",
}
unit = st.floats(0, 1, exclude_max=True)


def engagements(killed):
    """One engagement per tick in one dyad, with these killed of the target."""
    count = len(killed)
    names = ("replicate", "province", "attacker", *(set(DEAD) - {"target_killed"}))
    return {
        "engagement": np.arange(count),
        "tick": np.arange(count),
        "target": np.ones(count, int),
        "target_killed": np.asarray(killed),
        **{name: np.zeros(count, int) for name in names},
    }


def reports_on(killed, seed=5, **changes):
    setting = change(BUSY, {f"reports__{name}": value for name, value in changes.items()})
    return reports_of(engagements(killed), build(scenario(setting)), seed)


@pytest.mark.parametrize(
    ("uniform", "unseen", "killed", "expected"),
    [
        (0.24, 0.25, 0, False),
        (0.25, 0.25, 0, True),
        (0.12, 0.25, 1, False),
        (0.125, 0.25, 1, True),
        (0.0, 0.25, 5, False),
        (0.0, 0.0, 0, True),
        (0.99, 1.0, 0, False),
    ],
)
def test_an_engagement_is_missed_less_often_with_every_killed(uniform, unseen, killed, expected):
    assert rules.reported(uniform, unseen, killed) is expected


@pytest.mark.parametrize(
    ("uniform", "most", "expected"),
    [(0.0, 4, 1), (0.24, 4, 1), (0.25, 4, 2), (0.99, 4, 4), (0.99, 1, 1)],
)
def test_sources(uniform, most, expected):
    assert rules.sources(uniform, most) == expected


@given(unit, st.integers(1, 20))
def test_sources_stay_in_range(uniform, most):
    assert 1 <= rules.sources(uniform, most) <= most


@pytest.mark.parametrize(
    ("uniform", "expected"), [(0.0, 0), (0.24, 0), (0.25, 1), (0.74, 1), (0.75, 2), (0.99, 2)]
)
def test_one_source_counts_by_its_table(uniform, expected):
    assert rules.counted(uniform, tables.binomial(2, 0.5).tolist()) == expected


def test_no_source_counts_more_than_its_table_holds():
    assert rules.counted(0.999, [0.5, 0.99]) == 1


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.95, 1.0])
def test_the_table_is_binomial_up_to_large_numbers(share):
    for number in (0, 1, 7, 400):
        expected = stats.binom(number, share).cdf(np.arange(number + 1))
        np.testing.assert_allclose(tables.binomial(number, share), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([3], 3),
        ([1, 4, 2], 2),
        ([1, 4], 3),
        ([1, 3], 2),
        ([0, 1], 1),
        ([5, 1, 2, 9], 4),
        ([20, 0, 9, 1, 2], 2),
        ([20, 0, 9, 1, 4], 4),
    ],
)
def test_best_is_the_median_with_halves_rounded_up(counts, expected):
    assert rules.best(counts) == expected


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_best_lies_between_lowest_and_highest(counts):
    assert min(counts) <= rules.best(counts) <= max(counts)


@pytest.mark.parametrize(
    ("uniform", "shortest", "longest", "expected"),
    [(0.0, 1, 24, 1), (0.5, 1, 24, 13), (0.999, 1, 24, 24), (0.9, 0, 0, 0), (0.3, 0.04, 1, 0)],
)
def test_delay(uniform, shortest, longest, expected):
    assert rules.delay(uniform, shortest, longest) == expected


def test_a_source_repeats_and_a_report_leaves_the_attacker_open_by_chance():
    assert [rules.repeats(u, 0.35) for u in (0.34, 0.35)] == [False, True]
    assert [rules.attributed(u, 0.2) for u in (0.19, 0.2)] == [False, True]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.integers(0, 9))
def test_every_report_is_possible(killed, seed):
    made = reports_on(killed, seed, own_count=1.0, seen_share=0.6, claim_bias=0.3)
    assert np.all(made["killed_low"] >= 0)
    assert np.all(made["killed_low"] <= made["killed_best"])
    assert np.all(made["killed_best"] <= made["killed_high"])
    assert np.all(made["killed_high"] <= 2 * np.array(killed, int)[made["engagement"]])
    assert len(np.unique(made["engagement"])) == len(made["engagement"])
    assert np.all(np.diff(made["tick"]) >= 0)
    assert np.all((made["sources"] >= 1) & (made["sources"] <= 4))
    assert np.all(made["tick"] - made["engagement"] == made["lag"])


def test_shares_are_as_declared():
    """Two-sided binomial tests at 1e-4 each: false alarm 5 in 10,000."""
    number = 6000
    killed = np.arange(number) % 3
    made = reports_on(killed, unseen=0.4, unattributed=0.3, own_count=0.5, seen_share=0.7)
    reported = np.bincount(killed[made["engagement"]], minlength=3)
    for dead in range(3):
        missed = number // 3 - int(reported[dead])
        assert stats.binomtest(missed, number // 3, 0.4 / 2**dead).pvalue > 1e-4
    nobody = made["attributed_to"] == 2
    assert stats.binomtest(int(nobody.sum()), len(nobody), 0.3).pvalue > 1e-4
    single = made["sources"] == 1
    assert stats.binomtest(int(single.sum()), len(single), 0.25).pvalue > 1e-4


def test_sources_count_as_declared():
    """Mean of single counts against its expectation, at 4 standard errors: 1 in 10,000."""
    made = reports_on([20] * 6000, sources_max=1, seen_share=0.7, claim_bias=0.2)
    error = np.sqrt(20 * (0.7 * 0.3 + 0.2 * 0.8) / 6000)
    assert made["killed_best"].mean() == pytest.approx(20 * 0.9, abs=4 * error)
    np.testing.assert_array_equal(made["killed_low"], made["killed_high"])


def test_sources_that_all_repeat_the_first_leave_no_range():
    made = reports_on([20] * 300, own_count=0.0)
    np.testing.assert_array_equal(made["killed_low"], made["killed_high"])
    assert np.any(made["sources"] > 1)


def test_exact_reports_say_what_happened():
    tables_of_run = run(change(BUSY, EXACT), 3)
    true, seen = tables_of_run["engagements"], tables_of_run["reports"]
    killed = sum(true[dead] for dead in DEAD)
    assert len(killed) > 5
    for column in ("killed_low", "killed_best", "killed_high"):
        np.testing.assert_array_equal(seen[column], killed)
    for column in ("engagement", "tick", "time", "province", "target"):
        np.testing.assert_array_equal(seen[column], true[column])
    np.testing.assert_array_equal(seen["attributed_to"], true["attacker"])


def test_delays_lie_between_the_shortest_and_the_longest_in_hours():
    """Ticks of two hours; of 600 reports the first three and the last four hours are met."""
    setting = change(
        BUSY, {"clock__tick": "2h", "reports__lag_min": "4h", "reports__lag_max": "14h"}
    )
    made = reports_of(engagements([20] * 600), build(scenario(setting)), 5)
    late = made["tick"] - made["engagement"]
    assert (late.min(), late.max()) == (2, 7)
    np.testing.assert_array_equal(made["lag"], 2.0 * late)
    assert 4 < late.mean() < 5
    world = build(scenario(setting))
    np.testing.assert_array_equal(made["time"], world.times(made["tick"]))


def test_reports_are_numbered_within_their_run():
    runs = np.array([2, 2, 2, 5, 7, 7])
    assert reporting._number_within(runs).tolist() == [0, 1, 2, 0, 0, 1]
    assert reporting._number_within(runs[:0]).tolist() == []


def test_there_are_no_reports_where_they_are_switched_off():
    made = reports_on([20] * 5, enabled=False)
    assert [len(values) for values in made.values()] == [0] * len(made)


def test_killed_of_all_sides_and_of_none_are_reported():
    table = engagements([2] * 3) | {"attacker_killed": np.ones(3, int)}
    table["security_killed"], table["civilians_killed"] = np.full(3, 4), np.full(3, 8)
    made = reports_of(table, build(scenario(change(BUSY, EXACT))), 1)
    assert list(made["killed_best"]) == [15, 15, 15]


@pytest.mark.parametrize("column", ["province", "attacker", "target", "tick"])
def test_every_part_of_an_attacks_address_counts(column):
    world = build(scenario(BUSY))
    first = engagements([15] * 100) | {"attacker": np.ones(100, int), "target": np.zeros(100, int)}
    second = first | {column: 1 - first[column] if column != "tick" else first[column] + 200}
    counts = [reports_of(table, world, 1)["killed_high"] for table in (first, second)]
    assert sorted(counts[0]) != sorted(counts[1])


def test_an_attack_has_one_address_of_its_own():
    table = run(BUSY, 3)["engagements"]
    keys = zip(*(table[name] for name in ("tick", "province", "attacker", "target")), strict=True)
    assert len(set(keys)) == len(table["tick"])


def test_switching_reports_off_moves_nothing_else():
    with_reports = run(BUSY, 3)
    without = run(change(BUSY, {"reports__enabled": False}), 3)
    assert len(with_reports["reports"]["tick"]) > 0
    names = [c.name for c in TABLES["reports"] if c.name != "scenario"]
    assert list(without["reports"]) == names
    assert all(len(values) == 0 for values in without["reports"].values())
    for table in set(TABLES) - {"reports"}:
        for column, values in with_reports[table].items():
            np.testing.assert_array_equal(values, without[table][column], column)


def test_more_sources_and_another_bias_move_no_other_draw():
    """With the same share of luck, one source more only widens what was there."""
    few, many = (reports_on([30] * 400, sources_max=n, own_count=1.0) for n in (1, 20))
    np.testing.assert_array_equal(np.sort(few["engagement"]), np.sort(many["engagement"]))
    by_engagement = [np.argsort(made["engagement"]) for made in (few, many)]
    for column in ("tick", "attributed_to"):
        first, second = (
            made[column][at] for made, at in zip((few, many), by_engagement, strict=True)
        )
        np.testing.assert_array_equal(first, second)
    only = few["killed_best"][by_engagement[0]]
    assert np.all(many["killed_low"][by_engagement[1]] <= only)
    assert np.all(many["killed_high"][by_engagement[1]] >= only)


def test_sources_have_addresses_of_their_own():
    words = {draws.of_source(purpose, n) for purpose in draws.Purpose for n in range(20)}
    assert len(words) == 20 * len(draws.Purpose)
    assert draws.of_source(draws.Purpose.COUNT, 0) == draws.Purpose.COUNT


def test_ranges_are_as_frequent_as_in_real_reports():
    """The baseline's modes give ranges for 25-35 % of large and 6-13 % of small reports."""
    world = build(load(SCENARIOS / "iraq-2022.yaml").scenario)
    luck = np.random.default_rng(1)
    modes, casualties = world.scenario.modes, world.casualties
    weights = np.array([mode.weight for mode in modes.values()])
    killed = np.zeros(60_000, int)
    chosen = luck.choice(len(modes), len(killed), p=weights / weights.sum())
    for number in range(len(modes)):
        here = chosen == number
        for table in (casualties.target_killed, casualties.attacker_killed):
            killed[here] += np.searchsorted(table[number], luck.random(here.sum()), side="right")
    made = reports_of(engagements(killed), world, 1, compiled.write_reports)
    ranged = made["killed_low"] < made["killed_high"]
    large = made["killed_best"] >= 10
    small = ~large & (made["killed_high"] >= 1)
    assert large.sum() > 1000
    assert 0.25 < ranged[large].mean() < 0.35
    assert 0.06 < ranged[small].mean() < 0.13


def test_the_shortest_delay_is_not_the_longest():
    with pytest.raises(ScenarioError, match=r"longer than the longest, reports\.lag_max"):
        load(SCENARIOS / "two-groups.yaml", ["reports.lag_min=3d"])
