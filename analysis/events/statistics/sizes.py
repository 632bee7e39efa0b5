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

    Parameters
    ----------
    events : int
        Events whose size is known.
    deadly : Estimate
        Share of them with a size of at least 1.
    largest : int
        Largest size.
    quantiles : pandas.DataFrame
        One row per ``probability``: ``size`` among the events of size 1 or more, with its
        95 % interval ``low``, ``high`` from order statistics (NaN where there is none).
    whole : Tail or None
        Both laws fitted to all sizes of 1 or more; None with fewer than 25 of them or fewer
        than three different ones.
    tail : Tail or None
        Both laws fitted from the size up where a power law comes nearest.
    """

    events: int
    deadly: Estimate
    largest: int
    quantiles: pd.DataFrame = field(repr=False)
    whole: Tail | None
    tail: Tail | None


def severity(log: EventLog, fewest: int = tails.FEWEST) -> Severity:
    """Describe sizes, and compare a lognormal with a power law.

    Sizes are whole numbers such as persons killed; others are rounded. A heavy lognormal and
    a power law are hard to tell apart below a few hundred events: read ``favours`` with the
    number of events, and prefer the quantiles.

    Parameters
    ----------
    log : EventLog
        With sizes.
    fewest : int
        Events that the tail keeps at least.

    Returns
    -------
    Severity

    Raises
    ------
    ValueError
        When the log has no sizes, or negative ones.
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
