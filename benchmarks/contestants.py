"""Who takes part."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from benchmarks.contest import Contestant
from benchmarks.toy import limit
from benchmarks.toy import world as toy

BASE = "plain-mesa"
LIMIT = "c-avx2"
COMPILED = "numba"
REAL_BASE = "mesa"


def toy_contestants() -> list[Contestant]:
    """Contestants of the toy world, the base first and the limit last."""

    def command(name: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "benchmarks.toy", name)

    return [
        Contestant(BASE, "plain Mesa, `batch_run`, own luck", command(BASE), 20, exact=False),
        Contestant("numpy", "numpy over replicates", command("numpy"), toy.SIDE_BY_SIDE, least=16),
        Contestant(COMPILED, "compiled by numba", command(COMPILED), 5_000),
        Contestant(LIMIT, "C with AVX2 intrinsics", command(LIMIT), 5_000),
    ]


def real_contestants() -> list[Contestant]:
    """Both engines of the project on its own model, the base first."""

    def command(name: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "benchmarks.real", name)

    return [
        Contestant(REAL_BASE, "the project's Mesa engine", command(REAL_BASE), 5),
        Contestant("compiled", "the project's compiled engine", command("compiled"), 500),
    ]


def present(contestants: list[Contestant]) -> tuple[list[Contestant], list[str]]:
    """Those that can run here, and a line for each that cannot."""
    lacking = {
        COMPILED: "" if find_spec("numba") else "numba is not installed",
        LIMIT: limit.lacking(),
    }
    able = [c for c in contestants if not lacking.get(c.name)]
    lines = [f"- Left out: {name}, {why}." for name, why in lacking.items() if why]
    return able, lines
