"""How an estimate settles as runs are added: a panel, a page and a table file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import sheet, style, wording
from analysis.explore.stopping import COVERAGE, GROWTH, LEVEL, read_condition
from analysis.files import csv, write
from analysis.kinds import USUAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_HEIGHT = 1.9
_NOTE = (
    f"Estimate and interval after each look; each look comes after {GROWTH:g} times as many runs"
    f" as the one before. Intervals are made at {100 * LEVEL:g} %: in simulations the last one"
    f" then covers at least {100 * COVERAGE:g} %, although it decides how many runs there are."
    " Filled marks: narrow enough."
)


def settling(table: pd.DataFrame, ax: Axes, condition: str) -> Axes:
    """Draw one estimate and its interval at each look."""
    rows = table[table["condition"] == condition]
    names = list(dict.fromkeys(rows["scenario"]))
    for place, name in enumerate(names):
        _course(ax, rows[rows["scenario"] == name], place, len(names))
    ax.set_title(condition)
    ax.set_xlabel("Runs of each scenario")
    ax.set_ylabel(_label(condition))
    ax.set_xscale("log")
    numbers = sorted(set(rows["replicates"]))
    shown = numbers[:: max(1, len(numbers) // 6)]
    ax.xaxis.set_major_locator(FixedLocator(shown))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.count(value)))
    ax.margins(x=0.06)
    return ax


def convergence_sheet(table: pd.DataFrame) -> Figure:
    """Draw a panel for each condition."""
    conditions = list(dict.fromkeys(table["condition"]))
    columns = min(2, len(conditions))
    rows = -(-len(conditions) // columns)
    names = list(dict.fromkeys(table["scenario"]))
    with style.context():
        figure = sheet.make("Enough runs?", [_NOTE], ROW_HEIGHT * rows, list(enumerate(names)))
        panels = sheet.panels(figure, len(conditions), columns)
        for ax, condition in zip(panels, conditions, strict=True):
            settling(table, ax, condition)
    return figure


def write_convergence(
    table: pd.DataFrame, folder: Path, formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write ``convergence.csv`` and the figure."""
    sheets = [("convergence", convergence_sheet(table))]
    return write(folder, {"convergence.csv": csv(table)}, sheets, formats)


def _course(ax: Axes, rows: pd.DataFrame, place: int, of: int) -> None:
    look = style.look(place)
    apart = 1.0 + 0.03 * (place - (of - 1) / 2)
    runs = rows["replicates"].to_numpy(float) * apart
    estimate = rows["estimate"].to_numpy(float)
    reach = np.abs(rows[["low", "high"]].to_numpy(float).T - estimate)
    reach = np.where(np.isnan(reach), 0.0, reach)
    ax.errorbar(
        runs, estimate, yerr=reach, color=look.colour, linestyle=look.dash, linewidth=0.9,
        elinewidth=0.9, capsize=1.8, capthick=0.9,
    )  # fmt: skip
    done = rows["met"].to_numpy(bool)
    for chosen, fill in ((done, look.colour), (~done, "white")):
        ax.plot(
            runs[chosen], estimate[chosen], linestyle="none", marker=look.marker, markersize=4,
            color=look.colour, markerfacecolor=fill, markeredgewidth=0.8, zorder=4,
        )  # fmt: skip


def _label(text: str) -> str:
    condition = read_condition(text)
    if condition.event is not None:
        return f"Share of runs, {condition.event.text}"
    return wording.label(condition.outcome)
