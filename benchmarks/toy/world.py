"""The toy world: its numbers, its map and its tables, one source for every contestant.

Every contestant gets the same binary64 numbers from here; ``benchmarks/README.md`` tells the
rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20260
WITHDRAW_AT = 150
"""Deaths of a group above which it withdraws."""
REVIEW = 5
"""Ticks between two reviews of a security unit."""
TRANSIT = 7
"""Ticks that a security unit is on its way."""
SECURITY_FULL = 3
"""Settled security units that make presence 1."""
SEVERITY_CAP = 30
POISSON_CAP = 200
"""No count is larger."""
SIDE_BY_SIDE = 128
"""Replicates that numpy runs side by side."""

BACKGROUND = 0.0012
EXCITATION = 0.0095
KEEP = math.exp(-1 / 20)
KEEP_RECENT = math.exp(-1 / 10)
DETERRENCE = 0.6
SPILLOVER = 0.1
HEAVY = 0.08
SEVERITY = 0.25
KILLED_TARGET, WOUNDED_TARGET, KILLED_ATTACKER, WOUNDED_ATTACKER = 1.2, 2.5, 0.5, 0.8
MARGIN = 2.0
WOUND_WEIGHT = 0.3
COMPLIANCE_LEAST, COMPLIANCE_RANGE = 0.3, 0.6
MOVE_CHANCE = 0.5

DECIDE, SEVERITY_DRAW, VICTIM, ATTACKER, MOVE, INITIAL = 0, 1, 2, 3, 4, 9
"""Purposes of the draws."""

EVENT = np.dtype(
    [
        ("tick", "<u2"),
        ("province", "<u2"),
        ("attacker", "<u1"),
        ("target", "<u1"),
        ("killed_target", "<u2"),
        ("wounded_target", "<u2"),
        ("killed_attacker", "<u2"),
        ("wounded_attacker", "<u2"),
        ("depth", "<u2"),
        ("hazard", "<f8"),
    ]
)
"""One row of the log: 24 bytes without gaps."""

IRAQ = {
    "Anbar": "Babil, Baghdad, Karbala, Najaf, Ninawa, Salah al-Din",
    "Arbil": "Dahuk, Kirkuk, Ninawa, Salah al-Din, Sulaymaniyah",
    "Babil": "Anbar, Baghdad, Karbala, Najaf, Qadisiyah, Wasit",
    "Baghdad": "Anbar, Babil, Diyala, Salah al-Din, Wasit",
    "Basra": "Dhi Qar, Maysan, Muthanna",
    "Dahuk": "Arbil, Ninawa",
    "Dhi Qar": "Basra, Maysan, Muthanna, Qadisiyah, Wasit",
    "Diyala": "Baghdad, Salah al-Din, Sulaymaniyah, Wasit",
    "Karbala": "Anbar, Babil, Najaf",
    "Kirkuk": "Arbil, Salah al-Din, Sulaymaniyah",
    "Maysan": "Basra, Dhi Qar, Wasit",
    "Muthanna": "Basra, Dhi Qar, Najaf, Qadisiyah",
    "Najaf": "Anbar, Babil, Karbala, Muthanna, Qadisiyah",
    "Ninawa": "Anbar, Arbil, Dahuk, Salah al-Din",
    "Qadisiyah": "Babil, Dhi Qar, Muthanna, Najaf, Wasit",
    "Salah al-Din": "Anbar, Arbil, Baghdad, Diyala, Kirkuk, Ninawa, Sulaymaniyah",
    "Sulaymaniyah": "Arbil, Diyala, Kirkuk, Salah al-Din",
    "Wasit": "Babil, Baghdad, Dhi Qar, Diyala, Maysan, Qadisiyah",
}
"""The governorates but Halabja, by name, and their neighbours."""


def neighbours_of_iraq() -> list[list[int]]:
    names = list(IRAQ)
    return [sorted(names.index(name) for name in row.split(", ")) for row in IRAQ.values()]


def neighbours_of_grid(provinces: int) -> list[list[int]]:
    """Neighbours on a hexagonal grid, row by row, ``ceil(sqrt(provinces))`` columns."""
    width = math.ceil(math.sqrt(provinces))
    found: list[set[int]] = [set() for _ in range(provinces)]
    for here in range(provinces):
        row, column = divmod(here, width)
        slant = 1 if row % 2 else -1
        for down, across in ((0, 1), (1, 0), (1, slant)):
            there = (row + down) * width + column + across
            if 0 <= column + across < width and there < provinces:
                found[here].add(there)
                found[there].add(here)
    return [sorted(row) for row in found]


@dataclass(frozen=True)
class World:
    """Sizes of a toy world, and the tables that follow from them.

    Parameters
    ----------
    provinces : int
        18 is the map of Iraq, any other number a grid.
    groups : int
        Armed groups; each has one unit in each province.
    ticks : int
        Ticks of a run.
    strength : int
        Of a unit at the start.
    seed : int
        First word of the key of every draw.
    """

    provinces: int = 18
    groups: int = 5
    ticks: int = 360
    strength: int = 300
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.provinces < 2 or self.groups < 2 or self.ticks < 1:
            raise ValueError(f"{self}: at least 2 provinces, 2 groups and 1 tick are needed")

    @property
    def units(self) -> int:
        """Militia units."""
        return self.groups * self.provinces

    @property
    def pairs(self) -> int:
        """Hazard decisions in a tick: each unit and each rival."""
        return self.units * (self.groups - 1)

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """Neighbours of each province, ascending."""
        if self.provinces == len(IRAQ):
            return neighbours_of_iraq()
        return neighbours_of_grid(self.provinces)

    @cached_property
    def rivalry(self) -> NDArray[np.float64]:
        """Rivalry of each group with each other, shape (groups, groups)."""
        i = np.arange(self.groups)[:, None]
        j = np.arange(self.groups)[None, :]
        return np.where(i == j, 0.0, 0.5 + (3 * i + 5 * j + i * j) % 7 * 0.25)


def poisson_table(mean: float) -> list[float]:
    """List the sums that the inversion of a Poisson count compares a uniform with."""
    p = math.exp(-mean)
    sums = [p]
    for k in range(1, POISSON_CAP):
        p = p * mean / k
        sums.append(sums[-1] + p)
    return sums


def poisson_tables(mean: float) -> NDArray[np.float64]:
    """Stack the sums for every severity, shape (SEVERITY_CAP, POISSON_CAP)."""
    return np.array([poisson_table(mean * (m + 1)) for m in range(SEVERITY_CAP)])
