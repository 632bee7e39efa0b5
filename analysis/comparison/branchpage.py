"""Write outcomes and comparisons by branch: tables, and a figure for each outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import distributions, files, notes, style, wording
from analysis.blocks import Block, Page, Section, Table, Text
from analysis.comparison import words
from analysis.comparison.branches import branch_names, branches, summary_by_branch
from analysis.frames import Frames
from analysis.kinds import USUAL
from analysis.rendering import markdown
from analysis.sheet import make

_OUTCOME_HEAD = ("Branch", "Scenario", "Runs", "Share of runs", "Mean (95 %)", "Median", "5–95 %")
_TOP = 2.0
_VALUE_HEAD = ("Scenario", "Branch", "Pairs", "Difference (95 %)", "Verdict")


def write_branches(
    frames: Frames,
    event: str,
    table: pd.DataFrame,
    folder: Path,
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write what each branch and, given the branch, each scenario is worth.

    ``table`` is from `analysis.compare_by_branch` of the same frames and event.
    """
    summary = summary_by_branch(frames, event, _outcomes(table))
    shown = [_baseline(frames, table), *table["scenario"]]
    summary = summary[summary["scenario"].isin(shown)]
    texts = {
        f"branches-{event}.csv": files.csv(summary),
        f"branches-{event}-comparison.csv": files.csv(table),
        f"branches-{event}.md": markdown(branch_page(frames, event, summary, table)),
    }
    return files.write(folder, texts, figures(frames, event, table), formats)


def branch_page(frames: Frames, event: str, summary: pd.DataFrame, table: pd.DataFrame) -> Page:
    """Show outcomes by branch, and comparisons given the branch."""
    shown = [name for name in frames.scenarios if name in set(summary["scenario"])]
    lead = [Text(_WHAT), Text(f"{notes.runs(frames, shown)} {notes.RUN_IS_UNIT}")]
    sections = []
    for outcome, own in summary.groupby("outcome", sort=False, observed=True):
        blocks = _outcome_blocks(own, table[table["outcome"] == outcome])
        sections.append(Section(str(outcome), wording.label(str(outcome)), blocks))
    verdicts = _VERDICTS.format(tests=int(table["p"].notna().sum()))
    sections.append(Section("reading", "How to read this", [Text(verdicts)]))
    return Page(f"Runs by the branch of {label(frames, event)}", lead, sections)


def _outcome_blocks(own: pd.DataFrame, compared: pd.DataFrame) -> list[Block]:
    blocks: list[Block] = [
        Table("", _OUTCOME_HEAD, [_outcome_cells(row) for row in own.to_dict("records")])
    ]
    if len(compared):
        baseline = compared["baseline"].iloc[0]
        rows = [_value_cells(row) for row in compared.to_dict("records")]
        blocks.append(Text(f"Scenario minus {baseline}, among pairs that took the same branch:"))
        blocks.append(Table("", _VALUE_HEAD, rows))
    return blocks


def figures(frames: Frames, event: str, table: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Compose a figure for each outcome: the baseline by branch, and each lever by branch."""
    baseline = _baseline(frames, table)
    scenarios = list(dict.fromkeys(table["scenario"]))
    taken = branches(frames, event)
    taken = taken[taken["scenario"].isin([baseline, *scenarios])]
    names = branch_names(frames, taken, event)
    tall = (0.085 * len(names) + 0.06) * len(scenarios) + 0.6 if scenarios else 0.0
    for name in _outcomes(table):
        rows = table[table["outcome"] == name]
        yes_no = wording.is_yes_no(name)
        note = (
            notes.runs(frames, [baseline, *scenarios]),
            _BRANCH + (_SHARE if yes_no else _CURVE),
            _NOTE if scenarios else "",
        )
        title = f"{wording.title(name)} by the branch of {label(frames, event)}"
        top = 0.6 + 0.2 * len(names) if yes_no else _TOP
        panels = [top, tall] if scenarios else [top]
        figure = make(title, note, sum(panels), list(enumerate(names)))
        axes = figure.subplots(len(panels), 1, height_ratios=panels, squeeze=False)[:, 0]
        _distributions(frames, baseline, taken, names, axes[0], name)
        if scenarios:
            values(rows, names, axes[1], name)
        yield f"branches-{event}-{name}", figure


def values(rows: pd.DataFrame, names: Sequence[str], ax: Axes, outcome: str = "killed") -> Axes:
    """Draw each scenario's difference from the baseline, one mark for each branch."""
    scenarios = list(dict.fromkeys(rows["scenario"]))
    ax.axvline(0, **style.GUIDE)
    step = 0.8 / max(len(names), 1)
    for row in rows.to_dict("records"):
        place = names.index(row["branch"])
        y = scenarios.index(row["scenario"]) + step * (place - (len(names) - 1) / 2)
        look = style.look(place)
        span = [row["difference_low"], row["difference_high"]]
        ax.plot(span, [y, y], color=look.colour, linewidth=1.0, solid_capstyle="butt")
        ax.plot(
            row["difference"], y, marker=look.marker, markersize=3.5, linestyle="",
            color=look.colour, markeredgewidth=0.8,
            markerfacecolor=look.colour if row["distinguishable"] else "white",
        )  # fmt: skip
    style.name_rows(ax, [style.wrap(name, 28, lines=1) for name in scenarios])
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(f"{wording.title(outcome)}, difference ({wording.unit(outcome)})")
    ax.set_title("What each scenario changes")
    return ax


def label(frames: Frames, event: str) -> str:
    """Name of an event as its scenario gives it, or its key in words."""
    found = (loaded.scenario.calendar.get(event) for loaded in frames.scenarios.values())
    named = next((one.label for one in found if one and one.label), "")
    return named or event.replace("_", " ")


def _baseline(frames: Frames, table: pd.DataFrame) -> str:
    return str(table["baseline"].iloc[0]) if len(table) else next(iter(frames.scenarios))


def _outcomes(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["outcome"])) or ["killed"]


def _distributions(
    frames: Frames, baseline: str, taken: pd.DataFrame, names: list[str], ax: Axes, outcome: str
) -> None:
    """Draw the baseline's runs by branch, each branch in the place of a scenario."""
    own = frames.runs[frames.runs["scenario"] == baseline]
    branch = own.merge(taken[taken["scenario"] == baseline], on="replicate")["branch"]
    runs = own.assign(scenario=pd.Categorical(branch, names))
    if wording.is_yes_no(outcome):
        distributions.shares(runs, ax, outcome)
    else:
        distributions.ecdf(runs, ax, outcome, band="none")
    ax.set_title(style.wrap(baseline, 34, lines=1))


def _outcome_cells(row: dict[str, Any]) -> Sequence[str]:
    return (
        row["branch"],
        str(row["scenario"]),
        f"{row['runs']:,}",
        f"{100 * row['share']:.0f} %",
        wording.estimate_in(row, "mean"),
        wording.count(row["median"]),
        wording.spread(row["q05"], row["q95"]),
    )


def _value_cells(row: dict[str, Any]) -> Sequence[str]:
    pairs = f"{row['pairs']:,}" if row["method"] == "paired" else f"{row['pairs']:,}, unpaired"
    gap = wording.estimate_in(row, "difference", signed=True)
    return str(row["scenario"]), row["branch"], pairs, gap, row["verdict"]


_WHAT = (
    "The branch is the one that the first date of the event took; later dates of an event that"
    " was moved are not distinguished."
)
_BRANCH = "Branch: the one that the first date took."
_CURVE = (
    " Filled marker of a curve: median with its 95 % interval; open markers: 5 and 95 % quantiles."
)
_SHARE = " Above: share of runs with its 95 % interval."
_NOTE = (
    "Below: scenario minus baseline"
    " among pairs that took the same branch, with 95 % intervals; filled: distinguishable from"
    " zero when all are tested together (Holm, 5 %)."
)
_VERDICTS = (
    f"Verdicts as in comparison.md: {words.MORE[2]} or {words.LESS[2]} stays"
    " distinguishable from zero when all {tests} comparisons are tested together (Holm, 5 %)."
)
