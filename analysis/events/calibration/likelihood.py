"""How probable reports are at parameters, learned from runs; and the posterior that follows.

Each run either is as a target reports, or is not. The probability of all these answers is that of
the first, times that of the second given the first, and so on; each factor is learned from the
runs as a function of the parameters and of the answers before it, by boosted trees that stop
growing where runs left out are not predicted better (sequential neural likelihood: Papamakarios,
Sterratt and Murray 2019, AISTATS; with trees in place of networks). Runs may be at any parameters,
so that further runs where reports are probable make it more exact and need no weights.

The score, the sum of the logarithms of each report's probability alone, is learned in the same
way. It is no likelihood, since reports hang together, but says where runs are most often as
reported: there further runs are made, and there the best draw is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.chance import generator
from analysis.events.calibration import tempering
from analysis.events.calibration.inference import Posterior
from sim.extras import need

Answers = NDArray[np.bool_]
FEWEST = 10
COLDEST = 20.0
HALF, HOPELESS = 0.5, -1e6
_TREES = {
    "max_leaf_nodes": 6, "learning_rate": 0.06, "max_iter": 400, "l2_regularization": 5.0,
    "min_samples_leaf": 50, "early_stopping": True, "validation_fraction": 0.15,
    "n_iter_no_change": 15,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Likelihood:
    """What runs say of the probability of reports.

    ``chain`` has for each answer a model of its probability given the answers before it, or that
    probability, where nearly all runs gave one answer; ``alone`` the same without the answers
    before it, and is empty where only the posterior is wanted. ``inside`` is a model of whether a
    draw belongs to the prior; all do when left out.
    """

    parameters: int
    chain: list[Any] = field(repr=False)
    alone: list[Any] = field(repr=False)
    seed: int = 1
    inside: Any = field(default=None, repr=False)

    def prior(self, shares: Floats) -> Floats:
        """Logarithm of the prior, shape (n,): 0 inside, hopeless outside."""
        if self.inside is None:
            return np.zeros(len(shares))
        with _one_thread():
            return np.where(_yes(self.inside, shares) > HALF, 0.0, HOPELESS)

    def log(self, shares: Floats, answers: Answers) -> Floats:
        """Give the logarithm of the probability of all answers."""
        before = np.broadcast_to(answers.astype(float), (len(shares), len(answers)))
        total = np.zeros(len(shares))
        with _one_thread():
            for place, factor in enumerate(self.chain):
                yes = _yes(factor, np.column_stack([shares, before[:, :place]]))
                total += np.log(yes if answers[place] else 1.0 - yes)
        return total

    def score(self, shares: Floats) -> Floats:
        """Give the sum of the logarithms of the probability of each report alone, shape (n,)."""
        with _one_thread():
            total = sum(np.log(_yes(factor, shares)) for factor in self.alone)
        return np.asarray(total + self.prior(shares))

    def posterior(self, answers: Answers) -> Posterior:
        """Give the posterior of answers, with the prior even within its ranges."""
        chance = generator(self.seed, "posterior of reports")

        def log(shares: Floats) -> Floats:
            return self.log(shares, answers) + self.prior(shares)

        return Posterior(*tempering.sample(log, self.parameters, chance))

    def where(self, number: int) -> Floats:
        """Draw where reports are probable, as the score says; shape (number, parameters)."""
        chance = generator(self.seed, "where reports are probable")
        shares, weights = tempering.sample(self.score, self.parameters, chance)
        return shares[tempering.resampled(weights, number, chance)]

    def best(self, number: int) -> Floats:
        """Look for the highest scores, the best first; shape (number, parameters)."""
        chance = generator(self.seed, "the best draw")
        shares, _ = tempering.sample(self.score, self.parameters, chance, COLDEST)
        shares = np.unique(shares, axis=0)
        return shares[np.argsort(-self.score(shares), kind="stable")][:number]


def learn(
    answers: Answers, shares: Floats, seed: int = 1, score: bool = True, inside: Any = None
) -> Likelihood:
    """Learn the probability of answers from runs."""
    before = answers.astype(float)
    with _one_thread():
        chain = [
            _factor(np.column_stack([shares, before[:, :place]]), answer, seed)
            for place, answer in enumerate(answers.T)
        ]
        alone = [_factor(shares, answer, seed) for answer in answers.T] if score else []
    return Likelihood(shares.shape[1], chain, alone, seed, inside)


def learn_prior(kept: NDArray[np.bool_], shares: Floats, seed: int = 1) -> Any:
    """Learn which draws belong to the prior."""
    with _one_thread():
        return _factor(shares, kept, seed)


def _factor(known: Floats, answer: NDArray[np.bool_], seed: int) -> Any:
    """Learn one answer; its smoothed share where all runs gave the same, or nearly all."""
    if min(answer.sum(), (~answer).sum()) < FEWEST:
        return (answer.sum() + 0.5) / (len(answer) + 1.0)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed, **_TREES).fit(known, answer)


def _yes(factor: Any, known: Floats) -> Floats:
    if isinstance(factor, float):
        return np.full(len(known), factor)
    return np.asarray(np.clip(factor.predict_proba(known)[:, 1], 1e-6, 1.0 - 1e-6))


def _one_thread() -> Any:
    """More threads would sum in another order."""
    return _pools().limit(limits=1)


@cache
def _pools() -> Any:
    """Find the pools of threads, which takes longer than to predict."""
    need("events", "calibration")
    import sklearn.ensemble  # noqa: F401 - what is loaded later would not be limited
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
