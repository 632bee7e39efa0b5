"""Discovery: a box of parameter values in which runs of interest are common.

The box is found by PRIM, the patient rule induction method (J. H. Friedman and N. I. Fisher 1999,
Statistics and Computing 9:123; for scenarios: B. P. Bryant and R. J. Lempert 2010, Technological
Forecasting and Social Change 77:34), as the EMA workbench has it, from two thirds of the points.
Of the boxes it peels, the one that gains most is taken: its share of all runs times how far its
density lies above that of all runs (weighted relative accuracy; N. Lavrac, P. Flach and B. Zupan
1999, Inductive Logic Programming, 174), which is the same trade between size and purity however
common the event is. Conditions are dropped as long as the gain hardly falls. How good the box is,
is judged on the other third: on the points that chose it, any box looks better than it is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import intervals
from analysis.arrays import Floats
from analysis.explore.designs import Explored, filled
from analysis.explore.stopping import Event
from analysis.frames import LoadError
from sim.extras import need

HELD_OUT = 3
DROPPED = 0.1
PEEL = 0.05
MASS = 0.05
LEAST = 10
Bools = NDArray[np.bool_]


@dataclass(frozen=True, order=True)
class Limit:
    """A condition of a box: one parameter on one side.

    ``column`` is the parameter's place in the design, ``low`` tells a lower limit from an upper.
    """

    column: int
    low: bool
    value: float

    def holds(self, values: Floats) -> Bools:
        """Say for which rows of values the condition holds."""
        column = values[:, self.column]
        return np.asarray(column >= self.value if self.low else column <= self.value)


@dataclass(frozen=True)
class Quality:
    """How good a box is, with 95 % intervals over points.

    ``coverage`` is the share of all runs of interest that it holds, ``density`` the share of its
    runs that are of interest, ``share`` the share of all runs that are.
    """

    runs: int
    inside: int
    share: float
    coverage: tuple[float, float, float]
    density: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Discovery:
    """A box and what it is worth.

    ``limits`` are its conditions, in the order of the parameters; none where none helps.
    ``training`` and ``held_out`` judge it on the points that chose it and on the others.
    ``trajectory`` has coverage, density, mass, restricted parameters and gain of every box that
    was peeled; ``chosen`` is the row that was taken.
    """

    event: Event
    limits: tuple[Limit, ...]
    training: Quality
    held_out: Quality
    trajectory: pd.DataFrame
    chosen: int


def discover(explored: Explored, event: Event, box: int | None = None) -> Discovery:
    """Find a box of parameter values in which an event is common.

    The design is best a Latin hypercube; each run is one observation. ``box`` takes a row of the
    trajectory instead of the best one. A LoadError says when the event is too rare or too common,
    or the EMA workbench is not installed.
    """
    values, hits, points = _runs(explored, event)
    training = points % HELD_OUT != HELD_OUT - 1
    for part in (training, ~training):
        if not LEAST <= hits[part].sum() <= part.sum() - LEAST:
            raise LoadError(
                f"{event.text} in {int(hits.sum()):,} of {len(hits):,} runs: at least {LEAST} with"
                f" and {LEAST} without it are needed in each part of the points"
            )
    boxes = _peel(values[training], hits[training])
    table = pd.DataFrame([_row(limits, values[training], hits[training]) for limits in boxes])
    chosen = int(table["gain"].idxmax()) if box is None else box
    if not 0 <= chosen < len(boxes):
        raise LoadError(f"there is no box {chosen}; boxes are numbered 0 to {len(boxes) - 1}")
    limits = _pruned(boxes[chosen], values[training], hits[training])
    return Discovery(
        event,
        limits,
        _quality(limits, values[training], hits[training], points[training]),
        _quality(limits, values[~training], hits[~training], points[~training]),
        table,
        chosen,
    )


def inside(limits: tuple[Limit, ...], values: Floats) -> Bools:
    """Say which rows of values lie in a box."""
    kept = np.ones(len(values), bool)
    for limit in limits:
        kept &= limit.holds(values)
    return kept


def _runs(explored: Explored, event: Event) -> tuple[Floats, Bools, NDArray[np.int64]]:
    outcome = explored.runs[event.outcome].to_numpy(dtype=float)
    happened = event.happened(outcome)
    known = ~np.isnan(happened)
    points = explored.runs["replicate"].to_numpy()[known] % len(explored.points.values)
    return filled(explored)[points], happened[known] > 0, points.astype(np.int64)


def _peel(values: Floats, hits: Bools) -> list[tuple[Limit, ...]]:
    """Peel boxes with PRIM; the first is the whole space."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = _prim()
        names = [str(place) for place in range(values.shape[1])]
        frame = pd.DataFrame(values, columns=names)
        made = search(frame, hits, threshold=0.0, peel_alpha=PEEL, mass_min=MASS).find_box()
    if made is None:
        return [()]
    ends = [
        (float(low), float(high)) for low, high in zip(values.min(0), values.max(0), strict=True)
    ]
    return [_limits(lims, ends) for lims in made.box_lims]


def _prim() -> Callable[..., Any]:
    need("discover", "a box of values (PRIM)")
    from ema_workbench.analysis import prim

    return prim.Prim  # type: ignore[no-any-return]


def _limits(box: pd.DataFrame, ends: list[tuple[float, float]]) -> tuple[Limit, ...]:
    made = []
    for place, (low, high) in enumerate(ends):
        first, last = (float(end) for end in box[str(place)])
        made += [Limit(place, True, first)] if first > low else []
        made += [Limit(place, False, last)] if last < high else []
    return tuple(made)


def _pruned(limits: tuple[Limit, ...], values: Floats, hits: Bools) -> tuple[Limit, ...]:
    """Drop the condition that matters least, as long as the gain hardly falls."""
    floor = (1 - DROPPED) * _row(limits, values, hits)["gain"]
    while limits:
        fewer = [tuple(other for other in limits if other != limit) for limit in limits]
        gains = [_row(some, values, hits)["gain"] for some in fewer]
        best = int(np.argmax(gains))
        if gains[best] < floor:
            return limits
        limits = fewer[best]
    return limits


def _row(limits: tuple[Limit, ...], values: Floats, hits: Bools) -> dict[str, float]:
    kept = inside(limits, values)
    density = float(hits[kept].mean()) if kept.any() else 0.0
    return {
        "coverage": float(hits[kept].sum() / hits.sum()),
        "density": density,
        "mass": float(kept.mean()),
        "restricted": len({limit.column for limit in limits}),
        "gain": float(kept.mean()) * (density - float(hits.mean())),
    }


def _quality(
    limits: tuple[Limit, ...], values: Floats, hits: Bools, points: NDArray[np.int64]
) -> Quality:
    kept = inside(limits, values)
    _, place = np.unique(points, return_inverse=True)
    both, held, wanted = (
        np.bincount(place, flags.astype(float)).astype(float) for flags in (kept & hits, kept, hits)
    )
    return Quality(
        runs=len(hits),
        inside=int(kept.sum()),
        share=float(hits.mean()),
        coverage=_ratio(both, wanted),
        density=_ratio(both, held),
    )


def _ratio(parts: Floats, wholes: Floats) -> tuple[float, float, float]:
    if not wholes.sum():
        return math.nan, math.nan, math.nan
    share, low, high = intervals.ratio(parts[:, None], wholes)
    return float(share[0]), float(low[0]), float(high[0])


def narrowed(explored: Explored, discovery: Discovery) -> Explored:
    """Give the ranges of a design within a box."""
    ranges = list(explored.design.ranges)
    for limit in discovery.limits:
        whole = ranges[limit.column]
        low, high = (limit.value, whole.high) if limit.low else (whole.low, limit.value)
        ranges[limit.column] = replace(whole, low=low, high=high)
    design = replace(explored.design, ranges=tuple(ranges))
    return replace(explored, points=replace(explored.points, design=design))
