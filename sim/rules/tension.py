"""Political tension: what courts, parliaments, calls and truces do to the background rate."""

from __future__ import annotations

from collections.abc import Sequence


def branch(uniform: float, cumulative: Sequence[float]) -> int:
    """Which course a political event takes.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    cumulative : sequence of float, shape (branches,)
        Cumulative probabilities; what is missing to 1 is the chance that it does not
        take place.

    Returns
    -------
    int
        Number of the branch; ``len(cumulative)`` when the event does not take place.
    """
    chosen = 0
    while chosen < len(cumulative) and uniform >= cumulative[chosen]:
        chosen += 1
    return chosen


def pulse(effect: float, kept: float) -> float:
    """Factor of an event whose effect fades.

    Parameters
    ----------
    effect : float
        Relative change at first, -1 or more.
    kept : float
        Share of the effect left, 0 to 1.

    Returns
    -------
    float
        ``1 + effect * kept``, 0 or more.
    """
    return 1.0 + effect * kept


def deadlock(growth: float, months: float) -> float:
    """Factor of a deadlock that grows month by month.

    Parameters
    ----------
    growth : float
        Relative growth per month, 0 or more.
    months : float
        Months since it began; 0 before it began or after it ended.

    Returns
    -------
    float
        ``1 + growth * months``. Source: AP, 1 September 2022 (no agreement on dissolving
        parliament); form assumed.
    """
    return 1.0 + growth * months


def lasting(factor: float, elapsed: int, ticks: float) -> float:
    """Factor that holds for a while.

    Parameters
    ----------
    factor : float
        The factor, 0 or more.
    elapsed : int
        Ticks since it began; below 0 before.
    ticks : float
        Ticks it lasts.

    Returns
    -------
    float
        `factor` while it lasts, else 1.
    """
    return factor if 0 <= elapsed < ticks else 1.0
