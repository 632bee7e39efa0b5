"""What each scenario of a library changes, against one baseline, with a test over them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis import intervals, notes, wording
from analysis.tables import by_scenario

if TYPE_CHECKING:
    from analysis.frames import Frames

OUTCOMES = ("killed", "engagements", "hours_to_calm", "relapse")
FAMILY_LEVEL = 1.0 - intervals.LEVEL
_KEY = ["seed", "replicate"]
Floats = NDArray[np.float64]


def levers(
    frames: Frames, baseline: str | None = None, outcomes: Sequence[str] = OUTCOMES
) -> pd.DataFrame:
    """Effect of each lever: scenario minus baseline over pairs of runs with the same luck.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.
    outcomes : sequence of str
        Outcomes to compare; together with the scenarios they are the family of tests.

    Returns
    -------
    pandas.DataFrame
        One row per comparable scenario (see `comparable`) and outcome: ``scenario``,
        ``baseline``, ``outcome``, ``unit``, ``pairs`` (both runs have a value),
        ``difference`` with its 95 % interval ``difference_low``, ``difference_high``, ``p``
        (paired t test; for a yes or no the exact test of McNemar), ``p_holm`` (adjusted by
        Holm over all rows) and ``distinguishable`` (``p_holm`` at most 0.05). NaN and false
        with fewer than two pairs.

    Raises
    ------
    ValueError
        For an unknown scenario or outcome.
    """
    chosen = _baseline(frames, baseline)
    runs = {name: rows for _, name, rows in by_scenario(frames.runs)}
    rows = [
        {"scenario": name, "baseline": chosen, **_effect(runs[name], runs[chosen], outcome)}
        for name in comparable(frames, chosen)
        if name in runs and chosen in runs
        for outcome in outcomes
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    adjusted = holm(table["p"].to_numpy(dtype=float))
    return table.assign(p_holm=adjusted, distinguishable=adjusted <= FAMILY_LEVEL)


def comparable(frames: Frames, baseline: str | None = None) -> list[str]:
    """Scenarios of the same setting as the baseline: its clock, provinces and groups.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.

    Returns
    -------
    list of str
        In the order of figures, without the baseline. Other scenarios share no luck with
        it that would mean anything.
    """
    chosen = _baseline(frames, baseline)
    base = frames.scenarios[chosen].scenario
    return [
        name
        for name, loaded in frames.scenarios.items()
        if name != chosen
        and loaded.scenario.clock == base.clock
        and loaded.scenario.provinces.keys() == base.provinces.keys()
        and loaded.scenario.groups.keys() == base.groups.keys()
    ]


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values so that the family-wise error rate is kept (Holm 1979).

    Parameters
    ----------
    p_values : array_like, shape (n,)
        NaN where there was no test; such places do not count.

    Returns
    -------
    ndarray, shape (n,)
        Each at least the original and at most 1; NaN stays.
    """
    values = np.array(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    values[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return values


def lever_page(frames: Frames, baseline: str | None = None) -> str:
    """Write the levers as a page of Markdown, with what cannot be told from zero.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    ValueError
        For an unknown scenario.
    """
    chosen = _baseline(frames, baseline)
    table = levers(frames, chosen)
    shown = [chosen, *comparable(frames, chosen)]
    heads = [f"{wording.title(name)} ({wording.unit(name)})" for name in OUTCOMES]
    lines = [["Scenario", *heads, "Distinguishable from zero"], ["---"] * (len(OUTCOMES) + 2)]
    lines += [
        _cells(name, rows.set_index("outcome"))
        for name, rows in table.groupby("scenario", sort=False)
    ]
    grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    left_out = [name for name in frames.scenarios if name not in shown]
    parts = [
        f"# What each lever changes\n\nScenario minus {chosen}, mean over pairs of runs.",
        f"{notes.runs(frames, shown)} {notes.RUN_IS_UNIT}",
        grid,
        _NOTE.format(tests=int(table["p"].notna().sum()), none=_never(table)),
    ]
    if left_out:
        parts.append(f"Not compared, being of another setting: {', '.join(left_out)}.")
    return "\n\n".join(parts) + "\n"


_COLUMNS = (
    "scenario", "baseline", "outcome", "unit", "pairs", "difference", "difference_low",
    "difference_high", "p",
)  # fmt: skip

_NOTE = """\
Each cell: difference with its 95 % interval. Pairs are runs with the same seed and replicate.
Relapse counts only pairs in which both runs reached calm; hours to calm counts a run that did
not with the length of the run. The intervals are per cell: of many, some miss zero by chance.
The last column therefore names the outcomes that stay distinguishable from zero when all
{tests} comparisons of the table are tested together at a family-wise error rate of 5 % (Holm;
paired t test, for relapse the exact test of McNemar). Anything else is not shown to have no
effect: it cannot be told from none with so many runs.

Distinguishable in no outcome: {none}."""


def _baseline(frames: Frames, name: str | None) -> str:
    chosen = next(iter(frames.scenarios)) if name is None else name
    if chosen not in frames.scenarios:
        raise ValueError(f"no scenario {chosen!r}; there are {', '.join(frames.scenarios)}")
    return chosen


def _effect(runs: pd.DataFrame, baseline: pd.DataFrame, name: str) -> dict[str, Any]:
    column = wording.outcome(name).name
    ours, theirs = (frame.dropna(subset=[column]) for frame in (runs, baseline))
    pairs = ours.merge(theirs, on=_KEY, suffixes=("", "_baseline"))
    first, second = (pairs[key].to_numpy(dtype=float) for key in (column, f"{column}_baseline"))
    yes_no = wording.is_yes_no(name)
    found = (
        intervals.paired_share_difference(first, second)
        if yes_no
        else intervals.mean(first - second)
    )
    if len(pairs) < 2:
        found, p = found._replace(error=math.nan, low=math.nan, high=math.nan), math.nan
    else:
        p = _exact(first - second) if yes_no else _t_test(found, len(pairs))
    return {
        "outcome": name,
        "unit": wording.unit(name),
        "pairs": len(pairs),
        "difference": found.value,
        "difference_low": found.low,
        "difference_high": found.high,
        "p": p,
    }


def _t_test(found: intervals.Estimate, pairs: int) -> float:
    if found.error == 0:
        return 1.0 if found.value == 0 else 0.0
    return float(2 * stats.t.sf(abs(found.value) / found.error, pairs - 1))


def _exact(gaps: Floats) -> float:
    up, down = int((gaps > 0).sum()), int((gaps < 0).sum())
    return float(stats.binomtest(up, up + down).pvalue) if up + down else 1.0


def _cells(name: str, rows: pd.DataFrame) -> list[str]:
    cells = [_cell(rows.loc[outcome]) for outcome in OUTCOMES]
    found = [wording.title(key).lower() for key in OUTCOMES if rows.loc[key, "distinguishable"]]
    return [name, *cells, ", ".join(found) or "none"]


def _cell(row: pd.Series) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low == high == 0:
        return "0 (no pair differs)"
    return wording.estimate(row["difference"], low, high, signed=True)


def _never(table: pd.DataFrame) -> str:
    found = table.groupby("scenario", sort=False)["distinguishable"].any()
    return ", ".join(found.index[~found.to_numpy(dtype=bool)]) or "no scenario"
