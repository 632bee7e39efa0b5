"""What orders and politics become as a run is laid out, and their room; worked out by hand."""

from __future__ import annotations

from math import inf

import pytest

from sim.step import sources
from sim.world import shapes
from tests.steps import (
    RED_N,
    RED_S,
    RED_W,
    VIOLET,
    VIOLET_N,
    VIOLET_S,
    VIOLET_W,
    WHITE,
    country,
    order,
    started,
)

ORDERS = {
    "a_rise": order(
        "mobilise", group="violet", after="5h", attack_rate="4.8/d", crowd={"south": 70}
    ),
    "b_calm": order("restrain", after="20min", lasts="3h"),
    "c_off": order("insult", target="red", group="white", enabled=False),
    "d_call": order(
        "withdraw", deadline="2h", compliance=0.7, spread=0.1, splinter=0.2, provinces=["west"]
    ),
    "e_mad": order("insult", group="violet", target="white", strength=0.4),
    "f_wait": order("hold", trigger={"after": "1h", "of": "b_calm"}),
    "g_lost": order("mobilise", trigger={"when": {"own_killed": 4, "within": "6h"}}),
}


def test_orders_stand_by_the_group_that_gives_them():
    run = started(orders=ORDERS)
    names = [run.labels["order"][plan.code] for plan in run.orders]
    assert names == ["b_calm", "d_call", "f_wait", "g_lost", "a_rise", "e_mad"]
    assert [(g.first_order, g.last_order) for g in run.groups] == [(0, 4), (4, 6), (6, 6)]
    assert [plan.moment for plan in run.orders] == [1, 2, 4, 5, 0, 3]
    assert [plan.action for plan in run.orders] == [
        shapes.RESTRAIN,
        shapes.WITHDRAW,
        shapes.HOLD,
        shapes.MOBILISE,
        shapes.MOBILISE,
        shapes.INSULT,
    ]
    assert run.due == [False] * 6


def test_orders_have_their_numbers_in_ticks_and_per_hour():
    calm, call, wait, _, rise, mad = started(orders=ORDERS).orders
    assert (calm.delay, calm.waits_for, calm.lasts) == (1, shapes.START, 6.0)
    assert (rise.delay, rise.again_after, rise.lasts) == (10, inf, inf)
    assert (rise.attack_rate, call.splinter, mad.strength) == pytest.approx((0.2, 0.2, 0.4))
    assert (wait.delay, wait.waits_for) == (2, calm.moment)
    assert (mad.group, mad.target, call.target) == (VIOLET, WHITE, -1)
    forever = {**ORDERS["b_calm"], "lasts": None}
    assert started(orders={"a": forever}).orders[0].lasts == inf
    again = order("mobilise", again_after="3h")
    assert started(orders={"a": again}).orders[0].again_after == 6.0


def test_what_orders_mean_for_their_units():
    run = started(orders=ORDERS)
    calm, call, _, _, rise, _ = run.orders
    units = [[run.unit_orders[n].unit for n in range(o.first, o.last)] for o in (calm, call, rise)]
    assert units == [[RED_N, RED_S, RED_W], [RED_W], [VIOLET_N, VIOLET_S, VIOLET_W]]
    own = run.unit_orders[call.first]
    assert (own.compliance, own.spread, own.deadline) == pytest.approx((0.7, 0.1, 4.0))
    assert own.onset_keep == pytest.approx(2**-0.5)
    assert own.relapse_keep == pytest.approx(2 ** (-0.5 / 720))
    crowds = [run.unit_orders[n].crowd for n in range(rise.first, rise.last)]
    assert crowds == [0, 70, 0]
    assert run.unit_orders[rise.first].deadline == inf


def test_codes_of_nothing_come_after_all_others():
    """Seven orders, one of them off, and two branches; three groups; four provinces."""
    run = started(orders=ORDERS)
    derived = run.derived
    assert (derived.no_order, derived.nobody, derived.nowhere) == (9, 3, 4)
    for name, code in (("order", 9), ("group", 3), ("province", 4)):
        assert run.labels[name][code] == ""


def test_calls_and_truces_that_are_on_have_their_ticks():
    call = {"at": "2022-01-01T02:30", "factor": 0.8, "lasts": "1h"}
    truce = {"start": "2022-01-01T03:15", "lasts": "1h", "factor": 0.3}
    run = started(
        orders=ORDERS,
        restraint_calls={"a": {**call, "enabled": False}, "b": call},
        truces={"feast": truce, "off": {**truce, "enabled": False}},
    )
    assert [(c.at, c.factor, c.lasts) for c in run.calls] == [(5, 0.8, 2.0)]
    assert run.labels["order"][run.calls[0].code] == "b"
    assert [(t.delay, t.factor, t.lasts) for t in run.truces] == [(6, 0.3, 2.0)]


BRANCHES = {
    "lost": {"probability": 0.2, "effect": {"others": -0.5}, "half_life": "15min"},
    "moved": {"probability": 0.3, "effect": {"allies": 0.4, "others": 0.1}, "again_after": "2h"},
}


def test_events_have_their_branches_dates_and_room_for_being_moved():
    """The first may be taken once; the second every 4 of 40 ticks, and once."""
    run = started(
        calendar={
            "early": {"at": "2022-01-01T01:00", "branches": {"held": {"probability": 0.9}}},
            "vote": {"at": "2022-01-01T03:00", "branches": BRANCHES},
        }
    )
    assert [(e.tick, e.first, e.last, e.moment) for e in run.events] == [(2, 0, 1, 0), (6, 1, 3, 2)]
    assert run.next_at == [2, 6]
    assert run.cumulative == pytest.approx([0.9, 0.2, 0.5])
    assert run.effects == [[0.0, 0.0], [0.0, -0.5], [0.4, 0.1]]
    assert [(b.moment, b.again_after) for b in run.branches] == [(1, -1), (3, -1), (4, 4)]
    assert run.branches[1].keep == pytest.approx(0.25)
    assert len(run.pulses) == 1 + 11


def test_there_is_room_for_all_that_can_happen_in_one_tick():
    """Acts: 6 orders, 1 event, 1 call; 7 units that rise, reopen and splinter, 4 governors; 8
    commanders; one more for each unit and three for each province. Memories: 8 of
    attacks, 8 of own dead, 8 for each of 6 insults, 12 elsewhere, 8 next door.
    """
    changes = {"orders": ORDERS, "restraint_calls": {"council": {"at": "2022-01-01T02:30"}}}
    world = country(**changes)
    assert sources.most_acts(world) == 6 + 1 + 1 + 4 * (7 + 4) + 8
    assert sources.most_memories(world) == 8 + 8 + 8 * 6 + 12 + 8
    run = started(**changes)
    assert len(run.acts_of_tick) == 60
    assert len(run.memories) >= 84
    assert len(run.engagements) >= 8
    assert len(run.ticks) == 40
