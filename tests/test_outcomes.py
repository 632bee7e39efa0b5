"""Every outcome of runs, worked out by hand with numbers that are not symmetrical.

Ticks are of two hours, 24 of them, and begin at 20:00 in Baghdad, three hours ahead of UTC: local
days begin at ticks 2 and 14, those of UTC at ticks 3.5 and 15.5. Calm are twelve hours, which are
six ticks; a relapse counts within sixteen hours, which are eight.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import outcomes
from sim.parameters import Scenario
from sim.records import ACTIONS, CAUSES, DEAD, OUTCOMES
from tests.batches import make

NAN = float("nan")
REPLICATES = (3, 5, 9, 11, 20)
PROVINCES = {
    name: {"label": name, "tile": [0, place], "population": 1000, "region": "west"}
    for place, name in enumerate(("city", "hills", "marsh"))
}
# Replicate, tick, killed, province, depth in its chain, cause.
ROWS = [
    (3, 2, 0, 1, 0, "background"),
    (3, 3, 5, 1, 1, "reprisal"),
    (3, 10, 0, 2, 2, "reprisal"),  # six quiet ticks before it: calm began at tick 4
    (3, 12, 2, 0, 0, "background"),  # tick 12 is the first after the eight of a relapse
    (5, 0, 1, 0, 0, "background"),
    (5, 6, 0, 0, 0, "mobilisation"),  # only five quiet ticks before it
    (5, 13, 0, 0, 0, "background"),  # six: calm began at tick 7, though calm comes again later
    (5, 14, 3, 2, 3, "reprisal"),  # the last tick of a relapse
    (9, 5, 2, 1, 0, "background"),  # only five quiet ticks before it
    (9, 8, 0, 1, 0, "background"),
    (9, 13, 1, 1, 0, "background"),
    (9, 18, 3, 1, 0, "background"),
    (9, 19, 0, 1, 0, "background"),  # only four quiet ticks before the end
    (20, 7, 1, 1, 0, "background"),  # calm from the start, and one is killed in the last tick
]
EXPECTED = {
    "killed": [7, 4, 6, 0, 1],
    "wounded": [5 + 7 + 9 + 11, 13 + 15 + 17 + 19, 21 + 23 + 25 + 27 + 29, 0, 31],
    "engagements": [4, 4, 5, 0, 1],
    "reprisal_share": [0.5, 0.25, 0.0, NAN, 0.0],
    "longest_chain": [3, 4, 1, 0, 1],
    "provinces_reached": [3, 2, 1, 0, 1],
    "share_outside_capital": [0.5, 1.0, 0.0, NAN, 0.0],
    "hours_to_calm": [8.0, 14.0, 48.0, 0.0, 0.0],
    "calm_reached": [True, True, False, True, True],
    "relapse": [0.0, 1.0, NAN, 0.0, 1.0],
    "peak_day": [1.0, 2.0, 1.0, NAN, 1.0],
    "called": [True, False, True, False, False],
    "hours_to_call": [10.0, 48.0, 0.0, 48.0, 48.0],
}


@dataclass(frozen=True)
class World:
    """What outcomes need to know."""

    scenario: Scenario
    labels: dict[str, tuple[str, ...]]


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    clock = {"start": "2024-03-01T20:00", "timezone": "Asia/Baghdad", "length": "48h", "tick": "2h"}
    provinces = PROVINCES | {"hills": PROVINCES["hills"] | {"capital": True}}
    measures = {"calm_after": "12h", "relapse_within": "16h", "call": "second"}
    order = {"action": "withdraw", "group": "red", "compliance": 0.5}
    return make(
        tmp_path,
        "base",
        clock=clock,
        provinces=provinces,
        measures=measures,
        orders={
            name: order | {"trigger": {"at": f"2024-03-02T0{hour}:00"}}
            for hour, name in enumerate(("first", "second"))
        },
    ).scenario


@pytest.fixture
def world(scenario: Scenario) -> World:
    orders = ("first", "second", "")
    return World(scenario, {"cause": CAUSES, "action": ACTIONS, "order": orders})


def engagements() -> dict[str, Any]:
    replicate, tick, killed, province, depth, cause = map(np.array, zip(*ROWS, strict=True))
    rows = np.arange(len(ROWS))
    # The dead are on every side in turn.
    dead = {name: np.where(rows % len(DEAD) == n, killed, 0) for n, name in enumerate(DEAD)}
    return {
        "replicate": replicate,
        "tick": tick,
        "province": province,
        "depth": depth,
        "cause": np.array([CAUSES.index(each) for each in cause]),
        "attacker_wounded": 2 + rows,
        "target_wounded": 3 + rows,
        **dead,
    }


def acts() -> dict[str, Any]:
    rows = [
        (3, 2, "withdraw", "first"),
        (3, 4, "hold", "second"),
        (3, 5, "withdraw", "second"),
        (3, 9, "withdraw", "second"),
        (5, 7, "withdraw", "first"),
        (9, 0, "withdraw", "second"),
    ]
    return {
        "replicate": np.array([row[0] for row in rows]),
        "tick": np.array([row[1] for row in rows]),
        "action": np.array([ACTIONS.index(row[2]) for row in rows]),
        "order": np.array([("first", "second").index(row[3]) for row in rows]),
    }


@pytest.mark.parametrize("name", [column.name for column in OUTCOMES])
def test_outcome(world: World, name: str) -> None:
    found = outcomes.of_runs(engagements(), acts(), REPLICATES, world)
    np.testing.assert_array_equal(np.asarray(found[name], float), np.array(EXPECTED[name], float))


def test_the_table_of_runs_holds_them_with_their_types(world: World) -> None:
    table = outcomes.table_of_runs(engagements(), acts(), REPLICATES, world)
    assert list(table) == ["replicate", *(column.name for column in OUTCOMES)]
    assert table["replicate"].tolist() == list(REPLICATES)
    for column in OUTCOMES:
        assert table[column.name].dtype == np.dtype(column.numpy)


def test_any_call_to_withdraw_counts_where_none_is_named(world: World) -> None:
    measures = world.scenario.measures.model_copy(update={"call": None})
    any_call = World(world.scenario.model_copy(update={"measures": measures}), world.labels)
    found = outcomes.of_runs(engagements(), acts(), REPLICATES, any_call)
    assert found["hours_to_call"].tolist() == [4.0, 14.0, 0.0, 48.0, 48.0]
    assert found["called"].tolist() == [True, True, True, False, False]


def with_capital(world: World, name: str) -> World:
    provinces = {
        key: province.model_copy(update={"capital": key == name})
        for key, province in world.scenario.provinces.items()
    }
    return World(world.scenario.model_copy(update={"provinces": provinces}), world.labels)


@pytest.mark.parametrize(
    ("capital", "outside"),
    [("city", [0.75, 0.25, 1.0, NAN, 1.0]), ("marsh", [0.75, 0.75, 1.0, NAN, 1.0]),
     ("", [NAN] * 5)],
)  # fmt: skip
def test_outside_which_capital(world: World, capital: str, outside: list[float]) -> None:
    found = outcomes.of_runs(engagements(), acts(), REPLICATES, with_capital(world, capital))
    np.testing.assert_array_equal(found["share_outside_capital"], outside)


def test_the_last_day_may_begin_with_the_last_tick(world: World) -> None:
    """Of 30 hours the last two are those from midnight on; on the day before one dies."""
    clock = world.scenario.clock.model_copy(update={"length": 30.0})
    short = World(world.scenario.model_copy(update={"clock": clock}), world.labels)
    rows = {"replicate": [3, 3], "tick": [5, 14], "killed": [1, 4]}
    runs = outcomes._Runs(np.array(rows["replicate"]), [3])
    ticks, killed = np.array(rows["tick"]), np.array(rows["killed"])
    assert outcomes._peak_day(runs, ticks, killed, short.scenario).tolist() == [2.0]


def test_local_days_have_all_their_ticks(scenario: Scenario) -> None:
    """Of a quarter of a minute: 4 hours of the first day, a whole one, and 20 hours."""
    short = scenario.clock.model_copy(update={"tick": 1 / 240})
    assert np.bincount(outcomes._days(short)).tolist() == [4 * 240, 24 * 240, 20 * 240]


# Replicate, tick of the engagement, ticks until the report, low, best, high, province. In order of
# appearance, as reports are stored.
REPORTS = [
    (3, 3, 0, 4, 5, 9, "hills"),
    (3, 2, 4, 0, 0, 1, "hills"),
    (3, 12, 1, 1, 2, 2, "city"),
    (3, 10, 5, 0, 0, 0, "marsh"),
    (5, 14, 2, 2, 3, 3, "marsh"),
    (5, 6, 11, 0, 0, 0, "city"),
]


def test_reports_are_dated_by_what_they_tell_of(scenario: Scenario) -> None:
    told, ticks, delays, low, best, high, province = map(np.array, zip(*REPORTS, strict=True))
    reports = {
        "replicate": told,
        "tick": ticks + delays,
        "lag": 2.0 * delays,
        "killed_low": low,
        "killed_best": best,
        "killed_high": high,
        "province": province,
    }
    assert outcomes.engaged(reports["tick"], reports["lag"], scenario).tolist() == ticks.tolist()
    found = outcomes.of_reports(reports, (3, 5), scenario)
    expected = {
        "killed": [7, 3],
        "killed_low": [5, 2],
        "killed_high": [12, 3],
        "engagements": [4, 2],
        "provinces_reached": [3, 2],
        "share_outside_capital": [0.5, 1.0],
        "hours_to_calm": [8.0, 0.0],  # of run 5 nothing is reported before tick 6
        "calm_reached": [1.0, 1.0],
        "relapse": [0.0, 0.0],
        "peak_day": [1.0, 2.0],
    }
    assert {name: np.asarray(found[name], float).tolist() for name in expected} == expected
    assert set(found) == set(expected)


def test_a_delay_that_is_no_exact_number_of_hours_gives_whole_ticks(scenario: Scenario) -> None:
    clock = scenario.clock.model_copy(update={"tick": 0.2})
    short = scenario.model_copy(update={"clock": clock})
    lag = 3 * np.array([0.2, 0.2])
    assert lag[0] / 0.2 > 3
    assert outcomes.engaged(np.array([10, 4]), lag, short).tolist() == [7, 1]
