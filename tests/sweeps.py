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
    zeros = dict.fromkeys([column.name for column in OUTCOMES], 0.0)
    rows = []
    for number, loaded in enumerate(loadeds):
        seed = (seeds or {}).get(loaded.name, 1)
        common = np.random.default_rng([luck, seed]).normal(0, spread, runs)
        own = np.random.default_rng([luck, seed, number]).normal(0, 0.3 * spread, runs)
        table = pd.DataFrame(zeros, index=range(runs)).assign(
            scenario=loaded.name, replicate=range(runs), seed=seed
        )
        rows.append(table.assign(killed=mean(loaded) + common + own))
    tables = {"runs": pd.concat(rows, ignore_index=True)}
    tables["runs"]["scenario"] = tables["runs"]["scenario"].astype("category")
    known = {loaded.name: loaded for loaded in loadeds}
    return Frames(known, (Path("results/made-up"),), synthetic.reader(tables))
