"""The sheet of a rolling forecast: what was forecast and happened, skill, calibration, coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import style
from analysis.events.forecast import skill
from analysis.events.forecast.plan import ALL, DAY
from analysis.events.forecast.rolling import TOTAL, Rolled
from analysis.events.statistics.log import period_name
from analysis.sheet import make
from analysis.timeline import date_axis

HEIGHT = 4.9
_READING = (
    "Top left: the first window after each origin, forecast by the forecaster that the title"
    " names; bands are its central 50 and 90 %, dots what happened. Skill: 1 − CRPS divided by"
    " that of the reference; above 0 is better. Calibration: a curve on the diagonal is right, a"
    " flatter one is overconfident."
)
_INTERVALS = "Bars and the bands of curves are 95 % intervals over origins (block bootstrap)."
_NO_INTERVALS = (
    "No interval is drawn: that needs {fewest} stretches of origins whose forecasts do not overlap,"
    " and here are {found}."
)


def sheet(
    rolled: Rolled, scores: pd.DataFrame, against: str, series: str = ALL, name: str = ""
) -> Figure:
    """Compose the sheet of one series: a place, or `ALL`; ``scores`` are those of `scores`."""
    names = list(rolled.table["forecaster"].unique())
    own = scores[scores["series"] == series]
    lead = own[own["lead"] == 1].set_index("forecaster")["crps"]
    shown = str(lead.idxmin())
    title = f"Rolling forecast: {name or rolled.log.name}" + (f", {series}" if series else "")
    width = period_name(rolled.plan.horizon.width)
    note = (f"{len(rolled.origins)} origins, counts per {width}.", _READING, _sureness(rolled))
    with style.context():
        figure = make(title, note, HEIGHT, list(enumerate(names)))
        axes = figure.subplots(2, 2)
        history(rolled, series, shown, axes[0, 0])
        skills(own, names, against, axes[0, 1])
        curves(skill.calibration(rolled), series, names, axes[1, 0])
        coverage(own, names, axes[1, 1])
    return figure


def _sureness(rolled: Rolled) -> str:
    """Say what the intervals are, or why there are none."""
    found, fewest = skill.stretches(rolled), skill.FEWEST_STRETCHES
    return _INTERVALS if found >= fewest else _NO_INTERVALS.format(fewest=fewest, found=found)


def history(rolled: Rolled, series: str, forecaster: str, ax: Axes) -> Axes:
    """Draw the forecasts of the first window after each origin, and what happened."""
    table = rolled.table
    mine = table[
        (table["series"] == series) & (table["forecaster"] == forecaster) & (table["lead"] == 1)
    ]
    middle = mine["start"].to_numpy() + rolled.plan.horizon.width / 2
    when = dates.date2num(rolled.log.at(middle)) if rolled.log.dated else middle / DAY
    look = style.look(list(table["forecaster"].unique()).index(forecaster))
    for low, high, alpha in (("q05", "q95", style.WIDE_BAND), ("q25", "q75", style.NARROW_BAND)):
        ax.fill_between(when, mine[low], mine[high], color=look.colour, alpha=alpha, linewidth=0)
    ax.plot(when, mine["q50"], color=look.colour, linewidth=1.0)
    ax.plot(when, mine["observed"], linestyle="", marker="o", markersize=2.2, color="0.1")
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"Events per {period_name(rolled.plan.horizon.width)}")
    if rolled.log.dated:
        date_axis(ax)
    else:
        ax.set_xlabel("Day")
    ax.set_title(f"One window ahead: {forecaster}")
    return ax


def skills(own: pd.DataFrame, names: Sequence[str], against: str, ax: Axes) -> Axes:
    """Draw the skill of each forecaster by lead, with its interval."""
    others = [name for name in names if name != against]
    _by_lead(own, names, others, "skill", ax)
    ax.axhline(0, **style.GUIDE)
    ax.set_ylabel(f"CRPS skill against {against}")
    ax.set_title("Skill")
    return ax


def coverage(own: pd.DataFrame, names: Sequence[str], ax: Axes) -> Axes:
    """Draw by lead how often the central 90 % of forecasts held what happened."""
    _by_lead(own, names, names, "cover_90", ax)
    ax.axhline(0.9, **style.GUIDE)
    ax.set_ylim(0, 1.04)
    ax.set_ylabel("Share of counts inside")
    ax.set_title("Coverage of 90 % intervals")
    return ax


def curves(table: pd.DataFrame, series: str, names: Sequence[str], ax: Axes) -> Axes:
    """Draw how often counts fell below each quantile of their forecasts."""
    ax.plot([0, 1], [0, 1], **style.GUIDE)
    for place, name in enumerate(names):
        mine = table[(table["series"] == series) & (table["forecaster"] == name)]
        look = style.look(place)
        low, high = mine["observed_low"], mine["observed_high"]
        ax.fill_between(mine["level"], low, high, color=look.colour, alpha=0.1, linewidth=0)
        ax.plot(
            mine["level"], mine["observed"], color=look.colour, linestyle=look.dash, linewidth=1.2
        )
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_xlabel("Quantile of the forecast")
    ax.set_ylabel("Share of counts below it")
    ax.set_title("Calibration")
    return ax


def _by_lead(
    own: pd.DataFrame, names: Sequence[str], drawn: Sequence[str], column: str, ax: Axes
) -> None:
    """Draw one number with its interval for each lead, forecasters side by side."""
    leads = sorted(own["lead"].unique(), key=lambda lead: (lead == TOTAL, lead))
    for order, name in enumerate(drawn):
        mine = own[own["forecaster"] == name].set_index("lead").loc[leads]
        look = style.look(list(names).index(name))
        at = np.arange(len(leads)) + 0.16 * (order - (len(drawn) - 1) / 2)
        low, high = mine[column] - mine[f"{column}_low"], mine[f"{column}_high"] - mine[column]
        ax.errorbar(
            at, mine[column], np.maximum([low, high], 0), linestyle="", marker=look.marker,
            markersize=3.5, color=look.colour, elinewidth=0.8,
        )  # fmt: skip
    labels = ["all" if lead == TOTAL else str(lead) for lead in leads]
    ax.set_xticks(range(len(leads)), labels)
    ax.set_xlim(-0.5, len(leads) - 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel("Window ahead")
