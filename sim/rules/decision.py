"""When a leader decides by himself to give an order."""

from __future__ import annotations


def hazard(
    rate: float,
    own: float,
    rivals: float,
    followers: float,
    time: float,
    pressure: float,
) -> float:
    """Hazard of deciding on an order.

    ``rate + own + rivals + followers + time + pressure``: every part is its weight in the file
    times what it counts. The parts are added, so that what one adds does not depend on the others.

    Parameters
    ----------
    rate : float
        Rate of deciding by itself [1/h], 0 or more.
    own, rivals : float
        Weight [1/h per person] times own dead, and dead of the rivals, within the window.
    followers : float
        Weight [1/h per 1,000 persons] times followers in the street [1,000 persons].
    time : float
        Weight [1/h per day] times days since the decision was open.
    pressure : float
        What calls for restraint, a patron and mediation add [1/h].

    Returns
    -------
    float
        Hazard [1/h], 0 or more. That parties are likelier to agree on a ceasefire where violence
        is intense and while someone mediates: Clayton, Nygard, Strand and Rustad 2022, Journal of
        Conflict Resolution, "Costs and Cover" (abstract). The form and every weight are
        assumptions.
    """
    return rate + own + rivals + followers + time + pressure
