"""Hold calibrations against posteriors that are known otherwise: ``python -m tests.oracle``.

``exact`` calibrates a world of two Poisson processes, whose posterior is known in closed form, with
one wave and with two, over many data sets. ``npe`` and ``smc`` hold the posteriors of a stored
reference table against those of sbi and of pyABC; each needs that package (``pip install sbi``,
``pip install pyabc``), and neither is needed by anything else.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

import analysis
from analysis import scores
from analysis.events.calibration import data, reference, waves
from analysis.events.calibration.box import Box
from analysis.events.calibration.events import ENGAGED, UNKNOWN, Events
from analysis.events.calibration.inference import Method, Posterior, train
from analysis.events.calibration.reference import Reference
from analysis.events.calibration.result import posterior_of
from analysis.events.calibration.statistics import Statistics
from sim import scenario
from sim.batch.engine import COMPILED
from sim.outcomes import engaged
from sim.scenario.designs import scenario_at

ROOT = Path(__file__).parents[1]
HOURS = 336.0
LOWEST, HIGHEST = 0.01, 1.0
GRID = np.linspace(0, 1, 20_001)
LEVELS = (0.5, 0.8, 0.9, 0.95)
DRAWS = 1000

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
    both = waves.with_wave(found, wave)
    yield posterior_of(both, statistics.of(both.events), point)[0]


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


def npe(folder: Path, sets: int) -> str:
    """Hold posteriors of a stored table against neural posterior estimation with a spline flow."""
    import torch
    from sbi.inference import NPE
    from sbi.utils import BoxUniform

    table_, _, found = stored(folder)
    rest, parameters = len(table_) - sets, found.shares.shape[1]
    torch.manual_seed(1)
    torch.set_num_threads(1)
    spread = table_[:rest].std(axis=0)
    scaled = ((table_ - table_[:rest].mean(axis=0)) / np.where(spread > 0, spread, 1))[
        :, spread > 0
    ]
    given, shares = (torch.tensor(each, dtype=torch.float32) for each in (scaled, found.shares))
    prior = BoxUniform(torch.zeros(parameters), torch.ones(parameters))
    network = NPE(prior, density_estimator="nsf", show_progress_bars=False)
    network.append_simulations(shares[:rest], given[:rest]).train()
    flow = network.build_posterior()
    method = train(table_[:rest], found.shares[:rest])
    rng = np.random.default_rng(1)
    rows = {"here": [], "NPE": []}
    for run in range(rest, len(table_)):
        made = method.posterior(table_[run])
        ours = made.shares[made.resample(DRAWS, rng)]
        theirs = flow.sample((DRAWS,), x=given[run], show_progress_bars=False).numpy()
        for name, sample in (("here", ours), ("NPE", theirs)):
            rows[name].append(_judged(sample, found.shares[run]))
    head = f"| {sets} data sets | {' | '.join(f'in {100 * x:g} %' for x in LEVELS)} | CRPS |"
    lines = [head, "| --- " * 6 + "|"]
    for name, judged in rows.items():
        below, crps = np.array(judged).swapaxes(0, 1)
        inside = [f"{(np.abs(below - 0.5) <= level / 2).mean():.3f}" for level in LEVELS]
        lines.append(f"| {name} | {' | '.join(inside)} | {crps.mean():.4f} |")
    return "\n".join(lines)


def smc(folder: Path, run: int, population: int) -> str:
    """Hold the posterior of one run of a stored table against that of sequential ABC (pyABC)."""
    import pyabc

    table_, statistics, found = stored(folder)
    others = np.arange(len(table_)) != run
    method = train(table_[others], found.shares[others])
    point = method.reduce(table_[run]).mean(axis=0)
    names = [f"p{place}" for place in range(found.shares.shape[1])]
    simulate = simulator(found, statistics, 1, itertools.count(1_000_000))

    def model(parameter: dict[str, float]) -> dict[str, float]:
        row = simulate(np.array([parameter[name] for name in names]))
        return dict(zip(names, method.reduce(row).mean(axis=0), strict=True))

    prior = pyabc.Distribution(**{name: pyabc.RV("uniform", 0, 1) for name in names})
    work = pyabc.ABCSMC(
        model, prior, pyabc.PNormDistance(2), population, sampler=pyabc.SingleCoreSampler()
    )
    np.random.seed(1)  # noqa: NPY002 - pyABC draws from the global generator
    with tempfile.TemporaryDirectory() as scratch:
        work.new(f"sqlite:///{scratch}/abc.db", dict(zip(names, point, strict=True)))
        history = work.run(max_nr_populations=9, min_acceptance_rate=0.02)
        sample, weights = history.get_distribution()
        number = history.total_nr_simulations
    theirs = Posterior(sample[names].to_numpy(), weights, np.arange(len(weights)), weights * 0)
    ours = method.posterior(table_[run])
    levels = np.array([0.05, 0.5, 0.95])
    lines = [
        f"pyABC: {number:,} runs after those that trained the regression.",
        "| parameter | true | here: 5 %, median, 95 % | pyABC |", "| --- " * 4 + "|",
    ]  # fmt: skip
    for place, path in enumerate(found.paths):
        told = (
            ", ".join(f"{x:.2f}" for x in made.quantiles(levels)[:, place])
            for made in (ours, theirs)
        )
        lines.append(f"| {path} | {found.shares[run, place]:.2f} | {' | '.join(told)} |")
    return "\n".join(lines)


def stored(folder: Path) -> tuple[Floats, Statistics, Reference]:
    """Read a reference table, as statistics too."""
    found = reference.read(analysis.load(folder))
    statistics = data.statistics(found.loaded)
    return statistics.of(found.events), statistics, found


def _judged(sample: Floats, truth: Floats) -> tuple[list[float], list[float]]:
    below = (sample < truth).mean(axis=0).tolist()
    return below, [scores.crps(*each).value for each in zip(sample.T, truth, strict=True)]


def simulator(
    found: Reference, statistics: Statistics, seed: int, luck: Iterator[int]
) -> Callable[[Floats], Floats]:
    """Give a function from places within the prior to the statistics of the next run there."""
    build, simulate = COMPILED.load()
    provinces, groups = (
        list(each) for each in (found.loaded.scenario.provinces, found.loaded.scenario.groups)
    )

    def run(shares: Floats) -> Floats:
        values = reference.values(found.design, shares[None])[0]
        given = dict(zip(found.paths, values, strict=True))
        made = scenario_at(found.loaded.resolved, found.design, given)
        world = build(made)
        rows = simulate(world, seed, [next(luck)])["reports"]
        hours = engaged(rows["tick"], rows["lag"], made) * made.clock.tick
        order = np.argsort(hours, kind="stable")
        place, attacker, target = (
            np.array([known.index(name) if name else UNKNOWN for name in world.labels[column]])[
                rows[column][order]
            ]
            for column, known in (
                ("province", provinces), ("attributed_to", groups), ("target", groups),
            )
        )  # fmt: skip
        history, size = np.zeros(len(order), np.intp), rows["killed_best"][order].astype(float)
        return statistics.of(Events(1, history, hours[order], place, size, attacker, target))[0]

    return run


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    closed = what.add_parser("exact", help="against a closed form")
    closed.add_argument("--sets", type=int, default=200, help="data sets")
    closed.add_argument("--runs", type=int, default=2000, help="runs in each wave")
    flow = what.add_parser("npe", help="against sbi, on a stored reference table")
    flow.add_argument("folder", type=Path)
    flow.add_argument("--sets", type=int, default=500, help="data sets, the last runs")
    chain = what.add_parser("smc", help="against pyABC, on one run of a stored reference table")
    chain.add_argument("folder", type=Path)
    chain.add_argument("--run", type=int, default=7, help="which run is the data")
    chain.add_argument("--population", type=int, default=300)
    asked = vars(parser.parse_args())
    print({"exact": exact, "npe": npe, "smc": smc}[asked.pop("what")](**asked))


if __name__ == "__main__":
    main()
