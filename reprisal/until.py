"""Run until intervals are narrow enough: the loop behind ``reprisal run --until``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analysis.explore.stopping import Condition
    from sim.batch import BatchResult
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded
    from sim.store import Store

AT_MOST = 10_000


@dataclass(frozen=True)
class Answer:
    """How a sequence of looks ended.

    ``table`` is that of `analysis.explore.stopping.convergence`, ``runs`` the replicates of each
    scenario, ``enough`` whether all conditions hold, ``stopped`` whether the user stopped it.
    """

    table: pd.DataFrame
    runs: int
    enough: bool
    stopped: bool


def run_until(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    conditions: Sequence[str],
    at_most: int = AT_MOST,
    seed: int = 1,
    run: Callable[[Store], BatchResult] | None = None,
    tell: Callable[[pd.DataFrame], None] | None = None,
    model: OwnModel | None = None,
    ticks: bool | None = None,
) -> Answer:
    """Add replicates until every condition holds in every scenario."""
    from analysis.explore import stopping
    from sim import batch, store

    wanted = [stopping.read_condition(text) for text in conditions]
    if any(loaded.design for loaded in loadeds):
        raise stopping.ConditionError("--until needs scenarios without a design")
    numbers = stopping.looks(at_most)
    for place, number in enumerate(numbers):
        results = store.create_or_open(folder, loadeds, seed, number, model=model, ticks=ticks)
        outcome = (run or batch.run)(results)
        table = _table(results, wanted, numbers[: place + 1])
        if outcome.interrupted:
            return Answer(table, number, False, True)
        if tell is not None:
            tell(table[table["replicates"] == number])
        if stopping.enough(table):
            return Answer(table, number, True, False)
    return Answer(table, numbers[-1], False, False)


def _table(results: Store, conditions: Sequence[Condition], numbers: list[int]) -> pd.DataFrame:
    from analysis.explore.stopping import convergence

    columns = dict.fromkeys(condition.outcome for condition in conditions)
    rows = results.read("runs", ["scenario", "replicate", *columns], list(results.active))
    return convergence(rows.to_pandas(), conditions, numbers)
