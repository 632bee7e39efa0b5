"""Runs in this process: one alone, one as a function, stored ones again to compare them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import store
from sim.batch import choice
from sim.batch.engine import MESA, Engine
from sim.batch.runner import Planned, Runner, planned
from sim.ownmodel import OwnModel
from sim.records import OUTCOMES
from sim.scenario.designs import free, scenario_at
from sim.scenario.loading import Loaded
from sim.store import Store, parquet
from sim.store.blocks import block_of
from sim.store.packing import Labels, Packed

JOINT = "__"


def rerun(
    folder: str | Path,
    scenario: str,
    replicate: int,
    engine: Engine | str = "auto",
    model: OwnModel | None = None,
) -> dict[str, Packed]:
    """Repeat one run of a results folder, for debugging; nothing is stored.

    Gives the columns by table, labels as codes. Raises StoreError when there is no such folder or
    scenario, or when another model made its runs; otherwise whatever the run itself raises.
    """
    results = store.open(folder)
    results.manifest.entry(scenario)
    results.check_model(model)
    settings = results.settings(scenario)
    return _one(scenario, settings, results.seed, replicate, engine, model)


def run_one(
    loaded: Loaded,
    seed: int,
    replicate: int,
    engine: Engine | str = "auto",
    model: OwnModel | None = None,
) -> dict[str, Packed]:
    """Do one run of a scenario as `rerun` does; with a design, ``replicate`` numbers its runs."""
    return _one(loaded.name, planned(loaded), seed, replicate, engine, model)


def as_function(
    loaded: Loaded, seed: int = 1, engine: Engine = MESA
) -> Callable[..., dict[str, float]]:
    """Make a function that runs one replicate of a scenario.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    seed : int
        Seed of the random numbers.
    engine : Engine
        What simulates.

    Returns
    -------
    callable
        ``run(replicate=0, **parameters)`` gives the outcomes of a run by name. Parameters are
        named by their dotted paths, or with ``__`` for each dot where a name must be an
        identifier; values are numbers as a design has them (hours, per hour, hours after the
        start). It raises ValueError for an unknown path and where the scenario is not valid.
        The same replicate has the same random numbers whatever the parameters.

    Examples
    --------
    >>> run = as_function(scenario.load("scenarios/two-groups.yaml"))  # doctest: +SKIP
    >>> run(replicate=3, reprisal__half_life=12.0)["killed"]  # doctest: +SKIP
    """
    build, simulate = engine.load()

    def run(replicate: int = 0, **parameters: float) -> dict[str, float]:
        values = {name.replace(JOINT, "."): float(value) for name, value in parameters.items()}
        design = free(loaded.scenario, loaded.resolved, list(values))
        world = build(scenario_at(loaded.resolved, design, values))
        rows: dict[str, Any] = simulate(world, seed, [int(replicate)])["runs"]
        return {column.name: float(rows[column.name][0]) for column in OUTCOMES}

    return run


@dataclass(frozen=True)
class Repeated:
    """A run that was done again; ``difference`` is empty when it gave the stored rows."""

    scenario: str
    replicate: int
    difference: str


def repeat(
    results: Store, sample: int, engine: Engine | str = "auto", model: OwnModel | None = None
) -> tuple[Engine, Iterator[Repeated]]:
    """Do some stored runs again, other ones each time."""
    chosen = _chosen(results, sample)
    if chosen:
        results.check_model(model)
    if isinstance(engine, str):
        scenarios = {name: loaded.scenario for name, loaded in results.scenarios.items()}
        runs = Counter(name for name, _ in chosen)
        engine = choice.choose(engine, scenarios, runs, 1, model)
    return engine, _repeat(results, chosen, engine)


def _one(
    scenario: str,
    settings: Planned,
    seed: int,
    replicate: int,
    engine: Engine | str,
    model: OwnModel | None,
) -> dict[str, Packed]:
    if isinstance(engine, str):
        engine = choice.choose(engine, {scenario: settings}, {scenario: 1}, 1, model)
    return Runner(engine, {scenario: settings}, seed).run(scenario, [replicate])


def _repeat(results: Store, chosen: list[tuple[str, int]], engine: Engine) -> Iterator[Repeated]:
    settings = {name: results.settings(name) for name, _ in chosen}
    runner = Runner(engine, settings, results.seed)
    for name, replicate in chosen:
        try:
            tables = runner.run(name, [replicate])
            difference = _difference(results, name, replicate, tables, runner.labels(name))
        except Exception as error:
            difference = f"{type(error).__name__}: {error}"
        yield Repeated(name, replicate, difference)


def _chosen(results: Store, sample: int) -> list[tuple[str, int]]:
    runs = [(name, r) for name in results.names for r in sorted(results.finished(name))]
    # Not from sim.draws: which runs are looked at must not be known beforehand.
    places = secrets.SystemRandom().sample(range(len(runs)), min(sample, len(runs)))
    return [runs[place] for place in sorted(places)]


def _difference(
    results: Store, name: str, replicate: int, tables: dict[str, Packed], labels: Labels
) -> str:
    for table in results.blocks.tables:
        rows = results.blocks.rows(table, name, block_of(replicate))
        try:
            stored = parquet.unpack(table, parquet.of_replicates(rows, [replicate]), labels)
        except ValueError as error:
            return f"{table}: {error}"
        for column, values in tables[table].items():
            difference = _first_difference(stored[column], values)
            if difference:
                return f"{table}.{column}: {difference}"
    return ""


def _first_difference(stored: NDArray[Any], again: NDArray[Any]) -> str:
    if len(stored) != len(again):
        return f"{len(stored)} rows are stored, the repeated run has {len(again)}"
    same = stored == again
    if stored.dtype.kind == "f":
        same |= np.isnan(stored) & np.isnan(again)
    if same.all():
        return ""
    row = int(np.argmin(same))
    return f"in row {row} {stored[row]} is stored, the repeated run has {again[row]}"
