"""Ranges of all numbers that are uncertain: those of the file, and shares of their values."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from typing import Any

from sim.scenario.catalogue import parameters_table
from sim.scenario.designs.design import UNCERTAINTY, Range
from sim.scenario.designs.numbers import Numbers, invalid_ends
from sim.scenario.shape import Leaf

OFF = "switched off"
WIDE = 10.0


def ranges_of_file(given: Container[str], numbers: Numbers) -> Iterator[Range]:
    """Take the ranges of the file, whatever the role of the number."""
    for path in numbers.plausible:
        if path not in given and not hindrance(path, numbers):
            yield _of_file(path, numbers)


def _of_file(path: str, numbers: Numbers) -> Range:
    leaf = numbers.leaves[path]
    low, high = map(leaf.count, numbers.plausible[path])
    return Range(path, leaf.kind, low, high, numbers.own(path), high >= WIDE * low > 0.0)


def hindrance(path: str, numbers: Numbers) -> str:
    """Say why a number with a range in the file cannot be varied over it; empty where it can."""
    if switched_off(path, numbers.resolved):
        return OFF
    wrong = "; ".join(invalid_ends(numbers, _of_file(path, numbers)))
    return f"not valid at an end of its range: {wrong}" if wrong else ""


def switched_off(path: str, resolved: Mapping[str, Any]) -> bool:
    """Tell whether a value belongs to something that is switched off."""
    data: Any = resolved
    for step in path.split("."):
        if not isinstance(data, Mapping):
            return False
        if data.get("enabled") is False:
            return True
        data = data[step]
    return False


def widened(share: float, given: Container[str], numbers: Numbers) -> Iterator[Range]:
    """Widen every number that is an uncertainty by a share of its value.

    Numbers that would make the scenario invalid are left out, such as one of several
    probabilities that sum to 1.
    """
    roles = {row.path: row.role for row in parameters_table()}
    for path, leaf in numbers.leaves.items():
        uncertain = roles.get(numbers.starred(path)) == UNCERTAINTY
        if uncertain and leaf.kind != "local time" and path not in given:
            varied = _around(path, leaf, numbers.own(path), share)
            if varied is not None and not any(invalid_ends(numbers, varied)):
                yield varied


def _around(path: str, leaf: Leaf, base: float, share: float) -> Range | None:
    if math.isnan(base):
        return None
    low, high = base * (1 - share), base * (1 + share)
    if leaf.kind == "whole number":
        low, high = round(low), round(high)
    low = max(low, leaf.low[0]) if leaf.low else low
    high = min(high, leaf.high[0]) if leaf.high else high
    if low < high and not leaf.too(low) and not leaf.too(high):
        return Range(path, leaf.kind, low, high, base)
    return None
