"""Run the project's own model as one contestant: ``python -m benchmarks.real mesa``.

Answers one line of JSON for each line of JSON, see `benchmarks.contest.Job`. The scenario is
``scenarios/iraq-2022.yaml``; every table is made, nothing is stored. The sizes of a toy world
that a job may name mean nothing here and are refused.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.toy.__main__ import Clock
from sim import engine
from sim.batch.mesa import simulate as simulate_mesa
from sim.scenario import load
from sim.world import World, build

SCENARIO = Path(__file__).parent.parent / "scenarios" / "iraq-2022.yaml"
SEED = 1
CHUNK = 125
ENGINES: dict[str, tuple[Callable[..., Any], int]] = {
    "interpreted": (engine.interpret, 1),
    "mesa": (simulate_mesa, 1),
    "compiled": (engine.simulate, CHUNK),
}


def tables(world: World, name: str, first: int, runs: int) -> Iterator[dict[str, Any]]:
    """Tables of the runs, chunk by chunk."""
    simulate, chunk = ENGINES[name]
    for begin in range(first, first + runs, chunk):
        yield simulate(world, SEED, range(begin, min(begin + chunk, first + runs)))


def totals(chunks: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Events, killed and wounded of all runs, and a digest of every column of every table."""
    digests: dict[str, Any] = {}
    sums = dict.fromkeys(("events", "killed", "wounded"), 0)
    for made in chunks:
        for table, columns in made.items():
            for name, values in columns.items():
                key = f"{table}.{name}"
                digests.setdefault(key, hashlib.sha256()).update(values.tobytes())
        sums["events"] += len(made["engagements"]["tick"])
        sums["killed"] += int(made["runs"]["killed"].sum())
        sums["wounded"] += int(made["runs"]["wounded"].sum())
    whole = hashlib.sha256()
    for key, digest in sorted(digests.items()):
        whole.update(key.encode() + digest.digest())
    return {**sums, "digest": whole.hexdigest()}


def main() -> None:
    name = sys.argv[1]
    engine.prepare(engine.PHASES if name == "mesa" else engine.RUNS)
    world = build(load(SCENARIO).scenario)
    for line in sys.stdin:
        job = json.loads(line)
        if job.get("world"):
            raise SystemExit("the real model has the size of its scenario")
        clock = Clock()
        answer = totals(clock.timed(tables(world, name, job["first"], job["runs"])))
        print(json.dumps({"cpu_s": clock.cpu, "wall_s": clock.wall, **answer}), flush=True)


if __name__ == "__main__":
    main()
