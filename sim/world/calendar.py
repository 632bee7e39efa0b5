"""The political calendar as plans in ticks."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sim import tables
from sim.draws import address
from sim.parameters import Branch, Scenario, Timing
from sim.rules import tension
from sim.tables import Floats
from sim.world.shapes import NOTHING, START, Begins, BranchPlan, EventPlan, Politics

HOURS_PER_MONTH = 720.0


def moments_of(scenario: Scenario) -> dict[str, int]:
    """List and number everything that an order can wait for."""
    names = [key for key, order in scenario.orders.items() if order.enabled]
    for event, facts in scenario.calendar.items():
        names += [event, *(f"{event}.{branch}" for branch in facts.branches)]
    return {name: number for number, name in enumerate(names)}


def branch_codes(scenario: Scenario) -> tuple[str, ...]:
    """Labels of what is not an order: branches, calls for restraint, ceasefires, brigades."""
    branches = [f"{e}.{b}" for e, facts in scenario.calendar.items() for b in facts.branches]
    return (*branches, *scenario.restraint_calls, *scenario.ceasefires, *scenario.brigades)


def politics_of(
    scenario: Scenario, start: datetime, n_ticks: int, moments: dict[str, int]
) -> Politics:
    """Plan the calendar and everything else that moves tension."""
    blocs = tuple(dict.fromkeys(group.bloc for group in scenario.groups.values()))
    codes = {key: len(scenario.orders) + i for i, key in enumerate(branch_codes(scenario))}
    ends = np.cumsum([len(event.branches) for event in scenario.calendar.values()], dtype=int)
    branches = [
        (event, f"{key}.{name}", branch)
        for key, event in scenario.calendar.items()
        for name, branch in event.branches.items()
    ]
    return Politics(
        blocs=blocs,
        events=tuple(
            EventPlan(
                key=key,
                moment=moments[key],
                tick=tick_of(scenario, start, event.at),
                address=address(key),
                first=int(end) - len(event.branches),
                last=int(end),
            )
            for end, (key, event) in zip(ends, scenario.calendar.items(), strict=True)
        ),
        branches=tuple(
            _branch(branch, codes[name], moments[name], scenario.clock.tick)
            for _, name, branch in branches
        ),
        cumulative=tuple(
            chance
            for event in scenario.calendar.values()
            for chance in np.cumsum([b.probability for b in event.branches.values()]).tolist()
        ),
        effects=tuple(
            tuple(branch.effect.get(bloc, 0.0) for bloc in blocs) for _, _, branch in branches
        ),
        deadlock=_deadlock(scenario, start, n_ticks),
        deadlock_ends=moments.get(scenario.deadlock.ends_with or "", -1),
    )


def tick_of(scenario: Scenario, start: datetime, moment: datetime) -> int:
    """Tick in which a local time lies."""
    zone = ZoneInfo(scenario.clock.timezone)
    elapsed = moment.replace(tzinfo=zone).astimezone(UTC) - start
    return math.floor(elapsed / timedelta(hours=scenario.clock.tick))


def begins(scenario: Scenario, start: datetime, timing: Timing, moments: dict[str, int]) -> Begins:
    """Plan when something begins."""
    if timing.at is not None:
        return Begins(tick_of(scenario, start, timing.at), START)
    delay = math.ceil((timing.after or 0.0) / scenario.clock.tick - 1e-9)
    return Begins(delay, moment_of(timing.of, moments))


def moment_of(name: str | None, moments: dict[str, int]) -> int:
    """Moment that something waits for; `START` for none, `NOTHING` for what is switched off."""
    return START if name is None else moments.get(name, NOTHING)


def _branch(branch: Branch, code: int, moment: int, tick_hours: float) -> BranchPlan:
    again = branch.again_after
    return BranchPlan(
        code=code,
        moment=moment,
        keep=tables.keep_per_tick(branch.half_life, tick_hours),
        again_after=-1 if again is None else max(1, round(again / tick_hours)),
    )


def _deadlock(scenario: Scenario, start: datetime, n_ticks: int) -> Floats:
    deadlock = scenario.deadlock
    if not deadlock.enabled or deadlock.since is None:
        return np.ones(n_ticks)
    before = -tick_of(scenario, start, deadlock.since)
    return _growing(deadlock.growth, before, scenario.clock.tick, n_ticks)


@tables.cached
def _growing(growth: float, before: int, tick_hours: float, n_ticks: int) -> Floats:
    hours = [max(0.0, (before + t) * tick_hours) for t in range(n_ticks)]
    return np.array([tension.deadlock(growth, h / HOURS_PER_MONTH) for h in hours])
