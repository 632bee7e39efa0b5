"""The Mesa model on small worlds whose course is known."""

from __future__ import annotations

import gc
import re
import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sim import engine
from sim.engine import compiled
from sim.model import ReprisalModel
from sim.model.simulate import forget
from sim.step import dyads
from sim.step.tick import PHASES
from sim.world import build
from tests.test_baseline import everything
from tests.worlds import HARMLESS, LETHAL, change, one_province, scenario, two_groups

SEED = 7


def world_of(setting):
    return build(scenario(setting))


def run(setting, replicate=0):
    return engine.simulate(world_of(setting), SEED, [replicate])


def model_of(setting, kind=ReprisalModel, **options):
    """A model of a small world; interpreted, so that nothing has to be compiled."""
    return kind(scenario(setting), SEED, collect=False, means="interpreted", **options)


def test_records_of_the_compiled_engine_may_have_fields_of_any_name():
    """A brigade has a place, and so has every record in its array."""
    array = np.zeros(3, [("columns", float), ("place", int)])
    kind = compiled._record(array.dtype)
    record = kind({name: array[name] for name in array.dtype.names}, 1)
    record.place, record.columns = 7, 0.5
    assert array.tolist() == [(0.0, 0), (0.5, 7), (0.0, 0)]
    assert (record.place, record.columns) == (7, 0.5)


def same(first, second):
    for table in first:
        for column in first[table]:
            np.testing.assert_array_equal(first[table][column], second[table][column], column)


def order(action, **fields):
    return {"action": action, "group": "red", "trigger": {"after": "0h"}, **fields}


def event(at="2022-01-03T00:00", **branch):
    return {"at": at, "branches": {"passed": {"probability": 1.0, **branch}}}


def test_same_address_same_run_and_another_replicate_another_run():
    setting = two_groups(national_shock__enabled=True, spillover__enabled=True)
    same(run(setting), run(setting))
    assert len(run(setting)["engagements"]["tick"]) > 0
    other = run(setting, replicate=1)["engagements"]["tick"]
    assert list(other) != list(run(setting)["engagements"]["tick"])


@pytest.mark.parametrize("shuffle_seed", [1, 2, 3])
def test_agent_order_cannot_matter(shuffle_seed):
    setting = two_groups(
        national_shock__enabled=True,
        national_shock__strength=2.0,
        spillover__enabled=True,
        deployment__rule="recent_casualties",
        deterrence__enabled=True,
        separation__enabled=True,
        mediation={"enabled": True, "presence": 0.5},
        third_side__enabled=True,
        modes__raid__commander_share=0.5,
        groups__red__commanders={"north": 5, "south": 5},
        stances__unasked=True,
        orders={
            "rise": order("mobilise", attack_rate="5/d"),
            "leave": order("withdraw", trigger={"when": {"own_killed": 3}}),
            "stay": order("hold", group="violet", trigger={"after": "5h", "of": "leave"}),
            "close": order("close_offices", group="violet", trigger={"after": "2d"}),
            "insult": order("insult", group="red", target="violet", trigger={"after": "3d"}),
        },
    )
    world = world_of(setting)
    plain = ReprisalModel(world, SEED, collect=False, means="interpreted")
    shuffled = ReprisalModel(world, SEED, collect=False, means="interpreted")
    rng = np.random.default_rng(shuffle_seed)

    def in_any_order(agents, verb):
        for place in rng.permutation(len(agents)):
            getattr(agents[place], verb)()

    for phase in PHASES:
        kind, _, verb = phase.partition("_")
        agents = getattr(shuffled, kind, None)
        if isinstance(agents, list) and agents and hasattr(agents[0], verb):
            setattr(shuffled, phase, partial(in_any_order, agents, verb))
    for _ in range(world.n_ticks):
        plain.step()
        shuffled.step()
    assert len(plain.tables()["engagements"]["tick"]) > 5
    same(plain.tables(), shuffled.tables())


def test_an_added_group_that_fights_nobody_moves_nothing():
    third = {"label": "White", "bloc": "white", "fighters": {"north": 500, "south": 500}}
    alone = run(two_groups())
    joined = run(two_groups(groups__white=third))
    same({"e": alone["engagements"]}, {"e": joined["engagements"]})


def test_an_added_province_moves_no_draw_elsewhere():
    west = {"label": "West", "tile": [0, 1], "population": 10, "region": "upper"}
    setting = two_groups(
        provinces__west=west,
        groups__red__fighters__west=2000,
        groups__violet__fighters__west=2000,
    )
    kept = ("tick", "province", "attacker", "target_killed", "attacker_wounded", "cause")
    before, after = run(two_groups())["engagements"], run(setting)["engagements"]
    there = after["province"] < 2
    assert not there.all()
    for column in kept:
        np.testing.assert_array_equal(before[column], after[column][there])


@pytest.mark.parametrize(
    "off", [{"battle__enabled": False}, {"reprisal__enabled": False}, {"calendar": {}}]
)
def test_switching_a_mechanism_off_leaves_background_luck_alone(off):
    """With the same luck and less hazard, engagements are a part of those with more."""
    setting = one_province(
        modes__raid__target_killed=HARMLESS,
        modes__raid__attacker_killed=HARMLESS,
        calendar={"vote": event(probability=0.5)},
    )
    full, less = run(setting)["engagements"], run(change(setting, off))["engagements"]
    attacks = {*zip(full["tick"], full["attacker"], strict=True)}
    fewer = {*zip(less["tick"], less["attacker"], strict=True)}
    assert fewer
    assert fewer <= attacks


def test_order_of_keys_in_a_file_cannot_matter():
    setting = two_groups(
        modes={
            "raid": {"weight": 0.6, "target_killed": LETHAL, "attacker_killed": LETHAL},
            "ambush": {"weight": 0.4, "target_killed": HARMLESS, "attacker_killed": LETHAL},
        }
    )
    turned = dict(setting)
    for name in ("provinces", "groups", "modes"):
        turned[name] = dict(reversed(setting[name].items()))
    same(run(setting), run(turned))


def test_allies_do_not_fight_and_a_unit_without_a_rival_never_attacks():
    setting = two_groups(
        groups__white={"label": "White", "bloc": "red", "fighters": {"north": 2000}},
        rivalry={"red": {"violet": 1.0}, "white": {"violet": 1.0}},
    )
    engagements = run(setting)["engagements"]
    pairs = {*zip(engagements["attacker"], engagements["target"], strict=True)}
    assert pairs == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert not ((engagements["province"] == 1) & (engagements["attacker"] == 2)).any()


def test_one_direction_of_rivalry_can_be_weaker():
    levels = {"red": {"violet": 1.0}, "violet": {"red": 0.0}}
    engagements = run(two_groups(rivalry=levels))["engagements"]
    assert set(engagements["attacker"]) == {0}


def test_every_caused_engagement_has_an_earlier_parent_of_the_same_two_groups():
    setting = two_groups(
        national_shock={"enabled": True, "strength": 1.0, "lag_min": "0h"},
        spillover={"enabled": True, "share": 0.3},
        stances__mobilised={"battle": 0.3, "reprisal": 0.4},
        orders={"rise": order("mobilise"), "rise_too": order("mobilise", group="violet")},
    )
    elsewhere = answered = followed = 0
    for replicate in range(5):
        table = run(setting, replicate)["engagements"]
        for i in range(len(table["tick"])):
            parent = table["parent"][i]
            if table["cause"][i] in (0, 5):
                assert parent == -1
                assert table["root"][i] == i
                assert table["depth"][i] == 0
                continue
            assert table["tick"][parent] < table["tick"][i]
            sides = {table["attacker"][i], table["target"][i]}
            assert {table["attacker"][parent], table["target"][parent]} == sides
            answered += table["target"][parent] == table["attacker"][i]
            followed += table["target"][parent] != table["attacker"][i]
            assert table["depth"][i] == table["depth"][parent] + 1
            assert table["root"][i] == table["root"][parent]
            away = table["province"][parent] != table["province"][i]
            elsewhere += away
            assert not (away and table["cause"][i] == 1)
    assert elsewhere > 0
    assert answered > followed > 0  # fire before any answer, and revenge for own dead


def test_forces_part_those_who_fight():
    setting = one_province(
        engagement__background_rate="3/d",
        stances__quiet={"battle": 0.7, "reprisal": 0.0},
        battle__half_life="24h",
        deployment={"rule": "recent_casualties", "alarm_killed": 0, "ceiling": 20.0, "lag": "0h"},
        separation={"enabled": True, "rate": "24/d"},
    )

    def battle_share(s):
        return np.mean(run(s)["engagements"]["cause"] == 1)

    assert battle_share(setting) < 0.5 * battle_share(
        change(setting, {"separation__enabled": False})
    )


def test_a_deadline_halves_the_onset_and_provinces_may_differ():
    local = {"south": {"compliance": 0.2, "relapse_half_life": "1d"}}
    leave = {"action": "withdraw", "group": "red", "trigger": {"after": "0h"}, "deadline": "1h"}
    setting = two_groups(orders={"leave": {**leave, "spread": 0.0, "by_province": local}})
    north, south = world_of(setting).unit_orders
    assert north.onset_keep == south.onset_keep == 2.0**-2
    assert south.compliance == 0.2
    assert south.relapse_keep == 2.0 ** (-1 / 24)


def test_what_is_remembered_adds_up_to_the_grievance():
    """Parents are drawn from memories, hazards from levels: both must be the same sum."""
    model, eased = (
        model_of(
            change(everything(), {"mediation__pause": "2h", "deployment__return_after": "6h"})
        ),
        0,
    )

    def remembered(dyad):
        every, place = model._engine.records("memories"), dyad.record.first_memory
        while place >= 0:
            yield dyads.contribution(model._engine, every[place])
            place = every[place].following

    while model.running:
        model.step()
        eased += any(force.eased for force in model.forces)
        for dyad in model.dyads:
            expected = model.world.reprisal.height * sum(remembered(dyad))
            assert dyad.reprisal == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert eased > 3


def test_ticks_add_up_to_engagements_and_acts_of_a_tick_are_sorted():
    world = world_of(change(everything(), {"third_side__probability": 0.9}))
    tables = engine.simulate(world, SEED, [0])
    table, ticks, acts = tables["engagements"], tables["ticks"], tables["orders"]
    killed = sum(table[f"{side}_killed"] for side in ("attacker", "target", "security"))
    wounded = table["attacker_wounded"] + table["target_wounded"]
    for name, values in (("killed", killed), ("wounded", wounded), ("engagements", killed >= 0)):
        expected = np.bincount(table["tick"], weights=values, minlength=world.n_ticks)
        np.testing.assert_array_equal(ticks[name], expected)
    assert table["security_killed"].sum() > 0
    columns = ("tick", "order", "group", "action", "province")
    rows = list(zip(*(acts[name].tolist() for name in columns), strict=True))
    assert len(rows) > 10
    assert rows == sorted(rows)
    assert ticks["mobilised"].max() > 0
    assert ticks["compliance"].max() > 0.1


def test_the_seed_is_required_and_checked():
    with pytest.raises(ValueError, match="seed is required"):
        ReprisalModel(scenario(two_groups()))
    with pytest.raises(ValueError, match="replicate must be 0 to 4294967295"):
        ReprisalModel(scenario(two_groups()), 1, replicate=-1)


def test_step_runs_the_phases_that_the_model_description_lists():
    text = (Path(__file__).parents[1] / "MODEL.md").read_text(encoding="utf-8")
    described = re.findall(r"^\d+\. `(\w+)`", text, re.MULTILINE)
    assert tuple(described) == PHASES
    called = []
    model = model_of(two_groups())
    for name in described:
        method = getattr(model, name)
        setattr(model, name, partial(lambda m, n: (called.append(n), m()), method, name))
    model.step()
    assert called == described


def test_models_are_freed():
    world = world_of(two_groups(clock__length="2h"))
    model = ReprisalModel(world, SEED, collect=False, means="interpreted")
    kept = weakref.ref(model)
    forget(model)
    del model
    gc.collect()
    assert kept() is None


def test_means_are_named_or_refused():
    with pytest.raises(ValueError, match="means must be one of auto, compiled, interpreted"):
        ReprisalModel(scenario(two_groups()), SEED, means="quick")
