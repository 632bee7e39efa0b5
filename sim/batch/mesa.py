"""The Mesa engine as a batch calls it: some replicates, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim import engine
from sim.batch.engine import Tables, below
from sim.model import ReprisalModel
from sim.model import simulate as simulate_one

if TYPE_CHECKING:
    from sim.world import World


def simulate(
    world: World,
    seed: int,
    replicates: Sequence[int],
    model: type[ReprisalModel] = ReprisalModel,
) -> Tables:
    """Run replicates to their end."""
    return below([simulate_one(world, seed, replicate, model) for replicate in replicates])


def is_ready() -> bool:
    """Whether the phases of a tick are compiled, so that agents need not be interpreted."""
    return engine.is_ready(engine.PHASES)


def prepare() -> None:
    """Compile the phases of a tick and keep them."""
    engine.prepare(engine.PHASES)
