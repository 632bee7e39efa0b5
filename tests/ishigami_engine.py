"""An engine whose killed are the Ishigami function of three parameters, and luck.

``T. Ishigami and T. Homma 1990, ISUMA 90:398``: sin x + 7 sin^2 y + 0.1 z^4 sin x on [-pi, pi]^3
has known Sobol indices. The three inputs are read from parameters that range over [0, 1]; killed
are thousandths of the function, moved up so that none is negative. Half of the luck's variance is
common to all points that share a replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.batch.engine import Engine
from tests import fake_engine

ENGINE = Engine("ishigami", "tests.ishigami_engine:build", "tests.ishigami_engine:simulate")
PATHS = ("stances.quiet.battle", "stances.quiet.reprisal", "stances.mobilised.battle")
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
VARIANCE, LUCK_SD = 13.8446, 3.0
SCALE, SHIFT = 1000, 40


@dataclass(frozen=True)
class World:
    labels: dict[str, tuple[str, ...]]
    inputs: tuple[float, ...]


def build(scenario: Any) -> World:
    stances = scenario.stances
    shares = (stances.quiet.battle, stances.quiet.reprisal, stances.mobilised.battle)
    return World(fake_engine.LABELS, tuple(np.pi * (2 * share - 1) for share in shares))


def ishigami(x: float, y: float, z: float) -> float:
    return float(np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))


def simulate(world: World, seed: int, replicates: Any) -> Any:
    tables = fake_engine.simulate(fake_engine.FakeWorld(world.labels, {}), seed, replicates)
    killed = []
    for replicate in replicates:
        shared = np.random.default_rng([seed, replicate]).normal()
        own = np.random.default_rng([seed, replicate, hash(world.inputs) % 2**32]).normal()
        value = ishigami(*world.inputs) + LUCK_SD * (shared + own) / np.sqrt(2)
        killed.append(round(SCALE * (value + SHIFT)))
    tables["runs"]["killed"] = np.array(killed)
    return tables
