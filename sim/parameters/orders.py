"""Leaders' orders: what triggers them and what they do."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import Field

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
from sim.parameters.triggers import Trigger
from sim.rules import crowd, engagement, orders, provocation, stance
from sim.units import Duration, Rate


class Obedience(Group):
    """How far and how fast units obey an order."""

    if TYPE_CHECKING:
        by_province: dict[str, LocalObedience]

    compliance: Level = uncertainty(
        0.9,
        "Mean share of the order that a unit comes to obey.",
        unit="share",
        source="attack logs Iraq 2006-08: 0.63-0.93 in home provinces (upper bounds)",
    )
    spread: float = uncertainty(
        0.05,
        "Each unit's own share is uniform within this distance of the mean, cut to 0-1.",
        unit="share",
        ge=0,
        le=0.5,
    )
    onset_half_life: Duration = uncertainty(
        "3h",
        "Half-life of the way to full compliance.",
        source="attack logs Iraq 2006-08: within one day; range 0.5-24 h",
        gt=0,
        le=8760,
    )
    deadline: Duration | None = lever(
        None,
        "A deadline makes the onset half-life at most half of it.",
        source="AFP, 30 August 2022: leave within 60 minutes; effect assumed",
        gt=0,
        le=8760,
    )
    relapse_half_life: Duration | None = uncertainty(
        "30d",
        "Half-life of compliance after that; null for none.",
        source="attack logs Iraq 2006-08: weeks at home, a week in the capital; range 6-180 d",
        gt=0,
        le=87_600,
    )


class LocalObedience(Group):
    """What differs in one province from the order's general obedience."""

    compliance: Level | None = param(None, "See the order.", unit="share")
    spread: float | None = param(None, "See the order.", unit="share", ge=0, le=0.5)
    onset_half_life: Duration | None = param(None, "See the order.", gt=0, le=8760)
    deadline: Duration | None = param(None, "See the order.", gt=0, le=8760)
    relapse_half_life: Duration | None = param(None, "See the order.", gt=0, le=87_600)


class Order(Group):
    """What every order has; a subclass is one kind of order, named by its action."""

    if TYPE_CHECKING:
        action: str
    enabled: bool = lever(True, "Switch.")
    group: str = param(
        ..., "The group whose leader gives the order, or a bloc: then all its groups take it."
    )
    trigger: Trigger = param(..., "When the order is given.")
    provinces: list[str] | Everywhere = lever("all", "Where the order applies.")


SPLINTERS = Mechanism(
    number=7,
    title="Deadline and splinters",
    model="A deadline makes the onset half-life at most half of it. Once it has passed, a unit"
    " becomes a splinter, which takes no order any more, with a probability in proportion to"
    " the share that it does not obey.",
    rules=(orders.splinters,),
    key=("orders.*.splinter", "orders.*.deadline"),
    switches=(Switch("orders.*.splinter", 0.0), Switch("orders.*.deadline", None)),
    scenarios=("call-without-deadline",),
    elsewhere="AFP, 30 August 2022: leave within 60 minutes or be disowned",
)


class WithdrawOrder(Order, Obedience):
    """Call to withdraw: the complying share of a unit neither attacks nor answers."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=6,
        title="Call to withdraw",
        words="al-Sadr called on his followers to withdraw",
        model="Each unit comes to obey a share of the order, with an onset and a relapse"
        " half-life. The obeying share neither attacks nor answers, and is a smaller target. An"
        " order to hold ends only attacks that nothing recent caused.",
        rules=(
            orders.due,
            orders.losses_reached,
            orders.may_repeat,
            orders.obedience,
            orders.compliance,
            engagement.availability,
            engagement.background,
            stance.stance,
        ),
        key=("orders.*.compliance", "orders.*.onset_half_life", "orders.*.relapse_half_life"),
        switches=(Switch("orders.*.enabled"),),
        scenarios=("no-withdrawal-call", "late-withdrawal-call", "all-de-escalation"),
        more=(
            "orders.*.action",
            "orders.*.group",
            "orders.*.provinces",
            "orders.*.trigger.",
            "orders.*.enabled",
            "orders.*.spread",
            "orders.*.by_province.",
            "engagement.withdrawn_exposure",
            "stances.stand_down_compliance",
        ),
    )

    action: Literal["withdraw"] = param(..., "The action.")
    splinter: Level = uncertainty(
        0.0,
        "With a deadline: probability that a unit's disobeying part makes it a splinter, which"
        " obeys no order any more.",
        unit="probability",
        source="assumption, range 0.05-0.35; AFP, 30 August 2022: leave or be disowned",
    )
    by_province: dict[str, LocalObedience] = param(dict, "Other values in these provinces.")


class HoldOrder(Order, Obedience):
    """Hold: the complying share of a unit opens no engagement but answers attacks."""

    action: Literal["hold"] = param(..., "The action.")
    by_province: dict[str, LocalObedience] = param(dict, "Other values in these provinces.")


class MobiliseOrder(Order):
    """Mobilise: units become mobilised, and open engagements at an added, fading rate."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=13,
        title="Mobilisation and crowds",
        words="clashes in Baghdad's government zone between al-Sadr's loyalists and Iraqi security"
        " forces",
        model="A mobilise order changes the stance of units, adds an attack rate that fades, and"
        " brings crowds, which add strength and leave as the call to withdraw is obeyed. A unit"
        " whose dead went unanswered may mobilise unasked.",
        rules=(
            stance.stance,
            stance.lapses,
            stance.stands_down,
            stance.outweighs,
            engagement.ordered,
            crowd.strength,
            crowd.gather,
            crowd.mobilises_unasked,
            crowd.stirred,
            engagement.casualties_from_crowd,
        ),
        key=("orders.*.attack_rate", "crowds.weight"),
        switches=(Switch("crowds.enabled"), Switch("stances.unasked"), Switch("orders.*.enabled")),
        scenarios=("iraq-2022", "two-groups"),
        more=(
            "orders.*.attack_half_life",
            "orders.*.against",
            "orders.*.again_after",
            "orders.*.crowd.*",
            "crowds.",
            "stances.mobilisation_lapse",
            "stances.unasked",
            "stances.unasked_after",
        ),
        example={
            "orders": {
                "go_home": {"action": "demobilise", "group": "red", "trigger": {"after": "6d"}}
            }
        },
    )

    action: Literal["mobilise"] = param(..., "The action.")
    attack_rate: Rate = uncertainty(
        "0/d", "Added background rate of a dyad at rivalry 1 and opportunity 1.", ge=0, le=10
    )
    attack_half_life: Duration = uncertainty("2d", "Half-life of the added rate.", gt=0, le=8760)
    against: list[str] | Everywhere = lever("all", "Rival groups at which the added rate is aimed.")
    again_after: Duration | None = param(
        None,
        "The order can be given again after this long; null for once only.",
        ge=1 / 60,
        le=87_600,
    )
    crowd: dict[str, Persons] = uncertainty(
        dict,
        "Persons of the crowd that gathers in each province.",
        unit="persons",
        source="AP, 1 September 2022: loyalists; numbers assumed",
    )


class DemobiliseOrder(Order):
    """Demobilise: units leave the mobilised stance, and their crowds go home."""

    action: Literal["demobilise"] = param(..., "The action.")


class RulesOfEngagementOrder(Order):
    """A rule of engagement for the units of a security force."""

    action: Literal["rules_of_engagement"] = param(..., "The action.")
    rule: RuleOfEngagement = lever(..., "The rule.")


class CloseOfficesOrder(Order):
    """Close the group's offices until further notice."""

    action: Literal["close_offices"] = param(..., "The action.")


class RestrainOrder(Order):
    """Tell units not to be provoked: they answer insults and avenge attacks less."""

    action: Literal["restrain"] = param(..., "The action.")
    lasts: Duration | None = uncertainty(
        "14d", "How long the order holds; null for the rest of the run.", gt=0, le=87_600
    )


class InsultOrder(Order):
    """A personal attack in words on a rival group, felt wherever that group stands."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=10,
        title="Insult",
        words="hurled a personal attack against Khazali",
        model="Words raise the reprisal grievance of every unit of the insulted group against the"
        " insulting one. An attack that they cause has the cause provocation and no parent.",
        rules=(provocation.grievance,),
        key=("orders.*.strength",),
        switches=(Switch("orders.*.strength", 0.0), Switch("provocation.enabled")),
        scenarios=("no-insult", "insult-answered"),
        more=("orders.*.target", "provocation."),
    )

    action: Literal["insult"] = param(..., "The action.")
    target: str = param(..., "The insulted group.")
    strength: float = uncertainty(
        0.05,
        "Grievance raised in each unit of the insulted group.",
        unit="attack-equivalents",
        source="assumption, range 0-0.3, expected weak; AP, 1 September 2022: mad dogs",
        ge=0,
        le=5,
    )


KINDS = {
    get_args(kind.model_fields["action"].annotation)[0]: kind for kind in Order.__subclasses__()
}
if TYPE_CHECKING:
    AnyOrder = Order
else:
    AnyOrder = Annotated[reduce(or_, KINDS.values()), Field(discriminator="action")]
