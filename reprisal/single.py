"""One run shown or drawn, with nothing stored: ``reprisal run --only`` and ``--replay``."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprisal.options import EngineName
from reprisal.wording import say, tell, text_table

if TYPE_CHECKING:
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded

TYPICAL_OF = 100
SUFFIX = ".gif"


def one_run(
    only: str,
    replay: Path | None,
    loaded: Sequence[Loaded],
    seed: int,
    engine: EngineName,
    model: OwnModel | None = None,
) -> bool:
    """Do one run in this process and draw it, or print its outcomes or what it raised."""
    from sim import batch
    from sim.records import OUTCOMES

    if replay is not None:
        if model is not None:
            raise typer.BadParameter("--replay draws runs of the stock model; leave --model out")
        draw_run(replay, only, loaded, seed)
        return True
    chosen, number = _chosen(only, loaded)
    try:
        tables = batch.run_one(chosen, seed, number, engine.value, model)
    except Exception as error:
        say("".join(traceback.format_exception(error)).rstrip())
        return False
    rows = [(c.name, f"{tables['runs'][c.name][0]:g}", c.unit) for c in OUTCOMES]
    tell(text_table(("outcome", "value", "unit"), rows))
    return True


def draw_run(path: Path, only: str, loaded: Sequence[Loaded], seed: int) -> None:
    """Draw one run as an animated GIF; without ``only`` one whose deaths are near the median."""
    if path.suffix != SUFFIX:
        message = f"needs a name that ends in {SUFFIX}; got {path.name}"
        raise typer.BadParameter(message, param_hint="'--replay'")
    if not only and len(loaded) > 1:
        raise typer.BadParameter(f"--replay draws one run; add --only {loaded[0].name}/0")
    say("Running ...")
    from sim import batch

    scenario, number = _at_point(*_chosen(only, loaded)) if only else _typical(loaded[0], seed)
    run = batch.play(scenario, number, seed)
    say(f"Drawing run {number} ...")
    from analysis.replay import write_replay

    tell(str(write_replay(scenario, run, path)))


def _chosen(only: str, loaded: Sequence[Loaded]) -> tuple[Loaded, int]:
    """Find the run that ``--only`` names; one scenario needs no name."""
    from sim.store.manifest import MAX_REPLICATES

    name, _, number = only.rpartition("/")
    known = {one.name: one for one in loaded}
    chosen = known.get(name) or (loaded[0] if len(loaded) == 1 and number == only else None)
    if chosen is None or not number.isdecimal() or int(number[:20]) >= MAX_REPLICATES:
        message = (
            f"write a scenario's name and a replicate from 0 to {MAX_REPLICATES - 1:,},"
            f" such as {', '.join(f'{other}/0' for other in known)}; got {only!r}"
        )
        raise typer.BadParameter(message, param_hint="'--only'")
    return chosen, int(number)


def _at_point(loaded: Loaded, number: int) -> tuple[Loaded, int]:
    """Give the scenario and the replicate of a run of a design."""
    if loaded.design is None:
        return loaded, number
    from sim.scenario.designs import sampling

    points = sampling.draw(loaded.design)
    point, replicate = points.point_and_replicate(number)
    return replace(loaded, scenario=points.scenario(loaded.resolved, point)), replicate


def _typical(loaded: Loaded, seed: int) -> tuple[Loaded, int]:
    from analysis.genealogy import typical_run
    from analysis.memory import from_tables
    from sim import batch

    *_, held = batch.in_memory([replace(loaded, design=None)], TYPICAL_OF, seed)
    return loaded, typical_run(from_tables(held), loaded.name)
