"""The results folder of a batch: everything needed to continue, check and analyse it.

::

    results/<name>/
      manifest.json                          what was asked for
      sessions/<time>-<host>-<process>.json  each call that ran: versions, commit, engine, times
      columns.csv                            every column's type, unit and meaning
      model.py                               file of a user's own model that ran
      scenarios/<scenario>.yaml              complete settings that ran
      designs/<scenario>.csv                 points of a scenario that has a design
      <table>/<scenario>/<first>-<last>.parquet   one file per block of replicates
      checksums/<scenario>/<first>-<last>.sha256  of the block's files, written last
      failures.jsonl                         runs that failed, and why
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sim.parameters import Scenario
from sim.records import TABLES
from sim.scenario.designs import sampling
from sim.scenario.designs.sampling import Points, Sampled
from sim.scenario.loading import Loaded
from sim.store import failures, parquet, sessions, status
from sim.store.blockfiles import BlockFiles
from sim.store.blocks import Block, blocks_below
from sim.store.manifest import Manifest, StoreError
from sim.store.request import model_change, points_of, stored_scenario
from sim.store.sessions import Session
from sim.store.shards import WHOLE, Shard
from sim.store.status import Summary

if TYPE_CHECKING:
    from sim.store.provenance import UserModel


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
    """

    def __init__(
        self,
        folder: Path,
        contents: Manifest,
        active: Sequence[str],
        shard: Shard = WHOLE,
        model: UserModel | None = None,
    ) -> None:
        self.folder = folder
        self.manifest = contents
        self.active = tuple(active)
        self.shard = shard
        self.model: Any = model
        self.blocks = BlockFiles(folder, contents.seed)

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

    def check_model(self, model: UserModel | None) -> None:
        """Check that a model is the one that made the folder's runs.

        Parameters
        ----------
        model : UserModel or None
            A user's class; None for the stock model.

        Raises
        ------
        StoreError
            When it is another one, or its file has changed.
        """
        change = model_change(self.folder, self.manifest.model, model)
        if change:
            stored = self.manifest.model
            right = "leave --model out" if stored is None else f"give --model {stored.name}"
            raise StoreError(
                f"{self.folder} holds results of another model (stored -> now): {change}; {right}"
            )

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
        loaded = self.scenarios[name]
        return sampling.settings(loaded.scenario, loaded.resolved, self.points(name))

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
        blocks = self.blocks.stored(name)
        return {replicate for block in blocks for replicate in self.blocks.finished(name, block)}

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
                done = set(self.blocks.finished(name, block))
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
        return status.summarise(self.folder, self.manifest, self.blocks)


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
