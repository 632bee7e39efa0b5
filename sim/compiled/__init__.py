"""The compiled engine: whole runs in machine code, from the same rules, with the same bits.

Mesa's agents in `sim.model` are the model of record. This engine holds the same state in
records, one per agent, and calls the same rules in the same order; it exists for batches.
Nothing here imports numba until a run, or `prepare`, asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model.log import Table
    from sim.world import World


def simulate(world: World, seed: int, replicates: Sequence[int]) -> dict[str, Table]:
    """Run replicates to their end; see `sim.compiled.tables.simulate`."""
    from sim.compiled.tables import simulate as run

    return run(world, seed, replicates)


def is_ready() -> bool:
    """Whether the machine code is in the cache, so that runs can start at once.

    Raises
    ------
    ImportError
        When numba is not installed.
    """
    from sim.compiled import cache

    return cache.is_ready()


def prepare() -> None:
    """Translate the engine and keep it for other processes and sessions.

    Takes some 20 to 60 seconds of one processor, once for each version of the model,
    of Python and of numba. Where no folder can be written the work is lost with the
    process.

    Raises
    ------
    ImportError
        When numba is not installed.
    """
    from sim.compiled import cache
    from sim.compiled.tables import warm_up

    if not cache.is_ready():
        warm_up()
        cache.mark_ready()
