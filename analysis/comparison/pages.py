"""Write a comparison: table as CSV, table and words as Markdown, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import export, notes, style, tilemap, wording
from analysis.comparison import words
from analysis.comparison.courses import course_differences, difference_fan
from analysis.comparison.gaps import difference_rows, pair_differences
from analysis.comparison.places import place_differences
from analysis.comparison.ranking import cells, numbers, ranking
from analysis.comparison.table import about_left_out, base_name, left_out
from analysis.page import chunks, page, save_all, settle

if TYPE_CHECKING:
    from analysis.frames import Frames

ROWS, FANS, MAPS = 14, 8, 4
SPREAD = ("killed", "hours_to_calm")
BAND = "Numbers not known (95 %)"
HEAD = (
    "Scenario", "Difference (95 %)", BAND, "Ratio (95 %)", "P(more) (95 %)",
    "Quantile shift (95 %)", "Variance reduction", "Verdict",
)  # fmt: skip
Page = tuple[str, Figure]


def write_comparison(
    frames: Frames,
    table: pd.DataFrame,
    folder: Path,
    formats: Sequence[str] = ("png", "svg"),
) -> list[Path]:
    """Write a comparison's table, words and figures; ``table`` is from `analysis.compare`."""
    end = export.suffix(frames)
    texts = {
        f"comparison{end}.csv": export.csv(table),
        f"comparison{end}.md": markdown(frames, table),
    }
    written = export.write_texts(folder, texts)
    drawn = ((f"{name}{end}", settle(figure)) for name, figure in pages(frames, table))
    return written + save_all(drawn, folder, formats)


def markdown(frames: Frames, table: pd.DataFrame) -> str:
    """Write a comparison for a reader: words, then a table for each outcome."""
    baseline = str(table["baseline"].iloc[0])
    names = list(dict.fromkeys(table["scenario"]))
    parts = [f"# Scenarios compared with {baseline}"]
    parts.append(f"{notes.runs(frames, [baseline, *names])} {notes.RUN_IS_UNIT}")
    others = left_out(frames, baseline)
    if others:
        parts.append(about_left_out(others))
    first = str(table["outcome"].iloc[0])
    rows = table[table["outcome"] == first].to_dict("records")
    parts.append("## In words\n\n" + "\n".join(sentence(frames, row) for row in rows))
    for outcome, own in table.groupby("outcome", sort=False):
        parts.append(f"## {wording.label(str(outcome))}\n\n{export.grid(*grid(own))}")
    if not frames.reported:
        parts.append(export.deaths(frames.only([baseline, *names])))
    parts.append("## How to read this\n\n" + reading_note(table))
    return "\n\n".join(parts) + "\n"


def sentence(frames: Frames, row: dict[str, Any]) -> str:
    """Write what one scenario changes as an item of a list."""
    title = frames.scenarios[row["scenario"]].scenario.title
    return f"- **{row['scenario']}** ({title}): {words.reading(row)}"


def reading_note(table: pd.DataFrame) -> str:
    """Tell how the numbers of a comparison were made and what the verdicts mean."""
    row = table.iloc[0]
    return _NOTE.format(
        baseline=row["baseline"],
        tail=f"{100 * row['tail']:.0f} %",
        tests=int(row["family"]),
    )


def pages(frames: Frames, table: pd.DataFrame) -> Iterator[Page]:
    """Compose the figures of a comparison."""
    yield from forests(frames, table)
    yield from distributions(frames, table)
    yield from fans(frames, table)
    if not frames.reported:
        yield from maps(frames, table)


def forests(frames: Frames, table: pd.DataFrame) -> Iterator[Page]:
    """Compose a forest plot of all scenarios for each outcome."""
    baseline = base_name(frames, str(table["baseline"].iloc[0]))
    for outcome, rows in table.groupby("outcome", sort=False):
        name = str(outcome)
        told = _FOREST.format(baseline=baseline, band=_BAND if _banded(rows) else "")
        note = (_runs(frames, rows), told, notes.RUN_IS_UNIT)
        title = f"{wording.title(name)}: what each scenario changes"
        figure = page(_as_reported(frames, title), note, 0.165 * len(rows) + 0.95)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.35])
        ranking(rows, left, name)
        numbers(rows, right, name)
        yield f"forest-{name}", figure


def distributions(frames: Frames, table: pd.DataFrame) -> Iterator[Page]:
    """Compose pages of the differences within pairs, for killed and hours to calm."""
    baseline = str(table["baseline"].iloc[0])
    for outcome in [name for name in SPREAD if name in set(table["outcome"])]:
        gaps = pair_differences(frames, baseline, outcome)
        for suffix, shown in chunks(list(gaps), ROWS):
            rows = table[table["scenario"].isin(shown)]
            note = (_runs(frames, rows), _ROWS.format(baseline=baseline))
            title = f"{wording.title(outcome)}: differences between paired runs"
            figure = page(_as_reported(frames, title), note, 0.36 * len(shown) + 0.7)
            difference_rows({name: gaps[name] for name in shown}, figure.subplots(), outcome)
            yield f"pairs-{outcome}{suffix}", figure


def fans(frames: Frames, table: pd.DataFrame) -> Iterator[Page]:
    """Compose pages of how the difference in killed grows over time."""
    baseline = str(table["baseline"].iloc[0])
    courses = course_differences(frames, baseline)
    for suffix, shown in chunks(list(courses), FANS):
        lines = -(-len(shown) // 2)
        rows = table[table["scenario"].isin(shown)]
        note = (_runs(frames, rows), _FANS.format(baseline=baseline))
        title = "Cumulative killed: how the difference grows"
        figure = page(_as_reported(frames, title), note, 1.5 * lines)
        grid = figure.subplots(lines, 2, squeeze=False)
        for ax, name in zip(grid.flat, shown, strict=False):
            difference_fan(courses[name], ax)
            ax.set_title(style.wrap(name, 44, lines=1))
        for ax in grid.flat[len(shown) :]:
            ax.set_axis_off()
        for ax in grid[:-1].flat:
            ax.set_xlabel("")
        yield f"fans{suffix}", figure


def maps(frames: Frames, table: pd.DataFrame) -> Iterator[Page]:
    """Compose maps of the difference in expected killed by province."""
    baseline = str(table["baseline"].iloc[0])
    places = place_differences(frames, baseline)
    colours = tilemap.scale(places, "difference")
    for suffix, shown in chunks(list(dict.fromkeys(places["scenario"])), MAPS):
        lines = -(-len(shown) // 2)
        own = places[places["scenario"].isin(shown)]
        tall = tilemap.height(places) + 0.25
        note = (
            _runs(frames, table[table["scenario"].isin(shown)]),
            _MAPS.format(baseline=baseline),
        )
        title = "Killed by province: what each scenario changes"
        figure = page(title, note, tall * lines + 0.55)
        grid = figure.subplots(lines + 1, 2, squeeze=False, height_ratios=[tall] * lines + [0.1])
        for ax, name in zip(grid[:-1].flat, shown, strict=False):
            tilemap.tiles(own[own["scenario"] == name], ax, "difference", colours)
            ax.set_title(style.wrap(name, 44, lines=1))
        for ax in grid[:-1].flat[len(shown) :]:
            ax.set_axis_off()
        tilemap.colour_bar(grid[-1, 0], colours, places, "difference")
        grid[-1, 1].set_axis_off()
        yield f"difference-map{suffix}", figure


def _runs(frames: Frames, rows: pd.DataFrame) -> str:
    return notes.runs(frames, [str(rows["baseline"].iloc[0]), *dict.fromkeys(rows["scenario"])])


def _as_reported(frames: Frames, title: str) -> str:
    return f"{title}, as reported" if frames.reported else title


def grid(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Write rows of a comparison: heads of columns, and cells."""
    rows = [_cells(row) for row in table.to_dict("records")]
    kept = [n for n, head in enumerate(HEAD) if _banded(table) or head != BAND]
    return [HEAD[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _banded(table: pd.DataFrame) -> bool:
    return bool(table["numbers_low"].notna().any())


def _cells(row: dict[str, Any]) -> list[str]:
    gap, _, _, shift, reduction = cells(row)
    band = wording.interval(row["numbers_low"], row["numbers_high"], signed=True)
    ratio, superiority = (
        wording.estimate(*(row[f"{name}{end}"] for end in ("", "_low", "_high")))
        for name in ("ratio", "superiority")
    )
    return [row["scenario"], gap, band, ratio, superiority, shift, reduction, row["verdict"]]


_BAND = " Thick grey bars: 95 % of the draws of the numbers that are not known."
_FOREST = (
    "Scenario minus {baseline}; bars: 95 % intervals of each row alone. Filled: distinguishable"
    " from zero when all comparisons of the table are tested together (Holm, 5 %). Shaded: smaller"
    " than the smallest relevant difference. Ratio: of means. P(more): probability that a run has"
    " more than a run of {baseline} with other luck. Quantile: its shift. Var. red.: variance of"
    " the difference without pairing over that with it; unpaired where that is below 1.{band}"
)
_ROWS = (
    "A run and its pair in {baseline} share their luck; left of zero the run has less. Bars show"
    " pairs that differ, scaled to the tallest of the row; right: shares of all pairs. Line: 5 to"
    " 95 % quantiles of all pairs; dot: their mean."
)
_FANS = (
    "Scenario minus {baseline} within pairs of runs that share their luck. Line: mean; dashed: its"
    " 95 % interval at each time; dark band: middle 50 % of pairs; light band: middle 90 %."
    " Panels have scales of their own."
)
_MAPS = (
    "In each tile: mean difference from {baseline} in killed per run and its 95 % interval (none"
    " where no run differs). Framed in black: the interval of this tile alone leaves out zero; of"
    " many tiles some do so by chance."
)
_NOTE = """\
All numbers are of a scenario against {baseline}, over pairs of runs with the same seed and
replicate where pairing lowers the standard error; where it does not (variance reduction below 1,
or no pairs), the row says "unpaired" and all runs of both are compared as independent samples.

- **Difference**: scenario minus {baseline}, of means (Student's t; Welch when unpaired), for a
  yes or no of shares of runs (Agresti and Min; Agresti and Caffo when unpaired).
- **Numbers not known**: where runs are at draws of the numbers that are not known, the band that
  holds the expected difference at 95 % of the draws, with the luck taken out.
- **Ratio**: of means (Fieller), for a yes or no of shares (Bonett and Price; Katz when unpaired).
  No interval is given where the mean of {baseline} cannot be told from zero.
- **P(more)**: probability that a run of the scenario has more than a run of {baseline} with other
  luck, ties counting half; 0.5 where neither tends to have more (placements, DeLong et al.).
- **Quantile shift**: difference of the {tail} quantiles (bootstrap of runs); no interval with
  fewer than 5 runs beyond it. A run that did not reach calm counts with its length.
- **Variance reduction**: how many times more runs the same precision would need without pairing.
- **Verdict**: *more* or *less* where the difference stays distinguishable from zero when all
  {tests} comparisons of this table are tested together at a family-wise error rate of 5 % (Holm);
  *perhaps* where only its own interval leaves out zero; *slightly* where all of the interval is
  smaller than the smallest relevant difference; *about the same* where the interval holds zero
  and no relevant difference; *too wide to conclude* where it holds zero and a relevant one: more
  replicates are needed.

Intervals are Monte-Carlo intervals of the model's means: they tell how sure the number is with so
many runs. The band tells what not knowing the numbers does. Neither tells how sure the model is of
the world."""
