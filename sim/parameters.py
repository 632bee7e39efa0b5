"""Every parameter of a scenario, declared once.

Each field carries its unit, bounds, default, source (a reference or "assumption") and
role. Roles: a ``constant`` is held, an ``uncertainty`` is not ours to choose, a
``lever`` is something an actor could choose otherwise. The YAML check, the JSON Schema,
the parameter table of the docs and the bounds of a sweep are all read from here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.units import Duration, LocalTime, Rate

Role = Literal["constant", "uncertainty", "lever"]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Persons = Annotated[int, Field(ge=0, le=100_000_000)]
Level = Annotated[float, Field(ge=0, le=1)]
Activity = Annotated[float, Field(ge=0, le=1e6)]
TileIndex = Annotated[int, Field(ge=0, le=1000)]


def param(
    default: Any,
    text: str,
    *,
    unit: str = "-",
    source: str = "assumption",
    role: Role = "constant",
    **bounds: Any,
) -> Any:
    """Declare one parameter.

    Parameters
    ----------
    default : object
        The default; ``...`` when the scenario file must give the value.
    text : str
        What the parameter means, one sentence.
    unit : str
        Its unit; ``-`` for a pure number or a name.
    source : str
        Where the default comes from, or ``"assumption"``.
    role : {"constant", "uncertainty", "lever"}
        See the module's docstring.
    **bounds
        ``ge``, ``gt``, ``le``, ``lt`` and the like, in hours for durations and per hour for
        rates.

    Returns
    -------
    pydantic.fields.FieldInfo
        The declaration.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "role": role}
    if callable(default):
        return Field(default_factory=default, description=text, json_schema_extra=extra, **bounds)
    return Field(default, description=text, json_schema_extra=extra, **bounds)


class Group(BaseModel):
    """A frozen group of parameters that refuses unknown keys and loose types."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


class Clock(Group):
    """When the run starts, how long it lasts and how fine it is."""

    start: LocalTime = param(..., "Local date and time of tick 0.")
    timezone: str = param(..., "IANA time zone of every local time in the file.")
    length: Duration = param("45d", "How long a run lasts.", unit="duration", gt=0, le=87_600)
    tick: Duration = param(
        "1h",
        "Length of one tick; at most one engagement per dyad and province starts in it.",
        unit="duration",
        source="assumption: shorter than a battle",
        ge=1 / 60,
        le=24,
    )


class Province(Group):
    """A first-level area with explicit neighbours, drawn as one tile."""

    label: str = param(..., "Name shown in figures.", min_length=1, max_length=60)
    tile: list[TileIndex] = param(
        ..., "Row and column on the tile grid.", min_length=2, max_length=2
    )
    population: int = param(..., "Residents.", unit="persons", ge=1, le=2_000_000_000)
    region: str = param(..., "Region, for grouping.", min_length=1)
    authority: float = param(
        1.0,
        "State authority: how far presence of the security force deters (0 frayed, 1 full).",
        role="uncertainty",
        ge=0,
        le=1,
    )
    hour_profile: str = param("flat", "Name of an entry of hour_profiles, or 'flat'.")
    capital: bool = param(False, "Whether this is the capital; one province at most.")
    presence: float = param(
        0.0,
        "Security force always present.",
        unit="persons per 1,000 residents",
        role="uncertainty",
        ge=0,
        le=200,
    )
    neighbours: list[str] = param(list, "Provinces that share a border; one direction suffices.")


class ArmedGroup(Group):
    """An organised armed group: its bloc, its leader and where its units stand."""

    label: str = param(..., "Name shown in figures.", min_length=1, max_length=60)
    bloc: str = param(..., "Groups of one bloc are allies and do not fight.", min_length=1)
    leader: str = param("", "Name of the leader, for the reader only.")
    fighters: dict[str, Persons] = param(
        ...,
        "Persons of the group's unit in each province.",
        unit="persons",
        role="uncertainty",
        min_length=1,
    )


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


class BattleExcitation(Group):
    """Same-battle excitation: an attack in this province is answered within hours."""

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


class NationalShock(Group):
    """A deadly attack raises the same dyad's reprisal grievance in other provinces."""

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


class Deterrence(Group):
    """Presence of the security force lowers every hazard in the province."""

    enabled: bool = param(True, "Switch.", role="lever")
    strength: float = param(
        0.1,
        "Hazard falls by exp(-strength x authority x presence).",
        unit="per person per 1,000 residents",
        source="contested (Biddle et al. 2012; Minkov & Tikuisis 2014): scan 0-0.6",
        role="uncertainty",
        ge=0,
        le=2,
    )


class Separation(Group):
    """Security forces on the spot end a battle that has paused."""

    enabled: bool = param(True, "Switch.", role="lever")
    presence: float = param(
        6.0,
        "Presence from which they part the sides.",
        unit="persons per 1,000 residents",
        role="uncertainty",
        ge=0,
        le=200,
    )
    pause: Duration = param(
        "2h", "Time without an engagement in the province first.", unit="duration", ge=0, le=240
    )


DeploymentRule = Literal["none", "proportional", "recent_casualties", "capital_first", "fixed_plan"]


class Deployment(Group):
    """Where the mobile reserve of the security force goes, and how fast."""

    rule: DeploymentRule = param(
        "recent_casualties",
        "How the reserve is shared: none; proportional to population; to recent casualties;"
        " the capital first; a fixed plan.",
        role="lever",
    )
    reserve: int = param(
        20_000, "Persons that can be moved.", unit="persons", role="lever", ge=0, le=100_000_000
    )
    alarm_killed: int = param(
        1, "Killed in a province within alarm_window that raise its alarm.", ge=0, le=10_000
    )
    alarm_window: Duration = param("6h", "See alarm_killed.", unit="duration", gt=0, le=720)
    lag: Duration = param(
        "1.5h",
        "From alarm to the first arrival.",
        unit="duration",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        role="lever",
        ge=0,
        le=8760,
    )
    build_up: Duration = param(
        "1h",
        "Half-life of the way from present to intended strength.",
        unit="duration",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        role="lever",
        gt=0,
        le=8760,
    )
    ceiling: float = param(
        3.0,
        "Largest reinforcement of one province.",
        unit="persons per 1,000 residents",
        source="assumption; AP, 1 September 2022: swiftly deployed",
        role="lever",
        ge=0,
        le=200,
    )
    return_after: Duration = param(
        "3d",
        "A province's reinforcement leaves after this long without an engagement there.",
        unit="duration",
        role="lever",
        gt=0,
        le=8760,
    )
    memory: Duration = param(
        "1d",
        "Half-life of casualties in the rule recent_casualties.",
        unit="duration",
        gt=0,
        le=8760,
    )
    plan: dict[str, Persons] = param(
        dict, "Persons to each province under fixed_plan.", unit="persons", role="lever"
    )


class Condition(Group):
    """Something that must hold for an order to be given; killed are counted nationally."""

    own_killed: int | None = param(
        None, "The group lost at least this many within the window.", unit="persons", ge=1
    )
    rival_killed: int | None = param(
        None, "Its rivals lost at least this many within the window.", unit="persons", ge=1
    )
    within: Duration = param("24h", "The window.", unit="duration", gt=0, le=8760)


class Trigger(Group):
    """When an order is given: exactly one of at, after and when."""

    at: LocalTime | None = param(None, "At this local time.", role="lever")
    after: Duration | None = param(
        None, "This long after the start, or after 'of'.", unit="duration", role="lever", ge=0
    )
    of: str | None = param(
        None, "The order or calendar event that 'after' counts from; the start when left out."
    )
    when: Condition | None = param(None, "Once this condition holds.")


class Obedience(Group):
    """How far and how fast units obey an order."""

    compliance: float = param(
        0.9,
        "Mean share of the order that a unit comes to obey.",
        unit="share",
        source="attack logs Iraq 2006-08: 0.63-0.93 in home provinces (upper bounds)",
        role="uncertainty",
        ge=0,
        le=1,
    )
    spread: float = param(
        0.05,
        "Each unit's own share is uniform within this distance of the mean, cut to 0-1.",
        unit="share",
        role="uncertainty",
        ge=0,
        le=0.5,
    )
    onset_half_life: Duration = param(
        "3h",
        "Half-life of the way to full compliance.",
        unit="duration",
        source="attack logs Iraq 2006-08: within one day; range 0.5-24 h",
        role="uncertainty",
        gt=0,
        le=8760,
    )
    deadline: Duration | None = param(
        None,
        "A deadline makes the onset half-life at most half of it.",
        unit="duration",
        source="AFP, 30 August 2022: leave within 60 minutes; effect assumed",
        role="lever",
        gt=0,
        le=8760,
    )
    relapse_half_life: Duration | None = param(
        "30d",
        "Half-life of compliance after that; null for none.",
        unit="duration",
        source="attack logs Iraq 2006-08: weeks at home, a week in the capital; range 6-180 d",
        role="uncertainty",
        gt=0,
        le=87_600,
    )


class LocalObedience(Group):
    """What differs in one province from the order's general obedience."""

    compliance: float | None = param(None, "See the order.", unit="share", ge=0, le=1)
    spread: float | None = param(None, "See the order.", unit="share", ge=0, le=0.5)
    onset_half_life: Duration | None = param(None, "See the order.", unit="duration", gt=0, le=8760)
    deadline: Duration | None = param(None, "See the order.", unit="duration", gt=0, le=8760)
    relapse_half_life: Duration | None = param(
        None, "See the order.", unit="duration", gt=0, le=87_600
    )


class _Order(Group):
    enabled: bool = param(True, "Switch.", role="lever")
    group: str = param(..., "The group whose leader gives the order.")
    trigger: Trigger = param(..., "When the order is given.")
    provinces: list[str] | Literal["all"] = param("all", "Where the order applies.", role="lever")


class WithdrawOrder(_Order, Obedience):
    """Call to withdraw: the complying share of a unit neither attacks nor answers."""

    action: Literal["withdraw"] = param(..., "The action.")
    by_province: dict[str, LocalObedience] = param(dict, "Other values in these provinces.")


class HoldOrder(_Order, Obedience):
    """Hold: the complying share of a unit opens no engagement but answers attacks."""

    action: Literal["hold"] = param(..., "The action.")
    by_province: dict[str, LocalObedience] = param(dict, "Other values in these provinces.")


class MobiliseOrder(_Order):
    """Mobilise: units become mobilised, and open engagements at an added, fading rate."""

    action: Literal["mobilise"] = param(..., "The action.")
    attack_rate: Rate = param(
        "0/d",
        "Added background rate of a dyad at rivalry 1 and opportunity 1.",
        unit="per day",
        role="uncertainty",
        ge=0,
        le=10,
    )
    attack_half_life: Duration = param(
        "2d",
        "Half-life of the added rate.",
        unit="duration",
        role="uncertainty",
        gt=0,
        le=8760,
    )
    again_after: Duration | None = param(
        None,
        "The order can be given again after this long; null for once only.",
        unit="duration",
        ge=1 / 60,
        le=87_600,
    )


Order = Annotated[WithdrawOrder | HoldOrder | MobiliseOrder, Field(discriminator="action")]


class CalendarEvent(Group):
    """A dated political event that may or may not take place."""

    label: str = param("", "What it is.")
    at: LocalTime = param(..., "Local time.", role="lever")
    probability: float = param(
        1.0, "Probability that it takes place.", role="uncertainty", ge=0, le=1
    )


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
    measures: Measures = param(Measures, "Definitions for outcomes.")
