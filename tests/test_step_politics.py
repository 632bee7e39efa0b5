"""Politics, the log, the start and the order of a tick: numbers worked out by hand."""

from __future__ import annotations

from math import exp, sqrt

import pytest

from sim.draws import address
from sim.rules import engagement
from sim.step import log, politics, start, tick
from sim.step.layout import NONE
from tests.steps import (
    EAST,
    NORTH,
    RED,
    RV_N,
    VIOLET,
    VIOLET_N,
    VR_N,
    acts,
    choose,
    named,
    order,
    put,
    started,
    unit_address,
)

VOTE = {
    "at": "2022-01-01T03:00",
    "branches": {
        "lost": {
            "probability": 0.2,
            "effect": {"allies": 0.6, "others": -0.5},
            "half_life": "15min",
        },
        "moved": {
            "probability": 0.3,
            "effect": {"others": 0.4},
            "half_life": "1h",
            "again_after": "2h",
        },
    },
}
EARLIER = {"at": "2022-01-01T10:00", "branches": {"held": {"probability": 0.9}}}
CALENDAR = {"calendar": {"early": EARLIER, "vote": VOTE}}
# Moments, where there are no orders: each event, followed by its branches.
EARLY, VOTED = 0, 2


def test_effects_of_branches_multiply_the_tension_of_their_bloc():
    run = started(**CALENDAR)
    put(run.pulses[0], branch=1, kept=0.5)
    put(run.pulses[1], branch=2, kept=0.25)
    put(run.pulses[2], branch=1, kept=0.9)
    run.now.pulses = 2
    politics.politics_observe(run)
    assert run.tension == pytest.approx([1.3, 0.75 * 1.1])


def test_counts_of_the_tick_begin_anew_and_the_hour_is_that_of_the_tick():
    run = started()
    put(run.now, tick=5, opened=3, killed=4, wounded=5)
    log.begin(run)
    assert (run.now.hour, run.now.opened, run.now.killed, run.now.wounded) == (2, 0, 0, 0)


CALL = {"at": "2022-01-01T02:30", "factor": 0.8, "lasts": "1h"}


def test_a_call_for_restraint_holds_from_the_tick_after_it():
    run = started(restraint_calls={"council": CALL, "off": {**CALL, "enabled": False}})
    seen = {}
    for run.now.tick in (5, 6, 7, 8):
        politics.politics_observe(run)
        seen[run.now.tick] = run.tension[:]
    assert seen == {5: [1.0, 1.0], 6: [0.8, 0.8], 7: [0.8, 0.8], 8: [1.0, 1.0]}
    for run.now.tick in (4, 5, 6):
        politics.politics_act(run)
    assert acts(run) == [(5, "council", "", "call", "")]


def test_calls_that_hold_together_are_multiplied():
    run = started(restraint_calls={"first": CALL, "second": {**CALL, "factor": 0.7}})
    run.now.tick = 6
    politics.politics_observe(run)
    assert run.tension == pytest.approx([0.56, 0.56])


def test_truces_multiply_and_hold_from_their_first_tick():
    first = {"start": "2022-01-01T02:30", "lasts": "2h", "factor": 0.6}
    second = {"start": "2022-01-01T03:00", "lasts": "30min", "factor": 0.3}
    run = started(truces={"first": first, "second": second})
    seen = []
    for run.now.tick in (4, 5, 6, 7, 8, 9):
        politics.politics_observe(run)
        seen.append(run.now.truce)
    assert seen == pytest.approx([1.0, 0.6, 0.18, 0.6, 0.6, 1.0])
    assert run.tension == [1.0, 1.0]


@pytest.mark.parametrize(("after", "held"), [("0h", [5, 6]), ("30min", [5, 6]), ("1h", [6, 7])])
def test_a_truce_at_an_order_holds_from_the_tick_after_it_for_as_long_as_it_lasts(after, held):
    truce = {"trigger": {"after": after, "of": "call"}, "lasts": "1h", "factor": 0.0}
    run = started(orders={"call": order("withdraw", after="2h")}, truces={"still": truce})
    seen = []
    for _ in range(10):
        run.call("politics_observe")
        seen += [run.now.tick] * (run.now.truce == 0.0)
        run.step()
    assert (run.moments[0], seen) == (4, held)


def test_a_deadlock_grows_until_what_ends_it_took_place():
    """It began 12 days, 0.4 months, before the start and grows by 0.5 a month of 720 hours."""
    deadlock = {"enabled": True, "since": "2021-12-20T00:00", "growth": 0.5, "ends_with": "vote"}
    run = started(deadlock=deadlock, **CALENDAR)
    assert run.derived.deadlock_ends == VOTED
    for run.now.tick, expected in ((0, 1.2), (36, 1.2 + 0.5 * 18 / 720)):
        politics.politics_observe(run)
        assert run.tension == pytest.approx([expected] * 2)
    run.moments[EARLY] = 0
    politics.politics_observe(run)
    assert run.tension[0] > 1.2
    run.moments[VOTED] = 0
    politics.politics_observe(run)
    assert run.tension == [1.0, 1.0]


def test_a_deadlock_may_end_with_the_first_of_all_moments_or_never():
    deadlock = {"enabled": True, "since": "2021-12-20T00:00", "growth": 0.5}
    run = started(deadlock={**deadlock, "ends_with": "early"}, **CALENDAR)
    run.moments[EARLY] = 3
    politics.politics_observe(run)
    assert run.tension == [1.0, 1.0]
    run = started(deadlock=deadlock, **CALENDAR)
    run.moments[:] = [3] * 5
    politics.politics_observe(run)
    assert run.tension == pytest.approx([1.2, 1.2])


def voted(monkeypatch, uniform):
    """A run after the tick of the vote, whose branches end at 0.2 and 0.5, and its draws."""
    draws = choose(monkeypatch, CALENDAR=(uniform, 0.99))
    run = started(**CALENDAR, orders={"b": order("hold", after="9h")})
    for run.now.tick in range(7):
        politics.politics_act(run)
    assert draws.asked[0] == ("CALENDAR", 0, address("vote"), 0)
    return run, draws


def test_an_event_takes_the_branch_of_its_uniform(monkeypatch):
    """The order is moment 0, so those of the calendar come one later."""
    run, draws = voted(monkeypatch, 0.19)
    assert acts(run) == [(6, "vote.lost", "", "event", "")]
    assert (run.now.pulses, run.pulses[0].branch, run.pulses[0].kept) == (1, 1, 1.0)
    assert run.moments == [NONE, NONE, NONE, 6, 6, NONE]
    run.now.tick = 7
    politics.politics_act(run)
    assert run.pulses[0].kept == pytest.approx(0.25)
    assert run.next_at == [20, 6]
    assert len(draws.asked) == 1


def test_an_event_may_not_take_place(monkeypatch):
    run, _ = voted(monkeypatch, 0.51)
    assert acts(run) == []
    assert (run.now.pulses, run.moments, run.next_at) == (0, [NONE] * 6, [20, 6])


def test_an_event_that_is_moved_is_drawn_anew_and_has_not_taken_place(monkeypatch):
    run, draws = voted(monkeypatch, 0.21)
    assert run.next_at == [20, 10]
    assert run.moved == [0, 1]
    for run.now.tick in (7, 8, 9, 10):
        politics.politics_act(run)
    assert draws.asked == [("CALENDAR", moved, address("vote"), 0) for moved in (0, 1)]
    assert acts(run) == [(t, "vote.moved", "", "event", "") for t in (6, 10)]
    kept = [pulse.kept for pulse in run.pulses[: run.now.pulses]]
    assert kept == pytest.approx([2 ** (-0.5 * 4), 1.0])
    assert run.next_at == [20, 14]
    assert run.moments == [NONE, NONE, NONE, NONE, NONE, 6]
    choose(monkeypatch, CALENDAR=(0.19, 0.5))
    run.now.tick = 14
    politics.politics_act(run)
    assert run.moments == [NONE, NONE, NONE, 14, 14, 6]


def test_acts_of_a_tick_are_stored_by_order_group_action_and_province():
    run = started()
    run.now.tick = 6
    given = [(2, 1, 4, 1), (1, 2, 9, 3), (2, 0, 8, 2), (2, 1, 3, 4), (2, 1, 4, 0), (1, 2, 9, 2)]
    for one in given:
        log.record_act(run, *one)
    put(run.now, acts=1)
    log.record(run)
    stored = [(a.order, a.group, a.action, a.province) for a in run.acts[1 : run.now.acts]]
    assert stored == sorted(given)
    assert [act.tick for act in run.acts[1 : run.now.acts]] == [6] * 6
    assert (run.now.acts, run.now.acts_of_tick) == (7, 0)


def test_a_tick_is_stored_as_it_was_counted_and_the_clock_turns():
    run = started()
    put(run.now, tick=6, opened=2, killed=3, wounded=5, mobilised=4, compliance=0.3, deployed=70.0)
    log.record(run)
    row = run.ticks[6]
    assert (row.tick, row.engagements, row.killed, row.wounded) == (6, 2, 3, 5)
    assert (row.mobilised, row.compliance, row.deployed) == (4, 0.3, 70.0)
    assert run.now.tick == 7


@pytest.mark.parametrize(
    ("at", "window", "killed"), [(6, 1, 20), (6, 2, 25), (6, 6, 28), (6, 99, 28), (3, 2, 3)]
)
def test_killed_within_a_window_are_those_before_the_tick(at, window, killed):
    total = [[2, 0], [9, 0], [9, 0], [9, 3], [9, 3], [9, 8], [9, 28], [9, 99]]
    assert log.killed_within(total, at, 1, window) == killed


DEBTS = {
    "enabled": True,
    "paid": 0.4,
    "debts": {
        "old": {"creditor": "violet", "debtor": "red", "province": "north"},
        "older": {"creditor": "red", "debtor": "violet", "province": "west"},
    },
}


def test_debts_from_before_are_open_where_they_will_be_paid(monkeypatch):
    draws = choose(monkeypatch, COMMANDER=(0.99, 0.39))
    run = started(vendetta=DEBTS)
    assert draws.asked == [("COMMANDER", 0, address(name), 0) for name in ("old", "older")]
    assert [dyad.debts for dyad in run.dyads] == [0, 1, 0, 0, 0, 0, 1, 0]
    assert run.debts == [NONE, NONE]
    choose(monkeypatch, COMMANDER=(0.0, 0.41))
    assert not any(dyad.debts for dyad in started(vendetta=DEBTS).dyads)


def test_what_presence_deters_is_known_from_the_start():
    run = started(deterrence={"enabled": True, "strength": 0.4})
    assert [force.deterrence for force in run.forces] == [1.0] * 4
    put(run.forces[EAST], deterrence=0.0, deployed=600.0)
    start.start(run)
    assert run.forces[EAST].deterrence == pytest.approx(exp(-0.4 * 0.9 * 2.0))


def test_all_look_then_decide_then_act_and_then_all_fades():
    assert tick.PHASES == (
        "begin",
        "politics_observe",
        "curfews_observe",
        "ceasefires_observe",
        "deployments_observe",
        "forces_observe",
        "units_observe",
        "units_count",
        "leaders_decide",
        "forces_decide",
        "brigades_decide",
        "mediators_decide",
        "units_decide",
        "politics_act",
        "leaders_act",
        "units_act",
        "engagements",
        "brigades_act",
        "forces_act",
        "curfews_act",
        "ceasefires_act",
        "mediators_act",
        "battles_update",
        "dyads_fade",
        "crowds_update",
        "units_update",
        "forces_update",
        "record",
    )


LUCK = {"PARENT": (0.5, 0.5), "KILLED": (0.5, 0.5), "WOUNDED": (0.5, 0.5)}


@pytest.mark.parametrize("answers", [True, False])
def test_two_ticks_by_hand(monkeypatch, answers):
    """Red raids violet in the north and kills 1; in the same tick violet's leader mobilises it.

    The raid opens a battle, for which violet counts as quiet. So violet's hazard of the next tick
    has a background of 0.025, at a rivalry of 0.6, and the fire of 1,599 of 2,499 fighters, once an
    hour at equal strength and a quarter more for who was hit last. They meet x = sqrt(900 * 1599) /
    1200 times, which is an opportunity of 3 x / (2 + x).
    """
    x = sqrt(900 * 1599) / 1200
    rate = (0.6 * 0.025 + 2 * 1599 / 2499 * 1.25) * 3 * x / (2 + x)
    chance = 1 - exp(-0.5 * rate)
    quiet = 0.2 / 0.8 * 0.75 / (2 - exp(-0.5 * 1.25) - exp(-0.5 * 0.75))
    uniform = chance - 1e-6 if answers else chance + 1e-6
    me = unit_address("red", "north")
    attack = {0: lambda agent: 0.0 if agent == me else 0.999, 1: lambda _: uniform}
    choose(
        monkeypatch,
        ATTACK=lambda tick, agent, _: (attack[tick](agent), 0.5),
        WOUNDED_ROUNDING=(0.0, 0.0),
        BATTLE=(quiet - 1e-6, 0.0),
        **LUCK,
    )
    run = started(
        engagement__reference_fighters=1200.0,
        modes={"raid": {"weight": 1.0, **kills(1.5, 0.0), "wounded_per_killed": 0.0}},
        orders={"rise": order("mobilise", group="violet", provinces=["north"])},
        reprisal__enabled=False,
    )
    run.step()
    violet = run.units[VIOLET_N]
    assert (violet.stance, violet.mobilised, violet.fighters) == (0, True, 1599)
    assert [d for d in range(8) if run.fighting[d]] == [RV_N, VR_N]
    battle = run.battles[run.dyads[VR_N].battle]
    assert (battle.opening, battle.opened_at, battle.hit) == (0, 0, VR_N)
    assert run.killed_of_group[1] == [0, 1, 0]
    run.step()
    answer = (1, VIOLET, NORTH, engagement.BATTLE, 0)
    assert [
        (row.tick, row.attacker, row.province, row.cause, row.parent)
        for row in run.engagements[: run.now.engagements]
    ] == [(0, RED, NORTH, engagement.BACKGROUND, NONE), answer][: 1 + answers]
    assert battle.hit == (RV_N if answers else VR_N)
    stored = [named(run, act) for act in run.acts[: run.now.acts]]
    assert stored == [(0, "rise", "violet", "mobilise", "")]
    ticks = [(row.engagements, row.killed, row.mobilised) for row in run.ticks[:2]]
    assert ticks == [(1, 1, 0), (int(answers), int(answers), 1)]


def kills(target, attacker):
    """Severities of a mode whose medians are these and hardly spread."""
    return {
        "target_killed": {"median": target, "log_sd": 0.01},
        "attacker_killed": {"median": attacker, "log_sd": 0.01},
    }


def test_a_run_stops_at_an_impossible_state():
    run = started()
    run.forces[NORTH].recent = -1.0
    run.go(5)
    assert (run.now.tick, run.now.unsound, run.now.unsound_at) == (1, log.FORCE, NORTH)
