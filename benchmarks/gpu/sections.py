"""What is measured on the GPU, as sections of Markdown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.gpu import rules, twins, world
from benchmarks.gpu.card import Card, Sums
from benchmarks.gpu.timing import HOW, Subject, best_shape, speed, timed
from benchmarks.tables import table
from benchmarks.toy import world as toy
from benchmarks.toy.compiled import logs

if TYPE_CHECKING:
    from sim.compiled.layout import Output

TOY_REGISTERS = ((128, 4), (80, 6), (64, 8), (40, 12))
MODEL_REGISTERS = ((128, 4), (64, 8))
PART = 2_000
"""Runs of one core in a round, and of a thread when all threads work."""

Log = NDArray[np.void]
Section = tuple[str, list[str]]


@dataclass(frozen=True)
class Sizes:
    """How much is compared and timed."""

    inputs: int
    logs: int
    checked: int
    rounds: int
    replicates: tuple[int, ...]


def rules_sections(sizes: Sizes) -> Iterator[Section]:
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
    yield "The rules", rule_lines(outcomes, seconds)


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


def all_on_processor(on_core: Callable[[int, int], Sums], count: int) -> Sums:
    """Sum up many runs on all threads of the processor."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        firsts = range(0, count, PART)
        parts = pool.map(lambda first: on_core(first, min(PART, count - first)), firsts)
        return np.concatenate(list(parts), axis=1)


def sums_lines(
    cards: dict[bool, Card], on_core: Callable[[int, int], Sums], count: int, names: tuple[str, ...]
) -> list[str]:
    """Compare the sums of many runs, and say how long the whole processor took."""
    seconds, sums = timed(time.perf_counter, lambda: all_on_processor(on_core, count))
    lines = []
    for how, card in cards.items():
        found, _ = card.run(0, count)
        differ = int((found != sums).any(axis=0).sum())
        lines.append(
            f"- {HOW[how].capitalize()}: {', '.join(names[:-1])} of {count:,} runs differ in "
            f"{differ:,} runs."
        )
    lines.append(f"- {os.cpu_count()} threads of the processor took {seconds:.1f} s for them.")
    return lines


def toy_sections(sizes: Sizes) -> Iterator[Section]:
    """Launch, compare and time the toy world."""
    toy_world = toy.World()
    on_core = partial(world.on_processor, toy_world)
    new_card = partial(world.new_card, toy_world)
    subject = Subject(new_card, world.new_kernel, on_core, TOY_REGISTERS, PART)
    cards, lines = best_shape(subject)
    yield "The toy world, launched", lines
    expected = whole_logs(toy_world, sizes.logs)
    lines = [
        log_line(how, expected, world.logs_of(card, 0, sizes.logs)) for how, card in cards.items()
    ]
    yield "Its work", [*lines, *sums_lines(cards, on_core, sizes.checked, world.SUMS)]
    yield (
        f"Its speed, {sizes.rounds} rounds",
        speed(cards, subject, sizes.replicates, sizes.rounds),
    )


def rows_line(how: bool, expected: Output, found: Output, runs: int) -> str:
    """Tell how far all rows of some runs of the model are equal."""
    said = []
    for name, one, other in zip(expected._fields, expected, found, strict=True):
        same = one.shape == other.shape and one.tobytes() == other.tobytes()
        said.append(f"{len(one):,} {name} {'equal to the byte' if same else 'not equal'}")
    return f"- {HOW[how].capitalize()}: rows of {runs:,} runs: {', '.join(said)}."


def model_sections(sizes: Sizes) -> Iterator[Section]:
    """Launch, compare and time the project's own model."""
    from benchmarks.gpu import model

    iraq = model.iraq()

    def on_core(first: int, count: int) -> Sums:
        return model.ModelCore(iraq).run(first, count)[1]

    subject = Subject(
        partial(model.new_card, iraq), model.new_kernel, on_core, MODEL_REGISTERS, PART // 2
    )
    cards, lines = best_shape(subject)
    yield "The model, launched", lines
    runs = min(sizes.logs, 2_000)
    expected, _ = model.ModelCore(iraq).run(0, runs)
    lines = [rows_line(how, expected, model.rows_of(c, 0, runs), runs) for how, c in cards.items()]
    yield "Its work", [*lines, *sums_lines(cards, on_core, sizes.checked // 10, model.SUMS)]
    yield (
        f"Its speed, {sizes.rounds} rounds",
        speed(cards, subject, sizes.replicates[:-1], sizes.rounds),
    )


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
