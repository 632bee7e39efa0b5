"""Outcome distributions over runs: cumulative curves and histograms per scenario."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import intervals, style, wording
from analysis.arrays import Floats
from analysis.frames import by_scenario
from analysis.tables import observed

Band = Literal["curve", "point", "none"]
BAR_HEIGHT = 0.72


def ecdf(runs: pd.DataFrame, ax: Axes, outcome: str = "killed", *, band: Band = "curve") -> Axes:
    """Draw the share of runs at or below each value, one curve per scenario.

    The filled marker is the median with its 95 % interval, the open ones the 5 and 95 %
    quantiles. Runs that ended before the outcome was reached count in the total, so their
    curve ends below 1.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of the runs table.
    ax : matplotlib.axes.Axes
        Where to draw.
    outcome : str
        Name of an outcome.
    band : {"curve", "point", "none"}
        95 % band for the whole curve at once (Dvoretzky-Kiefer-Wolfowitz), for each point
        alone (Wilson), or none. A single run has none.

    Returns
    -------
    matplotlib.axes.Axes
        The same Axes.

    Raises
    ------
    ValueError
        For an unknown outcome.
    """
    pooled = observed(runs, outcome)
    right = _right_edge(runs, outcome)
    for place, name, rows in by_scenario(runs):
        values = np.sort(observed(rows, outcome))
        if values.size:
            _curve(ax, values, style.look(place), name, right, band)
    _frame(ax, pooled, 0.0, right)
    ax.set_xlabel(wording.label(outcome))
    ax.set_ylabel("Share of runs at or below")
    ax.set_ylim(-0.02, 1.02)
    if not pooled.size:
        style.say(ax, "no run has a value")
    return ax


def shares(runs: pd.DataFrame, ax: Axes, outcome: str) -> Axes:
    """Draw the share of runs that have a yes-or-no outcome, with its 95 % interval, by scenario."""
    groups = list(by_scenario(runs))
    for row, (place, _, rows) in enumerate(groups):
        values, look = observed(rows, outcome), style.look(place)
        found = intervals.share(int(values.sum()), values.size)
        span = [found.low, found.high]
        ax.plot(span, [row, row], color=look.colour, linewidth=1.6, solid_capstyle="butt")
        ax.plot(found.value, row, marker=look.marker, color=look.colour, markersize=4.5)
    style.name_rows(ax, [style.wrap(name, 28) for _, name, _ in groups])
    ax.set_xlim(-0.03, 1.03)
    ax.set_xlabel(wording.label(outcome))
    return ax


def histogram(runs: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Draw a histogram per scenario, one row each, all bars on one scale.

    The line below each row spans the 5 to 95 % quantiles, the marker is the median.
    """
    pooled = observed(runs, outcome)
    right = _right_edge(runs, outcome)
    edges = bin_edges(pooled[np.isfinite(pooled)], share=wording.outcome(outcome).unit == "share")
    groups = list(by_scenario(runs))
    shares = [_bar_shares(observed(rows, outcome), edges) for _, _, rows in groups]
    tallest = max((float(share.max()) for share in shares if share.size), default=0.0) or 1.0
    for row, ((place, _, rows), share) in enumerate(zip(groups, shares, strict=True)):
        values = observed(rows, outcome)
        if values.size:
            _bars(ax, edges, share * BAR_HEIGHT / tallest, -row, style.look(place))
            _spread(ax, values, -row - 0.12, style.look(place), right)
    _frame(ax, pooled, float(edges[0]), max(right, float(edges[-1]) if right > 1 else right))
    ax.set_yticks([-row for row in range(len(groups))], [style.wrap(n, 22) for _, n, _ in groups])
    ax.set_ylim(-len(groups) + 0.7, BAR_HEIGHT + 0.15)
    ax.set_xlabel(wording.label(outcome))
    ax.set_title(
        f"tallest bar: {100 * tallest:.0f} % of runs",
        fontsize=style.SMALL_SIZE,
        loc="right",
        fontweight="normal",
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax


def bin_edges(values: Floats, share: bool = False, squeezed: bool | None = None) -> Floats:
    """Choose histogram bins of equal width as drawn; whole numbers lie inside bins."""
    if values.size == 0 or share:
        return np.linspace(0.0, 1.0, 21)
    top, bottom = float(values.max()), float(values.min())
    whole = bool(np.all(values == np.floor(values)))
    if squeezed is None:
        squeezed = whole and style.heavy_tailed(values)
    if squeezed:
        steps = np.expm1(np.linspace(0, np.log1p(top + 1), 24))
        return np.unique(np.ceil(steps)) - 0.5
    spread = float(np.subtract(*np.quantile(values, [0.75, 0.25])))
    step = max(2 * spread / values.size ** (1 / 3), (top - bottom) / 40)
    if whole:
        step = 1 if top - bottom <= 25 else max(1, math.ceil(step))
        return np.arange(math.floor(bottom), top + step + 0.5, step) - 0.5
    return bottom + (step or 1.0) * np.arange(math.ceil((top - bottom) / (step or 1.0)) + 1.5)


def _curve(ax: Axes, values: Floats, look: style.Look, name: str, right: float, band: Band) -> None:
    """Draw one curve; ``values`` are sorted and may end in infinities."""
    runs, finite = values.size, values[np.isfinite(values)]
    places = np.unique(finite)
    hits = np.searchsorted(finite, places, side="right")
    x = np.concatenate([[min([0.0, *places[:1]])], places, [right]])
    heights = np.concatenate([[0], hits, hits[-1:]]) if hits.size else np.zeros(2)
    x = x if hits.size else np.array([0.0, right])
    ax.step(
        x, heights / runs, where="post", color=look.colour, linestyle=look.dash, linewidth=1.2,
        label=name,
    )  # fmt: skip
    if runs > 1 and band != "none":
        low, high = _band(heights, runs, band)
        ax.fill_between(
            x, low, high, step="post", color=look.colour, alpha=style.WIDE_BAND, linewidth=0
        )
    _quantile_marks(ax, values, look)


def _band(hits: Floats, runs: int, band: Band) -> tuple[Floats, Floats]:
    if band == "curve":
        margin = intervals.curve_margin(runs)
        return np.clip(hits / runs - margin, 0, 1), np.clip(hits / runs + margin, 0, 1)
    points = [intervals.share(int(hit), runs) for hit in hits]
    return np.array([point.low for point in points]), np.array([point.high for point in points])


def _quantile_marks(ax: Axes, values: Floats, look: style.Look) -> None:
    for level in (0.05, 0.95):
        ax.plot(
            intervals.quantile(values, level), level, marker=look.marker, markersize=3,
            markerfacecolor="white", color=look.colour, linestyle="", markeredgewidth=0.8,
        )  # fmt: skip
    low, high = intervals.quantile_interval(values, 0.5)
    ax.plot([low, high], [0.5, 0.5], color=look.colour, linewidth=1.0, solid_capstyle="butt")
    ax.plot(
        intervals.quantile(values, 0.5), 0.5, marker=look.marker, markersize=4,
        color=look.colour, linestyle="",
    )  # fmt: skip


def _bar_shares(values: Floats, edges: Floats) -> Floats:
    counts = np.histogram(values[np.isfinite(values)], edges)[0]
    return counts / max(values.size, 1)


def _bars(ax: Axes, edges: Floats, heights: Floats, base: float, look: style.Look) -> None:
    ax.bar(
        edges[:-1], heights, np.diff(edges), bottom=base, align="edge", facecolor=look.colour,
        alpha=0.55, hatch=look.hatch, edgecolor="white", linewidth=0.3,
    )  # fmt: skip
    ax.stairs(heights + base, edges, baseline=base, color=look.colour, linewidth=0.8)


def _spread(ax: Axes, values: Floats, y: float, look: style.Look, right: float) -> None:
    ends = [min(intervals.quantile(values, level), right) for level in (0.05, 0.95)]
    ax.plot(ends, [y, y], color=look.colour, linewidth=1.0, solid_capstyle="butt")
    ax.plot(intervals.quantile(values, 0.5), y, marker=look.marker, color=look.colour, markersize=4)
    never = float(np.isinf(values).mean())
    if never:
        ax.annotate(
            f"{100 * never:.0f} % not by the end", (right, y), xytext=(0, -7),
            textcoords="offset points", fontsize=style.SMALL_SIZE, ha="right",
        )  # fmt: skip


def _right_edge(runs: pd.DataFrame, outcome: str) -> float:
    largest = float(runs[outcome].max())
    if not largest > 0:
        return 1.0
    return math.ceil(largest * 10) / 10 if wording.outcome(outcome).unit == "share" else largest


def _frame(ax: Axes, pooled: Floats, left: float, right: float) -> None:
    margin = 0.03 * right
    if style.heavy_tailed(pooled):
        style.compress(ax, "x", right)
        ax.set_xlim(min(left, -0.35), right * 1.1)
    else:
        ax.set_xlim(min(left, -margin), right + margin)
        whole = bool(np.all(pooled[np.isfinite(pooled)] % 1 == 0)) and right >= 1
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=whole))
