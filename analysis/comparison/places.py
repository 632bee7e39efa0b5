"""What a scenario changes where: the difference of expected killed by province."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.pairs import Pairs, difference
from analysis.comparison.table import base_name, comparable
from analysis.frames import Frames
from analysis.tilemap import killed_by_run, tile


def place_differences(frames: Frames, baseline: str | None = None) -> pd.DataFrame:
    """Compare expected killed by province with a baseline, over pairs of runs.

    One row per comparable ``scenario`` and ``province``, with ``row``, ``column``, ``label`` and
    ``difference`` (persons per run) with its 95 % interval; drawn by `analysis.tiles`.
    """
    chosen = base_name(frames, baseline)
    killed = killed_by_run(frames)
    runs = {
        str(name): rows[["seed", "replicate"]].reset_index(drop=True)
        for name, rows in frames.runs.groupby("scenario", observed=True)
    }
    rows = [
        {"scenario": name, **tile(frames.scenarios[name], key)}
        | _difference(
            *(_counts(killed, scenario, key, runs[scenario]) for scenario in (name, chosen))
        )
        for name in comparable(frames, chosen)
        for key in frames.scenarios[name].scenario.provinces
    ]
    return pd.DataFrame(rows)


def _counts(killed: pd.Series, scenario: str, province: str, runs: pd.DataFrame) -> pd.DataFrame:
    """Killed in a province in every run of a scenario, 0 where nothing happened."""
    here = (scenario, province)
    known = killed.loc[here] if here in killed.index else pd.Series(dtype=float)
    return runs.assign(killed=known.reindex(runs["replicate"], fill_value=0).to_numpy(dtype=float))


def _difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, Any]:
    both = ours.merge(theirs, on=["seed", "replicate"], suffixes=("", "_baseline"))
    columns = (ours["killed"], theirs["killed"], both["killed"], both["killed_baseline"])
    found = difference(Pairs("killed", *(np.asarray(column, dtype=float) for column in columns)))
    return found.estimate.columns("difference")
