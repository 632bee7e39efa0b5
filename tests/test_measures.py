"""Observables on hand-made runs with known answers."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measures import MEASURES, episodes, measure, within
from sim.scenario.shape import Choice, shape_at, shape_of
from sim.targets import Targets, Window
from tests.observed import EPISODE, clashes, run, scenario, target

HOURS = {"low": "0h", "high": "2h"}


def test_every_kind_of_target_is_measured() -> None:
    shape = shape_at(("targets", "*"), root=shape_of(Targets))
    assert isinstance(shape, Choice)
    assert set(shape.options) == {*MEASURES, "own"}


def test_killed_are_those_of_the_place_the_window_and_the_groups() -> None:
    rows = [
        (1.0, "south", "first", "second", 2, 9),
        (2.0, "north_west", "first", "second", 4, 9),
        (3.0, "south", "first", "third", 8, 9),
        (36.0, "south", "second", "first", 16, 0),
    ]
    window = {"end": "2022-08-31T00:00"}  # 36 hours after noon on the 29th
    assert measure(target("killed", value=1), run(rows)) == 26
    assert measure(target("killed", value=1, window=window), run(rows)) == 10
    own = target("killed", value=1, groups=["first", "second"], window=window)
    assert measure(own, run(rows)) == 2
    assert measure(target("killed", value=1, provinces="all", window=window), run(rows)) == 14
    assert measure(target("killed", value=1), run([])) == 0


def test_engagements_count_when_they_killed_enough() -> None:
    rows = [*clashes(1, 2), *clashes(3, killed=0), *clashes(4, killed=5), *clashes(40, killed=9)]
    window = {"end": "2022-08-30T00:00"}
    found = [
        measure(target("engagements", value=1, window=window, least_killed=least), run(rows))
        for least in (0, 1, 2, 6)
    ]
    assert found == [4, 3, 1, 0]


def test_killed_of_an_episode_are_missing_without_one() -> None:
    one = target("killed", value=1, episode=EPISODE)
    assert measure(one, run(clashes(1, 2, 20, killed=2))) == 4
    assert math.isnan(measure(one, run([])))


def test_the_answered_are_those_with_a_cause_among_all_in_the_window() -> None:
    share = target("answered_share", low=0.3, provinces="all", window={"end": "2022-08-30T00:00"})
    rows = [*clashes(1, 2, 3, 11), *clashes(40, 41)]
    assert measure(share, run(rows, parents=[-1, 0, 1, -1, 2, 2])) == 0.5
    assert math.isnan(measure(share, run([])))


def test_killed_of_a_group_are_its_own_on_either_side() -> None:
    """The first attacks, is attacked, and has no part in the third engagement."""
    rows = [
        (1.0, "south", "first", "second", 7, 0),
        (2.0, "south", "second", "first", 12, 0),
        (3.0, "south", "third", "second", 9, 0),
        (4.0, "north_west", "first", "second", 90, 0),
    ]
    made = replace(
        run(rows),
        attacker_killed=np.array([1, 4, 3, 20]),
        target_killed=np.array([5, 8, 6, 70]),
    )
    found = {
        of if isinstance(of, str) else of[0]: measure(target("killed", value=1, of=of), made)
        for of in ("all", ["first"], ["second"], ["third"])
    }
    assert found == {"all": 28, "first": 9, "second": 15, "third": 3}
    both = target("killed", value=1, of=["first", "third"], provinces="all")
    assert measure(both, made) == 32


def test_wounded_are_those_of_the_place_and_the_window() -> None:
    rows = [
        (1.0, "south", "first", "second", 0, 20),
        (2.0, "north_west", "first", "second", 0, 7),
        (36.0, "south", "second", "first", 3, 4),
    ]
    assert measure(target("wounded", value=1), run(rows)) == 24
    window = {"end": "2022-08-31T00:00"}
    assert measure(target("wounded", value=1, window=window), run(rows)) == 20
    assert measure(target("wounded", value=1), run([])) == 0
    assert math.isnan(measure(target("wounded", value=1, episode=EPISODE), run([])))


def test_wounded_per_killed_is_a_ratio_of_sums() -> None:
    ratio = target("wounded_per_killed", value=1)
    rows = [(0.0, "south", "first", "second", 1, 20), (1.0, "south", "second", "first", 3, 4)]
    assert measure(ratio, run(rows)) == 6
    assert math.isnan(measure(ratio, run(clashes(1, killed=0))))


def test_an_episode_ends_with_a_gap_and_is_as_long_as_its_ticks() -> None:
    length = target("episode_hours", value="1h", episode=EPISODE)
    assert measure(length, run(clashes(3, 4, 10))) == 8  # 10 starts five hours after 5
    assert measure(length, run(clashes(3, 4, 11))) == 2  # six quiet hours end it
    assert measure(length, run(clashes(3))) == 1
    assert math.isnan(measure(length, run([])))


def test_an_episode_without_enough_killed_is_passed_over() -> None:
    deadly = target("episode_hours", value="1h", episode={"gap": "6h", "least_killed": 2})
    rows = [*clashes(1, 2, 3, killed=0), *clashes(20, 24)]
    assert measure(deadly, run(rows)) == 5
    assert math.isnan(measure(deadly, run(clashes(1))))


def test_an_episode_belongs_to_the_window_in_which_it_starts() -> None:
    window = {"start": "2022-08-29T16:00", "end": "2022-08-29T20:00"}  # hours 4 to 8
    length = target("episode_hours", value="1h", episode=EPISODE, window=window)
    assert math.isnan(measure(length, run(clashes(3, 5))))
    assert measure(length, run(clashes(4, 9))) == 6
    assert math.isnan(measure(length, run(clashes(8))))
    happens = target("episode_happens", value=True, episode=EPISODE, window=window)
    assert [measure(happens, run(clashes(hour))) for hour in (3, 4, 8)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("hour", "night"), [(9, 0.0), (10, 1.0), (17, 1.0), (18, 0.0), (34, 1.0), (42, 0.0)]
)
def test_night_is_told_by_local_hours(hour: int, night: float) -> None:
    starts = target("starts_at_night", value=True, episode=EPISODE, night=[22, 6])
    assert measure(starts, run(clashes(hour))) == night
    by_day = target("starts_at_night", value=True, episode=EPISODE, night=[6, 22])
    assert measure(by_day, run(clashes(hour))) == 1 - night


def test_alternations_count_changes_of_side_between_the_same_two() -> None:
    changes = target("alternations", low=2, episode=EPISODE)
    sides = ["first", "second", "second", "first", "second"]
    rows = [
        (float(hour), "south", side, "second" if side == "first" else "first", 1, 0)
        for hour, side in enumerate(sides)
    ]
    assert measure(changes, run(rows)) == 3
    other = (1.0, "south", "third", "first", 1, 0)
    assert measure(changes, run([rows[0], other, rows[1], *rows[2:]])) == 3
    assert measure(changes, run(clashes(1, 2, 3))) == 0
    assert math.isnan(measure(changes, run([])))


def test_quiet_is_counted_from_the_order_to_the_last_engagement_before_it() -> None:
    quiet = target("hours_to_quiet", order="call_to_withdraw", quiet="12h", **HOURS)
    given = {"call_to_withdraw": 25.0}
    before = clashes(20)
    assert measure(quiet, run([*before, *clashes(26, 30, 50)], given)) == 6
    assert measure(quiet, run([*before, *clashes(25)], given)) == 1
    assert measure(quiet, run([*before, *clashes(37)], given)) == 0  # quiet began with the order
    assert measure(quiet, run([*before, *clashes(36)], given)) == 12
    assert math.isnan(measure(quiet, run([*before, *clashes(26)]))), "no order"
    assert math.isnan(measure(quiet, run(clashes(5, 26), given))), "quiet already"


def test_quiet_is_missing_when_the_run_ends_first() -> None:
    quiet = target("hours_to_quiet", order="call_to_withdraw", quiet="12h", **HOURS)
    short = {"clock": {"start": "2022-08-29T12:00", "timezone": "UTC", "length": "36h"}}
    given = {"call_to_withdraw": 25.0}
    assert math.isnan(measure(quiet, run(clashes(24, 30), given, **short)))


def test_hours_between_are_below_zero_when_the_second_came_first() -> None:
    then = {"provinces": ["north_west", "north_east"], "least_killed": 1}
    between = target("hours_between", value="1h", episode=EPISODE, then=then)
    here = clashes(2, 5)
    assert measure(between, run([*here, *clashes(40, province="north_east")])) == 34
    assert measure(between, run([*clashes(1, province="north_west"), *here])) == -5
    later = clashes(20, province="north_west", killed=0)
    assert math.isnan(measure(between, run([*here, *later])))


@pytest.mark.parametrize(
    ("deployment", "rows", "hours"),
    [
        ({"lag": "2h"}, clashes(10, 12, 14), 2),  # alarm at 11, arrival at 13, over at 15
        ({"lag": "2h"}, clashes(10), 0),
        ({"lag": "2h", "alarm_killed": 2}, clashes(10, 12, 15), 1),
        ({"lag": "2h", "alarm_killed": 2, "alarm_window": "2h"}, clashes(10, 12, 15), math.nan),
        ({"rule": "none"}, clashes(10), math.nan),
        (
            {"lag": "2h", "alarm_killed": 2, "rule": "proportional"},
            [*clashes(10), *clashes(11, province="north_west"), *clashes(15)],
            2,
        ),
        ({}, [], math.nan),
    ],
)
def test_calm_is_counted_from_the_arrival_that_alarm_and_lag_give(
    deployment: dict[str, Any], rows: Any, hours: float
) -> None:
    calm = target("hours_to_calm_after_arrival", **HOURS, episode=EPISODE)
    assert measure(calm, run(rows, deployment=deployment)) == pytest.approx(hours, nan_ok=True)


def test_windows_are_read_in_local_time() -> None:
    assert within(Window(), scenario()) == (0, 45 * 24)
    window = Window.model_validate({"start": "2022-08-30T13:30"})
    assert within(window, scenario()) == (25.5, 45 * 24)


@given(st.lists(st.integers(0, 200), max_size=30).map(sorted), st.integers(1, 20))
def test_episodes_hold_every_engagement_once_and_lie_a_gap_apart(
    hours: list[int], gap: int
) -> None:
    parts = list(episodes(run(clashes(*map(float, hours))), gap, 0)) if hours else []
    assert [hour for part in parts for hour in part.hour] == hours
    for one, other in pairwise(parts):
        assert other.hour[0] - one.hour[-1] - 1 >= gap
