"""How to find an engine: the functions that build a world and simulate replicates of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ownmodel import OwnModel

Build = Callable[[Any], Any]
Simulate = Callable[[Any, int, Sequence[int]], Any]
Tables = dict[str, dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Engine:
    """An engine by name; the functions are addressed as ``module:function``.

    ``build`` makes of a ``sim.parameters.Scenario`` a world with ``labels``. ``simulate`` makes of
    (world, seed, replicates) the tables of ``sim.records``, the rows of all replicates below each
    other, in their order; it gets at most ``chunk`` replicates in one call. What has to be done
    once, such as compiling, ``prepare`` does, in one process alone; ``is_ready`` tells whether it
    has been done, and until then runs go on with ``meanwhile``, an engine of the same results.
    These are empty when there is nothing to prepare.
    ``later`` are modules that runs import, slow ones among them: processes that are forked from one
    that has them need not import them each. ``model`` is a user's class, which ``simulate`` then
    takes as ``model``.
    """

    name: str
    build: str
    simulate: str
    chunk: int = 1
    is_ready: str = ""
    prepare: str = ""
    meanwhile: Engine | None = None
    later: tuple[str, ...] = ()
    model: OwnModel | None = None

    @property
    def modules(self) -> list[str]:
        """Modules to import before any run."""
        return [*(path.partition(":")[0] for path in (self.build, self.simulate)), *self.later]

    @property
    def ready(self) -> bool:
        """Whether runs can start at once."""
        return not self.is_ready or bool(_function(self.is_ready)())

    def usable(self) -> Engine:
        """Give this engine, or the one that runs until it is ready."""
        if self.ready or self.meanwhile is None:
            return self
        return replace(self.meanwhile, model=self.model)

    def get_ready(self) -> None:
        """Do what has to be done once before the first run."""
        if not self.ready:
            _function(self.prepare)()

    def load(self) -> tuple[Build, Simulate]:
        """Import the two functions."""
        simulate = _function(self.simulate)
        if self.model is not None:
            simulate = partial(simulate, model=self.model.load())
        return _function(self.build), simulate


MESA = Engine("mesa", "sim.world:build", "sim.batch.mesa:simulate")
# For batches that are long enough to compile the phases that Mesa's agents go through.
MESA_COMPILED = replace(
    MESA,
    is_ready="sim.batch.mesa:is_ready",
    prepare="sim.batch.mesa:prepare",
    meanwhile=MESA,
)
INTERPRETED = Engine("interpreted", "sim.world:build", "sim.engine:interpret")
COMPILED = Engine(
    "compiled",
    "sim.world:build",
    "sim.engine:simulate",
    chunk=125,
    is_ready="sim.engine:is_ready",
    prepare="sim.engine:prepare",
    meanwhile=INTERPRETED,
    later=("sim.engine.loaded", "scipy.special"),
)


def below(runs: Sequence[Tables]) -> Tables:
    """Put the tables of several runs below each other."""
    return {
        table: {name: np.concatenate([run[table][name] for run in runs]) for name in columns}
        for table, columns in runs[0].items()
    }


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]
