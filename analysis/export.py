"""Write summary tables as CSV, for programs, and Markdown, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import causes, notes, tables, wording
from sim.store.files import write_text

if TYPE_CHECKING:
    from analysis.frames import Frames

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
    end = suffix(frames)
    texts = {
        f"summary{end}.csv": csv(summary),
        f"differences{end}.csv": csv(differences),
        f"summary{end}.md": markdown(frames, summary, differences),
    }
    if not frames.reported:
        texts["causes.csv"] = csv(causes.deaths_by_cause(frames))
    return write_texts(folder, texts)


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts as files, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def suffix(frames: Frames) -> str:
    """Tell files about reports apart from those about what happened."""
    return "-reported" if frames.reported else ""


def markdown(frames: Frames, summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    """Write both tables for a reader, with the definition of every outcome."""
    parts = [f"# Summary of outcomes{', as reported' if frames.reported else ''}"]
    parts.append(f"{notes.runs(frames)} {notes.RUN_IS_UNIT}")
    if frames.reported:
        parts.append(notes.REPORTED)
    parts.append(grid(("Scenario", "Title"), _titles(frames)))
    parts.append("## Outcomes\n\n" + grid(_SUMMARY_HEAD, map(_summary_cells, _rows(summary))))
    parts.append(_SUMMARY_NOTE)
    if not frames.reported:
        parts.append(deaths(frames))
    if len(differences):
        baseline = differences["baseline"].iloc[0]
        parts.append(f"## Differences from {baseline}\n\nScenario minus {baseline}, in means.")
        parts.append(grid(_DIFFERENCE_HEAD, map(_difference_cells, _rows(differences))))
        parts.append(_DIFFERENCE_NOTE)
    meanings = (
        f"- **{wording.title(c.name)}** ({wording.unit(c.name)}): {c.meaning}"
        for c in frames.outcomes
    )
    parts.append("## Definitions\n\n" + "\n".join(meanings))
    return "\n\n".join(parts) + "\n"


def deaths(frames: Frames) -> str:
    """Write where deaths come from, by scenario and cause, with a heading."""
    rows = map(causes.cells, causes.deaths_by_cause(frames).to_dict("records"))
    return "## Where deaths come from\n\n" + grid(causes.HEAD, rows)


_SUMMARY_NOTE = """\
Mean: Student's t interval; for a yes or no it is the share of runs with Wilson's interval.
Numbers not known: the band that holds the expected outcome at 95 % of the draws of these numbers,
with the luck taken out; only runs at draws (run --uncertain) have one.
Median: interval from order statistics. "Not reached" is a quantile beyond the end of the run;
the mean of hours to calm counts such runs with the length of the run, so it is a lower bound.
In Runs, "missing" have no value and "ended" had not reached it when the run ended."""

_DIFFERENCE_NOTE = """\
Paired: runs with the same seed and replicate share their luck, and their differences are
averaged (Student's t; for a yes or no Agresti and Min). Unpaired, where pairing does not lower
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
        _with_interval(row, "mean"),
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
        _with_interval(row, "difference", signed=True),
        wording.number(row["difference_se"]),
        wording.interval(row["numbers_low"], row["numbers_high"], signed=True),
        f"{row['method']}, {row['pairs']:,} pairs" if row["method"] == "paired" else row["method"],
        wording.number(row["variance_reduction"]),
    )


def _median(row: dict[str, Any]) -> str:
    middle = wording.count(row["median"])
    span = wording.spread(row["median_low"], row["median_high"])
    return middle if span == "–" else f"{middle} ({span})"


def _with_interval(row: dict[str, Any], key: str, signed: bool = False) -> str:
    return wording.estimate(row[key], row[f"{key}_low"], row[f"{key}_high"], signed)


def _titles(frames: Frames) -> list[Sequence[str]]:
    return [(name, loaded.scenario.title) for name, loaded in frames.scenarios.items()]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.sort_values(["outcome", "scenario"]).to_dict("records")
    return rows


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


def csv(table: pd.DataFrame) -> str:
    """Write a table as CSV, with ten significant figures."""
    return str(table.to_csv(index=False, lineterminator="\n", float_format="%.10g"))
