"""Checks of a scenario's orders; as `sim.scenario.group_checks`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.findings import GROUP, Finding, listed_twice, unknown_name, unknown_provinces
from sim.scenario.group_checks import are_rivals, nowhere, rivals_of, stands, stands_in
from sim.scenario.places import Path
from sim.scenario.problems import list_names, show


def check_orders(scenario: Any) -> Iterator[Finding]:
    """Check who gives each order, where it applies and whom it concerns."""
    for name, order in (scenario.orders or {}).items():
        if order is not None:
            path = ("orders", name)
            yield from _check_order(scenario, path, order)
            yield from _check_target(scenario, (*path, "target"), order)
            yield from _check_splinter((*path, "splinter"), order)


def _check_order(scenario: Any, path: Path, order: Any) -> Iterator[Finding]:
    groups, group = scenario.groups, None
    if groups is not None and order.group is not None:
        if order.group not in groups:
            yield unknown_name((*path, "group"), order.group, groups, GROUP)
        elif order.enabled and not stands(groups[order.group]):
            yield nowhere((*path, "group"), order.group, groups)
        else:
            group = groups[order.group]
    if scenario.provinces is not None and order.provinces is not None:
        yield from _check_provinces(path, order, group, scenario.provinces)


def _check_provinces(
    path: Path, order: Any, group: Any, provinces: dict[str, Any]
) -> Iterator[Finding]:
    listed = list(provinces) if order.provinces == "all" else order.provinces
    at = (*path, "provinces")
    yield from unknown_provinces(at, listed, provinces)
    yield from listed_twice(at, listed)
    known = all(name in provinces for name in listed)
    somewhere = any(stands(group, name) for name in listed)
    if order.enabled and known and stands(group) and not somewhere:
        message = f"the group '{order.group}' has no unit in any of them"
        yield Finding(at, message, list_names(listed), stands_in(group))
    for key in ("by_province", "crowd"):
        for name in getattr(order, key, None) or {}:
            if name not in listed:
                what = "province of the order"
                yield unknown_name((*path, key, name), name, listed, what, at_key=True)
    for name, persons in (getattr(order, "crowd", None) or {}).items():
        if order.enabled and persons and name in listed and not stands(group, name):
            message = f"the group '{order.group}' has no unit there that a crowd could join"
            yield Finding(
                (*path, "crowd", name), message, show(name), stands_in(group), at_key=True
            )


def _check_target(scenario: Any, path: Path, order: Any) -> Iterator[Finding]:
    target, groups = getattr(order, "target", None), scenario.groups
    if target is None or groups is None:
        return
    if target not in groups:
        yield unknown_name(path, target, [name for name in groups if name != order.group], GROUP)
    elif target == order.group:
        yield Finding(path, "a group does not insult itself", show(target))
    elif order.enabled and order.group in groups and not are_rivals(scenario, target, order.group):
        message = f"is no rival of '{order.group}', so it would not answer"
        yield Finding(path, message, show(target), rivals_of(scenario, order.group))


def _check_splinter(path: Path, order: Any) -> Iterator[Finding]:
    if not order.enabled or not getattr(order, "splinter", None) or order.by_province is None:
        return
    own = [order.deadline, *(local and local.deadline for local in order.by_province.values())]
    if not any(own) and None not in order.by_province.values():
        message = "units become splinters at a deadline, and the order has none"
        yield Finding(path, message, f"{order.splinter:g}", "0, or a deadline")
