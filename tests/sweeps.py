"""Made-up runs of real scenarios, for tests of what is made of sweeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.frames import Frames
from sim.records import OUTCOMES
from sim.scenario import Loaded
from tests import synthetic

Mean = Callable[[Loaded], float]


def results(
    loadeds: Sequence[Loaded],
    mean: Mean,
    runs: int = 30,
    seeds: dict[str, int] | None = None,
    spread: float = 5.0,
    luck: int = 1,
) -> Frames:
    """Made-up runs with some mean number of killed; a replicate shares its noise."""
    means = {loaded.name: mean(loaded) for loaded in loadeds}
    tables = {"runs": made_up(means, runs, seeds or {}, spread, luck)}
    known = {loaded.name: loaded for loaded in loadeds}
    return Frames(known, (Path("results/made-up"),), synthetic.reader(tables))


def made_up(
    means: dict[str, float],
    runs: int,
    seeds: dict[str, int],
    spread: float,
    luck: int,
    own: float = 0.3,
) -> pd.DataFrame:
    """Runs whose killed have some mean; those of one seed share noise beside their own."""
    names, seed = list(means), [seeds.get(name, 1) for name in means]
    killed = [
        mean
        + np.random.default_rng([luck, seed[n]]).normal(0, spread, runs)
        + np.random.default_rng([luck, seed[n], n]).normal(0, own * spread, runs)
        for n, mean in enumerate(means.values())
    ]
    columns: dict[str, object] = dict.fromkeys([column.name for column in OUTCOMES], 0.0)
    columns |= {
        "scenario": pd.Categorical.from_codes(
            np.repeat(np.arange(len(names)), runs), categories=names
        ),
        "replicate": np.tile(np.arange(runs), len(names)),
        "seed": np.repeat(seed, runs),
        "killed": np.concatenate(killed),
    }
    return pd.DataFrame(columns)
