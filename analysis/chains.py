"""How long reprisal chains are: engagements that share a root, beside a branching process.

The law of a branching process (sizes after Borel, lengths after Galton and Watson) assumes that
every engagement causes a Poisson number of further ones with the same mean, the branching ratio,
whatever its time, province, size and the orders that hold. The model's engagements do not: answers
are few in quiet provinces and many in a battle. Where chains are longer than the law, unequal
ratios are the reason.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analysis import intervals, style
from analysis.arrays import Floats
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
    branching ratio would give (see `size_tail`).
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
    reach = np.arange(1, int(rows[measure].max()) + 1)
    share = TAILS[measure](reach, ratio_of(rows))
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


def ratio_of(chains: pd.DataFrame) -> float:
    """Branching ratio of the chains of one scenario; from `analysis.chain_sizes`, not empty."""
    return 1.0 - len(chains) / float(chains["size"].sum())


def size_tail(sizes: ArrayLike, ratio: float) -> Floats:
    """Probability that a chain has at least so many engagements (Borel 1942).

    P(N = n) = exp(-ratio n) (ratio n)^(n - 1) / n!
    """
    wanted = np.asarray(sizes, dtype=int)
    n = np.arange(1, int(wanted.max()) + 1)
    log = -ratio * n + special.xlogy(n - 1, ratio * n) - special.gammaln(n + 1)
    below = np.concatenate([[0.0], np.cumsum(np.exp(log))])
    return np.asarray(np.clip(1.0 - below[wanted - 1], 0.0, 1.0))


def length_tail(lengths: ArrayLike, ratio: float) -> Floats:
    """Probability that a chain's longest line has at least so many engagements.

    That a Galton-Watson process with Poisson offspring is not extinct before that generation:
    q(k) = exp(ratio (q(k - 1) - 1)), q(0) = 0, and the probability is 1 - q(k - 1).
    """
    wanted = np.asarray(lengths, dtype=int)
    extinct = [0.0]
    for _ in range(int(wanted.max()) - 1):
        extinct.append(float(np.exp(ratio * (extinct[-1] - 1.0))))
    return np.asarray(1.0 - np.array(extinct)[wanted - 1])


TAILS = {"size": size_tail, "length": length_tail}
