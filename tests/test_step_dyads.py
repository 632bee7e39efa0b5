"""What a unit holds against a rival: hazard, memory, debts; numbers worked out by hand."""

from __future__ import annotations

from math import exp, log, nan

import pytest

from sim.draws import address
from sim.rules import engagement, stance
from sim.step import dyads
from sim.step.layout import LONG_AGO, NONE
from sim.step.log import DYAD, SOUND
from tests.steps import (
    NORTH,
    RED_N,
    RED_S,
    RV_N,
    RV_S,
    SOUTH,
    VIOLET_N,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WHITE_N,
    choose,
    memories,
    put,
    started,
    unit_address,
)

BACKGROUND, BATTLE, REPRISAL, VENDETTA = range(4)


def test_tension_of_the_bloc_raises_the_background_rate_but_not_an_order():
    run = started()
    run.tension[:] = [1.2, 3.0]
    assert dyads.background(run, put(run.units[WHITE_N], mobilisation=0.01)) == pytest.approx(
        0.025 * 1.2 + 0.01
    )
    assert dyads.background(run, run.units[VIOLET_N]) == pytest.approx(0.025 * 3.0)


def test_who_holds_opens_no_engagement_who_withdraws_is_another_matter():
    run = started()
    unit = put(run.units[RED_N], mobilisation=0.015, compliance=0.7, withdrawal=0.2)
    assert dyads.background(run, unit) == pytest.approx(0.04)
    unit.holds = True
    assert dyads.background(run, unit) == pytest.approx(0.04 * 0.3)


def test_parts_of_a_hazard_follow_stance_response_and_debts():
    run = started(vendetta__median_lag="10h")
    run.battle[RV_N], run.reprisal[RV_N] = 0.5, 0.25
    run.battle[VR_N] = run.reprisal[VR_N] = 9.0
    put(run.units[RED_N], stance=stance.MOBILISED, response=0.6)
    put(run.units[VIOLET_N], stance=stance.STAND_DOWN, response=0.1)
    run.dyads[RV_N].debts = 2
    expected = (0.025, 0.4 * 0.5, 0.7 * 0.6 * 0.25, 2 * log(2) / 10)
    assert dyads.parts(run, RV_N) == pytest.approx(expected)
    assert dyads.parts(run, VR_N) == pytest.approx((0.025, 0.1 * 9, 0.15 * 0.1 * 9, 0.0))


def uneasy(**changes):
    """A run with a different number for everything that enters the hazard of `RV_N`."""
    run = started(vendetta__median_lag="10h", **changes)
    run.now.hour, run.now.truce = 7, 0.4
    run.hour_factor[NORTH][7] = 1.5
    run.tension[:] = [1.6, 9.0]
    run.battle[RV_N], run.reprisal[RV_N], run.dyads[RV_N].debts = 0.5, 0.25, 2
    put(run.units[RED_N], strength=900.0, exposure=0.3, withdrawal=0.35, response=0.6)
    put(run.units[VIOLET_N], strength=1600.0, exposure=0.9, withdrawal=0.8, response=0.1)
    for p, force in enumerate(run.forces):
        force.deterrence = 0.7 if p == NORTH else 0.2
    return run


UNEASY = 0.025 * 1.6 + 0.2 * 0.5 + 0.3 * 0.6 * 0.25 + 2 * log(2) / 10
EXPOSURE = 0.8 * 0.6 * 1.5 * 0.4 * 0.9


def test_a_hazard_is_the_product_of_everything_that_bears_on_it():
    assert dyads.hazard(uneasy(), RV_N) == pytest.approx(EXPOSURE * UNEASY * 0.65 * 0.7)


def test_a_favoured_attacker_is_not_deterred():
    favoured = uneasy(third_side__favours="allies")
    assert dyads.hazard(favoured, RV_N) == pytest.approx(EXPOSURE * UNEASY * 0.65)
    other = uneasy(third_side__favours="others")
    assert dyads.hazard(other, RV_N) == pytest.approx(EXPOSURE * UNEASY * 0.65 * 0.7)


def test_opportunity_ends_at_its_limit():
    run = uneasy(engagement__opportunity_limit=0.5)
    assert dyads.hazard(run, RV_N) == pytest.approx(EXPOSURE / 0.6 * 0.5 * UNEASY * 0.65 * 0.7)


def test_an_attack_comes_with_its_chance_per_tick_of_half_an_hour(monkeypatch):
    run = uneasy()
    run.now.tick = 6
    chance = 1 - exp(-EXPOSURE * UNEASY * 0.65 * 0.7 * 0.5)
    for uniform, attacks in ((chance - 1e-6, True), (chance + 1e-6, False)):
        draws = choose(monkeypatch, ATTACK=(uniform, 0.1))
        dyads.dyad_decide(run, RV_N)
        assert run.attacks[RV_N] == attacks
        assert draws.asked == [("ATTACK", 6, unit_address("red", "north"), address("violet"))]
    assert run.attacks == [False] * 8


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        (0.09, BATTLE),
        (0.11, REPRISAL),
        (0.14, REPRISAL),
        (0.15, VENDETTA),
        (0.28, VENDETTA),
        (0.29, BACKGROUND),
    ],
)
def test_the_cause_of_an_attack_is_drawn_by_the_parts(monkeypatch, place, cause):
    run = uneasy()
    choose(monkeypatch, ATTACK=(0.0, place / UNEASY))
    dyads.dyad_decide(run, RV_N)
    assert run.dyads[RV_N].cause == cause


def test_an_impossible_hazard_is_noted_with_its_dyad(monkeypatch):
    choose(monkeypatch, ATTACK=(0.999, 0.5))
    run = uneasy()
    dyads.dyad_decide(run, RV_N)
    assert run.now.unsound == SOUND
    run.battle[VR_S] = -1.0
    dyads.dyad_decide(run, VR_S)
    assert (run.now.unsound, run.now.unsound_at) == (DYAD, VR_S)
    again = uneasy()
    again.reprisal[RV_N] = -0.1
    assert dyads.hazard(again, RV_N) > 0
    dyads.dyad_decide(again, RV_N)
    assert (again.now.unsound, again.now.unsound_at) == (DYAD, RV_N)
    none = uneasy()
    none.rivalry[RV_N] = nan
    dyads.dyad_decide(none, RV_N)
    assert (none.now.unsound, none.now.unsound_at) == (DYAD, RV_N)
    third = uneasy()
    third.battle[RV_N] = -1.0
    dyads.dyad_decide(third, RV_N)
    assert third.now.unsound_hazard == pytest.approx(EXPOSURE * (UNEASY - 0.2 * 1.5) * 0.65 * 0.7)


def test_a_dyad_rises_only_while_its_own_dead_are_unanswered():
    run = started()
    run.unasked_kept[:4] = [1.0, 0.9, 0.8, 0.6]
    run.now.tick = 5
    put(run.dyads[VW_N], unanswered_at=2, unanswered=0.7)
    put(run.dyads[VR_N], unanswered=0.99)
    put(run.dyads[VR_S], unanswered_at=0, unanswered=0.99)
    assert dyads.rises(run, VW_N)
    assert dyads.rises(run, VR_S)
    assert not dyads.rises(run, VR_N)
    dyads.forget_unanswered(run, VW_N)
    assert run.dyads[VW_N].unanswered_at == NONE
    assert not dyads.rises(run, VW_N)


def remembered(run, d, *rows):
    """Let a dyad remember attacks: number, arrival, battle and reprisal weight of each."""
    for row in rows:
        dyads.remember(run, dyads.new_memory(run, d, *row))


def test_memories_are_kept_in_order_and_felt_at_the_end_of_the_tick():
    run = started()
    first = [(3, 5, 1.0, 0.7), (4, 5, 0.0, 0.2)]
    remembered(run, VR_N, first[0])
    remembered(run, RV_S, (8, 5, 2.0, 3.0))
    remembered(run, VR_N, first[1])
    assert memories(run, VR_N) == first
    assert memories(run, RV_S) == [(8, 5, 2.0, 3.0)]
    assert (run.dyads[VR_N].first_memory, run.dyads[VR_N].last_memory) == (0, 2)
    assert run.now.memories == 3
    assert (run.battle_arrivals[VR_N], run.reprisal_arrivals[VR_N]) == pytest.approx((1.0, 0.9))
    assert (run.battle[VR_N], run.reprisal[VR_N]) == (0.0, 0.0)


def test_news_arrives_when_it_is_due_in_the_order_in_which_it_was_sent():
    run = started()
    for number, arrival in ((1, 8), (2, 9), (3, 8), (4, 8), (5, 41), (6, 40)):
        dyads.post(run, dyads.new_memory(run, VR_W, number, arrival, 0.0, 0.1 * number))
    seen = []
    for run.now.tick in (6, 7, 8, 39):
        dyads.deliver(run)
        seen.append([row[0] for row in memories(run, VR_W)])
    assert seen == [[], [1, 3, 4], [1, 3, 4, 2], [1, 3, 4, 2, 6]]
    assert run.reprisal_arrivals[VR_W] == pytest.approx(1.6)
    assert run.battle_arrivals[VR_W] == 0.0


def test_news_of_one_tick_for_two_dyads_is_kept_apart():
    run = started()
    run.now.tick = 7
    for number, d in enumerate((VR_W, VR_S, VR_W, VR_S)):
        dyads.post(run, dyads.new_memory(run, d, number, 8, 0.0, 0.1))
    dyads.deliver(run)
    kept = [[row[0] for row in memories(run, d)] for d in (VR_W, VR_S)]
    assert kept == [[0, 2], [1, 3]]


def test_excitation_decays_and_takes_in_what_arrived():
    run = started()
    run.battle[:], run.reprisal[:] = [0.4] * 8, [0.8] * 8
    run.battle_arrivals[VR_N], run.reprisal_arrivals[VR_N] = 2.0, 3.0
    run.forces[NORTH].battle_ends = run.forces[NORTH].eased = True
    dyads.dyads_fade(run)
    keep = 2**-0.5
    assert run.battle[VR_N] == pytest.approx(0.4 * 0.25 + 2 * 0.75 / 0.5)
    assert run.reprisal[VR_N] == pytest.approx(0.8 * keep + 3 * (1 - keep) / 0.5)
    assert run.battle[RV_S] == pytest.approx(0.1)
    assert run.reprisal[RV_S] == pytest.approx(0.8 * keep)
    assert run.battle_arrivals == run.reprisal_arrivals == [0.0] * 8


def test_a_battle_that_ends_leaves_what_arrives_in_the_tick():
    run = started()
    run.battle[:] = [0.4] * 8
    run.battle_arrivals[VR_N] = 2.0
    run.now.battles_end = run.forces[NORTH].battle_ends = True
    dyads.dyads_fade(run)
    assert run.battle[VR_N] == pytest.approx(3.0)
    assert [run.battle[d] for d in (RV_N, RV_S)] == pytest.approx([0.0, 0.1])


def test_mediation_eases_grievance_and_the_memories_that_make_it():
    run = started(mediation__reprisal_factor=0.3)
    run.now.tick = 6
    run.reprisal[:] = [0.8] * 8
    rows = [(1, 2, 1.0, 0.5), (2, 6, 1.0, 0.7), (3, 7, 1.0, 0.9)]
    remembered(run, VR_S, *rows)
    remembered(run, VR_N, *rows)
    run.forces[SOUTH].eased = True
    for d in range(8):
        dyads.calm_dyad(run, d)
    assert [run.reprisal[d] for d in (VR_N, RV_S, VR_S, VR_W)] == pytest.approx(
        [0.8, 0.24, 0.24, 0.8]
    )
    assert memories(run, VR_N) == rows
    eased = [(1, 2, 1.0, 0.15), (2, 6, 1.0, 0.21), (3, 7, 1.0, 0.9)]
    assert [row for one in memories(run, VR_S) for row in one] == pytest.approx(
        [row for one in eased for row in one]
    )


def test_what_a_memory_still_adds_falls_with_its_age():
    run = started()
    run.now.tick = 6
    run.battle_kept[:4] = [1.0, 0.5, 0.3, 0.1]
    run.reprisal_kept[:4] = [1.0, 0.9, 0.7, 0.6]
    remembered(run, VR_N, (1, 4, 2.0, 5.0), (2, 7, 2.0, 5.0), (3, 6, 2.0, 5.0))
    old, ahead, new = (run.memories[place] for place in range(3))
    assert dyads.contribution(run, old, REPRISAL) == pytest.approx(5 * 0.7)
    assert dyads.contribution(run, old, BATTLE) == pytest.approx(2 * 0.3)
    assert [dyads.contribution(run, ahead, cause) for cause in (BATTLE, REPRISAL)] == [0.0, 0.0]
    assert dyads.contribution(run, new, BATTLE) == pytest.approx(2.0)


def test_a_battle_that_was_ended_adds_no_more_but_its_grievance_does():
    run = started()
    run.now.tick = 6
    run.reprisal_kept[2] = run.battle_kept[1] = 0.7
    remembered(run, VR_S, (1, 4, 2.0, 5.0), (2, 5, 2.0, 5.0))
    old, new = run.memories[0], run.memories[1]
    run.forces[NORTH].battle_ended_at = 5
    assert dyads.contribution(run, new, BATTLE) == pytest.approx(1.4)
    run.forces[SOUTH].battle_ended_at = 4
    assert dyads.contribution(run, old, BATTLE) == 0.0
    assert dyads.contribution(run, old, REPRISAL) == pytest.approx(3.5)
    assert dyads.contribution(run, new, BATTLE) == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("cause", "uniform", "parent"),
    [
        (BATTLE, 0.61, 11),
        (BATTLE, 0.63, 13),
        (REPRISAL, 0.10, 11),
        (REPRISAL, 0.12, 12),
        (REPRISAL, 0.70, 12),
        (REPRISAL, 0.73, 13),
        (REPRISAL, 0.999, 13),
        (BACKGROUND, 0.5, NONE),
    ],
)
def test_a_parent_is_drawn_by_what_each_memory_still_adds(cause, uniform, parent):
    """Battle: 1.0 + 0 + 0.6. Reprisal: 0.5, 2.7, 1.2 of 4.4, that is to 0.114, 0.727 and 1."""
    run = started()
    run.now.tick = 6
    run.battle_kept[:4], run.reprisal_kept[:4] = [1.0, 0.6, 0.5, 0.1], [1.0, 0.6, 0.9, 0.5]
    remembered(
        run, VR_N, (11, 4, 2.0, 0.5 / 0.9), (12, 4, 0.0, 3.0), (13, 5, 1.0, 2.0), (14, 7, 9.0, 9.0)
    )
    assert dyads.parent(run, VR_N, cause, uniform) == parent


def test_what_is_still_to_arrive_is_no_parent():
    run = started()
    run.now.tick = 6
    remembered(run, VR_N, (11, 7, 2.0, 3.0))
    assert dyads.parent(run, VR_N, BATTLE, 0.5) == dyads.NO_PARENT


def test_an_attack_that_an_insult_caused_has_no_engagement_as_its_parent():
    run = started()
    run.now.tick = 6
    remembered(run, VR_N, (dyads.PROVOKED, 6, 0.0, 1.0))
    assert dyads.parent(run, VR_N, engagement.REPRISAL, 0.5) == dyads.PROVOKED
    assert dyads.parent(run, RV_N, engagement.REPRISAL, 0.5) == dyads.NO_PARENT


def test_debts_of_two_dyads_are_opened_and_paid_without_touching_each_other():
    run = started(
        groups__red__commanders={"north": 3, "south": 1}, groups__violet__commanders={"north": 2}
    )
    for number in (21, 22, 23):
        dyads.open_debt(run, RV_N, number)
    for number in (31, 32):
        dyads.open_debt(run, VR_N, number)
    assert run.debts[:6] == [21, 22, 23, 31, 32, 0]
    assert dyads.pay_debt(run, RV_N, 0.4) == 22
    assert run.dyads[RV_N].debts == 2
    assert dyads.pay_debt(run, RV_N, 0.99) == 23
    assert dyads.parent(run, VR_N, VENDETTA, 0.4) == 31
    assert dyads.parent(run, VR_N, VENDETTA, 0.4) == 32
    assert dyads.pay_debt(run, RV_N, 0.0) == 21
    assert [run.dyads[d].debts for d in (RV_N, VR_N)] == [0, 0]


def test_nobody_has_attacked_or_been_attacked_as_a_run_starts():
    run = started()
    assert (run.units[RED_S].mobilised_at, run.forces[SOUTH].battle_ended_at) == (LONG_AGO,) * 2
    assert [memories(run, d) for d in range(8)] == [[]] * 8
