"""Checks of politics: calendar, deadlock and truces, and keys that share a column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from sim.parameters import Branch, Scenario, Truce
from sim.parameters.politics import Deadlock
from sim.scenario.findings import Finding, unknown_keys, unknown_name
from sim.scenario.group_checks import BLOC, blocs_of
from sim.scenario.places import Path
from sim.scenario.problems import show
from sim.scenario.timing import Span, check_begins, check_moment, courses_of
from sim.units import format_duration, format_local_time

_ROUNDING = 1e-9


def check_politics(scenario: Scenario, span: Span) -> Iterator[Finding]:
    """Check the calendar, deadlock and truces, and keys that stand in one column."""
    blocs = blocs_of(scenario.groups)
    for name, event in scenario.calendar.items():
        yield from _check_branches(("calendar", name, "branches"), event.branches, blocs)
    yield from _check_keys(scenario)
    yield from _check_deadlock(scenario.deadlock, courses_of(scenario.calendar), span)
    for name, truce in scenario.truces.items():
        if (truce.start is None) == (truce.trigger is None):
            got = "both" if truce.start else "none of them"
            yield Finding(
                ("truces", name), "needs exactly one of start and trigger", got, at_key=True
            )
        if truce.trigger is not None:
            yield from check_begins(("truces", name, "trigger"), truce, scenario, span)
        if truce.start is not None:
            yield from _check_truce(("truces", name, "start"), truce, span)


def _check_branches(
    path: Path, branches: Mapping[str, Branch], blocs: list[str]
) -> Iterator[Finding]:
    total = math.fsum(branch.probability for branch in branches.values())
    if total > 1 + _ROUNDING:
        message = "the probabilities of the branches sum to more than 1"
        yield Finding(path, message, f"{total:.6g}", "up to 1", at_key=True)
    for name, branch in branches.items():
        yield from unknown_keys((*path, name, "effect"), branch.effect, blocs, BLOC)


def _check_keys(scenario: Scenario) -> Iterator[Finding]:
    """Check keys that stand side by side in one column of the results."""
    sections: dict[str, tuple[str, Mapping[str, object]]] = {
        "orders": ("an order", scenario.orders),
        "calendar": ("a calendar event", scenario.calendar),
        "restraint_calls": ("a call for restraint", scenario.restraint_calls),
        "ceasefires": ("a ceasefire", scenario.ceasefires),
        "brigades": ("a brigade", scenario.brigades),
    }
    first: dict[str, str] = {}
    for section, (what, entries) in sections.items():
        for name in entries:
            if name in first:
                message = f"is the key of {first[name]} too; each needs its own"
                yield Finding((section, name), message, show(name), at_key=True)
            first.setdefault(name, what)


def _check_deadlock(deadlock: Deadlock, courses: list[str], span: Span) -> Iterator[Finding]:
    path: Path = ("deadlock", "since")
    if deadlock.enabled and deadlock.since is None:
        yield Finding(("deadlock",), "needs 'since', the time when it began", at_key=True)
    yield from check_moment(path, deadlock.since, span, inside=False)
    begins = span.utc(deadlock.since)
    if deadlock.enabled and deadlock.since and begins and span.end and begins >= span.end:
        got = show(format_local_time(deadlock.since))
        yield Finding(path, "lies after the run", got, f"before {span.last}")
    if deadlock.ends_with is not None and deadlock.ends_with not in courses:
        at = ("deadlock", "ends_with")
        yield unknown_name(at, deadlock.ends_with, courses, "calendar event or branch")


def _check_truce(path: Path, truce: Truce, span: Span) -> Iterator[Finding]:
    """Check that a truce reaches into the run; it may have begun before."""
    yield from check_moment(path, truce.start, span, inside=False)
    begins = span.utc(truce.start)
    if not truce.enabled or begins is None or span.start is None or span.end is None:
        return
    got = show(format_local_time(begins.astimezone(span.zone).replace(tzinfo=None)))
    if begins >= span.end:
        yield Finding(path, "lies after the run", got, f"before {span.last}")
    elif begins + timedelta(hours=truce.lasts) <= span.start:
        message = f"the truce is over before the run starts at {span.first}"
        yield Finding(path, message, f"{got} for {format_duration(truce.lasts)}")
