"""The project's own model on a GPU: whole runs of the compiled engine, one thread for each.

All functions are twins of `sim.compiled`; tuples of arrays stand where it has handles. The
arrays of numbers lie side by side with those of the other threads, but records are not taken
apart, so neighbouring threads reach for words that lie a record apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import cuda

from benchmarks.gpu import twins
from benchmarks.gpu.card import Card, NoRoomError, Shape, Sums
from sim.compiled import layout
from sim.compiled import run as engine
from sim.compiled.flatten import flatten
from sim.compiled.layout import Output, State
from sim.compiled.run import combat, feud, run, run_all, units
from sim.compiled.state import new_output, new_state
from sim.scenario import load
from sim.world import World, build

SCENARIO = Path(__file__).parents[2] / "scenarios" / "iraq-2022.yaml"
SEED = 1
ENGAGEMENTS, ORDERS, MEMORIES = 256, 256, 1_536
"""Room of a run."""
SUMS = ("engagements", "orders", "killed", "wounded", "lost")

state_of = twins.one_of_all(State)
output_of = twins.one_of_all(Output)


def engagements(tables, state, output, seed, replicate):
    """Do what the function of the engine does, without a copy of a row, which wants memory."""
    now = state.now[0]
    units.act(tables, state)
    for group in range(state.killed_of_group.shape[1]):
        state.killed_of_group[now.tick + 1, group] = state.killed_of_group[now.tick, group]
    for place in range(state.killed_in_province.shape[1]):
        so_far = state.killed_in_province[now.tick, place]
        state.killed_in_province[now.tick + 1, place] = so_far
    if now.opened:
        for dyad in range(len(state.feuds)):
            if state.attacks[dyad]:
                combat.carry_out(tables, state, output, seed, replicate, dyad)
    feud.deliver(state)


def whole_runs(tables, states, outputs, first, sums):
    """Run one replicate after the other: what a thread of the kernel does."""
    thread = cuda.grid(1)
    state = state_of(states, thread)
    output = output_of(outputs, thread)
    now = state.now[0]
    for n in range(thread, sums.shape[1], cuda.gridsize(1)):
        now.first_row = now.first_order = now.first_tick = 0
        run(tables, state, output, SEED, first + n, 0, len(output.ticks))
        killed = wounded = 0
        for tick in range(len(output.ticks)):
            killed += output.ticks[tick].killed
            wounded += output.ticks[tick].wounded
        sums[0, n], sums[1, n] = now.engagements, now.orders
        sums[2, n], sums[3, n] = killed, wounded
        sums[4, n] = now.lost + now.unsound


def new_kernel(registers: int | None = None) -> Any:
    """Make the kernel: every function of the engine that it calls is a twin."""
    replaced = (engagements, state_of, output_of)
    others = {"cuda": cuda, "State": State, "Output": Output, "SEED": SEED}
    names = twins.twins(engine, *replaced, **others)
    return twins.kernel(twins.rebound(whole_runs, names), registers)


def iraq() -> World:
    return build(load(SCENARIO).scenario)


def aligned(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Give a record the gaps that a GPU wants."""
    return kind if kind.isalignedstruct else np.dtype(kind.descr, align=True)


def side_by_side(part: Any, threads: int) -> Any:
    """Make room on the card for the arrays of many threads, uninitialised."""
    kinds = [aligned(array.dtype) if array.dtype.names else array.dtype for array in part]
    shapes = [(*array.shape, threads) for array in part]
    return type(part)(*map(cuda.device_array, shapes, kinds))


def new_card(world: World, shape: Shape, kernel: Any) -> Card:
    """Bring a world to the card."""
    states = side_by_side(new_state(world, MEMORIES), shape.lanes)
    rows = side_by_side(new_output(world, 1, ENGAGEMENTS, ORDERS), shape.lanes)
    return Card(shape, kernel, len(SUMS), flatten(world), states, rows)


def rows_of(card: Card, first: int, count: int) -> Output:
    """Give the rows of no more runs than there are threads, as the processor gives them."""
    sums, _ = card.run(first, count)
    many = (sums[0], sums[1], np.full(count, len(card.written.ticks)))
    kinds = (layout.ENGAGEMENT, layout.ACT, layout.TICK)
    parts = []
    for array, lengths, kind in zip(card.written, many, kinds, strict=True):
        rows = array.copy_to_host()[:, :count]
        parts.append(np.concatenate([rows[: lengths[n], n] for n in range(count)]).astype(kind))
    return Output(*parts)


class ModelCore:
    """The same runs by the compiled engine, in one thread of the processor."""

    def __init__(self, world: World) -> None:
        self.world, self.tables = world, flatten(world)
        self.state = new_state(world, MEMORIES)

    def run(self, first: int, count: int) -> tuple[Output, Sums]:
        """Give all rows of runs, and how many engagements and orders each has."""
        output = new_output(self.world, count, count * ENGAGEMENTS, count * ORDERS)
        rows = np.zeros((count, 2), np.int64)
        numbers = np.arange(first, first + count)
        done = run_all(self.tables, self.state, output, rows, SEED, numbers, 0, self.world.n_ticks)
        if done < count:
            raise NoRoomError(f"a run from {first} on")
        kept = (rows[:, 0].sum(), rows[:, 1].sum(), len(output.ticks))
        ticks = output.ticks.reshape(count, -1)
        sums = np.zeros((len(SUMS), count), np.int32)
        sums[:2] = rows.T
        sums[2], sums[3] = ticks["killed"].sum(axis=1), ticks["wounded"].sum(axis=1)
        return Output(*(part[:many] for part, many in zip(output, kept, strict=True))), sums
