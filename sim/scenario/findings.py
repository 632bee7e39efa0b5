"""What a check of a scenario's meaning finds, before its place is looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sim.scenario.places import Node, Path, nearest_node
from sim.scenario.problems import MAX_PROBLEMS, Problem, list_names, nearest, show

PROVINCE = "province of this scenario"
GROUP = "group of this scenario"


@dataclass(frozen=True)
class Finding:
    """One value that cannot be right beside the others.

    Parameters
    ----------
    path : tuple of str or int
        Path of the value.
    message : str
        What is wrong.
    got, allowed, near : str
        As in `sim.scenario.problems.Problem`.
    at_key : bool
        Whether the key, not the value, is what is wrong.
    """

    path: Path
    message: str
    got: str = ""
    allowed: str = ""
    near: str = ""
    at_key: bool = False

    def located(self, tree: Node) -> Problem:
        """Find the place of the value."""
        node, found = nearest_node(tree, self.path)
        place = node.name_place if self.at_key or not found else node.place
        return Problem(place, self.path, self.message, self.got, self.allowed, self.near)


def locate(findings: Iterable[Finding], tree: Node) -> list[Problem]:
    """Find the places of what a check found."""
    return [finding.located(tree) for finding in islice(findings, MAX_PROBLEMS + 1)]


def unknown_name(
    path: Path, name: str, names: Collection[str], what: str, *, at_key: bool = False
) -> Finding:
    """Report a name that stands for nothing."""
    near = nearest(name, names)
    return Finding(path, f"is no {what}", show(name), list_names(names, near), near, at_key)


def unknown_provinces(
    path: Path, names: list[str], provinces: Collection[str]
) -> Iterator[Finding]:
    """Report each name of a list that is no province."""
    for index, name in enumerate(names):
        if name not in provinces:
            yield unknown_name((*path, index), name, provinces, PROVINCE)


def listed_twice(path: Path, names: list[str]) -> Iterator[Finding]:
    """Report each name that a list holds already."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Finding((*path, index), "is listed twice", show(name))
        seen.add(name)
