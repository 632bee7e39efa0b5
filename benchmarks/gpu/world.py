"""The toy world on a GPU: one thread for each replicate, the functions of `toy.compiled`.

All that a replicate changes lies in memory side by side with the others', so that neighbouring
threads reach for neighbouring words. There are as many states as threads; a thread takes one
replicate after the other. Its log has a slot of its own, of which the summary is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba import cuda
from numpy.typing import NDArray

from benchmarks.gpu import twins
from benchmarks.toy import compiled
from benchmarks.toy import world as toy
from benchmarks.toy.compiled import decide, first_word, run, second_round
from benchmarks.toy.tables import State, state, tables

SUMS = ("killed", "wounded", "events", "last tick", "chain")
"""What is kept of each run; events are -1 if its log was full."""
SLOT = 1_024
"""Lines of the log of a run."""

Sums = NDArray[np.int32]


class LogFullError(Exception):
    """A slot is too small for the log of a run."""


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


def one_of_all() -> FunctionType:
    """Write the function that takes the state of one thread: a column of each array."""
    columns = ", ".join(f"states.{name}[..., thread]" for name in State._fields)
    scope: dict[str, Any] = {}
    exec(f"def state_of(states, thread):\n    return State({columns})\n", scope)
    made: FunctionType = scope["state_of"]
    return made


state_of = one_of_all()


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


def on_card(part: Any) -> Any:
    """Copy the arrays of a tuple to the card."""
    if isinstance(part, tuple):
        return type(part)(*map(on_card, part))
    return cuda.to_device(part) if isinstance(part, np.ndarray) else part


def states(world: toy.World, padded: int, threads: int) -> State:
    """Make room for as many replicates as there are threads, theirs side by side."""

    def many(name: str, one: NDArray[Any]) -> Any:
        shape = (1,) if name in ("below", "below_words") else one.shape
        return cuda.device_array((*shape, threads), one.dtype)

    return State(*map(many, State._fields, state(world, padded)))


@dataclass(frozen=True)
class Shape:
    """How a kernel is launched."""

    blocks: int
    threads: int = 128
    """Of a block."""

    @property
    def lanes(self) -> int:
        """Replicates at a time."""
        return self.blocks * self.threads


class Card:
    """A world on the card, with room for as many replicates at a time as there are threads."""

    def __init__(self, world: toy.World, shape: Shape, kernel: Any) -> None:
        self.shape, self.kernel = shape, kernel
        self.tables = tables(world)
        self.states = states(world, self.tables.agent.size, shape.lanes)
        self.slots = cuda.device_array((shape.lanes, SLOT), toy.EVENT)

    @property
    def megabytes(self) -> float:
        """Memory of states and logs."""
        return (sum(array.nbytes for array in self.states) + self.slots.nbytes) / 1e6

    def run(self, first: int, count: int) -> tuple[Sums, float]:
        """Give the sums of runs, and the milliseconds of the kernel alone."""
        blocks = min(self.shape.blocks, -(-count // self.shape.threads))
        sums = cuda.device_array((len(SUMS), count), np.int32)
        shared = on_card(self.tables)
        begin, end = cuda.event(), cuda.event()
        begin.record()
        self.kernel[blocks, self.shape.threads](shared, self.states, self.slots, first, sums)
        end.record()
        end.synchronize()
        found = sums.copy_to_host()
        if (found[2] < 0).any():
            raise LogFullError(f"a run has more than {SLOT} events")
        return found, begin.elapsed_time(end)

    def logs(self, first: int, count: int) -> list[NDArray[np.void]]:
        """Give whole logs, of no more replicates than there are threads."""
        sums, _ = self.run(first, count)
        slots = self.slots[:count].copy_to_host()
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
