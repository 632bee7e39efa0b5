"""What the article reports, element by element, and what stands for it in the model.

The catalogue behind ``docs/mechanisms.md``. Each entry stands beside its parameters in
`sim.parameters` and is found there. Rules are named as objects and parameters by their paths, so
that a renamed rule or parameter cannot leave the page behind; defaults, ranges and sources are
read from the parameters themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules, resolve_name
from typing import Any

from sim import parameters
from sim.parameters.mechanism import Mechanism, Switch

__all__ = ["FRAME", "MECHANISMS", "Mechanism", "Switch", "functions", "named"]


def _entries() -> Iterator[Mechanism]:
    for module in iter_modules(parameters.__path__, f"{parameters.__name__}."):
        for value in vars(import_module(module.name)).values():
            own = isinstance(value, type) and value.__module__ == module.name
            entry = vars(value).get("mechanism") if own else value
            if isinstance(entry, Mechanism):
                yield entry


MECHANISMS: tuple[Mechanism, ...] = tuple(sorted(_entries(), key=lambda each: each.number))
FRAME = (
    "title",
    "question",
    "clock.",
    "provinces.*.label",
    "provinces.*.tile",
    "provinces.*.region",
    "provinces.*.neighbours",
    "groups.*.label",
    "groups.*.leader",
    "measures.",
)
"""Parameters that belong to no mechanism: titles, time, places and definitions."""


def functions(mechanism: Mechanism) -> tuple[Callable[..., Any], ...]:
    """Give the functions that hold a mechanism."""
    return tuple(resolve_name(r) if isinstance(r, str) else r for r in mechanism.rules)


def named(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether patterns name a parameter."""
    return any(path == p or (p.endswith(".") and path.startswith(p)) for p in patterns)
