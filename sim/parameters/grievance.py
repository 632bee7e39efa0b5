"""Excitation, stances, and how grievance spreads."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.parameters.declare import Group, Level, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import battle, engagement, grievance, orders, provocation, spread
from sim.units import Duration, Rate


class Battle(Group):
    """Battles: an attack may open one, in which both sides fire until it ends."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=3,
        title="Battles",
        words="a battle ensued for several hours throughout the night",
        model="An attack may open a battle between two units. While it lasts both fire, the side"
        " hit last more often, and each exchange answers the last one. It ends of its own accord"
        " within hours, by forces that part the sides, or when one side stands down.",
        rules=(
            battle.following,
            battle.chance,
            battle.fire,
            battle.ends,
            engagement.cause,
        ),
        key=("stances.mobilised.battle", "battle.half_life", "battle.exchanges"),
        switches=(Switch("battle.enabled"),),
        scenarios=("two-groups", "no-memory"),
        more=("stances.quiet.battle", "battle.turn"),
    )

    enabled: bool = lever(True, "Switch.")
    half_life: Duration = uncertainty(
        "2h",
        "Time by which half of the battles have ended of their own accord.",
        source="SIGACTS Iraq 2004-07, timing only: 1.5-4.5 h",
        ge=0.1,
        le=240,
    )
    exchanges: Rate = uncertainty(
        "18/d",
        "Exchanges of fire that each side begins while a battle lasts, at equal strength.",
        source="assumption",
        ge=0,
        le=1000,
    )
    turn: Level = uncertainty(
        0.5,
        "How much more the side hit last fires, and the other less.",
        unit="share",
        source="assumption",
    )


class ReprisalGrievance(Group):
    """Reprisal grievance: an attack in this province is avenged within days."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=4,
        title="Reprisal grievance",
        words="In retaliation, AAH attacked al-Sadr's militiamen",
        model="An attack suffered raises the hazard of a reprisal in the same province, fading"
        " within days and weighted by its deaths.",
        rules=(
            grievance.excite,
            grievance.contribution,
            grievance.of_own_dead,
            engagement.cause,
            "sim.tables.marks",
        ),
        key=("stances.mobilised.reprisal", "reprisal.half_life"),
        switches=(Switch("reprisal.enabled"),),
        scenarios=("two-groups", "no-memory"),
        more=("stances.quiet.reprisal", "reprisal.by_severity", "reprisal.own_dead"),
    )

    enabled: bool = lever(True, "Switch.")
    half_life: Duration = uncertainty(
        "1.2d",
        "Half-life of the grievance.",
        source="SIGACTS Iraq 2004-07, timing only: 0.5-2.4 d; Lewis et al. 2012 Security J 25:244",
        ge=0.5,
        le=17_520,
    )
    by_severity: bool = param(
        True, "Weigh each attack by 1 + log2(1 + killed) over its mean.", source="assumption"
    )
    own_dead: float = uncertainty(
        0.5,
        "Weight for the attacker of an attack in which it lost people.",
        unit="attack-equivalents",
        source="assumption; Haushofer et al. 2010, PNAS 107:17927: own deaths raise the chance of"
        " violence, their number does not raise its size",
        ge=0,
        le=5,
    )


def _battle(default: float) -> Any:
    return uncertainty(
        default,
        "Engagements in the same battle per engagement, at opportunity 1 and equal strength.",
        unit="attacks per attack",
        source="SIGACTS Iraq 2004-07: mobilised 0.10-0.20, quiet 0-0.1",
        ge=0,
        le=1,
    )


def _reprisal(default: float) -> Any:
    return uncertainty(
        default,
        "Reprisals per attack suffered, at rivalry and opportunity 1.",
        unit="attacks per attack",
        source="SIGACTS Iraq 2004-07: mobilised 0.2-0.5, quiet 0-0.25",
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


class Stances(Group):
    """What units in either stance do about attacks, and when they change between stances."""

    quiet: QuietStance = param(QuietStance, "No mobilisation.")
    mobilised: MobilisedStance = param(MobilisedStance, "After mobilisation.")
    stand_down_compliance: Level = param(0.5, "Compliance from which a unit stands down.")
    mobilisation_lapse: Duration = uncertainty(
        "7d",
        "A mobilised unit is quiet again after this long without a death in its province.",
        source="assumption",
        ge=1,
        le=8760,
    )
    unasked: bool = lever(False, "Whether a unit whose dead went unanswered may mobilise unasked.")
    unasked_after: Duration = uncertainty("10d", "Mean time until it does.", gt=0, le=8760)


class Crowds(Group):
    """Crowds that come with a mobilisation."""

    enabled: bool = lever(True, "Switch.")
    weight: Level = uncertainty(0.1, "Fighters that one person of a crowd counts for.")
    anger: float = uncertainty(
        0.0,
        "Anger that each follower killed adds; the rate of the order to mobilise grows by 1 +"
        " anger while there is a crowd.",
        unit="per person",
        source="assumption, range 0-0.2",
        ge=0,
        le=10,
    )
    anger_half_life: Duration = uncertainty("12h", "Half-life of anger.", gt=0, le=8760)
    stays: Duration | None = uncertainty(
        None,
        "Half-life of a crowd that nobody sends home; null for until mobilisation lapses.",
        gt=0,
        le=8760,
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

    enabled: bool = lever(True, "Switch.")
    restraint: Level = uncertainty(
        0.5,
        "What an order not to be provoked leaves of reprisals and of answers to insults.",
        unit="factor",
        source="assumption, range 0.2-1; AP, 1 September 2022: not to be provoked",
    )


class NationalShock(Group):
    """A deadly battle raises the same two groups' reprisal grievance in some other provinces."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=18,
        title="National shock",
        words="the tensions appear to have migrated from Baghdad to the southern majority Shiite"
        " provinces",
        model="News of a deadly battle, or of a deadly attack outside one, raises the same dyad's"
        " reprisal grievance in a few other provinces, drawn by opportunity and weak authority,"
        " after a lag. Spillover to neighbours is separate, and off by default.",
        rules=(spread.shock, spread.stirs, spread.lag, spread.neighbour, "sim.tables.magnitudes"),
        key=("national_shock.strength", "national_shock.reach"),
        switches=(Switch("national_shock.enabled"), Switch("spillover.enabled")),
        scenarios=("frayed-authority-everywhere", "neighbours-catch-fire", "no-memory"),
        more=("national_shock.", "spillover."),
    )

    enabled: bool = lever(True, "Switch.")
    strength: float = uncertainty(
        0.08,
        "Attack-equivalents per log2(1 + killed) in a province that the news reaches.",
        unit="attack-equivalents",
        source="assumption, range 0-0.25; AP, 1 September 2022: violence migrated",
        ge=0,
        le=5,
    )
    reach: float = uncertainty(
        2.0,
        "Mean number of other provinces that news of a deadly battle reaches.",
        unit="provinces",
        source="assumption; AP, 1 September 2022: to the southern provinces",
        ge=0,
        le=100,
    )
    lag_min: Duration = param("6h", "Shortest lag.", source="assumption", ge=0, le=8760)
    lag_max: Duration = param("48h", "Longest lag.", source="assumption", ge=0, le=8760)


class Spillover(Group):
    """An attack raises the same dyad's reprisal grievance in neighbouring provinces."""

    enabled: bool = lever(
        False, "Switch.", source="SIGACTS Iraq 2004-07: no neighbour effect found"
    )
    share: Level = uncertainty(
        0.1, "Attack-equivalents in each neighbour per attack.", unit="attack-equivalents"
    )
