"""What the article reports, element by element, and what stands for it in the model.

The catalogue behind ``docs/mechanisms.md``. Rules are named as objects and parameters by
their paths, so that a renamed rule or parameter cannot leave the page behind; defaults,
ranges and sources are read from the parameters themselves.
"""

from __future__ import annotations

from sim.mechanisms.declare import Mechanism, Switch
from sim.mechanisms.fighting import FIGHTING
from sim.mechanisms.observing import OBSERVING
from sim.mechanisms.orders import ORDERS
from sim.mechanisms.surroundings import SURROUNDINGS

__all__ = ["FRAME", "MECHANISMS", "Mechanism", "Switch", "named"]

MECHANISMS: tuple[Mechanism, ...] = tuple(
    sorted((*FIGHTING, *ORDERS, *SURROUNDINGS, *OBSERVING), key=lambda each: each.number)
)
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


def named(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether patterns name a parameter.

    Parameters
    ----------
    path : str
        Dotted path as in `sim.scenario.catalogue.parameters_table`.
    patterns : tuple of str
        Paths; one that ends in ``.`` stands for all below it.

    Returns
    -------
    bool
        True when one of them is the path or stands for it.
    """
    return any(path == p or (p.endswith(".") and path.startswith(p)) for p in patterns)
