"""Militia units and the leaders who give them orders; see `sim.model.agents`."""

from __future__ import annotations

from typing import Any

from sim.compiled import feud as feuds
from sim.compiled.acts import record_act
from sim.compiled.decorate import compiled, inlined
from sim.compiled.layout import LONG_AGO, State, Tables
from sim.compiled.losses import within
from sim.compiled.luck import uniforms
from sim.compiled.rules import (
    crowd,
    engagement,
    intervention,
    offices,
    orders,
    patron,
    provocation,
    soundness,
    stance,
    vendetta,
)
from sim.draws import Purpose
from sim.world.shapes import (
    CLOSE_OFFICES,
    HOLD,
    INSULT,
    MOBILISE,
    REOPEN,
    RESTRAIN,
    RISE,
    SPLINTER,
    START,
)

ATTACK = int(Purpose.ATTACK)
COMPLIANCE = int(Purpose.COMPLIANCE)
OFFICES = int(Purpose.OFFICES)
SPLINTERS = int(Purpose.SPLINTER)
MARGIN = 1.0 + 1e-9
Record = Any


@inlined
def office_open(unit: Record) -> bool:
    """Whether an office of this unit can be attacked."""
    return unit.offices and unit.closed_at == LONG_AGO


@inlined
def withdrawal(unit: Record) -> float:
    """Compliance with a call to withdraw."""
    return 0.0 if unit.holds else unit.compliance


@compiled
def sense(tables: Tables, state: State) -> None:
    """Take stock of every unit as the tick starts: obedience, stance, strength, exposure.

    A unit that nothing has happened to since is as it was.
    """
    now, mobilised, compliance = state.now[0], 0, 0.0
    for u in range(len(state.units)):
        unit = state.units[u]
        if unit.stirred or unit.unit_order >= 0 or tables.patron[unit.group] == patron.ARM:
            _sense(tables, state, unit)
            unit.stirred = unit.restrained_at != LONG_AGO
        mobilised += unit.stance == stance.MOBILISED
        compliance += unit.compliance
    now.mobilised, now.compliance = mobilised, compliance / max(1, len(state.units))


@compiled
def _sense(tables: Tables, state: State, unit: Record) -> None:
    settings, now = tables.settings[0], state.now[0]
    growth = settings.growth * now.tick * settings.tick_hours / 24.0
    unit.compliance = orders.compliance(unit.share, unit.reluctance, unit.loyalty)
    unit.withdrawal = withdrawal(unit)
    unit.stance = stance.stance(unit.mobilised, unit.compliance, settings.stand_down)
    unit.crowd_present = crowd.gather(unit.crowd, unit.withdrawal)
    people = crowd.strength(unit.fighters, unit.crowd_present, settings.crowd_weight)
    unit.strength = patron.armed(people, tables.patron[unit.group], growth)
    closed = unit.offices and not office_open(unit)
    unit.exposure = engagement.availability(
        unit.withdrawal, settings.withdrawn_exposure
    ) * offices.exposure(closed, settings.closed_share)
    restrained = settings.provocation and orders.holds(
        now.tick - unit.restrained_at, unit.restrained_for
    )
    unit.response = provocation.response(restrained, settings.restraint)


@compiled
def decide(tables: Tables, state: State, chances: Any, seed: int, replicate: int) -> None:
    """Decide for every dyad whether to attack and why, and which units rise unasked."""
    now = state.now[0]
    if _may_attack(tables, state, chances):
        for dyad in range(len(state.feuds)):
            if state.attacks[dyad]:
                state.attacks[dyad] = _attacks(tables, state, chances[dyad], seed, replicate, dyad)
                now.opened += state.attacks[dyad]
    if now.unanswered:
        for u in range(len(state.units)):
            unit = state.units[u]
            unit.rises = False
            for dyad in range(unit.first, unit.last):
                unit.rises = unit.rises or feuds.rises(tables, state.feuds[dyad], now.tick)
            unit.rises = unit.rises and not unit.mobilised


@compiled
def _may_attack(tables: Tables, state: State, chances: Any) -> bool:
    """Mark the dyads whose uniform lies below the highest hazard they can have.

    `engagement.hazard` grows with each of its inputs, so the rule itself gives the bound:
    opportunity at its limit, full exposure and response, the stance with most attacks, no
    withdrawal, no deterrence. The margin covers all rounding. What is not a possible number
    fails the comparisons and is marked too, so that it is seen where it is looked at.
    """
    settings, now = tables.settings[0], state.now[0]
    tension, some = 0.0, False
    for bloc in range(len(state.tension)):
        tension = max(tension, state.tension[bloc])
        some = some or not state.tension[bloc] >= 0.0
    base = engagement.background(settings.background_rate, tension, now.mobilisation, 0.0)
    busiest = 0.0
    for p in range(len(state.forces)):
        busiest = max(busiest, tables.hour_factor[p, now.hour])
    exposure = settings.opportunity_limit * busiest * now.truce * settings.tick_hours * MARGIN
    battle_effect = reprisal_effect = 0.0
    for s in range(len(tables.stance_effects)):
        battle_effect = max(battle_effect, tables.stance_effects[s, 0])
        reprisal_effect = max(reprisal_effect, tables.stance_effects[s, 1])
    debts = vendetta.excitation(now.waiting_debts, settings.debt_rate)
    rivalry, battle, reprisal = tables.rivalry, state.battle, state.reprisal
    marks, number = state.attacks, 0
    for dyad in range(len(battle)):
        most = engagement.hazard(
            rivalry[dyad] * exposure,
            base,
            battle_effect * battle[dyad],
            reprisal_effect * reprisal[dyad],
            debts,
            0.0,
            1.0,
        )
        safe = (chances[dyad] >= most) & (battle[dyad] >= 0.0) & (reprisal[dyad] >= 0.0)
        marks[dyad] = some or not safe
        number += marks[dyad]
    return number > 0


@compiled
def _attacks(
    tables: Tables, state: State, chance: float, seed: int, replicate: int, dyad: int
) -> bool:
    """Whether a dyad attacks; if so, its cause is kept."""
    settings, now, feud = tables.settings[0], state.now[0], state.feuds[dyad]
    unit, rival = state.units[feud.unit], state.units[feud.rival]
    base = engagement.background(
        settings.background_rate,
        state.tension[tables.group_bloc[unit.group]],
        unit.mobilisation,
        unit.compliance if unit.holds else 0.0,
    )
    surroundings = tables.hour_factor[unit.province, now.hour] * now.truce
    deterrence = intervention.deters(
        state.forces[unit.province].deterrence, tables.favoured[unit.group]
    )
    opportunity = engagement.opportunity(
        unit.strength, rival.strength, settings.reference_fighters, settings.opportunity_limit
    )
    exposure = feud.rivalry * opportunity * surroundings * rival.exposure
    battle = tables.stance_effects[unit.stance, 0] * state.battle[dyad]
    reprisal = tables.stance_effects[unit.stance, 1] * unit.response * state.reprisal[dyad]
    debts = vendetta.excitation(feud.debts, settings.debt_rate)
    hazard = engagement.hazard(exposure, base, battle, reprisal, debts, unit.withdrawal, deterrence)
    if not soundness.feud_is_sound(hazard, state.battle[dyad], state.reprisal[dyad]):
        now.unsound = True
    if not engagement.attacks(chance, hazard, settings.tick_hours):
        return False
    _, why = uniforms(seed, replicate, now.tick, unit.address, feud.rival_address, ATTACK)
    feud.cause = engagement.cause(why, base, battle, reprisal, debts)
    return True


@compiled
def act(tables: Tables, state: State) -> None:
    """Let units that were not asked mobilise over their dead."""
    settings, now = tables.settings[0], state.now[0]
    if not now.unanswered:
        return
    for u in range(len(state.units)):
        unit = state.units[u]
        if unit.rises:
            unit.rises, unit.stirred = False, True
            unit.mobilised, unit.mobilised_at = True, now.tick
            for dyad in range(unit.first, unit.last):
                feuds.forget_unanswered(state, dyad)
            record_act(state, settings.no_order, unit.group, RISE, unit.province)


@compiled
def leaders_decide(tables: Tables, state: State) -> None:
    """Decide which orders to give, from what is known at the start of the tick."""
    for number in range(len(tables.plans)):
        state.due[number] = _is_due(tables, state, tables.plans[number])


@compiled
def _is_due(tables: Tables, state: State, plan: Record) -> bool:
    tick = state.now[0].tick
    if not orders.may_repeat(state.given_at[plan.moment], tick, plan.again_after):
        return False
    if plan.own_killed:
        losses = within(state.killed_of_group, tick, plan.group, plan.window)
        return orders.losses_reached(losses, plan.own_killed)
    if plan.rival_killed:
        losses = 0
        for rival in range(len(tables.patron)):
            if tables.rivals[plan.group, rival]:
                losses += within(state.killed_of_group, tick, rival, plan.window)
        return orders.losses_reached(losses, plan.rival_killed)
    return orders.due(tick, _set_for(state, plan))


@inlined
def _set_for(state: State, plan: Record) -> int:
    """Tick for which an order is set; below 0 while what it waits for is open."""
    if plan.waits_for == START:
        return plan.delay
    since = state.moments[plan.waits_for] if plan.waits_for > START else -1
    return since + plan.delay if since >= 0 else -1


@compiled
def leaders_act(tables: Tables, state: State, seed: int, replicate: int) -> None:
    """Give the orders decided on to the units they name."""
    for number in range(len(tables.plans)):
        if state.due[number]:
            _give(tables, state, seed, replicate, number)


@compiled
def _give(tables: Tables, state: State, seed: int, replicate: int, number: int) -> None:
    plan, tick = tables.plans[number], state.now[0].tick
    state.given_at[plan.moment] = state.moments[plan.moment] = tick
    record_act(state, plan.code, plan.group, plan.action, tables.settings[0].nowhere)
    for place in range(plan.first, plan.last):
        if not state.units[tables.unit_orders[place].unit].splinter:
            _obey(tables, state, seed, replicate, number, place)
    if plan.action == INSULT and tables.settings[0].provocation:
        for u in range(len(state.units)):
            if state.units[u].group == plan.target:
                _insulted(state, u, plan.group, plan.strength)


@compiled
def _obey(tables: Tables, state: State, seed: int, replicate: int, number: int, place: int) -> None:
    plan, order, tick = tables.plans[number], tables.unit_orders[place], state.now[0].tick
    unit = state.units[order.unit]
    unit.stirred = True
    if plan.action == MOBILISE:
        unit.mobilised, unit.mobilised_at = True, tick
        unit.mobilisation = stance.mobilisation(unit.mobilisation, plan.mobilise)
        unit.mobilisation_keep = plan.mobilise_keep
        unit.crowd = max(unit.crowd, order.crowd)
        unit.share = 0.0
    elif plan.action == RESTRAIN:
        unit.restrained_at, unit.restrained_for = tick + 1, plan.lasts
    elif plan.action == CLOSE_OFFICES:
        if office_open(unit) and tables.settings[0].offices:
            unit.closed_at = tick
            unit.reopening, _ = uniforms(seed, replicate, tick, unit.address, 0, OFFICES)
    elif plan.action != INSULT:
        uniform, _ = uniforms(seed, replicate, 0, unit.address, plan.address, COMPLIANCE)
        unit.unit_order, unit.plan, unit.order_at = place, number, tick
        unit.holds = plan.action == HOLD
        unit.share = orders.obedience(uniform, order.mean, order.spread)
        unit.reluctance = unit.loyalty = 1.0


@compiled
def _insulted(state: State, u: int, group: int, strength: float) -> None:
    """Resent an insult wherever the insulting group can be met."""
    unit, tick = state.units[u], state.now[0].tick
    weight = provocation.grievance(strength, unit.response)
    for dyad in range(unit.first, unit.last):
        if state.units[state.feuds[dyad].rival].group == group:
            place = feuds.new_memory(state, dyad, feuds.PROVOKED, tick + 1, 0.0, weight)
            feuds.remember(state, place)


@compiled
def lose(unit: Record, killed: int, wounded: int, crowd_first: bool) -> None:
    """Take killed and wounded out of the unit and its crowd."""
    lost = killed + wounded
    from_crowd = engagement.casualties_from_crowd(
        lost, crowd_first, unit.fighters, unit.crowd_present
    )
    unit.stirred = True
    unit.crowd -= from_crowd
    unit.crowd_present -= from_crowd
    unit.fighters -= lost - from_crowd


@compiled
def fade(tables: Tables, state: State, seed: int, replicate: int) -> None:
    """Let mobilisation, obedience and closed offices move on by one tick."""
    settings, now = tables.settings[0], state.now[0]
    tick, now.mobilisation = now.tick, 0.0
    for u in range(len(state.units)):
        unit = state.units[u]
        unit.mobilisation *= unit.mobilisation_keep
        if unit.unit_order >= 0:
            order = tables.unit_orders[unit.unit_order]
            unit.reluctance *= order.onset_keep
            unit.loyalty *= order.loyalty_keep
            if tick - unit.order_at == order.deadline:
                _meet_deadline(tables, state, seed, replicate, unit)
        if unit.closed_at != LONG_AGO:
            _reopen(tables, state, unit)
        since_death = tick - state.forces[unit.province].last_death
        if unit.mobilised and stance.lapses(
            tick - unit.mobilised_at, since_death, settings.lapse_ticks
        ):
            unit.mobilised, unit.mobilisation, unit.crowd = False, 0.0, 0
            unit.stirred = True
        now.mobilisation = max(now.mobilisation, unit.mobilisation)
        if not soundness.unit_is_sound(
            unit.fighters, unit.crowd, unit.commanders, unit.mobilisation, unit.compliance
        ):
            now.unsound = True


@compiled
def _meet_deadline(tables: Tables, state: State, seed: int, replicate: int, unit: Record) -> None:
    plan = tables.plans[unit.plan]
    if not plan.splinter:
        return
    uniform, _ = uniforms(seed, replicate, 0, unit.address, plan.address, SPLINTERS)
    if orders.splinters(uniform, plan.splinter, unit.share):
        unit.splinter, unit.share = True, 0.0
        record_act(state, plan.code, unit.group, SPLINTER, unit.province)


@compiled
def _reopen(tables: Tables, state: State, unit: Record) -> None:
    age = state.now[0].tick + 1 - unit.closed_at
    if age > 1 and offices.reopened(unit.reopening, tables.offices_kept[age - 1]):
        unit.closed_at, unit.stirred = LONG_AGO, True
        record_act(state, tables.settings[0].no_order, unit.group, REOPEN, unit.province)
