"""The option ``--model``: a user's own class, found and checked before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import EngineName
from reprisal.wording import say

if TYPE_CHECKING:
    from sim.ownmodel import OwnModel

Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="MODULE:CLASS",
        help="Your own subclass of the Mesa model.",
        show_default=False,
    ),
]


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
