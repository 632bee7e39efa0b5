"""One run in this process, for debugging; nothing is stored."""

from __future__ import annotations

from pathlib import Path

from sim import store
from sim.batch import choice
from sim.batch.engine import Engine
from sim.batch.runner import Runner
from sim.ownmodel import OwnModel
from sim.scenario.designs import sampling
from sim.scenario.designs.sampling import Points
from sim.scenario.loading import Loaded
from sim.store.packing import Packed


def rerun(
    folder: str | Path,
    scenario: str,
    replicate: int,
    engine: Engine | str = "auto",
    model: OwnModel | None = None,
) -> dict[str, Packed]:
    """Repeat one run of a results folder in this process, for debugging; nothing is stored.

    Parameters
    ----------
    folder : path
        The results folder.
    scenario : str
        Scenario name.
    replicate : int
        Replicate number, 0 or more.
    engine : Engine or {"auto", "compiled", "interpreted", "mesa"}
        What runs it.
    model : OwnModel, optional
        The user's class to run.

    Returns
    -------
    dict of str to dict of str to ndarray
        Columns by table; labels as codes.

    Raises
    ------
    StoreError
        When there is no such folder or scenario, or another model made its runs.
    Exception
        Whatever the run itself raises.
    """
    results = store.open(folder)
    results.manifest.entry(scenario)
    results.check_model(model)
    loaded, points = results.scenarios[scenario], results.points(scenario)
    return _one(loaded, points, results.seed, replicate, engine, model)


def run_one(
    loaded: Loaded,
    seed: int,
    replicate: int,
    engine: Engine | str = "auto",
    model: OwnModel | None = None,
) -> dict[str, Packed]:
    """Do one run of a scenario in this process; nothing is stored.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    seed : int
        Seed of the batch.
    replicate : int
        Replicate number, 0 or more; the number of a run, for a scenario with a design.
    engine : Engine or {"auto", "compiled", "interpreted", "mesa"}
        What runs it.
    model : OwnModel, optional
        The user's class to run.

    Returns
    -------
    dict of str to dict of str to ndarray
        Columns by table; labels as codes.

    Raises
    ------
    Exception
        Whatever the run itself raises.
    """
    points = None if loaded.design is None else sampling.draw(loaded.design)
    return _one(loaded, points, seed, replicate, engine, model)


def _one(
    loaded: Loaded,
    points: Points | None,
    seed: int,
    replicate: int,
    engine: Engine | str,
    model: OwnModel | None,
) -> dict[str, Packed]:
    if isinstance(engine, str):
        engine = choice.choose(engine, {loaded.name: loaded.scenario}, {loaded.name: 1}, 1, model)
    settings = {loaded.name: sampling.settings(loaded.scenario, loaded.resolved, points)}
    return Runner(engine, settings, seed).run(loaded.name, [replicate])
