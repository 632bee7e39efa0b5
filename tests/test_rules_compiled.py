"""Every rule, compiled by numba from the same source, gives the same bits."""

from __future__ import annotations

import inspect
import random
import struct

import numba
import numpy as np
import pytest

from benchmarks.rulebook import MODULES, REFUSED, RULES, arguments
from sim import draws

CALLS = 300


def bits(value: float) -> bytes:
    return struct.pack("<d", float(value))


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
        except REFUSED:
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
