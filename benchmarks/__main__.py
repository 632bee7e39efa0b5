"""Compare the work of all contestants, time them in rounds, and print the tables."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import machine, tables
from benchmarks.contest import (
    Contestant,
    Job,
    Usage,
    Worker,
    rounds,
    same_bytes,
    same_expectation,
)
from benchmarks.contestants import (
    BASE,
    LIMIT,
    REAL_BASE,
    present,
    real_contestants,
    toy_contestants,
)
from benchmarks.toy.world import World

PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results: python -m benchmarks --write -->", "<!-- end of results -->"
SIZES = {"provinces": (18, 36, 72, 120), "groups": (5, 10, 20), "ticks": (90, 180, 360, 720)}
REPLICATES = (100, 1_000, 10_000, 100_000)
SLOW = 200
"""Contestants with fewer runs in a round are not asked for many."""


class Plan:
    """How long to measure: as the page was made, or a quick look."""

    def __init__(self, quick: bool, number: int | None) -> None:
        self.rounds = number or (3 if quick else 7)
        self.growth_rounds = number or (3 if quick else 5)
        self.shorter = 10 if quick else 1
        self.growth_shorter = 10 if quick else 3
        self.compared = 1_000 if quick else 10_000
        self.replicates = REPLICATES[:2] if quick else REPLICATES
        self.sizes = {axis: sizes[:2] if quick else sizes for axis, sizes in SIZES.items()}
        self.processes = 1 if quick else 3

    def growth_runs(self, contestant: Contestant, world: World) -> int:
        """Choose runs for a part of a second, whatever the size of the world."""
        work = world.pairs * world.ticks / (World().pairs * World().ticks)
        return max(contestant.least, round(contestant.runs / work / self.growth_shorter))


@contextmanager
def started(contestants: list[Contestant]) -> Iterator[list[Worker]]:
    """Start a process for each contestant and warm it up."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(contestant)) for contestant in contestants]
        for worker in workers:
            worker.ask(Job(1))
        yield workers


def work_section(workers: list[Worker], plan: Plan) -> list[str]:
    """Compare the work done before it is timed."""
    fast = [w for w in workers if w.contestant.exact and w.contestant.runs > SLOW]
    exact = [w for w in workers if w.contestant.exact]
    many = plan.compared
    events = same_bytes(exact, Job(128)).events
    lines = [f"- Logs of {names(exact)} are equal to the byte over 128 runs ({events:,} events)"]
    for sizes in ({"provinces": 120}, {"groups": 20, "ticks": 90}, {"provinces": 7, "groups": 3}):
        same_bytes(exact, Job(16, world=sizes))
    lines[0] += ", and with 120 provinces, with 20 groups and in a small world."
    whole = same_bytes(fast, Job(many))
    lines.append(f"- Those of {names(fast)} over {many:,} runs ({whole.events:,} events).")
    slow = [w for w in workers if not w.contestant.exact]
    jobs = {w.contestant.name: Job(w.contestant.runs) for w in slow}
    played = rounds(slow, jobs, plan.rounds)
    for name, job in jobs.items():
        distances = same_expectation(played, name, whole)
        said = ", ".join(f"{distance:+.1f}" for distance in distances)
        lines.append(
            f"- Events, killed and wounded a run of {name} ({job.runs * plan.rounds} runs) are "
            f"{said} standard errors from the mean of those {many:,}."
        )
    return lines


def names(workers: list[Worker]) -> str:
    return ", ".join(worker.contestant.name for worker in workers)


def speed_runs(contestant: Contestant, plan: Plan) -> int:
    return max(contestant.least, contestant.runs // plan.shorter)


def speed_section(workers: list[Worker], plan: Plan) -> list[str]:
    jobs = {w.contestant.name: Job(speed_runs(w.contestant, plan)) for w in workers}
    played = rounds(workers, jobs, plan.rounds)
    contestants = [worker.contestant for worker in workers]
    return tables.speed(contestants, played, {BASE: "/ plain Mesa", LIMIT: "/ C with AVX2"})


def real_section(plan: Plan, against: Path | None) -> list[str]:
    """Time the ways in which the project runs its own model."""
    contestants = real_contestants(against)
    with started(contestants) as workers:
        exact = [worker for worker in workers if worker.contestant.exact]
        events = same_bytes(exact, Job(contestants[0].runs)).events
        jobs = {c.name: Job(c.runs) for c in contestants}
        played = rounds(workers, jobs, plan.rounds)
    said = (
        f"All tables of {contestants[0].runs} runs of this checkout are equal to the byte"
        f" ({events:,} engagements)."
    )
    return [said, "", *tables.speed(contestants, played, {REAL_BASE: "/ interpreted"})]


def size_section(workers: list[Worker], axis: str, plan: Plan) -> list[str]:
    contestants = [worker.contestant for worker in workers]
    points = {}
    for size in plan.sizes[axis]:
        world = World(**{axis: size})
        counts = {c.name: plan.growth_runs(c, world) for c in contestants}
        jobs = {name: Job(runs, world={axis: size}) for name, runs in counts.items()}
        points[size] = rounds(workers, jobs, plan.growth_rounds)
    return tables.growth(axis, contestants, points)


def replicates_section(workers: list[Worker], plan: Plan) -> list[str]:
    points = {}
    for runs in plan.replicates:
        asked = [w for w in workers if runs <= 20 * w.contestant.runs]
        jobs = {w.contestant.name: Job(runs) for w in asked}
        points[runs] = rounds(asked, jobs, plan.growth_rounds)
    return tables.growth("replicates", [worker.contestant for worker in workers], points)


def memory_section(contestants: list[Contestant], plan: Plan) -> list[str]:
    rows = []
    for contestant in contestants:
        fewer = speed_runs(contestant, plan)
        for runs in (fewer, 10 * fewer):
            usages = [whole_process(contestant, runs) for _ in range(plan.processes)]
            rows.append((contestant, runs, usages))
    return tables.memory(rows)


def whole_process(contestant: Contestant, runs: int) -> Usage:
    """Let a fresh process do one job and end."""
    with Worker(contestant) as worker:
        worker.ask(Job(runs))
    return worker.usage


def measured(plan: Plan, against: Path | None = None) -> list[str]:
    """All sections, printed as they come."""
    load = os.getloadavg()[0]
    contestants, left_out = present(toy_contestants())
    lines: list[str] = []

    def say(title: str, section: list[str]) -> None:
        lines.extend(["", f"### {title}", "", *section])
        print("\n".join(["", f"### {title}", "", *section]), flush=True)

    title = "The project's own model, scenarios/iraq-2022.yaml, on one core"
    say(f"{title}, {plan.rounds} rounds", real_section(plan, against))
    with started(contestants) as workers:
        say("Work done", work_section(workers, plan))
        say(f"Speed on one core, {plan.rounds} rounds", speed_section(workers, plan))
        growth = f"CPU milliseconds a run, {plan.growth_rounds} rounds"
        for axis in plan.sizes:
            say(f"Growth with {axis}: {growth}", size_section(workers, axis, plan))
        say(f"Growth with replicates: {growth}", replicates_section(workers, plan))
    say("Memory, and start-up with compiling", memory_section(contestants, plan))
    say("Measured on", [*machine.notes(load), *left_out])
    return lines


def write(lines: list[str]) -> None:
    """Put the sections between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough")
    parser.add_argument("--rounds", type=int, help="rounds of every table, else seven or five")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    parser.add_argument("--against", type=Path, help="another checkout, for the own model")
    parser.add_argument("--own-model", action="store_true", help="the own model alone")
    arguments = parser.parse_args()
    plan = Plan(arguments.quick, arguments.rounds)
    if arguments.own_model:
        print("\n".join(real_section(plan, arguments.against)))
        return
    lines = measured(plan, arguments.against)
    if arguments.write:
        write(lines)


if __name__ == "__main__":
    main()
