"""Battles: opened by an attack, carried on by both sides, ended by time, forces or a call."""

from __future__ import annotations

from typing import Any

from sim.rules import battle, stance
from sim.step.ceasefires import comes_into_force
from sim.step.chance import BATTLE, of_dyad
from sim.step.dyads import readiness
from sim.step.layout import NONE, Run
from sim.step.security import more


def join_battle(run: Run, d: int, number: int) -> None:
    """Let an attack be part of the battle that goes on between two units, or perhaps open one."""
    dyad = run.dyads[d]
    if dyad.battle < 0:
        return
    own = run.battles[dyad.battle]
    if own.opening < 0:
        chance, _ = of_dyad(run, d, BATTLE)
        if chance >= run.stances[readiness(run, run.units[dyad.rival])].opens:
            return
        own.opening, own.opened_at, own.told = number, run.now.tick, False
        go_on(run, own, True)
        own.hit = dyad.opposite
    run.dyads[dyad.opposite].hit_now = number


def go_on(run: Run, own: Any, fighting: bool) -> None:
    """Let both sides fight, or not; nobody has been hit in the battle yet."""
    opposite = run.dyads[own.dyad].opposite
    run.fighting[own.dyad] = run.fighting[opposite] = fighting
    run.dyads[own.dyad].hit_by = run.dyads[opposite].hit_by = NONE
    run.dyads[own.dyad].hit_now = run.dyads[opposite].hit_now = NONE


def battles_update(run: Run) -> None:
    """Let the hits of the tick count from the next one on, and let battles end."""
    for b in range(len(run.battles)):
        own = run.battles[b]
        if own.opening >= 0:
            take_hits(run, own)
            if own.opened_at < run.now.tick and is_over(run, own):
                own.opening = NONE
                go_on(run, own, False)


def take_hits(run: Run, own: Any) -> None:
    """Note which side was hit last; where both were in one tick, it stays the one it was."""
    first = run.dyads[own.dyad]
    second = run.dyads[first.opposite]
    if first.hit_now >= 0 and second.hit_now < 0:
        own.hit = own.dyad
    if second.hit_now >= 0 and first.hit_now < 0:
        own.hit = first.opposite
    take_hit(first)
    take_hit(second)


def take_hit(dyad: Any) -> None:
    """Keep the engagement of the tick in which a side was hit."""
    if dyad.hit_now >= 0:
        dyad.hit_by, dyad.hit_now = dyad.hit_now, NONE


def is_over(run: Any, own: Any) -> bool:
    """Whether a battle ends: one side stands down, a governor mediates, or after a time."""
    dyad, settings = run.dyads[own.dyad], run.settings
    force = run.forces[dyad.province]
    left = max(run.units[dyad.unit].withdrawal, run.units[dyad.rival].withdrawal)
    if force.eased or comes_into_force(run, own.dyad):
        return True
    if stance.stands_down(left, settings.stances.stand_down_compliance):
        return True
    parting = 0.0
    if settings.separation.enabled:
        parting = settings.separation.rate * max(0.0, more(run, dyad.province))
    _, chance = of_dyad(run, own.dyad, BATTLE)
    return battle.ends(chance, run.derived.battle_keep, parting, run.derived.tick_hours)


def is_news(run: Run, d: int) -> bool:
    """Whether a deadly attack is news: the first of its battle, or one outside any battle."""
    if not run.fighting[d]:
        return True
    own = run.battles[run.dyads[d].battle]
    known, own.told = own.told, True
    return not known
