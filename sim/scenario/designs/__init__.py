"""Designs: which numbers of a scenario are varied, over which ranges, at which points.

A scenario file may hold a block ``design``; it is no part of the scenario and is not
inherited. One point of a design is the scenario with other values for the numbers that are
varied; `sim.scenario.designs.sampling` gives all points in their order.
"""

from sim.scenario.designs.design import LISTED, METHODS, Design, Range, short_keys, write_value
from sim.scenario.designs.numbers import apply, free, scenario_at

__all__ = [
    "LISTED",
    "METHODS",
    "Design",
    "Range",
    "apply",
    "free",
    "scenario_at",
    "short_keys",
    "write_value",
]
