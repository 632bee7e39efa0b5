"""Battles: how they open, who is hit last, when they end, what is news; worked out by hand."""

from __future__ import annotations

from math import exp

import pytest

from sim.draws import address
from sim.rules import engagement, stance
from sim.step import battles, combat
from sim.step.layout import NONE
from tests.steps import (
    NORTH,
    RED_N,
    RED_S,
    RV_N,
    RV_S,
    RV_W,
    SOUTH,
    VIOLET_N,
    VR_N,
    VR_S,
    VW_N,
    WV_N,
    choose,
    put,
    started,
    unit_address,
)

# Both sides fire once an hour, a quarter more or less by the turn, in ticks of half an hour; a
# quarter of all battles goes on after a tick.
EXCHANGES = (2 - exp(-1.25 / 2) - exp(-0.75 / 2)) / 0.75
# So many battles an attack make a fifth, or two fifths, of all engagements exchanges.
QUIET = 0.2 / (0.8 * EXCHANGES)
MOBILISED = 0.4 / (0.6 * EXCHANGES)


def of(run, d):
    """The battle of a dyad."""
    return run.battles[run.dyads[d].battle]


def fought(d=RV_N, tick=6, **changes):
    """A run in whose last tick engagement 3, an attack by a dyad, opened a battle."""
    run = started(**changes)
    run.now.tick = tick
    put(of(run, d), opening=3, opened_at=tick - 1, hit=run.dyads[d].opposite)
    run.fighting[d] = run.fighting[run.dyads[d].opposite] = True
    run.dyads[run.dyads[d].opposite].hit_by = 3
    return run


def fighting(run):
    """Dyads that fight."""
    return [d for d in range(8) if run.fighting[d]]


def test_two_units_that_may_attack_each_other_share_a_battle():
    run = started()
    assert [dyad.battle for dyad in run.dyads] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [battle.dyad for battle in run.battles] == [RV_N, VW_N, RV_S, RV_W]
    assert all(battle.opening == NONE for battle in run.battles)


@pytest.mark.parametrize(
    ("mobilised", "chance"), [(False, QUIET), (True, MOBILISED)], ids=["quiet", "mobilised"]
)
def test_an_attack_opens_a_battle_by_the_stance_of_the_target(monkeypatch, mobilised, chance):
    for luck, opens in ((chance - 1e-6, True), (chance + 1e-6, False)):
        draws = choose(monkeypatch, BATTLE=(luck, 1.0 - luck))
        run = started()
        run.now.tick = 6
        put(run.units[RED_N], mobilised=not mobilised)
        put(run.units[VIOLET_N], mobilised=mobilised, stance=stance.STAND_DOWN)
        battles.join_battle(run, RV_N, 3)
        assert fighting(run) == [RV_N, VR_N] * opens
        assert draws.asked == [("BATTLE", 6, unit_address("red", "north"), address("violet"))]


def test_the_numbers_of_stances_open_battles_where_battles_are_on():
    assert [s.opens for s in started().stances] == pytest.approx([QUIET, MOBILISED])
    assert [s.opens for s in started(battle__enabled=False).stances] == [0.0, 0.0]
    assert [s.opens for s in started(battle__exchanges="0/d").stances] == [0.0, 0.0]


def test_a_battle_knows_its_opening_and_who_was_hit_and_nothing_of_the_last_one(monkeypatch):
    choose(monkeypatch, BATTLE=(0.0, 0.0))
    run = started()
    run.now.tick = 6
    put(of(run, VR_S), told=True, hit=VR_S, opened_at=1)
    for d in (RV_S, VR_S):
        put(run.dyads[d], hit_by=7, hit_now=8)
    battles.join_battle(run, VR_S, 9)
    own = of(run, VR_S)
    assert (own.opening, own.opened_at, own.hit, own.told) == (9, 6, RV_S, False)
    assert [(run.dyads[d].hit_by, run.dyads[d].hit_now) for d in (RV_S, VR_S)] == [
        (NONE, 9),
        (NONE, NONE),
    ]
    assert fighting(run) == [RV_S, VR_S]


def test_no_battle_opens_where_the_target_may_not_attack_in_return(monkeypatch):
    choose(monkeypatch)
    run = started(rivalry={"red": {"violet": 0.8}, "violet": {"red": 0.0, "white": 0.3}})
    assert [dyad.battle for dyad in run.dyads] == [NONE, 0, 0, NONE, NONE]
    battles.join_battle(run, 0, 3)
    assert run.fighting == [False] * 5


def test_an_attack_in_a_battle_opens_no_other_one_whatever_its_cause(monkeypatch):
    choose(monkeypatch)
    run = fought()
    run.dyads[VR_N].cause = engagement.REPRISAL
    battles.join_battle(run, VR_N, 5)
    own = of(run, RV_N)
    assert (own.opening, own.opened_at) == (3, 5)
    assert run.dyads[RV_N].hit_now == 5


@pytest.mark.parametrize(
    ("by", "hit"), [([], VR_N), ([VR_N], RV_N), ([RV_N], VR_N), ([RV_N, VR_N], VR_N)]
)
def test_who_is_hit_last_counts_from_the_next_tick_on(monkeypatch, by, hit):
    """Violet was hit last; who is hit in the same tick as the other does not take its turn."""
    choose(monkeypatch, BATTLE=(0.9, 0.0))
    run = fought()
    for number, d in enumerate(by):
        battles.join_battle(run, d, 5 + number)
    assert of(run, RV_N).hit == VR_N
    assert (run.dyads[RV_N].hit_by, run.dyads[VR_N].hit_by) == (NONE, 3)
    battles.battles_update(run)
    assert of(run, RV_N).hit == hit
    expected = (5 + by.index(VR_N) if VR_N in by else NONE, 5 if RV_N in by else 3)
    assert (run.dyads[RV_N].hit_by, run.dyads[VR_N].hit_by) == expected
    assert run.dyads[RV_N].hit_now == run.dyads[VR_N].hit_now == NONE


def test_of_two_sides_hit_in_one_tick_neither_takes_the_turn_of_the_other(monkeypatch):
    choose(monkeypatch, BATTLE=(0.9, 0.0))
    for hit in (RV_N, VR_N):
        run = fought()
        of(run, RV_N).hit = hit
        for number, d in enumerate((RV_N, VR_N)):
            battles.join_battle(run, d, 5 + number)
        battles.battles_update(run)
        assert of(run, RV_N).hit == hit


def test_exchanges_of_one_tick_answer_those_of_earlier_ones(monkeypatch):
    choose(
        monkeypatch,
        PARENT=(0.5, 0.5),
        KILLED=(0.0, 0.0),
        WOUNDED=(0.5, 0.5),
        WOUNDED_ROUNDING=(0.0, 0.0),
        BATTLE=(0.9, 0.0),
    )
    run = fought()
    put(run.engagements[3], root=1, depth=2)
    run.now.engagements = 4
    for d in (RV_N, VR_N):
        run.attacks[d], run.dyads[d].cause = True, engagement.BATTLE
    combat.engagements(run)
    battles.battles_update(run)
    run.now.tick = 7
    for d in (RV_N, VR_N):
        run.attacks[d] = True
    combat.engagements(run)
    found = [(row.parent, row.root, row.depth) for row in run.engagements[4:8]]
    assert found == [(3, 1, 3), (3, 1, 3), (5, 1, 4), (4, 1, 4)]


def ended(run, b=0):
    """Whether a battle ended, and took all that belongs to it with it."""
    battles.battles_update(run)
    own = run.battles[b]
    sides = (own.dyad, run.dyads[own.dyad].opposite)
    over = own.opening == NONE
    assert [run.fighting[d] for d in sides] == [not over] * 2
    if over:
        assert [(run.dyads[d].hit_by, run.dyads[d].hit_now) for d in sides] == [(NONE, NONE)] * 2
    return over


def test_a_battle_ends_by_itself(monkeypatch):
    """With a half-life of 15 minutes 0.25 of them go on after half an hour."""
    for luck, over in ((0.25 + 1e-9, True), (0.25 - 1e-9, False)):
        draws = choose(monkeypatch, BATTLE=(1.0 - luck, luck))
        assert ended(fought(VR_N)) == over
        assert draws.asked == [("BATTLE", 6, unit_address("red", "north"), address("violet"))]


def test_no_battle_ends_in_the_tick_in_which_it_opened(monkeypatch):
    choose(monkeypatch)
    run = fought()
    of(run, RV_N).opened_at = 6
    run.units[RED_N].withdrawal = 1.0
    run.forces[NORTH].eased = True
    assert not ended(run)


def test_battles_end_each_by_itself(monkeypatch):
    here = unit_address("red", "south")
    draws = choose(monkeypatch, BATTLE=lambda _, agent, __: (0.0, 0.9 if agent == here else 0.0))
    run = fought()
    put(of(run, RV_S), opening=4, opened_at=2, hit=VR_S)
    run.fighting[RV_S] = run.fighting[VR_S] = True
    assert ended(run, 2)
    assert fighting(run) == [RV_N, VR_N]
    assert len(draws.asked) == 2


PARTED = {"separation": {"enabled": True, "rate": "12/d"}}


@pytest.mark.parametrize(
    ("changes", "province", "left"),
    [
        (PARTED, NORTH, 0.25 * exp(-0.5 * 3 * 0.5)),
        (PARTED, SOUTH, 0.25),
        ({"separation": {"enabled": False, "rate": "12/d"}}, NORTH, 0.25),
    ],
    ids=["there", "elsewhere", "off"],
)
def test_reinforcement_parts_the_sides(monkeypatch, changes, province, left):
    """3,000 more are 3 per 1,000 residents of the north; who is usually there parts nobody."""
    for luck, over in ((left + 1e-9, True), (left - 1e-9, False)):
        choose(monkeypatch, BATTLE=(0.0, luck))
        run = fought(**changes)
        run.forces[province].deployed = 3000.0
        assert ended(run) == over


@pytest.mark.parametrize(
    ("number", "values", "over"),
    [
        (RED_N, {"withdrawal": 0.4, "compliance": 0.4}, True),
        (VIOLET_N, {"withdrawal": 0.4, "compliance": 0.4}, True),
        (RED_N, {"withdrawal": 0.39, "compliance": 0.39}, False),
        (RED_N, {"withdrawal": 0.0, "compliance": 1.0, "holds": True}, False),
        (RED_S, {"withdrawal": 1.0, "compliance": 1.0}, False),
    ],
    ids=["attacker", "target", "hardly", "holds", "elsewhere"],
)
def test_a_battle_ends_when_a_side_stands_down_by_withdrawal(monkeypatch, number, values, over):
    choose(monkeypatch, BATTLE=(0.0, 0.0))
    run = fought()
    put(run.units[number], **values)
    assert ended(run) == over


@pytest.mark.parametrize(("province", "over"), [(NORTH, True), (SOUTH, False)])
def test_a_governor_ends_the_battles_of_the_province(monkeypatch, province, over):
    choose(monkeypatch, BATTLE=(0.0, 0.0))
    run = fought()
    run.forces[province].eased = run.now.eased = True
    assert ended(run) == over


def test_a_battle_that_ended_may_open_again(monkeypatch):
    choose(monkeypatch, BATTLE=(0.0, 0.9))
    run = fought()
    of(run, RV_N).told = True
    assert ended(run)
    battles.join_battle(run, VR_N, 8)
    own = of(run, RV_N)
    assert (own.opening, own.opened_at, own.hit, own.told) == (8, 6, RV_N, False)


def test_a_battle_is_news_once_and_an_attack_outside_one_each_time():
    run = fought()
    assert [battles.is_news(run, d) for d in (VR_N, RV_N, VR_N)] == [True, False, False]
    assert [battles.is_news(run, d) for d in (RV_S, RV_S, VW_N, WV_N)] == [True] * 4
    assert not of(run, RV_S).told
