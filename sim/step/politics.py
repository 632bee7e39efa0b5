"""The political calendar, calls for restraint and truces."""

from __future__ import annotations

from typing import Any

from sim.rules import tension
from sim.step.chance import CALENDAR, uniforms
from sim.step.layout import NONE, Run
from sim.step.log import record_act
from sim.step.triggers import begins_now, set_for
from sim.world.shapes import CALL, EVENT, START


def politics_observe(run: Run) -> None:
    """Fix tension by bloc and the factor of truces as the tick starts."""
    now, ends = run.now, run.derived.deadlock_ends
    ended = ends >= 0 and run.moments[ends] >= 0
    common = 1.0 if ended else run.deadlock[now.tick]
    for call in run.calls:
        common *= tension.lasting(call.factor, now.tick - 1 - call.at, call.lasts)
    for bloc in range(len(run.tension)):
        level = common
        for number in range(now.pulses):
            pulse = run.pulses[number]
            level *= tension.pulse(run.effects[pulse.branch][bloc], pulse.kept)
        run.tension[bloc] = level
    now.truce = 1.0
    for truce in run.truces:
        begun = set_for(run, truce)
        if truce.waits_for > START:  # what happens in a tick is felt in the next
            begun = max(begun, run.moments[truce.waits_for] + 1) if begun >= 0 else NONE
        if truce.waits_for == START or begun >= 0:
            now.truce *= tension.lasting(truce.factor, now.tick - begun, truce.lasts)


def politics_act(run: Run) -> None:
    """Let the effects of branches fade, then let what is due in this tick happen."""
    now = run.now
    for number in range(now.pulses):
        pulse = run.pulses[number]
        pulse.kept *= run.branches[pulse.branch].keep
    for e in range(len(run.events)):
        if run.next_at[e] == now.tick:
            event_happens(run, e)
    for change in run.changes:
        if begins_now(run, change):
            change_rivalry(run, change)
    for call in run.calls:
        if call.at == now.tick:
            record_act(run, call.code, run.derived.nobody, CALL, run.derived.nowhere)


def change_rivalry(run: Run, change: Any) -> None:
    """Give the dyads of two groups another rivalry."""
    for d in range(len(run.dyads)):
        a, b = run.units[run.dyads[d].unit].group, run.units[run.dyads[d].rival].group
        if (a == change.first and b == change.second) or (a == change.second and b == change.first):
            run.rivalry[d] = change.level


def event_happens(run: Run, e: int) -> None:
    """Draw the branch that an event takes, if it takes one."""
    now, event = run.now, run.events[e]
    uniform, _ = uniforms(run, run.moved[e], event.address, 0, CALENDAR)
    cumulative = run.cumulative[event.first : event.last]
    chosen = tension.branch(uniform, cumulative)
    if chosen == len(cumulative):
        return
    branch = run.branches[event.first + chosen]
    note_moment(run, branch.moment)
    if branch.again_after <= 0:
        note_moment(run, event.moment)
    record_act(run, branch.code, run.derived.nobody, EVENT, run.derived.nowhere)
    pulse = run.pulses[now.pulses]
    pulse.branch, pulse.kept = event.first + chosen, 1.0
    now.pulses += 1
    if branch.again_after > 0:
        run.moved[e] += 1
        run.next_at[e] = now.tick + branch.again_after


def note_moment(run: Run, moment: int) -> None:
    """Note when something first took place."""
    if run.moments[moment] < 0:
        run.moments[moment] = run.now.tick
