"""Arguments and options that several commands share, and how a shell completes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

SCENARIO_FOLDER = "scenarios"
RESULTS_FOLDER = "results"


def complete_scenario(incomplete: str) -> list[str]:
    """List scenario files for a shell.

    Parameters
    ----------
    incomplete : str
        What was typed: the start of a path, or of the name of a file in ``scenarios``.

    Returns
    -------
    list of str
        Paths of YAML files; without any, the shell completes file names itself.
    """
    here = Path(incomplete if incomplete.endswith("/") else incomplete + "x").parent
    found = {*here.glob("*.yaml"), *here.glob("*.yml")} if here.is_dir() else set()
    return _matching(incomplete, {*found, *Path(SCENARIO_FOLDER).glob("*.yaml")})


def complete_results(incomplete: str) -> list[str]:
    """List results folders for a shell.

    Parameters
    ----------
    incomplete : str
        What was typed: the start of a path, or of the name of a folder in ``results``.

    Returns
    -------
    list of str
        Paths of folders that hold a manifest.
    """
    here = Path(incomplete if incomplete.endswith("/") else incomplete + "x").parent
    found = {*here.glob("*/manifest.json"), *Path(RESULTS_FOLDER).glob("*/manifest.json")}
    return _matching(incomplete, {manifest.parent for manifest in found})


def _matching(incomplete: str, paths: Iterable[Path]) -> list[str]:
    typed = incomplete.removeprefix("./")
    return [
        str(path)
        for path in sorted(paths)
        if str(path).startswith(typed) or path.name.startswith(typed)
    ]


def check_files(files: list[Path]) -> list[Path]:
    """Tell apart a value that lost its ``--set`` from a file that is missing.

    Parameters
    ----------
    files : list of Path
        As given on the command line.

    Returns
    -------
    list of Path
        The same.

    Raises
    ------
    typer.BadParameter
        When a name is no file and reads like ``path=value``.
    """
    for file in files:
        if "=" in str(file) and not file.exists():
            raise typer.BadParameter(
                f"{file} is no file; write --set (or --sweep) before each path=value"
            )
    return files


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A scenario file (YAML).", autocompletion=complete_scenario
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Scenario files (YAML).",
        autocompletion=complete_scenario,
        callback=check_files,
    ),
]
Sets = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Give one parameter another value, in every file; repeat --set for more.",
    ),
]
Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="A results folder.", autocompletion=complete_results),
]
Folders = Annotated[
    list[Path],
    typer.Argument(metavar="DIR", help="Results folders.", autocompletion=complete_results),
]
