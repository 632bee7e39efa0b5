"""Curfews, by hand: when they begin, how long they hold, and what they leave of attacks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import engine
from sim.rules import curfew
from sim.scenario import ScenarioError, from_resolved
from sim.world import build
from tests.worlds import HARMLESS, change, one_province, scenario, two_groups

SEED = 3
HOUSE = {"weight": 0.6, "needs": "office", "target_killed": HARMLESS, "attacker_killed": HARMLESS}
ROAD = {"weight": 0.4, "target_killed": HARMLESS, "attacker_killed": HARMLESS}
BUSY = two_groups(
    engagement__background_rate="4/d",
    battle__enabled=False,
    reprisal__enabled=False,
    modes={"house": HOUSE, "road": ROAD},
)


def with_curfew(setting=BUSY, **fields):
    return change(setting, {"curfews": {"night": {"leaves": 0.25, **fields}}})


def run(setting, replicates=1):
    return engine.interpret(build(scenario(setting)), SEED, range(replicates))


@pytest.mark.parametrize(
    ("tick", "at", "reached_at", "after", "expected"),
    [
        (5, 5, -1, 0.0, True),
        (6, 5, -1, 0.0, False),
        (6, 5, 2, 1.0, False),
        (6, -1, 4, 2.0, True),
        (5, -1, 4, 2.0, False),
        (6, -1, -1, 2.0, False),
    ],
)
def test_it_begins_at_its_date_or_some_time_after_the_deaths(tick, at, reached_at, after, expected):
    assert curfew.begins(tick, at, reached_at, after) is expected


@pytest.mark.parametrize(
    ("needs", "in_force", "expected"), [(True, True, 0.3), (True, False, 1.0), (False, True, 1.0)]
)
def test_it_leaves_a_share_of_what_needs_a_crowd_or_an_office(needs, in_force, expected):
    assert curfew.left(needs, in_force, 0.3) == expected


def test_it_is_stored_and_thins_modes_that_need_an_office_from_the_next_tick_on_and_where_it_is():
    setting = with_curfew(at="2022-01-02T05:30", provinces=["north"], lasts="100h", leaves=0.0)
    made, before = run(setting, 5), run(BUSY, 5)
    labels = build(scenario(setting)).labels
    acts = [labels["action"][code] for code in made["orders"]["action"]]
    assert acts == ["curfew"] * 5
    assert set(made["orders"]["tick"]) == {29}
    rows = made["engagements"]
    house, north = rows["mode"] == 0, rows["province"] == 0
    held = (rows["tick"] > 29) & (rows["tick"] <= 129)
    assert not (house & north & held).any()
    for other in (house & north & ~held, house & ~north & held, ~house & north & held):
        assert other.sum() > 5
    stays = (rows["tick"] <= 29) | (rows["province"] == 1)
    earlier = (before["engagements"]["tick"] <= 29) | (before["engagements"]["province"] == 1)
    assert rows["tick"][stays].tolist() == before["engagements"]["tick"][earlier].tolist()


def test_the_share_that_it_leaves_is_the_share_of_attacks_that_take_place():
    """Without memory attacks are independent; false alarm of the bounds below 1 in 10,000."""
    setting = with_curfew(at="2022-01-01T00:00", lasts="10d")
    world = build(scenario(setting))
    full = engine.simulate(build(scenario(BUSY)), SEED, range(400))["engagements"]["mode"]
    made = engine.simulate(world, SEED, range(400))["engagements"]["mode"]
    number = int((full == 0).sum())
    taken = int((made == 0).sum()) / number
    assert taken == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / number))
    assert int((made == 1).sum()) == int((full == 1).sum())


def test_deaths_in_its_provinces_call_for_it_and_it_begins_once():
    deadly = {"median": 3.0, "log_sd": 0.01}
    setting = with_curfew(
        change(BUSY, {"modes__house__target_killed": deadly}),
        killed=3,
        within="1h",
        after="4h",
        provinces=["south"],
        lasts="6h",
    )
    made = run(setting)
    rows = made["engagements"]
    south = (rows["province"] == 1) & (rows["target_killed"] >= 3)
    first = int(rows["tick"][south].min())
    assert made["orders"]["tick"].tolist() == [first + 1 + 4]


def test_the_strictest_of_several_counts_and_one_that_is_off_does_not():
    strict = {"at": "2022-01-01T00:00", "lasts": "10d", "leaves": 0.0}
    mild = {**strict, "leaves": 0.9}
    off = {**strict, "enabled": False}
    both = run(change(BUSY, {"curfews": {"a": mild, "b": strict}}))["engagements"]
    assert not ((both["mode"] == 0) & (both["tick"] > 0)).any()
    without = run(change(BUSY, {"curfews": {"b": off}}))
    np.testing.assert_array_equal(without["engagements"]["tick"], run(BUSY)["engagements"]["tick"])


def test_a_prevented_attack_pays_no_debt():
    debts = {"old": {"creditor": "red", "debtor": "violet", "province": "north"}}
    setting = with_curfew(
        one_province(
            engagement__background_rate="0/d",
            vendetta={"debts": debts, "paid": 1.0, "median_lag": "1d"},
            modes={"house": {**HOUSE, "weight": 1.0}, "road": {**ROAD, "weight": 0.0}},
        ),
        at="2022-01-01T00:00",
        lasts="4d",
        leaves=0.0,
    )
    paid = [run(setting, 20)["engagements"]["tick"]]
    assert all(tick == 0 or tick > 96 for tick in paid[0])
    assert len(paid[0]) > 5


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"provinces": ["nroth"], "at": "2022-01-02T00:00"}, "curfews.night.provinces.*north"),
        ({"at": "2023-01-01T00:00"}, "curfews.night.at: lies outside the run"),
        ({"leaves": 1.5}, "curfews.night.leaves"),
    ],
)
def test_mistakes_are_named(fields, said):
    setting = scenario(BUSY).model_dump(mode="json") | {"curfews": {"night": fields}}
    with pytest.raises(ScenarioError, match=said.replace(".", r"\.").replace(r"\.*", ".*")):
        from_resolved("wrong", setting)
