"""A scenario turned into the numbers and tables that every engine reads.

A world holds no state and no draw: one world serves all replicates of its scenario.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim import tables
from sim.parameters import Scenario
from sim.records import ACTIONS, CAUSES
from sim.tables import Floats, Ints
from sim.world.actors import check_addresses, debts_of, dyads_of, units_of
from sim.world.calendar import branch_codes, moments_of, politics_of
from sim.world.harm import Casualties, casualties_of
from sim.world.orders import order_plans
from sim.world.shapes import (
    DebtPlan,
    Dyads,
    Kernel,
    OrderPlan,
    Politics,
    UnitOrder,
)


@dataclass(frozen=True)
class Fading:
    """Shares kept per tick, and probabilities that something has not happened by age.

    ``offices`` and ``unasked`` have shape (n_ticks + 1,).
    """

    build_up: float
    casualties: float
    debt_rate: float
    offices: Floats
    unasked: Floats
    anger: float
    crowd: float


@dataclass(frozen=True, eq=False)
class World:
    """Everything an engine needs, see the module's docstring.

    ``moments`` is the number of moments that an order can wait for: orders, calendar
    events and branches.
    """

    scenario: Scenario
    labels: dict[str, tuple[str, ...]]
    start: datetime
    tick_hours: float
    n_ticks: int
    hour: Ints
    hour_factor: Floats
    unit_group: Ints
    unit_province: Ints
    unit_fighters: Ints
    unit_address: Ints
    dyads: Dyads
    casualties: Casualties
    battle_keep: float
    reprisal: Kernel
    fading: Fading
    moments: int
    orders: tuple[OrderPlan, ...]
    unit_orders: tuple[UnitOrder, ...]
    politics: Politics
    debts: tuple[DebtPlan, ...]

    def ticks(self, hours: float) -> float:
        """Hours as ticks, not rounded."""
        return hours / self.tick_hours

    def times(self, ticks: Ints) -> Ints:
        """When ticks start, in UTC epoch seconds rounded to whole ones."""
        seconds = np.rint(ticks.astype(np.float64) * self.tick_hours * 3600.0)
        return seconds.astype(np.int64) + int(self.start.timestamp())


def build(scenario: Scenario) -> World:
    """Turn a scenario into a world.

    Parameters
    ----------
    scenario : Scenario
        A checked scenario.

    Returns
    -------
    World
        Tables for both engines.

    Raises
    ------
    WorldError
        When two keys share an address for their draws.
    """
    scenario = canonical(scenario)
    check_addresses(scenario)
    clock = scenario.clock
    start, n_ticks = clock.start_utc, clock.n_ticks
    units, moments = units_of(scenario), moments_of(scenario)
    dyads = dyads_of(scenario, units)
    orders, unit_orders = order_plans(scenario, start, units, moments)
    return World(
        scenario=scenario,
        labels=_labels(scenario),
        start=start,
        tick_hours=clock.tick,
        n_ticks=n_ticks,
        hour=tables.local_hours(start, clock.timezone, clock.tick, n_ticks),
        hour_factor=_hour_factors(scenario),
        unit_group=units[:, 0],
        unit_province=units[:, 1],
        unit_fighters=units[:, 2],
        unit_address=units[:, 3],
        dyads=dyads,
        casualties=casualties_of(scenario),
        battle_keep=tables.keep_per_tick(scenario.battle.half_life, clock.tick),
        reprisal=_kernel(scenario.reprisal.half_life, clock.tick, n_ticks),
        fading=_fading(scenario, n_ticks),
        moments=len(moments),
        orders=orders,
        unit_orders=unit_orders,
        politics=politics_of(scenario, start, n_ticks, moments),
        debts=debts_of(scenario, units, dyads),
    )


def canonical(value: Any) -> Any:
    """Sort every mapping by its keys, so that their order in a file cannot matter."""
    if isinstance(value, BaseModel):
        fields = {
            name: inner
            for name in type(value).model_fields
            if isinstance(inner := getattr(value, name), BaseModel | dict)
        }
        made = {name: canonical(inner) for name, inner in fields.items()}
        changed = {name: inner for name, inner in made.items() if inner is not fields[name]}
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, dict):
        made = {key: canonical(value[key]) for key in sorted(value)}
        same = all(made[key] is inner for key, inner in value.items()) and list(made) == [*value]
        return value if same else made
    return value


def _labels(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    groups = tuple(scenario.groups)
    return {
        "province": (*scenario.provinces, ""),
        "attacker": groups,
        "target": groups,
        "mode": tuple(scenario.modes),
        "cause": CAUSES,
        "order": (*scenario.orders, *branch_codes(scenario), ""),
        "group": (*groups, ""),
        "attributed_to": (*groups, ""),
        "action": ACTIONS,
    }


def _kernel(half_life: float, tick_hours: float, n_ticks: int) -> Kernel:
    keep = tables.keep_per_tick(half_life, tick_hours)
    return Kernel(keep, (1.0 - keep) / tick_hours, tables.kept_by_age(keep, n_ticks))


def _fading(scenario: Scenario, n_ticks: int) -> Fading:
    tick, deployment_settings = scenario.clock.tick, scenario.deployment
    offices = math.exp(-tick / scenario.offices.reopen_after)
    unasked = math.exp(-tick / scenario.stances.unasked_after)
    return Fading(
        build_up=tables.keep_per_tick(deployment_settings.build_up, tick),
        casualties=tables.keep_per_tick(deployment_settings.memory, tick),
        debt_rate=math.log(2) / scenario.vendetta.median_lag,
        offices=tables.kept_by_age(offices, n_ticks),
        unasked=tables.kept_by_age(unasked, n_ticks),
        anger=tables.keep_per_tick(scenario.crowds.anger_half_life, tick),
        crowd=tables.keep_per_tick(scenario.crowds.stays or math.inf, tick),
    )


def _hour_factors(scenario: Scenario) -> Floats:
    return np.array(
        [
            tables.hour_factors(scenario.hour_profiles.get(province.hour_profile))
            for province in scenario.provinces.values()
        ]
    )
