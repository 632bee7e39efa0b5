"""A group's offices: open ones can be attacked, closed ones make it harder to find."""

from __future__ import annotations


def exposure(closed: bool, closed_share: float) -> float:
    """Share of its exposure that a unit keeps.

    Parameters
    ----------
    closed : bool
        Whether its offices are closed.
    closed_share : float
        Share of exposure that closing takes away, 0 to 1.

    Returns
    -------
    float
        1, or ``1 - closed_share`` when closed. Source: AP, 1 September 2022 ("close their
        offices until further notice"); size assumed.
    """
    return 1.0 - closed_share if closed else 1.0


def reopened(uniform: float, kept: float) -> bool:
    """Whether closed offices have reopened.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1), fixed when they closed.
    kept : float
        Probability that they are still closed, falling from 1 to 0.

    Returns
    -------
    bool
        True from a geometric waiting time on.
    """
    return uniform >= kept
