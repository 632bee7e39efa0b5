"""When something may happen next, so that whole compiled runs pass over the ticks before it.

Until then nothing but levels that fade changes, and a hazard stays below a limit that is found
here once. A limit is the hazard of the most hostile state that fading can reach, with a margin
for rounding; a number that is none makes its tick one that is gone through in full.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim import draws
from sim.rules import (
    crowd,
    engagement,
    offices,
    orders,
    patron,
    tension,
    vendetta,
)
from sim.step.chance import SCREEN
from sim.step.declare import values
from sim.step.dyads import readiness
from sim.step.layout import LONG_AGO, NONE, Run
from sim.step.security import deters
from sim.step.sources import by_dyad
from sim.step.triggers import NONE_OF, set_for, tests_of
from sim.step.units import office_open
from sim.tables import Floats, Ints
from sim.world import World

AHEAD = 64
MARGIN = 1.0 + 1e-9


def of_units(world: World) -> Floats:
    """Give a 0 for every unit."""
    return np.zeros(len(world.unit_group))


def first_there(world: World) -> Ints:
    """Tell how many units are in the provinces before each one, and in all."""
    provinces = np.arange(len(world.scenario.provinces) + 1)
    return np.searchsorted(np.sort(world.unit_province), provinces)


def words(world: World) -> Floats:
    """Give a 0 for every dyad in each of the ticks that are looked at together."""
    return np.zeros((AHEAD, len(world.dyads.attacker)))


def calming(world: World) -> list[bool]:
    """Tell of each order whether its condition can come to hold as the killing recedes."""
    tests = tests_of(world)
    return [
        any(test.kind == NONE_OF and test.order == order for test in tests)
        for order in range(len(world.orders))
    ]


class AheadRun(Run):
    """A run, and what is known of the ticks ahead."""

    agent_address = values("table", int, lambda w: w.dyads.agent_address, "addresses by dyad")
    rival_address = values("table", int, lambda w: w.dyads.rival_address, "addresses by dyad")
    units_there = values(
        "table", int, lambda w: np.argsort(w.unit_province, kind="stable"), "units by province"
    )
    first_there = values("table", int, first_there, "where those of a province begin")
    busiest = values("table", float, lambda w: w.hour_factor.max(axis=0), "most activity by hour")
    still_loyal = values(
        "table",
        float,
        lambda w: [own.relapse_keep**AHEAD for own in w.unit_orders],
        "least obedience left after the ticks looked at, by what an order means for a unit",
    )
    calming = values("table", bool, calming, "whether an order may wait for calm")
    words = values("room", float, words, "least uniform of each dyad, tick by tick")
    blocks = values("room", int, lambda w: words(w)[:4], "words of the draws for some ticks")
    drawn_at = values("state", int, lambda _: [NONE], "first tick of those")
    drawn_to = values("state", int, lambda _: [0], "one after the last of those")
    wake = values("state", int, lambda _: [0], "first tick in which something may happen")
    battling = values("state", bool, lambda _: [False], "whether any battle goes on")
    limits = values("room", float, by_dyad, "highest chance of an attack by dyad")
    held = values("room", float, by_dyad, "most grievance for which the limit holds")
    fought = values("room", bool, by_dyad, "whether it holds for a battle")
    watched = values("room", int, lambda w: np.zeros(len(w.orders)), "orders that may come due")
    patient = values(
        "room", bool, lambda w: np.zeros(len(w.orders)), "those that come due after deaths alone"
    )
    watching = values("state", int, lambda _: [0], "how many")
    following = values("room", int, of_units, "units that follow an order")
    followers = values("state", int, lambda _: [0], "how many")
    others_mobilised = values("state", int, lambda _: [0], "mobilised units that follow no order")
    mobilised = values("room", int, of_units, "units with an added rate")
    mobilising = values("state", int, lambda _: [0], "how many")
    dated = values("state", int, lambda _: [0], "first tick in which something changes by itself")
    dead = values("state", bool, lambda _: [False], "whether conditions are to be looked at again")
    gathered = values("room", int, of_units, "units with a crowd, or its anger")
    crowds_about = values("state", int, lambda _: [0], "how many")
    waiting = values("state", bool, lambda _: [False], "whether any dead may be unanswered")
    stirred = values("state", bool, lambda _: [False], "whether the security force may react")
    closed_at = values(
        "state", int, lambda w: np.full(len(w.unit_group), LONG_AGO), "closed offices known of"
    )
    reopens_at = values("state", int, of_units, "when those reopen")
    strength = values("room", float, of_units, "most strength of a unit [fighters]")
    exposure = values("room", float, of_units, "most exposure of a unit")
    goes = values("room", float, of_units, "most of a unit that has not withdrawn")
    rates = values("room", float, of_units, "highest rate without answers [1/h]")
    answers = values("room", float, of_units, "most reprisals by grievance")
    tensions = values(
        "room", float, lambda w: np.zeros(len(w.politics.blocs)), "highest tension by bloc"
    )


def look_ahead(run: Any, changed: bool) -> None:
    """Find the next tick in which something may happen, and what no attack is likelier than.

    Where only attacks have been carried out since the last look, what was found of orders and
    units holds: an attack makes none stronger but by its crowd's anger, and brings no date nearer.
    """
    now = run.now
    fresh = not 0 <= run.drawn_at[0] <= now.tick < run.drawn_at[0] + AHEAD
    if fresh:
        draw_words(run)
    run.drawn_to[0] = end = min(run.drawn_at[0] + AHEAD, run.derived.n_ticks)
    run.stirred[0], run.dead[0], run.battling[0] = True, now.killed > 0, False
    if fresh or changed:
        run.dated[0] = min(
            orders_due(run, end),
            units_due(run, end),
            politics_due(run, end),
            security_due(run, end),
        )
        find_tensions(run)
        for u in range(len(run.units)):
            bound_unit(run, u)
    run.wake[0] = next_change(run, end)
    for own in run.battles:
        run.battling[0] = run.battling[0] or own.opening >= 0
    if fresh or changed:
        scale = scale_of_limits(run)
        for d in range(len(run.dyads)):
            find_limit(run, d, scale)
    else:
        renew_limits(run)


def draw_words(run: Any) -> None:
    """Draw the first bits of whether dyads attack, in a loop that does nothing else."""
    now, agents, rivals = run.now, run.agent_address, run.rival_address
    seed, replicate, first = now.seed, now.replicate, now.tick >> 3
    p0, p1, p2, p3 = run.blocks[0], run.blocks[1], run.blocks[2], run.blocks[3]
    run.drawn_at[0] = 8 * first
    for block in range(AHEAD // 8):
        tick = first + block
        for d in range(len(agents)):
            w0, w1, w2, w3 = draws.philox(tick, agents[d], rivals[d], SCREEN, seed, replicate)
            p0[d], p1[d], p2[d], p3[d] = w0, w1, w2, w3
        for row in range(8):
            words, line, shift = run.blocks[row >> 1], run.words[8 * block + row], 16 * (row & 1)
            for d in range(len(agents)):
                line[d] = ((words[d] >> shift) & draws.WORD) * draws.WORD_SHARE


def next_change(run: Any, end: int) -> int:
    """Give the first tick in which more may happen than attacks and what is watched; or the end."""
    tick, first = run.now.tick, run.dated[0]
    if tick == 0 or len(run.brigades):
        return tick
    for own in run.curfews:
        if own.begun_at < 0 and own.at < 0 and own.reached_at < 0 and run.dead[0]:
            return tick
    if run.waiting[0]:
        first = min(first, rises(run, end))
    return max(tick, first)


def orders_due(run: Any, end: int) -> int:
    """Give the tick of the next dated order; note the others that may come due."""
    first, number = end, 0
    for o in range(len(run.orders)):
        order, own = run.orders[o], run.triggers[o]
        given = run.given_at[order.moment]
        if not orders.may_repeat(given, end, order.again_after):
            continue
        if own.decision >= 0 or own.first < own.last:
            run.watched[number] = o
            run.patient[number] = own.decision < 0 and given < 0 and not run.calming[o]
            number += 1
        elif set_for(run, order) >= 0:
            due = set_for(run, order)
            if given >= 0:
                due = max(due, given + int(order.again_after))
            first = min(first, due)
    run.watching[0] = number
    return first


def politics_due(run: Any, end: int) -> int:
    """Give the tick of the next event, call, change of rivalry or ceasefire."""
    tick, first = run.now.tick, end
    for e in range(len(run.events)):
        if run.next_at[e] >= tick:
            first = min(first, run.next_at[e])
    for call in run.calls:
        if call.at >= tick:
            first = min(first, call.at)
    for change in run.changes:
        first = min(first, begins(run, change, end))
    for own in run.ceasefires:
        first = min(first, begins(run, own, end))
    return first


def begins(run: Any, timed: Any, end: int) -> int:
    """Give the tick in which something begins that begins once; or the end."""
    due = set_for(run, timed)
    return due if timed.begun_at < 0 <= due else end


def security_due(run: Any, end: int) -> int:
    """Give the tick of the next curfew, or next beginning or end of a dated deployment."""
    tick, first = run.now.tick, end
    for own in run.curfews:
        if own.begun_at < 0 and own.at >= tick:
            first = min(first, own.at)
        if own.begun_at < 0 and own.at < 0 <= own.reached_at:
            first = min(first, own.reached_at + int(own.after))
    for own in run.deployments:
        first = min(first, begins(run, own, end))
        if own.begun_at >= 0 and own.begun_at + own.lasts >= tick - 1 and stands_until(own) < end:
            first = min(first, stands_until(own))
    return first


def stands_until(deployment: Any) -> int:
    """Give the last tick, rounded down, in which a dated deployment is in force."""
    return int(min(deployment.begun_at + deployment.lasts, 1e9))


def units_due(run: Any, end: int) -> int:
    """Give the next tick in which a unit changes by itself; note what fades until then."""
    first, followers, mobilising, others, crowds = end, 0, 0, 0, 0
    for u in range(len(run.units)):
        unit = run.units[u]
        if unit.crowd > 0 or unit.anger > 0.0:
            run.gathered[crowds] = u
            crowds += 1
        if unit.unit_order >= 0:
            run.following[followers] = u
            followers += 1
            due = unit.order_at + run.unit_orders[unit.unit_order].deadline
            first = min(first, due) if due >= run.now.tick else first
        else:
            others += unit.mobilised
        if unit.mobilisation != 0.0:
            run.mobilised[mobilising] = u
            mobilising += 1
        if unit.mobilised:
            since = max(unit.mobilised_at, run.forces[unit.province].last_death)
            lapses = since + run.settings.stances.mobilisation_lapse
            first = int(lapses) if lapses < first else first
        if unit.closed_at != LONG_AGO:
            first = min(first, reopens(run, u))
    run.followers[0], run.mobilising[0], run.crowds_about[0] = followers, mobilising, crowds
    run.others_mobilised[0] = others
    return first


def reopens(run: Any, u: int) -> int:
    """Give the tick in which the closed offices of a unit reopen."""
    unit = run.units[u]
    if run.closed_at[u] != unit.closed_at:
        run.closed_at[u] = unit.closed_at
        age = passed(run.offices_kept, 1, unit.reopening)
        run.reopens_at[u] = unit.closed_at + age
    return run.reopens_at[u]


def rises(run: Any, end: int) -> int:
    """Give the tick in which the next unit rises unasked."""
    first = end
    for d in range(len(run.dyads)):
        dyad = run.dyads[d]
        unit = run.units[dyad.unit]
        militia = run.groups[unit.group].kind == engagement.MILITIA
        if dyad.unanswered_at >= 0 and militia and not unit.mobilised:
            age = passed(run.unasked_kept, 0, dyad.unanswered)
            first = min(first, dyad.unanswered_at + age)
    return first


def passed(kept: Any, first: int, uniform: float) -> int:
    """Give the first place of a falling table that is not above a uniform; or one after all."""
    last = len(kept)
    while first < last:
        middle = (first + last) // 2
        if uniform >= kept[middle]:
            last = middle
        else:
            first = middle + 1
    return first


def renew_limits(run: Any) -> None:
    """Find the limits again that the attacks or the news of the last tick may have moved."""
    last, scale = run.now.tick - 1, scale_of_limits(run)
    for p in range(len(run.forces)):
        if run.forces[p].last_engagement == last:
            for place in range(run.first_there[p], run.first_there[p + 1]):
                unit = run.units[run.units_there[place]]
                if unit.crowd > 0 or unit.anger > 0.0:
                    bound_unit(run, run.units_there[place])
                for d in range(unit.first_dyad, unit.last_dyad):
                    run.held[d] = -1.0
    for d in range(len(run.dyads)):
        holds = 0.0 <= run.reprisal[d] <= run.held[d] and run.fought[d] == run.fighting[d]
        if not holds:
            find_limit(run, d, scale)


def scale_of_limits(run: Any) -> float:
    """Give what the limits of all dyads are multiplied by."""
    missed = truce = 1.0
    for own in run.truces:
        truce *= max(1.0, own.factor)
    for p in range(len(run.forces) if len(run.brigades) else 0):
        for g in range(len(run.groups)):
            missed = max(missed, deters(run, p, g))
    return truce * missed * run.derived.tick_hours * MARGIN


def find_limit(run: Any, d: int, scale: float) -> None:
    """Find the highest chance of an attack by a dyad in any tick up to the last one drawn."""
    settings, derived, dyad = run.settings, run.derived, run.dyads[d]
    u, v = dyad.unit, dyad.rival
    reference, most = settings.engagement.reference_fighters, settings.engagement.opportunity_limit
    opportunity = engagement.opportunity(run.strength[u], run.strength[v], reference, most)
    rate = run.rates[u] + run.answers[u] * run.reprisal[d]
    rate += vendetta.excitation(dyad.debts, derived.debt_rate)
    limit = run.rivalry[d] * opportunity * run.goes[u] * run.exposure[v] * scale * rate
    run.limits[d] = limit if run.reprisal[d] >= 0.0 else math.nan
    run.held[d], run.fought[d] = run.reprisal[d], run.fighting[d]
    if run.fighting[d]:
        fire = settings.battle.exchanges * 2.0 * (1.0 + settings.battle.turn)
        run.limits[d] += fire * scale


def find_tensions(run: Any) -> None:
    """Find the highest tension of each bloc up to the last tick drawn."""
    now, common = run.now, 1.0
    for tick in range(now.tick, run.drawn_to[0]):
        common = max(common, run.deadlock[tick])
    for call in run.calls:
        common *= max(1.0, call.factor)
    for bloc in range(len(run.tensions)):
        level = common
        for number in range(now.pulses):
            pulse = run.pulses[number]
            level *= max(1.0, tension.pulse(run.effects[pulse.branch][bloc], pulse.kept))
        run.tensions[bloc] = level


def bound_unit(run: Any, u: int) -> None:
    """Find the most that a unit can do, and be exposed to, up to the last tick drawn."""
    settings, unit = run.settings, run.units[u]
    group, obeys = run.groups[unit.group], 0.0
    if unit.unit_order >= 0:
        left = unit.loyalty * run.still_loyal[unit.unit_order]
        obeys = orders.compliance(unit.share, unit.reluctance, left)
    hold = obeys if unit.holds else 0.0
    left = 0.0 if unit.holds else obeys
    people = crowd.strength(unit.fighters, unit.crowd, settings.crowds.weight)
    growth = settings.patronage.growth * run.drawn_to[0] * run.derived.tick_hours / 24.0
    run.strength[u] = max(people, patron.armed(people, group.patron, growth))
    closed = unit.offices and not office_open(unit)
    run.exposure[u] = engagement.availability(
        left, settings.engagement.withdrawn_exposure
    ) * offices.exposure(closed, settings.offices.closed_share)
    run.goes[u] = 1.0 - left
    rate = engagement.background(
        settings.engagement.background_rate, run.tensions[group.bloc], hold
    )
    rate += settings.spoilers.attack_rate if settings.spoilers.enabled else 0.0
    ordered = engagement.ordered(crowd.stirred(unit.mobilisation, unit.anger), hold)
    run.rates[u] = engagement.initiates(rate, group.kind) + ordered
    reprisal = run.stances[readiness(run, unit)].reprisal
    run.answers[u] = engagement.initiates(reprisal, group.kind)


def may_attack(run: Any) -> bool:
    """Whether any dyad may attack in this tick, by the first bits of its draw."""
    now, limits, some = run.now, run.limits, False
    words, busy = run.words[now.tick - run.drawn_at[0]], run.busiest[now.hour]
    for d in range(len(limits)):
        some |= not words[d] >= limits[d] * busy
    return some
