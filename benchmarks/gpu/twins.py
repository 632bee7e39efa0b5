"""Functions compiled for the processor, compiled for a GPU from the same source.

A compiled function finds what it calls among the names of its module, and there stand functions
for the processor. A twin is the same code with another set of names, in which twins stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any


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
    """Make twins of all functions that a module has compiled.

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
    names = {**vars(module), **others}
    for name, value in vars(module).items():
        source = getattr(value, "py_func", None)
        if source is not None:
            own = source.__module__ == module.__name__
            names[name] = device(rebound(source, names) if own else source)
    for function in replaced:
        names[function.__name__] = device(rebound(function, names))
    return names


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
