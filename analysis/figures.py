"""Compose sheets of figures from results folders and write them to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd
from matplotlib.figure import Figure, SubFigure

from analysis import (
    chains,
    distributions,
    forest,
    genealogy,
    labels,
    longestchains,
    notes,
    orders,
    style,
    summarypage,
    tables,
    tilemap,
    timeline,
    wording,
)
from analysis.comparison.table import about_left_out, left_out
from analysis.distributions import Band
from analysis.explore import responsefigures
from analysis.files import write_figures
from analysis.frames import Frames, by_scenario
from analysis.kinds import FORMATS, USUAL, drawn
from analysis.reported import as_reported
from analysis.sheet import chunks, make, panels
from analysis.sources import load

FEW = 3
FOREST_OUTCOMES = ("killed", "engagements", "provinces_reached", "hours_to_calm", "relapse")
TREES = 2
_TALLEST, _TREE, _LINE, _CHAIN_LINE = 9.0, 4.2, 0.085, 0.115
_TITLE_LINE = 0.135
Sheet = tuple[str, Figure]


def plot(
    folders: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    formats: Sequence[str] = USUAL,
    reported: bool = False,
    only: Sequence[str] = (),
) -> list[Path]:
    """Draw all figures and write all tables of one or more results folders.

    The first scenario of the first folder is the baseline. Without ``out`` the files go to
    ``figures`` in that folder. ``reported`` shows what reporters saw instead of what happened, in
    files of their own. ``only`` names figures that are drawn alone, without tables: killed,
    outcomes, timeline, map, chains, genealogy, differences, response. The same results and versions
    give the same bytes.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"unknown format {unknown[0]!r}; known are {', '.join(FORMATS)}")
    known = drawn(reported)
    unknown = [kind for kind in only if kind not in known]
    if unknown:
        seen = " of what was reported" if unknown[0] in SHEETS else ""
        raise ValueError(f"no figure {unknown[0]!r}{seen}; there are {', '.join(known)}")
    paths = [folders] if isinstance(folders, str | Path) else list(folders)
    frames = as_reported(load(*paths)) if reported else load(*paths)
    folder = Path(out) if out is not None else frames.folders[0] / "figures"
    if only:
        return write_figures(folder, some(frames, *dict.fromkeys(only)), formats)
    return write(frames, folder, formats)


def write(frames: Frames, folder: Path, formats: Sequence[str] = USUAL) -> list[Path]:
    """Draw all figures and write all tables of loaded results; figures, waited for, come first."""
    figures = write_figures(folder, every(frames), formats)
    texts = summarypage.write(frames, folder) + responsefigures.write_tables(frames, folder)
    return texts + figures


def every(frames: Frames) -> Iterator[Sheet]:
    """Compose every sheet."""
    yield from some(frames, *drawn(frames.reported))


def some(frames: Frames, *kinds: str) -> Iterator[Sheet]:
    """Compose the sheets of some kinds; scenarios are called by their titles."""
    frames = labels.titled(frames)
    for kind in kinds:
        for name, figure in SHEETS[kind](frames):
            yield f"{name}{frames.suffix}", figure


def _sheet(
    frames: Frames,
    title: str,
    note: Sequence[str],
    height: float,
    legend: Sequence[tuple[int, str]] = (),
) -> Figure:
    """Make a sheet whose title and note say whether it shows reports."""
    if not frames.reported:
        return make(title, note, height, legend)
    return make(f"{title}, as reported", (*note, notes.REPORTED), height, legend)


def _outcomes(frames: Frames) -> Iterator[Sheet]:
    known = [column.name for column in frames.outcomes if not wording.is_yes_no(column.name)]
    for suffix, shown, legend in _overlays(frames):
        names, constant = tables.varying(_of(frames, shown), known)
        more = f"{notes.gaps(_of(frames, shown), names)} {notes.left_out(constant)}".strip()
        runs, band, note = _curves(frames, shown, more)
        height = 1.7 * -(-len(names) // 3)
        figure = _sheet(frames, "Outcome distributions over runs", note, height, legend)
        axes = panels(figure, len(names), 3, sharey=True)
        for place, (name, ax) in enumerate(zip(names, axes, strict=True)):
            distributions.ecdf(runs, ax, name, band=band)
            if place % 3:
                ax.set_ylabel("")
        yield f"outcome-distributions{suffix}", figure


def _killed(frames: Frames) -> Iterator[Sheet]:
    for suffix, shown, legend in _overlays(frames):
        runs, band, note = _curves(frames, shown, notes.ROWS)
        height = max(2.3, 0.4 * len(shown) + 0.7)
        figure = _sheet(frames, "Killed per run", note, height, legend)
        left, right = figure.subplots(1, 2)
        distributions.ecdf(runs, left, "killed", band=band)
        distributions.histogram(runs, right, "killed")
        yield f"killed{suffix}", figure


def _of(frames: Frames, shown: Sequence[str]) -> pd.DataFrame:
    return frames.runs[frames.runs["scenario"].isin(shown)]


def _curves(
    frames: Frames, shown: Sequence[str], more: str
) -> tuple[pd.DataFrame, Band, tuple[str, ...]]:
    """Give the runs of a sheet of cumulative curves, the band that is drawn, and its note."""
    banded = len(shown) <= FEW
    note = (
        notes.runs(frames, shown), notes.MARKS, notes.curve_band(frames, banded), more,
        notes.single(frames, shown),
    )  # fmt: skip
    return _of(frames, shown), "curve" if banded else "none", note


def _timeline(frames: Frames) -> Iterator[Sheet]:
    days, times = timeline.daily(frames), orders.order_times(frames)
    for suffix, shown in chunks(list(frames.scenarios), 4):
        own = times[times["scenario"].isin(shown)]
        strip = 0.5 + (0.09 + 0.09 * len(shown)) * max(1, own["number"].nunique())
        note = (notes.runs(frames, shown), notes.FAN, notes.single(frames, shown))
        more = _TITLE_LINE * sum(_course_title(name).count("\n") for name in shown)
        fan = 1.45 * len(shown) + 0.15 + more
        figure = _sheet(frames, "Course by day", note, fan + strip)
        fans, below = _halves(figure, [fan, strip])
        _fans(fans.subplots(len(shown), 3, squeeze=False, sharey="col"), shown, days, own)
        ax = below.subplots()
        orders.order_strip(own, ax)
        ax.set_title("Orders first given and events")
        yield f"timeline{suffix}", figure


def _halves(figure: Figure, heights: Sequence[float]) -> Sequence[SubFigure]:
    return cast("Sequence[SubFigure]", figure.subfigures(2, 1, height_ratios=heights))


def _fans(grid: Any, shown: Sequence[str], days: pd.DataFrame, times: pd.DataFrame) -> None:
    early = timeline.busy(days)
    for row, name in zip(grid, shown, strict=True):
        own, whole = (table[table["scenario"] == name] for table in (early, days))
        timeline.fan(own, row[0], "killed")
        timeline.fan(own, row[1], "engagements")
        timeline.fan(whole, row[2], "killed", cumulative=True)
        for ax in row:
            orders.order_marks(times[times["scenario"] == name], ax)
            if row is not grid[-1]:
                ax.set_xlabel("")
        row[0].set_title(_course_title(name), pad=10)


def _course_title(name: str) -> str:
    """Break a name so that it stands over the first of three panels and does not push them."""
    return style.wrap(name, 48, lines=3)


def _tree_title(name: str) -> str:
    return style.wrap(name, 64)


def _map(frames: Frames) -> Iterator[Sheet]:
    table = tilemap.province_table(frames)
    outlines = {name: loaded.outlines for name, loaded in frames.scenarios.items()}
    first = next(iter(outlines.values()))
    tall = tilemap.height(table, first) + 0.25
    per_page = max(1, int(_TALLEST / tall))
    measures: tuple[tilemap.Measure, ...] = ("killed", "fatal")
    for suffix, shown in chunks(list(frames.scenarios), per_page):
        note = (
            notes.runs(frames, shown),
            notes.TILES if outlines[shown[0]] is None else notes.OUTLINES,
            tilemap.untold(table[table["scenario"].isin(shown)], measures, outlines),
        )
        title = "Killed and fatal engagements by province"
        figure = _sheet(frames, title, note, tall * len(shown) + 0.55)
        ratios = [tall] * len(shown) + [0.1]
        grid = figure.subplots(len(shown) + 1, 2, squeeze=False, height_ratios=ratios)
        for column, measure in enumerate(measures):
            colours = tilemap.scale(table, measure)
            for ax, name in zip(grid[:, column], shown, strict=False):
                own = table[table["scenario"] == name]
                tilemap.tiles(own, ax, measure, colours, outlines[name])
                ax.set_title(style.wrap(name, 44, lines=1) if column == 0 else "")
            tilemap.colour_bar(grid[-1, column], colours, measure)
        yield f"map{suffix}", figure


def _chains(frames: Frames) -> Iterator[Sheet]:
    table = chains.chain_sizes(frames)
    for suffix, shown, legend in _overlays(frames):
        banded = len(shown) <= FEW
        note = (
            notes.runs(frames, shown),
            notes.CHAINS,
            f"{notes.CHAIN_BAND} {_law(table, shown)}" if banded else "",
            notes.quiet(frames, shown),
        )
        figure = _sheet(frames, "Reprisal chains", note, 2.6, legend)
        left, right = figure.subplots(1, 2)
        rows = table[table["scenario"].isin(shown)]
        chains.chain_tail(rows, left, "size", bands=banded, law=banded)
        chains.chain_tail(rows, right, "length", bands=banded, law=banded)
        yield f"chains{suffix}", figure


def _law(table: pd.DataFrame, shown: Sequence[str]) -> str:
    ratios = [
        f"{name} {chains.ratio_of(rows):.2f}"
        for _, name, rows in by_scenario(table)
        if name in shown
    ]
    return notes.CHAIN_LAW.format(ratios=", ".join(ratios)) if ratios else ""


def _genealogy(frames: Frames) -> Iterator[Sheet]:
    """Compose the trees of one run of the first scenarios, in the same replicate."""
    baseline = next(iter(frames.scenarios))
    replicate = genealogy.typical_run(frames, baseline)
    runs = frames.runs[frames.runs["replicate"] == replicate]
    names = [name for name in frames.scenarios if name in set(runs["scenario"])][:TREES]
    same = [name for name in names if _groups(frames, name) == _groups(frames, baseline)]
    tall = [
        min(_TREE, 0.5 + _LINE * genealogy.lanes(genealogy.lineage(frames, name, replicate)))
        + _TITLE_LINE * _tree_title(name).count("\n")
        for name in same
    ]
    note = (
        notes.TREE.format(replicate=replicate, baseline=baseline),
        notes.not_shown(frames, same),
    )
    groups = frames.scenarios[baseline].scenario.groups
    legend = [(place, group.label or key) for place, (key, group) in enumerate(groups.items())]
    title = f"Who answered whom: replicate {replicate}"
    figure = _sheet(frames, title, note, sum(tall) + 0.25, legend)
    axes = figure.subplots(len(same), 1, height_ratios=tall, squeeze=False, sharex=True)[:, 0]
    for ax, name in zip(axes, same, strict=True):
        genealogy.tree(frames, name, replicate, ax)
        ax.set_title(_tree_title(name))
        ax.set_xlabel(ax.get_xlabel() if name == same[-1] else "")
    yield "genealogy", figure
    yield from _longest(frames, same, legend)


def _longest(
    frames: Frames, names: Sequence[str], legend: Sequence[tuple[int, str]]
) -> Iterator[Sheet]:
    """Compose the longest chains of all runs of some scenarios."""
    found = {name: longestchains.longest_chains(frames, name) for name in names}
    tall = [
        0.45 + _CHAIN_LINE * longestchains.tall(rows) + _TITLE_LINE * _tree_title(name).count("\n")
        for name, rows in found.items()
    ]
    note = (notes.runs(frames, names), notes.LONGEST, notes.not_shown(frames, names))
    title = "Who answered whom: the longest chains"
    figure = _sheet(frames, title, note, sum(tall) + 0.2, legend)
    axes = figure.subplots(len(names), 1, height_ratios=tall, squeeze=False, sharex=True)[:, 0]
    for ax, name in zip(axes, names, strict=True):
        setting = frames.scenarios[name].scenario
        labels = {key: province.label for key, province in setting.provinces.items()}
        longestchains.chain_trees(found[name], ax, list(setting.groups), labels)
        ax.set_title(_tree_title(name))
        ax.set_xlabel(ax.get_xlabel() if name == names[-1] else "")
    yield "longest-chains", figure


def _groups(frames: Frames, name: str) -> list[str]:
    return list(frames.scenarios[name].scenario.groups)


def _differences(frames: Frames) -> Iterator[Sheet]:
    summary, differences = tables.summary(frames), tables.differences(frames)
    baseline, others = next(iter(frames.scenarios)), left_out(frames)
    each = 0.22 * len(frames.scenarios) + 0.5
    for suffix, names in chunks(FOREST_OUTCOMES, max(1, int(_TALLEST / each))):
        note = (
            notes.runs(frames),
            notes.DIFFERENCE.format(baseline=baseline) if len(differences) else "",
            about_left_out(others) if others else "",
            notes.RUN_IS_UNIT,
            notes.gaps(frames.runs, names),
            notes.single(frames),
        )
        title = f"Means, and differences from {baseline}" if len(differences) else "Means"
        figure = _sheet(frames, title, note, each * len(names))
        columns = 2 if len(differences) else 1
        grid = figure.subplots(len(names), columns, squeeze=False)
        for row, name in zip(grid, names, strict=True):
            forest.means(summary, row[0], name)
            if columns > 1:
                forest.effects(differences, row[1], name)
        yield f"differences{suffix}", figure


def _overlays(frames: Frames) -> Iterator[tuple[str, list[str], list[tuple[int, str]]]]:
    """Part the scenarios over sheets, each beginning with the baseline, and give its legend."""
    names = list(frames.scenarios)
    for suffix, some in chunks(names[1:], style.PER_PAGE - 1):
        shown = [names[0], *some]
        yield suffix, shown, [(names.index(name), name) for name in shown]


SHEETS: dict[str, Callable[[Frames], Iterator[Sheet]]] = {
    "killed": _killed,
    "outcomes": _outcomes,
    "timeline": _timeline,
    "map": _map,
    "chains": _chains,
    "genealogy": _genealogy,
    "differences": _differences,
    "response": responsefigures.sheets,
}
