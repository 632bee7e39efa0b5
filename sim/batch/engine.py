"""How to find an engine: the functions that build a world and simulate replicates of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Build = Callable[[Any], Any]
Simulate = Callable[[Any, int, Sequence[int]], Any]
Tables = dict[str, dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Engine:
    """An engine by name; the functions are addressed as ``module:function``.

    Parameters
    ----------
    name : str
        Name stored with each session.
    build : str
        Function from a ``sim.parameters.Scenario`` to a world with ``labels``.
    simulate : str
        Function from (world, seed, replicates) to the tables of ``sim.records``; rows of
        all replicates below each other, in their order.
    chunk : int
        Replicates to simulate in one call, 1 or more.
    is_ready : str
        Function that tells whether `prepare` has nothing to do; empty when there is
        nothing to prepare.
    prepare : str
        Function to call once before the first run, in one process alone, such as to
        compile; empty when there is nothing to prepare.
    """

    name: str
    build: str
    simulate: str
    chunk: int = 1
    is_ready: str = ""
    prepare: str = ""

    @property
    def modules(self) -> list[str]:
        """Modules to import before any run."""
        return [path.partition(":")[0] for path in (self.build, self.simulate)]

    @property
    def ready(self) -> bool:
        """Whether runs can start at once.

        Raises
        ------
        ImportError
            When the engine needs a package that is not installed.
        """
        return not self.is_ready or bool(_function(self.is_ready)())

    def get_ready(self) -> None:
        """Do what has to be done once before the first run."""
        if not self.ready:
            _function(self.prepare)()

    def load(self) -> tuple[Build, Simulate]:
        """Import the two functions.

        Returns
        -------
        tuple of callable
            ``build`` and ``simulate``.
        """
        return _function(self.build), _function(self.simulate)


MESA = Engine("mesa", "sim.world:build", "sim.batch.mesa:simulate")
COMPILED = Engine(
    "compiled",
    "sim.world:build",
    "sim.engine:simulate",
    chunk=125,
    is_ready="sim.engine:is_ready",
    prepare="sim.engine:prepare",
)


def below(made: Sequence[Tables]) -> Tables:
    """Put the tables of several runs below each other.

    Parameters
    ----------
    made : sequence of dict of str to dict of str to ndarray
        Tables of each run, at least one.

    Returns
    -------
    dict of str to dict of str to ndarray
        Rows in the order of the runs.
    """
    return {
        table: {name: np.concatenate([one[table][name] for one in made]) for name in columns}
        for table, columns in made[0].items()
    }


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]
