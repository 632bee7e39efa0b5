"""Checks of politics: calendar, deadlock, calls and truces; see `sim.scenario.group_checks`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sim.scenario.findings import Finding, unknown_name
from sim.scenario.group_checks import blocs_of
from sim.scenario.places import Path
from sim.scenario.problems import show
from sim.scenario.timing import Span, check_moment, courses_of, span_of
from sim.units import format_duration, format_local_time, to_utc

_ROUNDING = 1e-9


def check_politics(scenario: Any) -> Iterator[Finding]:
    """Check the calendar, deadlock and truces, and keys that stand in one column."""
    span = span_of(scenario.clock)
    for name, event in (scenario.calendar or {}).items():
        if event is not None and event.branches is not None:
            yield from _check_branches(("calendar", name, "branches"), event.branches, scenario)
    yield from _check_keys(scenario)
    if scenario.deadlock is not None:
        yield from _check_deadlock(scenario, scenario.deadlock, span)
    for name, truce in (scenario.truces or {}).items():
        if truce is not None:
            yield from _check_truce(("truces", name, "start"), truce, span)


def _check_branches(path: Path, branches: dict[str, Any], scenario: Any) -> Iterator[Finding]:
    total = math.fsum(b.probability or 0.0 for b in branches.values() if b is not None)
    if total > 1 + _ROUNDING:
        message = "the probabilities of the branches sum to more than 1"
        yield Finding(path, message, f"{total:.6g}", "up to 1", at_key=True)
    if scenario.groups is None:
        return
    blocs = blocs_of(scenario.groups)
    for name, branch in branches.items():
        for bloc in (branch and branch.effect) or ():
            if bloc not in blocs:
                at = (*path, name, "effect", bloc)
                yield unknown_name(at, bloc, blocs, "bloc of this scenario", at_key=True)


def _check_keys(scenario: Any) -> Iterator[Finding]:
    """Check keys that stand side by side in one column of the results."""
    kinds = {"orders": "an order", "calendar": "a calendar event", "restraint_calls": ""}
    seen: dict[str, str] = {}
    for section, what in kinds.items():
        for name in getattr(scenario, section) or {}:
            if name in seen:
                message = f"is the key of {seen[name]} too; each needs its own"
                yield Finding((section, name), message, show(name), at_key=True)
            seen.setdefault(name, what)


def _check_deadlock(scenario: Any, deadlock: Any, span: Span) -> Iterator[Finding]:
    path: Path = ("deadlock", "since")
    if deadlock.enabled and deadlock.since is None:
        yield Finding(("deadlock",), "needs 'since', the time when it began", at_key=True)
    yield from check_moment(path, deadlock.since, span, inside=False)
    begun = _utc(deadlock.since, span)
    if deadlock.enabled and begun and span.end and begun >= span.end:
        got = show(format_local_time(deadlock.since))
        yield Finding(path, "lies after the run", got, f"before {span.last}")
    if deadlock.ends_with is None or scenario.calendar is None:
        return
    courses = courses_of(scenario.calendar)
    if deadlock.ends_with not in courses:
        path = ("deadlock", "ends_with")
        yield unknown_name(path, deadlock.ends_with, courses, "calendar event or branch")


def _check_truce(path: Path, truce: Any, span: Span) -> Iterator[Finding]:
    """Check that a truce reaches into the run; it may have begun before."""
    yield from check_moment(path, truce.start, span, inside=False)
    begun = _utc(truce.start, span)
    if truce.enabled is False or begun is None or span.start is None or span.end is None:
        return
    got = show(format_local_time(truce.start))
    if begun >= span.end:
        yield Finding(path, "lies after the run", got, f"before {span.last}")
    elif truce.lasts is not None and begun + timedelta(hours=truce.lasts) <= span.start:
        message = f"the truce is over before the run starts at {span.first}"
        yield Finding(path, message, f"{got} for {format_duration(truce.lasts)}")


def _utc(moment: Any, span: Span) -> Any:
    if moment is None or span.zone is None:
        return None
    try:
        return to_utc(moment, span.zone)
    except ValueError:
        return None
