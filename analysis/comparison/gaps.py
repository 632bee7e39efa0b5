"""How differences between paired runs are distributed, scenario by scenario."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from analysis import intervals, style, wording
from analysis.arrays import Floats
from analysis.comparison.pairs import pair
from analysis.comparison.table import base_name, comparable
from analysis.frames import Frames, by_scenario

BAR_HEIGHT = 0.8
_WIDE = 8.0
_BARS = 41


def pair_differences(
    frames: Frames, baseline: str | None = None, outcome: str = "killed"
) -> dict[str, Floats]:
    """Difference of an outcome within each pair of runs, by comparable scenario."""
    chosen = base_name(frames, baseline)
    runs = {name: rows for _, name, rows in by_scenario(frames.runs)}
    found = {}
    for name in comparable(frames, chosen):
        pairs = pair(runs[name], runs[chosen], outcome)
        found[name] = pairs.first - pairs.second
    return found


def difference_rows(gaps: dict[str, Floats], ax: Axes, outcome: str = "killed") -> Axes:
    """Draw a histogram of the differences of `pair_differences`, one row per scenario.

    Bars left of zero have less than their pair in the baseline; pairs that are the same are left
    out of the bars and counted at the right. The line spans the 5 to 95 % quantiles of all pairs,
    its marker is their mean. The scale is logarithmic away from zero where differences reach far
    beyond their bulk.
    """
    pooled = np.concatenate([*gaps.values(), np.zeros(1)])
    edges = _edges(pooled, _squeeze(ax, pooled))
    for row, values in enumerate(gaps.values()):
        if values.size:
            _row(ax, values, edges, row)
        ax.axhline(row, color="0.8", linewidth=0.5)
        ax.annotate(
            _shares(values), (1, row - 0.3), xycoords=("axes fraction", "data"), xytext=(3, 0),
            textcoords="offset points", fontsize=style.SMALL_SIZE, va="center",
        )  # fmt: skip
    ax.axvline(0, **style.GUIDE)
    names = [style.wrap(name, 26) for name in gaps]
    ax.set_yticks([row - 0.3 for row in range(len(gaps))], names)
    ax.set_ylim(len(gaps) - 0.6, -1.0)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    unit = "yes or no" if wording.is_yes_no(outcome) else wording.unit(outcome)
    ax.set_xlabel(f"{wording.title(outcome)}, difference within a pair ({unit})")
    return ax


def _squeeze(ax: Axes, pooled: Floats) -> bool:
    """Choose the scale; true where it is squeezed."""
    size = np.abs(pooled)
    bulk = max(1.0, float(np.quantile(size, 0.5)))
    if size.max() < 10 or size.max() < _WIDE * bulk:
        ax.xaxis.set_major_locator(MaxNLocator(7))
        return False
    ax.set_xscale("function", functions=(_log, _unlog))
    steps = [step * 10.0**power for power in range(6) for step in (1, 3)][1:]
    marks = [mark for mark in steps if mark <= size.max()][-5:]
    ax.xaxis.set_major_locator(FixedLocator([*(-mark for mark in reversed(marks)), 0, *marks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.count(value, True)))
    return True


def _edges(pooled: Floats, squeezed: bool) -> Floats:
    low, high = float(pooled.min()), float(pooled.max())
    whole = bool(np.all(pooled == np.floor(pooled)))
    if squeezed:
        steps = _unlog(np.linspace(_log(np.array(low)), _log(np.array(high)), _BARS))
        rounded = np.unique(np.rint(steps)) if whole else steps
        return np.concatenate([rounded - 0.5, [high + 0.5]]) if whole else rounded
    if not whole:
        return np.linspace(low, high if high > low else low + 1, _BARS)
    step = max(1, round((high - low) / _BARS))
    return np.arange(low, high + step + 0.5, step) - 0.5


def _row(ax: Axes, values: Floats, edges: Floats, row: int) -> None:
    kept = values[values != 0]
    heights = np.histogram(kept, edges)[0] * BAR_HEIGHT
    heights = heights / max(1.0, float(heights.max()) / BAR_HEIGHT)
    middle = (edges[:-1] + edges[1:]) / 2
    look = (style.LOOKS[0].colour, style.LOOKS[1].colour)
    for side, colour in zip((middle < 0, middle >= 0), look, strict=True):
        _bars(ax, edges, np.where(side, heights, 0), row, colour)
    ends = [intervals.quantile(values, level) for level in (0.05, 0.95)]
    ax.plot(ends, [row + 0.09] * 2, color="black", linewidth=0.9, solid_capstyle="butt")
    ax.plot(values.mean(), row + 0.09, marker="o", color="black", markersize=3)


def _bars(ax: Axes, edges: Floats, heights: Floats, row: int, colour: str) -> None:
    kept = heights > 0
    ax.bar(
        edges[:-1][kept], -heights[kept], np.diff(edges)[kept], bottom=row, align="edge",
        color=colour, linewidth=0.2, edgecolor="white",
    )  # fmt: skip


def _shares(values: Floats) -> str:
    if not values.size:
        return "no pairs"
    less, same, more = (100 * float(v.mean()) for v in (values < 0, values == 0, values > 0))
    return f"less {less:.0f} %, same {same:.0f} %, more {more:.0f} %"


def _log(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _unlog(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.expm1(np.abs(values)))
