"""A world's tables as plain Python numbers, for the interpreted engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sim.world import ModeTable, World, rivalry_levels


@dataclass(frozen=True)
class PlainMode:
    """One attack mode; see `sim.world.ModeTable`."""

    target_killed: list[float]
    attacker_killed: list[float]
    wounded_per_killed: float
    wounded_base: float


@dataclass(frozen=True)
class Plain:
    """Tables as lists and durations as ticks.

    ``stance_effects[stance]`` are attacks per attack in the same battle and as reprisal,
    0 where that mechanism is switched off. ``rivals[group]`` are groups it has a rivalry
    with.
    """

    hours: list[int]
    mode_shares: list[float]
    modes: list[PlainMode]
    wounded_factors: list[float]
    mark: list[float]
    magnitude: list[float]
    battle_kept: list[float]
    reprisal_kept: list[float]
    stance_effects: list[tuple[float, float]]
    rivals: list[list[int]]
    unit_address: list[int]
    rival_address: list[int]
    opposite: list[int]
    shock_lag: tuple[float, float]
    alarm_window: int
    lag_ticks: float
    return_ticks: float
    pause_ticks: float
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
    scenario = world.scenario
    shock, stances = scenario.national_shock, scenario.stances
    on = (float(scenario.battle.enabled), float(scenario.reprisal.enabled))
    in_order = (stances.quiet, stances.mobilised, stances.stand_down)
    return Plain(
        hours=world.hour.tolist(),
        mode_shares=world.mode_shares.tolist(),
        modes=[_mode(mode) for mode in world.modes],
        wounded_factors=world.wounded_factors.tolist(),
        mark=world.mark.tolist(),
        magnitude=world.magnitude.tolist(),
        battle_kept=world.battle.kept.tolist(),
        reprisal_kept=world.reprisal.kept.tolist(),
        stance_effects=[(s.battle * on[0], s.reprisal * on[1]) for s in in_order],
        rivals=_rivals(world),
        unit_address=world.unit_address.tolist(),
        rival_address=world.dyads.rival_address.tolist(),
        opposite=world.dyads.opposite.tolist(),
        shock_lag=(world.ticks(shock.lag_min), world.ticks(shock.lag_max)),
        alarm_window=max(1, round(world.ticks(scenario.deployment.alarm_window))),
        lag_ticks=world.ticks(scenario.deployment.lag),
        return_ticks=world.ticks(scenario.deployment.return_after),
        pause_ticks=world.ticks(scenario.separation.pause),
        lapse_ticks=world.ticks(stances.mobilisation_lapse),
    )


def _mode(mode: ModeTable) -> PlainMode:
    return PlainMode(
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
