"""The outcomes of a run, computed from its engagements alone.

Names, units and meanings are declared in `sim.records.OUTCOMES`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    return {
        "killed": int(killed.sum()),
        "wounded": int(wounded.sum()),
        "engagements": number,
        "reprisal_share": _mean(engagements["cause"] == reprisal),
        "longest_chain": int(engagements["depth"].max()) + 1 if number else 0,
        "provinces_reached": len(np.unique(engagements["province"])),
        "share_outside_capital": _share_outside(engagements["province"], world),
        **_calm(engagements["tick"], killed, world),
        "peak_day": _peak_day(engagements["time"], killed, world),
    }


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


def _calm(ticks: NDArray[Any], killed: NDArray[Any], world: World) -> dict[str, float]:
    measures = world.scenario.measures
    start = calm_tick(ticks, world.n_ticks, world.ticks(measures.calm_after))
    if start < 0:
        length = world.n_ticks * world.tick_hours
        return {"hours_to_calm": length, "calm_reached": False, "relapse": MISSING}
    last = start + world.ticks(measures.relapse_within)
    again = (ticks >= start) & (ticks < last) & (killed > 0)
    return {
        "hours_to_calm": start * world.tick_hours,
        "calm_reached": True,
        "relapse": float(again.any()),
    }


def _share_outside(provinces: NDArray[Any], world: World) -> float:
    capitals = [p.capital for p in world.scenario.provinces.values()]
    return _mean(provinces != capitals.index(True)) if any(capitals) else MISSING


def _peak_day(times: NDArray[Any], killed: NDArray[Any], world: World) -> float:
    if not killed.any():
        return MISSING
    zone = ZoneInfo(world.scenario.clock.timezone)
    first = world.start.astimezone(zone).date()
    days = [
        (datetime.fromtimestamp(int(t), UTC).astimezone(zone).date() - first).days for t in times
    ]
    return float(np.argmax(np.bincount(days, weights=killed)))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else MISSING
