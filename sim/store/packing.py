"""The rows that an engine gives for runs, checked, as numpy arrays of the stored types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.records import TABLES, Column

if TYPE_CHECKING:
    from sim.scenario.loading import Loaded

Packed = dict[str, NDArray[Any]]
Labels = Mapping[str, Sequence[str]]

# The store fills in these columns of every table that has them.
ADDED = ("scenario", "seed")


@dataclass(frozen=True, eq=False)
class Held:
    """Runs of one scenario that are held in memory.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    seed : int
        Seed of the random numbers.
    labels : mapping of str to sequence of str
        Words of each column of labels, in the order of their codes.
    parts : tuple of dict of str to dict of str to numpy.ndarray
        Columns by table, see `sim.records.TABLES`, of some of the runs each.
    """

    loaded: Loaded
    seed: int
    labels: Labels
    parts: tuple[dict[str, Packed], ...]

    @property
    def runs(self) -> int:
        """Number of runs."""
        return sum(len(part["runs"]["replicate"]) for part in self.parts)

    @cached_property
    def tables(self) -> dict[str, Packed]:
        """Columns by table, rows by replicate; put together when they are first asked for."""
        if len(self.parts) == 1:
            return self.parts[0]
        return {name: join([part[name] for part in self.parts]) for name in TABLES}

    def called(self, loaded: Loaded) -> Held:
        """Give the same runs under what the scenario is called now."""
        return replace(self, loaded=loaded)


def columns_of(table: str) -> list[Column]:
    """List the columns of a table that an engine fills."""
    return [column for column in TABLES[table] if column.name not in ADDED]


def pack(
    table: str, arrays: Mapping[str, Any], labels: Labels, replicates: Sequence[int]
) -> Packed:
    """Check the rows of one or more runs and give them their stored types."""
    columns = columns_of(table)
    names = [column.name for column in columns]
    if list(arrays) != names:
        raise ValueError(f"table {table} must have columns {names}, got {list(arrays)}")
    packed = {column.name: _pack_column(table, column, arrays, labels) for column in columns}
    if len({len(values) for values in packed.values()}) > 1:
        lengths = {name: len(values) for name, values in packed.items()}
        raise ValueError(f"columns of table {table} differ in length: {lengths}")
    _check_replicates(table, packed["replicate"], replicates)
    return packed


def join(parts: Sequence[Packed]) -> Packed:
    """Put the rows of several runs together, by replicate."""
    order = np.argsort(np.concatenate([part["replicate"] for part in parts]), kind="stable")
    return {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}


def _check_replicates(table: str, given: NDArray[Any], replicates: Sequence[int]) -> None:
    ran = np.asarray(replicates)
    if table == "runs" and not np.array_equal(given, ran):
        raise ValueError("table runs must have one row per run, in order of replicates")
    if not np.isin(given, ran).all():
        which = str(ran[0]) if len(ran) == 1 else f"those from {ran[0]} to {ran[-1]} that ran"
        raise ValueError(f"table {table} holds rows of another replicate than {which}")
    if np.any(given[1:] < given[:-1]):
        raise ValueError(f"table {table} is not in order of replicates")


def _pack_column(
    table: str, column: Column, arrays: Mapping[str, Any], labels: Labels
) -> NDArray[Any]:
    where = f"column {column.name} of table {table}"
    values = np.asarray(arrays[column.name])
    target = np.dtype(column.numpy)
    if values.ndim != 1:
        raise ValueError(f"{where} must have one dimension, got shape {values.shape}")
    if not np.can_cast(values.dtype, target, "same_kind"):
        raise ValueError(f"{where} must hold {target} values, got {values.dtype}")
    if column.kind == "label":
        upper = len(labels[column.name]) - 1
        if len(values) and not 0 <= values.min() <= values.max() <= upper:
            raise ValueError(f"{where} holds a code outside 0 to {upper}")
    packed = values.astype(target)
    if target.kind == "i" and not np.array_equal(packed, values):
        raise ValueError(f"{where} holds a value that {target} cannot store")
    return packed
