"""How outcomes are named and numbers written, in one place, from ``sim.records``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.records import OUTCOMES, REPORTED_OUTCOMES, Column
from sim.scenario.problems import nearest

_TRUE = {column.name: column for column in OUTCOMES}
_BY_NAME = _TRUE | {c.name: c for c in REPORTED_OUTCOMES if c.name not in _TRUE}
_PER_UNIT = {"share": "0–1", "days": "days after the first"}

_TITLES = {"called": "Call to withdraw came", "hours_to_call": "Hours to the call to withdraw"}

CENSORED_BY = {"hours_to_calm": "calm_reached", "hours_to_call": "called"}


def know(column: Column) -> None:
    """Take in an outcome of a user's own, so that it can be named."""
    _BY_NAME[column.name] = column


def outcome(name: str) -> Column:
    """Look an outcome up by name."""
    (known,) = chosen_outcomes([name], list(_BY_NAME))
    return _BY_NAME[known]


def chosen_outcomes(
    names: Sequence[str] | None, known: Sequence[str], error: type[Exception] = ValueError
) -> list[str]:
    """Give the outcomes that are asked for, each once, or all; the error names an unknown one."""
    for name in names or ():
        if name not in known:
            raise error(f"unknown outcome {name!r}{instead(name, known)}")
    return list(dict.fromkeys(names or known))


def is_yes_no(name: str) -> bool:
    """Whether an outcome is a yes or no per run, so that its mean is a share of runs."""
    return outcome(name).unit == "-"


def title(name: str) -> str:
    """Name of an outcome for a title or a table head, such as ``Hours to calm``."""
    return _TITLES.get(name, outcome(name).name.replace("_", " ").capitalize())


def label(name: str) -> str:
    """Axis label of an outcome with its unit, such as ``Killed (persons)``.

    The unit is left out where the name already says it (``Hours to calm``).
    """
    column = outcome(name)
    if is_yes_no(name):
        return f"{title(name)} (share of runs)"
    if column.unit in column.name:
        unit = _PER_UNIT.get(column.unit)
        return f"{title(name)} ({unit})" if unit else title(name)
    return f"{title(name)} ({_PER_UNIT.get(column.unit, column.unit)})"


def unit(name: str) -> str:
    """Give the unit of an outcome's mean, such as ``persons`` or ``share of runs``."""
    return "share of runs" if is_yes_no(name) else outcome(name).unit


def number(value: float, signed: bool = False) -> str:
    """Write a number with two to four significant figures."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "not reached"
    size = abs(value)
    if size < 1e-9:
        return "0"
    digits = next((n for n, least in enumerate((100, 10, 1, 0.1)) if size >= least), 0)
    digits = digits if size >= 0.1 else 1 - math.floor(math.log10(size))
    return f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")


def count(value: float, signed: bool = False) -> str:
    """Write a number that is usually whole: no decimals where there are none."""
    if not math.isfinite(value) or value != int(value) or value == 0:
        return "0" if value == 0 else number(value, signed)
    return f"{value:{'+' if signed else ''},.0f}".replace("-", "−")


def interval(low: float, high: float, signed: bool = False) -> str:
    """Write an interval such as ``1.2 to 3.4``; an en dash where there is none."""
    if math.isnan(low) or math.isnan(high):
        return "–"
    return f"{number(low, signed)} to {number(high, signed)}"


def estimate(value: float, low: float, high: float, signed: bool = False) -> str:
    """Write a number with its interval in brackets, or alone where there is none."""
    span = interval(low, high, signed)
    return number(value, signed) if span == "–" else f"{number(value, signed)} ({span})"


def estimate_in(row: Mapping[Any, Any] | pd.Series, key: str, signed: bool = False) -> str:
    """Write the number of a row of a table that has its interval in ``_low`` and ``_high``."""
    return estimate(row[key], row[f"{key}_low"], row[f"{key}_high"], signed)


def spread(low: float, high: float) -> str:
    """Write two quantiles such as ``12 to 34``; an en dash where there are none."""
    return "–" if math.isnan(low) or math.isnan(high) else f"{count(low)} to {count(high)}"


def plural(amount: int, noun: str) -> str:
    """Write a count with its noun, such as ``1 run`` or ``200 runs``."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def too_few(amount: int, noun: str) -> str:
    """Say that a count is too small, such as ``1 event is too few``."""
    return f"{plural(amount, noun)} {'is' if amount == 1 else 'are'} too few"


def instead(name: str, known: Sequence[str]) -> str:
    """Go on after an unknown name: with the nearest one that is known, or with all of them."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else f"; there are {', '.join(known)}"
