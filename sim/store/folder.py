"""The results folder of a batch: everything needed to continue, check and analyse it.

`sim.store.columns` says what each of its files holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim import scenario
from sim.parameters import Scenario
from sim.records import TABLES
from sim.scenario.designs import sampling
from sim.scenario.designs.sampling import Points, Sampled
from sim.scenario.loading import Loaded
from sim.scenario.outlines import SUFFIX as MAP_SUFFIX
from sim.store import failures, files, parquet, sessions, status
from sim.store.blockfiles import BlockFiles
from sim.store.blocks import WHOLE, Block, Shard, Spans, blocks_below, merged, spans
from sim.store.files import StoreError
from sim.store.manifest import Entry, Manifest, ModelEntry, UserModel, model_change
from sim.store.sessions import Session
from sim.store.status import Summary

SCENARIOS = "scenarios"
DESIGNS = "designs"
MODEL = "model.py"
COLUMNS = "columns.csv"


class Store:
    """One results folder; made by `opening.create_or_open` or `opening.open`.

    Parameters
    ----------
    folder : Path
        The folder.
    contents : Manifest
        Its manifest.
    active : sequence of str
        The scenarios of the present command, in its order.
    shard : Shard
        The part of the batch that the present command runs.
    model : UserModel, optional
        The user's class that the present command runs. A manifest only names one: nothing
        that a folder names is imported unless a command asks for it.
    notes : sequence of str
        What was damaged in the folder and has been put right, a line each.
    """

    def __init__(
        self,
        folder: Path,
        contents: Manifest,
        active: Sequence[str],
        shard: Shard = WHOLE,
        model: UserModel | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.manifest = contents
        self.active = tuple(active)
        self.shard = shard
        self.model: Any = model
        self.notes = tuple(notes)
        self._loaded: dict[str, Loaded] = {}
        self.blocks = BlockFiles(folder, contents.seed, contents.settings, contents.tables)

    @property
    def seed(self) -> int:
        """Seed of the batch."""
        return self.manifest.seed

    @property
    def names(self) -> tuple[str, ...]:
        """All scenarios of the folder, in the order in which they were first asked for."""
        return tuple(entry.name for entry in self.manifest.scenarios)

    @property
    def scenarios(self) -> dict[str, Loaded]:
        """The stored scenarios by name; StoreError when one was removed or edited."""
        return {name: self.scenario(name) for name in self.names}

    def scenario(self, name: str) -> Loaded:
        """Load one stored scenario; StoreError when it was removed or edited."""
        if name not in self._loaded:
            self._loaded[name] = stored_scenario(self.folder, self.manifest.entry(name))
        return self._loaded[name]

    def model_change(self, model: UserModel | None) -> str:
        """Tell how a model differs from the one that made the folder's runs; empty if it is it."""
        return model_change(self.manifest.model, ModelEntry.of(model), self.folder / MODEL)

    def check_model(self, model: UserModel | None) -> None:
        """Check that a model, None for the stock one, is the one that made the folder's runs."""
        change = self.model_change(model)
        if change:
            stored = self.manifest.model
            right = "leave --model out" if stored is None else f"give --model {stored.name}"
            raise StoreError(
                f"{self.folder} holds results of another model (stored -> now): {change}; {right}"
            )

    def points(self, name: str) -> Points | None:
        """Read the points of a scenario's design; None without a design."""
        loaded = self.scenario(name)
        if loaded.design is None:
            return None
        try:
            return sampling.read(points_path(self.folder, name), loaded.design)
        except (OSError, ValueError) as error:
            raise StoreError(f"the points of scenario {name} cannot be read: {error}") from error

    def settings(self, name: str) -> Scenario | Sampled:
        """Give what a worker needs to run a scenario: with its points where it has a design."""
        loaded = self.scenario(name)
        return sampling.settings(loaded.scenario, loaded.resolved, self.points(name))

    def finished(self, name: str) -> set[int]:
        """Find the replicates of a scenario whose runs are stored."""
        self.manifest.entry(name)
        blocks = self.blocks.stored(name)
        return {replicate for block in blocks for replicate in self.blocks.finished(name, block)}

    def readable(self, name: str) -> set[int]:
        """Find the replicates of a scenario whose runs are stored and can be read."""
        return status.readable(name, self.blocks)[0]

    def wanted(self, name: str) -> int:
        """Count the replicates of a scenario that are wanted of the shard."""
        return sum(len(replicates) for _, replicates in self._wanted(name))

    def wanted_spans(self, name: str) -> Spans:
        """Give the replicates of a scenario that are wanted of the shard, as ranges."""
        return merged((wanted[0], wanted[-1]) for _, wanted in self._wanted(name))

    def sums(self) -> dict[str, str]:
        """Give the SHA-256 of the files from which the active scenarios run, by their names."""
        paths = [path for name in self.active for path in beside(self.folder, name)]
        paths += [self.folder / COLUMNS, self.folder / MODEL]
        here = [path for path in paths if files.is_ordinary(path)]
        return {path.relative_to(self.folder).as_posix(): files.sha256(path) for path in here}

    def missing(self, name: str) -> list[int]:
        """List the replicates that are wanted of the shard and not stored; failed ones too."""
        return [r for first, last in self.missing_spans(name) for r in range(first, last + 1)]

    def missing_spans(self, name: str) -> Spans:
        """Give the same as ranges, which take no memory however many there are."""
        return merged(
            span
            for _, replicates in self.missing_by_block(name)
            for span in (
                [(replicates[0], replicates[-1])]
                if isinstance(replicates, range)
                else spans(replicates)
            )
        )

    def missing_by_block(self, name: str) -> Iterator[tuple[Block, Sequence[int]]]:
        """Go through the blocks in which some replicates are missing, ascending."""
        stored = set(self.blocks.stored(name))
        for block, wanted in self._wanted(name):
            done = set(self.blocks.finished(name, block)) if block in stored else set[int]()
            missing = [r for r in wanted if r not in done] if done else wanted
            if missing:
                yield block, missing

    def failures(self) -> list[failures.Failure]:
        """List the runs that failed and have not succeeded since."""
        all_failures = failures.read(self.folder).values()
        done = {name: self.finished(name) for name in {one.scenario for one in all_failures}}
        return [one for one in all_failures if one.replicate not in done[one.scenario]]

    def parts(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        scenarios: Sequence[str] | None = None,
    ) -> Iterator[pa.Table]:
        """Read a table as `read` does, but piece by piece, so that it need not fit into memory.

        Each piece holds whole runs of one scenario.
        """
        names = self.names if scenarios is None else scenarios
        wanted = _checked_columns(table, columns)
        if table not in self.blocks.tables:
            raise StoreError(f"{self.folder} was made without {table}")
        for name in names:
            self.manifest.entry(name)
            for block in self.blocks.stored(name):
                yield self.blocks.rows(table, name, block, wanted)

    def read(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        scenarios: Sequence[str] | None = None,
    ) -> pa.Table:
        """Read a table.

        Parameters
        ----------
        table : str
            ``runs``, ``ticks``, ``engagements``, ``orders`` or ``reports``.
        columns : sequence of str, optional
            Columns in this order; all when left out.
        scenarios : sequence of str, optional
            Scenarios in this order; all when left out.

        Returns
        -------
        pyarrow.Table
            Rows of stored runs by scenario and replicate, then in order of happening.
            Missing numbers are null.

        Raises
        ------
        StoreError
            For an unknown scenario or a damaged file.
        ValueError
            For an unknown table or column.
        """
        parts = list(self.parts(table, columns, scenarios))
        if not parts:
            wanted = parquet.schema(table)
            names = _checked_columns(table, columns)
            return pa.schema([wanted.field(name) for name in names]).empty_table()
        return pa.concat_tables(parts).unify_dictionaries()

    def sessions(self) -> list[Session]:
        """List the calls that ran replicates, oldest first."""
        return sessions.read(self.folder)

    def summary(self) -> Summary:
        """Tell how far the batch is, also while it runs or when files are damaged."""
        return status.summarise(self.folder, self.manifest, self.blocks)

    def _wanted(self, name: str) -> Iterator[tuple[Block, range]]:
        stop = self.manifest.entry(name).replicates
        for block in blocks_below(stop):
            if self.shard.holds(name, block):
                yield block, range(block.first, min(stop, block.last + 1))


def stored_scenario(folder: Path, entry: Entry) -> Loaded:
    """Load a scenario back from a results folder."""
    path = scenario_path(folder, entry.name)
    with suppress(scenario.ScenarioError):
        loaded = scenario.load(path, within=[path.parent], quick=True)
        if loaded.digest == entry.digest:
            return loaded
    try:
        loaded = scenario.load(path, within=[path.parent])
    except scenario.ScenarioError as error:
        raise StoreError(f"the stored scenario {path} cannot be read:\n{error}") from error
    if loaded.digest != entry.digest:
        raise StoreError(
            f"{path} was edited after it ran: its results would no longer fit it;"
            " the command that ran it puts it back; copy it to scenarios/ and run it from there to"
            " keep the changes"
        )
    return loaded


def beside(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Give the places of a stored scenario, its map and its points."""
    place = scenario_path(folder, name)
    return place, place.with_suffix(MAP_SUFFIX), points_path(folder, name)


def points_path(folder: Path, name: str) -> Path:
    """Give the place of the points of a scenario's design."""
    return folder / DESIGNS / f"{name}.csv"


def scenario_path(folder: Path, name: str) -> Path:
    """Give the place of a stored scenario."""
    return folder / SCENARIOS / f"{name}.yaml"


def _checked_columns(table: str, columns: Sequence[str] | None) -> list[str]:
    if table not in TABLES:
        raise ValueError(f"unknown table {table!r}; known are {', '.join(TABLES)}")
    known = [column.name for column in TABLES[table]]
    if columns is None:
        return known
    for column in columns:
        if column not in known:
            raise ValueError(f"{table} has no column {column!r}; known are {', '.join(known)}")
    return list(columns)
