"""Checks of a scenario's clock, local times and triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sim.parameters import Clock, Condition, Losses, Order, Scenario, Timing, Trigger
from sim.parameters.politics import CalendarEvent
from sim.scenario.findings import Finding, check_list, unknown_name
from sim.scenario.inheritance import ALTERNATIVES
from sim.scenario.places import Path
from sim.scenario.problems import nearest, show
from sim.units import format_duration, format_local_time, to_utc

MAX_TICKS = 200_000
_WHOLE = 1e-9
_OFFSET = re.compile(r"(?:GMT|UTC)? ?(?P<sign>[+-])0?(?P<hours>[0-9]{1,2})(?::?00)?", re.IGNORECASE)
_OUTSIDE = "lies outside the run"


@dataclass(frozen=True)
class Span:
    """The time that a run covers, in UTC until before ``end``.

    The zone is None where its name is none; start and end are None where they are unknown.
    """

    hours: float
    zone: tzinfo | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __str__(self) -> str:
        return f"from {self.first} until before {self.last}" if self.start else ""

    @property
    def first(self) -> str:
        """Local time of the start; empty when it is unknown."""
        return self._local(self.start) if self.start else ""

    @property
    def last(self) -> str:
        """Local time of the end; empty when it is unknown."""
        return self._local(self.end) if self.end else ""

    def _local(self, moment: datetime) -> str:
        return format_local_time(moment.astimezone(self.zone).replace(tzinfo=None))

    def utc(self, moment: datetime | None) -> datetime | None:
        """Give the moment that a local time stands for; None where there is none."""
        if moment is None or self.zone is None:
            return None
        try:
            return to_utc(moment, self.zone)
        except ValueError:
            return None


def span_of(clock: Clock) -> Span:
    """Give the time that a run covers."""
    zone = _zone(clock.timezone)
    start = Span(clock.length, zone).utc(clock.start)
    end = start + timedelta(hours=clock.length) if start else None
    return Span(clock.length, zone, start, end)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def check_timing(scenario: Scenario, span: Span) -> Iterator[Finding]:
    """Check the clock, and that what is dated lies within the run."""
    yield from _check_clock(scenario.clock, span)
    for name, event in scenario.calendar.items():
        happens = any(branch.probability for branch in event.branches.values())
        yield from check_moment(("calendar", name, "at"), event.at, span, inside=happens)
    for name, order in scenario.orders.items():
        path = ("orders", name, "trigger")
        yield from check_begins(path, order, scenario, span, ALTERNATIVES[Trigger])
        yield from _check_conditions((*path, "when"), order.trigger.when, scenario)
        if order.trigger.decided and order.trigger.decided.since is not None:
            at = (*path, "decided", "since")
            yield from _check_awaited(at, order.trigger.decided.since, scenario, name)


def _named_offset(offset: re.Match[str]) -> str:
    """Say how a fixed offset is written; the signs of these names are the other way round."""
    hours, sign = int(offset["hours"]), "-" if offset["sign"] == "+" else "+"
    fixed = f", or Etc/GMT{sign}{hours} for a fixed offset" if hours <= 12 else ""
    return f"; name a place{fixed}"


def _check_clock(clock: Clock, span: Span) -> Iterator[Finding]:
    if span.zone is None:
        offset = _OFFSET.fullmatch(clock.timezone)
        near = "" if offset else nearest(clock.timezone, sorted(available_timezones()))
        example = "a name of the IANA database, such as Asia/Baghdad"
        path: Path = ("clock", "timezone")
        message = "is no time zone" + (_named_offset(offset) if offset else "")
        yield Finding(path, message, show(clock.timezone), example, near)
    yield from check_moment(("clock", "start"), clock.start, span, inside=False)
    ticks = clock.length / clock.tick
    got = f"{format_duration(clock.length)} in ticks of {format_duration(clock.tick)}"
    path = ("clock", "length")
    if round(ticks) < 1 or abs(ticks - round(ticks)) > _WHOLE * max(1.0, ticks):
        yield Finding(path, "needs a whole number of ticks, at least one", got)
    elif ticks > MAX_TICKS:
        yield Finding(path, f"is {round(ticks):_} ticks long", got, f"up to {MAX_TICKS:_} ticks")


def check_moment(
    path: Path, moment: datetime | None, span: Span, *, inside: bool = True
) -> Iterator[Finding]:
    """Check that a local time happens and, when asked, that it lies within the run."""
    if moment is None or span.zone is None:
        return
    shown = show(format_local_time(moment))
    try:
        when = to_utc(moment, span.zone)
    except ValueError as error:
        yield Finding(path, f"{error} in {span.zone}", shown)
        return
    if inside and span.start and span.end and not span.start <= when < span.end:
        yield Finding(path, _OUTSIDE, shown, str(span))


def check_begins(
    path: Path,
    begins: Any,
    scenario: Scenario,
    span: Span,
    alternatives: tuple[str, ...] = ALTERNATIVES[Timing],
) -> Iterator[Finding]:
    """Check the trigger of an order, or of something else that begins."""
    trigger: Timing = begins.trigger
    yield from _check_one_of(path, trigger, alternatives)
    yield from check_moment((*path, "at"), trigger.at, span, inside=begins.enabled)
    if trigger.of is not None:
        own = str(path[1]) if path[0] == "orders" else ""
        if trigger.after is None:
            message = "belongs to 'after', which is not given"
            yield Finding((*path, "of"), message, show(trigger.of))
        yield from _check_awaited((*path, "of"), trigger.of, scenario, own)
    from_start = trigger.after if trigger.of is None and begins.enabled else None
    if from_start is not None and from_start >= span.hours:
        got, most = format_duration(from_start), format_duration(span.hours)
        yield Finding((*path, "after"), _OUTSIDE, show(got), f"below {most}")


def _check_one_of(path: Path, holder: Any, names: tuple[str, ...]) -> Iterator[Finding]:
    given = [name for name in names if getattr(holder, name) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none of them"
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        yield Finding(path, f"needs exactly one of {listed}", got, at_key=True)


def _check_conditions(path: Path, when: Condition | None, scenario: Scenario) -> Iterator[Finding]:
    """Check that a condition counts something, each part one thing, in provinces that are."""
    if when is None:
        return
    parts = {
        (*path, kind, name): part
        for kind in ("all_of", "any_of", "none_of")
        for name, part in getattr(when, kind).items()
    }
    alone = [name for name in ALTERNATIVES[Losses] if getattr(when, name) is not None]
    if not parts or len(alone) > 1:
        yield from _check_one_of(path, when, ALTERNATIVES[Losses])
    for at, part in ((path, when), *parts.items()):
        yield from check_list((*at, "provinces"), part.provinces, scenario.provinces)
        if part is not when:
            yield from _check_one_of(at, part, ALTERNATIVES[Losses])


def _check_awaited(path: Path, awaited: str, scenario: Scenario, name: str) -> Iterator[Finding]:
    known = [*scenario.orders, *courses_of(scenario.calendar)]
    if awaited == name:
        yield Finding(path, "an order cannot wait for itself", show(awaited))
    elif awaited not in known:
        names = [key for key in known if key != name]
        yield unknown_name(path, awaited, names, "order, calendar event or branch")
    elif loop := _loop(name, scenario.orders):
        message = f"orders wait for each other: {' -> '.join(loop)}"
        yield Finding(path, message, show(awaited))


def courses_of(calendar: Mapping[str, CalendarEvent]) -> list[str]:
    """List calendar events and their branches."""
    branches = [f"{key}.{branch}" for key, event in calendar.items() for branch in event.branches]
    return [*calendar, *branches]


def _loop(name: str, orders: Mapping[str, Order]) -> list[str]:
    """Follow 'of' from an order; the way back to it, or nothing."""
    way = [name]
    while way[-1] in orders:
        trigger = orders[way[-1]].trigger
        awaited = trigger.decided.since if trigger.decided else trigger.of
        if awaited == name:
            return [*way, name]
        if awaited is None or awaited in way:
            return []
        way.append(awaited)
    return []
