"""Checks of a scenario's parts against each other; here provinces, modes and deployment.

All of them take a scenario whose types and bounds are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.parameters import ArmedGroup, Mode, Province, Scenario
from sim.scenario.findings import (
    PROVINCE,
    Finding,
    check_list,
    listed_twice,
    unknown_keys,
    unknown_name,
)
from sim.scenario.force_checks import check_forces
from sim.scenario.group_checks import check_groups
from sim.scenario.order_checks import check_orders
from sim.scenario.places import Path
from sim.scenario.politics_checks import check_politics
from sim.scenario.problems import show
from sim.scenario.timing import Span, check_moment, check_timing, span_of
from sim.units import format_duration

HOURS_OF_DAY = 24
FLAT = "flat"
_CHECKED_APART = {"orders", "calendar", "groups", "provinces"}


def check_references(scenario: Scenario) -> Iterator[Finding]:
    """Check everything that the models cannot see in one value alone."""
    span = span_of(scenario.clock)
    yield from _check_lines(scenario)
    yield from _check_labels("provinces", scenario.provinces)
    yield from _check_labels("groups", scenario.groups)
    yield from _check_hour_profiles(scenario.hour_profiles)
    yield from _check_provinces(scenario)
    yield from check_groups(scenario)
    yield from _check_modes(scenario.modes)
    yield from _check_lags(scenario)
    yield from _check_where_and_when(scenario, span)
    yield from _check_deployment(scenario)
    yield from check_orders(scenario)
    yield from check_forces(scenario, span)
    yield from check_politics(scenario, span)
    yield from check_timing(scenario, span)


def _check_lines(scenario: Scenario) -> Iterator[Finding]:
    """Check that what stands in one line of figures and messages is one line."""
    texts: list[tuple[Path, str]] = [(("title",), scenario.title)]
    for section, value in scenario:
        labels = ((path, _said(group, "label")) for path, group in _groups((section,), value))
        texts += [((*path, "label"), label) for path, label in labels if label is not None]
    for path, text in texts:
        if text and text.splitlines() != [text]:
            message = "has a line break; in a file '>-' joins lines to one"
            yield Finding(path, message, show(text), "one line")


def _check_labels(section: str, named: Mapping[str, Province | ArmedGroup]) -> Iterator[Finding]:
    """Check that figures and event tables can tell provinces, and groups, apart by their labels."""
    first: dict[str, str] = {}
    for key, each in named.items():
        other = first.setdefault(each.label.casefold(), key)
        if other != key:
            message = f"is the label of '{other}' too; figures and event tables go by labels"
            yield Finding((section, key, "label"), message, show(each.label))


def _check_hour_profiles(profiles: dict[str, list[float]]) -> Iterator[Finding]:
    for name, values in profiles.items():
        path = ("hour_profiles", name)
        if name == FLAT:
            message = "is the name of the built-in profile; choose another"
            yield Finding(path, message, show(name), at_key=True)
        if len(values) != HOURS_OF_DAY:
            got = f"{len(values)} values"
            yield Finding(path, "needs one value for each hour of the day", got, "24 values")
        elif not any(values):
            yield Finding(path, "needs at least one hour with activity", "24 times 0")


def _check_provinces(scenario: Scenario) -> Iterator[Finding]:
    tiles: dict[tuple[int, ...], str] = {}
    capital = ""
    for name, province in scenario.provinces.items():
        path: Path = ("provinces", name)
        others = [other for other in scenario.provinces if other != name]
        yield from _check_neighbours((*path, "neighbours"), name, province.neighbours, others)
        profiles = [FLAT, *scenario.hour_profiles]
        if province.hour_profile not in profiles:
            at = (*path, "hour_profile")
            yield unknown_name(at, province.hour_profile, profiles, "hour profile")
        tile = tuple(province.tile)
        if tile in tiles:
            message = f"is the tile of '{tiles[tile]}' too; each province needs its own"
            yield Finding((*path, "tile"), message, str(province.tile))
        tiles.setdefault(tile, name)
        if province.capital and capital:
            message = f"'{capital}' and '{name}' are both the capital; only one province can be"
            yield Finding((*path, "capital"), message, "true")
        capital = capital or (name if province.capital else "")


def _check_neighbours(
    path: Path, name: str, neighbours: list[str], others: list[str]
) -> Iterator[Finding]:
    for index, neighbour in enumerate(neighbours):
        if neighbour == name:
            yield Finding((*path, index), "a province is not its own neighbour", show(name))
        elif neighbour not in others:
            yield unknown_name((*path, index), neighbour, others, PROVINCE)
    yield from listed_twice(path, neighbours)


def _check_modes(modes: dict[str, Mode]) -> Iterator[Finding]:
    used = [mode for mode in modes.values() if mode.weight]
    if not used:
        yield Finding(("modes",), "need at least one mode with a weight above 0", at_key=True)
    elif all(mode.needs != "nothing" for mode in used):
        message = "need at least one mode with a weight above 0 that needs nothing"
        yield Finding(("modes",), message, at_key=True)


def _check_lags(scenario: Scenario) -> Iterator[Finding]:
    for name, group in scenario:
        shortest, longest = _said(group, "lag_min", 0.0), _said(group, "lag_max", 0.0)
        if shortest > longest:
            message = f"the shortest lag is longer than the longest, {name}.lag_max"
            got, most = format_duration(shortest), format_duration(longest)
            yield Finding((name, "lag_min"), message, got, f"up to {most}")


def _check_where_and_when(scenario: Scenario, span: Span) -> Iterator[Finding]:
    """Check the provinces and the dates that groups of parameters name, whatever they are about.

    Orders and the calendar have checks of their own, and a truce may begin before the run.
    """
    for section, value in scenario:
        if section not in _CHECKED_APART:
            for path, group in _groups((section,), value):
                names = _said(group, "provinces", "all")
                yield from check_list((*path, "provinces"), names, scenario.provinces)
                inside = _said(group, "enabled", True)
                yield from check_moment((*path, "at"), _said(group, "at"), span, inside=inside)


def _groups(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Give a group, or the groups in a mapping."""
    if isinstance(value, dict):
        yield from (((*path, key), inner) for key, inner in value.items())
    else:
        yield path, value


def _said(group: Any, name: str, otherwise: Any = None) -> Any:
    """Give a field of a group, if it has it; models of pydantic take long to say that they do not.

    Designs are checked at each of their points.
    """
    return getattr(group, "__dict__", {}).get(name, otherwise)


def _check_deployment(scenario: Scenario) -> Iterator[Finding]:
    deployment, path = scenario.deployment, ("deployment", "plan")
    yield from unknown_keys(path, deployment.plan, scenario.provinces, PROVINCE)
    total = sum(deployment.plan.values())
    if total > deployment.reserve:
        message = "the plan sends more persons than deployment.reserve holds"
        yield Finding(path, message, str(total), f"up to {deployment.reserve}", at_key=True)
    if deployment.rule == "fixed_plan" and not deployment.plan:
        message = "the rule fixed_plan needs persons for at least one province in deployment.plan"
        yield Finding(("deployment", "rule"), message, "'fixed_plan' and an empty plan")
