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
    WV_N,
    choose,
    memories,
    put,
    started,
    unit_address,
)

BACKGROUND, BATTLE, REPRISAL, VENDETTA = range(4)
MOBILISATION, SPOILER = 5, 6
PARTS = (BACKGROUND, MOBILISATION, BATTLE, REPRISAL, VENDETTA, SPOILER)


def part(run, d, cause):
    """Hazard by one cause."""
    return dyads.hazards(run, d)[PARTS.index(cause)]


def opportunity(strength, rival):
    """Where fighters of 2,000 on both sides make it 1 and it never reaches 3."""
    contacts = (strength * rival) ** 0.5 / 2000
    return 3 * contacts / (2 + contacts)


def test_tension_of_the_bloc_raises_the_background_rate_but_not_an_order():
    run = started()
    run.tension[:] = [1.2, 3.0]
    put(run.units[WHITE_N], mobilisation=0.01)
    met = 0.3 * opportunity(100, 1600)
    found = [part(run, WV_N, cause) for cause in (BACKGROUND, MOBILISATION)]
    assert found == pytest.approx([met * 0.025 * 1.2, met * 0.01])
    found = [part(run, VW_N, cause) for cause in (BACKGROUND, MOBILISATION)]
    assert found == pytest.approx([met * 0.025 * 3.0, 0.0])


def test_who_holds_opens_no_engagement_who_withdraws_is_another_matter():
    """Holding leaves 0.3 of background and order; withdrawal is told apart and cuts all by 0.2."""
    run = uneasy()
    put(run.units[RED_N], mobilisation=0.015, compliance=0.7, withdrawal=0.2)
    met = AROUND * 0.9 * 0.8 * 0.7
    expected = [met * 0.04, met * 0.015, 0.9 * 0.8 * 0.7 * FIRE, met * 0.045, met * DEBTS, 0.0]
    assert dyads.hazards(run, RV_N) == pytest.approx(tuple(expected))
    run.units[RED_N].holds = True
    expected[:2] = [met * 0.04 * 0.3, met * 0.015 * 0.3]
    assert dyads.hazards(run, RV_N) == pytest.approx(tuple(expected))


def test_an_order_is_told_apart_from_the_background_rate():
    run = started()
    put(run.units[RED_N], mobilisation=0.05)
    met = 0.8 * opportunity(900, 1600)
    expected = (met * 0.025, met * 0.05, 0.0, 0.0, 0.0, 0.0)
    assert dyads.hazards(run, RV_N) == pytest.approx(expected)


def test_reprisals_follow_mobilisation_and_response_not_the_stance_of_the_rival():
    run = started()
    run.reprisal[RV_N] = run.reprisal[VR_N] = 0.25
    red = put(run.units[RED_N], mobilised=True, response=0.6)
    put(run.units[VIOLET_N], stance=stance.STAND_DOWN, response=0.1)
    met = opportunity(900, 1600)
    assert part(run, RV_N, REPRISAL) == pytest.approx(0.8 * met * 0.7 * 0.6 * 0.25)
    assert part(run, VR_N, REPRISAL) == pytest.approx(0.6 * met * 0.3 * 0.1 * 0.25)
    red.stance = stance.STAND_DOWN
    assert part(run, RV_N, REPRISAL) == pytest.approx(0.8 * met * 0.7 * 0.6 * 0.25)
    put(red, stance=stance.MOBILISED, mobilised=False)
    assert part(run, RV_N, REPRISAL) == pytest.approx(0.8 * met * 0.3 * 0.6 * 0.25)


def test_debts_add_their_rate_each():
    run = started(vendetta__median_lag="10h")
    run.dyads[RV_N].debts, run.dyads[VR_N].debts = 2, 1
    met = opportunity(900, 1600) * log(2) / 10
    assert part(run, RV_N, VENDETTA) == pytest.approx(0.8 * met * 2)
    assert part(run, VR_N, VENDETTA) == pytest.approx(0.6 * met)
    assert part(run, RV_S, VENDETTA) == 0.0


def uneasy(**changes):
    """A run with a different number for everything that enters the hazard of `RV_N`.

    Red, which was hit last, and violet fight in the north.
    """
    run = started(vendetta__median_lag="10h", **changes)
    run.now.hour, run.now.truce = 7, 0.4
    run.hour_factor[NORTH][7] = 1.5
    run.tension[:] = [1.6, 9.0]
    run.reprisal[RV_N], run.dyads[RV_N].debts = 0.25, 2
    red, violet = run.units[RED_N], run.units[VIOLET_N]
    put(red, strength=900.0, exposure=0.3, withdrawal=0.35, response=0.6, mobilisation=0.015)
    put(violet, strength=1600.0, exposure=0.9, withdrawal=0.8, response=0.1)
    for p, force in enumerate(run.forces):
        force.deterrence = 0.7 if p == NORTH else 0.2
    run.fighting[RV_N] = run.fighting[VR_N] = True
    put(run.battles[run.dyads[RV_N].battle], opening=0, hit=RV_N)
    return run


# Contacts of 0.6 make an opportunity of 3 * 0.6 / 2.6; red has 900 of 2,500 in the north.
SEEN = 3 * 0.6 / 2.6
DEBTS = 2 * log(2) / 10
UNEASY = 0.025 * 1.6 + 0.015 + 0.3 * 0.6 * 0.25 + DEBTS
AROUND = 0.8 * SEEN * 1.5 * 0.4
MET = 0.9 * 0.65 * 0.7
FIRE = 1.0 * 2 * 900 / 2500 * SEEN * 1.25


def total(run, d):
    """Hazard by all causes."""
    return sum(dyads.hazards(run, d))


def test_a_hazard_is_the_product_of_everything_that_bears_on_it():
    assert total(uneasy(), RV_N) == pytest.approx(MET * (AROUND * UNEASY + FIRE))


def test_a_favoured_attacker_is_not_deterred():
    favoured = uneasy(third_side__favours="allies")
    assert total(favoured, RV_N) == pytest.approx(MET / 0.7 * (AROUND * UNEASY + FIRE))
    other = uneasy(third_side__favours="others")
    assert total(other, RV_N) == pytest.approx(MET * (AROUND * UNEASY + FIRE))


def test_opportunity_saturates_at_its_limit():
    """Of a limit of 1.5: 1.5 * 0.6 / (0.5 + 0.6)."""
    run = uneasy(engagement__opportunity_limit=1.5)
    seen = 1.5 * 0.6 / 1.1
    assert total(run, RV_N) == pytest.approx(MET * (AROUND * UNEASY + FIRE) * seen / SEEN)


def test_exchanges_know_no_hour_no_truce_no_rivalry_no_tension_no_restraint_no_hold():
    for change in (
        lambda run: run.hour_factor[NORTH].__setitem__(7, 0.1),
        lambda run: put(run.now, truce=0.0),
        lambda run: run.rivalry.__setitem__(RV_N, 0.1),
        lambda run: run.tension.__setitem__(0, 9.0),
        lambda run: put(run.units[RED_N], response=0.0, compliance=1.0, holds=True),
        lambda run: put(run.units[RED_N], mobilised=True),
        lambda run: run.reprisal.__setitem__(RV_N, 9.0),
    ):
        run = uneasy()
        change(run)
        assert part(run, RV_N, BATTLE) == pytest.approx(MET * FIRE)


@pytest.mark.parametrize(
    ("values", "factor"),
    [
        ({"withdrawal": 1.0}, 0.0),
        ({"withdrawal": 0.0}, 1 / 0.65),
        ({"exposure": 0.9}, 1.0),
        ({"strength": 400.0}, 2 * 400 / 2000 * 3 * 0.4 / 2.4 / (0.72 * SEEN)),
        ({"strength": 22500.0}, 2 * 22500 / 24100 / (0.72 * SEEN)),
    ],
    ids=["withdrawn", "there", "seen", "few", "many"],
)
def test_how_much_a_side_fires(values, factor):
    """400 and 1,600 meet at 3 * 0.4 / 2.4; 22,500 and 1,600 at 3 * 3 / 5, which counts as 1."""
    run = uneasy()
    put(run.units[RED_N], **values)
    assert part(run, RV_N, BATTLE) == pytest.approx(MET * FIRE * factor)


def test_who_was_not_hit_last_fires_less_and_at_what_it_sees_of_the_other():
    """Violet fires by its own share of strength, withdrawal and reach: it was not hit last."""
    run = uneasy()
    expected = 0.3 * 0.2 * 0.7 * 2 * 1600 / 2500 * SEEN * 0.75
    assert part(run, VR_N, BATTLE) == pytest.approx(expected)
    run.battles[run.dyads[RV_N].battle].hit = VR_N
    assert part(run, VR_N, BATTLE) == pytest.approx(expected / 0.75 * 1.25)
    assert part(run, RV_N, BATTLE) == pytest.approx(MET * FIRE / 1.25 * 0.75)


def test_nobody_fires_where_no_battle_goes_on():
    run = uneasy()
    assert [d for d in range(8) if part(run, d, BATTLE)] == [RV_N, VR_N]
    run.fighting[RV_N] = False
    assert part(run, RV_N, BATTLE) == 0.0


def test_an_attack_comes_with_its_chance_per_tick_of_half_an_hour(monkeypatch):
    run = uneasy()
    run.now.tick = 6
    chance = 1 - exp(-MET * (AROUND * UNEASY + FIRE) * 0.5)
    for uniform, attacks in ((chance - 1e-6, True), (chance + 1e-6, False)):
        draws = choose(monkeypatch, ATTACK=(uniform, 0.1))
        dyads.dyad_decide(run, RV_N)
        assert run.attacks[RV_N] == attacks
        assert draws.asked == [("ATTACK", 6, unit_address("red", "north"), address("violet"))]
    assert run.attacks == [False] * 8


@pytest.mark.parametrize(
    ("number", "cause"),
    list(enumerate((BATTLE, REPRISAL, VENDETTA, MOBILISATION, BACKGROUND))),
)
def test_the_cause_of_an_attack_is_drawn_by_the_parts(monkeypatch, number, cause):
    run = uneasy()
    parts = [FIRE, AROUND * 0.045, AROUND * DEBTS, AROUND * 0.015, AROUND * 0.04]
    begins, ends = sum(parts[:number]) + 1e-6, sum(parts[: number + 1]) - 1e-6
    for place in (begins, ends):
        choose(monkeypatch, ATTACK=(0.0, place / sum(parts)))
        dyads.dyad_decide(run, RV_N)
        assert run.dyads[RV_N].cause == cause


def test_an_impossible_hazard_is_noted_with_its_dyad(monkeypatch):
    choose(monkeypatch, ATTACK=(0.999, 0.5))
    run = uneasy()
    dyads.dyad_decide(run, RV_N)
    assert run.now.unsound == SOUND
    run.rivalry[VR_S] = -1.0
    dyads.dyad_decide(run, VR_S)
    assert (run.now.unsound, run.now.unsound_at) == (DYAD, VR_S)
    again = uneasy()
    again.reprisal[RV_N] = -0.1
    assert total(again, RV_N) > 0
    dyads.dyad_decide(again, RV_N)
    assert (again.now.unsound, again.now.unsound_at) == (DYAD, RV_N)
    none = uneasy()
    none.rivalry[RV_N] = nan
    dyads.dyad_decide(none, RV_N)
    assert (none.now.unsound, none.now.unsound_at) == (DYAD, RV_N)
    third = uneasy()
    third.rivalry[RV_N], third.fighting[RV_N] = -0.8, False
    dyads.dyad_decide(third, RV_N)
    assert third.now.unsound_hazard == pytest.approx(-MET * AROUND * UNEASY)


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
    """Let a dyad remember attacks: number, arrival and weight of each."""
    for row in rows:
        dyads.remember(run, dyads.new_memory(run, d, *row))


def test_memories_are_kept_in_order_and_felt_at_the_end_of_the_tick():
    run = started()
    first = [(3, 5, 0.7), (4, 5, 0.2)]
    remembered(run, VR_N, first[0])
    remembered(run, RV_S, (8, 5, 3.0))
    remembered(run, VR_N, first[1])
    assert memories(run, VR_N) == first
    assert memories(run, RV_S) == [(8, 5, 3.0)]
    assert (run.dyads[VR_N].first_memory, run.dyads[VR_N].last_memory) == (0, 2)
    assert run.now.memories == 3
    assert [run.arrivals[d] for d in (VR_N, RV_N, RV_S)] == pytest.approx([0.9, 0.0, 3.0])
    assert run.reprisal[VR_N] == 0.0


def test_news_arrives_when_it_is_due_in_the_order_in_which_it_was_sent():
    run = started()
    for number, arrival in ((1, 8), (2, 9), (3, 8), (4, 8), (5, 41), (6, 40)):
        dyads.post(run, dyads.new_memory(run, VR_W, number, arrival, 0.1 * number))
    seen = []
    for run.now.tick in (6, 7, 8, 39):
        dyads.deliver(run)
        seen.append([row[0] for row in memories(run, VR_W)])
    assert seen == [[], [1, 3, 4], [1, 3, 4, 2], [1, 3, 4, 2, 6]]
    assert run.arrivals[VR_W] == pytest.approx(1.6)


def test_news_of_one_tick_for_two_dyads_is_kept_apart():
    run = started()
    run.now.tick = 7
    for number, d in enumerate((VR_W, VR_S, VR_W, VR_S)):
        dyads.post(run, dyads.new_memory(run, d, number, 8, 0.1))
    dyads.deliver(run)
    kept = [[row[0] for row in memories(run, d)] for d in (VR_W, VR_S)]
    assert kept == [[0, 2], [1, 3]]


def test_grievance_decays_and_takes_in_what_arrived():
    run = started()
    run.reprisal[:] = [0.8] * 8
    run.arrivals[VR_N] = 3.0
    run.forces[NORTH].eased = True
    dyads.dyads_fade(run)
    keep = 2**-0.5
    assert run.reprisal[VR_N] == pytest.approx(0.8 * keep + 3 * (1 - keep) / 0.5)
    assert run.reprisal[RV_S] == pytest.approx(0.8 * keep)
    assert run.arrivals == [0.0] * 8


def test_mediation_eases_grievance_and_the_memories_that_make_it():
    """To 0.3 in the south, before it fades; what arrives with the tick is spared."""
    run = started(mediation__reprisal_factor=0.3)
    run.now.tick = 6
    run.reprisal[:] = [0.8] * 8
    rows = [(1, 2, 0.5), (2, 6, 0.7), (3, 7, 0.9)]
    remembered(run, VR_S, *rows)
    remembered(run, VR_N, *rows)
    run.arrivals[VR_N], run.arrivals[VR_S] = 0.0, 3.0
    run.forces[SOUTH].eased = run.now.eased = True
    dyads.dyads_fade(run)
    keep = 2**-0.5
    assert [run.reprisal[d] for d in (VR_N, RV_S, VR_S, VR_W)] == pytest.approx(
        [0.8 * keep, 0.24 * keep, 0.24 * keep + 3 * (1 - keep) / 0.5, 0.8 * keep]
    )
    assert memories(run, VR_N) == rows
    eased = [(1, 2, 0.15), (2, 6, 0.21), (3, 7, 0.9)]
    assert [row for one in memories(run, VR_S) for row in one] == pytest.approx(
        [row for one in eased for row in one]
    )


def test_what_a_memory_still_adds_falls_with_its_age():
    run = started()
    run.now.tick = 6
    run.reprisal_kept[:4] = [1.0, 0.9, 0.7, 0.6]
    remembered(run, VR_N, (1, 4, 5.0), (2, 7, 5.0), (3, 6, 2.0))
    found = [dyads.contribution(run, run.memories[place]) for place in range(3)]
    assert found == pytest.approx([5 * 0.7, 0.0, 2.0])


@pytest.mark.parametrize(
    ("cause", "uniform", "parent"),
    [
        (REPRISAL, 0.10, 11),
        (REPRISAL, 0.12, 12),
        (REPRISAL, 0.70, 12),
        (REPRISAL, 0.73, 13),
        (REPRISAL, 0.999, 13),
        (BACKGROUND, 0.5, NONE),
        (MOBILISATION, 0.5, NONE),
    ],
)
def test_a_parent_is_drawn_by_what_each_memory_still_adds(cause, uniform, parent):
    """0.5, 2.7 and 1.2 of 4.4, that is to 0.114, 0.727 and 1."""
    run = started()
    run.now.tick = 6
    run.reprisal_kept[:4] = [1.0, 0.6, 0.9, 0.5]
    remembered(run, VR_N, (11, 4, 0.5 / 0.9), (12, 4, 3.0), (13, 5, 2.0), (14, 7, 9.0))
    assert dyads.parent(run, VR_N, cause, uniform) == parent


def test_what_is_still_to_arrive_is_no_parent():
    run = started()
    run.now.tick = 6
    remembered(run, VR_N, (11, 7, 3.0))
    assert dyads.parent(run, VR_N, REPRISAL, 0.5) == dyads.NO_PARENT


def test_an_exchange_answers_the_last_hit_by_the_rival_in_this_battle_or_its_opening():
    run = uneasy()
    remembered(run, RV_N, (11, 0, 3.0))
    run.battles[run.dyads[RV_N].battle].opening = 4
    run.dyads[VR_N].hit_by = 6
    assert [dyads.parent(run, d, BATTLE, 0.5) for d in (RV_N, VR_N)] == [4, 6]
    put(run.dyads[RV_N], hit_by=0, hit_now=9)
    assert [dyads.parent(run, d, BATTLE, 0.5) for d in (RV_N, VR_N)] == [0, 6]


def test_an_attack_that_an_insult_caused_has_no_engagement_as_its_parent():
    run = started()
    run.now.tick = 6
    remembered(run, VR_N, (dyads.PROVOKED, 6, 1.0))
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
    assert (run.units[RED_S].mobilised_at, run.forces[SOUTH].last_death) == (LONG_AGO,) * 2
    assert run.fighting == [False] * 8
    assert [memories(run, d) for d in range(8)] == [[]] * 8
