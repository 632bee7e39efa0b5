"""Many runs without a results folder, in this process, for those who want to look at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sim.batch import choice
from sim.batch.engine import COMPILED, INTERPRETED, Engine
from sim.batch.runner import Runner, planned
from sim.scenario.loading import Loaded
from sim.store.packing import Held

CHUNK = 25


def in_memory(
    loadeds: Sequence[Loaded],
    replicates: int | Sequence[int],
    seed: int = 1,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    chunk: int = CHUNK,
    engine: Engine | str = "auto",
) -> Iterator[list[Held]]:
    """Run scenarios and hold what came out in memory, growing chunk by chunk.

    Several threads may run at once: machine code lets others run.

    Parameters
    ----------
    loadeds : sequence of Loaded
        Scenarios. With a design, ``replicates`` number its runs as in a results folder.
    replicates : int or sequence of int
        How many, from 0, or which, ascending.
    seed : int
        Seed of the random numbers, 0 to 2**32 - 1.
    cancelled : callable
        Asked before each chunk of each scenario; True ends everything without a word.
    chunk : int
        Runs of each scenario between two results.
    engine : Engine or {"auto", "compiled", "interpreted"}
        ``auto`` is compiled where machine code is kept from before, and for more than a chunk.

    Yields
    ------
    list of Held
        All runs so far, for each scenario in the order given. `analysis.from_tables` makes frames
        of it.

    Examples
    --------
    >>> *_, held = in_memory([scenario.load("two-groups")], 50)  # doctest: +SKIP
    >>> analysis.from_tables(held).runs["killed"].mean()  # doctest: +SKIP
    """
    wanted = range(replicates) if isinstance(replicates, int) else replicates
    if isinstance(engine, str):
        engine = _engine(engine, len(wanted) > chunk)
    settings = {str(number): planned(each) for number, each in enumerate(loadeds)}
    runner = Runner(engine, settings, seed)
    points = max(each.points for each in loadeds)
    held: list[Held | None] = [None] * len(loadeds)
    for part in _parts(wanted, points, chunk):
        for number, loaded in enumerate(loadeds):
            if cancelled():
                return
            tables = runner.run(str(number), part)
            more = Held(loaded, seed, runner.labels(str(number)), (tables,))
            before = held[number]
            held[number] = more if before is None else together(before, more)
        yield [each for each in held if each is not None]


def _parts(wanted: Sequence[int], points: int, chunk: int) -> Iterator[Sequence[int]]:
    """Part runs into chunks; those at the same point of a design together, whose world is slow."""
    if points == 1:
        yield from (wanted[first : first + chunk] for first in range(0, len(wanted), chunk))
        return
    for first in range(0, points, chunk):
        part = [run for run in wanted if first <= run % points < first + chunk]
        if part:
            yield part


def _engine(name: str, many: bool) -> Engine:
    known = {"compiled": COMPILED, "interpreted": INTERPRETED}
    if name in known:
        return known[name]
    if name != "auto":
        raise ValueError(f"engine must be auto, {' or '.join(known)}; got {name!r}")
    if choice.nothing_compiles():
        return INTERPRETED
    return COMPILED if many or COMPILED.ready else INTERPRETED


def together(one: Held, other: Held) -> Held:
    """Put other replicates of the same scenario and seed together, by replicate."""
    return replace(one, parts=(*one.parts, *other.parts))
