"""Enough runs: conditions on the width of an interval, looked at after fixed numbers of runs.

A fixed-width sequential procedure (Y. S. Chow and H. Robbins 1965, Annals of Mathematical
Statistics 36:457; relative widths: P. W. Glynn and W. Whitt 1992, Annals of Applied Probability
2:180): runs are added until the interval is narrow enough. Its coverage is nominal only as widths
go to 0, because it stops early when the variance was underestimated, so here the first look is at
`FIRST` runs, later ones come each after half as many again, and intervals are made at `LEVEL`,
which leaves room for the looks. ``tests/test_stopping.py`` simulates the coverage.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import intervals, wording
from analysis.arrays import Floats
from sim.records import OUTCOMES

COVERAGE = 0.95
LEVEL = 0.975
FIRST = 100
GROWTH = 1.5

_FORM = "ci(killed.mean) < 5%, ci(killed.q90) < 3 or ci(p(killed>30)) < 0.02"
_CONDITION = re.compile(r"ci\((?P<inner>.+)\)\s*<=?\s*(?P<width>[0-9]*\.?[0-9]+)\s*(?P<unit>%?)")
_MEAN = re.compile(r"(?P<outcome>[a-z_]+)\.(?P<what>mean|median|q(?P<rank>[0-9]{1,2}))")
_EVENT = re.compile(r"(?P<outcome>[a-z_]+)\s*(?:(?P<sign>>=|<=|>|<)\s*(?P<bound>-?[0-9.]+))?")
_SIGNS = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}


class ConditionError(ValueError):
    """A condition that cannot be read; the message says what can."""


@dataclass(frozen=True)
class Event:
    """Something that a run does or does not do, such as ``killed > 30``.

    A yes or no has no sign, and its bound is unused.
    """

    outcome: str
    sign: str = ""
    bound: float = math.nan

    @property
    def text(self) -> str:
        """The event as it is written."""
        return f"{self.outcome} {self.sign} {self.bound:g}" if self.sign else self.outcome

    def happened(self, values: Floats) -> Floats:
        """Say in which runs it happened."""
        hits = _SIGNS[self.sign](values, self.bound) if self.sign else values != 0
        return np.where(np.isnan(values), np.nan, hits)


@dataclass(frozen=True)
class Condition:
    """An interval that is to be narrow enough.

    ``width`` is the largest half-width, in the unit of the outcome or, where ``relative``, as a
    share of the estimate. ``probability`` is that of the quantile to estimate; NaN for a mean or an
    event.
    """

    text: str
    outcome: str
    width: float
    relative: bool
    probability: float = math.nan
    event: Event | None = None


@dataclass(frozen=True)
class Look:
    """An estimate at a look, its interval, and half its width."""

    runs: int
    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval; NaN when there is none."""
        return (self.high - self.low) / 2


def read_event(text: str) -> Event:
    """Read an event such as ``killed > 30`` or ``calm_reached``."""
    found = _EVENT.fullmatch(text.strip())
    if found is None:
        raise ConditionError(f"{text!r} is no event; write one as killed > 30 or calm_reached")
    name = _known(found["outcome"])
    if found["sign"] is None:
        if not wording.is_yes_no(name):
            raise ConditionError(f"{name} is a number; compare it, as in {name} > 30")
        return Event(name)
    try:
        return Event(name, found["sign"], float(found["bound"]))
    except ValueError:
        raise ConditionError(f"{found['bound']!r} in {text!r} is no number") from None


def read_condition(text: str) -> Condition:
    """Read a condition such as ``ci(killed.mean) < 5%``."""
    whole = _CONDITION.fullmatch(text.strip())
    if whole is None or float(whole["width"]) <= 0:
        raise ConditionError(f"{text!r} is no condition; write one as {_FORM}")
    relative = bool(whole["unit"])
    width = float(whole["width"]) / (100 if relative else 1)
    inner = whole["inner"].strip()
    if inner.startswith("p(") and inner.endswith(")"):
        event = read_event(inner[2:-1])
        return Condition(text, event.outcome, width, relative, event=event)
    found = _MEAN.fullmatch(inner)
    if found is None:
        raise ConditionError(f"{inner!r} in {text!r} cannot be estimated; write {_FORM}")
    name = _known(found["outcome"])
    rank = {"mean": math.nan, "median": 0.5}.get(found["what"])
    probability = int(found["rank"]) / 100 if rank is None else rank
    if probability == 0:
        raise ConditionError(f"{inner!r} in {text!r}: a quantile lies between q01 and q99")
    return Condition(text, name, width, relative, probability)


def looks(at_most: int) -> list[int]:
    """Give the numbers of runs after which conditions are looked at."""
    made = [min(FIRST, at_most)]
    while made[-1] < at_most:
        made.append(min(at_most, math.ceil(made[-1] * GROWTH)))
    return made


def look(condition: Condition, values: Floats) -> Look:
    """Estimate what a condition speaks of, with an interval at `LEVEL`."""
    sample = values if condition.event is None else condition.event.happened(values)
    sample = sample[~np.isnan(sample)]
    if condition.event is not None:
        value, _, *ends = intervals.share(int(sample.sum()), len(sample), LEVEL)
    elif math.isnan(condition.probability):
        value, _, *ends = intervals.mean(sample, level=LEVEL)
    else:
        value = intervals.quantile(sample, condition.probability)
        ends = [*intervals.quantile_interval(sample, condition.probability, LEVEL)]
    return Look(len(sample), value, *ends)


def met(condition: Condition, estimate: Look) -> bool:
    """Whether an interval is narrow enough."""
    limit = condition.width * (abs(estimate.value) if condition.relative else 1)
    return bool(estimate.half_width <= limit)


def convergence(
    runs: pd.DataFrame, conditions: Sequence[Condition], numbers: Sequence[int]
) -> pd.DataFrame:
    """Table the estimates at each look."""
    rows = []
    for scenario, its in runs.groupby("scenario", observed=True):
        for condition in conditions:
            for number in numbers:
                first = its[its["replicate"] < number]
                estimate = look(condition, first[condition.outcome].to_numpy(dtype=float))
                rows.append(_row(str(scenario), condition, number, estimate))
    return pd.DataFrame(rows)


def enough(table: pd.DataFrame) -> bool:
    """Whether every condition holds in every scenario at the last look of a table."""
    return bool(table.loc[table["replicates"] == table["replicates"].max(), "met"].all())


def _row(scenario: str, condition: Condition, number: int, estimate: Look) -> dict[str, object]:
    return {
        "scenario": scenario,
        "condition": condition.text,
        "replicates": number,
        "runs": estimate.runs,
        "estimate": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "half_width": estimate.half_width,
        "wanted": condition.width * (abs(estimate.value) if condition.relative else 1),
        "met": met(condition, estimate),
    }


def _known(name: str) -> str:
    known = [column.name for column in OUTCOMES]
    return wording.chosen_outcomes([name], known, ConditionError)[0]
