"""Arguments and options that several commands share, and how a shell completes them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.kinds import USUAL
from reprisal.wording import say

if TYPE_CHECKING:
    from analysis.frames import Frames
    from sim.ownmodel import OwnModel

SCENARIO_FOLDER = "scenarios"
RESULTS_FOLDER = "results"
MAX_WORKERS = 1_000


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
    paths = {
        f"{folder}{path.relative_to(folder or '.').as_posix()}"
        for folder in folders
        for path in Path(folder).glob(pattern)
    }
    return sorted(path for path in paths if path.startswith(incomplete))


def check_files(files: list[Path]) -> list[Path]:
    """Refuse a value that lost its ``--set``; it is not a missing file."""
    for file in files:
        if str(file) == "=":
            raise typer.BadParameter("write path=value without spaces around the =")
        if "=" in str(file) and not file.exists():
            raise typer.BadParameter(
                f"{file} is not a file; write --set (or --sweep) before each path=value"
            )
    return files


def own_outcomes(frames: Frames, asked: list[str]) -> Frames:
    """Add the outcomes that ``--own`` names to results."""
    if not asked:
        return frames
    from analysis import with_outcomes
    from sim import ownmodel

    return with_outcomes(frames, [ownmodel.function(each) for each in asked])


def own_model(asked: str, engine: EngineName) -> OwnModel | None:
    """Find the class that ``--model`` asks for, and say which engine runs it."""
    if not asked:
        return None
    from sim import ownmodel
    from sim.batch import choice

    model = ownmodel.find(asked)
    chosen = choice.for_model(engine.value, model)
    if engine is EngineName.AUTO:
        say(f"Engine {chosen.name}: {model.name} is a class of Python agents.")
    return model


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A scenario file, or a name from 'reprisal show'.",
        autocompletion=complete_scenario,
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Scenario files, or names from 'reprisal show'.",
        autocompletion=complete_scenario,
        callback=check_files,
    ),
]
Sets = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a parameter in every file; repeat for more.",
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
Baseline = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Scenario to compare with.", show_default="the first"),
]
Formats = Annotated[
    str,
    typer.Option("--format", metavar="LIST", help="Formats: png, svg, pdf, and txt for captions."),
]
USUAL_FORMATS = ",".join(USUAL)
Engine = Annotated[
    EngineName,
    typer.Option(metavar="ENGINE", help="compiled, interpreted, mesa or auto; results are equal."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_WORKERS,
        metavar="W",
        help="Number of processes.",
        show_default="available cores",
    ),
]
Own = Annotated[
    list[str],
    typer.Option("--own", metavar="MODULE:FUNCTION", help="Add an outcome of your own; repeat."),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="MODULE:CLASS",
        help="Your own subclass of the Mesa model.",
        show_default=False,
    ),
]
