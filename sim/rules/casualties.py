"""Killed and wounded in an engagement."""

from __future__ import annotations

import math


def killed(uniform: float, cumulative: list[float], present: int) -> int:
    """Killed on one side.

    The number at which the severity table passes the uniform, never more than the
    persons present.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    cumulative : sequence of float, shape (limit + 1,)
        Probability of at most 0, 1, ... killed; the last is 1.
    present : int
        Persons of that side in the province.

    Returns
    -------
    int
        0 to `present`.
    """
    number = 0
    last = min(present, len(cumulative) - 1)
    while number < last and uniform >= cumulative[number]:
        number += 1
    return number


def wounded(spread: float, rounding: float, mean: float, factors: list[float], present: int) -> int:
    """Wounded on one side: the mean times a gamma factor, rounded at random.

    ``floor(mean * factors[floor(spread * n)] + rounding)``; random rounding keeps the
    mean exact at small numbers.

    Parameters
    ----------
    spread, rounding : float
        Uniforms in [0, 1).
    mean : float
        Mean wounded given the killed [persons], 0 or more.
    factors : sequence of float, shape (n,)
        Gamma quantiles with mean 1.
    present : int
        Persons of that side still able to be wounded.

    Returns
    -------
    int
        0 to `present`.
    """
    factor = factors[int(spread * len(factors))]
    return min(present, int(math.floor(mean * factor + rounding)))


def mean_wounded(killed_number: int, per_killed: float, base: float) -> float:
    """Mean wounded given the killed.

    Parameters
    ----------
    killed_number : int
        Killed on that side [persons].
    per_killed : float
        Mean wounded per killed, 0 or more.
    base : float
        Mean wounded beside those [persons], 0 or more.

    Returns
    -------
    float
        ``per_killed * killed_number + base`` [persons].
    """
    return per_killed * killed_number + base
