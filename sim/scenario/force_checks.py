"""Checks of brigades, dated deployments, ceasefires and changes of rivalry."""

from __future__ import annotations

from collections.abc import Iterator

from sim.parameters import Scenario
from sim.parameters.brigades import DatedDeployment
from sim.scenario.findings import GROUP, PROVINCE, Finding, check_list, unknown_name
from sim.scenario.group_checks import BLOC, blocs_of
from sim.scenario.places import Path
from sim.scenario.problems import show
from sim.scenario.timing import Span, check_begins

_SIDE = "group or bloc of this scenario"


def check_forces(scenario: Scenario, span: Span) -> Iterator[Finding]:
    """Check brigades and where they are sent, ceasefires, and changes of rivalry."""
    yield from _check_brigades(scenario)
    for name, deployment in scenario.deployments.items():
        path: Path = ("deployments", name)
        yield from _check_deployment(path, deployment, scenario)
        yield from check_begins((*path, "trigger"), deployment, scenario, span)
    sides = [*scenario.groups, *blocs_of(scenario.groups)]
    for name, ceasefire in scenario.ceasefires.items():
        path = ("ceasefires", name)
        yield from check_list((*path, "between"), ceasefire.between, sides, _SIDE)
        yield from check_begins((*path, "trigger"), ceasefire, scenario, span)
    for name, change in scenario.rivalry_changes.items():
        path = ("rivalry_changes", name)
        yield from check_list((*path, "between"), change.between, scenario.groups, GROUP)
        yield from check_begins((*path, "trigger"), change, scenario, span)


def _check_brigades(scenario: Scenario) -> Iterator[Finding]:
    blocs, at_home = blocs_of(scenario.groups), dict.fromkeys(scenario.provinces, 0)
    for name, brigade in scenario.brigades.items():
        path: Path = ("brigades", name)
        if brigade.favours is not None and brigade.favours not in blocs:
            yield unknown_name((*path, "favours"), brigade.favours, blocs, BLOC)
        if brigade.home not in scenario.provinces:
            yield unknown_name((*path, "home"), brigade.home, scenario.provinces, PROVINCE)
            continue
        at_home[brigade.home] += brigade.persons
        province = scenario.provinces[brigade.home]
        usual = round(province.presence * province.population / 1000)
        if at_home[brigade.home] > usual:
            message = f"the brigades at home in '{brigade.home}' are more than its usual presence"
            got, allowed = f"{at_home[brigade.home]}", f"up to {usual}, or more presence there"
            yield Finding((*path, "persons"), message, got, allowed)


def _check_deployment(
    path: Path, deployment: DatedDeployment, scenario: Scenario
) -> Iterator[Finding]:
    if deployment.to not in scenario.provinces:
        yield unknown_name((*path, "to"), deployment.to, scenario.provinces, PROVINCE)
    what = "brigade of this scenario"
    yield from check_list((*path, "brigades"), deployment.brigades, scenario.brigades, what)
    if deployment.enabled and not deployment.brigades and not deployment.persons:
        message = "sends nobody: it needs 'persons', or the 'brigades' that are sent"
        yield Finding(path, message, show("persons: 0"), at_key=True)
