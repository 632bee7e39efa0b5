"""Checks of a scenario's groups: where they stand, who their rivals are, what they owe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sim.parameters import ArmedGroup, Scenario
from sim.parameters.actors import Debt
from sim.scenario.findings import GROUP, PROVINCE, Finding, check_list, unknown_keys, unknown_name
from sim.scenario.places import Path
from sim.scenario.problems import list_names, show

BLOC = "bloc of this scenario"
MODE = "mode of this scenario"


def check_groups(scenario: Scenario) -> Iterator[Finding]:
    """Check groups and their rivalry, offices, commanders and debts."""
    for name, group in scenario.groups.items():
        path: Path = ("groups", name)
        yield from _check_whereabouts(path, name, group, scenario.provinces)
        yield from check_list((*path, "blamed_on"), group.blamed_on, scenario.groups, GROUP)
        yield from unknown_keys((*path, "modes"), group.modes, scenario.modes, MODE)
    yield from _check_rivalry(scenario)
    yield from _check_vendetta(scenario)
    favours, blocs = scenario.third_side.favours, blocs_of(scenario.groups)
    if favours is not None and favours not in blocs:
        yield unknown_name(("third_side", "favours"), favours, blocs, BLOC)


def blocs_of(groups: Mapping[str, ArmedGroup]) -> list[str]:
    """List the blocs of groups."""
    return list(dict.fromkeys(group.bloc for group in groups.values()))


def stands(group: ArmedGroup, province: str | None = None) -> bool:
    """Tell whether a group has a unit, in one province or anywhere."""
    if province is not None:
        return group.fighters.get(province, 0) > 0
    return any(group.fighters.values())


def stands_in(group: ArmedGroup) -> str:
    """List the provinces where a group has a unit, for an error."""
    return list_names([name for name, count in group.fighters.items() if count])


def nowhere(
    path: Path, name: str, groups: Mapping[str, ArmedGroup], *, at_key: bool = False
) -> Finding:
    """Report a group that has no unit."""
    present = [key for key, group in groups.items() if stands(group)]
    message = "is a group that is nowhere: it has no fighters in any province"
    return Finding(path, message, show(name), list_names(present), at_key=at_key)


def are_rivals(scenario: Scenario, attacker: str, target: str) -> bool:
    """Tell whether one group attacks another; a level that is given one way holds both ways."""
    rivalry = scenario.rivalry
    there = rivalry.get(attacker, {}).get(target)
    return bool(rivalry.get(target, {}).get(attacker) if there is None else there)


def rivals_of(scenario: Scenario, name: str) -> str:
    """List the groups that a group attacks, for an error."""
    return list_names([g for g in scenario.groups if g != name and are_rivals(scenario, name, g)])


def _check_whereabouts(
    path: Path, name: str, group: ArmedGroup, provinces: Iterable[str]
) -> Iterator[Finding]:
    known = list(provinces)
    yield from unknown_keys((*path, "fighters"), group.fighters, known, PROVINCE)
    yield from unknown_keys((*path, "commanders"), group.commanders, known, PROVINCE)
    yield from check_list((*path, "offices"), group.offices, known)
    here = f"the group '{name}' has no unit there, so it has no"
    for index, province in enumerate(group.offices if group.offices != "all" else ()):
        if province in known and not stands(group, province):
            at = (*path, "offices", index)
            yield Finding(at, f"{here} office", show(province), stands_in(group))
    for province, number in group.commanders.items():
        if province in known and number and not stands(group, province):
            at = (*path, "commanders", province)
            yield Finding(at, f"{here} commander", show(province), stands_in(group), at_key=True)


def _check_rivalry(scenario: Scenario) -> Iterator[Finding]:
    for attacker, targets in scenario.rivalry.items():
        path: Path = ("rivalry", attacker)
        yield from _check_rival(path, attacker, scenario.groups, any(targets.values()))
        for target, level in targets.items():
            yield from _check_rival((*path, target), target, scenario.groups, level > 0)
            yield from _check_pair((*path, target), attacker, target, scenario.groups, level)


def _check_rival(
    path: Path, name: str, groups: Mapping[str, ArmedGroup], active: bool
) -> Iterator[Finding]:
    if name not in groups:
        yield unknown_name(path, name, groups, GROUP, at_key=True)
    elif active and not stands(groups[name]):
        yield nowhere(path, name, groups, at_key=True)


def _check_pair(
    path: Path, attacker: str, target: str, groups: Mapping[str, ArmedGroup], level: float
) -> Iterator[Finding]:
    if attacker == target:
        yield Finding(path, "a group is not its own rival", show(target), at_key=True)
        return
    first, second = groups.get(attacker), groups.get(target)
    if level and first and second and first.bloc == second.bloc:
        message = f"'{attacker}' and '{target}' are allies in the bloc '{first.bloc}'"
        yield Finding(path, f"{message}; allies do not fight", f"{level:g}", "0")


def _check_vendetta(scenario: Scenario) -> Iterator[Finding]:
    vendetta, modes = scenario.vendetta, scenario.modes
    if vendetta.mode is not None and vendetta.mode not in modes:
        yield unknown_name(("vendetta", "mode"), vendetta.mode, modes, MODE)
    for name, debt in vendetta.debts.items():
        path = ("vendetta", "debts", name)
        if name in scenario.calendar:
            message = "is the key of a calendar event too; each needs its own"
            yield Finding(path, message, show(name), at_key=True)
        unknown = list(_unknown_names_of_debt(path, debt, scenario))
        yield from unknown
        if not unknown and vendetta.enabled:
            yield from _check_debt(path, debt, scenario)


def _unknown_names_of_debt(path: Path, debt: Debt, scenario: Scenario) -> Iterator[Finding]:
    for role, name in (("creditor", debt.creditor), ("debtor", debt.debtor)):
        if name not in scenario.groups:
            yield unknown_name((*path, role), name, scenario.groups, GROUP)
    if debt.province not in scenario.provinces:
        yield unknown_name((*path, "province"), debt.province, scenario.provinces, PROVINCE)


def _check_debt(path: Path, debt: Debt, scenario: Scenario) -> Iterator[Finding]:
    creditor, debtor = debt.creditor, debt.debtor
    for name in (creditor, debtor):
        group = scenario.groups[name]
        if not stands(group, debt.province):
            message = f"the group '{name}' has no unit there"
            yield Finding((*path, "province"), message, show(debt.province), stands_in(group))
    if creditor == debtor:
        yield Finding((*path, "debtor"), "a group owes itself nothing", show(debtor))
    elif not are_rivals(scenario, creditor, debtor):
        message = f"is no rival of the creditor '{creditor}', so the debt can never be paid"
        yield Finding((*path, "debtor"), message, show(debtor), rivals_of(scenario, creditor))
