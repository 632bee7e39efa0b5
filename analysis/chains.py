"""How long reprisal chains are: engagements that share a root."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from analysis import intervals, style
from analysis.frames import Frames, by_scenario

Measure = Literal["size", "length"]
LABELS = {
    "size": "Chain size (engagements with one root)",
    "length": "Chain length (engagements in a row)",
}
_COLUMNS = ("chains", "engagements", "mean_size", "ratio", "ratio_low", "ratio_high")


def chain_sizes(frames: Frames) -> pd.DataFrame:
    """Measure every chain of every run: a root engagement and all that go back to it.

    One row per chain: ``scenario``, ``replicate``, ``root``, its ``size`` (all its engagements) and
    ``length`` (engagements from the root to the furthest descendant). An engagement that caused
    none and was caused by none is a chain of one. A run without engagements has no row.
    """
    keys = ["scenario", "replicate", "root"]
    parts = [
        part.groupby(keys, observed=True)["depth"].agg(["size", "max"])
        for part in frames.batches("engagements", ["replicate", "root", "depth"])
    ]
    chains = pd.concat(parts).reset_index()
    chains = chains.assign(length=chains["max"].astype("int64") + 1).drop(columns="max")
    return chains.assign(scenario=frames.labels(chains["scenario"]))


def branching_ratios(frames: Frames) -> pd.DataFrame:
    """Estimate the mean number of engagements that one causes, per scenario.

    Chains of the law have mean size 1 / (1 - ratio), so the estimate of maximum likelihood is the
    share of engagements that were caused by another one. One row per scenario with an engagement:
    ``chains``, ``engagements``, ``mean_size`` and ``ratio`` with its 95 % interval, the run as its
    unit.
    """
    rows = [
        {"scenario": name, **_estimate(chains)}
        for _, name, chains in by_scenario(chain_sizes(frames))
    ]
    columns = ["scenario", *_COLUMNS]
    return pd.DataFrame(rows, columns=columns)


def chain_tail(
    chains: pd.DataFrame,
    ax: Axes,
    measure: Measure = "size",
    *,
    bands: bool = True,
    law: bool = False,
) -> Axes:
    """Draw the share of chains at or above each size, per scenario, on a log axis.

    The measure ``length`` counts engagements along a chain's longest line. The axis of sizes is
    logarithmic too where they go beyond 20. The unit of the shaded 95 % interval is the run, not
    the chain. With ``law`` a thin line shows what a branching process with the scenario's own
    branching ratio would give (see `analysis.branching`).
    """
    for place, name, rows in by_scenario(chains):
        sizes, share, low, high = tail(rows, measure)
        look = style.look(place)
        ax.plot(
            sizes, share, color=look.colour, linestyle=look.dash, linewidth=1.2, label=name,
            marker=look.marker, markersize=2.5, markevery=0.15,
        )  # fmt: skip
        if bands and not np.isnan(low).all():
            ax.fill_between(sizes, low, high, color=look.colour, alpha=style.WIDE_BAND, linewidth=0)
        if law:
            _law(ax, rows, measure, float(share.min()), look)
    ax.set_xlabel(LABELS[measure])
    ax.set_ylabel(f"Share of chains of at least this {measure}")
    if chains.empty:
        style.say(ax, "no engagement in any run")
        return ax
    ax.set_yscale("log")
    ax.set_ylim(top=1.25)
    if chains[measure].max() > 20:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    if ax.get_ylim()[0] > 0.02:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return ax


def _estimate(chains: pd.DataFrame) -> dict[str, float]:
    sizes = chains.groupby("replicate")["size"]
    wholes = sizes.sum().to_numpy(dtype=float)
    caused = wholes - sizes.count().to_numpy(dtype=float)
    share, low, high = intervals.ratio(caused[:, None], wholes)
    values = (len(chains), int(wholes.sum()), wholes.sum() / len(chains))
    return dict(zip(_COLUMNS, (*values, *(float(v[0]) for v in (share, low, high))), strict=True))


def _law(ax: Axes, rows: pd.DataFrame, measure: Measure, least: float, look: style.Look) -> None:
    from analysis import branching

    reach = np.arange(1, int(rows[measure].max()) + 1)
    share = branching.TAILS[measure](reach, branching.ratio_of(rows))
    shown = share >= least / 3
    ax.plot(
        reach[shown], share[shown], color=look.colour, linewidth=0.7, linestyle=(0, (1, 1)),
        zorder=1.5,
    )  # fmt: skip


def tail(
    chains: pd.DataFrame, measure: Measure = "size"
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Share of chains at or above each observed size, with 95 % intervals."""
    values = chains[measure].to_numpy()
    sizes = np.unique(values)
    _, run = np.unique(chains["replicate"].to_numpy(), return_inverse=True)
    counts = np.zeros((run.max() + 1, len(sizes)))
    np.add.at(counts, (run, np.searchsorted(sizes, values)), 1.0)
    counts = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    share, low, high = intervals.ratio(counts, counts[:, 0])
    return sizes.astype(float), share, low, high
