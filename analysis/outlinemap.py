"""Provinces with their real outlines: the ground of a map, and where its words go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, PathPatch
from matplotlib.path import Path

from analysis.arrays import Floats

Rings = Sequence[Sequence[tuple[float, float]]]
POINT = 0.014  # radius of a place without an outline, as a share of the map's width


def frame(ax: Axes, shapes: Mapping[str, Rings]) -> None:
    """Give an Axes the limits of a map whose rings are those of `Outlines.projected`."""
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(tall(shapes) + 0.02, -0.02)
    ax.set_aspect("equal")
    ax.set_axis_off()


def tall(shapes: Mapping[str, Rings]) -> float:
    """Give the height of a map, as a share of its width."""
    return max(y for rings in shapes.values() for ring in rings for _, y in ring)


def patch(rings: Rings) -> Patch:
    """Make a patch of a province; the caller gives it colours."""
    if len(rings[0]) == 1:
        return Circle(rings[0][0], POINT)
    paths = [Path([*ring, ring[0]], closed=True) for ring in rings if len(ring) > 2]
    return PathPatch(Path.make_compound_path(*paths))


def centre(rings: Rings) -> tuple[float, float]:
    """Give the centre of the area of the largest ring, where the name of a province goes."""
    ring = np.array(rings[0], float)
    following = np.roll(ring, -1, axis=0)
    cross: Floats = ring[:, 0] * following[:, 1] - following[:, 0] * ring[:, 1]
    if abs(cross.sum()) < 1e-9:
        x, y = ring.mean(axis=0)
    else:
        x, y = ((ring + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return float(x), float(y)


def room(rings: Rings, x: float, y: float) -> float:
    """Give how wide a text around a point can be within the largest ring, as a share of the map."""
    ring = np.array(rings[0], float)
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    cut = (y0 > y) != (y1 > y)
    borders = x0[cut] + (y - y0[cut]) * (x1[cut] - x0[cut]) / (y1[cut] - y0[cut])
    left, right = borders[borders < x], borders[borders >= x]
    return 2 * float(min(x - left.max(), right.min() - x)) if len(left) % 2 else 0.0


def width(rings: Rings) -> float:
    """Give how wide a province is, as a share of the map's width."""
    xs = [x for ring in rings for x, _ in ring]
    return max(xs) - min(xs)
