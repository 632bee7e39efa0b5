"""Whole runs, tick by tick; see `sim.model.model.ReprisalModel.step` for the same order."""

from __future__ import annotations

from sim.compiled import combat, feud, politics, security, units
from sim.compiled.acts import store_acts
from sim.compiled.decorate import compiled, entry
from sim.compiled.handle import handle_of
from sim.compiled.layout import Output, State, Tables
from sim.compiled.luck import TICKS_AT_ONCE, draw_chances
from sim.compiled.state import start
from sim.tables import Ints


@compiled
def step(tables: Tables, state: State, output: Output, seed: int, replicate: int) -> None:
    """One tick.

    Parameters
    ----------
    tables : Tables
        The world.
    state : State
        Of a run that was started.
    output : Output
        Where its rows go.
    seed, replicate : int
        Key of the run.
    """
    now = state.now[0]
    row = now.tick % TICKS_AT_ONCE
    if row == 0:
        draw_chances(tables, state, seed, replicate, now.tick)
    now.hour, now.opened, now.killed, now.wounded = tables.hour[now.tick], 0, 0, 0
    politics.observe(tables, state)
    security.take_stock(tables, state)
    units.sense(tables, state)
    units.leaders_decide(tables, state)
    security.decide(tables, state)
    units.decide(tables, state, state.chances[row], seed, replicate)
    politics.act(tables, state, seed, replicate)
    units.leaders_act(tables, state, seed, replicate)
    engagements(tables, state, output, seed, replicate)
    security.act(tables, state)
    feud.fade(tables, state)
    units.fade(tables, state, seed, replicate)
    security.fade(tables, state)
    record(state, output)


@compiled
def engagements(tables: Tables, state: State, output: Output, seed: int, replicate: int) -> None:
    """Attacks are carried out in the canonical order of their dyads."""
    now = state.now[0]
    units.act(tables, state)
    state.killed_of_group[now.tick + 1] = state.killed_of_group[now.tick]
    state.killed_in_province[now.tick + 1] = state.killed_in_province[now.tick]
    if now.opened:
        for dyad in range(len(state.feuds)):
            if state.attacks[dyad]:
                combat.carry_out(tables, state, output, seed, replicate, dyad)
    feud.deliver(state)


@compiled
def record(state: State, output: Output) -> None:
    """Record the tick and turn the clock."""
    now = state.now[0]
    if now.acts:
        store_acts(state, output)
    row = output.ticks[now.first_tick + now.tick]
    row.tick, row.engagements, row.mobilised = now.tick, now.opened, now.mobilised
    row.killed, row.wounded = now.killed, now.wounded
    row.compliance, row.deployed = now.compliance, now.deployed
    now.tick += 1


@compiled
def run(
    tables: Tables, state: State, output: Output, seed: int, replicate: int, begin: int, end: int
) -> None:
    """Ticks of one run, until there is no room left; parameters as for `run_all`."""
    if begin == 0:
        start(tables, state, seed, replicate)
    for _ in range(begin, end):
        step(tables, state, output, seed, replicate)
        if state.now[0].lost or state.now[0].unsound:
            return


@entry
def run_all(
    tables: Tables,
    state: State,
    output: Output,
    rows: Ints,
    seed: int,
    replicates: Ints,
    begin: int,
    end: int,
) -> int:
    """Run replicates one after the other.

    Parameters
    ----------
    tables, state, output, seed
        As for `step`; the rows of all runs follow one another.
    rows : ndarray of int, shape (n, 2)
        Filled with the number of engagements and orders of each run.
    replicates : ndarray of int, shape (n,)
        Which; one alone unless whole runs are asked for.
    begin, end : int
        First tick, and the one to stop before: 0 and ``n_ticks`` for whole runs. A run
        is started by tick 0, or goes on from the state that the last call left.

    Returns
    -------
    int
        Runs that were finished: all, or those before the first without enough room.
    """
    world, course, kept = handle_of(tables), handle_of(state), handle_of(output)
    now = course.now[0]
    now.first_row = now.first_order = now.first_tick = 0
    for number in range(len(replicates)):
        run(world, course, kept, seed, replicates[number], begin, end)
        if now.lost or now.unsound:
            return number
        rows[number, 0], rows[number, 1] = now.engagements, now.orders
        now.first_row += now.engagements
        now.first_order += now.orders
        now.first_tick += end
    return len(replicates)
