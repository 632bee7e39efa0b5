"""What is only speed: a tick that does the same as its text in `sim.step`, with less work.

Whole compiled runs go on by `go`, and take each other function here in the place of the one
of the same name; they count on nobody writing to the state between two ticks. That the results
are the same bits is what the comparison of the engines checks.
"""

from __future__ import annotations

from typing import Any

from sim.engine.ahead import AheadRun, look_ahead, may_attack, renew_limits
from sim.rules import deployment, grievance, orders, soundness, stance
from sim.step.ceasefires import ceasefires_observe
from sim.step.combat import carry_out_all
from sim.step.declare import values
from sim.step.dyads import decay, deliver, dyad_decide
from sim.step.log import FORCE, UNIT, carry_on, impossible, record
from sim.step.mediators import mediators_decide
from sim.step.politics import politics_observe
from sim.step.security import (
    answering,
    deterrence,
    force_decide,
    force_update,
    mark_alarm,
    weight,
)
from sim.step.tick import step
from sim.step.triggers import is_due
from sim.step.units import (
    can_be,
    crowd_update,
    decide_to_rise,
    unit_act,
    unit_observe,
    unit_update,
)
from sim.world.shapes import DEBT, MEDIATE


class FastRun(AheadRun):
    """A run, and what these functions keep beside it."""

    filled = values("state", int, lambda _: [0], "tick up to which the killed are counted")
    woken = values("state", bool, lambda _: [False], "whether more may happen than attacks")
    attacking = values("state", bool, lambda _: [False], "whether any dyad attacks in this tick")
    rising = values("state", bool, lambda _: [False], "whether any unit rises in this tick")
    movers = values(
        "room", int, lambda w: [0] * len(w.scenario.provinces), "forces that may decide anew"
    )
    moving = values("state", int, lambda _: [0], "how many")
    deterred = values(
        "state", float, lambda w: [-1.0] * len(w.scenario.provinces), "deployed, when last weighed"
    )


def go(run: Any, end: int, memories: int, engagements: int, acts: int) -> None:
    """Go on until a tick starts, a state is impossible, or a pool may be too small.

    A tick passes in full where something may happen, or else by what fades. All stands in one
    function, because each one that is put into another is made machine code once more.
    """
    now = run.now
    while (
        now.tick < end
        and now.unsound == 0
        and now.memories + memories <= len(run.memories)
        and now.engagements + engagements <= len(run.engagements)
        and now.acts + acts <= len(run.acts)
    ):
        if now.tick >= run.drawn_to[0]:
            look_ahead(run, True)
        woken = run.woken[0] = now.tick >= run.wake[0]
        if woken or stirs(run):
            before = now.acts
            catch_up(run)
            step(run)
            run.filled[0] = now.tick
            if now.tick < run.derived.n_ticks:
                run.woken[0] = False
                find_movers(run)
                look_ahead(run, woken or some_change(run.acts, before, now.acts))
        else:
            fade(run)


def some_change(acts: Any, first: int, last: int) -> bool:
    """Whether any of some acts may have changed more than grievance and debts."""
    some = False
    for number in range(first, last):
        some = some or acts[number].action not in (MEDIATE, DEBT)
    return some


def catch_up(run: Any) -> None:
    """Let what was killed stand for the ticks in which nobody was."""
    for tick in range(run.filled[0], run.now.tick):
        carry_on(run.killed_of_group, tick)
        carry_on(run.killed_in_province, tick)
        carry_on(run.killed_of_unit, tick)
    run.filled[0] = run.now.tick


def stirs(run: Any) -> bool:
    """Whether anybody attacks or decides on anything in a tick in which nothing else happens."""
    now = run.now
    now.hour = run.hour_of_tick[now.tick]
    run.attacking[0] = False
    if run.battling[0]:
        observe_battles(run)
    if run.battling[0] or may_attack(run):
        politics_observe(run)
        ceasefires_observe(run)
        run.attacking[0] = some_attack(run)
        if run.attacking[0] or run.battling[0]:
            return True
    dead, run.dead[0] = run.dead[0], False
    for number in range(run.watching[0]):
        if dead or not run.patient[number]:
            catch_up(run)
            if is_due(run, run.watched[number]):
                return True
    return run.stirred[0] and some_mediate(run)


def observe_battles(run: Any) -> None:
    """Let the units take stock that are in a battle."""
    for own in run.battles:
        if own.opening >= 0:
            unit_observe(run, run.dyads[own.dyad].unit)
            unit_observe(run, run.dyads[own.dyad].rival)


def some_mediate(run: Any) -> bool:
    """Whether any governor mediates."""
    mediators_decide(run)
    some = False
    for mediator in run.mediators:
        some = some or mediator.mediates
    return some


def some_attack(run: Any) -> bool:
    """Let the dyads decide that may attack in this tick; tell whether any does."""
    now, some = run.now, False
    words, busy = run.words[now.tick - run.drawn_at[0]], run.busiest[now.hour]
    for d in range(len(run.limits)):
        if not words[d] >= run.limits[d] * busy:
            dyad = run.dyads[d]
            weigh(run, dyad.province)
            if not run.woken[0]:
                unit_observe(run, dyad.unit)
                unit_observe(run, dyad.rival)
            dyad_decide(run, d)
            some = some or run.attacks[d]
    return some


def weigh(run: Any, p: int) -> None:
    """Find what presence deters in a province, unless it is known."""
    force = run.forces[p]
    if force.deployed != run.deterred[p]:
        run.deterred[p] = force.deployed
        force.deterrence = deterrence(run, p)


def fade(run: Any) -> None:
    """Let a tick pass in which nobody acts; only news may arrive."""
    now, derived, news = run.now, run.derived, run.first_mail[run.now.tick] >= 0
    now.opened, now.killed, now.wounded = 0, 0, 0
    if run.stirred[0]:
        settle(run)
    deployed = 0.0
    for force in run.forces:
        deployed += force.deployed
        force.deployed = deployment.approach(force.deployed, force.target, derived.build_up_keep)
        force.recent *= derived.recent_keep
    now.deployed = deployed
    for number in range(now.pulses):
        pulse = run.pulses[number]
        pulse.kept *= run.branches[pulse.branch].keep
    if news:
        deliver(run)
        decay(run.reprisal, derived.reprisal_keep, derived.reprisal_height, run.arrivals)
    else:
        for d in range(len(run.reprisal)):
            run.reprisal[d] = grievance.excite(
                run.reprisal[d], derived.reprisal_keep, derived.reprisal_height, 0.0
            )
    crowds_update(run)
    pass_followers(run, True, True)
    pass_mobilised(run)
    record(run)
    if news:
        renew_limits(run)


def pass_followers(run: Any, count: bool, fade_too: bool) -> None:
    """Count those that follow an order, for the table of ticks, and let their obedience fade."""
    now, least, mobilised, compliance = run.now, run.settings.stances.stand_down_compliance, 0, 0.0
    for number in range(run.followers[0]):
        unit = run.units[run.following[number]]
        if count:
            obeys = orders.compliance(unit.share, unit.reluctance, unit.loyalty)
            mobilised += stance.stance(unit.mobilised, obeys, least) == stance.MOBILISED
            compliance += obeys
        if fade_too:
            own = run.unit_orders[unit.unit_order]
            unit.reluctance *= own.onset_keep
            unit.loyalty *= own.relapse_keep
    if count:
        now.mobilised = run.others_mobilised[0] + mobilised
        now.compliance = compliance / max(1, len(run.units))


def pass_mobilised(run: Any) -> None:
    """Let mobilisation fade of those that have any."""
    for number in range(run.mobilising[0]):
        unit = run.units[run.mobilised[number]]
        unit.mobilisation *= unit.mobilisation_keep


def settle(run: Any) -> None:
    """Let the security force decide, and alarms begin and end."""
    some = is_alarmed(run)
    catch_up(run)
    movers_observe(run)
    forces_decide(run)
    for number in range(run.moving[0]):
        mark_alarm(run, run.movers[number])
    run.stirred[0] = some or is_alarmed(run)


def movers_observe(run: Any) -> None:
    """Fix what is known of the country; forces that decide nothing anew count for nothing."""
    now, weights, some = run.now, 0.0, False
    for number in range(run.moving[0]):
        weights += weight(run, run.movers[number])
        some = some or answering(run, run.forces[run.movers[number]])
    now.weight, now.answering = weights, some


def forces_decide(run: Any) -> None:
    """Let the forces decide that may decide anew."""
    if run.woken[0]:
        find_movers(run)
    for number in range(run.moving[0]):
        force_decide(run, run.movers[number])


def find_movers(run: Any) -> None:
    """Note the forces that may decide anew; after calm, aims stand."""
    shared = run.settings.deployment.rule != deployment.RECENT_CASUALTIES
    everywhere, number = run.woken[0] or shared or len(run.deployments) > 0, 0
    for p in range(len(run.forces)):
        force = run.forces[p]
        moves = force.alarm_since >= 0 or force.alarm or force.target != 0.0
        if everywhere or moves or run.now.tick - force.last_death <= 1:
            run.movers[number] = p
            number += 1
    run.moving[0] = number


def is_alarmed(run: Any) -> bool:
    """Whether an alarm stands in any province."""
    some = False
    for number in range(run.moving[0]):
        some = some or run.forces[run.movers[number]].alarm_since >= 0
    return some


def forces_update(run: Any) -> None:
    """Let every force move on; what it deters is found when it is asked for."""
    for p in range(len(run.forces)):
        force = run.forces[p]
        if len(run.brigades):
            run.deterred[p] = force.deployed
            force_update(run, p)
        else:
            force.recent *= run.derived.recent_keep
            if not soundness.province_is_sound(force.deployed, 0.0, force.recent, False):
                impossible(run, FORCE, p)


def leaders_decide(run: Any) -> None:
    """Let leaders decide: on all orders, or on those that may come due at any time."""
    for o in range(len(run.orders) if run.woken[0] else 0):
        run.due[o] = is_due(run, o)
    for number in range(0 if run.woken[0] else run.watching[0]):
        run.due[run.watched[number]] = is_due(run, run.watched[number])


def units_observe(run: Any) -> None:
    """Let units take stock where more may happen than attacks; those that may attack have."""
    if run.woken[0]:
        for u in range(len(run.units)):
            unit_observe(run, u)


def units_count(run: Any) -> None:
    """Count what the table of ticks tells of units; those that follow no order do not change."""
    pass_followers(run, True, False)


def units_decide(run: Any) -> None:
    """Let every unit decide, passing over dyads whose uniform lies above any possible hazard.

    Where nothing but attacks may happen, the dyads have decided, or there was no need.
    """
    if run.woken[0]:
        run.attacking[0] = some_attack(run)
    run.rising[0] = False
    if run.waiting[0]:
        run.waiting[0] = False
        for d in range(len(run.dyads)):
            dyad = run.dyads[d]
            if dyad.unanswered_at >= 0:
                decide_to_rise(run, dyad.unit)
                run.waiting[0] = True
                run.rising[0] = run.rising[0] or run.units[dyad.unit].rises


def units_act(run: Any) -> None:
    """Let units rise unasked, if any has decided to."""
    if run.rising[0]:
        for u in range(len(run.units)):
            unit_act(run, u)


def more_than_attacks(run: Any) -> bool:
    """Whether more has happened to units in this tick than attacks."""
    return run.woken[0] or some_change(run.acts_of_tick, 0, run.now.acts_of_tick)


def crowds_update(run: Any) -> None:
    """Let crowds move on: all where one may have come, or those that are known."""
    anew = more_than_attacks(run)
    for number in range(len(run.units) if anew else run.crowds_about[0]):
        u = number if anew else run.gathered[number]
        if run.units[u].crowd > 0 or run.units[u].anger > 0.0:
            crowd_update(run, u)


def units_update(run: Any) -> None:
    """Let all units move on, or what they have fade where nothing but attacks has happened."""
    if more_than_attacks(run):
        for u in range(len(run.units)):
            unit_update(run, u)
        return
    pass_followers(run, False, True)
    pass_mobilised(run)
    sound = True
    for p in range(len(run.forces)):
        if run.forces[p].last_engagement == run.now.tick:
            for place in range(run.first_there[p], run.first_there[p + 1]):
                sound = sound and can_be(run.units[run.units_there[place]])
    for u in range(0 if sound else len(run.units)):
        if not can_be(run.units[u]):
            impossible(run, UNIT, u)


def engagements(run: Any) -> None:
    """Carry out the attacks, if there are any; shocks that are due arrive."""
    if run.attacking[0]:
        carry_out_all(run)
        run.waiting[0] = run.settings.stances.unasked
    deliver(run)
