"""All scenarios on one outcome: differences from the baseline in order of size, with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import style, wording

NAME_WIDTH = 30
HEADS = ("Difference (95 %)", "Ratio", "P(more)", "{tail:.0f} % quantile", "Var. red.")
PLACES = (0.0, 0.42, 0.508, 0.628, 1.0)


def ranked(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Rows of one outcome, the largest difference first; rows without one last."""
    rows = table[table["outcome"] == wording.outcome(outcome).name]
    return rows.sort_values("difference", ascending=False, kind="stable", ignore_index=True)


def ranking(table: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Draw every scenario's difference from the baseline with its 95 % interval.

    One row per scenario of a table of `analysis.compare`, the largest difference on top. Filled
    markers are distinguishable from zero in their family of tests; the shaded zone holds
    differences below the smallest relevant one. Thick grey bars are bands over draws of numbers
    that are not known.
    """
    rows = ranked(table, outcome)
    relevant = float(rows["relevant"].max()) if len(rows) else np.nan
    if np.isfinite(relevant):
        ax.axvspan(-relevant, relevant, color="0.92", linewidth=0)
    ax.axvline(0, **style.GUIDE)
    for place, row in enumerate(rows.to_dict("records")):
        _mark(ax, row, place)
    names = [style.wrap(str(name), NAME_WIDTH) for name in rows["scenario"]]
    style.name_rows(ax, names)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(f"{wording.title(outcome)}, difference ({wording.unit(outcome)})")
    return ax


def numbers(table: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Write the numbers beside the rows of `ranking`."""
    rows = ranked(table, outcome)
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    tail = 100 * float(rows["tail"].max()) if len(rows) else np.nan
    _line(ax, [head.format(tail=tail) for head in HEADS], -1.0, weight="bold")
    for place, row in enumerate(rows.to_dict("records")):
        _line(ax, cells(row), place)
    return ax


def cells(row: dict[str, Any]) -> list[str]:
    """Write the numbers of one row: difference, ratio, P(more), tail shift, variance reduction."""
    return [
        wording.estimate_in(row, "difference", signed=True),
        wording.number(row["ratio"]),
        wording.number(row["superiority"]),
        _shift(*(row[f"tail_shift{end}"] for end in ("", "_low", "_high"))),
        reduction(row),
    ]


def reduction(row: dict[str, Any]) -> str:
    """Write the variance reduction, or that no pairs were used."""
    if row["method"] == "unpaired":
        return "unpaired"
    value = row["variance_reduction"]
    return "∞" if np.isinf(value) else wording.number(value)


def _shift(value: float, low: float, high: float) -> str:
    """Write a shift briefly: whole numbers without decimals, others with two."""
    if np.isnan(value):
        return "–"
    whole = all(end % 1 == 0 for end in (value, low, high) if not np.isnan(end))
    middle, *ends = (
        wording.count(end, signed=True) if whole else f"{end:+.2f}".replace("-", "−")
        for end in (value, low, high)
    )
    return middle if np.isnan(low) else f"{middle} ({ends[0]} to {ends[1]})"


def _mark(ax: Axes, row: dict[str, Any], place: int) -> None:
    band = [row["numbers_low"], row["numbers_high"]]
    ax.plot(band, [place, place], color="0.75", linewidth=5.0, solid_capstyle="butt")
    low, high = row["difference_low"], row["difference_high"]
    ax.plot([low, high], [place, place], color="black", linewidth=1.0, solid_capstyle="butt")
    ax.plot(
        row["difference"], place, marker="o", markersize=4, linestyle="", color="black",
        markerfacecolor="black" if row["distinguishable"] else "white", markeredgewidth=0.8,
    )  # fmt: skip


def _line(ax: Axes, words: Sequence[str], y: float, weight: str = "normal") -> None:
    for place, (x, word) in enumerate(zip(PLACES, words, strict=True)):
        last = place == len(words) - 1
        ax.annotate(
            word, (x, y), xycoords=("axes fraction", "data"), va="center",
            ha="right" if last else "left", fontsize=style.SMALL_SIZE - 0.3, fontweight=weight,
            annotation_clip=False,
        )  # fmt: skip
