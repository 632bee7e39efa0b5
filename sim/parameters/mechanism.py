"""How a mechanism is declared, beside the parameters that it is about.

`sim.mechanisms` finds it on a group (``mechanism``) or in a module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Switch:
    """A value that turns a mechanism off: ``False`` for a switch, else the neutral value."""

    path: str
    off: bool | int | float | str | None = False


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One element of the reported events and what the model makes of it.

    ``number`` is its place on the page; a new one takes the next that is free. ``words`` are the
    article's (Associated Press, 1 September 2022), ``elsewhere`` who reported it when the article
    did not. ``rules`` are the functions that hold it, by dotted name where they lie above the
    parameters or need heavy packages. ``key`` are the paths of the parameters that set its
    strength, ``more`` further ones; a path that ends in ``.`` stands for all below it.
    ``scenarios`` are shipped ones that show it. ``example`` puts it into a scenario of January
    2022, for tests of all mechanisms at once.
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
