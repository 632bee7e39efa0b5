"""Functions compiled for the processor, compiled for a GPU from the same source.

A compiled function finds what it calls among the names of its module, and there stand functions
for the processor. A twin is the same code with another set of names, in which twins stand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any

import numpy as np


def lacking() -> str:
    """Say why nothing can run on a GPU here; empty where it can."""
    if find_spec("numba") is None:
        return "numba is not installed"
    from numba import config, cuda

    if config.ENABLE_CUDASIM:
        return "NUMBA_ENABLE_CUDASIM is set"
    if not cuda.is_available():
        return "numba finds none (a driver and the package numba-cuda are needed)"
    return ""


def device(function: Callable[..., Any]) -> Any:
    """Compile a function on first use, as a part of the kernel that calls it."""
    from numba import config, cuda

    options = {} if config.ENABLE_CUDASIM else {"forceinline": True}
    return cuda.jit(function, device=True, **options)


def rebound(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """Copy a function; the copy looks its global names up elsewhere."""
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    copy.__module__ = function.__module__
    return copy


def twins(module: ModuleType, *replaced: FunctionType, **others: Any) -> dict[str, Any]:
    """Make twins of all functions that a module has compiled, and of what they call.

    Parameters
    ----------
    module : module
        Its compiled functions, its own or taken from elsewhere.
    *replaced : function
        Plain functions that stand in for those of the same name, or beside them.
    **others
        Names that these use.

    Returns
    -------
    dict
        The names of the module, with twins for compiled functions, and the others.
    """
    names = vars(twin_module(module, {}))
    names.update(others)
    for function in replaced:
        names[function.__name__] = device(rebound(function, names))
    return names


def twin_module(module: ModuleType, made: dict[str, ModuleType]) -> ModuleType:
    """Copy a module, with twins for its compiled functions and for modules that have some."""
    if module.__name__ in made:
        return made[module.__name__]
    twin = made[module.__name__] = ModuleType(module.__name__)
    vars(twin).update(vars(module))
    for name, value in vars(module).items():
        if hasattr(value, "py_func"):
            setattr(twin, name, twin_function(value.py_func, module, made))
        elif isinstance(value, ModuleType) and has_compiled(value):
            setattr(twin, name, twin_module(value, made))
    return twin


def twin_function(source: FunctionType, module: ModuleType, made: dict[str, ModuleType]) -> Any:
    """Make the twin of a function that a module has compiled or taken from elsewhere."""
    home = sys.modules[source.__module__]
    if home is module:
        return device(rebound(source, vars(made[module.__name__])))
    if has_compiled(home):
        return getattr(twin_module(home, made), source.__name__)
    return device(source)


def has_compiled(module: ModuleType) -> bool:
    """Whether a module of ours has compiled functions."""
    ours = module.__name__.startswith(("sim.", "benchmarks."))
    return ours and any(hasattr(value, "py_func") for value in vars(module).values())


def one_of_all(kind: type) -> FunctionType:
    """Write the function that takes what is one thread's out of a named tuple of arrays.

    The last axis of each array is that of the threads.
    """
    columns = ", ".join(f"all_of_them.{name}[..., thread]" for name in kind._fields)
    scope: dict[str, Any] = {}
    name = f"{kind.__name__.lower()}_of"
    exec(f"def {name}(all_of_them, thread):\n    return {kind.__name__}({columns})\n", scope)
    made: FunctionType = scope[name]
    return made


def on_card(part: Any) -> Any:
    """Copy the arrays of a tuple to the card."""
    if isinstance(part, tuple):
        return type(part)(*map(on_card, part))
    from numba import cuda

    return cuda.to_device(part) if isinstance(part, np.ndarray) else part


@contextmanager
def contraction(allowed: bool) -> Iterator[None]:
    """Compile kernels with or without fused multiply-add.

    NVVM fuses a product and a sum into one rounding unless it is told not to. numba-cuda has no
    switch for that, so the option is put in where it calls NVVM. What is compiled must not be
    optimised again when it is linked, see `kernel`.
    """
    from numba.cuda.cudadrv import nvvm

    compile_ir = nvvm.compile_ir
    nvvm.compile_ir = partial(compile_ir, fma=allowed)
    try:
        yield
    finally:
        nvvm.compile_ir = compile_ir


def kernel(function: Callable[..., Any], registers: int | None = None) -> Any:
    """Compile a kernel on first launch, without optimisation when it is linked.

    ``lto=False`` is lost where `cuda.jit` is called without the function (numba-cuda 0.30.4).
    """
    from numba import config, cuda

    if config.ENABLE_CUDASIM:
        return cuda.jit(function)
    return cuda.jit(function, lto=False, max_registers=registers)
