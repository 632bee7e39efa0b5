"""A world's tables as plain Python numbers, for the interpreted engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sim.world import World, rivalry_levels
from sim.world.orders import PATRONS
from sim.world.shapes import ModeTable


@dataclass(frozen=True)
class PlainMode:
    """One attack mode; see `sim.world.shapes.ModeTable`."""

    weight: float
    needs: int
    commander_share: float
    target_killed: list[float]
    attacker_killed: list[float]
    wounded_per_killed: float
    wounded_base: float


@dataclass(frozen=True)
class Plain:
    """Tables as lists and durations as ticks.

    ``stance_effects[stance]`` are attacks per attack in the same battle and as reprisal,
    0 where that mechanism is switched off. ``rivals[group]`` are groups it has a rivalry
    with, ``patron[group]`` its patron's stance, ``favoured[group]`` whether the security
    force favours its bloc. ``vendetta_mode`` is -1 when debts are paid in any mode.
    """

    hours: list[int]
    modes: list[PlainMode]
    vendetta_mode: int
    wounded_factors: list[float]
    mark: list[float]
    magnitude: list[float]
    security_fire: list[float]
    security_losses: list[float]
    battle_kept: list[float]
    reprisal_kept: list[float]
    offices_kept: list[float]
    unasked_kept: list[float]
    deadlock: list[float]
    stance_effects: list[tuple[float, float]]
    rivals: list[list[int]]
    patron: list[int]
    favoured: list[bool]
    unit_address: list[int]
    rival_address: list[int]
    opposite: list[int]
    shock_lag: tuple[float, float]
    alarm_window: int
    lag_ticks: float
    return_ticks: float
    separation_pause: float
    mediation_pause: float
    lapse_ticks: float


@lru_cache(maxsize=8)
def of(world: World) -> Plain:
    """Plain numbers of a world, made once.

    Parameters
    ----------
    world : World
        The world.

    Returns
    -------
    Plain
        Its tables.
    """
    scenario, casualties = world.scenario, world.casualties
    shock, deployment = scenario.national_shock, scenario.deployment
    groups = scenario.groups.values()
    mode = scenario.vendetta.mode
    return Plain(
        hours=world.hour.tolist(),
        modes=[_mode(table) for table in casualties.modes],
        vendetta_mode=-1 if mode is None else tuple(scenario.modes).index(mode),
        wounded_factors=casualties.wounded_factors.tolist(),
        mark=casualties.mark.tolist(),
        magnitude=casualties.magnitude.tolist(),
        security_fire=casualties.security_fire.tolist(),
        security_losses=casualties.security_losses.tolist(),
        battle_kept=world.battle.kept.tolist(),
        reprisal_kept=world.reprisal.kept.tolist(),
        offices_kept=world.fading.offices.tolist(),
        unasked_kept=world.fading.unasked.tolist(),
        deadlock=world.politics.deadlock.tolist(),
        stance_effects=_stance_effects(world),
        rivals=_rivals(world),
        patron=[PATRONS[g.patron] * scenario.patronage.enabled for g in groups],
        favoured=[g.bloc == scenario.third_side.favours for g in groups],
        unit_address=world.unit_address.tolist(),
        rival_address=world.dyads.rival_address.tolist(),
        opposite=world.dyads.opposite.tolist(),
        shock_lag=(world.ticks(shock.lag_min), world.ticks(shock.lag_max)),
        alarm_window=max(1, round(world.ticks(deployment.alarm_window))),
        lag_ticks=world.ticks(deployment.lag),
        return_ticks=world.ticks(deployment.return_after),
        separation_pause=world.ticks(scenario.separation.pause),
        mediation_pause=world.ticks(scenario.mediation.pause),
        lapse_ticks=world.ticks(scenario.stances.mobilisation_lapse),
    )


def _stance_effects(world: World) -> list[tuple[float, float]]:
    scenario, stances = world.scenario, world.scenario.stances
    battle, reprisal = float(scenario.battle.enabled), float(scenario.reprisal.enabled)
    in_order = (stances.quiet, stances.mobilised, stances.stand_down)
    return [(stance.battle * battle, stance.reprisal * reprisal) for stance in in_order]


def _mode(mode: ModeTable) -> PlainMode:
    return PlainMode(
        mode.weight,
        mode.needs,
        mode.commander_share,
        mode.target_killed.tolist(),
        mode.attacker_killed.tolist(),
        mode.wounded_per_killed,
        mode.wounded_base,
    )


def _rivals(world: World) -> list[list[int]]:
    names = tuple(world.scenario.groups)
    levels = rivalry_levels(world.scenario)
    return [
        [r for r, rival in enumerate(names) if (name, rival) in levels or (rival, name) in levels]
        for name in names
    ]
