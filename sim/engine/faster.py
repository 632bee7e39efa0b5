"""What is only speed: phases that do the same as their text in `sim.step`, with less work.

Whole compiled runs take each function here in the place of the one of the same name; they count
on nobody writing to the state between two ticks. That the results are the same bits is what the
comparison of the engines checks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import draws
from sim.rules import crowd, engagement, orders, soundness, stance, vendetta
from sim.step.chance import ATTACK
from sim.step.combat import carry_out_all
from sim.step.declare import values
from sim.step.dyads import deliver, dyad_decide
from sim.step.layout import LONG_AGO, NONE, Run
from sim.step.log import FORCE, impossible
from sim.step.security import deters, force_update
from sim.step.units import decide_to_rise, follow, unit_act, unit_observe, unit_update
from sim.tables import Floats
from sim.world import World

TICKS_AT_ONCE = 64
MARGIN = 1.0 + 1e-9


def _chances(world: World) -> Floats:
    return np.zeros((TICKS_AT_ONCE, len(world.dyads.attacker)))


class FastRun(Run):
    """A run, and what these functions keep beside it."""

    agent_address = values("table", int, lambda w: w.dyads.agent_address, "addresses by dyad")
    rival_address = values("table", int, lambda w: w.dyads.rival_address, "addresses by dyad")
    busiest = values("table", float, lambda w: w.hour_factor.max(axis=0), "most activity by hour")
    chances = values("room", float, _chances, "first uniform of each dyad, for some ticks ahead")
    drawn_at = values("state", int, lambda _: [NONE], "first tick of those")
    attacking = values("state", bool, lambda _: [False], "whether any dyad attacks in this tick")
    waiting = values("state", bool, lambda _: [False], "whether any dead may be unanswered")
    rising = values("state", bool, lambda _: [False], "whether any unit rises in this tick")
    marked = values("room", bool, lambda w: _chances(w)[0], "dyads that may attack")
    observed_acts = values("state", int, lambda _: [NONE], "acts when units were last observed")
    observed_engagements = values("state", int, lambda _: [NONE], "engagements likewise")
    mobilisation = values("state", float, lambda _: [0.0], "highest added rate of any unit [1/h]")
    deterred = values(
        "state", float, lambda w: np.full(len(w.scenario.provinces), -1.0), "deployed, likewise"
    )


def units_observe(run: FastRun) -> None:
    """Let units take stock: in full those that something happened to, when it is asked for others.

    The stance and compliance of a unit that only follows an order are all that a tick without
    a possible attack needs of it; `units_decide` sees to the rest.
    """
    now, mobilised, compliance = run.now, 0, 0.0
    happened = now.acts != run.observed_acts[0] or now.engagements != run.observed_engagements[0]
    run.observed_acts[0], run.observed_engagements[0] = now.acts, now.engagements
    least = run.settings.stances.stand_down_compliance
    for u in range(len(run.units)):
        unit = run.units[u]
        if (
            happened
            or unit.mobilised != (unit.stance == stance.MOBILISED)
            or unit.restrained_at != LONG_AGO
        ):
            unit_observe(run, u)
        elif unit.unit_order >= 0:
            unit.compliance = orders.compliance(unit.share, unit.reluctance, unit.loyalty)
            unit.stance = stance.stance(unit.mobilised, unit.compliance, least)
        mobilised += unit.stance == stance.MOBILISED
        compliance += unit.compliance
    now.mobilised, now.compliance = mobilised, compliance / max(1, len(run.units))


def units_count(_run: FastRun) -> None:
    """Leave the count as `units_observe` has made it."""


def units_update(run: FastRun) -> None:
    """Let units move on, but not those with nothing that moves; find the highest added rate."""
    now, highest = run.now, 0.0
    happened = now.acts_of_tick > 0 or now.opened > 0 or now.tick == 0
    for u in range(len(run.units)):
        unit = run.units[u]
        moves = unit.mobilised or unit.closed_at != LONG_AGO or unit.mobilisation != 0.0
        if happened or moves or not 0.0 <= unit.compliance <= 1.0:
            unit_update(run, u)
            highest = max(highest, crowd.stirred(unit.mobilisation, unit.anger))
        elif unit.unit_order >= 0:
            follow(run, unit)
    run.mobilisation[0] = highest


def forces_update(run: Any) -> None:
    """Let every force move on, with a new deterrence only where its presence has changed."""
    for p in range(len(run.forces)):
        force = run.forces[p]
        if force.deployed == run.deterred[p] and not len(run.brigades):
            force.recent *= run.derived.recent_keep
            if not soundness.province_is_sound(0.0, 0.0, force.recent, False):
                impossible(run, FORCE, p)
        else:
            run.deterred[p] = force.deployed
            force_update(run, p)


def units_decide(run: FastRun) -> None:
    """Let every unit decide, passing over dyads whose uniform lies above any possible hazard."""
    run.attacking[0] = False
    if mark(run):
        for u in range(len(run.units)):
            unit_observe(run, u)
        for d in range(len(run.marked)):
            if run.marked[d]:
                dyad_decide(run, d)
                run.attacking[0] = run.attacking[0] or run.attacks[d]
    run.rising[0] = False
    if run.waiting[0]:
        run.waiting[0] = False
        for d in range(len(run.dyads)):
            dyad = run.dyads[d]
            if dyad.unanswered_at >= 0:
                decide_to_rise(run, dyad.unit)
                run.waiting[0] = True
                run.rising[0] = run.rising[0] or run.units[dyad.unit].rises


def units_act(run: FastRun) -> None:
    """Let units rise unasked, if any has decided to."""
    if run.rising[0]:
        for u in range(len(run.units)):
            unit_act(run, u)


def engagements(run: FastRun) -> None:
    """Carry out the attacks, if there are any; shocks that are due arrive."""
    if run.attacking[0]:
        carry_out_all(run)
        run.waiting[0] = run.settings.stances.unasked
    deliver(run)


def mark(run: Any) -> bool:
    """Mark the dyads whose uniform lies below the highest hazard they can have.

    Every hazard grows with each of its inputs, so these give the bound: opportunity at its limit,
    full exposure and response, the stance with most reprisals, no withdrawal, no deterrence; in a
    battle all strength on one side. The margin covers all rounding. What is not a possible number
    fails the comparisons and is marked too, so that it is seen where it is looked at.
    """
    settings, now = run.settings, run.now
    draw_chances(run)
    tension, some, most_missed = 0.0, False, 1.0
    for bloc in range(len(run.tension)):
        tension = max(tension, run.tension[bloc])
        some = some or not run.tension[bloc] >= 0.0
    base = engagement.background(settings.engagement.background_rate, tension, 0.0)
    base += engagement.ordered(run.mobilisation[0], 0.0)
    base += vendetta.excitation(len(run.debts), run.derived.debt_rate)
    base += settings.spoilers.attack_rate if run.peace[0] else 0.0
    hours = run.derived.tick_hours * MARGIN
    exposure = settings.engagement.opportunity_limit * run.busiest[now.hour] * now.truce * hours
    for p in range(len(run.forces) if len(run.brigades) else 0):
        for g in range(len(run.groups)):
            most_missed = max(most_missed, deters(run, p, g))
    exposure *= most_missed
    fire = settings.battle.exchanges * 2.0 * (1.0 + settings.battle.turn) * hours
    effect = max(run.stances[0].reprisal, run.stances[1].reprisal)
    chances = run.chances[now.tick - run.drawn_at[0]]
    rivalry, reprisal, marked, fighting = run.rivalry, run.reprisal, run.marked, run.fighting
    number = 0
    for d in range(len(reprisal)):
        most = rivalry[d] * exposure * (base + effect * reprisal[d]) + fire * fighting[d]
        marked[d] = some or not ((chances[d] >= most) & (reprisal[d] >= 0.0))
        number += marked[d]
    return number > 0


def draw_chances(run: FastRun) -> None:
    """Draw whether dyads attack, for some ticks at once, in a loop that does nothing else."""
    now = run.now
    if run.drawn_at[0] >= 0 and 0 <= now.tick - run.drawn_at[0] < TICKS_AT_ONCE:
        return
    run.drawn_at[0] = now.tick
    agents, rivals, seed, replicate = run.agent_address, run.rival_address, now.seed, now.replicate
    for row in range(TICKS_AT_ONCE):
        tick, line = now.tick + row, run.chances[row]
        for d in range(len(agents)):
            w0, w1, _, _ = draws.philox(tick, agents[d], rivals[d], ATTACK, seed, replicate)
            line[d] = draws.unit_interval(w0, w1)
