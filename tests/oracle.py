"""Hold calibrations against posteriors that are known otherwise: ``python -m tests.oracle``.

``exact`` calibrates a world of two Poisson processes, whose posterior is known in closed form, with
one wave and with two, over many data sets. ``npe`` and ``smc`` hold the posteriors of a stored
reference table against those of sbi and of pyABC; each needs that package (``pip install sbi``,
``pip install pyabc``), and neither is needed by anything else.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis.calibration import data, waves
from analysis.calibration.box import Box
from analysis.calibration.events import ENGAGED, UNKNOWN, Events
from analysis.calibration.found import posterior_of
from analysis.calibration.inference import Method, Posterior, train
from analysis.calibration.reference import Reference
from analysis.calibration.statistics import Statistics
from sim import scenario

ROOT = Path(__file__).parents[1]
HOURS = 336.0
LOWEST, HIGHEST = 0.01, 1.0
GRID = np.linspace(0, 1, 20_001)
LEVELS = (0.5, 0.8, 0.9, 0.95)

Floats = NDArray[np.float64]


def rates(shares: Floats) -> Floats:
    """Events per hour at places within the prior, even in the logarithm."""
    return np.asarray(LOWEST * (HIGHEST / LOWEST) ** shares)


def events(shares: Floats, rng: np.random.Generator) -> Events:
    """One history for each row: a Poisson process in the city, and one at the harbour."""
    numbers = rng.poisson(rates(shares) * HOURS)
    history = np.repeat(np.arange(len(shares)), numbers.sum(axis=1))
    place = np.concatenate([np.repeat([0, 1], row) for row in numbers])
    hours = rng.random(len(history)) * HOURS
    order = np.lexsort((hours, history))
    ones, unknown = np.ones(len(history)), np.full(len(history), UNKNOWN)
    return Events(len(shares), history, hours[order], place[order], ones, unknown, unknown)


def table(loaded: scenario.Loaded, runs: int, rng: np.random.Generator) -> Reference:
    """Draw a reference table from the ranges of a scenario's prior."""
    assert loaded.design
    shares = rng.random((runs, 2))
    numbers, ones = np.arange(runs), np.ones(runs, np.int64)
    logs = np.log10([[each.low / LOWEST, each.high / LOWEST] for each in loaded.design.ranges])
    box = Box(*(logs / np.log10(HIGHEST / LOWEST)).T)
    made = events(box.outer(shares), rng)
    return Reference(loaded, shares, made, ENGAGED, numbers, ones, Box.whole(2))


def two_rates(runs: int) -> scenario.Loaded:
    """A scenario with two numbers whose ranges are those of the two rates."""
    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    paths = ("engagement.background_rate", "orders.river_guard_mobilises.attack_rate")
    ranges = [f"{path}={LOWEST}/h..{HIGHEST}/h:log" for path in paths]
    return scenario.with_prior(loaded, [], ranges, runs)


@dataclass(frozen=True)
class Exact:
    """The posterior of both rates given the numbers of events, on a grid."""

    mass: Floats

    @classmethod
    def given(cls, numbers: Floats) -> Exact:
        log = numbers[:, None] * np.log(rates(GRID)) - HOURS * rates(GRID)
        return cls(np.exp(log - special.logsumexp(log, axis=1, keepdims=True)))

    @property
    def mean(self) -> Floats:
        return self.mass @ GRID

    @property
    def sd(self) -> Floats:
        return np.sqrt(self.mass @ GRID**2 - self.mean**2)


def calibrated(
    found: Reference, method: Method, statistics: Statistics, point: Floats, runs: int, luck: int
) -> Iterator[Posterior]:
    """Give the posterior after each of two waves."""
    first = method.posterior(point)
    yield first
    box = waves.narrowed(found, first)
    narrower = scenario.narrower(found.loaded, waves.ends(found, box), luck)
    wave = table(narrower, runs, np.random.default_rng(luck))
    yield posterior_of(waves.with_wave(found, wave), statistics, point)[0]


def exact(sets: int, runs: int) -> str:
    """Compare with the closed form, and say how often intervals hold the truth."""
    rng = np.random.default_rng(1)
    loaded = two_rates(runs)
    statistics = data.statistics(loaded)
    found = table(loaded, runs, rng)
    method = train(statistics.of(found.events), found.shares)
    below, spread, off = (np.empty((2, sets, 2)) for _ in range(3))
    for number in range(sets):
        truth = rng.random((1, 2))
        seen = events(truth, rng)
        known = Exact.given(np.bincount(seen.place, minlength=2).astype(float))
        waves_of = calibrated(found, method, statistics, statistics.of(seen)[0], runs, number + 2)
        for wave, made in enumerate(waves_of):
            below[wave, number] = made.below(truth[0])
            sd = np.sqrt(made.weights @ (made.shares - made.mean) ** 2)
            spread[wave, number] = sd / known.sd
            off[wave, number] = (made.mean - known.mean) / known.sd
    return "\n".join(_rows(below, spread, off))


def _rows(below: Floats, spread: Floats, off: Floats) -> Iterator[str]:
    bins = 20
    yield (
        "| waves | p of ranks | "
        + " | ".join(f"in {100 * x:g} %" for x in LEVELS)
        + (" | sd / exact sd | error of the mean / exact sd |")
    )
    yield "| --- " * 8 + "|"
    for wave in range(2):
        every = below[wave].ravel()
        counts = np.bincount(np.minimum((every * bins).astype(int), bins - 1), minlength=bins)
        inside = [f"{(np.abs(every - 0.5) <= level / 2).mean():.3f}" for level in LEVELS]
        parts = [
            str(wave + 1), f"{stats.chisquare(counts).pvalue:.2g}", *inside,
            f"{spread[wave].mean():.2f}", f"{np.sqrt((off[wave] ** 2).mean()):.2f}",
        ]  # fmt: skip
        yield f"| {' | '.join(parts)} |"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200, help="data sets")
    parser.add_argument("--runs", type=int, default=2000, help="runs in each wave")
    asked = parser.parse_args()
    print(exact(asked.sets, asked.runs))


if __name__ == "__main__":
    main()
