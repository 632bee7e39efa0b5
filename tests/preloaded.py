"""What each worker of a batch would import and load anew: they are forks of one process with it."""

from __future__ import annotations

import sim.batch.localpool
import sim.model
import tests.fake_engine
from sim import engine
from sim.engine.memory import smallest_world

__all__ = ["engine", "sim", "tests"]

engine.simulate(smallest_world(), 0, [0])
