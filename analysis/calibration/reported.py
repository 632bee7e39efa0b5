"""The data of a calibration to targets: what was reported, and runs as they would be reported.

A report is not the number of which it speaks. Lowest and highest published numbers are taken as
the error of the report: a run's number is reported with an error whose density is a triangle over
that range, with its top at the best value, or even where a file gives none. Runs are compared as
reported, error included, so that calibration is exact under that error (Wilkinson 2013, Stat.
Appl. Genet. Mol. Biol. 12:129), and data sets of a proof are reports of runs. Numbers are
compared as log(1 + x), below zero alike, so that an error is a factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import export
from analysis.chance import generator
from analysis.evaluation import as_reported
from sim import targets

if TYPE_CHECKING:
    from analysis.calibration.reference import Reference
    from sim.scenario import Loaded
    from sim.targets import Targets

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reported:
    """What a scenario is calibrated to.

    Parameters
    ----------
    file : Path
        The targets file.
    targets : sim.targets.Targets
        What it says.
    seed : int
        Of the errors with which runs are reported.
    """

    file: Path
    targets: Targets
    seed: int = 1

    def __len__(self) -> int:
        """Give the number of targets."""
        return len(self.targets.targets)

    @property
    def names(self) -> list[str]:
        """Names of the statistics: whether each thing happened where it may not, and how."""
        return [name for target in self._all for name in _names(target)]

    @property
    def point(self) -> Floats:
        """What was reported, as statistics."""
        return np.array(
            [value for each in self._all for value in (1.0, _told(each))[-len(_names(each)) :]]
        )

    @property
    def _all(self) -> list[Any]:
        return list(self.targets.targets.values())

    def table(self, found: Reference) -> Floats:
        """Give the statistics of the runs of a reference table."""
        assert found.measured is not None
        return self.of(found.measured)

    def of(self, measured: Floats) -> Floats:
        """Report runs, and give the statistics of the reports.

        Parameters
        ----------
        measured : ndarray, shape (runs, targets)
            As the targets measure; NaN where it did not happen.

        Returns
        -------
        ndarray, shape (runs, statistics)
            Finite. Where it did not happen, the statistic that says so differs from the data's.
        """
        chance = generator(self.seed, "reports").random(measured.shape)
        columns = [
            column
            for target, values, even in zip(self._all, measured.T, chance.T, strict=True)
            for column in _columns(target, values, even)
        ]
        return np.column_stack(columns)

    def facts(self) -> list[tuple[str, Any]]:
        """Say what there was, for the table of diagnostics."""
        return [("targets", len(self))]

    def write(self, tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
        """Write tables of a calibration."""
        return export.write_texts(folder, {name: export.csv(each) for name, each in tables.items()})

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.file.name


def read(file: Path, loaded: Loaded, seed: int = 1) -> Reported:
    """Read a targets file for a calibration.

    Parameters
    ----------
    file : Path
        The file.
    loaded : Loaded
        The scenario of which it speaks.
    seed : int
        Of the errors with which runs are reported.

    Returns
    -------
    Reported

    Raises
    ------
    ScenarioError
        With all problems of the file.
    """
    return Reported(file, targets.load(file, loaded.scenario), seed)


def _names(target: Any) -> list[str]:
    always = target.measure in ("engagements", "episode_happens")
    if always or (target.measure == "killed" and target.episode is None):
        return [target.label]
    return [f"{target.label}: happens", target.label]


def _columns(target: Any, values: Floats, even: Floats) -> Iterator[Floats]:
    happened = np.isfinite(values)
    if len(_names(target)) == 2:
        yield happened.astype(float)
    if _answered(target):
        yield as_reported(target, values).astype(float)
    else:
        yield np.where(happened, _scaled(np.nan_to_num(values)) + _error(target, even), 0.0)


def _answered(target: Any) -> bool:
    """Whether the report only says yes or no, or a bound on one side."""
    low, high = (getattr(target, end, None) for end in ("low", "high"))
    return isinstance(target.value, bool) or (target.value is None and None in (low, high))


def _told(target: Any) -> float:
    if _answered(target):
        return 1.0
    low, best, high = _range(target)
    return (low + high) / 2 if best is None else best


def _range(target: Any) -> tuple[float, float | None, float]:
    """Give low, best and high as compared; an end that is not named is the best value."""
    best = target.value
    low, high = (best if end is None else end for end in (target.low, target.high))
    return _scaled(low), None if best is None else _scaled(best), _scaled(high)


def _error(target: Any, even: Floats) -> Floats:
    """Turn chances of 0 to 1 into errors: what is reported less what it was."""
    low, best, high = _range(target)
    if best is None:
        return (even - 0.5) * (high - low)
    left, right = best - high, best - low
    if left == right:
        return np.zeros_like(even)
    rising = -left > even * (right - left)
    up = left + np.sqrt(even * (right - left) * -left)
    return np.where(rising, up, right - np.sqrt((1 - even) * (right - left) * right))


def _scaled(values: Any) -> Any:
    return np.sign(values) * np.log1p(np.abs(values))
