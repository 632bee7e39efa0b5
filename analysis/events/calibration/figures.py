"""Sheets of a calibration: pair plot, comparison with the data, rank histograms, recovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from analysis import sheet, style
from analysis.arrays import Floats
from analysis.events.calibration.data import Data
from analysis.events.calibration.events import Events
from analysis.events.calibration.inference import Posterior
from analysis.events.calibration.proof import COVERAGES, Proof
from analysis.events.calibration.statistics import DAY
from analysis.explore.designs import write_range
from sim.scenario.designs import Design, Range
from sim.scenario.designs.sampling import within

MOST = 6
_POSTERIOR, _PRIOR = style.LOOKS[0].colour, "0.55"
_TICKS = (0.0, 0.5, 1.0)
_COLUMNS = 3


def pairs(design: Design, shares: Floats, posterior: Posterior, title: str) -> Figure:
    """Draw posterior draws of each parameter and each pair."""
    chosen = np.sort(np.argsort(posterior.spread_left, kind="stable")[:MOST])
    names = _names(design)
    number = len(chosen)
    reading = (
        f"{len(shares)} posterior draws. Diagonal: posterior density within the prior's range,"
        " against that of the prior (dashed); the number is the posterior standard deviation over"
        " the prior's, 1 where the data say nothing. Axes span the prior."
    )
    more = f"The {MOST} parameters that are narrowed most are shown." * (len(design.ranges) > MOST)
    figure = sheet.make(title, (reading, more), min(6.6, 0.6 + 1.25 * number))
    axes = figure.subplots(number, number, squeeze=False)
    for row, down in enumerate(chosen):
        for column, across in enumerate(chosen):
            ax = axes[row, column]
            if column > row:
                ax.set_axis_off()
                continue
            if row == column:
                _margin(posterior, int(down), ax)
            else:
                ax.plot(
                    shares[:, across], shares[:, down], linestyle="", marker="o", markersize=1.8,
                    color=_POSTERIOR, alpha=0.35, markeredgewidth=0,
                )  # fmt: skip
                ax.set_ylim(0, 1)
            ax.set_xlim(0, 1)
            last, first = row == number - 1, column == 0 and row > 0
            name = names[across] if last else None
            _ticks(ax, "x", design, design.ranges[across], name, narrow=True)
            _ticks(
                ax, "y", design, design.ranges[down], names[down] if first else None, row > column
            )
    return figure


def ranks(proof: Proof, name: str) -> Figure:
    """Draw rank histograms and the coverage of intervals."""
    reading = (
        f"{proof.sets:,} data sets from the model with parameters drawn from the prior. Histograms:"
        " posterior probability below the true value, uniform for a correct method; the shade"
        " holds 99 % of the bins of a correct method. Coverage: share of central intervals that"
        " hold the truth minus their nominal probability, with 95 % intervals."
    )
    low, high = proof.band()
    bottom = max(0, 3 * low - 2 * high)
    cut = "The axes of data sets do not begin at 0." * (bottom > 0)
    names = list(proof.paths)
    test = proof.ranks()
    rows = int(np.ceil((len(names) + 1) / _COLUMNS))
    title = f"Simulation-based calibration: {name}"
    figure = sheet.make(title, (reading, cut), 1.9 * rows, list(enumerate(names)))
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for place, (parameter, counts) in enumerate(zip(names, proof.counts(), strict=True)):
        ax = axes[place]
        edges = np.linspace(0, 1, proof.bins + 1)
        ax.axhspan(low, high, color="0.85", linewidth=0)
        ax.axhline(proof.sets / proof.bins, **style.GUIDE)
        ax.stairs(counts, edges, color=style.look(place).colour, linewidth=1.1)
        ax.set_ylim(bottom, max(counts.max(), 2 * high - low))
        ax.set_xlim(0, 1)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.set_title(f"{style.wrap(parameter, 28)}\np = {test['p'][place]:.2g}")
        ax.set_xlabel("Posterior probability below truth")
        ax.set_ylabel("Data sets")
    _coverage(proof, axes[len(names)])
    for ax in axes[len(names) + 1 :]:
        ax.set_axis_off()
    return figure


def recovery(proof: Proof, design: Design, name: str) -> Figure:
    """Draw the posterior of each data set against the true value."""
    test = proof.ranks()
    reading = (
        "Posterior mean and central 90 % for data sets whose parameter is known; on the diagonal"
        " they agree. r: correlation of mean and truth. Spread left: mean posterior over"
        " prior standard deviation, 1 where the data say nothing. Axes span the prior."
    )
    more = "100 data sets are drawn." * (proof.sets > 100)
    names = _names(design)
    rows = int(np.ceil(len(names) / _COLUMNS))
    figure = sheet.make(f"Recovery of known parameters: {name}", (reading, more), 2.3 * rows)
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    some = slice(0, 100)
    for place, (ax, varied) in enumerate(zip(axes, design.ranges, strict=False)):
        truth, mean = proof.truth[some, place], proof.mean[some, place]
        ends = [mean - proof.low[some, place], proof.high[some, place] - mean]
        ax.errorbar(
            truth, mean, np.maximum(ends, 0), linestyle="", marker="o", markersize=2.2,
            color=_POSTERIOR, ecolor="#9ecae1", elinewidth=0.5,
        )  # fmt: skip
        ax.plot([0, 1], [0, 1], **style.GUIDE)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_aspect("equal")
        _ticks(ax, "x", design, varied, "true value")
        _ticks(ax, "y", design, varied, "posterior")
        facts = f"r = {test['r'][place]:.2f}, spread left {test['spread_left'][place]:.2f}"
        ax.set_title(f"{names[place]}\n{facts}")
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    return figure


def checks(table: pd.DataFrame, events: Events, data: Data, title: str) -> Figure:
    """Draw the data among runs at posterior draws."""
    unlike = int((table["p"] < 0.05).sum())
    reading = (
        f"{events.histories} runs at posterior draws. Left: running totals; line and bands are"
        " median and central 50 and 90 % of runs, dots the data. Right: share of runs below the"
        " data in each statistic, with ties as a bar; outside the shade lie 10 % of a"
        f" correct model's. Two-sided p is below 0.05 in {unlike} of {len(table)} statistics."
    )
    figure = sheet.make(title, (reading,), max(3.6, 0.5 + 0.105 * len(table)))
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15), squeeze=False)[0]
    panels = ["events", *(["killed"] if data.statistics.sizes else [])]
    for what, ax in zip(panels, left.subplots(len(panels), 1, squeeze=False)[:, 0], strict=True):
        _running(what, events, data, ax)
    _places(table, right.subplots(1, 1))
    return figure


def _names(design: Design) -> list[str]:
    """Short names, broken into lines; values carry their units."""
    return [style.wrap(name, 24) for name in (each.path for each in design.ranges)]


def _margin(posterior: Posterior, place: int, ax: Axes) -> None:
    ax.hist(
        posterior.shares[:, place], bins=20, range=(0, 1), weights=posterior.weights, density=True,
        color=_POSTERIOR, alpha=0.6,
    )  # fmt: skip
    ax.axhline(1, color=_PRIOR, linestyle="--", linewidth=0.8)
    text = f"{posterior.spread_left[place]:.2f}"
    ax.set_title(text, fontsize=style.SMALL_SIZE + 0.5, loc="right", pad=2)


def _ticks(
    ax: Axes,
    axis: str,
    design: Design,
    varied: Range,
    name: str | None,
    shown: bool = True,
    narrow: bool = False,
) -> None:
    """Write values of a parameter at the ends of its range, and at the middle unless narrow."""
    target = ax.xaxis if axis == "x" else ax.yaxis
    if not shown:
        target.set_major_locator(NullLocator())
        return
    values = within(varied, np.array(_TICKS))
    texts = [write_range(design, varied, float(value)) for value in values]
    target.set_major_locator(FixedLocator(list(_TICKS)))
    labels = texts if name is not None else [""] * len(texts)
    if narrow:
        labels[1] = ""
    if axis == "x":  # the ends of neighbouring axes keep apart
        first, _, last = ax.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    by_place = dict(zip(_TICKS, labels, strict=True))
    target.set_major_formatter(FuncFormatter(lambda place, _: by_place.get(float(place), "")))
    if name is not None:
        (ax.set_xlabel if axis == "x" else ax.set_ylabel)(name)


def _coverage(proof: Proof, ax: Axes) -> None:
    table = proof.coverage()
    ax.axhline(0, **style.GUIDE)
    for place, path in enumerate(proof.paths):
        mine, look = table[table["parameter"] == path], style.look(place)
        at = np.arange(len(COVERAGES)) + 0.13 * (place - (len(proof.paths) - 1) / 2)
        ends = [mine["observed"] - mine["low"], mine["high"] - mine["observed"]]
        ax.errorbar(
            at, mine["observed"] - mine["level"], ends, linestyle="", marker=look.marker,
            markersize=3, color=look.colour, elinewidth=0.7,
        )  # fmt: skip
    ax.set_xticks(range(len(COVERAGES)), [f"{100 * level:g} %" for level in COVERAGES])
    ax.set_xlabel("Central interval")
    ax.set_ylabel("Observed − nominal")
    ax.set_title("Coverage")


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
