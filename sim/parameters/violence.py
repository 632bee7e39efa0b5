"""The hazard of an attack, its modes and its casualties."""

from __future__ import annotations

from typing import Literal

from sim.parameters.declare import Group, param
from sim.units import Rate


class Severity(Group):
    """Killed per engagement on one side: a lognormal number rounded down to persons."""

    median: float = param(..., "Median before rounding.", unit="persons", ge=0, le=1000)
    log_sd: float = param(
        1.1,
        "Standard deviation of its logarithm.",
        source="assumption: lognormal-like, range 0.8-1.4",
        ge=0.01,
        le=4,
    )


class Mode(Group):
    """One way of attacking, how often it is used and how severe it is."""

    weight: float = param(
        ..., "Relative frequency.", source="assumption", role="uncertainty", ge=0, le=1e6
    )
    target_killed: Severity = param(
        ..., "Killed on the attacked side.", unit="persons", role="uncertainty"
    )
    attacker_killed: Severity = param(
        ..., "Killed on the attacking side.", unit="persons", role="uncertainty"
    )
    wounded_per_killed: float = param(
        4.0,
        "Mean wounded per killed, each side.",
        source="Coupland & Meddings 1999 BMJ 319:407 (war 2-13, executions below 1)",
        role="uncertainty",
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
    needs: Literal["nothing", "office", "crowd"] = param(
        "nothing",
        "What the mode needs: an open office of the attacked unit, or a crowd of the attacker.",
    )
    commander_share: float = param(
        0.0,
        "Probability that a deadly attack of this mode kills a commander, where there is one.",
        unit="probability",
        role="uncertainty",
        ge=0,
        le=1,
    )


class Engagement(Group):
    """The core hazard: background rate, opportunity and casualties in general."""

    background_rate: Rate = param(
        "0.0024/d",
        "Background rate of a dyad at rivalry 1 and opportunity 1.",
        unit="per day",
        source="assumption: a few reported killings between the two main rivals a year, 2019-22",
        role="uncertainty",
        ge=0,
        le=10,
    )
    reference_fighters: float = param(
        2000.0,
        "Geometric mean of both sides' fighters at which opportunity is 1.",
        unit="persons",
        role="constant",
        gt=0,
        le=1e9,
    )
    opportunity_limit: float = param(
        1.5,
        "Largest opportunity, however many fighters face each other.",
        role="uncertainty",
        gt=0,
        le=100,
    )
    withdrawn_exposure: float = param(
        0.3,
        "Share of its exposure that a fully withdrawn unit still has as a target.",
        unit="share",
        role="uncertainty",
        ge=0,
        le=1,
    )
    wounded_shape: float = param(
        2.0,
        "Shape of the gamma factor that spreads wounded around their mean (small is wide).",
        role="uncertainty",
        ge=0.1,
        le=1000,
    )
    killed_limit: int = param(
        200,
        "Largest number killed on one side of one engagement.",
        unit="persons",
        ge=1,
        le=2000,
    )
