"""Checks of a scenario's clock, local times and triggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sim.parameters import Condition, Trigger
from sim.scenario.findings import Finding, unknown_name
from sim.scenario.inheritance import ALTERNATIVES
from sim.scenario.places import Path
from sim.scenario.problems import nearest, show
from sim.units import format_duration, format_local_time, to_utc

MAX_TICKS = 200_000
_WHOLE = 1e-9


@dataclass(frozen=True)
class Span:
    """The time that a run covers, as far as the scenario says it rightly.

    Parameters
    ----------
    zone : tzinfo or None
        Zone of the local times.
    start, end : datetime or None
        Aware, in UTC; the end is not part of the run.
    hours : float or None
        The run's length.
    """

    zone: tzinfo | None
    start: datetime | None
    end: datetime | None
    hours: float | None

    def __str__(self) -> str:
        if self.start is None or self.end is None:
            return ""
        return f"from {self.first} until before {self.last}"

    @property
    def first(self) -> str:
        """Local time of the start; empty when it cannot be told."""
        return format_local_time(_local(self.start, self.zone)) if self.start else ""

    @property
    def last(self) -> str:
        """Local time of the end; empty when it cannot be told."""
        return format_local_time(_local(self.end, self.zone)) if self.end else ""


def check_timing(scenario: Any) -> Iterator[Finding]:
    """Check the clock, and that what is dated lies within the run."""
    clock = scenario.clock
    span = span_of(clock)
    if clock is not None:
        yield from _check_clock(clock, span.zone)
    orders, calendar = scenario.orders or {}, scenario.calendar or {}
    for name, event in calendar.items():
        if event is None:
            continue
        happens = any(b is None or b.probability != 0 for b in (event.branches or {}).values())
        yield from check_moment(("calendar", name, "at"), event.at, span, inside=happens)
    for name, order in orders.items():
        if order is not None and order.trigger is not None:
            path = ("orders", name, "trigger")
            yield from _check_trigger(path, order, span)
            yield from _check_of((*path, "of"), name, order.trigger, scenario)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _check_clock(clock: Any, zone: tzinfo | None) -> Iterator[Finding]:
    if zone is None and clock.timezone is not None:
        near = nearest(clock.timezone, sorted(available_timezones()))
        message = "is no time zone"
        example = "a name of the IANA database, such as Asia/Baghdad"
        path: Path = ("clock", "timezone")
        yield Finding(path, message, show(clock.timezone), example, near)
    yield from check_moment(("clock", "start"), clock.start, Span(zone, None, None, None))
    if clock.length is None or clock.tick is None:
        return
    ticks = clock.length / clock.tick
    got = f"{format_duration(clock.length)} in ticks of {format_duration(clock.tick)}"
    path = ("clock", "length")
    if round(ticks) < 1 or abs(ticks - round(ticks)) > _WHOLE * max(1.0, ticks):
        yield Finding(path, "needs a whole number of ticks, at least one", got)
    elif ticks > MAX_TICKS:
        allowed = f"up to {MAX_TICKS:_} ticks"
        yield Finding(path, f"is {round(ticks):_} ticks long", got, allowed)


def span_of(clock: Any) -> Span:
    """Give the time that a run covers."""
    zone = _zone(clock.timezone) if clock and clock.timezone is not None else None
    hours = clock.length if clock else None
    if clock is None or zone is None or clock.start is None or hours is None:
        return Span(zone, None, None, hours)
    try:
        start = to_utc(clock.start, zone)
    except ValueError:
        return Span(zone, None, None, hours)
    return Span(zone, start, start + timedelta(hours=hours), hours)


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
        yield Finding(path, "lies outside the run", shown, str(span))


def _check_trigger(path: Path, order: Any, span: Span) -> Iterator[Finding]:
    trigger = order.trigger
    yield from _check_one_of(path, trigger, ALTERNATIVES[Trigger])
    if trigger.when is not None:
        yield from _check_one_of((*path, "when"), trigger.when, ALTERNATIVES[Condition])
    yield from check_moment((*path, "at"), trigger.at, span, inside=order.enabled is not False)
    late = trigger.after is not None and span.hours is not None and trigger.after >= span.hours
    if late and trigger.of is None and order.enabled is not False:
        got, most = format_duration(trigger.after), format_duration(span.hours or 0)
        message = "lies outside the run"
        yield Finding((*path, "after"), message, show(got), f"below {most}")


def _check_one_of(path: Path, holder: Any, names: tuple[str, ...]) -> Iterator[Finding]:
    given = [name for name in names if getattr(holder, name) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none of them"
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        yield Finding(path, f"needs exactly one of {listed}", got, at_key=True)


def _check_of(path: Path, name: str, trigger: Any, scenario: Any) -> Iterator[Finding]:
    if trigger.of is None:
        return
    if trigger.after is None:
        yield Finding(path, "belongs to 'after', which is not given", show(trigger.of))
    if scenario.orders is None or scenario.calendar is None:
        return
    if trigger.of == name:
        yield Finding(path, "an order cannot wait for itself", show(trigger.of))
    elif trigger.of not in (known := _moments(scenario)):
        names = [key for key in known if key != name]
        yield unknown_name(path, trigger.of, names, "order, calendar event or branch")
    else:
        loop = _loop(name, scenario.orders)
        if loop:
            message = f"orders wait for each other: {' -> '.join(loop)}"
            yield Finding(path, message, show(trigger.of))


def _moments(scenario: Any) -> list[str]:
    """List what can be waited for: orders, calendar events and their branches."""
    return [*scenario.orders, *courses_of(scenario.calendar)]


def courses_of(calendar: dict[str, Any]) -> list[str]:
    """List calendar events and their branches."""
    events = {key: event for key, event in calendar.items() if event is not None}
    branches = [f"{key}.{branch}" for key, e in events.items() for branch in e.branches or {}]
    return [*calendar, *branches]


def _loop(name: str, orders: dict[str, Any]) -> list[str]:
    """Follow 'of' from an order; the way back to it, or nothing."""
    way = [name]
    while True:
        order = orders.get(way[-1])
        following = order.trigger.of if order is not None and order.trigger is not None else None
        if following == name:
            return [*way, name]
        if following is None or following in way:
            return []
        way.append(following)
