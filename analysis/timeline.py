"""What happened when: daily fans over runs, and when orders were given."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis import intervals, style
from analysis.arrays import Floats
from analysis.frames import Frames, by_scenario

Count = Literal["killed", "wounded", "engagements"]
UNITS = {"killed": "persons", "wounded": "persons", "engagements": "number"}
LONG = 120
_FEW = 4
BULK = 0.95
BANDS = ((0.05, 0.95, style.WIDE_BAND), (0.25, 0.75, style.NARROW_BAND))


def daily(frames: Frames, columns: Sequence[Count] = ("killed", "engagements")) -> pd.DataFrame:
    """Sum counts over the local calendar days of each run.

    Reads the ticks piece by piece, so that a large batch fits into memory. One row per
    ``scenario``, ``replicate`` and ``day`` (0 the first), with the local ``date`` and the columns.
    The first and the last day are usually incomplete.
    """
    keys = ["scenario", "replicate", "day"]
    sums = [
        part.assign(day=frames.day_of(part)).groupby(keys, observed=True)[list(columns)].sum()
        for part in frames.batches("ticks", ["replicate", "tick", *columns])
    ]
    days = pd.concat(sums).reset_index()
    days["scenario"] = frames.labels(days["scenario"])
    starts = {
        name: pd.Timestamp(loaded.scenario.clock.start).normalize()
        for name, loaded in frames.scenarios.items()
    }
    first = days["scenario"].astype(object).map(starts)
    return days.assign(date=pd.to_datetime(first) + pd.to_timedelta(days["day"], unit="D"))


def fan(
    days: pd.DataFrame, ax: Axes, column: Count = "killed", *, cumulative: bool = False
) -> Axes:
    """Draw the spread of a daily count over runs: median, 50 % and 90 % band.

    The scenarios in ``days``, from `daily`, are drawn over each other. With one scenario, dots give
    the mean with its 95 % interval. A single run is drawn as a line without bands. A cumulative
    count goes from the start to the end of each day.
    """
    groups = list(by_scenario(days))
    for place, name, rows in groups:
        table = rows.pivot(index="replicate", columns="date", values=column)
        counts = table.to_numpy(dtype=float)
        counts = counts.cumsum(axis=1) if cumulative else counts
        edges = dates.date2num([*table.columns, table.columns[-1] + pd.Timedelta(days=1)])
        _draw(ax, edges, counts, style.look(place), name, alone=len(groups) == 1)
    what = f"Cumulative {column}" if cumulative else f"{column.capitalize()} per day"
    ax.set_ylabel(f"{what}\n({UNITS[column]})")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    date_axis(ax)
    return ax


def busy(days: pd.DataFrame) -> pd.DataFrame:
    """Leave out the quiet days at the end, for figures that show one day at a time."""
    totals = days.pivot_table("engagements", "day", "scenario", "sum", observed=True).cumsum()
    reached = totals.ge(BULK * totals.max()).idxmax()
    return days[days["day"] <= max(6, int(reached.max()))]


def date_axis(ax: Axes) -> None:
    """Show local calendar dates on the x axis, with the year below."""
    ax.margins(x=0.01)
    first, last = (dates.num2date(edge) for edge in ax.get_xlim())
    months = (last - first).days > LONG
    if (last - first).days <= _FEW:
        ax.xaxis.set_major_locator(dates.DayLocator())
    else:
        locator = dates.AutoDateLocator(minticks=3, maxticks=6, interval_multiples=months)
        ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(FuncFormatter(_month_and_year if months else _day_and_month))
    years = f"{first.year}" if first.year == last.year else f"{first.year}–{last.year}"
    ax.set_xlabel(f"Local date ({years})")


def _day_and_month(number: float, _: int | None = None) -> str:
    day = dates.num2date(number)
    return f"{day.day} {calendar.month_abbr[day.month]}"


def _month_and_year(number: float, _: int | None = None) -> str:
    day = dates.num2date(number)
    return f"{calendar.month_abbr[day.month]} {day.year}"


def _draw(
    ax: Axes, edges: Floats, counts: Floats, look: style.Look, name: str, alone: bool
) -> None:
    if len(counts) > 1:
        for low, high, alpha in BANDS:
            lower, upper = np.quantile(counts, [low, high], axis=0, method="inverted_cdf")
            ax.fill_between(
                edges, np.append(lower, lower[-1]), np.append(upper, upper[-1]), step="post",
                color=look.colour, alpha=alpha, linewidth=0,
            )  # fmt: skip
        if alone:
            _mean_dots(ax, edges, counts, look)
    middle = np.quantile(counts, 0.5, axis=0, method="inverted_cdf")
    ax.stairs(
        middle, edges, baseline=None, color=look.colour, linestyle="-" if alone else look.dash,
        linewidth=1.3, label=name,
    )  # fmt: skip
    highest = np.quantile(counts, BANDS[0][1], axis=0, method="inverted_cdf").max()
    top = max(1.0, float(highest), float(counts.mean(axis=0).max()))
    ax.set_ylim(0, max(ax.get_ylim()[1], 1.06 * top))


def _mean_dots(ax: Axes, edges: Floats, counts: Floats, look: style.Look) -> None:
    """Draw means with intervals, at most twenty where the count only rises."""
    every = np.any(np.diff(counts, axis=1) < 0) or len(edges) < 20
    step = 1 if every else len(edges) // 15
    means = [intervals.mean(column, floor=0.0) for column in counts.T[::step]]
    value = np.array([mean.value for mean in means])
    reach = np.array([[mean.value - mean.low, mean.high - mean.value] for mean in means]).T
    positive = value > 0
    ax.errorbar(
        ((edges[:-1] + edges[1:]) / 2)[::step][positive], value[positive], reach[:, positive],
        fmt=look.marker, color=look.colour, markersize=2, elinewidth=0.6, markerfacecolor="white",
        markeredgewidth=0.6,
    )  # fmt: skip
