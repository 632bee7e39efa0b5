"""The command that writes a page to hand over: ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprisal.options import Baseline, Folders
from reprisal.wording import say


def report(
    folders: Folders,
    baseline: Baseline = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/report"),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Add pictures that move to the HTML page.")
    ] = False,
) -> None:
    """Write a report that can be read without this program.

    It is one HTML page, and the same in Markdown. See docs/reporting.md.
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

    stability = {
        name: [in_words(ratio) for ratio in branching(loaded.scenario)]
        for name, loaded in frames.scenarios.items()
    }
    paths = analysis.write_report(frames, folder, chosen, stability, interactive=interactive)
    for path in paths[:2]:
        typer.echo(str(path))
