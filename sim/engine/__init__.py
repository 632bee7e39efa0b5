"""How the step of `sim.step` is carried out: compiled, or interpreted for proof and debugging.

Both give the same tables, bit for bit. Nothing here imports numba until a run, or `prepare`,
asks for it.
"""

from __future__ import annotations

from sim.engine.cache import PHASES, RUNS, is_ready
from sim.engine.tables import Engine, interpret, one_run, prepare, simulate

__all__ = ["PHASES", "RUNS", "Engine", "interpret", "is_ready", "one_run", "prepare", "simulate"]
