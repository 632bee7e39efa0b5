"""What machine code is given to write reports on engagements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.reporting import write_reports

NAMES = ("told", "seen", "claimed", "chances", "delays", "counts", "made")
SMALLEST: dict[str, NDArray[Any]] = dict(
    zip(
        NAMES,
        (
            np.zeros((1, 6), np.int64),
            *(np.zeros(1) for _ in ("seen", "claimed", "chances", "delays")),
            np.zeros(1, np.int64),
            np.zeros((1, 8), np.int64),
        ),
        strict=True,
    )
)


def write(given: Any, seed: int) -> int:
    """Write the reports of what a handle points to; see `sim.reporting.write_reports`."""
    chances, delays = given.chances, given.delays
    return write_reports(
        seed,
        given.told,
        given.seen,
        given.claimed,
        (chances[0], chances[1], chances[2]),
        (delays[0], delays[1]),
        given.counts,
        given.made,
    )
