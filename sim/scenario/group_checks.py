"""Checks of a scenario's groups: where they stand, who their rivals are, what they owe.

The scenario may be one with holes (`sim.scenario.partial`): whatever is None was reported before
and is passed over here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.findings import (
    GROUP,
    PROVINCE,
    Finding,
    listed_twice,
    unknown_name,
    unknown_provinces,
)
from sim.scenario.places import Path
from sim.scenario.problems import list_names, show


def check_groups(scenario: Any) -> Iterator[Finding]:
    """Check groups and their rivalry, offices, commanders and debts."""
    for name, group in (scenario.groups or {}).items():
        if group is not None and scenario.provinces is not None:
            yield from _check_whereabouts(("groups", name), name, group, scenario.provinces)
    yield from _check_rivalry(scenario)
    yield from _check_vendetta(scenario)
    if scenario.third_side is not None and scenario.groups is not None:
        favours, blocs = scenario.third_side.favours, blocs_of(scenario.groups)
        if favours is not None and favours not in blocs:
            path = ("third_side", "favours")
            yield unknown_name(path, favours, blocs, "bloc of this scenario")


def blocs_of(groups: dict[str, Any]) -> list[str]:
    """List the blocs of groups."""
    return list(dict.fromkeys(g.bloc for g in groups.values() if g and g.bloc is not None))


def stands(group: Any, province: str | None = None) -> bool:
    """Tell whether a group has a unit."""
    if group is None or group.fighters is None:
        return True
    counts = group.fighters.values() if province is None else [group.fighters.get(province, 0)]
    return any(count != 0 for count in counts)


def stands_in(group: Any) -> str:
    """List the provinces where a group has a unit, for an error."""
    return list_names([name for name, count in group.fighters.items() if count != 0])


def nowhere(path: Path, name: str, groups: dict[str, Any], *, at_key: bool = False) -> Finding:
    """Report a group that has no unit."""
    present = [key for key, group in groups.items() if stands(group)]
    message = "is a group that is nowhere: it has no fighters in any province"
    return Finding(path, message, show(name), list_names(present), at_key=at_key)


def are_rivals(scenario: Any, attacker: str, target: str) -> bool:
    """Tell whether one group attacks another."""
    rivalry = scenario.rivalry
    if rivalry is None:
        return True
    for first, second in ((attacker, target), (target, attacker)):
        if first in rivalry and (rivalry[first] is None or second in rivalry[first]):
            return rivalry[first] is None or rivalry[first][second] != 0
    return False


def rivals_of(scenario: Any, name: str) -> str:
    """List the groups that a group attacks, for an error."""
    return list_names([g for g in scenario.groups if g != name and are_rivals(scenario, name, g)])


def _check_whereabouts(
    path: Path, name: str, group: Any, provinces: dict[str, Any]
) -> Iterator[Finding]:
    for province in group.fighters or ():
        if province not in provinces:
            at = (*path, "fighters", province)
            yield unknown_name(at, province, provinces, PROVINCE, at_key=True)
    offices = group.offices if isinstance(group.offices, list) else []
    yield from unknown_provinces((*path, "offices"), offices, provinces)
    yield from listed_twice((*path, "offices"), offices)
    for index, province in enumerate(offices):
        if province in provinces and not stands(group, province):
            message = f"the group '{name}' has no unit there, so it has no office"
            yield Finding((*path, "offices", index), message, show(province), stands_in(group))
    for province, number in (group.commanders or {}).items():
        at = (*path, "commanders", province)
        if province not in provinces:
            yield unknown_name(at, province, provinces, PROVINCE, at_key=True)
        elif number and not stands(group, province):
            message = f"the group '{name}' has no unit there, so it has no commander"
            yield Finding(at, message, show(province), stands_in(group), at_key=True)


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
        yield unknown_name(path, name, groups, GROUP, at_key=True)
    elif active and not stands(groups[name]):
        yield nowhere(path, name, groups, at_key=True)


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


def _check_vendetta(scenario: Any) -> Iterator[Finding]:
    vendetta, modes, calendar = scenario.vendetta, scenario.modes, scenario.calendar or {}
    if vendetta is None:
        return
    if vendetta.mode is not None and modes is not None and vendetta.mode not in modes:
        yield unknown_name(("vendetta", "mode"), vendetta.mode, modes, "mode of this scenario")
    for name, debt in (vendetta.debts or {}).items():
        path = ("vendetta", "debts", name)
        if name in calendar:
            message = "is the key of a calendar event too; each needs its own"
            yield Finding(path, message, show(name), at_key=True)
        if debt is not None and scenario.groups is not None:
            found = list(_check_debt_names(path, debt, scenario))
            yield from found
            if not found and vendetta.enabled is not False:
                yield from _check_debt(path, debt, scenario)


def _check_debt_names(path: Path, debt: Any, scenario: Any) -> Iterator[Finding]:
    for role in ("creditor", "debtor"):
        name = getattr(debt, role)
        if name is not None and name not in scenario.groups:
            yield unknown_name((*path, role), name, scenario.groups, GROUP)
    province, provinces = debt.province, scenario.provinces
    if province is not None and provinces is not None and province not in provinces:
        yield unknown_name((*path, "province"), province, provinces, PROVINCE)


def _check_debt(path: Path, debt: Any, scenario: Any) -> Iterator[Finding]:
    creditor, debtor = debt.creditor, debt.debtor
    for name in (creditor, debtor):
        group = scenario.groups.get(name)
        if debt.province is not None and not stands(group, debt.province):
            message = f"the group '{name}' has no unit there"
            yield Finding((*path, "province"), message, show(debt.province), stands_in(group))
    if creditor is None or debtor is None:
        return
    if creditor == debtor:
        yield Finding((*path, "debtor"), "a group owes itself nothing", show(debtor))
    elif not are_rivals(scenario, creditor, debtor):
        message = f"is no rival of the creditor '{creditor}', so the debt can never be paid"
        yield Finding((*path, "debtor"), message, show(debtor), rivals_of(scenario, creditor))
