"""Excitation, stances, and how grievance spreads."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.parameters.declare import Group, param
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import engagement, grievance, orders, provocation, spread
from sim.units import Duration


class BattleExcitation(Group):
    """Same-battle excitation: an attack in this province is answered within hours."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=3,
        title="Same-battle excitation",
        words="a battle ensued for several hours throughout the night",
        model="An attack suffered raises the hazard of an answer in the same province, fading"
        " within hours; how far depends on the unit's stance.",
        rules=(grievance.excite, grievance.contribution, engagement.cause),
        key=("stances.mobilised.battle", "battle.half_life"),
        switches=(Switch("battle.enabled"),),
        scenarios=("two-groups", "no-memory"),
        more=("stances.quiet.battle", "stances.stand_down.battle"),
    )

    enabled: bool = param(True, "Switch.", role="lever")
    half_life: Duration = param(
        "2h",
        "Half-life of the excitation.",
        unit="duration",
        source="SIGACTS Iraq 2004-07, timing only: 1.5-4.5 h",
        role="uncertainty",
        ge=0.1,
        le=240,
    )


class ReprisalGrievance(Group):
    """Reprisal grievance: an attack in this province is avenged within days."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=4,
        title="Reprisal grievance",
        words="In retaliation, AAH attacked al-Sadr's militiamen",
        model="An attack suffered raises the hazard of a reprisal in the same province, fading"
        " within days and weighted by its killed.",
        rules=(grievance.excite, grievance.contribution, engagement.cause, "sim.tables.marks"),
        key=("stances.mobilised.reprisal", "reprisal.half_life"),
        switches=(Switch("reprisal.enabled"),),
        scenarios=("two-groups", "no-memory"),
        more=("stances.quiet.reprisal", "stances.stand_down.reprisal", "reprisal.by_severity"),
    )

    enabled: bool = param(True, "Switch.", role="lever")
    half_life: Duration = param(
        "1.2d",
        "Half-life of the grievance.",
        unit="duration",
        source="SIGACTS Iraq 2004-07, timing only: 0.5-2.4 d; Lewis et al. 2012 Security J 25:244",
        role="uncertainty",
        ge=0.5,
        le=17_520,
    )
    by_severity: bool = param(
        True, "Weigh each attack by 1 + log2(1 + killed) over its mean.", source="assumption"
    )


def _battle(default: float) -> Any:
    return param(
        default,
        "Attacks answered in the same battle per attack suffered, at rivalry and opportunity 1.",
        unit="attacks per attack",
        source="SIGACTS Iraq 2004-07: mobilised 0.10-0.20, quiet 0-0.1",
        role="uncertainty",
        ge=0,
        le=5,
    )


def _reprisal(default: float) -> Any:
    return param(
        default,
        "Reprisals per attack suffered, at rivalry and opportunity 1.",
        unit="attacks per attack",
        source="SIGACTS Iraq 2004-07: mobilised 0.2-0.5, quiet 0-0.25",
        role="uncertainty",
        ge=0,
        le=5,
    )


class QuietStance(Group):
    """What a quiet unit does about attacks suffered."""

    battle: float = _battle(0.05)
    reprisal: float = _reprisal(0.1)


class MobilisedStance(Group):
    """What a mobilised unit does about attacks suffered."""

    battle: float = _battle(0.15)
    reprisal: float = _reprisal(0.35)


class StandDownStance(Group):
    """What a unit does about attacks suffered while it obeys an order to withdraw or hold."""

    battle: float = _battle(0.05)
    reprisal: float = _reprisal(0.1)


class Stances(Group):
    """The three stances of a unit, and when it changes between them."""

    quiet: QuietStance = param(QuietStance, "No mobilisation.")
    mobilised: MobilisedStance = param(MobilisedStance, "After mobilisation.")
    stand_down: StandDownStance = param(StandDownStance, "While an order is obeyed.")
    stand_down_compliance: float = param(
        0.5, "Compliance from which a unit stands down.", ge=0, le=1
    )
    mobilisation_lapse: Duration = param(
        "7d",
        "A mobilised unit is quiet again after this long without a death in its province.",
        unit="duration",
        source="assumption",
        role="uncertainty",
        ge=1,
        le=8760,
    )
    unasked: bool = param(
        False, "Whether a unit whose dead went unanswered may mobilise unasked.", role="lever"
    )
    unasked_after: Duration = param(
        "10d",
        "Mean time until it does.",
        unit="duration",
        role="uncertainty",
        gt=0,
        le=8760,
    )


class Crowds(Group):
    """Crowds that come with a mobilisation."""

    enabled: bool = param(True, "Switch.", role="lever")
    weight: float = param(
        0.1,
        "Fighters that one person of a crowd counts for.",
        role="uncertainty",
        ge=0,
        le=1,
    )


class Provocation(Group):
    """What insults do, and an order not to be provoked."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=9,
        title="Order not to be provoked",
        words="instructed his followers not to be provoked by the comments",
        model="While the order holds, the group's units avenge attacks and resent insults less.",
        rules=(provocation.response, orders.holds),
        key=("provocation.restraint",),
        switches=(Switch("provocation.restraint", 1.0), Switch("provocation.enabled")),
        scenarios=("no-restraint-order",),
        more=("orders.*.lasts",),
    )

    enabled: bool = param(True, "Switch.", role="lever")
    restraint: float = param(
        0.5,
        "What an order not to be provoked leaves of reprisals and of answers to insults.",
        unit="factor",
        source="assumption, range 0.2-1; AP, 1 September 2022: not to be provoked",
        role="uncertainty",
        ge=0,
        le=1,
    )


class NationalShock(Group):
    """A deadly attack raises the same dyad's reprisal grievance in other provinces."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=18,
        title="National shock",
        words="the tensions appear to have migrated from Baghdad to the southern majority Shiite"
        " provinces",
        model="A deadly attack raises the same dyad's reprisal grievance in every other province"
        " where both stand, after a lag. Spillover to neighbours is separate, and off by default.",
        rules=(spread.shock, spread.lag, spread.neighbour, "sim.tables.magnitudes"),
        key=("national_shock.strength",),
        switches=(Switch("national_shock.enabled"), Switch("spillover.enabled")),
        scenarios=("frayed-authority-everywhere", "neighbours-catch-fire", "no-memory"),
        more=("national_shock.", "spillover."),
    )

    enabled: bool = param(True, "Switch.", role="lever")
    strength: float = param(
        0.08,
        "Attack-equivalents per log2(1 + killed), times one minus the province's authority.",
        unit="attack-equivalents",
        source="assumption, range 0-0.25; AP, 1 September 2022: violence migrated",
        role="uncertainty",
        ge=0,
        le=5,
    )
    lag_min: Duration = param(
        "6h", "Shortest lag.", unit="duration", source="assumption", ge=0, le=8760
    )
    lag_max: Duration = param(
        "48h", "Longest lag.", unit="duration", source="assumption", ge=0, le=8760
    )


class Spillover(Group):
    """An attack raises the same dyad's reprisal grievance in neighbouring provinces."""

    enabled: bool = param(
        False, "Switch.", role="lever", source="SIGACTS Iraq 2004-07: no neighbour effect found"
    )
    share: float = param(
        0.1,
        "Attack-equivalents in each neighbour per attack.",
        unit="attack-equivalents",
        role="uncertainty",
        ge=0,
        le=1,
    )
