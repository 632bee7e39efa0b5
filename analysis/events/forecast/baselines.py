"""Forecasters that know nothing but earlier counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analysis.arrays import Floats
from analysis.chance import Generator, generator
from analysis.events.forecast.plan import Horizon, counts_before, selected
from analysis.events.statistics import EventLog

DRAWS = 1000
MEMORY = 12
_FEWEST_REPEATS = 8


@dataclass(frozen=True)
class _Counting:
    """Forecasts each series by itself from its counts in the last ``memory`` windows."""

    name: ClassVar[str]
    draws: int = DRAWS
    seed: int = 1
    memory: int = MEMORY

    def predict(self, history: EventLog, horizon: Horizon) -> Floats:
        """Draw counts; see `analysis.events.forecast.Forecaster`."""
        parts = []
        for series in horizon.series:
            past = counts_before(selected(history, series), horizon.width)
            rng = generator(self.seed, f"{self.name} {series} {history.length:g}")
            parts.append(self._draw(past, horizon.windows, rng))
        return np.stack(parts, axis=-1)

    def _draw(self, past: Floats, windows: int, rng: Generator) -> Floats:
        raise NotImplementedError


@dataclass(frozen=True)
class LastWindow(_Counting):
    """Repeats the count of the last window, as uncertain as earlier repeats were wrong.

    Every draw takes an earlier window among the last ``memory`` and multiplies the last count
    by how the windows after that one related to it (half an event added to both, so that
    none divides by zero). With fewer than 8 such windows it is a Poisson distribution
    around the last count.
    """

    memory: int = 52
    name: ClassVar[str] = "last window"

    def _draw(self, past: Floats, windows: int, rng: Generator) -> Floats:
        starts = np.arange(max(0, len(past) - self.memory), len(past) - windows)
        last = past[-1] + 0.5
        if len(starts) < _FEWEST_REPEATS:
            return rng.poisson(last, (self.draws, windows)).astype(float)
        chosen = rng.choice(starts, self.draws)[:, None]
        ratio = (past[chosen + 1 + np.arange(windows)] + 0.5) / (past[chosen] + 0.5)
        return np.asarray(np.maximum(np.round(last * ratio - 0.5), 0.0))


@dataclass(frozen=True)
class Poisson(_Counting):
    """A Poisson process with the mean rate of the last ``memory`` windows."""

    name: ClassVar[str] = "Poisson"

    def _draw(self, past: Floats, windows: int, rng: Generator) -> Floats:
        return rng.poisson(_mean(past[-self.memory :]), (self.draws, windows)).astype(float)


@dataclass(frozen=True)
class NegativeBinomial(_Counting):
    """Negative-binomial counts with the mean and variance of the last ``memory`` windows.

    Poisson counts where these do not vary more than a Poisson process would.
    """

    name: ClassVar[str] = "negative binomial"

    def _draw(self, past: Floats, windows: int, rng: Generator) -> Floats:
        known = past[-self.memory :]
        mean, shape = _mean(known), (self.draws, windows)
        excess = float(known.var(ddof=1)) - mean if len(known) > 1 else 0.0
        if excess <= 0:
            return rng.poisson(mean, shape).astype(float)
        size = mean**2 / excess
        return rng.negative_binomial(size, size / (size + mean), shape).astype(float)


def _mean(counts: Floats) -> float:
    """Mean count, half an event added so that what never happened stays possible."""
    return (float(counts.sum()) + 0.5) / len(counts)
