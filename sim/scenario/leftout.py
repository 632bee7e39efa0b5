"""What a design leaves out, and why, so that nothing is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.scenario.designs.numbers import Numbers, leaves_of
from sim.scenario.designs.uncertainty import OFF, hindrance, switched_off
from sim.scenario.loading import Loaded
from sim.scenario.shape import FIXED, Leaf

_FOR_READERS = ("title", "question", "label", "region", "leader", "tile")
_NO_NUMBERS = {
    "true or false": "a switch",
    "text": "a name",
    "choice": "a name",
    "list": "a list",
    "local time": "a date",
}


@dataclass(frozen=True)
class LeftOut:
    """A parameter that a design does not vary, and its value in the scenario.

    What differs from parameter to parameter stands after a colon in ``why``.
    """

    path: str
    value: Any
    why: str


def left_out(loaded: Loaded) -> list[LeftOut]:
    """List every parameter that a scenario's design does not vary, and why.

    What is there for readers alone, such as titles, is no parameter here.
    """
    numbers = loaded.numbers
    varied = {each.path for each in loaded.design.ranges} if loaded.design else set()
    rows = []
    for steps, leaf, value in leaves_of(loaded.resolved):
        path = ".".join(steps)
        if path not in varied and steps[-1] not in _FOR_READERS:
            rows.append(LeftOut(path, value, _why(path, leaf, numbers)))
    return rows


def _why(path: str, leaf: Leaf, numbers: Numbers) -> str:
    if path in numbers.plausible:
        return hindrance(path, numbers) or "the design does not name it"
    if leaf.kind in _NO_NUMBERS:
        return _NO_NUMBERS[leaf.kind]
    if path.startswith(f"{FIXED}."):
        return "belongs to the clock"
    return OFF if switched_off(path, numbers.resolved) else "no range in the file"
