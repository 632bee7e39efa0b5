"""A battle between two units in a province: how it opens, who fires, when it ends."""

from __future__ import annotations

import math


def following(rate: float, turn: float, keep: float, hours: float) -> float:
    """Exchanges of fire that follow the attack that opens a battle, in the reference situation.

    In each tick after it both sides may fire once, one of them at ``rate * (1 + turn)`` and the
    other at ``rate * (1 - turn)``; then the battle ends with probability ``1 - keep``. So

    ``(2 - exp(-rate (1 + turn) hours) - exp(-rate (1 - turn) hours)) / (1 - keep)``

    Parameters
    ----------
    rate : float
        Exchanges of one side [1/h], 0 or more.
    turn : float
        How much more the side fires that was hit last, 0 to 1.
    keep : float
        Probability that a battle goes on after a tick, 0 to below 1.
    hours : float
        Length of the tick [h], above 0.

    Returns
    -------
    float
        Their mean number, 0 or more. Reference: equal strengths, opportunity of 1 or more, both
        in the open, usual presence of the security force.
    """
    silent = math.exp(-rate * (1.0 + turn) * hours) + math.exp(-rate * (1.0 - turn) * hours)
    return (2.0 - silent) / (1.0 - keep)


def chance(answered: float, exchanges: float) -> float:
    """Probability that an attack opens a battle.

    With ``q`` battles an attack and `exchanges` in each, ``q exchanges`` of ``1 + q exchanges``
    engagements are exchanges; this ``q`` makes that share `answered`.

    Parameters
    ----------
    answered : float
        Engagements in the same battle per engagement, 0 to 1; at 1 every attack opens one.
    exchanges : float
        How many follow the attack that opens a battle, see `following`.

    Returns
    -------
    float
        0 to 1. Source: measured on attack logs as the fast part of a Hawkes process (see
        `sim.parameters.grievance`), whose branching ratio is this share.
    """
    if answered <= 0.0 or exchanges <= 0.0:
        return 0.0
    if answered >= 1.0:
        return 1.0
    return min(1.0, answered / ((1.0 - answered) * exchanges))


def fire(
    rate: float, own: float, rival: float, opportunity: float, hit_last: bool, turn: float
) -> float:
    """Rate at which one side fires while a battle lasts.

    ``rate * 2 own / (own + rival) * min(1, opportunity) * (1 + turn or 1 - turn)``

    Parameters
    ----------
    rate : float
        Exchanges of one side in the reference situation [1/h].
    own, rival : float
        Strength of both sides [fighters], 0 or more.
    opportunity : float
        See `sim.rules.engagement.opportunity`.
    hit_last : bool
        Whether this side was hit last.
    turn : float
        How much more the side fires that was hit last, 0 to 1.

    Returns
    -------
    float
        Rate [1/h], 0 or more. Source: assumption; the larger side fires more, in proportion
        (Lanchester's linear law).
    """
    both = own + rival
    share = 2.0 * own / both if both > 0.0 else 0.0
    return rate * share * min(1.0, opportunity) * (1.0 + turn if hit_last else 1.0 - turn)


def ends(uniform: float, keep: float, parting: float, hours: float) -> bool:
    """Whether a battle ends with a tick.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    keep : float
        Probability that it goes on if nobody parts the sides.
    parting : float
        Rate at which the security force parts them [1/h], 0 or more.
    hours : float
        Length of the tick [h].

    Returns
    -------
    bool
        True with probability ``1 - keep * exp(-parting * hours)``.
    """
    return uniform >= keep * math.exp(-parting * hours)
