"""Room for the state of a run, and the state at its start."""

from __future__ import annotations

import numpy as np

from sim.compiled import layout
from sim.compiled.decorate import compiled
from sim.compiled.flatten import flatten, room_for_debts
from sim.compiled.layout import NOT_YET, Output, State, Tables
from sim.compiled.luck import TICKS_AT_ONCE, uniforms
from sim.compiled.rules import vendetta
from sim.compiled.security import deterrence
from sim.draws import Purpose
from sim.world import World

COMMANDER = int(Purpose.COMMANDER)


def new_state(world: World, memories: int) -> State:
    """Make room for the state of one run after the other.

    Parameters
    ----------
    world : World
        The world.
    memories : int
        Engagements that can be remembered in one run.

    Returns
    -------
    State
        Not started yet, see `start`.
    """
    tables = flatten(world)
    ticks, groups = world.n_ticks, len(world.scenario.groups)
    dyads, provinces = len(tables.feuds), len(tables.forces)
    return State(
        now=np.zeros(1, layout.NOW),
        units=tables.units.copy(),
        feuds=tables.feuds.copy(),
        forces=tables.forces.copy(),
        given_at=np.zeros(world.moments, np.int64),
        moments=np.zeros(world.moments, np.int64),
        due=np.zeros(len(tables.plans), np.bool_),
        next_at=np.zeros(len(tables.events), np.int64),
        moved=np.zeros(len(tables.events), np.int64),
        pulses=np.zeros(_most_pulses(world), layout.PULSE),
        tension=np.zeros(len(world.politics.blocs)),
        battle=np.zeros(dyads),
        reprisal=np.zeros(dyads),
        battle_arrivals=np.zeros(dyads),
        reprisal_arrivals=np.zeros(dyads),
        attacks=np.zeros(dyads, np.bool_),
        memories=np.zeros(memories, layout.MEMORY),
        mail_first=np.zeros(ticks, np.int64),
        mail_last=np.zeros(ticks, np.int64),
        debts=np.zeros(room_for_debts(world), np.int64),
        killed_of_group=np.zeros((ticks + 1, groups), np.int64),
        killed_in_province=np.zeros((ticks + 1, provinces), np.int64),
        weights=np.zeros(len(tables.modes)),
        acts=np.zeros(_most_acts(tables), layout.ACT),
        chances=np.zeros((TICKS_AT_ONCE, dyads)),
    )


def new_output(world: World, runs: int, engagements: int, orders: int) -> Output:
    """Make room for the rows of some runs.

    Parameters
    ----------
    world : World
        The world.
    runs : int
        How many runs.
    engagements, orders : int
        Rows there is room for, of all runs together.

    Returns
    -------
    Output
    """
    return Output(
        engagements=np.zeros(engagements, layout.ENGAGEMENT),
        orders=np.zeros(orders, layout.ACT),
        ticks=np.zeros(runs * world.n_ticks, layout.TICK),
    )


def _most_pulses(world: World) -> int:
    """Most branches that can be taken in one run."""
    most = 0
    for event in world.politics.events:
        again = [branch.again_after for branch in event.branches if branch.again_after > 0]
        most += 1 + (world.n_ticks // min(again) if again else 0)
    return most


def _most_acts(tables: Tables) -> int:
    """Most acts of one tick.

    Each plan, event and call once, each unit a splinter, a reopening and a rising, each
    province a mediation, each dyad a debt.
    """
    orders = len(tables.plans) + len(tables.events) + len(tables.calls)
    return orders + 3 * len(tables.units) + len(tables.forces) + len(tables.feuds)


@compiled
def start(tables: Tables, state: State, seed: int, replicate: int) -> None:
    """Bring everything to where a run starts.

    Parameters
    ----------
    tables : Tables
        The world.
    state : State
        Overwritten.
    seed, replicate : int
        Key of the run.
    """
    now = state.now[0]
    now.tick = now.memories = now.engagements = now.orders = now.pulses = now.acts = now.lost = 0
    now.waiting_debts = now.unanswered = 0
    now.unsound, now.mobilisation = False, 0.0
    for u in range(len(state.units)):
        state.units[u] = tables.units[u]
    for d in range(len(state.feuds)):
        state.feuds[d] = tables.feuds[d]
        state.battle[d] = state.reprisal[d] = 0.0
        state.battle_arrivals[d] = state.reprisal_arrivals[d] = 0.0
    for p in range(len(state.forces)):
        state.forces[p] = tables.forces[p]
        state.forces[p].deterrence = deterrence(tables, state.forces[p])
        state.forces[p].deterred_at = 0.0
    state.given_at[:] = NOT_YET
    state.moments[:] = NOT_YET
    state.moved[:] = 0
    for number in range(len(tables.events)):
        state.next_at[number] = tables.events[number].tick
    state.mail_first[:] = NOT_YET
    state.mail_last[:] = NOT_YET
    state.killed_of_group[0] = 0
    state.killed_in_province[0] = 0
    _open_debts(tables, state, seed, replicate)


@compiled
def _open_debts(tables: Tables, state: State, seed: int, replicate: int) -> None:
    """Open the debts from before the run that will ever be paid."""
    for number in range(len(tables.debts)):
        plan = tables.debts[number]
        _, paid = uniforms(seed, replicate, 0, plan.address, 0, COMMANDER)
        if vendetta.will_be_paid(paid, tables.settings[0].vendetta_paid):
            feud = state.feuds[plan.feud]
            state.debts[feud.debts_from + feud.debts] = NOT_YET
            feud.debts += 1
            state.now[0].waiting_debts += 1
