"""Every random number, addressed instead of drawn from a stream.

A draw is the Philox4x32-10 block (Salmon et al. 2011, SC'11, "Parallel random numbers:
as easy as 1, 2, 3") with key (seed, replicate) and counter (tick, agent, rival, purpose).
It is a function of its address alone, so evaluation order, other mechanisms and other
groups cannot move it, and the same replicate number shares its luck across scenarios.
Agents are addressed by a hash of their keys in the scenario file, not by position:
adding a group or a province leaves every other address alone.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
ROUNDS = 10
MAX_WORD = MASK
SOURCE_STEP = 65_536
WORD = 0xFFFF
WORD_SHARE = 2.0**-16
BELOW_ONE = 1.0 - 2.0**-53


class Purpose(IntEnum):
    """What a draw decides. Numbers are written out and never reused."""

    ATTACK = 1
    """First uniform: what `SCREEN` leaves open of whether the unit attacks; second: the cause."""
    PARENT = 2
    """First uniform: the parent engagement; second: the attack mode."""
    KILLED = 3
    """First uniform: killed of the target; second: of the attacker."""
    WOUNDED = 4
    """First uniform: spread of the target's wounded; second: of the attacker's."""
    WOUNDED_ROUNDING = 5
    """First uniform: rounding of the target's wounded; second: of the attacker's."""
    COMPLIANCE = 6
    """First uniform: how far a unit obeys an order (tick 0, rival = order)."""
    SHOCK_LAG = 7
    """First uniform: lag of a national shock (agent = attacker, rival = receiver); second: whether
    it gets there."""
    CALENDAR = 8
    """First uniform: the branch a calendar event takes (tick = how often it was moved)."""
    THIRD_SIDE = 9
    """First uniform: whether the security force fires; second: killed by its fire."""
    THIRD_SIDE_LOSSES = 10
    """First uniform: killed of the security force."""
    COMMANDER = 11
    """First uniform: whether a commander is killed; second: whether the debt is ever paid."""
    OFFICES = 12
    """First uniform: when closed offices reopen (tick = when they closed)."""
    SPLINTER = 13
    """First uniform: whether a unit becomes a splinter (tick 0, rival = order)."""
    UNASKED = 14
    """First uniform: when a unit mobilises unasked (tick = when its dead went unanswered)."""
    REPORT = 15
    """First uniform: whether an engagement is reported; second: by how many sources."""
    REPORT_TEXT = 16
    """First uniform: when the report appears; second: whether it names the attacker."""
    COUNT = 17
    """Of each source, see `of_source`. First uniform: killed it saw; second: it only claims."""
    OWN_COUNT = 18
    """Of each source, see `of_source`. First uniform: whether it repeats the first source."""
    OWN_RULE = 19
    """First uniform: a rule of the user's own (rival = hash of its name)."""
    BATTLE = 20
    """First uniform: whether an attack opens a battle; second: whether a battle ends (agent and
    rival of its first dyad)."""
    DECISION = 21
    """First uniform: whether a leader decides on an order (agent = order)."""
    CEASEFIRE = 22
    """First uniform: whether an attack breaks a ceasefire."""
    REFUSAL = 23
    """First uniform: whether a brigade refuses to go (agent = brigade)."""
    CIVILIANS = 24
    """First uniform: killed of neither side."""
    SCREEN = 25
    """Words of eight ticks, see `word`: the first 16 bits of whether the unit attacks."""


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10 on one counter.

    Written so that the products may wrap at 64 bits: the same source gives the same
    words interpreted and compiled.

    Parameters
    ----------
    c0, c1, c2, c3 : int
        Counter words, 0 to 2**32 - 1.
    k0, k1 : int
        Key words, 0 to 2**32 - 1.

    Returns
    -------
    tuple of int
        Four words, 0 to 2**32 - 1.
    """
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = ((product_1 >> 32) & MASK) ^ c1 ^ k0
        c1 = product_1 & MASK
        c2 = ((product_0 >> 32) & MASK) ^ c3 ^ k1
        c3 = product_0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


def unit_interval(high: int, low: int) -> float:
    """Two words as a double in [0, 1) with 53 random bits.

    Parameters
    ----------
    high, low : int
        Words, 0 to 2**32 - 1.

    Returns
    -------
    float
        A multiple of 2**-53 in [0, 1).
    """
    return ((high >> 5) * 67108864.0 + (low >> 6)) * 1.1102230246251565e-16


def uniforms(
    seed: int, replicate: int, tick: int, agent: int, rival: int, purpose: int
) -> tuple[float, float]:
    """Both uniforms at one address.

    Parameters
    ----------
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.
    tick, agent, rival, purpose : int
        Address, 0 to 2**32 - 1 each; see `Purpose`.

    Returns
    -------
    tuple of float
        Two independent uniforms in [0, 1).
    """
    w0, w1, w2, w3 = philox(tick, agent, rival, purpose, seed, replicate)
    return unit_interval(w0, w1), unit_interval(w2, w3)


def word(seed: int, replicate: int, tick: int, agent: int, rival: int, purpose: int) -> int:
    """Sixteen bits out of a block that serves eight ticks.

    A decision that is asked for in every tick, and nearly always with the answer no, takes an
    eighth of the blocks so: these bits tell that the answer is no, or else `refined` adds others.

    Parameters
    ----------
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.
    tick, agent, rival, purpose : int
        Address, 0 to 2**32 - 1 each; see `Purpose`. The counter has an eighth of the tick.

    Returns
    -------
    int
        0 to 2**16 - 1.
    """
    words = philox(tick >> 3, agent, rival, purpose, seed, replicate)
    return (words[(tick & 7) >> 1] >> (16 * (tick & 1))) & WORD


def refined(first: int, rest: float) -> float:
    """Uniform of which `word` gives the first bits.

    Parameters
    ----------
    first : int
        See `word`, 0 to 2**16 - 1.
    rest : float
        A uniform in [0, 1) for the bits after them.

    Returns
    -------
    float
        In [0, 1), and never below ``first * 2**-16``.
    """
    return min((first + rest) * WORD_SHARE, BELOW_ONE)


def of_source(purpose: int, source: int) -> int:
    """Purpose word of one of several sources of the same report.

    Purposes stay below 65,536, so no source meets another purpose.

    Parameters
    ----------
    purpose : int
        See `Purpose`.
    source : int
        Its number, 0 to 65,535.

    Returns
    -------
    int
        ``purpose + 65536 * source``.
    """
    return purpose + SOURCE_STEP * source


def uniforms_of_ticks(
    seed: int,
    replicate: int,
    ticks: NDArray[np.int64],
    agents: NDArray[np.int64],
    rivals: NDArray[np.int64],
    purpose: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both uniforms for every tick and every (agent, rival), in one vectorised call.

    Parameters
    ----------
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.
    ticks : ndarray of int, shape (t,)
        Ticks.
    agents, rivals : ndarray of int, shape (n,)
        Addresses of the pairs.
    purpose : int
        See `Purpose`.

    Returns
    -------
    tuple of ndarray of float, shape (t, n)
        The same numbers that `uniforms` gives at each address.
    """
    words = (ticks[:, None], agents, rivals, np.array(purpose))
    return uniforms_at(seed, replicate, *words)


def uniforms_at(
    seed: int,
    replicate: int,
    ticks: NDArray[np.int64],
    agents: NDArray[np.int64],
    rivals: NDArray[np.int64],
    purposes: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both uniforms at many addresses, in one vectorised call.

    Parameters
    ----------
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.
    ticks, agents, rivals, purposes : ndarray of int
        Addresses; their shapes are broadcast.

    Returns
    -------
    tuple of ndarray of float
        The same numbers that `uniforms` gives at each address.
    """
    words = np.broadcast_arrays(ticks, agents, rivals, purposes)
    c0, c1, c2, c3 = (word.astype(np.uint64) for word in words)
    mask, shift = np.uint64(MASK), np.uint64(32)
    k0, k1 = seed, replicate
    for _ in range(ROUNDS):
        product_0 = np.uint64(MULTIPLIER_0) * c0
        product_1 = np.uint64(MULTIPLIER_1) * c2
        c0 = (product_1 >> shift) ^ c1 ^ np.uint64(k0)
        c1 = product_1 & mask
        c2 = (product_0 >> shift) ^ c3 ^ np.uint64(k1)
        c3 = product_0 & mask
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return _unit_intervals(c0, c1), _unit_intervals(c2, c3)


def address(*keys: str) -> int:
    """Address of an agent, group, order or event: a 32-bit hash of its keys.

    Parameters
    ----------
    *keys : str
        Keys in the scenario file, such as a group's and a province's.

    Returns
    -------
    int
        0 to 2**32 - 1.
    """
    digest = hashlib.blake2s("/".join(keys).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def _unit_intervals(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.float64]:
    top = (high >> np.uint64(5)).astype(np.float64) * 67108864.0
    return (top + (low >> np.uint64(6)).astype(np.float64)) * 1.1102230246251565e-16
