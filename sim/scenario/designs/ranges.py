"""Reading what a block ``design`` says of single numbers: ranges, and lists of values."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.scenario.designs.design import Range
from sim.scenario.designs.faults import Faults
from sim.scenario.designs.numeric import Numbers
from sim.scenario.places import Node, Path, plain
from sim.scenario.problems import nearest, show
from sim.scenario.shape import FIXED, Leaf, shape_at

RANGES, VALUES = "ranges", "values"
Column = tuple[Range, tuple[float, ...]]
_KEYS = ("low", "high", "scale")
_SCALES = ("linear", "log")


class RangeReader:
    """Reads ranges and lists of values, path by path.

    Parameters
    ----------
    numbers : Numbers
        The numbers of the scenario.
    faults : Faults
        Takes what is wrong.
    """

    def __init__(self, numbers: Numbers, faults: Faults) -> None:
        self._numbers = numbers
        self._faults = faults

    def ranges(self, node: Node | None) -> Iterator[Range]:
        """Read what stands under ``ranges``."""
        if node is None:
            return
        if not isinstance(node.value, dict):
            got = show(plain(node))
            self._faults.add(node, (RANGES,), "needs a mapping of paths to ranges", got)
            return
        for path, inner in node.value.items():
            made = self._range(str(path), inner)
            if made is not None:
                yield made

    def columns(self, node: Node | None, block: Node) -> list[Column]:
        """Read what stands under ``values``."""
        if node is None or not isinstance(node.value, dict) or not node.value:
            message = "needs a mapping of paths to lists of values"
            self._faults.add(node or block, (VALUES,), message)
            return []
        made = [self._column(str(path), inner) for path, inner in node.value.items()]
        return [each for each in made if each is not None]

    def _range(self, path: str, node: Node) -> Range | None:
        at: Path = (RANGES, path)
        leaf = self._leaf(path, node, RANGES)
        ends = self._ends(node, at)
        if leaf is None or ends is None:
            return None
        low, high = (self._end(leaf, end, (*at, name)) for name, end in ends.items())
        log = self._log(node, at)
        if math.isnan(low) or math.isnan(high):
            return None
        if low >= high:
            self._faults.add(node, at, "the low end must lie below the high end")
            return None
        if log and (low <= 0 or leaf.kind == "local time"):
            message = "a logarithmic range needs a number above 0 as its low end"
            self._faults.add(node, at, message)
            return None
        return Range(path, leaf.kind, low, high, self._numbers.own(path), log)

    def _column(self, path: str, node: Node) -> Column | None:
        leaf = self._leaf(path, node, VALUES)
        if leaf is None:
            return None
        at: Path = (VALUES, path)
        if not isinstance(node.value, list) or not node.value:
            self._faults.add(node, at, "needs a list of values", show(plain(node)))
            return None
        values = tuple(self._end(leaf, each, (*at, str(n))) for n, each in enumerate(node.value))
        varied = Range(path, leaf.kind, min(values), max(values), self._numbers.own(path))
        return varied, values

    def _leaf(self, path: str, node: Node, under: str) -> Leaf | None:
        leaves = self._numbers.leaves
        leaf = leaves.get(path)
        if leaf is not None:
            return leaf
        found = shape_at(tuple(path.split(".")), dict(self._numbers.resolved))
        message = "is no number of this scenario"
        if path.partition(".")[0] == FIXED:
            message = "cannot be varied in a design; use --sweep"
        elif isinstance(found, Leaf):
            message = f"is {found.kind}; a design varies numbers, durations, rates and times"
        near = nearest(path, leaves)
        self._faults.add(node, (under, path), message, near=near, at_key=True)
        return None

    def _ends(self, node: Node, at: Path) -> dict[str, Node] | None:
        if isinstance(node.value, list) and len(node.value) == 2:
            return dict(zip(("low", "high"), node.value, strict=True))
        if isinstance(node.value, dict) and {"low", "high"} <= node.value.keys():
            self._faults.mapping(node, at, _KEYS)
            return {name: node.value[name] for name in ("low", "high")}
        right = "{low: ..., high: ...} or [low, high]"
        self._faults.add(node, at, "needs a low and a high end", show(plain(node)), right)
        return None

    def _log(self, node: Node, at: Path) -> bool:
        scale = node.value.get("scale") if isinstance(node.value, dict) else None
        if scale is None:
            return False
        return self._faults.choice(scale, (*at, "scale"), _SCALES) and bool(scale.value == "log")

    def _end(self, leaf: Leaf, node: Node, at: Path) -> float:
        try:
            value = self._numbers.count(leaf, plain(node))
        except ValueError as error:
            self._faults.add(node, at, str(error), show(plain(node)), leaf.bounds())
            return math.nan
        if leaf.too(value):
            self._faults.add(node, at, "is out of range", show(plain(node)), leaf.bounds())
            return math.nan
        return value
