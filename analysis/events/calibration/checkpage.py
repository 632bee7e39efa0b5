"""The page of a calibration that compares the data with runs at posterior draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import page, style
from analysis.arrays import Floats
from analysis.events.calibration.data import Data
from analysis.events.calibration.events import Events
from analysis.events.calibration.statistics import DAY

_POSTERIOR = style.LOOKS[0].colour


def predictive(table: pd.DataFrame, events: Events, data: Data, title: str) -> Figure:
    """Draw the data among runs at posterior draws."""
    unlike = int((table["p"] < 0.05).sum())
    reading = (
        f"{events.histories} runs at posterior draws. Left: running totals; line and bands are"
        " median and central 50 and 90 % of runs, dots the data. Right: share of runs below the"
        " data in each statistic, with ties as a bar; outside the shade lie 10 % of a right"
        f" model's. Two-sided p is below 0.05 in {unlike} of {len(table)} statistics."
    )
    figure = page.page(title, (reading,), max(3.6, 0.5 + 0.105 * len(table)))
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15), squeeze=False)[0]
    panels = ["events", *(["killed"] if data.statistics.sizes else [])]
    for what, ax in zip(panels, left.subplots(len(panels), 1, squeeze=False)[:, 0], strict=True):
        _running(what, events, data, ax)
    _places(table, right.subplots(1, 1))
    return figure


def _running(what: str, events: Events, data: Data, ax: Axes) -> None:
    statistics = data.statistics
    hours = np.linspace(statistics.first, statistics.last, 61)
    totals = _totals(what, events, hours, statistics.first)
    levels = np.quantile(totals, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    day = hours / DAY
    for low, high, alpha in ((0, 4, style.WIDE_BAND), (1, 3, style.NARROW_BAND)):
        ax.fill_between(day, levels[low], levels[high], color=_POSTERIOR, alpha=alpha, linewidth=0)
    ax.plot(day, levels[2], color=_POSTERIOR, linewidth=1.0)
    observed = _totals(what, data.events, hours, statistics.first)[0]
    ax.plot(day, observed, linestyle="", marker="o", markersize=2.0, color="0.1")
    ax.set_xlim(day[0], day[-1])
    ax.set_ylim(bottom=0)
    ax.set_xlabel("Day after the start")
    ax.set_ylabel("Killed (persons)" if what == "killed" else "Events")
    ax.set_title(f"Running total: {what}")


def _totals(what: str, events: Events, hours: Floats, first: float) -> Floats:
    """Count up to each hour, shape (histories, hours)."""
    here = events.within(first, float(hours[-1]) + 1e-6)
    weights = here.size if what == "killed" else np.ones(len(here.hours))
    step = np.searchsorted(hours, here.hours, side="left")
    cells = here.history * len(hours) + step
    counts = np.bincount(cells, weights, here.histories * len(hours))
    return np.asarray(counts.reshape(here.histories, len(hours)).cumsum(axis=1))


def _places(table: pd.DataFrame, ax: Axes) -> None:
    at = -np.arange(len(table))
    ax.axvspan(0.05, 0.95, color="0.93", linewidth=0)
    ax.axvline(0.5, **style.GUIDE)
    ax.hlines(at, table["below"], table["up_to"], color=_POSTERIOR, linewidth=1.4, alpha=0.55)
    middle = (table["below"] + table["up_to"]) / 2
    ax.plot(middle, at, linestyle="", marker="o", markersize=2.6, color=_POSTERIOR)
    ax.set_yticks(at, [style.wrap(name, 44, 1) for name in table["statistic"]])
    ax.tick_params(axis="y", length=0, labelsize=style.SMALL_SIZE)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-len(table) + 0.4, 0.6)
    ax.set_xlabel("Share of runs below the data")
    ax.set_title("Statistics")
