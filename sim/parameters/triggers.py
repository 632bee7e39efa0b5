"""When something begins or is ordered: a time, a delay, a condition, or a decision."""

from __future__ import annotations

from typing import ClassVar

from sim.parameters.declare import Everywhere, Group, Key, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import decision, orders
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
        None, "The group lost at least this many within the window.", unit="persons", ge=1
    )
    rival_killed: int | None = param(
        None, "Its rivals lost at least this many within the window.", unit="persons", ge=1
    )
    killed: int | None = param(
        None, "At least this many were killed on all sides within the window.", unit="persons", ge=1
    )
    within: Duration | None = param("24h", "The window; null for since the start.", gt=0, le=8760)
    provinces: list[str] | Everywhere = param("all", "Where they were killed.")


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

    all_of: dict[Key, Losses] = param(dict, "All of these hold too.")
    any_of: dict[Key, Losses] = param(dict, "Any of these holds too.")
    none_of: dict[Key, Losses] = param(dict, "None of these holds.")


class Decision(Group):
    """A leader decides on an order by himself: when, and whether, is an outcome of the run."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=27,
        title="Decision of a leader",
        words="The armed hostilities ended on Tuesday when al-Sadr called on his followers",
        model="An order may be decided instead of dated. The hazard of giving it is a base rate and"
        " what is added by own dead, the rivals' dead, own followers in the street, time, and"
        " pressure from outside: a call for restraint, a patron who restrains, a mediator.",
        rules=(decision.hazard, decision.decides),
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
        None, "The order, event or branch after which it may be decided; the start when left out."
    )
    rate: Rate = uncertainty(
        "0/d",
        "Rate of deciding by itself.",
        ge=0,
        le=1000,
    )
    own_killed: Rate = uncertainty(
        "0/d",
        "What each own dead within the window adds.",
        unit="per day and person",
        source="assumption; ceasefires are likelier where violence is intense, Clayton et al. 2022",
        ge=0,
        le=1000,
    )
    rival_killed: Rate = uncertainty(
        "0/d",
        "What each dead of its rivals within the window adds.",
        unit="per day and person",
        ge=0,
        le=1000,
    )
    within: Duration = param("24h", "The window.", gt=0, le=8760)
    followers: Rate = uncertainty(
        "0/d",
        "What each 1,000 of its followers in the street add.",
        unit="per day and 1,000 persons",
        ge=0,
        le=1000,
    )
    time: Rate = uncertainty(
        "0/d",
        "What each day since then adds.",
        unit="per day and day",
        source="assumption; fighting tells both sides how strong they are, Powell 2004",
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
        "What a governor's mediation within the window adds.",
        source="assumption; ceasefires are likelier during mediation, Clayton et al. 2022",
        ge=0,
        le=1000,
    )


class Trigger(Timing):
    """When an order is given: exactly one of at, after, when and decided."""

    when: Condition | None = param(None, "Once this condition holds.")
    decided: Decision | None = param(None, "Once its leader decides it.")
