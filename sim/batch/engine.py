"""How to find an engine: the functions that build a world and simulate a replicate of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Engine:
    """An engine by name; the functions are addressed as ``module:function``.

    Parameters
    ----------
    name : str
        Name stored in the manifest.
    build : str
        Function from a ``sim.parameters.Scenario`` to a world with ``labels``.
    simulate : str
        Function from (world, seed, replicate) to the four tables.
    """

    name: str
    build: str
    simulate: str

    @property
    def modules(self) -> list[str]:
        """Modules to import before any run."""
        return [path.partition(":")[0] for path in (self.build, self.simulate)]

    def load(self) -> tuple[Callable[[Any], Any], Callable[[Any, int, int], Any]]:
        """Import the two functions.

        Returns
        -------
        tuple of callable
            ``build`` and ``simulate``.
        """
        return _function(self.build), _function(self.simulate)


MESA = Engine("mesa", "sim.world:build", "sim.model:simulate")


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]
