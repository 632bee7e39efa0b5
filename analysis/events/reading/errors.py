"""The error of an event table, and how it is made."""

from __future__ import annotations

from pathlib import Path

from sim.scenario.places import Place
from sim.scenario.problems import Problem, ScenarioError


class EventDataError(ScenarioError):
    """An event table that cannot be used, with one line for each thing that is wrong."""


def failed(file: Path, message: str, **more: str) -> EventDataError:
    """Make the error that speaks of a file as a whole."""
    return EventDataError([Problem(Place(str(file)), (), message, **more)])
