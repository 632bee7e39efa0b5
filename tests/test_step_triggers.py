"""Conditions and decisions: when an order is due; worked out by hand in the small country."""

from __future__ import annotations

import pytest

from sim.rules import decision, engagement
from sim.step import triggers
from sim.step.layout import LONG_AGO
from tests.steps import RED_N, RED_S, SOUTH, choose, order, put, started


def test_the_hazard_of_a_decision_is_the_sum_of_its_parts():
    assert decision.hazard(0.1, 0.2, 0.4, 0.8, 1.6, 3.2) == pytest.approx(6.3)


@pytest.mark.parametrize(("uniform", "expected"), [(0.63, True), (0.64, False)])
def test_a_decision_is_made_with_the_probability_of_its_hazard(uniform, expected):
    """1 - exp(-0.5 * 2) is 0.632."""
    assert engagement.attacks(uniform, 0.5, 2.0) is expected


def waiting(when):
    """A run in which red's order waits for a condition."""
    return started(orders={"a": order("mobilise", trigger={"when": when})})


def due_after(run, tick, **killed):
    """Whether the order is due at a tick by which so many were killed one tick before."""
    run.now.tick = tick
    for part, numbers in killed.items():
        for at in range(tick, 41):
            getattr(run, part)[at] = list(numbers)
    return triggers.is_due(run, 0)


def test_dead_count_in_the_provinces_that_a_condition_names():
    """Units are red in the north, south and west, violet there, and white in the north."""
    run = waiting({"own_killed": 3, "provinces": ["south", "west"]})
    assert not due_after(run, 5, killed_of_unit=[9, 2, 0, 9, 9, 9, 9])
    assert due_after(run, 5, killed_of_unit=[0, 2, 1, 0, 0, 0, 0])
    run = waiting({"rival_killed": 3, "provinces": ["north"]})
    assert not due_after(run, 5, killed_of_unit=[9, 9, 9, 2, 9, 9, 9])
    assert due_after(run, 5, killed_of_unit=[0, 0, 0, 3, 0, 0, 0])


def test_all_dead_of_a_province_count_for_killed():
    run = waiting({"killed": 3, "provinces": ["south"]})
    assert not due_after(run, 5, killed_in_province=[9, 9, 2, 9])
    assert due_after(run, 5, killed_in_province=[0, 0, 3, 0])


def test_without_a_window_all_since_the_start_count():
    for within, expected in (("1h", False), (None, True)):
        run = waiting({"own_killed": 3, "within": within})
        for at in range(2, 41):
            run.killed_of_group[at] = [3, 0, 0]
        run.now.tick = 30
        assert triggers.is_due(run, 0) is expected


@pytest.mark.parametrize(
    ("red", "violet", "expected"),
    [(0, 0, False), (2, 0, False), (2, 5, True), (5, 0, True), (5, 9, False), (0, 5, False)],
)
def test_parts_of_a_condition_are_joined(red, violet, expected):
    """Red lost two or more, and one of two counts is reached, but violet lost fewer than nine."""
    run = waiting(
        {
            "own_killed": 2,
            "any_of": {"a": {"own_killed": 5}, "b": {"rival_killed": 5}},
            "none_of": {"c": {"rival_killed": 9}},
        }
    )
    for _ in range(2):  # nothing is left of the first look
        assert due_after(run, 5, killed_of_group=[red, violet, 0]) is expected


def test_all_of_several_counts_must_be_reached():
    run = waiting({"all_of": {"a": {"own_killed": 2}, "b": {"rival_killed": 4}}})
    assert not due_after(run, 5, killed_of_group=[2, 3, 0])
    assert not due_after(run, 5, killed_of_group=[1, 4, 0])
    assert due_after(run, 5, killed_of_group=[2, 4, 0])


@pytest.mark.parametrize(("red", "white", "expected"), [(2, 0, True), (0, 2, True), (1, 1, False)])
def test_the_order_of_a_bloc_is_due_for_all_its_groups_at_once(red, white, expected):
    """Red and white are of one bloc; each leader counts the dead of his own group."""
    trigger = {"when": {"own_killed": 2}}
    run = started(orders={"a": order("mobilise", "allies", trigger=trigger)})
    assert len(run.orders) == 2
    assert due_after(run, 5, killed_of_group=[red, 9, white]) is expected
    assert triggers.is_due(run, 1) is expected


def deciding(**weights):
    """A run in which red's leader decides, at tick 10, five hours after the start."""
    run = started(
        orders={"a": order("withdraw", trigger={"decided": {"within": "2h", **weights}})},
        restraint_calls={"un": {"at": "2022-01-01T02:00", "lasts": "3h"}},
        mediation={"enabled": True, "provinces": ["south"]},
        patronage={"enabled": True},
        groups__red__patron="restrain",
    )
    run.now.tick = 10
    return run


def hazard_of(run, monkeypatch):
    """The hazard by which red's leader decides [1/h]."""
    seen = []
    monkeypatch.setattr(engagement, "attacks", lambda _, hazard, __: seen.append(hazard))
    choose(monkeypatch, DECISION=(0.5, 0.5))
    triggers.is_due(run, 0)
    return 24 * seen[0] if seen else None


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ({"rate": "0.3/d"}, 0.3),
        ({"own_killed": "0.1/d"}, 0.4),
        ({"rival_killed": "0.1/d"}, 0.7),
        ({"followers": "0.2/d"}, 0.2 * 1.2),
        ({"time": "0.24/d"}, 0.05),
        ({"call_for_restraint": "0.6/d"}, 0.6),
        ({"patron": "0.9/d"}, 0.9),
        ({"mediation": "0.8/d"}, 0.8),
    ],
)
def test_each_weight_counts_what_it_says(weight, expected, monkeypatch):
    """Red lost 4 in the last two hours, violet 7; 1,200 of red's followers are in the street."""
    run = deciding(**weight)
    run.killed_of_group[6], run.killed_of_group[10] = [9, 9, 9], [13, 16, 9]
    put(run.units[RED_N], crowd=1000)
    put(run.units[RED_S], crowd=400, compliance=0.5)
    run.mediators[0].mediated_at = 8
    assert hazard_of(run, monkeypatch) == pytest.approx(expected)


def test_pressure_ends_with_what_made_it(monkeypatch):
    run = deciding(call_for_restraint="0.6/d", mediation="0.8/d", patron="0/d")
    run.mediators[0].mediated_at = LONG_AGO
    assert hazard_of(run, monkeypatch) == pytest.approx(0.6)
    run.now.tick = 11
    assert hazard_of(run, monkeypatch) == pytest.approx(0.0)


def test_who_holds_keeps_the_crowd_in_the_street(monkeypatch):
    run = deciding(followers="1/d")
    put(run.units[RED_S], crowd=1000, compliance=0.5, holds=True)
    assert hazard_of(run, monkeypatch) == pytest.approx(1.0)


def test_a_decision_waits_for_the_order_it_follows(monkeypatch):
    choose(monkeypatch, DECISION=(0.0, 0.0))
    call = order("withdraw", trigger={"decided": {"since": "b", "rate": "9/d"}})
    run = started(orders={"a": call, "b": order("mobilise", after="3h")})
    run.now.tick = 8
    assert not triggers.is_due(run, 0)
    run.moments[1] = 6
    assert triggers.is_due(run, 0)


def test_time_counts_from_what_opened_the_decision(monkeypatch):
    run = started(
        orders={
            "a": order("withdraw", trigger={"decided": {"since": "b", "time": "2.4/d"}}),
            "b": order("mobilise", after="1h"),
        }
    )
    run.now.tick, run.moments[1] = 12, 2
    assert hazard_of(run, monkeypatch) == pytest.approx(2.4 * 5 / 24)


def test_places_of_a_condition_do_not_matter_where_none_is_named():
    assert len(started().killed_of_unit[0]) == 0
    run = waiting({"killed": 3, "provinces": ["south"]})
    assert len(run.killed_of_unit[0]) == len(run.units)
    assert run.test_places[1][SOUTH]
