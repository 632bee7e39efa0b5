"""What a batch will take, before it is run: ``reprisal run --dry-run``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reprisal.options import EngineName
from reprisal.wording import count, duration, say, tell, text_table

if TYPE_CHECKING:
    from sim.batch.engine import Engine
    from sim.batch.runner import Runner
    from sim.ownmodel import OwnModel
    from sim.parameters import Scenario
    from sim.scenario import Loaded
    from sim.store import Plan

TIMING_SECONDS = 15.0


def forecast(
    plan: Plan,
    loaded: Sequence[Loaded],
    workers: int | None,
    engine: EngineName,
    model: OwnModel | None = None,
) -> None:
    """Print how many runs a batch has left, and about how long they will take."""
    from sim.batch import choice, default_workers

    rows = [(name, f"{len(plan.missing[name]):,}", f"{plan.done[name]:,}") for name in plan.missing]
    tell(text_table(("scenario", "runs to do", "finished already"), rows))
    tell(f"Results folder: {plan.folder}")
    if plan.runs:
        size = min(workers or default_workers(), plan.runs)
        scenarios = {one.name: one.scenario for one in loaded}
        runs = {name: len(replicates) for name, replicates in plan.missing.items()}
        chosen = choice.choose(engine.value, scenarios, runs, size, model)
        needed = _seconds(plan, scenarios, size, chosen)
        time_needed = "time unknown" if needed is None else f"about {duration(needed)}"
        how = f"{count(size, 'worker')}, engine {chosen.name}"
        tell(f"{count(plan.runs, 'run')}, {time_needed} with {how}")
    else:
        tell("Nothing to do: every run is finished.")
    tell("Nothing was written.")


def _seconds(
    plan: Plan, scenarios: Mapping[str, Scenario], workers: int, engine: Engine
) -> float | None:
    """Estimate from one run of each scenario, of the first ones where they are many."""
    from sim.batch.runner import Runner

    if not engine.ready:
        say("The model is not compiled yet; the first batch compiles it, once per version.")
        return None
    begun = time.perf_counter()
    runner = Runner(engine, scenarios, plan.contents.seed)
    starting = time.perf_counter() - begun
    timed: dict[str, float] = {}
    for name, replicates in plan.missing.items():
        if replicates and time.perf_counter() - begun < TIMING_SECONDS:
            seconds = _time_run(runner, name, replicates[0])
            timed |= {} if seconds is None else {name: seconds}
    if not timed:
        return None
    mean = sum(timed.values()) / len(timed)
    work = sum(timed.get(name, mean) * len(runs) for name, runs in plan.missing.items())
    return starting + work / workers


def _time_run(runner: Runner, scenario: str, replicate: int) -> float | None:
    begun = time.perf_counter()
    try:
        runner.run(scenario, [replicate])
    except Exception as error:  # any run may fail; a batch would go on with the others
        say(f"{scenario} replicate {replicate}: {type(error).__name__}: {error}")
        return None
    return time.perf_counter() - begun
