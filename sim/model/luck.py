"""The draws of one run, at their addresses."""

from __future__ import annotations

import numpy as np

from sim import draws
from sim.draws import Purpose
from sim.world import World

TICKS_AT_ONCE = 64


class Luck:
    """Every random number of one run.

    Parameters
    ----------
    world : World
        Addresses of the dyads.
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.
    """

    def __init__(self, world: World, seed: int, replicate: int) -> None:
        self._dyads = world.dyads
        self._key = (seed, replicate)
        self._first = -TICKS_AT_ONCE
        self._chances: list[list[float]] = []
        self._reasons: list[list[float]] = []

    def draw(self, tick: int, agent: int, rival: int, purpose: Purpose) -> tuple[float, float]:
        """Both uniforms at an address."""
        return draws.uniforms(*self._key, tick, agent, rival, purpose)

    def attack(self, tick: int, dyad: int) -> tuple[float, float]:
        """Both uniforms of a dyad's decision, drawn for all dyads and many ticks in one call."""
        if not 0 <= tick - self._first < TICKS_AT_ONCE:
            self._draw_from(tick)
        row = tick - self._first
        return self._chances[row][dyad], self._reasons[row][dyad]

    def _draw_from(self, tick: int) -> None:
        chances, reasons = draws.uniforms_of_ticks(
            *self._key,
            np.arange(tick, tick + TICKS_AT_ONCE),
            self._dyads.agent_address,
            self._dyads.rival_address,
            Purpose.ATTACK,
        )
        self._first = tick
        self._chances, self._reasons = chances.tolist(), reasons.tolist()
