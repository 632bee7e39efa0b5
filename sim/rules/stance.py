"""Stances of a unit: quiet, mobilised or standing down."""

from __future__ import annotations

QUIET = 0
MOBILISED = 1
STAND_DOWN = 2


def stands_down(compliance: float, least: float) -> bool:
    """Whether a unit stands down.

    Parameters
    ----------
    compliance : float
        Compliance with an order to withdraw or hold, 0 to 1.
    least : float
        Compliance from which a unit stands down, 0 to 1.

    Returns
    -------
    bool
        True when it obeys, and far enough.
    """
    return compliance > 0.0 and compliance >= least


def stance(mobilised: bool, compliance: float, threshold: float) -> int:
    """Stance of a unit.

    Parameters
    ----------
    mobilised : bool
        Whether the unit was mobilised and has not lapsed.
    compliance : float
        Compliance with an order to withdraw or hold, 0 to 1.
    threshold : float
        Compliance from which the unit stands down, 0 to 1; never at compliance 0.

    Returns
    -------
    int
        `QUIET`, `MOBILISED` or `STAND_DOWN`.
    """
    if compliance > 0.0 and compliance >= threshold:
        return STAND_DOWN
    return MOBILISED if mobilised else QUIET


def lapses(ticks_since_mobilised: int, ticks_since_death: int, lapse_ticks: float) -> bool:
    """Whether mobilisation lapses.

    Parameters
    ----------
    ticks_since_mobilised : int
        Ticks since the unit was mobilised.
    ticks_since_death : int
        Ticks since the last death in its province (larger than the former if none).
    lapse_ticks : float
        Ticks without either after which the unit is quiet again.

    Returns
    -------
    bool
        True when both lie further back than `lapse_ticks`. Source: assumption.
    """
    return min(ticks_since_mobilised, ticks_since_death) >= lapse_ticks


def outweighs(ordered: float, left: float) -> bool:
    """Whether the rate of a mobilise order takes the place of what is left of an earlier one.

    It takes it with its own half-life; the smaller rate is dropped. So an order never makes the
    rate of another last longer.

    Parameters
    ----------
    ordered : float
        Rate of the new order [1/h].
    left : float
        What is left of an earlier order's rate [1/h].

    Returns
    -------
    bool
        True when the new rate is the larger one. Source: assumption.
    """
    return ordered > left
