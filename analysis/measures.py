"""Measure one run in the way in which an observed target was measured.

Each kind of target of `sim.targets` has one function here, from the run's engagements and
orders to a number; NaN where the thing did not happen in the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from sim.parameters import Scenario
from sim.targets import Elsewhere, Target, Window
from sim.units import to_utc

MISSING = math.nan
COLUMNS = (
    "hour",
    "province",
    "attacker",
    "target",
    "killed",
    "attacker_killed",
    "target_killed",
    "wounded",
    "parent",
)
_EVERY_ALARM = ("proportional", "fixed_plan")


@dataclass(frozen=True)
class Run:
    """What measures need of one run, in order of happening.

    ``scenario`` are its settings, of a design those that no point varies; ``at`` gives those at the
    run's own point. Arrays have one value per engagement: ``hour`` is the start of its tick [hours
    since the start], ``killed`` and ``wounded`` count all sides, the security force included, and
    ``parent`` is the engagement that caused it, below 0 without one. ``orders`` gives the start of
    the tick in which each order was first given.
    """

    scenario: Scenario
    at: Callable[[], Scenario]
    hour: Floats
    province: NDArray[Any]
    attacker: NDArray[Any]
    target: NDArray[Any]
    killed: NDArray[np.int64]
    wounded: NDArray[np.int64]
    parent: NDArray[np.int64]
    attacker_killed: NDArray[np.int64]
    target_killed: NDArray[np.int64]
    orders: Mapping[str, float]

    @property
    def tick(self) -> float:
        """Length of a tick [hours]."""
        return self.scenario.clock.tick

    @property
    def length(self) -> float:
        """Length of the run [hours]."""
        return self.scenario.clock.length

    def only(self, kept: NDArray[np.bool_] | slice) -> Run:
        """Keep some of the engagements."""
        return replace(self, **{name: getattr(self, name)[kept] for name in COLUMNS})


def measure(target: Target, run: Run) -> float:
    """Measure one run."""
    return MEASURES[target.measure](target, run)


def within(window: Window, scenario: Scenario) -> tuple[float, float]:
    """Give a window in hours since the start of the run."""
    clock = scenario.clock
    zone = ZoneInfo(clock.timezone)
    origin = to_utc(clock.start, zone)
    start, end = (
        edge if moment is None else (to_utc(moment, zone) - origin) / timedelta(hours=1)
        for moment, edge in ((window.start, 0.0), (window.end, clock.length))
    )
    return float(start), float(end)


def episodes(run: Run, gap: float, least_killed: int) -> Iterator[Run]:
    """Part engagements into episodes."""
    starts = np.flatnonzero(np.diff(run.hour) - run.tick >= gap) + 1
    edges = [0, *starts.tolist(), len(run.hour)] if len(run.hour) else []
    for first, after in pairwise(edges):
        if run.killed[first:after].sum() >= least_killed:
            yield run.only(slice(first, after))


def _killed(target: Any, run: Run) -> float:
    there = _counted(target, run)
    if there is None:
        return MISSING
    if target.of == "all":
        return float(there.killed.sum())
    own = there.attacker_killed[_among(there.attacker, target.of)].sum()
    return float(own + there.target_killed[_among(there.target, target.of)].sum())


def _wounded(target: Any, run: Run) -> float:
    there = _counted(target, run)
    return float(there.wounded.sum()) if there else MISSING


def _engagements(target: Any, run: Run) -> float:
    return float((_in_window(target, run).killed >= target.least_killed).sum())


def _wounded_per_killed(target: Any, run: Run) -> float:
    there = _counted(target, run)
    if there is None or not there.killed.any():
        return MISSING
    return float(there.wounded.sum() / there.killed.sum())


def _answered_share(target: Any, run: Run) -> float:
    there = _in_window(target, run)
    return float((there.parent >= 0).mean()) if len(there.hour) else MISSING


def _episode_hours(target: Any, run: Run) -> float:
    first = _first_episode(target, run)
    return _end(first) - float(first.hour[0]) if first else MISSING


def _episode_happens(target: Any, run: Run) -> float:
    return float(_first_episode(target, run) is not None)


def _starts_at_night(target: Any, run: Run) -> float:
    first = _first_episode(target, run)
    if first is None:
        return MISSING
    hour, (start, end) = local_time(run.scenario, float(first.hour[0])).hour, target.night
    return float(start <= hour < end if start <= end else hour >= start or hour < end)


def _alternations(target: Any, run: Run) -> float:
    first = _first_episode(target, run)
    if first is None:
        return MISSING
    exchanges: dict[frozenset[str], list[str]] = {}
    for attacker, attacked in zip(first.attacker, first.target, strict=True):
        exchanges.setdefault(frozenset((attacker, attacked)), []).append(attacker)
    return float(max(sum(a != b for a, b in pairwise(side)) for side in exchanges.values()))


def _hours_to_quiet(target: Any, run: Run) -> float:
    there, order = _somewhere(target, run), run.orders.get(target.order, MISSING)
    before, after = (there.hour[mask] for mask in (there.hour < order, there.hour >= order))
    if math.isnan(order) or not (before > order - target.quiet).any():
        return MISSING
    ends = np.concatenate(([order], after + run.tick))
    following = np.concatenate((after, [run.length]))
    quiet = np.flatnonzero(following - ends >= target.quiet)
    return float(ends[quiet[0]] - order) if quiet.size else MISSING


def _hours_between(target: Any, run: Run) -> float:
    first = _first_episode(target, run)
    second = _first_episode(target, run, target.then)
    return float(second.hour[0]) - _end(first) if first and second else MISSING


def _hours_to_calm_after_arrival(target: Any, run: Run) -> float:
    first = _first_episode(target, run)
    arrival = math.nan if first is None else _arrival(first, run)
    return max(0.0, _end(first) - arrival) if first and not math.isnan(arrival) else MISSING


MEASURES: dict[str, Callable[[Any, Run], float]] = {
    "killed": _killed,
    "engagements": _engagements,
    "wounded": _wounded,
    "wounded_per_killed": _wounded_per_killed,
    "answered_share": _answered_share,
    "episode_hours": _episode_hours,
    "episode_happens": _episode_happens,
    "starts_at_night": _starts_at_night,
    "alternations": _alternations,
    "hours_to_quiet": _hours_to_quiet,
    "hours_between": _hours_between,
    "hours_to_calm_after_arrival": _hours_to_calm_after_arrival,
}


def local_time(scenario: Scenario, hour: float) -> datetime:
    """Give the local time some hours after the start of a run."""
    zone = ZoneInfo(scenario.clock.timezone)
    return (to_utc(scenario.clock.start, zone) + timedelta(hours=hour)).astimezone(zone)


def _somewhere(target: Any, run: Run, then: Elsewhere | None = None) -> Run:
    provinces = target.provinces if then is None else then.provinces
    kept = np.ones(len(run.hour), dtype=bool)
    if provinces != "all":
        kept &= _among(run.province, provinces)
    if target.groups != "all":
        kept &= _among(run.attacker, target.groups) & _among(run.target, target.groups)
    return run.only(kept)


def _among(column: NDArray[Any], names: list[str]) -> NDArray[np.bool_]:
    return np.fromiter(map(set(names).__contains__, column), bool, len(column))


def _counted(target: Any, run: Run) -> Run | None:
    if target.episode is not None:
        return _first_episode(target, run)
    return _in_window(target, run)


def _in_window(target: Any, run: Run) -> Run:
    start, end = within(target.window, run.scenario)
    there = _somewhere(target, run)
    return there.only((there.hour >= start) & (there.hour < end))


def _first_episode(target: Any, run: Run, then: Elsewhere | None = None) -> Run | None:
    start, end = within(target.window, run.scenario)
    least = target.episode.least_killed if then is None else then.least_killed
    found = episodes(_somewhere(target, run, then), target.episode.gap, least)
    return next((episode for episode in found if start <= episode.hour[0] < end), None)


def _end(episode: Run) -> float:
    return float(episode.hour[-1]) + episode.tick


def _arrival(episode: Run, run: Run) -> float:
    """When reinforcements reach the first episode, from the alarm's definition and the lag."""
    rule = episode.at().deployment
    everywhere = run.only(run.hour >= episode.hour[0]) if rule.rule in _EVERY_ALARM else episode
    for place in range(len(everywhere.hour)):
        now = everywhere.hour[place]
        recent = (everywhere.hour <= now) & (everywhere.hour > now - rule.alarm_window)
        if everywhere.killed[recent].sum() >= rule.alarm_killed:
            return MISSING if rule.rule == "none" else float(now) + run.tick + rule.lag
    return MISSING
