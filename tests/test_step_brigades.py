"""Brigades and dated deployments, worked out by hand in the small country; which way they push."""

from __future__ import annotations

from copy import deepcopy
from math import exp

import pytest

from sim.draws import address
from sim.step import brigades, combat, security
from sim.step.layout import NONE
from tests.steps import (
    EAST,
    NORTH,
    RED,
    RV_N,
    SOUTH,
    VIOLET,
    VR_N,
    WEST,
    WHITE,
    acts,
    choose,
    order,
    put,
    started,
)

A, B, C = range(3)
# Many in the west, so that brigades can be at home there.
THREE = {
    "provinces__west__presence": 4.0,
    "brigades": {
        "a": {"home": "north", "persons": 200, "crossing": "3h"},
        "b": {"home": "west", "persons": 100, "crossing": "1h", "readiness": 0.5},
        "c": {"home": "north", "persons": 1000, "crossing": "10min"},
    },
}


def with_brigades(tick=10, **changes):
    """A run with three brigades: a and c at home in the north, b in the west."""
    run = started(**deepcopy(THREE), **changes)
    run.now.tick = tick
    return run


def wanting(run, **wanted):
    """A run in which so many persons are wanted in some provinces."""
    for force in run.forces:
        force.target = 0.0
    for p, persons in wanted.items():
        run.forces[{"east": EAST, "north": NORTH, "south": SOUTH, "west": WEST}[p]].target = persons
    return run


def headings(run):
    brigades.brigades_decide(run)
    return [own.heading for own in run.brigades]


# Ways


def test_ways_are_the_fewest_borders_in_both_directions():
    run = with_brigades()
    assert [list(row) for row in run.borders] == [
        [0, -1, -1, -1],
        [-1, 0, 1, 2],
        [-1, 1, 0, 1],
        [-1, 2, 1, 0],
    ]
    assert [run.toward[NORTH][p] for p in (SOUTH, WEST, EAST)] == [SOUTH, SOUTH, NONE]
    assert [run.toward[WEST][p] for p in (NORTH, SOUTH)] == [SOUTH, SOUTH]


def test_of_two_ways_as_short_it_takes_that_through_the_province_that_is_first():
    both = ["south", "east"]
    run = with_brigades(provinces__north__neighbours=both, provinces__west__neighbours=both)
    assert run.borders[NORTH][WEST] == run.borders[WEST][NORTH] == 2
    assert run.toward[NORTH][WEST] == run.toward[WEST][NORTH] == EAST


# Who is sent


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"south": 160.0}, [SOUTH, WEST, NORTH]),
        ({"south": 161.0}, [SOUTH, SOUTH, NORTH]),
        ({"south": 211.0}, [SOUTH, SOUTH, SOUTH]),
        ({"west": 1.0}, [WEST, WEST, NORTH]),
        ({"north": 1.0}, [NORTH, NORTH, NORTH]),
        ({"east": 1.0}, [NORTH, WEST, NORTH]),
        ({"north": 50.0, "south": 161.0}, [SOUTH, NORTH, SOUTH]),
    ],
)
def test_the_nearest_free_ones_go_until_enough_are_sent(wanted, expected):
    """160, 50 and 800 of them are ready; of those as near the first in the file goes."""
    assert headings(wanting(with_brigades(), **wanted)) == expected


def test_a_nearer_one_goes_before_one_that_stands_first_in_the_file():
    homes = {
        "brigades__a__home": "west",
        "brigades__b__home": "north",
        "provinces__south__neighbours": ["east"],
    }
    run = wanting(with_brigades(**homes), east=1.0)
    assert headings(run) == [EAST, NORTH, NORTH]  # both two borders away
    run = wanting(with_brigades(**homes, provinces__east__neighbours=["north"]), east=1.0)
    assert headings(run) == [WEST, EAST, NORTH]


def test_those_sent_before_count_whether_they_have_arrived_or_not():
    run = wanting(with_brigades(), south=160.0)
    put(run.brigades[B], place=SOUTH, heading=SOUTH)
    assert headings(run) == [SOUTH, SOUTH, NORTH]
    run = wanting(with_brigades(), south=160.0)
    put(run.brigades[A], heading=SOUTH, following=SOUTH)
    assert headings(run) == [SOUTH, WEST, NORTH]


def test_those_at_home_do_not_count_for_their_own_province():
    run = wanting(with_brigades(), north=49.0)
    assert headings(run) == [NORTH, NORTH, NORTH]


def test_a_home_under_alarm_is_not_stripped():
    run = wanting(with_brigades(deployment={"rule": "none", "lag": "1h"}), south=500.0)
    run.forces[NORTH].alarm_since = 8
    assert headings(run) == [NORTH, SOUTH, NORTH]
    run.forces[NORTH].alarm_since = 9
    assert headings(run) == [SOUTH, SOUTH, SOUTH]


def test_one_without_persons_is_not_sent():
    run = wanting(with_brigades(), south=1.0)
    run.brigades[A].persons = 0
    assert headings(run) == [NORTH, SOUTH, NORTH]


def test_it_goes_home_once_it_is_not_wanted():
    run = wanting(with_brigades(), south=160.0)
    put(run.brigades[A], place=SOUTH, heading=SOUTH)
    assert headings(run) == [SOUTH, WEST, NORTH]
    assert headings(wanting(run)) == [NORTH, WEST, NORTH]


# How they move


def moves(run, b, until=40):
    """Ticks of arrivals of a brigade, and where."""
    found = []
    while run.now.tick < until:
        run.now.acts_of_tick = 0
        brigades.brigade_act(run, b)
        found += [(act[0], act[4]) for act in acts(run)]
        assert all(act[3] == "arrive" and act[1] == "abc"[b] for act in acts(run))
        run.now.tick += 1
    return found


def test_it_crosses_one_border_after_the_other():
    run = with_brigades()
    run.brigades[A].heading = WEST
    assert moves(run, A) == [(16, "south"), (22, "west")]
    assert (run.brigades[A].place, run.brigades[A].following) == (WEST, NONE)


def test_a_crossing_takes_a_tick_at_least():
    run = with_brigades()
    run.brigades[C].heading = WEST
    assert moves(run, C) == [(11, "south"), (12, "west")]


def test_called_back_it_turns_round_where_it_arrives():
    run = with_brigades()
    own = put(run.brigades[A], heading=WEST)
    assert moves(run, A, until=12) == []
    own.heading = NORTH
    assert moves(run, A) == [(16, "south"), (22, "north")]


def test_who_is_sent_where_no_way_leads_stays():
    run = with_brigades()
    run.brigades[A].heading = EAST
    assert moves(run, A) == []
    assert run.brigades[A].following == NONE


# Presence


def reinforcements(run):
    security.forces_act(run)
    return [force.deployed for force in run.forces]


def test_a_brigade_is_missed_at_home_while_it_is_away_or_moving():
    run = with_brigades()
    assert reinforcements(run) == [0.0] * 4
    put(run.brigades[A], heading=SOUTH, following=SOUTH)
    assert reinforcements(run) == pytest.approx([0.0, -160.0, 0.0, 0.0])
    put(run.brigades[A], place=SOUTH, following=NONE)
    assert reinforcements(run) == pytest.approx([0.0, -160.0, 160.0, 0.0])
    put(run.brigades[B], place=NORTH)
    assert reinforcements(run) == pytest.approx([0.0, -110.0, 160.0, -50.0])
    put(run.brigades[A], following=NORTH)
    assert reinforcements(run) == pytest.approx([0.0, -110.0, 0.0, -50.0])


def test_where_they_are_missed_they_deter_less_than_usual():
    run = with_brigades(deterrence={"enabled": True, "strength": 0.4})
    put(run.brigades[C], place=SOUTH)
    security.forces_act(run)
    assert security.presence(run, NORTH) == pytest.approx(2.0 - 0.8)
    assert security.presence(run, SOUTH) == pytest.approx(0.8 / 0.4)
    security.forces_update(run)
    assert run.forces[NORTH].deterrence == pytest.approx(exp(0.4 * 0.75 * 0.8))
    assert run.forces[SOUTH].deterrence == pytest.approx(exp(-0.4 * 0.25 * 2.0))


def test_nobody_is_less_than_not_there():
    run = with_brigades()
    run.forces[NORTH].deployed = -3000.0
    assert security.presence(run, NORTH) == 0.0


def test_the_reserve_is_what_brigades_are_ready():
    assert security.reserve(with_brigades()) == pytest.approx(160 + 50 + 800)
    assert security.reserve(started(deployment={"rule": "none", "reserve": 30})) == 30.0


# Refusal


def test_it_refuses_by_its_own_draw_and_another_goes(monkeypatch):
    for luck, expected in ((0.29, [NORTH, SOUTH, SOUTH]), (0.31, [SOUTH, SOUTH, NORTH])):
        draws = choose(monkeypatch, REFUSAL=(luck, 0.0))
        run = wanting(with_brigades(brigades__a__refuses=0.3), south=200.0)
        assert headings(run) == expected
        assert draws.asked == [("REFUSAL", 10, address("a"), 0)]
        refused = [(10, "a", "refuse", "north")] * (luck < 0.3)
        assert [act[:2] + act[3:] for act in acts(run)] == refused


def test_after_a_refusal_it_is_asked_again_only_later(monkeypatch):
    draws = choose(monkeypatch, REFUSAL=lambda tick, *_: (float(tick >= 14), 0.0))
    run = with_brigades(brigades__a__refuses=0.3, brigades__a__asked_again="2h")
    sent = []
    for run.now.tick in range(10, 16):
        run.brigades[B].persons = run.brigades[C].persons = 0
        sent += [headings(wanting(run, south=1.0))[A]]
    assert sent == [NORTH] * 4 + [SOUTH] * 2
    assert [asked[1] for asked in draws.asked] == [10, 14]


def test_it_goes_home_without_being_asked(monkeypatch):
    choose(monkeypatch)
    run = wanting(with_brigades(brigades__a__refuses=1.0))
    put(run.brigades[A], place=SOUTH, heading=SOUTH)
    assert headings(run)[A] == NORTH


# Favour and losses


def favouring(**changes):
    """A run in which a, which favours red and white, and b from the west are in the south."""
    run = with_brigades(
        brigades__a__favours="allies", deterrence={"enabled": True, "strength": 0.4}, **changes
    )
    for b in (A, B):
        put(run.brigades[b], place=SOUTH)
    security.forces_act(run)
    security.forces_update(run)
    return run


def test_a_brigade_does_not_deter_the_bloc_that_it_favours():
    """210 ready persons are in the south, 160 of them with a favour; it has 400,000 residents."""
    run = favouring()
    found = [security.deters(run, SOUTH, g) for g in (RED, VIOLET, WHITE)]
    for_red, for_violet = exp(-0.1 * 50 / 400), exp(-0.1 * 210 / 400)
    assert found == pytest.approx([for_red, for_violet, for_red])
    run.brigades[A].following = NORTH
    security.forces_act(run)
    security.forces_update(run)
    assert security.deters(run, SOUTH, RED) == pytest.approx(for_red)
    assert security.deters(run, SOUTH, VIOLET) == pytest.approx(for_red)


def test_at_home_it_does_not_deter_them_either():
    run = with_brigades(
        brigades__c__favours="allies", deterrence={"enabled": True, "strength": 0.4}
    )
    security.forces_act(run)
    security.forces_update(run)
    assert security.deters(run, NORTH, RED) == pytest.approx(exp(0.4 * 0.75 * 0.8))
    assert security.deters(run, NORTH, VIOLET) == 1.0


def test_where_deterrence_is_off_no_favour_matters():
    run = favouring()
    run.settings.deterrence.enabled = False
    security.forces_update(run)
    assert [security.deters(run, SOUTH, g) for g in (RED, VIOLET)] == [1.0, 1.0]


def fired(monkeypatch, d, **changes):
    """The row of an engagement in the north that the security force joins, and the run."""
    choose(monkeypatch, THIRD_SIDE=(0.0, 0.5), THIRD_SIDE_LOSSES=(0.5, 0.0))
    run = with_brigades(third_side={"enabled": True, "probability": 1.0}, **changes)
    run.security_fire[:] = [0.1, 0.1, 0.1, 1.0] + [1.0] * 4
    run.security_losses[:] = [0.1, 0.1, 1.0, 1.0] + [1.0] * 4
    row = put(run.engagements[0], attacker_killed=0, target_killed=0, mode=0)
    combat.security_fires(run, d, row, False)
    return row, run


@pytest.mark.parametrize(("d", "hit"), [(RV_N, "target_killed"), (VR_N, "attacker_killed")])
def test_a_brigade_fires_at_the_side_that_it_does_not_favour(monkeypatch, d, hit):
    """C is the largest in the north; it favours red, whatever the force as a whole favours."""
    third = {"enabled": True, "probability": 1.0, "favours": "others"}
    row, run = fired(monkeypatch, d, brigades__c__favours="allies")
    assert (getattr(row, hit), row.attacker_killed + row.target_killed) == (3, 3)
    assert combat.spared(run, C, RED)
    assert not combat.spared(run, C, VIOLET)
    run = with_brigades(third_side=third, brigades__c__favours="allies")
    assert [combat.spared(run, b, VIOLET) for b in (A, C, NONE)] == [True, False, True]


def test_the_brigade_that_fires_bears_the_losses(monkeypatch):
    row, run = fired(monkeypatch, RV_N)
    assert row.security_killed == 2
    assert [own.persons for own in run.brigades] == [200, 100, 998]


def test_a_brigade_loses_no_more_than_it_has(monkeypatch):
    _, run = fired(monkeypatch, RV_N, brigades__a__persons=0, brigades__c__persons=1)
    assert [own.persons for own in run.brigades] == [0, 100, 0]


def test_the_largest_that_is_there_and_does_not_move_fires():
    run = with_brigades()
    assert brigades.largest_there(run, NORTH) == C
    put(run.brigades[C], following=SOUTH)
    assert brigades.largest_there(run, NORTH) == A
    assert brigades.largest_there(run, SOUTH) == NONE


# Dated deployments


@pytest.mark.parametrize(
    ("trigger", "begun"),
    [
        ({"at": "2022-01-01T03:00"}, 6),
        ({"after": "4h"}, 8),
        ({"after": "1h", "of": "stop"}, 7),
        ({"after": "0h", "of": "vote.lost"}, 11),
    ],
    ids=["date", "start", "order", "branch"],
)
def test_a_dated_deployment_begins_at_a_date_an_order_or_a_branch(trigger, begun):
    sent = {"ahead": {"trigger": trigger, "to": "south", "persons": 60, "lasts": "2h"}}
    run = with_brigades(orders={"stop": order("hold", after="2h")}, deployments=sent)
    moments = {name: place for place, name in enumerate(["stop", "vote", "vote.lost"])}
    persons = []
    for run.now.tick in range(20):
        for name, at in (("stop", 5), ("vote.lost", 11)):
            if run.now.tick == at:
                run.moments[moments[name]] = at
        brigades.deployments_observe(run)
        persons.append(security.sent(run, SOUTH))
        assert security.sent(run, NORTH) == 0.0
    assert [tick for tick in range(20) if persons[tick] == 60.0] == list(range(begun, begun + 4))


def test_it_sends_as_many_as_it_says_or_as_the_rule_where_that_is_more():
    for rule, expected in (("none", [60.0, 900.0]), ("fixed_plan", [700.0, 900.0])):
        run = started(
            deployment={"rule": rule, "reserve": 5000, "plan": {"south": 700, "north": 100}},
            deployments={
                "here": {"trigger": {"after": "0h"}, "to": "south", "persons": 60},
                "there": {"trigger": {"after": "0h"}, "to": "north", "persons": 500},
                "more": {"trigger": {"after": "0h"}, "to": "north", "persons": 400},
                "off": {"trigger": {"after": "0h"}, "to": "west", "persons": 9, "enabled": False},
            },
        )
        run.now.tick, run.forces[EAST].alarm_since = 9, 2
        brigades.deployments_observe(run)
        security.forces_observe(run)
        security.forces_decide(run)
        assert [run.forces[p].target for p in (SOUTH, NORTH)] == expected
        assert run.forces[WEST].target == 0.0


def test_brigades_that_it_names_go_and_return_when_it_is_over():
    """It names a and b from the tenth tick on, for two hours; b is at home where it sends."""
    named = {"trigger": {"after": "5h"}, "to": "west", "brigades": ["a", "b"], "lasts": "2h"}
    run = with_brigades(deployments={"ahead": named})
    found = []
    for run.now.tick in range(16):
        brigades.deployments_observe(run)
        found.append(headings(wanting(run)))
    away, home = [WEST, WEST, NORTH], [NORTH, WEST, NORTH]
    assert found == [home] * 10 + [away] * 4 + [home] * 2


def test_one_that_is_named_may_refuse(monkeypatch):
    choose(monkeypatch, REFUSAL=(0.0, 0.0))
    named = {"trigger": {"after": "0h"}, "to": "south", "brigades": ["a"]}
    run = with_brigades(deployments={"ahead": named}, brigades__a__refuses=0.3)
    brigades.deployments_observe(run)
    assert headings(wanting(run)) == [NORTH, WEST, NORTH]
    assert [act[3] for act in acts(run)] == ["refuse"]
