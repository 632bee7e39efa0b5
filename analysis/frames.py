"""Read results folders into tidy pandas frames.

The tables are read when they are first asked for, and column by column, so that a large
batch can be summarised without its ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.records import DEAD, OUTCOMES, TABLES, Column

if TYPE_CHECKING:
    from sim.scenario import Loaded
    from sim.store.manifest import ModelEntry

Reader = Callable[[str, Sequence[str]], Iterable[pd.DataFrame]]


@dataclass(frozen=True, eq=False)
class Own:
    """An outcome of a user's own: its ``column``, and ``values`` by scenario and replicate."""

    column: Column
    values: pd.Series


class LoadError(Exception):
    """A results folder that cannot be analysed; the message names it and says why."""


KILLED = list(DEAD)


@dataclass(frozen=True)
class Frames:
    """The results of one or more folders.

    Parameters
    ----------
    scenarios : dict of str to sim.scenario.Loaded
        By the name shown in figures, in the order of figures; the first is the baseline.
    folders : tuple of Path
        Where the results came from.
    reader : callable
        ``reader(table, columns)`` yields one or more pandas frames; ``scenario`` holds the
        shown names.
    missing : dict of str to int
        Runs that were asked for and are not there (failed, or not run yet), by scenario.
    narrow : callable, optional
        ``narrow(names)`` gives a reader that leaves the files of other scenarios alone.
    models : dict of str to sim.store.manifest.ModelEntry
        The user's classes that made runs, by scenario; others are of the stock model.
    own : dict of str to Own
        Outcomes of the user's own, see `analysis.with_outcomes`.
    counted : frozenset of str
        Scenarios whose ticks are not stored, but counted from engagements.
    """

    stock: ClassVar[tuple[Column, ...]] = OUTCOMES
    reported: ClassVar[bool] = False

    scenarios: dict[str, Loaded]
    folders: tuple[Path, ...]
    reader: Reader = field(repr=False)
    missing: dict[str, int] = field(default_factory=dict)
    narrow: Callable[[Collection[str]], Reader] | None = field(default=None, repr=False)
    models: dict[str, ModelEntry] = field(default_factory=dict)
    own: dict[str, Own] = field(default_factory=dict, repr=False)
    counted: frozenset[str] = frozenset()

    @property
    def outcomes(self) -> tuple[Column, ...]:
        """The outcomes of a run, those of the user's own last."""
        return (*self.stock, *(each.column for each in self.own.values()))

    @property
    def suffix(self) -> str:
        """Ending of file names, which differ for what was reported and what happened."""
        return "-reported" if self.reported else ""

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run with its outcomes."""
        return self.table("runs")

    @cached_property
    def ticks(self) -> pd.DataFrame:
        """One row per tick of each run, with ``day``; LoadError when ticks were not stored."""
        return self.table("ticks")

    @cached_property
    def engagements(self) -> pd.DataFrame:
        """One row per engagement, with ``day``."""
        return self.table("engagements")

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row per order given or calendar event that took place, with ``day``."""
        return self.table("orders")

    @cached_property
    def reports(self) -> pd.DataFrame:
        """One row per engagement that was reported, with ``day`` of the report."""
        return self.table("reports")

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read one of the tables in ``sim.records.TABLES``, such as ``runs`` or ``engagements``.

        Without ``columns`` it has all of them, and also ``day``, the local calendar day of the
        tick, 0 for the first. Labels are categories, ``time`` is a UTC timestamp. A ValueError
        names an unknown table or column.
        """
        return join(list(self.batches(name, columns)))

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read one table piece by piece, as `table` does; a run is never split over two pieces."""
        own = [each for each in self.own if name == "runs" and (columns is None or each in columns)]
        stored = None if columns is None else [each for each in columns if each not in own]
        wanted = _checked(name, stored)
        dated = columns is None and "tick" in wanted
        read = wanted if not own or "replicate" in wanted else [*wanted, "replicate"]
        for part in self.reader(name, read):
            shown = part.assign(scenario=self.labels(part["scenario"]))
            if own:
                shown = self._with_own(shown, own)[[*wanted, *own]]
            yield shown.assign(day=self.day_of(shown)) if dated else shown

    def _with_own(self, runs: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """Add outcomes of the user's own to rows of runs."""
        keys = list(zip(runs["scenario"].astype(str), runs["replicate"], strict=True))
        return runs.assign(**{name: self.own[name].values.reindex(keys).array for name in names})

    def day_of(self, rows: pd.DataFrame) -> NDArray[np.int32]:
        """Local calendar day of each row; 0 is the (usually incomplete) day the run started."""
        days = np.zeros(len(rows), dtype=np.int32)
        ticks = rows["tick"].to_numpy()
        for code, name in enumerate(rows["scenario"].cat.categories):
            here = rows["scenario"].cat.codes.to_numpy() == code
            if here.any():
                days[here] = tick_days(self.scenarios[name], int(ticks[here].max()))[ticks[here]]
        return days

    def only(self, names: Sequence[str]) -> Self:
        """Keep some scenarios, by their shown names; the first becomes the baseline of figures."""
        kept = set(names)
        whole = self.narrow(kept) if self.narrow is not None else self.reader

        def read(table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
            held = table == "runs" and "runs" in self.__dict__  # read before
            for part in [self.runs[list(columns)]] if held else whole(table, columns):
                here = part["scenario"].astype(object).isin(kept)
                rows = part[here].reset_index(drop=True)
                shown = pd.Categorical(rows["scenario"].astype(object), list(names))
                yield rows.assign(scenario=shown)

        scenarios = {name: self.scenarios[name] for name in names}
        missing = {name: self.missing[name] for name in names if name in self.missing}
        models = {name: self.models[name] for name in names if name in self.models}
        counted = self.counted & kept
        return replace(
            self,
            scenarios=scenarios,
            reader=read,
            missing=missing,
            models=models,
            counted=counted,
        )

    def labels(self, names: pd.Series) -> pd.Series:
        """Scenario names as categories in the order of figures."""
        order = list(self.scenarios)
        if isinstance(names.dtype, pd.CategoricalDtype):
            return names.cat.set_categories(order)
        return names.astype(pd.CategoricalDtype(order))


def tick_days(loaded: Loaded, last_tick: int) -> NDArray[np.int32]:
    """Local calendar day of each tick's start, 0 the day on which the run starts."""
    clock = loaded.scenario.clock
    zone = ZoneInfo(clock.timezone)
    start = pd.Timestamp(clock.start.replace(tzinfo=zone)).tz_convert("UTC")
    seconds = np.round(np.arange(last_tick + 1) * clock.tick * 3600).astype("int64")
    local = (start + pd.to_timedelta(seconds, unit="s")).tz_convert(zone).tz_localize(None)
    first = pd.Timestamp(clock.start.date())
    return np.asarray((local.normalize() - first) // timedelta(days=1), dtype=np.int32)


def by_scenario(runs: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame]]:
    """Part the rows of a table by scenario, in the fixed order of scenarios."""
    places = list(runs["scenario"].cat.categories)
    for name, rows in runs.groupby("scenario", observed=True):
        yield places.index(name), str(name), rows


def join(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put frames with the same columns below each other, keeping categories."""
    parts = [part for part in parts if len(part)] or parts[:1]  # without rows, labels have no words
    labels = parts[0].select_dtypes("category").columns
    unified = {
        name: pd.api.types.union_categoricals([part[name] for part in parts]) for name in labels
    }
    plain = [part.drop(columns=labels) for part in parts]
    return pd.concat(plain, ignore_index=True).assign(**unified)[list(parts[0].columns)]


def _checked(name: str, columns: Sequence[str] | None) -> list[str]:
    if name not in TABLES:
        raise ValueError(f"unknown table {name!r}; known are {', '.join(TABLES)}")
    known = [column.name for column in TABLES[name]]
    unknown = [column for column in columns or () if column not in known]
    if unknown:
        raise ValueError(f"{name} has no column {unknown[0]!r}; known are {', '.join(known)}")
    if columns is None:
        return known
    return [*dict.fromkeys(("scenario", *columns))]
