"""Ceasefires between two sides: what breaks one, what returns then, and who spoils it."""

from __future__ import annotations


def breaks(uniform: float, probability: float) -> bool:
    """Whether an engagement between the two sides ends their ceasefire.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    probability : float
        Probability that a violation ends it, 0 to 1.

    Returns
    -------
    bool
        True with that probability: each side holds while the other does. Source: assumption.
    """
    return uniform < probability


def returned(then: float, now: float, share: float) -> float:
    """Grievance that a broken ceasefire leaves over one attack.

    ``now + share * (then - now)``: a share of what faded while it held was pent up, not gone.

    Parameters
    ----------
    then : float
        What the attack added when the ceasefire began, or when it took place if that was later.
    now : float
        What it adds still, 0 to `then`.
    share : float
        Share that was pent up, 0 to 1.

    Returns
    -------
    float
        `now` to `then`. Source: assumption.
    """
    return now + share * (then - now)


def spoils(splinter: bool, outside: bool, peace: bool) -> bool:
    """Whether a unit attacks because peace is near.

    Parameters
    ----------
    splinter : bool
        Whether it obeys no order any more: an inside spoiler.
    outside : bool
        Whether its group stands against any peace: an outside spoiler.
    peace : bool
        Whether a ceasefire holds, or a leader called to withdraw not long ago.

    Returns
    -------
    bool
        True for either kind while peace is near. Source: Stedman 1997, International Security
        22(2):5-53 (abstract): parties that see a peace as a threat use violence to undermine it.
        He tells those inside a peace process from those outside it; that splinters are the
        former is an assumption. Reiter 2012 (abstract of a thesis, 241 agreements) finds that
        they rarely endanger a peace, so their rate is to be varied from 0.
    """
    return peace and (splinter or outside)
