"""Reading a block ``design`` and checking it against its scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sim.parameters import Scenario
from sim.scenario.designs.design import LISTED, METHODS, UNCERTAINTY, Design, Range
from sim.scenario.designs.faults import Faults
from sim.scenario.designs.numeric import Numbers
from sim.scenario.designs.overlay import invalid_ends
from sim.scenario.designs.ranges import RANGES, VALUES, RangeReader
from sim.scenario.designs.uncertainty import plausible, widened
from sim.scenario.places import Node
from sim.scenario.problems import Problem, list_names, show

MAX_POINTS = 1_000_000
MAX_SEED = 2**32 - 1
_KEYS = ("method", "size", RANGES, VALUES, UNCERTAINTY, "seed")
_LISTED_KEYS = ("method", VALUES)


def read_design(
    block: Node,
    scenario: Scenario,
    resolved: Mapping[str, Any],
    ranges: Mapping[str, tuple[Any, Any]],
) -> tuple[Design | None, list[Problem]]:
    """Read a block ``design`` and check it against its scenario."""
    faults = Faults()
    design = _Reader(block, Numbers(scenario, resolved, ranges), faults).read()
    return (None if faults.problems else design), faults.problems


class _Reader:
    """Reads one block."""

    def __init__(self, block: Node, numbers: Numbers, faults: Faults) -> None:
        self._block = block
        self._numbers = numbers
        self._faults = faults
        self._ranges = RangeReader(numbers, faults)

    def read(self) -> Design | None:
        if not self._faults.mapping(self._block, (), _KEYS):
            return None
        entries = self._block.value
        method = self._method(entries.get("method"))
        if method == LISTED:
            return self._listed(entries)
        if VALUES in entries:
            right = f"{LISTED} is the method that has them"
            self._faults.add(entries[VALUES], (VALUES,), f"is no key of {method}", allowed=right)
        return self._drawn(entries, method)

    def _drawn(self, entries: Mapping[str, Node], method: str | None) -> Design | None:
        """Read ranges, from which a method chooses the points."""
        size = self._size(entries.get("size"), method)
        seed = self._faults.whole(entries.get("seed"), ("seed",), 0, MAX_SEED, 1)
        ranges = list(self._ranges.ranges(entries.get(RANGES)))
        own = tuple(ranges)  # those added below are taken only where they are valid
        if not ranges or UNCERTAINTY in entries:
            ranges += plausible({each.path for each in ranges}, self._numbers)
        given = {each.path for each in ranges}
        ranges += widened(entries.get(UNCERTAINTY), given, self._numbers, self._faults)
        if not ranges and not self._faults.problems:
            message = "needs at least one parameter to vary; no number of the file has a range"
            self._faults.add(self._block, (RANGES,), message)
        if self._faults.problems or method is None:
            return None
        design = Design(method, size, tuple(ranges), seed, self._numbers.start)
        self._check(design, own, entries.get(RANGES, self._block), RANGES)
        return design

    def _listed(self, entries: Mapping[str, Node]) -> Design | None:
        """Read points that are listed, number by number."""
        for key in entries.keys() - set(_LISTED_KEYS):
            allowed = list_names(_LISTED_KEYS)
            self._faults.add(entries[key], (key,), f"is no key of {LISTED}", allowed=allowed)
        held = entries.get(VALUES, self._block)
        columns = self._ranges.columns(entries.get(VALUES), self._block)
        if self._faults.problems:
            return None
        sizes = sorted({len(values) for _, values in columns})
        if len(sizes) != 1 or sizes[0] < METHODS[LISTED].least:
            got = f"lengths {' and '.join(map(str, sizes))}"
            self._faults.add(held, (VALUES,), "needs lists of one length, 2 or more", got)
            return None
        ranges, listed = zip(*columns, strict=True)
        design = Design(LISTED, sizes[0], ranges, 1, self._numbers.start, listed)
        self._check(design, ranges, held, VALUES)
        return design

    def _method(self, node: Node | None) -> str | None:
        if node is None:
            allowed = list_names(METHODS)
            self._faults.add(self._block, ("method",), "is missing", allowed=allowed)
            return None
        return str(node.value) if self._faults.choice(node, ("method",), METHODS) else None

    def _size(self, node: Node | None, method: str | None) -> int:
        if method is None:
            return 0
        rule = METHODS[method]
        size = self._faults.whole(node, ("size",), rule.least, MAX_POINTS, rule.default)
        if method == "sobol" and size & (size - 1) and node is not None:
            power = 1 << (size.bit_length() - 1)
            message = f"needs a power of two for sobol, such as {power} or {2 * power}"
            self._faults.add(node, ("size",), message, show(size))
        return size

    def _check(self, design: Design, ranges: Iterable[Range], held: Node, under: str) -> None:
        """Check the number of points, then that the scenario is valid at the ends of ranges."""
        if not 1 <= design.points <= MAX_POINTS:
            message = f"a design of {design.points:,} points is too large"
            most = f"up to {MAX_POINTS:,} points"
            self._faults.add(self._block, ("size",), message, allowed=most)
            return
        for varied in ranges:
            node = held.value.get(varied.path, held) if isinstance(held.value, dict) else held
            for why in invalid_ends(self._numbers, varied):
                self._faults.add(node, (under, varied.path), why)
