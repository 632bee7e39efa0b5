"""How sure the means are with so many runs, and how they settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import intervals, notes, style
from analysis.frames import by_scenario
from analysis.sheet import chunks, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.frames import Frames

FEWEST = 5


def settling(runs: pd.DataFrame, outcome: str = "killed") -> pd.DataFrame:
    """Mean of an outcome over the first runs, for growing numbers of them."""
    values = runs.sort_values(["seed", "replicate"])[outcome].dropna().to_numpy(dtype=float)
    number = np.arange(1, values.size + 1)
    mean = np.cumsum(values) / number
    square = np.cumsum(values**2) / number - mean**2
    spread = np.sqrt(np.maximum(square, 0.0) * number / np.maximum(number - 1, 1))
    reach = np.array([intervals.t_quantile(max(n - 1, 1)) for n in number]) * spread / number**0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame(
            {"runs": number, "mean": mean, "low": mean - reach, "high": mean + reach,
             "relative": reach / mean}
        )  # fmt: skip
    return table[table["runs"] >= FEWEST]


def figures(frames: Frames) -> Iterator[tuple[str, Figure]]:
    """Compose sheets: the baseline's mean as runs are added, and the precision of each scenario."""
    names = list(frames.scenarios)
    groups = {name: rows for _, name, rows in by_scenario(frames.runs)}
    for suffix, shown in chunks(names, style.PER_PAGE):
        legend = [(names.index(name), name) for name in shown]
        note = (notes.runs(frames, shown), _NOTE)
        figure = make("Killed per run: how the mean settles", note, 2.2, legend)
        left, right = figure.subplots(1, 2)
        for name in shown:
            if name in groups:
                _draw(settling(groups[name]), names.index(name), left, right)
        for ax in (left, right):
            _frame(ax)
        left.set_ylabel("Mean killed (persons)")
        right.set_ylabel("Half width of the\n95 % interval (% of the mean)")
        right.set_ylim(bottom=0)
        yield f"precision{suffix}", figure


def _draw(table: pd.DataFrame, place: int, left: Axes, right: Axes) -> None:
    look = style.look(place)
    runs = table["runs"].to_numpy()
    left.plot(runs, table["mean"], color=look.colour, linestyle=look.dash, linewidth=1.1)
    left.fill_between(
        runs, table["low"], table["high"], color=look.colour, alpha=style.WIDE_BAND, linewidth=0
    )
    right.plot(runs, 100 * table["relative"], color=look.colour, linestyle=look.dash, linewidth=1.1)


def _frame(ax: Axes) -> None:
    """Show numbers of runs on a logarithmic axis, or say that there are too few to show."""
    ax.set_xlabel("Runs of each scenario")
    if not any(np.asarray(line.get_xdata()).size for line in ax.lines):
        style.say(ax, f"fewer than {FEWEST} runs of each scenario")
        return
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


_NOTE = (
    "Left: mean over the first runs with its 95 % interval; right: how wide that is. Four times as"
    " many runs halve it."
)
