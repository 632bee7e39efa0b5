"""What was observed, as data beside a scenario, for comparison with its runs."""

from __future__ import annotations

from sim.targets.measures import (
    Alternations,
    AnsweredShare,
    Elsewhere,
    Engagements,
    Episode,
    EpisodeHappens,
    EpisodeHours,
    HoursBetween,
    HoursToCalm,
    HoursToQuiet,
    Killed,
    OwnOutcome,
    StartsAtNight,
    Target,
    Targets,
    Window,
    WoundedPerKilled,
    unit_of,
)
from sim.targets.reading import load

__all__ = [
    "Alternations",
    "AnsweredShare",
    "Elsewhere",
    "Engagements",
    "Episode",
    "EpisodeHappens",
    "EpisodeHours",
    "HoursBetween",
    "HoursToCalm",
    "HoursToQuiet",
    "Killed",
    "OwnOutcome",
    "StartsAtNight",
    "Target",
    "Targets",
    "Window",
    "WoundedPerKilled",
    "load",
    "unit_of",
]
