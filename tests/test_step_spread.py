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


def attack(run, d, number, killed, **values):
    """Let an attack by a dyad that killed so many of the target leave what it leaves."""
    lost = {"attacker_killed": 0, "target_killed": killed, "killed_by_security": 0, **values}
    combat.leave_memory(run, d, put(run.engagements[0], engagement=number, **lost), killed)


def remembering(run):
    """Dyads that remember anything, and what."""
    return {d: found for d in range(8) if (found := memories(run, d))}


def test_the_attacked_unit_remembers_it_against_the_attacker_from_the_next_tick():
    run = hurt()
    attack(run, RV_S, 3, 2)
    assert remembering(run) == {VR_S: [(3, 7, 0.7)]}
    assert run.arrivals == [0.0] * 5 + [0.7, 0.0, 0.0]


@pytest.mark.parametrize(
    ("lost", "killed", "shot", "own"),
    [
        ({"attacker_killed": 1}, 0, 0, [(3, 7, 0.35)]),
        ({"attacker_killed": 5, "target_killed": 2}, 2, 0, [(3, 7, 0.35)]),
        ({"attacker_killed": 5, "target_killed": 2}, 2, 5, []),
        ({"attacker_killed": 5, "target_killed": 2}, 2, 4, [(3, 7, 0.35)]),
        ({"target_killed": 6}, 2, 4, []),
        ({"attacker_killed": 1, "target_killed": 6}, 2, 4, [(3, 7, 0.35)]),
        ({}, 0, 0, []),
    ],
    ids=["one", "many", "all shot", "some shot", "they", "both", "none"],
)
def test_own_dead_are_remembered_once_unless_the_force_shot_them(lost, killed, shot, own):
    run = hurt(reprisal__own_dead=0.35)
    attack(run, RV_S, 3, killed, killed_by_security=shot, **lost)
    assert memories(run, RV_S) == own
    assert memories(run, VR_S) == [(3, 7, MARKS[killed])]
    assert run.arrivals[RV_S] == (0.35 if own else 0.0)


def test_own_dead_are_remembered_where_the_target_may_not_answer():
    run = hurt(reprisal__own_dead=0.35)
    run.dyads[RV_S].opposite = NONE
    attack(run, RV_S, 3, 2, attacker_killed=1)
    assert remembering(run) == {RV_S: [(3, 7, 0.35)]}


def test_who_does_not_count_own_dead_remembers_none():
    run = hurt(reprisal__own_dead=0.0)
    attack(run, RV_S, 3, 0, attacker_killed=2)
    assert run.now.memories == 1


def test_an_attack_answers_the_dead_that_the_attacker_counted(monkeypatch):
    choose(monkeypatch, UNASKED=(0.37, 0.9))
    run = hurt()
    for d in (RV_N, VR_N, VW_N):
        run.dyads[d].unanswered_at = 2
    attack(run, RV_N, 3, 0)
    assert [run.dyads[d].unanswered_at for d in (RV_N, VR_N, VW_N)] == [NONE, 2, 2]


def test_dead_go_unanswered_from_the_first_on(monkeypatch):
    draws = choose(monkeypatch, UNASKED=(0.37, 0.9))
    run = hurt(stances__unasked=True)
    attack(run, RV_N, 3, 0)
    assert run.dyads[VR_N].unanswered_at == NONE
    attack(run, RV_N, 4, 2)
    assert (run.dyads[VR_N].unanswered_at, run.dyads[VR_N].unanswered) == (6, 0.37)
    assert draws.asked == [("UNASKED", 6, unit_address("red", "north"), address("violet"))]
    run.now.tick = 8
    attack(run, RV_N, 5, 2)
    assert run.dyads[VR_N].unanswered_at == 6
    assert [run.dyads[d].unanswered_at for d in (RV_N, VW_N, WV_N)] == [NONE] * 3


def test_dead_are_not_counted_where_nobody_rises_unasked(monkeypatch):
    choose(monkeypatch)
    run = hurt()
    attack(run, RV_N, 4, 2)
    assert run.dyads[VR_N].unanswered_at == NONE


def test_an_attack_spills_over_to_the_same_side_next_door():
    """South borders on north and west, which do not border on each other."""
    run = hurt(spillover={"enabled": True, "share": 0.3})
    attack(run, RV_S, 3, 2)
    next_door = [(3, 7, pytest.approx(0.21))]
    assert remembering(run) == {VR_S: [(3, 7, 0.7)], VR_N: next_door, VR_W: next_door}
    again = hurt(spillover={"enabled": True, "share": 0.3})
    attack(again, VR_N, 3, 0)
    assert sorted(remembering(again)) == [RV_N, RV_S]


SHOCK = {"enabled": True, "strength": 0.2, "reach": 0.5, "lag_min": "1h", "lag_max": "3h"}
# What violet holds against red in the north may be stirred by news of red's attack on it elsewhere:
# fighters of 900 and 1,600 meet 3 * 0.6 / 2.6, 400 and 2,500 meet 3 * 0.5 / 2.5, 300 and 1,200 meet
# 3 * 0.3 / 2.3; authority lacks a quarter, three quarters and 0.4.
WEIGHTS = {VR_N: 0.25 * 1.8 / 2.6, VR_S: 0.75 * 0.6, VR_W: 0.4 * 0.9 / 2.3}


def news(run):
    """Who is told of what, and when and how much: memories that are on their way."""
    sent = []
    for due, first in enumerate(run.first_mail):
        place = first
        while place >= 0:
            memory = run.memories[place]
            assert memory.arrival == due + 1
            sent.append((memory.dyad, memory.engagement, memory.arrival, memory.reprisal))
            place = memory.following
    return sent


def test_news_of_dead_reaches_the_same_side_elsewhere_after_its_lag(monkeypatch):
    """The lag is 2 + 0.6 * 4 ticks, rounded down to 4; 3 killed count 2, wherever it is."""
    draws = choose(monkeypatch, SHOCK_LAG=(0.6, 0.0))
    run = hurt(national_shock=SHOCK)
    attack(run, RV_N, 3, 3)
    assert remembering(run) == {VR_N: [(3, 7, 0.8)]}
    weight = pytest.approx(0.2 * 2)
    assert news(run) == [(VR_S, 3, 11, weight), (VR_W, 3, 11, weight)]
    me = unit_address("red", "north")
    places = [unit_address("violet", province) for province in ("south", "west")]
    assert draws.asked == [("SHOCK_LAG", 6, me, there) for there in places]


@pytest.mark.parametrize("reach", [0.5, 1.1])
@pytest.mark.parametrize("d", [RV_N, RV_S, RV_W])
def test_news_stirs_provinces_by_opportunity_and_weak_authority(monkeypatch, reach, d):
    """A province is stirred with its share of the other provinces' weights, times the reach."""
    others = {other: weight for other, weight in WEIGHTS.items() if other != d + 1}
    shares = {other: weight / sum(others.values()) for other, weight in others.items()}
    for chosen, share in shares.items():
        for luck, stirred in ((reach * share - 1e-9, True), (reach * share + 1e-9, False)):
            choose(monkeypatch, SHOCK_LAG=(0.0, luck))
            run = hurt(national_shock={**SHOCK, "reach": reach})
            attack(run, d, 3, 1)
            assert (chosen in [one[0] for one in news(run)]) == stirred


def test_news_goes_nowhere_where_the_state_lacks_no_authority_elsewhere(monkeypatch):
    choose(monkeypatch, SHOCK_LAG=(0.0, 0.0))
    run = hurt(
        national_shock=SHOCK, provinces__south__authority=1.0, provinces__west__authority=1.0
    )
    attack(run, RV_N, 3, 1)
    assert news(run) == []


def test_nobody_hears_of_an_attack_without_dead(monkeypatch):
    choose(monkeypatch)
    run = hurt(national_shock=SHOCK)
    attack(run, RV_N, 3, 0, attacker_killed=1)
    assert (run.now.memories, news(run)) == (2, [])


def test_a_battle_is_news_once_from_its_first_deadly_attack_on(monkeypatch):
    """Attacks 3 to 6 in a battle kill 0, 2, 2 and, of red, 3; attack 7 is in the west."""
    choose(monkeypatch, SHOCK_LAG=(0.0, 0.0))
    run = hurt(national_shock=SHOCK)
    run.fighting[RV_N] = run.fighting[VR_N] = True
    for number, (d, killed) in enumerate(((RV_N, 0), (RV_N, 2), (RV_N, 2), (VR_N, 3), (RV_W, 1))):
        attack(run, d, 3 + number, killed)
    assert [one[:2] for one in news(run)] == [(VR_S, 4), (VR_W, 4), (VR_N, 7), (VR_S, 7)]


def test_attacks_outside_a_battle_are_news_each_time(monkeypatch):
    choose(monkeypatch, SHOCK_LAG=(0.0, 0.0))
    run = hurt(national_shock=SHOCK)
    for number in (3, 4):
        attack(run, RV_N, number, 1)
    assert [one[:2] for one in news(run)] == [(VR_S, 3), (VR_W, 3), (VR_S, 4), (VR_W, 4)]


def test_who_has_no_rivalry_in_return_remembers_nothing(monkeypatch):
    choose(monkeypatch, COMMANDER=(0.0, 0.0))
    run = hurt(national_shock=SHOCK, stances__unasked=True, groups__violet__commanders={"north": 2})
    put(run.dyads[RV_N], opposite=NONE, unanswered_at=2)
    attack(run, RV_N, 3, 2)
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
        BATTLE=(0.99, 0.0),
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
    assert remembering(run) == {VR_N: [(3, 7, 0.7)]}
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
        BATTLE=(0.99, 0.0),
    )
    run = deadly()
    put(run.settings.third_side, enabled=True, probability=0.4)
    put(run.groups[0], favoured=True)
    run.security_fire[:4] = [0.1, 0.2, 0.6, 1.0]
    run.units[VIOLET_N].offices = False
    combat.carry_out(run, RV_N)
    assert run.engagements[0].target_killed == 3
    assert remembering(run) == {VR_N: [(0, 7, 0.5)]}
    assert run.dyads[VR_N].debts == 0
