"""What politics, security forces, mediators and shocks do, on states set by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.step.combat import count_losses
from sim.world import build
from tests.test_baseline import everything
from tests.test_units import (
    CALM,
    NOBODY,
    SEED,
    SURE,
    acts,
    attack,
    debts,
    memories,
    model_of,
    order,
    rows_of,
    step_with_attack,
    ticks_of,
)
from tests.worlds import HARMLESS, change, one_province, run, scenario, two_groups

DEADLY = {"weight": 1.0, "target_killed": SURE, "attacker_killed": HARMLESS}


def tensions(setting, ticks):
    """Tension by bloc (red, violet) as each tick starts."""
    model, seen = model_of(setting), []
    for _ in range(ticks):
        model.step()
        seen.append(tuple(model.part("tension")))
    return np.array(seen)


def session(**branch):
    branches = {"passed": {"probability": 1.0, **branch}}
    return {"session": {"at": "2022-01-01T03:00", "branches": branches}}


def test_a_branch_moves_its_blocs_from_the_next_tick_and_fades():
    setting = change(
        CALM, {"calendar": session(effect={"red": 0.8, "violet": -0.4}, half_life="2h")}
    )
    seen = tensions(setting, 8)
    kept = 2.0 ** (-np.arange(4) / 2)
    assert (seen[:4] == 1).all()
    assert seen[4:, 0] == pytest.approx(1 + 0.8 * kept)
    assert seen[4:, 1] == pytest.approx(1 - 0.4 * kept)
    only_red = tensions(change(CALM, {"calendar": session(effect={"red": 0.8})}), 6)
    assert (only_red[:, 1] == 1).all()


def test_a_call_holds_from_the_next_tick_for_its_time():
    call = {"at": "2022-01-01T03:00", "factor": 0.5, "lasts": "2h"}
    setting = change(CALM, {"restraint_calls": {"council": call}})
    assert tensions(setting, 7)[:, 0].tolist() == [1, 1, 1, 1, 0.5, 0.5, 1]
    assert acts(model_of(setting, 7), "call") == [(3, "council")]
    off = change(setting, {"restraint_calls__council__enabled": False})
    assert (tensions(off, 7) == 1).all()
    assert not acts(model_of(off, 7), "call")


def test_a_truce_holds_in_its_own_ticks_alone():
    truce = {"start": "2022-01-01T03:00", "lasts": "2h", "factor": 0.0}
    setting = one_province(
        engagement__background_rate="9/h", modes={"raid": NOBODY}, truces={"feast": truce}
    )
    table = run(setting, SEED)["engagements"]
    assert set(table["tick"][table["tick"] < 8]) == {0, 1, 2, 5, 6, 7}
    off = change(setting, {"truces__feast__enabled": False})
    assert {3, 4} <= set(run(off, SEED)["engagements"]["tick"])


def test_a_deadlock_grows_by_months_and_ends_after_its_event():
    deadlock = {"enabled": True, "since": "2021-12-02T00:00", "growth": 0.5}
    setting = change(CALM, {"deadlock": deadlock, "calendar": session()})
    assert tensions(setting, 5)[:, 1] == pytest.approx(1 + 0.5 * (720 + np.arange(5)) / 720)
    ended = change(setting, {"deadlock__ends_with": "session.passed"})
    assert (tensions(ended, 6)[4:] == 1).all()
    assert (tensions(ended, 6)[:4] > 1.4).all()
    later = tensions(change(setting, {"deadlock__since": "2022-01-01T04:00"}), 6)
    assert later[:5, 0].tolist() == [1.0] * 5
    assert later[5, 0] > 1


def test_tension_multiplies_the_base_rate_of_its_bloc_alone():
    setting = change(
        CALM,
        {
            "engagement__background_rate": "1/d",
            "calendar": session(effect={"red": 2.0}),
        },
    )
    model = model_of(setting, 5)
    assert [dyad.unit.group for dyad in model.dyads] == ["red", "violet"]
    for unit in model.units:
        unit.mobilisation = 1.0
    parts = [model.call("hazards", dyad.index)[:2] for dyad in model.dyads]
    assert parts == pytest.approx(np.array([(3 / 24, 1.0), (1 / 24, 1.0)]))


def test_orders_wait_for_an_event_or_a_branch_and_for_the_first_time():
    moved = {
        "moved": {"probability": 1.0, "again_after": "5h"},
        "passed": {"probability": 0.0},
    }
    setting = change(
        CALM,
        {
            "calendar": {"session": {"at": "2022-01-01T03:00", "branches": moved}},
            "orders": {
                "on_event": order("mobilise", trigger={"after": "7h", "of": "session"}),
                "on_branch": order("mobilise", trigger={"after": "8h", "of": "session.moved"}),
                "never": order("mobilise", trigger={"after": "0h", "of": "session.passed"}),
            },
        },
    )
    model = model_of(setting, 30)
    assert acts(model, "mobilise") == [(10, "on_event"), (11, "on_branch")]
    assert ticks_of(model, "event") == [3, 8, 13, 18, 23, 28]


def test_a_moved_event_has_new_luck_and_the_same_at_another_date():
    moved = {"a": {"probability": 0.5, "again_after": "2h"}, "b": {"probability": 0.5}}
    paths = {}
    for at in ("2022-01-01T03:00", "2022-01-01T09:00"):
        setting = change(CALM, {"calendar": {"session": {"at": at, "branches": moved}}})
        paths[at] = [
            len(acts(model_of(setting, 60, replicate=replicate), "event")) for replicate in range(9)
        ]
    first, second = paths.values()
    assert first == second
    assert len(set(first)) > 1
    assert max(first) < 20


def three_provinces(**changes):
    far = {"label": "Far", "tile": [2, 0], "population": 10**6, "region": "far", "authority": 0.2}
    setting = two_groups(
        engagement__background_rate="0/d",
        modes__raid=DEADLY,
        provinces__far=far,
        groups__red__fighters__far=2000,
        groups__violet__fighters__far=2000,
        stances={"quiet": {"battle": 0.0, "reprisal": 0.0}},
    )
    return change(setting, changes)


def remembered(model):
    """Memories of violet against red by province."""
    return {
        dyad.unit.province: memories(model, dyad.index)
        for dyad in model.dyads
        if (dyad.unit.group, dyad.rival.group) == ("violet", "red")
    }


def north_dyad(model):
    return next(
        dyad.index
        for dyad in model.dyads
        if (dyad.unit.province, dyad.unit.group) == ("north", "red")
    )


def test_spillover_reaches_neighbours_at_once():
    model = model_of(three_provinces(spillover={"enabled": True, "share": 0.5}))
    row = attack(model, north_dyad(model))
    heard = remembered(model)
    assert not heard["far"]
    (memory,) = heard["south"]
    assert memory.arrival == 1
    assert memory.reprisal == 0.5 * model.part("mark")[row["target_killed"]]


def test_a_shock_weighs_killed_and_arrives_after_its_lag():
    shock = {"enabled": True, "strength": 0.5, "reach": 100, "lag_min": "3h", "lag_max": "9h"}
    arrivals = set()
    for replicate in range(12):
        model = model_of(three_provinces(national_shock=shock), replicate=replicate)
        row = attack(model, north_dyad(model))
        for _ in range(12):
            model.step()
        for key in ("south", "far"):
            (memory,) = remembered(model)[key]
            assert memory.reprisal == pytest.approx(0.5 * np.log2(1 + row["target_killed"]))
            arrivals.add(memory.arrival)
    assert min(arrivals) >= 4
    assert max(arrivals) <= 10
    assert len(arrivals) > 3
    harmless = three_provinces(national_shock=shock, modes__raid=NOBODY)
    model = model_of(harmless)
    attack(model, north_dyad(model))
    assert max(model.part("first_mail")) < 0


def test_a_shock_reaches_provinces_by_their_share():
    """Shares 0.5 x 1 and 0.8 x 1 of what authority lacks, reach 1; 300 runs, false alarm 1e-4."""
    shock = {"enabled": True, "strength": 0.5, "reach": 1, "lag_min": "1h", "lag_max": "2h"}
    world, heard = build(scenario(three_provinces(national_shock=shock))), {"south": 0, "far": 0}
    for replicate in range(300):
        model = model_of(world, replicate=replicate)
        attack(model, north_dyad(model))
        for _ in range(4):
            model.step()
        for key in heard:
            heard[key] += bool(remembered(model)[key])
    for key, share in (("south", 0.5 / 1.3), ("far", 0.8 / 1.3)):
        assert abs(heard[key] / 300 - share) < 4 * np.sqrt(share * (1 - share) / 300)


def test_reinforcement_deters_by_authority_and_from_the_next_tick():
    setting = one_province(
        deterrence={"enabled": True, "strength": 0.2}, provinces__north__presence=3.0
    )
    force = model_of(setting).forces[0]
    assert force.deterrence == 1.0
    force.deployed = 2000.0
    force.update()
    assert force.deterrence == np.exp(-0.2 * 0.5 * 2.0)


def test_the_security_forces_losses_raise_the_alarm_and_cannot_exceed_the_force():
    losses = {"enabled": True, "probability": 1.0, "killed": HARMLESS, "own_killed": SURE}
    setting = change(
        CALM,
        {
            "third_side": losses,
            "provinces__north__presence": 0.0071,
            "deployment": {"rule": "recent_casualties", "alarm_killed": 7},
        },
    )
    model = model_of(setting)
    row = attack(model)
    assert row["security_killed"] == 7
    assert (row["attacker_killed"], row["target_killed"]) == (0, 0)
    model = model_of(setting)
    step_with_attack(model)
    model.step()
    assert model.forces[0].alarm_since == 1
    off = model_of(change(setting, {"third_side__enabled": False}))
    assert attack(off)["security_killed"] == 0


def suffer(model, killed, wounded):
    """Count an engagement in the first province, as if it had been carried out there."""
    sides = dict.fromkeys(("attacker", "attacker_killed", "attacker_wounded", "security_killed"), 0)
    lost = {"target": 1, "target_killed": killed, "target_wounded": wounded}
    count_losses(model._engine, SimpleNamespace(province=0, **sides, **lost))


def test_recent_casualties_fade_and_count_wounded_and_only_deaths_are_deaths():
    setting = change(CALM, {"deployment__rule": "recent_casualties", "deployment__memory": "2h"})
    model = model_of(setting)
    force = model.forces[0]
    suffer(model, 0, 8)
    assert (force.recent, force.last_engagement) == (8.0, 0)
    assert force.last_death < 0
    suffer(model, 2, 0)
    assert (force.recent, force.last_death) == (10.0, 0)
    for _ in range(4):
        force.update()
    assert force.recent == pytest.approx(2.5)


def test_the_capital_takes_its_ceiling_and_the_rest_waits_for_casualties():
    setting = two_groups(
        engagement__background_rate="0/d",
        modes__raid=DEADLY,
        deployment={
            "rule": "capital_first",
            "reserve": 5000,
            "ceiling": 4.0,
            "lag": "2h",
            "build_up": "1min",
            "return_after": "9d",
        },
    )
    model = model_of(setting)
    step_with_attack(model, len(model.dyads) - 1)
    for _ in range(6):
        model.step()
    assert [force.deployed for force in model.forces] == pytest.approx([4000, 1000])


@pytest.mark.parametrize(
    ("changes", "ticks"),
    [
        ({}, [3, 43]),
        ({"mediation__provinces": ["south"]}, []),
        ({"mediation__enabled": False}, []),
    ],
    ids=["all", "elsewhere", "off"],
)
def test_governors_mediate_once_an_alarm_after_a_pause_in_killing(changes, ticks):
    force = {"rule": "recent_casualties", "lag": "0h", "build_up": "1min", "return_after": "8h"}
    base = two_groups(
        engagement__background_rate="0/d",
        battle__enabled=False,
        reprisal__enabled=False,
        modes__raid=DEADLY,
        deployment=force,
        mediation={"enabled": True, "pause": "3h"},
    )
    model = model_of(change(base, changes))
    for _ in range(60):
        if model.tick in (0, 6, 40):
            step_with_attack(model)
        else:
            model.step()
    assert ticks_of(model, "mediate") == ticks


def test_mediation_ends_the_battle_and_eases_what_was_suffered_before():
    setting = change(
        CALM,
        {
            "battle": {"half_life": "10d", "exchanges": "0/d"},
            "mediation": {"enabled": True, "pause": "1h", "reprisal_factor": 0.25},
        },
    )
    model = model_of(setting)
    model.part("stances")[0].opens = 1.0
    force = model.forces[0]
    attack(model)
    model.step()
    assert list(model.part("fighting")[:2]) == [True, True]
    force.deployed, force.alarm_since, force.last_death = 9000.0, 0, 0
    before = model.dyads[1].reprisal
    attack(model)
    model.step()
    keep, height = model.world.reprisal.keep, model.world.reprisal.height
    assert acts(model, "mediate")
    assert model.dyads[1].reprisal == pytest.approx(0.25 * before * keep + height)
    assert not any(model.part("fighting"))
    assert [memory.reprisal for memory in memories(model, 1)] == [0.25, 1.0]


def test_a_patron_arms_by_the_day_and_restrains_only_where_he_may():
    armed = change(CALM, {"groups__red__patron": "arm", "patronage__growth": 0.1})
    model = model_of(change(armed, {"clock__tick": "30min"}), 49)
    assert model.units[0].strength == pytest.approx(2000 * 1.1)
    assert model.units[1].strength == 2000
    off = model_of(change(armed, {"patronage__enabled": False}), 49)
    assert off.units[0].strength == 2000
    calls = {"orders": {"leave": order("withdraw", compliance=0.5, spread=0.0)}}
    restrained = change(CALM, {"groups__red__patron": "restrain", **calls})
    assert model_of(restrained, 1).units[0].share == pytest.approx(0.5 + 0.3 * 0.5)
    off = change(restrained, {"patronage__enabled": False})
    assert model_of(off, 1).units[0].share == 0.5


def test_old_debts_wait_only_if_they_are_ever_paid():
    old = {"creditor": "red", "debtor": "violet", "province": "north"}
    setting = change(CALM, {"vendetta": {"paid": 1.0, "debts": {"old": old}}})
    assert debts(model_of(setting), 0) == [-1]
    assert debts(model_of(setting), 1) == []
    assert debts(model_of(change(setting, {"vendetta__paid": 0.0})), 0) == []
    assert debts(model_of(change(setting, {"vendetta__enabled": False})), 0) == []


def test_ticks_add_up_to_engagements_and_acts_of_a_tick_are_sorted():
    world = build(scenario(change(everything(), {"third_side__probability": 0.9})))
    tables = run(world, SEED)
    table, ticks = tables["engagements"], tables["ticks"]
    sides = ("attacker", "target", "security")
    killed = sum(table[f"{side}_killed"] for side in sides)
    wounded = table["attacker_wounded"] + table["target_wounded"]
    for name, values in (("killed", killed), ("wounded", wounded), ("engagements", killed >= 0)):
        expected = np.bincount(table["tick"], weights=values, minlength=world.n_ticks)
        np.testing.assert_array_equal(ticks[name], expected)
    assert table["security_killed"].sum() > 0
    model = model_of(world)
    while model.tick < world.n_ticks:
        model.step()
    rows = rows_of(model, "orders", "tick", "order", "group", "action", "province")
    assert len(rows) > 10
    assert rows == sorted(rows)
    assert ticks["mobilised"].max() > 0
    assert ticks["compliance"].max() > 0.1


def test_engagements_of_a_tick_come_in_the_order_of_provinces_and_groups():
    setting = two_groups(engagement__background_rate="9/h", modes={"raid": NOBODY})
    model = model_of(setting, 1)
    assert rows_of(model, "engagements", "province", "attacker", "target") == [
        (0, 0, 1),
        (0, 1, 0),
        (1, 0, 1),
        (1, 1, 0),
    ]
