"""Clashes with a security force, and what else a chronology needs, by hand; and directions."""

from __future__ import annotations

import math

import pytest

from sim.draws import address
from sim.rules import engagement
from sim.step import battles, combat, dyads, leaders, politics, security, triggers, units
from tests.steps import (
    CLASH,
    EAST,
    NORTH,
    RAID,
    RED,
    RED_N,
    RED_S,
    RV_N,
    SIEGE,
    SOUTH,
    VIOLET,
    VIOLET_N,
    VIOLET_S,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WEST,
    WHITE,
    WHITE_N,
    WV_N,
    acts,
    choose,
    memories,
    order,
    put,
    started,
    unit_address,
)
from tests.test_step_battles import MOBILISED
from tests.test_step_combat import ATTACKERS, FACTORS, NOBODY, TARGETS, losses, row_of
from tests.worlds import HARMLESS

GAS, SHOTS, PUSH = range(3, 6)
BY_CLASH = {"needs": "clash", "target_killed": HARMLESS, "attacker_killed": HARMLESS}


def guarded(**changes):
    """A run in which white, in the north alone and a rival of violet, is a security force."""
    run = started(
        **{
            "groups__white__kind": "security_force",
            "modes__tear_gas": {**BY_CLASH, "weight": 2.0, "rule": "restraint"},
            "modes__volley": {**BY_CLASH, "weight": 3.0, "rule": "live_fire"},
            "modes__water": {**BY_CLASH, "weight": 2.0},
            **changes,
        }
    )
    run.now.tick = 6
    return run


def test_a_security_force_opens_no_attack_and_answers_fire():
    """It attacks on orders, and in battles; a militia in its place has all parts of the hazard."""
    for kind, expected in (
        ("militia", [True] * 6),
        ("security_force", [False, True, True, False, False, False]),
    ):
        run = guarded(groups__white__kind=kind, spoilers={"attack_rate": "3/d"})
        put(run.units[WHITE_N], mobilisation=0.05, splinter=True)
        put(run.dyads[WV_N], debts=1)
        run.reprisal[WV_N] = 0.7
        run.fighting[WV_N] = run.peace[0] = True
        assert [part > 0.0 for part in dyads.hazards(run, WV_N)] == expected


def test_others_attack_the_force_as_they_do_anyone():
    run, other = guarded(), started()
    for each in (run, other):
        each.reprisal[VW_N] = 0.7
    assert dyads.hazards(run, VW_N) == dyads.hazards(other, VW_N)
    assert dyads.hazards(run, VW_N)[0] > 0.0


def test_a_force_is_not_deterred_by_itself_and_does_not_rise():
    run = guarded(deterrence={"enabled": True, "strength": 0.4})
    run.forces[NORTH].deterrence = 0.3
    assert [security.deters(run, NORTH, g) for g in (RED, VIOLET, WHITE)] == [0.3, 0.3, 1.0]
    for number, d in ((WHITE_N, WV_N), (VIOLET_N, VW_N)):
        put(run.dyads[d], unanswered_at=0, unanswered=0.9999)
        run.unasked_kept[:] = [0.0] * len(run.unasked_kept)
        units.decide_to_rise(run, number)
        assert run.units[number].rises is (number == VIOLET_N)


def test_a_force_is_ready_to_fire_back(monkeypatch):
    for luck, opens in ((MOBILISED - 1e-6, True), (MOBILISED + 1e-6, False)):
        choose(monkeypatch, BATTLE=(luck, 0.0))
        run = guarded()
        battles.join_battle(run, VW_N, 3)
        assert run.fighting[VW_N] is run.fighting[WV_N] is opens


def drawn(run, d, uniforms, cause=engagement.BACKGROUND):
    unit, rival = run.units[run.dyads[d].unit], run.units[run.dyads[d].rival]
    return [combat.draw_mode(run, unit, rival, cause, uniform) for uniform in uniforms]


@pytest.mark.parametrize("d", [VW_N, WV_N])
@pytest.mark.parametrize("cause", [engagement.BACKGROUND, engagement.BATTLE])
def test_a_clash_takes_the_modes_of_the_rule_of_engagement(d, cause):
    """Gas has weight 2 of 4 under restraint, shots 3 of 5 under live fire."""
    run = guarded(clashes={"rule": "restraint"})
    assert drawn(run, d, (0.0, 0.49, 0.51, 0.99), cause) == [GAS, GAS, PUSH, PUSH]
    run.forces[NORTH].rule = 1
    assert drawn(run, d, (0.0, 0.59, 0.61, 0.99), cause) == [SHOTS, SHOTS, PUSH, PUSH]


def test_other_engagements_take_no_mode_of_clashes():
    """With an office and no crowd raids and sieges are possible; where nothing is, all others."""
    run = guarded()
    assert drawn(run, RV_N, (0.0, 0.74, 0.76, 0.99)) == [RAID, RAID, SIEGE, SIEGE]
    run = guarded(modes__raid__needs="crowd", modes__siege__needs="battle")
    assert set(drawn(run, VR_N, [k / 100 for k in range(100)])) == {CLASH, RAID, SIEGE}


def test_a_clash_without_a_mode_under_its_rule_takes_any():
    run = guarded(modes__tear_gas__rule="live_fire", modes__water__rule="live_fire")
    run.forces[NORTH].rule = 0
    assert set(drawn(run, VW_N, [k / 100 for k in range(100)])) == set(range(6))


def test_without_modes_of_clashes_the_force_fights_as_others_do():
    run = started(groups__white__kind="security_force")
    assert drawn(run, VW_N, (0.0, 0.74, 0.76, 0.99)) == [RAID, RAID, SIEGE, SIEGE]


def test_arms_differ_by_group():
    """A siege of weight 1 is possible too, a raid has weight 3, and that of red 0.5."""
    run = started(groups__red__modes={"raid": 0.5, "clash": 9.0})
    assert drawn(run, RV_N, (0.0, 0.33, 0.34, 0.99)) == [RAID, RAID, SIEGE, SIEGE]
    assert drawn(run, VR_N, (0.0, 0.74, 0.76, 0.99)) == [RAID, RAID, SIEGE, SIEGE]


# Losses


def clashing(monkeypatch, **changes):
    """A run in which gas kills followers by one table and the force by another."""
    choose(monkeypatch, KILLED=(0.6, 0.7), WOUNDED=(0.3, 0.7), WOUNDED_ROUNDING=(0.1, 0.9))
    run = guarded(**changes)
    run.target_killed[GAS], run.attacker_killed[GAS] = TARGETS, ATTACKERS
    run.wounded_factors = FACTORS
    put(run.modes[GAS], wounded_per_killed=3.0, wounded_base=10.0)
    return run


@pytest.mark.parametrize(
    ("d", "expected"),
    [(WV_N, (2, 12, 1, 6)), (VW_N, (1, 2, 3, 38))],
    ids=["the force fires first", "followers begin"],
)
def test_followers_lose_by_the_table_of_the_attacked_whoever_began(monkeypatch, d, expected):
    """2 or 3 followers are killed by their draw, and 3 each and 10 more are wounded.

    Of those of the force 1 is killed and 3 are wounded, times 0.75 or 2 by their draw.
    """
    run = clashing(monkeypatch)
    row = row_of(run, d, GAS)
    killed = combat.exchange_fire(run, d, row)
    assert losses(row) == expected
    assert killed == expected[0]
    violet, white = (expected[:2], expected[2:]) if d == WV_N else (expected[2:], expected[:2])
    assert run.units[VIOLET_N].fighters == 1600 - sum(violet)
    assert run.units[WHITE_N].fighters == 100 - sum(white)


def test_a_mode_that_is_none_of_clashes_has_its_usual_sides(monkeypatch):
    run = clashing(monkeypatch, groups__white__kind="militia")
    run.modes[GAS].needs = engagement.NEEDS_NOTHING
    row = row_of(run, VW_N, GAS)
    combat.exchange_fire(run, VW_N, row)
    assert losses(row) == (2, 12, 1, 6)


def test_the_crowd_stands_in_front_and_some_of_it_leaves(monkeypatch):
    """Of 400 and 390 there, 41 are hit; a quarter of the others leaves, in whole persons."""
    run = clashing(monkeypatch, clashes={"disperses": 0.25}, crowds={"anger": 0.2})
    violet = put(run.units[VIOLET_N], crowd=400, crowd_present=390)
    combat.exchange_fire(run, VW_N, row_of(run, VW_N, GAS))
    assert violet.fighters == 1600
    assert (violet.crowd, violet.crowd_present) == (int(359 * 0.75), int(349 * 0.75))
    assert violet.anger == pytest.approx(3 * 0.2)
    assert run.units[WHITE_N].anger == 0.0


def test_nobody_leaves_after_another_engagement_but_anger_grows(monkeypatch):
    run = clashing(monkeypatch, clashes={"disperses": 0.25}, crowds={"anger": 0.2})
    run.target_killed[RAID], run.attacker_killed[RAID] = TARGETS, NOBODY
    put(run.units[VIOLET_N], crowd=400, crowd_present=390, anger=0.1)
    red = put(run.units[RED_N], crowd=50, crowd_present=0)
    combat.exchange_fire(run, RV_N, row_of(run, RV_N))
    assert (run.units[VIOLET_N].crowd, red.anger) == (400, 0.0)
    assert run.units[VIOLET_N].anger == pytest.approx(0.1 + 2 * 0.2)


def test_no_third_side_joins_a_clash(monkeypatch):
    for d, asked in ((VW_N, False), (WV_N, False), (RV_N, True)):
        run = guarded(third_side={"enabled": True, "probability": 1.0})
        draws = choose(
            monkeypatch,
            KILLED=(0.0, 0.0),
            WOUNDED=(0.5, 0.5),
            WOUNDED_ROUNDING=(0.0, 0.0),
            THIRD_SIDE=(0.0, 0.0),
            THIRD_SIDE_LOSSES=(0.0, 0.0),
        )
        combat.exchange_fire(run, d, row_of(run, d, GAS if d != RV_N else RAID))
        assert ("THIRD_SIDE" in {purpose for purpose, *_ in draws.asked}) is asked


def test_those_of_neither_side_are_killed_by_their_own_draw(monkeypatch):
    """4 are killed where the draw is 0.9; the province counts them, no group does."""
    draws = choose(
        monkeypatch,
        KILLED=(0.0, 0.0),
        WOUNDED=(0.5, 0.5),
        WOUNDED_ROUNDING=(0.0, 0.0),
        CIVILIANS=(0.9, 0.0),
    )
    run = started(modes__raid__civilians_killed={"median": 1.0})
    run.civilians_killed[RAID][:] = [*TARGETS, *[1.0] * 99][: len(run.civilians_killed[RAID])]
    for mode, killed in ((RAID, 4), (CLASH, 0)):
        row = row_of(run, RV_N, mode)
        assert combat.exchange_fire(run, RV_N, row) == 0
        assert row.civilians_killed == killed
    assert draws.asked.count(("CIVILIANS", 0, unit_address("red", "north"), address("violet"))) == 2
    row = row_of(run, RV_N)
    combat.exchange_fire(run, RV_N, row)
    combat.count_losses(run, RV_N, row)
    assert (run.now.killed, run.killed_in_province[1][NORTH], run.forces[NORTH].recent) == (4, 4, 4)
    assert run.killed_of_group[1] == [0, 0, 0]
    assert not started().derived.civilians


def test_dead_are_counted_by_unit_where_a_condition_names_provinces():
    when = {"own_killed": 3, "provinces": ["south"]}
    run = started(orders={"a": order("mobilise", trigger={"when": when})})
    row = put(row_of(run, VR_S), attacker_killed=5, target_killed=2, security_killed=0)
    row.civilians_killed = 0
    combat.count_losses(run, VR_S, row)
    expected = [0] * 7
    expected[VIOLET_S], expected[RED_S] = 5, 2
    assert run.killed_of_unit[1] == expected


# Anger and crowds


def test_anger_raises_the_rate_that_an_order_added_and_nothing_else():
    run = started()
    put(run.units[RED_N], mobilisation=0.05)
    run.reprisal[RV_N] = 0.5
    before = dyads.hazards(run, RV_N)
    run.units[RED_N].anger = 0.5
    base, ordered, *rest = dyads.hazards(run, RV_N)
    assert ordered == pytest.approx(1.5 * before[1])
    assert (base, *rest) == (before[0], *before[2:])


@pytest.mark.parametrize(("stays", "left"), [("1h", 70), (None, 100)])
def test_anger_fades_and_a_crowd_goes_home_by_half_lives(stays, left):
    """In half an hour 0.707 of both is left at half-lives of an hour."""
    run = started(crowds={"anger_half_life": "1h", "stays": stays})
    put(run.units[RED_N], crowd=100, anger=0.6)
    put(run.units[RED_S], crowd=0, anger=0.6)
    units.crowds_update(run)
    assert run.units[RED_N].crowd == left
    for number in (RED_N, RED_S):
        assert run.units[number].anger == pytest.approx(0.6 * math.sqrt(0.5))


# Orders


def test_a_rule_of_engagement_holds_where_the_units_stand_that_are_given_it():
    fire = order("rules_of_engagement", "white", rule="live_fire")
    run = guarded(clashes={"rule": "restraint"}, orders={"fire": fire})
    assert [force.rule for force in run.forces] == [0] * 4
    leaders.give(run, 0)
    assert [run.forces[p].rule for p in (EAST, NORTH, SOUTH, WEST)] == [0, 1, 0, 0]
    assert [force.rule for force in guarded().forces] == [1] * 4


def test_demobilised_units_stand_down_and_their_crowds_go_home():
    run = started(orders={"home": order("demobilise", provinces=["north"])})
    risen = {"mobilised": True, "mobilisation": 0.1, "crowd": 90, "crowd_present": 80, "anger": 0.5}
    for number in (RED_N, RED_S, VIOLET_N):
        put(run.units[number], **risen)
    leaders.give(run, 0)
    calm = run.units[RED_N]
    assert not calm.mobilised
    assert [calm.mobilisation, calm.crowd, calm.crowd_present, calm.anger] == [0.0] * 4
    for number in (RED_S, VIOLET_N):
        assert all(getattr(run.units[number], name) == value for name, value in risen.items())


@pytest.mark.parametrize("trigger", [{"after": "1h"}, {"when": {"own_killed": 3}}])
def test_an_order_for_a_bloc_is_given_to_all_its_groups_at_once(trigger):
    """Red and white are allies; white alone lost three."""
    run = started(orders={"rise": order("mobilise", "allies", trigger=trigger)})
    for at in range(2, 41):
        run.killed_of_group[at] = [0, 0, 3]
    for run.now.tick in range(5):
        leaders.leaders_decide(run)
        leaders.leaders_act(run)
    assert [act[:4] for act in acts(run)] == [(2, "rise", g, "mobilise") for g in ("red", "white")]
    assert [u for u in range(7) if run.units[u].mobilised] == [0, 1, 2, WHITE_N]


def test_a_decision_of_one_group_of_a_bloc_is_that_of_all(monkeypatch):
    decided = {"decided": {"own_killed": "9/d"}}
    run = started(orders={"call": order("withdraw", "allies", trigger=decided)})
    choose(monkeypatch, DECISION=(0.1, 0.0))
    assert [triggers.is_due(run, o) for o in range(2)] == [False, False]
    run.now.tick, run.killed_of_group[5] = 5, [0, 0, 3]
    assert [triggers.is_due(run, o) for o in range(2)] == [True, True]


def test_an_order_to_mobilise_may_be_aimed_at_some_rivals():
    rise = order("mobilise", "violet", attack_rate="2/d", against=["white"])
    run = started(orders={"rise": rise})
    leaders.give(run, 0)
    assert [dyads.hazards(run, d)[1] > 0.0 for d in (VW_N, VR_N)] == [True, False]
    run.against[0][:] = [1.0] * 3
    assert dyads.hazards(run, VR_N)[1] > 0.0


# Politics


def test_a_truce_may_begin_some_time_after_an_order():
    run = started(
        orders={"stop": order("hold", after="1h")},
        truces={"t": {"trigger": {"after": "1h", "of": "stop"}, "lasts": "2h", "factor": 0.4}},
    )
    factors = []
    for run.now.tick in range(12):
        run.moments[0] = 2 if run.now.tick > 2 else -1
        politics.politics_observe(run)
        factors.append(run.now.truce)
    assert factors == [1.0] * 4 + [0.4] * 4 + [1.0] * 4


def test_a_rivalry_changes_once_and_in_both_directions():
    """Red and violet from 0.8 and 0.6 to 0.1, an hour after the start; red and white to 0.9."""
    between = {"trigger": {"after": "1h"}, "between": ["violet", "red"], "level": 0.1}
    broken = {"trigger": {"after": "2h"}, "between": ["red", "white"], "level": 0.9}
    run = started(
        rivalry_changes={"calm": between, "break": broken}, calendar={}, groups__white__bloc="free"
    )
    pairs = [(run.units[dyad.unit].group, run.units[dyad.rival].group) for dyad in run.dyads]
    levels = {}
    for run.now.tick in range(6):
        politics.politics_act(run)
        levels[run.now.tick] = {pair: run.rivalry[d] for d, pair in enumerate(pairs)}
        if run.now.tick == 4:
            run.rivalry[pairs.index((RED, WHITE))] = 0.5  # not set again
    before = {
        (RED, VIOLET): 0.8,
        (VIOLET, RED): 0.6,
        (VIOLET, WHITE): 0.3,
        (WHITE, VIOLET): 0.3,
        (RED, WHITE): 0.0,
        (WHITE, RED): 0.0,
    }
    calm = before | {(RED, VIOLET): 0.1, (VIOLET, RED): 0.1}
    assert levels[1] == before
    assert levels[2] == levels[3] == calm
    assert levels[4] == calm | {(RED, WHITE): 0.9, (WHITE, RED): 0.9}
    assert levels[5] == levels[4] | {(RED, WHITE): 0.5}


def test_a_change_that_is_off_makes_no_rivals():
    off = {"trigger": {"after": "2h"}, "between": ["red", "white"], "level": 0.9, "enabled": False}
    assert len(started(rivalry_changes={"off": off}, groups__white__bloc="free").dyads) == 8


# Blame


def elsewhere(run, d):
    return list(run.elsewhere[run.first_elsewhere[d] : run.first_elsewhere[d + 1]])


def test_news_of_what_a_group_does_reaches_feuds_with_those_that_are_blamed_for_it():
    assert [elsewhere(started(), d) for d in (VW_N, VR_N)] == [[], [VR_S, VR_W]]
    run = started(groups__white__blamed_on=["red"])
    assert elsewhere(run, VW_N) == [VR_S, VR_W]
    assert elsewhere(run, WV_N) == []
    assert elsewhere(run, VR_N) == [VR_S, VR_W]
    near = [run.first_next_door[VW_N], run.first_next_door[VW_N + 1]]
    assert near[0] == near[1]


def test_a_shock_over_an_attack_by_the_blamed_groups_agent_arrives_elsewhere(monkeypatch):
    """White kills violet in the north; in the south and west violet turns on red."""
    choose(monkeypatch, SHOCK_LAG=(0.0, 0.0))
    run = started(
        groups__white__blamed_on=["red"],
        national_shock={"enabled": True, "strength": 0.5, "reach": 1.0, "lag_min": "1h"},
    )
    run.now.tick = 6
    row = put(row_of(run, WV_N), engagement=3, target_killed=2, attacker_killed=0)
    row.killed_by_security = 0
    combat.leave_memory(run, WV_N, row, 2)
    for run.now.tick in range(6, 10):
        dyads.deliver(run)
    found = {d: [memory[0] for memory in memories(run, d)] for d in (VR_S, VR_W, VR_N, VW_N)}
    assert found == {VR_S: [3], VR_W: [3], VR_N: [], VW_N: [3]}
