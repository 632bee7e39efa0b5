"""The longest chains of reprisals of many runs, each as a tree: who answered whom, and when."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import style, wording
from analysis.frames import KILLED, Frames

_KEY = ["replicate", "root"]
_NEEDED = ["replicate", "engagement", "tick", "province", "attacker", "parent", "root", "depth"]
_COLUMNS = [
    "chain", "replicate", "engagement", "parent", "hours", "province", "attacker", "killed", "line",
]  # fmt: skip
_GAP = 1.0
_SMALLEST, _STEP = 5.0, 7.0


def longest_chains(frames: Frames, scenario: str, number: int = 8) -> pd.DataFrame:
    """Find the chains with the longest lines of answers among all runs of a scenario.

    Of equally long ones the larger come first, then those of the first runs. One row per engagement
    of these chains: ``chain`` (0 the longest), ``replicate``, ``engagement``, ``parent``, ``hours``
    since the first of the chain, ``province``, ``attacker``, ``killed``, and the ``line`` at which
    it is drawn: an answer stays on the line of what it answers, further ones begin their own.
    """
    rows = frames.only([scenario]).table("engagements", [*_NEEDED, *KILLED])
    sizes = rows.groupby(_KEY)["depth"].agg(["max", "size"]).reset_index()
    order = ["max", "size", *_KEY]
    best = sizes.sort_values(order, ascending=[False, False, True, True]).head(number)
    chosen = best.assign(chain=range(len(best)))[[*_KEY, "chain"]]
    own = rows.merge(chosen, on=_KEY).sort_values(["chain", "engagement"], ignore_index=True)
    tick = frames.scenarios[scenario].scenario.clock.tick
    first = own.groupby("chain")["tick"].transform("min")
    parts = [_lines(part) for _, part in own.groupby("chain")]
    return own.assign(
        hours=(own["tick"] - first) * tick,
        killed=own[KILLED].sum(axis=1),
        line=pd.concat(parts) if parts else pd.Series(dtype=float),
    )[
        [
            "chain",
            "replicate",
            "engagement",
            "parent",
            "hours",
            "province",
            "attacker",
            "killed",
            "line",
        ]
    ]


def chain_trees(
    rows: pd.DataFrame, ax: Axes, groups: list[str], provinces: Mapping[str, str]
) -> Axes:
    """Draw the chains of `longest_chains` below each other, over hours since the first engagement.

    A mark is an engagement with the look of the attacking group, larger with more killed; a line
    leads back to what it answers, black where it crosses provinces. ``provinces`` gives labels.
    """
    if rows.empty:
        style.say(ax, "no engagement in any run")
        ax.set_axis_off()
        return ax
    base, marks, labels = 0.0, [], []
    for number, chain in rows.groupby("chain"):
        y = base + chain["line"]
        if int(str(number)) % 2 == 0:
            ax.axhspan(y.min() - 0.5, y.max() + 0.5, color="0.95", linewidth=0, zorder=0)
        _chain(ax, chain.assign(y=y), groups)
        marks.append((y.min() + y.max()) / 2)
        labels.append(_label(chain, provinces))
        base += chain["line"].max() + 1 + _GAP
    ax.set_yticks(marks, labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(base - _GAP - 0.3, -0.9)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.set_xlabel("Hours since the first engagement of the chain")
    return ax


def tall(rows: pd.DataFrame) -> float:
    """Give the number of lines that the chains need."""
    if rows.empty:
        return 1.0
    return float((rows.groupby("chain")["line"].max() + 1 + _GAP).sum())


def _lines(chain: pd.DataFrame) -> pd.Series:
    """Give each engagement of a chain a line: the first answer stays on that of its parent."""
    children: dict[int, list[int]] = {}
    for engagement, parent in zip(chain["engagement"], chain["parent"], strict=True):
        children.setdefault(int(parent), []).append(int(engagement))
    line: dict[int, int] = {}
    waiting, used = [(int(chain["engagement"].iloc[0]), 0)], 1
    while waiting:
        engagement, own = waiting.pop()
        line[engagement] = own
        first, *others = children.get(engagement, [None])
        for other in reversed(others):
            assert other is not None
            waiting.append((other, -1))
        if first is not None:
            waiting.append((first, own))
        while waiting and waiting[-1][1] < 0:
            waiting[-1] = (waiting[-1][0], used)
            used += 1
    return chain["engagement"].map(line)


def _chain(ax: Axes, chain: pd.DataFrame, groups: list[str]) -> None:
    place = chain.set_index("engagement")
    for row in chain.itertuples():
        if row.parent in place.index:
            above = place.loc[row.parent]
            across = above["province"] != row.province
            ax.plot(
                [above["hours"], above["hours"], row.hours], [above["y"], row.y, row.y],
                color="black" if across else "0.6", linewidth=0.9 if across else 0.6, zorder=2,
            )  # fmt: skip
    for number, group in enumerate(groups):
        own, look = chain[chain["attacker"] == group], style.look(number)
        ax.scatter(
            own["hours"], own["y"], marker=look.marker, color=look.colour, linewidths=0.3,
            s=_SMALLEST + _STEP * np.sqrt(own["killed"].to_numpy(dtype=float)),
            edgecolors="white", zorder=3,
        )  # fmt: skip


def _label(chain: pd.DataFrame, provinces: Mapping[str, str]) -> str:
    keys = dict.fromkeys(chain["province"].astype(str))
    names = [style.wrap(provinces.get(key, key), 24, lines=1) for key in keys]
    where = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    engagements = wording.plural(len(chain), "engagement")
    head = f"run {chain['replicate'].iloc[0]}: {where},"
    return f"{head}\n{engagements}, {int(chain['killed'].sum()):,} killed"
