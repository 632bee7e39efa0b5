"""An attack carried out: its mode, casualties, parent and memory; see `sim.model.combat`."""

from __future__ import annotations

from typing import Any

from sim.compiled import feud as feuds
from sim.compiled.acts import record_act
from sim.compiled.decorate import compiled
from sim.compiled.layout import Output, State, Tables
from sim.compiled.luck import uniforms
from sim.compiled.rules import casualties, engagement, intervention, spread, vendetta
from sim.compiled.security import presence
from sim.compiled.units import lose, office_open
from sim.draws import Purpose
from sim.world.shapes import DEBT

PARENT = int(Purpose.PARENT)
KILLED = int(Purpose.KILLED)
WOUNDED = int(Purpose.WOUNDED)
WOUNDED_ROUNDING = int(Purpose.WOUNDED_ROUNDING)
THIRD_SIDE = int(Purpose.THIRD_SIDE)
THIRD_SIDE_LOSSES = int(Purpose.THIRD_SIDE_LOSSES)
UNASKED = int(Purpose.UNASKED)
SHOCK_LAG = int(Purpose.SHOCK_LAG)
COMMANDER = int(Purpose.COMMANDER)
Record = Any


@compiled
def carry_out(
    tables: Tables, state: State, output: Output, seed: int, replicate: int, dyad: int
) -> None:
    """Carry out one attack and record it."""
    now, feud = state.now[0], state.feuds[dyad]
    unit, rival = state.units[feud.unit], state.units[feud.rival]
    number, place = now.engagements, now.first_row + now.engagements
    now.engagements += 1
    pick, how = uniforms(seed, replicate, now.tick, unit.address, feud.rival_address, PARENT)
    cause = feud.cause
    parent = feuds.parent(tables, state, dyad, cause, pick)
    if parent == feuds.PROVOKED:
        parent, cause = feuds.NO_PARENT, engagement.PROVOCATION
    mode = _mode(tables, state, unit, rival, cause, how)
    if place >= len(output.engagements):  # no room: the run is done again with more
        now.lost += 1
        return
    row = output.engagements[place]
    row.engagement, row.tick, row.mode, row.cause = number, now.tick, mode, cause
    row.province, row.attacker, row.target = unit.province, unit.group, rival.group
    row.parent, row.root, row.depth = parent, number, 0
    if parent >= 0:
        earlier = output.engagements[now.first_row + parent]
        row.root, row.depth = earlier.root, earlier.depth + 1
    blamed = _tolls(tables, state, seed, replicate, dyad, row)
    _count(state, row)
    _leave_memory(tables, state, seed, replicate, dyad, number, blamed)
    _open_debt(tables, state, seed, replicate, dyad, number, mode, blamed)


@compiled
def _mode(
    tables: Tables, state: State, unit: Record, rival: Record, cause: int, uniform: float
) -> int:
    """Draw a mode among those that are possible here, or among all if none is."""
    if cause == engagement.VENDETTA and tables.settings[0].vendetta_mode >= 0:
        return tables.settings[0].vendetta_mode
    modes, weights, some = tables.modes, state.weights, False
    for number in range(len(modes)):
        possible = engagement.possible(modes[number].needs, office_open(rival), unit.crowd_present)
        weights[number] = modes[number].weight if possible else 0.0
        some = some or weights[number] != 0.0
    total = 0.0
    for number in range(len(modes)):
        if not some:
            weights[number] = modes[number].weight
        total += weights[number]
    walked, chosen = 0.0, 0
    for number in range(len(modes)):
        if weights[number] > 0.0:
            chosen = number
            if engagement.reached(uniform * total, walked, weights[number]):
                break
            walked += weights[number]
    return chosen


@compiled
def _tolls(tables: Tables, state: State, seed: int, replicate: int, dyad: int, row: Record) -> int:
    """Casualties of every side, taken from the units; returns the killed that are blamed."""
    tick, feud = state.now[0].tick, state.feuds[dyad]
    unit, rival = state.units[feud.unit], state.units[feud.rival]
    agent, other, mode = unit.address, feud.rival_address, tables.modes[row.mode]
    killed = uniforms(seed, replicate, tick, agent, other, KILLED)
    spread_by = uniforms(seed, replicate, tick, agent, other, WOUNDED)
    rounding = uniforms(seed, replicate, tick, agent, other, WOUNDED_ROUNDING)
    crowd_first = mode.needs == engagement.NEEDS_CROWD
    people = rival.fighters + rival.crowd_present
    dead = casualties.killed(killed[0], tables.target_killed[row.mode], people)
    mean = casualties.mean_wounded(dead, mode.wounded_per_killed, mode.wounded_base)
    hurt = casualties.wounded(
        spread_by[0], rounding[0], mean, tables.wounded_factors, people - dead
    )
    row.target_killed, row.target_wounded = dead, hurt
    lose(rival, dead, hurt, crowd_first)
    people = unit.fighters + unit.crowd_present
    own = casualties.killed(killed[1], tables.attacker_killed[row.mode], people)
    mean = casualties.mean_wounded(own, mode.wounded_per_killed, 0.0)
    hurt = casualties.wounded(spread_by[1], rounding[1], mean, tables.wounded_factors, people - own)
    row.attacker_killed, row.attacker_wounded = own, hurt
    lose(unit, own, hurt, crowd_first)
    row.killed_by_security, row.security_killed = 0, 0
    if tables.settings[0].third_side_enabled:
        _security_fires(tables, state, seed, replicate, dyad, row, crowd_first)
    return dead


@compiled
def _security_fires(
    tables: Tables,
    state: State,
    seed: int,
    replicate: int,
    dyad: int,
    row: Record,
    crowd_first: bool,
) -> None:
    """Let the security force join the engagement as a third side, or stay out."""
    tick, feud = state.now[0].tick, state.feuds[dyad]
    unit, rival = state.units[feud.unit], state.units[feud.rival]
    force = state.forces[feud.province]
    agent, other, there = unit.address, feud.rival_address, presence(force)
    chance, severity = uniforms(seed, replicate, tick, agent, other, THIRD_SIDE)
    if not intervention.joins(chance, tables.settings[0].third_side, there):
        return
    at_attacker = intervention.fires_at_attacker(
        tables.favoured[unit.group], tables.favoured[rival.group]
    )
    hit = unit if at_attacker else rival
    losses, _ = uniforms(seed, replicate, tick, agent, other, THIRD_SIDE_LOSSES)
    people = hit.fighters + hit.crowd_present
    killed = casualties.killed(severity, tables.security_fire, people)
    lose(hit, killed, 0, crowd_first)
    garrison = int(there * force.population / 1000.0)
    row.killed_by_security = killed
    row.security_killed = casualties.killed(losses, tables.security_losses, garrison)
    if at_attacker:
        row.attacker_killed += killed
    else:
        row.target_killed += killed


@compiled
def _count(state: State, row: Record) -> None:
    """Count the casualties of an engagement; the security force there takes note of it."""
    now, force = state.now[0], state.forces[row.province]
    killed = row.attacker_killed + row.target_killed + row.security_killed
    wounded = row.attacker_wounded + row.target_wounded
    state.killed_of_group[now.tick + 1, row.attacker] += row.attacker_killed
    state.killed_of_group[now.tick + 1, row.target] += row.target_killed
    state.killed_in_province[now.tick + 1, row.province] += killed
    now.killed += killed
    now.wounded += wounded
    force.last_engagement = now.tick
    if killed:
        force.last_death = now.tick
    force.recent += killed + wounded


@compiled
def _leave_memory(
    tables: Tables,
    state: State,
    seed: int,
    replicate: int,
    dyad: int,
    number: int,
    killed: int,
) -> None:
    """Raise grievance: of the attacked unit, of its kin next door and across the country."""
    settings, feud, tick = tables.settings[0], state.feuds[dyad], state.now[0].tick
    feuds.forget_unanswered(state, dyad)
    answer = feud.opposite
    if answer < 0:
        return
    mark = tables.mark[killed]
    feuds.remember(state, feuds.new_memory(state, answer, number, tick + 1, 1.0, mark))
    agent, other = state.units[feud.unit].address, feud.rival_address
    if killed and settings.unasked and state.feuds[answer].unanswered_at < 0:
        uniform, _ = uniforms(seed, replicate, tick, agent, other, UNASKED)
        state.now[0].unanswered += 1
        state.feuds[answer].unanswered_at = tick
        state.feuds[answer].unanswered = uniform
    if settings.spillover_enabled:
        weight = spread.neighbour(settings.spillover, mark)
        for place in range(tables.next_door_at[answer], tables.next_door_at[answer + 1]):
            next_door = tables.next_door[place]
            feuds.remember(state, feuds.new_memory(state, next_door, number, tick + 1, 0.0, weight))
    if settings.shock_enabled and killed:
        for place in range(tables.elsewhere_at[answer], tables.elsewhere_at[answer + 1]):
            _send_shock(
                tables, state, seed, replicate, agent, number, tables.elsewhere[place], killed
            )


@compiled
def _send_shock(
    tables: Tables,
    state: State,
    seed: int,
    replicate: int,
    agent: int,
    number: int,
    dyad: int,
    killed: int,
) -> None:
    settings, tick = tables.settings[0], state.now[0].tick
    receiver = state.units[state.feuds[dyad].unit]
    uniform, _ = uniforms(seed, replicate, tick, agent, receiver.address, SHOCK_LAG)
    delay = spread.lag(uniform, settings.lag_min, settings.lag_max)
    authority = state.forces[receiver.province].authority
    weight = spread.shock(settings.shock, tables.magnitude[killed], authority)
    feuds.post(state, feuds.new_memory(state, dyad, number, tick + delay + 1, 0.0, weight))


@compiled
def _open_debt(
    tables: Tables,
    state: State,
    seed: int,
    replicate: int,
    dyad: int,
    number: int,
    mode: int,
    killed: int,
) -> None:
    """Open a debt of blood when a commander was killed."""
    settings, feud, tick = tables.settings[0], state.feuds[dyad], state.now[0].tick
    rival = state.units[feud.rival]
    if not settings.vendetta or feud.opposite < 0 or not rival.commanders:
        return
    agent, other = state.units[feud.unit].address, feud.rival_address
    commander, paid = uniforms(seed, replicate, tick, agent, other, COMMANDER)
    if not vendetta.opens(commander, tables.modes[mode].commander_share, killed):
        return
    rival.commanders -= 1
    record_act(state, settings.no_order, rival.group, DEBT, feud.province)
    if vendetta.will_be_paid(paid, settings.vendetta_paid):
        creditor = state.feuds[feud.opposite]
        state.debts[creditor.debts_from + creditor.debts] = number
        creditor.debts += 1
        state.now[0].waiting_debts += 1
