"""Ceasefires and spoilers, worked out by hand in the small country; and which way they push."""

from __future__ import annotations

import pytest

from sim.draws import address
from sim.rules import ceasefire, engagement
from sim.step import battles, ceasefires, combat, dyads
from sim.step.layout import NONE
from tests.steps import (
    NORTH,
    RED_N,
    RED_S,
    RV_N,
    RV_S,
    RV_W,
    SOUTH,
    VIOLET_N,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WEST,
    WV_N,
    acts,
    choose,
    memories,
    order,
    put,
    started,
    unit_address,
)

KEEP = 0.5**0.5  # reprisal grievance left after a tick of half an hour, at a half-life of an hour


def pause(**fields):
    """A ceasefire between red and violet, from the fifth hour on."""
    return {"between": ["red", "violet"], "trigger": {"after": "5h"}, "leaves": 0.3, **fields}


def holding(since=4, tick=10, **fields):
    """A run in which a ceasefire holds everywhere since a tick."""
    run = started(ceasefires={"pause": pause(**fields)})
    run.now.tick = tick
    run.ceasefire_since[0][:] = [since] * 4
    return run


def test_it_begins_once_at_its_date_or_some_time_after_an_order():
    run = started(
        orders={"stop": order("hold", after="2h")},
        ceasefires={
            "asked": pause(trigger={"after": "1h", "of": "stop"}),
            "dated": pause(trigger={"at": "2022-01-01T05:00"}),
            "off": pause(enabled=False),
        },
    )
    begun = []
    for run.now.tick in range(14):
        run.now.acts_of_tick = 0
        if run.now.tick == 4:
            run.moments[0] = 4
        ceasefires.ceasefires_act(run)
        begun += [act[:2] + act[3:4] for act in acts(run)]
    assert begun == [(6, "asked", "ceasefire"), (10, "dated", "ceasefire")]
    assert run.ceasefire_since == [[6] * 4, [10] * 4]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {RV_N, VR_N, RV_S, VR_S, RV_W, VR_W}),
        ({"between": ["violet", "white"]}, {VW_N, WV_N}),
        ({"between": ["others", "allies"]}, set(range(8))),
        ({"between": ["allies", "violet"], "provinces": ["north"]}, {RV_N, VR_N, VW_N, WV_N}),
        ({"provinces": ["south", "east"]}, {RV_S, VR_S}),
        ({"between": ["red", "white"]}, set()),
    ],
)
def test_it_is_between_two_groups_or_blocs_in_its_provinces(fields, expected):
    run = holding(**fields)
    assert {d for d in range(8) if run.covered[0][d]} == expected
    ceasefires.ceasefires_observe(run)
    assert run.ceasefire_leaves == [0.3 if d in expected else 1.0 for d in range(8)]


def test_it_holds_from_the_tick_after_its_beginning_for_as_long_as_it_lasts():
    run = holding(lasts="2h")
    held = []
    for run.now.tick in range(12):
        ceasefires.ceasefires_observe(run)
        held += [run.now.tick] * (run.ceasefire_leaves[RV_N] == 0.3)
        assert run.ceasefire_leaves[VW_N] == 1.0
    assert held == [5, 6, 7, 8]
    run = holding(tick=39)
    ceasefires.ceasefires_observe(run)
    assert run.ceasefire_leaves[RV_N] == 0.3


def test_of_two_that_hold_the_stricter_counts_whichever_comes_first():
    for leaves in ((0.6, 0.2), (0.2, 0.6)):
        run = started(ceasefires={f"c{k}": pause(leaves=left) for k, left in enumerate(leaves)})
        run.now.tick = 10
        for c in range(2):
            run.ceasefire_since[c][:] = [4] * 4
        ceasefires.ceasefires_observe(run)
        assert run.ceasefire_leaves[RV_N] == 0.2


def test_it_leaves_a_share_of_every_part_of_the_hazard():
    run = started(spoilers={"attack_rate": "3/d"}, vendetta={"enabled": True, "median_lag": "3d"})
    put(run.units[RED_N], mobilisation=0.05, splinter=True)
    run.reprisal[RV_N], run.dyads[RV_N].debts, run.peace[0] = 0.5, 2, True
    run.fighting[RV_N] = True
    before = dyads.hazards(run, RV_N)
    run.ceasefire_leaves[RV_N] = 0.3
    assert min(before) > 0.0
    assert dyads.hazards(run, RV_N) == pytest.approx([0.3 * part for part in before])


@pytest.mark.parametrize(
    ("since", "fields", "over"),
    [
        (5, {}, True),
        (5, {"leaves": 1.0}, True),
        (4, {}, False),
        (NONE, {}, False),
        (5, {"between": ["violet", "white"]}, False),
    ],
    ids=["begins", "whatever it leaves", "holds already", "none", "of others"],
)
def test_it_ends_battles_between_its_sides_as_it_begins(monkeypatch, since, fields, over):
    choose(monkeypatch, BATTLE=(0.0, 0.0))
    run = holding(since=since, tick=6, **fields)
    put(run.battles[0], opening=3, opened_at=2)
    assert battles.is_over(run, run.battles[0]) is over
    run.now.tick = 0
    assert not battles.is_over(run, run.battles[0])


@pytest.mark.parametrize(
    ("d", "tick", "luck", "broken"),
    [
        (VR_S, 10, 0.39, True),
        (VR_S, 10, 0.41, False),
        (VR_S, 4, 0.0, False),
        (VR_S, 13, 0.0, False),
        (VW_N, 10, 0.0, False),
    ],
    ids=["broken", "kept", "not yet", "over", "of others"],
)
def test_an_engagement_between_its_sides_may_break_it(monkeypatch, d, tick, luck, broken):
    draws = choose(monkeypatch, CEASEFIRE=(luck, 0.99))
    run = holding(tick=tick, breaks=0.4, lasts="4h")
    ceasefires.violate(run, d)
    assert run.breached[0] == [False, False, broken, False]
    if d == VR_S and tick == 10:
        here = (10, unit_address("violet", "south"), address("red"))
        assert draws.asked == [("CEASEFIRE", *here)]
    else:
        assert draws.asked == []


def test_one_engagement_that_breaks_it_is_enough(monkeypatch):
    choose(monkeypatch, CEASEFIRE=lambda _, agent, __: (agent != unit_address("red", "north"), 0.0))
    run = holding(breaks=0.4)
    for d in (RV_N, VR_N):
        ceasefires.violate(run, d)
    assert run.breached[0][NORTH]


def test_every_attack_that_is_carried_out_is_asked(monkeypatch):
    quiet = dict.fromkeys(("PARENT", "KILLED", "WOUNDED", "WOUNDED_ROUNDING"), (0.0, 0.0))
    choose(monkeypatch, **quiet, BATTLE=(0.99, 0.0), CEASEFIRE=(0.0, 0.0))
    run = holding(breaks=0.4)
    run.attacks[RV_S], run.dyads[RV_S].cause = True, engagement.BACKGROUND
    combat.engagements(run)
    assert run.breached[0] == [False, False, True, False]


@pytest.mark.parametrize(("scope", "left"), [("local", [4, 4, NONE, 4]), ("national", [NONE] * 4)])
def test_a_breach_ends_it_in_the_province_or_everywhere(scope, left):
    run = holding(scope=scope, returns=1.0)
    run.ceasefires[0].begun_at = 4
    run.breached[0][SOUTH] = True
    for d in (RV_S, VR_W):
        dyads.remember(run, dyads.new_memory(run, d, 0, 2, 0.5))
    ceasefires.ceasefires_act(run)
    assert run.ceasefire_since[0] == left
    assert run.breached[0] == [False] * 4
    assert [act[:2] + act[3:] for act in acts(run)] == [(10, "pause", "breach", "south")]
    came_back = 0.5 * (KEEP**2 - KEEP**8)
    weight = 0.5 + came_back / KEEP**8
    assert memories(run, RV_S)[0][2] == pytest.approx(weight)
    assert memories(run, VR_W)[0][2] == pytest.approx(weight if scope == "national" else 0.5)
    ceasefires.ceasefires_act(run)
    assert run.now.acts_of_tick == 1
    run.now.tick = 11
    ceasefires.ceasefires_observe(run)
    assert run.ceasefire_leaves[RV_S] == 1.0
    assert run.ceasefire_leaves[RV_N] == (1.0 if scope == "national" else 0.3)


def test_a_share_of_what_faded_while_it_held_returns_in_level_and_memories_alike():
    """Since tick 5, at tick 10, a share of 0.4: of an attack before, of one since, and of none.

    What the first added falls by KEEP**3 before the ceasefire and by KEEP**8 in all; the second,
    of tick 8, by KEEP**2; the third arrives with the next tick.
    """
    run = holding(since=5, returns=0.4)
    height = run.derived.reprisal_height
    for number, (arrival, weight) in enumerate(((2, 1.0), (8, 0.5), (11, 2.0))):
        dyads.remember(run, dyads.new_memory(run, RV_S, number, arrival, weight))
    run.reprisal[RV_S] = height * (KEEP**8 + 0.5 * KEEP**2)
    run.reprisal[RV_N] = other = 0.7
    ceasefires.end(run, 0, SOUTH)
    first = KEEP**8 + 0.4 * (KEEP**3 - KEEP**8)
    second = 0.5 * (KEEP**2 + 0.4 * (1.0 - KEEP**2))
    assert run.reprisal[RV_S] == pytest.approx(height * (first + second))
    assert run.reprisal[RV_N] == other
    found = [dyads.contribution(run, m) for m in run.memories[: run.now.memories]]
    assert found == pytest.approx([first, second, 0.0])
    assert height * sum(found) == pytest.approx(run.reprisal[RV_S])
    assert memories(run, RV_S)[2] == (2, 11, 2.0)


@pytest.mark.parametrize(("share", "left"), [(0.0, 0.3), (1.0, 0.8), (0.4, 0.5)])
def test_what_returns_lies_between_what_is_left_and_what_was_there(share, left):
    assert ceasefire.returned(0.8, 0.3, share) == pytest.approx(left)


# Spoilers


def spoiler_rates(run):
    """Rate of spoiling by red in the north, south and west, and by violet in the north [1/d]."""
    return [24 * dyads.spoiling(run, run.units[u]) for u in (RED_N, RED_S, 2, VIOLET_N)]


def test_splinters_and_spoiler_groups_attack_while_peace_is_near():
    run = started(spoilers={"attack_rate": "3/d"}, groups__violet__spoiler=True)
    run.units[RED_S].splinter = True
    assert spoiler_rates(run) == [0.0] * 4
    run.peace[0] = True
    assert spoiler_rates(run) == pytest.approx([0.0, 3.0, 0.0, 3.0])
    assert dyads.hazards(run, RV_N)[5] == 0.0
    run.units[RED_N].splinter = True
    base, *_, spoiled = dyads.hazards(run, RV_N)
    assert spoiled == pytest.approx(base * 3.0 / 0.6)


def test_an_attack_of_a_spoiler_has_that_cause(monkeypatch):
    choose(monkeypatch, ATTACK=(0.0, 0.0))
    run = started(spoilers={"attack_rate": "3/d"}, engagement__background_rate="0/d")
    run.units[RED_N].splinter = run.peace[0] = True
    dyads.dyad_decide(run, RV_N)
    assert run.attacks[RV_N]
    assert run.dyads[RV_N].cause == engagement.SPOILER


@pytest.mark.parametrize(
    ("enabled", "action"), [(True, "withdraw"), (False, "withdraw"), (True, "hold")]
)
def test_peace_is_near_for_a_time_after_a_call_to_withdraw(enabled, action):
    run = started(
        orders={"a": order(action, after="2h")}, spoilers={"enabled": enabled, "lasts": "1h"}
    )
    near = []
    run.given_at[0] = 4
    for run.now.tick in range(10):
        ceasefires.ceasefires_observe(run)
        near += [run.now.tick] * bool(run.peace[0])
    assert near == [5, 6] * (enabled and action == "withdraw")


def test_peace_is_near_while_a_ceasefire_holds_anywhere():
    run = holding(lasts="2h")
    run.ceasefire_since[0][:] = [NONE, NONE, NONE, 4]
    near = []
    for run.now.tick in range(12):
        ceasefires.ceasefires_observe(run)
        near += [run.now.tick] * bool(run.peace[0])
    assert near == [5, 6, 7, 8]
    assert WEST == 3
