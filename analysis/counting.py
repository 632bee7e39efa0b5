"""Ticks of runs that were stored without them: what can be counted from their engagements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.parameters import Clock
from sim.records import DEAD, TICKS

OF_EACH = {
    "engagements": (),
    "killed": DEAD,
    "wounded": ("attacker_wounded", "target_wounded"),
}
"""The columns of engagements whose sum each count is; engagements themselves are counted."""
COUNTED = ("scenario", "replicate", "tick", "time", *OF_EACH)
NOT_COUNTED = tuple(column.name for column in TICKS if column.name not in COUNTED)
NEEDED = ("replicate", "tick", *dict.fromkeys(name for sums in OF_EACH.values() for name in sums))
_KINDS = {column.name: column.numpy for column in TICKS}


def ticks(
    replicates: NDArray[np.int32],
    engagements: pd.DataFrame,
    clock: Clock,
    columns: Sequence[str],
) -> pd.DataFrame:
    """Count the ticks of some runs, ascending, from all their engagements."""
    number = clock.n_ticks
    rows = len(replicates) * number
    at = np.searchsorted(replicates, engagements["replicate"]) * number + engagements["tick"]

    def column(name: str) -> object:
        if name == "replicate":
            return np.repeat(replicates, number)
        if name == "tick":
            return np.tile(np.arange(number, dtype=np.int32), len(replicates))
        if name == "time":
            seconds = np.rint(np.arange(number) * clock.tick * 3600).astype(np.int64)
            start = int(clock.start_utc.timestamp())
            times = np.tile(start + seconds, len(replicates))
            return pd.DatetimeIndex(times.view("datetime64[s]")).tz_localize("UTC")
        sums = OF_EACH[name]
        each = engagements[list(sums)].sum(axis=1) if sums else None
        return np.bincount(at, each, rows).astype(_KINDS[name])

    return pd.DataFrame({name: column(name) for name in columns})
