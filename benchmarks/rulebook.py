"""Every public rule and random arguments for each, to compare what two machines make of it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable
from typing import Any

from sim import rules

MODULES = [
    importlib.import_module(f"sim.rules.{found.name}")
    for found in pkgutil.iter_modules(rules.__path__)
]
RULES: dict[str, Callable[..., Any]] = {
    f"{module.__name__}.{name}": function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__
}
TABLES = {
    "cumulative": [0.3, 0.6, 0.9, 1.0],
    "factors": [0.2, 0.6, 1.1, 2.1],
    "counts": [3, 0, 7, 4],
}
REFUSED = (ZeroDivisionError, OverflowError, ValueError, IndexError)
"""What a rule raises, interpreted, for arguments that no model gives it."""


def arguments(function: Callable[..., Any], chance: random.Random) -> list[Any]:
    """Make random arguments by annotation; tables come as lists and, compiled, as arrays."""
    made: list[Any] = []
    for name, parameter in inspect.signature(function).parameters.items():
        kind = str(parameter.annotation)
        if name in TABLES:
            made.append(TABLES[name])
        elif kind == "int":
            made.append(chance.choice([-1, 0, 1, 2, 3, 4, 7, 40, 2500]))
        elif kind == "bool":
            made.append(chance.random() < 0.5)
        else:
            made.append(chance.choice([0.0, 1.0, chance.random(), 30.0 * chance.random()]))
    return made


def accepted(function: Callable[..., Any], values: list[Any]) -> bool:
    """Whether the rule, interpreted, gives a result for these arguments."""
    try:
        function(*values)
    except REFUSED:
        return False
    return True
