"""The table of a comparison: every scenario and outcome against one baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import intervals, uncertainty, wording
from analysis.arrays import Floats
from analysis.comparison import estimates, words
from analysis.comparison.pairs import Difference, Pairs, difference, pair
from analysis.frames import Frames, by_scenario

TAIL = 0.9
RELEVANT = 0.1
FAMILY_LEVEL = 1.0 - intervals.LEVEL


def compare(
    frames: Frames,
    baseline: str | None = None,
    outcomes: Sequence[str] | None = None,
    *,
    tail: float = TAIL,
    relevant: float = RELEVANT,
) -> pd.DataFrame:
    """Compare every scenario with a baseline, over pairs of runs with the same random numbers.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.
    outcomes : sequence of str, optional
        Outcomes to compare; all when left out. Together with the scenarios they are the
        family of tests.
    tail : float
        Probability of the quantile whose shift is given, above 0 and below 1.
    relevant : float
        Smallest relevant difference, at least 0: a share of the baseline's mean, and for
        shares of runs or engagements the difference itself.

    Returns
    -------
    pandas.DataFrame
        One row per comparable scenario (see `comparable`) and outcome: ``scenario``,
        ``baseline``, ``outcome``, ``unit``, ``pairs``, ``runs``, ``baseline_runs``, ``mean``
        and ``baseline_mean`` (all runs), ``difference`` with ``difference_se``,
        ``difference_low``, ``difference_high``, ``numbers_low`` and ``numbers_high`` (the
        band over draws of numbers that are not known, see `analysis.uncertainty.band`; NaN
        without draws), ``method`` and ``variance_reduction`` (see
        `analysis.comparison.pairs.difference`), ``p``; ``ratio``, ``superiority`` and
        ``tail_shift``, each with ``_low`` and ``_high`` (see
        `analysis.comparison.estimates`); ``tail``, the quantile's probability; the shares of
        pairs with ``more``, ``same`` and ``less`` than the baseline; ``relevant`` in the
        outcome's unit; ``family``, the number of tests made together, ``p_holm`` (adjusted by
        Holm over them), ``distinguishable`` (``p_holm`` at most 0.05), and the ``verdict``
        (see `analysis.comparison.words.verdict`).

    Raises
    ------
    ValueError
        For an unknown scenario or outcome, or a number out of range.
    """
    if not 0 < tail < 1:
        raise ValueError(f"the tail's quantile is {tail:g}; it lies above 0 and below 1")
    if not relevant >= 0:
        raise ValueError(f"the smallest relevant difference is {relevant:g}; it is at least 0")
    chosen = base_name(frames, baseline)
    names = outcome_names(frames, outcomes)
    runs = {name: rows for _, name, rows in by_scenario(frames.runs)}
    rows = [
        {"scenario": name, "baseline": chosen}
        | _row(pair(runs[name], runs[chosen], outcome, draws), name, tail, relevant)
        for name in comparable(frames, chosen)
        if name in runs and chosen in runs
        for draws in [uncertainty.shared(frames, name, chosen)]
        for outcome in names
    ]
    return judged(pd.DataFrame(rows, columns=_COLUMNS))


def base_name(frames: Frames, name: str | None) -> str:
    """Name of the baseline: the one given, or the first scenario."""
    chosen = next(iter(frames.scenarios)) if name is None else name
    if chosen not in frames.scenarios:
        raise ValueError(f"no scenario {chosen!r}; there are {', '.join(frames.scenarios)}")
    return chosen


def outcome_names(frames: Frames, names: Sequence[str] | None) -> list[str]:
    """Names of the outcomes to compare: those given, or all that the runs have."""
    return wording.chosen_outcomes(names, [column.name for column in frames.outcomes])


def comparable(frames: Frames, baseline: str | None = None) -> list[str]:
    """Scenarios of the same setting as the baseline: its clock, provinces and groups."""
    chosen = base_name(frames, baseline)
    base = frames.scenarios[chosen].scenario
    return [
        name
        for name, loaded in frames.scenarios.items()
        if name != chosen
        and loaded.scenario.clock == base.clock
        and loaded.scenario.provinces.keys() == base.provinces.keys()
        and loaded.scenario.groups.keys() == base.groups.keys()
    ]


def left_out(frames: Frames, baseline: str | None = None) -> list[str]:
    """Scenarios that are not compared: clock, places or groups differ from the baseline."""
    chosen = base_name(frames, baseline)
    shown = {chosen, *comparable(frames, chosen)}
    return [name for name in frames.scenarios if name not in shown]


def about_left_out(others: Sequence[str]) -> str:
    """Name the scenarios that are not compared, and why."""
    return f"Not compared, because clock, places or groups differ: {', '.join(others)}."


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values so that the family-wise error rate is kept (Holm 1979)."""
    values = np.array(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    values[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return values


_ESTIMATES = ("ratio", "superiority", "tail_shift")
_COLUMNS = (
    "scenario", "baseline", "outcome", "unit", "pairs", "runs", "baseline_runs", "mean",
    "baseline_mean", "difference", "difference_se", "difference_low", "difference_high",
    "numbers_low", "numbers_high", "method", "variance_reduction", "p",
    *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")),
    "tail", "more", "same", "less", "relevant",
)  # fmt: skip


def _row(pairs: Pairs, scenario: str, tail: float, relevant: float) -> dict[str, Any]:
    found = difference(pairs)
    base = _mean(pairs.theirs)
    gaps = pairs.first - pairs.second
    absolute = wording.outcome(pairs.name).unit in {"-", "share"}
    return {
        "outcome": pairs.name,
        "unit": wording.unit(pairs.name),
        **pairs.counts(),
        "mean": _mean(pairs.ours),
        "baseline_mean": base,
        **found.columns(),
        "method": found.method,
        "variance_reduction": found.variance_reduction,
        "p": found.p,
        **dict(zip(("numbers_low", "numbers_high"), pairs.band, strict=True)),
        **_estimate_cells(pairs, found, tail, scenario),
        "tail": tail,
        "more": _mean(gaps > 0),
        "same": _mean(gaps == 0),
        "less": _mean(gaps < 0),
        "relevant": relevant if absolute else relevant * base,
    }


def _estimate_cells(
    pairs: Pairs, found: Difference, tail: float, scenario: str
) -> dict[str, float]:
    shift = estimates.quantile_shift(pairs, tail, found.method, scenario)
    return (
        estimates.ratio(pairs, found.method).columns("ratio")
        | estimates.superiority(pairs, found.method).columns("superiority")
        | shift.columns("tail_shift")
    )


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Test all rows of a comparison as one family, and give each its verdict."""
    adjusted = holm(table["p"].to_numpy(dtype=float))
    judged = table.assign(
        family=int(table["p"].notna().sum()),
        p_holm=adjusted,
        distinguishable=adjusted <= FAMILY_LEVEL,
    )
    return judged.assign(verdict=[words.verdict(row) for row in judged.to_dict("records")])


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else math.nan
