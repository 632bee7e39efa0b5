"""Summaries of outcomes over runs, and differences between scenarios, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import intervals, uncertainty, wording
from analysis.arrays import Floats
from analysis.comparison.pairs import Pairs, difference, pair
from analysis.comparison.table import base_name, comparable
from analysis.frames import Frames, by_scenario

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def summary(frames: Frames) -> pd.DataFrame:
    """Summarise every outcome of every scenario over its runs.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.

    Returns
    -------
    pandas.DataFrame
        One row per scenario and outcome: ``scenario``, ``outcome``, ``unit``, ``runs``
        (with a value), ``missing`` and ``censored`` runs, ``mean`` with its Monte-Carlo
        standard error ``mean_se`` and 95 % interval ``mean_low``, ``mean_high``,
        ``numbers_low``, ``numbers_high`` (the band of the mean over draws of numbers that are
        not known; NaN without draws), ``sd``,
        ``q05``, ``q25``, ``median``, ``q75``, ``q95``, and the 95 % interval of the median
        ``median_low``, ``median_high``. A quantile beyond the run's end is infinite. A yes
        or no outcome has the share of runs as its mean and no quantiles.
    """
    names = [column.name for column in frames.outcomes]
    rows = [
        {"scenario": scenario, **summary_row(runs, name, uncertainty.draws(frames, scenario))}
        for _, scenario, runs in by_scenario(frames.runs)
        for name in names
    ]
    return _ordered(pd.DataFrame(rows), frames)


def differences(frames: Frames, baseline: str | None = None) -> pd.DataFrame:
    """Compare every outcome's mean with a baseline scenario.

    Runs with the same seed and replicate use the same random numbers, so they are compared in
    pairs; where pairing does not lower the standard error, or no pairs exist, all runs of both
    scenarios are compared as independent samples.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.

    Returns
    -------
    pandas.DataFrame
        One row per comparable scenario (see `analysis.comparison.table.comparable`) and outcome:
        ``scenario``, ``baseline``, ``outcome``,
        ``unit``, ``pairs``, ``runs``, ``baseline_runs``, ``difference`` (scenario minus
        baseline) with ``difference_se``, ``difference_low``, ``difference_high``,
        ``numbers_low`` and ``numbers_high`` (its band over draws),
        ``method`` (``paired`` or ``unpaired``) and ``variance_reduction``: the variance of
        the unpaired difference over that of the paired one.

    Raises
    ------
    ValueError
        When there is no such scenario.
    """
    chosen = base_name(frames, baseline)
    groups = {name: rows for _, name, rows in by_scenario(frames.runs)}
    alike = set(comparable(frames, chosen))
    rows = [
        {"scenario": scenario, "baseline": chosen}
        | _difference_row(pair(runs, groups[chosen], column.name, draws))
        for scenario, runs in groups.items()
        if scenario in alike
        for draws in [uncertainty.shared(frames, scenario, chosen)]
        for column in frames.outcomes
    ]
    none = pair(groups[chosen], groups[chosen], "killed")
    columns = ["scenario", "baseline", *_difference_row(none)]
    return _ordered(pd.DataFrame(rows, columns=columns), frames)


def observed(runs: pd.DataFrame, name: str) -> Floats:
    """Values of one outcome, without missing ones; infinite where the run ended first."""
    values: Floats = runs[wording.outcome(name).name].to_numpy(dtype=float)
    if name in wording.CENSORED_BY:
        ended = ~runs[wording.CENSORED_BY[name]].to_numpy(dtype=bool)
        values = np.where(ended, np.inf, values)
    return np.asarray(values[~np.isnan(values)])


def varying(runs: pd.DataFrame, outcomes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part outcomes into those that vary among the runs of some scenario, and the others.

    Where every run of a scenario has the same value, as the hours to a call with a date, there is
    nothing to draw. Killed is drawn in any case.
    """
    groups = list(runs.groupby("scenario", observed=True))
    shown = [
        name
        for name in outcomes
        if name == "killed" or any(rows[name].nunique() > 1 for _, rows in groups)
    ]
    return shown, [name for name in outcomes if name not in shown]


def summary_row(runs: pd.DataFrame, name: str, draws: int) -> dict[str, Any]:
    """Summarise one outcome over runs, at some number of draws of numbers that are not known."""
    values = runs[name].to_numpy(dtype=float)
    known = ~np.isnan(values)
    values = values[known]
    reached = observed(runs, name)
    row = {
        "outcome": name,
        "unit": wording.outcome(name).unit,
        "runs": len(values),
        "missing": len(runs) - len(values),
        "censored": int(np.isinf(reached).sum()),
    }
    yes_no = wording.is_yes_no(name)
    centre = (
        intervals.share(int(values.sum()), len(values))
        if yes_no
        else intervals.mean(values, floor=0.0)
    )
    row |= dict(zip(("mean", "mean_se", "mean_low", "mean_high"), centre, strict=True))
    ends = (math.nan, math.nan)
    if draws:
        ends = uncertainty.band(values, runs["replicate"].to_numpy()[known] % draws)
    row |= dict(zip(("numbers_low", "numbers_high"), ends, strict=True))
    row["sd"] = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    kept = np.empty(0) if yes_no else reached
    row |= {key: intervals.quantile(kept, level) for key, level in QUANTILES.items()}
    row["median_low"], row["median_high"] = intervals.quantile_interval(kept, 0.5)
    return row


def _difference_row(pairs: Pairs) -> dict[str, Any]:
    found = difference(pairs)
    return {
        "outcome": pairs.name,
        "unit": wording.outcome(pairs.name).unit,
        **pairs.counts(),
        **found.columns(),
        **dict(zip(("numbers_low", "numbers_high"), pairs.band, strict=True)),
        "method": found.method,
        "variance_reduction": found.variance_reduction,
    }


def _ordered(table: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    outcomes = pd.CategoricalDtype([column.name for column in frames.outcomes])
    return table.assign(
        scenario=frames.labels(table["scenario"]), outcome=table["outcome"].astype(outcomes)
    )
