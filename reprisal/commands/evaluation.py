"""The command about observed targets: ``evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprisal.options import Folder, Own, own_outcomes
from reprisal.wording import say, text_table

if TYPE_CHECKING:
    import pandas as pd


def evaluate(
    folder: Folder,
    targets: Annotated[
        Path | None,
        typer.Option(
            "--targets",
            metavar="FILE",
            help="File of observed targets, for every scenario.",
            show_default="targets/<scenario>.yaml beside the scenario",
        ),
    ] = None,
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/evaluation"),
    ] = None,
) -> None:
    """Compare runs with what was observed in reality.

    Scenarios without a targets file are left out. See docs/evaluation.md.
    """
    say("Comparing runs with reports ...")
    import analysis
    from analysis.evaluation import score

    paths, table = analysis.write_evaluation(own_outcomes(analysis.load(folder), own), targets, out)
    for scenario, rows in table.groupby("scenario", observed=True):
        say(f"\n{scenario}\n{_overview(rows)}")
        total = score(rows["probability"], rows["runs"])
        say(f"Log score, the sum of the logarithms of the last column: {total:.1f}")
    for path in paths:
        typer.echo(str(path))


def _overview(rows: pd.DataFrame) -> str:
    lines = [
        (
            row.label,
            f"{row.happened:,} of {row.runs:,}",
            _place(row),
            _inside(row),
            f"{row.probability:.2f}",
        )
        for row in rows.itertuples()
    ]
    head = ("target", "happened in", "place of the report", "in 90 %", "as reported")
    return text_table(head, lines)


def _place(row: Any) -> str:
    if not row.happened:
        return "-"
    if row.kind == "value":
        return f"quantile {row.quantile:.2f}"
    return f"{100 * row.agree:.0f} % agree"


def _inside(row: Any) -> str:
    from analysis import verdicts

    return verdicts.places(row._asdict())[1]
