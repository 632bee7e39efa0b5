"""The Hawkes process as a forecaster: fitted to recent events and continued by simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from analysis.arrays import Floats
from analysis.chance import Generator, generator
from analysis.events.forecast.baselines import DRAWS, Poisson
from analysis.events.forecast.plan import Horizon, selected
from analysis.events.statistics import EventLog
from analysis.events.statistics.likeliest import FEWEST, SPACING, likeliest

_LARGEST_BRANCHING = 0.98


@dataclass(frozen=True)
class SelfExciting:
    """A Hawkes process with one exponential kernel, fitted to the last ``memory`` hours.

    Its background goes on at the mean level of the last four weeks; past events have their
    remaining offspring, new ones have theirs, and so on. The parameters are taken as known. With
    fewer than 30 events, or times not known to the week, it is the Poisson baseline.
    """

    name: ClassVar[str] = "Hawkes"
    draws: int = DRAWS
    seed: int = 1
    memory: float = 26 * 168.0

    def predict(self, history: EventLog, horizon: Horizon) -> Floats:
        """Draw counts; see `analysis.events.forecast.Forecaster`."""
        parts = []
        for series in horizon.series:
            rng = generator(self.seed, f"{self.name} {series} {history.length:g}")
            known = selected(history, series)
            lately = int((known.hours >= history.length - self.memory).sum())
            if lately < FEWEST or known.resolution > SPACING / 4:
                plain = Poisson(self.draws, self.seed)
                one = replace(horizon, series=(series,))
                parts.append(plain.predict(history, one)[..., 0])
            else:
                parts.append(self._continue(_recent(known, self.memory), horizon, rng))
        return np.stack(parts, axis=-1)

    def _continue(self, log: EventLog, horizon: Horizon, rng: Generator) -> Floats:
        fit = likeliest(log, seed=self.seed)
        levels, offspring, decays = fit.problem.split(fit.x)
        knots = fit.problem.background.knots
        rate = float(np.interp(np.linspace(-SPACING, 0, 29) + log.length, knots, levels).mean())
        branching, decay = min(float(offspring[0]), _LARGEST_BRANCHING), float(decays[0])
        owed = branching * float(np.exp(-decay * (log.length - log.hours)).sum())
        reach = horizon.width * horizon.windows
        return simulate(rate, branching, decay, owed, reach, (self.draws, horizon.windows), rng)


def simulate(
    rate: float,
    branching: float,
    decay: float,
    owed: float,
    reach: float,
    shape: tuple[int, int],
    rng: Generator,
) -> Floats:
    """Continue a Hawkes process, generation by generation, and count."""
    draws, windows = shape
    counts = np.zeros(draws * windows)
    first = rng.poisson([rate * reach, owed], (draws, 2))
    run = np.repeat(np.tile(np.arange(draws), 2), first.T.ravel())
    fresh = int(first[:, 0].sum())
    old = rng.exponential(1 / decay, int(first[:, 1].sum()))
    time = np.concatenate([rng.random(fresh) * reach, old])
    while len(time):
        time, run = time[time < reach], run[time < reach]
        window = np.minimum((time / reach * windows).astype(np.intp), windows - 1)
        counts += np.bincount(run * windows + window, minlength=len(counts))
        children = rng.poisson(branching, len(time))
        time = np.repeat(time, children) + rng.exponential(1 / decay, int(children.sum()))
        run = np.repeat(run, children)
    return counts.reshape(shape)


def _recent(log: EventLog, memory: float) -> EventLog:
    """Keep the last part of a log, as a log of its own."""
    start = log.length - memory
    if start <= 0:
        return log
    kept = log.hours >= start
    return replace(
        log, hours=log.hours[kept] - start, length=memory, place=None, size=None, sides=None,
        bounds=None,
        start=log.at([start])[0].tz_localize(log.start.tz, ambiguous=True,
                                             nonexistent="shift_forward"),
    )  # fmt: skip
