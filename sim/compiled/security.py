"""The security force and mediating governors; see `sim.model.security`."""

from __future__ import annotations

from typing import Any

from sim.compiled.acts import record_act
from sim.compiled.decorate import compiled, inlined
from sim.compiled.layout import State, Tables
from sim.compiled.losses import within
from sim.compiled.rules import deployment, intervention, soundness
from sim.world.shapes import MEDIATE

Record = Any


@inlined
def presence(force: Record) -> float:
    """Persons per 1,000 residents."""
    return deployment.presence(force.base, force.deployed, force.population)


@inlined
def deterrence(tables: Tables, force: Record) -> float:
    """Share of every hazard in its province that the force leaves."""
    settings = tables.settings[0]
    if not settings.deterrence_enabled:
        return 1.0
    return deployment.deterrence(settings.deterrence, force.authority, presence(force))


@inlined
def _ceiling(tables: Tables, force: Record) -> float:
    return tables.settings[0].ceiling * force.population / 1000.0


@inlined
def _answering(tables: Tables, force: Record, tick: int) -> bool:
    since = tick - force.alarm_since
    return force.alarm_since >= 0 and since >= tables.settings[0].lag_ticks


@inlined
def _weight(tables: Tables, force: Record, tick: int) -> float:
    rule = tables.settings[0].deployment_rule
    if rule == deployment.PROPORTIONAL:
        return float(force.population)
    claims_first = rule == deployment.CAPITAL_FIRST and force.capital
    return force.recent if _answering(tables, force, tick) and not claims_first else 0.0


@compiled
def take_stock(tables: Tables, state: State) -> None:
    """Fix what is known of the country as the tick starts."""
    now, settings = state.now[0], tables.settings[0]
    now.ended = False
    claims, weight, deployed, answering = 0.0, 0.0, 0.0, False
    for p in range(len(state.forces)):
        force = state.forces[p]
        if force.capital:
            claims += _ceiling(tables, force)
        weight += _weight(tables, force, now.tick)
        deployed += force.deployed
        answering = answering or _answering(tables, force, now.tick)
        force.battle_ends = force.mediated = False
    now.weight, now.deployed, now.answering = weight, deployed, answering
    now.capital_claim = deployment.capital_claim(settings.deployment_rule, claims, settings.reserve)


@compiled
def decide(tables: Tables, state: State) -> None:
    """Decide on alarm, reinforcement and separation, and on mediation."""
    now, settings = state.now[0], tables.settings[0]
    for p in range(len(state.forces)):
        force = state.forces[p]
        quiet = now.tick - force.last_engagement
        force.alarm = deployment.alarmed(
            force.alarm_since >= 0,
            within(state.killed_in_province, now.tick, p, settings.alarm_window),
            settings.alarm_killed,
            quiet >= settings.return_ticks,
        )
        there = presence(force)
        force.separates = settings.separation and deployment.separates(
            there, settings.separation_presence, quiet, settings.separation_pause
        )
        force.target = deployment.intended(
            settings.deployment_rule,
            _answering(tables, force, now.tick),
            now.answering,
            force.capital,
            _weight(tables, force, now.tick),
            now.weight,
            settings.reserve,
            now.capital_claim,
            force.planned,
            _ceiling(tables, force),
        )
        force.mediates = (
            force.mediator
            and force.last_death > force.mediated_at
            and intervention.mediates(
                there,
                settings.mediation_presence,
                now.tick - force.last_death,
                settings.mediation_pause,
            )
        )


@compiled
def act(tables: Tables, state: State) -> None:
    """Move, part the sides, raise or end alarms; governors mediate."""
    now, settings = state.now[0], tables.settings[0]
    for p in range(len(state.forces)):
        force = state.forces[p]
        force.deployed = deployment.approach(force.deployed, force.target, settings.build_up)
        if force.separates:
            _end_battle(now, force)
        if not force.alarm:
            force.alarm_since = -1
        elif force.alarm_since < 0:
            force.alarm_since = now.tick
        if force.mediates:
            force.mediated_at, force.mediated = now.tick, True
            _end_battle(now, force)
            record_act(state, settings.no_order, settings.nobody, MEDIATE, p)


@inlined
def _end_battle(now: Record, force: Record) -> None:
    force.battle_ends, force.battle_ended_at, now.ended = True, now.tick, True


@compiled
def fade(tables: Tables, state: State) -> None:
    """Let the memory of casualties fade and fix what presence deters next."""
    for p in range(len(state.forces)):
        force = state.forces[p]
        force.recent *= tables.settings[0].casualties
        if force.deployed != force.deterred_at:
            force.deterrence = deterrence(tables, force)
            force.deterred_at = force.deployed
        if not soundness.province_is_sound(force.deployed, force.deterrence, force.recent):
            state.now[0].unsound = True
