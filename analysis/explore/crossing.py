"""Where a response curve crosses a threshold, with its interval.

Between the values that were run the curve is taken to be straight. At each value of the number the
gap to the threshold has an interval of Student's t over runs with the same random numbers. The
interval of a crossing holds the values at which that interval of the gap holds zero (test
inversion, as in Fieller's theorem): it covers at least 95 %, whatever the shape of the curve, and
reaches the end of what was run where nothing is known beyond.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis import intervals, uncertainty, wording
from analysis.arrays import Floats
from analysis.comparison.pairs import KEY
from analysis.explore.response import Response, Swept
from analysis.frames import Frames
from analysis.uncertainty import Whole

FORM = "killed = 0.5 * no-withdrawal-call, or killed = 40"
_STEPS = 40
_NO_SPAN = (math.nan, math.nan)
_NOWHERE: list[tuple[float, bool | None]] = [(math.nan, None)]
_THRESHOLD = re.compile(r"(?P<outcome>\S+)\s*=\s*(?P<right>\S.*)")
_SCALED = re.compile(r"(?P<factor>[0-9.eE+-]+)\s*\*\s*(?P<scenario>\S.*)")
_OTHERWISE = re.compile(
    r"(?P<number>[0-9]+(?:[.,][0-9]+)?|half)\s*(?P<share>%?)\s*(?:\*|of\b|times\b)?\s*(?P<name>.*)"
)
Span = tuple[float, float]
PLACE_DIGITS = 3


@dataclass(frozen=True)
class Threshold:
    """A level of an outcome: ``factor`` times the mean of ``scenario``, or ``factor`` alone."""

    text: str
    outcome: str
    factor: float
    scenario: str | None


@dataclass(frozen=True, eq=False)
class Gaps:
    """Differences from a threshold by run (row) and value of the number (column).

    ``error`` is the standard error of a threshold whose runs share no random numbers with them.
    """

    at: Floats
    values: Floats
    error: float
    draw: Whole | None


def read_threshold(text: str, frames: Frames) -> Threshold:
    """Read a threshold such as ``killed = 0.5 * no-withdrawal-call``.

    Parameters
    ----------
    text : str
        An outcome, ``=``, and a number, a scenario, or a number ``*`` a scenario.
    frames : analysis.Frames
        Results that hold the scenario.

    Returns
    -------
    Threshold

    Raises
    ------
    ValueError
        When it cannot be read, or names no outcome or scenario of the results.
    """
    found = _THRESHOLD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no threshold; write one as {FORM}")
    right, known = found["right"].strip(), [column.name for column in frames.outcomes]
    (outcome,) = wording.chosen_outcomes([found["outcome"]], known)
    scaled = _SCALED.fullmatch(right)
    factor, scenario = (scaled["factor"], scaled["scenario"]) if scaled else ("1", right)
    if scaled is None and scenario not in frames.scenarios:
        number = _number(right)
        if number is not None:
            return Threshold(text, outcome, number, None)
    size = _number(factor)
    if size is None:
        raise ValueError(f"{factor!r} in {text!r} is no number; write {FORM}")
    if scenario not in frames.scenarios:
        meant = _meant(right, list(frames.scenarios))
        if scaled is None and meant:
            raise ValueError(f"{text!r} is no threshold; write {outcome} = {meant}")
        near = wording.instead(scenario, list(frames.scenarios))
        raise ValueError(f"no scenario {scenario!r} in these results{near}")
    return Threshold(text, outcome, size, scenario)


def _meant(right: str, scenarios: list[str]) -> str:
    """Guess what was meant by ``50% of a`` or ``0,5 * a``; empty for no guess."""
    found = _OTHERWISE.fullmatch(right)
    if found is None or (found["name"] and found["name"] not in scenarios):
        return ""
    half = found["number"] == "half"
    number = 0.5 if half else float(found["number"].replace(",", "."))
    number = number / 100 if found["share"] else number
    if found["name"]:
        return f"{number:.10g} * {found['name']}"
    if half:
        return ""
    return f"{number:.10g} * NAME of a scenario" if found["share"] else f"{number:.10g}"


def level(frames: Frames, threshold: Threshold) -> intervals.Estimate:
    """Give the value of a threshold, with the interval of the mean that it is made of."""
    if threshold.scenario is None:
        return intervals.NOTHING._replace(value=threshold.factor)
    runs = frames.runs[frames.runs["scenario"] == threshold.scenario]
    values = runs[threshold.outcome].to_numpy(dtype=float)
    return intervals.mean(threshold.factor * values[~np.isnan(values)])


def crossings(frames: Frames, response: Response, threshold: Threshold) -> pd.DataFrame:
    """Find where the curves of a response cross a threshold.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    response : analysis.explore.response.Response
        One of `analysis.responses` of the same results; a surface is taken curve by curve.
    threshold : Threshold
        From `read_threshold`.

    Returns
    -------
    pandas.DataFrame
        One row per crossing, and one for a curve without any: ``path`` of the number, ``where``
        (what a second number is), ``threshold``, ``rises`` (whether the outcome rises with the
        number there), ``at`` with ``at_low`` and ``at_high`` (95 % interval of chance) and
        ``numbers_low`` and ``numbers_high`` (where the band over draws of the numbers that are
        not known holds the threshold), as `analysis.explore.response.Swept` counts them. A NaN
        ``at`` is no crossing; an infinite end lies beyond what was run.
    """
    rows = []
    for where, curve in response.curves:
        gaps = _gaps(frames, curve, threshold)
        chance, bands = _chance(gaps), _numbers(gaps)
        base = {
            "path": curve.numbers[0].path,
            "where": where,
            "threshold": threshold.text,
        }
        for at, rises in _zeros(gaps) or _NOWHERE:
            low, high = _around(chance, at, gaps.at)
            least, most = _around(bands, at, gaps.at)
            rows.append(
                base
                | {"rises": rises, "at": at, "at_low": low, "at_high": high}
                | {"numbers_low": least, "numbers_high": most}
            )
    return pd.DataFrame(rows)


def spans(row: Mapping[str, Any], response: Response) -> tuple[str, str, str, str, str]:
    """Write a row of `crossings` as words: the number, where, both intervals, and what follows."""
    number, run = response.numbers[0], response.values[:, 0]
    name = f"{number.path}{', ' if row['where'] else ''}{row['where']}"
    ends = (number.write(float(run.min())), number.write(float(run.max())))
    chance, numbers = (
        _span(row[f"{key}_low"], row[f"{key}_high"], number, ends) for key in ("at", "numbers")
    )
    if math.isnan(row["at"]):
        return name, f"not from {ends[0]} to {ends[1]}", chance, numbers, "–"
    return (
        name,
        number.write(row["at"], PLACE_DIGITS),
        chance,
        numbers,
        "more" if row["rises"] else "less",
    )


def _span(low: float, high: float, number: Swept, ends: tuple[str, str]) -> str:
    if math.isnan(low):
        return "–"
    first = f"before {ends[0]}" if math.isinf(low) else number.write(low, PLACE_DIGITS)
    last = f"after {ends[1]}" if math.isinf(high) else number.write(high, PLACE_DIGITS)
    return f"{first} to {last}"


def gap_course(frames: Frames, curve: Response, threshold: Threshold) -> pd.DataFrame:
    """Tell how far a curve is from a threshold at many values of its number.

    One row per value: ``at``, ``gap`` with ``gap_low`` and ``gap_high`` (95 % interval over runs
    with the same random numbers), ``numbers_low`` and ``numbers_high``.
    """
    gaps = _gaps(frames, curve, threshold)
    runs = len(gaps.values)
    reach = intervals.t_quantile(runs - 1) if runs > 1 else math.nan
    rows = []
    for at, values in _between(gaps):
        error = math.hypot(values.std(ddof=1) / math.sqrt(runs), gaps.error) if runs > 1 else 0.0
        gap = float(values.mean()) if runs else math.nan
        low, high = _NO_SPAN if gaps.draw is None else uncertainty.band(values, gaps.draw)
        rows.append((at, gap, gap - reach * error, gap + reach * error, low, high))
    names = ["at", "gap", "gap_low", "gap_high", "numbers_low", "numbers_high"]
    return pd.DataFrame(rows, columns=names)


def _between(gaps: Gaps) -> Iterator[tuple[float, Floats]]:
    """Give the gaps of all runs on a fine grid of values, straight between those that were run."""
    for place in range(len(gaps.at) - 1):
        shares = np.linspace(0, 1, _STEPS + 1)[0 if place == 0 else 1 :]
        for share in shares:
            at = (1 - share) * gaps.at[place] + share * gaps.at[place + 1]
            yield float(at), (1 - share) * gaps.values[:, place] + share * gaps.values[:, place + 1]


def _gaps(frames: Frames, curve: Response, threshold: Threshold) -> Gaps:
    own = [_column(runs, threshold.outcome) for runs in curve.runs]
    table = pd.concat(own, axis=1, join="inner").to_numpy(dtype=float)
    keys = pd.concat(own, axis=1, join="inner").index
    draw = keys.get_level_values("replicate").to_numpy() % curve.draws if curve.draws else None
    if threshold.scenario is None:
        return Gaps(curve.values[:, 0], table - threshold.factor, 0.0, draw)
    reference = frames.runs[frames.runs["scenario"] == threshold.scenario]
    theirs = threshold.factor * _column(reference, threshold.outcome)
    paired = keys.isin(theirs.index) if len(curve.names) == len(set(curve.names)) else [False]
    if np.sum(paired) < 2:
        mean = intervals.mean(theirs.to_numpy(dtype=float))
        error = 0.0 if math.isnan(mean.error) else mean.error
        return Gaps(curve.values[:, 0], table - mean.value, error, draw)
    values = table[paired] - theirs.reindex(keys[paired]).to_numpy(dtype=float)[:, None]
    shared = uncertainty.draws(frames, threshold.scenario) == curve.draws
    kept = draw[paired] if draw is not None and shared else None
    return Gaps(curve.values[:, 0], values, 0.0, kept)


def _column(runs: pd.DataFrame, outcome: str) -> pd.Series:
    return runs.set_index(KEY)[outcome].astype(float).dropna()


def _zeros(gaps: Gaps) -> list[tuple[float, bool | None]]:
    """Where the mean curve crosses zero, and whether it rises there."""
    if not len(gaps.values):
        return []
    means = gaps.values.mean(axis=0)
    found: list[tuple[float, bool | None]] = []
    for place, (left, right) in enumerate(pairwise(means)):
        last = place == len(means) - 2
        if left * right < 0 or (left == 0 != right) or (last and right == 0 != left):
            start, end = gaps.at[place], gaps.at[place + 1]
            found.append((float(start + (end - start) * left / (left - right)), bool(right > left)))
    return found


def _chance(gaps: Gaps) -> list[Span]:
    """Where the interval of the gap holds zero: the solution of a quadratic in each segment."""
    runs = len(gaps.values)
    if runs < 2:
        return []
    means, shared = gaps.values.mean(axis=0), np.atleast_2d(np.cov(gaps.values, rowvar=False))
    square = intervals.t_quantile(runs - 1) ** 2
    spans = []
    for place in range(len(means) - 1):
        first, step = means[place], means[place + 1] - means[place]
        one, both, two = (
            shared[place, place] / runs,
            shared[place, place + 1] / runs,
            shared[place + 1, place + 1] / runs,
        )
        terms = (
            step**2 - square * (one - 2 * both + two),
            2 * first * step - square * 2 * (both - one),
            first**2 - square * (one + gaps.error**2),
        )
        start, length = gaps.at[place], gaps.at[place + 1] - gaps.at[place]
        spans += [(start + a * length, start + b * length) for a, b in _below(*terms)]
    return _merged(spans)


def _below(a: float, b: float, c: float) -> list[Span]:
    """Parts of 0 to 1 where ``a w^2 + b w + c`` is at most zero."""
    roots = [root.real for root in np.roots([a, b, c]) if abs(root.imag) < 1e-12]
    edges = [0.0, *sorted(float(root) for root in roots if 0 < root < 1), 1.0]
    inside = [
        (left, right)
        for left, right in pairwise(edges)
        if a * ((left + right) / 2) ** 2 + b * (left + right) / 2 + c <= 0
    ]
    return _merged(inside)


def _numbers(gaps: Gaps) -> list[Span]:
    """Where the band of the gap over draws holds zero, found on a fine grid of values."""
    if gaps.draw is None:
        return []
    places, held = [], []
    for at, values in _between(gaps):
        low, high = uncertainty.band(values, gaps.draw)
        places.append(at)
        held.append(low <= 0 <= high)
    inside = [(places[n], places[n + 1]) for n in range(len(places) - 1) if held[n] or held[n + 1]]
    return _merged(inside)


def _merged(spans: Sequence[Span]) -> list[Span]:
    made: list[Span] = []
    for low, high in spans:
        if made and low <= made[-1][1] + 1e-9 * max(1.0, abs(low)):
            made[-1] = (made[-1][0], max(high, made[-1][1]))
        else:
            made.append((low, high))
    return made


def _around(spans: Sequence[Span], at: float, run: Floats) -> Span:
    """Give the span that holds a value, infinite where it reaches the end of what was run."""
    tolerance = 1e-9 * max(1.0, float(np.abs(run).max()))
    for low, high in spans:
        if low - tolerance <= at <= high + tolerance or math.isnan(at):
            first, last = float(run[0]), float(run[-1])
            return (
                -math.inf if low <= first + tolerance else low,
                math.inf if high >= last - tolerance else high,
            )
    return math.nan, math.nan


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
