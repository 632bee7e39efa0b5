"""Time commands as a user gives them: ``python -m benchmarks.commands [--against CHECKOUT]``.

What counts is the CPU time of all processes of a command, workers included, with machine code in
its cache and figures in new folders. With another checkout both are asked in turn, and ratios are
taken within rounds. The first picture's time is by the clock.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import machine, tables

ROOT = Path(__file__).parent.parent
BASE, OTHER = "scenarios/iraq-2022.yaml", "scenarios/no-withdrawal-call.yaml"
RUN = ("run", BASE, "--replicates", "200", "--seed", "1", "--out", "{new}")
SETUP = {
    "two": ("run", BASE, OTHER, "--replicates", "200", "--out", "{two}"),
    "library": ("run", "{scenarios}", "--replicates", "100", "--out", "{library}"),
}
COMMANDS = {
    "run and all figures": (*RUN, "--plot"),
    "run and one figure": (*RUN, "--figure", "killed"),
    "run": RUN,
    "plot": ("plot", "{two}", "--out", "{new}"),
    "compare": ("compare", "{two}", "--out", "{new}"),
    "report": ("report", "{two}", "--out", "{new}"),
    "report of the library": ("report", "{library}", "--out", "{new}"),
    "help": ("--help",),
    "validate": ("validate", BASE),
}
_BECOME_PARENT_OF_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


def timed(arguments: tuple[str, ...], checkout: Path, picture: Path) -> tuple[float, float]:
    """Give the CPU seconds of a command, and the seconds until its first picture was there."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, begun, seen = _spent(), time.perf_counter(), float("nan")
    command = (sys.executable, "-m", "reprisal", *arguments)
    with subprocess.Popen(
        command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None:
            if math.isnan(seen) and any(picture.glob("*.png")):
                seen = time.perf_counter() - begun
            time.sleep(0.02)
        if process.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {process.stderr and process.stderr.read()!r}")
    while True:  # the process that forks workers ends a moment later
        try:
            os.wait()
        except ChildProcessError:
            return _spent() - before, seen


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rows(chosen: list[str], checkouts: list[Path], rounds: int, scratch: Path) -> list[list[str]]:
    """Time the chosen commands in turn."""
    places = {name: str(scratch / name) for name in (*SETUP, "new")}
    library = sorted(map(str, (ROOT / "scenarios").glob("*.yaml")))

    def filled(words: tuple[str, ...]) -> tuple[str, ...]:
        every = (library if word == "{scenarios}" else [word.format(**places)] for word in words)
        return tuple(word for some in every for word in some)

    needed = [name for name in SETUP if any(f"{{{name}}}" in COMMANDS[each] for each in chosen)]
    for name in needed:
        timed(filled(SETUP[name]), ROOT, scratch)
    lines = []
    for name in chosen:
        found: list[list[tuple[float, float]]] = [[] for _ in checkouts]
        for number in range(rounds + 1):  # the first fills caches
            for checkout, times in zip(checkouts, found, strict=True):
                shutil.rmtree(places["new"], ignore_errors=True)
                arguments = filled(COMMANDS[name])
                if checkout != ROOT and "--figure" in arguments:
                    arguments = (*arguments[:-2], "--plot")  # before there was that option
                spent = timed(arguments, checkout, Path(places["new"]) / "figures")
                if number:
                    times.append(spent)
        seconds = [[cpu for cpu, _ in times] for times in found]
        ratios = [old / new for old, new in zip(seconds[-1], seconds[0], strict=True)]
        first = median(seen for _, seen in found[0])
        lines.append(
            [f"`{name}`", *(f"{median(each):.2f}" for each in reversed(seconds))]
            + ([tables.spread(ratios)] if len(checkouts) > 1 else [])
            + ["" if math.isnan(first) else f"{first:.1f}"]
        )
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help="some of them alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout")
    arguments = parser.parse_args()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_BECOME_PARENT_OF_ORPHANS, 1, 0, 0, 0)
    load = os.getloadavg()[0]
    checkouts = [ROOT, *([arguments.against.resolve()] if arguments.against else [])]
    head = ["command", "CPU s before", "CPU s", "before / now", "first picture after [s]"]
    with tempfile.TemporaryDirectory() as scratch:
        lines = rows(
            arguments.commands or list(COMMANDS), checkouts, arguments.rounds, Path(scratch)
        )
    shown = head if len(checkouts) > 1 else [head[0], head[2], head[4]]
    print("\n".join([*tables.table(shown, lines), "", *machine.notes(load)]))


if __name__ == "__main__":
    main()
