"""The models of a targets file: one kind of target for each measure.

A target says what was observed (a value, a range or both; or yes or no), of which provinces,
groups and time it speaks, and where it was reported. How a run is measured in the same way is
in `analysis.measures`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.parameters import Group, Key
from sim.parameters.declare import Everywhere, Level
from sim.units import Duration, LocalTime

Names = Annotated[list[str], Field(min_length=1)]
Count = Annotated[int, Field(ge=0, le=100_000_000)]
HourOfDay = Annotated[int, Field(ge=0, le=23)]


class Window(Group):
    """Local time of which a target speaks: from ``start`` until before ``end``.

    The run's start and end stand in for what is left out. An episode belongs to the window
    in which it starts.
    """

    start: LocalTime | None = None
    end: LocalTime | None = None


class Episode(Group):
    """What counts as one episode: engagements with less than ``gap`` from one to the next.

    Episodes with fewer than ``least_killed`` killed in all are passed over.
    """

    gap: Duration = Field(gt=0, le=8760)
    least_killed: Count = 0


class Elsewhere(Group):
    """Where an episode is looked for next, and how many it must have killed."""

    provinces: Names
    least_killed: Count = 0


class _Target(Group):
    label: str = Field(min_length=1, max_length=80)
    provinces: Names | Everywhere = "all"
    groups: Names | Everywhere = "all"
    window: Window = Window()
    source: str = Field(min_length=1)
    note: str = ""


class _Number(_Target):
    value: float | None = None
    low: float | None = None
    high: float | None = None


class _Hours(_Target):
    unit: ClassVar[str] = "hours"
    value: Duration | None = None
    low: Duration | None = None
    high: Duration | None = None


class _YesNo(_Target):
    unit: ClassVar[str] = "-"
    value: bool


class Killed(_Number):
    """Persons killed: in the first episode where one is given, else in the window.

    On all sides, civilians included, or of the groups named by ``of`` alone.
    """

    unit: ClassVar[str] = "persons"
    measure: Literal["killed"]
    episode: Episode | None = None
    of: Names | Everywhere = "all"


class Wounded(_Number):
    """Persons wounded, counted like killed, on all sides."""

    unit: ClassVar[str] = "persons"
    measure: Literal["wounded"]
    episode: Episode | None = None


class Engagements(_Number):
    """Engagements in the window that killed at least so many."""

    unit: ClassVar[str] = "engagements"
    measure: Literal["engagements"]
    least_killed: Count = 0


class WoundedPerKilled(_Number):
    """Wounded over killed, counted like killed; missing when nobody was killed."""

    unit: ClassVar[str] = "ratio"
    measure: Literal["wounded_per_killed"]
    episode: Episode | None = None


class AnsweredShare(_Number):
    """Share of the engagements in the window that another one caused; missing without any."""

    unit: ClassVar[str] = "share"
    measure: Literal["answered_share"]


class EpisodeHours(_Hours):
    """Length of the first episode, from its first engagement to its last."""

    measure: Literal["episode_hours"]
    episode: Episode


class EpisodeHappens(_YesNo):
    """Whether there is such an episode."""

    measure: Literal["episode_happens"]
    episode: Episode


class StartsAtNight(_YesNo):
    """Whether the first episode starts at night: two local hours, from and until before."""

    measure: Literal["starts_at_night"]
    episode: Episode
    night: list[HourOfDay] = Field([22, 6], min_length=2, max_length=2)


class Alternations(_Number):
    """Most changes of the attacking side between two groups in the first episode."""

    unit: ClassVar[str] = "changes"
    measure: Literal["alternations"]
    episode: Episode


class HoursToQuiet(_Hours):
    """From an order to the last engagement before the first quiet stretch after it.

    Missing when the order is not given, when there was no engagement for as long as ``quiet``
    before it, and when no quiet stretch follows.
    """

    measure: Literal["hours_to_quiet"]
    order: str
    quiet: Duration = Field(gt=0, le=8760)


class HoursBetween(_Hours):
    """From the end of the first episode to the start of the first one of ``then``.

    Below zero when the second starts before the first ends.
    """

    measure: Literal["hours_between"]
    episode: Episode
    then: Elsewhere


class HoursToCalm(_Hours):
    """From the arrival of reinforcements in the first episode to its end; zero at least."""

    measure: Literal["hours_to_calm_after_arrival"]
    episode: Episode


class OwnOutcome(_Number):
    """An outcome of the user's own, by the name of its function, which the command line gives."""

    unit: ClassVar[str] = "number"
    measure: Literal["own"]
    outcome: str = Field(min_length=1)


Target = Annotated[
    Killed
    | Wounded
    | Engagements
    | WoundedPerKilled
    | AnsweredShare
    | EpisodeHours
    | EpisodeHappens
    | StartsAtNight
    | Alternations
    | HoursToQuiet
    | HoursBetween
    | HoursToCalm
    | OwnOutcome,
    Field(discriminator="measure"),
]


class Realised(Group):
    """What share of the engagements answers another while all units have one stance.

    It is computed from the numbers of a scenario, see `sim.world.stability`, not measured on runs.
    """

    low: Level = 0.0
    high: Level = 1.0
    source: str = Field(min_length=1)


class ByStance(Group):
    """The share by stance; a stance that is left out may have any."""

    quiet: Realised | None = None
    mobilised: Realised | None = None


class Targets(Group):
    """A whole targets file; ``sources`` tells what short names in ``source`` stand for."""

    title: str = Field(min_length=1, max_length=120)
    sources: dict[str, str] = Field(default_factory=dict)
    realised: ByStance = ByStance()
    targets: dict[Key, Target] = Field(min_length=1)


def unit_of(target: Any) -> str:
    """Give the unit of a target's measure; ``-`` for a yes or no."""
    return str(type(target).unit)
