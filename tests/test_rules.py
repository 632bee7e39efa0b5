"""Rules as tables: inputs and the answer worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import (
    casualties,
    crowd,
    deployment,
    engagement,
    grievance,
    intervention,
    offices,
    orders,
    patron,
    provocation,
    spread,
    stance,
    tension,
    vendetta,
)

unit = st.floats(0, 1, exclude_max=True)
rates = st.floats(0, 10)


@pytest.mark.parametrize(
    ("fighters", "rivals", "expected"),
    [(2000, 2000, 1.0), (500, 2000, 0.5), (0, 2000, 0.0), (8000, 8000, 1.5)],
)
def test_opportunity(fighters, rivals, expected):
    assert engagement.opportunity(fighters, rivals, 2000.0, 1.5) == expected


@pytest.mark.parametrize(
    ("withdrawal", "exposed", "expected"), [(0, 0.3, 1), (1, 0.3, 0.3), (0.5, 0, 0.5), (1, 1, 1)]
)
def test_availability(withdrawal, exposed, expected):
    assert engagement.availability(withdrawal, exposed) == pytest.approx(expected)


def test_background_adds_mobilisation_and_is_cut_by_hold():
    assert engagement.background(0.1, 2.0, 0.3, 0.0) == pytest.approx(0.5)
    assert engagement.background(0.1, 2.0, 0.3, 0.5) == pytest.approx(0.25)
    assert engagement.background(0.1, 2.0, 0.3, 1.0) == 0.0


@pytest.mark.parametrize(
    ("withdrawal", "deterrence", "expected"),
    [(0, 1, 3.0), (0.5, 1, 1.5), (1, 1, 0.0), (0, 0.5, 1.5), (0.5, 0.5, 0.75)],
)
def test_hazard(withdrawal, deterrence, expected):
    assert engagement.hazard(0.5, 1.0, 2.0, 2.5, 0.5, withdrawal, deterrence) == expected


def test_attack_probability_is_one_minus_exp():
    chance = 1 - math.exp(-0.5)
    assert engagement.attacks(chance - 1e-12, 0.25, 2.0)
    assert not engagement.attacks(chance + 1e-12, 0.25, 2.0)
    assert not engagement.attacks(0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("uniform", "expected"),
    [
        (0.0, engagement.BATTLE),
        (0.19, engagement.BATTLE),
        (0.21, engagement.REPRISAL),
        (0.49, engagement.REPRISAL),
        (0.51, engagement.VENDETTA),
        (0.59, engagement.VENDETTA),
        (0.61, engagement.BACKGROUND),
        (0.99, engagement.BACKGROUND),
    ],
)
def test_cause_in_proportion(uniform, expected):
    assert engagement.cause(uniform, 4.0, 2.0, 3.0, 1.0) == expected


def test_no_cause_without_its_part_even_at_the_lowest_uniform():
    assert engagement.cause(0.0, 1.0, 0.0, 0.0, 0.0) == engagement.BACKGROUND
    assert engagement.cause(0.0, 1.0, 0.0, 0.0, 0.5) == engagement.VENDETTA
    assert engagement.cause(0.0, 1.0, 0.0, 0.5, 0.0) == engagement.REPRISAL


@pytest.mark.parametrize(
    ("needs", "office_open", "people", "expected"),
    [
        (engagement.NEEDS_NOTHING, False, 0, True),
        (engagement.NEEDS_OFFICE, False, 9, False),
        (engagement.NEEDS_OFFICE, True, 0, True),
        (engagement.NEEDS_CROWD, True, 0, False),
        (engagement.NEEDS_CROWD, False, 1, True),
    ],
)
def test_possible_modes(needs, office_open, people, expected):
    assert engagement.possible(needs, office_open, people) is expected


def test_walk_along_weights():
    assert engagement.reached(0.4, 0.0, 0.5)
    assert not engagement.reached(0.5, 0.0, 0.5)
    assert engagement.reached(0.6, 0.5, 0.5)


@pytest.mark.parametrize(
    ("lost", "crowd_first", "fighters", "people", "expected"),
    [(5, True, 10, 3, 3), (2, True, 10, 3, 2), (5, False, 10, 3, 0), (12, False, 10, 3, 2)],
)
def test_losses_of_a_crowd(lost, crowd_first, fighters, people, expected):
    assert engagement.casualties_from_crowd(lost, crowd_first, fighters, people) == expected


@pytest.mark.parametrize(
    ("uniform", "present", "expected"),
    [(0.0, 9, 0), (0.49, 9, 0), (0.5, 9, 1), (0.8, 9, 2), (0.99, 9, 3), (0.99, 2, 2), (0.99, 0, 0)],
)
def test_killed(uniform, present, expected):
    assert casualties.killed(uniform, [0.5, 0.7, 0.9, 1.0], present) == expected


@pytest.mark.parametrize(
    ("spread_by", "rounding", "mean", "present", "expected"),
    [
        (0.0, 0.0, 10.0, 99, 5),
        (0.99, 0.0, 10.0, 99, 15),
        (0.0, 0.4, 3.0, 99, 1),
        (0.0, 0.6, 3.0, 99, 2),
        (0.99, 0.0, 10.0, 4, 4),
        (0.5, 0.9, 0.0, 9, 0),
    ],
)
def test_wounded(spread_by, rounding, mean, present, expected):
    assert casualties.wounded(spread_by, rounding, mean, [0.5, 1.5], present) == expected


def test_mean_wounded():
    assert casualties.mean_wounded(3, 4.0, 20.0) == 32.0


def test_excitation_of_one_attack_sums_to_one():
    keep, tick = 0.7, 0.5
    level, total = 0.0, 0.0
    for age in range(200):
        level = grievance.excite(level, keep, (1 - keep) / tick, 1.0 if age == 0 else 0.0)
        total += level * tick
    assert total == pytest.approx(1.0)


def test_contribution():
    assert grievance.contribution(2.0, 0.25) == 0.5


@pytest.mark.parametrize(
    ("mobilised", "compliance", "threshold", "expected"),
    [
        (False, 0.0, 0.5, stance.QUIET),
        (True, 0.49, 0.5, stance.MOBILISED),
        (True, 0.5, 0.5, stance.STAND_DOWN),
        (False, 0.6, 0.5, stance.STAND_DOWN),
        (True, 0.0, 0.0, stance.MOBILISED),
    ],
)
def test_stance(mobilised, compliance, threshold, expected):
    assert stance.stance(mobilised, compliance, threshold) == expected


@pytest.mark.parametrize(
    ("since_order", "since_death", "expected"),
    [(10, 10, True), (10, 9, False), (9, 10, False), (100, 10**9, True)],
)
def test_mobilisation_lapses(since_order, since_death, expected):
    assert stance.lapses(since_order, since_death, 10.0) is expected


def test_of_two_rates_the_larger_counts():
    assert stance.outweighs(0.5, 0.2)
    assert not stance.outweighs(0.2, 0.5)
    assert not stance.outweighs(0.0, 0.0)


@pytest.mark.parametrize(
    ("tick", "at_tick", "expected"),
    [(3, 4, False), (4, 4, True), (5, 4, True), (5, -1, False), (0, 0, True)],
)
def test_order_due(tick, at_tick, expected):
    assert orders.due(tick, at_tick) is expected


@pytest.mark.parametrize(
    ("given_at", "tick", "again", "expected"),
    [
        (-1, 0, math.inf, True),
        (0, 99, math.inf, False),
        (3, 99, math.inf, False),
        (3, 12, 10.0, False),
        (3, 13, 10.0, True),
    ],
)
def test_order_may_repeat(given_at, tick, again, expected):
    assert orders.may_repeat(given_at, tick, again) is expected


def test_losses_reached():
    assert orders.losses_reached(10, 10)
    assert not orders.losses_reached(9, 10)


@pytest.mark.parametrize(
    ("uniform", "mean", "spread_by", "expected"),
    [(0.5, 0.9, 0.05, 0.9), (0.0, 0.9, 0.05, 0.85), (0.99, 0.98, 0.5, 1.0), (0, 0.1, 0.5, 0.0)],
)
def test_obedience(uniform, mean, spread_by, expected):
    assert orders.obedience(uniform, mean, spread_by) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("share", "reluctance", "loyalty", "expected"),
    [(0.9, 1, 1, 0), (0.9, 0.5, 1, 0.45), (0.9, 0, 0.5, 0.45), (1, 0, 1, 1)],
)
def test_compliance(share, reluctance, loyalty, expected):
    assert orders.compliance(share, reluctance, loyalty) == expected


@pytest.mark.parametrize(
    ("alarm", "killed", "calm", "expected"),
    [
        (False, 0, False, False),
        (False, 1, True, True),
        (True, 0, False, True),
        (True, 0, True, False),
    ],
)
def test_alarm(alarm, killed, calm, expected):
    assert deployment.alarmed(alarm, killed, 1, calm) is expected


@pytest.mark.parametrize(
    ("rule", "answering", "nation", "capital", "expected"),
    [
        (deployment.NONE, True, True, True, 0),
        (deployment.PROPORTIONAL, False, True, False, 250),
        (deployment.PROPORTIONAL, False, False, False, 0),
        (deployment.RECENT_CASUALTIES, True, True, False, 250),
        (deployment.RECENT_CASUALTIES, False, True, False, 0),
        (deployment.CAPITAL_FIRST, False, True, True, 400),
        (deployment.CAPITAL_FIRST, True, True, False, 150),
        (deployment.FIXED_PLAN, False, True, False, 300),
        (deployment.FIXED_PLAN, True, False, False, 0),
    ],
)
def test_intended_reinforcement(rule, answering, nation, capital, expected):
    claim = 400.0 if rule == deployment.CAPITAL_FIRST else 0.0
    number = deployment.intended(
        rule, answering, nation, capital, 2.0, 8.0, 1000.0, claim, 300.0, 5000.0
    )
    assert number == expected
    capped = deployment.intended(
        rule, answering, nation, capital, 2.0, 8.0, 1000.0, claim, 300.0, 100.0
    )
    assert capped == min(expected, 100)


def test_no_weight_means_no_reinforcement():
    rule = deployment.RECENT_CASUALTIES
    assert deployment.intended(rule, True, True, False, 0.0, 0.0, 9.0, 0.0, 0.0, 9.0) == 0.0
    assert deployment.intended(rule, True, True, False, 0.25, 0.5, 9.0, 0.0, 0.0, 9.0) == 4.5


def test_capital_claims_its_ceiling_within_the_reserve():
    assert deployment.capital_claim(deployment.CAPITAL_FIRST, 500.0, 200.0) == 200.0
    assert deployment.capital_claim(deployment.CAPITAL_FIRST, 100.0, 200.0) == 100.0
    assert deployment.capital_claim(deployment.PROPORTIONAL, 100.0, 200.0) == 0.0


def test_approach_presence_deterrence():
    assert deployment.approach(100.0, 200.0, 0.5) == 150.0
    assert deployment.presence(2.0, 3000.0, 1_000_000) == 5.0
    assert deployment.deterrence(0.1, 0.5, 10.0) == math.exp(-0.5)
    assert deployment.deterrence(0.0, 1.0, 10.0) == 1.0


@pytest.mark.parametrize(
    ("presence", "quiet", "expected"), [(6, 2, True), (5.9, 2, False), (6, 1, False)]
)
def test_separation(presence, quiet, expected):
    assert deployment.separates(presence, 6.0, quiet, 2.0) is expected


def test_spread():
    assert spread.shock(0.25, 2.0, 0.5) == 0.25
    assert spread.shock(0.25, 2.0, 1.0) == 0.0
    assert spread.neighbour(0.1, 2.0) == 0.2
    assert [spread.lag(u, 6.0, 48.0) for u in (0.0, 0.5, 0.999)] == [6, 27, 47]


def test_vendetta():
    assert vendetta.opens(0.49, 0.5, 1)
    assert not vendetta.opens(0.5, 0.5, 1)
    assert not vendetta.opens(0.0, 0.5, 0)
    assert vendetta.will_be_paid(0.49, 0.5)
    assert not vendetta.will_be_paid(0.5, 0.5)
    assert vendetta.excitation(3, 0.25) == 0.75
    assert [vendetta.debt(u, 3) for u in (0.0, 0.34, 0.67, 1 - 2**-53)] == [0, 1, 2, 2]


def test_offices():
    assert offices.exposure(False, 0.35) == 1.0
    assert offices.exposure(True, 0.35) == pytest.approx(0.65)
    assert offices.reopened(0.5, 0.5)
    assert not offices.reopened(0.4, 0.5)


def test_provocation():
    assert provocation.response(True, 0.5) == 0.5
    assert provocation.response(False, 0.5) == 1.0
    assert provocation.grievance(0.1, 0.5) == 0.05


@pytest.mark.parametrize(("uniform", "expected"), [(0, 0), (0.29, 0), (0.3, 1), (0.8, 2)])
def test_branch(uniform, expected):
    assert tension.branch(uniform, [0.3, 0.7]) == expected


def test_tension():
    assert tension.pulse(-0.1, 0.5) == pytest.approx(0.95)
    assert tension.pulse(0.2, 0.0) == 1.0
    assert tension.deadlock(0.1, 10.0) == 2.0
    assert [tension.lasting(0.5, t, 3.0) for t in (-1, 0, 2, 3)] == [1.0, 0.5, 0.5, 1.0]


def test_crowd():
    assert crowd.strength(1000, 5000, 0.1) == 1500.0
    assert [crowd.gather(1000, c) for c in (0.0, 0.5, 1.0)] == [1000, 500, 0]
    assert crowd.mobilises_unasked(0.5, 0.5)
    assert not crowd.mobilises_unasked(0.4, 0.5)


@pytest.mark.parametrize(
    ("attacker", "target", "expected"),
    [(False, False, True), (True, False, False), (False, True, True), (True, True, True)],
)
def test_at_whom_the_security_force_fires(attacker, target, expected):
    assert intervention.fires_at_attacker(attacker, target) is expected


def test_intervention():
    assert intervention.joins(0.09, 0.1, 1.0)
    assert not intervention.joins(0.1, 0.1, 1.0)
    assert not intervention.joins(0.0, 0.1, 0.0)
    assert intervention.deters(0.4, True) == 1.0
    assert intervention.deters(0.4, False) == 0.4
    assert intervention.eased(2.0, 0.5, True) == 1.0
    assert intervention.eased(2.0, 0.5, False) == 2.0
    assert intervention.mediates(5.0, 5.0, 3, 3.0)
    assert not intervention.mediates(4.9, 5.0, 3, 3.0)
    assert not intervention.mediates(5.0, 5.0, 2, 3.0)


def test_patron():
    assert patron.compliance(0.5, patron.RESTRAIN, 0.4) == 0.7
    assert patron.compliance(0.5, patron.ARM, 0.4) == 0.5
    assert patron.armed(100.0, patron.ARM, 0.2) == 120.0
    assert patron.armed(100.0, patron.NEUTRAL, 0.2) == 100.0


@pytest.mark.parametrize(
    ("uniform", "share", "expected"), [(0.04, 0.5, True), (0.05, 0.5, False), (0.0, 1.0, False)]
)
def test_splinter(uniform, share, expected):
    assert orders.splinters(uniform, 0.1, share) is expected


def test_an_order_holds_for_its_time():
    assert [orders.holds(t, 3.0) for t in (-1, 0, 2, 3)] == [False, True, True, False]
    assert orders.holds(10**6, math.inf)


@given(rates, rates, rates, rates, rates, unit, unit, st.floats(0, 5))
def test_hazard_is_monotone(exposure, base, battle, reprisal, debts, withdrawal, deterrence, more):
    """More grievance never lowers, more compliance or deterrence never raises a hazard."""

    def hazard(base, battle, reprisal, debts, withdrawal):
        return engagement.hazard(exposure, base, battle, reprisal, debts, withdrawal, deterrence)

    now = hazard(base, battle, reprisal, debts, withdrawal)
    assert now >= 0
    assert hazard(base + more, battle, reprisal, debts, withdrawal) >= now
    assert hazard(base, battle + more, reprisal, debts, withdrawal) >= now
    assert hazard(base, battle, reprisal + more, debts, withdrawal) >= now
    assert hazard(base, battle, reprisal, debts + more, withdrawal) >= now
    assert hazard(base, battle, reprisal, debts, min(1.0, withdrawal + more)) <= now


@given(unit, st.lists(st.floats(0, 1), max_size=20), st.integers(0, 30))
def test_killed_never_exceeds_present(uniform, probabilities, present):
    table = [*sorted(probabilities), 1.0]
    assert 0 <= casualties.killed(uniform, table, present) <= present


@given(unit, unit, st.floats(0, 500), st.integers(0, 30))
def test_wounded_never_exceeds_present(spread_by, rounding, mean, present):
    assert 0 <= casualties.wounded(spread_by, rounding, mean, [0.1, 1.0, 1.9], present) <= present


@given(
    st.integers(0, 4),
    st.lists(st.tuples(st.booleans(), st.floats(0, 1e6), st.booleans()), min_size=1, max_size=8),
    st.floats(0, 1e6),
)
def test_deployment_never_exceeds_the_reserve(rule, provinces, reserve):
    """Whatever the rule, with one capital at most; a fixed plan is checked on loading."""
    if rule == deployment.FIXED_PLAN:
        return
    capital_claim = deployment.capital_claim(rule, 1000.0, reserve)
    by_weight = [
        weight if rule == deployment.PROPORTIONAL or answering else 0.0
        for answering, weight, _ in provinces
    ]
    if rule == deployment.CAPITAL_FIRST:
        by_weight[0] = 0.0
    nation = any(answering for answering, _, _ in provinces)
    numbers = [
        deployment.intended(
            rule,
            answering,
            nation,
            index == 0,
            by_weight[index],
            sum(by_weight),
            reserve,
            capital_claim,
            0.0,
            1e9,
        )
        for index, (answering, _, _) in enumerate(provinces)
    ]
    assert sum(numbers) <= reserve * (1 + 1e-9)
