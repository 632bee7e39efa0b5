"""What one unit holds against a rival unit: hazard, memory, debts, and how they fade."""

from __future__ import annotations

from typing import Any

from sim.rules import crowd, engagement, grievance, intervention, soundness, vendetta
from sim.step.chance import ATTACK, of_dyad
from sim.step.layout import NONE, Run
from sim.step.log import DYAD, impossible

NO_PARENT = -1
PROVOKED = -2


def background(run: Run, unit: Any) -> float:
    """Hazard of a unit's attacks that nothing before them caused [1/h]."""
    return engagement.background(
        run.settings.engagement.background_rate,
        run.tension[run.groups[unit.group].bloc],
        unit.mobilisation,
        unit.compliance if unit.holds else 0.0,
    )


def parts(run: Run, d: int) -> tuple[float, float, float, float]:
    """Background, battle, reprisal and vendetta part of the hazard of a dyad [1/h]."""
    dyad = run.dyads[d]
    unit = run.units[dyad.unit]
    effect = run.stances[unit.stance]
    return (
        background(run, unit),
        effect.battle * run.battle[d],
        effect.reprisal * unit.response * run.reprisal[d],
        vendetta.excitation(dyad.debts, run.derived.debt_rate),
    )


def hazard(run: Run, d: int) -> float:
    """Hazard of an attack by a dyad in this tick [1/h]."""
    dyad, settings = run.dyads[d], run.settings.engagement
    unit, rival = run.units[dyad.unit], run.units[dyad.rival]
    opportunity = engagement.opportunity(
        unit.strength, rival.strength, settings.reference_fighters, settings.opportunity_limit
    )
    surroundings = run.hour_factor[dyad.province][run.now.hour] * run.now.truce
    exposure = run.rivalry[d] * opportunity * surroundings * rival.exposure
    deterrence = intervention.deters(
        run.forces[dyad.province].deterrence, run.groups[unit.group].favoured
    )
    base, battle, reprisal, debts = parts(run, d)
    return engagement.hazard(exposure, base, battle, reprisal, debts, unit.withdrawal, deterrence)


def dyad_decide(run: Run, d: int) -> None:
    """Decide whether to attack the rival, and why."""
    rate = hazard(run, d)
    if not soundness.feud_is_sound(rate, run.battle[d], run.reprisal[d]):
        run.now.unsound_hazard = rate
        impossible(run, DYAD, d)
    chance, why = of_dyad(run, d, ATTACK)
    run.attacks[d] = engagement.attacks(chance, rate, run.derived.tick_hours)
    if run.attacks[d]:
        base, battle, reprisal, debts = parts(run, d)
        run.dyads[d].cause = engagement.cause(why, base, battle, reprisal, debts)


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


def new_memory(run: Run, d: int, number: int, arrival: int, battle: float, reprisal: float) -> int:
    """Make a memory of an engagement, or `PROVOKED` for an insult; return its place."""
    place = run.now.memories
    memory = run.memories[place]
    memory.dyad, memory.engagement, memory.arrival = d, number, arrival
    memory.battle, memory.reprisal, memory.following = battle, reprisal, NONE
    run.now.memories += 1
    return place


def remember(run: Run, place: int) -> None:
    """Keep a memory; it adds to the excitation of its dyad from the next tick on."""
    memory = run.memories[place]
    dyad = run.dyads[memory.dyad]
    if dyad.last_memory < 0:
        dyad.first_memory = place
    else:
        run.memories[dyad.last_memory].following = place
    memory.following = NONE
    dyad.last_memory = place
    run.battle_arrivals[memory.dyad] += memory.battle
    run.reprisal_arrivals[memory.dyad] += memory.reprisal


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
    """End battles, ease grievance, let excitation decay, and add what arrived in the tick."""
    if run.now.battles_end:
        for d in range(len(run.dyads)):
            end_battle(run, d)
    derived = run.derived
    decay(run.battle, derived.battle_keep, derived.battle_height, run.battle_arrivals)
    decay(run.reprisal, derived.reprisal_keep, derived.reprisal_height, run.reprisal_arrivals)


def decay(levels: Any, keep: float, height: float, arrivals: Any) -> None:
    """Let the excitation of all dyads decay by a tick and add what arrived."""
    for d in range(len(levels)):
        levels[d] = grievance.excite(levels[d], keep, height, arrivals[d])
        arrivals[d] = 0.0


def end_battle(run: Run, d: int) -> None:
    """End the battle of a dyad, and ease its grievance, where that was decided."""
    force = run.forces[run.dyads[d].province]
    if force.battle_ends:
        run.battle[d] = 0.0
    if force.eased:
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
    if cause == engagement.BACKGROUND:
        return NO_PARENT
    if cause == engagement.VENDETTA:
        return pay_debt(run, d, uniform)
    total, place = 0.0, run.dyads[d].first_memory
    while place >= 0:
        total += contribution(run, run.memories[place], cause)
        place = run.memories[place].following
    walked, chosen, place = 0.0, NO_PARENT, run.dyads[d].first_memory
    while place >= 0:
        share = contribution(run, run.memories[place], cause)
        if share > 0.0:
            chosen = run.memories[place].engagement
            if engagement.reached(uniform * total, walked, share):
                break
            walked += share
        place = run.memories[place].following
    return chosen


def contribution(run: Run, memory: Any, cause: int) -> float:
    """Give what a memory still adds to the excitation that caused an attack."""
    age = run.now.tick - memory.arrival
    if age < 0:
        return 0.0
    if cause == engagement.REPRISAL:
        return grievance.contribution(memory.reprisal, run.reprisal_kept[age])
    if memory.arrival <= run.forces[run.dyads[memory.dyad].province].battle_ended_at:
        return 0.0
    return grievance.contribution(memory.battle, run.battle_kept[age])


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
