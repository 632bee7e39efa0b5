"""Draw an observation over the distribution of runs, on the observed thing's own axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import style, verdicts, wording
from analysis.arrays import Floats
from analysis.distributions import bin_edges

OBSERVED = "#D55E00"
_RUNS = style.LOOKS[0].colour
_BAR, _LINE = 0.78, -0.22


def strip(row: Mapping[str, Any], values: Floats, ax: Axes) -> Axes:
    """Draw one target: the runs as bars and intervals, the observation over them."""
    happened = values[~np.isnan(values)]
    if row["kind"] == verdicts.YES_NO:
        _draw_share(row, ax)
    else:
        _draw_runs(row, happened, ax)
        _draw_observation(row, ax)
    ax.set_yticks([])
    ax.set_ylim(-0.42, 1.1)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="x", pad=1.5)
    ax.set_title(f"{row['label']} ({_unit(row)})", fontsize=style.TEXT_SIZE, pad=2)
    ax.set_title(_outcome(row), loc="right", fontsize=style.SMALL_SIZE, fontweight="normal", pad=2)
    return ax


def _draw_runs(row: Mapping[str, Any], values: Floats, ax: Axes) -> None:
    _limits(row, values, ax)
    if values.size:
        edges = bin_edges(values, squeezed=ax.get_xscale() != "linear")
        counts = np.histogram(values, edges)[0]
        ax.bar(
            edges[:-1], _BAR * counts / counts.max(), np.diff(edges), align="edge",
            facecolor=_RUNS, alpha=style.NARROW_BAND, edgecolor="white", linewidth=0.3,
        )  # fmt: skip
        for (low, high), width in zip(verdicts.BANDS, (3.2, 1.0), strict=True):
            ax.plot(
                [row[low], row[high]], [_LINE, _LINE], color=_RUNS, linewidth=width,
                solid_capstyle="butt",
            )  # fmt: skip
        ax.plot(
            row["median"], _LINE, marker="o", color="white", markeredgecolor=_RUNS, markersize=4
        )


def _limits(row: Mapping[str, Any], values: Floats, ax: Axes) -> None:
    reported = [row[key] for key in ("observed", "low", "high") if not math.isnan(row[key])]
    shown = np.concatenate((values, reported, [0.0]))
    left, right = float(shown.min()), float(shown.max())
    if left >= 0 and style.heavy_tailed(shown):
        style.compress(ax, "x", right)
        ax.set_xlim(-0.4, right * 1.15)
        return
    whole = bool(np.all(shown % 1 == 0))
    margin = 0.03 * (right - left or 1.0) + (0.5 if whole else 0.0)
    ax.set_xlim(left - margin, right + margin)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=whole))


def _draw_observation(row: Mapping[str, Any], ax: Axes) -> None:
    left, right = ax.get_xlim()
    low = left if math.isnan(row["low"]) else row["low"]
    high = right if math.isnan(row["high"]) else row["high"]
    ax.axvspan(low, high, ymin=0.02, ymax=0.86, color=OBSERVED, alpha=0.16, linewidth=0)
    for edge in (row["low"], row["high"]):
        if not math.isnan(edge):
            ax.axvline(edge, ymin=0.02, ymax=0.86, color=OBSERVED, linewidth=0.7, linestyle=":")
    if not math.isnan(row["observed"]):
        ax.axvline(row["observed"], ymin=0.02, ymax=0.86, color=OBSERVED, linewidth=1.3)
        ax.plot(row["observed"], 0.82, marker="v", color=OBSERVED, markersize=4.5, clip_on=False)


def _draw_share(row: Mapping[str, Any], ax: Axes) -> None:
    ax.set_xlim(-2, 102)
    if not math.isnan(row["agree"]):
        low, high = 100 * row["agree_low"], 100 * row["agree_high"]
        ax.bar(
            0, _BAR, 100 * row["agree"], align="edge", facecolor=_RUNS, alpha=style.NARROW_BAND,
        )  # fmt: skip
        ax.plot([low, high], [_LINE, _LINE], color=_RUNS, linewidth=1.0, solid_capstyle="butt")
        ax.plot(
            100 * row["agree"], _LINE, marker="o", color="white", markeredgecolor=_RUNS,
            markersize=4,
        )  # fmt: skip
    ax.axvline(100, ymin=0.02, ymax=0.86, color=OBSERVED, linewidth=1.3)
    ax.plot(100, 0.72, marker="v", color=OBSERVED, markersize=4.5, clip_on=False)


def _unit(row: Mapping[str, Any]) -> str:
    return "% of runs as reported" if row["kind"] == verdicts.YES_NO else str(row["unit"])


def _outcome(row: Mapping[str, Any]) -> str:
    places = {True: "inside their middle 90 %", False: "outside their middle 90 %"}
    words = places.get(row["inside_90"], "too few")
    if row["kind"] != verdicts.VALUE and row["inside_90"] is not None:
        words = f"{100 * row['agree']:.0f} % agree"
    if row["happened"] == row["runs"]:
        return f"in all runs; {words}"
    return f"in {row['happened']:,} of {wording.plural(row['runs'], 'run')}; {words}"
