"""Who lives in a model when it starts: units, leaders, security forces, governors, feuds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import Purpose
from sim.model.agents import GroupLeader, MilitiaUnit
from sim.model.feud import NO_PARENT, Feud
from sim.model.security import Mediator, SecurityForce
from sim.rules import vendetta

if TYPE_CHECKING:
    from sim.model.model import ReprisalModel


def forces(model: ReprisalModel) -> list[SecurityForce]:
    """Create the security force of every province."""
    settings = model.settings
    return [
        SecurityForce(
            model,
            cell,
            settings.provinces[cell.key].presence,
            settings.deployment.plan.get(cell.key, 0),
        )
        for cell in model.space.provinces
    ]


def units(model: ReprisalModel) -> list[MilitiaUnit]:
    """Create the units in the order of the world."""
    world, cells = model.world, model.space.provinces
    rows = zip(world.unit_group, world.unit_province, world.unit_fighters, strict=True)
    return [
        MilitiaUnit(model, index, int(group), cells[province], int(fighters))
        for index, (group, province, fighters) in enumerate(rows)
    ]


def leaders(model: ReprisalModel) -> list[GroupLeader]:
    """Create a leader for every group, with the orders that group may give."""
    orders = model.world.orders
    return [
        GroupLeader(model, group, [plan for plan in orders if plan.group == group])
        for group in range(len(model.groups))
    ]


def mediators(model: ReprisalModel) -> list[Mediator]:
    """Create the governors who mediate."""
    settings = model.settings.mediation
    return [
        Mediator(model, cell)
        for cell in model.space.provinces
        if settings.enabled and (settings.provinces == "all" or cell.key in settings.provinces)
    ]


def feuds(model: ReprisalModel) -> list[Feud]:
    """Open the feuds in canonical order, with the debts from before the run."""
    dyads = model.world.dyads
    rows = zip(dyads.attacker, dyads.target, dyads.rivalry, strict=True)
    opened = [
        model.units[attacker].open_feud(dyad, model.units[target], float(rivalry))
        for dyad, (attacker, target, rivalry) in enumerate(rows)
    ]
    for plan in model.world.debts:
        _, paid = model.draw(plan.address, 0, Purpose.COMMANDER, tick=0)
        if vendetta.will_be_paid(paid, model.settings.vendetta.paid):
            opened[plan.dyad].debts.append(NO_PARENT)
    return opened
