"""The points of a design in their order: drawn by SALib and SciPy, and stored as a table.

Run number ``n`` of a design of P points is point ``n % P`` with replicate ``n // P`` of it, so
that more replicates never renumber a run. It has the random numbers of replicate
``blocks * (n // P) + block`` of any scenario: points of one block are paired, blocks are not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.designs import LISTED, Design, Range, scenario_at
from sim.tables import Floats

if TYPE_CHECKING:
    from sim.parameters import Scenario

MORRIS_LEVELS = 4
SHARE = "share of "
_KEYS = ("point", "block")


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a design: a row for each, a column for each range.

    ``shares`` are places within the ranges, 0 for the low and 1 for the high end, NaN where a
    number keeps the scenario's own value; ``values`` are the numbers [h, 1/h, h after the start,
    or as the scenario counts]; points of one of the ``blocks`` share their random numbers.
    """

    design: Design
    shares: Floats
    values: Floats
    blocks: NDArray[np.int64]

    def point_and_replicate(self, run: int) -> tuple[int, int]:
        """Find the point of a run, and the replicate whose random numbers it has."""
        repeat, point = divmod(run, len(self.values))
        return point, repeat * self.design.blocks + int(self.blocks[point])

    def scenario(self, resolved: Mapping[str, Any], point: int) -> Scenario:
        """Give the scenario at a point."""
        row = self.values[point]
        given = {
            each.path: float(value)
            for each, value in zip(self.design.ranges, row, strict=True)
            if not np.isnan(value)
        }
        return scenario_at(resolved, self.design, given)


def draw(design: Design) -> Points:
    """Draw the points of a design."""
    drawers = {
        "grid": _grid,
        "one_at_a_time": _one_at_a_time,
        "latin": _latin,
        "sobol": _sobol,
        "morris": _morris,
        LISTED: _listed,
    }
    shares = drawers[design.method](design)
    per_block = len(shares) // design.blocks
    blocks = np.arange(len(shares)) // per_block
    if design.method == LISTED:  # as written, not rounded by a detour over shares
        return Points(design, shares, np.array(design.listed).T, blocks)
    return _valued(design, shares, blocks)


def within(varied: Range, shares: Floats) -> Floats:
    """Give the values at shares of a range."""
    if varied.log:
        values = varied.low * (varied.high / varied.low) ** shares
    else:
        values = varied.low + (varied.high - varied.low) * shares
    if varied.kind == "whole number":
        values = np.rint(values)
    elif varied.kind == "local time":
        values = np.rint(60 * values) / 60
    return np.asarray(np.clip(values, varied.low, varied.high))


def shares_of(varied: Range, values: Floats) -> Floats:
    """Give the shares of a range at which values lie; the inverse of `within`."""
    low, high, at = (
        np.log(each) if varied.log else np.asarray(each, float)
        for each in (varied.low, varied.high, values)
    )
    return np.asarray(np.clip((at - low) / (high - low), 0.0, 1.0))


def write(points: Points) -> str:
    """Write points as CSV, losing nothing."""
    paths = [each.path for each in points.design.ranges]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_KEYS, *paths, *(SHARE + path for path in paths)])
    columns = zip(
        points.blocks.tolist(), points.values.tolist(), points.shares.tolist(), strict=True
    )
    for point, (block, values, shares) in enumerate(columns):
        rows.writerow([point, block, *map(repr, values), *map(repr, shares)])
    return text.getvalue()


def read(path: Path, design: Design) -> Points:
    """Read points back."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file)) or [[]]
    paths = [each.path for each in design.ranges]
    if head != [*_KEYS, *paths, *(SHARE + path for path in paths)] or len(rows) != design.points:
        raise ValueError(f"{path} does not hold the {design.points} points of its design")
    try:
        numbers = np.array(rows, dtype=float)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    k = len(paths)
    blocks = numbers[:, 1].astype(np.int64)
    return Points(design, numbers[:, 2 + k :], numbers[:, 2 : 2 + k], blocks)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A scenario without its design and the points at which it is run, as a worker gets them."""

    resolved: dict[str, Any]
    points: Points

    def at(self, point: int) -> Scenario:
        """Give the scenario at a point; see `Points.scenario`."""
        return self.points.scenario(self.resolved, point)

    @cached_property
    def first(self) -> Scenario:
        """The scenario at the first point."""
        return self.at(0)


def settings(
    scenario: Scenario, resolved: dict[str, Any], points: Points | None
) -> Scenario | Sampled:
    """Give what a worker needs to run a scenario."""
    return scenario if points is None else Sampled(resolved, points)


def _valued(design: Design, shares: Floats, blocks: NDArray[np.int64]) -> Points:
    columns = [within(each, shares[:, place]) for place, each in enumerate(design.ranges)]
    return Points(design, shares, np.column_stack(columns), blocks.astype(np.int64))


def _levels(design: Design) -> Floats:
    return np.linspace(0.0, 1.0, design.size)


def _grid(design: Design) -> Floats:
    axes = np.meshgrid(*[_levels(design)] * len(design.ranges), indexing="ij")
    return np.column_stack([axis.ravel() for axis in axes])


def _one_at_a_time(design: Design) -> Floats:
    k = len(design.ranges)
    shares = np.full((design.points, k), np.nan)
    for place in range(k):
        first = 1 + place * design.size
        shares[first : first + design.size, place] = _levels(design)
    return shares


def _latin(design: Design) -> Floats:
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube(len(design.ranges), rng=design.seed)
    return np.asarray(sampler.random(design.size))


def _listed(design: Design) -> Floats:
    low, high = (np.array([getattr(r, end) for r in design.ranges]) for end in ("low", "high"))
    return np.asarray((np.array(design.listed).T - low) / np.where(high > low, high - low, 1.0))


def _sobol(design: Design) -> Floats:
    from SALib.sample import sobol

    shares = sobol.sample(_problem(design), design.size, calc_second_order=False, seed=design.seed)
    return np.asarray(shares)


def _morris(design: Design) -> Floats:
    from SALib.sample import morris

    shares = morris.sample(_problem(design), design.size, MORRIS_LEVELS, seed=design.seed)
    return np.asarray(shares)


def _problem(design: Design) -> dict[str, Any]:
    """Describe the unit cube in the words of SALib."""
    names = [each.path for each in design.ranges]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
