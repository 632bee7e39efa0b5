"""Checks of a scenario's parts against each other; here provinces, modes and deployment.

The scenario may be one with holes (`sim.scenario.partial`): whatever is None was reported before
and is passed over here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.parameters import Scenario
from sim.scenario.findings import (
    PROVINCE,
    Finding,
    listed_twice,
    unknown_name,
    unknown_provinces,
)
from sim.scenario.group_checks import check_groups
from sim.scenario.order_checks import check_orders
from sim.scenario.places import Path
from sim.scenario.politics_checks import check_politics
from sim.scenario.problems import show
from sim.scenario.timing import check_moment, check_timing, span_of
from sim.units import format_duration

HOURS_OF_DAY = 24
FLAT = "flat"


def check_references(scenario: Scenario | Any) -> Iterator[Finding]:
    """Check everything that the models cannot see in one value alone."""
    yield from _check_hour_profiles(scenario.hour_profiles)
    yield from _check_provinces(scenario)
    yield from check_groups(scenario)
    yield from _check_modes(scenario.modes)
    yield from _check_lags(scenario)
    yield from _check_where_and_when(scenario)
    yield from _check_deployment(scenario)
    yield from check_orders(scenario)
    yield from check_politics(scenario)
    yield from check_timing(scenario)


def _check_hour_profiles(profiles: dict[str, Any] | None) -> Iterator[Finding]:
    for name, values in (profiles or {}).items():
        path = ("hour_profiles", name)
        if name == FLAT:
            message = "is the name of the built-in profile; choose another"
            yield Finding(path, message, show(name), at_key=True)
        if values is None:
            continue
        if len(values) != HOURS_OF_DAY:
            got = f"{len(values)} values"
            yield Finding(path, "needs one value for each hour of the day", got, "24 values")
        elif not any(values):
            yield Finding(path, "needs at least one hour with activity", "24 times 0")


def _check_provinces(scenario: Any) -> Iterator[Finding]:
    provinces = scenario.provinces or {}
    tiles: dict[tuple[int, ...], str] = {}
    capital = ""
    for name, province in provinces.items():
        path = ("provinces", name)
        if province is None:
            continue
        yield from _check_neighbours(path, name, province.neighbours, provinces)
        yield from _check_profile_name((*path, "hour_profile"), province, scenario)
        if province.tile is not None:
            tile = tuple(province.tile)
            if tile in tiles:
                message = f"is the tile of '{tiles[tile]}' too; each province needs its own"
                yield Finding((*path, "tile"), message, show_tile(tile))
            tiles.setdefault(tile, name)
        if province.capital and capital:
            message = f"'{capital}' and '{name}' are both the capital; only one province can be"
            yield Finding((*path, "capital"), message, "true")
        capital = capital or (name if province.capital else "")


def show_tile(tile: tuple[int, ...]) -> str:
    """Write a tile as the file does."""
    return f"[{', '.join(str(index) for index in tile)}]"


def _check_neighbours(
    path: Path, name: str, neighbours: list[str] | None, provinces: dict[str, Any]
) -> Iterator[Finding]:
    for index, neighbour in enumerate(neighbours or ()):
        at = (*path, "neighbours", index)
        if neighbour == name:
            yield Finding(at, "a province is not its own neighbour", show(neighbour))
        elif neighbour not in provinces:
            others = [other for other in provinces if other != name]
            yield unknown_name(at, neighbour, others, PROVINCE)
    yield from listed_twice((*path, "neighbours"), neighbours or [])


def _check_profile_name(path: Path, province: Any, scenario: Any) -> Iterator[Finding]:
    name, profiles = province.hour_profile, scenario.hour_profiles
    if name is not None and profiles is not None and name != FLAT and name not in profiles:
        yield unknown_name(path, name, [FLAT, *profiles], "hour profile")


def _check_modes(modes: dict[str, Any] | None) -> Iterator[Finding]:
    used = [mode for mode in (modes or {}).values() if mode is None or mode.weight != 0]
    if modes and not used:
        yield Finding(("modes",), "need at least one mode with a weight above 0", at_key=True)
    elif used and all(mode and mode.needs in ("office", "crowd", "battle") for mode in used):
        message = "need at least one mode with a weight above 0 that needs nothing"
        yield Finding(("modes",), message, at_key=True)


def _check_lags(scenario: Any) -> Iterator[Finding]:
    for name in Scenario.model_fields:
        group = getattr(scenario, name)
        shortest, longest = getattr(group, "lag_min", None), getattr(group, "lag_max", None)
        if shortest is not None and longest is not None and shortest > longest:
            message = f"the shortest lag is longer than the longest, {name}.lag_max"
            got, most = format_duration(shortest), format_duration(longest)
            yield Finding((name, "lag_min"), message, got, f"up to {most}")


def _check_where_and_when(scenario: Any) -> Iterator[Finding]:
    """Check the provinces and the dates that groups of parameters name, whatever they are about.

    Orders and the calendar have checks of their own, and a truce may begin before the run.
    """
    span = span_of(scenario.clock)
    for section in set(Scenario.model_fields) - {"orders", "calendar", "groups", "provinces"}:
        value = getattr(scenario, section)
        for path, group in _groups((section,), value):
            names, at = getattr(group, "provinces", None), getattr(group, "at", None)
            if isinstance(names, list) and scenario.provinces:
                yield from unknown_provinces((*path, "provinces"), names, scenario.provinces)
                yield from listed_twice((*path, "provinces"), names)
            inside = getattr(group, "enabled", True) is not False
            yield from check_moment((*path, "at"), at, span, inside=inside)


def _groups(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Give a group, or the groups in a mapping."""
    if isinstance(value, dict):
        yield from (((*path, key), inner) for key, inner in value.items() if inner is not None)
    elif value is not None:
        yield path, value


def _check_deployment(scenario: Any) -> Iterator[Finding]:
    deployment = scenario.deployment
    plan = deployment.plan if deployment else None
    if plan is None:
        return
    path: Path = ("deployment", "plan")
    for province in plan:
        if scenario.provinces is not None and province not in scenario.provinces:
            yield unknown_name(
                (*path, province), province, scenario.provinces, PROVINCE, at_key=True
            )
    total = sum(count or 0 for count in plan.values())
    if deployment.reserve is not None and total > deployment.reserve:
        message = "the plan sends more persons than deployment.reserve holds"
        yield Finding(path, message, str(total), f"up to {deployment.reserve}", at_key=True)
    if deployment.rule == "fixed_plan" and not plan:
        message = "the rule fixed_plan needs persons for at least one province in deployment.plan"
        yield Finding(("deployment", "rule"), message, "'fixed_plan' and an empty plan")
