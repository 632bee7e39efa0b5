"""Means and differences from the baseline with their intervals, one row per scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import style, wording

NAME_WIDTH = 24


def means(table: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Draw the mean of an outcome of `analysis.summary` with its 95 % interval, row by row."""
    head = "" if wording.is_yes_no(outcome) else "Mean "
    label = wording.label(outcome)
    ax.set_xlabel(head + (label[0].lower() + label[1:] if head else label))
    rows = table[table["outcome"] == wording.outcome(outcome).name]
    for row in rows.to_dict("records"):
        _row(ax, table, row, ("mean", "mean_low", "mean_high"), signed=False)
    _rows_axis(ax, table, names=True)
    highest = float(np.nanmax([0.0, *rows["mean"], *rows["mean_high"]])) or 1.0
    ax.set_xlim(-0.03 * highest, 1.08 * highest)
    return ax


def effects(table: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Draw the differences of `analysis.differences` with 95 % intervals, row by row."""
    unit = wording.unit(outcome)
    ax.set_xlabel(f"Difference ({unit})")
    ax.axvline(0, **style.GUIDE)
    keys = ("difference", "difference_low", "difference_high")
    rows = table[table["outcome"] == outcome]
    for row in rows.to_dict("records"):
        _row(ax, table, row, keys, signed=True)
    _rows_axis(ax, table, names=False)
    if not rows[list(keys)].fillna(0.0).any(axis=None):
        ax.set_xlim(-1.0, 1.0)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    return ax


def _row(
    ax: Axes, table: pd.DataFrame, row: dict[str, Any], keys: tuple[str, str, str], signed: bool
) -> None:
    place = list(table["scenario"].cat.categories).index(row["scenario"])
    look = style.look(place)
    value, low, high = (row[key] for key in keys)
    ax.plot([low, high], [place, place], color=look.colour, linewidth=1.6, solid_capstyle="butt")
    ax.plot(value, place, marker=look.marker, color=look.colour, markersize=4.5, linestyle="")
    text = wording.estimate(value, low, high, signed)
    ax.annotate(
        text, (1, place), xycoords=("axes fraction", "data"), xytext=(3, 0),
        textcoords="offset points", va="center", ha="left", fontsize=style.SMALL_SIZE,
    )  # fmt: skip


def _rows_axis(ax: Axes, table: pd.DataFrame, names: bool) -> None:
    scenarios = list(table["scenario"].cat.categories)
    shown = [style.wrap(name, NAME_WIDTH) if names else "" for name in scenarios]
    style.name_rows(ax, shown)
    ax.margins(x=0.08)
