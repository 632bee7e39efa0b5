"""Runs of the compiled engine as the tables of `sim.records`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sim import outcomes, records, reporting
from sim.compiled import layout
from sim.compiled.decorate import entry
from sim.compiled.flatten import flatten
from sim.compiled.layout import Output
from sim.compiled.luck import uniforms
from sim.compiled.rules import of_source
from sim.compiled.rules import reports as report_rules
from sim.compiled.run import run_all
from sim.compiled.state import new_output, new_state
from sim.model.log import Table
from sim.parameters import Scenario
from sim.reporting import reports_of
from sim.rules.soundness import UnsoundError
from sim.world import World, build

GROWTH = 4
FEW = 8
SMALL = {
    "title": "One tick of one unit",
    "clock": {"start": "2000-01-01T00:00", "timezone": "UTC", "length": "1h"},
    "provinces": {
        "here": {
            "label": "Here",
            "tile": [0, 0],
            "population": 1,
            "region": "here",
            "authority": 1.0,
        }
    },
    "groups": {"some": {"label": "Some", "bloc": "some", "fighters": {"here": 1}}},
    "rivalry": {},
    "modes": {
        "any": {"weight": 1.0, "target_killed": {"median": 0}, "attacker_killed": {"median": 0}}
    },
}


def _write_reports() -> Any:
    """`sim.reporting.write_reports`, compiled: the same code, with compiled rules and draws."""
    source = reporting.write_reports
    names = {"rules": report_rules, "uniforms": uniforms, "of_source": of_source}
    twin = FunctionType(source.__code__, {**source.__globals__, **names}, source.__name__)
    twin.__module__ = __name__
    return entry(twin)


write_reports = _write_reports()


@dataclass
class Room:
    """Rows and memories to make room for, per run; grows when a run needs more."""

    engagements: int = 64
    orders: int = 128
    memories: int = 4096

    def grow(self) -> None:
        """Make room for several times as much."""
        self.engagements *= GROWTH
        self.orders *= GROWTH
        self.memories *= GROWTH


_rooms: WeakKeyDictionary[World, Room] = WeakKeyDictionary()


def simulate(world: World, seed: int, replicates: Sequence[int]) -> dict[str, Table]:
    """Run replicates to their end.

    Parameters
    ----------
    world : World
        Tables of the scenario.
    seed : int
        Seed of the batch, 0 to 2**32 - 1.
    replicates : sequence of int
        Replicate numbers, 0 to 2**31 - 1 each, ascending.

    Returns
    -------
    dict of str to dict of str to ndarray
        The tables that `sim.model.simulate` returns for each, below each other.

    Raises
    ------
    UnsoundError
        When a run comes into an impossible state.
    ValueError
        When replicates do not ascend, or are more than the tables can hold.
    """
    wanted = np.asarray(replicates, np.int64)
    if np.any(np.diff(wanted) <= 0) or np.any((wanted < 0) | (wanted >= 2**31)):
        raise ValueError(f"replicates must ascend within 0 to 2**31 - 1, got {replicates}")
    room = _rooms.setdefault(world, Room())
    tables, rows, number = flatten(world), np.zeros((len(wanted), 2), np.int64), len(wanted)
    while True:
        state = new_state(world, room.memories)
        # Runs differ: a call with few of them gets room for more each.
        many = number + FEW
        output = new_output(world, number, many * room.engagements, many * room.orders)
        done = run_all(tables, state, output, rows, seed, wanted, 0, world.n_ticks)
        if done == number:
            return _tables(world, seed, wanted, output, rows)
        if state.now["unsound"][0]:
            raise _unsound(world, seed, int(wanted[done]))
        room.grow()


def _unsound(world: World, seed: int, replicate: int) -> UnsoundError:
    """Say what is impossible in the words of the Mesa engine, which repeats that run."""
    from sim.model import simulate as repeat

    try:
        repeat(world, seed, replicate)
    except UnsoundError as error:
        return error
    return UnsoundError(f"replicate {replicate}: impossible in the compiled engine alone")


def warm_up() -> None:
    """Have everything compiled, by a run of a small world."""
    simulate(build(Scenario.model_validate(SMALL)), 0, [0])


def _tables(
    world: World, seed: int, replicates: NDArray[np.int64], output: Output, rows: NDArray[np.int64]
) -> dict[str, Table]:
    engagements, orders = rows.sum(axis=0)
    times = world.times(np.arange(world.n_ticks))
    ticks = np.full(len(replicates), world.n_ticks)
    made = {
        "ticks": _columns("ticks", output.ticks, np.repeat(replicates, ticks), times),
        "engagements": _columns(
            "engagements",
            output.engagements[:engagements],
            np.repeat(replicates, rows[:, 0]),
            times,
        ),
        "orders": _columns(
            "orders", output.orders[:orders], np.repeat(replicates, rows[:, 1]), times
        ),
    }
    runs = outcomes.table_of_runs(made["engagements"], replicates.tolist(), world)
    reports = reports_of(made["engagements"], world, seed, write_reports)
    return {"runs": runs, **made, "reports": reports}


def _columns(
    name: str, rows: layout.Records, replicates: NDArray[np.int64], times: NDArray[np.int64]
) -> Table:
    """Columns of a table in their stored types."""
    table: Table = {}
    for column in records.TABLES[name]:
        if column.name == "replicate":
            table[column.name] = replicates.astype(np.int32)
        elif column.name == "time":
            table[column.name] = times[rows["tick"]]
        elif column.name != "scenario":
            table[column.name] = rows[column.name].astype(column.numpy)
    return table
