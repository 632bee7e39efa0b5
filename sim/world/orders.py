"""Leaders' orders as plans in ticks."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np

from sim import tables
from sim.draws import address
from sim.parameters import (
    InsultOrder,
    LocalObedience,
    MobiliseOrder,
    Obedience,
    Order,
    Scenario,
)
from sim.records import ACTIONS
from sim.rules import patron
from sim.tables import Ints
from sim.world.actors import PATRONS
from sim.world.calendar import begins
from sim.world.shapes import NEVER, OrderPlan, UnitOrder


def order_plans(
    scenario: Scenario, start: datetime, units: Ints, moments: dict[str, int]
) -> tuple[tuple[OrderPlan, ...], tuple[UnitOrder, ...]]:
    """Plan the orders that are switched on."""
    groups = tuple(scenario.groups)
    enabled = [
        (key, order, group)
        for key, order in scenario.orders.items()
        for group in givers(scenario, order)
        if order.enabled
    ]
    enabled.sort(key=lambda each: groups.index(each[2]))
    plans: list[OrderPlan] = []
    unit_orders: list[UnitOrder] = []
    for key, order, group in enabled:
        first = len(unit_orders)
        unit_orders += _unit_orders(scenario, order, group, units)
        tick = scenario.clock.tick
        plans.append(
            OrderPlan(
                key=key,
                code=tuple(scenario.orders).index(key),
                moment=moments[key],
                address=address(key),
                group=groups.index(group),
                action=ACTIONS.index(order.action),
                **vars(begins(scenario, start, order.trigger, moments)),
                first=first,
                last=len(unit_orders),
                target=groups.index(order.target) if isinstance(order, InsultOrder) else -1,
                attack_keep=_attack_keep(order, tick),
            )
        )
    return tuple(plans), tuple(unit_orders)


def givers(scenario: Scenario, order: Order) -> list[str]:
    """List the groups whose leaders give an order: one, or all of a bloc."""
    if order.group in scenario.groups:
        return [order.group]
    return [name for name, group in scenario.groups.items() if group.bloc == order.group]


def _attack_keep(order: Order, tick: float) -> float:
    if not isinstance(order, MobiliseOrder):
        return 1.0
    return tables.keep_per_tick(order.attack_half_life, tick)


def _unit_orders(scenario: Scenario, order: Order, group: str, units: Ints) -> list[UnitOrder]:
    provinces, number = tuple(scenario.provinces), tuple(scenario.groups).index(group)
    everywhere = order.provinces == "all"
    own = np.flatnonzero(units[:, 0] == number).tolist()
    where = [(unit, provinces[units[unit, 1]]) for unit in own]
    return [
        _unit_order(scenario, order, group, unit, name)
        for unit, name in where
        if everywhere or name in order.provinces
    ]


def _unit_order(
    scenario: Scenario, order: Order, group: str, unit: int, province: str
) -> UnitOrder:
    if not isinstance(order, Obedience):
        crowd = order.crowd.get(province, 0) if isinstance(order, MobiliseOrder) else 0
        return UnitOrder(unit, 0.0, 0.0, 1.0, 1.0, NEVER, crowd * scenario.crowds.enabled)
    pace, tick = _pace(order, order.by_province.get(province)), scenario.clock.tick
    onset, deadline = pace["onset_half_life"] or 0.0, pace["deadline"]
    if deadline is not None:
        onset = min(onset, deadline / 2)
    return UnitOrder(
        unit=unit,
        compliance=_mean(scenario, group, pace["compliance"] or 0.0),
        spread=pace["spread"] or 0.0,
        onset_keep=tables.keep_per_tick(onset, tick),
        relapse_keep=tables.keep_per_tick(pace["relapse_half_life"] or NEVER, tick),
        deadline=NEVER if deadline is None else math.ceil(deadline / tick - 1e-9),
        crowd=0,
    )


def _mean(scenario: Scenario, group: str, mean: float) -> float:
    if not scenario.patronage.enabled:
        return mean
    stance = PATRONS[scenario.groups[group].patron]
    return patron.compliance(mean, stance, scenario.patronage.restraint)


def _pace(order: Obedience, local: LocalObedience | None) -> dict[str, float | None]:
    general = {name: getattr(order, name) for name in Obedience.model_fields}
    here = {name: getattr(local, name, None) for name in general}
    return general | {name: value for name, value in here.items() if value is not None}
