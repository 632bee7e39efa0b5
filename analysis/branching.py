"""What a branching process says about chains: sizes after Borel, lengths after Galton and Watson.

The law assumes that every engagement causes a Poisson number of further ones with the same
mean, the branching ratio, whatever its time, province, size and the orders that hold. The
model's engagements do not: answers are few in quiet provinces and many in a battle. Where
chains are longer than the law, unequal ratios are the reason.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from analysis.arrays import Floats


def ratio_of(chains: pd.DataFrame) -> float:
    """Branching ratio of the chains of one scenario; from `analysis.chain_sizes`, not empty."""
    return 1.0 - len(chains) / float(chains["size"].sum())


def size_tail(sizes: ArrayLike, ratio: float) -> Floats:
    """Probability that a chain has at least so many engagements (Borel 1942).

    P(N = n) = exp(-ratio n) (ratio n)^(n - 1) / n!
    """
    wanted = np.asarray(sizes, dtype=int)
    n = np.arange(1, int(wanted.max()) + 1)
    log = -ratio * n + special.xlogy(n - 1, ratio * n) - special.gammaln(n + 1)
    below = np.concatenate([[0.0], np.cumsum(np.exp(log))])
    return np.asarray(np.clip(1.0 - below[wanted - 1], 0.0, 1.0))


def length_tail(lengths: ArrayLike, ratio: float) -> Floats:
    """Probability that a chain's longest line has at least so many engagements.

    That a Galton-Watson process with Poisson offspring is not extinct before that generation:
    q(k) = exp(ratio (q(k - 1) - 1)), q(0) = 0, and the probability is 1 - q(k - 1).
    """
    wanted = np.asarray(lengths, dtype=int)
    extinct = [0.0]
    for _ in range(int(wanted.max()) - 1):
        extinct.append(float(np.exp(ratio * (extinct[-1] - 1.0))))
    return np.asarray(1.0 - np.array(extinct)[wanted - 1])


TAILS = {"size": size_tail, "length": length_tail}
