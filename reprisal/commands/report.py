"""The command that writes a page to hand over: ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprisal.options import Folders
from reprisal.wording import say


def report(
    folders: Folders,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Compare with this one.", show_default="the first"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write.", show_default="DIR/report"),
    ] = None,
) -> None:
    """Write one HTML page, and Markdown, that a colleague without the software reads.

    See docs/reporting.md.
    """
    say("Writing the report ...")
    import analysis
    from analysis.comparison.table import base_name

    frames = analysis.load(*folders)
    try:
        chosen = base_name(frames, baseline)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--baseline'") from error
    folder = out if out is not None else folders[0] / "report"
    from sim.world.stability import branching, in_words

    told = {
        name: [in_words(found) for found in branching(loaded.scenario)]
        for name, loaded in frames.scenarios.items()
    }
    paths = analysis.write_report(frames, folder, chosen, told)
    for path in paths[:2]:
        typer.echo(str(path))
