"""An engine in which runs are deadly in one corner of two parameters, mostly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.batch.engine import Engine
from tests import fake_engine

ENGINE = Engine("corner", "tests.corner_engine:build", "tests.corner_engine:simulate")
PATHS = ("stances.quiet.battle", "stances.quiet.reprisal", "stances.mobilised.battle")
LOW, HIGH = 0.6, 0.4
INSIDE, OUTSIDE = 0.8, 0.05


@dataclass(frozen=True)
class World:
    labels: dict[str, tuple[str, ...]]
    probability: float


def build(scenario: Any) -> World:
    quiet = scenario.stances.quiet
    corner = quiet.battle > LOW and quiet.reprisal < HIGH
    return World(fake_engine.LABELS, INSIDE if corner else OUTSIDE)


def simulate(world: World, seed: int, replicates: Any) -> Any:
    tables = fake_engine.simulate(fake_engine.FakeWorld(world.labels, {}), seed, replicates)
    luck = [np.random.default_rng([seed, replicate]).random() for replicate in replicates]
    tables["runs"]["killed"] = np.where(np.array(luck) < world.probability, 100, 10)
    return tables
