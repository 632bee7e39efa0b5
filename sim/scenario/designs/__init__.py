"""Designs: which numbers of a scenario are varied, over which ranges, at which points.

A scenario file may hold a block ``design``; it is no part of the scenario and is not
inherited. One point of a design is the scenario with other values for the numbers that are
varied.
"""

from sim.scenario.designs.design import LISTED, METHODS, Design, Range, write_value
from sim.scenario.designs.options import block_of_options, short_keys
from sim.scenario.designs.overlay import apply, free, scenario_at

__all__ = [
    "LISTED",
    "METHODS",
    "Design",
    "Range",
    "apply",
    "block_of_options",
    "free",
    "scenario_at",
    "short_keys",
    "write_value",
]
