"""Brigades of the security force, and deployments that begin at a date, an order or a branch."""

from __future__ import annotations

from typing import ClassVar

from sim.parameters.declare import Group, Level, Persons, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.parameters.triggers import Timing
from sim.rules import brigade
from sim.units import Duration


class Brigade(Group):
    """A brigade of the security force: where it is at home, how large it is, how fast it moves."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=30,
        title="Brigades",
        words="Iraqi security forces were swiftly deployed",
        model="With brigades the reserve is what they are. The nearest free ones go where the rule"
        " sends forces, over one border after the other, and are missed at home until they return."
        " They lose people, may refuse to go, and may favour a bloc.",
        rules=(brigade.ready, brigade.nearer, brigade.refuses, brigade.present),
        key=("brigades.*.persons", "brigades.*.crossing", "brigades.*.refuses"),
        switches=(Switch("brigades.*.persons", 0), Switch("deployment.rule", "none")),
        scenarios=("brigades", "brigades-go-south"),
        more=("brigades.",),
        example={
            "provinces": {"north": {"presence": 1.0}, "south": {"presence": 1.0}},
            "brigades": {
                "first": {"home": "north", "persons": 900, "crossing": "3h", "refuses": 0.3},
                "second": {"home": "south", "persons": 400, "favours": "red"},
            },
        },
    )
    acts: ClassVar[dict[str, str]] = {
        "arrive": "arrive (a brigade, in a province)",
        "refuse": "refuse (a brigade, to go)",
    }

    label: str = param("", "Name, for the reader only.", max_length=60)
    home: str = param(
        ..., "Province where it is while nobody sends it. It is part of the usual presence there."
    )
    persons: Persons = lever(..., "Its persons as the run starts.", unit="persons")
    readiness: Level = uncertainty(0.8, "Share of its persons that count where it is.")
    crossing: Duration = uncertainty(
        "6h",
        "How long it takes to move into a neighbouring province.",
        source="assumption, range 2-24 h; AP, 1 September 2022: swiftly deployed",
        gt=0,
        le=720,
    )
    refuses: Level = uncertainty(
        0.0,
        "Probability that it refuses to go, each time it is sent.",
        unit="probability",
        source="assumption, range 0-0.5",
    )
    asked_again: Duration = param(
        "1d", "After a refusal it is not sent for this long.", gt=0, le=8760
    )
    favours: str | None = uncertainty(
        None,
        "Bloc whose attacks it does not deter; as the largest brigade of a province it fires at the"
        " other side.",
    )


class DatedDeployment(Group):
    """Forces sent to a province at a date, an order or a branch."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=31,
        title="Dated deployment",
        words="to contain the violence",
        model="From a date, an order or a branch on, so many persons, or the brigades named, are"
        " sent to a province, whatever the rule of deployment says.",
        rules=(brigade.at_least,),
        key=("deployments.*.persons", "deployments.*.lasts"),
        switches=(Switch("deployments.*.enabled"),),
        scenarios=("brigades", "brigades-go-south"),
        more=("deployments.",),
        example={
            "deployments": {
                "ahead": {
                    "trigger": {"after": "12h"},
                    "to": "south",
                    "brigades": ["first"],
                    "lasts": "5d",
                }
            }
        },
    )

    enabled: bool = lever(True, "Switch.")
    trigger: Timing = param(..., "When it begins.")
    to: str = lever(..., "Province that they are sent to.")
    persons: Persons = lever(
        0,
        "Persons sent: with brigades the nearest ones go, until they are as many.",
        unit="persons",
    )
    brigades: list[str] = lever(list, "Brigades sent, in place of persons or beside them.")
    lasts: Duration | None = lever(
        None, "How long they are wanted there; null for the rest of the run.", gt=0, le=87_600
    )
