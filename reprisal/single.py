"""One run shown, with nothing stored: ``reprisal run --only``."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from reprisal.options import EngineName
from reprisal.wording import say, tell, text_table

if TYPE_CHECKING:
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded


def show_run(
    only: str,
    loaded: Sequence[Loaded],
    seed: int,
    engine: EngineName,
    model: OwnModel | None = None,
) -> bool:
    """Do one run in this process and print its outcomes, or the traceback of what it raised."""
    from sim import batch
    from sim.records import OUTCOMES
    from sim.store.manifest import MAX_REPLICATES

    name, _, number = only.rpartition("/")
    chosen = {one.name: one for one in loaded}
    if name not in chosen or not number.isdecimal() or int(number[:20]) >= MAX_REPLICATES:
        known = ", ".join(f"{other}/0" for other in chosen)
        message = (
            f"write a scenario's name and a replicate from 0 to {MAX_REPLICATES - 1:,},"
            f" such as {known}; got {only!r}"
        )
        raise typer.BadParameter(message, param_hint="'--only'")
    try:
        tables = batch.run_one(chosen[name], seed, int(number), engine.value, model)
    except Exception as error:
        say("".join(traceback.format_exception(error)).rstrip())
        return False
    rows = [(c.name, f"{tables['runs'][c.name][0]:g}", c.unit) for c in OUTCOMES]
    tell(text_table(("outcome", "value", "unit"), rows))
    return True
