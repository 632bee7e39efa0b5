"""Forecast from one origin after another, and score each forecast by what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlog1py, xlogy

from analysis import scores
from analysis.arrays import Floats
from analysis.events.forecast.plan import Forecaster, Plan, counts_after, history
from analysis.events.statistics import EventLog

TOTAL = 0
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


@dataclass(frozen=True, eq=False)
class Rolled:
    """Forecasts from rolling origins beside what happened.

    ``table`` has one row per ``forecaster``, ``series`` (a place, or empty for all events),
    ``origin`` (number from 0), and ``lead`` (window from 1; 0 for all windows together): the
    ``start`` of the window [h], the count ``observed``, mean and quantiles of the forecast, its
    ``crps`` [events] and ``log_score`` [nats], and the shares of the sample ``below`` and ``up_to``
    the observed count. ``origins`` are in hours.
    """

    table: pd.DataFrame = field(repr=False)
    log: EventLog
    plan: Plan
    origins: list[float]


def roll(
    log: EventLog,
    forecasters: Sequence[Forecaster],
    plan: Plan,
    tell: Callable[[int, int], None] | None = None,
) -> Rolled:
    """Forecast from rolling origins; at each, only what lies before it is known.

    Parameters
    ----------
    log : EventLog
        With the events to be forecast.
    forecasters : sequence of Forecaster
        Whose names differ.
    plan : Plan
        When and for what.
    tell : callable, optional
        Told after each origin how many of how many are done.

    Returns
    -------
    Rolled

    Raises
    ------
    ValueError
        When the log is too short for the plan, or a forecaster's sample has another shape
        than was asked for.
    """
    origins = plan.origins(log)
    rows: list[dict[str, Any]] = []
    for number, origin in enumerate(origins):
        known = history(log, origin)
        followed = dict(counts_after(log, origin, plan.horizon))
        for forecaster in forecasters:
            sample = forecaster.predict(known, plan.horizon)
            _check(forecaster.name, sample, plan)
            for place, series in enumerate(plan.horizon.series):
                for row in _rows(sample[:, :, place], followed[series]):
                    start = origin + plan.horizon.width * max(row["lead"] - 1, 0)
                    key = {"forecaster": forecaster.name, "series": series, "origin": number}
                    rows.append(key | {"start": start} | row)
        if tell is not None:
            tell(number + 1, len(origins))
    return Rolled(pd.DataFrame(rows), log, plan, origins)


def log_score(sample: Floats, observed: ArrayLike) -> Floats:
    """Logarithmic score of a sample of counts, one for each column.

    That of the negative-binomial distribution with the sample's mean and variance, or of the
    Poisson distribution where the variance is no larger than the mean. A sample says nothing
    of counts that are not in it; two moments always give a finite score, and for the Poisson
    and negative-binomial baselines they are exact up to the size of the sample.
    """
    count = np.asarray(observed, dtype=float)
    mean = (sample.sum(axis=0) + 0.5) / len(sample)
    excess = sample.var(axis=0, ddof=1) - mean
    spread = excess > 0
    size = mean**2 / np.where(spread, excess, 1.0)
    chance = size / (size + mean)
    poisson = xlogy(count, mean) - mean
    negative = gammaln(count + size) - gammaln(size)
    negative += size * np.log(chance) + xlog1py(count, -chance)
    return np.asarray(gammaln(count + 1) - np.where(spread, negative, poisson))


def _rows(sample: Floats, observed: Floats) -> Iterator[dict[str, Any]]:
    """Score all windows together, and each of them."""
    counts = np.sort(np.column_stack([sample.sum(axis=1), sample]), axis=0)
    happened = np.concatenate([[observed.sum()], observed])
    columns = {
        "observed": happened,
        "mean": counts.mean(axis=0),
        **dict(zip(QUANTILES, _quantiles(counts), strict=True)),
        "crps": scores.crps_of_ordered(counts, happened),
        "log_score": log_score(counts, happened),
        "below": (counts < happened).mean(axis=0),
        "up_to": (counts <= happened).mean(axis=0),
    }
    for lead, numbers in enumerate(zip(*(each.tolist() for each in columns.values()), strict=True)):
        yield {"lead": lead} | dict(zip(columns, numbers, strict=True))


def _quantiles(ordered: Floats) -> Floats:
    """Give the smallest counts up to which there is at least each share of the sample."""
    shares = np.array([*QUANTILES.values()])
    places = np.ceil(np.round(shares * len(ordered), 9)).astype(np.intp) - 1
    return ordered[np.maximum(places, 0)]


def _check(name: str, sample: Floats, plan: Plan) -> None:
    wanted = (plan.horizon.windows, len(plan.horizon.series))
    if sample.ndim != 3 or sample.shape[1:] != wanted or len(sample) < 2:
        raise ValueError(
            f"{name} gave a sample of shape {sample.shape}; (draws, {wanted[0]}, {wanted[1]}) with"
            " at least 2 draws is needed"
        )
    if not (np.isfinite(sample).all() and sample.min() >= 0):
        raise ValueError(f"{name} gave counts that are negative or not finite")
