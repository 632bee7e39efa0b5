"""Read a targets file and check it against the scenario of which it speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from sim import shipped
from sim.parameters import Scenario
from sim.scenario.checking import check
from sim.scenario.findings import Finding, unknown_name
from sim.scenario.places import Path
from sim.scenario.problems import ScenarioError, in_order, show
from sim.scenario.reading import read_file
from sim.scenario.timing import Span, check_moment, span_of
from sim.targets.measures import HoursBetween, HoursToQuiet, Targets, Window
from sim.units import format_duration

_BOUNDS = ("low", "value", "high")


def load(path: FilePath, scenario: Scenario) -> Targets:
    """Load a targets file, or a shipped one by its name.

    Every province, group and order in it exists in the scenario with which it is compared, and its
    times lie within the run; else ScenarioError holds all problems of the file.
    """
    path = shipped.find(path, shipped.TARGETS)
    tree, problems = read_file(path, kind="targets file")
    targets, wrong = check(tree, Targets, lambda file: _check_all(file, scenario))
    problems += wrong
    if problems or targets is None:
        raise ScenarioError(in_order(problems))
    return targets


def _check_all(file: Targets, scenario: Scenario) -> Iterator[Finding]:
    span = span_of(scenario.clock)
    yield from _check_observed(("realised", "quiet"), file.realised.quiet)
    yield from _check_observed(("realised", "mobilised"), file.realised.mobilised)
    for name, target in file.targets.items():
        path: Path = ("targets", name)
        yield from _check_names((*path, "provinces"), target.provinces, scenario.provinces)
        yield from _check_names((*path, "groups"), target.groups, scenario.groups)
        yield from _check_window((*path, "window"), target.window, span)
        yield from _check_observed(path, target)
        if all(getattr(target, bound, None) is None for bound in _BOUNDS):
            yield Finding(path, "needs a value, a low or a high", at_key=True)
        if isinstance(target, HoursBetween):
            at = (*path, "then", "provinces")
            yield from _check_names(at, target.then.provinces, scenario.provinces)
        if isinstance(target, HoursToQuiet) and target.order not in scenario.orders:
            what = "order of the scenario"
            yield unknown_name((*path, "order"), target.order, scenario.orders, what)


def _check_names(path: Path, names: list[str] | str, known: Collection[str]) -> Iterator[Finding]:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if name not in known:
            what = "group" if path[-1] == "groups" else "province"
            yield unknown_name((*path, index), name, known, f"{what} of the scenario")


def _check_window(path: Path, window: Window, span: Span) -> Iterator[Finding]:
    wrong = [
        *check_moment((*path, "start"), window.start, span),
        *check_moment((*path, "end"), window.end, span),
    ]
    yield from wrong
    start, end = span.utc(window.start), span.utc(window.end)
    if not wrong and start and end and start >= end:
        yield Finding((*path, "end"), "lies no later than the window's start")


def _check_observed(path: Path, target: Any) -> Iterator[Finding]:
    """Check that low, value and high ascend."""
    given = [(name, getattr(target, name, None)) for name in _BOUNDS]
    present = [(name, number) for name, number in given if number is not None]
    for (lower, small), (upper, large) in pairwise(present):
        if small > large:
            got = f"{_number(target, small)} above {_number(target, large)}"
            yield Finding((*path, upper), f"is below '{lower}'", got)


def _number(target: Any, number: float) -> str:
    in_hours = getattr(target, "unit", "") == "hours"
    return show(format_duration(number)) if in_hours else f"{number:g}"
