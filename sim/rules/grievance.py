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
