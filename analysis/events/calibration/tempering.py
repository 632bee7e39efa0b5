"""Draws from a density over the unit cube, by tempering.

Draws from the prior are weighted by a growing power of the likelihood, drawn anew, and moved
(sequential Monte Carlo: Del Moral, Doucet and Jasra 2006, J. R. Stat. Soc. B 68:411).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.chance import Generator

POOL, PARTICLES, MOVES = 4_000, 2_000, 24
ENOUGH, HALF = 200, 0.5
MOST_MOVED = 8


def sample(
    log: Callable[[Floats], Floats], parameters: int, chance: Generator, coldest: float = 1.0
) -> tuple[Floats, Floats]:
    """Sample a power of a likelihood, with a prior that is even over the unit cube."""
    shares = chance.random((POOL, parameters))
    logs, power = log(shares), 0.0
    if effective(coldest * logs) >= ENOUGH:
        return shares, weights_of(coldest * logs)
    while power < coldest:
        step = _next(logs, power, coldest)
        rows = resampled(weights_of((step - power) * logs), PARTICLES, chance)
        shares, logs, power = shares[rows], logs[rows], step
        for _ in range(MOVES):
            tried = proposal(shares, chance)
            theirs = log(tried)
            taken = np.log(chance.random(len(shares))) < power * (theirs - logs)
            shares = np.where(taken[:, None], tried, shares)
            logs = np.where(taken, theirs, logs)
    return shares, np.full(len(shares), 1.0 / len(shares))


def proposal(shares: Floats, chance: Generator) -> Floats:
    """Propose another place for every particle, as likely from there to here as from here to there.

    A few coordinates are drawn anew, or moved by what two other particles differ in (ter Braak
    2006, Statistics and Computing 16:239) and reflected at the sides of the cube.
    """
    number, parameters = shares.shape
    many = chance.integers(1, min(MOST_MOVED, parameters) + 1, (number, 1))
    moved = chance.random(shares.shape).argsort(axis=1) < many
    first, second = chance.integers(0, number, (2, number))
    scale = 2.38 / np.sqrt(2.0 * many)
    jump = scale * (shares[first] - shares[second]) + chance.normal(0.0, 0.01, shares.shape)
    folded = np.mod(shares + jump, 2.0)
    walked = np.where(folded > 1.0, 2.0 - folded, folded)
    anew = chance.random((number, 1)) < HALF
    return np.where(moved, np.where(anew, chance.random(shares.shape), walked), shares)


def effective(logs: Floats) -> float:
    """Effective number of draws with these logarithms of weights (Kish)."""
    return float(1.0 / (weights_of(logs) ** 2).sum())


def weights_of(logs: Floats) -> Floats:
    """Weights that sum to 1."""
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def resampled(weights: Floats, number: int, chance: Generator) -> NDArray[np.intp]:
    """Draw rows by their weights, systematically, in random order."""
    at = (np.arange(number) + chance.random()) / number
    rows = np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
    return np.asarray(chance.permutation(rows))


def _next(logs: Floats, power: float, coldest: float) -> float:
    """Give the largest next power at which enough draws count."""
    enough = HALF * min(len(logs), PARTICLES)
    if effective((coldest - power) * logs) >= enough:
        return coldest
    low, high = power, coldest
    for _ in range(40):
        middle = (low + high) / 2.0
        counts = effective((middle - power) * logs) >= enough
        low, high = (middle, high) if counts else (low, middle)
    return low
