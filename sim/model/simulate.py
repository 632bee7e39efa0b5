"""One run from start to end, as tables."""

from __future__ import annotations

from mesa import Agent

from sim.model.log import Table, to_tables
from sim.model.model import ReprisalModel
from sim.reporting import reports_of
from sim.world import World


def simulate(
    world: World, seed: int, replicate: int, model: type[ReprisalModel] = ReprisalModel
) -> dict[str, Table]:
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
        The class to run.

    Returns
    -------
    dict of str to dict of str to ndarray
        See `sim.model.log.to_tables` and `sim.reporting.reports_of`.
    """
    run = model(world, seed, replicate, collect=False)
    while run.tick < world.n_ticks:
        run.step()
    forget(run)
    tables = to_tables(run.log, world, replicate)
    tables["reports"] = reports_of(tables["engagements"], world, seed)
    return tables


def forget(model: ReprisalModel) -> None:
    """Let a model be freed: Mesa before 3.4 keeps every model in a class-level table.

    Parameters
    ----------
    model : ReprisalModel
        A model that is not stepped any more.
    """
    getattr(Agent, "_ids", {}).pop(model, None)
