"""Arguments and options that several commands share, and how a shell completes them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

SCENARIO_FOLDER = "scenarios"
RESULTS_FOLDER = "results"


class EngineName(StrEnum):
    """Engines that a batch can be asked for; `sim.batch.choice` chooses for ``auto``."""

    AUTO = "auto"
    COMPILED = "compiled"
    INTERPRETED = "interpreted"
    MESA = "mesa"


def complete_scenario(incomplete: str) -> list[str]:
    """List scenario files for a shell."""
    from sim import shipped

    known = [name for name in shipped.names() if incomplete and name.startswith(incomplete)]
    return [*_paths(incomplete, SCENARIO_FOLDER, "*.yaml"), *known]


def complete_results(incomplete: str) -> list[str]:
    """List results folders for a shell."""
    manifests = _paths(incomplete, RESULTS_FOLDER, "*/manifest.json")
    return [manifest.removesuffix("/manifest.json") for manifest in manifests]


def _paths(incomplete: str, usual: str, pattern: str) -> list[str]:
    here = incomplete[: incomplete.rfind("/") + 1]
    folders = {here, here or f"{usual}/"}
    found = {
        f"{folder}{path.relative_to(folder or '.').as_posix()}"
        for folder in folders
        for path in Path(folder).glob(pattern)
    }
    return sorted(path for path in found if path.startswith(incomplete))


def check_files(files: list[Path]) -> list[Path]:
    """Tell apart a value that lost its ``--set`` from a file that is missing."""
    for file in files:
        if "=" in str(file) and not file.exists():
            raise typer.BadParameter(
                f"{file} is no file; write --set (or --sweep) before each path=value"
            )
    return files


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A scenario file (YAML), or a shipped name.",
        autocompletion=complete_scenario,
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Scenario files (YAML), or shipped names.",
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
