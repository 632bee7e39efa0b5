"""Every rule, compiled by numba from the same source, gives the same bits."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
import struct

import numba
import numpy as np
import pytest

from sim import draws, rules

MODULES = [
    importlib.import_module(f"sim.rules.{found.name}")
    for found in pkgutil.iter_modules(rules.__path__)
]
RULES = {
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
CALLS = 300


def bits(value: float) -> bytes:
    return struct.pack("<d", float(value))


def arguments(function, chance: random.Random) -> list:
    """Random arguments by annotation; tables come as lists and, compiled, as arrays."""
    made = []
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


@pytest.mark.parametrize("name", sorted(RULES))
def test_compiled_rule_gives_the_same_bits(name):
    function = RULES[name]
    compiled = numba.njit(function)
    chance = random.Random(name)
    for _ in range(CALLS):
        values = arguments(function, chance)
        for_numba = [np.array(v) if isinstance(v, list) else v for v in values]
        try:
            expected = function(*values)
        except (ZeroDivisionError, ValueError, IndexError):
            continue
        assert bits(compiled(*for_numba)) == bits(expected), values


def test_compiled_draws_give_the_same_words():
    compiled = numba.njit(draws.philox)
    chance = random.Random(1)
    for _ in range(CALLS):
        words = [chance.randrange(2**32) for _ in range(6)]
        assert tuple(compiled(*words)) == draws.philox(*words)


def test_rules_import_nothing_of_ours_and_call_no_other_rule():
    for module in MODULES:
        source = inspect.getsource(module)
        assert "import sim" not in source
        assert "from sim" not in source
