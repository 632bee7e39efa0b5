"""What is wrong with a block ``design``, gathered while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.scenario.designs.design import BLOCK
from sim.scenario.places import Node, Path, plain
from sim.scenario.problems import Problem, list_names, nearest, show


class Faults:
    """Takes what is wrong, and checks what several keys have in common.

    Paths are those below ``design``.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(
        self,
        node: Node,
        path: Path,
        message: str,
        got: str = "",
        allowed: str = "",
        near: str = "",
        at_key: bool = False,
    ) -> None:
        """Take one thing that is wrong."""
        place = node.name_place if at_key else node.place
        self.problems.append(Problem(place, (BLOCK, *path), message, got, allowed, near))

    def mapping(self, node: Node, path: Path, keys: Sequence[str]) -> bool:
        """Check that a node is a mapping, and that it has no other keys."""
        if not isinstance(node.value, dict):
            self.add(node, path, "needs a mapping", show(plain(node)), list_names(keys))
            return False
        for key, inner in node.value.items():
            if key not in keys:
                known, near = list_names(keys), nearest(key, keys)
                self.add(inner, (*path, key), "unknown key", show(key), known, near, at_key=True)
        return True

    def choice(self, node: Node, path: Path, choices: Iterable[str]) -> bool:
        """Check that a node is one of several words."""
        words = tuple(choices)
        if node.value in words:
            return True
        got, near = show(plain(node)), nearest(node.value, words)
        self.add(node, path, "is not one of the choices", got, list_names(words), near)
        return False

    def whole(self, node: Node | None, path: Path, low: int, high: int, default: int) -> int:
        """Read a whole number."""
        if node is None:
            return default
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            got, allowed = show(plain(node)), f"{low} to {high}"
            self.add(node, path, "needs a whole number", got, allowed)
            return default
        return value
