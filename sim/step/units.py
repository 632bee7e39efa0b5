"""Militia units: what they notice, whom they attack, how they change from tick to tick."""

from __future__ import annotations

from typing import Any

from sim.rules import crowd, engagement, offices, orders, patron, provocation, soundness, stance
from sim.step import dyads
from sim.step.chance import SPLINTER as SPLINTERS
from sim.step.chance import uniforms
from sim.step.layout import LONG_AGO, Run
from sim.step.log import UNIT, impossible, record_act
from sim.world.shapes import REOPEN, RISE, SPLINTER


def office_open(unit: Any) -> bool:
    """Whether an office of a unit can be attacked."""
    return unit.offices and unit.closed_at == LONG_AGO


def units_observe(run: Run) -> None:
    """Let every unit take stock."""
    for u in range(len(run.units)):
        unit_observe(run, u)


def unit_observe(run: Run, u: int) -> None:
    """Take stock as the tick starts: obedience, stance, strength, exposure, response."""
    settings, now, unit = run.settings, run.now, run.units[u]
    unit.compliance = orders.compliance(unit.share, unit.reluctance, unit.loyalty)
    unit.withdrawal = 0.0 if unit.holds else unit.compliance
    unit.stance = stance.stance(
        unit.mobilised, unit.compliance, settings.stances.stand_down_compliance
    )
    unit.crowd_present = crowd.gather(unit.crowd, unit.withdrawal)
    people = crowd.strength(unit.fighters, unit.crowd_present, settings.crowds.weight)
    growth = settings.patronage.growth * now.tick * run.derived.tick_hours / 24.0
    unit.strength = patron.armed(people, run.groups[unit.group].patron, growth)
    closed = unit.offices and not office_open(unit)
    unit.exposure = engagement.availability(
        unit.withdrawal, settings.engagement.withdrawn_exposure
    ) * offices.exposure(closed, settings.offices.closed_share)
    restrained = settings.provocation.enabled and orders.holds(
        now.tick - unit.restrained_at, unit.restrained_for
    )
    unit.response = provocation.response(restrained, settings.provocation.restraint)


def units_count(run: Run) -> None:
    """Count what the table of ticks tells of units as the tick starts."""
    mobilised, compliance = 0, 0.0
    for u in range(len(run.units)):
        mobilised += run.units[u].stance == stance.MOBILISED
        compliance += run.units[u].compliance
    run.now.mobilised, run.now.compliance = mobilised, compliance / max(1, len(run.units))


def units_decide(run: Run) -> None:
    """Let every unit decide."""
    for u in range(len(run.units)):
        unit_decide(run, u)


def unit_decide(run: Run, u: int) -> None:
    """Decide for every rival in the province whether to attack it, and whether to rise unasked."""
    for d in range(run.units[u].first_dyad, run.units[u].last_dyad):
        dyads.dyad_decide(run, d)
    decide_to_rise(run, u)


def decide_to_rise(run: Run, u: int) -> None:
    """Decide whether to mobilise unasked over dead that went unanswered."""
    unit = run.units[u]
    unit.rises = False
    for d in range(unit.first_dyad, unit.last_dyad):
        unit.rises = unit.rises or dyads.rises(run, d)
    militia = run.groups[unit.group].kind == engagement.MILITIA
    unit.rises = unit.rises and militia and not unit.mobilised


def units_act(run: Run) -> None:
    """Let every unit act; attacks are carried out later, in one order."""
    for u in range(len(run.units)):
        unit_act(run, u)


def unit_act(run: Run, u: int) -> None:
    """Mobilise unasked if that was decided."""
    unit = run.units[u]
    if unit.rises:
        unit.rises = False
        mobilise(run, unit)
        for d in range(unit.first_dyad, unit.last_dyad):
            dyads.forget_unanswered(run, d)
        record_act(run, run.derived.no_order, unit.group, RISE, unit.province)


def mobilise(run: Run, unit: Any) -> None:
    """Mobilise a unit."""
    unit.mobilised, unit.mobilised_at = True, run.now.tick


def demobilise(unit: Any) -> None:
    """Let a unit leave the mobilised stance, and its crowd go home."""
    unit.mobilised, unit.mobilisation, unit.anger = False, 0.0, 0.0
    unit.crowd = unit.crowd_present = 0


def lose(unit: Any, killed: int, wounded: int, crowd_first: bool) -> None:
    """Take killed and wounded out of a unit and its crowd."""
    lost = killed + wounded
    from_crowd = engagement.casualties_from_crowd(
        lost, crowd_first, unit.fighters, unit.crowd_present
    )
    unit.crowd -= from_crowd
    unit.crowd_present -= from_crowd
    unit.fighters -= lost - from_crowd


def crowds_update(run: Run) -> None:
    """Let every crowd move on by one tick."""
    for u in range(len(run.units)):
        if run.units[u].crowd > 0 or run.units[u].anger > 0.0:
            crowd_update(run, u)


def crowd_update(run: Run, u: int) -> None:
    """Let the anger of a unit's crowd fade, and some of it go home."""
    unit = run.units[u]
    unit.anger *= run.derived.anger_keep
    if run.derived.crowd_keep < 1.0:
        unit.crowd = crowd.dispersed(unit.crowd, 1.0 - run.derived.crowd_keep)


def units_update(run: Run) -> None:
    """Let every unit move on by one tick."""
    for u in range(len(run.units)):
        unit_update(run, u)


def unit_update(run: Run, u: int) -> None:
    """Let mobilisation and obedience fade, deadlines pass, offices reopen, mobilisation lapse."""
    unit = run.units[u]
    unit.mobilisation *= unit.mobilisation_keep
    if unit.unit_order >= 0:
        follow(run, unit)
    if unit.closed_at != LONG_AGO:
        reopen(run, unit)
    if unit.mobilised and lapses(run, unit):
        demobilise(unit)
    if not can_be(unit):
        impossible(run, UNIT, u)


def can_be(unit: Any) -> bool:
    """Whether a unit is in a possible state."""
    return soundness.unit_is_sound(
        unit.fighters, unit.crowd, unit.commanders, unit.mobilisation, unit.compliance
    )


def lapses(run: Run, unit: Any) -> bool:
    """Whether mobilisation lapses: long after the order, and after the last death there."""
    since_order = run.now.tick - unit.mobilised_at
    since_death = run.now.tick - run.forces[unit.province].last_death
    return stance.lapses(since_order, since_death, run.settings.stances.mobilisation_lapse)


def follow(run: Run, unit: Any) -> None:
    """Let obedience to the last order come and wear off, and its deadline pass."""
    own = run.unit_orders[unit.unit_order]
    unit.reluctance *= own.onset_keep
    unit.loyalty *= own.relapse_keep
    if run.now.tick - unit.order_at == own.deadline:
        meet_deadline(run, unit)


def meet_deadline(run: Run, unit: Any) -> None:
    """Draw whether the disobeying part of a unit makes it a splinter."""
    order = run.orders[unit.order]
    if not order.splinter:
        return
    uniform, _ = uniforms(run, 0, unit.address, order.address, SPLINTERS)
    if orders.splinters(uniform, order.splinter, unit.share):
        unit.splinter, unit.share = True, 0.0
        record_act(run, order.code, unit.group, SPLINTER, unit.province)


def reopen(run: Run, unit: Any) -> None:
    """Reopen closed offices when their time has come."""
    age = run.now.tick + 1 - unit.closed_at
    if age > 1 and offices.reopened(unit.reopening, run.offices_kept[age - 1]):
        unit.closed_at = LONG_AGO
        record_act(run, run.derived.no_order, unit.group, REOPEN, unit.province)
