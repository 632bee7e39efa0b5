"""Insults, and an order not to be provoked."""

from __future__ import annotations


def response(restrained: bool, factor: float) -> float:
    """How strongly a unit answers insults and avenges attacks.

    Parameters
    ----------
    restrained : bool
        Whether an order not to be provoked holds for it.
    factor : float
        What such an order leaves, 0 to 1.

    Returns
    -------
    float
        1, or `factor` when restrained. Source: AP, 1 September 2022 ("not to be provoked
        by the comments"); size assumed.
    """
    return factor if restrained else 1.0


def grievance(strength: float, answer: float) -> float:
    """Grievance that an insult raises in one unit of the insulted group.

    Parameters
    ----------
    strength : float
        Attack-equivalents, 0 or more.
    answer : float
        How strongly the unit answers, 0 to 1.

    Returns
    -------
    float
        Attack-equivalents. Source: AP, 1 September 2022 ("mad dogs"); size assumed, weak.
    """
    return strength * answer
