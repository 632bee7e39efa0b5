"""Time whole batches and their peak memory: ``python -m benchmarks.batch [REPLICATES ...]``.

Each batch is ``reprisal run scenarios/iraq-2022.yaml --engine compiled`` into a new folder, all
tables stored, or all but the ticks with ``--no-ticks``; machine code comes from the cache, where a
first short batch puts it. Memory is that of all processes of the batch together, pages that they
share counted once (PSS of /proc/PID/smaps_rollup, looked at ten times a second).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine, tables

ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "reprisal", "run", "scenarios/iraq-2022.yaml")
LOOK_SECONDS = 0.1
REPLICATES = (1_000, 10_000, 100_000)


def memory_of_group(group: int) -> float:
    """Memory of all processes of a group [MB]."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getpgid(int(entry.name)) != group:
                continue
            for line in (entry / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:  # it has ended
            continue
    return total / 1024


def batch(replicates: int, folder: Path, workers: int, *options: str) -> tuple[float, float, float]:
    """Run one batch: seconds, peak memory [MB], size of its folder [MB]."""
    command = (*COMMAND, "--replicates", str(replicates), "--engine", "compiled")
    rest = ("--out", str(folder), "--workers", str(workers))
    begun, peak = time.perf_counter(), 0.0
    with subprocess.Popen(
        (*command, *rest, *options), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while process.poll() is None:
            peak = max(peak, memory_of_group(process.pid))
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise SystemExit(f"the batch ended with {process.returncode}")
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return time.perf_counter() - begun, peak, stored / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("replicates", type=int, nargs="*", default=REPLICATES)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--no-ticks", action="store_true")
    arguments = parser.parse_args()
    options = ["--no-ticks"] * arguments.no_ticks
    rows = []
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        batch(10, Path(scratch) / "warm", arguments.workers)
        for replicates in arguments.replicates:
            folder = Path(scratch) / str(replicates)
            seconds, peak, stored = batch(replicates, folder, arguments.workers, *options)
            values = (seconds, 1e3 * seconds / replicates, peak, stored)
            rows.append([f"{replicates:,}", *map(tables.figure, values)])
    head = ["replicates", "seconds", "ms a run", "peak memory [MB]", "stored [MB]"]
    print("\n".join([*tables.table(head, rows), "", *machine.notes(load)]))


if __name__ == "__main__":
    main()
