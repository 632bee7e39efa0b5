"""What one unit holds against a rival unit; see `sim.model.feud`."""

from __future__ import annotations

from typing import Any

from sim.compiled.decorate import compiled, inlined
from sim.compiled.layout import NOT_YET, State, Tables
from sim.compiled.rules import crowd, engagement, grievance, intervention, vendetta

NO_PARENT = -1
PROVOKED = -2
Record = Any


@inlined
def rises(tables: Tables, feud: Record, tick: int) -> bool:
    """Whether the unit mobilises unasked because its dead went unanswered."""
    if feud.unanswered_at < 0:
        return False
    kept = tables.unasked_kept[tick - feud.unanswered_at]
    return crowd.mobilises_unasked(feud.unanswered, kept)


@compiled
def forget_unanswered(state: State, dyad: int) -> None:
    """Note that the dead of a dyad do not go unanswered any more."""
    if state.feuds[dyad].unanswered_at >= 0:
        state.feuds[dyad].unanswered_at = NOT_YET
        state.now[0].unanswered -= 1


@compiled
def new_memory(
    state: State, dyad: int, number: int, arrival: int, battle: float, reprisal: float
) -> int:
    """Take a memory from the pool; -1, and one more lost, when there is none left."""
    now = state.now[0]
    if now.memories == len(state.memories):
        now.lost += 1
        return NOT_YET
    memory = state.memories[now.memories]
    memory.feud, memory.engagement, memory.arrival = dyad, number, arrival
    memory.battle, memory.reprisal, memory.following = battle, reprisal, NOT_YET
    now.memories += 1
    return now.memories - 1


@compiled
def remember(state: State, place: int) -> None:
    """Keep an engagement; it adds to the excitation from the next tick on."""
    if place < 0:
        return
    memory = state.memories[place]
    feud = state.feuds[memory.feud]
    if feud.last_memory < 0:
        feud.first_memory = place
    else:
        state.memories[feud.last_memory].following = place
    memory.following = NOT_YET
    feud.last_memory = place
    state.battle_arrivals[memory.feud] += memory.battle
    state.reprisal_arrivals[memory.feud] += memory.reprisal


@compiled
def post(state: State, place: int) -> None:
    """Send a memory on its way; what would arrive after the run is dropped."""
    if place < 0:
        return
    due = state.memories[place].arrival - 1
    if due >= len(state.mail_first):
        return
    if state.mail_last[due] < 0:
        state.mail_first[due] = place
    else:
        state.memories[state.mail_last[due]].following = place
    state.mail_last[due] = place


@compiled
def deliver(state: State) -> None:
    """Let everything that is due in this tick arrive, in the order in which it was sent."""
    place = state.mail_first[state.now[0].tick]
    while place >= 0:
        following = state.memories[place].following
        remember(state, place)
        place = following


@compiled
def fade(tables: Tables, state: State) -> None:
    """Let all excitation decay by one tick and add what arrived in it.

    Where a battle ended or a governor mediated, that comes first; the loop over all dyads
    does nothing else, so that it runs several dyads at a time.
    """
    settings = tables.settings[0]
    if state.now[0].ended:
        for dyad in range(len(state.feuds)):
            _end_battle(tables, state, dyad)
    battle_keep, battle_height = settings.battle_keep, settings.battle_height
    reprisal_keep, reprisal_height = settings.reprisal_keep, settings.reprisal_height
    battle, battle_arrivals = state.battle, state.battle_arrivals
    reprisal, reprisal_arrivals = state.reprisal, state.reprisal_arrivals
    for dyad in range(len(battle)):
        battle[dyad] = grievance.excite(
            battle[dyad], battle_keep, battle_height, battle_arrivals[dyad]
        )
        battle_arrivals[dyad] = 0.0
    for dyad in range(len(reprisal)):
        reprisal[dyad] = grievance.excite(
            reprisal[dyad], reprisal_keep, reprisal_height, reprisal_arrivals[dyad]
        )
        reprisal_arrivals[dyad] = 0.0


@compiled
def _end_battle(tables: Tables, state: State, dyad: int) -> None:
    """End the battle of a dyad, and ease its grievance, where that was decided."""
    settings, feud = tables.settings[0], state.feuds[dyad]
    force = state.forces[feud.province]
    if force.battle_ends:
        state.battle[dyad] = 0.0
    if force.mediated:
        factor = settings.mediation_factor
        state.reprisal[dyad] = intervention.eased(state.reprisal[dyad], factor, True)
        _ease(state, feud, factor)


@compiled
def _ease(state: State, feud: Record, factor: float) -> None:
    place = feud.first_memory
    while place >= 0:
        memory = state.memories[place]
        if memory.arrival <= state.now[0].tick:
            memory.reprisal = intervention.eased(memory.reprisal, factor, True)
        place = memory.following


@compiled
def parent(tables: Tables, state: State, dyad: int, cause: int, uniform: float) -> int:
    """Engagement that caused an attack; `NO_PARENT`, or `PROVOKED` for an insult."""
    if cause == engagement.BACKGROUND:
        return NO_PARENT
    if cause == engagement.VENDETTA:
        return _pay_debt(state, state.feuds[dyad], uniform)
    total, place = 0.0, state.feuds[dyad].first_memory
    while place >= 0:
        total += _contribution(tables, state, place, cause)
        place = state.memories[place].following
    walked, chosen, place = 0.0, NO_PARENT, state.feuds[dyad].first_memory
    while place >= 0:
        share = _contribution(tables, state, place, cause)
        if share > 0.0:
            chosen = state.memories[place].engagement
            if engagement.reached(uniform * total, walked, share):
                break
            walked += share
        place = state.memories[place].following
    return chosen


@compiled
def _pay_debt(state: State, feud: Record, uniform: float) -> int:
    """Strike off one debt and tell which engagement it goes back to."""
    paid = feud.debts_from + vendetta.debt(uniform, feud.debts)
    number = state.debts[paid]
    feud.debts -= 1
    state.now[0].waiting_debts -= 1
    for place in range(paid, feud.debts_from + feud.debts):
        state.debts[place] = state.debts[place + 1]
    return number


@compiled
def _contribution(tables: Tables, state: State, place: int, cause: int) -> float:
    memory = state.memories[place]
    age = state.now[0].tick - memory.arrival
    if age < 0:
        return 0.0
    if cause == engagement.REPRISAL:
        return grievance.contribution(memory.reprisal, tables.reprisal_kept[age])
    if memory.arrival <= state.forces[state.feuds[memory.feud].province].battle_ended_at:
        return 0.0
    return grievance.contribution(memory.battle, tables.battle_kept[age])
