"""The outcomes of a run, computed from its engagements or from its reports alone.

Names, units and meanings are declared in `sim.records.OUTCOMES` and `REPORTED_OUTCOMES`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.parameters import Scenario
    from sim.world import World

MISSING = float("nan")
REPRISAL = "reprisal"


def of_run(engagements: Mapping[str, NDArray[Any]], world: World) -> dict[str, float]:
    """All outcomes of one run.

    Parameters
    ----------
    engagements : mapping of str to ndarray
        The run's engagement table, labels as codes.
    world : World
        Names, times and the scenario's definitions.

    Returns
    -------
    dict of str to float
        One value per entry of `sim.records.OUTCOMES`.
    """
    killed = (
        engagements["attacker_killed"]
        + engagements["target_killed"]
        + engagements["security_killed"]
    )
    wounded = engagements["attacker_wounded"] + engagements["target_wounded"]
    number = len(killed)
    reprisal = world.labels["cause"].index(REPRISAL)
    provinces = np.array(world.labels["province"], object)[engagements["province"]]
    course = _course(engagements["tick"], engagements["time"], provinces, killed, world.scenario)
    return {
        "killed": int(killed.sum()),
        "wounded": int(wounded.sum()),
        "engagements": number,
        "reprisal_share": _mean(engagements["cause"] == reprisal),
        "longest_chain": int(engagements["depth"].max()) + 1 if number else 0,
        **course,
    }


def of_reports(reports: Mapping[str, NDArray[Any]], scenario: Scenario) -> dict[str, float]:
    """Outcomes of one run as its reports give them.

    Reports are dated by the engagement that they tell of, not by their own appearance.

    Parameters
    ----------
    reports : mapping of str to ndarray
        The run's reports: ``tick``, ``time`` (UTC epoch seconds), ``lag``, ``province``
        (names), ``killed_low``, ``killed_best`` and ``killed_high``.
    scenario : Scenario
        Times and definitions.

    Returns
    -------
    dict of str to float
        One value per entry of `sim.records.REPORTED_OUTCOMES`.
    """
    lag, best = reports["lag"], reports["killed_best"]
    ticks = engaged(reports["tick"], lag, scenario)
    times = reports["time"] - np.rint(3600.0 * lag).astype(np.int64)
    return {
        "killed": int(best.sum()),
        "killed_low": int(reports["killed_low"].sum()),
        "killed_high": int(reports["killed_high"].sum()),
        "engagements": len(best),
        **_course(ticks, times, reports["province"], best, scenario),
    }


def engaged(ticks: NDArray[Any], lag: NDArray[Any], scenario: Scenario) -> NDArray[np.int64]:
    """Ticks of the engagements that reports tell of.

    Parameters
    ----------
    ticks : ndarray of int, shape (n,)
        Ticks in which the reports appear.
    lag : ndarray of float, shape (n,)
        From each engagement to its report [h].
    scenario : Scenario
        Its clock gives the length of a tick.

    Returns
    -------
    ndarray of int, shape (n,)
        Within the run.
    """
    return np.asarray(np.rint(ticks - lag / scenario.clock.tick), np.int64)


def calm_tick(ticks: NDArray[Any], n_ticks: int, calm_ticks: float) -> int:
    """Tick at which calm is reached.

    Parameters
    ----------
    ticks : ndarray of int, shape (n,)
        Ticks of the engagements, in order.
    n_ticks : int
        Ticks of the run.
    calm_ticks : float
        Ticks without an engagement that count as calm.

    Returns
    -------
    int
        First tick of the first stretch of that length without an engagement that ends
        within the run; -1 when there is none.
    """
    edges = np.concatenate(([-1], ticks, [n_ticks])).astype(np.int64)
    gaps = np.diff(edges) - 1
    long_enough = np.flatnonzero(gaps >= calm_ticks)
    return int(edges[long_enough[0]]) + 1 if len(long_enough) else -1


def _course(
    ticks: NDArray[Any],
    times: NDArray[Any],
    provinces: NDArray[Any],
    killed: NDArray[Any],
    scenario: Scenario,
) -> dict[str, float]:
    """Outcomes that follow from when and where how many were killed."""
    capital = [name for name, province in scenario.provinces.items() if province.capital]
    return {
        "provinces_reached": len(set(provinces.tolist())),
        "share_outside_capital": _mean(provinces != capital[0]) if capital else MISSING,
        **_calm(ticks, killed, scenario),
        "peak_day": _peak_day(times, killed, scenario),
    }


def _calm(ticks: NDArray[Any], killed: NDArray[Any], scenario: Scenario) -> dict[str, float]:
    measures, clock = scenario.measures, scenario.clock
    start = calm_tick(np.sort(ticks), clock.n_ticks, measures.calm_after / clock.tick)
    if start < 0:
        length = clock.n_ticks * clock.tick
        return {"hours_to_calm": length, "calm_reached": False, "relapse": MISSING}
    last = start + measures.relapse_within / clock.tick
    again = (ticks >= start) & (ticks < last) & (killed > 0)
    return {
        "hours_to_calm": start * clock.tick,
        "calm_reached": True,
        "relapse": float(again.any()),
    }


def _peak_day(times: NDArray[Any], killed: NDArray[Any], scenario: Scenario) -> float:
    if not killed.any():
        return MISSING
    zone = ZoneInfo(scenario.clock.timezone)
    first = scenario.clock.start.date()
    days = [
        (datetime.fromtimestamp(int(t), UTC).astimezone(zone).date() - first).days for t in times
    ]
    return float(np.argmax(np.bincount(days, weights=killed)))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else MISSING
