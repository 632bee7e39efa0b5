"""Run the rules, the toy world and the model on a GPU, compare the work and time it.

``python -m benchmarks.gpu``; where there is no GPU it says so and ends.
"""

from __future__ import annotations

import argparse
import os
import warnings

from benchmarks.gpu import twins

QUICK = {"inputs": 500, "logs": 1_000, "checked": 10_000, "rounds": 3}
WHOLE = {"inputs": 10_000, "logs": 20_000, "checked": 1_000_000, "rounds": 7}
REPLICATES = (1_000, 10_000, 100_000, 1_000_000)
PARTS = ("rules", "toy", "model")


def say(title: str, lines: list[str]) -> None:
    print("\n".join([f"### {title}", "", *lines, ""]), flush=True)


def measure(parts: list[str], quick: bool, rounds: int | None) -> None:
    """Print all sections as they come."""
    from benchmarks.gpu import sections

    load = os.getloadavg()[0]
    plan = dict(QUICK if quick else WHOLE)
    plan["rounds"] = rounds or plan["rounds"]
    sizes = sections.Sizes(**plan, replicates=REPLICATES[:3] if quick else REPLICATES)
    for part in parts:
        for title, lines in getattr(sections, f"{part}_sections")(sizes):
            say(title, lines)
    say("Measured on", sections.notes(load))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--quick", action="store_true", help="small and rough")
    parser.add_argument("--rounds", type=int, help="of every table of speed, else seven")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    why = twins.lacking()
    if why:
        print(f"no GPU: left out ({why})")
        return
    for message in (".*Grid size", ".*Host array"):
        warnings.filterwarnings("ignore", message=message)
    measure(arguments.parts, arguments.quick, arguments.rounds)


if __name__ == "__main__":
    main()
