"""Do runs of a results folder again and compare them with what is stored."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.batch import choice
from sim.batch.engine import Engine
from sim.batch.runner import Runner
from sim.ownmodel import OwnModel
from sim.records import TABLES
from sim.store import packing, parquet
from sim.store.blocks import block_of
from sim.store.folder import Store
from sim.store.packing import Labels, Packed


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
        plain = {name: loaded.scenario for name, loaded in results.scenarios.items()}
        counts = {name: sum(other == name for other, _ in chosen) for name in plain}
        engine = choice.choose(engine, plain, counts, 1, model)
    return engine, _repeat(results, chosen, engine)


def _repeat(results: Store, chosen: list[tuple[str, int]], engine: Engine) -> Iterator[Repeated]:
    settings = {name: results.settings(name) for name, _ in chosen}
    runner = Runner(engine, settings, results.seed)
    for name, replicate in chosen:
        try:
            made = runner.run(name, [replicate])
            difference = _difference(results, name, replicate, made, runner.labels(name))
        except Exception as error:
            difference = f"{type(error).__name__}: {error}"
        yield Repeated(name, replicate, difference)


def _chosen(results: Store, sample: int) -> list[tuple[str, int]]:
    runs = [(name, r) for name in results.names for r in sorted(results.finished(name))]
    # Not from sim.draws: which runs are looked at must not be known beforehand.
    places = secrets.SystemRandom().sample(range(len(runs)), min(sample, len(runs)))
    return [runs[place] for place in sorted(places)]


def _difference(
    results: Store, name: str, replicate: int, made: dict[str, Packed], labels: Labels
) -> str:
    for table in TABLES:
        rows = results.blocks.rows(table, name, block_of(replicate))
        try:
            stored = packing.unpack(table, parquet.of_replicates(rows, [replicate]), labels)
        except ValueError as error:
            return f"{table}: {error}"
        for column, values in made[table].items():
            difference = _first_difference(stored[column], values)
            if difference:
                return f"{table}.{column}: {difference}"
    return ""


def _first_difference(stored: NDArray[Any], made: NDArray[Any]) -> str:
    if len(stored) != len(made):
        return f"{len(stored)} rows are stored, {len(made)} were made"
    same = stored == made
    if stored.dtype.kind == "f":
        same |= np.isnan(stored) & np.isnan(made)
    if same.all():
        return ""
    row = int(np.argmin(same))
    return f"in row {row} {stored[row]} is stored, {made[row]} was made"
