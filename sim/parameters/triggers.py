"""When something begins or is ordered: a time, a delay, a condition, or a decision."""

from __future__ import annotations

from typing import ClassVar

from sim.parameters.declare import Everywhere, Group, Key, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import decision, engagement, orders
from sim.units import Duration, LocalTime, Rate


class Timing(Group):
    """When something begins: exactly one of at and after."""

    at: LocalTime | None = lever(None, "At this local time.")
    after: Duration | None = lever(None, "This long after the start, or after 'of'.", ge=0)
    of: str | None = param(
        None,
        "The order, calendar event or branch ('event.branch') that 'after' counts from; the start"
        " when left out.",
    )


class Losses(Group):
    """So many killed: exactly one of own_killed, rival_killed and killed."""

    own_killed: int | None = param(
        None,
        "Killed of the group whose leader gives the order, at least this many within the window.",
        unit="persons",
        ge=1,
    )
    rival_killed: int | None = param(
        None, "Killed of its rivals, at least this many within the window.", unit="persons", ge=1
    )
    killed: int | None = param(
        None,
        "Killed on all sides, civilians included, at least this many within the window.",
        unit="persons",
        ge=1,
    )
    within: Duration | None = param(
        "24h",
        "Window before the tick in which they are counted; null for since the start.",
        gt=0,
        le=8760,
    )
    provinces: list[str] | Everywhere = param("all", "Where the killed are counted.")


class Condition(Losses):
    """What must hold for an order to be given: all that stands here."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=26,
        title="Conditions",
        words="The clashes in Baghdad led to the recent flare-up",
        model="An order may wait until so many were killed: of the group, of its rivals or of all,"
        " in some provinces or everywhere, within a window or since the start. all_of, any_of and"
        " none_of join several such counts.",
        rules=(orders.losses_reached,),
        key=("orders.*.trigger.when.own_killed", "orders.*.trigger.when.killed"),
        switches=(Switch("orders.*.enabled"),),
        scenarios=("iraq-2022",),
        example={
            "orders": {
                "rise_after_losses": {
                    "action": "mobilise",
                    "group": "violet",
                    "attack_rate": "1/d",
                    "trigger": {
                        "when": {
                            "own_killed": 2,
                            "within": "2d",
                            "provinces": ["south"],
                            "any_of": {
                                "here": {"rival_killed": 2, "provinces": ["north"]},
                                "all": {"killed": 8, "within": None},
                            },
                            "none_of": {"massacre": {"killed": 90}},
                        }
                    },
                }
            }
        },
    )

    all_of: dict[Key, Losses] = param(
        dict, "Further counts, by names of your choice: all of them hold."
    )
    any_of: dict[Key, Losses] = param(
        dict, "Further counts, by names of your choice: at least one of them holds."
    )
    none_of: dict[Key, Losses] = param(
        dict, "Further counts, by names of your choice: none of them holds."
    )


class Decision(Group):
    """A leader decides on an order by himself: when, and whether, is an outcome of the run."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=27,
        title="Decision of a leader",
        words="The armed hostilities ended on Tuesday when al-Sadr called on his followers",
        model="An order may be decided instead of dated. The hazard of giving it is a base rate and"
        " what is added by own killed, the rivals' killed, followers in the street, time, and"
        " pressure from outside: a call for restraint, a patron who restrains, a mediator.",
        rules=(decision.hazard, engagement.attacks),
        key=(
            "orders.*.trigger.decided.rate",
            "orders.*.trigger.decided.own_killed",
            "orders.*.trigger.decided.call_for_restraint",
        ),
        switches=(Switch("orders.*.enabled"), Switch("orders.*.trigger.decided.rate", "0/d")),
        scenarios=("call-decided", "call-under-pressure"),
        more=("orders.*.trigger.decided.",),
        example={
            "orders": {
                "decided_call": {
                    "action": "withdraw",
                    "group": "red",
                    "trigger": {"decided": {"rate": "0.1/d", "own_killed": "0.2/d"}},
                }
            }
        },
    )

    since: str | None = param(
        None,
        "The order, calendar event or branch ('event.branch') from which on it may be decided; the"
        " start when left out.",
    )
    rate: Rate = uncertainty(
        "0/d",
        "Rate of deciding for no reason below.",
        ge=0,
        le=1000,
    )
    own_killed: Rate = uncertainty(
        "0/d",
        "What each of its own killed within the window adds.",
        unit="per day and person",
        source="assumption; ceasefires are likelier where violence is intense, Clayton, Nygard,"
        " Strand and Rustad 2022 (abstract)",
        ge=0,
        le=1000,
    )
    rival_killed: Rate = uncertainty(
        "0/d",
        "What each of its rivals' killed within the window adds.",
        unit="per day and person",
        ge=0,
        le=1000,
    )
    within: Duration = param(
        "24h", "Window in which killed and mediations count for the decision.", gt=0, le=8760
    )
    followers: Rate = uncertainty(
        "0/d",
        "What each 1,000 of its followers in the street add; those who obey a call are gone.",
        unit="per day and 1,000 persons",
        ge=0,
        le=1000,
    )
    time: Rate = uncertainty(
        "0/d",
        "What each day since it may be decided adds.",
        unit="per day and day",
        source="assumption; war is supposed to be a process of learning, though with exceptions,"
        " Spaniel and Bils 2018, J Conflict Resolution 62:774 (abstract)",
        ge=0,
        le=1000,
    )
    call_for_restraint: Rate = uncertainty(
        "0/d",
        "What a call for restraint in force adds.",
        ge=0,
        le=1000,
    )
    patron: Rate = uncertainty(
        "0/d",
        "What a patron who restrains the group adds.",
        ge=0,
        le=1000,
    )
    mediation: Rate = uncertainty(
        "0/d",
        "What a mediation by any governor within the window adds.",
        source="assumption; ceasefires are likelier during mediation, Clayton, Nygard, Strand and"
        " Rustad 2022 (abstract)",
        ge=0,
        le=1000,
    )


class Trigger(Timing):
    """When an order is given: exactly one of at, after, when and decided."""

    when: Condition | None = param(None, "Once this condition holds.")
    decided: Decision | None = param(None, "Once its leader decides it.")
