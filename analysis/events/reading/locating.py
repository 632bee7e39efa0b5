"""Tell the provinces of a scenario in which points lie, by the outlines that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from sim.scenario.outlines import Ring


def located(points: pd.DataFrame, rings: Mapping[str, Sequence[Ring]]) -> NDArray[Any]:
    """Give the province of each point, empty text outside all and without coordinates.

    A point lies within a province when a line from it crosses the province's rings an odd number of
    times, so that holes count as outside.
    """
    known = points.dropna().drop_duplicates()
    x, y = known["longitude"].to_numpy(float), known["latitude"].to_numpy(float)
    found = np.full(len(known), "", dtype=object)
    for key, outline in rings.items():
        inside = np.zeros(len(known), dtype=bool)
        for ring in outline:
            inside ^= _within(x, y, np.array(ring))
        found[inside & (found == "")] = key
    pairs = zip(known["latitude"], known["longitude"], strict=True)
    by_point = dict(zip(pairs, found, strict=True))
    rows = zip(points["latitude"], points["longitude"], strict=True)
    return np.array([by_point.get(row, "") for row in rows], dtype=object)


def _within(x: Floats, y: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Tell which points lie within one ring."""
    odd = np.zeros(len(x), dtype=bool)
    if len(ring) < 3:
        return odd
    (west, south), (east, north) = ring.min(axis=0), ring.max(axis=0)
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    px, py = x[near], y[near]
    crossed = np.zeros(len(near), dtype=bool)
    for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        between = (y1 > py) != (y2 > py)
        if between.any():
            crossed ^= between & (px < (x2 - x1) * (py - y1) / (y2 - y1 or 1.0) + x1)
    odd[near] = crossed
    return odd
