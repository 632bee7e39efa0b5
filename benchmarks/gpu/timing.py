"""How fast runs are on the GPU, alone and against one core of the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from numba import cuda

from benchmarks.gpu import twins
from benchmarks.gpu.card import Card, Shape
from benchmarks.tables import figure, spread, table

HOW = {False: "every operation rounded", True: "products and sums fused"}
CORE = "one core of the processor"


@dataclass(frozen=True)
class Subject:
    """A world that runs here and there.

    Parameters
    ----------
    new_card : callable
        From a shape and a kernel to the world on the card.
    new_kernel : callable
        From registers of a thread to a kernel.
    on_core : callable
        Runs replicates from a first one on, so and so many, in one thread.
    registers : tuple of (int, int)
        Registers of a thread, and how many blocks of 128 threads then fit on a
        multiprocessor.
    part : int
        Runs of one core in a round.
    """

    new_card: Callable[[Shape, Any], Card]
    new_kernel: Callable[[int], Any]
    on_core: Callable[[int, int], Any]
    registers: tuple[tuple[int, int], ...]
    part: int


def timed(clock: Callable[[], float], work: Callable[[], Any]) -> tuple[float, Any]:
    begin = clock()
    made = work()
    return clock() - begin, made


def compiled(subject: Subject, registers: int, shape: Shape) -> Card:
    """Compile a kernel without fused operations, and launch it once."""
    with twins.contraction(False):
        card = subject.new_card(shape, subject.new_kernel(registers))
        card.run(0, 1)
    return card


def best_shape(subject: Subject) -> tuple[dict[bool, Card], list[str]]:
    """Find how a kernel is launched best, and compile it with fused operations too."""
    processors = cuda.get_current_device().MULTIPROCESSOR_COUNT
    rows, kernels, rates = [], {}, {}
    for registers, blocks in subject.registers:
        shape = Shape(blocks * processors)
        card = None
        seconds, card = timed(time.perf_counter, partial(compiled, subject, registers, shape))
        kernels[registers, shape] = card.kernel
        rates[registers, shape] = 1e3 * shape.lanes / card.run(0, shape.lanes)[1]
        size = figure(card.megabytes)
        rate = figure(rates[registers, shape])
        rows.append([f"{registers}", f"{shape.lanes:,}", figure(seconds), size, rate])
    card = None
    registers, shape = max(rates, key=rates.__getitem__)
    card = subject.new_card(shape, kernels[registers, shape])
    other = copy(card)
    with twins.contraction(True):
        other.kernel = subject.new_kernel(registers)
        other.run(0, 1)
    head = ["registers", "threads", "compile and first launch, s", "memory, MB", "runs per second"]
    return {False: card, True: other}, table(head, rows)


def contestants(
    cards: dict[bool, Card], subject: Subject, replicates: tuple[int, ...]
) -> dict[str, Callable[[], tuple[float, float]]]:
    """Who takes part, by name; each gives its rate alone and with transfers."""

    def core() -> tuple[float, float]:
        seconds, _ = timed(time.process_time, partial(subject.on_core, 0, subject.part))
        return subject.part / seconds, subject.part / seconds

    def launch(card: Card, count: int) -> tuple[float, float]:
        seconds, (_, kernel_ms) = timed(time.perf_counter, partial(card.run, 0, count))
        return 1e3 * count / kernel_ms, count / seconds

    found = {CORE: core}
    for count in replicates:
        found[f"{count:,} runs"] = partial(launch, cards[False], count)
    last = replicates[-1]
    found[f"{last:,} runs, {HOW[True]}"] = partial(launch, cards[True], last)
    return found


def speed(
    cards: dict[bool, Card], subject: Subject, replicates: tuple[int, ...], rounds: int
) -> list[str]:
    """Time the GPU and one core in rounds; who begins changes from round to round."""
    able = contestants(cards, subject, replicates)
    names = list(able)
    for name in names:
        able[name]()
    played = []
    for turn in range(rounds):
        shift = turn % len(names)
        played.append({name: able[name]() for name in names[shift:] + names[:shift]})
    rows = []
    for name in names:
        rates = [[rates[name][part] for rates in played] for part in (0, 1)]
        ratios = [[rates[name][part] / rates[CORE][0] for rates in played] for part in (0, 1)]
        rows.append([name, *map(spread, rates), *map(spread, ratios)])
    head = ["", "runs per second, kernel alone", "with transfers"]
    return table([*head, "kernel / core", "with transfers / core"], rows)
