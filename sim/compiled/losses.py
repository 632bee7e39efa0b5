"""Killed so far, by group and by province; see `sim.model.losses`."""

from __future__ import annotations

from sim.compiled.decorate import inlined
from sim.tables import Ints


@inlined
def within(killed: Ints, tick: int, index: int, window: int) -> int:
    """Killed in the `window` ticks before a tick, from sums by the start of each tick."""
    return killed[tick, index] - killed[max(0, tick - window), index]
