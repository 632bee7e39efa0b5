"""What one unit holds against a rival unit: hazard, memory, debts, and how they fade."""

from __future__ import annotations

from typing import Any

from sim.rules import (
    battle,
    ceasefire,
    crowd,
    engagement,
    grievance,
    intervention,
    soundness,
    stance,
    vendetta,
)
from sim.step.chance import of_attack
from sim.step.layout import NONE, Run
from sim.step.log import DYAD, impossible
from sim.step.security import deters

NO_PARENT = -1
PROVOKED = -2


def hazards(run: Any, d: int) -> tuple[float, float, float, float, float, float]:
    """Hazards of an attack by a dyad in this tick, by cause [1/h].

    Background, order to mobilise, exchange of fire in a battle, reprisal, vendetta, spoiler.
    """
    dyad, settings = run.dyads[d], run.settings.engagement
    unit, rival = run.units[dyad.unit], run.units[dyad.rival]
    opportunity = engagement.opportunity(
        unit.strength, rival.strength, settings.reference_fighters, settings.opportunity_limit
    )
    kind = run.groups[unit.group].kind
    deterrence = deters(run, dyad.province, unit.group)
    around = run.rivalry[d] * opportunity * run.hour_factor[dyad.province][run.now.hour]
    met = engagement.openness(rival.exposure, unit.withdrawal, deterrence)
    met *= run.ceasefire_leaves[d]
    factor, hold = met * around * run.now.truce, unit.compliance if unit.holds else 0.0
    tension = run.tension[run.groups[unit.group].bloc]
    reprisal = run.stances[readiness(run, unit)].reprisal * unit.response * run.reprisal[d]
    background = engagement.background(settings.background_rate, tension, hold)
    debts = vendetta.excitation(dyad.debts, run.derived.debt_rate)
    ordered = crowd.stirred(unit.mobilisation, unit.anger)
    if unit.mobilised_by >= 0:
        ordered *= run.against[unit.mobilised_by][rival.group]
    return (
        factor * engagement.initiates(background, kind),
        factor * engagement.ordered(ordered, hold),
        met * fire(run, d, opportunity),
        factor * engagement.initiates(reprisal, kind),
        factor * engagement.initiates(debts, kind),
        factor * engagement.initiates(spoiling(run, unit), kind),
    )


def spoiling(run: Any, unit: Any) -> float:
    """Rate at which a unit attacks because peace is near [1/h]."""
    outside = run.groups[unit.group].spoiler
    spoils = ceasefire.spoils(unit.splinter, outside, run.peace[0])
    return run.settings.spoilers.attack_rate if spoils else 0.0


def hazard(run: Run, d: int) -> float:
    """Hazard of an attack by a dyad in this tick, whatever its cause [1/h]."""
    return total(hazards(run, d))


def total(parts: tuple[float, float, float, float, float, float]) -> float:
    """Add up hazards by cause [1/h]."""
    base, ordered, exchange, reprisal, debts, spoiled = parts
    return base + ordered + exchange + reprisal + debts + spoiled


def fire(run: Run, d: int, opportunity: float) -> float:
    """Rate at which a dyad fires in the battle that goes on [1/h]; 0 where there is none."""
    if not run.fighting[d]:
        return 0.0
    dyad, settings = run.dyads[d], run.settings.battle
    own, rival = run.units[dyad.unit].strength, run.units[dyad.rival].strength
    hit_last = run.battles[dyad.battle].hit == d
    return battle.fire(settings.exchanges, own, rival, opportunity, hit_last, settings.turn)


def readiness(run: Run, unit: Any) -> int:
    """Stance whose numbers say what a unit does about attacks; a security force is ready."""
    ready = unit.mobilised or run.groups[unit.group].kind == engagement.SECURITY_FORCE
    return stance.MOBILISED if ready else stance.QUIET


def dyad_decide(run: Run, d: int) -> None:
    """Decide whether to attack the rival, and why."""
    parts = hazards(run, d)
    rate = total(parts)
    if not soundness.feud_is_sound(rate, run.reprisal[d]):
        run.now.unsound_hazard = rate
        impossible(run, DYAD, d)
    chance, why = of_attack(run, d, rate * run.derived.tick_hours)
    run.attacks[d] = engagement.attacks(chance, rate, run.derived.tick_hours)
    if run.attacks[d]:
        run.dyads[d].cause = engagement.cause(why, *parts)


def rises(run: Run, d: int) -> bool:
    """Whether the dead that a dyad counts went unanswered for long enough to rise."""
    dyad = run.dyads[d]
    if dyad.unanswered_at < 0:
        return False
    kept = run.unasked_kept[run.now.tick - dyad.unanswered_at]
    return crowd.mobilises_unasked(dyad.unanswered, kept)


def forget_unanswered(run: Run, d: int) -> None:
    """Note that the dead of a dyad do not go unanswered any more."""
    run.dyads[d].unanswered_at = NONE


def new_memory(run: Run, d: int, number: int, arrival: int, reprisal: float) -> int:
    """Make a memory of an engagement, or `PROVOKED` for an insult; return its place."""
    place = run.now.memories
    memory = run.memories[place]
    memory.dyad, memory.engagement, memory.arrival = d, number, arrival
    memory.reprisal, memory.following = reprisal, NONE
    run.now.memories += 1
    return place


def remember(run: Run, place: int) -> None:
    """Keep a memory; it adds to the grievance of its dyad from the next tick on."""
    memory = run.memories[place]
    dyad = run.dyads[memory.dyad]
    if dyad.last_memory < 0:
        dyad.first_memory = place
    else:
        run.memories[dyad.last_memory].following = place
    memory.following = NONE
    dyad.last_memory = place
    run.arrivals[memory.dyad] += memory.reprisal


def post(run: Run, place: int) -> None:
    """Send a memory on its way; what would arrive after the run is dropped."""
    due = run.memories[place].arrival - 1
    if due >= len(run.first_mail):
        return
    if run.last_mail[due] < 0:
        run.first_mail[due] = place
    else:
        run.memories[run.last_mail[due]].following = place
    run.last_mail[due] = place


def deliver(run: Run) -> None:
    """Let every memory that is due in this tick arrive, in the order in which it was sent."""
    place = run.first_mail[run.now.tick]
    while place >= 0:
        following = run.memories[place].following
        remember(run, place)
        place = following


def dyads_fade(run: Run) -> None:
    """Ease grievance where a governor mediated, let it decay, and add what arrived in the tick."""
    if run.now.eased:
        for d in range(len(run.dyads)):
            if run.forces[run.dyads[d].province].eased:
                ease(run, d)
    decay(run.reprisal, run.derived.reprisal_keep, run.derived.reprisal_height, run.arrivals)


def decay(levels: Any, keep: float, height: float, arrivals: Any) -> None:
    """Let the grievance of all dyads decay by a tick and add what arrived."""
    for d in range(len(levels)):
        levels[d] = grievance.excite(levels[d], keep, height, arrivals[d])
        arrivals[d] = 0.0


def ease(run: Run, d: int) -> None:
    """Ease the grievance of a dyad, and all that it remembers."""
    factor = run.settings.mediation.reprisal_factor
    run.reprisal[d] = intervention.eased(run.reprisal[d], factor, True)
    place = run.dyads[d].first_memory
    while place >= 0:
        memory = run.memories[place]
        if memory.arrival <= run.now.tick:
            memory.reprisal = intervention.eased(memory.reprisal, factor, True)
        place = memory.following


def parent(run: Run, d: int, cause: int, uniform: float) -> int:
    """Engagement that caused an attack; `NO_PARENT`, or `PROVOKED` for an insult."""
    if cause == engagement.VENDETTA:
        return pay_debt(run, d, uniform)
    if cause == engagement.BATTLE:
        dyad = run.dyads[d]
        return dyad.hit_by if dyad.hit_by >= 0 else run.battles[dyad.battle].opening
    if cause != engagement.REPRISAL:
        return NO_PARENT
    total, place = 0.0, run.dyads[d].first_memory
    while place >= 0:
        total += contribution(run, run.memories[place])
        place = run.memories[place].following
    walked, chosen, place = 0.0, NO_PARENT, run.dyads[d].first_memory
    while place >= 0:
        share = contribution(run, run.memories[place])
        if share > 0.0:
            chosen = run.memories[place].engagement
            if engagement.reached(uniform * total, walked, share):
                break
            walked += share
        place = run.memories[place].following
    return chosen


def contribution(run: Run, memory: Any) -> float:
    """Give what a memory still adds to the grievance that caused an attack."""
    age = run.now.tick - memory.arrival
    return grievance.contribution(memory.reprisal, run.reprisal_kept[age]) if age >= 0 else 0.0


def open_debt(run: Run, d: int, number: int) -> None:
    """Open a debt of blood that goes back to an engagement, or to before the run."""
    dyad = run.dyads[d]
    run.debts[dyad.first_debt + dyad.debts] = number
    dyad.debts += 1


def pay_debt(run: Run, d: int, uniform: float) -> int:
    """Strike off one debt and tell which engagement it goes back to."""
    dyad = run.dyads[d]
    paid = dyad.first_debt + vendetta.debt(uniform, dyad.debts)
    number = run.debts[paid]
    dyad.debts -= 1
    for place in range(paid, dyad.first_debt + dyad.debts):
        run.debts[place] = run.debts[place + 1]
    return number
