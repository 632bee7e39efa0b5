"""One panel per statistic of an event log."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from analysis import style, wording
from analysis.events.statistics.description import Description
from analysis.events.statistics.log import DAY, period_name
from analysis.events.statistics.placebo import BeforeAfter
from analysis.events.statistics.tails import Tail
from analysis.intervals import Estimate
from analysis.timeline import date_axis

BLUE, ORANGE, BLACK = style.LOOKS[0], style.LOOKS[1], style.LOOKS[2]
_BAND: Any = {"color": "0.5", "alpha": 0.3, "linewidth": 0}
_TICK = {1.0: "1 h", 6.0: "6 h", 24.0: "1 d", 168.0: "1 w", 672.0: "4 w", 2016.0: "12 w"}
_MORE_TICKS = {2.0: "2 h", 12.0: "12 h", 72.0: "3 d", 336.0: "2 w"}


def timeline(description: Description, ax: Axes) -> Axes:
    """Draw events per day or counted period, the fitted background and the times of orders."""
    log = description.log
    first = log.start.tz_localize(None).normalize()
    base = dates.date2num(first) if log.dated else 0.0
    width = log.resolution if log.resolution > DAY else DAY
    place, bins = log.day, log.days
    if width > DAY:
        bins = math.ceil(log.length / width - 1e-9)
        place = np.minimum((log.hours / width + 1e-9).astype(np.intp), bins - 1)
    counts = np.bincount(place, minlength=bins)
    edges = base + width / DAY * np.arange(bins + 1)
    ax.stairs(counts, edges, color=BLUE.colour, linewidth=0.7, label="events")
    offset = 0.0 if not log.dated else (log.start.tz_localize(None) - first).total_seconds() / 86400
    if description.excitation:
        fit = description.excitation[min(description.excitation)]
        days = base + offset + fit.background["hour"] / 24
        ax.plot(days, width * fit.background["rate"], color=ORANGE.colour, linewidth=1.3,
                linestyle=ORANGE.dash, label="fitted background")  # fmt: skip
    for change in description.orders.values():
        at = dates.date2num(change.at) if log.dated else change.at / 24
        ax.axvline(float(at), ymax=0.85, linestyle=(0, (2, 1.5)), **style.GUIDE)
    ax.set_xlim(edges[0], edges[-1] - 1e-3)
    if log.dated:
        date_axis(ax)
    else:
        ax.set_xlabel("Day")
    ax.set_ylim(0, 1.2 * max(1.0, ax.dataLim.y1))  # room for the legend
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_ylabel(f"Events per {period_name(width)}")
    ax.legend(loc="upper right", borderaxespad=0.1, ncols=2)
    return ax


def waits(description: Description, ax: Axes) -> Axes:
    """Draw the share of waiting times at or above each length, with a Poisson process."""
    every = np.sort(np.diff(description.log.hours))
    gaps = every[every > 0]
    ax.set_xlabel("Waiting time (hours)")
    ax.set_ylabel("Share at or above")
    if description.waiting is None:
        return _absent(description, ax, "waiting")
    share = np.arange(len(gaps), 0, -1) / len(every)
    ax.plot(gaps, share, color=BLUE.colour, linewidth=1.2, drawstyle="steps-pre")
    line = np.geomspace(gaps[0], gaps[-1], 200)
    poisson = np.exp(-line * len(description.log) / description.log.length)
    ax.plot(line, poisson, linestyle=(0, (2, 1.5)), **style.GUIDE)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.5 / len(every), 1.5)
    _plain_log(ax, "both")
    w = description.waiting
    low, high = w.poisson_burstiness
    text = f"burstiness {_cite(w.burstiness)}\nPoisson {wording.interval(low, high)}"
    low, high = w.poisson_memory
    return _note(ax, f"{text}\nmemory {_cite(w.memory)}\nPoisson {wording.interval(low, high)}")


def scales(description: Description, ax: Axes) -> Axes:
    """Draw the Fano factor by scale with its interval and the Poisson band."""
    table = description.fano
    ax.set_xlabel("Length of the window")
    ax.set_ylabel("Fano factor")
    if table.empty:
        style.say(ax, "too few events or windows")
        return ax
    ax.fill_between(table["scale"], table["poisson_low"], table["poisson_high"], **_BAND)
    reach = np.array([table["fano"] - table["low"], table["high"] - table["fano"]])
    reach = np.nan_to_num(np.maximum(reach, 0))
    ax.errorbar(table["scale"], table["fano"], reach, color=BLUE.colour, marker="o", markersize=3,
                linewidth=1.0, elinewidth=0.7)  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ticks = _TICK | _MORE_TICKS if len(table) < len(_TICK) else _TICK
    if description.log.resolution > DAY:
        short = {"week": "w", "month": "mo"}
        names = [period_name(scale) for scale in table["scale"]]
        names = [name if " " in name else f"1 {name}" for name in names]
        for word, letter in short.items():
            names = [name.replace(f"{word}s", letter).replace(word, letter) for name in names]
        ticks = dict(zip(table["scale"], names, strict=True))
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.set_xlim(table["scale"].min() / 1.4, table["scale"].max() * 1.4)
    ax.xaxis.set_minor_locator(NullLocator())
    _plain_log(ax, "y")
    return ax


def hours(description: Description, ax: Axes) -> Axes:
    """Draw the hour-of-day profile with its interval, night shaded."""
    ax.set_xlabel("Local hour of day")
    ax.set_ylabel("Share of events")
    if description.daytime is None or not len(description.log):
        return _absent(description, ax, "daytime")
    day = description.daytime
    first, last = day.span
    for left, right in [(first, last)] if first < last else [(0, last), (first, 24)]:
        ax.axvspan(left, right, color="0.9", linewidth=0)
    table = day.profile
    ax.stairs(table["share"], np.arange(25), baseline=None, color=BLUE.colour,
              linewidth=1.2)  # fmt: skip
    reach = np.array([table["share"] - table["low"], table["high"] - table["share"]])
    ax.errorbar(table["hour"] + 0.5, table["share"], np.maximum(reach, 0), fmt="none",
                ecolor=BLUE.colour, elinewidth=0.7)  # fmt: skip
    ax.axhline(1 / 24, linestyle=(0, (2, 1.5)), **style.GUIDE)
    ax.set_xlim(0, 24)
    ax.set_xticks(range(0, 25, 6))
    top = np.fmax(table["high"], table["share"]).max()
    ax.set_ylim(0, 1.3 * max(float(top), 1 / 24))
    return _note(ax, f"night share {_cite(day.night)}; flat {day.flat:.2f}", low=False)


def sizes(description: Description, ax: Axes) -> Axes:
    """Draw the share of events at or above each size with both fitted laws."""
    ax.set_xlabel(f"Size ({description.log.unit})" if description.log.unit else "Size")
    ax.set_ylabel("Share at or above")
    if description.severity is None or description.log.size is None:
        return _absent(description, ax, "severity")
    known = np.round(description.log.size[np.isfinite(description.log.size)])
    deadly = known[known > 0]
    if not len(deadly):
        style.say(ax, "no event of size 1 or more")
        return ax
    values, counts = np.unique(deadly, return_counts=True)
    above = counts[::-1].cumsum()[::-1] / len(deadly)
    ax.plot(values, above, linestyle="", marker="o", markersize=2.5, color=BLUE.colour)
    tail = description.severity.tail
    if tail is not None:
        _laws(ax, tail, float(values[-1]), tail.events / len(deadly))
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.5 / len(deadly), 1.5)
    _plain_log(ax, "both")
    return ax


def _laws(ax: Axes, tail: Tail, largest: float, share: float) -> None:
    line = np.unique(np.round(np.geomspace(tail.xmin, largest, 60)))
    ax.plot(line, share * tail.power_law_survival(line), color=ORANGE.colour, linewidth=1.0,
            linestyle=ORANGE.dash, label=f"power law, exponent {tail.alpha.value:.2f}")  # fmt: skip
    ax.plot(line, share * tail.lognormal_survival(line), color=BLACK.colour, linewidth=1.0,
            linestyle=BLACK.dash, label="lognormal")  # fmt: skip
    title = f"from size {tail.xmin} ({tail.events:,} events)\nfavoured: {tail.favours}"
    legend = ax.legend(loc="lower left", title=title, title_fontsize=style.SMALL_SIZE)
    legend.set_alignment("left")


def residuals(description: Description, ax: Axes) -> Axes:
    """Draw how far rescaled waiting times are from a unit Poisson process, with a 95 % band."""
    ax.set_xlabel("Share of a unit Poisson process")
    ax.set_ylabel("Observed minus expected")
    if not description.excitation:
        return _absent(description, ax, next((k for k in description.absent if "kernel" in k), ""))
    for look, (kernels, fit) in zip((BLUE, ORANGE), description.excitation.items(), strict=False):
        expected = np.sort(-np.expm1(-fit.residuals))
        gap = (np.arange(len(expected)) + 0.5) / len(expected) - expected
        label = f"{wording.plural(kernels, 'kernel')}: n {_cite(fit.branching)}"
        lives = " and ".join(_life(x.value) for x in fit.half_lives if not math.isnan(x.value))
        ax.plot(expected, gap, color=look.colour, linestyle=look.dash, linewidth=1.1,
                label=f"{label}\nhalf-life {lives or '–'}")  # fmt: skip
    margin = 1.358 / math.sqrt(description.excitation[min(description.excitation)].events - 1)
    ax.fill_between([0, 1], -margin, margin, **_BAND)
    reach = max(abs(edge) for edge in (*ax.get_ylim(), 1.3 * margin))
    ax.set_ylim(-reach, 2.6 * reach)
    ax.set_xlim(0, 1)
    ax.legend(loc="upper left", borderaxespad=0.1, handlelength=2.4)
    return ax


def orders(description: Description, ax: Axes) -> Axes:
    """Draw the ratio after each order among those of its placebo dates."""
    ax.set_xlabel("Events after ÷ events before")
    if not description.orders:
        reason = next((k for k in description.absent if k.startswith("order ")), "")
        ax.set_yticks([])
        if reason:
            return _absent(description, ax, reason)
        style.say(ax, "no order was named")
        return ax
    for row, change in enumerate(description.orders.values()):
        jitter = 0.25 * np.sin(2.399963 * np.arange(len(change.placebo)))
        ax.plot(change.placebo, row + jitter, linestyle="", marker=".", markersize=2, color="0.6")
        ax.plot(change.ratio.value, row, marker="D", markersize=5, color=BLUE.colour)
    ax.axvline(1, linestyle=(0, (2, 1.5)), **style.GUIDE)
    ax.set_xscale("log")
    _plain_log(ax, "x")
    ax.set_yticks(
        range(len(description.orders)), [_order(*item) for item in description.orders.items()]
    )
    ax.set_ylim(len(description.orders) - 0.4, -0.6)
    return ax


def places(description: Description, ax: Axes) -> Axes:
    """Draw daily correlations of pairs of places, neighbouring and other."""
    ax.set_ylabel("Daily correlation, detrended")
    if description.proximity is None:
        ax.set_xticks([])
        return _absent(description, ax, "proximity")
    c = description.proximity
    kinds = ((True, "neighbours", c.neighbours), (False, "others", c.others))
    for column, (near, _, mean) in enumerate(kinds):
        values = c.pairs.loc[c.pairs["neighbours"] == near, "correlation"].to_numpy()
        jitter = 0.18 * np.sin(2.399963 * np.arange(len(values)))
        ax.plot(column + jitter, values, linestyle="", marker=".", markersize=3, color="0.6")
        reach = [[mean.value - mean.low], [mean.high - mean.value]]
        ax.errorbar(column, mean.value, reach, marker="o", markersize=4, color=BLUE.colour)
    ax.axhline(0, linestyle=(0, (2, 1.5)), **style.GUIDE)
    ax.set_xlim(-0.6, 1.6)
    ax.set_xticks([0, 1], [f"{name} ({(c.pairs['neighbours'] == near).sum()})"
                           for near, name, _ in kinds])  # fmt: skip
    ax.set_ylim(top=ax.get_ylim()[1] + 0.2 * (ax.get_ylim()[1] - ax.get_ylim()[0]))
    return _note(ax, f"difference {_cite(c.difference)}, p {c.p:.3f}", low=False)


def _cite(estimate: Estimate) -> str:
    value, _, low, high = estimate
    text = f"{value:.2f}" if math.isnan(low) else f"{value:.2f} ({low:.2f} to {high:.2f})"
    return text.replace("-", "−")


def _order(name: str, change: BeforeAfter) -> str:
    numbers = f"{change.before} before\n{change.after} after"
    return f"{style.wrap(name, 16)}\n{numbers}\np {change.p_fall:.3f} of a fall"


def _life(hours_: float) -> str:
    return f"{hours_:.1f} h" if hours_ < 48 else f"{hours_ / 24:.1f} d"


def _absent(description: Description, ax: Axes, name: str) -> Axes:
    ax.set_xticks([])
    ax.set_yticks([])
    style.say(ax, textwrap.fill(description.absent.get(name, "nothing to draw"), 36))
    return ax


def _note(ax: Axes, text: str, low: bool = True) -> Axes:
    y, va = (0.04, "bottom") if low else (0.97, "top")
    ax.text(0.03, y, text, transform=ax.transAxes, fontsize=style.SMALL_SIZE, va=va, color="0.2")
    return ax


def _plain_log(ax: Axes, axis: str) -> None:
    for name, target in (("x", ax.xaxis), ("y", ax.yaxis)):
        if axis in (name, "both"):
            edges = target.get_view_interval()
            wide = math.log10(max(edges[1], 1e-300) / max(edges[0], 1e-300)) > 1.7
            target.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5), numticks=7))
            target.set_minor_formatter(NullFormatter())
            target.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
