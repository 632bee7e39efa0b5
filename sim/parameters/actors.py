"""The armed groups."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.parameters.declare import (
    Everywhere,
    Group,
    Level,
    Persons,
    Weight,
    lever,
    param,
    uncertainty,
)
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import offices, patron, vendetta
from sim.units import Duration


class ArmedGroup(Group):
    """An organised armed group: its bloc, its leader and where its units stand."""

    label: str = param(..., "Name shown in figures.", min_length=1, max_length=60)
    bloc: str = param(..., "Groups of one bloc are allies and do not fight.", min_length=1)
    leader: str = param("", "Name of the leader, for the reader only.")
    kind: Literal["militia", "security_force"] = param(
        "militia",
        "A security force opens no attack of its own; it answers fire, by its rule of engagement.",
    )
    fighters: dict[str, Persons] = uncertainty(
        ..., "Persons of the group's unit in each province.", unit="persons", min_length=1
    )
    offices: list[str] | Everywhere = param(
        "all", "Provinces where the group has offices; all of its own when left out."
    )
    commanders: dict[str, Persons] = param(
        dict,
        "Commanders in each province; the killing of one opens a debt. Nobody is named.",
        unit="persons",
    )
    blamed_on: list[str] = uncertainty(
        list,
        "Groups that its opponents hold responsible for what it does: news of a deadly attack by"
        " it raises grievance against them in other provinces.",
        source="assumption; AP, 1 September 2022: the clashes in Baghdad led to the flare-up",
    )
    modes: dict[str, Weight] = uncertainty(
        dict,
        "Weights of modes in its attacks where its arms differ from those of others; 0 for a mode"
        " that it lacks.",
    )
    spoiler: bool = uncertainty(
        False, "Whether it stands against any peace and attacks while one is near (see spoilers)."
    )
    patron: Literal["neutral", "restrain", "arm"] = uncertainty(
        "neutral",
        "What a patron abroad does: nothing, restrain the group, or arm it.",
        source="AP, 1 September 2022: Iran-backed",
    )


class Patronage(Group):
    """How strongly patrons abroad act on their groups."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=20,
        title="Patron abroad",
        words="his Iran-backed rivals",
        model="A patron may restrain a group (its units obey orders further) or arm it (its"
        " strength grows day by day).",
        rules=(patron.compliance, patron.armed),
        key=("patronage.restraint", "patronage.growth"),
        switches=(Switch("patronage.enabled"), Switch("groups.*.patron", "neutral")),
        scenarios=("patron-arms", "patron-restrains"),
        more=("patronage.", "groups.*.patron"),
    )

    enabled: bool = lever(True, "Switch.")
    restraint: Level = uncertainty(
        0.3, "Share of the missing compliance that a restraining patron adds.", unit="share"
    )
    growth: Level = uncertainty(
        0.01, "Growth of a unit's strength per day under an arming patron.", unit="per day"
    )


class Debt(Group):
    """A debt of blood that is open when the run starts."""

    creditor: str = param(..., "The group that lost a commander.")
    debtor: str = param(..., "The group held responsible.")
    province: str = param(..., "Where.")


class Vendetta(Group):
    """Debts of blood: the killing of a commander is avenged once, months later."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=5,
        title="Vendetta",
        words="have been engaged in revenge attacks for years",
        model="The killing of a commander may open a debt of blood, which is paid at most once,"
        " after a lag of months; a scenario may list debts that are open at the start.",
        rules=(vendetta.opens, vendetta.will_be_paid, vendetta.excitation, vendetta.debt),
        key=("vendetta.paid", "vendetta.median_lag"),
        switches=(Switch("vendetta.enabled"),),
        scenarios=("quiet-year",),
        more=("vendetta.", "modes.*.commander_share", "groups.*.commanders.*"),
    )

    enabled: bool = lever(True, "Switch.")
    paid: Level = uncertainty(
        0.5,
        "Probability that a debt is ever paid.",
        unit="probability",
        source="assumption, range 0.2-0.8; killings in Maysan 2019-22 (Shafaq News)",
    )
    median_lag: Duration = uncertainty(
        "540d",
        "Median time until a debt is paid, at rivalry and opportunity 1.",
        source="assumption, range 4-30 months; killings in Maysan 2019-22 (Shafaq News)",
        gt=0,
        le=87_600,
    )
    mode: str | None = param(
        None, "Mode of the attack that pays a debt; drawn like any other when left out."
    )
    debts: dict[str, Debt] = param(dict, "Debts that are open at the start, by a name.")


class Offices(Group):
    """What it means that a group's offices are closed."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=8,
        title="Closed offices",
        words="for AAH to close their offices until further notice",
        model="Closing its offices takes away a share of a unit's exposure and rules out the modes"
        " that need an open office, until they reopen after a random time.",
        rules=(offices.exposure, offices.reopened),
        key=("offices.closed_share", "offices.reopen_after"),
        switches=(Switch("offices.enabled"),),
        scenarios=("offices-stay-open",),
        more=("offices.", "groups.*.offices"),
    )

    enabled: bool = lever(True, "Switch.")
    closed_share: Level = uncertainty(
        0.35,
        "Share of a unit's exposure that closing its offices takes away.",
        unit="share",
        source="assumption, range 0.1-0.6; AP, 1 September 2022: close their offices",
    )
    reopen_after: Duration = uncertainty(
        "30d", "Mean time until closed offices reopen.", gt=0, le=87_600
    )
