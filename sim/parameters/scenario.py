"""The scenario: everything together."""

from __future__ import annotations

from sim.parameters import actors, grievance, observation, place, politics, security, violence
from sim.parameters.brigades import Brigade, DatedDeployment
from sim.parameters.ceasefires import Ceasefire, Spoilers
from sim.parameters.declare import Activity, Group, Key, Level, param, uncertainty
from sim.parameters.orders import AnyOrder
from sim.units import Duration


class Measures(Group):
    """Definitions that outcomes need."""

    calm_after: Duration = param(
        "2d",
        "Calm is reached at the start of the first such stretch without an engagement.",
        gt=0,
        le=8760,
    )
    relapse_within: Duration = param(
        "30d",
        "A relapse is a deadly engagement within this long after calm was reached.",
        gt=0,
        le=87_600,
    )
    call: str | None = param(
        None, "Order to withdraw that hours_to_call waits for; the first of any when left out."
    )


class Scenario(Group):
    """One complete frozen setting."""

    title: str = param(..., "One line for figures and lists.", min_length=1, max_length=120)
    question: str = param("", "The question that the file answers.")
    clock: place.Clock = param(..., "Time.")
    hour_profiles: dict[Key, list[Activity]] = param(
        dict,
        "Relative activity in each of the 24 local hours; scaled to mean 1.",
        source="SIGACTS Iraq 2004-07 give the shapes by region",
    )
    provinces: dict[Key, place.Province] = param(..., "The provinces.", min_length=1)
    groups: dict[Key, actors.ArmedGroup] = param(..., "The armed groups.", min_length=1)
    rivalry: dict[str, dict[str, Level]] = uncertainty(
        ...,
        "Attacker to target to level (0 to 1); where only one direction is given it holds both"
        " ways.",
        source="assumption",
    )
    engagement: violence.Engagement = param(violence.Engagement, "Core hazard.")
    modes: dict[Key, violence.Mode] = param(..., "Attack modes.", min_length=1)
    battle: grievance.Battle = param(grievance.Battle, "Battles.")
    reprisal: grievance.ReprisalGrievance = param(
        grievance.ReprisalGrievance, "Reprisal grievance."
    )
    stances: grievance.Stances = param(grievance.Stances, "Stances of units.")
    national_shock: grievance.NationalShock = param(grievance.NationalShock, "National shock.")
    spillover: grievance.Spillover = param(grievance.Spillover, "Spillover to neighbours.")
    deployment: security.Deployment = param(
        security.Deployment, "Deployment of the security force."
    )
    deterrence: security.Deterrence = param(security.Deterrence, "Deterrence by presence.")
    separation: security.Separation = param(security.Separation, "Ending of battles.")
    orders: dict[Key, AnyOrder] = param(dict, "Leaders' orders.")
    calendar: dict[Key, politics.CalendarEvent] = param(dict, "Political calendar.")
    crowds: grievance.Crowds = param(grievance.Crowds, "Crowds.")
    provocation: grievance.Provocation = param(grievance.Provocation, "Insults and restraint.")
    vendetta: actors.Vendetta = param(actors.Vendetta, "Debts of blood.")
    offices: actors.Offices = param(actors.Offices, "Offices.")
    patronage: actors.Patronage = param(actors.Patronage, "Patrons abroad.")
    third_side: security.ThirdSide = param(
        security.ThirdSide, "The security force as a third side."
    )
    mediation: security.Mediation = param(security.Mediation, "Mediation.")
    deadlock: politics.Deadlock = param(politics.Deadlock, "Political deadlock.")
    restraint_calls: dict[Key, politics.RestraintCall] = param(dict, "Calls for restraint.")
    truces: dict[Key, politics.Truce] = param(dict, "Truces.")
    curfews: dict[Key, security.Curfew] = param(dict, "Curfews.")
    ceasefires: dict[Key, Ceasefire] = param(dict, "Ceasefires between two sides.")
    brigades: dict[Key, Brigade] = param(dict, "Brigades of the security force.")
    deployments: dict[Key, DatedDeployment] = param(dict, "Dated deployments.")
    clashes: security.Clashes = param(security.Clashes, "Clashes with the security force.")
    rivalry_changes: dict[Key, politics.RivalryChange] = param(dict, "Rivalries that change.")
    spoilers: Spoilers = param(Spoilers, "Who attacks because peace is near.")
    reports: observation.Reports = param(observation.Reports, "What reporters would see.")
    measures: Measures = param(Measures, "Definitions for outcomes.")
