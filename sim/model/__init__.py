"""The Mesa model: readable agents, the engine of record."""

from __future__ import annotations

from sim.model.model import ReprisalModel, simulate

__all__ = ["ReprisalModel", "simulate"]
