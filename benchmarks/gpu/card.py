"""What two worlds on a GPU have in common: a launch, and room for as many runs as threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from benchmarks.gpu import twins

Sums = NDArray[np.int32]
"""Numbers by runs; the last line is not 0 where a run had no room for its rows."""


class NoRoomError(Exception):
    """A run has more rows than there is room for."""


@dataclass(frozen=True)
class Shape:
    """How a kernel is launched."""

    blocks: int
    threads: int = 128
    """Of a block."""

    @property
    def lanes(self) -> int:
        """Runs at a time."""
        return self.blocks * self.threads


@dataclass
class Card:
    """A world on the card.

    Parameters
    ----------
    shape : Shape
        Threads that work side by side; each takes one run after the other.
    kernel : kernel
        Takes tables, states, what is written, the first replicate and the sums to fill.
    lines : int
        Numbers that are kept of a run.
    tables : named tuple of ndarray
        What all runs share, copied to the card with each launch.
    states, written : arrays on the card
        Room for the state of each thread, and for the rows of its run.
    """

    shape: Shape
    kernel: Any
    lines: int
    tables: Any
    states: Any
    written: Any

    @property
    def megabytes(self) -> float:
        """Memory of states and rows."""
        written = self.written if isinstance(self.written, tuple) else (self.written,)
        return sum(array.nbytes for array in (*self.states, *written)) / 1e6

    def run(self, first: int, count: int) -> tuple[Sums, float]:
        """Give the sums of runs, and the milliseconds of the kernel alone."""
        blocks = min(self.shape.blocks, -(-count // self.shape.threads))
        sums = cuda.device_array((self.lines, count), np.int32)
        shared = twins.on_card(self.tables)
        begin, end = cuda.event(), cuda.event()
        begin.record()
        self.kernel[blocks, self.shape.threads](shared, self.states, self.written, first, sums)
        end.record()
        end.synchronize()
        found = sums.copy_to_host()
        if found[-1].any():
            raise NoRoomError(f"{np.count_nonzero(found[-1])} of {count} runs")
        return found, begin.elapsed_time(end)
