"""What a batch will take, before it is run: ``reprisal run --dry-run``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from reprisal.options import EngineName
from reprisal.wording import count, duration, say, tell, text_table

if TYPE_CHECKING:
    from sim.batch.engine import Engine
    from sim.batch.runner import Planned, Runner
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded
    from sim.store import Plan

TIMING_SECONDS = 15.0
SAMPLE = 12
# Writing the tables and sharing the memory of the machine take so many times the runs alone.
STORING = 1.25


def forecast(
    plan: Plan,
    loaded: Sequence[Loaded],
    workers: int | None,
    engine: EngineName,
    model: OwnModel | None = None,
) -> None:
    """Print how many runs a batch has left, and about how long they will take."""
    from sim.batch import choice, default_workers
    from sim.batch.runner import planned
    from sim.store.blocks import total

    runs = {name: total(missing) for name, missing in plan.missing.items()}
    rows = [(name, f"{number:,}", f"{plan.done[name]:,}") for name, number in runs.items()]
    tell(text_table(("scenario", "runs to do", "finished already"), rows))
    tell(f"Results folder: {plan.folder}")
    if plan.runs:
        size = min(workers or default_workers(), plan.runs)
        scenarios = {one.name: planned(one) for one in loaded}
        chosen = choice.choose(engine.value, scenarios, runs, size, model)
        if workers is None:
            size = max(1, choice.fitting_workers(chosen, scenarios, runs, size))
        if chosen.ready:
            needed = _seconds(plan, scenarios, size, chosen)
        else:
            needed = choice.seconds_with_preparing(chosen, scenarios, runs, size)
        time_needed = "time unknown" if needed is None else f"about {duration(needed)}"
        how = f"{count(size, 'worker')}, engine {chosen.name}"
        first = "" if chosen.ready else ", compiling included"
        tell(f"{count(plan.runs, 'run')}, {time_needed} with {how}{first}")
    else:
        tell("Nothing to do: every run is finished.")
    tell("Nothing was written.")


def _seconds(
    plan: Plan, scenarios: Mapping[str, Planned], workers: int, engine: Engine
) -> float | None:
    """Estimate from a few runs of each scenario, of the first ones where they are many.

    The first run of a scenario builds its world and that of the batch loads machine code: that is
    done once by each worker, not for every run. So are the worlds of a design's points, as long as
    they are kept.
    """
    from sim.batch.choice import START_SECONDS
    from sim.batch.runner import Runner, kept_points
    from sim.store.blocks import total

    begun = time.perf_counter()
    runner = Runner(engine, scenarios, plan.contents.seed)
    once = time.perf_counter() - begun
    timed: dict[str, float] = {}
    worlds = 0.0
    for name, missing in plan.missing.items():
        replicates = [*islice((r for a, b in missing for r in range(a, b + 1)), SAMPLE + 1)]
        if replicates and time.perf_counter() - begun < TIMING_SECONDS:
            first = _time_runs(runner, name, replicates[:1])
            if first is None:
                continue
            timed[name], done = first, replicates[:1]
            for number in (1, SAMPLE):
                few = replicates[1 : 1 + min(number, total(missing) // 2)]
                if few and (number == 1 or timed[name] * len(few) < TIMING_SECONDS / 5):
                    seconds = _time_runs(runner, name, few)
                    timed[name], done = min(timed[name], (seconds or first) / len(few)), few
            once += first - timed[name]
            points = kept_points(scenarios[name])
            if points and workers * points < total(missing):
                new = max(0.0, timed[name] - (_time_runs(runner, name, done) or first) / len(done))
                timed[name] -= new
                worlds += new * points
    if not timed:
        return None
    mean = sum(timed.values()) / len(timed)
    work = sum(timed.get(name, mean) * total(missing) for name, missing in plan.missing.items())
    return START_SECONDS + once + worlds + STORING * work / workers


def _time_runs(runner: Runner, scenario: str, replicates: Sequence[int]) -> float | None:
    begun = time.perf_counter()
    try:
        runner.run(scenario, replicates)
    except Exception as error:  # any run may fail; a batch would go on with the others
        say(f"{scenario} replicate {replicates[0]}: {type(error).__name__}: {error}")
        return None
    return time.perf_counter() - begun
