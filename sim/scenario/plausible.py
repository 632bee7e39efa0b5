"""Plausible ranges of numbers, written where the numbers stand: ``0.3 (0.1 to 0.5)``.

The notation is read once, after a file is read and before its values are checked: a node then
holds the bare value, and the range beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.places import Node, Path, plain_scalar
from sim.scenario.problems import Problem, show
from sim.scenario.shape import (
    FIXED,
    Leaf,
    Shape,
    scenario_shape,
    step_into,
    tag_in,
    write_number,
)

_EXAMPLES = {
    "number": "0.3 (0.1 to 0.5)",
    "whole number": "20 (10 to 50)",
    "duration": "6h (2h to 1d)",
    "rate": "0.5/d (0.2/d to 1/d)",
}
_BARE = "the bare value; single numbers, durations and rates outside the clock carry ranges"
_DATE = "the bare time; the ranges of a block design may vary it"
_NUMBER = r"(?:(?<![\w.])[-+])?(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_UNIT = r" ?(?:min|[shdw])(?![a-z])"
_QUANTITY = re.compile(rf"{_NUMBER}(?: ?/{_UNIT}|{_UNIT}(?: ?{_NUMBER}{_UNIT})*)?")
_MARKS = re.compile(r"[()\[\]]| to ")
_PARTS, _LONGEST = 3, 400
Ends = tuple[Any, Any]


@dataclass(frozen=True)
class Ranged:
    """A value that is written with its range; plain data, as in resolved data."""

    value: Any
    low: Any
    high: Any


def take_ranges(tree: Node, problems: list[Problem]) -> Node:
    """Part the numbers of a file from the ranges written after them."""
    return _taken(tree, scenario_shape(), (), problems)


def _taken(node: Node, shape: Shape | None, path: Path, problems: list[Problem]) -> Node:
    value = node.value
    if isinstance(shape, Leaf) and isinstance(value, str) and len(value) <= _LONGEST:
        return _Text(node, shape, path, problems).parted()
    if isinstance(value, list) and shape is not None:
        items = [
            _taken(item, step_into(shape, index), (*path, index), problems)
            for index, item in enumerate(value)
        ]
        return replace(node, value=items)
    if isinstance(value, dict) and shape is not None:
        tag = tag_in(shape, node)
        entries = {
            key: _taken(inner, step_into(shape, key, tag), (*path, key), problems)
            for key, inner in value.items()
        }
        return replace(node, value=entries)
    return node


class _Text:
    """One text, which may hold a value with its range."""

    def __init__(self, node: Node, leaf: Leaf, path: Path, problems: list[Problem]) -> None:
        self._node, self._leaf, self._path, self._problems = node, leaf, path, problems
        self._text = node.value

    def parted(self) -> Node:
        """Give the node with its bare value, and with the range where it is right."""
        parts, leaf = _parts(self._text), self._leaf
        if leaf.ranged and self._path[0] != FIXED and not isinstance(self._path[-1], int):
            return self._unreadable() if parts is None else self._with_range(*parts)
        if parts is None or leaf.kind == "text":
            return self._node
        date = leaf.kind == "local time" and self._path[0] != FIXED
        self._wrong("can carry no range", show(self._text), _DATE if date else _BARE)
        return self._bare(parts[0])

    def _unreadable(self) -> Node:
        first = _QUANTITY.match(self._text)
        if not _MARKS.search(self._text) or first is None:
            return self._node
        form, near = f"the form of {_EXAMPLES[self._leaf.kind]}", _mended(self._text, self._leaf)
        self._wrong("has a range that cannot be read", show(self._text), form, near)
        return self._bare(first[0])

    def _with_range(self, value: str, low: str, high: str) -> Node:
        node, leaf = self._bare(value), self._leaf
        ends = [self._end("low", plain_scalar(low)), self._end("high", plain_scalar(high))]
        if None in ends:
            return node
        least, most = (float(end or 0.0) for end in ends)
        if least >= most:
            swapped = _form(value, high, low) if least > most else ""
            message = "the low end of its range must lie below the high end"
            self._wrong(message, show(self._text), "", swapped)
            return node
        own = _count(leaf, node.value)
        if own is not None and not least <= own <= most:
            near = _form(value, value, high) if own < least else _form(value, low, value)
            message = "lies outside its own range"
            self._wrong(message, show(node.value), f"{low} to {high}", near)
        return replace(node, range=(write_number(leaf.kind, least), write_number(leaf.kind, most)))

    def _end(self, side: str, written: Any) -> float | None:
        """Read one end; None where it is wrong."""
        message = _wrong_end(self._leaf, written)
        if message:
            what = f"the {side} end of its range {message}"
            self._wrong(what, show(written), self._leaf.bounds())
            return None
        return self._leaf.count(written)

    def _bare(self, text: str) -> Node:
        return replace(self._node, value=plain_scalar(text))

    def _wrong(self, message: str, got: str, allowed: str, near: str = "") -> None:
        self._problems.append(Problem(self._node.place, self._path, message, got, allowed, near))


def _parts(text: str) -> tuple[str, str, str] | None:
    """Part a text at its brackets and its "to"; None where it has another form."""
    value, _, rest = " ".join(text.split()).partition("(")
    low, _, high = rest.removesuffix(")").partition(" to ")
    parts = (value.strip(), low.strip(), high.strip())
    return parts if rest.endswith(")") and all(parts) else None


def _count(leaf: Leaf, value: Any) -> float | None:
    """Read a value as a number; None where it is none, which the models report."""
    try:
        return leaf.count(value)
    except ValueError:
        return None


def _form(value: str, low: str, high: str) -> str:
    return f"{value} ({low} to {high})"


def _wrong_end(leaf: Leaf, end: Any) -> str:
    try:
        direction = leaf.too(leaf.count(end))
    except ValueError as error:
        return str(error)
    return f"is too {direction}" if direction else ""


def _mended(text: str, leaf: Leaf) -> str:
    """Write a value and two ends the right way; empty where they are not what a text holds."""
    parts = _QUANTITY.findall(text)
    if len(parts) != _PARTS or any(_wrong_end(leaf, plain_scalar(part)) for part in parts):
        return ""
    value, *ends = parts
    return _form(value, *sorted(ends, key=lambda end: leaf.count(plain_scalar(end))))


def inherit_range(base: Node, over: Node, shape: Shape | None) -> Node:
    """Give a value that replaces another the other's range, where it lies inside and has none."""
    if base.range is None or over.range is not None or not isinstance(shape, Leaf):
        return over
    low, high = map(shape.count, base.range)
    value = _count(shape, over.value)
    inside = value is not None and low <= value <= high
    return replace(over, range=base.range, replaced=True) if inside else over


def ranges_of(tree: Node, path: tuple[str, ...] = (), replaced: bool = True) -> dict[str, Ends]:
    """List the ranges in a tree by dotted path."""
    if isinstance(tree.value, dict):
        return {
            name: ends
            for key, inner in tree.value.items()
            for name, ends in ranges_of(inner, (*path, key), replaced).items()
        }
    if tree.range is None or (tree.replaced and not replaced):
        return {}
    return {".".join(path): tree.range}


def with_ranges(
    data: Mapping[str, Any], ranges: Mapping[str, Ends], path: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Put ranges beside the values of plain data, for writing."""
    written: dict[str, Any] = {}
    for key, value in data.items():
        name = ".".join((*path, key))
        if isinstance(value, dict):
            written[key] = with_ranges(value, ranges, (*path, key))
        else:
            written[key] = Ranged(value, *ranges[name]) if name in ranges else value
    return written
