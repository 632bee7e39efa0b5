"""Whole runs as the tables of `sim.records`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim import outcomes, records, reporting
from sim.engine import cache
from sim.rules.soundness import UnsoundError
from sim.step import layout, log
from sim.step.tick import PHASES
from sim.world import World

Table = dict[str, NDArray[Any]]
MEANS = ("auto", "compiled", "interpreted")
# The tables of a run, and the parts of it that their rows are.
PARTS = {"ticks": "ticks", "engagements": "engagements", "orders": "acts"}
DTYPES = {
    "ticks": layout.Tick.dtype,
    "engagements": layout.Engagement.dtype,
    "orders": layout.Act.dtype,
}
# What is told of a unit and of a security force in an impossible state.
UNIT = ("fighters", "crowd", "commanders", "mobilisation", "compliance")
FORCE = ("deployed", "deterrence", "recent")


class Engine(Protocol):
    """One run at a time, by whatever means.

    ``rows`` of a pool are those in use.
    """

    def start(self, seed: int, replicate: int) -> None:
        """Start a run."""

    def go(self, end: int) -> bool:
        """Go on to the start of a tick; tell whether no impossible state came before it."""

    def make_room(self) -> None:
        """Make room for what the next tick may bring."""

    def call(self, function: str, *numbers: int) -> Any:
        """Call a function of `sim.step` by its name."""

    def part(self, name: str) -> Any:
        """Give a part of the run as it is held: an array, or a list."""

    def records(self, name: str) -> Sequence[Any]:
        """Give the records of a part, whose fields are attributes that can be written to."""

    def rows(self, name: str) -> NDArray[Any]:
        """Copy a part of the run as an array."""


def simulate(world: World, seed: int, replicates: Sequence[int]) -> dict[str, Table]:
    """Run replicates to their end, compiled.

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
        Tables ``runs``, ``ticks``, ``engagements``, ``orders`` and ``reports`` with the columns
        of `sim.records` but ``scenario`` and ``seed``; labels as codes into ``world.labels``;
        the rows of all replicates below each other.

    Raises
    ------
    UnsoundError
        When a run comes into an impossible state.
    ValueError
        When replicates do not ascend, or are more than the tables can hold.
    """
    from sim.engine.compiled import Compiled, write_reports

    return tables_of(Compiled(world), world, seed, replicates, write_reports)


def interpret(world: World, seed: int, replicates: Sequence[int]) -> dict[str, Table]:
    """Run replicates to their end, interpreted; see `simulate`."""
    from sim.engine.interpreted import Interpreted

    return tables_of(Interpreted(world), world, seed, replicates)


def one_run(world: World, means: str = "auto") -> Engine:
    """Give an engine for one run after the other.

    Parameters
    ----------
    world : World
        The world.
    means : {"auto", "compiled", "interpreted"}
        ``auto`` is compiled where `sim.engine.prepare` has compiled single phases before.

    Returns
    -------
    Engine
        Not started yet.

    Raises
    ------
    ValueError
        For other means.
    """
    if means not in MEANS:
        raise ValueError(f"means must be one of {', '.join(MEANS)}; got {means!r}")
    if means == "compiled" or (means == "auto" and cache.is_ready(cache.PHASES)):
        from sim.engine.compiled import Compiled

        return Compiled(world)
    from sim.engine.interpreted import Interpreted

    return Interpreted(world)


def prepare(what: str = cache.RUNS) -> None:
    """Compile the engine and keep it for other processes and sessions.

    Takes some 40 to 60 seconds of one processor, once for each version of the model, of Python
    and of numba. Where no folder can be written the work is lost with the process.

    Parameters
    ----------
    what : {"runs", "phases"}
        Whole runs, or the phases that a Mesa model goes through one by one.

    Raises
    ------
    ImportError
        When numba is not installed.
    """
    from sim.engine.memory import smallest_world

    if cache.is_ready(what):
        return
    if what == cache.RUNS:
        simulate(smallest_world(), 0, [0])
    else:
        from sim.engine import machine
        from sim.engine.compiled import Compiled

        engine = Compiled(smallest_world())
        engine.start(0, 0)
        for phase in PHASES:
            engine.call(phase)
        machine.function("carry_out", 1)  # for attacks that models make themselves
    cache.mark_ready(what)


def tables_of(
    engine: Engine,
    world: World,
    seed: int,
    replicates: Sequence[int],
    write_reports: Callable[..., int] = reporting.interpreted,
) -> dict[str, Table]:
    """Let an engine run replicates, and put their rows into tables; see `simulate`."""
    wanted = np.asarray(replicates, np.int64)
    if np.any(np.diff(wanted) <= 0) or np.any((wanted < 0) | (wanted >= 2**31)):
        raise ValueError(f"replicates must ascend within 0 to 2**31 - 1, got {replicates}")
    rows: list[dict[str, NDArray[Any]]] = []
    for replicate in wanted.tolist():
        engine.start(seed, replicate)
        if not engine.go(world.n_ticks):
            raise UnsoundError(impossible(engine, world))
        rows.append({part: engine.rows(part) for part in PARTS.values()})
    return of_rows(rows, world, seed, wanted, write_reports)


def of_rows(
    rows: Sequence[Mapping[str, NDArray[Any]]],
    world: World,
    seed: int,
    replicates: NDArray[np.int64],
    write_reports: Callable[..., int] = reporting.interpreted,
) -> dict[str, Table]:
    """Make the tables of some runs from their rows, run by run; see `simulate`."""
    times = world.times(np.arange(world.n_ticks))
    made = {
        name: _table(name, [run[part] for run in rows], replicates, times)
        for name, part in PARTS.items()
    }
    engagements = made["engagements"]
    return {
        "runs": outcomes.table_of_runs(engagements, made["orders"], replicates.tolist(), world),
        **made,
        "reports": reporting.reports_of(engagements, world, seed, write_reports),
    }


def _table(
    name: str,
    runs: list[NDArray[Any]],
    replicates: NDArray[np.int64],
    times: NDArray[np.int64],
) -> Table:
    rows = np.frombuffer(b"".join(run.data for run in runs), DTYPES[name])
    table: Table = {}
    for column in records.TABLES[name]:
        if column.name == "replicate":
            own = np.repeat(replicates, list(map(len, runs))) if runs else replicates[:0]
            table[column.name] = own.astype(np.int32)
        elif column.name == "time":
            table[column.name] = times[rows["tick"]]
        elif column.name != "scenario":
            table[column.name] = np.ascontiguousarray(rows[column.name])
    return table


def impossible(engine: Engine, world: World) -> str:
    """Say what is in an impossible state, and when; empty when nothing is."""
    now = engine.rows("now")
    kind, number = int(now["unsound"]), int(now["unsound_at"])
    if kind == log.SOUND:
        return ""
    groups, provinces = tuple(world.scenario.groups), tuple(world.scenario.provinces)
    tick, dyads, units = int(now["tick"]) - 1, engine.rows("dyads"), engine.rows("units")
    if kind == log.DYAD:
        sides = [groups[units["group"][dyads[side][number]]] for side in ("unit", "rival")]
        where = provinces[dyads["province"][number]]
        what = f"the feud of {sides[0]} with {sides[1]} in {where}"
        values = {"hazard": now["unsound_hazard"]}
        values["reprisal"] = engine.rows("reprisal")[number]
    elif kind == log.UNIT:
        unit = units[number]
        what = f"the unit of {groups[unit['group']]} in {provinces[unit['province']]}"
        values = {name: unit[name] for name in UNIT}
    else:
        force = engine.rows("forces")[number]
        what = f"the security force in {provinces[number]}"
        values = {name: force[name] for name in FORCE}
    numbers = ", ".join(f"{name} {np.asarray(value).item()}" for name, value in values.items())
    return f"tick {tick}: {what} is in an impossible state: {numbers}"
