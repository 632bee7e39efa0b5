"""What not knowing a scenario's numbers does to its answers, apart from what chance does.

Runs at draws of the numbers (``run --uncertain``) differ by chance and by draw. Several runs of
each draw part the two, as in a one-way analysis of variance: a draw's mean varies by what it
expects and by chance divided by its runs. The means are drawn together until they vary as much as
what is expected does (constrained empirical Bayes: Louis 1984, J. Am. Stat. Assoc. 79:393), and
their quantiles are the band.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis import intervals
from analysis.arrays import Floats
from analysis.frames import Frames
from sim.scenario.designs import LISTED

FEWEST = 10
Whole = NDArray[np.int64]


def draws(frames: Frames, name: str) -> int:
    """Give the number of draws at which a scenario was run."""
    design = frames.scenarios[name].design
    return design.points if design is not None and design.method == LISTED else 0


def shared(frames: Frames, first: str, second: str) -> int:
    """Give the number of draws at which two scenarios were run; 0 where they share none."""
    found = draws(frames, first)
    return found if found == draws(frames, second) else 0


def band(values: Floats, draw: Whole) -> tuple[float, float]:
    """Give the 95 % band of what is expected over draws, with chance taken out."""
    _, place, runs = np.unique(draw, return_inverse=True, return_counts=True)
    if len(runs) < FEWEST or len(values) == len(runs):
        return math.nan, math.nan
    means = np.bincount(place, values) / runs
    noise = float(((values - means[place]) ** 2).sum() / (len(values) - len(runs)))
    spread = float(means.var(ddof=1))
    expected = max(0.0, spread - noise * float((1.0 / runs).mean()))
    middle = float(means.mean())
    drawn = middle + (means - middle) * (math.sqrt(expected / spread) if spread > 0.0 else 0.0)
    ends = (1.0 - intervals.LEVEL) / 2.0
    low, high = np.quantile(drawn, (ends, 1.0 - ends))
    return float(low), float(high)
