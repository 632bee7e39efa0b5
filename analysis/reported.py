"""Results as reporters saw them: outcomes and daily counts made from the reports alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from analysis.frames import Frames, LoadError
from sim.outcomes import engaged, of_reports
from sim.records import REPORTED_OUTCOMES, Column

if TYPE_CHECKING:
    from sim.scenario import Loaded

COUNTS = ("engagements", "killed")
_NEEDED = ("replicate", "tick", "time", "lag", "province")
_KILLED = ("killed_low", "killed_best", "killed_high")
_WHEN = ("replicate", "tick", "time")


@dataclass(frozen=True)
class ReportedFrames(Frames):
    """The same results with ``runs`` and ``ticks`` as reporters saw them.

    ``runs`` has the outcomes of ``sim.records.REPORTED_OUTCOMES``; ``ticks`` has
    ``engagements`` and ``killed`` (best numbers), dated by the engagements that were
    reported. Other tables are those of the run.
    """

    stock: ClassVar[tuple[Column, ...]] = REPORTED_OUTCOMES
    reported: ClassVar[bool] = True

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read one table piece by piece; see `Frames.batches`."""
        if name == "runs":
            known = ("scenario", "replicate", "seed", *(column.name for column in self.outcomes))
            wanted = _reported_columns(name, known, columns)
            yield self._with_own(self._runs(), list(self.own))[wanted]
        elif name == "ticks":
            wanted = _reported_columns(name, ("scenario", *_WHEN, *COUNTS), columns)
            counts = self._counts()
            for part in super().batches("ticks", _WHEN):
                rows = self._tick_rows(part, counts)
                yield rows.assign(day=self.day_of(rows)) if columns is None else rows[wanted]
        else:
            yield from super().batches(name, columns)

    def _runs(self) -> pd.DataFrame:
        runs = pd.concat(list(super().batches("runs", ("replicate", "seed"))), ignore_index=True)
        runs["scenario"] = self.labels(runs["scenario"])
        places = runs.groupby("scenario", observed=True).indices
        reports = self._reports()
        rows = pd.concat(
            pd.DataFrame(
                _of_scenario(self.scenarios[str(name)], reports, str(name), runs.iloc[at]),
                index=at,
            )
            for name, at in places.items()
        )
        return runs.join(rows)

    def _reports(self) -> pd.DataFrame:
        return self.table("reports", [*_NEEDED, *_KILLED])

    def _counts(self) -> pd.DataFrame:
        reports = self._reports()
        dated = reports["tick"].to_numpy(copy=True)
        for name, loaded in self.scenarios.items():
            own = (reports["scenario"] == name).to_numpy()
            dated[own] = engaged(dated[own], reports["lag"].to_numpy()[own], loaded.scenario)
        grouped = reports.assign(tick=dated).groupby(
            ["scenario", "replicate", "tick"], observed=True
        )["killed_best"]
        return grouped.agg(engagements="size", killed="sum").reset_index()

    def _tick_rows(self, part: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        merged = part.merge(counts, "left", ["scenario", "replicate", "tick"])
        merged["scenario"] = self.labels(merged["scenario"])
        return merged.fillna(dict.fromkeys(COUNTS, 0)).astype(dict.fromkeys(COUNTS, "int64"))


def as_reported(frames: Frames) -> ReportedFrames:
    """See results as reporters did; a scenario with reports switched off raises LoadError."""
    for name, loaded in frames.scenarios.items():
        if not loaded.scenario.reports.enabled:
            raise LoadError(f"{name} has no reports: it ran with reports.enabled=false")
    return ReportedFrames(
        frames.scenarios,
        frames.folders,
        frames.reader,
        frames.missing,
        models=frames.models,
        counted=frames.counted,
    )


def outcomes(frames: Frames, reported: bool = False) -> pd.DataFrame:
    """Outcomes of every run, as they were or as reporters saw them.

    As reported, ``killed`` is the sum of best numbers, beside ``killed_low`` and ``killed_high``,
    and what no reporter can see (chains, causes) is left out.
    """
    return as_reported(frames).runs if reported else frames.runs


def _reported_columns(table: str, known: Sequence[str], columns: Sequence[str] | None) -> list[str]:
    """Columns to give, or an error for one that no report holds."""
    wanted = [*dict.fromkeys(("scenario", *(known if columns is None else columns)))]
    hidden = [column for column in wanted if column not in known]
    if hidden:
        raise ValueError(f"reports do not hold {hidden[0]!r} of {table}, but {', '.join(known)}")
    return wanted


def _of_scenario(
    loaded: Loaded, reports: pd.DataFrame, name: str, runs: pd.DataFrame
) -> dict[str, Any]:
    """Outcomes of a scenario's runs, in their order."""
    own = reports[reports["scenario"] == name].sort_values("replicate", kind="stable")
    columns = {key: own[key].to_numpy() for key in ("replicate", "tick", "lag", *_KILLED)}
    columns["province"] = own["province"].astype(object).to_numpy()
    ran = np.sort(runs["replicate"].to_numpy())
    outcomes = of_reports(columns, ran.tolist(), loaded.scenario)
    places = np.searchsorted(ran, runs["replicate"].to_numpy())
    return {name: values[places] for name, values in outcomes.items()}
