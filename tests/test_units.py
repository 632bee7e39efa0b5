"""What units, leaders and engagements do with the rules' answers, on states set by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from sim.model import ReprisalModel
from sim.step import dyads
from sim.step.dyads import PROVOKED
from sim.step.units import office_open
from sim.world import World, build
from tests.test_baseline import everything
from tests.worlds import HARMLESS, change, one_province, run, scenario, two_groups

SEED = 5
SURE = {"median": 50.0, "log_sd": 0.01}
NOBODY = {"weight": 1.0, "target_killed": HARMLESS, "attacker_killed": HARMLESS}
CALM = one_province(engagement__background_rate="0/d", modes={"raid": NOBODY})


class Memory(NamedTuple):
    """What a dyad remembers, see `sim.step.layout.Memory`."""

    engagement: int
    arrival: int
    reprisal: float


def model_of(setting, ticks=0, replicate=0):
    world = setting if isinstance(setting, World) else build(scenario(setting))
    model = ReprisalModel(world, SEED, replicate, collect=False, means="interpreted")
    for _ in range(ticks):
        model.step()
    return model


def order(action, group="red", after="0h", **fields):
    return {"action": action, "group": group, "trigger": {"after": after}, **fields}


def attack(model, dyad=0, cause="background"):
    """Carry out one attack now; return its row as a dict."""
    model.dyads[dyad].cause = cause
    model.call("carry_out", dyad)
    return {name: column[-1].item() for name, column in model.tables()["engagements"].items()}


def step_with_attack(model, dyad=0):
    """One tick in which a dyad attacks, whatever it decides."""
    engagements = model.engagements

    def with_attack():
        model.dyads[dyad].attacks = True
        engagements()

    model.engagements = with_attack
    model.step()
    del model.engagements


def rows_of(model, table, *names):
    """Rows of a table so far, as tuples."""
    made = model.tables()[table]
    return list(zip(*(made[name].tolist() for name in names), strict=True))


def acts(model, action):
    """Ticks of an act, and the keys of the orders that go with it."""
    labels, rows = model.world.labels, rows_of(model, "orders", "tick", "order", "action")
    return [
        (tick, labels["order"][order])
        for tick, order, done in rows
        if labels["action"][done] == action
    ]


def ticks_of(model, action):
    return [tick for tick, _ in acts(model, action)]


def records_of(model, dyad):
    """What a dyad remembers, from its first memory to its last, as the run holds it."""
    kept, every = [], model._engine.records("memories")
    place = model.dyads[dyad].record.first_memory
    while place >= 0:
        kept.append(every[place])
        place = kept[-1].following
    return kept


def memories(model, dyad):
    return [
        Memory(*(getattr(record, name) for name in Memory._fields))
        for record in records_of(model, dyad)
    ]


def debts(model, dyad):
    """Engagements whose debts wait to be paid."""
    record = model.dyads[dyad].record
    return list(model.part("debts")[record.first_debt :][: record.debts])


def unanswered(model, dyad):
    """Since when the dead of a dyad are unanswered, and the uniform that goes with it."""
    record = model.dyads[dyad].record
    return None if record.unanswered_at < 0 else (record.unanswered_at, record.unanswered)


def leave_unanswered(model, dyad, at, uniform):
    record = model.dyads[dyad].record
    record.unanswered_at, record.unanswered = at, uniform


def test_crowd_leaves_as_the_call_is_obeyed():
    red = model_of(change(CALM, {"crowds__weight": 0.5})).units[0]
    red.crowd, red.share, red.reluctance = 1000, 1.0, 0.75
    red.observe()
    assert (red.crowd_present, red.strength) == (750, 2375.0)
    red.holds = True
    red.observe()
    assert (red.crowd_present, red.strength) == (1000, 2500.0)


def test_withdrawn_and_closed_units_are_smaller_targets():
    red = model_of(change(CALM, {"offices__closed_share": 0.5})).units[0]
    red.share, red.reluctance = 1.0, 0.5
    red.observe()
    assert red.exposure == pytest.approx(1 - 0.7 * 0.5)
    red.holds = True
    red.observe()
    assert red.exposure == 1.0
    red.closed_at, red.holds = 0, False
    red.observe()
    assert red.exposure == pytest.approx((1 - 0.7 * 0.5) * 0.5)


@pytest.mark.parametrize(
    "without", [{"groups__red__offices": []}, {"offices__enabled": False}], ids=["none", "off"]
)
def test_who_has_no_offices_gains_nothing_by_closing_them(without):
    setting = change(CALM, {"orders": {"close": order("close_offices")}})
    assert model_of(setting, 2).units[0].exposure < 1
    red = model_of(change(setting, without), 2).units[0]
    red.observe()
    assert red.exposure == 1.0
    assert office_open(red) == (red.offices and "offices__enabled" in without)


def test_offices_reopen_at_the_tick_that_their_uniform_says():
    setting = change(CALM, {"orders": {"close": order("close_offices")}})
    model = model_of(change(setting, {"offices__reopen_after": "30h"}), 1)
    red = model.units[0]
    wait = next(age for age in range(999) if np.exp(-age / 30) <= red.reopening)
    while model.running and not office_open(red):
        model.step()
    assert ticks_of(model, "reopen") == [wait]


def test_restraint_holds_from_the_next_tick_for_its_time():
    setting = change(CALM, {"orders": {"calm": order("restrain", lasts="3h")}})

    def responses(setting):
        model, seen = model_of(setting), []
        for _ in range(5):
            model.step()
            seen.append(model.units[0].response)
        return seen

    assert responses(setting) == [1.0, 0.5, 0.5, 0.5, 1.0]
    assert responses(change(setting, {"provocation__enabled": False})) == [1.0] * 5
    assert responses(change(setting, {"orders__calm__lasts": None})) == [1.0] + [0.5] * 4


def test_an_insult_is_remembered_by_the_insulted_against_who_insults():
    setting = two_groups(
        groups__white={"label": "White", "bloc": "white", "fighters": {"north": 2000}},
        rivalry={"red": {"violet": 1.0}, "white": {"violet": 1.0}},
        engagement__background_rate="0/d",
        orders={
            "calm": order("restrain", group="violet"),
            "insult": order("insult", after="2h", target="violet", strength=4.0),
        },
    )
    model = model_of(setting, 3)
    heard = {
        (dyad.unit.group, dyad.rival.group): memories(model, dyad.index) for dyad in model.dyads
    }
    assert heard["violet", "red"] == [Memory(PROVOKED, 3, 2.0)]
    assert not any(heard[pair] for pair in heard if pair != ("violet", "red"))
    assert acts(model_of(change(setting, {"provocation__enabled": False}), 3), "insult")
    off = model_of(change(setting, {"provocation__enabled": False}), 3)
    assert not any(memories(off, dyad.index) for dyad in off.dyads)


def test_restraint_lowers_reprisals_and_not_fire_in_the_same_battle():
    old = {"creditor": "red", "debtor": "violet", "province": "north"}
    setting = change(
        CALM,
        {
            "stances__quiet__reprisal": 0.25,
            "battle": {"exchanges": "12/d", "turn": 0.0},
            "vendetta": {"paid": 1.0, "debts": {"old": old, "older": old}},
        },
    )
    model = model_of(setting)
    dyad = model.dyads[0]
    dyad.reprisal = 1.0
    model.part("fighting")[0] = True
    dyad.unit.response = 0.5
    rate = np.log(2) / (540 * 24)
    assert model.call("hazards", 0) == pytest.approx((0.0, 0.0, 0.5, 0.125, 2 * rate))


def test_hazard_follows_the_hour_of_day():
    noon = [0.0] * 12 + [1.0] + [0.0] * 11
    setting = one_province(
        engagement__background_rate="9/d",
        hour_profiles={"noon": noon},
        provinces__north__hour_profile="noon",
        stances__quiet={"battle": 0.0, "reprisal": 5.0},
    )
    hours = run(setting, SEED)["engagements"]["tick"] % 24
    assert set(hours) == {12}


def test_unanswered_dead_count_from_the_first_and_until_an_attack():
    setting = one_province(
        engagement__background_rate="0/d",
        modes__raid={"weight": 1.0, "target_killed": SURE, "attacker_killed": HARMLESS},
        stances__unasked=True,
        stances__unasked_after="365d",
        stances__quiet={"battle": 0.0, "reprisal": 0.0},
    )
    model = model_of(setting)
    red, violet = 0, 1
    attack(model, red)
    first = unanswered(model, violet)
    assert first is not None
    assert first[0] == 0
    model.step()
    attack(model, red)
    assert unanswered(model, violet) == first
    attack(model, violet)
    assert unanswered(model, violet) is None
    assert unanswered(model, red) is not None
    harmless = model_of(change(setting, {"modes__raid__target_killed": HARMLESS}))
    attack(harmless)
    assert unanswered(harmless, violet) is None


def test_a_unit_rises_when_its_uniform_says_unless_it_is_mobilised():
    setting = change(CALM, {"stances__unasked": True, "stances__unasked_after": "10h"})
    uniform = 1 - np.exp(-0.55)
    wait = next(age for age in range(99) if uniform >= np.exp(-age / 10))
    model = model_of(setting)
    leave_unanswered(model, 0, 0, uniform)
    for _ in range(wait + 3):
        model.step()
    assert ticks_of(model, "rise") == [wait]
    assert model.units[0].mobilised_at == wait
    assert unanswered(model, 0) is None
    busy = model_of(setting)
    leave_unanswered(busy, 0, 0, uniform)
    busy.units[0].mobilised, busy.units[0].mobilised_at = True, 0
    for _ in range(wait + 3):
        busy.step()
    assert not acts(busy, "rise")


def test_mobilise_cancels_obedience_and_keeps_the_larger_rate_and_crowd():
    setting = change(
        CALM,
        {
            "stances__mobilisation_lapse": "2d",
            "orders": {
                "leave": order("withdraw", compliance=1.0, spread=0.0),
                "rise": order(
                    "mobilise",
                    after="5h",
                    attack_rate="9/d",
                    attack_half_life="1000h",
                    crowd={"north": 900},
                ),
                "more": order("mobilise", after="6h", attack_rate="1/d", crowd={"north": 100}),
            },
        },
    )
    model = model_of(setting, 5)
    red = model.units[0]
    assert red.compliance > 0.5
    model.step()
    model.step()
    red.observe()
    assert (red.compliance, red.crowd) == (0.0, 900)
    assert red.mobilisation == pytest.approx(9 / 24, rel=0.15)
    for _ in range(60):
        model.step()
    assert (red.crowd, red.mobilisation, red.mobilised) == (0, 0.0, False)


def test_a_death_in_the_province_puts_off_the_lapse():
    setting = change(
        CALM, {"stances__mobilisation_lapse": "10h", "orders": {"a": order("mobilise")}}
    )
    model = model_of(setting, 8)
    model.forces[0].last_death = 7
    for _ in range(9):
        model.step()
    assert model.units[0].mobilised
    model.step()
    assert not model.units[0].mobilised


def test_the_same_unit_obeys_a_later_call_as_far():
    shares = {
        model_of(
            change(CALM, {"orders": {"leave": order("withdraw", after=after, spread=0.3)}}), 30
        )
        .units[0]
        .share
        for after in ("0h", "9h", "25h")
    }
    assert len(shares) == 1
    assert shares != {0.9}


def test_a_new_order_sets_in_anew():
    calls = {
        "first": order("withdraw", onset_half_life="1h", relapse_half_life="5h"),
        "second": order("withdraw", after="20h"),
    }
    red = model_of(change(CALM, {"orders": calls}), 21).units[0]
    assert red.reluctance == pytest.approx(2 ** (-1 / 3))
    assert red.loyalty == pytest.approx(2 ** (-1 / 720))


def test_splinters_split_off_when_the_deadline_passes_and_take_no_order():
    calls = {
        "leave": order("withdraw", compliance=0.0, spread=0.0, deadline="4h", splinter=1.0),
        "again": order("withdraw", after="6h", compliance=1.0),
        "close": order("close_offices", after="6h"),
    }
    model = model_of(change(CALM, {"orders": calls}), 9)
    red = model.units[0]
    red.observe()
    assert ticks_of(model, "splinter") == [4]
    assert (red.splinter, red.share, red.compliance, office_open(red)) == (True, 0.0, 0.0, True)


def test_losses_count_for_attackers_and_for_rivals_alone():
    white = {"label": "White", "bloc": "white", "fighters": {"north": 2000}}
    setting = one_province(
        engagement__background_rate="20/d",
        modes__raid={"weight": 1.0, "target_killed": HARMLESS, "attacker_killed": SURE},
        groups__white=white,
        rivalry={"red": {"violet": 1.0}, "violet": {"red": 0.0}},
        orders={
            "red_lost": order("hold", trigger={"when": {"own_killed": 1}}),
            "violet_saw": order("hold", "violet", trigger={"when": {"rival_killed": 1}}),
            "violet_lost": order("hold", "violet", trigger={"when": {"own_killed": 1}}),
            "white_saw": order("hold", "white", trigger={"when": {"rival_killed": 1}}),
        },
    )
    model = model_of(setting, 24)
    names = model.world.labels["order"]
    assert {names[code] for (code,) in rows_of(model, "orders", "order")} == {
        "red_lost",
        "violet_saw",
    }


def test_modes_need_an_office_of_the_target_or_a_crowd_of_the_attacker():
    modes = {
        "a_office": {**NOBODY, "needs": "office"},
        "b_crowd": {**NOBODY, "needs": "crowd"},
        "c_any": {**NOBODY, "weight": 0.001},
    }
    setting = change(CALM, {"modes": modes})

    def drawn(setting, *, crowd=None, closed=None):
        model, seen = model_of(setting), set()
        for unit in (0, 1):
            model.units[unit].crowd_present = 50 if crowd == unit else 0
            model.units[unit].closed_at = 0 if closed == unit else model.units[unit].closed_at
        for _ in range(25):
            seen.add(attack(model)["mode"])
            model._now.tick += 1
        return seen

    assert drawn(setting, closed=1) == {2}
    assert drawn(setting, closed=0) == {0}
    assert drawn(setting, crowd=0, closed=1) == {1}
    assert drawn(setting, crowd=1, closed=1) == {2}
    only = change(CALM, {"modes": {"office": modes["a_office"], "siege": modes["a_office"]}})
    assert drawn(only, closed=1) == {0, 1}


def test_vendetta_takes_its_mode_and_strikes_the_debt_off():
    modes = {"killing": {**NOBODY, "weight": 0.0}, "raid": NOBODY}
    setting = change(CALM, {"modes": modes, "vendetta__mode": "killing"})
    model = model_of(change(setting, {"groups__red__commanders": {"north": 1}}))
    attack(model, dyad=1)
    model._engine.call("open_debt", 0, 0)
    assert debts(model, 0) == [0]
    row = attack(model, cause="vendetta")
    assert (row["mode"], row["parent"], row["depth"], row["root"]) == (0, 0, 1, 0)
    assert debts(model, 0) == []


@pytest.mark.parametrize(("paid", "waiting"), [(1.0, [0]), (0.0, [])])
def test_each_commander_killed_opens_one_debt(paid, waiting):
    setting = one_province(
        groups__violet__commanders={"north": 1},
        vendetta__paid=paid,
        modes__raid={
            "weight": 1.0,
            "target_killed": SURE,
            "attacker_killed": SURE,
            "commander_share": 1.0,
        },
    )
    model = model_of(setting)
    for _ in range(3):
        attack(model)
    assert debts(model, 1) == waiting
    assert debts(model, 0) == []
    assert model.units[1].commanders == 0
    assert model._now.acts_of_tick == 1
    model.step()
    assert ticks_of(model, "debt") == [0]


def test_wounded_base_is_of_the_attacked_side_and_nobody_is_hit_twice():
    raid = {**NOBODY, "wounded_base": 30.0, "wounded_per_killed": 0.0}
    setting = change(CALM, {"modes__raid": raid, "engagement__wounded_shape": 1000.0})
    model = model_of(setting)
    row = attack(model)
    assert row["attacker_wounded"] == 0
    assert row["target_wounded"] == pytest.approx(30, abs=4)
    few = change(
        CALM,
        {
            "modes__raid": {"weight": 1.0, "target_killed": SURE, "attacker_killed": SURE},
            "groups__violet__fighters__north": 60,
            "engagement__reference_fighters": 10.0,
        },
    )
    model = model_of(few)
    row = attack(model)
    assert row["target_killed"] + row["target_wounded"] == 60
    assert model.units[1].fighters == 0


@pytest.mark.parametrize("needs", ["crowd", "nothing"])
def test_a_crowd_bears_the_losses_of_modes_that_need_one(needs):
    raid = {"weight": 1.0, "target_killed": SURE, "attacker_killed": SURE, "needs": needs}
    model = model_of(change(CALM, {"modes__raid": {**raid, "wounded_per_killed": 0.0}}))
    for unit in model.units:
        unit.crowd = unit.crowd_present = 100
    lost = attack(model)["attacker_killed"]
    assert lost > 40
    left = (2000, 100 - lost) if needs == "crowd" else (2000 - lost, 100)
    red = model.units[0]
    assert (red.fighters, red.crowd, red.crowd_present) == (*left, left[1])


def test_what_is_remembered_adds_up_to_the_grievance():
    """Parents are drawn from memories, hazards from levels: both must be the same sum."""
    setting = change(everything(), {"mediation__pause": "2h", "deployment__return_after": "6h"})
    model, eased = model_of(setting), 0
    while model.tick < model.world.n_ticks:
        model.step()
        eased += any(force.eased for force in model.forces)
        for dyad in model.dyads:
            kept = records_of(model, dyad.index)
            total = sum(dyads.contribution(model._engine, memory) for memory in kept)
            expected = model.world.reprisal.height * total
            assert dyad.reprisal == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert eased > 3


def test_severity_weighs_what_is_remembered_but_not_the_security_forces_fire():
    raid = {"weight": 1.0, "target_killed": SURE, "attacker_killed": HARMLESS}
    model = model_of(one_province(modes__raid=raid))
    row = attack(model)
    (memory,) = memories(model, 1)
    assert memory.reprisal == model.part("mark")[row["target_killed"]]
    assert not memories(model, 0)
    fire = {"enabled": True, "probability": 1.0, "killed": SURE, "favours": "red"}
    model = model_of(change(CALM, {"third_side": fire, "provinces__north__presence": 5.0}))
    row = attack(model)
    (memory,) = memories(model, 1)
    assert row["killed_by_security"] == row["target_killed"] > 40
    assert memory.reprisal == model.part("mark")[0]
