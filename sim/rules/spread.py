"""How harm in one province becomes grievance in another."""

from __future__ import annotations


def shock(strength: float, magnitude: float) -> float:
    """Grievance that a deadly battle raises in a province that its news stirs.

    ``strength * log2(1 + killed)``

    Parameters
    ----------
    strength : float
        Attack-equivalents, 0 or more.
    magnitude : float
        ``log2(1 + killed)`` from a table; 0 when nobody was killed.

    Returns
    -------
    float
        Attack-equivalents. Source: AP, 1 September 2022 ("migrated from Baghdad to the
        southern ... provinces"); form assumed.
    """
    return strength * magnitude


def stirs(uniform: float, reach: float, share: float) -> bool:
    """Whether news of a deadly battle stirs the same two groups in another province.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    reach : float
        Mean number of provinces stirred, 0 or more.
    share : float
        This province's share, 0 to 1: in proportion to opportunity there and to what state
        authority lacks.

    Returns
    -------
    bool
        True with probability ``min(1, reach * share)``. Source: AP, 1 September 2022
        ("provinces where the state's authority is frayed"); form assumed.
    """
    return uniform < reach * share


def lag(uniform: float, shortest: float, longest: float) -> int:
    """Ticks until a shock arrives.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    shortest, longest : float
        Range of the lag [ticks].

    Returns
    -------
    int
        Whole ticks, rounded down.
    """
    return int(shortest + uniform * (longest - shortest))


def neighbour(share: float, mark: float) -> float:
    """Grievance that an attack raises in a neighbouring province.

    Parameters
    ----------
    share : float
        Attack-equivalents per attack, 0 to 1.
    mark : float
        Weight of the attack, mean 1.

    Returns
    -------
    float
        Attack-equivalents. Off by default: no neighbour effect was found in the Iraqi
        logs of 2004-08.
    """
    return share * mark
