"""A world's tables as the arrays and records that the compiled engine reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from sim.compiled import layout
from sim.compiled.layout import LONG_AGO, NOT_YET, Records, Tables
from sim.model import plain
from sim.model.plain import Plain
from sim.tables import Ints
from sim.world import World
from sim.world.shapes import OrderPlan, Spell


@lru_cache(maxsize=16)
def flatten(world: World) -> Tables:
    """Lay out a world, once.

    Parameters
    ----------
    world : World
        The world.

    Returns
    -------
    Tables
        Numbers only; nothing in it is written to by a run.
    """
    numbers, plans = plain.of(world), sorted(world.orders, key=lambda plan: plan.group)
    dyads, groups = world.dyads, len(world.scenario.groups)
    rivals = np.zeros((groups, groups), np.bool_)
    for group, others in enumerate(numbers.rivals):
        rivals[group, others] = True
    made = Tables(
        settings=_settings(world, numbers),
        units=_units(world),
        feuds=_feuds(world),
        forces=_forces(world),
        **_orders(plans),
        **_politics(world),
        debts=_records(layout.DEBT, ((plan.dyad, plan.address) for plan in world.debts)),
        **_casualties(world),
        battle_kept=world.battle.kept,
        reprisal_kept=world.reprisal.kept,
        offices_kept=world.fading.offices,
        unasked_kept=world.fading.unasked,
        hour=world.hour,
        hour_factor=world.hour_factor,
        stance_effects=np.array(numbers.stance_effects, np.float64),
        patron=np.array(numbers.patron, np.int64),
        favoured=np.array(numbers.favoured, np.bool_),
        rivals=rivals,
        **_lists("elsewhere", dyads.elsewhere),
        **_lists("next_door", dyads.next_door),
        agent_address=dyads.agent_address,
        rival_address=dyads.rival_address,
        rivalry=dyads.rivalry,
    )
    # Compiled for arrays that can be written to; tables that are shared cannot, and are copied.
    return Tables(*map(_writeable, made))


def _writeable(array: Any) -> Any:
    return np.require(array, requirements=["C", "W"])


def _records(kind: np.dtype[Any], rows: Iterable[tuple[Any, ...]]) -> Records:
    return np.array(list(rows), kind)


def _filled(kind: np.dtype[Any], number: int, **columns: Any) -> Records:
    """Make records that are zero but for some fields."""
    records = np.zeros(number, kind)
    for name, values in columns.items():
        records[name] = values
    return records


def _settings(world: World, numbers: Plain) -> Records:
    scenario, labels = world.scenario, world.labels
    deployment, third = scenario.deployment, scenario.third_side
    return _filled(
        layout.SETTINGS,
        1,
        n_ticks=world.n_ticks,
        vendetta_mode=numbers.vendetta_mode,
        deployment_rule=world.deployment_rule,
        deadlock_ends=world.politics.deadlock_ends,
        alarm_killed=deployment.alarm_killed,
        alarm_window=numbers.alarm_window,
        no_order=len(labels["order"]) - 1,
        nobody=len(labels["group"]) - 1,
        nowhere=len(labels["province"]) - 1,
        tick_hours=world.tick_hours,
        battle_keep=world.battle.keep,
        battle_height=world.battle.height,
        reprisal_keep=world.reprisal.keep,
        reprisal_height=world.reprisal.height,
        build_up=world.fading.build_up,
        casualties=world.fading.casualties,
        debt_rate=world.fading.debt_rate,
        growth=scenario.patronage.growth,
        stand_down=scenario.stances.stand_down_compliance,
        crowd_weight=scenario.crowds.weight,
        withdrawn_exposure=scenario.engagement.withdrawn_exposure,
        closed_share=scenario.offices.closed_share,
        restraint=scenario.provocation.restraint,
        background_rate=scenario.engagement.background_rate,
        reference_fighters=scenario.engagement.reference_fighters,
        opportunity_limit=scenario.engagement.opportunity_limit,
        third_side=third.probability,
        spillover=scenario.spillover.share,
        shock=scenario.national_shock.strength,
        lag_min=numbers.shock_lag[0],
        lag_max=numbers.shock_lag[1],
        vendetta_paid=scenario.vendetta.paid,
        reserve=deployment.reserve,
        ceiling=deployment.ceiling,
        deterrence=scenario.deterrence.strength,
        separation_presence=scenario.separation.presence,
        separation_pause=numbers.separation_pause,
        lag_ticks=numbers.lag_ticks,
        return_ticks=numbers.return_ticks,
        mediation_presence=scenario.mediation.presence,
        mediation_pause=numbers.mediation_pause,
        mediation_factor=scenario.mediation.reprisal_factor,
        lapse_ticks=numbers.lapse_ticks,
        provocation=scenario.provocation.enabled,
        offices=scenario.offices.enabled,
        third_side_enabled=third.enabled,
        unasked=scenario.stances.unasked,
        spillover_enabled=scenario.spillover.enabled,
        shock_enabled=scenario.national_shock.enabled,
        vendetta=scenario.vendetta.enabled,
        deterrence_enabled=scenario.deterrence.enabled,
        separation=scenario.separation.enabled,
    )


def _units(world: World) -> Records:
    scenario, number = world.scenario, len(world.unit_group)
    groups, provinces = tuple(scenario.groups.values()), tuple(scenario.provinces)
    where = [
        (groups[group], provinces[province])
        for group, province in zip(world.unit_group, world.unit_province, strict=True)
    ]
    return _filled(
        layout.UNIT,
        number,
        group=world.unit_group,
        province=world.unit_province,
        address=world.unit_address,
        first=np.searchsorted(_place(world, world.dyads.attacker), _place(world), "left"),
        last=np.searchsorted(_place(world, world.dyads.attacker), _place(world), "right"),
        fighters=world.unit_fighters,
        offices=[facts.offices == "all" or key in facts.offices for facts, key in where],
        commanders=[facts.commanders.get(key, 0) for facts, key in where],
        stirred=True,
        mobilisation_keep=1.0,
        reluctance=1.0,
        loyalty=1.0,
        unit_order=NOT_YET,
        plan=NOT_YET,
        **dict.fromkeys(("mobilised_at", "order_at", "restrained_at", "closed_at"), LONG_AGO),
    )


def _place(world: World, units: Ints | None = None) -> Ints:
    """Where units stand in the canonical order of attackers: by province, then group."""
    place = world.unit_province * len(world.scenario.groups) + world.unit_group
    return place if units is None else place[units]


def _feuds(world: World) -> Records:
    dyads = world.dyads
    room = _room_for_debts(world)
    return _filled(
        layout.FEUD,
        len(dyads.attacker),
        unit=dyads.attacker,
        rival=dyads.target,
        province=dyads.province,
        rival_address=dyads.rival_address,
        opposite=dyads.opposite,
        rivalry=dyads.rivalry,
        first_memory=NOT_YET,
        last_memory=NOT_YET,
        debts_from=np.cumsum(room) - room,
        unanswered_at=NOT_YET,
    )


def _room_for_debts(world: World) -> Ints:
    """Most debts that each dyad can hold: one per own commander, and those from before."""
    commanders = _units(world)["commanders"] if len(world.unit_group) else np.zeros(0, np.int64)
    room = commanders[world.dyads.attacker].astype(np.int64)
    for plan in world.debts:
        room[plan.dyad] += 1
    return room


def room_for_debts(world: World) -> int:
    """Give the number of places that a run needs for debts.

    Parameters
    ----------
    world : World
        The world.

    Returns
    -------
    int
        0 or more.
    """
    return int(_room_for_debts(world).sum())


def _forces(world: World) -> Records:
    scenario = world.scenario
    provinces, mediation = scenario.provinces, scenario.mediation
    return _filled(
        layout.FORCE,
        len(provinces),
        population=[province.population for province in provinces.values()],
        authority=[province.authority for province in provinces.values()],
        capital=[province.capital for province in provinces.values()],
        base=[province.presence for province in provinces.values()],
        planned=[scenario.deployment.plan.get(key, 0) for key in provinces],
        mediator=[
            mediation.enabled and (mediation.provinces == "all" or key in mediation.provinces)
            for key in provinces
        ],
        alarm_since=NOT_YET,
        **dict.fromkeys(
            ("last_engagement", "last_death", "battle_ended_at", "mediated_at"), LONG_AGO
        ),
    )


def _orders(plans: Sequence[OrderPlan]) -> dict[str, Records]:
    ends = np.cumsum([len(plan.units) for plan in plans])
    rows = _filled(
        layout.PLAN,
        len(plans),
        last=ends,
        first=[end - len(plan.units) for end, plan in zip(ends, plans, strict=True)],
    )
    for name in layout.PLAN.names or ():
        if name not in ("first", "last"):
            rows[name] = [getattr(plan, name) for plan in plans]
    names = layout.UNIT_ORDER.names or ()
    units = [tuple(getattr(order, n) for n in names) for plan in plans for order in plan.units]
    return {"plans": rows, "unit_orders": _records(layout.UNIT_ORDER, units)}


def _politics(world: World) -> dict[str, Any]:
    politics = world.politics
    branches = [branch for event in politics.events for branch in event.branches]
    ends = np.cumsum([len(event.branches) for event in politics.events])
    cumulative = [chance for event in politics.events for chance in event.cumulative]
    effects = [branch.effect for branch in branches]
    return {
        "events": _records(
            layout.EVENT,
            (
                (event.moment, event.tick, event.address, end - len(event.branches), end)
                for event, end in zip(politics.events, ends, strict=True)
            ),
        ),
        "branches": _records(
            layout.BRANCH, ((b.code, b.moment, b.again_after, b.keep) for b in branches)
        ),
        "cumulative": np.array(cumulative, np.float64),
        "effects": np.array(effects, np.float64).reshape(len(branches), len(politics.blocs)),
        "calls": _records(layout.SPELL, map(_spell, politics.calls)),
        "truces": _records(layout.SPELL, map(_spell, politics.truces)),
        "deadlock": politics.deadlock,
        "group_bloc": np.array(politics.group_bloc, np.int64),
    }


def _spell(spell: Spell) -> tuple[int, int, float, float]:
    return spell.code, spell.tick, spell.lasts, spell.factor


def _casualties(world: World) -> dict[str, Any]:
    casualties = world.casualties
    names = layout.MODE.names or ()
    rows = (tuple(getattr(mode, name) for name in names) for mode in casualties.modes)
    return {
        "modes": _records(layout.MODE, rows),
        "target_killed": np.array([mode.target_killed for mode in casualties.modes]),
        "attacker_killed": np.array([mode.attacker_killed for mode in casualties.modes]),
        "wounded_factors": casualties.wounded_factors,
        "mark": casualties.mark,
        "magnitude": casualties.magnitude,
        "security_fire": casualties.security_fire,
        "security_losses": casualties.security_losses,
    }


def _lists(name: str, lists: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Put lists of dyads end to end, and note where each begins."""
    return {
        name: np.array([dyad for each in lists for dyad in each], np.int64),
        f"{name}_at": np.cumsum([0, *map(len, lists)], dtype=np.int64),
    }
