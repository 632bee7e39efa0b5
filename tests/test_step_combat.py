"""An attack carried out: mode, casualties and the record of it; numbers worked out by hand."""

from __future__ import annotations

import pytest

from sim.draws import address
from sim.rules import engagement
from sim.step import combat, dyads, log
from sim.step.battles import battles_update
from tests.steps import (
    CLASH,
    EAST,
    HARM,
    NORTH,
    RAID,
    RED,
    RED_N,
    RV_N,
    RV_S,
    SIEGE,
    SOUTH,
    VIOLET,
    VIOLET_N,
    VR_N,
    VR_S,
    VW_N,
    WHITE,
    choose,
    memories,
    order,
    put,
    started,
    unit_address,
)

# Cumulative chances of 0, 1, 2, ... killed: a uniform of 0.3, 0.6, 0.9 kills 1, 2, 4 of the
# target and 0, 1, 2 of the attacker.
TARGETS = [0.2, 0.5, 0.7, 0.8, 0.95, 0.99, 0.995, 1.0]
ATTACKERS = [0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
NOBODY = [1.0] * 8
FACTORS = [0.5, 0.75, 1.25, 2.0, 3.0]
QUIET = {
    "PARENT": (0.5, 0.5),
    "KILLED": (0.0, 0.0),
    "WOUNDED": (0.5, 0.5),
    "WOUNDED_ROUNDING": (0.0, 0.0),
    "BATTLE": (0.99, 0.0),
}


def armed(**changes):
    """A run in which raids kill by the tables above, and all other modes nobody."""
    run = started(**changes)
    run.target_killed[:] = [NOBODY, TARGETS, NOBODY]
    run.attacker_killed[:] = [NOBODY, ATTACKERS, NOBODY]
    run.wounded_factors = FACTORS
    run.modes[RAID].wounded_per_killed, run.modes[RAID].wounded_base = 3.0, 10.0
    return run


def row_of(run, d, mode=RAID):
    """A row of an engagement of a dyad, as it is before fire is exchanged."""
    row = run.engagements[0]
    unit, rival = run.units[run.dyads[d].unit], run.units[run.dyads[d].rival]
    put(row, killed_by_security=9, security_killed=9)  # as an earlier run left them
    return put(
        row, mode=mode, province=run.dyads[d].province, attacker=unit.group, target=rival.group
    )


def losses(row):
    return (row.target_killed, row.target_wounded, row.attacker_killed, row.attacker_wounded)


def test_each_side_loses_by_its_own_table_and_its_own_draws(monkeypatch):
    """2 killed, 3 * 2 + 10 times 0.75 plus 0.1 wounded; 1 killed, 3 times 2 plus 0.9 wounded."""
    draws = choose(monkeypatch, KILLED=(0.6, 0.7), WOUNDED=(0.3, 0.7), WOUNDED_ROUNDING=(0.1, 0.9))
    run = armed()
    run.now.tick = 6
    row = row_of(run, RV_N)
    assert combat.exchange_fire(run, RV_N, row) == 2
    assert losses(row) == (2, 12, 1, 6)
    assert (run.units[VIOLET_N].fighters, run.units[RED_N].fighters) == (1600 - 14, 900 - 7)
    assert (row.killed_by_security, row.security_killed) == (0, 0)
    here = (6, unit_address("red", "north"), address("violet"))
    assert draws.asked == [(p, *here) for p in ("KILLED", "WOUNDED", "WOUNDED_ROUNDING")]


def test_wounded_are_rounded_up_with_the_chance_of_their_fraction(monkeypatch):
    choose(monkeypatch, KILLED=(0.3, 0.9), WOUNDED=(0.3, 0.3), WOUNDED_ROUNDING=(0.3, 0.8))
    run = armed()
    row = row_of(run, RV_N)
    combat.exchange_fire(run, RV_N, row)
    assert losses(row) == (1, 10, 2, 5)


def test_nobody_is_hit_who_is_not_there(monkeypatch):
    """3 of violet are there: 2 are killed, 1 of 12 wounded; 1 of red is there, and is killed."""
    choose(monkeypatch, KILLED=(0.6, 0.9), WOUNDED=(0.3, 0.7), WOUNDED_ROUNDING=(0.1, 0.9))
    run = armed()
    violet = put(run.units[VIOLET_N], fighters=1, crowd=9, crowd_present=2)
    put(run.units[RED_N], fighters=0, crowd=7, crowd_present=1)
    row = row_of(run, RV_N)
    combat.exchange_fire(run, RV_N, row)
    assert losses(row) == (2, 1, 1, 0)
    assert (violet.fighters, violet.crowd, violet.crowd_present) == (0, 7, 0)
    assert (run.units[RED_N].fighters, run.units[RED_N].crowd) == (0, 6)


@pytest.mark.parametrize(("mode", "crowds"), [(CLASH, (86, 93)), (RAID, (100, 100))])
def test_a_crowd_bears_the_losses_of_both_sides_in_modes_that_need_one(monkeypatch, mode, crowds):
    choose(monkeypatch, KILLED=(0.6, 0.7), WOUNDED=(0.3, 0.7), WOUNDED_ROUNDING=(0.1, 0.9))
    run = armed()
    run.target_killed[CLASH], run.attacker_killed[CLASH] = TARGETS, ATTACKERS
    put(run.modes[CLASH], wounded_per_killed=3.0, wounded_base=10.0)
    for number in (RED_N, VIOLET_N):
        put(run.units[number], crowd=100, crowd_present=90)
    combat.exchange_fire(run, RV_N, row_of(run, RV_N, mode))
    assert (run.units[VIOLET_N].crowd, run.units[RED_N].crowd) == crowds


def third_side(monkeypatch, favours, probability=0.4, presence=2.0, chance=0.3):
    """A run and row of red's raid on violet in the north in which the force may fire.

    The force kills 3 where its draw is 0.7, and loses 1 where that is 0.8.
    """
    draws = choose(
        monkeypatch,
        KILLED=(0.6, 0.7),
        WOUNDED=(0.3, 0.7),
        WOUNDED_ROUNDING=(0.1, 0.9),
        THIRD_SIDE=(chance, 0.7),
        THIRD_SIDE_LOSSES=(0.8, 0.1),
    )
    run = armed(
        third_side={"enabled": True, "probability": probability, "favours": favours},
        provinces__north__presence=presence,
    )
    run.security_fire[:] = [0.1, 0.2, 0.6, 1.0, 1.0, 1.0, 1.0, 1.0]
    run.security_losses[:] = [0.7, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    run.now.tick = 6
    row = row_of(run, RV_N)
    assert combat.exchange_fire(run, RV_N, row) == 2
    assert ("THIRD_SIDE", 6, unit_address("red", "north"), address("violet")) in draws.asked
    return run, row


@pytest.mark.parametrize("favours", [None, "others"])
def test_the_force_fires_at_the_attacker_and_its_dead_are_the_attackers(monkeypatch, favours):
    run, row = third_side(monkeypatch, favours)
    assert losses(row) == (2, 12, 4, 6)
    assert (row.killed_by_security, row.security_killed) == (3, 1)
    assert (run.units[VIOLET_N].fighters, run.units[RED_N].fighters) == (1600 - 14, 900 - 10)


def test_the_force_fires_at_the_target_where_it_favours_the_attacker(monkeypatch):
    run, row = third_side(monkeypatch, "allies")
    assert losses(row) == (5, 12, 1, 6)
    assert (row.killed_by_security, row.security_killed) == (3, 1)
    assert (run.units[VIOLET_N].fighters, run.units[RED_N].fighters) == (1600 - 17, 900 - 7)


@pytest.mark.parametrize(
    "out", [{"probability": 0.2}, {"chance": 0.5}, {"presence": 0.0}], ids=["rare", "luck", "away"]
)
def test_the_force_stays_out(monkeypatch, out):
    _, row = third_side(monkeypatch, None, **out)
    assert losses(row) == (2, 12, 1, 6)
    assert (row.killed_by_security, row.security_killed) == (0, 0)


NORTH_OF_FEW = {
    "label": "North",
    "tile": [0, 1],
    "population": 4000,
    "region": "all",
    "authority": 0.75,
    "presence": 0.4,
    "capital": True,
}


@pytest.mark.parametrize(("deployed", "fallen"), [(0.0, 1), (1.0, 2)])
def test_the_force_loses_and_kills_no_more_than_are_there(monkeypatch, deployed, fallen):
    """0.4 per 1,000 of 4,000 residents are one person; of red two are there, and hit."""
    choose(monkeypatch, THIRD_SIDE=(0.0, 0.99), THIRD_SIDE_LOSSES=(0.99, 0.1))
    run = armed(third_side={"enabled": True, "probability": 0.4}, provinces__north=NORTH_OF_FEW)
    run.forces[NORTH].deployed = deployed
    run.security_fire[:] = run.security_losses[:] = [0.1] * 3 + [1.0] * 5
    put(run.units[RED_N], fighters=0, crowd=4, crowd_present=2)
    row = put(row_of(run, RV_N), attacker_killed=0, target_killed=0)
    combat.security_fires(run, RV_N, row, True)
    assert (row.killed_by_security, row.security_killed) == (2, fallen)
    assert (run.units[RED_N].crowd, run.units[RED_N].crowd_present) == (2, 0)


@pytest.mark.parametrize(("crowd_first", "crowd"), [(True, 47), (False, 50)])
def test_a_crowd_in_front_is_hit_by_the_force_too(monkeypatch, crowd_first, crowd):
    choose(monkeypatch, THIRD_SIDE=(0.0, 0.7), THIRD_SIDE_LOSSES=(0.0, 0.1))
    run = armed(third_side={"enabled": True, "probability": 0.4})
    run.security_fire[:] = [0.1, 0.2, 0.6, 1.0, 1.0, 1.0, 1.0, 1.0]
    put(run.units[RED_N], crowd=50, crowd_present=40)
    combat.security_fires(run, RV_N, row_of(run, RV_N), crowd_first)
    assert (run.units[RED_N].crowd, run.units[RED_N].fighters) == (crowd, 850 + 97 - crowd)


def test_losses_are_counted_by_group_by_province_and_by_the_force_there():
    run = started()
    run.now.tick = 6
    run.killed_of_group[7], run.killed_in_province[7] = [10, 20, 30], [1, 2, 3, 4]
    put(run.now, killed=100, wounded=200)
    run.forces[SOUTH].recent = 0.5
    row = put(
        run.engagements[0],
        attacker=VIOLET,
        target=RED,
        province=SOUTH,
        attacker_killed=5,
        attacker_wounded=7,
        target_killed=2,
        target_wounded=11,
        killed_by_security=4,
        security_killed=3,
    )
    combat.count_losses(run, VR_S, row)
    assert run.killed_of_group[7] == [12, 25, 30]
    assert run.killed_in_province[7] == [1, 2, 13, 4]
    assert (run.now.killed, run.now.wounded) == (110, 218)
    force = run.forces[SOUTH]
    assert (force.last_engagement, force.last_death, force.recent) == (6, 6, 28.5)


def test_an_engagement_without_deaths_is_no_death():
    run = started()
    run.now.tick = 6
    row = put(run.engagements[0], attacker=RED, target=VIOLET, province=SOUTH, target_wounded=3)
    combat.count_losses(run, VR_S, row)
    force, other = run.forces[SOUTH], run.forces[NORTH]
    assert (force.last_engagement, force.recent) == (6, 3.0)
    assert force.last_death == other.last_death == other.last_engagement < 0


@pytest.mark.parametrize(
    ("office", "crowd", "below", "above"),
    [
        (True, 5, (CLASH, RAID), (RAID, SIEGE)),
        (False, 5, (CLASH, RAID), (RAID, RAID)),
        (True, 0, (RAID, RAID), (RAID, SIEGE)),
        (False, 0, (RAID, RAID), (RAID, RAID)),
    ],
)
def test_the_mode_is_drawn_among_those_that_are_possible(office, crowd, below, above):
    """Weights are 2, 3 and 1: with all possible they end at 2, 5 and 6 of 6."""
    run = started()
    unit = put(run.units[RED_N], crowd_present=crowd, offices=not office)
    rival = put(run.units[VIOLET_N], offices=office, crowd_present=5 - crowd)
    total = 2 * (crowd > 0) + 3 + office
    end = {CLASH: 2, RAID: 2 * (crowd > 0) + 3}

    def drawn(weight):
        return combat.draw_mode(run, unit, rival, engagement.REPRISAL, weight / total)

    assert (drawn(end[CLASH] - 0.01), drawn(end[CLASH] + 0.01)) == below
    assert (drawn(end[RAID] - 0.01), drawn(min(end[RAID] + 0.01, total - 0.01))) == above


def test_among_impossible_modes_all_are_drawn():
    run = started(modes__raid__weight=0.0)
    unit, rival = run.units[RED_N], put(run.units[VIOLET_N], offices=False)
    drawn = [combat.draw_mode(run, unit, rival, 0, u) for u in (0.0, 0.66, 0.67, 0.99)]
    assert drawn == [CLASH, CLASH, SIEGE, SIEGE]


def test_a_debt_is_paid_in_its_mode():
    run = started(vendetta__mode="siege")
    unit, rival = run.units[RED_N], put(run.units[VIOLET_N], offices=False)
    assert combat.draw_mode(run, unit, rival, engagement.VENDETTA, 0.0) == SIEGE
    assert combat.draw_mode(run, unit, rival, engagement.REPRISAL, 0.0) == RAID
    for mode, drawn in (("clash", CLASH), (None, RAID)):
        run = started(vendetta__mode=mode)
        unit, rival = run.units[RED_N], run.units[VIOLET_N]
        assert combat.draw_mode(run, unit, rival, engagement.VENDETTA, 0.7) == drawn


SKIRMISH = 3
OF_BATTLE = {"weight": 4.0, "needs": "battle", **HARM}


def battle_modes(cause, *weights, office=True, **changes):
    """Modes drawn where a crowd is there and perhaps an office, at such places of the weights."""
    run = started(**changes)
    unit = put(run.units[RED_N], crowd_present=5)
    rival = put(run.units[VIOLET_N], offices=office)
    return [combat.draw_mode(run, unit, rival, cause, weight) for weight in weights]


def test_in_a_battle_a_mode_of_battle_is_drawn_and_nowhere_else():
    """Of weights 2, 3, 1, which end at 1 / 3, 5 / 6 and 1, and the 4 and 1 of battles."""
    modes = {"modes__skirmish": OF_BATTLE, "modes__volley": {**OF_BATTLE, "weight": 1.0}}
    ends = (0.0, 0.79, 0.81, 0.999)
    assert battle_modes(engagement.BATTLE, *ends, **modes) == [
        SKIRMISH,
        SKIRMISH,
        SKIRMISH + 1,
        SKIRMISH + 1,
    ]
    for cause in (engagement.BACKGROUND, engagement.MOBILISATION, engagement.REPRISAL):
        found = battle_modes(cause, 0.32, 0.34, 0.82, 0.84, 0.999, **modes)
        assert found == [CLASH, RAID, RAID, SIEGE, SIEGE]


def test_without_a_mode_of_battle_an_exchange_has_any_that_is_possible():
    """A crowd is there, the office is closed: weights of 2 and 3; a mode without weight is none."""
    for changes in ({}, {"modes__skirmish": {**OF_BATTLE, "weight": 0.0}}):
        found = battle_modes(engagement.BATTLE, 0.39, 0.41, 0.999, office=False, **changes)
        assert found == [CLASH, RAID, RAID]


def test_the_order_whose_rate_it_was_is_written_down_with_an_attack(monkeypatch):
    choose(monkeypatch, **QUIET)
    run = armed(orders={"a": order("restrain"), "b": order("mobilise", attack_rate="1/d")})
    run.units[RED_N].mobilised_by = code = run.labels["order"].index("b")
    causes = (engagement.MOBILISATION, engagement.BACKGROUND, engagement.REPRISAL)
    for cause in causes:
        run.dyads[RV_N].cause = cause
        combat.carry_out(run, RV_N)
    rows = run.engagements[:3]
    assert [row.cause for row in rows] == list(causes)
    assert [row.order for row in rows] == [code, *[run.derived.no_order] * 2]
    assert [(row.parent, row.depth) for row in rows] == [(-1, 0)] * 3


def test_an_attack_may_open_a_battle_and_an_exchange_answers_it(monkeypatch):
    choose(monkeypatch, **{**QUIET, "BATTLE": (0.0, 0.0)})
    run = armed(modes__skirmish=OF_BATTLE)
    run.target_killed.append(NOBODY)
    run.attacker_killed.append(NOBODY)
    run.now.tick, run.now.engagements = 6, 2
    combat.carry_out(run, RV_N)
    battle = run.battles[run.dyads[RV_N].battle]
    assert (battle.opening, battle.opened_at, battle.hit) == (2, 6, VR_N)
    battles_update(run)
    run.now.tick, run.dyads[VR_N].cause = 7, engagement.BATTLE
    combat.carry_out(run, VR_N)
    row = run.engagements[3]
    assert (row.cause, row.mode, row.order) == (engagement.BATTLE, SKIRMISH, run.derived.no_order)
    assert (row.attacker, row.target, row.province) == (VIOLET, RED, NORTH)
    assert (row.parent, row.root, row.depth) == (2, 2, 1)
    assert memories(run, VR_N) == [(2, 7, 1.0)]
    assert memories(run, RV_N) == [(3, 8, 1.0)]


@pytest.mark.parametrize(("pick", "parent", "depth"), [(0.9, 1, 2), (0.3, 0, 1)])
def test_an_attack_is_written_down_with_its_cause_and_parent(monkeypatch, pick, parent, depth):
    """Violet in the south answers engagement 0 or 1, whose root is 0; it has no crowd."""
    draws = choose(monkeypatch, **{**QUIET, "PARENT": (pick, 0.74)})
    run = armed()
    run.now.tick, run.now.engagements, run.now.opened = 6, 2, 1
    put(run.engagements[0], engagement=0, root=0, depth=0)
    put(run.engagements[1], engagement=1, root=0, depth=1)
    for number in range(2):
        dyads.remember(run, dyads.new_memory(run, VR_S, number, 5, 1.0))
    run.dyads[VR_S].cause = engagement.REPRISAL
    combat.carry_out(run, VR_S)
    row = run.engagements[2]
    assert (row.engagement, row.tick, row.province) == (2, 6, SOUTH)
    assert (row.attacker, row.target) == (VIOLET, RED)
    assert (row.cause, row.mode) == (engagement.REPRISAL, RAID)
    assert (row.parent, row.root, row.depth) == (parent, 0, depth)
    assert (run.now.engagements, run.now.opened) == (3, 2)
    assert draws.asked[0] == ("PARENT", 6, unit_address("violet", "south"), address("red"))


def test_an_attack_out_of_the_blue_starts_a_chain(monkeypatch):
    choose(monkeypatch, **{**QUIET, "PARENT": (0.99, 0.01)})
    run = armed()
    run.now.engagements = 4
    run.units[RED_N].crowd_present = 3
    combat.carry_out(run, RV_N)
    row = run.engagements[4]
    assert (row.cause, row.mode) == (engagement.BACKGROUND, CLASH)
    assert (row.parent, row.root, row.depth) == (-1, 4, 0)
    assert (row.attacker, row.target, row.province) == (RED, VIOLET, NORTH)


def test_an_attack_over_an_insult_is_provoked_and_starts_a_chain(monkeypatch):
    choose(monkeypatch, **QUIET)
    run = armed()
    run.now.tick = 6
    dyads.remember(run, dyads.new_memory(run, VW_N, dyads.PROVOKED, 5, 1.0))
    run.dyads[VW_N].cause = engagement.REPRISAL
    combat.carry_out(run, VW_N)
    row = run.engagements[0]
    assert (row.cause, row.parent, row.root, row.depth) == (engagement.PROVOCATION, -1, 0, 0)
    assert (row.attacker, row.target) == (VIOLET, WHITE)


def test_attacks_are_carried_out_once_in_the_order_of_their_dyads(monkeypatch):
    choose(monkeypatch, **QUIET)
    run = armed()
    run.now.tick = 6
    run.killed_of_group[6], run.killed_in_province[6] = [4, 5, 6], [1, 2, 3, 4]
    run.attacks[RV_S] = run.attacks[VR_N] = True
    dyads.post(run, dyads.new_memory(run, VW_N, 9, 7, 0.4))
    dyads.post(run, dyads.new_memory(run, VW_N, 8, 8, 0.4))
    log.begin(run)
    combat.engagements(run)
    found = [(row.attacker, row.province) for row in run.engagements[: run.now.engagements]]
    assert found == [(VIOLET, NORTH), (RED, SOUTH)]
    assert run.attacks == [False] * 8
    assert run.killed_of_group[6:9] == [[4, 5, 6], [4, 5, 6], [0, 0, 0]]
    assert run.killed_in_province[7] == [1, 2, 3, 4]
    assert memories(run, VW_N) == [(9, 7, 0.4)]
    assert run.forces[EAST].last_engagement < 0
