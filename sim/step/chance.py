"""The draws of a run, each at its address; see `sim.draws`."""

from __future__ import annotations

from sim import draws
from sim.draws import Purpose
from sim.step.layout import Run

ATTACK = int(Purpose.ATTACK)
BATTLE = int(Purpose.BATTLE)
PARENT = int(Purpose.PARENT)
KILLED = int(Purpose.KILLED)
WOUNDED = int(Purpose.WOUNDED)
WOUNDED_ROUNDING = int(Purpose.WOUNDED_ROUNDING)
COMPLIANCE = int(Purpose.COMPLIANCE)
SHOCK_LAG = int(Purpose.SHOCK_LAG)
CALENDAR = int(Purpose.CALENDAR)
THIRD_SIDE = int(Purpose.THIRD_SIDE)
THIRD_SIDE_LOSSES = int(Purpose.THIRD_SIDE_LOSSES)
COMMANDER = int(Purpose.COMMANDER)
OFFICES = int(Purpose.OFFICES)
SPLINTER = int(Purpose.SPLINTER)
UNASKED = int(Purpose.UNASKED)
DECISION = int(Purpose.DECISION)
CEASEFIRE = int(Purpose.CEASEFIRE)
REFUSAL = int(Purpose.REFUSAL)
CIVILIANS = int(Purpose.CIVILIANS)
SCREEN = int(Purpose.SCREEN)


def uniforms(run: Run, tick: int, agent: int, rival: int, purpose: int) -> tuple[float, float]:
    """Both uniforms at an address of this run."""
    return draws.uniforms(run.now.seed, run.now.replicate, tick, agent, rival, purpose)


def of_dyad(run: Run, d: int, purpose: int) -> tuple[float, float]:
    """Both uniforms of a dyad in this tick."""
    dyad = run.dyads[d]
    return uniforms(run, run.now.tick, run.units[dyad.unit].address, dyad.rival_address, purpose)


def of_attack(run: Run, d: int, most: float) -> tuple[float, float]:
    """Uniforms of whether a dyad attacks in this tick, and why.

    Where the first bits alone say that the first one is not below `most`, the others stay undrawn.
    """
    now, dyad = run.now, run.dyads[d]
    agent = run.units[dyad.unit].address
    first = draws.word(now.seed, now.replicate, now.tick, agent, dyad.rival_address, SCREEN)
    if first * draws.WORD_SHARE >= most:
        return first * draws.WORD_SHARE, 0.0
    rest, why = of_dyad(run, d, ATTACK)
    return draws.refined(first, rest), why
