"""Fit a self-exciting (Hawkes) process: branching ratio, half-life, and how well it fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, special

from analysis.arrays import Floats
from analysis.events.statistics.hawkes import Problem
from analysis.events.statistics.likeliest import SPACING, Bounds, likeliest, minimise
from analysis.events.statistics.log import EventLog
from analysis.intervals import LEVEL, NOTHING, Estimate, Z

_DROP = float(special.chdtri(1, 1 - LEVEL)) / 2
_STEP = 1e-4


@dataclass(frozen=True)
class Excitation:
    """A fitted self-exciting process.

    ``branching`` is the expected number of direct offspring of an event, all kernels together; its
    95 % interval comes from the curvature of the likelihood where that lies well inside the
    possible values, else from the profile likelihood. ``shares`` are the parts of it in each
    kernel, the fastest first, and ``half_lives`` [h] have intervals from the curvature: NaN for a
    kernel without offspring, none at a bound of the search, and down to 0 where they are shorter
    than the accuracy of the times. ``at_most`` tells a branching ratio at its bound. ``background``
    has the ``hour`` of each knot and the ``rate`` there [1/h], daily rhythm aside.

    ``aic`` counts knots, branching, share and half-lives. ``p`` is against the same background
    without excitation (likelihood ratio, chi-squared with two degrees of freedom a kernel, which is
    on the safe side). ``residuals`` are the waiting times, rescaled by the fitted rate;
    ``residual_ks`` and ``residual_p`` test that they are those of a unit Poisson process
    (Kolmogorov-Smirnov, with the approximation of Stephens 1970, JRSS B 32:115).
    """

    kernels: int
    events: int
    branching: Estimate
    shares: tuple[float, ...]
    half_lives: tuple[Estimate, ...]
    background: pd.DataFrame = field(repr=False)
    log_likelihood: float
    aic: float
    p: float
    residual_ks: float
    residual_p: float
    residuals: Floats = field(repr=False)
    at_most: bool = False


def excitation(
    log: EventLog, kernels: int = 1, *, spacing: float = SPACING, daily: bool = True, seed: int = 0
) -> Excitation:
    """Fit a Hawkes process with one or two exponential kernels and a smooth background.

    Slow excitation and a drifting background look alike: the closer the knots, ``spacing`` hours
    apart, the smaller the branching ratio (`by_spacing` shows how much). An excitation with a
    half-life near or beyond the spacing cannot be distinguished from the background. With ``daily``
    the background follows the log's own smoothed hour-of-day profile. Fewer than 30 events raise
    ValueError.
    """
    best = likeliest(log, kernels, spacing=spacing, daily=daily, seed=seed)
    problem, x, loss, bounds = best.problem, best.x, best.loss, best.bounds
    place = len(problem.background.knots)
    alone = _fixed(problem, x, bounds, place, 0.0)[1]
    p = float(special.chdtrc(2 * kernels, max(0.0, 2 * (alone - loss))))
    residuals = np.diff(problem.compensator(x))
    distance, residual_p = _exponential(residuals)
    levels, offspring, _ = problem.split(x)
    order = np.argsort(x[-kernels:])
    errors = _errors(problem, x, bounds)
    lives = _half_lives(x, errors, offspring, log.resolution)
    return Excitation(
        kernels=kernels,
        events=len(log),
        branching=_branching(problem, x, loss, bounds, float(errors[place])),
        shares=tuple(float(offspring[k]) for k in order),
        half_lives=tuple(lives[k] for k in order),
        background=pd.DataFrame({"hour": problem.background.knots, "rate": levels}),
        log_likelihood=-loss,
        aic=2 * loss + 2 * len(x),
        p=p,
        residual_ks=distance,
        residual_p=residual_p,
        residuals=residuals,
        at_most=bool(x[place] > bounds[place][1] - _STEP),
    )


def _exponential(waits: Floats) -> tuple[float, float]:
    """Test waiting times against the unit exponential: Kolmogorov-Smirnov distance and p."""
    reached, steps = -np.expm1(-np.sort(waits)), np.arange(len(waits) + 1) / len(waits)
    distance = float(max((steps[1:] - reached).max(), (reached - steps[:-1]).max()))
    root = math.sqrt(len(waits))
    return distance, float(special.kolmogorov(distance * (root + 0.12 + 0.11 / root)))


def by_spacing(
    log: EventLog, spacings: Sequence[float] = (168.0, 336.0, 672.0, 2016.0), kernels: int = 1
) -> pd.DataFrame:
    """Show how the branching ratio depends on how freely the background may move.

    One row per ``spacing`` [h]: ``branching``, ``low``, ``high``, ``half_life`` of the slowest
    kernel [h], ``aic`` and ``residual_p``.
    """
    rows = []
    for spacing in spacings:
        fit = excitation(log, kernels, spacing=spacing)
        n, life = fit.branching, fit.half_lives[-1].value
        rows.append((spacing, n.value, n.low, n.high, life, fit.aic, fit.residual_p))
    names = ["spacing", "branching", "low", "high", "half_life", "aic", "residual_p"]
    return pd.DataFrame(rows, columns=names)


def _fixed(
    problem: Problem, x: Floats, bounds: Bounds, place: int, value: float
) -> tuple[Floats, float]:
    """Best fit with one parameter held."""
    held = [*bounds[:place], (value, value), *bounds[place + 1 :]]
    return minimise(problem, x, held)


def _branching(problem: Problem, x: Floats, loss: float, bounds: Bounds, error: float) -> Estimate:
    """Branching ratio with its interval; the profile is slow and seldom needed."""
    place = len(problem.background.knots)
    value, reach = float(x[place]), Z * error
    if 2 * reach < min(value - bounds[place][0], bounds[place][1] - value):
        return Estimate(value, error, value - reach, value + reach)
    return _profile(problem, x, loss, bounds)


def _profile(problem: Problem, x: Floats, loss: float, bounds: Bounds) -> Estimate:
    """Branching ratio with its profile-likelihood interval."""
    place = len(problem.background.knots)
    value, warm = float(x[place]), {float(x[place]): x}

    def excess(n: float) -> float:
        near = min(warm, key=lambda known: abs(known - n))
        warm[n], held = _fixed(problem, warm[near], bounds, place, n)
        return held - loss - _DROP

    def crossing(edge: float) -> float:
        step = math.copysign(max(0.04, 0.1 * value), edge - value)
        inner = value
        while inner != edge:
            outer = min(inner + step, edge) if step > 0 else max(inner + step, edge)
            if excess(outer) > 0:
                return float(optimize.brentq(excess, inner, outer, xtol=2e-3))
            inner, step = outer, 2 * step
        return edge

    low, high = (crossing(edge) for edge in bounds[place])
    return Estimate(value, math.nan, low, high)


def _errors(problem: Problem, x: Floats, bounds: Bounds) -> Floats:
    """Take standard errors from the curvature; NaN at a bound and where the likelihood is flat."""
    low, high = np.array(bounds).T
    free = (x > low + 2 * _STEP) & (x < high - 2 * _STEP)
    slopes = [
        problem.loss(x + shift)[1] - problem.loss(x - shift)[1]
        for shift in _STEP * np.eye(len(x))[free]
    ]
    hessian = np.array(slopes).reshape(-1, len(x))[:, free] / (2 * _STEP)
    curved = np.diag(hessian) > 1e-2
    kept = np.flatnonzero(free)[curved]
    hessian = ((hessian + hessian.T) / 2)[np.ix_(curved, curved)]
    errors = np.full(len(x), math.nan)
    if len(kept) and np.linalg.eigvalsh(hessian)[0] > 0:
        errors[kept] = np.sqrt(np.diag(np.linalg.inv(hessian)))
    return errors


def _half_lives(
    x: Floats, errors: Floats, offspring: Floats, accuracy: float
) -> tuple[Estimate, ...]:
    """Half-lives with intervals on the log scale, none of them finer than the times."""
    found = []
    for place, amount in enumerate(offspring, start=len(x) - len(offspring)):
        value, reach = math.exp(x[place]), Z * float(errors[place])
        low, high = value * math.exp(-min(reach, 99.0)), value * math.exp(min(reach, 99.0))
        if value <= accuracy * (1 + 1e-6):
            low, high = 0.0, max(accuracy, high) if math.isfinite(high) else accuracy
        found.append(NOTHING if amount < 1e-3 else Estimate(value, math.nan, low, high))
    return tuple(found)
