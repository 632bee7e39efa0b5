"""Killed so far, by group and by province, with windows into the past."""

from __future__ import annotations


class Losses:
    """Running sums of killed, kept for every tick.

    Parameters
    ----------
    n : int
        Number of groups or provinces.
    """

    def __init__(self, n: int) -> None:
        self._now = [0] * n
        self._at_start = [[0] * n]

    def add(self, index: int, killed: int) -> None:
        """Count killed in the current tick."""
        self._now[index] += killed

    def turn(self) -> None:
        """End the current tick."""
        self._at_start.append(list(self._now))

    def within(self, index: int, window: int) -> int:
        """Killed in the `window` ticks before the current one.

        Parameters
        ----------
        index : int
            Group or province.
        window : int
            Ticks, 1 or more.

        Returns
        -------
        int
            Persons.
        """
        before = max(0, len(self._at_start) - 1 - window)
        return self._at_start[-1][index] - self._at_start[before][index]
