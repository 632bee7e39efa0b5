"""Write a comparison: table as CSV, table and words as a page, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import causes, files, notes, wording
from analysis.blocks import Block, Page, Section, Table, Terms, Text, paragraphs
from analysis.comparison import figures, words
from analysis.comparison.ranking import cells
from analysis.comparison.table import about_left_out, left_out
from analysis.frames import Frames
from analysis.kinds import USUAL
from analysis.rendering import markdown

BAND = "Numbers not known (95 %)"
_HEAD = (
    "Scenario", "Difference (95 %)", BAND, "Ratio (95 %)", "P(more) (95 %)",
    "Quantile shift (95 %)", "Variance reduction", "Verdict",
)  # fmt: skip


def write_comparison(
    frames: Frames,
    table: pd.DataFrame,
    folder: Path,
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write a comparison's table, words and figures; ``table`` is from `analysis.compare`."""
    end = frames.suffix
    texts = {
        f"comparison{end}.csv": files.csv(table),
        f"comparison{end}.md": markdown(comparison_page(frames, table)),
    }
    drawn = ((f"{name}{end}", figure) for name, figure in figures.every(frames, table))
    return files.write(folder, texts, drawn, formats)


def comparison_page(frames: Frames, table: pd.DataFrame) -> Page:
    """Show a comparison: words, then a table for each outcome."""
    baseline = str(table["baseline"].iloc[0])
    names = list(dict.fromkeys(table["scenario"]))
    others = left_out(frames, baseline)
    lead = paragraphs(
        f"{notes.runs(frames, [baseline, *names])} {notes.RUN_IS_UNIT}",
        about_left_out(others) if others else "",
    )
    first = table[table["outcome"] == table["outcome"].iloc[0]].to_dict("records")
    said = [(_titled(frames, row["scenario"]), words.reading(row)) for row in first]
    sections = [Section("words", "In words", [Terms(said)])]
    for outcome, rows in table.groupby("outcome", sort=False):
        shown = comparison_table(rows)
        sections.append(Section(str(outcome), wording.label(str(outcome)), [shown]))
    if not frames.reported:
        shown = causes.table(frames.only([baseline, *names]))
        sections.append(Section("causes", causes.TITLE, [shown]))
    sections.append(Section("reading", "How to read this", reading_note(table)))
    return Page(f"Scenarios compared with {baseline}", lead, sections)


def comparison_table(table: pd.DataFrame, caption: str = "") -> Table:
    """Show rows of a comparison; the column of bands only where there are any."""
    rows = [_cells(row) for row in table.to_dict("records")]
    banded = table["numbers_low"].notna().any()
    shown = [place for place, head in enumerate(_HEAD) if banded or head != BAND]
    return Table(caption, [_HEAD[n] for n in shown], [[row[n] for n in shown] for row in rows])


def reading_note(table: pd.DataFrame) -> list[Block]:
    """Tell how the numbers of a comparison were made and what the verdicts mean."""
    row = table.iloc[0]
    said = {
        "baseline": row["baseline"],
        "tail": f"{100 * row['tail']:.0f} %",
        "tests": int(row["family"]),
    }
    terms = [(term, text.format(**said)) for term, text in _TERMS.items()]
    return [Text(_PAIRED.format(**said)), Terms(terms), Text(_MONTE_CARLO)]


def _titled(frames: Frames, name: str) -> str:
    return f"{name} ({frames.scenarios[name].scenario.title})"


def _cells(row: dict[str, Any]) -> list[str]:
    gap, _, _, shift, reduction = cells(row)
    band = wording.interval(row["numbers_low"], row["numbers_high"], signed=True)
    ratio, superiority = (wording.estimate_in(row, name) for name in ("ratio", "superiority"))
    return [row["scenario"], gap, band, ratio, superiority, shift, reduction, row["verdict"]]


_PAIRED = """\
All numbers are of a scenario against {baseline}, over pairs of runs with the same seed and
replicate where pairing lowers the standard error; where it does not (variance reduction below 1,
or no pairs), the row says "unpaired" and all runs of both are compared as independent samples."""
_TERMS = {
    "Difference": """\
scenario minus {baseline}, of means (Student's t; Welch when unpaired), for a yes or no of shares
of runs (Agresti and Min; Agresti and Caffo when unpaired).""",
    "Numbers not known": """\
where runs are at draws of the numbers that are not known, the band that holds the expected
difference at 95 % of the draws, with chance taken out.""",
    "Ratio": """\
of means (Fieller), for a yes or no of shares (Bonett and Price; Katz when unpaired). No interval
is given where the mean of {baseline} cannot be distinguished from zero.""",
    "P(more)": """\
probability that a run of the scenario has more than an independent run of {baseline}, ties
counting half; 0.5 where neither tends to have more (placements, DeLong et al.).""",
    "Quantile shift": """\
difference of the {tail} quantiles (bootstrap of runs); no interval with fewer than 5 runs beyond
it. A run that did not reach calm counts with its length.""",
    "Variance reduction": """\
how many times more runs the same precision would need without pairing.""",
    "Verdict": """\
"more" or "less" where the difference stays distinguishable from zero when all {tests} comparisons
of this table are tested together at a family-wise error rate of 5 % (Holm); "perhaps" where only
its own interval leaves out zero; "slightly" where all of the interval is smaller than the smallest
relevant difference; "about the same" where the interval holds zero and no relevant difference;
"too wide to conclude" where it holds zero and a relevant one: more replicates are needed.""",
}
_MONTE_CARLO = """\
Intervals are Monte-Carlo intervals of the model's means: they say how sure the number is with so
many runs. The band says what not knowing the numbers does. Neither says how sure the model is of
the world."""
