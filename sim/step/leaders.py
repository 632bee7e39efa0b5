"""Leaders give orders, and their units take them."""

from __future__ import annotations

from sim.rules import orders, provocation, stance
from sim.step import dyads
from sim.step.chance import COMPLIANCE, OFFICES, uniforms
from sim.step.layout import NONE, Run
from sim.step.log import record_act
from sim.step.triggers import is_due
from sim.step.units import demobilise, mobilise, office_open
from sim.world.shapes import CLOSE_OFFICES, DEMOBILISE, HOLD, INSULT, MOBILISE, RESTRAIN, RULES


def leaders_decide(run: Run) -> None:
    """Let every leader decide."""
    for g in range(len(run.groups)):
        leader_decide(run, g)


def leader_decide(run: Run, g: int) -> None:
    """Decide which orders to give, from what is known as the tick starts."""
    for o in range(run.groups[g].first_order, run.groups[g].last_order):
        run.due[o] = is_due(run, o)


def leaders_act(run: Run) -> None:
    """Let every leader act."""
    for g in range(len(run.groups)):
        leader_act(run, g)


def leader_act(run: Run, g: int) -> None:
    """Give the orders decided on."""
    for o in range(run.groups[g].first_order, run.groups[g].last_order):
        if run.due[o]:
            run.due[o] = False
            give(run, o)


def give(run: Run, o: int) -> None:
    """Give an order to the units that it names; a splinter takes none."""
    order, tick = run.orders[o], run.now.tick
    run.given_at[order.moment] = run.moments[order.moment] = tick
    record_act(run, order.code, order.group, order.action, run.derived.nowhere)
    for place in range(order.first, order.last):
        if not run.units[run.unit_orders[place].unit].splinter:
            obey(run, o, place)
    if order.action == INSULT and run.settings.provocation.enabled:
        for u in range(len(run.units)):
            if run.units[u].group == order.target:
                insulted(run, u, order.group, order.strength)


def obey(run: Run, o: int, place: int) -> None:
    """Let a unit take an order; place is what the order means for it."""
    order, own, tick = run.orders[o], run.unit_orders[place], run.now.tick
    unit = run.units[own.unit]
    if order.action == MOBILISE:
        mobilise(run, unit)
        if stance.outweighs(order.attack_rate, unit.mobilisation):
            unit.mobilisation, unit.mobilisation_keep = order.attack_rate, order.attack_keep
            unit.mobilised_by = order.code
        unit.crowd = max(unit.crowd, own.crowd)
        unit.share, unit.unit_order = 0.0, NONE
    elif order.action == DEMOBILISE:
        demobilise(unit)
    elif order.action == RULES:
        run.forces[unit.province].rule = order.rule
    elif order.action == RESTRAIN:
        unit.restrained_at, unit.restrained_for = tick + 1, order.lasts
    elif order.action == CLOSE_OFFICES:
        if office_open(unit) and run.settings.offices.enabled:
            unit.closed_at = tick
            unit.reopening, _ = uniforms(run, tick, unit.address, 0, OFFICES)
    elif order.action != INSULT:
        uniform, _ = uniforms(run, 0, unit.address, order.address, COMPLIANCE)
        unit.order, unit.unit_order, unit.order_at = o, place, tick
        unit.holds = order.action == HOLD
        unit.share = orders.obedience(uniform, own.compliance, own.spread)
        unit.reluctance = unit.loyalty = 1.0


def insulted(run: Run, u: int, group: int, strength: float) -> None:
    """Let a unit resent an insult wherever it can meet the insulting group."""
    unit = run.units[u]
    weight = provocation.grievance(strength, unit.response)
    for d in range(unit.first_dyad, unit.last_dyad):
        if run.units[run.dyads[d].rival].group == group:
            dyads.remember(run, dyads.new_memory(run, d, dyads.PROVOKED, run.now.tick + 1, weight))
