"""Logs in bounded memory: as many replicates at a time as fit into one buffer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.toy import world as toy
from benchmarks.toy.tables import Ints

CHUNK = 256
"""Replicates at a time."""
ROWS = 120_000
"""Rows of the buffer at the start; it grows if one replicate does not fit."""

Logs = tuple[NDArray[np.void], Ints]
"""Lines of replicates one after the other, and the row after the last of each."""
RunMany = Callable[[int, Ints, NDArray[np.void]], int]
"""From a first replicate, the ends to fill and the log to fill to how many fitted."""


def chunks(run_many: RunMany, first: int, count: int) -> Iterator[Logs]:
    """Run replicates from ``first`` on; a chunk is overwritten by the next one."""
    log = np.zeros(ROWS, toy.EVENT)
    ends = np.zeros(CHUNK, np.int64)
    start = first
    while start < first + count:
        done = run_many(start, ends[: first + count - start], log)
        if done == 0:
            log = np.zeros(2 * log.size, toy.EVENT)
        else:
            yield log[: ends[done - 1]], ends[:done]
        start += done
