"""The results folder of a batch: everything needed to continue, check and analyse it.

::

    results/<name>/
      manifest.json                          what was asked for
      sessions/<time>-<host>-<process>.json  each call that ran: versions, commit, engine, times
      columns.csv                            every column's type, unit and meaning
      scenarios/<scenario>.yaml              complete settings that ran
      designs/<scenario>.csv                 points of a scenario that has a design
      <table>/<scenario>/<first>-<last>.parquet   one file per block of replicates
      failures.jsonl                         runs that failed, and why
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from sim import sampling, scenario
from sim.parameters import Scenario
from sim.records import TABLES
from sim.sampling import Points, Sampled
from sim.scenario.designs import Design
from sim.scenario.loading import Loaded
from sim.store import dictionary, failures, files, manifest, parquet, running, sessions, status
from sim.store.blocks import Block, blocks_below
from sim.store.manifest import Manifest, StoreError
from sim.store.request import (
    SCENARIOS,
    Plan,
    check_conflicts,
    check_request,
    in_use,
    merged,
    points_of,
    points_path,
    scenario_path,
    stored_scenario,
)
from sim.store.sessions import Session
from sim.store.shards import WHOLE, Shard
from sim.store.shelf import Shelf
from sim.store.status import ScenarioStatus, Summary

COLUMNS = "columns.csv"


class Store:
    """One results folder; made by `create_or_open` or `open`.

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
    """

    def __init__(
        self, folder: Path, contents: Manifest, active: Sequence[str], shard: Shard = WHOLE
    ) -> None:
        self.folder = folder
        self.manifest = contents
        self.active = tuple(active)
        self.shard = shard
        self.shelf = Shelf(folder, contents.seed)

    @property
    def seed(self) -> int:
        """Seed of the batch."""
        return self.manifest.seed

    @property
    def names(self) -> tuple[str, ...]:
        """All scenarios of the folder, in the order in which they were first asked for."""
        return tuple(entry.name for entry in self.manifest.scenarios)

    @cached_property
    def scenarios(self) -> dict[str, Loaded]:
        """The stored scenarios by name.

        Raises
        ------
        StoreError
            When a stored scenario was removed or edited.
        """
        return {
            name: stored_scenario(self.folder, self.manifest.entry(name)) for name in self.names
        }

    def points(self, name: str) -> Points | None:
        """Read the points of a scenario's design.

        Parameters
        ----------
        name : str
            Scenario name.

        Returns
        -------
        Points or None
            None without a design.

        Raises
        ------
        StoreError
            When they cannot be read.
        """
        return points_of(self.folder, self.scenarios[name])

    def settings(self, name: str) -> Scenario | Sampled:
        """Give what a worker needs to run a scenario.

        Parameters
        ----------
        name : str
            Scenario name.

        Returns
        -------
        Scenario or Sampled
            A `Sampled` for a scenario with a design.
        """
        return sampling.settings(self.scenarios[name], self.points(name))

    def finished(self, name: str) -> set[int]:
        """Find the replicates of a scenario whose runs are stored.

        Parameters
        ----------
        name : str
            Scenario name.

        Returns
        -------
        set of int
        """
        self.manifest.entry(name)
        blocks = self.shelf.blocks(name)
        return {replicate for block in blocks for replicate in self.shelf.finished(name, block)}

    def wanted(self, name: str) -> int:
        """Count the replicates of a scenario that are wanted of the shard."""
        stop = self.manifest.entry(name).replicates
        return sum(
            min(stop, block.last + 1) - block.first
            for block in blocks_below(stop)
            if self.shard.holds(name, block)
        )

    def missing(self, name: str) -> list[int]:
        """Find the replicates of a scenario that are wanted and not stored.

        Parameters
        ----------
        name : str
            Scenario name.

        Returns
        -------
        list of int
            Ascending, of the shard alone; failed runs are among them.
        """
        return [r for _, replicates in self.missing_by_block(name) for r in replicates]

    def missing_by_block(self, name: str) -> Iterator[tuple[Block, Sequence[int]]]:
        """Find the replicates of the shard that are wanted and not stored, block by block.

        Parameters
        ----------
        name : str
            Scenario name.

        Yields
        ------
        tuple of Block and sequence of int
            Ascending; only blocks where some are missing.
        """
        stop = self.manifest.entry(name).replicates
        for block in blocks_below(stop):
            if self.shard.holds(name, block):
                wanted = range(block.first, min(stop, block.last + 1))
                done = set(self.shelf.finished(name, block))
                left = [r for r in wanted if r not in done] if done else wanted
                if left:
                    yield block, left

    def failures(self) -> list[failures.Failure]:
        """List the runs that failed and have not succeeded since."""
        found = failures.read(self.folder).values()
        done = {name: self.finished(name) for name in {failure.scenario for failure in found}}
        return [failure for failure in found if failure.replicate not in done[failure.scenario]]

    def parts(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        scenarios: Sequence[str] | None = None,
    ) -> Iterator[pa.Table]:
        """Read a table piece by piece, so that it need not fit into memory.

        Parameters
        ----------
        table, columns, scenarios
            As in `read`.

        Yields
        ------
        pyarrow.Table
            Whole runs of one scenario.
        """
        names = self.names if scenarios is None else scenarios
        wanted = _checked_columns(table, columns)
        for name in names:
            self.manifest.entry(name)
            for block in self.shelf.blocks(name):
                yield self.shelf.rows(table, name, block, wanted)

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
            ``runs``, ``ticks``, ``engagements`` or ``orders``.
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
        failed = [failure.key for failure in failures.read(self.folder).values()]
        rows = []
        for entry in self.manifest.scenarios:
            done, damaged = self._readable(entry.name)
            wanted = range(entry.replicates)
            row = ScenarioStatus(
                entry.name,
                entry.title,
                entry.replicates,
                done=len(done),
                failed=sum(name == entry.name and r not in done for name, r in failed),
                missing=len(wanted) - sum(replicate in wanted for replicate in done),
                damaged=damaged,
            )
            rows.append(row)
        return status.summarise(self.folder, self.manifest, rows)

    def _readable(self, name: str) -> tuple[set[int], int]:
        done, damaged = set[int](), 0
        for block in self.shelf.blocks(name):
            try:
                done.update(self.shelf.finished(name, block))
            except StoreError:
                damaged += 1
        return done, damaged


def open(folder: str | Path) -> Store:  # noqa: A001 - read as store.open
    """Open a results folder for reading.

    Parameters
    ----------
    folder : path
        The folder; nothing in it is changed.

    Returns
    -------
    Store
        With all its scenarios active.

    Raises
    ------
    StoreError
        When it is no results folder or a newer program wrote it.
    """
    contents = manifest.read(Path(folder))
    return Store(Path(folder), contents, [entry.name for entry in contents.scenarios])


def plan(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
) -> Plan:
    """Find out what is left to run, without writing anything.

    Parameters
    ----------
    folder, loadeds, seed, replicates, shard
        As in `create_or_open`.

    Returns
    -------
    Plan

    Raises
    ------
    StoreError
        As `create_or_open` does.
    """
    path = Path(folder)
    check_request(loadeds, seed, replicates)
    contents = manifest.read(path) if in_use(path) else Manifest(seed=seed)
    running.refuse_if_running(path, shard)
    check_conflicts(path, contents, loadeds, seed)
    contents = merged(contents, loadeds, replicates)
    store = Store(path, contents, [loaded.name for loaded in loadeds], shard)
    return Plan(
        folder=path,
        contents=contents,
        missing={name: store.missing(name) for name in store.active},
        done={name: len(store.finished(name)) for name in store.active},
        runs_per_second=status.last_rate(sessions.read(path)),
    )


def create_or_open(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
) -> Store:
    """Prepare a results folder for a batch: a new one, or one to continue.

    Parameters
    ----------
    folder : path
        The folder; it and its parents are made when missing.
    loadeds : sequence of Loaded
        Scenarios with different names; other scenarios of the folder stay as they are.
    seed : int
        Seed of the batch, 0 to 2**32 - 1.
    replicates : int
        Replicates wanted of each scenario, 1 or more.
    shard : Shard
        The part of the batch to run; other processes run the other parts.

    Returns
    -------
    Store
        With these scenarios active.

    Raises
    ------
    StoreError
        When the folder holds something else, another seed, or a scenario of the same name
        with other settings; nothing has been changed then.
    """
    made = plan(folder, loadeds, seed, replicates, shard)
    path = made.folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        manifest.write(path, made.contents)
        (path / SCENARIOS).mkdir(exist_ok=True)
        for loaded in loadeds:
            place = scenario_path(path, loaded.name)
            if not place.exists():
                files.write_text(place, scenario.dump(loaded))
            if loaded.design is not None:
                _keep_points(points_path(path, loaded.name), loaded.design)
        files.write_text_if_other(path / COLUMNS, dictionary.columns_csv())
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error}") from error
    return Store(path, made.contents, [loaded.name for loaded in loadeds], shard)


def _keep_points(place: Path, design: Design) -> None:
    """Draw the points once: later versions of a sampler may draw others."""
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        files.write_text(place, sampling.write(sampling.draw(design)))


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
