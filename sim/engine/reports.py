"""What machine code is given to write reports on engagements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.reporting import write_reports

# In the order in which `sim.reporting.write_reports` takes them, after the seed.
SMALLEST: dict[str, NDArray[Any]] = {
    "told": np.zeros((1, 6), np.int64),
    "seen": np.zeros(1),
    "claimed": np.zeros(1),
    "chances": np.zeros(3),
    "delays": np.zeros(2),
    "counts": np.zeros(1, np.int64),
    "made": np.zeros((1, 8), np.int64),
}


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
