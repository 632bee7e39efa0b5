"""Write contrasts: a table, and a figure for each outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import files, notes, style, wording
from analysis.comparison.contrasts import AGAINST, read_contrast
from analysis.frames import Frames
from analysis.kinds import USUAL
from analysis.sheet import make

_ROWS = (("first", "0.5"), ("second", "0.5"), ("difference", "black"))


def write_contrasts(
    frames: Frames, table: pd.DataFrame, folder: Path, formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write a table of `analysis.contrasts` and its figures."""
    end = frames.suffix
    drawn = ((f"{name}{end}", figure) for name, figure in figures(frames, table))
    return files.write(folder, {f"contrasts{end}.csv": files.csv(table)}, drawn, formats)


def figures(frames: Frames, table: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Compose a figure for each outcome: both effects of each contrast, and their difference."""
    asked = [read_contrast(text, frames) for text in dict.fromkeys(table["contrast"])]
    names = dict.fromkeys(
        name for each in asked for side in (each.first, each.second)
        for name in (side.scenario, side.base)
    )  # fmt: skip
    for outcome, rows in table.groupby("outcome", sort=False):
        banded = rows["numbers_low"].notna().any()
        note = (notes.runs(frames, list(names)), _NOTE, _BAND if banded else "", notes.RUN_IS_UNIT)
        title = f"{wording.title(str(outcome))}: which change does more"
        figure = make(title, note, 0.62 * len(rows) + 0.5)
        contrast_rows(rows, figure.subplots(), str(outcome))
        yield f"contrasts-{outcome}", figure


def contrast_rows(rows: pd.DataFrame, ax: Axes, outcome: str = "killed") -> Axes:
    """Draw both effects of each contrast and their difference, with 95 % intervals."""
    ax.axvline(0, **style.GUIDE)
    labels = []
    for number, row in enumerate(rows.to_dict("records")):
        sides = [side.strip() for side in row["contrast"].split(AGAINST)]
        labels += [style.wrap(side, 40) for side in (*sides, "first minus second")]
        for place, (key, colour) in enumerate(_ROWS):
            y = 3 * number + place
            if key == "difference":
                band = [row["numbers_low"], row["numbers_high"]]
                ax.plot(band, [y, y], color="0.8", linewidth=5.0, solid_capstyle="butt")
                ax.axhline(y + 0.5, color="0.85", linewidth=0.6)
            span = [row[f"{key}_low"], row[f"{key}_high"]]
            ax.plot(span, [y, y], color=colour, linewidth=1.2, solid_capstyle="butt")
            filled = key == "difference" and row["distinguishable"]
            ax.plot(
                row[key], y, marker="o", markersize=4, linestyle="", color=colour,
                markerfacecolor=colour if filled or key != "difference" else "white",
            )  # fmt: skip
            ax.annotate(
                wording.estimate_in(row, key, signed=True), (1, y),
                xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
                va="center", fontsize=style.SMALL_SIZE,
            )  # fmt: skip
    style.name_rows(ax, labels)
    ax.margins(x=0.06)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel(f"{wording.title(outcome)}, difference ({wording.unit(outcome)})")
    return ax


_NOTE = (
    "Grey: each change with its 95 % interval; black: the first minus the second within runs with"
    " the same random numbers, filled where it is distinguishable from zero when all contrasts of"
    " the table are tested together (Holm, 5 %)."
)
_BAND = "Thick grey bar: 95 % of the draws of the numbers that are not known."
