"""One run's engagements as a tree: who answered whom, when and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from analysis import style
from analysis.frames import KILLED, Frames
from analysis.timeline import date_axis

_GAP = 0.8
_SMALLEST, _STEP = 5.0, 9.0


def typical_run(frames: Frames, scenario: str) -> int:
    """Replicate whose killed lie nearest to the scenario's median; of several the first."""
    runs = frames.runs[frames.runs["scenario"] == scenario].sort_values("replicate")
    away = (runs["killed"] - runs["killed"].median()).abs()
    return int(runs.loc[away.idxmin(), "replicate"])


def lineage(frames: Frames, scenario: str, replicate: int) -> pd.DataFrame:
    """Engagements of one run with their place in the drawing of its tree.

    One row per engagement, indexed by its number: ``time`` (local, without zone), ``province``,
    ``attacker``, ``parent``, ``root``, ``killed``, and the height ``y`` at which it is drawn: each
    province is a lane, and each chain a line in it.
    """
    columns = ["replicate", "engagement", "time", "province", "attacker", "parent", "root"]
    rows = frames.only([scenario]).table("engagements", [*columns, *KILLED])
    own = rows[rows["replicate"] == replicate]
    own = own.set_index("engagement").sort_index()
    zone = frames.scenarios[scenario].scenario.clock.timezone
    times = own["time"].dt.tz_convert(zone).dt.tz_localize(None)
    names = own[["province", "attacker"]].astype(object)
    order = list(frames.scenarios[scenario].scenario.provinces)
    return names.assign(
        time=times,
        parent=own["parent"],
        root=own["root"],
        killed=own[KILLED].sum(axis=1),
        y=_heights(names["province"], own["root"], order),
    )


def tree(frames: Frames, scenario: str, replicate: int, ax: Axes) -> Axes:
    """Draw a run's engagements over time, one lane per province, joined to what caused them.

    One mark per engagement with the look of the attacking group, larger with more killed; a line
    leads from each to its parent, dark where it crosses provinces.
    """
    rows = lineage(frames, scenario, replicate)
    if rows.empty:
        style.say(ax, "no engagement in this run")
        ax.set_axis_off()
        return ax
    _links(ax, rows)
    groups = list(frames.scenarios[scenario].scenario.groups)
    for place, group in enumerate(groups):
        own, look = rows[rows["attacker"] == group], style.look(place)
        ax.scatter(
            dates.date2num(own["time"]), own["y"], marker=look.marker, color=look.colour,
            s=_SMALLEST + _STEP * np.sqrt(own["killed"].to_numpy(dtype=float)), linewidths=0.3,
            edgecolors="white", zorder=3,
        )  # fmt: skip
    _lanes(ax, rows, frames, scenario)
    date_axis(ax)
    return ax


def lanes(rows: pd.DataFrame) -> int:
    """Lines that a tree needs: its chains in each province, and a gap between lanes."""
    if rows.empty:
        return 2
    return int(np.ceil(rows["y"].max() - rows["y"].min())) + 1


def _heights(provinces: pd.Series, roots: pd.Series, order: list[str]) -> pd.Series:
    """Put each chain of a province on a line of its own, the first on top."""
    y = pd.Series(0.0, index=provinces.index)
    base = 0.0
    for name in order:
        own = roots[provinces == name]
        if own.empty:
            continue
        line = {root: place for place, root in enumerate(dict.fromkeys(own))}
        y[own.index] = base + own.map(line)
        base += len(line) + _GAP
    return y


def _links(ax: Axes, rows: pd.DataFrame) -> None:
    caused = rows[rows["parent"] >= 0]
    parents = rows.loc[caused["parent"]]
    ends = [
        np.column_stack([dates.date2num(table["time"]), table["y"]]) for table in (parents, caused)
    ]
    across = parents["province"].to_numpy() != caused["province"].to_numpy()
    for kind, colour, width in ((~across, "0.6", 0.6), (across, "black", 0.8)):
        lines = np.stack([end[kind] for end in ends], axis=1)
        ax.add_collection(LineCollection(list(lines), colors=colour, linewidths=width, zorder=2))


def _lanes(ax: Axes, rows: pd.DataFrame, frames: Frames, scenario: str) -> None:
    provinces = frames.scenarios[scenario].scenario.provinces
    spans = rows.groupby("province")["y"].agg(["min", "max"]).sort_values("min")
    for number, span in enumerate(spans.itertuples()):
        if number % 2 == 0:
            ax.axhspan(span.min - 0.5, span.max + 0.5, color="0.95", linewidth=0, zorder=0)
    labels = [style.wrap(provinces[str(name)].label, 30, lines=1) for name in spans.index]
    ax.set_yticks(spans.mean(axis=1).to_numpy(), labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(rows["y"].max() + 0.9, rows["y"].min() - 0.9)
    ax.spines["left"].set_visible(False)
