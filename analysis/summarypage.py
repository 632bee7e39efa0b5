"""The tables of a batch: CSV for programs, and a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import causes, notes, tables, wording
from analysis.blocks import Block, Page, Section, Table, Terms, Text, paragraphs
from analysis.comparison.table import about_left_out, left_out
from analysis.files import csv, write_texts
from analysis.frames import Frames
from analysis.rendering import markdown

_SUMMARY_HEAD = (
    "Outcome", "Scenario", "Runs", "Mean (95 %)", "MC error", "Mean, numbers not known (95 %)",
    "Median (95 %)", "25–75 %", "5–95 %",
)  # fmt: skip
_DIFFERENCE_HEAD = (
    "Outcome", "Scenario", "Difference (95 %)", "MC error", "Numbers not known (95 %)", "Method",
    "Variance reduction",
)  # fmt: skip


def write(frames: Frames, folder: Path) -> list[Path]:
    """Write ``summary.csv``, ``differences.csv``, ``summary.md``, ``causes.csv``.

    As reported, the first three alone, under other names.
    """
    summary, differences = tables.summary(frames), tables.differences(frames)
    texts = {
        f"summary{frames.suffix}.csv": csv(summary),
        f"differences{frames.suffix}.csv": csv(differences),
        f"summary{frames.suffix}.md": markdown(summary_page(frames, summary, differences)),
    }
    if not frames.reported:
        texts["causes.csv"] = csv(causes.deaths_by_cause(frames))
    return write_texts(folder, texts)


def summary_page(frames: Frames, summary: pd.DataFrame, differences: pd.DataFrame) -> Page:
    """Show both tables, with the definition of every outcome."""
    titles = [(name, loaded.scenario.title) for name, loaded in frames.scenarios.items()]
    lead = paragraphs(
        f"{notes.runs(frames)} {notes.RUN_IS_UNIT}", notes.REPORTED if frames.reported else ""
    )
    shown = Table("", _SUMMARY_HEAD, [_summary_cells(row) for row in _rows(summary)])
    sections = [Section("outcomes", "Outcomes", [shown, Text(_SUMMARY_NOTE)])]
    if not frames.reported:
        sections.append(Section("causes", causes.TITLE, [causes.table(frames)]))
    others = left_out(frames)
    if others:
        lead += paragraphs(about_left_out(others))
    if len(differences):
        baseline = differences["baseline"].iloc[0]
        rows = [_difference_cells(row) for row in _rows(differences)]
        blocks: list[Block] = [
            Text(f"Scenario minus {baseline}, in means."),
            Table("", _DIFFERENCE_HEAD, rows),
            Text(_DIFFERENCE_NOTE),
        ]
        sections.append(Section("differences", f"Differences from {baseline}", blocks))
    meanings = [
        (f"{wording.title(each.name)} ({wording.unit(each.name)})", each.meaning)
        for each in frames.outcomes
    ]
    sections.append(Section("definitions", "Definitions", [Terms(meanings)]))
    title = f"Summary of outcomes{', as reported' if frames.reported else ''}"
    return Page(title, [*lead, Table("", ("Scenario", "Title"), titles)], sections)


_SUMMARY_NOTE = """\
Mean: Student's t interval; for a yes or no it is the share of runs with Wilson's interval.
Numbers not known: the band that holds the expected outcome at 95 % of the draws of these numbers,
with chance taken out; only runs at draws (run --uncertain) have one.
Median: interval from order statistics. "Not reached" is a quantile beyond the end of the run;
the mean of hours to calm, or to a call, counts such runs with the length of the run, so it is a
lower bound.
In Runs, "missing" have no value and "ended" had not reached it when the run ended."""

_DIFFERENCE_NOTE = """\
Paired: runs with the same seed and replicate use the same random numbers, and their differences
are averaged (Student's t; for a yes or no Agresti and Min). Unpaired, where pairing does not lower
the standard error or no pairs exist: Welch; for a yes or no Agresti and Caffo. Variance
reduction is the variance of the unpaired over that of the paired difference. Intervals are per
row; with many rows some miss the true value by chance."""


def _summary_cells(row: dict[str, Any]) -> Sequence[str]:
    runs = f"{row['runs']:,}"
    runs += f" ({row['missing']:,} missing)" if row["missing"] else ""
    runs += f" ({row['censored']:,} ended)" if row["censored"] else ""
    return (
        wording.label(row["outcome"]),
        row["scenario"],
        runs,
        wording.estimate_in(row, "mean"),
        wording.number(row["mean_se"]),
        wording.interval(row["numbers_low"], row["numbers_high"]),
        _median(row),
        wording.spread(row["q25"], row["q75"]),
        wording.spread(row["q05"], row["q95"]),
    )


def _difference_cells(row: dict[str, Any]) -> Sequence[str]:
    return (
        wording.label(row["outcome"]),
        row["scenario"],
        wording.estimate_in(row, "difference", signed=True),
        wording.number(row["difference_se"]),
        wording.interval(row["numbers_low"], row["numbers_high"], signed=True),
        f"{row['method']}, {row['pairs']:,} pairs" if row["method"] == "paired" else row["method"],
        wording.number(row["variance_reduction"]),
    )


def _median(row: dict[str, Any]) -> str:
    middle = wording.count(row["median"])
    span = wording.spread(row["median_low"], row["median_high"])
    return middle if span == "–" else f"{middle} ({span})"


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.sort_values(["outcome", "scenario"]).to_dict("records")
    return rows
