"""Ceasefires between two sides: how they begin, are broken and end, and when peace is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters.ceasefires import Ceasefire as Parameters
from sim.records import ACTIONS
from sim.rules import ceasefire, orders
from sim.step.chance import CEASEFIRE, of_dyad
from sim.step.declare import Record, records, starts, values
from sim.step.layout import NONE, Run
from sim.step.log import record_act
from sim.step.sources import enabled, places, timed
from sim.step.triggers import begins_now
from sim.world import World
from sim.world.shapes import WITHDRAW, Begins

BEGUN, BREACH = ACTIONS.index("ceasefire"), ACTIONS.index("breach")


@dataclass(frozen=True)
class Plan(Begins):
    """When a ceasefire begins, and its place among the labels of orders."""

    code: int


def ceasefires_of(world: World) -> list[tuple[Parameters, Plan]]:
    """List the ceasefires that are switched on."""
    keyed, labels = world.scenario.ceasefires, world.labels["order"]
    codes = [labels.index(key) for key, given in keyed.items() if given.enabled]
    return [
        (given, Plan(**vars(when), code=code))
        for code, (given, when) in zip(codes, timed(world, keyed), strict=True)
    ]


def covered(world: World) -> NDArray[np.bool_]:
    """Tell of each ceasefire and dyad whether it is between the two sides, in its provinces."""
    own = enabled(world.scenario.ceasefires)
    sides = [[name, group.bloc] for name, group in world.scenario.groups.items()]
    units, dyads = world.unit_group, world.dyads
    pairs = [
        (sides[units[a]], sides[units[b]])
        for a, b in zip(dyads.attacker, dyads.target, strict=True)
    ]
    between = [
        [(first in a and second in b) or (first in b and second in a) for a, b in pairs]
        for first, second in (each.between for each in own)
    ]
    where = places(world, own)[:, dyads.province]
    return np.array(between, bool).reshape(where.shape) & where


class Ceasefire(
    Record, holds=(Parameters, Plan), rows=ceasefires_of, leave_out=("trigger", "between")
):
    """A ceasefire that may come into force."""

    begun_at = starts(NONE, "tick in which it began")


class CeasefireRun(Run):
    """A run with ceasefires and spoilers."""

    ceasefires = records("state", Ceasefire)
    covered = values("table", bool, covered, "whether a ceasefire is between the sides of a dyad")
    ceasefire_since = values(
        "state",
        int,
        lambda w: np.full((len(enabled(w.scenario.ceasefires)), len(w.scenario.provinces)), NONE),
        "tick in which a ceasefire began that holds in a province",
    )
    breached = values(
        "state",
        bool,
        lambda w: np.zeros((len(enabled(w.scenario.ceasefires)), len(w.scenario.provinces))),
        "whether a ceasefire was broken in a province in this tick",
    )
    ceasefire_leaves = values(
        "state", float, lambda w: np.ones(len(w.dyads.attacker)), "share of hazards left by dyad"
    )
    peace = values("state", bool, lambda _: [False], "whether peace is near")


def ceasefires_observe(run: Any) -> None:
    """Fix what ceasefires leave of each dyad's hazards, and whether peace is near."""
    left, near = run.ceasefire_leaves, recently_called(run)
    for d in range(len(left) if len(run.ceasefires) else 0):
        left[d] = 1.0
    for c in range(len(run.ceasefires)):
        own = run.ceasefires[c]
        for d in range(len(left)):
            if run.covered[c][d] and in_force(run, c, run.dyads[d].province):
                left[d] = min(left[d], own.leaves)
                near = True
    run.peace[0] = near and run.settings.spoilers.enabled


def recently_called(run: Run) -> bool:
    """Whether a leader called to withdraw so lately that peace is held to be near."""
    for order in run.orders:
        since = run.now.tick - 1 - run.given_at[order.moment]
        given = run.given_at[order.moment] >= 0 and order.action == WITHDRAW
        if given and orders.holds(since, run.settings.spoilers.lasts):
            return True
    return False


def in_force(run: Any, c: int, p: int) -> bool:
    """Whether a ceasefire holds in a province."""
    since = run.ceasefire_since[c][p]
    return since >= 0 and orders.holds(run.now.tick - 1 - since, run.ceasefires[c].lasts)


def comes_into_force(run: Any, d: int) -> bool:
    """Whether a ceasefire between the two sides of a dyad holds from this tick on."""
    p = run.dyads[d].province
    for c in range(len(run.ceasefires)):
        if run.covered[c][d] and run.ceasefire_since[c][p] == run.now.tick - 1 >= 0:
            return True
    return False


def violate(run: Any, d: int) -> None:
    """Let an engagement perhaps break the ceasefires between its two sides."""
    p = run.dyads[d].province
    for c in range(len(run.ceasefires)):
        if run.covered[c][d] and in_force(run, c, p):
            chance, _ = of_dyad(run, d, CEASEFIRE)
            broken = ceasefire.breaks(chance, run.ceasefires[c].breaks)
            run.breached[c][p] = run.breached[c][p] or broken


def ceasefires_act(run: Any) -> None:
    """Let ceasefires end that were broken in this tick, and begin that are due."""
    for c in range(len(run.ceasefires)):
        own, places_of = run.ceasefires[c], run.breached[c]
        for p in range(len(places_of)):
            if places_of[p]:
                places_of[p] = False
                record_act(run, own.code, run.derived.nobody, BREACH, p)
                end(run, c, p)
        if begins_now(run, own):
            record_act(run, own.code, run.derived.nobody, BEGUN, run.derived.nowhere)
            for p in range(len(places_of)):
                run.ceasefire_since[c][p] = own.begun_at


def end(run: Any, c: int, p: int) -> None:
    """End a ceasefire that was broken in a province, there or everywhere."""
    everywhere = run.ceasefires[c].scope == 1
    for d in range(len(run.dyads)):
        where = run.dyads[d].province
        if run.covered[c][d] and (everywhere or where == p) and in_force(run, c, where):
            let_return(run, d, run.ceasefire_since[c][where], run.ceasefires[c].returns)
    for q in range(len(run.breached[c])):
        if everywhere or q == p:
            run.ceasefire_since[c][q] = NONE


def let_return(run: Any, d: int, since: int, share: float) -> None:
    """Let a share of the grievance return that faded since a ceasefire began."""
    tick, place = run.now.tick, run.dyads[d].first_memory
    while place >= 0:
        memory = run.memories[place]
        age = tick - memory.arrival
        if age > 0 and run.reprisal_kept[age] > 0.0:
            younger = max(0, since - memory.arrival)
            then = memory.reprisal * run.reprisal_kept[younger]
            now = memory.reprisal * run.reprisal_kept[age]
            left = ceasefire.returned(then, now, share)
            run.reprisal[d] += run.derived.reprisal_height * (left - now)
            memory.reprisal = left / run.reprisal_kept[age]
        place = memory.following
