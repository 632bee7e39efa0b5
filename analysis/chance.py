"""Where the random numbers of the analysis come from: the one place that makes a generator.

The draws of the model are addressed (seed, replicate, tick, agent); those of null models and
bootstraps belong to an analysis, which may not import the model's. They are made from a seed
that the caller gives and from the name of what they serve, so that asking for one statistic
moves no other and the same call gives the same numbers.
"""

from __future__ import annotations

from zlib import crc32

from numpy.random import Generator, default_rng

__all__ = ["Generator", "generator"]


def generator(seed: int, purpose: str) -> Generator:
    """Make a generator for one purpose."""
    return default_rng([seed, crc32(purpose.encode())])
