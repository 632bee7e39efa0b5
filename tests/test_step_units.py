"""What a unit notices, loses and forgets: numbers worked out by hand."""

from __future__ import annotations

import pytest

from sim.draws import address
from sim.rules import stance
from sim.step import units
from sim.step.layout import LONG_AGO, NONE
from sim.step.log import SOUND, UNIT
from tests.steps import (
    NORTH,
    RED_N,
    RED_S,
    RED_W,
    RV_N,
    SOUTH,
    VIOLET_N,
    VIOLET_S,
    VR_N,
    VW_N,
    WHITE_N,
    WV_N,
    acts,
    choose,
    order,
    put,
    started,
    unit_address,
)

WITHDRAWN = {"share": 0.8, "reluctance": 0.25, "loyalty": 0.5}


def observed(run, number, **values):
    """A unit with such values after it took stock."""
    unit = put(run.units[number], **values)
    units.unit_observe(run, number)
    return unit


@pytest.mark.parametrize(
    ("offices", "closed_at", "is_open"),
    [(True, LONG_AGO, True), (True, 3, False), (False, LONG_AGO, False), (False, 3, False)],
)
def test_an_office_is_open_where_there_is_one_that_is_not_closed(offices, closed_at, is_open):
    unit = put(started().units[RED_N], offices=offices, closed_at=closed_at)
    assert units.office_open(unit) == is_open


def test_a_unit_that_withdraws_is_weaker_and_harder_to_find():
    run = started(crowds__weight=0.2, engagement__withdrawn_exposure=0.4)
    red = observed(run, RED_N, crowd=1000, **WITHDRAWN)
    assert red.compliance == pytest.approx(0.8 * 0.75 * 0.5)
    assert red.withdrawal == pytest.approx(0.3)
    assert red.crowd_present == 700
    assert red.strength == pytest.approx(900 + 0.2 * 700)
    assert red.exposure == pytest.approx(1 - 0.6 * 0.3)
    assert red.stance == stance.QUIET
    assert red.crowd == 1000


def test_a_unit_that_holds_stays_with_its_crowd_in_the_open():
    run = started(crowds__weight=0.2, engagement__withdrawn_exposure=0.4)
    red = observed(run, RED_N, crowd=1000, holds=True, **WITHDRAWN)
    assert red.compliance == pytest.approx(0.3)
    assert (red.withdrawal, red.crowd_present, red.exposure) == (0.0, 1000, 1.0)
    assert red.strength == pytest.approx(1100)


def test_closed_offices_take_a_share_of_exposure_away():
    run = started(engagement__withdrawn_exposure=0.4, offices__closed_share=0.35)
    assert observed(run, RED_N, closed_at=3).exposure == pytest.approx(0.65)
    assert observed(run, RED_N, **WITHDRAWN).exposure == pytest.approx(0.82 * 0.65)
    assert observed(run, RED_S, closed_at=3, offices=False).exposure == 1.0
    assert observed(run, RED_W).exposure == 1.0


@pytest.mark.parametrize(
    ("mobilised", "share", "expected"),
    [
        (False, 0.39, stance.QUIET),
        (True, 0.39, stance.MOBILISED),
        (True, 0.41, stance.STAND_DOWN),
        (False, 0.41, stance.STAND_DOWN),
    ],
)
def test_a_unit_stands_down_from_the_compliance_of_the_scenario(mobilised, share, expected):
    unit = observed(started(), RED_N, mobilised=mobilised, share=share, reluctance=0.0)
    assert unit.stance == expected


def test_only_the_unit_whose_patron_arms_it_grows_by_the_day():
    patrons = {"groups__red__patron": "arm", "groups__violet__patron": "restrain"}
    run = started(**patrons, patronage__growth=0.24)
    run.now.tick = 10
    assert observed(run, RED_N, crowd=50).strength == pytest.approx((900 + 0.1 * 50) * 1.05)
    assert observed(run, VIOLET_N).strength == 1600


def test_restraint_holds_from_its_tick_for_its_time():
    run = started(provocation__restraint=0.2)
    put(run.units[RED_N], restrained_at=4, restrained_for=6.0)
    seen = []
    for run.now.tick in (3, 4, 9, 10):
        seen.append(observed(run, RED_N).response)
    assert seen == [1.0, 0.2, 0.2, 1.0]
    run.now.tick = 5
    assert observed(run, VIOLET_N).response == 1.0
    off = started(provocation={"restraint": 0.2, "enabled": False})
    assert observed(off, RED_N, restrained_at=0, restrained_for=9.0).response == 1.0


def test_mobilised_units_and_mean_compliance_are_counted():
    run = started()
    run.units[RED_S].stance = run.units[VIOLET_N].stance = stance.MOBILISED
    run.units[WHITE_N].stance = stance.STAND_DOWN
    run.units[WHITE_N].compliance, run.units[RED_N].compliance = 0.9, 0.5
    units.units_count(run)
    assert run.now.mobilised == 2
    assert run.now.compliance == pytest.approx(1.4 / 7)


def test_every_unit_takes_stock_decides_acts_and_moves_on(monkeypatch):
    choose(monkeypatch, ATTACK=(0.999, 0.5))
    run = started()
    for unit in run.units:
        put(unit, share=1.0, reluctance=0.0, rises=True, mobilisation=0.8, mobilisation_keep=0.25)
    units.units_observe(run)
    assert [unit.compliance for unit in run.units] == [1.0] * 7
    units.units_act(run)
    assert [unit.mobilised for unit in run.units] == [True] * 7
    units.units_update(run)
    assert [unit.mobilisation for unit in run.units] == pytest.approx([0.2] * 7)
    for unit in run.units:
        put(unit, rises=True)
    units.units_decide(run)
    assert [unit.rises for unit in run.units] == [False] * 7


def test_a_unit_decides_on_its_own_rivals_alone(monkeypatch):
    draws = choose(monkeypatch, ATTACK=(0.0, 0.99))
    run = started()
    units.units_observe(run)
    run.now.tick = 6
    units.unit_decide(run, VIOLET_N)
    assert [d for d in range(8) if run.attacks[d]] == [VR_N, VW_N]
    me = unit_address("violet", "north")
    assert draws.asked == [("ATTACK", 6, me, address(rival)) for rival in ("red", "white")]


def test_a_unit_rises_over_dead_of_its_own_that_went_unanswered():
    run = started()
    run.unasked_kept[:5] = [1.0, 0.9, 0.8, 0.6, 0.3]
    put(run.dyads[VW_N], unanswered_at=2, unanswered=0.7)
    run.units[RED_N].rises = run.units[VIOLET_N].rises = True
    for run.now.tick, rises in ((3, False), (4, False), (5, True), (6, True)):
        for number in (RED_N, VIOLET_N, WHITE_N):
            units.decide_to_rise(run, number)
        assert [u.rises for u in run.units] == [n == VIOLET_N and rises for n in range(7)]
    run.units[VIOLET_N].mobilised = True
    units.decide_to_rise(run, VIOLET_N)
    assert not run.units[VIOLET_N].rises


def test_one_rival_whose_killing_was_not_answered_is_enough_to_rise():
    run = started()
    run.unasked_kept[:3] = [1.0, 0.9, 0.8]
    run.now.tick = 4
    put(run.dyads[VR_N], unanswered_at=2, unanswered=0.85)
    units.decide_to_rise(run, VIOLET_N)
    assert run.units[VIOLET_N].rises


def test_a_unit_that_rises_is_mobilised_and_counts_its_dead_anew():
    run = started()
    run.now.tick = 7
    for d in (RV_N, VR_N, VW_N, WV_N):
        run.dyads[d].unanswered_at = 3
    run.units[VIOLET_N].rises = True
    for number in range(7):
        units.unit_act(run, number)
    assert [(u.mobilised, u.mobilised_at) for u in run.units] == [
        (n == VIOLET_N, 7 if n == VIOLET_N else LONG_AGO) for n in range(7)
    ]
    unanswered = [run.dyads[d].unanswered_at for d in (RV_N, VR_N, VW_N, WV_N)]
    assert unanswered == [3, NONE, NONE, 3]
    assert not run.units[VIOLET_N].rises
    assert acts(run) == [(7, "", "violet", "rise", "north")]


@pytest.mark.parametrize(
    ("crowd_first", "fighters", "left"),
    [(True, 900, (885, 20, 0)), (False, 900, (855, 50, 30)), (False, 31, (0, 36, 16))],
)
def test_a_crowd_bears_losses_first_or_last(crowd_first, fighters, left):
    unit = put(started().units[RED_N], fighters=fighters, crowd=50, crowd_present=30)
    units.lose(unit, 20, 25, crowd_first)
    assert (unit.fighters, unit.crowd, unit.crowd_present) == left


CALL = order(
    "withdraw",
    after="2h",
    deadline="2h",
    splinter=0.4,
    compliance=0.7,
    onset_half_life="15min",
    relapse_half_life="1h",
)


def under_call(**values):
    """A run in which red took an order to withdraw in tick 4, whose deadline is 4 ticks on."""
    run = started(orders={"aside": order("restrain", group="violet"), "call": CALL})
    number = next(n for n, o in enumerate(run.orders) if run.labels["order"][o.code] == "call")
    for place in range(run.orders[number].first, run.orders[number].last):
        unit = run.units[run.unit_orders[place].unit]
        put(unit, order=number, unit_order=place, order_at=4, share=0.7, **values)
    return run


def test_obedience_sets_in_and_wears_off():
    run = under_call(reluctance=0.8, loyalty=0.6)
    run.now.tick = 5
    units.unit_update(run, RED_S)
    red = run.units[RED_S]
    assert red.reluctance == pytest.approx(0.8 * 0.25)
    assert red.loyalty == pytest.approx(0.6 * 2**-0.5)
    put(run.units[VIOLET_N], reluctance=0.8, loyalty=0.6)
    units.unit_update(run, VIOLET_N)
    assert (run.units[VIOLET_N].reluctance, run.units[VIOLET_N].loyalty) == (0.8, 0.6)


@pytest.mark.parametrize(
    ("uniform", "tick", "splinters"),
    [(0.11, 8, True), (0.13, 8, False), (0.11, 7, False), (0.11, 9, False)],
)
def test_who_disobeys_may_splinter_at_the_deadline(monkeypatch, uniform, tick, splinters):
    draws = choose(monkeypatch, SPLINTER=(uniform, 0.999))
    run = under_call()
    run.now.tick = tick
    units.unit_update(run, RED_S)
    unit = run.units[RED_S]
    assert (unit.splinter, unit.share) == ((True, 0.0) if splinters else (False, 0.7))
    assert acts(run) == [(8, "call", "red", "splinter", "south")] * splinters
    where = (0, unit_address("red", "south"), address("call"))
    assert draws.asked == [("SPLINTER", *where)] * (tick == 8)


def test_without_a_chance_to_splinter_nothing_is_drawn(monkeypatch):
    choose(monkeypatch)
    run = under_call()
    run.orders[run.units[RED_N].order].splinter = 0.0
    units.meet_deadline(run, run.units[RED_N])
    assert not run.units[RED_N].splinter


@pytest.mark.parametrize(
    ("mobilised_at", "died", "lapsed"),
    [(2, LONG_AGO, True), (3, LONG_AGO, False), (0, 3, False), (0, 2, True)],
)
def test_mobilisation_lapses_with_its_rate_and_its_crowd(mobilised_at, died, lapsed):
    run = started(stances__mobilisation_lapse="4h")
    run.now.tick = 10
    red = put(
        run.units[RED_S], mobilised=True, mobilised_at=mobilised_at, mobilisation=0.2, crowd=70
    )
    run.forces[SOUTH].last_death, run.forces[NORTH].last_death = died, 10
    units.unit_update(run, RED_S)
    left = (False, 0.0, 0) if lapsed else (True, 0.2, 70)
    assert (red.mobilised, red.mobilisation, red.crowd) == left


def test_closed_offices_reopen_at_the_age_that_their_uniform_says():
    run = started()
    run.offices_kept[:5] = [1.0, 0.9, 0.8, 0.6, 0.3]
    unit = put(run.units[VIOLET_S], closed_at=3, reopening=0.7)
    closed = {}
    for run.now.tick in range(3, 8):
        units.unit_update(run, VIOLET_S)
        closed[run.now.tick] = unit.closed_at
    assert closed == {3: 3, 4: 3, 5: 3, 6: LONG_AGO, 7: LONG_AGO}
    assert acts(run) == [(6, "", "violet", "reopen", "south")]


def test_an_impossible_unit_is_noted_and_the_first_one_kept():
    run = started()
    units.units_update(run)
    assert run.now.unsound == SOUND
    run.units[RED_W].fighters = run.units[VIOLET_S].crowd = -1
    units.units_update(run)
    assert (run.now.unsound, run.now.unsound_at) == (UNIT, RED_W)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fighters": -1},
        {"crowd": -1},
        {"commanders": -1},
        {"mobilisation": -0.1},
        {"compliance": 1.1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_each_number_of_a_unit_is_watched(wrong):
    run = started()
    put(run.units[RED_W], **wrong)
    units.unit_update(run, RED_W)
    assert run.now.unsound == UNIT
