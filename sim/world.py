"""A scenario turned into the numbers and tables that every engine reads.

A world holds no state and no draw: one world serves all replicates of its scenario.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel

from sim import tables
from sim.draws import address
from sim.parameters import LocalObedience, Mode, Obedience, Order, Scenario, Trigger
from sim.rules import deployment
from sim.tables import Floats, Ints

CAUSES = ("background", "battle", "reprisal")
ACTIONS = ("withdraw", "hold", "mobilise", "event")
WITHDRAW, HOLD, MOBILISE, EVENT = range(len(ACTIONS))
RULES = {
    "none": deployment.NONE,
    "proportional": deployment.PROPORTIONAL,
    "recent_casualties": deployment.RECENT_CASUALTIES,
    "capital_first": deployment.CAPITAL_FIRST,
    "fixed_plan": deployment.FIXED_PLAN,
}
NEVER = math.inf
START = -1
NOTHING = -2


class WorldError(ValueError):
    """A scenario that cannot become a world."""


@dataclass(frozen=True)
class Kernel:
    """How one kind of excitation fades.

    ``keep`` is the share left per tick, ``height`` the excitation of one arrival [1/h],
    ``kept`` the share left by age in ticks, shape (n_ticks + 1,).
    """

    keep: float
    height: float
    kept: Floats


@dataclass(frozen=True)
class ModeTable:
    """Severity of one attack mode: cumulative killed by side, shape (limit + 1,)."""

    target_killed: Floats
    attacker_killed: Floats
    wounded_per_killed: float
    wounded_base: float


@dataclass(frozen=True)
class UnitOrder:
    """What an order means for one unit: its own share and its pace per tick."""

    unit: int
    mean: float
    spread: float
    onset_keep: float
    loyalty_keep: float


@dataclass(frozen=True)
class OrderPlan:
    """One order: who gives it when (in ticks), and what it does.

    ``delay`` counts from the start or from ``waits_for``: an index into orders, or into
    events when ``waits_for_event``; `START` for none, `NOTHING` for a switched-off order.
    ``code`` is its place among the labels, ``action`` an index into `ACTIONS`,
    ``mobilise`` the added rate [1/h] and ``mobilise_keep`` the share of it left per tick.
    """

    key: str
    code: int
    address: int
    group: int
    action: int
    delay: int
    waits_for: int
    waits_for_event: bool
    own_killed: int
    rival_killed: int
    window: int
    again_after: float
    units: tuple[UnitOrder, ...]
    mobilise: float
    mobilise_keep: float


@dataclass(frozen=True)
class EventPlan:
    """One calendar event: its place among the labels, its tick, probability and address."""

    key: str
    code: int
    tick: int
    probability: float
    address: int


@dataclass(frozen=True)
class Dyads:
    """Directed dyads with a rivalry and fighters on both sides, in canonical order.

    Arrays of shape (n,): attacking and attacked unit, province, rivalry, addresses of the
    draw, and the dyad of the other direction. ``elsewhere[i]`` are the dyads of the same
    two groups and direction in other provinces, ``next_door[i]`` those in neighbours.
    """

    attacker: Ints
    target: Ints
    province: Ints
    rivalry: Floats
    agent_address: Ints
    rival_address: Ints
    opposite: Ints
    elsewhere: tuple[tuple[int, ...], ...]
    next_door: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class World:
    """Everything an engine needs, see the module's docstring."""

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
    mode_shares: Floats
    modes: tuple[ModeTable, ...]
    wounded_factors: Floats
    mark: Floats
    magnitude: Floats
    battle: Kernel
    reprisal: Kernel
    orders: tuple[OrderPlan, ...]
    events: tuple[EventPlan, ...]
    deployment_rule: int
    build_up_keep: float
    memory_keep: float

    def ticks(self, hours: float) -> float:
        """Hours as ticks, not rounded."""
        return hours / self.tick_hours


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
    clock = scenario.clock
    start = clock.start.replace(tzinfo=ZoneInfo(clock.timezone)).astimezone(UTC)
    n_ticks = round(clock.length / clock.tick)
    units = _units(scenario)
    shares = np.array([mode.weight for mode in scenario.modes.values()])
    shares = shares / shares.sum()
    mode_tables = tuple(
        _mode_table(mode, scenario.engagement.killed_limit) for mode in scenario.modes.values()
    )
    killed_tables = np.array([mode.target_killed for mode in mode_tables])
    _check_addresses(scenario)
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
        dyads=_dyads(scenario, units),
        mode_shares=np.cumsum(shares),
        modes=mode_tables,
        wounded_factors=tables.wounded_factors(scenario.engagement.wounded_shape),
        mark=tables.marks(shares, killed_tables, scenario.reprisal.by_severity),
        magnitude=tables.magnitudes(scenario.engagement.killed_limit),
        battle=_kernel(scenario.battle.half_life, clock.tick, n_ticks),
        reprisal=_kernel(scenario.reprisal.half_life, clock.tick, n_ticks),
        orders=tuple(_order_plans(scenario, start, units)),
        events=tuple(_event_plans(scenario, start)),
        deployment_rule=RULES[scenario.deployment.rule],
        build_up_keep=tables.keep_per_tick(scenario.deployment.build_up, clock.tick),
        memory_keep=tables.keep_per_tick(scenario.deployment.memory, clock.tick),
    )


def rivalry_levels(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Level of every directed dyad; one given direction holds both ways.

    Parameters
    ----------
    scenario : Scenario
        A checked scenario.

    Returns
    -------
    dict of (attacker, target) to float
        Levels above 0.
    """
    given = {
        (attacker, target): level
        for attacker, row in scenario.rivalry.items()
        for target, level in row.items()
    }
    both = {(b, a): level for (a, b), level in given.items()} | given
    return {pair: level for pair, level in both.items() if level > 0}


def canonical(value: Any) -> Any:
    """Sort every mapping by its keys, so that their order in a file cannot matter.

    Parameters
    ----------
    value : object
        A scenario, or a part of one.

    Returns
    -------
    object
        The same with sorted mappings.
    """
    if isinstance(value, BaseModel):
        fields = {name: canonical(getattr(value, name)) for name in type(value).model_fields}
        return value.model_copy(update=fields)
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value)}
    return value


def _labels(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    groups = tuple(scenario.groups)
    return {
        "province": tuple(scenario.provinces),
        "attacker": groups,
        "target": groups,
        "mode": tuple(scenario.modes),
        "cause": CAUSES,
        "order": (*scenario.orders, *scenario.calendar),
        "group": (*groups, ""),
        "action": ACTIONS,
    }


def _units(scenario: Scenario) -> Ints:
    """Rows (group, province, fighters, address) of units with fighters."""
    rows = [
        (g, p, group.fighters[province], address(name, province))
        for g, (name, group) in enumerate(scenario.groups.items())
        for p, province in enumerate(scenario.provinces)
        if group.fighters.get(province, 0) > 0
    ]
    return np.array(rows, np.int64).reshape(-1, 4)


def _dyads(scenario: Scenario, units: Ints) -> Dyads:
    names = tuple(scenario.groups)
    levels = rivalry_levels(scenario)
    unit_at = {(int(g), int(p)): u for u, (g, p, _, _) in enumerate(units)}
    keys = [
        (p, a, b)
        for p in range(len(scenario.provinces))
        for a in range(len(names))
        for b in range(len(names))
        if (names[a], names[b]) in levels and (a, p) in unit_at and (b, p) in unit_at
    ]
    index = {key: i for i, key in enumerate(keys)}
    borders = _borders(scenario)
    elsewhere = {
        key: tuple(i for other, i in index.items() if other[1:] == key[1:] and other != key)
        for key in keys
    }
    attacker = np.array([unit_at[a, p] for p, a, _ in keys], np.int64)
    return Dyads(
        attacker=attacker,
        target=np.array([unit_at[b, p] for p, _, b in keys], np.int64),
        province=np.array([p for p, _, _ in keys], np.int64),
        rivalry=np.array([levels[names[a], names[b]] for _, a, b in keys], float),
        agent_address=units[attacker, 3],
        rival_address=np.array([address(names[b]) for _, _, b in keys], np.int64),
        opposite=np.array([index.get((p, b, a), -1) for p, a, b in keys], np.int64),
        elsewhere=tuple(elsewhere[key] for key in keys),
        next_door=tuple(
            tuple(i for i in elsewhere[key] if (keys[i][0], key[0]) in borders) for key in keys
        ),
    )


def _borders(scenario: Scenario) -> set[tuple[int, int]]:
    position = {name: p for p, name in enumerate(scenario.provinces)}
    pairs = {
        (position[name], position[other])
        for name, province in scenario.provinces.items()
        for other in province.neighbours
    }
    return pairs | {(b, a) for a, b in pairs}


def _kernel(half_life: float, tick_hours: float, n_ticks: int) -> Kernel:
    keep = tables.keep_per_tick(half_life, tick_hours)
    return Kernel(keep, (1.0 - keep) / tick_hours, tables.kept_by_age(keep, n_ticks))


def _mode_table(mode: Mode, limit: int) -> ModeTable:
    return ModeTable(
        tables.severity(mode.target_killed.median, mode.target_killed.log_sd, limit),
        tables.severity(mode.attacker_killed.median, mode.attacker_killed.log_sd, limit),
        mode.wounded_per_killed,
        mode.wounded_base,
    )


def _hour_factors(scenario: Scenario) -> Floats:
    return np.array(
        [
            tables.hour_factors(scenario.hour_profiles.get(province.hour_profile))
            for province in scenario.provinces.values()
        ]
    )


def _event_plans(scenario: Scenario, start: datetime) -> list[EventPlan]:
    first = len(scenario.orders)
    return [
        EventPlan(key, first + i, _tick_of(scenario, start, e.at), e.probability, address(key))
        for i, (key, e) in enumerate(scenario.calendar.items())
    ]


def _order_plans(scenario: Scenario, start: datetime, units: Ints) -> list[OrderPlan]:
    enabled = [key for key, order in scenario.orders.items() if order.enabled]
    return [_order_plan(scenario, start, units, key, enabled) for key in enabled]


def _order_plan(
    scenario: Scenario, start: datetime, units: Ints, key: str, enabled: Sequence[str]
) -> OrderPlan:
    order, tick = scenario.orders[key], scenario.clock.tick
    trigger, when = order.trigger, order.trigger.when
    by_event = trigger.of in scenario.calendar
    mobilise = order if order.action == "mobilise" else None
    return OrderPlan(
        key=key,
        code=tuple(scenario.orders).index(key),
        address=address(key),
        group=tuple(scenario.groups).index(order.group),
        action=ACTIONS.index(order.action),
        delay=_delay(scenario, start, trigger),
        waits_for=_waits_for(trigger.of, tuple(scenario.calendar) if by_event else enabled),
        waits_for_event=by_event,
        own_killed=(when.own_killed or 0) if when else 0,
        rival_killed=(when.rival_killed or 0) if when else 0,
        window=max(1, round(when.within / tick)) if when else 0,
        again_after=_again_after(order, tick),
        units=tuple(_unit_orders(scenario, order, units)),
        mobilise=mobilise.attack_rate if mobilise else 0.0,
        mobilise_keep=tables.keep_per_tick(mobilise.attack_half_life, tick) if mobilise else 1.0,
    )


def _delay(scenario: Scenario, start: datetime, trigger: Trigger) -> int:
    if trigger.at is not None:
        return _tick_of(scenario, start, trigger.at)
    return math.ceil((trigger.after or 0.0) / scenario.clock.tick - 1e-9)


def _waits_for(name: str | None, names: Sequence[str]) -> int:
    if name is None:
        return START
    return names.index(name) if name in names else NOTHING


def _again_after(order: Order, tick_hours: float) -> float:
    if order.action != "mobilise" or order.again_after is None:
        return NEVER
    return order.again_after / tick_hours


def _unit_orders(scenario: Scenario, order: Order, units: Ints) -> list[UnitOrder]:
    provinces = tuple(scenario.provinces)
    group = tuple(scenario.groups).index(order.group)
    rows = []
    for u, (g, p, _, _) in enumerate(units):
        name = provinces[p]
        if g != group or not (order.provinces == "all" or name in order.provinces):
            continue
        if order.action == "mobilise":
            rows.append(UnitOrder(u, 0.0, 0.0, 1.0, 1.0))
            continue
        local = order.by_province.get(name)
        rows.append(_unit_order(u, _pace(order, local), scenario.clock.tick))
    return rows


def _pace(order: Obedience, local: LocalObedience | None) -> dict[str, float | None]:
    general = {name: getattr(order, name) for name in Obedience.model_fields}
    here = {name: getattr(local, name, None) for name in general}
    return general | {name: value for name, value in here.items() if value is not None}


def _unit_order(unit: int, pace: dict[str, float | None], tick_hours: float) -> UnitOrder:
    onset = pace["onset_half_life"] or 0.0
    if pace["deadline"] is not None:
        onset = min(onset, pace["deadline"] / 2)
    return UnitOrder(
        unit=unit,
        mean=pace["compliance"] or 0.0,
        spread=pace["spread"] or 0.0,
        onset_keep=tables.keep_per_tick(onset, tick_hours),
        loyalty_keep=tables.keep_per_tick(pace["relapse_half_life"] or NEVER, tick_hours),
    )


def _tick_of(scenario: Scenario, start: datetime, moment: datetime) -> int:
    """Tick in which a local time lies."""
    zone = ZoneInfo(scenario.clock.timezone)
    elapsed = moment.replace(tzinfo=zone).astimezone(UTC) - start
    return math.floor(elapsed / timedelta(hours=scenario.clock.tick))


def _check_addresses(scenario: Scenario) -> None:
    """Refuse keys whose draws would coincide."""
    unit_keys = [
        (name, province) for name, group in scenario.groups.items() for province in group.fighters
    ]
    for family in (
        unit_keys,
        [(name,) for name in scenario.groups],
        [(name,) for name in scenario.orders],
        [(name,) for name in scenario.calendar],
    ):
        for first, second in combinations(family, 2):
            if address(*first) == address(*second):
                raise WorldError(
                    f"{'/'.join(first)} and {'/'.join(second)} share a draw address;"
                    " rename one of these keys"
                )
