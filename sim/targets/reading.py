"""Read a targets file and check it against the scenario of which it speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from sim import shipped
from sim.parameters import Scenario
from sim.scenario.checking import check
from sim.scenario.findings import Finding, locate, unknown_name
from sim.scenario.partial import partial_scenario
from sim.scenario.places import Path, plain
from sim.scenario.problems import ScenarioError, show
from sim.scenario.reading import read_file
from sim.scenario.shape import shape_of
from sim.scenario.timing import Span, check_moment, span_of
from sim.targets.measures import Targets
from sim.units import format_duration, to_utc

_BOUNDS = ("low", "value", "high")


def load(path: FilePath, scenario: Scenario) -> Targets:
    """Load a targets file.

    Parameters
    ----------
    path : pathlib.Path
        The YAML file, or the name of a shipped one.
    scenario : Scenario
        The scenario that it is compared with.

    Returns
    -------
    Targets
        Every province, group and order in it exists in the scenario, and its times lie
        within the run.

    Raises
    ------
    ScenarioError
        With all problems of the file, in order of place.
    """
    path = shipped.find(path, shipped.TARGETS)
    tree, problems = read_file(path, kind="targets file")
    checked = check(tree, Targets)
    view = checked.made or partial_scenario(plain(tree), checked.invalid, shape_of(Targets))
    findings = locate(_check_all(view, scenario), tree)
    nothing = [finding.located(tree) for finding in _check_something(plain(tree))]
    problems = [*problems, *checked.problems, *findings, *nothing]
    if problems or checked.made is None:
        unique = {str(problem): problem for problem in problems}.values()
        raise ScenarioError(sorted(unique, key=lambda p: (p.line or 0, p.column or 0)))
    return checked.made


def _check_all(file: Any, scenario: Scenario) -> Iterator[Finding]:
    span = span_of(scenario.clock)
    for stance in ("quiet", "mobilised"):
        yield from _check_observed(("realised", stance), getattr(file.realised, stance, None))
    for name, target in (file.targets or {}).items():
        if target is None:
            continue
        path: Path = ("targets", name)
        yield from _check_names((*path, "provinces"), target.provinces, scenario.provinces)
        yield from _check_names((*path, "groups"), target.groups, scenario.groups)
        yield from _check_window((*path, "window"), target.window, span)
        yield from _check_observed(path, target)
        then, order = getattr(target, "then", None), getattr(target, "order", None)
        if then is not None:
            at = (*path, "then", "provinces")
            yield from _check_names(at, then.provinces, scenario.provinces)
        if order is not None and order not in scenario.orders:
            yield unknown_name((*path, "order"), order, scenario.orders, "order of the scenario")


def _check_names(path: Path, names: list[str] | str | None, known: Collection[str]) -> Any:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if name not in known:
            what = "group" if path[-1] == "groups" else "province"
            yield unknown_name((*path, index), name, known, f"{what} of the scenario")


def _check_window(path: Path, window: Any, span: Span) -> Iterator[Finding]:
    if window is None:
        return
    wrong = [
        *check_moment((*path, "start"), window.start, span),
        *check_moment((*path, "end"), window.end, span),
    ]
    yield from wrong
    if wrong or window.start is None or window.end is None or span.zone is None:
        return
    if to_utc(window.start, span.zone) >= to_utc(window.end, span.zone):
        yield Finding((*path, "end"), "lies no later than the window's start")


def _check_observed(path: Path, target: Any) -> Iterator[Finding]:
    """Check that low, value and high ascend."""
    given = [(name, getattr(target, name, None)) for name in _BOUNDS]
    present = [(name, number) for name, number in given if number is not None]
    for (lower, small), (upper, large) in pairwise(present):
        if small > large:
            got = f"{_number(target, small)} above {_number(target, large)}"
            yield Finding((*path, upper), f"is below '{lower}'", got)


def _check_something(data: Any) -> Iterator[Finding]:
    """Check that something was observed; a yes or no must have its value anyway."""
    entries = data.get("targets")
    for name, target in entries.items() if isinstance(entries, dict) else ():
        if isinstance(target, dict) and all(target.get(bound) is None for bound in _BOUNDS):
            yield Finding(("targets", name), "needs a value, a low or a high", at_key=True)


def _number(target: Any, number: float) -> str:
    hours = str(getattr(target, "measure", "")).startswith(("hours", "episode_hours"))
    return show(format_duration(number)) if hours else f"{number:g}"
