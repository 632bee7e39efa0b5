"""The command that opens the laboratory page: ``lab``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprisal.options import SCENARIO_FOLDER, complete_scenario
from reprisal.wording import say, tell


def lab(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario file, or a name from 'reprisal show'.",
            autocompletion=complete_scenario,
        ),
    ] = Path("iraq-2022"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="P", help="Port; 0 for any free one.")
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
) -> None:
    """Open a page to move numbers and watch outcomes change.

    Nobody else can reach it: it is served to this computer alone, at an address that works once.
    Ctrl-C ends it. See docs/laboratory.md.
    """
    from sim.extras import need

    need("page", "the laboratory page")
    from reprisal.lab.server import serve
    from sim import shipped

    found = shipped.find(file)
    if not found.is_file():
        from sim import scenario

        scenario.load(found)  # says what is wrong

    def show(address: str) -> None:
        tell(address)
        say("Open this address in a browser; it works once. Ctrl-C ends the page.")
        if browser:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(_folder(found), found, port, show)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror}"
        raise typer.BadParameter(message, param_hint="'--port'") from error


def _folder(file: Path) -> Path:
    """Choose the folder where variants are saved: the scenario's own, unless it is installed."""
    from sim import shipped

    if not shipped.is_installed(file):
        return file.parent
    own = Path(SCENARIO_FOLDER)
    return own if own.is_dir() else Path()
