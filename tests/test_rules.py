"""Rules as tables: inputs and the answer worked out by hand."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import records
from sim.parameters.security import DeploymentRule
from sim.rules import (
    battle,
    brigade,
    casualties,
    ceasefire,
    crowd,
    curfew,
    decision,
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
    [(2000, 2000, 1.0), (500, 2000, 0.75), (0, 2000, 0.0), (8000, 2000, 1.2), (8000, 0, 0.0)],
)
def test_opportunity(fighters, rivals, expected):
    """Of a limit of 1.5: 1.5 x / (0.5 + x) with x of 1, 1 / 2, 0, 2 and 0."""
    assert engagement.opportunity(fighters, rivals, 2000.0, 1.5) == pytest.approx(expected)


def test_opportunity_comes_near_to_its_limit_and_starts_in_proportion():
    assert engagement.opportunity(1e12, 1e12, 2000.0, 1.5) == pytest.approx(1.5)
    assert engagement.opportunity(1e12, 1e12, 2000.0, 1.5) < 1.5
    assert engagement.opportunity(0.002, 0.002, 2000.0, 3.0) == pytest.approx(1.5e-6)


@pytest.mark.parametrize(
    ("withdrawal", "exposed", "expected"), [(0, 0.3, 1), (1, 0.3, 0.3), (0.5, 0, 0.5), (1, 1, 1)]
)
def test_availability(withdrawal, exposed, expected):
    assert engagement.availability(withdrawal, exposed) == pytest.approx(expected)


def test_background_grows_with_tension_and_is_cut_by_hold():
    assert engagement.background(0.1, 2.0, 0.0) == pytest.approx(0.2)
    assert engagement.background(0.1, 2.0, 0.25) == pytest.approx(0.15)
    assert engagement.background(0.1, 2.0, 1.0) == 0.0


def test_what_an_order_adds_is_cut_by_hold_too():
    assert engagement.ordered(0.3, 0.0) == 0.3
    assert engagement.ordered(0.3, 0.25) == pytest.approx(0.225)
    assert engagement.ordered(0.3, 1.0) == 0.0


@pytest.mark.parametrize(
    ("withdrawal", "deterrence", "expected"),
    [(0, 1, 3.0), (0.25, 1, 2.25), (1, 1, 0.0), (0, 0.5, 1.5), (0.25, 0.5, 1.125)],
)
def test_openness(withdrawal, deterrence, expected):
    assert engagement.openness(3.0, withdrawal, deterrence) == expected


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
        (0.61, engagement.MOBILISATION),
        (0.74, engagement.MOBILISATION),
        (0.76, engagement.SPOILER),
        (0.79, engagement.SPOILER),
        (0.81, engagement.BACKGROUND),
        (0.99, engagement.BACKGROUND),
    ],
)
def test_cause_in_proportion(uniform, expected):
    """Battle 2, reprisal 3, vendetta 1, mobilisation 1.5, spoiler 0.5 and background 2 of 10."""
    assert engagement.cause(uniform, 2.0, 1.5, 2.0, 3.0, 1.0, 0.5) == expected


def test_no_cause_without_its_part_even_at_the_lowest_uniform():
    assert engagement.cause(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0) == engagement.BACKGROUND
    assert engagement.cause(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.5) == engagement.SPOILER
    assert engagement.cause(0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.5) == engagement.MOBILISATION
    assert engagement.cause(0.0, 1.0, 0.5, 0.0, 0.0, 0.5, 0.5) == engagement.VENDETTA
    assert engagement.cause(0.0, 1.0, 0.5, 0.0, 0.5, 0.5, 0.5) == engagement.REPRISAL


def test_no_two_causes_are_alike():
    causes = (
        "BACKGROUND",
        "BATTLE",
        "REPRISAL",
        "VENDETTA",
        "PROVOCATION",
        "MOBILISATION",
        "SPOILER",
    )
    assert tuple(name.lower() for name in causes) == records.CAUSES
    assert [getattr(engagement, name) for name in causes] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("needs", "office_open", "people", "fighting", "expected"),
    [
        (engagement.NEEDS_NOTHING, False, 0, False, True),
        (engagement.NEEDS_OFFICE, False, 9, True, False),
        (engagement.NEEDS_OFFICE, True, 0, False, True),
        (engagement.NEEDS_CROWD, True, 0, True, False),
        (engagement.NEEDS_CROWD, False, 1, False, True),
        (engagement.NEEDS_BATTLE, True, 9, False, False),
        (engagement.NEEDS_BATTLE, False, 0, True, True),
    ],
)
def test_possible_modes(needs, office_open, people, fighting, expected):
    assert engagement.possible(needs, office_open, people, fighting) is expected


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


def test_own_dead_count_once_however_many_they_are():
    assert [grievance.of_own_dead(0.4, killed) for killed in (0, 1, 30)] == [0.0, 0.4, 0.4]


# Rates of 1 and 0.5 an hour for half an hour, of which e ** -0.5 and e ** -0.25 stay silent.
QUARTERS = (2 - math.exp(-0.5) - math.exp(-0.25)) / 0.75


@pytest.mark.parametrize(
    ("rate", "turn", "keep", "hours", "expected"),
    [
        (0.75, 1 / 3, 0.25, 0.5, QUARTERS),
        (0.75, 1 / 3, 0.0, 0.5, QUARTERS * 0.75),
        (0.75, 1 / 3, 0.5, 0.5, QUARTERS * 1.5),
        (0.375, 1 / 3, 0.25, 1.0, QUARTERS),
        (0.5, 0.0, 0.0, 2.0, 2 - 2 * math.exp(-1)),
        (0.5, 1.0, 0.0, 1.0, 1 - math.exp(-1)),
        (0.0, 0.5, 0.9, 1.0, 0.0),
    ],
)
def test_exchanges_that_follow_an_opening(rate, turn, keep, hours, expected):
    assert battle.following(rate, turn, keep, hours) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answered", "exchanges", "expected"),
    [(0.5, 4.0, 0.25), (0.2, 0.5, 0.5), (0.5, 0.5, 1.0), (0.0, 4.0, 0.0), (0.5, 0.0, 0.0),
     (1.0, 4.0, 1.0), (1.0, 0.0, 0.0)],
)  # fmt: skip
def test_chance_to_open_a_battle(answered, exchanges, expected):
    """With 4 exchanges in a battle, a battle every 4 attacks makes half of all exchanges."""
    assert battle.chance(answered, exchanges) == pytest.approx(expected)


@given(st.floats(0.01, 0.9), st.floats(0.01, 100))
def test_the_chance_makes_the_share_of_exchanges_that_is_wanted(answered, exchanges):
    chance = battle.chance(answered, exchanges)
    share = chance * exchanges / (1 + chance * exchanges)
    assert share == pytest.approx(answered) or (chance == 1.0 and share < answered)


@pytest.mark.parametrize(
    ("own", "rival", "opportunity", "hit_last", "expected"),
    [
        (300.0, 300.0, 1.0, True, 1.25),
        (300.0, 300.0, 1.0, False, 0.75),
        (300.0, 900.0, 1.0, True, 0.625),
        (900.0, 300.0, 1.0, True, 1.875),
        (900.0, 300.0, 0.4, False, 0.45),
        (300.0, 300.0, 1.8, True, 1.25),
        (0.0, 300.0, 1.0, True, 0.0),
        (300.0, 0.0, 1.0, False, 1.5),
        (0.0, 0.0, 0.0, True, 0.0),
        (0.0, 0.0, 1.0, True, 0.0),
        (0.3, 0.1, 1.0, False, 1.125),
    ],
)
def test_fire(own, rival, opportunity, hit_last, expected):
    """One exchange an hour by the share of strength, a quarter more or less by the turn."""
    found = battle.fire(1.0, own, rival, opportunity, hit_last, 0.25)
    assert found == pytest.approx(expected)
    assert battle.fire(3.0, own, rival, opportunity, hit_last, 0.25) == pytest.approx(3 * expected)


@pytest.mark.parametrize(
    ("keep", "parting", "hours", "left"),
    [
        (0.75, 0.0, 0.5, 0.75),
        (0.75, 2.0, 0.5, 0.75 * math.exp(-1)),
        (1.0, 2.0, 0.25, math.exp(-0.5)),
        (0.0, 0.0, 1.0, 0.0),
    ],
)
def test_a_battle_ends_by_time_and_by_who_parts_the_sides(keep, parting, hours, left):
    assert battle.ends(left, keep, parting, hours)
    assert not battle.ends(left - 1e-9, keep, parting, hours)


@pytest.mark.parametrize(
    ("compliance", "least", "expected"),
    [(0.5, 0.5, True), (0.49, 0.5, False), (0.0, 0.0, False), (0.1, 0.0, True)],
)
def test_standing_down(compliance, least, expected):
    assert stance.stands_down(compliance, least) is expected


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
    assert deployment.approach(100.0, 200.0, 0.25) == 175.0
    assert deployment.beyond(3000.0, 1_500_000) == 2.0
    assert deployment.deterrence(0.1, 0.5, 10.0) == math.exp(-0.5)
    assert deployment.deterrence(0.0, 1.0, 10.0) == 1.0
    assert deployment.deterrence(2.0, 1.0, 0.0) == 1.0


def test_spread():
    assert spread.shock(0.25, 2.0) == 0.5
    assert spread.shock(0.25, 0.0) == 0.0
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


@pytest.mark.parametrize(
    ("uniform", "share", "expected"),
    [
        (0.49, 0.25, True),
        (0.5, 0.25, False),
        (0.999, 0.5, True),
        (0.999, 0.9, True),
        (0.0, 0, False),
    ],
)
def test_news_stirs_a_province_by_reach_and_share(uniform, share, expected):
    """At a reach of 2 a province with half of the news, or more, is always stirred."""
    assert spread.stirs(uniform, 2.0, share) is expected


@given(rates, rates, unit, unit, unit, st.floats(0, 5))
def test_rates_are_monotone(exposure, rate, withdrawal, deterrence, hold, more):
    """More tension never lowers, more compliance or deterrence never raises a rate."""
    now = engagement.openness(exposure, withdrawal, deterrence)
    assert now >= 0
    assert engagement.openness(exposure + more, withdrawal, deterrence) >= now
    assert engagement.openness(exposure, min(1.0, withdrawal + more), deterrence) <= now
    assert engagement.openness(exposure, withdrawal, min(1.0, deterrence + more)) >= now
    for rule in (lambda *given: engagement.background(2.0, *given), engagement.ordered):
        assert rule(rate, hold) >= 0
        assert rule(rate + more, hold) >= rule(rate, hold)
        assert rule(rate, min(1.0, hold + more)) <= rule(rate, hold)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1.01, 100))
def test_opportunity_grows_below_its_limit(fighters, rivals, more, limit):
    now = engagement.opportunity(fighters, rivals, 1500.0, limit)
    assert 0 <= now <= limit
    assert engagement.opportunity(fighters + more, rivals, 1500.0, limit) >= now * (1 - 1e-12)
    assert now == pytest.approx(engagement.opportunity(rivals, fighters, 1500.0, limit))


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


def test_the_rules_of_deployment_have_the_codes_of_their_words():
    words = get_args(DeploymentRule)
    assert [words[getattr(deployment, word.upper())] for word in words] == list(words)


def test_stances_have_the_codes_of_their_words():
    codes = (stance.QUIET, stance.MOBILISED, stance.STAND_DOWN)
    assert [records.STANCES[code] for code in codes] == ["quiet", "mobilised", "standing down"]


def test_a_crowd_gathers_is_stirred_and_goes_home():
    assert crowd.gather(1000, 0.3) == 700
    assert crowd.stirred(0.2, 0.0) == pytest.approx(0.2)
    assert crowd.stirred(0.2, 1.5) == pytest.approx(0.5)
    assert [crowd.dispersed(7, share) for share in (0.0, 0.2, 0.5, 1.0)] == [7, 5, 3, 0]


@pytest.mark.parametrize(
    ("needs", "rule", "force_rule", "expected"),
    [
        (engagement.NEEDS_CLASH, 0, 0, True),
        (engagement.NEEDS_CLASH, 1, 0, False),
        (engagement.NEEDS_CLASH, 0, 1, False),
        (engagement.NEEDS_CLASH, engagement.ANY_RULE, 1, True),
        (engagement.NEEDS_NOTHING, 1, 1, False),
        (engagement.NEEDS_BATTLE, engagement.ANY_RULE, 0, False),
    ],
)
def test_modes_of_a_clash(needs, rule, force_rule, expected):
    assert engagement.fits(needs, rule, force_rule) is expected
    if needs == engagement.NEEDS_CLASH:
        assert not engagement.possible(needs, True, 9, True)


def test_only_militias_attack_of_their_own():
    assert engagement.initiates(0.3, engagement.MILITIA) == 0.3
    assert engagement.initiates(0.3, engagement.SECURITY_FORCE) == 0.0


@pytest.mark.parametrize(
    ("tick", "at", "reached_at", "after", "expected"),
    [
        (7, 7, -1, 0.0, True),  # in the tick set
        (8, 7, -1, 0.0, False),
        (8, 7, 2, 1.0, False),  # deaths do not count where a tick is set
        (9, 0, 2, 1.0, False),
        (9, -1, -1, 0.0, False),  # not yet reached
        (6, -1, 2, 5.0, False),
        (7, -1, 2, 5.0, True),
        (8, -1, 2, 5.0, True),
        (5, -1, 0, 5.0, True),  # reached in the first tick
        (4, -1, 0, 5.0, False),
    ],
)
def test_a_curfew_begins(tick, at, reached_at, after, expected):
    assert curfew.begins(tick, at, reached_at, after) is expected


def test_a_curfew_leaves_a_share_of_what_needs_people():
    assert curfew.left(True, 0.3) == 0.3
    assert curfew.left(False, 0.3) == 1.0


def test_the_parts_of_a_decision_are_added():
    assert decision.hazard(1.0, 2.0, 4.0, 8.0, 16.0, 32.0) == 63.0


def test_a_ceasefire():
    assert ceasefire.breaks(0.39, 0.4)
    assert not ceasefire.breaks(0.4, 0.4)
    assert ceasefire.returned(10.0, 4.0, 0.25) == 5.5
    assert [
        ceasefire.spoils(s, o, p) for s, o, p in ((True, False, True), (False, True, True))
    ] == [True, True]
    assert not any(ceasefire.spoils(s, o, p) for s, o, p in ((1, 1, 0), (0, 0, 1)))


@pytest.mark.parametrize(
    ("borders", "best", "expected"),
    [(0, -1, True), (-1, -1, False), (-1, 3, False), (2, 3, True), (3, 3, False), (0, 0, False),
     (0, 1, True), (1, 0, False)],
)  # fmt: skip
def test_the_nearer_brigade_goes(borders, best, expected):
    assert brigade.nearer(borders, best) is expected


def test_a_brigade():
    assert brigade.ready(800, 0.25) == 200.0
    assert brigade.refuses(0.19, 0.2)
    assert not brigade.refuses(0.2, 0.2)
    assert brigade.present(300.0, 500.0) == -200.0
    assert [brigade.at_least(*pair) for pair in ((3.0, 5.0), (5.0, 3.0))] == [5.0, 5.0]


def test_what_a_patron_does_has_codes_of_its_own():
    assert len({patron.NEUTRAL, patron.RESTRAIN, patron.ARM}) == 3
    assert patron.compliance(0.4, patron.NEUTRAL, 0.2) == 0.4
    assert patron.compliance(0.4, patron.RESTRAIN, 0.2) != 0.4
