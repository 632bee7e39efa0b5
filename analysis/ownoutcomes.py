"""Outcomes of your own: a function of one run, measured on every run of results.

``frames = analysis.with_outcomes(frames, [longest_lull])`` adds a column to ``frames.runs``;
comparisons, designs and targets then know it by the name of the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis import wording
from analysis.evaluation import each_run
from analysis.frames import Frames, LoadError, Own
from analysis.measures import Run
from sim.records import Column

_UNIT = "number"


def with_outcomes(frames: Frames, functions: Sequence[Callable[[Run], float]]) -> Frames:
    """Measure outcomes of your own on every run.

    Parameters
    ----------
    frames : Frames
        Loaded results.
    functions : sequence of callable
        Each gets an `analysis.measures.Run` and gives a number, NaN where there is none. Its
        attribute ``unit`` names the unit, ``-`` for a yes or no; its name is that of the outcome.

    Returns
    -------
    Frames
        The same results, with the outcomes.

    Raises
    ------
    LoadError
        When a function fails or gives no number, or its name is taken.
    """
    for function in functions:
        name = function.__name__
        if name in frames.own or any(name == column.name for column in frames.outcomes):
            raise LoadError(f"{name} is an outcome already; give the function another name")
    numbers: dict[str, dict[tuple[str, int], float]] = {each.__name__: {} for each in functions}
    for scenario in frames.scenarios:
        for replicate, run in each_run(frames.only([scenario]), scenario):
            for function in functions:
                value = _measured(function, run, f"{scenario} run {replicate}")
                numbers[function.__name__][scenario, replicate] = value
    own = {
        function.__name__: Own(_column(function), pd.Series(numbers[function.__name__]))
        for function in functions
    }
    for each in own.values():
        wording.know(each.column)
    return replace(frames, own=frames.own | own)


def _column(function: Callable[[Run], float]) -> Column:
    unit = str(getattr(function, "unit", _UNIT))
    text = (function.__doc__ or "").strip().partition("\n")[0]
    return Column(function.__name__, "float64", unit, text or "An outcome of your own.")


def _measured(function: Callable[[Run], float], run: Run, where: str) -> float:
    try:
        value = function(run)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise LoadError(f"{function.__name__} failed on {where}: {what}") from error
    known = isinstance(value, int | float | np.integer | np.floating | np.bool_)
    if not known or math.isinf(float(value)):
        raise LoadError(f"{function.__name__} gave {value!r} for {where}; a number is needed")
    return float(value)
