"""What sensitivity says, as a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import wording
from analysis.blocks import Page, Section, Table, Text, paragraphs
from analysis.explore.designs import Explored, write_range
from analysis.explore.sensitivity import Sensitivity

HIDDEN = "The parameters' effect\ncannot be distinguished from chance:\nmore replicates or points"
UNKNOWN = "effect, other numbers not known (95 %)"
MAIN = {"sobol": "total", "morris": "mu_star", "one_at_a_time": "effect", "grid": "effect"}
NOTES = {
    "sobol": "Light: total index, what would be missing without the parameter, alone and with"
    " others. Dark: first-order index, the parameter alone. Shares of the variance of the expected"
    " outcome over the ranges of the design, with 95 % intervals.",
    "morris": "Mean absolute elementary effect: the change of the outcome when a parameter moves"
    " over its whole range, with 95 % intervals. Grey mark: what chance alone would give for a"
    " parameter without any effect.",
    "one_at_a_time": "Change of the mean when one parameter moves to the lowest (orange) and the"
    " highest (blue) value of its range, which is written beside, and all others stay, with 95 %"
    " intervals (paired runs). Effects that parameters have together do not show here.",
    "grid": "Mean at the lowest (orange) and the highest (blue) value of each parameter, over all"
    " values of the others, against the mean of the grid, with 95 % intervals.",
}


def sensitivity_page(result: Sensitivity, explored: Explored, outcomes: Sequence[str]) -> Page:
    """Show the results for some outcomes."""
    lead = [Text(f"{about_design(explored)} {note(result)}"), Text(about_held(result))]
    sections = []
    for outcome in outcomes:
        rows = result.effects[result.effects["outcome"] == outcome]
        hidden = f"{' '.join(HIDDEN.split())}." if rows[MAIN[result.method]].isna().all() else ""
        blocks = [
            *paragraphs(about_chance(result, [outcome]), hidden),
            _effects_table(result, explored, rows),
        ]
        sections.append(Section(outcome, wording.title(outcome), blocks))
    ranges = [
        (f"`{each.path}`", *(write_range(explored.design, each, v) for v in (each.low, each.high)))
        for each in explored.design.ranges
    ]
    names = ", ".join(result.left_out)
    without = f"Left out, because some runs have no value: {names}." if names else ""
    table = Table("", ("parameter", "low", "high"), ranges)
    sections.append(Section("ranges", "Ranges", [table, *paragraphs(without)]))
    return Page(f"Sensitivity of {explored.name}", lead, sections)


def _effects_table(result: Sensitivity, explored: Explored, rows: pd.DataFrame) -> Table:
    """Show each effect of a parameter, the strongest parameter first."""
    columns = _columns(result, explored, rows)
    order = strongest(rows, MAIN[result.method])
    cells = [
        [write(row) for write in columns.values()]
        for path in order
        for row in rows[rows["parameter"] == path].to_dict("records")
    ]
    return Table("", list(columns), cells)


def _columns(
    result: Sensitivity, explored: Explored, rows: pd.DataFrame
) -> dict[str, Callable[[dict[Any, Any]], str]]:
    """Say for each column of effects how its cells are written."""
    ranges = {each.path: each for each in explored.design.ranges}
    columns: dict[str, Callable[[dict[Any, Any]], str]] = {
        "parameter": lambda row: f"`{row['parameter']}`"
    }
    if "value" in rows:
        columns["value"] = lambda row: write_range(
            explored.design, ranges[row["parameter"]], row["value"]
        )
    for key in {"sobol": ("first", "total"), "morris": ("mu_star",)}.get(
        result.method, ("effect",)
    ):
        name = key.replace("_", " ")
        columns[f"{name} (95 %)"] = partial(wording.estimate_in, key=key)
    if "numbers_low" in rows:
        columns[UNKNOWN] = lambda row: wording.interval(
            row["numbers_low"], row["numbers_high"], signed=True
        )
    if result.method == "morris":
        columns["mu"] = lambda row: wording.number(row["mu"])
        columns["chance"] = lambda row: wording.number(row["chance"])
    return columns


def about_design(explored: Explored) -> str:
    """Say how large the design is."""
    design = explored.design
    replicates = explored.outcome("killed").shape[1]
    method = design.method.replace("_", " ")
    return (
        f"Design: {method}, {len(design.ranges)} parameters, {design.points:,} points,"
        f" {replicates:,} replicates of each."
    )


def about_held(result: Sensitivity) -> str:
    """Say how many parameters are not varied, and why, the most common reason first."""
    whys = result.held["why"].str.partition(":")[0].value_counts()
    reasons = ", ".join(f"{why} ({number:,})" for why, number in whys.items())
    return f"{len(result.held):,} parameters are not varied: {reasons}. left_out.csv lists them."


def note(result: Sensitivity) -> str:
    """Say what is drawn, and that chance is taken out where it could be told from parameters."""
    told = np.isfinite(result.variance["chance"]).any() if len(result.variance) else False
    taken = " Chance is taken out." if result.method == "sobol" and told else ""
    return f"{NOTES[result.method]}{taken}"


def about_chance(result: Sensitivity, outcomes: Sequence[str]) -> str:
    """Say how much of outcomes is chance; nothing for a method that does not say."""
    if result.method in ("one_at_a_time", "grid"):
        return ""
    rows = result.variance.set_index("outcome")
    known = [
        _chance_share(rows.loc[name], wording.title(name).lower())
        for name in outcomes
        if np.isfinite(rows.loc[name, "chance"])
    ]
    if not known:
        return "With one replicate of each point, chance cannot be separated from parameters."
    return f"Share of the variance of single runs that is chance: {', '.join(known)}."


def _chance_share(row: pd.Series, name: str) -> str:
    """Write the share of chance with its interval; of one that was cut at all, what is sure."""
    share, low, high = (100 * float(row[key]) for key in ("chance", "chance_low", "chance_high"))
    cut = share >= 100
    if (math.isnan(low) and cut) or (low < 0.5 and high > 99.5):
        return f"cannot be told with so few points ({name})"
    if math.isnan(low):
        return f"about {share:.0f} % ({name})"
    if cut:
        return f"{low:.0f} % or more, perhaps all ({name})"
    return f"{share:.0f} % ({name}; {low:.0f} to {high:.0f} %)"


def strongest(rows: pd.DataFrame, main: str) -> list[str]:
    """Order the parameters of some effects by the size of the effect, the largest first."""
    sizes = rows.assign(size=rows[main].abs()).groupby("parameter", sort=False)["size"].max()
    return list(sizes.sort_values(ascending=False, na_position="last", kind="stable").index)
