"""Which engine runs a batch: the compiled one, unless Mesa is done before it compiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.batch.engine import COMPILED, MESA, Engine
from sim.ownmodel import OwnModel
from sim.parameters import Scenario

NAMES = ("auto", COMPILED.name, MESA.name)
# Compiling takes about so long; a batch that Mesa finishes sooner does not wait for it.
COMPILE_SECONDS = 60.0
# Rough, on one core of 2020: a unit's turn in a tick, and a tick beside its units, in Mesa.
UNIT_SECONDS, TICK_SECONDS = 10e-6, 60e-6


class EngineError(Exception):
    """An engine that was asked for cannot run here."""


def choose(
    name: str,
    scenarios: Mapping[str, Scenario],
    runs: Mapping[str, int],
    workers: int,
    model: OwnModel | None = None,
) -> Engine:
    """Choose the engine of a batch.

    Parameters
    ----------
    name : {"auto", "compiled", "mesa"}
        What was asked for.
    scenarios : mapping of str to Scenario
        Scenarios by name.
    runs : mapping of str to int
        Runs to do of each.
    workers : int
        Worker processes.
    model : OwnModel, optional
        A user's class to run.

    Returns
    -------
    Engine
        ``auto`` is the compiled engine when it has been compiled before, or when Mesa would
        take longer than compiling; Mesa otherwise, and where numba is not installed.

    Raises
    ------
    EngineError
        When the compiled engine is asked for and its packages are not installed, or when
        another engine than Mesa is to run a user's class.
    ValueError
        For another name.
    """
    if name not in NAMES:
        raise ValueError(f"engine must be one of {', '.join(NAMES)}, got {name!r}")
    if model is not None:
        return for_model(name, model)
    if name == MESA.name:
        return MESA
    try:
        ready = COMPILED.ready
    except ImportError as error:
        if name == COMPILED.name:
            raise EngineError(
                f"engine compiled needs a package that is not installed ({error});"
                " install it, or use --engine mesa: the results are the same"
            ) from error
        return MESA
    work = sum(mesa_seconds(scenarios[which]) * number for which, number in runs.items())
    if name == COMPILED.name or ready or work / workers > COMPILE_SECONDS:
        return COMPILED
    return MESA


def for_model(name: str, model: OwnModel) -> Engine:
    """Give the engine of a user's class: Mesa, which alone runs agents in Python.

    Parameters
    ----------
    name : str
        What was asked for.
    model : OwnModel
        The class.

    Returns
    -------
    Engine

    Raises
    ------
    EngineError
        When another engine is asked for.
    """
    if name not in {"auto", MESA.name}:
        raise EngineError(
            f"engine {name} cannot run {model.name}, a class of Python agents;"
            f" leave --engine out, or use --engine {MESA.name}"
        )
    return replace(MESA, model=model)


def mesa_seconds(scenario: Scenario) -> float:
    """Estimate what one run takes in Mesa.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    float
        Seconds, within a factor of three or so.
    """
    units = sum(len(group.fighters) for group in scenario.groups.values())
    return scenario.clock.n_ticks * (TICK_SECONDS + UNIT_SECONDS * units)
