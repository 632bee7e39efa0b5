"""What a scenario becomes as a run is laid out: numbers, places and room, worked out by hand."""

from __future__ import annotations

from math import exp, log, log2
from typing import Literal, get_args, get_origin

import pytest

from sim.draws import address
from sim.parameters import ArmedGroup, Mode
from sim.parameters.security import Deployment
from sim.rules import deployment, engagement, patron
from sim.step.layout import LONG_AGO, NONE
from tests.steps import (
    NORTH,
    RED,
    RED_N,
    RED_S,
    RED_W,
    RV_N,
    RV_S,
    RV_W,
    SIEGE,
    SOUTH,
    VIOLET,
    VIOLET_N,
    VIOLET_S,
    VIOLET_W,
    VR_N,
    VR_S,
    VR_W,
    VW_N,
    WEST,
    WHITE,
    WHITE_N,
    WV_N,
    started,
)


def choices(group, name):
    """What a parameter may be, as YAML has it."""
    annotation = group.model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def test_the_places_of_choices_are_the_constants_of_the_rules():
    rules = choices(Deployment, "rule")
    assert len(rules) == 5
    for rule in rules:
        place = started(deployment__rule=rule).settings.deployment.rule
        assert place == getattr(deployment, rule.upper())
    needs = choices(Mode, "needs")
    assert len(needs) == 5
    for need in needs:
        place = started(modes__siege__needs=need).modes[SIEGE].needs
        assert place == getattr(engagement, f"NEEDS_{need.upper()}")
    stances = choices(ArmedGroup, "patron")
    assert len(stances) == 3
    for stance in stances:
        place = started(groups__red__patron=stance).groups[RED].patron
        assert place == getattr(patron, stance.upper())


def test_a_patron_is_neutral_where_patrons_are_switched_off():
    run = started(groups__red__patron="arm", patronage__enabled=False)
    assert run.groups[RED].patron == patron.NEUTRAL


def test_durations_are_ticks_and_rates_are_per_hour():
    run = started(
        deployment={"lag": "90min", "return_after": "5h", "alarm_window": "2h"},
        separation__rate="12/d",
        mediation__pause="45min",
        national_shock={"lag_min": "1h", "lag_max": "10h"},
        stances__mobilisation_lapse="4h",
    )
    settings, derived = run.settings, run.derived
    assert (settings.deployment.lag, settings.deployment.return_after) == (3.0, 10.0)
    assert (settings.separation.rate, settings.mediation.pause) == (0.5, 1.5)
    assert (settings.battle.exchanges, settings.battle.turn) == (1.0, 0.25)
    assert (settings.national_shock.lag_min, settings.national_shock.lag_max) == (2.0, 20.0)
    assert settings.stances.mobilisation_lapse == 8.0
    assert settings.engagement.background_rate == pytest.approx(0.025)
    assert (derived.n_ticks, derived.tick_hours, derived.alarm_window) == (40, 0.5, 4)


def test_a_window_is_one_tick_at_least():
    assert started(deployment__alarm_window="10min").derived.alarm_window == 1


def test_switches_numbers_and_groups_inside_groups_keep_their_names():
    run = started(third_side__enabled=True, third_side__probability=0.2, stances__unasked=True)
    settings = run.settings
    assert settings.third_side.enabled
    assert not settings.mediation.enabled
    assert settings.stances.unasked
    assert settings.third_side.probability == 0.2
    assert (settings.stances.quiet.battle, settings.stances.mobilised.reprisal) == (0.2, 0.7)
    assert (settings.third_side.killed.most, settings.deployment.reserve) == (7, 20_000)
    assert started(reprisal__own_dead=0.3).settings.reprisal.own_dead == 0.3


def test_what_follows_from_several_parameters():
    """Half-lives of 15 min, 1 h, 15 min, 1.5 h leave these shares per tick of half an hour."""
    run = started(
        deployment={"build_up": "15min", "memory": "90min"},
        vendetta={"median_lag": "10h", "mode": "siege"},
    )
    derived, keep = run.derived, 2**-0.5
    assert derived.battle_keep == pytest.approx(0.25)
    assert derived.reprisal_keep == pytest.approx(keep)
    assert derived.reprisal_height == pytest.approx(2 * (1 - keep))
    assert (derived.build_up_keep, derived.recent_keep) == pytest.approx((0.25, 2 ** (-1 / 3)))
    assert derived.debt_rate == pytest.approx(log(2) / 10)
    assert (derived.vendetta_mode, started().derived.vendetta_mode) == (SIEGE, -1)
    assert run.reprisal_kept[:3] == pytest.approx([1.0, keep, 0.5])
    assert len(run.reprisal_kept) == 41


def test_waiting_times_are_chances_by_age():
    run = started(offices__reopen_after="1h", stances__unasked_after="2h")
    assert run.offices_kept[:3] == pytest.approx([1.0, 0.60653066, 0.36787944])
    assert run.unasked_kept[:3] == pytest.approx([1.0, 0.77880078, 0.60653066])


def test_stances_open_battles_and_avenge_where_that_is_on():
    """A fifth and two fifths of engagements are exchanges, of which so many make a battle."""
    many = (2 - exp(-1.25 / 2) - exp(-0.75 / 2)) / 0.75
    opens = pytest.approx([0.25 / many, 2 / 3 / many])
    for off, expected in (
        ({}, (opens, [0.3, 0.7])),
        ({"battle__enabled": False}, ([0.0, 0.0], [0.3, 0.7])),
        ({"reprisal__enabled": False}, (opens, [0.0, 0.0])),
    ):
        stances = started(**off).stances
        assert [stance.opens for stance in stances] == expected[0]
        assert [stance.reprisal for stance in stances] == expected[1]


def test_modes_of_battle_are_told_of_if_they_have_weight():
    for weight, needs, expected in (
        (1.0, "battle", True),
        (0.0, "battle", False),
        (1.0, "office", False),
    ):
        run = started(modes__siege__weight=weight, modes__siege__needs=needs)
        assert run.derived.battle_modes == expected


def test_news_goes_by_opportunity_between_all_fighters_and_by_what_authority_lacks():
    """400 and 2,500 meet at 3 * 0.5 / 2.5, 300 and 1,200 at 3 * 0.3 / 2.3."""
    run = started()
    south, west = 0.75 * 0.6, 0.4 * 0.9 / 2.3
    first = run.first_elsewhere[RV_N]
    shares = run.elsewhere_share[first : run.first_elsewhere[RV_N + 1]]
    assert shares == pytest.approx([south / (south + west), west / (south + west)])
    assert len(run.elsewhere_share) == len(run.elsewhere) == 12


def test_provinces_and_modes_stand_by_their_keys():
    run = started(deployment__plan={"south": 70})
    assert [p.population for p in run.provinces] == [300_000, 1_000_000, 400_000, 250_000]
    assert [p.authority for p in run.provinces] == [0.9, 0.75, 0.25, 0.6]
    assert [p.presence for p in run.provinces] == [1.0, 2.0, 0.0, 0.5]
    assert [p.capital for p in run.provinces] == [False, True, False, False]
    assert [p.planned for p in run.provinces] == [0, 0, 70, 0]
    assert [m.weight for m in run.modes] == [2.0, 3.0, 1.0]
    assert [group.bloc for group in run.groups] == [0, 1, 0]


def test_units_stand_by_group_and_province():
    run = started(
        groups__red__offices=["south"],
        groups__violet__commanders={"south": 4},
        groups__white__commanders={"north": 2},
    )
    assert [(u.group, u.province, u.fighters) for u in run.units] == [
        (RED, NORTH, 900),
        (RED, SOUTH, 400),
        (RED, WEST, 300),
        (VIOLET, NORTH, 1600),
        (VIOLET, SOUTH, 2500),
        (VIOLET, WEST, 1200),
        (WHITE, NORTH, 100),
    ]
    assert [u.commanders for u in run.units] == [0, 0, 0, 0, 4, 0, 2]
    assert [u.offices for u in run.units] == [False, True, False, True, True, True, True]
    assert run.units[VIOLET_S].address == address("violet", "south")


def test_dyads_stand_by_province_attacker_and_target():
    run = started()
    assert [(d.unit, d.rival, d.province) for d in run.dyads] == [
        (RED_N, VIOLET_N, NORTH),
        (VIOLET_N, RED_N, NORTH),
        (VIOLET_N, WHITE_N, NORTH),
        (WHITE_N, VIOLET_N, NORTH),
        (RED_S, VIOLET_S, SOUTH),
        (VIOLET_S, RED_S, SOUTH),
        (RED_W, VIOLET_W, WEST),
        (VIOLET_W, RED_W, WEST),
    ]
    assert [d.opposite for d in run.dyads] == [1, 0, 3, 2, 5, 4, 7, 6]
    assert run.rivalry == [0.8, 0.6, 0.3, 0.3, 0.8, 0.6, 0.8, 0.6]
    assert run.dyads[VW_N].rival_address == address("white")
    ranges = [(u.first_dyad, u.last_dyad) for u in run.units]
    assert ranges == [(0, 1), (4, 5), (6, 7), (1, 3), (5, 6), (7, 8), (3, 4)]


def test_rivals_are_who_has_a_rivalry_in_any_direction():
    expected = [[False, True, False], [True, False, True], [False, True, False]]
    assert started().rivals == expected


def test_the_same_dyad_elsewhere_and_next_door():
    """South borders on north and west, though only these two name it."""
    run = started()

    def listed(name, d):
        places, firsts = getattr(run, name), getattr(run, f"first_{name}")
        return places[firsts[d] : firsts[d + 1]]

    elsewhere = {RV_N: [RV_S, RV_W], VR_S: [VR_N, VR_W], VW_N: [], WV_N: [], VR_W: [VR_N, VR_S]}
    assert {d: listed("elsewhere", d) for d in elsewhere} == elsewhere
    next_door = {RV_N: [RV_S], VR_S: [VR_N, VR_W], VW_N: [], RV_W: [RV_S]}
    assert {d: listed("next_door", d) for d in next_door} == next_door


def test_as_a_run_starts_nothing_has_happened_to_a_unit():
    unit = started().units[RED_S]
    assert (unit.crowd, unit.mobilised, unit.mobilised_at) == (0, False, LONG_AGO)
    assert (unit.mobilisation, unit.mobilisation_keep) == (0.0, 1.0)
    assert (unit.order, unit.unit_order, unit.order_at, unit.holds) == (NONE, NONE, LONG_AGO, False)
    assert (unit.share, unit.reluctance, unit.loyalty, unit.splinter) == (0.0, 1.0, 1.0, False)
    assert (unit.restrained_at, unit.restrained_for) == (LONG_AGO, 0.0)
    assert (unit.closed_at, unit.rises, unit.response) == (LONG_AGO, False, 1.0)


def test_as_a_run_starts_nothing_has_happened_in_the_country():
    run = started()
    dyad, force, now = run.dyads[RV_N], run.forces[WEST], run.now
    assert (dyad.first_memory, dyad.last_memory, dyad.debts, dyad.unanswered_at) == (-1, -1, 0, -1)
    assert (force.deployed, force.target, force.recent) == (0.0, 0.0, 0.0)
    assert (force.alarm, force.alarm_since, force.eased) == (False, NONE, False)
    assert (force.last_engagement, force.last_death) == (LONG_AGO,) * 2
    assert (dyad.hit_by, dyad.hit_now, run.units[RED_S].mobilised_by) == (NONE,) * 3
    assert [(b.opening, b.opened_at, b.hit, b.told) for b in run.battles] == [
        (NONE, NONE, NONE, False)
    ] * 4
    assert (now.seed, now.replicate, now.tick, now.unsound) == (5, 2, 0, 0)
    assert (now.engagements, now.memories, now.acts, now.pulses, now.truce) == (0, 0, 0, 0, 1.0)
    assert run.reprisal == run.arrivals == [0.0] * 8
    assert run.fighting == [False] * 8
    assert run.tension == [1.0, 1.0]
    assert run.moments == run.given_at == [NONE] * 3
    assert run.moved == [0]
    assert set(run.first_mail) == set(run.last_mail) == {NONE}
    assert run.killed_of_group == [[0, 0, 0]] * 41
    assert run.killed_in_province == [[0, 0, 0, 0]] * 41


def test_a_second_run_starts_where_the_first_did():
    run = started()
    run.units[RED_S].crowd, run.reprisal[RV_N], run.now.tick = 70, 0.3, 9
    run.fighting[RV_N], run.battles[0].opening, run.dyads[VR_N].hit_by = True, 3, 3
    run.start(seed=5, replicate=3)
    assert (run.units[RED_S].crowd, run.reprisal[RV_N], run.now.tick) == (0, 0.0, 0)
    assert (run.fighting[RV_N], run.battles[0].opening, run.dyads[VR_N].hit_by) == (False, -1, -1)
    assert run.now.replicate == 3


def test_the_force_favours_one_bloc():
    favoured = [g.favoured for g in started(third_side__favours="allies").groups]
    assert favoured == [True, False, True]
    assert not any(group.favoured for group in started().groups)


def test_governors_mediate_where_they_do():
    def where(**mediation):
        return [m.province for m in started(mediation={"enabled": True, **mediation}).mediators]

    assert where(provinces=["west", "north"]) == [NORTH, WEST]
    assert where() == [0, 1, 2, 3]
    assert where(provinces="all", enabled=False) == []


def test_each_dyad_has_room_for_a_debt_per_own_commander_and_for_earlier_ones():
    run = started(
        groups__red__commanders={"north": 3, "south": 1},
        groups__violet__commanders={"north": 2},
        vendetta__debts={
            "old": {"creditor": "red", "debtor": "violet", "province": "north"},
            "gone": {"creditor": "white", "debtor": "red", "province": "north"},
        },
    )
    assert [dyad.first_debt for dyad in run.dyads] == [0, 4, 6, 8, 8, 9, 9, 9]
    assert len(run.debts) == 9
    assert [(debt.dyad, debt.address) for debt in run.earlier_debts] == [(RV_N, address("old"))]


def test_hours_follow_the_zone_and_the_profile():
    night = [3.0] * 6 + [1.0] * 18
    run = started(
        clock={
            "start": "2022-01-01T22:00",
            "timezone": "Asia/Baghdad",
            "length": "20h",
            "tick": "30min",
        },
        calendar={},
        hour_profiles={"night": night},
        provinces__south__hour_profile="night",
    )
    assert run.hour_of_tick[:6] == [22, 22, 23, 23, 0, 0]
    assert run.hour_factor[SOUTH][5:7] == pytest.approx([2.0, 2 / 3])
    assert run.hour_factor[NORTH][5:7] == [1.0, 1.0]


def severity(median, most=7):
    """A severity that hardly spreads."""
    return {"median": median, "log_sd": 0.01, "most": most}


def sure(target, attacker):
    """Severities of a mode."""
    return {"target_killed": severity(target), "attacker_killed": severity(attacker)}


def test_tables_of_severity_have_their_names():
    """The medians rounded down are killed, for sure: 1 and 3, 2 and 0; 3, 4."""
    run = started(
        modes={
            "clash": {"weight": 1.0, **sure(1.5, 2.5)},
            "raid": {"weight": 3.0, **sure(3.5, 0.0)},
        },
        third_side={"killed": severity(3.5), "own_killed": severity(4.5)},
    )

    def killed(table):
        return sum(chance < 0.5 for chance in table)

    assert [killed(table) for table in run.target_killed] == [1, 3]
    assert [killed(table) for table in run.attacker_killed] == [2, 0]
    assert (killed(run.security_fire), killed(run.security_losses)) == (3, 4)
    assert run.magnitude == pytest.approx([log2(1 + k) for k in range(8)])
    # The mean of 1 + log2(1 + killed) is 1 / 4 * 2 + 3 / 4 * 3.
    assert run.mark == pytest.approx([(1 + log2(1 + k)) / 2.75 for k in range(8)])
    assert len(run.wounded_factors) == 1024


def test_each_severity_ends_at_its_own_most():
    """Of 4, or 9, no more are killed than 2, 7, 3, 0, 9 and 6; all tables are as long."""
    target = [severity(4.5, most) for most in (2, 7)]
    attacker = [severity(4.5, most) for most in (3, 0)]
    run = started(
        modes={
            key: {"weight": 1.0, "target_killed": one, "attacker_killed": other}
            for key, one, other in zip(("clash", "raid"), target, attacker, strict=True)
        },
        third_side={"killed": severity(9.5, 9), "own_killed": severity(4.5, 6)},
    )
    tables = [*run.target_killed, *run.attacker_killed, run.security_fire, run.security_losses]
    assert [sum(chance < 0.5 for chance in table) for table in tables] == [2, 4, 3, 0, 9, 4]
    assert {len(table) for table in (*tables, run.mark, run.magnitude)} == {10}
    assert all(table[-1] == 1.0 for table in tables)
