"""Loads kept machine code when it is imported, for processes that are forked after that."""

from __future__ import annotations

from sim.engine import cache
from sim.engine.memory import smallest_world
from sim.engine.tables import simulate

if cache.is_ready():
    simulate(smallest_world(), 0, [0])
