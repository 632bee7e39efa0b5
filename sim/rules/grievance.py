"""How an attack suffered becomes excitation, how it fades, and who is remembered."""

from __future__ import annotations


def excite(level: float, keep: float, kernel: float, arrivals: float) -> float:
    """Excitation at the start of the next tick.

    ``level * keep + kernel * arrivals``. With ``kernel = (1 - keep) / tick`` the
    excitation of one arrival sums to exactly one attack over time, so a stance's number
    of attacks per attack is the branching ratio.

    Parameters
    ----------
    level : float
        Excitation at the start of this tick [attack-equivalents per hour].
    keep : float
        Share kept per tick, 0 to 1.
    kernel : float
        Height of one arrival [1/h].
    arrivals : float
        Attack-equivalents that arrive in this tick, 0 or more.

    Returns
    -------
    float
        Excitation [attack-equivalents per hour].
    """
    return level * keep + kernel * arrivals


def contribution(weight: float, kept: float) -> float:
    """Compute what one remembered engagement still adds to the excitation.

    Parameters
    ----------
    weight : float
        Attack-equivalents at arrival, 0 or more.
    kept : float
        Share kept since arrival, 0 to 1.

    Returns
    -------
    float
        Attack-equivalents.
    """
    return weight * kept


def of_own_dead(weight: float, killed: int) -> float:
    """Grievance that an attack leaves with the attacker, who lost people in it.

    Parameters
    ----------
    weight : float
        Attack-equivalents, 0 or more.
    killed : int
        Killed of the attacker by the attacked [persons].

    Returns
    -------
    float
        `weight` when anybody was killed, else 0. Source: Haushofer et al. 2010, PNAS 107:17927
        (own deaths raise the chance of violence, their number does not raise its size).
    """
    return weight if killed > 0 else 0.0
