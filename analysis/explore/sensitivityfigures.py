"""Figures of sensitivity: a tornado for each outcome, and a map of outcomes by parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import sheet, style, wording
from analysis.explore.designs import Explored, write_range
from analysis.explore.sensitivity import Sensitivity, outcome_names, sensitivity
from analysis.explore.sensitivitypage import (
    HIDDEN,
    MAIN,
    about_chance,
    about_design,
    note,
    sensitivity_page,
    strongest,
)
from analysis.files import csv, write
from analysis.kinds import USUAL
from analysis.rendering import markdown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.frames import Frames

SHOWN = 15
PANELS = ("killed", "engagements", "longest_chain", "hours_to_calm")
DARK, LIGHT = style.LOOKS[0].colour, style.LOOKS[5].colour
LOW, HIGH = style.LOOKS[1].colour, style.LOOKS[0].colour
_WHISKER: Any = {"ecolor": "0.15", "elinewidth": 0.8, "capsize": 1.8, "capthick": 0.8}
_AXES = {
    "sobol": "Share of the variance",
    "morris": "Mean absolute effect",
    "one_at_a_time": "Change of the mean",
    "grid": "Change of the mean",
}


def tornado(result: Sensitivity, explored: Explored, ax: Axes, outcome: str) -> Axes:
    """Draw how much each parameter moves an outcome, the strongest on top."""
    rows = result.effects[result.effects["outcome"] == outcome]
    order = strongest(rows, MAIN[result.method])[:SHOWN]
    if rows[MAIN[result.method]].isna().all():
        style.say(ax, HIDDEN)
    for place, path in enumerate(order):
        its = rows[rows["parameter"] == path]
        _DRAWERS[result.method](ax, -place, its, explored)
    style.parameter_rows(ax, list(order), 0.6)
    ax.axvline(0, **style.GUIDE)
    unit = "" if result.method == "sobol" else f" ({wording.outcome(outcome).unit})"
    ax.set_xlabel(_AXES[result.method] + unit.replace("(-)", "(share of runs)"))
    ax.set_title(wording.title(outcome))
    return ax


def heat_map(result: Sensitivity, ax: Axes) -> Axes:
    """Draw the strength of every parameter on every outcome."""
    table = strengths(result)
    paths = list(table.mean(axis=1).sort_values(ascending=False).index)[: 2 * SHOWN]
    cells = table.loc[paths].to_numpy(float)
    top = max(1.0, float(np.nanmax(cells))) if np.isfinite(cells).any() else 1.0
    colours = mpl.colormaps["Blues"].with_extremes(bad="0.9")
    ax.imshow(np.ma.masked_invalid(cells), cmap=colours, vmin=0, vmax=top, aspect="auto")
    for (row, column), value in np.ndenumerate(cells):
        text = f"{value:.2f}" if np.isfinite(value) else "–"
        ink = "white" if np.isfinite(value) and value > 0.55 * top else "0.1"
        ax.text(column, row, text, ha="center", va="center", color=ink, fontsize=style.SMALL_SIZE)
    ax.set_yticks(range(len(paths)), [style.wrap(path, 46, 1) for path in paths])
    heads = [style.wrap(wording.title(name), 16) for name in table.columns]
    ax.set_xticks(range(len(heads)), heads, rotation=40, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def strengths(result: Sensitivity) -> pd.DataFrame:
    """Table one number for each parameter and outcome."""
    main = MAIN[result.method]
    sizes = result.effects.assign(size=result.effects[main].abs())
    table = sizes.pivot_table(
        index="parameter", columns="outcome", values="size", aggfunc="max", sort=False,
        observed=True, dropna=False,
    )  # fmt: skip
    if result.method == "sobol":
        kept = result.effects.pivot(index="parameter", columns="outcome", values=main)
        return kept.reindex_like(table).clip(lower=0)
    deviation = np.sqrt(result.variance.set_index("outcome")["variance"])
    return table / deviation.where(deviation > 0).reindex(table.columns)


def tornado_sheet(result: Sensitivity, explored: Explored, outcomes: Sequence[str]) -> Figure:
    """Draw a tornado for each of up to four outcomes."""
    shown = min(SHOWN, len(explored.design.ranges))
    columns = min(2, len(outcomes))
    of = len(explored.design.ranges)
    with style.context():
        figure = sheet.make(
            f"What moves the outcomes of {explored.name}",
            [about_design(explored), note(result), about_chance(result, outcomes)]
            + ([f"The {shown} strongest of {of} parameters."] if shown < of else []),
            -(-len(outcomes) // columns) * (0.75 + 0.25 * shown),
        )
        panels = sheet.panels(figure, len(outcomes), columns)
        for ax, outcome in zip(panels, outcomes, strict=True):
            tornado(result, explored, ax, outcome)
    return figure


def map_sheet(result: Sensitivity, explored: Explored) -> Figure:
    """Draw the map of outcomes by parameters."""
    shown = min(2 * SHOWN, len(explored.design.ranges))
    what = (
        "Total Sobol indices: the share of the variance of the expected outcome that would be"
        " missing without the parameter."
        if result.method == "sobol"
        else "Largest effect of each parameter, in standard deviations of the outcome over all"
        " runs of the design."
    )
    with style.context():
        figure = sheet.make(
            f"Parameters and outcomes of {explored.name}",
            [
                about_design(explored),
                what,
                "Grey: no variation, or none that can be distinguished from chance.",
            ],
            1.0 + 0.2 * shown,
        )
        heat_map(result, figure.subplots())
    return figure


def write_sensitivity(
    frames: Frames,
    scenario: str | None = None,
    outcomes: Sequence[str] | None = None,
    out: Path | None = None,
    formats: Sequence[str] = USUAL,
) -> tuple[list[Path], Sensitivity]:
    """Measure sensitivity and write tables and figures of up to four outcomes."""
    from analysis.explore.designs import explored as find

    design_runs = find(frames, scenario)
    chosen = outcome_names(design_runs, outcomes) if outcomes else PANELS
    result = sensitivity(design_runs)
    known = list(dict.fromkeys(result.effects["outcome"]))
    drawn = [name for name in chosen if name in known][:4] or known[:1]
    folder = out or frames.folders[0] / "sensitivity"
    texts = {
        "effects.csv": csv(result.effects),
        "variance.csv": csv(result.variance),
        "left_out.csv": csv(result.held),
        "sensitivity.md": markdown(sensitivity_page(result, design_runs, drawn)),
    }
    figures = {
        "tornado": tornado_sheet(result, design_runs, drawn),
        "outcomes": map_sheet(result, design_runs),
    }
    return write(folder, texts, figures.items(), formats), result


def _bar(ax: Axes, y: float, row: Any, key: str, colour: str, height: float) -> None:
    value, low, high = (row[f"{key}{end}"].iloc[0] for end in ("", "_low", "_high"))
    if not np.isfinite(value):
        return
    arms = style.reach(value, low, high) if np.isfinite(low) else None
    ax.barh(y, value, height, color=colour, xerr=arms, error_kw=_WHISKER)


def _sobol_row(ax: Axes, y: float, its: pd.DataFrame, _: Explored) -> None:
    _bar(ax, y + 0.2, its, "total", LIGHT, 0.36)
    _bar(ax, y - 0.2, its, "first", DARK, 0.36)


def _morris_row(ax: Axes, y: float, its: pd.DataFrame, _: Explored) -> None:
    _bar(ax, y, its, "mu_star", LIGHT, 0.6)
    chance = its["chance"].iloc[0]
    if np.isfinite(chance):
        ax.plot([chance, chance], [y - 0.42, y + 0.42], color="0.45", linewidth=1.4)


def _change_row(ax: Axes, y: float, its: pd.DataFrame, explored: Explored) -> None:
    path = its["parameter"].iloc[0]
    varied = next(each for each in explored.design.ranges if each.path == path)
    ends = its.sort_values("value").iloc[[0, -1]]
    for shift, colour, (_, row) in zip((0.2, -0.2), (LOW, HIGH), ends.iterrows(), strict=True):
        _bar(ax, y + shift, row.to_frame().T.astype({"effect": float}), "effect", colour, 0.36)
        text = write_range(explored.design, varied, row["value"])
        side = -1 if row["effect"] < 0 else 1
        end = row["effect_low" if side < 0 else "effect_high"]
        ax.annotate(
            text, (end if np.isfinite(end) else row["effect"], y + shift), (4 * side, 0),
            textcoords="offset points", va="center", ha="left" if side > 0 else "right",
            fontsize=style.SMALL_SIZE - 0.5, color="0.3",
        )  # fmt: skip
    ax.margins(x=0.5)


_DRAWERS: dict[str, Any] = {
    "sobol": _sobol_row,
    "morris": _morris_row,
    "one_at_a_time": _change_row,
    "grid": _change_row,
}
