"""What a design is: a method, its size, and the ranges of the numbers that are varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sim.scenario.shape import write_number
from sim.units import format_local_time

BLOCK = "design"
UNCERTAINTY = "uncertainty"
LISTED = "listed"


@dataclass(frozen=True)
class Method:
    """What a method counts as its ``size``, and the default."""

    counts: str
    default: int


METHODS = {
    "grid": Method("levels of each parameter", 5),
    "one_at_a_time": Method("levels of each parameter", 2),
    "latin": Method("points", 100),
    "sobol": Method("base points, a power of two", 64),
    "morris": Method("trajectories", 10),
    LISTED: Method("points; it follows from values", 2),
}


@dataclass(frozen=True)
class Range:
    """One number that is varied, from ``low`` to ``high``.

    Numbers are in the unit of their ``kind``: durations in h, rates in 1/h, local times in h after
    the start of the run. ``low < high``, or the same where points are listed; ``base`` is the
    scenario's own value, NaN when it has none. With ``log`` equal steps are equal factors.
    """

    path: str
    kind: str
    low: float
    high: float
    base: float
    log: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """The path, step by step."""
        return tuple(self.path.split("."))


@dataclass(frozen=True)
class Design:
    """Points of a scenario's parameters at which it is run.

    The method decides what ``size`` counts; ``seed`` is that of the sampler; times count from
    ``start``, the local start of the run. ``listed`` holds the values of each range at all points,
    where points are listed.
    """

    method: str
    size: int
    ranges: tuple[Range, ...]
    seed: int
    start: datetime
    listed: tuple[tuple[float, ...], ...] = ()

    @property
    def points(self) -> int:
        """Number of points."""
        k = len(self.ranges)
        counts: dict[str, int] = {
            "grid": self.size**k,
            "one_at_a_time": 1 + self.size * k,
            "latin": self.size,
            "sobol": self.size * (k + 2),
            "morris": self.size * (k + 1),
            LISTED: self.size,
        }
        return counts[self.method]

    @property
    def blocks(self) -> int:
        """Number of blocks of points that share their random numbers.

        Points that are compared with each other form one: a whole grid, the points made from
        one base point, a trajectory. Each point of a Latin hypercube or a list is one alone.
        """
        return self.size if self.method in {"latin", "sobol", "morris", LISTED} else 1

    @property
    def spec(self) -> dict[str, Any]:
        """The block of a scenario file that gives this design."""
        if self.method == LISTED:
            columns = zip(self.ranges, self.listed, strict=True)
            values = {each.path: [self.write(each, v) for v in column] for each, column in columns}
            return {"method": LISTED, "values": values}
        return {
            "method": self.method,
            "size": self.size,
            "ranges": {
                each.path: {
                    "low": self.write(each, each.low),
                    "high": self.write(each, each.high),
                    "scale": "log" if each.log else "linear",
                }
                for each in self.ranges
            },
            "seed": self.seed,
        }

    def write(self, varied: Range, value: float) -> Any:
        """Write a value as a scenario file has it; see `write_value`."""
        return write_value(varied, value, self.start)


def write_value(varied: Range, value: float, start: datetime) -> Any:
    """Write a value of a number as a scenario file has it."""
    return write_count(varied.kind, value, start)


def write_count(kind: str, value: float, start: datetime) -> Any:
    """Write a number of a kind as a scenario file has it; times count from ``start``."""
    if kind == "local time":
        return format_local_time(start + timedelta(minutes=round(60 * value)))
    return write_number(kind, value)


def short_keys(paths: Sequence[str]) -> list[str]:
    """Shorten dotted paths as far as they stay different."""
    return [_short_key(path, [other for other in paths if other != path]) for path in paths]


def _short_key(path: str, others: Sequence[str]) -> str:
    parts = path.split(".")
    for length in range(1, len(parts)):
        if all(other.split(".")[-length:] != parts[-length:] for other in others):
            return ".".join(parts[-length:])
    return path
