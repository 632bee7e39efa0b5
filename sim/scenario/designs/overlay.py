"""A scenario with other values for the numbers that a design varies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sim.parameters import Scenario
from sim.scenario.designs.design import Design, Range
from sim.scenario.designs.numeric import Numbers
from sim.scenario.problems import nearest
from sim.scenario.references import check_references


def apply(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> dict[str, Any]:
    """Lay values over a scenario's resolved data."""
    changed = dict(resolved)
    fresh: set[tuple[str, ...]] = {()}
    for varied in design.ranges:
        if varied.path not in values:
            continue
        *way, last = varied.steps
        inner = changed
        for depth, step in enumerate(way, 1):
            if tuple(way[:depth]) not in fresh:
                inner[step] = dict(inner[step])
                fresh.add(tuple(way[:depth]))
            inner = inner[step]
        inner[last] = design.write(varied, values[varied.path])
    return changed


def scenario_at(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> Scenario:
    """Give the scenario at a point of a design."""
    try:
        made = Scenario.model_validate(apply(resolved, design, values))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for finding in check_references(made):
        path = ".".join(map(str, finding.path))
        raise ValueError(f"{path}: {finding.message} (got {finding.got})")
    return made


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
