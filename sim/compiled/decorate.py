"""How a function of this engine is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import config, njit

from sim.compiled import cache

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function on first use, as a part of what calls it.

    No fast-math: every operation is done as written, so that the bits are those of the
    interpreted engine.

    Parameters
    ----------
    function : callable
        Plain Python over numbers, arrays and records.

    Returns
    -------
    callable
        The compiled function; its source is in ``py_func``.
    """
    made: Function = njit(nogil=True, error_model="numpy")(function)
    return made


def inlined(function: Function) -> Function:
    """Compile a function as `compiled` does, and put it in place wherever it is called.

    For short functions that are called in every tick.

    Parameters
    ----------
    function : callable
        As for `compiled`.

    Returns
    -------
    callable
    """
    made: Function = njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return made


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep it for other processes and sessions.

    Parameters
    ----------
    function : callable
        As for `compiled`.

    Returns
    -------
    callable
        Compiled on its first call, or loaded from the folder of `sim.compiled.cache`.
    """
    kept, before = cache.folder(), config.CACHE_DIR
    config.CACHE_DIR = "" if kept is None else str(kept)
    try:
        made: Function = njit(nogil=True, error_model="numpy", cache=kept is not None)(function)
    finally:
        config.CACHE_DIR = before
    return made
