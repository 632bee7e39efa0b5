"""The hazard of an attack, its modes and its casualties."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.parameters.declare import Group, Level, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import casualties, engagement
from sim.units import Rate


class Severity(Group):
    """Killed per engagement on one side: a lognormal number rounded down to persons."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=23,
        title="Casualties",
        words="left at least 30 people dead and over 400 wounded",
        model="Killed on each side are a lognormal number rounded down, by mode; wounded follow"
        " the killed with a gamma spread. Never more than the people there.",
        rules=(
            "sim.tables.severity",
            casualties.killed,
            "sim.tables.wounded_factors",
            casualties.mean_wounded,
            casualties.wounded,
        ),
        key=("modes.*.target_killed.median", "modes.*.wounded_per_killed"),
        switches=(
            Switch("modes.*.target_killed.median", 0.0),
            Switch("modes.*.attacker_killed.median", 0.0),
            Switch("modes.*.wounded_base", 0.0),
        ),
        scenarios=("iraq-2022",),
        more=(
            "modes.*.target_killed.",
            "modes.*.attacker_killed.",
            "modes.*.wounded_base",
            "engagement.wounded_shape",
            "modes.*.target_killed.most",
            "modes.*.attacker_killed.most",
            "modes.*.civilians_killed.",
        ),
    )

    median: float = param(..., "Median before rounding.", unit="persons", ge=0, le=1000)
    log_sd: float = param(
        1.1,
        "Standard deviation of its logarithm.",
        source="assumption: lognormal-like, range 0.8-1.4",
        ge=0.01,
        le=4,
    )
    most: int = param(
        60,
        "Largest number in one engagement.",
        unit="persons",
        source="assumption: single clashes of militias killed tens, not hundreds",
        ge=0,
        le=2000,
    )


class CivilianSeverity(Severity):
    """Killed of those who belong to neither side."""

    median: float = param(0.0, "Median before rounding; 0 for none.", unit="persons", ge=0, le=1000)


class Mode(Group):
    """One way of attacking, how often it is used and how severe it is."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=2,
        title="Modes of attack",
        words="al-Sadr's militiamen attacked AAH's offices",
        model="Each attack takes one of the scenario's modes, by weight, among those whose needs"
        " (an open office, a crowd, a battle) are met.",
        rules=(engagement.possible, engagement.reached),
        key=("modes.*.weight",),
        switches=(Switch("modes.*.needs", "nothing"),),
        scenarios=("offices-stay-open",),
        more=("modes.*.needs", "groups.*.modes.*"),
    )

    weight: float = uncertainty(..., "Relative frequency.", source="assumption", ge=0, le=1e6)
    target_killed: Severity = uncertainty(..., "Killed on the attacked side.", unit="persons")
    attacker_killed: Severity = uncertainty(..., "Killed on the attacking side.", unit="persons")
    wounded_per_killed: float = uncertainty(
        4.0,
        "Mean wounded per killed, each side.",
        source="Coupland & Meddings 1999 BMJ 319:407 (war 2-13, executions below 1)",
        ge=0,
        le=100,
    )
    wounded_base: float = param(
        0.0,
        "Mean wounded on the attacked side beside those in proportion to killed.",
        unit="persons",
        ge=0,
        le=10_000,
    )
    needs: Literal["nothing", "office", "crowd", "battle", "clash"] = param(
        "nothing",
        "What the mode needs: an open office of the attacked unit, a crowd of the attacker, a"
        " battle (exchanges of fire use modes that need a battle, if there are any), or a clash"
        " with the security force; there the attacked side stands for the followers and the"
        " attacking side for the force, whoever began.",
    )
    rule: Literal["restraint", "live_fire", "any"] = param(
        "any", "Rule of engagement of the security force under which a clash takes this mode."
    )
    civilians_killed: CivilianSeverity = param(
        CivilianSeverity, "Killed of those who belong to neither side.", unit="persons"
    )
    commander_share: Level = uncertainty(
        0.0,
        "Probability that a deadly attack of this mode kills a commander, where there is one.",
        unit="probability",
    )


class Engagement(Group):
    """The core hazard: background rate, opportunity and casualties in general."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=1,
        title="Rivalry",
        words="rival Shiite militia groups",
        model="A level between 0 and 1 for each directed dyad of groups multiplies its hazard;"
        " groups of one bloc are allies and do not fight.",
        rules=(
            "sim.world.rivalry_levels",
            engagement.opportunity,
            engagement.background,
            engagement.openness,
            engagement.attacks,
        ),
        key=("rivalry.*.*", "engagement.background_rate"),
        switches=(Switch("rivalry.*.*", 0.0),),
        scenarios=("two-groups", "tripoli-2022"),
        more=(
            "engagement.reference_fighters",
            "engagement.opportunity_limit",
            "groups.*.bloc",
            "groups.*.fighters.*",
        ),
    )

    background_rate: Rate = uncertainty(
        "0.0024/d",
        "Background rate of a dyad at rivalry 1 and opportunity 1.",
        source="assumption: a few reported killings between the two main rivals a year, 2019-22",
        ge=0,
        le=10,
    )
    reference_fighters: float = param(
        2000.0,
        "Geometric mean of both sides' fighters at which opportunity is 1.",
        unit="persons",
        gt=0,
        le=1e9,
    )
    opportunity_limit: float = uncertainty(
        3.0, "Limit of opportunity, however many fighters face each other.", gt=1, le=100
    )
    withdrawn_exposure: Level = uncertainty(
        0.3,
        "Share of its exposure that a fully withdrawn unit still has as a target.",
        unit="share",
    )
    wounded_shape: float = uncertainty(
        2.0,
        "Shape of the gamma factor that spreads wounded around their mean (small is wide).",
        ge=0.1,
        le=1000,
    )
