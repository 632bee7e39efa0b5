"""Who takes part."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.contest import Contestant
from benchmarks.toy import limit
from benchmarks.toy import world as toy

BASE = "plain-mesa"
LIMIT = "c-avx2"
COMPILED = "numba"
REAL_BASE = "interpreted"


def toy_contestants() -> list[Contestant]:
    """Contestants of the toy world, the base first and the limit last."""

    def command(name: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "benchmarks.toy", name)

    return [
        Contestant(
            BASE, "plain Mesa, `batch_run`, own random numbers", command(BASE), 20, exact=False
        ),
        Contestant("numpy", "numpy over replicates", command("numpy"), toy.SIDE_BY_SIDE, least=16),
        Contestant(COMPILED, "compiled by numba", command(COMPILED), 5_000),
        Contestant(LIMIT, "C with AVX2 intrinsics", command(LIMIT), 5_000),
    ]


def real_contestants(against: Path | None = None) -> list[Contestant]:
    """List the ways in which the project runs its own model, the base first.

    Those of another checkout of the project, whose draws may be others, stand beside them when
    `against` names it.
    """

    def contestant(engine: str, name: str, runs: int, home: Path | None = None) -> Contestant:
        place = ("env", f"PYTHONPATH={home.resolve()}") if home else ()
        command = (
            *place,
            sys.executable,
            *(("-P",) if home else ()),
            "-m",
            "benchmarks.real",
            engine,
        )
        title = f"{engine}-before" if home else engine
        return Contestant(title, name, command, runs, exact=home is None)

    made = [
        contestant("interpreted", "the step interpreted", 5),
        contestant("mesa", "Mesa's agents, phases compiled", 25),
        contestant("compiled", "the step compiled", 500),
    ]
    if against is not None:
        made.append(contestant("mesa", "Mesa's agents of the other checkout", 5, against))
        made.append(contestant("compiled", "compiled, of the other checkout", 500, against))
    return made


def present(contestants: list[Contestant]) -> tuple[list[Contestant], list[str]]:
    """Those that can run here, and a line for each that cannot."""
    lacking = {
        COMPILED: "" if find_spec("numba") else "numba is not installed",
        LIMIT: limit.lacking(),
    }
    able = [c for c in contestants if not lacking.get(c.name)]
    lines = [f"- Left out: {name}, {why}." for name, why in lacking.items() if why]
    return able, lines
