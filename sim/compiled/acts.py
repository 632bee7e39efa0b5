"""Orders, political events and other acts without a shot, as they are recorded."""

from __future__ import annotations

from sim.compiled.decorate import compiled, inlined
from sim.compiled.layout import Output, State


@inlined
def record_act(state: State, order: int, group: int, action: int, province: int) -> None:
    """Record an act of this tick; acts of a tick are stored in the order of their codes."""
    now = state.now[0]
    act = state.acts[now.acts]
    act.tick, act.order, act.group = now.tick, order, group
    act.action, act.province = action, province
    now.acts += 1


@compiled
def store_acts(state: State, output: Output) -> None:
    """Move the acts of this tick to the output, in order; count those without room too."""
    now = state.now[0]
    for _ in range(now.acts):
        first = 0
        for number in range(1, now.acts):
            if _before(state, number, first):
                first = number
        place = now.first_order + now.orders
        if place < len(output.orders):
            output.orders[place] = state.acts[first]
        else:
            now.lost += 1
        now.orders += 1
        state.acts[first].order = LAST
    now.acts = 0


LAST = 2**31 - 1


@inlined
def _before(state: State, number: int, other: int) -> bool:
    mine, theirs = state.acts[number], state.acts[other]
    if mine.order != theirs.order:
        return mine.order < theirs.order
    if mine.group != theirs.group:
        return mine.group < theirs.group
    if mine.action != theirs.action:
        return mine.action < theirs.action
    return mine.province < theirs.province
