"""Curfews: when one begins, and what it leaves of attacks that need a crowd or an office."""

from __future__ import annotations


def begins(tick: int, at: int, reached_at: int, after: float) -> bool:
    """Whether a curfew that is not in force begins in a tick.

    Parameters
    ----------
    tick : int
        The tick.
    at : int
        Tick for which it is set; below 0 when it waits for deaths.
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


def left(needs: bool, in_force: bool, leaves: float) -> float:
    """Share of an attack mode that a curfew leaves.

    Parameters
    ----------
    needs : bool
        Whether the mode needs a crowd or an open office.
    in_force : bool
        Whether a curfew is in force in the province.
    leaves : float
        Share that it leaves of such modes, 0 to 1.

    Returns
    -------
    float
        `leaves`, or 1 where there is no curfew or the mode needs neither. Assumption.
    """
    return leaves if needs and in_force else 1.0
