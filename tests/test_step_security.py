"""The security force and governors who mediate: numbers worked out by hand."""

from __future__ import annotations

from math import exp, nan

import pytest

from sim.step import mediators, security
from sim.step.layout import LONG_AGO, NONE
from sim.step.log import FORCE, SOUND, UNIT
from tests.steps import EAST, NORTH, SOUTH, WEST, acts, put, started

RESERVE = 10_000


def test_presence_is_what_is_always_there_and_what_was_sent_per_1000_residents():
    run = started()
    run.forces[NORTH].deployed, run.forces[SOUTH].deployed = 1500.0, 600.0
    assert [security.presence(run, p) for p in range(4)] == pytest.approx([1.0, 3.5, 1.5, 0.5])


def test_only_what_was_sent_goes_beyond_the_usual_presence():
    run = started()
    run.forces[NORTH].deployed, run.forces[SOUTH].deployed = 1500.0, 600.0
    assert [security.more(run, p) for p in range(4)] == pytest.approx([0.0, 1.5, 1.5, 0.0])


def test_what_was_sent_deters_by_strength_and_authority():
    run = started(deterrence={"enabled": True, "strength": 0.4})
    run.forces[NORTH].deployed = 1500.0
    assert security.deterrence(run, NORTH) == pytest.approx(exp(-0.4 * 0.75 * 1.5))
    off = started(deterrence__enabled=False)
    off.forces[NORTH].deployed = 1500.0
    assert security.deterrence(off, NORTH) == 1.0


def test_the_usual_presence_deters_nobody():
    run = started(deterrence={"enabled": True, "strength": 0.4})
    assert [security.deterrence(run, p) for p in range(4)] == [1.0] * 4
    security.forces_update(run)
    assert [force.deterrence for force in run.forces] == [1.0] * 4


def test_a_province_receives_so_many_per_1000_residents_at_most():
    run = started(deployment__ceiling=2.5)
    assert [security.ceiling(run, p) for p in range(4)] == [750.0, 2500.0, 1000.0, 625.0]


def test_an_alarm_is_answered_after_the_lag():
    run = started(deployment__lag="1h")
    answers = {}
    for since in (NONE, 0, 3, 4, 5):
        run.now.tick = 5
        force = put(run.forces[SOUTH], alarm_since=since)
        answers[since] = security.answering(run, force)
    assert answers == {NONE: False, 0: True, 3: True, 4: False, 5: False}


def alarmed(rule, *where, **changes):
    """A run at tick 9 with alarms since tick 2 in some provinces, and recent casualties in all."""
    run = started(deployment={"rule": rule, "reserve": RESERVE, "ceiling": 3.0, **changes})
    run.now.tick = 9
    for p, recent in enumerate((10.0, 20.0, 30.0, 50.0)):
        put(run.forces[p], recent=recent, alarm_since=2 if p in where else NONE)
    return run


def targets(run):
    """Persons meant for each province."""
    security.forces_observe(run)
    security.forces_decide(run)
    return [force.target for force in run.forces]


def test_the_reserve_is_shared_by_the_rule():
    plan = {"south": 700, "north": 400, "west": 9000}
    for rule, expected in {
        "none": [0, 0, 0, 0],
        "proportional": [900, 3000, 1200, 750],
        "recent_casualties": [0, 0, 1200, 750],
        "capital_first": [0, 3000, 1200, 750],
        "fixed_plan": [0, 400, 700, 750],
    }.items():
        assert targets(alarmed(rule, SOUTH, WEST, plan=plan)) == pytest.approx(expected)


def test_nothing_is_sent_while_no_alarm_is_answered():
    for rule in ("proportional", "recent_casualties", "capital_first", "fixed_plan"):
        assert targets(alarmed(rule, plan={"south": 700})) == [0.0] * 4


def test_a_small_reserve_goes_by_weight():
    """By residents 3 to 10 to 4 to 2.5 of 19.5; by casualties 3 to 5 of 8 where alarm stands.

    The capital takes 3,000 or, where that is less, all there is.
    """
    small = {"reserve": 1950}
    assert targets(alarmed("proportional", WEST, **small)) == pytest.approx([300, 1000, 400, 250])
    casualties = alarmed("recent_casualties", SOUTH, WEST, reserve=960)
    assert targets(casualties) == pytest.approx([0, 0, 360, 600])
    capital = alarmed("capital_first", SOUTH, WEST, reserve=3800)
    assert targets(capital) == pytest.approx([0, 3000, 300, 500])
    both = alarmed("capital_first", NORTH, SOUTH, WEST, reserve=3800)
    assert targets(both) == pytest.approx([0, 3000, 300, 500])
    assert targets(alarmed("capital_first", WEST, **small)) == pytest.approx([0, 1950, 0, 0])


def test_the_country_is_summed_up_as_the_tick_starts():
    run = alarmed("capital_first", SOUTH, NORTH)
    put(run.now, eased=True)
    for force in run.forces:
        put(force, eased=True)
    run.forces[EAST].deployed, run.forces[WEST].deployed = 30.0, 400.0
    security.forces_observe(run)
    now = run.now
    assert (now.weight, now.deployed, now.capital_claim) == (30.0, 430.0, 3000.0)
    assert (now.answering, now.eased) == (True, False)
    assert not any(force.eased for force in run.forces)
    run.now.tick = 2
    security.forces_observe(run)
    assert (now.answering, now.weight) == (False, 0.0)


def decided(tick, p=SOUTH, **values):
    """A force after it decided in a tick; the values are those of the south."""
    run = started(
        deployment={
            "rule": "none",
            "alarm_killed": 3,
            "alarm_window": "2h",
            "return_after": "5h",
        },
    )
    run.now.tick = tick
    for at in range(6, 41):
        run.killed_in_province[at] = [0, 0, 3, 0]
    put(run.forces[SOUTH], **values)
    security.force_decide(run, p)
    return run.forces[p]


def test_dead_within_the_window_raise_the_alarm():
    """3 were killed in the south in tick 5: known from tick 6 on, out of 4 ticks at tick 10."""
    assert [decided(tick).alarm for tick in (5, 6, 9, 10)] == [False, True, True, False]
    assert not decided(6, NORTH).alarm


def test_an_alarm_stands_until_it_has_been_quiet():
    quiet = [decided(t, alarm_since=6, last_engagement=15).alarm for t in (24, 25)]
    assert quiet == [True, False]
    assert decided(24, alarm_since=0, last_engagement=15).alarm
    assert not decided(24, last_engagement=15).alarm


def test_reinforcement_moves_towards_what_was_decided():
    """Of the way 2 ** -(0.5 / 0.25), a quarter, is left after a tick."""
    run = started(deployment__build_up="15min")
    put(run.forces[SOUTH], deployed=200.0, target=1000.0)
    put(run.forces[WEST], deployed=200.0, target=0.0)
    security.forces_act(run)
    assert [force.deployed for force in run.forces] == pytest.approx([0, 0, 800, 50])


def test_an_alarm_is_dated_when_it_is_raised_and_forgotten_when_it_ends():
    run = started()
    run.now.tick = 7
    put(run.forces[EAST], alarm=True, alarm_since=0)
    put(run.forces[NORTH], alarm=True)
    put(run.forces[SOUTH], alarm=True, alarm_since=3)
    put(run.forces[WEST], alarm=False, alarm_since=3)
    security.forces_act(run)
    assert [force.alarm_since for force in run.forces] == [0, 7, 3, NONE]


def test_casualties_fade_and_presence_deters_in_the_next_tick():
    """Of the weight 2 ** -(0.5 / 1.5) is left after a tick."""
    run = started(deployment__memory="90min", deterrence={"enabled": True, "strength": 0.4})
    put(run.forces[NORTH], recent=10.0, deployed=1500.0)
    assert run.forces[NORTH].deterrence == 1.0
    security.forces_update(run)
    assert run.forces[NORTH].recent == pytest.approx(10 * 2 ** (-1 / 3))
    assert run.forces[NORTH].deterrence == pytest.approx(exp(-0.4 * 0.75 * 1.5))
    assert run.now.unsound == SOUND


@pytest.mark.parametrize("wrong", [{"deployed": -1.0}, {"recent": nan}])
def test_an_impossible_force_is_noted_unless_something_else_was(wrong):
    run = started()
    put(run.forces[SOUTH], **wrong)
    security.forces_update(run)
    assert (run.now.unsound, run.now.unsound_at) == (FORCE, SOUTH)
    put(run.now, unsound=UNIT, unsound_at=6)
    security.forces_update(run)
    assert (run.now.unsound, run.now.unsound_at) == (UNIT, 6)


def test_a_force_that_deters_more_than_all_is_impossible():
    run = started(deterrence={"enabled": True, "strength": 0.4})
    run.settings.deterrence.strength = -0.4
    security.force_update(run, NORTH)
    assert run.now.unsound == SOUND
    run.forces[NORTH].deployed = 1500.0
    security.force_update(run, NORTH)
    assert (run.now.unsound, run.now.unsound_at) == (FORCE, NORTH)


MEDIATION = {
    "enabled": True,
    "provinces": ["north", "south"],
    "presence": 1.5,
    "pause": "2h",
}


def mediates(**values):
    """Whether the governor of the south decides to mediate at tick 20, and that of the north."""
    run = started(mediation=MEDIATION)
    run.now.tick = 20
    governor = run.mediators[1]
    governor.mediated_at = values.pop("mediated_at", LONG_AGO)
    usual = {"deployed": 600.0, "alarm_since": 10, "last_death": 16, "last_engagement": 20}
    put(run.forces[SOUTH], **{**usual, **values})
    put(run.forces[NORTH], **{**usual, "deployed": 1400.0})
    mediators.mediators_decide(run)
    return governor.mediates, run.mediators[0].mediates


def test_a_governor_mediates_once_the_force_came_in_strength_and_killing_paused():
    """600 are 1.5 per 1,000 residents of the south; 1,400 and the usual 2 are not, in the north."""
    assert mediates() == (True, False)
    assert mediates(deployed=599.0) == (False, False)
    assert mediates(last_death=17) == (False, False)
    assert mediates(last_death=LONG_AGO) == (True, False)


def test_a_governor_mediates_once_an_alarm():
    assert mediates(mediated_at=9) == (True, False)
    assert mediates(mediated_at=10) == (False, False)
    assert mediates(mediated_at=15) == (False, False)
    assert mediates(alarm_since=16, mediated_at=15) == (True, False)
    assert mediates(alarm_since=0) == (True, False)


def test_a_governor_mediates_in_no_province_without_an_alarm():
    assert mediates(alarm_since=NONE) == (False, False)
    assert mediates(alarm_since=NONE, mediated_at=15) == (False, False)


def test_mediation_eases_in_its_province_and_is_told_of():
    run = started(mediation=MEDIATION)
    run.now.tick = 20
    run.mediators[1].mediates = True
    mediators.mediators_act(run)
    assert [governor.mediated_at for governor in run.mediators] == [LONG_AGO, 20]
    assert [force.eased for force in run.forces] == [False, False, True, False]
    assert run.now.eased
    assert acts(run) == [(20, "", "", "mediate", "south")]


def test_nobody_mediates_who_did_not_decide_to():
    run = started(mediation=MEDIATION)
    mediators.mediators_act(run)
    assert (run.now.eased, acts(run)) == (False, [])
