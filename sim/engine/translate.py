"""The text of the step translated by numba: the same functions, the same bits, machine code.

No fast-math: every operation is done as written. Importing numba and translating take their
time, so `sim.engine.machine` imports this module only where no machine code is kept.
"""

from __future__ import annotations

import ctypes
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import njit, types

from sim import reporting
from sim.engine import ahead, faster, reports, text
from sim.engine.handletype import HandleType, type_of
from sim.engine.memory import laid_out, smallest_world

RUN = type_of(laid_out(smallest_world()))
# Only machine code calls these, and it needs no way in from Python: a third of the work.
OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
INNER = {**OPTIONS, "forceinline": True}


@cache
def twins(speed: bool) -> dict[str, dict[str, Any]]:
    """Give each module of the text a twin in which names stand for compiled functions.

    Everything is compiled on first use, and put in place wherever it is called.
    """
    modules = [*text.modules(), reporting, ahead, faster, reports]
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


def object_code(name: str, numbers: int) -> tuple[str, str, bytes]:
    """Translate a function that takes a run, or what reports need, and so many whole numbers.

    Gives the name of the machine code, the type of what it gives back, and an object file.
    """
    function, scope, given = _meant(name)
    made = njit(_with_names(function, scope), **OPTIONS)
    signature = (given, *[types.int64] * numbers)
    made.compile(signature)
    done = made.overloads[signature]
    symbol, library = done.fndesc.llvm_func_name, done.library
    library.get_pointer_to_function(symbol)  # only then is there an object file
    functions = library._final_module.functions
    _check_calls(name, [each.name for each in functions if each.is_declaration])
    _, _, (code, _) = library.serialize_using_object_code()
    return symbol, str(done.fndesc.restype), code


def _check_calls(name: str, called: list[str]) -> None:
    """Refuse machine code that needs more than the C library: no process without numba has it."""
    known = ctypes.CDLL(None)
    other = [each for each in called if not each.startswith("llvm.") and not hasattr(known, each)]
    if other:
        raise TypeError(f"{name} uses what only numba has: {', '.join(other)}; write it plainly")


def _meant(name: str) -> tuple[Any, dict[str, Any], HandleType]:
    """Find a function by its name, what its own names stand for, and the type it is given."""
    if name == reports.write.__name__:
        return reports.write, twins(speed=False)[reports.__name__], type_of(reports.SMALLEST)
    if name == faster.go.__name__:
        return faster.go, twins(speed=True)[faster.__name__], RUN
    function = text.FUNCTIONS[name]
    return function, twins(speed=False)[function.__module__], RUN


def _with_names(function: Any, names: dict[str, Any]) -> FunctionType:
    """Copy a function, so that its global names mean something else."""
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    return made
