"""Run the toy world as one contestant: ``python -m benchmarks.toy plain-mesa``.

Answers one line of JSON for each line of JSON, see `benchmarks.contest.Job`.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.toy import world as toy

LETHAL = ("killed_target", "killed_attacker")
HURT = ("wounded_target", "wounded_attacker")


class Clock:
    """CPU and wall time of what is asked of an iterator."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    @staticmethod
    def cpu_now() -> float:
        """CPU time of this process and of children that ended, in seconds."""
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def timed(self, items: Iterator[Any]) -> Iterator[Any]:
        """Pass items on; only the time to make them counts."""
        while True:
            cpu, wall = self.cpu_now(), time.perf_counter()
            item = next(items, None)
            self.cpu += self.cpu_now() - cpu
            self.wall += time.perf_counter() - wall
            if item is None:
                return
            yield item


def totals_of_logs(chunks: Iterator[Any]) -> dict[str, Any]:
    """Events, killed and wounded of all runs, and a digest of every byte of the logs."""
    digest = hashlib.sha256()
    sums = dict.fromkeys(("events", "killed", "wounded"), 0)
    for log, ends in chunks:
        digest.update(np.diff(ends, prepend=0).astype(np.int64).tobytes())
        digest.update(log.tobytes())
        sums["events"] += log.size
        sums["killed"] += int(sum(log[name].sum() for name in LETHAL))
        sums["wounded"] += int(sum(log[name].sum() for name in HURT))
    return {**sums, "digest": digest.hexdigest()}


def totals_of_runs(runs: Iterator[dict[str, int]]) -> dict[str, Any]:
    """Events, killed and wounded of all runs, and of each."""
    each = list(runs)
    sums = {name: sum(run[name] for run in each) for name in each[0]}
    return {**sums, "each": each}


def plain_mesa() -> tuple[Callable, Callable]:
    from benchmarks.toy.plain_mesa import totals

    return totals, totals_of_runs


def vectorised() -> tuple[Callable, Callable]:
    from benchmarks.toy.vectorised import logs

    return logs, totals_of_logs


def compiled() -> tuple[Callable, Callable]:
    from benchmarks.toy.compiled import logs

    return logs, totals_of_logs


def limit() -> tuple[Callable, Callable]:
    from benchmarks.toy.limit import Limit

    return Limit().logs, totals_of_logs


ENGINES = {
    "plain-mesa": plain_mesa,
    "numpy": vectorised,
    "numba": compiled,
    "c-avx2": limit,
}


def main() -> None:
    engine, totals = ENGINES[sys.argv[1]]()
    for line in sys.stdin:
        job = json.loads(line)
        world = toy.World(**job.get("world", {}))
        clock = Clock()
        answer = totals(clock.timed(iter(engine(world, job["first"], job["runs"]))))
        print(json.dumps({"cpu_s": clock.cpu, "wall_s": clock.wall, **answer}), flush=True)


if __name__ == "__main__":
    main()
