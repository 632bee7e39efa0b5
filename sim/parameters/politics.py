"""Politics: the calendar, deadlock, calls for restraint and truces."""

from __future__ import annotations

from typing import ClassVar

from sim.parameters.declare import Change, Group, Key, Level, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.parameters.triggers import Timing
from sim.rules import tension
from sim.units import Duration, LocalTime


class Branch(Group):
    """One course that a political event may take."""

    probability: Level = uncertainty(..., "Probability of this course.", unit="probability")
    effect: dict[str, Change] = uncertainty(
        dict,
        "Relative change of the background rate of each bloc named (0.2 is a fifth more).",
        unit="share",
        source="assumption: postponed -0.1 (0 to -0.3), negative ruling +0.2 (0 to 1)",
    )
    half_life: Duration = uncertainty("7d", "Half-life of the change.", gt=0, le=8760)
    again_after: Duration | None = uncertainty(
        None,
        "The event is moved by this long and then drawn anew; null when this course ends it.",
        gt=0,
        le=8760,
    )


class CalendarEvent(Group):
    """A dated political event with uncertain course.

    Where the probabilities of its branches sum to less than 1 it may not take place.
    """

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=11,
        title="Political calendar",
        words="A negative ruling is expected to elicit a reaction from the cleric",
        model="A dated event takes one of its branches with the probabilities that the scenario"
        " gives. A branch changes the base rate of the blocs it names, fading, may move the event,"
        " and may trigger orders. Branches are stored, so results can be split by them.",
        rules=(tension.branch, tension.pulse),
        key=("calendar.*.branches.*.probability", "calendar.*.branches.*.effect.*"),
        switches=(
            Switch("calendar.*.branches.*.probability", 0.0),
            Switch("calendar.*.branches.*.effect.*", 0.0),
        ),
        scenarios=("negative-ruling", "ruling-postponed-again"),
        more=("calendar.",),
    )

    label: str = param("", "What it is.")
    at: LocalTime = lever(..., "Local time.")
    branches: dict[Key, Branch] = param(..., "The courses that it may take.", min_length=1)


class Deadlock(Group):
    """A deadlock that raises background rates month by month until it ends."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=12,
        title="Deadlock",
        words="Both camps disagree over the appropriate mechanism to dissolve parliament",
        model="The base rate grows month by month from a date on, until a calendar event ends it.",
        rules=(tension.deadlock,),
        key=("deadlock.growth",),
        switches=(Switch("deadlock.enabled"),),
        scenarios=("iraq-2022",),
        more=("deadlock.",),
    )

    enabled: bool = lever(False, "Switch.")
    since: LocalTime | None = param(None, "When it began (such as an election).")
    growth: float = uncertainty(
        0.1,
        "Growth of the background rate.",
        unit="per month of 30 days",
        source="assumption, range 0-0.3; AP, 1 September 2022: disagreement over parliament",
        ge=0,
        le=10,
    )
    ends_with: str | None = param(
        None, "Calendar event or branch ('event.branch') that ends it; never when left out."
    )


class RestraintCall(Group):
    """A call for restraint from outside, such as by the Security Council."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=19,
        title="Call for restraint",
        words="appealed for “calm and restraint,”",
        model="A call from outside multiplies the base rate of every group for a while.",
        rules=(tension.lasting,),
        key=("restraint_calls.*.factor",),
        switches=(Switch("restraint_calls.*.enabled"),),
        scenarios=("no-call-for-restraint", "no-de-escalation"),
        more=("restraint_calls.",),
    )

    enabled: bool = lever(True, "Switch.")
    at: LocalTime = lever(..., "Local time.")
    factor: Level = uncertainty(
        0.98,
        "Factor on the background rate of every group.",
        unit="factor",
        source="assumption, range 0.9-1, prior near nil; AP, 1 September 2022: the U.N.",
    )
    lasts: Duration = param("7d", "How long.", gt=0, le=8760)


class Truce(Group):
    """A stretch, such as a pilgrimage, in which attacks are fewer."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=24,
        title="Truce",
        model="A stretch of the calendar, such as a pilgrimage, multiplies every hazard but that of"
        " fire in a battle.",
        rules=(tension.lasting,),
        key=("truces.*.factor",),
        switches=(Switch("truces.*.enabled"),),
        scenarios=("no-pilgrimage-truce",),
        more=("truces.",),
        elsewhere="The Cradle, 1 September 2022, on the Arbaeen pilgrimage",
    )

    enabled: bool = lever(True, "Switch.")
    start: LocalTime | None = lever(None, "Local time at which it begins.")
    trigger: Timing | None = param(None, "In place of start: when it begins.")
    lasts: Duration = param(..., "How long.", gt=0, le=8760)
    factor: Level = uncertainty(
        0.5,
        "Factor on every hazard but that of fire in a battle.",
        unit="factor",
        source="assumption, range 0.2-1; The Cradle, 1 September 2022: Arbaeen",
    )


class RivalryChange(Group):
    """A rivalry that changes at a date, an order or a branch, such as when an alliance breaks."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=33,
        title="Changing rivalries",
        model="From a date, an order or a branch on, the rivalry between two groups has another"
        " level, in both directions.",
        rules=("sim.world.rivalry_levels",),
        key=("rivalry_changes.*.level",),
        switches=(Switch("rivalry_changes.*.enabled"),),
        scenarios=("lebanon-2008",),
        more=("rivalry_changes.",),
        elsewhere="what chronologies report of alliances",
        example={
            "rivalry_changes": {
                "break": {
                    "trigger": {"after": "60h"},
                    "between": ["red", "violet"],
                    "level": 0.4,
                }
            }
        },
    )

    enabled: bool = lever(True, "Switch.")
    trigger: Timing = param(..., "When it changes.")
    between: list[str] = param(..., "The two groups.", min_length=2, max_length=2)
    level: Level = uncertainty(
        ..., "The rivalry from then on, in both directions; 0 for none.", unit="0 to 1"
    )
