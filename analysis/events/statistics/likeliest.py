"""The most likely self-exciting process for a log, without its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from analysis import wording
from analysis.arrays import Floats
from analysis.events.statistics.hawkes import Background, Problem
from analysis.events.statistics.log import EventLog

Bounds = list[tuple[float, float]]
SPACING = 672.0
FEWEST = 30
LARGEST_BRANCHING = 1.5
_STARTS: dict[int, tuple[tuple[float, ...], ...]] = {
    1: ((2.0,), (48.0,)),
    2: ((0.1, 3.0), (1.0, 48.0), (6.0, 240.0)),
}


@dataclass(frozen=True, eq=False)
class Likeliest:
    """The parameters ``x`` of a self-exciting process with the smallest negative log-likelihood."""

    problem: Problem
    x: Floats
    loss: float
    bounds: Bounds


def likeliest(
    log: EventLog, kernels: int = 1, *, spacing: float = SPACING, daily: bool = True, seed: int = 0
) -> Likeliest:
    """Maximise the likelihood from several starts."""
    if kernels not in _STARTS:
        raise ValueError(f"kernels must be 1 or 2, got {kernels}")
    if len(log) < FEWEST:
        few = wording.too_few(len(log), "event")
        raise ValueError(f"{few} to fit excitation; {FEWEST} are needed")
    log.need("fits of excitation", spacing / 4)
    if log.length / 4 <= log.resolution / 2:
        raise ValueError("the span is too short for the accuracy of its times")
    problem = Problem(log.spread(seed), background(log, spacing, daily), kernels)
    bounds = _bounds(log, problem)
    x, loss = min(
        (minimise(problem, _start(log, problem, lives), bounds) for lives in _STARTS[kernels]),
        key=lambda found: float(found[1]),
    )
    return Likeliest(problem, x, loss, bounds)


def background(log: EventLog, spacing: float, daily: bool) -> Background:
    """Lay evenly spaced knots over a log, with its hour-of-day factor where it knows hours."""
    knots = np.linspace(0, log.length, max(2, round(log.length / spacing) + 1))
    cells = np.arange(math.ceil(log.length), dtype=float)
    factor = np.ones(len(cells))
    if daily and log.dated and log.resolution <= 1 + 1e-9:
        middle = np.minimum(cells + 0.5, log.length)
        factor = hour_factor(log)[np.asarray(log.at(middle).hour)]
    return Background(knots, factor / factor.mean(), log.length)


def hour_factor(log: EventLog) -> Floats:
    """Hour-of-day counts, smoothed over five hours and drawn a little towards flat."""
    counts = np.bincount(log.hour_of_day, minlength=24) + 1.0
    smooth = sum(w * np.roll(counts, s) for s, w in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True))
    return np.asarray(smooth / np.mean(smooth))


def _bounds(log: EventLog, problem: Problem) -> list[tuple[float, float]]:
    level = math.log(len(log) / log.length)
    life = (math.log(max(log.resolution / 2, 1 / 60)), math.log(log.length / 4))
    share = [(0.0, 1.0)] if problem.kernels == 2 else []
    knots = [(level - 12, level + 6)] * len(problem.background.knots)
    return [*knots, (0.0, LARGEST_BRANCHING), *share, *[life] * problem.kernels]


def _start(log: EventLog, problem: Problem, lives: tuple[float, ...]) -> Floats:
    knots = len(problem.background.knots)
    near = np.round(log.hours / log.length * (knots - 1)).astype(np.intp)
    counts = np.bincount(near, minlength=knots) + 0.5
    counts[[0, -1]] *= 2
    levels = np.log(0.6 * counts * (knots - 1) / log.length)
    share = [0.5] if problem.kernels == 2 else []
    return np.array([*levels, 0.4, *share, *np.log(lives)])


def minimise(problem: Problem, start: Floats, bounds: Bounds) -> tuple[Floats, float]:
    """Find the parameters of least loss near a start, within bounds."""
    low, high = np.array(bounds).T
    found = optimize.minimize(
        problem.loss, np.clip(start, low, high), jac=True, method="TNC", bounds=bounds,
        options={"maxfun": 2000},
    )  # fmt: skip
    return np.asarray(found.x), float(found.fun)
