"""Curfews: when one begins, and what it leaves of attacks that need a crowd or an office."""

from __future__ import annotations


def begins(tick: int, at: int, reached_at: int, after: float) -> bool:
    """Whether a curfew begins in a tick.

    Parameters
    ----------
    tick, at : int
        The tick, and the one for which the curfew is set; below 0 when it waits for deaths.
    reached_at : int
        Tick in which enough people had been killed; below 0 before.
    after : float
        Ticks from then on, 0 or more.

    Returns
    -------
    bool
        True in the tick set, or once the delay has passed. Source: news reports of 29 August
        2022 (Baghdad from 15:30, the country from 19:00, some hours after the first deaths).
    """
    return tick == at or (at < 0 <= reached_at and tick - reached_at >= after)


def left(needs: bool, leaves: float) -> float:
    """Share of an attack mode that takes place.

    Parameters
    ----------
    needs : bool
        Whether the mode needs a crowd or an open office.
    leaves : float
        Share of such attacks that curfews leave in the province, 0 to 1; 1 without a curfew.

    Returns
    -------
    float
        `leaves` for a mode that needs them, else 1. Assumption.
    """
    return leaves if needs else 1.0
