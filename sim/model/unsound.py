"""How a model says that its state cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.rules.soundness import UnsoundError

if TYPE_CHECKING:
    from sim.model.model import ReprisalModel


def unsound(model: ReprisalModel, what: str, **values: float) -> UnsoundError:
    """Make the error that ends a run in an impossible state.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    what : str
        Whose state it is.
    **values : float
        The numbers, as they are.

    Returns
    -------
    UnsoundError
        Naming the tick too.
    """
    numbers = ", ".join(f"{name} {value}" for name, value in values.items())
    return UnsoundError(f"tick {model.tick}: {what} is in an impossible state: {numbers}")
