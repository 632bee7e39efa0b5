"""The command that draws one run as a moving picture: ``replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import File, Sets
from reprisal.wording import say, tell

if TYPE_CHECKING:
    from sim.scenario import Loaded

RUNS = 100
SUFFIX = ".gif"


def replay(
    file: File,
    replicate: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Replicate number.", show_default="a typical one"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="Seed of the random numbers.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The GIF to write.", show_default="SCENARIO.gif"),
    ] = None,
    sets: Sets = [],  # noqa: B006 - typer copies it
) -> None:
    """Draw one run as an animated GIF, for slides.

    Without --replicate it is the run whose deaths are nearest to the median of 100.
    """
    from sim import scenario

    loaded = scenario.load(file, sets)
    path = out if out is not None else Path(f"{loaded.name}{SUFFIX}")
    if path.suffix != SUFFIX:
        message = f"needs a name that ends in {SUFFIX}; got {path.name}"
        raise typer.BadParameter(message, param_hint="'--out'")
    say("Running ...")
    from sim import batch

    if replicate is None:
        replicate = _typical(loaded, seed)
    run = batch.play(loaded, replicate, seed)
    say(f"Drawing run {replicate} ...")
    from analysis.replay import write_replay

    tell(str(write_replay(loaded, run, path)))


def _typical(loaded: Loaded, seed: int) -> int:
    from dataclasses import replace

    from analysis.genealogy import typical_run
    from analysis.memory import from_tables
    from sim import batch

    *_, held = batch.in_memory([replace(loaded, design=None)], RUNS, seed)
    return typical_run(from_tables(held), loaded.name)
