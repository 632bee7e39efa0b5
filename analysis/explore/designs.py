"""The runs of a design: outcomes by point and replicate, beside the points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.frames import Frames, LoadError
from sim import store
from sim.records import OUTCOMES
from sim.scenario.designs import Design, Range
from sim.scenario.designs.sampling import Points
from sim.store import StoreError

if TYPE_CHECKING:
    from sim.scenario import Loaded

UNITS = {"duration": "h", "rate": "per hour", "local time": "h after the start"}


@dataclass(frozen=True, eq=False)
class Explored:
    """A scenario that was run at the points of a design; ``runs`` are in order of run number.

    ``outcomes`` are the names of those that its runs have.
    """

    name: str
    loaded: Loaded
    points: Points
    runs: pd.DataFrame
    outcomes: tuple[str, ...] = tuple(column.name for column in OUTCOMES)

    @property
    def design(self) -> Design:
        """The design."""
        return self.points.design

    @property
    def labels(self) -> list[str]:
        """Paths of the parameters, in the order of the columns of points."""
        return [each.path for each in self.design.ranges]

    def outcome(self, name: str) -> Floats:
        """Arrange an outcome by point and replicate."""
        points = len(self.points.values)
        numbers = self.runs["replicate"].to_numpy()
        repeats = int(numbers.max()) // points + 1 if len(numbers) else 0
        made = np.full((repeats, points), np.nan)
        made[numbers // points, numbers % points] = self.runs[name].to_numpy(dtype=float)
        return made.T


def explored(frames: Frames, scenario: str | None = None) -> Explored:
    """Find the runs of a design.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    scenario : str, optional
        Shown name of a scenario; the first that has a design when left out.

    Returns
    -------
    Explored

    Raises
    ------
    LoadError
        When there is no such scenario or it has no design, or its points cannot be read.
    """
    designed = [name for name, loaded in frames.scenarios.items() if loaded.design is not None]
    chosen = scenario if scenario is not None else next(iter(designed), None)
    if chosen is not None and chosen not in frames.scenarios:
        raise LoadError(
            f"{chosen!r} is no scenario of these results ({', '.join(frames.scenarios)})"
        )
    if chosen is None or chosen not in designed:
        what = "no scenario here has" if scenario is None else f"scenario {scenario!r} has no"
        known = f"; those with one: {', '.join(designed)}" if designed else ""
        how = "run it with --design, see docs/exploring.md"
        raise LoadError(f"{what} {'a ' if scenario is None else ''}design{known}; {how}")
    loaded = frames.scenarios[chosen]
    points = points_of(frames, loaded)
    assert points is not None
    runs = frames.runs[frames.runs["scenario"] == chosen].sort_values("replicate")
    names = tuple(column.name for column in frames.outcomes)
    return Explored(chosen, loaded, points, runs.reset_index(drop=True), names)


def points_of(frames: Frames, loaded: Loaded) -> Points | None:
    """Read the points of a scenario's design."""
    if loaded.design is None:
        return None
    try:
        for folder in frames.folders:
            opened = store.open(folder)
            if (
                loaded.name in opened.names
                and opened.scenarios[loaded.name].digest == loaded.digest
            ):
                return opened.points(loaded.name)
    except StoreError as error:
        raise LoadError(str(error)) from error
    raise LoadError(f"the points of {loaded.name} are in none of the folders")


def filled(explored: Explored) -> Floats:
    """Give the values at each point, with the scenario's own where a point keeps them."""
    base = np.array([each.base for each in explored.design.ranges])
    return np.where(np.isnan(explored.points.values), base, explored.points.values)


def write_range(design: Design, varied: Range, value: float) -> str:
    """Write a value for a reader: a duration, rate or time as a file has it, short."""
    if varied.kind == "duration":
        return f"{value / 24:.3g}d" if value >= 48 else f"{value:.3g}h"
    if varied.kind == "rate":
        return f"{24 * value:.3g}/d"
    if varied.kind == "local time":
        return f"{design.start + timedelta(hours=value):%d %b %Hh}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
