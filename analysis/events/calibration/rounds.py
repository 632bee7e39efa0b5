"""In how many rounds the runs of a reference table serve as data sets."""

from __future__ import annotations

import math

PARTS = 5


def rounds(runs: int, sets: int) -> int:
    """Say in how many rounds runs are held out: at most a fifth of the table in each."""
    return math.ceil(PARTS * sets / runs)


def most_held(runs: int, sets: int) -> int:
    """Say how many runs are held out at once, at most; as `rounds`."""
    return math.ceil(sets / max(rounds(runs, sets), 1))
