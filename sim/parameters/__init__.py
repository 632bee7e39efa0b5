"""Every parameter of a scenario, declared once.

Each field carries its unit, bounds, default, source (a reference or "assumption") and
role. Roles: a ``constant`` is held, an ``uncertainty`` is not ours to choose, a
``lever`` is something an actor could choose otherwise. The YAML check, the JSON Schema,
the parameter table of the docs and the bounds of a sweep are all read from here.
"""

from __future__ import annotations

from sim.parameters.actors import ArmedGroup, Debt, Offices, Patronage, Vendetta
from sim.parameters.declare import Activity, Group, Key, Level, Persons, Role, TileIndex, param
from sim.parameters.grievance import (
    BattleExcitation,
    Crowds,
    NationalShock,
    Provocation,
    ReprisalGrievance,
    Spillover,
    Stances,
)
from sim.parameters.observation import Reports
from sim.parameters.orders import (
    CloseOfficesOrder,
    Condition,
    HoldOrder,
    InsultOrder,
    LocalObedience,
    MobiliseOrder,
    Obedience,
    Order,
    RestrainOrder,
    Trigger,
    WithdrawOrder,
)
from sim.parameters.place import Clock, Province
from sim.parameters.politics import Branch, CalendarEvent, Deadlock, RestraintCall, Truce
from sim.parameters.scenario import Measures, Scenario
from sim.parameters.security import (
    Deployment,
    DeploymentRule,
    Deterrence,
    FireSeverity,
    LossSeverity,
    Mediation,
    Separation,
    ThirdSide,
)
from sim.parameters.violence import Engagement, Mode, Severity

__all__ = [
    "Activity",
    "ArmedGroup",
    "BattleExcitation",
    "Branch",
    "CalendarEvent",
    "Clock",
    "CloseOfficesOrder",
    "Condition",
    "Crowds",
    "Deadlock",
    "Debt",
    "Deployment",
    "DeploymentRule",
    "Deterrence",
    "Engagement",
    "FireSeverity",
    "Group",
    "HoldOrder",
    "InsultOrder",
    "Key",
    "Level",
    "LocalObedience",
    "LossSeverity",
    "Measures",
    "Mediation",
    "MobiliseOrder",
    "MobilisedStance",
    "Mode",
    "NationalShock",
    "Obedience",
    "Offices",
    "Order",
    "Patronage",
    "Persons",
    "Province",
    "Provocation",
    "QuietStance",
    "Reports",
    "ReprisalGrievance",
    "RestrainOrder",
    "RestraintCall",
    "Role",
    "Scenario",
    "Separation",
    "Severity",
    "Spillover",
    "Stances",
    "StandDownStance",
    "ThirdSide",
    "TileIndex",
    "Trigger",
    "Truce",
    "Vendetta",
    "WithdrawOrder",
    "param",
]
