"""Leaders: when they give an order, and what their units do about it; worked out by hand."""

from __future__ import annotations

import pytest

from sim.draws import address
from sim.step import dyads, leaders, triggers
from sim.step.layout import LONG_AGO, NONE
from sim.step.tick import step
from sim.world.shapes import NOTHING, START
from tests.steps import (
    RED,
    RED_N,
    RED_S,
    RED_W,
    VIOLET,
    VIOLET_N,
    VIOLET_S,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WHITE,
    acts,
    choose,
    memories,
    order,
    put,
    started,
    unit_address,
)


def ordered(*given, **changes):
    """A run with orders ``a``, ``b``, ... and the last of them."""
    run = started(orders=dict(zip("abc", given, strict=False)), **changes)
    return run, run.orders[-1]


def due_at(run, plan, *ticks):
    """In which of these ticks an order is due."""
    due = []
    for run.now.tick in ticks:
        due += [run.now.tick] * triggers.is_due(run, run.orders.index(plan))
    return due


def test_an_order_is_due_from_its_time_on_and_given_once():
    run, plan = ordered(order("withdraw", after="3h"))
    assert due_at(run, plan, 5, 6, 7) == [6, 7]
    run.given_at[plan.moment] = 6
    assert due_at(run, plan, 7, 39) == []


def test_an_order_may_be_repeated_after_its_pause():
    run, plan = ordered(order("withdraw"), order("mobilise", after="1h", again_after="3h"))
    run.given_at[plan.moment] = 4
    assert due_at(run, plan, 9, 10) == [10]


LOST = {"own_killed": 5, "within": "2h"}
BEREFT = {"rival_killed": 5, "within": "2h"}


def test_own_dead_within_the_window_call_for_an_order():
    """Red lost 5 in tick 5: known from tick 6 on, and out of a window of 4 ticks at tick 10."""
    run, plan = ordered(order("mobilise", trigger={"when": LOST}))
    for at in range(6, 41):
        run.killed_of_group[at] = [5, 9, 9]
    assert due_at(run, plan, 5, 6, 9, 10) == [6, 9]
    run.killed_of_group[6] = [4, 9, 9]
    assert due_at(run, plan, 6) == []


def test_only_dead_of_rivals_count_as_rivals():
    """Violet is red's rival; white is not, and red's own dead are not its rivals'."""
    run, plan = ordered(order("mobilise", trigger={"when": BEREFT}))
    for dead, due in (([9, 4, 9], []), ([0, 5, 0], [8])):
        run.killed_of_group[8] = dead
        assert due_at(run, plan, 8) == due
    run.killed_of_group[4] = [0, 1, 0]
    assert due_at(run, plan, 8) == []


def test_dead_of_all_rivals_are_added_up():
    run, plan = ordered(order("mobilise", group="violet", trigger={"when": BEREFT}))
    for dead, due in (([2, 9, 2], []), ([2, 0, 3], [8])):
        run.killed_of_group[8] = dead
        assert due_at(run, plan, 8) == due


def test_an_order_waits_for_the_start_or_for_what_took_place():
    run, plan = ordered(order("withdraw", after="3h"))
    for waits_for, expected in ((START, 6), (NOTHING, -1), (0, -1)):
        plan.waits_for = waits_for
        assert triggers.set_for(run, plan) == expected
    run.moments[1] = 0
    plan.waits_for = 1
    assert triggers.set_for(run, plan) == 6
    run.moments[1] = 5
    assert triggers.set_for(run, plan) == 11


def test_leaders_give_what_they_decided_and_no_more(monkeypatch):
    choose(monkeypatch, COMPLIANCE=(0.5, 0.5))
    run, _ = ordered(
        order("withdraw", after="3h"),
        order("hold", group="violet", after="2h"),
        order("restrain", group="white", after="3h"),
    )
    run.now.tick = 4
    leaders.leaders_decide(run)
    assert run.due == [False, True, False]
    assert acts(run) == []
    leaders.leaders_act(run)
    assert run.due == [False] * 3
    assert acts(run) == [(4, "b", "violet", "hold", "")]
    run.due[0] = run.due[2] = True
    leaders.leader_act(run, WHITE)
    assert run.due == [True, False, False]
    leaders.leader_act(run, RED)
    assert [act[1] for act in acts(run)] == ["b", "c", "a"]
    run.given_at[0] = NONE
    run.now.tick = 7
    leaders.leader_decide(run, RED)
    assert run.due == [True, False, False]


def test_an_order_reaches_the_units_it_names_but_no_splinter(monkeypatch):
    choose(monkeypatch, COMPLIANCE=(0.5, 0.5))
    run, _ = ordered(order("restrain", group="violet"), order("hold", provinces=["north", "south"]))
    number = next(n for n, plan in enumerate(run.orders) if plan.group == RED)
    moment = run.orders[number].moment
    run.units[RED_S].splinter = True
    run.now.tick = 6
    leaders.give(run, number)
    assert [u for u in range(7) if run.units[u].order != NONE] == [RED_N]
    assert (run.given_at[moment], run.moments[moment]) == (6, 6)
    assert [run.given_at[n] for n in range(len(run.given_at)) if n != moment] == [NONE] * 4
    assert acts(run) == [(6, "b", "red", "hold", "")]


OBEY = {"compliance": 0.6, "spread": 0.2, "onset_half_life": "1h", "relapse_half_life": "2h"}


@pytest.mark.parametrize("action", ["withdraw", "hold"])
def test_a_unit_that_obeys_starts_reluctant_and_loyal(monkeypatch, action):
    draws = choose(monkeypatch, COMPLIANCE=(0.3, 0.9))
    run, plan = ordered(order("restrain"), order(action, **OBEY))
    red = put(run.units[RED_S], reluctance=0.2, loyalty=0.4, share=0.9, holds=action != "hold")
    run.now.tick = 6
    leaders.obey(run, 1, plan.first + 1)
    assert (red.order, red.unit_order, red.order_at) == (1, plan.first + 1, 6)
    assert red.holds == (action == "hold")
    assert red.share == pytest.approx(0.6 + 0.2 * (2 * 0.3 - 1))
    assert (red.reluctance, red.loyalty) == (1.0, 1.0)
    assert draws.asked == [("COMPLIANCE", 0, unit_address("red", "south"), address("b"))]
    assert not red.mobilised


def test_a_mobilise_order_ends_obedience_and_brings_a_crowd_that_is_not_added():
    crowd = {"north": 70, "south": 30}
    run, _ = ordered(order("mobilise", attack_rate="4.8/d", attack_half_life="15min", crowd=crowd))
    run.now.tick = 6
    north = put(run.units[RED_N], share=0.8, crowd=50, mobilisation=0.1, unit_order=2)
    south = put(run.units[RED_S], crowd=40, mobilisation=0.3, mobilisation_keep=0.9)
    south.mobilised_by = 77
    west = run.units[RED_W]
    leaders.give(run, 0)
    code = run.labels["order"].index("a")
    for unit, rate, keep, people, by in (
        (north, 0.2, 0.25, 70, code),
        (south, 0.3, 0.9, 40, 77),
        (west, 0.2, 0.25, 0, code),
    ):
        assert (unit.mobilised, unit.mobilised_at, unit.share) == (True, 6, 0.0)
        assert unit.unit_order == NONE
        assert unit.mobilisation == pytest.approx(rate)
        assert unit.mobilisation_keep == pytest.approx(keep)
        assert (unit.crowd, unit.order, unit.mobilised_by) == (people, NONE, by)
    assert not run.units[VIOLET_N].mobilised


def test_who_obeyed_a_call_and_is_mobilised_is_no_splinter_at_its_deadline():
    obeyed = {"compliance": 1.0, "spread": 0.0, "deadline": "6h", "splinter": 1.0}
    for calls, splinters in (([obeyed], 0), ([{**obeyed, "compliance": 0.0}], 3)):
        call = order("withdraw", after="30min", **calls[0])
        run, _ = ordered(call, *[order("mobilise", after="2h")] * (splinters == 0))
        for _ in range(20):
            step(run)
        assert sum(unit.splinter for unit in run.units) == splinters


def test_an_order_without_a_rate_does_not_stretch_that_of_an_earlier_one():
    """Ready units attack for as long as the order with the rate says, whatever is ordered later."""
    fast = order("mobilise", attack_rate="24/d", attack_half_life="1h")
    slow = order("mobilise", after="1h", attack_half_life="5d")
    run, _ = ordered(fast, slow)
    unit = run.units[RED_N]
    rates = []
    for _ in range(8):
        step(run)
        rates.append(unit.mobilisation)
    assert rates == pytest.approx([0.5 ** ((tick + 1) / 2) for tick in range(8)])


def test_a_unit_knows_whose_rate_it_is_until_a_larger_one_comes():
    """Orders stand by group, so the places of red's orders are not their codes."""
    names = ("low", "more", "none", "other")
    rates = ("2/d", "4/d", "0/d", "1/d")
    given = {
        name: order("mobilise", "violet" if name == "low" else "red", attack_rate=rate)
        for name, rate in zip(names, rates, strict=True)
    }
    run = started(orders=given)
    plans = {run.labels["order"][plan.code]: place for place, plan in enumerate(run.orders)}
    unit, seen = run.units[RED_N], []
    for name in ("none", "other", "more", "other", "none"):
        leaders.give(run, plans[name])
        seen.append(unit.mobilised_by)
    code = run.labels["order"].index
    assert seen == [NONE, code("other"), *[code("more")] * 3]
    assert code("more") != plans["more"]


def test_restraint_begins_with_the_next_tick():
    run, _ = ordered(order("restrain", lasts="3h"))
    run.now.tick = 6
    leaders.give(run, 0)
    red = run.units[RED_N]
    assert (red.restrained_at, red.restrained_for, red.order) == (7, 6.0, NONE)
    assert run.units[VIOLET_N].restrained_at == LONG_AGO


def test_open_offices_are_closed_and_a_uniform_says_when_they_reopen(monkeypatch):
    draws = choose(monkeypatch, OFFICES=(0.37, 0.9))
    run, _ = ordered(order("close_offices", provinces=["north", "west"]))
    put(run.units[RED_W], closed_at=2, reopening=0.8)
    run.now.tick = 6
    leaders.give(run, 0)
    closed = [(u.closed_at, u.reopening) for u in run.units[: RED_W + 1]]
    assert closed == [(6, 0.37), (LONG_AGO, 0.0), (2, 0.8)]
    assert draws.asked == [("OFFICES", 6, unit_address("red", "north"), 0)]
    assert run.units[RED_N].order == NONE


def test_offices_stay_as_they_are_where_that_is_switched_off(monkeypatch):
    choose(monkeypatch)
    run, _ = ordered(order("close_offices"), offices__enabled=False)
    leaders.give(run, 0)
    assert run.units[RED_N].closed_at == LONG_AGO
    assert acts(run) == [(0, "a", "red", "close_offices", "")]


def test_an_insult_is_felt_by_the_insulted_against_who_insults():
    """Red insults violet, which meets red in three provinces and is restrained in the south."""
    run, _ = ordered(order("insult", target="violet", strength=0.4))
    run.now.tick = 6
    run.units[VIOLET_S].response = 0.3
    run.units[RED_N].response = 0.1
    leaders.give(run, 0)
    felt = {d: memories(run, d) for d in range(8) if memories(run, d)}
    assert felt == {
        VR_N: [(dyads.PROVOKED, 7, 0.4)],
        VR_S: [(dyads.PROVOKED, 7, pytest.approx(0.12))],
        VR_W: [(dyads.PROVOKED, 7, 0.4)],
    }
    assert acts(run) == [(6, "a", "red", "insult", "")]
    assert [u for u in range(7) if run.units[u].order != NONE] == []


def test_who_is_insulted_by_another_group_blames_that_one():
    run, _ = ordered(order("insult", group="white", target="violet", strength=0.4))
    leaders.give(run, 0)
    assert [d for d in range(8) if memories(run, d)] == [VW_N]


def test_insults_are_spoken_but_not_felt_where_that_is_switched_off():
    run, plan = ordered(order("insult", target="violet"), provocation__enabled=False)
    assert (plan.group, plan.target) == (RED, VIOLET)
    leaders.give(run, 0)
    assert run.now.memories == 0
    assert acts(run) == [(0, "a", "red", "insult", "")]
