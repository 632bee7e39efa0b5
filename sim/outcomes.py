"""The outcomes of runs, computed from their engagements or from their reports alone.

Names, units and meanings are declared in `sim.records.OUTCOMES` and `REPORTED_OUTCOMES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.records import DEAD, OUTCOMES

if TYPE_CHECKING:
    from sim.parameters import Clock, Scenario

Outcomes = dict[str, NDArray[Any]]
MISSING = float("nan")
REPRISAL = "reprisal"
WITHDRAW = "withdraw"


class Ran(Protocol):
    """What outcomes need to know of the world that ran."""

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Words of each column of labels, in the order of their codes."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""


def of_runs(
    engagements: Mapping[str, NDArray[Any]],
    acts: Mapping[str, NDArray[Any]],
    replicates: Sequence[int],
    world: Ran,
) -> Outcomes:
    """All outcomes of some runs of one scenario, from its engagements and its orders."""
    killed = np.sum([engagements[column] for column in DEAD], axis=0)
    wounded = engagements["attacker_wounded"] + engagements["target_wounded"]
    reprisal = engagements["cause"] == world.labels["cause"].index(REPRISAL)
    runs = _Runs(engagements["replicate"], replicates)
    capital = _capital(world.scenario)
    return {
        "killed": runs.sum(killed),
        "wounded": runs.sum(wounded),
        "engagements": runs.sizes,
        "reprisal_share": runs.mean(reprisal),
        "longest_chain": runs.most(engagements["depth"] + 1),
        **_course(
            runs, engagements["tick"], engagements["province"], capital, killed, world.scenario
        ),
        **_call(acts, replicates, world),
    }


def table_of_runs(
    engagements: Mapping[str, NDArray[Any]],
    acts: Mapping[str, NDArray[Any]],
    replicates: Sequence[int],
    world: Ran,
) -> Outcomes:
    """Table ``runs`` of some runs of one scenario."""
    values = of_runs(engagements, acts, replicates, world)
    table: Outcomes = {"replicate": np.asarray(replicates, np.int32)}
    for column in OUTCOMES:
        table[column.name] = values[column.name].astype(column.numpy)
    return table


def of_reports(
    reports: Mapping[str, NDArray[Any]], replicates: Sequence[int], scenario: Scenario
) -> Outcomes:
    """Outcomes of some runs as their reports give them.

    Reports are dated by the engagement that they tell of, not by their own appearance.
    """
    best = reports["killed_best"]
    ticks = engaged(reports["tick"], reports["lag"], scenario)
    order = np.lexsort((ticks, reports["replicate"]))
    codes = {name: code for code, name in enumerate(scenario.provinces)}
    provinces = np.array([codes[name] for name in reports["province"].tolist()], np.int64)
    runs = _Runs(reports["replicate"], replicates)
    course = (ticks[order], provinces[order], _capital(scenario), best[order], scenario)
    return {
        "killed": runs.sum(best),
        "killed_low": runs.sum(reports["killed_low"]),
        "killed_high": runs.sum(reports["killed_high"]),
        "engagements": runs.sizes,
        **_course(runs, *course),
    }


def engaged(ticks: NDArray[Any], lag: NDArray[Any], scenario: Scenario) -> NDArray[np.int64]:
    """Ticks of the engagements that reports tell of."""
    return np.asarray(np.rint(ticks - lag / scenario.clock.tick), np.int64)


class _Runs:
    """Which rows belong to which run; sums and means by run."""

    def __init__(self, of_rows: NDArray[Any], replicates: Sequence[int]) -> None:
        self.number = len(replicates)
        self.index = np.searchsorted(np.asarray(replicates, np.int64), of_rows)
        self.sizes = np.bincount(self.index, minlength=self.number)

    def sum(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Sum whole numbers; 0 for a run without rows."""
        return np.bincount(self.index, values, self.number).astype(np.int64)

    def mean(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Share of rows where a condition holds; NaN for a run without rows."""
        some = np.where(self.sizes, self.sizes, 1)
        return np.where(self.sizes, self.sum(values) / some, MISSING)

    def most(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Find the largest value; 0 for a run without rows."""
        found = np.zeros(self.number, np.int64)
        np.maximum.at(found, self.index, values)
        return found


def _course(
    runs: _Runs,
    ticks: NDArray[Any],
    provinces: NDArray[Any],
    capital: int,
    killed: NDArray[Any],
    scenario: Scenario,
) -> Outcomes:
    """Outcomes that follow from when and where how many were killed; ticks in order."""
    reached = np.zeros((runs.number, len(scenario.provinces)), np.bool_)
    reached[runs.index, provinces] = True
    outside = runs.mean(provinces != capital)
    return {
        "provinces_reached": reached.sum(axis=1),
        "share_outside_capital": outside if capital >= 0 else np.full(runs.number, MISSING),
        **_calm(runs, ticks, killed, scenario),
        "peak_day": _peak_day(runs, ticks, killed, scenario),
    }


def _call(acts: Mapping[str, NDArray[Any]], replicates: Sequence[int], world: Ran) -> Outcomes:
    """When the call to withdraw came; orders stand in the order of their ticks."""
    runs, clock = _Runs(acts["replicate"], replicates), world.scenario.clock
    calls = acts["action"] == world.labels["action"].index(WITHDRAW)
    call = world.scenario.measures.call
    if call is not None:
        calls &= acts["order"] == world.labels["order"].index(call)
    ticks = np.full(runs.number, clock.n_ticks, np.int64)
    np.minimum.at(ticks, runs.index[calls], acts["tick"][calls])
    return {"called": ticks < clock.n_ticks, "hours_to_call": ticks * clock.tick}


def _capital(scenario: Scenario) -> int:
    """Place of the capital among the provinces; -1 when there is none."""
    capitals = [place for place, facts in enumerate(scenario.provinces.values()) if facts.capital]
    return capitals[0] if capitals else -1


def _calm(runs: _Runs, ticks: NDArray[Any], killed: NDArray[Any], scenario: Scenario) -> Outcomes:
    measures, clock = scenario.measures, scenario.clock
    start = _calm_ticks(runs, ticks, clock.n_ticks, measures.calm_after / clock.tick)
    calm = start >= 0
    began = start[runs.index]
    last = began + measures.relapse_within / clock.tick
    again = runs.sum((began >= 0) & (ticks >= began) & (ticks < last) & (killed > 0)) > 0
    return {
        "hours_to_calm": np.where(calm, start, clock.n_ticks) * clock.tick,
        "calm_reached": calm,
        "relapse": np.where(calm, again, MISSING),
    }


def _calm_ticks(
    runs: _Runs, ticks: NDArray[Any], n_ticks: int, calm_ticks: float
) -> NDArray[np.int64]:
    """Tick at which each run reaches calm; -1 when it does not.

    Calm begins with the first stretch of `calm_ticks` without an engagement that ends
    within the run.
    """
    own = np.arange(runs.number)
    which = np.concatenate((own, runs.index, own))
    edges = np.concatenate((np.full(runs.number, -1), ticks, np.full(runs.number, n_ticks)))
    order = np.argsort(which, kind="stable")
    which, edges = which[order], edges[order].astype(np.int64)
    long_enough = (np.diff(edges) - 1 >= calm_ticks) & (np.diff(which) == 0)
    first = np.full(runs.number, -1, np.int64)
    places = np.flatnonzero(long_enough)[::-1]  # the first of a run is written last
    first[which[places]] = edges[places] + 1
    return first


def _peak_day(
    runs: _Runs, ticks: NDArray[Any], killed: NDArray[Any], scenario: Scenario
) -> NDArray[np.float64]:
    days = _days(scenario.clock)
    by_day = np.zeros((runs.number, int(days[-1]) + 1), np.int64)
    np.add.at(by_day, (runs.index, days[ticks]), killed)
    return np.where(by_day.any(axis=1), by_day.argmax(axis=1), MISSING)


def _days(clock: Clock) -> NDArray[np.int64]:
    """Local calendar day of every tick, 0 the first."""
    return _days_of(clock.start_utc, clock.start.date(), clock.timezone, clock.tick, clock.n_ticks)


@lru_cache(maxsize=64)
def _days_of(
    start: datetime, first: date, timezone: str, tick_hours: float, n_ticks: int
) -> NDArray[np.int64]:
    zone, begins = ZoneInfo(timezone), int(start.timestamp())
    seconds = np.rint(np.arange(n_ticks) * tick_hours * 3600.0).astype(np.int64) + begins
    days = [
        (datetime.fromtimestamp(int(t), UTC).astimezone(zone).date() - first).days for t in seconds
    ]
    return np.array(days, np.int64)
