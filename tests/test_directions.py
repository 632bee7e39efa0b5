"""Which way decisions, ceasefires, spoilers, brigades and clashes push what a run comes to.

All are told from pairs of runs of the small country with the same draws. Where nothing else is
said a test asks that the mean difference lies more than five of its standard errors on one side:
without any effect it passes 1 time in 3,000,000.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.engine import simulate
from sim.rules import engagement
from tests.steps import NORTH, SOUTH, VIOLET, WEST, country, order
from tests.worlds import HARMLESS

RUNS = 400
DEADLY = {
    "modes__raid__target_killed": {"median": 2, "most": 7},
    "engagement__background_rate": "3/d",
}


def made(number: int = RUNS, **changes: Any) -> dict[str, Any]:
    """Tables of some runs of the country with some values replaced."""
    return simulate(country(**changes), 3, list(range(number)))


def differs(one: Any, other: Any) -> float:
    """By how many standard errors the mean of the second lies above that of the first."""
    more = np.asarray(other, float) - np.asarray(one, float)
    return float(more.mean() / (more.std() / math.sqrt(len(more))))


def counted(tables: dict[str, Any], which: Any) -> Any:
    """How many of some engagements each run has."""
    return np.bincount(tables["engagements"]["replicate"][which], minlength=RUNS)


# Decisions


def test_the_wait_for_a_decision_is_geometric():
    """At 6 a day a leader decides in half an hour with probability 1 - exp(-1/8).

    Of 4,000 runs the share that has decided after n ticks lies within 4 standard errors of
    1 - exp(-n / 8) for three n; a false alarm in 1 of 5,000 such tests.
    """
    call = order("withdraw", trigger={"decided": {"rate": "6/d"}})
    runs = made(4000, orders={"a": call})["runs"]
    for ticks in (1, 6, 20):
        expected = 1 - math.exp(-ticks / 8)
        found = (runs["hours_to_call"] < ticks / 2).mean()
        assert abs(found - expected) < 4 * math.sqrt(expected * (1 - expected) / 4000)
    assert not runs["called"][runs["hours_to_call"] == 20].any()
    assert runs["called"][runs["hours_to_call"] < 20].all()


def test_more_dead_bring_the_call_sooner():
    hours = [
        made(
            2000,
            **DEADLY,
            orders={
                "a": order("withdraw", trigger={"decided": {"rate": "0.5/d", "own_killed": weight}})
            },
        )["runs"]["hours_to_call"]
        for weight in ("0/d", "2/d")
    ]
    assert differs(*hours) < -5


def test_the_call_that_counts_can_be_named():
    calls = {"a": order("withdraw", after="2h"), "b": order("withdraw", "violet", after="5h")}
    for named, expected in ((None, 2.0), ("b", 5.0)):
        runs = made(1, orders=calls, measures={"call": named})["runs"]
        assert runs["hours_to_call"].tolist() == [expected]


# Ceasefires and spoilers


def pause(**fields: Any) -> dict[str, Any]:
    """A ceasefire between red and violet from the start on."""
    return {"p": {"between": ["red", "violet"], "trigger": {"after": "0h"}, **fields}}


def test_a_ceasefire_lowers_deaths():
    killed = [
        made(**DEADLY, ceasefires=ceasefires)["runs"]["killed"]
        for ceasefires in ({}, pause(leaves=0.3, breaks=0.0))
    ]
    assert differs(*killed) < -5


def test_one_that_is_easily_broken_saves_fewer():
    killed = [
        made(**DEADLY, ceasefires=pause(breaks=breaks))["runs"]["killed"] for breaks in (0.0, 1.0)
    ]
    assert differs(*killed) > 5


def test_spoilers_raise_attacks_while_peace_is_near_and_only_then():
    near = {"ceasefires": pause(leaves=1.0, breaks=0.0)}
    spoilers = {"spoilers": {"attack_rate": "3/d"}, "groups__violet__spoiler": True}
    rows = made(**DEADLY, **spoilers)["engagements"]
    assert not (rows["cause"] == engagement.SPOILER).any()
    calm, spoiled = made(**DEADLY, **near), made(**DEADLY, **near, **spoilers)
    assert differs(calm["runs"]["engagements"], spoiled["runs"]["engagements"]) > 5
    rows = spoiled["engagements"]
    assert set(rows["attacker"][rows["cause"] == engagement.SPOILER]) == {VIOLET}


# Brigades


def test_brigades_lower_attacks_where_they_go_and_raise_them_where_they_left():
    changes: dict[str, Any] = {
        "provinces__south__authority": 0.75,
        "deterrence": {"enabled": True, "strength": 0.5},
        "engagement__background_rate": "3/d",
        "brigades": {"a": {"home": "north", "persons": 2000, "crossing": "1h", "readiness": 1.0}},
    }
    ahead = {"trigger": {"after": "0h"}, "to": "south", "brigades": ["a"]}
    stay, sent = (made(**changes, deployments=d) for d in ({}, {"ahead": ahead}))
    north, south, west = (
        [counted(tables, tables["engagements"]["province"] == p) for tables in (stay, sent)]
        for p in (NORTH, SOUTH, WEST)
    )
    assert differs(*north) > 5
    assert differs(*south) < -5
    assert (west[0] == west[1]).all()


# Clashes

NIGHT: dict[str, Any] = {
    "groups__white__kind": "security_force",
    "groups__white__fighters": {"north": 2000},
    "modes__tear_gas": {
        "weight": 1.0,
        "needs": "clash",
        "rule": "restraint",
        "target_killed": HARMLESS,
        "attacker_killed": HARMLESS,
        "wounded_base": 30.0,
    },
    "modes__volley": {
        "weight": 1.0,
        "needs": "clash",
        "rule": "live_fire",
        "target_killed": {"median": 2, "most": 7},
        "attacker_killed": HARMLESS,
        "wounded_per_killed": 4.0,
    },
    "orders": {
        "rise": order(
            "mobilise", "violet", attack_rate="9/d", crowd={"north": 9000}, against=["white"]
        )
    },
}


def test_restraint_lowers_deaths_and_not_wounded():
    fire, restraint = (
        made(**NIGHT, clashes={"rule": rule})["runs"] for rule in ("live_fire", "restraint")
    )
    assert differs(fire["killed"], restraint["killed"]) < -5
    assert differs(fire["wounded"], restraint["wounded"]) > 5


def test_anger_raises_engagements():
    calm, angry = (
        made(**NIGHT, crowds={"anger": anger})["runs"]["engagements"] for anger in (0.0, 0.1)
    )
    assert differs(calm, angry) > 5


def test_dispersal_lowers_engagements_of_a_crowd():
    stay, leave = (
        made(**NIGHT, clashes={"disperses": share}, crowds={"weight": 1.0})["runs"]["engagements"]
        for share in (0.0, 0.5)
    )
    assert differs(stay, leave) < -5
