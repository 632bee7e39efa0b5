"""What a run writes down: acts, ticks, losses, and what is impossible."""

from __future__ import annotations

from typing import Any

from sim.step.layout import Run

SOUND, DYAD, UNIT, FORCE = range(4)
LAST = 2**15 - 1  # labels are stored in 16 bits


def begin(run: Any) -> None:
    """Begin a tick: the hour, nothing counted yet, and losses as they stand."""
    now, tick = run.now, run.now.tick
    now.hour = run.hour_of_tick[tick]
    now.opened, now.killed, now.wounded = 0, 0, 0
    carry_on(run.killed_of_group, tick)
    carry_on(run.killed_in_province, tick)
    carry_on(run.killed_of_unit, tick)


def count_none(killed: Any) -> None:
    """Let nobody be killed before the first tick."""
    for place in range(len(killed[0])):
        killed[0][place] = 0


def carry_on(killed: Any, tick: int) -> None:
    """Let what was killed before a tick stand for the following one."""
    for place in range(len(killed[tick])):
        killed[tick + 1][place] = killed[tick][place]


def record_act(run: Run, order: int, group: int, action: int, province: int) -> None:
    """Write down an order or another act of this tick."""
    act = run.acts_of_tick[run.now.acts_of_tick]
    act.tick, act.order, act.group = run.now.tick, order, group
    act.action, act.province = action, province
    run.now.acts_of_tick += 1


def record(run: Run) -> None:
    """Store the acts of the tick in the order of their codes, and the tick; turn the clock."""
    now = run.now
    for _ in range(now.acts_of_tick):
        first = 0
        for number in range(1, now.acts_of_tick):
            if before(run.acts_of_tick[number], run.acts_of_tick[first]):
                first = number
        run.acts[now.acts] = run.acts_of_tick[first]
        now.acts += 1
        run.acts_of_tick[first].order = LAST
    now.acts_of_tick = 0
    row = run.ticks[now.tick]
    row.tick, row.engagements, row.mobilised = now.tick, now.opened, now.mobilised
    row.killed, row.wounded = now.killed, now.wounded
    row.compliance, row.deployed = now.compliance, now.deployed
    now.tick += 1


def before(act: Any, other: Any) -> bool:
    """Whether an act is stored before another one of its tick."""
    if act.order != other.order:
        return act.order < other.order
    if act.group != other.group:
        return act.group < other.group
    if act.action != other.action:
        return act.action < other.action
    return act.province < other.province


def killed_within(killed: Any, tick: int, place: int, window: int) -> int:
    """Killed in the `window` ticks before a tick, of one group or in one province."""
    return killed[tick][place] - killed[max(0, tick - window)][place]


def impossible(run: Run, kind: int, number: int) -> None:
    """Note that something is in a state that cannot be; the first is kept, and ends the run."""
    if run.now.unsound == SOUND:
        run.now.unsound, run.now.unsound_at = kind, number
