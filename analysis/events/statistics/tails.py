"""Discrete power law and lognormal on the same counts, and the test between them.

Both live on whole numbers from ``xmin`` up. SciPy's special functions do the work: the one
maintained library for this, powerlaw 2.0, warns of its own deprecated calls, which stops a
program that treats warnings as errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from analysis.arrays import Floats
from analysis.intervals import LEVEL, Estimate, Z

Verdict = Literal["lognormal", "power law", "neither"]
FEWEST = 25
_ALPHA = (1.01, 8.0)


@dataclass(frozen=True)
class Tail:
    """Power law and lognormal fitted to the ``events`` sizes of at least ``xmin``.

    ``alpha`` is the exponent of the power law with ``xmin`` taken as given, ``ks`` the largest
    distance of its cumulative curve from the data. ``mu`` and ``sigma`` are mean and standard
    deviation of the logarithm in the lognormal, before it is rounded and cut at ``xmin``. ``ratio``
    is Vuong's normalised log-likelihood ratio, lognormal over power law, and ``p`` its two-sided p:
    the smaller, the surer that one of the two is nearer the data.
    """

    xmin: int
    events: int
    alpha: Estimate
    ks: float
    mu: float
    sigma: float
    ratio: float
    p: float

    @property
    def favours(self) -> Verdict:
        """Which of the two the data prefer at the 5 % level."""
        if not self.p < 1 - LEVEL:
            return "neither"
        return "lognormal" if self.ratio > 0 else "power law"

    def power_law_survival(self, sizes: Floats) -> Floats:
        """Share of the power law at or above each size, from ``xmin`` up."""
        alpha = self.alpha.value
        return np.asarray(special.zeta(alpha, sizes) / special.zeta(alpha, self.xmin))

    def lognormal_survival(self, sizes: Floats) -> Floats:
        """Share of the lognormal at or above each size, from ``xmin`` up."""
        upper = _log_above(sizes, self.mu, self.sigma)
        return np.asarray(np.exp(upper - _log_above(self.xmin, self.mu, self.sigma)))


def fit(sizes: NDArray[np.int64], xmin: int) -> Tail:
    """Fit both laws to the sizes of at least ``xmin``."""
    values, counts = np.unique(sizes[sizes >= xmin], return_counts=True)
    events, support = int(counts.sum()), values.astype(float)
    alpha = _alpha(support, counts, xmin)
    mu, sigma = _lognormal(support, counts, xmin)
    gap = _log_mass(support, xmin, mu, sigma) - _log_power(support, xmin, alpha.value)
    mean = float(np.average(gap, weights=counts))
    spread = math.sqrt(float(np.average((gap - mean) ** 2, weights=counts)))
    ratio = math.sqrt(events) * mean / spread if spread > 0 else 0.0
    p = float(2 * special.ndtr(-abs(ratio)))
    distance = _distance(support, counts, xmin, alpha.value)
    return Tail(xmin, events, alpha, distance, mu, sigma, ratio, p)


def best_xmin(sizes: NDArray[np.int64], fewest: int = FEWEST) -> int | None:
    """Choose the start of the tail where a power law comes nearest (Clauset et al. 2009)."""
    values, counts = np.unique(sizes, return_counts=True)
    above = counts[::-1].cumsum()[::-1]
    distances = {}
    for place in range(len(values) - 2):
        if above[place] >= fewest:
            support, some, xmin = values[place:].astype(float), counts[place:], int(values[place])
            alpha = _best_alpha(support, some, xmin)
            distances[xmin] = _distance(support, some, xmin, alpha)
    return min(distances, key=distances.__getitem__) if distances else None


def _best_alpha(support: Floats, counts: NDArray[np.intp], xmin: int) -> float:
    logs = float(np.average(np.log(support), weights=counts))
    found = optimize.minimize_scalar(
        lambda alpha: math.log(special.zeta(alpha, xmin)) + alpha * logs,
        bounds=_ALPHA,
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(found.x)


def _alpha(support: Floats, counts: NDArray[np.intp], xmin: int) -> Estimate:
    """Maximum-likelihood exponent; the error is that of the curvature at the maximum."""
    value = _best_alpha(support, counts, xmin)
    step = 1e-3
    zeta = np.log(special.zeta(value + step * np.array([-1, 0, 1]), xmin))
    curvature = float(zeta[0] - 2 * zeta[1] + zeta[2]) / step**2
    error = 1 / math.sqrt(counts.sum() * curvature) if curvature > 0 else math.nan
    return Estimate(value, error, max(1.0, value - Z * error), value + Z * error)


def _log_power(support: Floats, xmin: int, alpha: float) -> Floats:
    return np.asarray(-alpha * np.log(support) - math.log(special.zeta(alpha, xmin)))


def _distance(support: Floats, counts: NDArray[np.intp], xmin: int, alpha: float) -> float:
    above = counts[::-1].cumsum()[::-1] / counts.sum()
    model = special.zeta(alpha, support) / special.zeta(alpha, xmin)
    after = special.zeta(alpha, support + 1) / special.zeta(alpha, xmin)
    ends = np.append(above[1:], 0.0)
    return float(max(np.abs(above - model).max(), np.abs(ends - after).max()))


def _log_above(sizes: Floats | float, mu: float, sigma: float) -> Floats:
    return np.asarray(special.log_ndtr(-(np.log(np.asarray(sizes) - 0.5) - mu) / sigma))


def _log_mass(support: Floats, xmin: int, mu: float, sigma: float) -> Floats:
    """Log-probability of each size in a lognormal rounded to whole numbers and cut at xmin."""
    lower, upper = (_log_above(support + shift, mu, sigma) for shift in (0.0, 1.0))
    between = lower + np.log(-np.expm1(np.minimum(upper - lower, -1e-300)))
    return np.asarray(between - _log_above(xmin, mu, sigma))


def _lognormal(support: Floats, counts: NDArray[np.intp], xmin: int) -> tuple[float, float]:
    logs = np.log(support)
    centre = float(np.average(logs, weights=counts))
    width = max(0.2, math.sqrt(float(np.average((logs - centre) ** 2, weights=counts))))

    def loss(x: Floats) -> float:
        mass = _log_mass(support, xmin, x[0], math.exp(x[1]))
        return -float(np.average(np.maximum(mass, -1e6), weights=counts))

    bounds = ((math.log(xmin) - 40, float(logs.max()) + 1), (math.log(0.05), math.log(15)))
    starts = ((centre, math.log(width)), (math.log(xmin) - 2.0, math.log(2 * width)))
    tries = [
        optimize.minimize(
            loss, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-5, "fatol": 1e-9}
        )
        for start in starts
    ]
    x = min(tries, key=lambda found: float(found.fun)).x
    return float(x[0]), math.exp(float(x[1]))
