"""First word of the draw of every hazard decision of a tick, without its first two rounds.

Round 1 of the Philox block of a decision depends on (agent, rival) alone and on the tick alone,
and so does round 2, whose products are therefore made once a batch and once a tick: eight of
ten rounds remain. The words are those of `sim.draws.philox`, and a test holds them to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.draws import MASK, MULTIPLIER_0, MULTIPLIER_1, ROUNDS, WEYL_0, WEYL_1

LAST_ROUNDS = ROUNDS - 2


class Pairs(NamedTuple):
    """What the first rounds leave of (agent, rival), shape (pairs,) each."""

    low_1: NDArray[np.uint32]
    """Low half of round 1's product with the rival."""
    high_2: NDArray[np.uint32]
    """High half of round 2's product with the word of the agent."""
    low_2: NDArray[np.uint32]
    """Its low half."""


def pairs(agent: NDArray[np.int64], rival: NDArray[np.int64], seed: int) -> Pairs:
    """Make rounds 1 and 2 of every pair; agents and rivals of shape (pairs,)."""
    mask, shift = np.uint64(MASK), np.uint64(32)
    product = np.uint64(MULTIPLIER_1) * rival.astype(np.uint64)
    word = (product >> shift) ^ agent.astype(np.uint64) ^ np.uint64(seed)
    second = np.uint64(MULTIPLIER_0) * word
    halves = (product & mask, second >> shift, second & mask)
    return Pairs(*(half.astype(np.uint32) for half in halves))


def second_round(tick: int, k0: int, k1: int) -> tuple[int, int, int, int, int]:
    """Make rounds 1 and 2 of a tick, and the keys of round 3: what `first_word` wants."""
    product_0 = MULTIPLIER_0 * tick
    product_1 = MULTIPLIER_1 * (((product_0 >> 32) & MASK) ^ k1)
    k0 = (k0 + WEYL_0) & MASK
    k1 = (k1 + WEYL_1) & MASK
    word_0 = ((product_1 >> 32) & MASK) ^ k0
    word_2 = (product_0 & MASK) ^ k1
    return word_0, product_1 & MASK, word_2, (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK


def first_word(
    low_1: int, high_2: int, low_2: int, word_0: int, c1: int, word_2: int, k0: int, k1: int
) -> int:
    """Make the other rounds: the first word of the draw (tick, agent, rival, 0).

    Parameters
    ----------
    low_1, high_2, low_2 : int
        Of the pair, see `Pairs`.
    word_0, c1, word_2, k0, k1 : int
        Of the tick, see `second_round`.

    Returns
    -------
    int
        0 to 2**32 - 1.
    """
    c0 = low_1 ^ word_0
    c2 = high_2 ^ word_2
    c3 = low_2
    for _ in range(LAST_ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = ((product_1 >> 32) & MASK) ^ c1 ^ k0
        c1 = product_1 & MASK
        c2 = ((product_0 >> 32) & MASK) ^ c3 ^ k1
        c3 = product_0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0
