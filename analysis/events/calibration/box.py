"""A box within the ranges of a prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats


@dataclass(frozen=True, eq=False)
class Box:
    """Narrower ranges of some parameters; ends are places within those of the prior, 0 to 1."""

    low: Floats
    high: Floats

    @classmethod
    def whole(cls, parameters: int) -> Box:
        """Give the box of all ranges."""
        return cls(np.zeros(parameters), np.ones(parameters))

    @property
    def volume(self) -> float:
        """Share of the prior that lies inside, 0 to 1."""
        return float(np.prod(self.high - self.low))

    def holds(self, shares: Floats) -> NDArray[np.bool_]:
        """Say which draws lie inside."""
        return np.asarray(((shares >= self.low) & (shares <= self.high)).all(axis=1))

    def inner(self, shares: Floats) -> Floats:
        """Turn places within the ranges of the prior into those within the box."""
        return (shares - self.low) / (self.high - self.low)

    def outer(self, shares: Floats) -> Floats:
        """Turn places within the box into those within the ranges of the prior."""
        return self.low + shares * (self.high - self.low)
