"""Simulates replicates with any engine, in this process, also at the points of a design."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.batch.engine import Build, Engine, Simulate, below
from sim.parameters import Scenario
from sim.records import TABLES
from sim.scenario.designs.sampling import Sampled
from sim.store import packing
from sim.store.packing import Labels, Packed

# Worlds that are kept, of scenarios and of a design's points.
SCENARIOS_KEPT, POINTS_KEPT = 16, 64


class Runner:
    """Simulates replicates; builds each scenario's world once.

    Parameters
    ----------
    engine : Engine
        Where the functions are.
    scenarios : mapping of str to Scenario or Sampled
        Scenarios by name.
    seed : int
        Seed of the batch.
    """

    def __init__(
        self, engine: Engine, scenarios: Mapping[str, Scenario | Sampled], seed: int
    ) -> None:
        self._build, self._simulate = for_designs(*engine.load())
        self._scenarios = scenarios
        self._seed = seed
        self._worlds: OrderedDict[str, Any] = OrderedDict()

    def run(self, scenario: str, replicates: Sequence[int]) -> dict[str, Packed]:
        """Simulate replicates and check their tables."""
        tables = self._simulate(self._world(scenario), self._seed, replicates)
        if set(tables) != set(TABLES):
            raise ValueError(f"a run must return tables {list(TABLES)}, got {list(tables)}")
        labels = self.labels(scenario)
        return {name: packing.pack(name, tables[name], labels, replicates) for name in TABLES}

    def labels(self, scenario: str) -> Labels:
        """Give the categories of a scenario's label columns."""
        return {name: tuple(words) for name, words in self._world(scenario).labels.items()}

    def _world(self, name: str) -> Any:
        if name not in self._worlds:
            self._worlds[name] = self._build(self._scenarios[name])
        self._worlds.move_to_end(name)
        if len(self._worlds) > SCENARIOS_KEPT:
            self._worlds.popitem(last=False)
        return self._worlds[name]


class PointWorlds:
    """The worlds of a design's points, built when they are needed.

    Parameters
    ----------
    settings : Sampled
        The scenario and its points.
    build : callable
        Makes the world of one scenario.
    """

    def __init__(self, settings: Sampled, build: Build) -> None:
        self._settings = settings
        self._build = build
        self._worlds: OrderedDict[int, Any] = OrderedDict()
        self.labels = self.at(0).labels

    def at(self, point: int) -> Any:
        """Give the world of a point."""
        if point not in self._worlds:
            try:
                scenario = self._settings.at(point)
            except ValueError as error:
                raise ValueError(f"point {point} of the design: {error}") from None
            self._worlds[point] = self._build(scenario)
        self._worlds.move_to_end(point)
        if len(self._worlds) > POINTS_KEPT:
            self._worlds.popitem(last=False)
        return self._worlds[point]

    def run(self, simulate: Simulate, seed: int, runs: Sequence[int]) -> dict[str, dict[str, Any]]:
        """Do some runs of the design."""
        return below([self._run(simulate, seed, run) for run in runs])

    def _run(self, simulate: Simulate, seed: int, run: int) -> dict[str, dict[str, Any]]:
        point, replicate = self._settings.points.point_and_replicate(run)
        tables = simulate(self.at(point), seed, [replicate])
        return {name: _renumbered(columns, run) for name, columns in tables.items()}


def for_designs(build: Build, simulate: Simulate) -> tuple[Build, Simulate]:
    """Let the two functions of an engine take designs as well."""

    def build_any(settings: Any) -> Any:
        return PointWorlds(settings, build) if isinstance(settings, Sampled) else build(settings)

    def simulate_any(world: Any, seed: int, replicates: Sequence[int]) -> Any:
        if isinstance(world, PointWorlds):
            return world.run(simulate, seed, replicates)
        return simulate(world, seed, replicates)

    return build_any, simulate_any


def _renumbered(columns: dict[str, Any], run: int) -> dict[str, Any]:
    return {**columns, "replicate": np.full(len(columns["replicate"]), run)}
