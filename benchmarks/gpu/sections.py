"""What is measured on the GPU, as sections of Markdown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.gpu import rules, twins
from benchmarks.gpu.world import SUMS, Card, Shape, Sums, new_kernel, on_processor
from benchmarks.tables import figure, spread, table
from benchmarks.toy import world as toy
from benchmarks.toy.compiled import logs

REGISTERS = ((None, 3), (128, 4), (80, 6), (64, 8), (40, 12))
"""Registers of a thread, and how many blocks of 128 threads fit on a multiprocessor."""
PART = 2_000
"""Runs of the processor in a round, and of a thread when all its threads work."""
CORE = "one core of the processor"
HOW = {False: "every operation rounded", True: "products and sums fused"}

Log = NDArray[np.void]


@dataclass(frozen=True)
class Sizes:
    """How much is compared and timed."""

    inputs: int
    logs: int
    checked: int
    rounds: int
    replicates: tuple[int, ...]


def rules_section(sizes: Sizes) -> list[str]:
    """Compare every rule, with and without fused multiply-add."""
    cases = list(rules.cases(sizes.inputs))
    expected = [rules.on_processor(case) for case in cases]
    outcomes = {}
    seconds = {}
    for fused in HOW:
        begin = time.perf_counter()
        with twins.contraction(fused):
            outcomes[fused] = [rules.compared(*pair) for pair in zip(cases, expected, strict=True)]
        seconds[fused] = time.perf_counter() - begin
    return rule_lines(outcomes, seconds)


def rule_lines(outcomes: dict[bool, list[rules.Outcome]], seconds: dict[bool, float]) -> list[str]:
    """Tell how many functions are equal, and list the others."""
    exact, fused = outcomes[False], outcomes[True]
    rows = []
    for pair in zip(exact, fused, strict=True):
        if any(outcome.differing for outcome in pair):
            cells = [said for outcome in pair for said in cells_of(outcome)]
            rows.append([f"`{pair[0].name}`", f"{pair[0].size:,}", *cells])
    lines = []
    for how, found in outcomes.items():
        equal = sum(not outcome.differing for outcome in found)
        results = sum(outcome.size for outcome in found)
        lines.append(
            f"- {HOW[how].capitalize()}: {equal} of {len(found)} functions give the same bits for "
            f"all arguments ({results:,} results; compiled and run in {seconds[how]:.0f} s)."
        )
    refusals = [f"- `{o.name}` does not compile: {o.refusal[:160]}" for o in exact if o.refusal]
    head = ["", "arguments"]
    for how in HOW.values():
        head += [f"{how}: differ", "by at most [ulp]"]
    return [*lines, *refusals, "", *table(head, rows)]


def cells_of(outcome: rules.Outcome) -> list[str]:
    if outcome.refusal:
        return ["–", "–"]
    return [f"{outcome.differing:,}", f"{outcome.furthest:,}"]


def whole_logs(world: toy.World, count: int) -> list[Log]:
    """Run replicates from 0 on, on the processor, and keep their logs."""
    found = []
    for log, ends in logs(world, 0, count):
        kept = log.copy()
        found += [kept[a:b] for a, b in pairwise([0, *ends.tolist()])]
    return found


def log_line(how: bool, expected: list[Log], found: list[Log]) -> str:
    """Tell how far whole logs are equal."""
    integers = [name for name in toy.EVENT.names if name != "hazard"]
    alike = [
        (one, other)
        for one, other in zip(expected, found, strict=True)
        if all(np.array_equal(one[name], other[name]) for name in integers)
    ]
    apart = np.concatenate([rules.distances(a["hazard"], b["hazard"]) for a, b in alike])
    same = sum(a.tobytes() == b.tobytes() for a, b in zip(expected, found, strict=True))
    return (
        f"- {HOW[how].capitalize()}: of {len(expected):,} whole logs {same:,} are equal to the "
        f"byte, {len(alike):,} in all columns but the hazard; of {apart.size:,} hazards "
        f"{(apart != 0).sum():,} differ, by at most {apart.max(initial=0)} ulp."
    )


def all_on_processor(world: toy.World, count: int) -> Sums:
    """Sum up many runs on all threads of the processor."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        firsts = range(0, count, PART)
        parts = pool.map(lambda n: on_processor(world, n, min(PART, count - n)), firsts)
        return np.concatenate(list(parts), axis=1)


def work_section(cards: dict[bool, Card], world: toy.World, sizes: Sizes) -> list[str]:
    """Compare whole logs of some runs and the sums of many."""
    expected = whole_logs(world, sizes.logs)
    lines = [log_line(how, expected, card.logs(0, sizes.logs)) for how, card in cards.items()]
    seconds, sums = timed(time.perf_counter, lambda: all_on_processor(world, sizes.checked))
    for how, card in cards.items():
        found, _ = card.run(0, sizes.checked)
        differ = int((found != sums).any(axis=0).sum())
        lines.append(
            f"- {HOW[how].capitalize()}: {', '.join(SUMS)} of {sizes.checked:,} runs differ in "
            f"{differ:,} runs ({int(found[2].sum()):,} events)."
        )
    lines.append(
        f"- {os.cpu_count()} threads of the processor took {seconds:.1f} s for those runs."
    )
    return lines


def shape_section(world: toy.World) -> tuple[Shape, int | None, list[str]]:
    """Find how the kernel is launched best; every operation rounded."""
    processors = cuda.get_current_device().MULTIPROCESSOR_COUNT
    rows, best = [], (0.0, Shape(1), None)
    for registers, blocks in REGISTERS:
        shape = Shape(blocks * processors)
        begin = time.perf_counter()
        card = new_card(world, shape, registers, fused=False)
        compiling = time.perf_counter() - begin
        rate = 1e3 * 2 * shape.lanes / card.run(0, 2 * shape.lanes)[1]
        best = max(best, (rate, shape, registers), key=lambda found: found[0])
        used = next(iter(card.kernel.overloads.values())).regs_per_thread
        row = [f"{used}", f"{shape.lanes:,}", figure(compiling), figure(card.megabytes)]
        rows.append([*row, figure(rate)])
    head = ["registers", "threads", "compile and first launch, s", "memory, MB", "runs per second"]
    return best[1], best[2], table(head, rows)


def new_card(world: toy.World, shape: Shape, registers: int | None, fused: bool) -> Card:
    """Compile a kernel and launch it once."""
    with twins.contraction(fused):
        card = Card(world, shape, new_kernel(registers))
        card.run(0, 1)
    return card


def timed(clock: Callable[[], float], work: Callable[[], Any]) -> tuple[float, Any]:
    begin = clock()
    made = work()
    return clock() - begin, made


def contestants(
    cards: dict[bool, Card], world: toy.World, sizes: Sizes
) -> dict[str, Callable[[], tuple[float, float]]]:
    """Who takes part, by name; each gives its rate alone and with transfers."""

    def core() -> tuple[float, float]:
        seconds, _ = timed(time.process_time, lambda: on_processor(world, 0, PART))
        return PART / seconds, PART / seconds

    def launch(card: Card, count: int) -> tuple[float, float]:
        seconds, (_, kernel_ms) = timed(time.perf_counter, lambda: card.run(0, count))
        return 1e3 * count / kernel_ms, count / seconds

    found = {CORE: core}
    for count in sizes.replicates:
        found[f"{count:,} runs"] = partial(launch, cards[False], count)
    last = sizes.replicates[-1]
    found[f"{last:,} runs, {HOW[True]}"] = partial(launch, cards[True], last)
    return found


def speed_section(cards: dict[bool, Card], world: toy.World, sizes: Sizes) -> list[str]:
    """Time runs of the GPU against one core of the same machine, in rounds."""
    able = contestants(cards, world, sizes)
    names = list(able)
    for name in names:
        able[name]()
    played = []
    for turn in range(sizes.rounds):
        shift = turn % len(names)
        played.append({name: able[name]() for name in names[shift:] + names[:shift]})
    rows = []
    for name in names:
        rates = [[rates[name][part] for rates in played] for part in (0, 1)]
        ratios = [[rates[name][part] / rates[CORE][0] for rates in played] for part in (0, 1)]
        rows.append([name, *map(spread, rates), *map(spread, ratios)])
    head = ["", "runs per second, kernel alone", "with transfers"]
    return table([*head, "kernel / core", "with transfers / core"], rows)


def notes(load: float) -> list[str]:
    """Lines on the card, the processor and versions."""
    device = cuda.get_current_device()
    name = device.name.decode() if isinstance(device.name, bytes) else device.name
    free, total = cuda.current_context().get_memory_info()
    versions = f"CUDA {'.'.join(map(str, cuda.runtime.get_version()))}"
    card = (
        f"- GPU: {name}, {device.MULTIPROCESSOR_COUNT} multiprocessors, {total / 1e9:.1f} GB "
        f"({(total - free) / 1e9:.1f} GB in use at the end), {versions}, "
        f"{machine.installed('numba-cuda')}."
    )
    return [card, *machine.notes(load)]
