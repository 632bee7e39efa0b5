"""A scenario as the numbers and tables that every engine reads."""

from __future__ import annotations

from sim.world.actors import WorldError, rivalry_levels
from sim.world.build import World, build

__all__ = ["World", "WorldError", "build", "rivalry_levels"]
