"""Hand-made runs and targets for tests of the comparison with reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from analysis.measures import Run
from sim.parameters import Scenario
from sim.targets import Target
from tests import synthetic

START = "2022-08-29T12:00"
Row = tuple[float, str, str, str, int, int]


def scenario(**changes: Any) -> Scenario:
    """The small synthetic scenario: noon local time, one-hour ticks, 45 days."""
    made = synthetic.scenario(synthetic.SMALL_TILES, capital="south")
    return Scenario.model_validate(made.model_dump(mode="json") | changes)


def run(
    rows: Sequence[Row],
    orders: dict[str, float] | None = None,
    parents: Sequence[int] | None = None,
    **changes: Any,
) -> Run:
    """A run from (hour, province, attacker, target, killed, wounded); nothing caused another."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    hour, killed, wounded = (np.array(columns[i], dtype=float) for i in (0, 4, 5))
    names = [np.array(columns[i], dtype=object) for i in (1, 2, 3)]
    made = scenario(**changes)
    parent = np.array([-1] * len(rows) if parents is None else parents, dtype=int)
    return Run(
        made, lambda: made, hour, *names, killed.astype(int), wounded.astype(int), parent,
        np.zeros(len(rows), int), killed.astype(int), orders or {},
    )  # fmt: skip


def clashes(*hours: float, province: str = "south", killed: int = 1) -> list[Row]:
    """Engagements in one place, always the same side attacking."""
    return [(hour, province, "first", "second", killed, 3 * killed) for hour in hours]


def target(measure: str, **fields: Any) -> Any:
    """A target of one kind in the province ``south``."""
    given = {"measure": measure, "label": "x", "source": "x", "provinces": ["south"], **fields}
    return TypeAdapter(Target).validate_python(given)


EPISODE = {"gap": "6h", "least_killed": 1}
