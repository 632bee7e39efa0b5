"""The data of a calibration to targets: what was reported, and which runs are as reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import export
from analysis.calibration import reference
from analysis.evaluation import as_reported
from sim import targets
from sim.scenario.designs import scenario_at
from sim.world.stability import Branching, branching

if TYPE_CHECKING:
    from analysis.calibration.reference import Reference
    from sim.scenario import Loaded
    from sim.targets import Targets

Floats = NDArray[np.float64]
Answers = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reported:
    """What a scenario is calibrated to.

    Parameters
    ----------
    file : Path
        The targets file.
    targets : sim.targets.Targets
        What it says.
    """

    file: Path
    targets: Targets

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

    def table(self, found: Reference) -> Answers:
        """Say which runs of a reference table are as reported, shape (runs, targets)."""
        assert found.measured is not None
        return answers(found.measured, self.targets)

    def facts(self) -> list[tuple[str, Any]]:
        """Say what there was, for the table of diagnostics."""
        return [("targets", len(self))]

    def write(self, tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
        """Write tables of a calibration."""
        return export.write_texts(folder, {name: export.csv(each) for name, each in tables.items()})

    def allows(self, found: Reference, shares: Floats) -> Answers:
        """Say which draws belong to the prior.

        At those that do, violence dies out by itself whatever the stance, and the share of
        engagements that answer another is what the targets file says of it.

        Parameters
        ----------
        found : Reference
            Whose prior it is.
        shares : ndarray, shape (n, parameters)
            Places within its ranges.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        loaded, design = found.loaded, found.design
        kept = []
        for row in reference.values(design, shares).tolist():
            given = dict(zip(found.paths, row, strict=True))
            kept.append(
                all(map(self._allows, branching(scenario_at(loaded.resolved, design, given), {})))
            )
        return np.array(kept, dtype=bool)

    def _allows(self, made: Branching) -> bool:
        wanted = getattr(self.targets.realised, made.stance)
        return made.ratio < 1.0 and (wanted is None or wanted.low <= made.realised <= wanted.high)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.file.name


def read(file: Path, loaded: Loaded) -> Reported:
    """Read a targets file for a calibration.

    Parameters
    ----------
    file : Path
        The file.
    loaded : Loaded
        The scenario of which it speaks.

    Returns
    -------
    Reported

    Raises
    ------
    ScenarioError
        With all problems of the file.
    """
    return Reported(file, targets.load(file, loaded.scenario))


def answers(measured: Floats, wanted: Targets) -> Answers:
    """Say which runs are as reported.

    Parameters
    ----------
    measured : ndarray, shape (runs, targets)
        As the targets measure; NaN where it did not happen.
    wanted : sim.targets.Targets
        What was reported.

    Returns
    -------
    ndarray of bool, shape (runs, targets)
    """
    pairs = zip(wanted.targets.values(), measured.T, strict=True)
    return np.column_stack([as_reported(*each) for each in pairs])
