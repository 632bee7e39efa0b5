"""Figures and tables of response curves and surfaces, and of where they cross a threshold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from analysis import files, notes, style, tables, timeline, wording
from analysis.explore.crossing import PLACE_DIGITS, Threshold, crossings, gap_course, level
from analysis.explore.response import Response, Swept, response_table, responses
from analysis.frames import Frames
from analysis.intervals import Estimate
from analysis.kinds import USUAL
from analysis.sheet import make, panels

COLUMNS, PANEL, SINGLE = 3, 1.5, 2.9
CELL = 0.37
SURFACE_OUTCOMES = ("killed", "engagements", "provinces_reached", "hours_to_calm", "relapse")
HOURS_FROM = 96.0
_LONGEST_TICK, _LABEL = 7, 38
_NEARLY_ALL, _QUARTERS = 0.9, (0.0, 0.25, 0.5, 0.75, 1.0)
Sheet = tuple[str, Figure]
_CURVE, _REFERENCE = style.LOOKS[0], style.LOOKS[1]


def sheets(frames: Frames, baseline: str | None = None) -> Iterator[Sheet]:
    """Compose a sheet for each curve and surface: every outcome that varies, with its bands."""
    chosen = next(iter(frames.scenarios)) if baseline is None else baseline
    for response in responses(frames):
        yield (_curves if response.is_curve else _surface)(frames, response, chosen)


def threshold_sheet(frames: Frames, response: Response, threshold: Threshold) -> Sheet:
    """Compose the figure of one outcome, its threshold, and where it is crossed."""
    outcome = threshold.outcome
    found = crossings(frames, response, threshold)
    reached = level(frames, threshold)
    shown = response.curves
    note = (
        _about(frames, response, [threshold.scenario] if threshold.scenario else []),
        _BANDS if response.draws else _CHANCE,
        _THRESHOLD.format(text=threshold.text),
        _NOT_KNOWN if response.draws else "",
    )
    title = f"Where {threshold.text}"
    figure = make(title, note, SINGLE * len(shown))
    grid = figure.subplots(len(shown), 2, squeeze=False)
    for (left, right), (where, own) in zip(grid, shown, strict=True):
        curve(response_table(own, [outcome]), left, own, outcome)
        _level(left, reached)
        gap(gap_course(frames, own, threshold), right, own, outcome)
        for row in found[found["where"] == where].to_dict("records"):
            _crossing(left, row, own, reached.value)
            _crossing(right, row, own, 0.0)
        left.set_title(style.wrap(where, 46, lines=1) or wording.label(outcome))
        left.set_ylabel(wording.label(outcome) if where else "")
        for ax in (left, right):
            ax.set_xlabel(_axis_label(own.numbers[0], own.values[:, 0]))
    return f"threshold-{outcome}-{response.key}", figure


def curve(
    table: pd.DataFrame, ax: Axes, response: Response, outcome: str, reference: str = ""
) -> Axes:
    """Draw one outcome of `response_table` against the swept number.

    The line joins means at the values that were run; bars and the dark band are their 95 %
    intervals, the light band what not knowing the numbers leaves. A ring marks the scenario called
    ``reference`` where it lies on the curve.
    """
    rows = table[table["outcome"] == outcome]
    number, x = response.numbers[0], _places(response.numbers[0], response.values[:, 0])
    low, high = (rows[f"numbers_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    if np.isfinite(low).any():
        ax.fill_between(x, low, high, color=_CURVE.colour, alpha=style.WIDE_BAND, linewidth=0)
    low, high = (rows[f"mean_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    ax.fill_between(x, low, high, color=_CURVE.colour, alpha=style.NARROW_BAND, linewidth=0)
    means = rows["mean"].to_numpy(dtype=float)
    ax.plot(x, means, color=_CURVE.colour, linewidth=1.2, marker="o", markersize=3)
    for place, name in enumerate(response.names):
        if name == reference:
            ax.plot(
                x[place], means[place], marker="o", markersize=8, markerfacecolor="none",
                color=_REFERENCE.colour, markeredgewidth=1.4, linestyle="",
            )  # fmt: skip
    _value_axis(ax, outcome)
    _number_axis(ax, number, x)
    return ax


def gap(course: pd.DataFrame, ax: Axes, response: Response, outcome: str) -> Axes:
    """Draw how far a curve is from a threshold, from `gap_course`, with both bands."""
    number, x = response.numbers[0], _places(response.numbers[0], course["at"])
    for key, alpha in (("numbers", style.WIDE_BAND), ("gap", style.NARROW_BAND)):
        low, high = (course[f"{key}_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
        if np.isfinite(low).any():
            ax.fill_between(x, low, high, color=_CURVE.colour, alpha=alpha, linewidth=0)
    ax.plot(x, course["gap"], color=_CURVE.colour, linewidth=1.2)
    ax.axhline(0, color=_REFERENCE.colour, linewidth=1.0, linestyle=_REFERENCE.dash)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.set_title(f"Above the threshold by ({wording.unit(outcome)})")
    _number_axis(ax, number, x)
    return ax


def surface(table: pd.DataFrame, ax: Axes, response: Response, outcome: str, ring: str = "") -> Any:
    """Draw one outcome as a heat map of two numbers, with mean and interval in each cell.

    Gives the mappable, for a colour bar. The scenario called ``ring`` is framed.
    """
    rows = table[table["outcome"] == outcome].reset_index(drop=True)
    across, up = (np.unique(column) for column in response.values.T)
    means = rows["mean"].to_numpy(dtype=float).reshape(len(across), len(up)).T
    colours = mpl.colormaps["YlGnBu"].with_extremes(bad="0.9")
    drawn = ax.imshow(
        np.ma.masked_invalid(means), cmap=colours, origin="lower", aspect="auto", vmin=0.0,
        vmax=max(float(np.nanmax(means)), 1e-9) if np.isfinite(means).any() else 1.0,
    )  # fmt: skip
    for place, row in enumerate(rows.to_dict("records")):
        column, line = divmod(place, len(up))
        ink = _ink(drawn.cmap(drawn.norm(row["mean"])))
        text = f"{wording.number(row['mean'])}\n{_short(row['mean_low'], row['mean_high'])}"
        if not math.isnan(row["numbers_low"]):
            text += f"\n[{_short(row['numbers_low'], row['numbers_high'])}]"
        ax.text(
            column, line, text, ha="center", va="center", color=ink, linespacing=1.15,
            fontsize=style.SMALL_SIZE - (0.5 if len(across) < 6 else 1.5),
        )  # fmt: skip
        if row["scenario"] == ring and response.names.count(ring) == 1:
            box = mpl.patches.Rectangle(
                (column - 0.5, line - 0.5), 1, 1, fill=False, linewidth=1.8,
                edgecolor=_REFERENCE.colour, clip_on=False,
            )  # fmt: skip
            ax.add_patch(box)
    first, second = response.numbers
    ax.set_xticks(range(len(across)), [_tick(first, value) for value in across])
    ax.set_yticks(range(len(up)), [_tick(second, value) for value in up])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(wording.label(outcome))
    return drawn


def write_tables(frames: Frames, folder: Path) -> list[Path]:
    """Write a table of each curve and surface."""
    names = [column.name for column in frames.outcomes]
    texts = {
        f"response-{each.key}{frames.suffix}.csv": files.csv(response_table(each, names))
        for each in responses(frames)
    }
    return files.write_texts(folder, texts) if texts else []


def write_thresholds(
    frames: Frames,
    asked: Sequence[Threshold],
    folder: Path,
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write where each response crosses each threshold: a table, and a figure of each."""
    found = responses(frames)
    end = frames.suffix
    rows = [
        written(crossings(frames, each, threshold), each) for threshold in asked for each in found
    ]
    named = (
        (f"{name}{f'-{number}' if number > 1 else ''}{end}", figure)
        for number, threshold in enumerate(asked, start=1)
        for name, figure in (threshold_sheet(frames, each, threshold) for each in found)
    )
    return files.write(folder, {f"thresholds{end}.csv": files.csv(pd.concat(rows))}, named, formats)


def written(found: pd.DataFrame, response: Response) -> pd.DataFrame:
    """Write the places of `crossings` as a scenario file has them; empty for none and beyond."""
    number = response.numbers[0]
    places = ("at", "at_low", "at_high", "numbers_low", "numbers_high")
    texts = {
        key: [
            number.write(value, PLACE_DIGITS) if math.isfinite(value) else ""
            for value in found[key]
        ]
        for key in places
    }
    return found.assign(**texts)


def _curves(frames: Frames, response: Response, baseline: str) -> Sheet:
    names = [column.name for column in frames.outcomes]
    shown, constant = tables.varying(pd.concat(response.runs), names)
    table = response_table(response, shown)
    aside = baseline not in response.names
    note = (
        _about(frames, response, [baseline] if aside else []),
        _BANDS if response.draws else _CHANCE,
        (_LINE if aside else _RING).format(name=baseline) if not _designed(response) else "",
        notes.left_out(constant),
    )
    lines = -(-len(shown) // COLUMNS)
    number = response.numbers[0]
    label = _axis_label(number, response.values[:, 0])
    figure = make(f"Response to {number.path}", note, PANEL * lines + 0.2)
    axes = panels(figure, len(shown), COLUMNS, sharex=True)
    for place, (name, ax) in enumerate(zip(shown, axes, strict=True)):
        curve(table, ax, response, name, baseline)
        if aside:
            runs = frames.runs[frames.runs["scenario"] == baseline]
            row = tables.summary_row(runs, name, response.draws)
            _level(ax, Estimate(row["mean"], row["mean_se"], row["mean_low"], row["mean_high"]))
        ax.tick_params(labelbottom=place + COLUMNS >= len(shown))
        ax.set_xlabel(label if place + COLUMNS >= len(shown) else "")
    return f"response-{response.key}", figure


def _surface(frames: Frames, response: Response, baseline: str) -> Sheet:
    known = [name for name in SURFACE_OUTCOMES if name in {each.name for each in frames.outcomes}]
    shown, constant = tables.varying(pd.concat(response.runs), known)
    table = response_table(response, shown)
    across, up = (len(np.unique(column)) for column in response.values.T)
    columns = 1 if across > 6 else 2
    lines = -(-len(shown) // columns)
    first, second = response.numbers
    note = (
        _about(frames, response, []),
        _CELLS + (_CELL_BAND if response.draws else ""),
        _FRAME.format(name=baseline) if response.names.count(baseline) == 1 else "",
        notes.left_out(constant),
    )
    tall = (CELL + (0.1 if response.draws else 0.0)) * up + 0.35
    figure = make(f"Response to {first.path} and {second.path}", note, tall * lines + 0.25)
    for ax, name in zip(panels(figure, len(shown), columns), shown, strict=True):
        surface(table, ax, response, name, baseline)
        ax.set_xlabel(first.path)
        ax.set_ylabel(style.wrap(second.path, int(tall * 72 / (0.53 * style.TEXT_SIZE)), lines=3))
    return f"response-{response.key}", figure


def _level(ax: Axes, reached: Estimate) -> None:
    ax.axhline(reached.value, color=_REFERENCE.colour, linewidth=1.0, linestyle=_REFERENCE.dash)
    if not math.isnan(reached.low):
        ax.axhspan(
            reached.low, reached.high, color=_REFERENCE.colour, alpha=style.WIDE_BAND, linewidth=0
        )
    low, high = ax.get_ylim()
    top = reached.value if math.isnan(reached.high) else reached.high
    ax.set_ylim(low, max(high, 1.06 * top))


def _crossing(ax: Axes, row: dict[str, Any], response: Response, value: float) -> None:
    """Mark a crossing on the axis, with both intervals; an arrow where one ends beyond."""
    if math.isnan(row["at"]):
        return
    number = response.numbers[0]
    ends = _places(number, response.values[[0, -1], 0])
    foot = ax.get_ylim()[0]
    for key, width, colour in (("numbers", 4.0, "0.75"), ("at", 1.6, "black")):
        span = np.array([row[f"{key}_low"], row[f"{key}_high"]])
        if np.isnan(span).any():
            continue
        open_ends = np.isinf(span)
        places = np.where(open_ends, ends, _places(number, np.where(open_ends, 0.0, span)))
        ax.plot(
            places, [foot, foot], color=colour, linewidth=width, solid_capstyle="butt",
            clip_on=False, zorder=4,
        )  # fmt: skip
        for place, beyond, mark in zip(places, open_ends, "<>", strict=True):
            if beyond:
                ax.plot(place, foot, marker=mark, color=colour, clip_on=False, zorder=5)
    place = float(_places(number, np.array([row["at"]]))[0])
    ax.plot([place, place], [foot, value], color="black", linewidth=0.8, linestyle=(0, (2, 1.5)))
    ax.plot(place, value, marker="D", markersize=4, color="black", linestyle="", zorder=6)


def _about(frames: Frames, response: Response, others: Sequence[str]) -> str:
    return notes.runs(frames, list(dict.fromkeys([*response.names, *others])))


def _designed(response: Response) -> bool:
    return len(set(response.names)) < len(response.names)


def _places(number: Swept, values: Any) -> Any:
    """Give values as they stand on an axis: dates, days, per day, or as they are."""
    if number.kind == "local time":
        return dates.date2num(number.start) + np.asarray(values, dtype=float) / 24
    return np.asarray(values, dtype=float) * (24.0 if number.kind == "rate" else 1.0)


def _number_axis(ax: Axes, number: Swept, x: Any) -> None:
    ax.margins(x=0.04)
    if number.kind != "local time":
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    if x[-1] - x[0] > HOURS_FROM / 24:
        timeline.date_axis(ax)
        ax.set_xlabel("")
        return
    ax.xaxis.set_major_locator(dates.AutoDateLocator(minticks=2, maxticks=5))
    ax.xaxis.set_major_formatter(FuncFormatter(_hour_and_day))


def _hour_and_day(number: float, _: int | None = None) -> str:
    at = dates.num2date(number)
    return f"{at:%H:%M}\n{at.day} {at:%b}"


def _axis_label(number: Swept, values: Any) -> str:
    if number.kind == "local time":
        ends = {(number.start + timedelta(hours=float(value))).year for value in values}
        unit = f"local time, {'–'.join(str(year) for year in sorted(ends))}"
    else:
        unit = {"duration": "hours", "rate": "per day"}.get(number.kind, "")
    path = _in_halves(number.path)
    return f"{path}\n({unit})" if unit else path


def _in_halves(path: str) -> str:
    """Break a long path at a point near its middle, where its halves fit below a panel."""
    if len(path) > _LABEL:
        for width in range(len(path) // 2, _LABEL):
            shown = style.wrap(path, width)
            if "…" not in shown and ".\n" in shown:
                return shown
    return style.wrap(path, _LABEL)


def _value_axis(ax: Axes, outcome: str) -> None:
    ax.set_title(wording.label(outcome), fontsize=style.TEXT_SIZE)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    highest = float(ax.dataLim.y1)
    top = ax.get_ylim()[1]
    ax.set_ylim(0, max(top, 1.05 * highest) if math.isfinite(highest) else top)
    if wording.outcome(outcome).unit in {"-", "share"} and highest > _NEARLY_ALL:
        ax.yaxis.set_major_locator(FixedLocator(_QUARTERS))
        ax.set_ylim(0, 1.08)


def _tick(number: Swept, value: float) -> str:
    if number.kind == "local time":
        return _hour_and_day(float(_places(number, [value])[0]))
    exact = number.write(float(value))
    return exact if len(exact) <= _LONGEST_TICK else number.write(float(value), PLACE_DIGITS)


def _short(low: float, high: float) -> str:
    return "–" if math.isnan(low) else f"{wording.number(low)} to {wording.number(high)}"


def _ink(colour: Any) -> str:
    red, green, blue, _ = colour
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


_CHANCE = "Points: means at the values that were run; band: 95 % intervals of chance."
_BANDS = (
    "Points: means at the values that were run; dark band: 95 % intervals of chance; light band:"
    " 95 % of the draws of the numbers that are not known."
)
_LINE = "Dashed: {name}, with its 95 % interval."
_RING = "Ring: {name}."
_THRESHOLD = (
    "Dashed: {text}, with its 95 % interval. Right: the curve minus the threshold, with the 95 %"
    " interval over runs with the same random numbers. Diamond: where the curve, straight between"
    " the values that were run, crosses the threshold; bar on the axis: the 95 % interval of that"
    " place by chance, where the band on the right holds zero; an arrow where it reaches beyond"
    " what was run."
)
_NOT_KNOWN = "Grey bar on the axis: where the light band on the right holds zero."
_CELLS = "In each cell: the mean and its 95 % interval of chance."
_CELL_BAND = " In brackets: 95 % of the draws of the numbers that are not known."
_FRAME = "Framed: {name}."
