"""One run of a Mesa model from start to end, as tables."""

from __future__ import annotations

from typing import Any

from mesa import Agent
from numpy.typing import NDArray

from sim.model.model import ReprisalModel
from sim.world import World


def simulate(
    world: World, seed: int, replicate: int, model: type[ReprisalModel] = ReprisalModel
) -> dict[str, dict[str, NDArray[Any]]]:
    """Run one replicate to its end.

    Parameters
    ----------
    world : World
        Tables of the scenario.
    seed : int
        Seed of the batch, 0 to 2**32 - 1.
    replicate : int
        Replicate number, 0 to 2**31 - 1, which is what the tables hold.
    model : type
        `ReprisalModel` or a class of your own that extends it.

    Returns
    -------
    dict of str to dict of str to ndarray
        As from `sim.engine.simulate`.
    """
    run = model(world, seed, replicate, collect=False)
    while run.tick < world.n_ticks:
        run.step()
    forget(run)
    return run.tables()


def forget(model: ReprisalModel) -> None:
    """Let a model be freed: Mesa before 3.4 keeps every model in a class-level table."""
    getattr(Agent, "_ids", {}).pop(model, None)
