"""Checks of a scenario's orders: who gives them, where they apply, whom they concern."""

from __future__ import annotations

from collections.abc import Iterator

from sim.parameters import ArmedGroup, InsultOrder, MobiliseOrder, Obedience, Order, Scenario
from sim.parameters.orders import RulesOfEngagementOrder, WithdrawOrder
from sim.scenario.findings import GROUP, Finding, check_list, unknown_keys, unknown_name
from sim.scenario.group_checks import are_rivals, blocs_of, nowhere, rivals_of, stands, stands_in
from sim.scenario.places import Path
from sim.scenario.problems import list_names, show

_ITS_PROVINCE = "province of the order"
_GIVER = "group or bloc of this scenario"


def check_orders(scenario: Scenario) -> Iterator[Finding]:
    """Check who gives each order, where it applies and whom it concerns."""
    for name, order in scenario.orders.items():
        path: Path = ("orders", name)
        yield from _check_giver((*path, "group"), order, scenario)
        yield from _check_provinces(path, order, scenario)
        if isinstance(order, InsultOrder):
            yield from _check_target((*path, "target"), order, scenario)
        if isinstance(order, WithdrawOrder) and order.enabled and order.splinter:
            yield from _check_splinter((*path, "splinter"), order)
    yield from _check_call(scenario)


def _check_call(scenario: Scenario) -> Iterator[Finding]:
    """Check that the call that hours_to_call waits for is an order to withdraw."""
    call = scenario.measures.call
    calls = [key for key, order in scenario.orders.items() if isinstance(order, WithdrawOrder)]
    if call is not None and call not in calls:
        yield unknown_name(("measures", "call"), call, calls, "order to withdraw of this scenario")


def _check_giver(path: Path, order: Order, scenario: Scenario) -> Iterator[Finding]:
    groups = scenario.groups
    if order.group not in groups and order.group not in blocs_of(groups):
        yield unknown_name(path, order.group, [*groups, *blocs_of(groups)], _GIVER)
    elif order.group in groups and order.enabled and not stands(groups[order.group]):
        yield nowhere(path, order.group, groups)
    force = [name for name, group in groups.items() if group.kind == "security_force"]
    if isinstance(order, RulesOfEngagementOrder) and order.group not in force:
        message = "is no security force, which alone has a rule of engagement"
        yield Finding(path, message, show(order.group), list_names(force))


def _check_provinces(path: Path, order: Order, scenario: Scenario) -> Iterator[Finding]:
    known, group = scenario.provinces, scenario.groups.get(order.group)
    listed = list(known) if order.provinces == "all" else order.provinces
    # A misspelt name in the list may be any of the known ones.
    its = listed if set(listed) <= set(known) else [*known, *listed]
    yield from check_list((*path, "provinces"), listed, known)
    if isinstance(order, Obedience):
        yield from unknown_keys((*path, "by_province"), order.by_province, its, _ITS_PROVINCE)
    if isinstance(order, MobiliseOrder):
        yield from unknown_keys((*path, "crowd"), order.crowd, its, _ITS_PROVINCE)
        yield from check_list((*path, "against"), order.against, scenario.groups, GROUP)
    if group and order.enabled and stands(group) and set(listed) <= set(known):
        yield from _check_units(path, order, group, listed)


def _check_units(
    path: Path, order: Order, group: ArmedGroup, listed: list[str]
) -> Iterator[Finding]:
    """Check that the group has units where the order applies and where crowds gather."""
    absent = f"the group '{order.group}' has no unit"
    if not any(stands(group, name) for name in listed):
        at = (*path, "provinces")
        yield Finding(at, f"{absent} in any of them", list_names(listed), stands_in(group))
    for name, persons in order.crowd.items() if isinstance(order, MobiliseOrder) else ():
        if persons and name in listed and not stands(group, name):
            message, at = f"{absent} there that a crowd could join", (*path, "crowd", name)
            yield Finding(at, message, show(name), stands_in(group), at_key=True)


def _check_target(path: Path, order: InsultOrder, scenario: Scenario) -> Iterator[Finding]:
    target, groups = order.target, scenario.groups
    if target not in groups:
        yield unknown_name(path, target, [name for name in groups if name != order.group], GROUP)
    elif target == order.group:
        yield Finding(path, "a group does not insult itself", show(target))
    elif order.enabled and order.group in groups and not are_rivals(scenario, target, order.group):
        message = f"is no rival of '{order.group}', so it would not answer"
        yield Finding(path, message, show(target), rivals_of(scenario, order.group))


def _check_splinter(path: Path, order: WithdrawOrder) -> Iterator[Finding]:
    deadlines = [order.deadline, *(local.deadline for local in order.by_province.values())]
    if not any(deadlines):
        message = "units become splinters at a deadline, and the order has none"
        yield Finding(path, message, f"{order.splinter:g}", "0, or a deadline")
