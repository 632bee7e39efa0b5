"""The text of the step on plain Python objects: for debugging, and as proof of the compiled one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.memory import PARTS, POOLS, Memory
from sim.engine.text import FUNCTIONS
from sim.world import World


class Rows(list[Any]):
    """Records as objects; storing one copies its fields, as an array of records does."""

    def __setitem__(self, place: Any, other: Any) -> None:
        """Copy the fields of a record, or put values in place of others."""
        if isinstance(place, slice):
            super().__setitem__(place, other)
            return
        mine = self[place]
        for name in mine.__slots__:
            setattr(mine, name, getattr(other, name))


class Interpreted:
    """One run at a time, interpreted.

    Parameters
    ----------
    world : World
        The world.
    """

    name = "interpreted"

    def __init__(self, world: World) -> None:
        self._memory = Memory(world)
        for name, part in PARTS.items():
            if part.role in ("table", "room"):
                setattr(self, name, _plain(self._memory.arrays[name]))

    def start(self, seed: int, replicate: int) -> None:
        """Start a run."""
        self._memory.reset(seed, replicate)
        for name, part in PARTS.items():
            if part.role in ("state", "pool"):
                setattr(self, name, _plain(self._memory.arrays[name]))
        self.call("start")

    def call(self, function: str, *numbers: int) -> Any:
        """Call a function of `sim.step` by its name."""
        return FUNCTIONS[function](self, *numbers)

    def step(self) -> None:
        """One tick, phase by phase, with room for what it may bring."""
        self.make_room()
        self.call("step")

    def go(self, end: int) -> bool:
        """Go on to the start of a tick; tell whether no impossible state came before it."""
        now: Any = self.part("now")
        while now.tick < end and not now.unsound:
            self.step()
        return not now.unsound

    def make_room(self) -> None:
        """Make room in the pools for the next tick."""
        for name in POOLS:
            rows, used = self.part(name), getattr(self.part("now"), name)
            if used + self._memory.per_tick[name] > len(rows):
                rows.extend(_plain(np.zeros(len(rows), self._memory.arrays[name].dtype)))

    def part(self, name: str) -> Any:
        """Give a part of the run: an object, a list of objects or a list of numbers."""
        return getattr(self, name)

    def records(self, name: str) -> list[Any]:
        """Give the records of a part; they are the ones that the run uses."""
        part = self.part(name)
        return part if isinstance(part, Rows) else [part]

    def rows(self, name: str) -> NDArray[Any]:
        """Give a part as an array; of a pool, the records in use."""
        part, dtype = self.part(name), self._memory.arrays[name].dtype
        if dtype.names is None:
            return np.array(part, dtype)

        def values(row: Any) -> tuple[Any, ...]:
            return tuple(getattr(row, field) for field in dtype.names or ())

        if not isinstance(part, Rows):
            return np.array(values(part), dtype)
        used = getattr(self.part("now"), name) if name in POOLS else len(part)
        return np.array([values(row) for row in part[:used]], dtype)


def _plain(array: Any) -> Any:
    """Turn an array into lists of numbers, or of objects with the fields of its records."""
    names = array.dtype.names
    if names is None:
        return array.tolist()
    kind = type("Row", (), {"__slots__": names})
    columns = [
        _plain(array[name]) if array.ndim == 0 else list(_plain(array[name])) for name in names
    ]
    made = []
    for values in [columns] if array.ndim == 0 else zip(*columns, strict=True):
        row = kind()
        for name, value in zip(names, values, strict=True):
            setattr(row, name, value)
        made.append(row)
    return made[0] if array.ndim == 0 else Rows(made)
