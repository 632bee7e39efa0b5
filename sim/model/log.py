"""What happened in a run, row by row, and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import outcomes, records

if TYPE_CHECKING:
    from sim.world import World

Table = dict[str, NDArray[Any]]


@dataclass
class RunLog:
    """Rows of one run, appended in order of happening.

    Each row is a tuple in the order of its table's columns without the run's key and
    without the time, which follows from the tick.
    """

    engagements: list[tuple[int, ...]] = field(default_factory=list)
    ticks: list[tuple[float, ...]] = field(default_factory=list)
    orders: list[tuple[int, ...]] = field(default_factory=list)


def to_tables(log: RunLog, world: World, replicate: int) -> dict[str, Table]:
    """Tables of one run as columns.

    Parameters
    ----------
    log : RunLog
        Its rows.
    world : World
        The world that ran.
    replicate : int
        Replicate number, 0 or more.

    Returns
    -------
    dict of str to dict of str to ndarray
        Tables ``runs``, ``ticks``, ``engagements`` and ``orders`` with the columns of
        `sim.records` but ``scenario`` and ``seed``; labels as codes into ``world.labels``.
    """
    made = {
        name: _columns(name, getattr(log, name), world, replicate)
        for name in ("ticks", "engagements", "orders")
    }
    return {"runs": outcomes.table_of_runs(made["engagements"], [replicate], world), **made}


def _columns(name: str, rows: list[tuple[float, ...]], world: World, replicate: int) -> Table:
    given = [c for c in records.TABLES[name] if c.name not in ("scenario", "replicate", "time")]
    values = (
        dict(zip((c.name for c in given), zip(*rows, strict=True), strict=True)) if rows else {}
    )
    table: Table = {}
    for column in records.TABLES[name]:
        if column.name == "scenario":
            continue
        if column.name == "replicate":
            table[column.name] = np.full(len(rows), replicate, np.int32)
        elif column.name == "time":
            table[column.name] = world.times(table["tick"])
        else:
            table[column.name] = np.array(values.get(column.name, ()), column.numpy)
    return table
