"""Options of a command line: a design as a block, and short names of what is varied."""

from __future__ import annotations

from collections.abc import Sequence

from sim.scenario.places import Node, Place
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.yamltree import read_text


def block_of_options(method: str, size: int | None, ranges: Sequence[str]) -> Node:
    """Write the options of a command line as a block ``design``."""
    here = Place(f"--design {method}")
    entries: dict[str, Node] = {"method": Node(method, here)}
    if size is not None:
        entries["size"] = Node(size, Place(f"--size {size}"))
    listed: dict[str, Node] = {}
    for text in ranges:
        path, node = _range_of_option(text)
        listed[path] = node
    entries["ranges"] = Node(listed, here)
    return Node(entries, here)


def _range_of_option(text: str) -> tuple[str, Node]:
    place = Place(f"--range {text}")
    path, _, rest = text.partition("=")
    if ".." not in rest:
        message = "needs a path, a low and a high end"
        raise ScenarioError([Problem(place, (), message, allowed="PATH=A..B, or PATH=A..B:log")])
    bare = rest.removesuffix(":log")
    ends = {
        name: Node(read_text(part.strip(), place)[0].value, place)
        for name, part in zip(("low", "high"), bare.split("..", 1), strict=False)
    }
    scale = {"scale": Node("log", place)} if bare != rest else {}
    return path.strip(), Node(ends | scale, place, place)


def short_keys(paths: Sequence[str]) -> list[str]:
    """Shorten dotted paths as far as they stay different."""
    return [_short_key(path, [other for other in paths if other != path]) for path in paths]


def _short_key(path: str, others: Sequence[str]) -> str:
    parts = path.split(".")
    for length in range(1, len(parts)):
        if all(other.split(".")[-length:] != parts[-length:] for other in others):
            return ".".join(parts[-length:])
    return path
