"""What an attack leaves behind: grievance here and elsewhere, and debts; worked out by hand."""

from __future__ import annotations

import pytest

from sim.draws import address
from sim.step import combat
from sim.step.layout import NONE
from tests.steps import (
    CLASH,
    RAID,
    RED_N,
    RV_N,
    RV_S,
    RV_W,
    VIOLET_N,
    VIOLET_S,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WV_N,
    acts,
    choose,
    memories,
    put,
    started,
    unit_address,
)

MARKS = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]


def hurt(**changes):
    """A run at tick 6, in which the mark of an attack is half, and a tenth for each killed."""
    run = started(**changes)
    run.now.tick = 6
    run.mark[:] = MARKS
    return run


def remembering(run):
    """Dyads that remember anything, and what."""
    return {d: found for d in range(8) if (found := memories(run, d))}


def test_the_attacked_unit_remembers_it_against_the_attacker_from_the_next_tick():
    run = hurt()
    combat.leave_memory(run, RV_S, 3, 2)
    assert remembering(run) == {VR_S: [(3, 7, 1.0, 0.7)]}
    assert (run.battle_arrivals[VR_S], run.reprisal_arrivals[VR_S]) == (1.0, 0.7)


def test_an_attack_answers_the_dead_that_the_attacker_counted(monkeypatch):
    choose(monkeypatch, UNASKED=(0.37, 0.9))
    run = hurt()
    for d in (RV_N, VR_N, VW_N):
        run.dyads[d].unanswered_at = 2
    combat.leave_memory(run, RV_N, 3, 0)
    assert [run.dyads[d].unanswered_at for d in (RV_N, VR_N, VW_N)] == [NONE, 2, 2]


def test_dead_go_unanswered_from_the_first_on(monkeypatch):
    draws = choose(monkeypatch, UNASKED=(0.37, 0.9))
    run = hurt(stances__unasked=True)
    combat.leave_memory(run, RV_N, 3, 0)
    assert run.dyads[VR_N].unanswered_at == NONE
    combat.leave_memory(run, RV_N, 4, 2)
    assert (run.dyads[VR_N].unanswered_at, run.dyads[VR_N].unanswered) == (6, 0.37)
    assert draws.asked == [("UNASKED", 6, unit_address("red", "north"), address("violet"))]
    run.now.tick = 8
    combat.leave_memory(run, RV_N, 5, 2)
    assert run.dyads[VR_N].unanswered_at == 6
    assert [run.dyads[d].unanswered_at for d in (RV_N, VW_N, WV_N)] == [NONE] * 3


def test_dead_are_not_counted_where_nobody_rises_unasked(monkeypatch):
    choose(monkeypatch)
    run = hurt()
    combat.leave_memory(run, RV_N, 4, 2)
    assert run.dyads[VR_N].unanswered_at == NONE


def test_an_attack_spills_over_to_the_same_side_next_door():
    """South borders on north and west, which do not border on each other."""
    run = hurt(spillover={"enabled": True, "share": 0.3})
    combat.leave_memory(run, RV_S, 3, 2)
    next_door = [(3, 7, 0.0, pytest.approx(0.21))]
    assert remembering(run) == {VR_S: [(3, 7, 1.0, 0.7)], VR_N: next_door, VR_W: next_door}
    again = hurt(spillover={"enabled": True, "share": 0.3})
    combat.leave_memory(again, VR_N, 3, 0)
    assert sorted(remembering(again)) == [RV_N, RV_S]


SHOCK = {"enabled": True, "strength": 0.2, "lag_min": "1h", "lag_max": "3h"}


def test_news_of_dead_reaches_the_same_side_elsewhere_after_its_lag(monkeypatch):
    """The lag is 2 + 0.6 * 4 ticks, rounded down to 4; the weight has the authority there."""
    draws = choose(monkeypatch, SHOCK_LAG=(0.6, 0.1))
    run = hurt(national_shock=SHOCK)
    combat.leave_memory(run, RV_N, 3, 3)
    assert remembering(run) == {VR_N: [(3, 7, 1.0, 0.8)]}
    sent = [run.memories[place] for place in range(1, run.now.memories)]
    assert [(m.dyad, m.engagement, m.arrival, m.battle) for m in sent] == [
        (VR_S, 3, 11, 0.0),
        (VR_W, 3, 11, 0.0),
    ]
    assert [m.reprisal for m in sent] == pytest.approx([0.2 * 2 * 0.75, 0.2 * 2 * 0.4])
    me = unit_address("red", "north")
    places = [unit_address("violet", province) for province in ("south", "west")]
    assert draws.asked == [("SHOCK_LAG", 6, me, there) for there in places]
    assert run.first_mail[10] == 1
    assert run.last_mail[10] == 2


def test_nobody_hears_of_an_attack_without_dead(monkeypatch):
    choose(monkeypatch)
    run = hurt(national_shock=SHOCK)
    combat.leave_memory(run, RV_N, 3, 0)
    assert run.now.memories == 1


def test_who_has_no_rivalry_in_return_remembers_nothing(monkeypatch):
    choose(monkeypatch, COMMANDER=(0.0, 0.0))
    run = hurt(national_shock=SHOCK, stances__unasked=True, groups__violet__commanders={"north": 2})
    put(run.dyads[RV_N], opposite=NONE, unanswered_at=2)
    combat.leave_memory(run, RV_N, 3, 2)
    assert run.now.memories == 0
    assert run.dyads[RV_N].unanswered_at == NONE
    run.modes[RAID].commander_share = 1.0
    combat.kill_commander(run, RV_N, 3, RAID, 2)
    assert run.units[VIOLET_N].commanders == 2


def deadly(**changes):
    """A run at tick 6 in which a deadly raid kills a commander with chance 0.3."""
    return hurt(
        groups__red__commanders={"north": 1},
        groups__violet__commanders={"north": 2, "south": 1},
        modes__raid__commander_share=0.3,
        vendetta={"paid": 0.4, "enabled": True, **changes},
    )


def test_a_killed_commander_opens_a_debt_of_his_unit(monkeypatch):
    draws = choose(monkeypatch, COMMANDER=(0.29, 0.39))
    run = deadly()
    combat.kill_commander(run, RV_N, 8, RAID, 1)
    assert [run.units[u].commanders for u in (RED_N, VIOLET_N, VIOLET_S)] == [1, 1, 1]
    assert [run.dyads[d].debts for d in range(8)] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert run.debts[run.dyads[VR_N].first_debt] == 8
    assert acts(run) == [(6, "", "violet", "debt", "north")]
    assert draws.asked == [("COMMANDER", 6, unit_address("red", "north"), address("violet"))]


def test_a_debt_that_will_not_be_paid_is_still_told_of(monkeypatch):
    choose(monkeypatch, COMMANDER=(0.29, 0.41))
    run = deadly()
    combat.kill_commander(run, RV_N, 8, RAID, 1)
    assert (run.units[VIOLET_N].commanders, run.dyads[VR_N].debts) == (1, 0)
    assert acts(run) == [(6, "", "violet", "debt", "north")]


@pytest.mark.parametrize(
    ("luck", "mode", "killed", "enabled", "d"),
    [
        (0.31, RAID, 1, True, RV_N),
        (0.0, CLASH, 1, True, RV_N),
        (0.0, RAID, 0, True, RV_N),
        (0.0, RAID, 1, False, RV_N),
        (0.0, RAID, 1, True, RV_W),
    ],
    ids=["luck", "mode", "nobody killed", "off", "no commander there"],
)
def test_no_commander_is_killed(monkeypatch, luck, mode, killed, enabled, d):
    choose(monkeypatch, COMMANDER=(luck, 0.0))
    run = deadly(enabled=enabled)
    combat.kill_commander(run, d, 8, mode, killed)
    assert [unit.commanders for unit in run.units] == [1, 0, 0, 2, 1, 0, 0]
    assert acts(run) == []
    assert not any(dyad.debts for dyad in run.dyads)


def test_an_attack_leaves_what_the_attacker_did_and_not_the_force(monkeypatch):
    """Red kills 2 of violet and a commander; the force, which favours red, shoots 3 more."""
    choose(
        monkeypatch,
        PARENT=(0.5, 0.5),
        KILLED=(0.7, 0.6),
        WOUNDED=(0.5, 0.5),
        WOUNDED_ROUNDING=(0.0, 0.0),
        THIRD_SIDE=(0.0, 0.7),
        THIRD_SIDE_LOSSES=(0.0, 0.1),
        COMMANDER=(0.29, 0.39),
    )
    run = deadly()
    put(run.settings.third_side, enabled=True, probability=0.4)
    put(run.groups[0], favoured=True)
    run.target_killed[RAID][:4], run.attacker_killed[RAID][:4] = [0.1, 0.6, 0.9, 1.0], [1.0] * 4
    run.security_fire[:4] = [0.1, 0.2, 0.6, 1.0]
    run.units[VIOLET_N].offices = False
    run.now.engagements = 3
    combat.carry_out(run, RV_N)
    row = run.engagements[3]
    assert (row.target_killed, row.killed_by_security, row.attacker_killed) == (5, 3, 0)
    assert remembering(run) == {VR_N: [(3, 7, 1.0, 0.7)]}
    assert run.debts[run.dyads[VR_N].first_debt] == 3
    assert run.killed_of_group[7] == [0, 5, 0]
    assert run.killed_in_province[7] == [0, 5, 0, 0]
    assert (run.dyads[VR_N].debts, run.units[VIOLET_N].commanders) == (1, 1)


def test_the_forces_fire_alone_is_no_deadly_attack(monkeypatch):
    choose(
        monkeypatch,
        PARENT=(0.5, 0.5),
        KILLED=(0.0, 0.6),
        WOUNDED=(0.5, 0.5),
        WOUNDED_ROUNDING=(0.0, 0.0),
        THIRD_SIDE=(0.0, 0.7),
        THIRD_SIDE_LOSSES=(0.0, 0.1),
        COMMANDER=(0.0, 0.0),
    )
    run = deadly()
    put(run.settings.third_side, enabled=True, probability=0.4)
    put(run.groups[0], favoured=True)
    run.security_fire[:4] = [0.1, 0.2, 0.6, 1.0]
    run.units[VIOLET_N].offices = False
    combat.carry_out(run, RV_N)
    assert run.engagements[0].target_killed == 3
    assert remembering(run) == {VR_N: [(0, 7, 1.0, 0.5)]}
    assert run.dyads[VR_N].debts == 0
