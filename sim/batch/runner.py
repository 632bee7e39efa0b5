"""Simulates replicates with any engine, in this process, also at the points of a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.batch.engine import Engine, Tables, below
from sim.bounded import Bounded
from sim.parameters import Scenario
from sim.records import TABLES
from sim.scenario.designs import sampling
from sim.scenario.designs.sampling import Sampled
from sim.scenario.loading import Loaded
from sim.store import packing
from sim.store.packing import Labels, Packed

# A scenario as it stands, or with the points of its design.
Planned = Scenario | Sampled
# Worlds that stay in memory, of scenarios and of a design's points; iraq-2022 takes a quarter of
# a megabyte for each, and twice as much for how the engine lays it out.
WORLDS = 320


class Runner:
    """Simulates replicates; builds the world of a scenario, or of a point, once while in use.

    It gives the tables that are asked for.
    """

    def __init__(
        self,
        engine: Engine,
        scenarios: Mapping[str, Planned],
        seed: int,
        tables: Sequence[str] = tuple(TABLES),
    ) -> None:
        self._build, self._simulate = engine.load()
        self._scenarios = scenarios
        self._seed = seed
        self._wanted = tables
        self._worlds = Bounded(self._build_world, WORLDS)

    def run(self, scenario: str, replicates: Sequence[int]) -> dict[str, Packed]:
        """Simulate replicates and check their tables."""
        labels = self.labels(scenario)
        tables = self._tables(scenario, replicates)
        if set(tables) != set(TABLES):
            raise ValueError(f"a run must return tables {list(TABLES)}, got {list(tables)}")
        return {name: packing.pack(name, tables[name], labels, replicates) for name in self._wanted}

    def labels(self, scenario: str) -> Labels:
        """Give the categories of a scenario's label columns."""
        return {name: tuple(words) for name, words in self._worlds((scenario, 0)).labels.items()}

    def _tables(self, scenario: str, replicates: Sequence[int]) -> Tables:
        settings = self._scenarios[scenario]
        if not isinstance(settings, Sampled):
            tables: Tables = self._simulate(self._worlds((scenario, 0)), self._seed, replicates)
            return tables
        runs: dict[int, dict[int, int]] = {}
        for run in sorted(replicates):
            point, replicate = settings.points.point_and_replicate(run)
            runs.setdefault(point, {})[replicate] = run
        made = below([self._at_point(scenario, *each) for each in runs.items()])
        return {name: _by_replicate(columns) for name, columns in made.items()}

    def _at_point(self, scenario: str, point: int, runs: Mapping[int, int]) -> Tables:
        """Simulate runs of one point together; ``runs`` are their numbers by replicate."""
        replicates, numbers = list(runs), np.array(list(runs.values()))
        tables: Tables = self._simulate(self._worlds((scenario, point)), self._seed, replicates)
        for columns in tables.values():
            columns["replicate"] = numbers[np.searchsorted(replicates, columns["replicate"])]
        return tables

    def _build_world(self, which: tuple[str, int]) -> Any:
        scenario, point = which
        settings = self._scenarios[scenario]
        if isinstance(settings, Sampled):
            try:
                settings = settings.at(point)
            except ValueError as error:
                raise ValueError(f"point {point} of the design: {error}") from None
        return self._build(settings)


def planned(loaded: Loaded) -> Planned:
    """Give what a runner needs to run a scenario; its points are drawn where it has a design."""
    points = None if loaded.design is None else sampling.draw(loaded.design)
    return sampling.settings(loaded.scenario, loaded.resolved, points)


def kept_points(settings: Planned) -> int:
    """Count the points of a design whose worlds all stay in memory; otherwise 0."""
    points = len(settings.points.values) if isinstance(settings, Sampled) else 0
    return points if points <= WORLDS else 0


def _by_replicate(columns: dict[str, Any]) -> dict[str, Any]:
    order = np.argsort(columns["replicate"], kind="stable")
    return {name: column[order] for name, column in columns.items()}
