"""The toy world on a GPU: one thread for each replicate, the functions of `toy.compiled`.

All that a replicate changes lies in memory side by side with the others', so that neighbouring
threads reach for neighbouring words. There are as many states as threads; a thread takes one
replicate after the other. Its log has a slot of its own, of which the summary is made.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import cuda
from numpy.typing import NDArray

from benchmarks.gpu import twins
from benchmarks.gpu.card import Card, Shape, Sums
from benchmarks.toy import compiled
from benchmarks.toy import world as toy
from benchmarks.toy.compiled import decide, first_word, run, second_round
from benchmarks.toy.tables import State, state, tables

SUMS = ("killed", "wounded", "events", "last tick", "chain", "full")
"""What is kept of each run."""
SLOT = 1_024
"""Lines of the log of a run."""


def screen(t, s, tick, replicate):
    """List the pairs whose draw is not above their bound, and how many they are.

    Stands in for the function of the processor, which marks them in bytes for vector
    instructions to come.
    """
    round_2 = second_round(tick, t.seed, replicate)
    found = 0
    for k in range(s.bound.size):
        word = first_word(
            np.int64(t.screen.low_1[k]),
            np.int64(t.screen.high_2[k]),
            np.int64(t.screen.low_2[k]),
            *round_2,
        )
        if word <= s.bound[k]:
            s.touched[found] = k
            found += 1
    s.below_words[0] = found


def decide_all(t, s, tick, replicate):
    """Look exactly at the pairs listed; how many attack."""
    n = 0
    for place in range(s.below_words[0]):
        n += decide(t, s, n, tick, s.touched[place], replicate)
    return n


def summarise(log, row, end, sums, n):
    """Sum up the lines of a run into column n."""
    killed = wounded = chain = 0
    last = -1
    for at in range(row, end):
        line = log[at]
        killed += line.killed_target + line.killed_attacker
        wounded += line.wounded_target + line.wounded_attacker
        chain = max(chain, line.depth + 1)
        last = line.tick
    sums[0, n] = killed
    sums[1, n] = wounded
    sums[2, n] = end - row
    sums[3, n] = last
    sums[4, n] = chain
    sums[5, n] = end < row


state_of = twins.one_of_all(State)


def whole_runs(t, states, logs, first, sums):
    """Run one replicate after the other: what a thread of the kernel does."""
    thread = cuda.grid(1)
    s = state_of(states, thread)
    s.new[:] = 0.0
    log = logs[thread]
    for n in range(thread, sums.shape[1], cuda.gridsize(1)):
        end = run(t, s, first + n, log, 0)
        summarise(log, 0, end, sums, n)


def new_kernel(registers: int | None = None) -> Any:
    """Make the kernel: every function of the toy world that it calls is a twin."""
    replaced = (screen, decide_all, summarise, state_of)
    names = twins.twins(compiled, *replaced, cuda=cuda, State=State)
    return twins.kernel(twins.rebound(whole_runs, names), registers)


def states(world: toy.World, padded: int, threads: int) -> State:
    """Make room for as many replicates as there are threads, theirs side by side."""

    def many(name: str, one: NDArray[Any]) -> Any:
        shape = (1,) if name in ("below", "below_words") else one.shape
        return cuda.device_array((*shape, threads), one.dtype)

    return State(*map(many, State._fields, state(world, padded)))


def new_card(world: toy.World, shape: Shape, kernel: Any) -> Card:
    """Bring a world to the card."""
    shared = tables(world)
    room = states(world, shared.agent.size, shape.lanes)
    slots = cuda.device_array((shape.lanes, SLOT), toy.EVENT)
    return Card(shape, kernel, len(SUMS), shared, room, slots)


def logs_of(card: Card, first: int, count: int) -> list[NDArray[np.void]]:
    """Give whole logs, of no more replicates than there are threads."""
    sums, _ = card.run(first, count)
    slots = card.written[:count].copy_to_host()
    return [slot[:lines] for slot, lines in zip(slots, sums[2], strict=True)]


summarise_run = compiled.inlined(summarise)


@numba.njit(nogil=True)
def summarise_chunk(log, ends, sums, first):
    row = 0
    for n in range(ends.size):
        summarise_run(log, row, ends[n], sums, first + n)
        row = ends[n]


def on_processor(world: toy.World, first: int, count: int) -> Sums:
    """Give the sums of the same runs by the compiled world of the processor."""
    sums = np.zeros((len(SUMS), count), np.int32)
    done = 0
    for log, ends in compiled.logs(world, first, count):
        summarise_chunk(log, ends, sums, done)
        done += ends.size
    return sums
