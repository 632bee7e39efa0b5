"""How large events are: quantiles, and lognormal against power law."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis import intervals
from analysis.events.statistics import tails
from analysis.events.statistics.log import EventLog
from analysis.events.statistics.tails import Tail
from analysis.intervals import Estimate

PROBABILITIES = (0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Severity:
    """Sizes of the events of a log.

    ``events`` counts those whose size is known, ``deadly`` is the share of at least 1, and
    ``quantiles`` has the ``size`` of these at each ``probability`` with its 95 % interval from
    order statistics. ``whole`` are both laws fitted to all sizes of 1 or more, if there are 25 of
    them and three different ones; ``tail`` from the size up where a power law comes nearest.
    """

    events: int
    deadly: Estimate
    largest: int
    quantiles: pd.DataFrame = field(repr=False)
    whole: Tail | None
    tail: Tail | None


def severity(log: EventLog, fewest: int = tails.FEWEST) -> Severity:
    """Describe sizes, and compare a lognormal with a power law.

    Sizes are whole numbers such as persons killed; others are rounded. A heavy lognormal and a
    power law are hard to tell apart below a few hundred events: read ``favours`` with the number of
    events, and prefer the quantiles. The tail keeps at least ``fewest`` events. A log without
    sizes, or with negative ones, raises ValueError.
    """
    if log.size is None:
        raise ValueError("this log has no sizes")
    known = np.round(log.size[np.isfinite(log.size)]).astype(np.int64)
    if np.any(known < 0):
        raise ValueError(f"sizes must not be negative, got {known.min()}")
    deadly = known[known > 0]
    start = tails.best_xmin(deadly, fewest)
    enough = start is not None and len(deadly) >= fewest
    return Severity(
        events=len(known),
        deadly=intervals.share(len(deadly), len(known)),
        largest=int(known.max()) if len(known) else 0,
        quantiles=_quantiles(deadly.astype(float)),
        whole=tails.fit(deadly, 1) if enough else None,
        tail=tails.fit(deadly, start) if start is not None else None,
    )


def _quantiles(deadly: np.ndarray) -> pd.DataFrame:
    rows = [
        (probability, intervals.quantile(deadly, probability))
        + (intervals.quantile_interval(deadly, probability) if len(deadly) else (math.nan,) * 2)
        for probability in PROBABILITIES
    ]
    return pd.DataFrame(rows, columns=["probability", "size", "low", "high"])
