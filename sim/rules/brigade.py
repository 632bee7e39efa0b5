"""Brigades: who goes, who refuses, and what they add where they are."""

from __future__ import annotations


def ready(persons: int, readiness: float) -> float:
    """Persons of a brigade that can act.

    Parameters
    ----------
    persons : int
        Its persons, 0 or more.
    readiness : float
        Share that can act, 0 to 1.

    Returns
    -------
    float
        Their product [persons].
    """
    return persons * readiness


def nearer(borders: int, best: int) -> bool:
    """Whether a brigade is nearer to where forces are wanted than the best one so far.

    Parameters
    ----------
    borders : int
        Borders between the brigade and the province; below 0 where there is no way.
    best : int
        Borders of the best one so far; below 0 when there is none.

    Returns
    -------
    bool
        True for a shorter way; of equals the first by name goes. Source: assumption.
    """
    return borders >= 0 and (best < 0 or borders < best)


def refuses(uniform: float, probability: float) -> bool:
    """Whether a brigade refuses to go when it is sent.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    probability : float
        0 to 1.

    Returns
    -------
    bool
        True with that probability. Source: assumption.
    """
    return uniform < probability


def present(visiting: float, missing: float) -> float:
    """Reinforcement of a province by brigades: below 0 where those at home are missed.

    Parameters
    ----------
    visiting : float
        Ready persons of the brigades there that are at home elsewhere.
    missing : float
        Ready persons of the brigades at home there that are elsewhere or under way.

    Returns
    -------
    float
        Their difference [persons].
    """
    return visiting - missing


def at_least(intended: float, sent: float) -> float:
    """Reinforcement that a province is to receive where a dated deployment is in force.

    Parameters
    ----------
    intended : float
        What the deployment rule intends [persons].
    sent : float
        What dated deployments send [persons].

    Returns
    -------
    float
        The larger of the two.
    """
    return max(intended, sent)
