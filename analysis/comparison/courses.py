"""How a difference grows over time: cumulative counts, scenario minus baseline, by tick."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import intervals, style
from analysis.arrays import Floats
from analysis.comparison.table import base_name, comparable
from analysis.frames import Frames
from analysis.timeline import BANDS, UNITS, Count, date_axis

POINTS = 400


def course_differences(
    frames: Frames, baseline: str | None = None, column: Count = "killed"
) -> dict[str, pd.DataFrame]:
    """Cumulative count of each scenario minus that of its pair in the baseline, by tick.

    By comparable scenario: one row per pair of runs (indexed by replicate), one column per tick
    named by the local time at its end, without zone. A scenario of another seed has no pairs.
    """
    chosen = base_name(frames, baseline)
    names = [chosen, *comparable(frames, chosen)]
    counts = _cumulative(frames, names, column)
    seeds = frames.runs.groupby("scenario", observed=True)["seed"].first()
    clock = frames.scenarios[chosen].scenario.clock
    start = pd.Timestamp(clock.start)
    found = {}
    for name in names[1:]:
        same = seeds.get(name) == seeds.get(chosen)
        pairs = counts[name].index.intersection(counts[chosen].index) if same else pd.Index([])
        gaps = counts[name].loc[pairs] - counts[chosen].loc[pairs]
        hours = (gaps.columns.to_numpy(dtype=float) + 1) * clock.tick
        found[name] = gaps.set_axis(start + pd.to_timedelta(hours, unit="h"), axis=1)
    return found


def difference_fan(gaps: pd.DataFrame, ax: Axes, column: Count = "killed") -> Axes:
    """Draw how the difference of one scenario of `course_differences` grows.

    Line and thin lines are the mean and its 95 % interval at each time, bands the middle 50 and 90
    % of pairs.
    """
    ax.axhline(0, **style.GUIDE)
    ax.set_ylabel(f"Cumulative {column},\ndifference ({UNITS[column]})")
    if gaps.empty:
        style.say(ax, "no pairs of runs")
        return ax
    step = max(1, gaps.shape[1] // POINTS)
    shown = gaps.iloc[:, step - 1 :: step]
    x, values = dates.date2num(shown.columns), shown.to_numpy(dtype=float)
    colour = style.look(0).colour
    if len(values) > 1:
        for low, high, alpha in BANDS:
            lower, upper = np.quantile(values, [low, high], axis=0, method="inverted_cdf")
            ax.fill_between(x, lower, upper, color=colour, alpha=alpha, linewidth=0)
        centre, reach = _mean(values)
        for edge in (centre - reach, centre + reach):
            ax.plot(x, edge, color="black", linewidth=0.5, linestyle=(0, (2, 1)))
    ax.plot(x, values.mean(axis=0), color="black", linewidth=1.2)
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    date_axis(ax)
    return ax


def _mean(values: Floats) -> tuple[Floats, Floats]:
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return values.mean(axis=0), intervals.t_quantile(len(values) - 1) * error


def _cumulative(frames: Frames, names: list[str], column: Count) -> dict[str, pd.DataFrame]:
    """Cumulative count by replicate and tick, read piece by piece."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in names}
    for part in frames.batches("ticks", ["replicate", "tick", column]):
        for name, rows in part.groupby("scenario", observed=True):
            if name in parts:
                table = rows.pivot(index="replicate", columns="tick", values=column)
                parts[str(name)].append(table.astype("int32"))
    return {name: _sum_up(found) for name, found in parts.items()}


def _sum_up(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts).sort_index().cumsum(axis=1) if parts else pd.DataFrame()
