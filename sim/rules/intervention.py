"""The security force as a third side, and a governor who restores calm."""

from __future__ import annotations


def joins(uniform: float, probability: float, presence: float) -> bool:
    """Whether the security force fires in an engagement.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    probability : float
        Probability per engagement, 0 to 1.
    presence : float
        Presence in the province [persons per 1,000 residents].

    Returns
    -------
    bool
        True when it joins; never where nobody is present. Source: contested reports; in
        August 2022 the force "mostly held fire" (Knights, Washington Institute).
    """
    return presence > 0.0 and uniform < probability


def fires_at_attacker(attacker_favoured: bool, target_favoured: bool) -> bool:
    """At whom the security force fires.

    Parameters
    ----------
    attacker_favoured, target_favoured : bool
        Whether it favours that side's bloc.

    Returns
    -------
    bool
        True for the attacker: always, unless it favours the attacker's bloc and not the
        target's.
    """
    return not attacker_favoured or target_favoured


def deters(deterrence: float, favoured: bool) -> float:
    """Deter a unit, unless the force takes its side.

    Parameters
    ----------
    deterrence : float
        What presence leaves of a hazard, 0 to 1.
    favoured : bool
        Whether the force favours the attacking unit's bloc.

    Returns
    -------
    float
        `deterrence`, or 1 for a favoured unit.
    """
    return 1.0 if favoured else deterrence


def eased(level: float, factor: float, mediated: bool) -> float:
    """Reprisal grievance after mediation.

    Parameters
    ----------
    level : float
        Grievance [attack-equivalents, or per hour].
    factor : float
        What mediation leaves, 0 to 1.
    mediated : bool
        Whether there was one.

    Returns
    -------
    float
        ``level * factor`` when mediated, else `level`.
    """
    return level * factor if mediated else level


def mediates(more: float, threshold: float, ticks_quiet: int, pause: float) -> bool:
    """Whether a governor's mediation restores calm.

    Parameters
    ----------
    more, threshold : float
        Presence beyond the usual one, and how much of it mediation needs [per 1,000].
    ticks_quiet : int
        Ticks since the last death in the province.
    pause : float
        Ticks without a death that are needed.

    Returns
    -------
    bool
        True when it does. Source: AP, 1 September 2022 (the governor of Basra "said calm
        had been restored"); form assumed.
    """
    return more >= threshold and ticks_quiet >= pause
