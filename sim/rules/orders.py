"""When a leader gives an order, and how far a unit obeys it."""

from __future__ import annotations


def due(tick: int, at_tick: int) -> bool:
    """Whether a scheduled or delayed order is due.

    Parameters
    ----------
    tick : int
        The tick.
    at_tick : int
        Tick for which it is set; below 0 while what it waits for has not happened.

    Returns
    -------
    bool
        True from that tick on.
    """
    return 0 <= at_tick <= tick


def losses_reached(killed_in_window: int, threshold: int) -> bool:
    """Whether losses call for an order.

    Parameters
    ----------
    killed_in_window : int
        Killed within the window before this tick [persons].
    threshold : int
        Number that calls for the order [persons].

    Returns
    -------
    bool
        True when the threshold is reached.
    """
    return killed_in_window >= threshold


def may_repeat(given_at: int, tick: int, again_after: float) -> bool:
    """Whether an order may be given (again).

    Parameters
    ----------
    given_at : int
        Tick at which it was last given; below 0 for never.
    tick : int
        The tick.
    again_after : float
        Ticks before it may be given again; infinite for once only.

    Returns
    -------
    bool
        True when never given or long enough ago.
    """
    return given_at < 0 or tick - given_at >= again_after


def obedience(uniform: float, mean: float, spread: float) -> float:
    """Share of an order that one unit comes to obey.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    mean : float
        Mean over units, 0 to 1.
    spread : float
        Half-width of the uniform distribution around it, 0 or more.

    Returns
    -------
    float
        ``mean + spread * (2 * uniform - 1)`` cut to 0-1. Source: assumption.
    """
    return min(1.0, max(0.0, mean + spread * (2.0 * uniform - 1.0)))


def compliance(share: float, reluctance: float, loyalty: float) -> float:
    """Compliance of a unit at one time.

    ``share * (1 - reluctance) * loyalty``, where reluctance halves every onset half-life
    and loyalty every relapse half-life since the order.

    Parameters
    ----------
    share : float
        Share the unit comes to obey, 0 to 1.
    reluctance : float
        Falls from 1 to 0 after the order.
    loyalty : float
        Falls from 1 to 0 as the unit relapses.

    Returns
    -------
    float
        0 to 1.
    """
    return share * (1.0 - reluctance) * loyalty


def splinters(uniform: float, probability: float, share: float) -> bool:
    """Whether a unit becomes a splinter once the deadline has passed.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    probability : float
        Probability for a unit that obeys nothing, 0 to 1.
    share : float
        Share of the order that the unit comes to obey, 0 to 1.

    Returns
    -------
    bool
        True with probability ``probability * (1 - share)``. Source: AFP, 30 August 2022
        (leave within 60 minutes or be disowned); form assumed.
    """
    return uniform < probability * (1.0 - share)


def holds(elapsed: int, lasts: float) -> bool:
    """Whether an order that lasts a while still holds.

    Parameters
    ----------
    elapsed : int
        Ticks since it was given; below 0 when it never was.
    lasts : float
        Ticks it lasts; infinite for good.

    Returns
    -------
    bool
        True while it holds.
    """
    return 0 <= elapsed < lasts
