"""The numbers of a scenario that can be varied, by dotted path."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sim.parameters import Scenario
from sim.scenario.shape import FIXED, Keyed, Leaf, Section, Shape, scenario_shape, step_into
from sim.units import parse_local_time


class Numbers:
    """The numbers of one scenario, and how they are counted.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    resolved : mapping
        The same as plain data, as in `sim.scenario.Loaded.resolved`.
    plausible : mapping of str to (object, object)
        Ranges of the file, as in `sim.scenario.Loaded.ranges`.
    """

    def __init__(
        self,
        scenario: Scenario,
        resolved: Mapping[str, Any],
        plausible: Mapping[str, tuple[Any, Any]],
    ) -> None:
        self.start = scenario.clock.start
        self.resolved = resolved
        self.plausible = plausible
        self.leaves: dict[str, Leaf] = dict(_numbers(resolved))

    def count(self, leaf: Leaf, value: Any) -> float:
        """Read a value as a number."""
        if leaf.kind == "local time":
            return (parse_local_time(value) - self.start) / timedelta(hours=1)
        return leaf.count(value)

    def own(self, path: str) -> float:
        """Give the scenario's own value of a number; NaN when it has none."""
        value: Any = self.resolved
        for step in path.split("."):
            value = value[step]
        return math.nan if value is None else self.count(self.leaves[path], value)

    def starred(self, path: str) -> str:
        """Write ``*`` for the steps of a path that the user named."""
        shape: Shape | None = scenario_shape()
        data: Any = self.resolved
        steps = []
        for step in path.split("."):
            tag = None if isinstance(shape, Section | Keyed | Leaf | None) else data.get(shape.tag)
            steps.append("*" if isinstance(shape, Keyed) else step)
            shape, data = step_into(shape, step, tag), data[step]
        return ".".join(steps)


def _numbers(resolved: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    """Walk the numbers of a scenario that a design can vary, by dotted path."""
    for path, leaf, _ in leaves_of(resolved):
        if (leaf.ranged or leaf.kind == "local time") and path[0] != FIXED:
            yield ".".join(path), leaf


def leaves_of(resolved: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Leaf, Any]]:
    """Walk every value of a scenario that is not null, with its path and what it stands for."""
    return _leaves(scenario_shape(), resolved, ())


def _leaves(
    shape: Shape | None, data: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Leaf, Any]]:
    if isinstance(shape, Leaf):
        if data is not None:
            yield path, shape, data
    elif isinstance(data, Mapping) and not isinstance(shape, Leaf):
        tag = None
        if shape is not None and not isinstance(shape, Section | Keyed):
            tag = data.get(shape.tag)
        for key, inner in data.items():
            yield from _leaves(step_into(shape, key, tag), inner, (*path, key))
