"""The text of the step translated by numba: the same functions, the same bits, machine code.

No fast-math: every operation is done as written. This module imports numba, which takes a
second, so it is imported when a run asks for it.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import config, njit, types
from numpy.typing import NDArray

from sim import reporting
from sim.engine import ahead, faster, text
from sim.engine import cache as code
from sim.engine.handle import Handle, type_of
from sim.engine.memory import Memory, laid_out, smallest_world
from sim.world import World

RUN = type_of(laid_out(smallest_world()))
OPTIONS = {"nogil": True, "error_model": "numpy"}
# Functions that only compiled ones call need no way in from Python or C: a third of the work.
INNER = {**OPTIONS, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


@cache
def twins(speed: bool) -> dict[str, dict[str, Any]]:
    """Give each module of the text a twin in which names stand for compiled functions.

    Everything is compiled on first use, and put in place wherever it is called.
    """
    modules = [*text.modules(), reporting, ahead, faster]
    twin = {module.__name__: ModuleType(module.__name__, module.__doc__) for module in modules}
    names = {name: vars(module) for name, module in twin.items()}
    compiled: dict[FunctionType, Any] = {}
    for module in modules:
        for _, function in text.functions(module):
            own = _with_names(function, names[module.__name__])
            compiled[function] = njit(own, **INNER)
    for name, function in text.functions(faster):
        if speed and name in text.FUNCTIONS:
            compiled[text.FUNCTIONS[name]] = compiled[function]
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, ModuleType):
                names[module.__name__][name] = twin.get(value.__name__, value)
            elif isinstance(value, FunctionType):
                names[module.__name__][name] = compiled.get(value, value)
            elif type(value) is int:  # of a plain int numba would make one version for each value
                names[module.__name__][name] = np.int64(value)
            else:
                names[module.__name__][name] = value
    return names


@cache
def entry(name: str, numbers: int = 0) -> Any:
    """Compile a function for Python to call, and keep it for other processes and sessions."""
    if name == faster.go.__name__:
        function: Any = faster.go
        scope = twins(speed=True)[faster.__name__]
    else:
        function = text.FUNCTIONS[name]
        scope = twins(speed=False)[function.__module__]
    made = _kept(function, scope)
    signature = (RUN, *[types.int64] * numbers)
    made.compile(signature)
    return made.overloads[signature].entry_point


@cache
def write_reports() -> Any:
    """Give `sim.reporting.write_reports` compiled; it takes arrays as they are."""
    return _kept(reporting.write_reports, twins(speed=False)[reporting.__name__])


def _kept(function: Any, names: dict[str, Any]) -> Any:
    """Let a function be compiled for Python, and kept in the folder of `sim.engine.cache`."""
    kept, before = code.folder(), config.CACHE_DIR
    config.CACHE_DIR = "" if kept is None else str(kept)
    try:
        return njit(_with_names(function, names), cache=kept is not None, **OPTIONS)
    finally:
        config.CACHE_DIR = before


def _with_names(function: Any, names: dict[str, Any]) -> FunctionType:
    """Copy a function, so that its global names mean something else."""
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    return made


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
        self._entries: dict[str, Any] = {}
        self._most = tuple(
            self._memory.per_tick[name] for name in ("memories", "engagements", "acts")
        )

    def start(self, seed: int, replicate: int) -> None:
        """Start a run."""
        self._memory.reset(seed, replicate)
        self.call("start")

    def call(self, function: str, *numbers: int) -> Any:
        """Call a function of `sim.step` by its name."""
        known = self._entries.get(function)
        if known is None:
            known = self._entries[function] = entry(function, len(numbers))
        return known(self._handle.address, *numbers)

    def make_room(self) -> None:
        """Make room in the pools for the next tick."""
        if self._memory.grow():
            self._handle = Handle(self._memory.arrays)

    def go(self, end: int) -> None:
        """Go on to the start of a tick, or to an impossible state.

        Ticks in which nothing happens take no stock: what `units_observe` notes may be old.
        """
        run, now = entry("go", 1 + len(self._most)), self._memory.arrays["now"]
        while now["tick"] < end and not now["unsound"]:
            self.make_room()
            run(self._handle.address, end, *self._most)

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
