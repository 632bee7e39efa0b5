"""Ceasefires between two sides, and those who attack because peace is near."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.parameters.declare import Everywhere, Group, Level, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.parameters.triggers import Timing
from sim.rules import ceasefire
from sim.units import Duration, Rate

Sides = Annotated[list[str], Field(min_length=2, max_length=2)]


class Ceasefire(Group):
    """A ceasefire between two sides, which each of them holds while the other does."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=28,
        title="Ceasefire",
        model="While a ceasefire between two groups or blocs holds, their battles end and a share"
        " of their hazards is left. Each engagement between them may break it, in the province or"
        " everywhere; then a share of the grievance that faded while it held returns.",
        rules=(ceasefire.breaks, ceasefire.returned),
        key=("ceasefires.*.leaves", "ceasefires.*.breaks", "ceasefires.*.returns"),
        switches=(Switch("ceasefires.*.enabled"), Switch("ceasefires.*.leaves", 1.0)),
        scenarios=("ceasefire",),
        more=("ceasefires.",),
        elsewhere="Clayton et al. 2022: 2,202 ceasefires in 66 countries, 1989-2020 (abstract)",
        example={
            "ceasefires": {
                "pause": {
                    "between": ["red", "violet"],
                    "trigger": {"after": "30h"},
                    "leaves": 0.7,
                    "breaks": 0.4,
                    "scope": "local",
                }
            }
        },
    )
    acts: ClassVar[dict[str, str]] = {
        "ceasefire": "ceasefire (begun)",
        "breach": "breach (that ended a ceasefire)",
    }

    enabled: bool = lever(True, "Switch.")
    between: Sides = param(..., "The two sides: groups or blocs.")
    trigger: Timing = param(..., "When it begins.")
    provinces: list[str] | Everywhere = lever("all", "Where it holds.")
    lasts: Duration | None = lever(
        None, "How long it holds; null for until it is broken.", gt=0, le=87_600
    )
    leaves: Level = uncertainty(
        0.2,
        "Share of the hazards between the sides that is left while it holds.",
        unit="share",
        source="assumption, range 0-0.6; violence falls after ceasefires, Williams et al. 2021,"
        " arXiv 2110.05475v1 (abstract)",
    )
    breaks: Level = uncertainty(
        0.3,
        "Probability that an engagement between the sides ends it.",
        unit="probability",
        source="assumption, range 0.05-1",
    )
    scope: Literal["local", "national"] = uncertainty(
        "local", "Whether a breach ends it in its province or everywhere."
    )
    returns: Level = uncertainty(
        0.5,
        "Share of the grievance that faded while it held and returns when it is broken.",
        unit="share",
        source="assumption, range 0-1",
    )


class Spoilers(Group):
    """Splinters and groups that attack because peace is near."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=29,
        title="Spoilers",
        model="While a ceasefire holds, and for a time after a call to withdraw, splinters and"
        " groups named as spoilers attack at an added rate, with the cause spoiler.",
        rules=(ceasefire.spoils,),
        key=("spoilers.attack_rate", "groups.*.spoiler"),
        switches=(Switch("spoilers.enabled"), Switch("spoilers.attack_rate", "0/d")),
        scenarios=("spoilers",),
        more=("spoilers.",),
        elsewhere="Stedman 1997 (abstract); AFP, 30 August 2022: leave or be disowned",
        example={
            "spoilers": {"attack_rate": "2/d", "lasts": "3d"},
            "groups": {"violet": {"spoiler": True}},
        },
    )

    enabled: bool = lever(True, "Switch.")
    attack_rate: Rate = uncertainty(
        "0/d",
        "Rate at which a spoiler attacks each rival while peace is near, at rivalry and opportunity"
        " 1.",
        source="assumption, range 0-1",
        ge=0,
        le=10,
    )
    lasts: Duration = param(
        "7d",
        "How long after a call to withdraw peace is held to be near.",
        gt=0,
        le=8760,
    )
