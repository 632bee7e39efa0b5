"""Run a scenario at the points of its design with any engine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.batch.engine import Build, Simulate, below
from sim.sampling import Sampled

WORLDS_KEPT = 64


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
        """Give the world of a point.

        Parameters
        ----------
        point : int
            Row of the table of points.

        Returns
        -------
        object
            What the engine's ``build`` makes.

        Raises
        ------
        ValueError
            When the scenario is not valid at that point.
        """
        if point not in self._worlds:
            try:
                scenario = self._settings.at(point)
            except ValueError as error:
                raise ValueError(f"point {point} of the design: {error}") from None
            self._worlds[point] = self._build(scenario)
        self._worlds.move_to_end(point)
        if len(self._worlds) > WORLDS_KEPT:
            self._worlds.popitem(last=False)
        return self._worlds[point]

    def run(self, simulate: Simulate, seed: int, runs: Sequence[int]) -> dict[str, dict[str, Any]]:
        """Do some runs of the design.

        Parameters
        ----------
        simulate : callable
            The engine's, from (world, seed, replicates) to tables.
        seed : int
            Seed of the batch.
        runs : sequence of int
            Run numbers, see `sim.sampling`.

        Returns
        -------
        dict of str to dict of str to ndarray
            The tables, with the run number as ``replicate``.
        """
        return below([self._run(simulate, seed, run) for run in runs])

    def _run(self, simulate: Simulate, seed: int, run: int) -> dict[str, dict[str, Any]]:
        point, replicate = self._settings.points.luck(run)
        tables = simulate(self.at(point), seed, [replicate])
        return {name: _renumbered(columns, run) for name, columns in tables.items()}


def for_designs(build: Build, simulate: Simulate) -> tuple[Build, Simulate]:
    """Let the two functions of an engine take designs as well.

    Parameters
    ----------
    build, simulate : callable
        As `sim.batch.engine.Engine.load` gives them.

    Returns
    -------
    build, simulate : callable
        The same for single scenarios; ``build`` of a `Sampled` gives its `PointWorlds`.
    """

    def build_any(settings: Any) -> Any:
        return PointWorlds(settings, build) if isinstance(settings, Sampled) else build(settings)

    def simulate_any(world: Any, seed: int, replicates: Sequence[int]) -> Any:
        if isinstance(world, PointWorlds):
            return world.run(simulate, seed, replicates)
        return simulate(world, seed, replicates)

    return build_any, simulate_any


def _renumbered(columns: dict[str, Any], run: int) -> dict[str, Any]:
    return {**columns, "replicate": np.full(len(columns["replicate"]), run)}
