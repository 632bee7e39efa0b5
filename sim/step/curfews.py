"""Curfews: ordered for a date, or declared some hours after so many have been killed."""

from __future__ import annotations

from typing import Any

from sim.parameters.security import Curfew as Parameters
from sim.records import ACTIONS
from sim.rules import curfew, engagement, orders
from sim.step.declare import Record, records, starts, values
from sim.step.layout import NONE, Run
from sim.step.log import killed_within, record_act
from sim.step.sources import enabled, places
from sim.world import World

CURFEW = ACTIONS.index("curfew")


def curfews_of(world: World) -> list[Parameters]:
    """List the curfews that are switched on."""
    return enabled(world.scenario.curfews)


class Curfew(Record, holds=Parameters, rows=curfews_of):
    """A curfew that may come into force."""

    reached_at = starts(NONE, "tick in which enough people had been killed")
    begun_at = starts(NONE, "tick in which it began")


class CurfewRun(Run):
    """A run with curfews."""

    curfews = records("state", Curfew)
    curfew_places = values(
        "table", bool, lambda w: places(w, curfews_of(w)), "whether a curfew is for a province"
    )
    curfew_leaves = values(
        "state", float, lambda w: [1.0] * len(w.scenario.provinces), "share of modes left, 0 to 1"
    )


def curfews_observe(run: Any) -> None:
    """Fix what curfews leave in each province of attacks that need a crowd or an open office."""
    left = run.curfew_leaves
    for p in range(len(left)):
        left[p] = 1.0
    for c in range(len(run.curfews)):
        own = run.curfews[c]
        if own.begun_at >= 0 and orders.holds(run.now.tick - own.begun_at - 1, own.lasts):
            for p in range(len(left)):
                left[p] = min(left[p], own.leaves) if run.curfew_places[c][p] else left[p]


def curfews_act(run: Any) -> None:
    """Let curfews begin that are due, once each; they are felt from the next tick on."""
    tick = run.now.tick
    for c in range(len(run.curfews)):
        own, killed = run.curfews[c], 0
        for p in range(len(run.provinces)):
            if run.curfew_places[c][p]:
                window = max(1, round(own.within))
                killed += killed_within(run.killed_in_province, tick, p, window)
        if own.reached_at < 0 and killed >= own.killed:
            own.reached_at = tick
        if own.begun_at < 0 and curfew.begins(tick, own.at, own.reached_at, own.after):
            own.begun_at = tick
            record_act(run, run.derived.no_order, run.derived.nobody, CURFEW, run.derived.nowhere)


def curfew_left(run: Any, p: int, mode: int) -> float:
    """Share of an attack mode that curfews leave in a province."""
    needs = run.modes[mode].needs
    affected = needs in (engagement.NEEDS_OFFICE, engagement.NEEDS_CROWD)
    return curfew.left(affected, run.curfew_leaves[p])
