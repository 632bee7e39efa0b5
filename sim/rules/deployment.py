"""Where the security force goes, what its presence deters and when it ends a battle."""

from __future__ import annotations

import math

NONE = 0
PROPORTIONAL = 1
RECENT_CASUALTIES = 2
CAPITAL_FIRST = 3
FIXED_PLAN = 4


def alarmed(alarm: bool, killed_in_window: int, threshold: int, calm: bool) -> bool:
    """Whether a province's alarm stands.

    Parameters
    ----------
    alarm : bool
        Whether it stood before.
    killed_in_window : int
        Killed in the province within the alarm window [persons].
    threshold : int
        Killed that raise the alarm [persons]; 0 raises it at once.
    calm : bool
        Whether no engagement took place there for the time after which forces return.

    Returns
    -------
    bool
        Raised by killed, kept until calm.
    """
    return killed_in_window >= threshold or (alarm and not calm)


def intended(
    rule: int,
    answering: bool,
    nation_answering: bool,
    capital: bool,
    weight: float,
    weight_sum: float,
    reserve: float,
    capital_claim: float,
    planned: float,
    ceiling: float,
) -> float:
    """Persons of the reserve that a province is meant to receive.

    Parameters
    ----------
    rule : int
        `NONE`, `PROPORTIONAL`, `RECENT_CASUALTIES`, `CAPITAL_FIRST` or `FIXED_PLAN`.
    answering, nation_answering : bool
        Whether this province, or any, has had an alarm for longer than the lag.
    capital : bool
        Whether this is the capital.
    weight, weight_sum : float
        This province's weight (population or recent casualties) and the sum over
        provinces that share by weight.
    reserve : float
        Persons that can be moved.
    capital_claim : float
        Persons the capital takes first under `CAPITAL_FIRST`.
    planned : float
        Persons planned for this province under `FIXED_PLAN`.
    ceiling : float
        Most this province can receive [persons].

    Returns
    -------
    float
        0 to `ceiling`; over all provinces never more than `reserve`.
    """
    share = weight / weight_sum if weight_sum > 0.0 else 0.0
    number = 0.0
    proportional = rule == PROPORTIONAL and nation_answering
    if proportional or (rule == RECENT_CASUALTIES and answering):
        number = reserve * share
    elif rule == CAPITAL_FIRST and capital and nation_answering:
        number = capital_claim
    elif rule == CAPITAL_FIRST and not capital and answering:
        number = (reserve - capital_claim) * share
    elif rule == FIXED_PLAN and nation_answering:
        number = planned
    return min(number, ceiling)


def capital_claim(rule: int, ceiling: float, reserve: float) -> float:
    """Persons of the reserve that the capital takes first.

    Parameters
    ----------
    rule : int
        Deployment rule.
    ceiling : float
        Most the capital can receive [persons]; 0 without a capital.
    reserve : float
        Persons that can be moved.

    Returns
    -------
    float
        The smaller of both under `CAPITAL_FIRST`, else 0.
    """
    return min(ceiling, reserve) if rule == CAPITAL_FIRST else 0.0


def approach(present: float, target: float, keep: float) -> float:
    """Reinforcement after one more tick of build-up or return.

    Parameters
    ----------
    present, target : float
        Persons there now and persons intended.
    keep : float
        Share of the gap left after a tick, 0 to 1.

    Returns
    -------
    float
        ``target + (present - target) * keep`` [persons].
    """
    return target + (present - target) * keep


def beyond(deployed: float, population: int) -> float:
    """Presence of the security force beyond the usual one.

    Parameters
    ----------
    deployed : float
        Reinforcement [persons].
    population : int
        Residents [persons], 1 or more.

    Returns
    -------
    float
        Persons per 1,000 residents.
    """
    return 1000.0 * deployed / population


def deterrence(strength: float, authority: float, more: float) -> float:
    """Share of every hazard that presence beyond the usual one leaves.

    ``exp(-strength * authority * more)``; only ever compared with a uniform. The usual presence
    is in the rates already: they were measured under it.

    Parameters
    ----------
    strength : float
        Per person per 1,000 residents, 0 or more (contested in the literature).
    authority : float
        State authority, 0 to 1.
    more : float
        Presence beyond the usual one [persons per 1,000 residents].

    Returns
    -------
    float
        Above 0; above 1 where forces are missed that are usually there.
    """
    return math.exp(-strength * authority * more)
