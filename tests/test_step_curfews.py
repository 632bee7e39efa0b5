"""Curfews, by hand: when they begin, how long they hold, and what they leave of attacks."""

from __future__ import annotations

import math

import pytest

from sim.engine import interpret, one_run
from sim.rules import curfew, engagement
from sim.scenario import ScenarioError, from_resolved
from sim.step import combat, curfews
from sim.world import build
from tests.steps import HARM, NORTH, RED_N, SIEGE, SOUTH, VIOLET_N, started
from tests.worlds import HARMLESS, change, one_province, scenario, two_groups

HOUSE = {"weight": 0.6, "needs": "office", "target_killed": HARMLESS, "attacker_killed": HARMLESS}
ROAD = {"weight": 0.4, "target_killed": HARMLESS, "attacker_killed": HARMLESS}
BUSY = two_groups(
    engagement__background_rate="4/d",
    battle__enabled=False,
    reprisal__enabled=False,
    modes={"house": HOUSE, "road": ROAD},
)


def run(setting, *given, number=5):
    """Tables of some runs with curfews."""
    named = {f"c{place}": {"leaves": 0.0, **one} for place, one in enumerate(given)}
    world = build(scenario(change(setting, {"curfews": named})))
    return [interpret(world, 3, [replicate]) for replicate in range(number)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((5, 5, -1, 0.0), True),
        ((6, 5, 2, 1.0), False),
        ((6, -1, 4, 2.0), True),
        ((5, -1, 4, 2.0), False),
        ((6, -1, -1, 2.0), False),
    ],
)
def test_it_begins_at_its_date_or_some_time_after_the_deaths(given, expected):
    assert curfew.begins(*given) is expected
    assert (curfew.left(True, 0.3), curfew.left(False, 0.3)) == (0.3, 1.0)


def test_it_prevents_what_needs_an_office_where_it_holds_from_the_next_tick_on():
    made = run(BUSY, {"at": "2022-01-02T05:30", "provinces": ["north"], "lasts": "100h"})
    for tables in made:
        assert tables["orders"]["tick"].tolist() == [29]
    here, elsewhere, before = 0, 0, 0
    for rows in (tables["engagements"] for tables in made):
        house, north = rows["mode"] == 0, rows["province"] == 0
        held = (rows["tick"] > 29) & (rows["tick"] <= 129)
        assert not (house & north & held).any()
        here += (~house & north & held).sum()
        elsewhere += (house & ~north & held).sum()
        before += (house & north & ~held).sum()
    assert min(here, elsewhere, before) > 10


def test_it_holds_from_the_tick_after_its_beginning_for_as_long_as_it_lasts():
    lasting = {"at": "2022-01-02T05:30", "provinces": ["north"], "lasts": "100h", "leaves": 0.3}
    run = one_run(build(scenario(change(BUSY, {"curfews": {"c": lasting}}))), "interpreted")
    run.start(1, 0)
    run.curfews[0].begun_at = 29
    for tick, left in ((29, 1.0), (30, 0.3), (129, 0.3), (130, 1.0)):
        run.now.tick = tick
        run.call("curfews_observe")
        assert run.curfew_leaves == [left, 1.0]


def test_it_leaves_modes_that_need_nothing_and_those_of_battle():
    needs = ("battle", "crowd", "nothing", "office")
    run = started(modes={need: {"weight": 1.0, "needs": need, **HARM} for need in needs})
    run.curfew_leaves[:] = [0.9, 0.3, 0.8, 0.9]
    for province, left in ((NORTH, 0.3), (SOUTH, 0.8)):
        found = [curfews.curfew_left(run, province, mode) for mode in range(4)]
        assert found == [1.0, left, 1.0, left]


def test_the_share_that_it_leaves_is_the_share_that_takes_place():
    """Without memory attacks are independent; the bound fails by chance once in 10,000 times."""
    modes = [
        [tables["engagements"]["mode"] for tables in run(BUSY, *given, number=25)]
        for given in ((), ({"at": "2022-01-01T00:00", "lasts": "10d", "leaves": 0.25},))
    ]
    (full, road), (left, same) = ([sum((m == k).sum() for m in ms) for k in (0, 1)] for ms in modes)
    assert left / full == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / full))
    assert road == same


def test_deaths_in_its_provinces_call_for_it_and_the_strictest_counts():
    deadly = change(BUSY, {"modes__house__target_killed": {"median": 3.0, "log_sd": 0.01}})
    call = {"killed": 3, "within": "1h", "after": "4h", "provinces": ["south"], "lasts": "10d"}
    for tables in run(deadly, call, {**call, "leaves": 0.9}, {**call, "enabled": False}):
        rows = tables["engagements"]
        house = rows["tick"][(rows["province"] == 1) & (rows["target_killed"] >= 3)]
        assert tables["orders"]["tick"].tolist() == 2 * [house.min() + 1 + 4]
        assert house.max() <= house.min() + 1 + 4


def test_a_prevented_attack_pays_no_debt():
    debts = {"old": {"creditor": "red", "debtor": "violet", "province": "north"}}
    setting = one_province(
        engagement__background_rate="0/d",
        vendetta={"debts": debts, "paid": 1.0, "median_lag": "1d"},
        modes={"house": HOUSE, "road": {**ROAD, "weight": 0.001}},
    )
    made = run(setting, {"at": "2022-01-01T00:00", "lasts": "4d"}, number=20)
    assert sum((t["engagements"]["tick"] > 96).sum() for t in made) > 5


@pytest.mark.parametrize(("uniform", "mode"), [(0.29, SIEGE), (0.3, -1)])
def test_a_debt_is_paid_in_its_own_mode_only_where_a_curfew_lets_it(uniform, mode):
    run = started(vendetta={"enabled": True, "mode": "siege"})
    run.curfew_leaves[NORTH] = 0.3
    sides = run.units[RED_N], run.units[VIOLET_N]
    assert combat.draw_mode(run, *sides, engagement.VENDETTA, uniform) == mode


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"provinces": ["nroth"]}, "north"), ({"at": "2023-01-01T00:00"}, "lies outside the run")],
)
def test_mistakes_are_named(fields, said):
    setting = scenario(BUSY).model_dump(mode="json") | {"curfews": {"night": fields}}
    with pytest.raises(ScenarioError, match=rf"curfews\.night\.{next(iter(fields))}.*{said}"):
        from_resolved("wrong", setting)
