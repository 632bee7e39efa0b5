"""The scenario: everything together."""

from __future__ import annotations

from sim.parameters.actors import ArmedGroup, Offices, Patronage, Vendetta
from sim.parameters.declare import Activity, Group, Key, Level, param
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
from sim.parameters.orders import Order
from sim.parameters.place import Clock, Province
from sim.parameters.politics import CalendarEvent, Deadlock, RestraintCall, Truce
from sim.parameters.security import Deployment, Deterrence, Mediation, Separation, ThirdSide
from sim.parameters.violence import Engagement, Mode
from sim.units import Duration


class Measures(Group):
    """Definitions that outcomes need."""

    calm_after: Duration = param(
        "2d",
        "Calm is reached at the start of the first such stretch without an engagement.",
        unit="duration",
        gt=0,
        le=8760,
    )
    relapse_within: Duration = param(
        "30d",
        "A relapse is a deadly engagement within this long after calm was reached.",
        unit="duration",
        gt=0,
        le=87_600,
    )


class Scenario(Group):
    """One complete frozen setting."""

    title: str = param(..., "One line for figures and lists.", min_length=1, max_length=120)
    question: str = param("", "The question that the file answers.")
    clock: Clock = param(..., "Time.")
    hour_profiles: dict[Key, list[Activity]] = param(
        dict,
        "Relative activity in each of the 24 local hours; scaled to mean 1.",
        source="SIGACTS Iraq 2004-07 give the shapes by region",
    )
    provinces: dict[Key, Province] = param(..., "The provinces.", min_length=1)
    groups: dict[Key, ArmedGroup] = param(..., "The armed groups.", min_length=1)
    rivalry: dict[str, dict[str, Level]] = param(
        ...,
        "Attacker to target to level (0 to 1); where only one direction is given it holds both"
        " ways.",
        source="assumption",
        role="uncertainty",
    )
    engagement: Engagement = param(Engagement, "Core hazard.")
    modes: dict[Key, Mode] = param(..., "Attack modes.", min_length=1)
    battle: BattleExcitation = param(BattleExcitation, "Same-battle excitation.")
    reprisal: ReprisalGrievance = param(ReprisalGrievance, "Reprisal grievance.")
    stances: Stances = param(Stances, "Stances of units.")
    national_shock: NationalShock = param(NationalShock, "National shock.")
    spillover: Spillover = param(Spillover, "Spillover to neighbours.")
    deployment: Deployment = param(Deployment, "Deployment of the security force.")
    deterrence: Deterrence = param(Deterrence, "Deterrence by presence.")
    separation: Separation = param(Separation, "Ending of battles.")
    orders: dict[Key, Order] = param(dict, "Leaders' orders.")
    calendar: dict[Key, CalendarEvent] = param(dict, "Political calendar.")
    crowds: Crowds = param(Crowds, "Crowds.")
    provocation: Provocation = param(Provocation, "Insults and restraint.")
    vendetta: Vendetta = param(Vendetta, "Debts of blood.")
    offices: Offices = param(Offices, "Offices.")
    patronage: Patronage = param(Patronage, "Patrons abroad.")
    third_side: ThirdSide = param(ThirdSide, "The security force as a third side.")
    mediation: Mediation = param(Mediation, "Mediation.")
    deadlock: Deadlock = param(Deadlock, "Political deadlock.")
    restraint_calls: dict[Key, RestraintCall] = param(dict, "Calls for restraint.")
    truces: dict[Key, Truce] = param(dict, "Truces.")
    reports: Reports = param(Reports, "What reporters would see.")
    measures: Measures = param(Measures, "Definitions for outcomes.")
