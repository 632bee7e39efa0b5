"""Debts of blood between groups: opened by the killing of a commander, paid once."""

from __future__ import annotations


def opens(uniform: float, commander_share: float, killed: int) -> bool:
    """Whether an attack killed a commander and so opens a debt.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    commander_share : float
        Probability that a deadly attack of its mode kills a commander, 0 to 1.
    killed : int
        Killed on the attacked side [persons].

    Returns
    -------
    bool
        True when a debt opens. Source: assumption, after the chain of killings in Maysan,
        2019-22 (Shafaq News, January to May 2022).
    """
    return killed > 0 and uniform < commander_share


def will_be_paid(uniform: float, probability: float) -> bool:
    """Whether a debt will ever be paid.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1), fixed when the debt opens.
    probability : float
        Probability that a debt is paid, 0 to 1.

    Returns
    -------
    bool
        True when it waits to be paid.
    """
    return uniform < probability


def excitation(waiting: int, rate: float) -> float:
    """Rate of attacks that open debts add.

    Parameters
    ----------
    waiting : int
        Debts of this unit against this rival that wait to be paid.
    rate : float
        Rate at which one is paid at rivalry and opportunity 1 [1/h]: ln 2 over the median
        lag.

    Returns
    -------
    float
        ``waiting * rate`` [1/h].
    """
    return waiting * rate


def debt(uniform: float, waiting: int) -> int:
    """Which waiting debt an attack pays.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    waiting : int
        Waiting debts, 1 or more.

    Returns
    -------
    int
        0 to ``waiting - 1``, all alike.
    """
    return min(int(uniform * waiting), waiting - 1)
