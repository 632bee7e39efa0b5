"""The security force."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.parameters.declare import (
    Everywhere,
    Group,
    Level,
    Persons,
    RuleOfEngagement,
    lever,
    param,
    uncertainty,
)
from sim.parameters.mechanism import Mechanism, Switch
from sim.parameters.violence import Severity
from sim.rules import battle, crowd, curfew, deployment, engagement, intervention
from sim.units import Duration, LocalTime, Rate

PRESENCE = Mechanism(
    number=15,
    title="Deterrence, parting and a third side",
    words="to contain the violence",
    model="Presence beyond the usual one lowers every hazard in the province and parts those who"
    " fight; the force may fire in an engagement, and may spare one bloc.",
    rules=(
        deployment.beyond,
        deployment.deterrence,
        battle.ends,
        intervention.joins,
        intervention.fires_at_attacker,
        intervention.deters,
    ),
    key=("deterrence.strength", "third_side.probability"),
    switches=(
        Switch("deterrence.enabled"),
        Switch("separation.enabled"),
        Switch("third_side.enabled"),
    ),
    scenarios=("heavy-deployment", "partisan-security-forces", "security-forces-hold-fire"),
    more=("deterrence.", "separation.", "third_side."),
)


class Deterrence(Group):
    """Presence of the security force beyond the usual one lowers every hazard in the province."""

    enabled: bool = lever(True, "Switch.")
    strength: float = uncertainty(
        0.1,
        "Hazard falls by exp(-strength x authority x presence beyond the usual one).",
        unit="per person per 1,000 residents",
        source="contested (Biddle et al. 2012; Minkov & Tikuisis 2014): scan 0-0.6",
        ge=0,
        le=2,
    )


class Separation(Group):
    """Security forces beyond those usually there part the sides of a battle."""

    enabled: bool = lever(True, "Switch.")
    rate: Rate = uncertainty(
        "6/d",
        "Rate at which each person per 1,000 residents beyond the usual presence ends a battle.",
        source="assumption; AP, 1 September 2022: deployed to contain the violence",
        ge=0,
        le=1000,
    )


DeploymentRule = Literal["none", "proportional", "recent_casualties", "capital_first", "fixed_plan"]


class Deployment(Group):
    """Where the mobile reserve of the security force goes, and how fast."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=14,
        title="Deployment",
        words="Iraqi security forces were swiftly deployed",
        model="Deaths in a province raise an alarm; after a lag a share of the reserve, by the"
        " chosen rule, builds up there and leaves after calm.",
        rules=(
            deployment.alarmed,
            deployment.intended,
            deployment.capital_claim,
            deployment.approach,
        ),
        key=("deployment.lag", "deployment.build_up", "deployment.ceiling"),
        switches=(Switch("deployment.rule", "none"),),
        scenarios=("no-deployment", "slow-deployment", "heavy-deployment"),
        more=(
            "deployment.",
            "provinces.*.presence",
            "provinces.*.population",
            "provinces.*.capital",
        ),
    )

    rule: DeploymentRule = lever(
        "recent_casualties",
        "How the reserve is shared: none; proportional to population; to recent casualties;"
        " the capital first; a fixed plan.",
    )
    reserve: int = lever(20_000, "Persons that can be moved.", unit="persons", ge=0, le=100_000_000)
    alarm_killed: int = param(
        1, "Deaths in a province within alarm_window that raise its alarm.", ge=0, le=10_000
    )
    alarm_window: Duration = param("6h", "See alarm_killed.", gt=0, le=720)
    lag: Duration = lever(
        "1.5h",
        "From alarm to the first arrival.",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        ge=0,
        le=8760,
    )
    build_up: Duration = lever(
        "1h",
        "Half-life of the way from present to intended strength.",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        gt=0,
        le=8760,
    )
    ceiling: float = lever(
        3.0,
        "Largest reinforcement of one province.",
        unit="persons per 1,000 residents",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        ge=0,
        le=200,
    )
    return_after: Duration = lever(
        "3d",
        "A province's reinforcement leaves after this long without an engagement there.",
        gt=0,
        le=8760,
    )
    memory: Duration = param(
        "1d", "Half-life of casualties in the rule recent_casualties.", gt=0, le=8760
    )
    plan: dict[str, Persons] = lever(
        dict, "Persons to each province under fixed_plan.", unit="persons"
    )


def _median(default: float) -> Any:
    return uncertainty(default, "Median before rounding.", unit="persons", ge=0, le=1000)


class FireSeverity(Severity):
    """Killed by the security force's fire in one engagement."""

    median: float = _median(1.0)


class LossSeverity(Severity):
    """Killed of the security force in one engagement."""

    median: float = _median(0.5)


class ThirdSide(Group):
    """The security force may fire in an engagement, and may take sides."""

    enabled: bool = lever(True, "Switch.")
    probability: Level = uncertainty(
        0.1,
        "Probability per engagement that it fires where it is present.",
        unit="probability",
        source="assumption, range 0-0.4; Knights (Washington Institute): it mostly held fire",
    )
    favours: str | None = uncertainty(
        None, "Bloc that it neither deters nor fires at; none when left out."
    )
    killed: FireSeverity = param(FireSeverity, "Killed by its fire.")
    own_killed: LossSeverity = param(LossSeverity, "Killed of its own.")


class Clashes(Group):
    """Clashes between a group's followers and the security force, where that is a group."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=32,
        title="Clashes with the security force",
        words="clashes in Baghdad's government zone between al-Sadr's loyalists and Iraqi security"
        " forces",
        model="A security force may be a group of its own, with rivals. It opens no attack, and"
        " answers fire. Modes that need a clash are those of its engagements, by its rule of"
        " engagement: restraint or live fire. A clash disperses a share of the crowd.",
        rules=(engagement.fits, engagement.initiates, crowd.dispersed),
        key=("clashes.rule", "clashes.disperses"),
        switches=(Switch("groups.*.kind", "militia"), Switch("clashes.disperses", 0.0)),
        scenarios=("iraq-2022", "restraint-in-the-capital", "baghdad-july-2022"),
        more=("clashes.", "groups.*.kind", "groups.*.blamed_on", "modes.*.rule", "orders.*.rule"),
        example={
            "groups": {
                "guards": {
                    "label": "Guards",
                    "bloc": "state",
                    "kind": "security_force",
                    "fighters": {"north": 1500, "south": 800},
                    "blamed_on": ["violet"],
                }
            },
            "rivalry": {"red": {"guards": 0.9}},
            "modes": {
                "tear_gas": {
                    "weight": 1.0,
                    "needs": "clash",
                    "rule": "restraint",
                    "target_killed": {"median": 0.2},
                    "attacker_killed": {"median": 0.1},
                    "wounded_base": 30.0,
                },
                "live_rounds": {
                    "weight": 1.0,
                    "needs": "clash",
                    "rule": "live_fire",
                    "target_killed": {"median": 2.0},
                    "attacker_killed": {"median": 0.3},
                    "civilians_killed": {"median": 0.4},
                },
            },
            "clashes": {"rule": "restraint", "disperses": 0.3},
            "crowds": {"anger": 0.1},
            "orders": {
                "open_fire": {
                    "action": "rules_of_engagement",
                    "group": "guards",
                    "rule": "live_fire",
                    "trigger": {"after": "20h"},
                }
            },
        },
    )

    rule: RuleOfEngagement = lever(
        "live_fire", "Rule of engagement of the security force as the run starts."
    )
    disperses: Level = uncertainty(
        0.0,
        "Share of the crowd that leaves after a clash.",
        unit="share",
        source="assumption, range 0-0.5",
    )


class Mediation(Group):
    """A governor's mediation, once the security force is there and killing has paused."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=17,
        title="Mediation",
        words="said calm had been restored",
        model="Once the security force has come in strength and nobody was killed for a while, a"
        " governor ends the battles in the province and eases the reprisal grievance there, once"
        " an alarm.",
        rules=(intervention.mediates, intervention.eased),
        key=("mediation.presence", "mediation.reprisal_factor"),
        switches=(Switch("mediation.enabled"),),
        scenarios=("no-mediation", "all-de-escalation"),
        more=("mediation.",),
    )

    enabled: bool = lever(True, "Switch.")
    provinces: list[str] | Everywhere = lever("all", "Where governors mediate.")
    presence: float = uncertainty(
        1.0,
        "Presence beyond the usual one that mediation needs.",
        unit="persons per 1,000 residents",
        ge=0,
        le=200,
    )
    pause: Duration = param("3h", "How long nobody died in the province first.", ge=0, le=240)
    reprisal_factor: Level = uncertainty(
        0.5,
        "What mediation leaves of the reprisal grievance in the province.",
        unit="factor",
        source="assumption, range 0.2-1; AP, 1 September 2022: calm had been restored",
    )


class Curfew(Group):
    """A curfew: fewer attacks by crowds and on open offices, in some provinces, for a while."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=25,
        title="Curfew",
        model="At a date, or some hours after a number of deaths, a curfew begins. While it"
        " holds, only a share of the attacks that need a crowd or an open office takes place.",
        rules=(curfew.begins, curfew.left),
        key=("curfews.*.leaves", "curfews.*.lasts"),
        switches=(Switch("curfews.*.enabled"), Switch("curfews.*.leaves", 1.0)),
        scenarios=("curfew",),
        more=("curfews.",),
        elsewhere="news reports, 29-30 August 2022: Baghdad from 15:30, the country from 19:00",
        example={"curfews": {"night": {"killed": 20, "lasts": "9h", "leaves": 0.2}}},
    )
    acts: ClassVar[dict[str, str]] = {"curfew": "curfew (declared)"}

    enabled: bool = lever(True, "Switch.")
    at: LocalTime | None = lever(None, "Local time at which it begins.")
    killed: int = param(
        10,
        "Without a time: deaths in its provinces that set it off.",
        unit="persons",
        ge=1,
        le=10_000,
    )
    within: Duration = param("6h", "Window for these deaths.", gt=0, le=720)
    after: Duration = lever("3h", "From those deaths to its beginning.", ge=0, le=720)
    provinces: list[str] | Everywhere = lever("all", "Where it holds.")
    lasts: Duration = lever("20h", "How long.", gt=0, le=8760)
    leaves: Level = uncertainty(
        0.5,
        "Share that it leaves of attacks that need a crowd or an open office.",
        unit="share",
        source="assumption, range 0.2-0.9",
    )
