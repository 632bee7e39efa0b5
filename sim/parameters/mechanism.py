"""How a mechanism is declared, beside the parameters that it is about.

`sim.mechanisms` finds it on a group (``mechanism``) or in a module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Switch:
    """A value that turns a mechanism off.

    Parameters
    ----------
    path : str
        Dotted path of a parameter, ``*`` for a name that the user chooses.
    off : object
        ``False`` for a switch; otherwise the neutral value.
    """

    path: str
    off: bool | int | float | str | None = False


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One element of the reported events and what the model makes of it.

    Parameters
    ----------
    number : int
        Its number and place on the page; a new one takes the next that is free.
    title : str
        Its name.
    words : str
        The article's words (Associated Press, 1 September 2022); empty when it has none.
    model : str
        What it is in the model.
    rules : tuple of callable or str
        The functions that hold it; by dotted name where they lie above the parameters or need
        heavy packages.
    key : tuple of str
        Paths of the parameters that set its strength.
    switches : tuple of Switch
        Values that turn it off.
    scenarios : tuple of str
        Shipped scenarios that show it, without the ending.
    more : tuple of str
        Further parameters; a path that ends in ``.`` stands for all below it.
    elsewhere : str
        Who reported it when the article did not.
    example : dict
        Keys and values that put it into a scenario of January 2022, for tests of all mechanisms
        at once.
    """

    number: int
    title: str
    words: str = ""
    model: str
    rules: tuple[Callable[..., Any] | str, ...]
    key: tuple[str, ...]
    switches: tuple[Switch, ...]
    scenarios: tuple[str, ...]
    more: tuple[str, ...] = ()
    elsewhere: str = ""
    example: dict[str, Any] = field(default_factory=dict)
