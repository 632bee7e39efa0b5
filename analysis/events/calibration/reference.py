"""The reference table: parameters drawn from the prior, and the statistics of their runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.evaluation import observed_in_runs
from analysis.events.calibration.box import Box
from analysis.events.calibration.events import Events, joined, simulated
from analysis.explore.designs import Explored, explored
from analysis.frames import Frames, LoadError
from sim.scenario.designs import Design
from sim.scenario.designs.sampling import shares_of, within

if TYPE_CHECKING:
    from sim.scenario import Loaded
    from sim.targets import Targets

METHOD = "latin"


@dataclass(frozen=True, eq=False)
class Reference:
    """Runs at draws from the prior, or from a part of it.

    The ranges of the scenario's design are the prior; ``shares`` are the draws as places within
    them, 0 to 1, uniform within the ``box`` that the last wave covers. ``events`` has one history
    per run, from the table ``source``. ``numbers`` are the run numbers within a wave, ``waves`` the
    number of the wave from 1, and ``measured`` the runs as targets measure, shape (runs, targets).
    """

    loaded: Loaded
    shares: Floats
    events: Events
    source: str
    numbers: NDArray[np.int64]
    waves: NDArray[np.int64]
    box: Box
    measured: Floats | None = None

    def plus(
        self, shares: Floats, events: Events, numbers: NDArray[np.int64], measured: Floats | None
    ) -> Reference:
        """Add runs as a further wave."""
        both = [each for each in (self.measured, measured) if each is not None]
        return replace(
            self,
            shares=np.concatenate([self.shares, shares]),
            events=joined(self.events, events),
            numbers=np.concatenate([self.numbers, numbers]),
            waves=np.concatenate([self.waves, np.full(len(numbers), self.waves.max() + 1)]),
            measured=np.concatenate(both) if both else None,
        )

    @property
    def design(self) -> Design:
        """The design."""
        assert self.loaded.design is not None
        return self.loaded.design

    @property
    def paths(self) -> list[str]:
        """Dotted paths of the parameters."""
        return [each.path for each in self.design.ranges]


def read(frames: Frames, scenario: str | None = None, targets: Targets | None = None) -> Reference:
    """Read a reference table from a results folder."""
    found = explored(frames, scenario)
    if found.design.method != METHOD:
        message = f"{found.name} is a design {found.design.method!r}; a prior needs {METHOD!r}"
        raise LoadError(message)
    numbers = found.runs["replicate"].to_numpy()
    shares = found.points.shares[numbers % found.design.points]
    events, source = simulated(frames, found.name, numbers.tolist())
    wave = np.ones(len(numbers), np.int64)
    box = Box.whole(len(found.design.ranges))
    values = measured(frames, found.name, targets) if targets is not None else None
    return Reference(found.loaded, shares, events, source, numbers, wave, box, values)


def with_draws(runs: Reference, frames: Frames, targets: Targets) -> Reference:
    """Add runs at draws that a design lists."""
    more = explored(frames)
    numbers = more.runs["replicate"].to_numpy()
    sides = zip(runs.design.ranges, more.points.values.T, strict=True)
    at = np.column_stack([shares_of(varied, column) for varied, column in sides])
    events, _ = simulated(frames, more.name, numbers.tolist())
    assert runs.measured is not None
    found = measured(frames, more.name, targets)
    return runs.plus(at[numbers % more.design.points], events, numbers, found)


def measured(frames: Frames, name: str, targets: Targets) -> Floats:
    """Measure the runs of a scenario as targets do."""
    found = observed_in_runs(frames, {name: targets})[name]
    return np.asarray(found.sort_index(), dtype=float)


def draws(frames: Frames, scenario: str | None = None) -> tuple[Explored, Events]:
    """Read the runs of posterior draws."""
    found = explored(frames, scenario)
    events, _ = simulated(frames, found.name, found.runs["replicate"].tolist())
    return found, events


def values(design: Design, shares: Floats) -> Floats:
    """Give the parameters at places within their ranges."""
    columns = [within(each, shares[:, place]) for place, each in enumerate(design.ranges)]
    return np.column_stack(columns)
