"""The political calendar as it unfolds in a run; see `sim.model.politics`."""

from __future__ import annotations

from typing import Any

from sim.compiled.acts import record_act
from sim.compiled.decorate import compiled, inlined
from sim.compiled.layout import State, Tables
from sim.compiled.luck import uniforms
from sim.compiled.rules import tension
from sim.draws import Purpose
from sim.world.shapes import CALL, EVENT

CALENDAR = int(Purpose.CALENDAR)


@compiled
def observe(tables: Tables, state: State) -> None:
    """Fix tension by bloc and the truce factor as the tick starts."""
    now, ends = state.now[0], tables.settings[0].deadlock_ends
    ended = ends >= 0 and state.moments[ends] >= 0
    common = 1.0 if ended else tables.deadlock[now.tick]
    for number in range(len(tables.calls)):
        call = tables.calls[number]
        common *= tension.lasting(call.factor, now.tick - 1 - call.tick, call.lasts)
    for bloc in range(len(state.tension)):
        level = common
        for number in range(now.pulses):
            pulse = state.pulses[number]
            level *= tension.pulse(tables.effects[pulse.branch, bloc], pulse.kept)
        state.tension[bloc] = level
    now.truce = 1.0
    for number in range(len(tables.truces)):
        spell = tables.truces[number]
        now.truce *= tension.lasting(spell.factor, now.tick - spell.tick, spell.lasts)


@compiled
def act(tables: Tables, state: State, seed: int, replicate: int) -> None:
    """Let effects fade, then let what is due in this tick happen."""
    now, settings = state.now[0], tables.settings[0]
    for number in range(now.pulses):
        pulse = state.pulses[number]
        pulse.kept *= tables.branches[pulse.branch].keep
    for number in range(len(tables.events)):
        if state.next_at[number] == now.tick:
            _happens(tables, state, seed, replicate, number)
    for number in range(len(tables.calls)):
        call = tables.calls[number]
        if call.tick == now.tick:
            record_act(state, call.code, settings.nobody, CALL, settings.nowhere)


@compiled
def _happens(tables: Tables, state: State, seed: int, replicate: int, number: int) -> None:
    now, settings, event = state.now[0], tables.settings[0], tables.events[number]
    moved = state.moved[number]
    uniform, _ = uniforms(seed, replicate, moved, event.address, 0, CALENDAR)
    cumulative = tables.cumulative[event.first : event.last]
    chosen = tension.branch(uniform, cumulative)
    if chosen == len(cumulative):
        return
    branch = tables.branches[event.first + chosen]
    _mark(state, event.moment)
    _mark(state, branch.moment)
    record_act(state, branch.code, settings.nobody, EVENT, settings.nowhere)
    pulse: Any = state.pulses[now.pulses]
    pulse.branch, pulse.kept = event.first + chosen, 1.0
    now.pulses += 1
    if branch.again_after > 0:
        state.moved[number] += 1
        state.next_at[number] = now.tick + branch.again_after


@inlined
def _mark(state: State, moment: int) -> None:
    """Note when something first took place."""
    if state.moments[moment] < 0:
        state.moments[moment] = state.now[0].tick
