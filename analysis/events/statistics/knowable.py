"""Say of an estimate when a log cannot tell it: at an edge, or finer than its times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from analysis import wording

if TYPE_CHECKING:
    from analysis.events.statistics.description import Description

Note = tuple[str, str, str]
TIES = 0.25
_FEWEST_DATES = 40  # with fewer, no p can be below 0.05 both ways


def notes(description: Description) -> Iterator[Note]:
    """Give statistic, what it is of, and why a log does not tell it well."""
    yield from _of_times(description)
    yield from _of_fits(description)
    for name, change in description.orders.items():
        dates = len(change.placebo)
        if dates + 1 < _FEWEST_DATES:
            least = f"{1 / (dates + 1):.2g}"
            reason = f"{wording.plural(dates, 'placebo date')}: p cannot be below {least}"
            yield "ratio after an order", name, reason


def _of_times(description: Description) -> Iterator[Note]:
    gaps = np.diff(description.log.hours)
    ties = float((gaps == 0).mean()) if gaps.size else 0.0
    if description.waiting is not None and ties > TIES:
        reason = f"{100 * ties:.0f} % of waiting times are 0 at the accuracy of the times"
        for statistic in ("burstiness", "memory"):
            yield statistic, "", reason


def _of_fits(description: Description) -> Iterator[Note]:
    accuracy = description.log.resolution
    for kernels, fit in description.excitation.items():
        of = wording.plural(kernels, "kernel")
        if fit.branching.value < 1e-3:
            yield "branching ratio", of, "at 0, the least that may be; no half-life can be told"
        if fit.at_most:
            yield "branching ratio", of, "at the largest value that was searched"
        for number, life in enumerate(fit.half_lives, start=1):
            part = of if kernels == 1 else f"{of}, {'fast' if number == 1 else 'slow'}"
            if math.isnan(life.value):
                continue
            if life.value <= accuracy * (1 + 1e-6):
                reason = f"below the accuracy of the times, {accuracy:g} h: only that it is short"
                yield "half-life in hours", part, reason
            elif math.isnan(life.low):
                yield "half-life in hours", part, "at the edge of what was searched, or flat there"
