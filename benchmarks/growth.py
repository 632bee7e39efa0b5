"""How the cost of a compiled run grows with the size of the world: ``python -m benchmarks.growth``.

Worlds are alike but for one size: units of every group in every province of a grid, attacks at a
constant rate for each pair of units, reprisals, deployment and one order. All tables are made.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from benchmarks.tables import figure, slope, table
from sim import engine
from sim.parameters import Scenario
from sim.world import World, build

USUAL = {"provinces": 18, "groups": 5, "days": 45}
SIZES = {"provinces": (18, 36, 72, 120), "groups": (5, 10, 20), "days": (22, 45, 90, 180)}
REPLICATES = (100, 1_000, 10_000, 100_000)
CHUNK = 125
SECONDS = 0.3
"""About so long each size is run in a round."""


def world(provinces: int, groups: int, days: int, everyone: bool = False) -> World:
    """Make a world; each group is at odds with the next one, or with all."""
    wide = 6
    places: dict[str, Any] = {
        f"p{number}": {
            "label": f"P {number}",
            "tile": list(divmod(number, wide)),
            "population": 500_000,
            "region": "here",
            "presence": 1,
            "capital": number == 0,
            "neighbours": [
                f"p{other}"
                for other in (number + 1, number + wide)
                if other < provinces and (other % wide or other == number + wide)
            ],
        }
        for number in range(provinces)
    }
    names = [f"g{number}" for number in range(groups)]
    rivals = {
        name: {
            other: 1.0 for place, other in enumerate(names[number + 1 :]) if everyone or not place
        }
        for number, name in enumerate(names)
    }
    fighters = dict.fromkeys(places, 800)
    killed = {"median": 1.5, "log_sd": 1.1}
    return build(
        Scenario.model_validate(
            {
                "title": "A world of any size",
                "clock": {"start": "2000-01-01T00:00", "timezone": "UTC", "length": f"{days}d"},
                "provinces": places,
                "groups": {n: {"label": n, "bloc": n, "fighters": fighters} for n in names},
                "rivalry": rivals,
                "modes": {
                    "raid": {"weight": 1, "target_killed": killed, "attacker_killed": killed}
                },
                "engagement": {"background_rate": "0.005/d"},
                "stances": {"quiet": {"battle": 0.05, "reprisal": 0.1}},
                "orders": {
                    "rise": {"action": "mobilise", "group": "g0", "trigger": {"after": "1d"}}
                },
            }
        )
    )


def cpu(made: World, runs: int) -> float:
    """CPU seconds of so many runs."""
    begun = time.process_time()
    for first in range(0, runs, CHUNK):
        engine.simulate(made, 1, range(first, min(first + CHUNK, runs)))
    return time.process_time() - begun


def grown(worlds: dict[int, World], rounds: int) -> list[list[str]]:
    """Rows of size and milliseconds of a run, sizes in turn, and the exponent."""
    runs = {}
    for size, made in worlds.items():
        engine.simulate(made, 1, range(4))
        runs[size] = max(4, round(SECONDS / (cpu(made, 8) / 8)))
    took = {
        size: statistics.median(1e3 * cpu(made, runs[size]) / runs[size] for _ in range(rounds))
        for size, made in worlds.items()
    }
    rows = [[f"{size:,}", figure(each)] for size, each in took.items()]
    return [*rows, ["exponent", f"{slope(list(took), list(took.values())):.2f}"]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--replicates", type=int, default=REPLICATES[-1], help="largest number")
    arguments = parser.parse_args()
    engine.prepare()
    for axis, sizes in SIZES.items():
        for everyone in (False, True) if axis == "groups" else (False,):
            made = {size: world(**USUAL | {axis: size}, everyone=everyone) for size in sizes}
            head = f"{axis}, all against all" if everyone else axis
            print("\n".join([*table([head, "ms a run"], grown(made, arguments.rounds)), ""]))
    usual = world(**USUAL)
    numbers = [number for number in REPLICATES if number <= arguments.replicates]
    seconds = [cpu(usual, number) for number in numbers]
    rows = [[f"{n:,}", figure(s)] for n, s in zip(numbers, seconds, strict=True)]
    rows.append(["exponent", f"{slope(list(map(float, numbers)), seconds):.2f}"])
    print("\n".join(table(["replicates", "CPU s"], rows)))


if __name__ == "__main__":
    main()
