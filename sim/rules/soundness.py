"""What must hold of a model's state whenever a tick ends, and of every hazard.

A comparison with a number that is not one (NaN) is false, so such a number would silently
switch an attack off; a negative hazard would do the same. Each engine asks these rules in
every tick and ends the run with an `UnsoundError` where the answer is no.
"""

from __future__ import annotations

import math


class UnsoundError(ArithmeticError):
    """A state that no scenario may lead to; the message says what, where and when."""


def feud_is_sound(hazard: float, reprisal: float) -> bool:
    """Whether a dyad's numbers are possible.

    Parameters
    ----------
    hazard : float
        Hazard of an attack [1/h].
    reprisal : float
        Reprisal grievance [attack-equivalents per hour].

    Returns
    -------
    bool
        True when both are finite and 0 or more.
    """
    return 0.0 <= hazard < math.inf and 0.0 <= reprisal < math.inf


def unit_is_sound(
    fighters: int, crowd: int, commanders: int, mobilisation: float, compliance: float
) -> bool:
    """Whether a unit's numbers are possible.

    Parameters
    ----------
    fighters, crowd, commanders : int
        Persons.
    mobilisation : float
        Rate that a mobilise order adds [1/h].
    compliance : float
        Compliance with an order to withdraw or hold.

    Returns
    -------
    bool
        True when no number of persons is negative, the rate is finite and 0 or more and
        compliance lies in 0 to 1.
    """
    return (
        fighters >= 0
        and crowd >= 0
        and commanders >= 0
        and 0.0 <= mobilisation < math.inf
        and 0.0 <= compliance <= 1.0
    )


def province_is_sound(deployed: float, deterrence: float, recent: float, brigades: bool) -> bool:
    """Whether the numbers of a province's security force are possible.

    Parameters
    ----------
    deployed : float
        Reinforcement; below 0 where brigades are missed [persons].
    deterrence : float
        What presence leaves of a hazard.
    recent : float
        Recent casualties, fading [persons].
    brigades : bool
        Whether there are brigades, which can be missed.

    Returns
    -------
    bool
        True when all are finite, casualties and deterrence 0 or more, and deterrence at most 1
        where forces are not missed.
    """
    missed = brigades and -math.inf < deployed < 0.0
    there = 0.0 <= deployed < math.inf and deterrence <= 1.0
    return (missed or there) and 0.0 <= deterrence < math.inf and 0.0 <= recent < math.inf
