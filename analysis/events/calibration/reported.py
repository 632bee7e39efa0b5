"""The data of a calibration to targets: what was reported, and which runs are as reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import files
from analysis.arrays import Floats
from analysis.evaluation import as_reported
from analysis.events.calibration import reference
from sim import targets
from sim.scenario.designs import scenario_at

if TYPE_CHECKING:
    from analysis.events.calibration.reference import Reference
    from sim.parameters import Scenario
    from sim.scenario import Loaded
    from sim.targets import Targets

Answers = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reported:
    """The targets that a scenario is calibrated to.

    ``branching`` gives the branching ratios that a scenario can come to:
    `sim.world.stability.branching`, which the command line hands in, since `analysis` makes no
    world.
    """

    file: Path
    targets: Targets
    branching: Callable[[Scenario], Iterable[Any]] = field(repr=False)

    def __len__(self) -> int:
        """Give the number of targets."""
        return len(self.targets.targets)

    @property
    def names(self) -> list[str]:
        """Labels of the targets."""
        return [each.label for each in self.targets.targets.values()]

    @property
    def point(self) -> Answers:
        """Answers of what was observed: it is as reported."""
        return np.ones(len(self), dtype=bool)

    def table(self, runs: Reference) -> Answers:
        """Say which runs of a reference table are as reported, shape (runs, targets)."""
        assert runs.measured is not None
        return answers(runs.measured, self.targets)

    def facts(self) -> list[tuple[str, Any]]:
        """Say what there was, for the table of diagnostics."""
        return [("targets", len(self))]

    def write(self, tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
        """Write tables of a calibration."""
        return files.write_texts(folder, {name: files.csv(each) for name, each in tables.items()})

    def allows(self, runs: Reference, shares: Floats) -> Answers:
        """Say which draws belong to the prior.

        At those that do, violence dies out by itself whatever the stance, and the share of
        engagements that answer another is what the targets file says of it.
        """
        return np.array([*self._each_allowed(runs, shares)], bool)

    def first_allowed(self, runs: Reference, shares: Floats, number: int) -> Floats:
        """Give the first draws that belong to the prior, at most so many."""
        found = (place for place, is_in in enumerate(self._each_allowed(runs, shares)) if is_in)
        return shares[[*islice(found, number)]]

    def _each_allowed(self, runs: Reference, shares: Floats) -> Iterator[bool]:
        for row in reference.values(runs.design, shares).tolist():
            draw = dict(zip(runs.paths, row, strict=True))
            each = scenario_at(runs.loaded.resolved, runs.design, draw)
            yield all(map(self._calms, self.branching(each)))

    def _calms(self, stance: Any) -> bool:
        """Say whether violence of a stance dies out, and answers as often as was reported."""
        wanted = getattr(self.targets.realised, stance.stance)
        return stance.ratio < 1 and (wanted is None or wanted.low <= stance.realised <= wanted.high)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.file.name


def read(file: Path, loaded: Loaded, branching: Callable[[Scenario], Iterable[Any]]) -> Reported:
    """Read a targets file for a calibration."""
    return Reported(file, targets.load(file, loaded.scenario), branching)


def answers(measured: Floats, wanted: Targets) -> Answers:
    """Say which runs are as reported."""
    pairs = zip(wanted.targets.values(), measured.T, strict=True)
    return np.column_stack([as_reported(*each) for each in pairs])
