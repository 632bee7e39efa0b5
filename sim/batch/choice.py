"""Which engine runs a batch: the compiled one, unless interpreting is done before it compiles."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace

from sim.batch.engine import COMPILED, INTERPRETED, MESA, MESA_COMPILED, Engine
from sim.batch.runner import Planned, kept_points
from sim.ownmodel import OwnModel
from sim.parameters import Scenario
from sim.scenario.designs.sampling import Sampled

NAMES = ("auto", COMPILED.name, INTERPRETED.name, MESA.name)
# Compiling takes about so long; a batch that is interpreted sooner does not wait for it.
COMPILE_SECONDS = 60.0
# Rough, on a core that others use, too: a unit's turn in a tick, and a tick beside its units,
# interpreted. Compiling for nothing costs a minute; interpreting what is large costs many.
UNIT_SECONDS, TICK_SECONDS = 40e-6, 160e-6
# A compiled run takes about this share of an interpreted one. To start a worker takes as long as
# so many seconds of work, so that with less there is none to share.
COMPILED_SHARE, START_SECONDS = 1 / 500, 1.0
# To check a point of a design and to lay out its world, and what each unit adds to that; and the
# share of it that a block takes at a point whose world is there.
POINT_SECONDS, POINT_UNIT_SECONDS, AGAIN = 1e-3, 0.25e-3, 1 / 6
# With less work for all, this process is done before worker processes have started.
HERE_SECONDS = 3.0


# What numba reads.
DISABLED = "NUMBA_DISABLE_JIT"


class EngineError(Exception):
    """An engine that was asked for cannot run here."""


def choose(
    name: str,
    scenarios: Mapping[str, Planned],
    runs: Mapping[str, int],
    workers: int,
    model: OwnModel | None = None,
) -> Engine:
    """Choose the engine of a batch."""
    if name not in NAMES:
        raise ValueError(f"engine must be one of {', '.join(NAMES)}, got {name!r}")
    work = sum(interpreted_seconds(scenarios[which]) * number for which, number in runs.items())
    much = work / workers > COMPILE_SECONDS
    if model is not None or name == MESA.name:
        return for_model(name, model, much)
    if name == INTERPRETED.name:
        return INTERPRETED
    if nothing_compiles():
        if name == COMPILED.name:
            raise EngineError(
                f"engine compiled: {DISABLED} is set, so nothing can be compiled; unset it, or use"
                " --engine interpreted: the results are the same"
            )
        return INTERPRETED
    try:
        ready = COMPILED.ready
    except ImportError as error:
        if name == COMPILED.name:
            raise EngineError(
                f"engine compiled needs a package that is not installed ({error});"
                " install it, or use --engine interpreted: the results are the same"
            ) from error
        return INTERPRETED
    return COMPILED if name == COMPILED.name or ready or much else INTERPRETED


def worth_starting(
    engine: Engine, scenarios: Mapping[str, Planned], runs: Mapping[str, int]
) -> int:
    """Count the workers that a batch gives enough to do, 1 or more."""
    return max(1, round(_work(engine, scenarios, runs) / START_SECONDS))


def done_here(engine: Engine, scenarios: Mapping[str, Planned], runs: Mapping[str, int]) -> bool:
    """Whether a batch is done sooner in this process than workers start; it needs machine code."""
    return engine is COMPILED and engine.ready and _work(engine, scenarios, runs) <= HERE_SECONDS


def fitting_workers(
    engine: Engine, scenarios: Mapping[str, Planned], runs: Mapping[str, int], most: int
) -> int:
    """Count the workers that suit a batch; 0 where it is best done in this process."""
    if done_here(engine, scenarios, runs):
        return 0
    return min(most, worth_starting(engine, scenarios, runs))


def seconds_with_preparing(
    engine: Engine, scenarios: Mapping[str, Planned], runs: Mapping[str, int], workers: int
) -> float:
    """Estimate what a batch takes with an engine that has to be compiled first."""
    return COMPILE_SECONDS + _work(engine, scenarios, runs) / workers


def _work(engine: Engine, scenarios: Mapping[str, Planned], runs: Mapping[str, int]) -> float:
    """Estimate the seconds that all runs take one after the other."""
    if engine is not COMPILED:
        return sum(interpreted_seconds(scenarios[which]) * n for which, n in runs.items())
    return sum(_compiled_seconds(scenarios[which], n) for which, n in runs.items())


def _compiled_seconds(settings: Planned, runs: int) -> float:
    """Estimate what runs take compiled; those of a point share its world while it is kept.

    Each of some two workers has worlds of its own.
    """
    seconds = COMPILED_SHARE * interpreted_seconds(settings) * runs
    if not isinstance(settings, Sampled):
        return seconds
    points = len(settings.points.values)
    turns = min(runs, points * math.ceil(runs / COMPILED.chunk))
    worlds = min(turns, 2 * points) if kept_points(settings) else turns
    each = POINT_SECONDS + POINT_UNIT_SECONDS * _units(settings)
    return seconds + each * (worlds + AGAIN * turns)


def for_model(name: str, model: OwnModel | None, much: bool = False) -> Engine:
    """Give the engine of Mesa's agents, which alone runs a user's class."""
    if model is not None and name not in {"auto", MESA.name}:
        raise EngineError(
            f"engine {name} cannot run {model.name}, a class of Python agents;"
            f" leave --engine out, or use --engine {MESA.name}"
        )
    try:
        ready = not nothing_compiles() and (MESA_COMPILED.ready or much)
        fast = MESA_COMPILED if ready else MESA
    except ImportError:  # no numba: agents are interpreted
        fast = MESA
    return replace(fast, model=model)


def nothing_compiles() -> bool:
    """Tell whether the user has asked numba to compile nothing."""
    return os.environ.get(DISABLED, "0") not in {"", "0"}


def interpreted_seconds(settings: Planned) -> float:
    """Estimate what one run takes when it is interpreted."""
    ticks = _scenario(settings).clock.n_ticks
    return ticks * (TICK_SECONDS + UNIT_SECONDS * _units(settings))


def _units(settings: Planned) -> int:
    return sum(len(group.fighters) for group in _scenario(settings).groups.values())


def _scenario(settings: Planned) -> Scenario:
    return settings.first if isinstance(settings, Sampled) else settings
