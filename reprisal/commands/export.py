"""The command that writes results for other programs: ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprisal.options import Folders
from reprisal.wording import say

KINDS = ("csv", "ema", "salib", "mesa")


def export(
    folders: Folders,
    kind: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="Format: csv, ema, salib or mesa.")
    ] = "csv",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/export-FORMAT"),
    ] = None,
) -> None:
    """Export results as CSV files, also for other programs.

    csv writes all tables; ema, salib and mesa write what the EMA workbench, SALib and Mesa's
    batch runner expect. See docs/exporting.md.
    """
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise typer.BadParameter(f"{kind!r} is not one of {known}", param_hint="'--format'")
    say("Writing tables ...")
    import analysis

    folder = out if out is not None else folders[0] / f"export-{kind}"
    frames = analysis.load(*folders)
    for path in analysis.write_export(frames, folder, kind):
        typer.echo(str(path))
    if kind == "csv" and frames.counted:
        say("No ticks.csv: ticks were not stored. Another --out without --no-ticks stores them.")
