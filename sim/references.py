"""Checks of a scenario's provinces, groups, modes and orders against each other.

The scenario may be one with holes (`sim.partial`): whatever is None was reported before
and is passed over here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.findings import Finding, unknown_name
from sim.parameters import Scenario
from sim.places import Path
from sim.problems import list_names, show
from sim.timing import check_timing
from sim.units import format_duration

HOURS_OF_DAY = 24
FLAT = "flat"
_PROVINCE = "province of this scenario"
_GROUP = "group of this scenario"


def check_references(scenario: Scenario | Any) -> Iterator[Finding]:
    """Check everything that the models cannot see in one value alone.

    Parameters
    ----------
    scenario : Scenario
        A scenario, or one with holes.

    Yields
    ------
    Finding
        One for each value that cannot be right.
    """
    yield from _check_hour_profiles(scenario.hour_profiles)
    yield from _check_provinces(scenario)
    yield from _check_fighters(scenario)
    yield from _check_rivalry(scenario)
    yield from _check_modes(scenario.modes)
    yield from _check_shock(scenario.national_shock)
    yield from _check_deployment(scenario)
    for name, order in (scenario.orders or {}).items():
        if order is not None:
            yield from _check_order(scenario, ("orders", name), order)
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
            yield unknown_name(at, neighbour, others, _PROVINCE)
    yield from _check_twice((*path, "neighbours"), neighbours or [])


def _check_twice(path: Path, names: list[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding((*path, index), "is listed twice", show(name))


def _check_profile_name(path: Path, province: Any, scenario: Any) -> Iterator[Finding]:
    name, profiles = province.hour_profile, scenario.hour_profiles
    if name is not None and profiles is not None and name != FLAT and name not in profiles:
        yield unknown_name(path, name, [FLAT, *profiles], "hour profile")


def _check_fighters(scenario: Any) -> Iterator[Finding]:
    if scenario.provinces is None:
        return
    for name, group in (scenario.groups or {}).items():
        for province in (group.fighters if group else None) or ():
            if province not in scenario.provinces:
                path = ("groups", name, "fighters", province)
                yield unknown_name(path, province, scenario.provinces, _PROVINCE, at_key=True)


def _nowhere(group: Any) -> bool:
    return group is not None and group.fighters is not None and not _has_unit(group.fighters)


def _has_unit(fighters: dict[str, int | None]) -> bool:
    return any(count is None or count > 0 for count in fighters.values())


def _check_rivalry(scenario: Any) -> Iterator[Finding]:
    groups = scenario.groups
    for attacker, targets in (scenario.rivalry or {}).items():
        path: Path = ("rivalry", attacker)
        if groups is not None:
            yield from _check_rival(path, attacker, groups, any((targets or {}).values()))
        for target, level in (targets or {}).items():
            if groups is not None:
                yield from _check_rival((*path, target), target, groups, bool(level))
            yield from _check_pair((*path, target), attacker, target, groups or {}, level)


def _check_rival(path: Path, name: str, groups: dict[str, Any], active: bool) -> Iterator[Finding]:
    if name not in groups:
        yield unknown_name(path, name, groups, _GROUP, at_key=True)
    elif active and _nowhere(groups[name]):
        yield _nowhere_finding(path, name, groups, at_key=True)


def _nowhere_finding(
    path: Path, name: str, groups: dict[str, Any], *, at_key: bool = False
) -> Finding:
    present = [key for key, group in groups.items() if not _nowhere(group)]
    message = "is a group that is nowhere: it has no fighters in any province"
    return Finding(path, message, show(name), list_names(present), at_key=at_key)


def _check_pair(
    path: Path, attacker: str, target: str, groups: dict[str, Any], level: float | None
) -> Iterator[Finding]:
    if attacker == target:
        yield Finding(path, "a group is not its own rival", show(target), at_key=True)
        return
    first, second = groups.get(attacker), groups.get(target)
    if level and first and second and first.bloc is not None and first.bloc == second.bloc:
        message = f"'{attacker}' and '{target}' are allies in the bloc '{first.bloc}'"
        yield Finding(path, f"{message}; allies do not fight", f"{level:g}", "0")


def _check_modes(modes: dict[str, Any] | None) -> Iterator[Finding]:
    weights = [None if mode is None else mode.weight for mode in (modes or {}).values()]
    if weights and all(weight == 0 for weight in weights):
        yield Finding(("modes",), "need at least one mode with a weight above 0", at_key=True)


def _check_shock(shock: Any) -> Iterator[Finding]:
    if shock is None or shock.lag_min is None or shock.lag_max is None:
        return
    if shock.lag_min > shock.lag_max:
        message = "the shortest lag is longer than the longest, national_shock.lag_max"
        got, most = format_duration(shock.lag_min), format_duration(shock.lag_max)
        yield Finding(("national_shock", "lag_min"), message, got, f"up to {most}")


def _check_deployment(scenario: Any) -> Iterator[Finding]:
    deployment = scenario.deployment
    plan = deployment.plan if deployment else None
    if plan is None:
        return
    path: Path = ("deployment", "plan")
    for province in plan:
        if scenario.provinces is not None and province not in scenario.provinces:
            yield unknown_name(
                (*path, province), province, scenario.provinces, _PROVINCE, at_key=True
            )
    total = sum(count or 0 for count in plan.values())
    if deployment.reserve is not None and total > deployment.reserve:
        message = "the plan sends more persons than deployment.reserve holds"
        yield Finding(path, message, str(total), f"up to {deployment.reserve}", at_key=True)
    if deployment.rule == "fixed_plan" and not plan:
        message = "the rule fixed_plan needs persons for at least one province in deployment.plan"
        yield Finding(("deployment", "rule"), message, "'fixed_plan' and an empty plan")


def _check_order(scenario: Any, path: Path, order: Any) -> Iterator[Finding]:
    groups = scenario.groups
    group = None
    if groups is not None and order.group is not None:
        if order.group not in groups:
            yield unknown_name((*path, "group"), order.group, groups, _GROUP)
        elif order.enabled and _nowhere(groups[order.group]):
            yield _nowhere_finding((*path, "group"), order.group, groups)
        else:
            group = groups[order.group]
    if scenario.provinces is not None and order.provinces is not None:
        yield from _check_order_provinces(path, order, group, scenario.provinces)


def _check_order_provinces(
    path: Path, order: Any, group: Any, provinces: dict[str, Any]
) -> Iterator[Finding]:
    listed = list(provinces) if order.provinces == "all" else order.provinces
    at = (*path, "provinces")
    for index, name in enumerate(listed):
        if name not in provinces:
            yield unknown_name((*at, index), name, provinces, _PROVINCE)
    yield from _check_twice(at, listed)
    fighters = group.fighters if group else None
    if order.enabled and fighters and _has_unit(fighters) and all(n in provinces for n in listed):
        where = {name: count for name, count in fighters.items() if name in listed}
        if not _has_unit(where):
            present = [name for name, count in fighters.items() if count != 0]
            got = list_names(listed) or "[]"
            message = f"the group '{order.group}' has no unit in any of them"
            yield Finding(at, message, got, list_names(present))
    for name in getattr(order, "by_province", None) or {}:
        if name not in listed:
            at_name = (*path, "by_province", name)
            yield unknown_name(at_name, name, listed, "province of the order", at_key=True)
