"""When an order is due: at its time, once its condition holds, or when its leader decides it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import parameters
from sim.parameters import Losses
from sim.rules import crowd, decision, engagement, orders, patron
from sim.step.chance import DECISION, uniforms
from sim.step.declare import Record, given, records, starts, values
from sim.step.layout import NONE, Run
from sim.step.log import killed_within
from sim.step.sources import places
from sim.tables import Ints
from sim.world import World
from sim.world.calendar import moment_of, moments_of
from sim.world.shapes import START

COUNTS = ("own_killed", "rival_killed", "killed")
OWN_KILLED, RIVAL_KILLED, KILLED, ALL_OF, ANY_OF, NONE_OF = range(6)


@dataclass(frozen=True)
class TestPlan:
    """One test of an order's condition.

    ``kind`` says what it counts, or how its ``parts`` are joined; ``parent`` is the test that it
    is a part of, or -1.
    """

    order: int
    kind: int
    parent: int
    killed: int = 0
    window: int = 0
    everywhere: bool = True
    counts: Losses | None = None


def tests_of(world: World) -> list[TestPlan]:
    """List the tests of all conditions, order by order, every test before its parts."""
    plans: list[TestPlan] = []
    for order, plan in enumerate(world.orders):
        when = world.scenario.orders[plan.key].trigger.when
        if when is not None:
            whole = len(plans)
            plans.append(TestPlan(order, ALL_OF, NONE))
            plans += _counts(world, order, whole, [when, *when.all_of.values()])
            for kind, parts in ((ANY_OF, when.any_of), (NONE_OF, when.none_of)):
                if parts:
                    place = len(plans)
                    plans.append(TestPlan(order, kind, whole))
                    plans += _counts(world, order, place, parts.values())
    return plans


def _counts(world: World, order: int, parent: int, parts: Iterable[Losses]) -> Iterator[TestPlan]:
    for part in parts:
        kind = next((k for k, name in enumerate(COUNTS) if getattr(part, name) is not None), None)
        if kind is not None:
            window = world.n_ticks if part.within is None else world.ticks(part.within)
            yield TestPlan(
                order=order,
                kind=kind,
                parent=parent,
                killed=getattr(part, COUNTS[kind]),
                window=max(1, round(window)),
                everywhere=part.provinces == "all",
                counts=part,
            )


def parts(world: World) -> Ints:
    """Give how many parts each test has."""
    plans = tests_of(world)
    return np.bincount([p.parent for p in plans if p.parent >= 0], minlength=len(plans))


def first_tests(world: World) -> Ints:
    """Give where the tests of each order begin, and the end of the last."""
    of = [plan.order for plan in tests_of(world)]
    return np.searchsorted(of, np.arange(len(world.orders) + 1))


def decided(world: World) -> Iterator[tuple[int, parameters.Decision]]:
    """Give the orders that are decided, and what their leaders decide by."""
    for number, plan in enumerate(world.orders):
        found = world.scenario.orders[plan.key].trigger.decided
        if found is not None:
            yield number, found


def decisions(world: World) -> list[int]:
    """Give the decision of each order; -1 for none."""
    of = {order: number for number, (order, _) in enumerate(decided(world))}
    return [of.get(order, NONE) for order in range(len(world.orders))]


def shared(world: World) -> list[bool]:
    """Tell of each order whether several groups of a bloc give it."""
    number = Counter(plan.key for plan in world.orders)
    return [number[plan.key] > 1 for plan in world.orders]


def single_units(world: World) -> int:
    """How many units' dead are counted one by one: none where every condition is national."""
    return 0 if all(plan.everywhere for plan in tests_of(world)) else len(world.unit_group)


def test_places(world: World) -> NDArray[np.bool_]:
    """Tell of each test and province whether its dead count there."""
    return places(world, [plan.counts or Losses() for plan in tests_of(world)])


class Test(Record, holds=TestPlan, rows=tests_of):
    """One test of an order's condition."""

    parts = given(int, "its parts", parts)
    met = starts(0, "parts of it that hold")


class Trigger(Record):
    """What an order waits for beside a time."""

    first = given(int, "first of its tests", lambda w: first_tests(w)[:-1])
    last = given(int, "one after its last test", lambda w: first_tests(w)[1:])
    decision = given(int, "what its leader decides by; -1 for none", decisions)
    shared = given(bool, "whether several groups give it", shared)


class Decision(
    Record, holds=parameters.Decision, rows=lambda w: [found for _, found in decided(w)]
):
    """What a leader decides by."""

    open_since = given(
        int,
        "moment from which on it may be decided; `START` for the start",
        lambda w: [moment_of(found.since, moments_of(w.scenario)) for _, found in decided(w)],
    )


class TriggerRun(Run):
    """A run with conditions and decisions."""

    tests = records("state", Test)
    test_places = values(
        "table",
        bool,
        test_places,
        "whether a test counts the dead of a province",
    )
    triggers = records("table", Trigger, lambda w: len(w.orders))
    decisions = records("table", Decision)
    killed_of_unit = values(
        "room",
        int,
        lambda w: np.zeros((w.n_ticks + 1, single_units(w))),
        "killed by unit before each tick, where a condition names provinces [persons]",
    )


def is_due(run: Any, o: int) -> bool:
    """Whether an order is due in this tick; all groups of a bloc give it once one of them would."""
    order = run.orders[o]
    if not orders.may_repeat(run.given_at[order.moment], run.now.tick, order.again_after):
        return False
    if not run.triggers[o].shared:
        return waits_no_more(run, o)
    for giver in range(len(run.orders)):
        if run.orders[giver].moment == order.moment and waits_no_more(run, giver):
            return True
    return False


def waits_no_more(run: Any, o: int) -> bool:
    """Whether what an order of one group waits for has come."""
    order, own = run.orders[o], run.triggers[o]
    if own.first < own.last:
        return condition_holds(run, order, own.first, own.last)
    if own.decision >= 0:
        return is_decided(run, order, run.decisions[own.decision])
    return orders.due(run.now.tick, set_for(run, order))


def set_for(run: Run, timed: Any) -> int:
    """Tick for which something is set; below 0 while what it waits for is open."""
    if timed.waits_for == START:
        return timed.delay
    since = run.moments[timed.waits_for] if timed.waits_for > START else -1
    return since + timed.delay if since >= 0 else -1


def begins_now(run: Run, timed: Any) -> bool:
    """Whether something that begins once begins in this tick; it is noted then."""
    begins = timed.begun_at < 0 and orders.due(run.now.tick, set_for(run, timed))
    if begins:
        timed.begun_at = run.now.tick
    return begins


def condition_holds(run: Any, order: Any, first: int, last: int) -> bool:
    """Whether a condition holds: its tests are gone through from the last part to the whole."""
    met = False
    for number in range(last - 1, first - 1, -1):
        test = run.tests[number]
        if test.kind == ALL_OF:
            met = test.met == test.parts
        elif test.kind == ANY_OF:
            met = test.met > 0
        elif test.kind == NONE_OF:
            met = test.met == 0
        else:
            met = orders.losses_reached(losses(run, order, number), test.killed)
        test.met = 0
        if met and test.parent >= 0:
            run.tests[test.parent].met += 1
    return met


def losses(run: Any, order: Any, number: int) -> int:
    """Killed that a test counts."""
    test, tick, total = run.tests[number], run.now.tick, 0
    if test.kind == KILLED:
        for p in range(len(run.provinces)):
            if run.test_places[number][p]:
                total += killed_within(run.killed_in_province, tick, p, test.window)
    elif test.everywhere:
        total = of_groups(run, order.group, test.kind == OWN_KILLED, test.window)
    else:
        for u in range(len(run.units)):
            unit = run.units[u]
            counts = counted(run, order.group, unit.group, test.kind == OWN_KILLED)
            if counts and run.test_places[number][unit.province]:
                total += killed_within(run.killed_of_unit, tick, u, test.window)
    return total


def of_groups(run: Run, group: int, own: bool, window: int) -> int:
    """Killed of a group, or of all its rivals, within a window."""
    if own:
        return killed_within(run.killed_of_group, run.now.tick, group, window)
    total = 0
    for rival in range(len(run.groups)):
        if counted(run, group, rival, own):
            total += killed_within(run.killed_of_group, run.now.tick, rival, window)
    return total


def counted(run: Run, group: int, other: int, own: bool) -> bool:
    """Whether the dead of a group are own ones, or those of a rival."""
    return group == other if own else run.rivals[group][other]


def is_decided(run: Any, order: Any, own: Any) -> bool:
    """Whether a leader decides in this tick to give an order."""
    since = 0 if own.open_since == START else NONE
    if own.open_since > START:
        since = run.moments[own.open_since]
    if since < 0:
        return False
    days = (run.now.tick - since) * run.derived.tick_hours / 24.0
    window = max(1, round(own.within))
    hazard = decision.hazard(
        own.rate,
        own.own_killed * of_groups(run, order.group, True, window),
        own.rival_killed * of_groups(run, order.group, False, window),
        own.followers * followers(run, order.group) / 1000.0,
        own.time * days,
        pressure(run, order.group, own, window),
    )
    uniform, _ = uniforms(run, run.now.tick, order.address, 0, DECISION)
    return engagement.attacks(uniform, hazard, run.derived.tick_hours)


def followers(run: Run, group: int) -> int:
    """Followers of a group in the street."""
    total = 0
    for unit in run.units:
        if unit.group == group:
            total += crowd.gather(unit.crowd, 0.0 if unit.holds else unit.compliance)
    return total


def pressure(run: Run, group: int, own: Any, window: int) -> float:
    """Add up what calls for restraint, a patron and mediation put to the hazard of a decision."""
    rate = own.patron if run.groups[group].patron == patron.RESTRAIN else 0.0
    for call in run.calls:
        if orders.holds(run.now.tick - 1 - call.at, call.lasts):
            rate += own.call_for_restraint
            break
    for mediator in run.mediators:
        if orders.holds(run.now.tick - 1 - mediator.mediated_at, window):
            rate += own.mediation
            break
    return rate
