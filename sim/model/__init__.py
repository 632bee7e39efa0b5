"""The Mesa model: readable agents, the engine of record."""

from __future__ import annotations

from sim.model.model import ReprisalModel
from sim.model.simulate import simulate

__all__ = ["ReprisalModel", "simulate"]
