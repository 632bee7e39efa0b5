"""From statistics to a posterior sample: regression, acceptance of the nearest, adjustment.

Statistics are reduced to one number per parameter, its posterior mean as a regression on the
reference table estimates it (Fearnhead and Prangle 2012, J. R. Stat. Soc. B 74:419). The
regression is cross-fitted: each run is compared with the data by a network that has seen neither.
A network knows the runs it learned from too well, and posteriors would be too narrow. The runs
nearest to the data are kept, weighted by the Epanechnikov kernel, and moved along a local linear
regression to where the data lie (Beaumont, Zhang and Balding 2002, Genetics 162:2025), on the
logit scale of the prior's ranges, which they so never leave.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.arrays import Floats
from analysis.chance import Generator
from analysis.events.calibration.tempering import resampled
from sim.extras import need

LAYERS = (64, 32)
PENALTY = 1.0
FEWEST, MOST = 100, 2000
SHARE = 0.1
FOLDS = 5
PRIOR_SD = 1 / np.sqrt(12)
_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Posterior:
    """A weighted sample of parameters: places within the prior's ranges; weights sum to 1."""

    shares: Floats
    weights: Floats = field(repr=False)

    @property
    def effective(self) -> float:
        """Effective sample size of the weights (Kish)."""
        return float(1 / (self.weights**2).sum())

    @property
    def mean(self) -> Floats:
        """Weighted means, shape (parameters,)."""
        return np.asarray(self.weights @ self.shares)

    @property
    def spread_left(self) -> Floats:
        """Posterior over prior standard deviation, shape (parameters,)."""
        variance = self.weights @ (self.shares - self.mean) ** 2
        return np.asarray(np.sqrt(variance) / PRIOR_SD)

    def quantiles(self, levels: Floats) -> Floats:
        """Weighted quantiles."""
        columns = [
            np.quantile(column, levels, weights=self.weights, method="inverted_cdf")
            for column in self.shares.T
        ]
        return np.column_stack(columns)

    def below(self, shares: Floats) -> Floats:
        """Posterior probability below given values, shape (parameters,); ties count half."""
        less, same = self.shares < shares, self.shares == shares
        return np.asarray(self.weights @ (less + 0.5 * same))

    def resample(self, number: int, rng: Generator) -> NDArray[np.intp]:
        """Draw rows with equal weight, by systematic resampling, in random order."""
        return resampled(self.weights, number, rng)


@dataclass(frozen=True, eq=False)
class Nearest(Posterior):
    """A posterior of the runs nearest to the data.

    ``accepted`` are their rows of the reference table, ``distances`` those from the data in widths
    of the ranges that were drawn from.
    """

    accepted: NDArray[np.intp] = field(repr=False)
    distances: Floats = field(repr=False)


@dataclass(frozen=True, eq=False)
class Method:
    """A trained rule that gives the posterior of any data set.

    ``shares`` are the reference table's parameters as places within their ranges, ``reduced`` its
    statistics, reduced to estimated posterior means by the network, numbered in ``fold``, that did
    not learn from the run. The ``accept`` nearest runs are kept.
    """

    shares: Floats
    reduced: Floats
    fold: NDArray[np.intp] = field(repr=False)
    accept: int
    networks: list[Any] = field(repr=False)

    def reduce(self, statistics: Floats) -> Floats:
        """Estimate posterior means with each network."""
        return np.array([_predict(each, statistics[None])[0] for each in self.networks])

    def posterior(self, statistics: Floats) -> Nearest:
        """Give the posterior of a data set."""
        gap = self.reduced - self.reduce(statistics)[self.fold]
        logits = special.logit(np.clip(self.shares, _EDGE, 1 - _EDGE))
        kept, weights, moved = nearest(gap, logits, self.accept)
        distances = np.sqrt((gap[kept] ** 2).sum(axis=1))
        return Nearest(np.asarray(special.expit(moved)), weights, kept, distances)


def nearest(gap: Floats, values: Floats, number: int) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Keep the runs nearest to the data, and move their values to where the data lie."""
    squared = (gap**2).sum(axis=1)
    found = np.argpartition(squared, number)[: number + 1]
    found = found[np.argsort(squared[found], kind="stable")]
    kept, width = found[:-1], max(float(squared[found[-1]]), 1e-24)
    weights = np.maximum(1 - squared[kept] / width, 1e-12)
    weights /= weights.sum()
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([np.ones(number), gap[kept]])
    slopes = np.linalg.lstsq(design * root, values[kept] * root, rcond=None)[0][1:]
    return kept, weights, values[kept] - gap[kept] @ slopes


def train(statistics: Floats, shares: Floats, accept: int | None = None, seed: int = 1) -> Method:
    """Learn posterior means from a reference table."""
    need("events", "calibration")
    runs = len(shares)
    number = accept or int(np.clip(SHARE * runs, FEWEST, MOST))
    if runs < 2 * FEWEST or number >= runs:
        raise ValueError(f"{runs} runs are too few; {max(2 * FEWEST, number + 1)} are needed")
    fold, reduced = np.arange(runs) % FOLDS, np.empty_like(shares)
    networks = []
    for left_out in range(FOLDS):
        apart = fold == left_out
        networks.append(_learn(statistics[~apart], shares[~apart], seed + left_out))
        reduced[apart] = _predict(networks[-1], statistics[apart])
    return Method(shares, reduced, fold, number, networks)


def _predict(network: Any, statistics: Floats) -> Floats:
    return np.asarray(network.predict(statistics)).reshape(len(statistics), -1)


def _learn(statistics: Floats, shares: Floats, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    regression = MLPRegressor(
        hidden_layer_sizes=LAYERS, alpha=PENALTY, early_stopping=True, n_iter_no_change=12,
        max_iter=400, random_state=seed,
    )  # fmt: skip
    # More threads sum in another order, and are slower on matrices of this size.
    # A network stopped at its last round is a regression too; a warning would help no user.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        single = shares[:, 0] if shares.shape[1] == 1 else shares
        return make_pipeline(StandardScaler(), regression).fit(statistics, single)
