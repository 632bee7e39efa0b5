"""Every parameter of a scenario, declared once.

Each field carries its unit, bounds, default, source (a reference or "assumption") and
role. ``uncertainty(...)`` declares a quantity nobody controls, ``lever(...)`` something an actor
could choose otherwise, ``param(...)`` a constant, which is held unless a file gives it a range.
The YAML check, the JSON Schema, the parameter table of the docs and the bounds of a sweep are
all read from here.

A new group of parameters is a class in one of these modules and a field of `Scenario`; a new
kind of order is a subclass of `sim.parameters.orders.Order`. The entry of a mechanism in the
catalogue (`sim.parameters.mechanism`) stands beside its parameters.
"""

from __future__ import annotations

from sim.parameters.actors import ArmedGroup
from sim.parameters.declare import Group, Key
from sim.parameters.orders import (
    InsultOrder,
    LocalObedience,
    MobiliseOrder,
    Obedience,
    Order,
)
from sim.parameters.place import Clock, Province
from sim.parameters.politics import Branch, RestraintCall, RivalryChange, Truce
from sim.parameters.scenario import Scenario
from sim.parameters.triggers import Condition, Decision, Losses, Timing, Trigger
from sim.parameters.violence import Mode, Severity

__all__ = [
    "ArmedGroup",
    "Branch",
    "Clock",
    "Condition",
    "Decision",
    "Group",
    "InsultOrder",
    "Key",
    "LocalObedience",
    "Losses",
    "MobiliseOrder",
    "Mode",
    "Obedience",
    "Order",
    "Province",
    "RestraintCall",
    "RivalryChange",
    "Scenario",
    "Severity",
    "Timing",
    "Trigger",
    "Truce",
]
