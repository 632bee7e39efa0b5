"""A scenario as a function of its parameters, for tools that call a model themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.batch.engine import MESA, Engine
from sim.records import OUTCOMES
from sim.scenario.designs import free, scenario_at

if TYPE_CHECKING:
    from sim.scenario import Loaded

JOINT = "__"


def as_function(
    loaded: Loaded, seed: int = 1, engine: Engine = MESA
) -> Callable[..., dict[str, float]]:
    """Make a function that runs one replicate of a scenario.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    seed : int
        Seed of the luck.
    engine : Engine
        What simulates.

    Returns
    -------
    callable
        ``run(replicate=0, **parameters)`` gives the outcomes of a run by name. Parameters are
        named by their dotted paths, or with ``__`` for each dot where a name must be an
        identifier; values are numbers as a design has them (hours, per hour, hours after the
        start). It raises ValueError for an unknown path and where the scenario is not valid.
        The same replicate has the same luck for all parameters.

    Examples
    --------
    >>> run = as_function(scenario.load("scenarios/two-groups.yaml"))  # doctest: +SKIP
    >>> run(replicate=3, reprisal__half_life=12.0)["killed"]  # doctest: +SKIP
    """
    build, simulate = engine.load()

    def run(replicate: int = 0, **parameters: float) -> dict[str, float]:
        values = {name.replace(JOINT, "."): float(value) for name, value in parameters.items()}
        design = free(loaded.scenario, loaded.resolved, list(values))
        world = build(scenario_at(loaded.resolved, design, values))
        rows: dict[str, Any] = simulate(world, seed, [int(replicate)])["runs"]
        return {column.name: float(rows[column.name][0]) for column in OUTCOMES}

    return run
