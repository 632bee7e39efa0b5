"""Crowds that follow a mobilisation, and mobilisation without an order."""

from __future__ import annotations


def strength(fighters: int, crowd: int, weight: float) -> float:
    """Fighters and crowd together, in fighters.

    Parameters
    ----------
    fighters, crowd : int
        Persons, 0 or more.
    weight : float
        Fighters that one person of the crowd counts for, 0 to 1.

    Returns
    -------
    float
        ``fighters + weight * crowd``.
    """
    return fighters + weight * crowd


def gather(persons: int, compliance: float) -> int:
    """Persons of a crowd that stay while its group is called to withdraw.

    Parameters
    ----------
    persons : int
        Persons that came.
    compliance : float
        Compliance with the call, 0 to 1.

    Returns
    -------
    int
        Whole persons, rounded down.
    """
    return int(persons * (1.0 - compliance))


def mobilises_unasked(uniform: float, kept: float) -> bool:
    """Whether a unit whose dead went unanswered mobilises without an order.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1), fixed when they were killed.
    kept : float
        Probability that it has not mobilised yet, falling from 1 to 0.

    Returns
    -------
    bool
        True from a geometric waiting time on. Source: assumption.
    """
    return uniform >= kept


def stirred(rate: float, anger: float) -> float:
    """Rate of attacks of a unit whose crowd is angry.

    Parameters
    ----------
    rate : float
        Rate that an order to mobilise added [1/h].
    anger : float
        Anger over followers killed, fading, 0 or more.

    Returns
    -------
    float
        ``rate * (1 + anger)`` [1/h]. Source: assumption.
    """
    return rate * (1.0 + anger)


def dispersed(persons: int, share: float) -> int:
    """Persons of a crowd that stay after a clash, or after some of them went home.

    Parameters
    ----------
    persons : int
        Persons before.
    share : float
        Share that leaves, 0 to 1.

    Returns
    -------
    int
        Whole persons, rounded down. Source: assumption.
    """
    return int(persons * (1.0 - share))
