"""Waiting times between events: burstiness and memory, against a Poisson process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import wording
from analysis.arrays import Floats
from analysis.chance import Generator, generator
from analysis.events.statistics.log import EventLog
from analysis.intervals import ENDS, Estimate

FEWEST = 10


@dataclass(frozen=True)
class Waiting:
    """Burstiness and memory of the waiting times of a log, with intervals by a block bootstrap.

    The Poisson bands hold the middle 95 % of Poisson processes with as many events in the span,
    recorded to the same resolution; each p is two-sided against them.
    """

    intervals: int
    burstiness: Estimate
    memory: Estimate
    poisson_burstiness: tuple[float, float]
    poisson_memory: tuple[float, float]
    burstiness_p: float
    memory_p: float


def waiting(log: EventLog, seed: int = 0, draws: int = 499) -> Waiting:
    """Measure burstiness and memory of waiting times (Goh and Barabasi 2008).

    Burstiness is (s - m) / (s + m) with mean m and standard deviation s of the waiting times: -1
    for a clock, 0 for a Poisson process, towards 1 for bursts. Memory is the correlation of a
    waiting time with the next. A daily rhythm or a drifting rate makes both positive even without
    any effect of one event on the next. Fewer than 11 events, or all at one time, raise ValueError.
    """
    log.need("waiting times", 24.0)
    gaps = np.diff(log.hours)
    if len(gaps) < FEWEST:
        few = wording.too_few(len(gaps), "waiting time")
        raise ValueError(f"{few}; {FEWEST} are needed")
    if not gaps.any():
        raise ValueError("all events have one time")
    rng = generator(seed, "waiting")
    value = _statistics(gaps[:-1], gaps[1:])
    null = np.array([_null(log, rng) for _ in range(draws)])
    errors, lows, highs = _bootstrap(gaps, rng, draws)
    burstiness, memory = (
        Estimate(*map(float, row)) for row in zip(value, errors, lows, highs, strict=True)
    )
    low, high = np.quantile(null, ENDS, axis=0)
    return Waiting(
        intervals=len(gaps),
        burstiness=burstiness,
        memory=memory,
        poisson_burstiness=(float(low[0]), float(high[0])),
        poisson_memory=(float(low[1]), float(high[1])),
        burstiness_p=two_sided(value[0], null[:, 0]),
        memory_p=two_sided(value[1], null[:, 1]),
    )


def two_sided(value: float, null: Floats) -> float:
    """Monte-Carlo p of a value among draws of a null model, both tails counted."""
    below, above = int((null <= value).sum()), int((null >= value).sum())
    return min(1.0, 2 * (1 + min(below, above)) / (1 + len(null)))


def _statistics(gaps: Floats, following: Floats) -> Floats:
    """Burstiness of the gaps and memory of the pairs; the last axis runs over gaps."""
    mean, spread = gaps.mean(axis=-1), gaps.std(axis=-1)
    total = spread + mean
    burstiness = (spread - mean) / np.where(total > 0, total, 1.0)
    product = ((gaps - mean[..., None]) * (following - following.mean(axis=-1)[..., None])).mean(-1)
    scale = spread * following.std(axis=-1)
    memory = np.where(scale > 0, product / np.where(scale > 0, scale, 1.0), 0.0)
    return np.stack([burstiness, memory], axis=-1)


def _null(log: EventLog, rng: Generator) -> Floats:
    times = np.sort(rng.random(len(log))) * log.length
    if log.resolution:
        times = np.floor(times / log.resolution) * log.resolution
    gaps = np.diff(times)
    return _statistics(gaps[:-1], gaps[1:])


def _bootstrap(gaps: Floats, rng: Generator, draws: int) -> tuple[Floats, Floats, Floats]:
    """Resample circular blocks of pairs; the error and the basic interval of both."""
    first, second = gaps[:-1], gaps[1:]
    size = len(first)
    width = max(1, round(size ** (1 / 3)), size // 500)
    step = np.arange(width)
    samples = np.empty((draws, 2))
    for draw in range(draws):
        starts = rng.integers(size, size=-(-size // width))
        rows = ((starts[:, None] + step) % size).ravel()[:size]
        samples[draw] = _statistics(first[rows], second[rows])
    value = _statistics(first, second)
    low, high = np.quantile(samples, ENDS, axis=0)
    clip = np.clip([2 * value - high, 2 * value - low], -1, 1)
    return samples.std(axis=0), clip[0], clip[1]
