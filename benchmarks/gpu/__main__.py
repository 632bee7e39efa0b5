"""Run the rules and the toy world on a GPU, compare the work and time it.

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


def say(title: str, lines: list[str]) -> None:
    print("\n".join([f"### {title}", "", *lines, ""]), flush=True)


def measure(quick: bool) -> None:
    """Print all sections as they come."""
    from benchmarks.gpu import sections
    from benchmarks.toy.world import World

    load = os.getloadavg()[0]
    sizes = sections.Sizes(
        **(QUICK if quick else WHOLE), replicates=REPLICATES[:2] if quick else REPLICATES
    )
    world = World()
    shape, registers, lines = sections.shape_section(world)
    say("Launching the toy world", lines)
    cards = {how: sections.new_card(world, shape, registers, how) for how in sections.HOW}
    say("Work done", sections.work_section(cards, world, sizes))
    say(f"Speed, {sizes.rounds} rounds", sections.speed_section(cards, world, sizes))
    say("Rules", sections.rules_section(sizes))
    say("Measured on", sections.notes(load))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough")
    arguments = parser.parse_args()
    why = twins.lacking()
    if why:
        print(f"no GPU: left out ({why})")
        return
    for message in (".*Grid size", ".*Host array"):
        warnings.filterwarnings("ignore", message=message)
    measure(arguments.quick)


if __name__ == "__main__":
    main()
