"""The page of levers: what each scenario of a library changes, with a test over them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import notes, wording
from analysis.comparison.table import about_left_out, base_name, compare, left_out
from analysis.export import grid

if TYPE_CHECKING:
    from analysis.frames import Frames

OUTCOMES = ("killed", "engagements", "hours_to_calm", "relapse")


def lever_page(frames: Frames, baseline: str | None = None) -> str:
    """Write the levers as a page of Markdown, with what cannot be told from zero.

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
    lines = [
        _cells(str(name), rows.set_index("outcome"))
        for name, rows in table.groupby("scenario", sort=False)
    ]
    others = left_out(frames, chosen)
    shown = [name for name in frames.scenarios if name not in others]
    parts = [
        f"# What each lever changes\n\nScenario minus {chosen}, mean over pairs of runs.",
        f"{notes.runs(frames, shown)} {notes.RUN_IS_UNIT}",
        grid(["Scenario", *heads, "Distinguishable from zero"], lines),
        _NOTE.format(tests=int(table["p"].notna().sum()), none=_never(table)),
    ]
    if others:
        parts.append(about_left_out(others))
    return "\n\n".join(parts) + "\n"


_NOTE = """\
Each cell: difference with its 95 % interval. Pairs are runs with the same seed and replicate.
Relapse counts only pairs in which both runs reached calm; hours to calm counts a run that did
not with the length of the run. The intervals are per cell: of many, some miss zero by chance.
The last column therefore names the outcomes that stay distinguishable from zero when all
{tests} comparisons of the table are tested together at a family-wise error rate of 5 % (Holm;
paired t test, for relapse the exact test of McNemar; where pairing does not help, the tests of
Welch and Fisher). Anything else is not shown to have no
effect: it cannot be told from none with so many runs.

Distinguishable in no outcome: {none}."""


def _cells(name: str, rows: pd.DataFrame) -> list[str]:
    cells = [_cell(rows.loc[outcome]) for outcome in OUTCOMES]
    found = [wording.title(key).lower() for key in OUTCOMES if rows.loc[key, "distinguishable"]]
    return [name, *cells, ", ".join(found) or "none"]


def _cell(row: pd.Series) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low == high == 0:
        return "0 (no pair differs)"
    return wording.estimate(row["difference"], low, high, signed=True)


def _never(table: pd.DataFrame) -> str:
    found = table.groupby("scenario", sort=False)["distinguishable"].any()
    return ", ".join(found.index[~found.to_numpy(dtype=bool)]) or "no scenario"
