"""Every rule over many random arguments, on the processor and on the GPU."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu import twins
from benchmarks.rulebook import RULES, TABLES, accepted, arguments
from sim import draws

KINDS = {"int": np.int64, "bool": np.bool_}
"""Types of columns by annotation; all others are binary64."""
THREADS = 128
HEADS = {
    "processor": "    for line in range(results.size):",
    "GPU": "    line = cuda.grid(1)\n    if line < results.size:",
}


@dataclass(frozen=True)
class Case:
    """A function of plain numbers, and the columns it is asked for.

    ``make`` turns what compiles a function into the compiled function.
    """

    name: str
    make: Callable[[Callable[..., Any]], Any]
    columns: dict[str, NDArray[Any]]
    size: int
    kind: type


@dataclass(frozen=True)
class Outcome:
    """How many results of a case differ, and by how many units in the last place at most."""

    name: str
    size: int
    differing: int
    furthest: int
    refusal: str = ""


def rule_case(name: str, size: int) -> Case:
    """Ask a rule for random arguments that it accepts."""
    function, chance = RULES[name], random.Random(name)
    asked = [arguments(function, chance) for _ in range(size)]
    asked = [values for values in asked if accepted(function, values)]
    columns = {}
    for place, parameter in enumerate(signature(function).parameters.values()):
        if parameter.name in TABLES:
            columns[parameter.name] = np.array(TABLES[parameter.name])
        else:
            kind = KINDS.get(str(parameter.annotation), np.float64)
            columns[parameter.name] = np.array([values[place] for values in asked], kind)
    made = KINDS.get(str(signature(function).return_annotation), np.float64)
    return Case(name, lambda compiler: compiler(function), columns, len(asked), made)


def draw_cases(size: int) -> Iterator[Case]:
    """Ask the functions of `sim.draws` that compiled engines call."""
    words = np.random.default_rng(1).integers(0, 2**32, (6, size))
    counter = dict(zip(("c0", "c1", "c2", "c3", "k0", "k1"), words, strict=True))
    for half in (0, 2):

        def pair(compiler: Callable[..., Any], half: int = half) -> Any:
            philox = compiler(draws.philox)

            def two_words(c0, c1, c2, c3, k0, k1):
                made = philox(c0, c1, c2, c3, k0, k1)
                return made[half] ^ (made[half + 1] << 32)

            return compiler(two_words)

        yield Case(f"sim.draws.philox, words {half} and {half + 1}", pair, counter, size, np.int64)
    halves = {"high": words[0], "low": words[1]}
    unit = draws.unit_interval
    yield Case("sim.draws.unit_interval", lambda c: c(unit), halves, size, np.float64)
    source = {"purpose": words[0] % 65_536, "source": words[1] % 65_536}
    yield Case("sim.draws.of_source", lambda c: c(draws.of_source), source, size, np.int64)


def cases(size: int) -> Iterator[Case]:
    """All rules, and the draws."""
    for name in sorted(RULES):
        yield rule_case(name, size)
    yield from draw_cases(size)


def loop(case: Case, where: str, function: Any) -> Callable[..., None]:
    """Write the loop over all lines, or the body of the thread that takes one."""
    names = ", ".join(case.columns)
    values = ", ".join(name if name in TABLES else f"{name}[line]" for name in case.columns)
    call = f"results[line] = asked_function({values})"
    source = f"def loop(results, {names}):\n{HEADS[where]}\n        {call}\n"
    scope = {"asked_function": function}
    if where == "GPU":
        from numba import cuda

        scope["cuda"] = cuda
    exec(source, scope)
    made: Callable[..., None] = scope["loop"]
    return made


def on_processor(case: Case) -> NDArray[Any]:
    """Give the results of the compiled engine's functions."""
    import numba

    inlined = numba.njit(forceinline=True, error_model="numpy")
    out = np.zeros(case.size, case.kind)
    whole = numba.njit(error_model="numpy")(loop(case, "processor", case.make(inlined)))
    whole(out, *case.columns.values())
    return out


def on_gpu(case: Case) -> NDArray[Any]:
    """Give the results of the same functions on the GPU."""
    out = np.zeros(case.size, case.kind)
    kernel = twins.kernel(loop(case, "GPU", case.make(twins.device)))
    kernel[-(-case.size // THREADS), THREADS](out, *case.columns.values())
    return out


def steps(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give binary64 values whole numbers such that neighbours differ by 1."""
    whole = values.view(np.int64)
    return np.where(whole < 0, np.int64(-(2**63)) - whole, whole)


def distances(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.int64]:
    """Count units in the last place between results, whole numbers between whole results."""
    if one.dtype != np.float64:
        return np.abs(one.astype(np.int64) - other.astype(np.int64))
    both = np.isnan(one) & np.isnan(other)
    return np.where(both, 0, np.abs(steps(one) - steps(other)))


def compared(case: Case, expected: NDArray[Any]) -> Outcome:
    """Compare the GPU's results with the processor's."""
    try:
        found = on_gpu(case)
    except Exception as error:
        line = " ".join(re.sub(r"\x1b\[\d*m", "", str(error)).split())
        return Outcome(case.name, case.size, case.size, 0, f"{type(error).__name__}: {line}")
    apart = distances(expected, found)
    return Outcome(case.name, case.size, int((apart != 0).sum()), int(apart.max(initial=0)))
