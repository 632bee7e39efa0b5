"""The page of levers: what each scenario of a library changes, with a test over them all."""

from __future__ import annotations

import pandas as pd

from analysis import notes, wording
from analysis.blocks import Page, Table, Text, paragraphs
from analysis.comparison.table import about_left_out, base_name, compare, left_out
from analysis.frames import Frames
from analysis.rendering import markdown

OUTCOMES = ("killed", "engagements", "hours_to_calm", "relapse")


def lever_page(frames: Frames, baseline: str | None = None) -> str:
    """Write the levers as a page of Markdown, with what cannot be distinguished from zero.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    baseline : str, optional
        The scenario to compare with; the first when left out.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    ValueError
        For an unknown scenario.
    """
    chosen = base_name(frames, baseline)
    table = compare(frames, chosen, OUTCOMES)
    heads = [f"{wording.title(name)} ({wording.unit(name)})" for name in OUTCOMES]
    rows = [
        _cells(str(name), own.set_index("outcome"))
        for name, own in table.groupby("scenario", sort=False)
    ]
    others = left_out(frames, chosen)
    shown = [name for name in frames.scenarios if name not in others]
    blocks = [
        Text(f"Scenario minus {chosen}, mean over pairs of runs with the same seed and replicate."),
        Text(f"{notes.runs(frames, shown)} {notes.RUN_IS_UNIT}"),
        Table("", ["Scenario", *heads, "Distinguishable from zero"], rows),
        Text(_NOTE.format(tests=int(table["p"].notna().sum()))),
        Text(f"Distinguishable in no outcome: {_never(table)}."),
        *paragraphs(about_left_out(others) if others else ""),
    ]
    return markdown(Page("What each lever changes", blocks))


_NOTE = """\
Relapse counts only pairs in which both runs reached calm; hours to calm counts a run that did
not with the length of the run. Of many intervals some miss zero by chance. So the last column
names the outcomes that differ from zero when all {tests} comparisons are tested together at a
family-wise error rate of 5 % (Holm; paired t test, for relapse the exact test of McNemar; where
pairing does not help, the tests of Welch and Fisher). Others are not shown to have no effect."""


def _cells(name: str, rows: pd.DataFrame) -> list[str]:
    cells = [_cell(rows.loc[outcome]) for outcome in OUTCOMES]
    found = [wording.title(key).lower() for key in OUTCOMES if rows.loc[key, "distinguishable"]]
    return [name, *cells, ", ".join(found) or "none"]


def _cell(row: pd.Series) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low == high == 0:
        return "0 (no pair differs)"
    return wording.estimate_in(row, "difference", signed=True)


def _never(table: pd.DataFrame) -> str:
    found = table.groupby("scenario", sort=False)["distinguishable"].any()
    return ", ".join(found.index[~found.to_numpy(dtype=bool)]) or "no scenario"
