"""The numbers of a scenario that can be varied, and the scenario with other values for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from sim.parameters import Scenario
from sim.scenario.designs.design import Design, Range
from sim.scenario.problems import nearest
from sim.scenario.references import check_references
from sim.scenario.shape import FIXED, Keyed, Leaf, Shape, scenario_shape, step_into, tag_of
from sim.units import parse_local_time


class Numbers:
    """The numbers of one scenario, by dotted path, and how they are counted.

    ``resolved`` and ``plausible`` are as in `sim.scenario.Loaded`: the plain data, and the
    ranges of the file.
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
        self.leaves: dict[str, Leaf] = {
            ".".join(path): leaf for path, leaf, _ in leaves_of(resolved) if _is_varied(path, leaf)
        }

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
            steps.append("*" if isinstance(shape, Keyed) else step)
            shape, data = step_into(shape, step, tag_of(shape, data)), data[step]
        return ".".join(steps)


def leaves_of(resolved: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Leaf, Any]]:
    """Walk every value of a scenario that is not null, with its path and what it stands for."""
    return _leaves(scenario_shape(), resolved, ())


def _leaves(
    shape: Shape | None, data: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Leaf, Any]]:
    if isinstance(shape, Leaf):
        if data is not None:
            yield path, shape, data
    elif isinstance(data, Mapping):
        tag = tag_of(shape, data)
        for key, inner in data.items():
            yield from _leaves(step_into(shape, key, tag), inner, (*path, key))


def _is_varied(path: tuple[str, ...], leaf: Leaf) -> bool:
    """Tell whether a design can vary a value."""
    return (leaf.ranged or leaf.kind == "local time") and path[0] != FIXED


def apply(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> dict[str, Any]:
    """Lay values over a scenario's resolved data; only what changes is copied."""
    changed = dict(resolved)
    copied: set[tuple[str, ...]] = set()
    for varied in design.ranges:
        if varied.path not in values:
            continue
        *way, last = varied.steps
        inner = changed
        for depth, step in enumerate(way, 1):
            if tuple(way[:depth]) not in copied:
                inner[step] = dict(inner[step])
                copied.add(tuple(way[:depth]))
            inner = inner[step]
        inner[last] = design.write(varied, values[varied.path])
    return changed


def scenario_at(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> Scenario:
    """Give the scenario at a point of a design."""
    try:
        scenario = Scenario.model_validate(apply(resolved, design, values))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for finding in check_references(scenario):
        path = ".".join(map(str, finding.path))
        raise ValueError(f"{path}: {finding.message} (got {finding.got})")
    return scenario


def invalid_ends(numbers: Numbers, varied: Range) -> Iterator[str]:
    """Say at which ends of a range the scenario is not valid, and why."""
    alone = Design("grid", 2, (varied,), 0, numbers.start)
    for end in (varied.low, varied.high):
        try:
            scenario_at(numbers.resolved, alone, {varied.path: end})
        except ValueError as error:
            yield f"the scenario is not valid with {alone.write(varied, end)}: {error}"


def free(scenario: Scenario, resolved: Mapping[str, Any], paths: Sequence[str]) -> Design:
    """Name numbers of a scenario that are given values from elsewhere."""
    leaves = Numbers(scenario, resolved, {}).leaves
    for path in paths:
        if path not in leaves:
            near = nearest(path, leaves)
            hint = f"; did you mean '{near}'?" if near else ""
            raise ValueError(f"{path!r} is no number of this scenario{hint}")
    nan = math.nan
    ranges = tuple(Range(path, leaves[path].kind, nan, nan, nan) for path in paths)
    return Design("grid", 1, ranges, 0, scenario.clock.start)
