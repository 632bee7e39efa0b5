"""When leaders gave orders and events took place."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes

from analysis import style
from analysis.frames import Frames, by_scenario
from analysis.timeline import date_axis
from sim.records import CONSEQUENCES

_KEYS = ["scenario", "order", "action"]
_TIMES = ["early", "middle", "late"]
_DIGIT_WIDTH = 0.0255


def order_times(frames: Frames) -> pd.DataFrame:
    """Tell when orders were first given and events took place, over runs.

    What follows from engagements or orders (splinters, mediation, reopened offices, unasked
    mobilisation, debts) is left out. One row per ``scenario`` and ``order``: ``number`` (the same
    for an order in all scenarios, ascending in time), ``action``, ``label``, the ``share`` of runs
    with it, and quantiles ``early`` (5 %), ``middle`` and ``late`` (95 %) of its local time.
    """
    orders = frames.table("orders", ["replicate", "time", "order", "action"])
    orders = orders[~orders["action"].isin(list(CONSEQUENCES))]
    totals = frames.runs["scenario"].value_counts()
    first = orders.groupby([*_KEYS, "replicate"], observed=True)["time"].min()
    rows = []
    for (scenario, order, action), times in first.groupby(level=_KEYS, observed=True):
        rows.append(
            {"scenario": scenario, "order": order, "action": action}
            | {"label": _label(frames, scenario, order), "share": len(times) / totals[scenario]}
            | dict(zip(_TIMES, _quantiles(frames, scenario, times), strict=True))
        )
    table = pd.DataFrame(rows, columns=[*_KEYS, "label", "share", *_TIMES])
    table["scenario"] = frames.labels(table["scenario"])
    ranking = table.groupby("order")["middle"].min().sort_values(kind="stable").index
    table["number"] = table["order"].map({order: n for n, order in enumerate(ranking, start=1)})
    return table.sort_values(["scenario", "number"], ignore_index=True)


def order_marks(times: pd.DataFrame, ax: Axes) -> Axes:
    """Mark the median times of one scenario's orders by numbered lines on a finished date axis.

    Numbers are those of `order_strip`; close ones are joined.
    """
    left, right = ax.get_xlim()
    shown = times.assign(at=dates.date2num(times["middle"])).sort_values(["at", "number"])
    shown = shown[shown["at"].between(left, right)]
    groups: list[tuple[float, list[int]]] = []
    for at, number in zip(shown["at"], shown["number"], strict=True):
        ax.axvline(at, linestyle=(0, (2, 1.5)), **style.GUIDE)
        place = (at - left) / (right - left)
        if groups and place - groups[-1][0] < _DIGIT_WIDTH * (1.2 + len(_joined(groups[-1][1]))):
            groups[-1][1].append(int(number))
        else:
            groups.append((place, [int(number)]))
    for place, numbers in groups:
        ax.annotate(
            _joined(numbers), (place, 1), xycoords="axes fraction",
            xytext=(-1.5 if _fits(place, numbers) else 1.5, 1.5), textcoords="offset points",
            fontsize=style.SMALL_SIZE, color="0.2", ha="left" if _fits(place, numbers) else "right",
        )  # fmt: skip
    return ax


def _fits(place: float, numbers: list[int]) -> bool:
    """Tell whether numbers that begin at a place end within the panel."""
    return place + _DIGIT_WIDTH * len(_joined(numbers)) <= 1.0


def order_strip(times: pd.DataFrame, ax: Axes) -> Axes:
    """Draw when each order was first given, one row per order, one mark per scenario.

    Markers are at median times, bars span the middle 90 % of the runs that have the order; the
    share of runs stands beside it where some do not.
    """
    rows = times.drop_duplicates("number").sort_values("number")
    numbers = list(rows["number"])
    groups = list(by_scenario(times))
    step = min(0.3, 0.8 / max(len(groups), 1))
    for turn, (place, name, own) in enumerate(groups):
        shift = step * (turn - (len(groups) - 1) / 2)
        for row in own.to_dict("records"):
            _strip_mark(ax, row, numbers.index(row["number"]) + shift, style.look(place), name)
    names = [f"{row.number}  {style.wrap(row.label, 40, lines=1)}" for row in rows.itertuples()]
    style.name_rows(ax, names, lines=False)
    ax.grid(axis="y", color="0.92", linewidth=0.5)
    if len(rows):
        date_axis(ax)
        ax.margins(x=0.08)
    else:
        style.say(ax, "no order and no event in any run")
        ax.set_axis_off()
    return ax


def _strip_mark(
    ax: Axes, row: dict[str, pd.Timestamp], y: float, look: style.Look, name: str
) -> None:
    early, middle, late = (float(dates.date2num(row[key])) for key in _TIMES)
    ax.plot([early, late], [y, y], color=look.colour, linewidth=1.0, solid_capstyle="butt")
    ax.plot(
        middle, y, marker=look.marker, color=look.colour, markersize=3, linestyle="", label=name
    )
    if row["share"] < 0.995:
        ax.annotate(
            f"{100 * row['share']:.0f} % of runs", (1, y), xycoords=("axes fraction", "data"),
            xytext=(2, 0), textcoords="offset points", fontsize=style.SMALL_SIZE - 1,
            color="0.2", va="center",
        )  # fmt: skip


def _quantiles(frames: Frames, scenario: str, times: pd.Series) -> list[pd.Timestamp]:
    zone = frames.scenarios[scenario].scenario.clock.timezone
    ordered = times.dt.tz_convert(zone).dt.tz_localize(None).sort_values()
    ranks = np.ceil(np.array([0.05, 0.5, 0.95]) * len(ordered)).astype(int) - 1
    return [ordered.iloc[max(0, rank)] for rank in ranks]


def _label(frames: Frames, scenario: str, order: str) -> str:
    key, _, branch = order.partition(".")
    event = frames.scenarios[scenario].scenario.calendar.get(key)
    name = event.label if event and event.label else key.replace("_", " ")
    return f"{name}: {branch.replace('_', ' ')}" if branch else name


def _joined(numbers: list[int]) -> str:
    """Write numbers briefly: ``1–4`` for a run of neighbours, else ``2, 5``."""
    ordered = sorted(numbers)
    parts: list[list[int]] = []
    for number in ordered:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    dash = {1: "", 2: ","}
    return ",".join(
        f"{part[0]}{dash.get(len(part), '–')}{part[-1] if len(part) > 1 else ''}" for part in parts
    )
