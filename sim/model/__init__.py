"""The Mesa model: agents that can be read, written to, stepped and subclassed.

They hold nothing themselves: their attributes are the fields of `sim.step.layout`, and each of
their methods is a function of `sim.step`, so a model gives the same tables as a batch.
"""

from __future__ import annotations

from sim.model.agents import (
    Brigade,
    Crowd,
    Dyad,
    GroupLeader,
    Mediator,
    MilitiaUnit,
    Order,
    SecurityForce,
)
from sim.model.model import ReprisalModel
from sim.model.simulate import simulate
from sim.model.space import ProvinceCell, ProvinceMap

__all__ = [
    "Brigade",
    "Crowd",
    "Dyad",
    "GroupLeader",
    "Mediator",
    "MilitiaUnit",
    "Order",
    "ProvinceCell",
    "ProvinceMap",
    "ReprisalModel",
    "SecurityForce",
    "simulate",
]
