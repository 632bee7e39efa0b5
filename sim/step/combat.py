"""An attack carried out: its mode, casualties, parent, and the memory that it leaves."""

from __future__ import annotations

from typing import Any

from sim.rules import casualties, crowd, engagement, grievance, intervention, spread, vendetta
from sim.step import dyads
from sim.step.battles import is_news, join_battle
from sim.step.brigades import largest_there
from sim.step.ceasefires import violate
from sim.step.chance import (
    CIVILIANS,
    COMMANDER,
    KILLED,
    PARENT,
    SHOCK_LAG,
    THIRD_SIDE,
    THIRD_SIDE_LOSSES,
    UNASKED,
    WOUNDED,
    WOUNDED_ROUNDING,
    of_dyad,
    uniforms,
)
from sim.step.curfews import curfew_left
from sim.step.layout import Run
from sim.step.log import record_act
from sim.step.security import presence
from sim.step.units import lose, office_open
from sim.world.shapes import DEBT


def engagements(run: Run) -> None:
    """Carry out all attacks; shocks that are due arrive."""
    carry_out_all(run)
    dyads.deliver(run)


def carry_out_all(run: Run) -> None:
    """Carry out all attacks, in the order of their dyads."""
    for d in range(len(run.attacks)):
        if run.attacks[d]:
            run.attacks[d] = False
            carry_out(run, d)


def carry_out(run: Run, d: int) -> None:
    """Carry out one attack and record it."""
    now, dyad = run.now, run.dyads[d]
    unit, rival = run.units[dyad.unit], run.units[dyad.rival]
    pick, how = of_dyad(run, d, PARENT)
    cause = dyad.cause
    mode = draw_mode(run, unit, rival, cause, how)
    if mode < 0:
        return
    parent = dyads.parent(run, d, cause, pick)
    if parent == dyads.PROVOKED:
        parent, cause = dyads.NO_PARENT, engagement.PROVOCATION
    number = now.engagements
    row = run.engagements[number]
    row.engagement, row.tick, row.province = number, now.tick, dyad.province
    row.attacker, row.target, row.cause = unit.group, rival.group, cause
    row.order = unit.mobilised_by if cause == engagement.MOBILISATION else run.derived.no_order
    row.mode, row.parent, row.root, row.depth = mode, parent, number, 0
    if parent >= 0:
        row.root = run.engagements[parent].root
        row.depth = run.engagements[parent].depth + 1
    now.engagements += 1
    now.opened += 1
    blamed = exchange_fire(run, d, row)
    count_losses(run, d, row)
    join_battle(run, d, number)
    violate(run, d)
    leave_memory(run, d, row, blamed)
    kill_commander(run, d, number, row.mode, blamed)


def draw_mode(run: Run, unit: Any, rival: Any, cause: int, uniform: float) -> int:
    """Draw a mode among those that are possible, or among all; -1 when a curfew prevents it."""
    if cause == engagement.VENDETTA and run.derived.vendetta_mode >= 0:
        named: int = run.derived.vendetta_mode
        takes_place = engagement.reached(uniform, 0.0, curfew_left(run, unit.province, named))
        return named if takes_place else -1
    some, battle, weights = False, cause == engagement.BATTLE, run.mode_weights[unit.group]
    clash = run.derived.clash_modes and is_clash(run, unit, rival)
    for number in range(len(run.modes)):
        mode = run.modes[number]
        possible = engagement.possible(mode.needs, office_open(rival), unit.crowd_present, battle)
        if battle and run.derived.battle_modes:
            possible = mode.needs == engagement.NEEDS_BATTLE
        if clash:
            rule = run.forces[unit.province].rule
            possible = engagement.fits(mode.needs, mode.rule, rule)
        run.weights[number] = weights[number] if possible else 0.0
        some = some or run.weights[number] != 0.0
    total = 0.0
    for number in range(len(run.modes)):
        if not some and (clash or run.modes[number].needs != engagement.NEEDS_CLASH):
            run.weights[number] = weights[number]
        total += run.weights[number]
    walked, chosen = 0.0, 0
    for number in range(len(run.modes)):
        if run.weights[number] > 0.0:
            chosen = number
            if engagement.reached(uniform * total, walked, run.weights[number]):
                weight = curfew_left(run, unit.province, number) * run.weights[number]
                return number if engagement.reached(uniform * total, walked, weight) else -1
            walked += run.weights[number]
    return chosen


def is_clash(run: Run, unit: Any, rival: Any) -> bool:
    """Whether one of two units is of a security force."""
    force = engagement.SECURITY_FORCE
    return run.groups[unit.group].kind == force or run.groups[rival.group].kind == force


def exchange_fire(run: Run, d: int, row: Any) -> int:
    """Take the casualties of all sides; return those that the attacker killed."""
    unit, rival = run.units[run.dyads[d].unit], run.units[run.dyads[d].rival]
    clash = run.modes[row.mode].needs == engagement.NEEDS_CLASH
    crowd_first = clash or run.modes[row.mode].needs == engagement.NEEDS_CROWD
    turned = clash and run.groups[rival.group].kind == engagement.SECURITY_FORCE
    theirs, own = of_dyad(run, d, KILLED)
    their_spread, own_spread = of_dyad(run, d, WOUNDED)
    their_rounding, own_rounding = of_dyad(run, d, WOUNDED_ROUNDING)
    dead, hurt = harm(run, rival, row.mode, not turned, theirs, their_spread, their_rounding)
    row.target_killed, row.target_wounded = dead, hurt
    lose(rival, dead, hurt, crowd_first)
    own_dead, hurt = harm(run, unit, row.mode, turned, own, own_spread, own_rounding)
    row.attacker_killed, row.attacker_wounded = own_dead, hurt
    lose(unit, own_dead, hurt, crowd_first)

    row.killed_by_security, row.security_killed, row.civilians_killed = 0, 0, 0
    if run.settings.third_side.enabled and not is_clash(run, unit, rival):
        security_fires(run, d, row, crowd_first)
    if run.derived.civilians:
        uniform, _ = of_dyad(run, d, CIVILIANS)
        residents = run.provinces[row.province].population
        killed_there = run.civilians_killed[row.mode]
        row.civilians_killed = casualties.killed(uniform, killed_there, residents)
    after_clash(run, unit, own_dead, clash)
    after_clash(run, rival, dead, clash)
    return dead


def harm(
    run: Run, unit: Any, m: int, attacked: bool, draw: float, spread: float, rounding: float
) -> tuple[int, int]:
    """Killed and wounded of a side, by what a mode says of the attacked side or of the attacking.

    In a clash the followers stand for the attacked side, whoever began.
    """
    mode, people = run.modes[m], unit.fighters + unit.crowd_present
    table = run.target_killed[m] if attacked else run.attacker_killed[m]
    dead = casualties.killed(draw, table, people)
    base = mode.wounded_base if attacked else 0.0
    mean = casualties.mean_wounded(dead, mode.wounded_per_killed, base)
    return dead, casualties.wounded(spread, rounding, mean, run.wounded_factors, people - dead)


def after_clash(run: Run, unit: Any, killed: int, clash: bool) -> None:
    """Let a unit's crowd grow angry over its dead, and some of it leave after a clash."""
    if unit.crowd_present > 0:
        unit.anger += run.settings.crowds.anger * killed
        if clash:
            unit.crowd = crowd.dispersed(unit.crowd, run.settings.clashes.disperses)
            unit.crowd_present = crowd.dispersed(unit.crowd_present, run.settings.clashes.disperses)


def security_fires(run: Any, d: int, row: Any, crowd_first: bool) -> None:
    """Let the security force join the engagement as a third side, or stay out."""
    dyad = run.dyads[d]
    unit, rival = run.units[dyad.unit], run.units[dyad.rival]
    there = presence(run, dyad.province)
    chance, severity = of_dyad(run, d, THIRD_SIDE)
    if not intervention.joins(chance, run.settings.third_side.probability, there):
        return
    brigade = largest_there(run, dyad.province)
    at_attacker = intervention.fires_at_attacker(
        spared(run, brigade, unit.group), spared(run, brigade, rival.group)
    )
    hit = unit if at_attacker else rival
    losses, _ = of_dyad(run, d, THIRD_SIDE_LOSSES)
    killed = casualties.killed(severity, run.security_fire, hit.fighters + hit.crowd_present)
    lose(hit, killed, 0, crowd_first)
    garrison = int(there * run.provinces[dyad.province].population / 1000.0)
    row.killed_by_security = killed
    row.security_killed = casualties.killed(losses, run.security_losses, garrison)
    if brigade >= 0:
        own = run.brigades[brigade]
        own.persons -= min(own.persons, row.security_killed)
    if at_attacker:
        row.attacker_killed += killed
    else:
        row.target_killed += killed


def spared(run: Any, brigade: int, group: int) -> bool:
    """Whether the security force favours a group: all of it, or the brigade that fires."""
    if brigade >= 0 and run.brigades[brigade].favours >= 0:
        return run.brigades[brigade].favours == run.groups[group].bloc
    return run.groups[group].favoured


def count_losses(run: Any, d: int, row: Any) -> None:
    """Count the casualties of an engagement; the security force there takes note of it."""
    now, force, tick = run.now, run.forces[row.province], run.now.tick
    killed = row.attacker_killed + row.target_killed + row.security_killed
    killed += row.civilians_killed
    wounded = row.attacker_wounded + row.target_wounded
    run.killed_of_group[tick + 1][row.attacker] += row.attacker_killed
    run.killed_of_group[tick + 1][row.target] += row.target_killed
    run.killed_in_province[tick + 1][row.province] += killed
    if len(run.killed_of_unit[tick]):
        run.killed_of_unit[tick + 1][run.dyads[d].unit] += row.attacker_killed
        run.killed_of_unit[tick + 1][run.dyads[d].rival] += row.target_killed
    now.killed += killed
    now.wounded += wounded
    force.last_engagement = tick
    if killed:
        force.last_death = tick
    force.recent += killed + wounded


def leave_memory(run: Run, d: int, row: Any, killed: int) -> None:
    """Raise grievance: of both sides, and of the attacked one's kin next door and elsewhere."""
    settings, answer, tick = run.settings, run.dyads[d].opposite, run.now.tick
    number = row.engagement
    dyads.forget_unanswered(run, d)
    shot = row.attacker_killed + row.target_killed - row.killed_by_security - killed
    own = grievance.of_own_dead(settings.reprisal.own_dead, shot)
    if own:
        dyads.remember(run, dyads.new_memory(run, d, number, tick + 1, own))
    if answer < 0:
        return
    mark = run.mark[killed]
    dyads.remember(run, dyads.new_memory(run, answer, number, tick + 1, mark))
    if killed and settings.stances.unasked and run.dyads[answer].unanswered_at < 0:
        run.dyads[answer].unanswered_at = tick
        run.dyads[answer].unanswered, _ = of_dyad(run, d, UNASKED)
    if settings.spillover.enabled:
        weight = spread.neighbour(settings.spillover.share, mark)
        for place in range(run.first_next_door[answer], run.first_next_door[answer + 1]):
            other = run.next_door[place]
            dyads.remember(run, dyads.new_memory(run, other, number, tick + 1, weight))
    if settings.national_shock.enabled and killed and is_news(run, d):
        for place in range(run.first_elsewhere[answer], run.first_elsewhere[answer + 1]):
            send_shock(run, d, number, place, killed)


def send_shock(run: Run, d: int, number: int, place: int, killed: int) -> None:
    """Let news of a deadly attack perhaps reach a dyad of the same groups elsewhere."""
    settings, tick, receiver = run.settings.national_shock, run.now.tick, run.elsewhere[place]
    unit = run.units[run.dyads[receiver].unit]
    agent = run.units[run.dyads[d].unit].address
    uniform, luck = uniforms(run, tick, agent, unit.address, SHOCK_LAG)
    if not spread.stirs(luck, settings.reach, run.elsewhere_share[place]):
        return
    delay = spread.lag(uniform, settings.lag_min, settings.lag_max)
    weight = spread.shock(settings.strength, run.magnitude[killed])
    dyads.post(run, dyads.new_memory(run, receiver, number, tick + delay + 1, weight))


def kill_commander(run: Run, d: int, number: int, mode: int, killed: int) -> None:
    """Draw whether a commander was killed, which opens a debt of blood."""
    dyad = run.dyads[d]
    rival = run.units[dyad.rival]
    if not run.settings.vendetta.enabled or dyad.opposite < 0 or not rival.commanders:
        return
    commander, paid = of_dyad(run, d, COMMANDER)
    if not vendetta.opens(commander, run.modes[mode].commander_share, killed):
        return
    rival.commanders -= 1
    record_act(run, run.derived.no_order, rival.group, DEBT, dyad.province)
    if vendetta.will_be_paid(paid, run.settings.vendetta.paid):
        dyads.open_debt(run, dyad.opposite, number)
