"""What sensitivity says, in words and tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import wording
from analysis.explore.designs import Explored, write_range
from analysis.explore.sensitivity import Sensitivity
from analysis.export import grid

HIDDEN = "The parameters' effect\ncannot be told from luck:\nmore replicates or points"
UNKNOWN = "effect, other numbers not known (95 %)"
MAIN = {"sobol": "total", "morris": "mu_star", "one_at_a_time": "effect", "grid": "effect"}
NOTES = {
    "sobol": "Light: total index, what would be missing without the parameter, alone and with"
    " others. Dark: first-order index, the parameter alone. Shares of the variance of the expected"
    " outcome over the ranges of the design, with 95 % intervals; luck is taken out.",
    "morris": "Mean absolute elementary effect: the change of the outcome when a parameter moves"
    " over its whole range, with 95 % intervals. Grey mark: what luck alone would give for a"
    " parameter without any effect.",
    "one_at_a_time": "Change of the mean when one parameter moves to the lowest (orange) and the"
    " highest (blue) value of its range, which is written beside, and all others stay, with 95 %"
    " intervals (paired runs). Effects that parameters have together do not show here.",
    "grid": "Mean at the lowest (orange) and the highest (blue) value of each parameter, over all"
    " values of the others, against the mean of the grid, with 95 % intervals.",
}


def markdown(made: Sensitivity, explored: Explored, outcomes: Sequence[str]) -> str:
    """Write the results for a reader."""
    parts = [
        f"# Sensitivity of {explored.name}",
        f"{about_design(explored)} {NOTES[made.method]}",
        about_held(made),
    ]
    ranges = [
        (f"`{each.path}`", *(write_range(explored.design, each, v) for v in (each.low, each.high)))
        for each in explored.design.ranges
    ]
    for outcome in outcomes:
        rows = made.effects[made.effects["outcome"] == outcome]
        parts.append(f"## {wording.title(outcome)}\n\n{about_luck(made, [outcome])}".rstrip())
        if rows[MAIN[made.method]].isna().all():
            parts.append(" ".join(HIDDEN.split()) + ".")
        parts.append(_effects_grid(made, explored, rows))
    parts.append("## Ranges\n\n" + grid(("parameter", "low", "high"), ranges))
    if made.left_out:
        names = ", ".join(made.left_out)
        parts.append(f"Left out, because some runs have no value: {names}.")
    return "\n\n".join(parts) + "\n"


def _effects_grid(made: Sensitivity, explored: Explored, rows: pd.DataFrame) -> str:
    ranges = {each.path: each for each in explored.design.ranges}
    keys = {"sobol": ("first", "total"), "morris": ("mu_star",)}.get(made.method, ("effect",))
    extra = {"morris": ("mu", "luck")}.get(made.method, ())
    banded = "numbers_low" in rows
    lines = []
    for path in strongest(rows, MAIN[made.method]):
        for row in rows[rows["parameter"] == path].to_dict("records"):
            at = (
                [write_range(explored.design, ranges[path], row["value"])] if "value" in row else []
            )
            cells = [
                wording.estimate(row[key], row[f"{key}_low"], row[f"{key}_high"]) for key in keys
            ]
            if banded:
                ends = (row["numbers_low"], row["numbers_high"])
                cells.append(wording.interval(*ends, signed=True))
            lines.append([f"`{path}`", *at, *cells, *(wording.number(row[key]) for key in extra)])
    heads = [*(["value"] if "value" in rows else []), *(f"{key} (95 %)" for key in keys)]
    heads += [UNKNOWN] if banded else []
    return grid(["parameter", *(head.replace("_", " ") for head in (*heads, *extra))], lines)


def about_design(explored: Explored) -> str:
    """Say how large the design is."""
    design = explored.design
    replicates = explored.outcome("killed").shape[1]
    method = design.method.replace("_", " ")
    return (
        f"Design: {method}, {len(design.ranges)} parameters, {design.points:,} points,"
        f" {replicates:,} replicates of each."
    )


def about_held(made: Sensitivity) -> str:
    """Say how many parameters are not varied, and why, the most common reason first."""
    whys = made.held["why"].str.partition(":")[0].value_counts()
    reasons = ", ".join(f"{why} ({number:,})" for why, number in whys.items())
    return f"{len(made.held):,} parameters are not varied: {reasons}. left_out.csv lists them."


def about_luck(made: Sensitivity, outcomes: Sequence[str]) -> str:
    """Say how much of outcomes is luck; nothing for a method that does not tell."""
    if made.method in ("one_at_a_time", "grid"):
        return ""
    shares = made.variance.set_index("outcome")["luck"]
    known = [
        f"{100 * shares[name]:.0f} % ({wording.title(name).lower()})"
        for name in outcomes
        if np.isfinite(shares[name])
    ]
    if not known:
        return "With one replicate of each point, luck cannot be told from parameters."
    return f"Share of the variance of single runs that is luck: {', '.join(known)}."


def strongest(rows: pd.DataFrame, main: str) -> list[str]:
    """Order the parameters of some effects by the size of the effect, the largest first."""
    sizes = rows.assign(size=rows[main].abs()).groupby("parameter", sort=False)["size"].max()
    return list(sizes.sort_values(ascending=False, na_position="last", kind="stable").index)
