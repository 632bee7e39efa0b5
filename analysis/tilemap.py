"""Provinces as tiles: what is expected where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import FuncNorm, Normalize, to_rgba
from matplotlib.patches import Circle, Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, PercentFormatter

from analysis import intervals, outlinemap, style, wording
from analysis.arrays import Floats
from analysis.frames import KILLED, Frames

if TYPE_CHECKING:
    from sim.scenario import Loaded, Outlines

Measure = Literal["killed", "fatal", "difference"]
LABELS = {
    "killed": "Expected killed per run (persons)",
    "fatal": "Runs with any fatal engagement (probability)",
    "difference": "Killed per run, difference from the baseline (persons)",
}
_COLOURS = {"killed": "YlOrBr", "fatal": "Blues", "difference": "PuOr_r"}
_GAP = 0.05
_EVEN = 0.179  # luminance at which black and white letters stand out alike
ASPECT = 0.62
WIDTH = 3.4
# Widths of outlines, as shares of the map's, below which there is no room for words.
TINY, SMALL, NAMED = 0.05, 0.1, 0.13
_LETTER, _LINE = (share * (style.SMALL_SIZE - 1) / (72 * WIDTH) for share in (0.57, 1.12))


def province_table(frames: Frames) -> pd.DataFrame:
    """Estimate, for each province, expected killed and the chance of any fatal engagement.

    One row per ``scenario`` and ``province`` (also those that nothing reached), with ``row``,
    ``column``, ``label`` and, for ``killed`` (mean per run) and ``fatal`` (share of runs with at
    least one killed), the estimate and its 95 % interval.
    """
    groups = killed_by_run(frames).groupby(level=["scenario", "province"])
    killed = {key: rows.to_numpy(dtype=float) for key, rows in groups}
    runs = frames.runs["scenario"].value_counts()
    rows = [
        {"scenario": name, **tile(loaded, key)}
        | _estimates(killed.get((name, key), np.empty(0)), int(runs[name]))
        for name, loaded in frames.scenarios.items()
        for key in loaded.scenario.provinces
    ]
    table = pd.DataFrame(rows)
    return table.assign(scenario=frames.labels(table["scenario"]))


def scale(table: pd.DataFrame, measure: Measure) -> ScalarMappable:
    """Choose one colour scale for all maps of a measure."""
    colours = colormaps[_COLOURS[measure]]
    if measure == "fatal":
        return ScalarMappable(Normalize(0, 1), colours)
    top = float(table[measure].abs().max()) or 1.0
    least = -top if measure == "difference" else 0.0
    return ScalarMappable(FuncNorm((_squeezed, _stretched), least, top), colours)


def height(table: pd.DataFrame, outlines: Outlines | None = None) -> float:
    """Height of a map that fills half a page's width [inch]."""
    if outlines is not None:
        return WIDTH * outlinemap.tall(outlines.projected())
    tall = int(table["row"].max() - table["row"].min() + 1)
    wide = int(table["column"].max() - table["column"].min() + 1)
    return min(WIDTH * ASPECT * tall / wide, 0.62 * tall)


def tiles(
    table: pd.DataFrame,
    ax: Axes,
    measure: Measure = "killed",
    colours: ScalarMappable | None = None,
    outlines: Outlines | None = None,
) -> Axes:
    """Draw one scenario's provinces of `province_table` as tiles with estimate and 95 % interval.

    The colours are those of `scale`, made from the table when left out. With ``outlines``, such as
    ``frames.scenarios[name].outlines``, real outlines take the place of tiles; `untold` gives the
    intervals that they have no room for.
    """
    colours = colours or scale(table, measure)
    if outlines is not None:
        return _outlined(table, ax, measure, colours, outlines.projected())
    rows, columns = table["row"], table["column"]
    ax.set_xlim(columns.min() - 0.5, columns.max() + 0.5)
    ax.set_ylim(rows.max() + 0.5, rows.min() - 0.5)
    ax.set_aspect(ASPECT)
    ax.set_axis_off()
    size = _text_size(ax, int(columns.max() - columns.min() + 1))
    for tile in table.to_dict("records"):
        _draw_tile(ax, tile, measure, colours, size)
    return ax


def _outlined(
    table: pd.DataFrame,
    ax: Axes,
    measure: Measure,
    colours: ScalarMappable,
    shapes: Mapping[str, outlinemap.Rings],
) -> Axes:
    """Draw provinces with their outlines: pale ones first, so that dark borders are whole."""
    outlinemap.frame(ax, shapes)
    for place in table.to_dict("records"):
        rings, value = shapes[place["province"]], place[measure]
        fill = np.asarray(colours.to_rgba(value)).tolist()
        low, high = place[f"{measure}_low"], place[f"{measure}_high"]
        clear = measure == "difference" and (low > 0 or high < 0)
        patch = outlinemap.patch(rings)
        patch.set(facecolor=fill, edgecolor="black" if clear else "0.5",
                  linewidth=1.0 if clear else 0.4, zorder=2 if clear else 1)  # fmt: skip
        ax.add_patch(patch)
        _label(ax, place, rings, patch, measure)
    return ax


def _label(
    ax: Axes, place: Mapping[str, Any], rings: outlinemap.Rings, patch: Patch, measure: Measure
) -> None:
    """Write a province's name, estimate and interval; beside it where it is tiny."""
    value, interval = _WRITE[measure](place[measure]), _interval(place, measure)
    interval = interval if _holds(rings, interval) else ""
    (x, y), wide, fill = outlinemap.centre(rings), outlinemap.width(rings), patch.get_facecolor()
    halo = [withStroke(linewidth=1.6, foreground="white")] if wide < SMALL else []
    look: Any = {"fontsize": style.SMALL_SIZE - 1, "zorder": 4, "path_effects": halo}
    if 0 < wide < TINY:
        disc = Circle((x, y), outlinemap.POINT, zorder=3)
        disc.update_from(patch)
        ax.add_patch(disc)
        text = f"{place['label']} {value}\n{interval}".strip()
        ax.text(x - 0.025, y, text, ha="right", va="center", fontweight="bold", **look)
        return
    ink = "white" if not halo and _luminance(to_rgba(fill)) < _EVEN else "black"
    named = wide >= NAMED or outlinemap.room(rings, x, y) >= _LETTER * len(place["label"])
    text = f"{place['label'] if named else ''}\n{value}\n{interval}".strip()
    ax.text(x, y, text, ha="center", va="center", color=ink, linespacing=0.95, **look)


def _holds(rings: outlinemap.Rings, interval: str) -> bool:
    """Tell whether an interval fits below a province's name and number, or beside it."""
    (x, y), wide = outlinemap.centre(rings), outlinemap.width(rings)
    if wide < TINY:
        return wide > 0
    edges = (y + share * _LINE for share in (0.6, 1.4))
    return all(outlinemap.room(rings, x, edge) >= _LETTER * len(interval) for edge in edges)


def untold(
    table: pd.DataFrame, measures: Sequence[Measure], outlines: Mapping[str, Outlines | None]
) -> str:
    """Write the estimates and intervals of provinces whose outlines have no room for them."""
    scenarios = []
    for name, rows in table.groupby("scenario", sort=False, observed=True):
        own = outlines[str(name)]
        shapes = own.projected() if own is not None else {}
        places = []
        for place in rows.to_dict("records") if shapes else ():
            numbers = [
                f"{_WRITE[measure](place[measure])} ({interval})"
                for measure in measures
                if (interval := _interval(place, measure))
                and not _holds(shapes[place["province"]], interval)
            ]
            places += [f"{place['label']} {' and '.join(numbers)}"] if numbers else []
        scenarios += [f"{name}: {', '.join(places)}"] if places else []
    return f"Without room for it: {'; '.join(scenarios)}." if scenarios else ""


def colour_bar(ax: Axes, colours: ScalarMappable, measure: Measure) -> None:
    """Draw the scale of `tiles` into an Axes of its own."""
    bar = ax.figure.colorbar(colours, cax=ax, orientation="horizontal")
    bar.set_label(LABELS[measure])
    if measure == "fatal":
        bar.formatter = PercentFormatter(1, symbol=" %")
    else:
        least, top = colours.get_clim()
        marks = style.marks(top)
        if len(marks) > 2:
            bar.set_ticks([-mark for mark in marks[:0:-1] if least < 0] + marks)
        bar.minorticks_off()
        bar.formatter = FuncFormatter(lambda value, _: _mark(value))
    bar.outline.set_linewidth(0.5)


def _mark(value: float) -> str:
    """Write a mark of a scale: a whole number, or a part of one without zeros at its end."""
    whole = float(value).is_integer()
    return (wording.count(value) if whole else f"{value:.3g}").replace("-", "−")


def killed_by_run(frames: Frames) -> pd.Series:
    """Killed in each province and run."""
    keys = ["scenario", "province", "replicate"]
    parts = []
    for part in frames.batches("engagements", ["province", "replicate", *KILLED]):
        killed = part[KILLED].sum(axis=1)
        parts.append(killed.groupby([part[key].astype(object) for key in keys]).sum())
    return pd.concat(parts).sort_index()


def tile(loaded: Loaded, key: str) -> dict[str, Any]:
    """Place and label of a province: ``province``, ``label``, ``row`` and ``column``."""
    province = loaded.scenario.provinces[key]
    row, column = province.tile
    return {"province": key, "label": province.label, "row": row, "column": column}


def _estimates(killed: Floats, runs: int) -> dict[str, float]:
    """Estimate from the killed of the runs that had any engagement there, and all runs."""
    values = np.concatenate([killed, np.zeros(runs - len(killed))])
    mean = intervals.mean(values, floor=0.0)
    fatal = intervals.share(int((values > 0).sum()), runs)
    return mean.columns("killed") | fatal.columns("fatal")


def _squeezed(values: Any) -> Any:
    """Bring a long tail near, alike on both sides of zero."""
    return np.sign(values) * np.log1p(np.abs(values))


def _stretched(values: Any) -> Any:
    return np.sign(values) * np.expm1(np.abs(values))


def _text_size(ax: Axes, columns: int) -> float:
    width = ax.get_window_extent().width / ax.figure.dpi * 72 / columns
    return float(np.clip(width / 8.5, 3.5, style.TEXT_SIZE))


def _draw_tile(
    ax: Axes, tile: Mapping[str, Any], measure: Measure, colours: ScalarMappable, size: float
) -> None:
    x, y, side = tile["column"], tile["row"], 1 - _GAP
    fill = np.asarray(colours.to_rgba(tile[measure]))
    low, high = tile[f"{measure}_low"], tile[f"{measure}_high"]
    sure = measure != "difference" or low > 0 or high < 0
    clear = measure == "difference" and sure
    ax.add_patch(
        Rectangle(
            (x - side / 2, y - side / 2),
            side,
            side,
            facecolor=fill.tolist(),
            edgecolor="black" if clear else "0.4",
            linewidth=1.2 if clear else 0.4,
        )
    )
    ink = "white" if _luminance(fill.tolist()) < _EVEN else "black"
    lines = (
        (-0.27, style.wrap(tile["label"], 13), size * 0.82, "normal"),
        (0.08, _WRITE[measure](tile[measure]), size * 1.15, "bold" if sure else "normal"),
        (0.34, _interval(tile, measure), size * 0.82, "normal"),
    )
    for offset, text, points, weight in lines:
        ax.text(
            x, y + offset, text, ha="center", va="center", fontsize=points, fontweight=weight,
            color=ink, linespacing=0.95, clip_on=True,
        )  # fmt: skip


def _interval(place: Mapping[str, Any], measure: Measure) -> str:
    low, high = place[f"{measure}_low"], place[f"{measure}_high"]
    if math.isnan(low) or low == high == 0:
        return ""
    if measure == "fatal":
        return f"{100 * low:.0f}–{100 * high:.0f} %"
    return f"{_WRITE[measure](low)}{' to ' if measure == 'difference' else '–'}" + (
        _WRITE[measure](high)
    )


def _plain(value: float) -> str:
    return "0" if value == 0 else f"{value:.2f}" if value < 10 else wording.number(value)


def _signed(value: float) -> str:
    if abs(value) < 0.005:
        return "0"
    digits = 2 if abs(value) < 1 else 1 if abs(value) < 100 else 0
    return f"{value:+.{digits}f}".replace("-", "−")


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


_WRITE = {"killed": _plain, "fatal": _percent, "difference": _signed}


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance, 0 black to 1 white."""
    light = np.asarray(colour[:3])
    linear = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
