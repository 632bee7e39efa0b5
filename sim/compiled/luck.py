"""The draws of a run at their addresses, compiled."""

from __future__ import annotations

from sim.compiled.decorate import compiled
from sim.compiled.layout import State, Tables
from sim.compiled.rules import philox, unit_interval
from sim.draws import Purpose

TICKS_AT_ONCE = 64
ATTACK = int(Purpose.ATTACK)


@compiled
def uniforms(
    seed: int, replicate: int, tick: int, agent: int, rival: int, purpose: int
) -> tuple[float, float]:
    """Both uniforms at an address, see `sim.draws.uniforms`."""
    w0, w1, w2, w3 = philox(tick, agent, rival, purpose, seed, replicate)
    return unit_interval(w0, w1), unit_interval(w2, w3)


@compiled
def draw_chances(tables: Tables, state: State, seed: int, replicate: int, first: int) -> None:
    """Draw whether dyads attack, for some ticks from `first` on.

    The loop does nothing else, so that it runs several dyads at a time.
    """
    agents, rivals, chances = tables.agent_address, tables.rival_address, state.chances
    for row in range(TICKS_AT_ONCE):
        tick, line = first + row, chances[row]
        for dyad in range(len(agents)):
            w0, w1, _, _ = philox(tick, agents[dyad], rivals[dyad], ATTACK, seed, replicate)
            line[dyad] = unit_interval(w0, w1)
