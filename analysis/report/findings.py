"""Sections about what came out: answers in words, outcomes, comparison, evaluation, precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import causes, evaluationpage, figures, labels, notes, tables, wording
from analysis.blocks import Block, Items, Part, Section, Table, Text, pictures
from analysis.comparison import figures as differences
from analysis.comparison import words
from analysis.comparison.page import comparison_table
from analysis.evaluation import evaluate, observed_in_runs
from analysis.frames import Frames, LoadError, by_scenario
from analysis.report import precision
from analysis.report.standing import READING

OUTCOMES = ("killed", "engagements", "provinces_reached", "hours_to_calm", "relapse")
LARGEST = 8
TREES = 2
_SUMMARY_HEAD = (
    "Scenario", "Outcome", "Runs", "Mean (95 %)", "Mean, numbers not known (95 %)", "Median",
    "5 to 95 % of runs",
)  # fmt: skip


def answers(frames: Frames, table: pd.DataFrame) -> Section:
    """Say in words what each scenario changes."""
    if table.empty:
        text = "There is one scenario alone, so nothing is compared."
        return Section("answers", "Answers in words", [Text(text), Text(READING)])
    baseline = str(table["baseline"].iloc[0])
    blocks: list[Block] = [Text(f"{READING} All numbers below are differences from {baseline}.")]
    said: set[str] = set()
    for name, rows in table.groupby("scenario", sort=False):
        asked = frames.scenarios[str(name)].scenario
        sentences = [words.reading(row) for row in rows.to_dict("records")]
        new = asked.question and asked.question not in said
        lead: list[Block] = [Text(asked.question)] if new else []
        said.add(asked.question)
        blocks.append(Part(f"{name}: {asked.title}", [*lead, Items(sentences)]))
    return Section("answers", "Answers in words", blocks)


def outcomes(frames: Frames, baseline: str, branching: Mapping[str, Sequence[str]]) -> Section:
    """Show how outcomes are distributed, and the course of the baseline."""
    summary = tables.summary(frames)
    rows = [
        _summary_cells(row) for row in summary[summary["outcome"].isin(OUTCOMES)].to_dict("records")
    ]
    middle = summary[(summary["scenario"] == baseline) & (summary["outcome"] == "killed")].iloc[0]
    alt = (
        f"Cumulative curves and histograms of killed per run by scenario. {baseline}: median"
        f" {wording.count(middle['median'])}, 5 to 95 % of runs"
        f" {wording.spread(middle['q05'], middle['q95'])}. The table of outcomes has the numbers."
    )
    course = (
        f"Killed and engagements by day in {baseline}, and killed up to each day: median and the"
        " middle 50 and 90 % of runs, with the times of orders and events."
    )
    chains = (
        "Share of chains of at least each size and length, on a logarithmic scale, beside the law"
        " of a branching process."
    )
    trees = "Engagements of one run over time by province, joined to what caused them."
    few = frames.only(list(frames.scenarios)[:TREES])
    blocks: list[Block] = [
        *pictures(figures.some(frames, "killed"), "Killed per run", alt),
        Table("Outcomes", _SUMMARY_HEAD, rows),
        causes.table(frames, causes.TITLE),
        *pictures(
            figures.some(frames.only([baseline]), "timeline"), f"Course of {baseline}", course
        ),
        *pictures(figures.some(few, "chains"), "Chains of reprisals", chains),
        *pictures(figures.some(few, "genealogy"), "Who answered whom in one run", trees),
        Table("What the outcomes are", ("Outcome", "Unit", "Meaning"), _meanings(frames)),
    ]
    blocks += pictures(
        figures.some(frames, "response"),
        "Outcomes over a swept number",
        "Mean of each outcome at each value that was run, with both bands.",
    )
    if branching:
        blocks += list(_branching(frames, branching))
    return Section("outcomes", "Outcomes", blocks)


def _branching(frames: Frames, branching: Mapping[str, Sequence[str]]) -> Iterator[Block]:
    """Say how many engagements an engagement leads to: by the numbers, and in the runs."""
    lead = "Engagements per engagement by stance, from the numbers; and how many answer another."
    yield Text(lead)
    counts = causes.answered(frames)
    for name, lines in branching.items():
        if name in counts:
            shown = f"in the runs {100 * counts[name]:.0f} % of the engagements answer another"
            yield Part(name, [Items([*lines, shown])])


def comparisons(frames: Frames, table: pd.DataFrame) -> Section:
    """Show every difference, and the largest over time, by pair and by place."""
    baseline = str(table["baseline"].iloc[0])
    largest = most_changed(table)
    own = labels.in_table(frames, table[table["scenario"].isin(largest)])
    shown_frames = labels.titled(frames)
    few = shown_frames.only([labels.labels(frames)[name] for name in (baseline, *largest)])
    blocks: list[Block] = []
    for outcome, rows in table.groupby("outcome", sort=False):
        caption = f"{wording.title(str(outcome))}: difference from {baseline}"
        blocks += pictures(
            differences.forests(shown_frames, labels.in_table(frames, rows)),
            caption,
            _forest_alt(table, str(outcome)),
        )
        blocks.append(comparison_table(rows, wording.label(str(outcome))))
    shown = ", ".join(largest)
    blocks.append(Text(f"The figures below show the scenarios that change killed most: {shown}."))
    blocks += pictures(
        differences.distributions(few, own[own["outcome"] == "killed"]),
        "Killed: differences between paired runs",
        f"Histograms of the difference in killed between each run and its pair in {baseline}.",
    )
    blocks += pictures(
        differences.fans(few, own),
        "Cumulative killed: how the difference grows",
        f"Difference in killed up to each hour from {baseline}: mean, and middle 50 and 90 %.",
    )
    blocks += pictures(
        differences.maps(few, own),
        "Killed by province: what scenarios change",
        f"Tile maps of the difference in expected killed from {baseline}, by province.",
    )
    return Section("comparison", f"Comparison with {baseline}", blocks)


def most_changed(table: pd.DataFrame) -> list[str]:
    """Scenarios with the largest differences in the first outcome, in the order of figures."""
    rows = table[table["outcome"] == table["outcome"].iloc[0]]
    top = set(rows.loc[rows["difference"].abs().nlargest(LARGEST).index, "scenario"])
    return [name for name in rows["scenario"] if name in top]


def evaluation(frames: Frames) -> Section | None:
    """Hold stored runs against what was observed; None where no scenario has targets."""
    if not frames.folders:
        return None
    try:
        files = evaluationpage.target_files(frames, frames.folders[0])
    except LoadError:
        return None
    known = evaluationpage.read_targets(frames, files)
    values = observed_in_runs(frames, known)
    table = evaluate(frames, known, values)
    text = (
        "Where each observation lies among the runs. One observation can only fail to contradict"
        " the model; it cannot show that it is right."
    )
    blocks: list[Block] = [Text(text)]
    alt = "Runs and the reported value or range, one strip per target. The table has the numbers."
    drawn = evaluationpage.figures(frames, values, table)
    blocks += pictures(drawn, "Runs and reports", alt)
    for name in files:
        caption = f"{name}: runs and reports"
        blocks += evaluationpage.scenario_blocks(name, table, known[name], caption)
    return Section("evaluation", "Runs and what was observed", blocks)


def runs(frames: Frames, table: pd.DataFrame) -> Section:
    """Tell how many runs there are, how sure the means are, and what remains open."""
    rows = []
    for _, name, own in by_scenario(frames.runs):
        last = precision.settling(own).tail(1)
        half = wording.number(float(last["relative"].iloc[0]) * 100) if len(last) else "–"
        rows.append((name, f"{len(own):,}", f"{frames.missing.get(name, 0):,}", half))
    head = ("Scenario", "Runs", "Missing", "Killed: half width of the interval (% of the mean)")
    alt = (
        "Mean killed over the first runs with its 95 % interval, and half the width of that"
        " interval in per cent of the mean, for growing numbers of runs."
    )
    shown = pictures(precision.figures(frames), "How the mean of killed settles", alt)
    blocks: list[Block] = [
        Text(notes.runs(frames)),
        Table("Runs and precision", head, rows),
        *shown,
    ]
    wide = table[table["verdict"] == words.WIDE]
    if len(wide):
        listed = [
            f"{name}: {', '.join(wording.title(str(key)).lower() for key in own['outcome'])}"
            for name, own in wide.groupby("scenario", sort=False)
        ]
        text = "With so many runs, these differences are too wide to conclude anything:"
        blocks += [Text(text), Items(listed)]
    return Section("runs", "Number of runs and convergence", blocks)


def _forest_alt(table: pd.DataFrame, outcome: str) -> str:
    rows = table[table["outcome"] == outcome].dropna(subset=["difference"])
    ordered = rows.sort_values("difference")
    if ordered.empty:
        return f"Forest plot of {wording.title(outcome).lower()}; no scenario has a value."
    largest, smallest = (
        f"{row['scenario']} {wording.estimate_in(row, 'difference', signed=True)}"
        for row in (ordered.iloc[-1], ordered.iloc[0])
    )
    return (
        f"Forest plot of {wording.title(outcome).lower()} with 95 % intervals. Largest difference:"
        f" {largest}; smallest: {smallest}. The table below has all numbers."
    )


def _summary_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(row["scenario"]),
        wording.label(row["outcome"]),
        f"{row['runs']:,}",
        wording.estimate_in(row, "mean"),
        wording.interval(row["numbers_low"], row["numbers_high"]),
        wording.count(row["median"]) if row["q05"] == row["q05"] else "–",
        wording.spread(row["q05"], row["q95"]),
    )


def _meanings(frames: Frames) -> list[tuple[str, str, str]]:
    return [
        (wording.title(column.name), wording.unit(column.name), column.meaning)
        for column in frames.outcomes
    ]
