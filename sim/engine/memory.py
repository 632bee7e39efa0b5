"""The memory of one run: its parts as arrays, reset between runs and grown when they fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.bounded import Bounded
from sim.engine import ahead, faster, text
from sim.parameters import Scenario
from sim.step.declare import Part, parts_of
from sim.world import World, build

PARTS: dict[str, Part] = parts_of(*text.runs(), ahead.AheadRun, faster.FastRun)
POOLS = tuple(name for name, part in PARTS.items() if part.role == "pool")
STATES = tuple(name for name, part in PARTS.items() if part.role == "state")
ALIGNMENT = 64
SPARE = 512
"""Rows of a pool beside those that a tick may need."""
KEPT_BYTES = 160e6


SMALLEST = {
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


def _lay_out(world: World) -> dict[str, NDArray[Any]]:
    made = {name: part.make(world) for name, part in PARTS.items()}
    for name, array in made.items():
        array.flags.writeable = PARTS[name].role != "table"
    return made


laid_out = Bounded(_lay_out, KEPT_BYTES, lambda made: sum(array.nbytes for array in made.values()))
"""Lays out a world as a run starts: arrays by the names of the parts."""


class Handle:
    """A run as compiled functions see it: a pointer to a list of where its arrays lie.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Contiguous arrays; they live as long as the handle.

    Attributes
    ----------
    address : int
        What a compiled function is given as its run, good while the handle lives.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        words: list[int] = []
        for array in arrays.values():
            words += array.ctypes.data, *array.shape
        self._words, self._arrays = np.array(words, np.int64), tuple(arrays.values())
        self.address = int(self._words.ctypes.data)


class Memory:
    """The arrays of a run, by the names of their parts.

    What a run changes lies in one block of bytes, so that it is reset by one copy.

    Parameters
    ----------
    world : World
        The world.
    """

    def __init__(self, world: World) -> None:
        first = laid_out(world)
        self.per_tick = {name: PARTS[name].per_tick(world) for name in POOLS}
        self.arrays = {
            name: array.copy() if PARTS[name].role == "room" else array
            for name, array in first.items()
        }
        for name, most in self.per_tick.items():
            self.arrays[name] = np.zeros(most + SPARE, first[name].dtype)
        ends = np.cumsum([-(-first[name].nbytes // ALIGNMENT) * ALIGNMENT for name in STATES])
        self._state = np.zeros(ends[-1], np.uint8)
        for end, name in zip(ends, STATES, strict=True):
            array = first[name]
            begin = end - -(-array.nbytes // ALIGNMENT) * ALIGNMENT
            place = self._state[begin : begin + array.nbytes].view(array.dtype)
            self.arrays[name] = place.reshape(array.shape)
            self.arrays[name][...] = array
        self._first = self._state.copy()

    def reset(self, seed: int, replicate: int) -> None:
        """Bring everything to where a run starts."""
        self._state[:] = self._first
        now = self.arrays["now"]
        now["seed"], now["replicate"] = seed, replicate

    def grow(self) -> bool:
        """Make room for the next tick in the pools; tell whether that moved any of them."""
        moved = False
        for name in POOLS:
            array, used = self.arrays[name], int(self.arrays["now"][name])
            if used + self.per_tick[name] > len(array):
                grown = np.zeros(2 * len(array), array.dtype)
                grown[:used] = array[:used]
                self.arrays[name], moved = grown, True
        return moved

    def rows(self, name: str) -> NDArray[Any]:
        """Copy the rows of a pool that are in use, or all of another part."""
        array = self.arrays[name]
        used = array[: int(self.arrays["now"][name])] if name in POOLS else array
        return np.frombuffer(used.tobytes(), used.dtype).reshape(used.shape)


def smallest_world() -> World:
    """Make a smallest world, to find the types of all parts and to compile with."""
    return build(Scenario.model_validate(SMALLEST))
