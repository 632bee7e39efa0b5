"""Contrasts: whether one change does more than another, with the interval of their difference.

An effect is the difference of two scenarios, ``A - B``, or of one and the baseline. A contrast is
one effect minus another, within runs that share their random numbers. With one baseline in both it
cancels; written out, as in ``fast - base against base - open``, it need not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from analysis import intervals, uncertainty, wording
from analysis.comparison import estimates
from analysis.comparison.pairs import KEY, difference, pair
from analysis.comparison.table import FAMILY_LEVEL, base_name, comparable, holm, outcome_names
from analysis.frames import Frames, by_scenario
from analysis.intervals import NOTHING, Estimate

FORM = "A against B, or A - B against C - D"
AGAINST, MINUS = " against ", " - "
NEITHER, OPPOSITE, NONE = "which does more cannot be told", "in opposite directions", "no value"


@dataclass(frozen=True)
class Effect:
    """A scenario minus another; ``text`` is how it was asked for."""

    text: str
    scenario: str
    base: str


@dataclass(frozen=True)
class Contrast:
    """One effect against another."""

    text: str
    first: Effect
    second: Effect


def read_contrast(text: str, frames: Frames, baseline: str | None = None) -> Contrast:
    """Read a contrast such as ``heavy-deployment against offices-stay-open``.

    Parameters
    ----------
    text : str
        Two effects joined by ``against``. An effect is a scenario, which is compared with the
        baseline, or ``scenario - scenario``.
    frames : analysis.Frames
        Results that hold the scenarios.
    baseline : str, optional
        The scenario to compare with; the first when left out.

    Returns
    -------
    Contrast

    Raises
    ------
    ValueError
        When it cannot be read, or names a scenario that is not there or of another setting.
    """
    chosen = base_name(frames, baseline)
    sides = f" {text.strip()} ".split(AGAINST)
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise ValueError(f"{text!r} is no contrast; write one as {FORM}")
    first, second = (_effect(side.strip(), frames, chosen) for side in sides)
    if (first.scenario, first.base) == (second.scenario, second.base):
        raise ValueError(f"{text!r} holds an effect against itself")
    return Contrast(text.strip(), first, second)


def contrasts(
    frames: Frames,
    asked: Sequence[str],
    baseline: str | None = None,
    outcomes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Tell whether one change does more than another.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    asked : sequence of str
        Contrasts, see `read_contrast`.
    baseline : str, optional
        The scenario to compare with; the first when left out.
    outcomes : sequence of str, optional
        Outcomes; all when left out. Together with the contrasts they are the family of tests.

    Returns
    -------
    pandas.DataFrame
        One row per contrast and outcome: ``contrast``, ``outcome``, ``unit``; the two effects
        ``first`` and ``second``, their ``difference`` (first minus second, with
        ``difference_se``) and ``ratio``, each with ``_low`` and ``_high``; ``numbers_low`` and
        ``numbers_high`` (the band of the difference over draws of numbers that are not known);
        ``runs`` (with the same random numbers in all scenarios of the contrast; where these are
        fewer than two or no more precise, ``method`` is ``unpaired``), ``p``, ``p_holm``,
        ``family``, ``distinguishable`` and a ``verdict`` in words.

    Raises
    ------
    ValueError
        As `read_contrast`, or for an unknown outcome.
    """
    names = outcome_names(frames, outcomes)
    runs = {name: rows for _, name, rows in by_scenario(frames.runs)}
    rows = [
        _row(frames, runs, contrast, outcome)
        for contrast in (read_contrast(text, frames, baseline) for text in asked)
        for outcome in names
    ]
    table = pd.DataFrame(rows)
    adjusted = holm(table["p"])
    table = table.assign(
        family=int(table["p"].notna().sum()),
        p_holm=adjusted,
        distinguishable=adjusted <= FAMILY_LEVEL,
    )
    return table.assign(verdict=[_verdict(row) for row in table.to_dict("records")])


def _effect(text: str, frames: Frames, baseline: str) -> Effect:
    names = list(frames.scenarios)
    ways = [list(way) for way in _ways(text)]
    parts = [text, baseline] if text in names or not ways else ways[0]
    parts = next((way for way in ways if set(way) <= set(names)), parts)
    for part in parts:
        if part not in names:
            raise ValueError(f"no scenario {part!r} in these results{wording.instead(part, names)}")
    if parts[0] == parts[1]:
        raise ValueError(f"{text} has no effect; name a scenario other than the baseline, or A - B")
    if parts[0] not in comparable(frames, parts[1]):
        raise ValueError(f"{parts[0]} and {parts[1]} differ in clock, places or groups")
    return Effect(text, parts[0], parts[1])


def _ways(text: str) -> list[tuple[str, str]]:
    pieces = text.split(MINUS)
    return [
        (MINUS.join(pieces[:place]).strip(), MINUS.join(pieces[place:]).strip())
        for place in range(1, len(pieces))
    ]


def _row(
    frames: Frames, runs: dict[str, pd.DataFrame], contrast: Contrast, outcome: str
) -> dict[str, Any]:
    sides = contrast.first, contrast.second
    effects = [difference(pair(runs[s.scenario], runs[s.base], outcome)).estimate for s in sides]
    weights = Counter({name: 0 for side in sides for name in (side.scenario, side.base)})
    for sign, side in zip((1, -1), sides, strict=True):
        weights[side.scenario] += sign
        weights[side.base] -= sign
    values = {name: runs[name].set_index(KEY)[outcome].astype(float).dropna() for name in weights}
    table = pd.concat(values, axis=1, join="inner")
    gaps = sum(weight * table[name] for name, weight in weights.items()).to_numpy(dtype=float)
    together, apart = intervals.mean(gaps), _apart(values, weights)
    paired = len(gaps) > 1 and not together.error > apart.error
    found = together if paired else apart
    if wording.is_yes_no(outcome) and found.error == 0:
        found = NOTHING._replace(value=found.value)
    ratio = NOTHING
    if paired:
        tops, bottoms = ((table[side.scenario] - table[side.base]).to_numpy() for side in sides)
        if bottoms.mean() != 0:
            low, high = estimates.fieller(tops, bottoms, apart=False)
            ratio = NOTHING._replace(value=tops.mean() / bottoms.mean(), low=low, high=high)
    draws = {uncertainty.draws(frames, name) for name in weights}
    band = (math.nan, math.nan)
    if len(draws) == 1 and (count := draws.pop()):
        band = uncertainty.band(gaps, table.index.get_level_values("replicate").to_numpy() % count)
    return {
        "contrast": contrast.text,
        "outcome": outcome,
        "unit": wording.unit(outcome),
        **effects[0].columns("first"),
        **effects[1].columns("second"),
        **found.columns("difference"),
        "difference_se": found.error,
        "numbers_low": band[0],
        "numbers_high": band[1],
        **ratio.columns("ratio"),
        "runs": len(gaps),
        "method": "paired" if paired else "unpaired",
        "p": _p(found, len(gaps) - 1 if paired else _freedom(values, weights)),
    }


def _apart(values: dict[str, pd.Series], weights: Counter[str]) -> Estimate:
    """Give the contrast of independent runs, with the interval of Welch and Satterthwaite."""
    if any(len(own) < 2 for own in values.values()):
        return NOTHING
    value = sum(weights[name] * float(own.mean()) for name, own in values.items())
    error = math.sqrt(sum(_part(own, weights[name]) for name, own in values.items()))
    reach = intervals.t_quantile(_freedom(values, weights)) * error if error else 0.0
    return Estimate(value, error, value - reach, value + reach)


def _part(own: pd.Series, weight: int) -> float:
    return weight**2 * float(own.var(ddof=1)) / len(own)


def _freedom(values: dict[str, pd.Series], weights: Counter[str]) -> float:
    parts = {name: _part(own, weights[name]) for name, own in values.items() if len(own) > 1}
    below = sum(part**2 / (len(values[name]) - 1) for name, part in parts.items())
    return sum(parts.values()) ** 2 / below if below else math.nan


def _p(found: Estimate, freedom: float) -> float:
    if math.isnan(found.error):
        return math.nan
    if found.error == 0:
        return 1.0 if found.value == 0 else 0.0
    return float(2 * special.stdtr(freedom, -abs(found.value) / found.error))


def _verdict(row: dict[str, Any]) -> str:
    if math.isnan(row["difference_low"]):
        return NONE
    if row["difference_low"] <= 0 <= row["difference_high"]:
        return NEITHER
    if np.sign(row["first"]) * np.sign(row["second"]) < 0:
        return OPPOSITE
    side = np.sign(row["first"]) or np.sign(row["second"])
    more = "the first does more" if side * row["difference"] > 0 else "the second does more"
    return more if row["distinguishable"] else f"perhaps {more}"
