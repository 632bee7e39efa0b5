"""Compose the sheets of figures of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from analysis import labels, notes, style, tilemap, wording
from analysis.comparison.courses import course_differences, difference_fan
from analysis.comparison.gaps import difference_rows, pair_differences
from analysis.comparison.places import place_differences
from analysis.comparison.ranking import NAME_WIDTH, numbers, ranking
from analysis.comparison.table import base_name
from analysis.frames import Frames
from analysis.sheet import chunks, make, panels

ROWS, FANS, MAPS = 14, 8, 4
_ONE_LINE, _TWO_LINES = 0.165, 0.23
SPREAD = ("killed", "hours_to_calm")
Sheet = tuple[str, Figure]


def every(frames: Frames, table: pd.DataFrame) -> Iterator[Sheet]:
    """Compose the figures of a comparison; scenarios are called by their titles."""
    frames, table = labels.titled(frames), labels.in_table(frames, table)
    yield from forests(frames, table)
    yield from distributions(frames, table)
    yield from fans(frames, table)
    if not frames.reported:
        yield from maps(frames, table)


def forests(frames: Frames, table: pd.DataFrame) -> Iterator[Sheet]:
    """Compose a forest plot of all scenarios for each outcome."""
    baseline = base_name(frames, str(table["baseline"].iloc[0]))
    for outcome, rows in table.groupby("outcome", sort=False):
        name = str(outcome)
        explained = _FOREST.format(
            baseline=baseline, band=_BAND if rows["numbers_low"].notna().any() else ""
        )
        note = (_runs(frames, rows), explained, notes.RUN_IS_UNIT)
        title = f"{wording.title(name)}: what each scenario changes"
        row = _TWO_LINES if rows["scenario"].str.len().max() > NAME_WIDTH else _ONE_LINE
        figure = make(_as_reported(frames, title), note, row * len(rows) + 0.95)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.35])
        ranking(rows, left, name)
        numbers(rows, right, name)
        yield f"forest-{name}", figure


def distributions(frames: Frames, table: pd.DataFrame) -> Iterator[Sheet]:
    """Compose sheets of the differences within pairs, for killed and hours to calm."""
    baseline = str(table["baseline"].iloc[0])
    for outcome in [name for name in SPREAD if name in set(table["outcome"])]:
        gaps = pair_differences(frames, baseline, outcome)
        for suffix, shown in chunks(list(gaps), ROWS):
            rows = table[table["scenario"].isin(shown)]
            note = (_runs(frames, rows), _ROWS.format(baseline=baseline))
            title = f"{wording.title(outcome)}: differences between paired runs"
            figure = make(_as_reported(frames, title), note, 0.36 * len(shown) + 0.7)
            difference_rows({name: gaps[name] for name in shown}, figure.subplots(), outcome)
            yield f"pairs-{outcome}{suffix}", figure


def fans(frames: Frames, table: pd.DataFrame) -> Iterator[Sheet]:
    """Compose sheets of how the difference in killed grows over time."""
    baseline = str(table["baseline"].iloc[0])
    courses = course_differences(frames, baseline)
    for suffix, shown in chunks(list(courses), FANS):
        lines = -(-len(shown) // 2)
        rows = table[table["scenario"].isin(shown)]
        note = (_runs(frames, rows), _FANS.format(baseline=baseline))
        title = "Cumulative killed: how the difference grows"
        figure = make(_as_reported(frames, title), note, 1.5 * lines)
        for place, (name, ax) in enumerate(zip(shown, panels(figure, len(shown), 2), strict=True)):
            difference_fan(courses[name], ax)
            ax.set_title(style.wrap(name, 44, lines=1))
            if place // 2 < lines - 1:
                ax.set_xlabel("")
        yield f"fans{suffix}", figure


def maps(frames: Frames, table: pd.DataFrame) -> Iterator[Sheet]:
    """Compose maps of the difference in expected killed by province."""
    baseline = str(table["baseline"].iloc[0])
    places = place_differences(frames, baseline)
    colours = tilemap.scale(places, "difference")
    for suffix, shown in chunks(list(dict.fromkeys(places["scenario"])), MAPS):
        lines = -(-len(shown) // 2)
        own = places[places["scenario"].isin(shown)]
        outlines = {name: frames.scenarios[name].outlines for name in shown}
        tall = tilemap.height(places, outlines[shown[0]]) + 0.25
        note = (
            _runs(frames, table[table["scenario"].isin(shown)]),
            (_MAPS if outlines[shown[0]] is None else _OUTLINED).format(baseline=baseline),
            tilemap.untold(own, ["difference"], outlines),
        )
        title = "Killed by province: what each scenario changes"
        figure = make(title, note, tall * lines + 0.55)
        grid = figure.subplots(lines + 1, 2, squeeze=False, height_ratios=[tall] * lines + [0.1])
        for ax, name in zip(grid[:-1].flat, shown, strict=False):
            rows = own[own["scenario"] == name]
            tilemap.tiles(rows, ax, "difference", colours, outlines[name])
            ax.set_title(style.wrap(name, 44, lines=1))
        for ax in grid[:-1].flat[len(shown) :]:
            ax.set_axis_off()
        tilemap.colour_bar(grid[-1, 0], colours, "difference")
        grid[-1, 1].set_axis_off()
        yield f"difference-map{suffix}", figure


def _runs(frames: Frames, rows: pd.DataFrame) -> str:
    return notes.runs(frames, [str(rows["baseline"].iloc[0]), *dict.fromkeys(rows["scenario"])])


def _as_reported(frames: Frames, title: str) -> str:
    return f"{title}, as reported" if frames.reported else title


_BAND = " Thick grey bars: 95 % of the draws of the numbers that are not known."
_FOREST = (
    "Scenario minus {baseline}; bars: 95 % intervals of each row alone. Filled: distinguishable"
    " from zero when all comparisons of the table are tested together (Holm, 5 %). Shaded: smaller"
    " than the smallest relevant difference. Ratio: of means. P(more): probability that a run has"
    " more than an independent run of {baseline}. Quantile: its shift. Var. red.: variance of the"
    " difference without pairing over that with it; unpaired where that is below 1.{band}"
)
_ROWS = (
    "A run and its pair in {baseline} use the same random numbers; left of zero the run has less."
    " Bars show pairs that differ, scaled to the tallest of the row; right: shares of all pairs."
    " Line: 5 to 95 % quantiles of all pairs; dot: their mean."
)
_FANS = (
    "Scenario minus {baseline} within pairs of runs with the same random numbers. Line: mean;"
    " dashed: its 95 % interval at each time; dark band: middle 50 % of pairs; light band: middle"
    " 90 %. Panels have scales of their own."
)
_MAPS = (
    "In each tile: mean difference from {baseline} in killed per run and its 95 % interval (none"
    " where no run differs). Framed in black: the interval of this tile alone leaves out zero; of"
    " many tiles some do so by chance. Colours follow log(1 + x) on both sides of zero."
)
_OUTLINED = (
    "In each province: mean difference from {baseline} in killed per run and its 95 % interval"
    " (none where no run differs). Framed in black: the interval of this province alone leaves out"
    " zero; of many provinces some do so by chance."
)
