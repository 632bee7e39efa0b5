"""Sections about what came out: answers in words, outcomes, comparison, evaluation, precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import causes, notes, pages, tables, targetpages, wording
from analysis.comparison import pages as comparison
from analysis.comparison import words
from analysis.evaluation import evaluate, observed_in_runs
from analysis.frames import LoadError
from analysis.report import precision
from analysis.report.blocks import Block, Items, Part, Section, Table, Terms, Text, pictures
from analysis.report.standing import READING

if TYPE_CHECKING:
    from analysis.frames import Frames

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
    for name, rows in table.groupby("scenario", sort=False):
        asked = frames.scenarios[str(name)].scenario
        told = [words.reading(row) for row in rows.to_dict("records")]
        lead: list[Block] = [Text(asked.question)] if asked.question else []
        blocks.append(Part(f"{name}: {asked.title}", [*lead, Items(told)]))
    return Section("answers", "Answers in words", blocks)


def outcomes(frames: Frames, baseline: str, branching: Mapping[str, Sequence[str]]) -> Section:
    """Show how outcomes are distributed, and the course of the baseline."""
    summary = tables.summary(frames)
    rows = [
        _summary_cells(row) for row in summary[summary["outcome"].isin(OUTCOMES)].to_dict("records")
    ]
    where = [causes.cells(row) for row in causes.deaths_by_cause(frames).to_dict("records")]
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
        *pictures(pages.some(frames, "killed"), "Killed per run", alt),
        Table("Outcomes", _SUMMARY_HEAD, rows),
        Table("Where deaths come from", causes.HEAD, where),
        *pictures(pages.some(frames.only([baseline]), "timeline"), f"Course of {baseline}", course),
        *pictures(pages.some(few, "chains"), "Chains of reprisals", chains),
        *pictures(pages.some(few, "genealogy"), "Who answered whom in one run", trees),
        Table("What the outcomes are", ("Outcome", "Unit", "Meaning"), _meanings(frames)),
    ]
    if branching:
        blocks += list(_branching(frames, branching))
    return Section("outcomes", "Outcomes", blocks)


def _branching(frames: Frames, told: Mapping[str, Sequence[str]]) -> Iterator[Block]:
    """Say how many engagements an engagement leads to: by the numbers, and in the runs."""
    lead = "Engagements per engagement by stance, from the numbers; and how many answer another."
    yield Text(lead)
    counts = causes.answered(frames)
    for name, lines in told.items():
        if name in counts:
            shown = f"in the runs {100 * counts[name]:.0f} % of the engagements answer another"
            yield Part(name, [Items([*lines, shown])])


def comparisons(frames: Frames, table: pd.DataFrame) -> Section:
    """Show every difference, and the largest over time, by pair and by place."""
    baseline = str(table["baseline"].iloc[0])
    largest = most_changed(table)
    own = table[table["scenario"].isin(largest)]
    few = frames.only([baseline, *largest])
    blocks: list[Block] = []
    for outcome, rows in table.groupby("outcome", sort=False):
        caption = f"{wording.title(str(outcome))}: difference from {baseline}"
        blocks += pictures(
            comparison.forests(frames, rows), caption, _forest_alt(table, str(outcome))
        )
        blocks.append(Table(wording.label(str(outcome)), *comparison.grid(rows)))
    shown = ", ".join(largest)
    blocks.append(Text(f"The figures below show the scenarios that change killed most: {shown}."))
    blocks += pictures(
        comparison.distributions(few, own[own["outcome"] == "killed"]),
        "Killed: differences between paired runs",
        f"Histograms of the difference in killed between each run and its pair in {baseline}.",
    )
    blocks += pictures(
        comparison.fans(few, own),
        "Cumulative killed: how the difference grows",
        f"Difference in killed up to each hour from {baseline}: mean, and middle 50 and 90 %.",
    )
    blocks += pictures(
        comparison.maps(few, own),
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
    """Hold runs against what was observed; None where no scenario has targets."""
    try:
        files = targetpages.target_files(frames, frames.folders[0])
    except LoadError:
        return None
    known = targetpages.read_targets(frames, files)
    values = observed_in_runs(frames, known)
    table = evaluate(frames, known, values)
    text = (
        "Where each observation lies among the runs. One observation can only fail to contradict"
        " the model; it cannot show that it is right."
    )
    blocks: list[Block] = [Text(text)]
    alt = "Runs and the reported value or range, one strip per target. The table has the numbers."
    blocks += pictures(targetpages.pages(frames, values, table), "Runs and reports", alt)
    for name in files:
        rows = table[table["scenario"] == name].to_dict("records")
        cells = [targetpages.cells(row) for row in rows]
        blocks.append(Table(f"{name}: runs and reports", targetpages.HEAD, cells))
        blocks.append(Items([f"{row['label']}: {row['source']}" for row in rows]))
        sources = known[name].sources
        if sources:
            blocks.append(Part("Sources", [Terms([*sources.items()])]))
    return Section("evaluation", "Runs and what was observed", blocks)


def runs(frames: Frames, table: pd.DataFrame) -> Section:
    """Tell how many runs there are, how sure the means are, and what remains open."""
    rows = []
    for _, name, own in tables.by_scenario(frames.runs):
        last = precision.settling(own).tail(1)
        half = wording.number(float(last["relative"].iloc[0]) * 100) if len(last) else "–"
        rows.append((name, f"{len(own):,}", f"{frames.missing.get(name, 0):,}", half))
    head = ("Scenario", "Runs", "Missing", "Killed: half width of the interval (% of the mean)")
    alt = (
        "Mean killed over the first runs with its 95 % interval, and half the width of that"
        " interval in per cent of the mean, for growing numbers of runs."
    )
    shown = pictures(precision.pages(frames), "How the mean of killed settles", alt)
    blocks: list[Block] = [
        Text(notes.runs(frames)),
        Table("Runs and precision", head, rows),
        *shown,
    ]
    wide = table[table["verdict"] == words.WIDE]
    if len(wide):
        told = [
            f"{name}: {', '.join(wording.title(str(key)).lower() for key in own['outcome'])}"
            for name, own in wide.groupby("scenario", sort=False)
        ]
        text = "With so many runs, these differences are too wide to conclude anything:"
        blocks += [Text(text), Items(told)]
    return Section("runs", "Number of runs and convergence", blocks)


def _forest_alt(table: pd.DataFrame, outcome: str) -> str:
    rows = table[table["outcome"] == outcome].dropna(subset=["difference"])
    ordered = rows.sort_values("difference")
    if ordered.empty:
        return f"Forest plot of {wording.title(outcome).lower()}; no scenario has a value."
    told = [
        f"{row['scenario']} {_gap(row)}"
        for row in (ordered.iloc[-1].to_dict(), ordered.iloc[0].to_dict())
    ]
    return (
        f"Forest plot of {wording.title(outcome).lower()} with 95 % intervals. Largest difference:"
        f" {told[0]}; smallest: {told[1]}. The table below has all numbers."
    )


def _gap(row: dict[str, Any]) -> str:
    ends = (row["difference"], row["difference_low"], row["difference_high"])
    return wording.estimate(*ends, True)


def _summary_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(row["scenario"]),
        wording.label(row["outcome"]),
        f"{row['runs']:,}",
        wording.estimate(row["mean"], row["mean_low"], row["mean_high"]),
        wording.interval(row["numbers_low"], row["numbers_high"]),
        wording.count(row["median"]) if row["q05"] == row["q05"] else "–",
        wording.spread(row["q05"], row["q95"]),
    )


def _meanings(frames: Frames) -> list[tuple[str, str, str]]:
    return [
        (wording.title(column.name), wording.unit(column.name), column.meaning)
        for column in frames.outcomes
    ]
