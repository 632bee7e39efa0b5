"""Runs carried out by the machine code of the step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import machine, reports
from sim.engine.memory import Handle, Memory
from sim.world import World


class Compiled:
    """One run at a time, compiled; see `sim.engine.interpreted.Interpreted` for the methods.

    Parameters
    ----------
    world : World
        The world.
    """

    name = "compiled"

    def __init__(self, world: World) -> None:
        self._memory = Memory(world)
        self._handle = Handle(self._memory.arrays)
        self._most = tuple(
            self._memory.per_tick[name] for name in ("memories", "engagements", "acts")
        )

    def start(self, seed: int, replicate: int) -> None:
        """Start a run."""
        self._memory.reset(seed, replicate)
        self.call("start")

    def call(self, function: str, *numbers: int) -> Any:
        """Call a function of `sim.step` by its name."""
        return machine.function(function, len(numbers))(self._handle, *numbers)

    def make_room(self) -> None:
        """Make room in the pools for the next tick."""
        if self._memory.grow():
            self._handle = Handle(self._memory.arrays)

    def go(self, end: int) -> bool:
        """Go on to the start of a tick; tell whether no impossible state came before it.

        Ticks in which nothing happens take no stock: what `units_observe` notes may be old.
        """
        run, now = machine.function("go", 1 + len(self._most)), self._memory.arrays["now"]
        while now["tick"] < end and not now["unsound"]:
            self.make_room()
            run(self._handle, end, *self._most)
        return not now["unsound"]

    def part(self, name: str) -> NDArray[Any]:
        """Give a part of the run as it is held."""
        return self._memory.arrays[name]

    def records(self, name: str) -> list[Any]:
        """Give the records of a part; they read from its array and write to it."""
        array = self.part(name).reshape(-1)
        kind = _record(array.dtype)
        columns = {field: array[field] for field in array.dtype.names or ()}
        return [kind(columns, place) for place in range(len(array))]

    def rows(self, name: str) -> NDArray[Any]:
        """Give the records of a part as an array; of a pool, those in use."""
        return self._memory.rows(name)


def write_reports(seed: int, *others: Any) -> int:
    """Do as `sim.reporting.write_reports`, by machine code."""
    arrays = {
        name: np.ascontiguousarray(value, smallest.dtype)
        for (name, smallest), value in zip(reports.SMALLEST.items(), others, strict=True)
    }
    return int(machine.function(reports.write.__name__, 1)(Handle(arrays), seed))


@cache
def _record(dtype: np.dtype[Any]) -> type:
    """Make a class whose attributes are the fields of one record of an array."""

    def field(name: str) -> property:
        def read(record: Any) -> Any:
            return record._columns[name].item(record._place)

        def write(record: Any, value: Any) -> None:
            record._columns[name][record._place] = value

        return property(read, write)

    def begin(record: Any, columns: dict[str, NDArray[Any]], place: int) -> None:
        record._columns, record._place = columns, place

    names = dtype.names or ()
    members = {name: field(name) for name in names if dtype[name].names is None}
    return type("Record", (), {"__slots__": ("_columns", "_place"), "__init__": begin, **members})
