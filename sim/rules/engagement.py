"""Whether a unit attacks a rival, why, and how."""

from __future__ import annotations

import math

BACKGROUND = 0
BATTLE = 1
REPRISAL = 2
VENDETTA = 3
PROVOCATION = 4
MOBILISATION = 5
SPOILER = 6

NEEDS_NOTHING = 0
NEEDS_OFFICE = 1
NEEDS_CROWD = 2
NEEDS_BATTLE = 3
NEEDS_CLASH = 4
ANY_RULE = 2

MILITIA = 0
SECURITY_FORCE = 1


def opportunity(strength: float, rival: float, reference: float, limit: float) -> float:
    """How much two units in one province get in each other's way.

    ``limit * x / (limit - 1 + x)`` with ``x = sqrt(strength * rival) / reference``: 1 where x
    is 1, in proportion to x where it is small, and always growing.

    Parameters
    ----------
    strength, rival : float
        Strength of the two units in fighters, 0 or more.
    reference : float
        Geometric mean of both at which opportunity is 1 [persons], above 0.
    limit : float
        What opportunity comes near to with ever more fighters, above 1.

    Returns
    -------
    float
        0 to below `limit`. Source: assumption; contacts grow with the square root, and less and
        less in a crowded place.
    """
    contacts = math.sqrt(strength * rival) / reference
    return limit * contacts / (limit - 1.0 + contacts)


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


def background(base: float, tension: float, hold: float) -> float:
    """Rate of engagements that nothing recent caused.

    ``base * tension * (1 - hold)``

    Parameters
    ----------
    base : float
        Background rate of the scenario [1/h].
    tension : float
        Factor of the political calendar, 0 or more.
    hold : float
        Compliance with an order to hold, 0 to 1: such a unit opens no engagement.

    Returns
    -------
    float
        Rate at rivalry 1 and opportunity 1 [1/h].
    """
    return base * tension * (1.0 - hold)


def ordered(mobilisation: float, hold: float) -> float:
    """Rate of engagements that an order to mobilise makes.

    ``mobilisation * (1 - hold)``

    Parameters
    ----------
    mobilisation : float
        Rate added by the order, already faded [1/h].
    hold : float
        Compliance with an order to hold, 0 to 1.

    Returns
    -------
    float
        Rate at rivalry 1 and opportunity 1 [1/h].
    """
    return mobilisation * (1.0 - hold)


def openness(exposure: float, withdrawal: float, deterrence: float) -> float:
    """Factor between the rates of a unit and its hazard.

    ``exposure * (1 - withdrawal) * deterrence``

    Parameters
    ----------
    exposure : float
        Rivalry x opportunity x hour profile x availability of the target x truce, 0 or more; in
        a battle that goes on, availability alone.
    withdrawal : float
        Compliance with a call to withdraw, 0 to 1.
    deterrence : float
        Factor left by the security force beyond its usual presence, 0 to 1.

    Returns
    -------
    float
        0 or more.
    """
    return exposure * (1.0 - withdrawal) * deterrence


def attacks(uniform: float, hazard_per_hour: float, hours: float) -> bool:
    """Whether an attack starts, or a leader decides, within a tick.

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
        Whether it happens.
    """
    expected = hazard_per_hour * hours
    return uniform < expected and uniform < 1.0 - math.exp(-expected)


def cause(
    uniform: float,
    background_rate: float,
    mobilisation: float,
    battle: float,
    reprisal: float,
    vendetta: float,
    spoiler: float,
) -> int:
    """Which part of the hazard an attack came from, in proportion to the parts.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    background_rate, mobilisation, battle, reprisal, vendetta, spoiler : float
        The parts of the hazard [1/h], not all 0.

    Returns
    -------
    int
        `BACKGROUND`, `MOBILISATION`, `BATTLE`, `REPRISAL`, `VENDETTA` or `SPOILER`.
    """
    point = uniform * (background_rate + mobilisation + battle + reprisal + vendetta + spoiler)
    if point < battle:
        return BATTLE
    if point < battle + reprisal:
        return REPRISAL
    if point < battle + reprisal + vendetta:
        return VENDETTA
    if point < battle + reprisal + vendetta + mobilisation:
        return MOBILISATION
    if point < battle + reprisal + vendetta + mobilisation + spoiler:
        return SPOILER
    return BACKGROUND


def possible(needs: int, office_open: bool, crowd: int, battle: bool) -> bool:
    """Whether a mode can be used.

    Parameters
    ----------
    needs : int
        `NEEDS_NOTHING`, `NEEDS_OFFICE`, `NEEDS_CROWD`, `NEEDS_BATTLE` or `NEEDS_CLASH`.
    office_open : bool
        Whether the attacked unit has an open office.
    crowd : int
        Persons of the attacker's crowd.
    battle : bool
        Whether this is an exchange of fire in a battle that goes on.

    Returns
    -------
    bool
        True when what it needs is there; a mode of clashes is for those alone, see `fits`.
    """
    if needs == NEEDS_CLASH:
        return False
    if needs == NEEDS_BATTLE:
        return battle
    if needs == NEEDS_OFFICE:
        return office_open
    if needs == NEEDS_CROWD:
        return crowd > 0
    return True


def fits(needs: int, rule: int, force_rule: int) -> bool:
    """Whether a mode is one of a clash with a security force under its rule of engagement.

    Parameters
    ----------
    needs : int
        What the mode needs.
    rule : int
        Rule of engagement of the mode: 0 restraint, 1 live fire, `ANY_RULE` for both.
    force_rule : int
        Rule of the force, 0 or 1.

    Returns
    -------
    bool
        True for a mode of a clash under that rule.
    """
    return needs == NEEDS_CLASH and rule in (ANY_RULE, force_rule)


def initiates(rate: float, kind: int) -> float:
    """Rate at which a unit attacks without being fired at or ordered to.

    Parameters
    ----------
    rate : float
        Rate of a militia unit [1/h].
    kind : int
        `MILITIA` or `SECURITY_FORCE`.

    Returns
    -------
    float
        `rate`, and 0 for a security force. Source: Knights (Washington Institute), 2022: it
        mostly held fire; assumption.
    """
    return 0.0 if kind == SECURITY_FORCE else rate


def reached(point: float, walked: float, added: float) -> bool:
    """Whether a walk along weights has reached a point.

    Parameters
    ----------
    point : float
        Uniform times the sum of all weights.
    walked : float
        Sum of the weights walked so far.
    added : float
        Weight of this one.

    Returns
    -------
    bool
        True at the first one whose cumulative weight passes the point.
    """
    return point < walked + added


def casualties_from_crowd(lost: int, crowd_first: bool, fighters: int, crowd: int) -> int:
    """How many of a side's killed and wounded belong to its crowd.

    Parameters
    ----------
    lost : int
        Killed and wounded, at most fighters and crowd together [persons].
    crowd_first : bool
        Whether the crowd was in front.
    fighters, crowd : int
        Persons present.

    Returns
    -------
    int
        0 to `crowd`; the others are fighters.
    """
    return min(lost, crowd) if crowd_first else max(0, lost - fighters)
