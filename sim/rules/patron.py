"""What a patron abroad does to a group."""

from __future__ import annotations

NEUTRAL = 0
RESTRAIN = 1
ARM = 2


def compliance(mean: float, stance: int, shift: float) -> float:
    """Mean compliance of a group whose patron restrains it.

    Parameters
    ----------
    mean : float
        Mean compliance without the patron, 0 to 1.
    stance : int
        `NEUTRAL`, `RESTRAIN` or `ARM`.
    shift : float
        Share of the missing compliance that a restraining patron adds, 0 to 1.

    Returns
    -------
    float
        ``mean + shift * (1 - mean)`` under `RESTRAIN`, else `mean`. Source: assumption.
    """
    return mean + shift * (1.0 - mean) if stance == RESTRAIN else mean


def armed(fighters: float, stance: int, growth: float) -> float:
    """Strength of a group whose patron arms it.

    Parameters
    ----------
    fighters : float
        Strength in fighters.
    stance : int
        See `compliance`.
    growth : float
        Relative growth since the start, 0 or more.

    Returns
    -------
    float
        ``fighters * (1 + growth)`` under `ARM`, else `fighters`. Source: assumption.
    """
    return fighters * (1.0 + growth) if stance == ARM else fighters
