"""Whether a unit attacks a rival, why, and how."""

from __future__ import annotations

import math

BACKGROUND = 0
BATTLE = 1
REPRISAL = 2


def opportunity(fighters: int, rivals: int, reference: float, limit: float) -> float:
    """How much two units in one province get in each other's way.

    ``min(limit, sqrt(fighters * rivals) / reference)``

    Parameters
    ----------
    fighters, rivals : int
        Persons in the two units, 0 or more.
    reference : float
        Geometric mean of both at which opportunity is 1 [persons], above 0.
    limit : float
        Largest opportunity, above 0.

    Returns
    -------
    float
        0 to `limit`. Source: design equation with square root; the limit is an
        assumption that keeps large crowds from multiplying excitation without bound.
    """
    return min(limit, math.sqrt(float(fighters) * float(rivals)) / reference)


def availability(withdrawal: float, exposed: float) -> float:
    """How far a unit can be found and attacked.

    ``1 - (1 - exposed) * withdrawal``: a unit that has left the streets is a smaller
    target, so a call to withdraw also lowers the attacks that its followers suffer.

    Parameters
    ----------
    withdrawal : float
        The target's compliance with a call to withdraw, 0 to 1.
    exposed : float
        Share of its exposure left when fully withdrawn, 0 to 1.

    Returns
    -------
    float
        `exposed` to 1. Source: AP, 1 September 2022 (the hostilities ended on both sides
        with one side's withdrawal); form assumed.
    """
    return 1.0 - (1.0 - exposed) * withdrawal


def background(base: float, tension: float, mobilisation: float, hold: float) -> float:
    """Rate of engagements that nothing recent caused.

    ``(base * tension + mobilisation) * (1 - hold)``

    Parameters
    ----------
    base : float
        Background rate of the scenario [1/h].
    tension : float
        Factor of the political calendar, 0 or more.
    mobilisation : float
        Rate added by a mobilise order, already faded [1/h].
    hold : float
        Compliance with an order to hold, 0 to 1: such a unit opens no engagement.

    Returns
    -------
    float
        Rate at rivalry 1 and opportunity 1 [1/h].
    """
    return (base * tension + mobilisation) * (1.0 - hold)


def hazard(
    exposure: float,
    background_rate: float,
    battle: float,
    reprisal: float,
    withdrawal: float,
    deterrence: float,
) -> float:
    """Hazard of an attack of one unit on one rival.

    ``exposure * (background + battle + reprisal) * (1 - withdrawal) * deterrence``

    Parameters
    ----------
    exposure : float
        Rivalry x opportunity x hour profile x availability of the target, 0 or more.
    background_rate, battle, reprisal : float
        Background rate and the two excitations under the unit's stance [1/h].
    withdrawal : float
        Compliance with a call to withdraw, 0 to 1.
    deterrence : float
        Factor left by the presence of the security force, 0 to 1.

    Returns
    -------
    float
        Hazard [1/h], 0 or more.
    """
    return exposure * (background_rate + battle + reprisal) * (1.0 - withdrawal) * deterrence


def attacks(uniform: float, hazard_per_hour: float, hours: float) -> bool:
    """Whether an attack starts within a tick.

    True with probability ``1 - exp(-hazard * hours)``. The first comparison is implied by
    the second and spares the exponential for nearly every call.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    hazard_per_hour : float
        Hazard [1/h], 0 or more.
    hours : float
        Length of the tick [h], above 0.

    Returns
    -------
    bool
        Whether the unit attacks.
    """
    expected = hazard_per_hour * hours
    return uniform < expected and uniform < 1.0 - math.exp(-expected)


def cause(uniform: float, background_rate: float, battle: float, reprisal: float) -> int:
    """Which part of the hazard an attack came from, in proportion to the parts.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    background_rate, battle, reprisal : float
        The three parts of the hazard [1/h], not all 0.

    Returns
    -------
    int
        `BACKGROUND`, `BATTLE` or `REPRISAL`.
    """
    point = uniform * (background_rate + battle + reprisal)
    if point < battle:
        return BATTLE
    if point < battle + reprisal:
        return REPRISAL
    return BACKGROUND


def mode(uniform: float, cumulative: list[float]) -> int:
    """Which mode an attack takes.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    cumulative : sequence of float, shape (modes,)
        Cumulative shares of the modes, ending at 1.

    Returns
    -------
    int
        Index of the mode.
    """
    chosen = 0
    while chosen < len(cumulative) - 1 and uniform >= cumulative[chosen]:
        chosen += 1
    return chosen
