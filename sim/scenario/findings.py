"""What a check of a scenario's meaning reports, before its place is looked up."""

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
    """One value that cannot be right beside the others; the texts are those of a `Problem`.

    ``at_key`` tells that the key is wrong, not the value; ``misspelt`` that a name stands for
    nothing, which can be said although other values are wrong.
    """

    path: Path
    message: str
    got: str = ""
    allowed: str = ""
    near: str = ""
    at_key: bool = False
    misspelt: bool = False

    def located(self, tree: Node) -> Problem:
        """Find the place of the value."""
        node, exists = nearest_node(tree, self.path)
        place = node.name_place if self.at_key or not exists else node.place
        return Problem(place, self.path, self.message, self.got, self.allowed, self.near)


def locate(findings: Iterable[Finding], tree: Node) -> list[Problem]:
    """Find the places of what a check reported."""
    return [finding.located(tree) for finding in islice(findings, MAX_PROBLEMS + 1)]


def unknown_name(
    path: Path, name: str, names: Collection[str], what: str, *, at_key: bool = False
) -> Finding:
    """Report a name that stands for nothing."""
    near = nearest(name, names)
    allowed = list_names(names, near)
    return Finding(path, f"is no {what}", show(name), allowed, near, at_key, misspelt=True)


def unknown_keys(
    path: Path, mapping: Iterable[str], names: Collection[str], what: str
) -> Iterator[Finding]:
    """Report each key of a mapping that is no name."""
    for name in mapping:
        if name not in names:
            yield unknown_name((*path, name), name, names, what, at_key=True)


def check_list(
    path: Path, listed: list[str] | str, names: Collection[str], what: str = PROVINCE
) -> Iterator[Finding]:
    """Report each entry of a list that is no name or stands in it twice; ``all`` is right."""
    if isinstance(listed, list):
        for index, name in enumerate(listed):
            if name not in names:
                yield unknown_name((*path, index), name, names, what)
        yield from listed_twice(path, listed)


def listed_twice(path: Path, listed: list[str]) -> Iterator[Finding]:
    """Report each entry that a list holds already."""
    for index, name in enumerate(listed):
        if name in listed[:index]:
            yield Finding((*path, index), "is listed twice", show(name))
