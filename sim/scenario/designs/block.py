"""Reading a block ``design``, or options that stand for one, and checking it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, WithJsonSchema, model_validator

from sim.parameters import Group
from sim.scenario.checking import check
from sim.scenario.designs.design import BLOCK, LISTED, METHODS, UNCERTAINTY, Design, Range
from sim.scenario.designs.numbers import Numbers, invalid_ends
from sim.scenario.designs.uncertainty import ranges_of_file, widened
from sim.scenario.findings import Finding, locate
from sim.scenario.places import Node, Path, Place, child
from sim.scenario.problems import Problem, ScenarioError, list_names, nearest, show
from sim.scenario.shape import FIXED, Leaf, shape_at
from sim.scenario.yamltree import read_text

MAX_POINTS = 1_000_000
MAX_SEED = 2**32 - 1
RANGES, VALUES = "ranges", "values"
_ENDS = ("low", "high")
_LISTED_KEYS = ("method", VALUES)
_DRAWN_KEYS = ("method", "size", RANGES, UNCERTAINTY, "seed")
_SIZES = "; ".join(f"{name}: {rule.counts}" for name, rule in METHODS.items())

MethodName = Literal["grid", "one_at_a_time", "latin", "sobol", "morris", "listed"]
assert get_args(MethodName) == tuple(METHODS)
_END = {"type": ["number", "string"], "examples": [0.2, "12h"]}
_BY_NAME = {
    "type": "object",
    "properties": {"low": _END, "high": _END, "scale": {"enum": ["linear", "log"]}},
    "required": ["low", "high"],
    "additionalProperties": False,
}
_TEXT = {"type": "string", "pattern": r"\.\.", "examples": ["0.1..0.5", "12h..3d:log"]}
_PAIR = {"type": "array", "items": _END, "minItems": 2, "maxItems": 2}
End = Annotated[Any, WithJsonSchema(_END)]


class Ends(Group):
    """The range of one number, as a block gives it."""

    low: End
    high: End
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="before")
    @classmethod
    def _has_ends(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(_ENDS) <= value.keys():
            return value
        raise ValueError("needs a low and a high end: A..B, A..B:log or {low: ..., high: ...}")


class Block(Group):
    """Points at which the scenario is run; not inherited."""

    method: MethodName = Field(description="How the points are chosen.")
    size: int | None = Field(None, ge=2, le=MAX_POINTS, description=f"How many. {_SIZES}.")
    ranges: dict[str, Annotated[Ends, WithJsonSchema({"anyOf": [_TEXT, _PAIR, _BY_NAME]})]] = Field(
        {}, description="Dotted path of each number that is varied, and its range."
    )
    values: dict[str, Annotated[list[End], Field(min_length=1)]] = Field(
        {}, description="Points that are listed: for each dotted path its value at each."
    )
    uncertainty: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Vary every other number that is an uncertainty by this share of it.",
    )
    seed: int = Field(1, ge=0, le=MAX_SEED, description="Seed of the sampler.")


class _File(Group):
    design: Block


def read_design(block: Node, numbers: Numbers) -> tuple[Design | None, list[Problem]]:
    """Read a block ``design`` and check it against its scenario."""
    tree = Node({BLOCK: _with_named_ends(block)}, block.place)
    file, problems = check(tree, _File, lambda _: ())
    if file is None:
        return None, problems
    reader = _Reader(file.design, numbers)
    design = reader.read()
    problems = locate(reader.findings, tree)
    return (None if problems else design), problems


def _with_named_ends(block: Node) -> Node:
    """Write ``{low: ..., high: ...}`` where a block has ``A..B`` or ``[low, high]``."""
    ranges = child(block, RANGES)
    if ranges is None or not isinstance(ranges.value, dict):
        return block
    named = {path: _named(node) for path, node in ranges.value.items()}
    return replace(block, value={**block.value, RANGES: replace(ranges, value=named)})


def _named(node: Node) -> Node:
    if isinstance(node.value, str):
        return read_range(node.value, node.place) or node
    if not isinstance(node.value, list) or len(node.value) != len(_ENDS):
        return node
    return replace(node, value=dict(zip(_ENDS, node.value, strict=True)))


class _Reader:
    """Makes a design of one block whose types are right."""

    def __init__(self, block: Block, numbers: Numbers) -> None:
        self._block = block
        self._numbers = numbers
        self.findings: list[Finding] = []

    def read(self) -> Design | None:
        method = self._block.method
        keys = _LISTED_KEYS if method == LISTED else _DRAWN_KEYS
        for key in self._block.model_fields_set - set(keys):
            self._wrong((key,), f"is no key of {method}", allowed=list_names(keys))
        return self._listed() if method == LISTED else self._drawn(method)

    def _drawn(self, method: str) -> Design | None:
        """Read ranges, from which a method chooses the points."""
        block = self._block
        read = [self._range(path, ends) for path, ends in block.ranges.items()]
        own = [varied for varied in read if varied is not None]
        ranges = list(own)  # those added below are taken only where they are valid
        if not ranges or block.uncertainty is not None:
            ranges += ranges_of_file({varied.path for varied in ranges}, self._numbers)
        if block.uncertainty is not None:
            ranges += widened(block.uncertainty, {each.path for each in ranges}, self._numbers)
        if not ranges and not self.findings:
            message = "needs at least one parameter to vary; no number of the file has a range"
            self._wrong((RANGES,), message)
        size = self._size(method)
        if self.findings:
            return None
        design = Design(method, size, tuple(ranges), block.seed, self._numbers.start)
        return self._checked(design, own, RANGES)

    def _size(self, method: str) -> int:
        size = METHODS[method].default if self._block.size is None else self._block.size
        if method == "sobol" and size & (size - 1):
            power = 1 << (size.bit_length() - 1)
            message = f"needs a power of two for sobol, such as {power} or {2 * power}"
            self._wrong(("size",), message, show(size))
        return size

    def _listed(self) -> Design | None:
        """Read points that are listed, number by number."""
        if not self._block.values:
            self._wrong((VALUES,), "needs a mapping of paths to lists of values")
        read = [self._column(path, values) for path, values in self._block.values.items()]
        columns = [column for column in read if column is not None]
        if self.findings:
            return None
        sizes = sorted({len(values) for _, values in columns})
        if len(sizes) > 1 or sizes[0] < 2:
            got = f"lengths {' and '.join(map(str, sizes))}"
            self._wrong((VALUES,), "needs lists of one length, 2 or more", got)
            return None
        ranges, listed = zip(*columns, strict=True)
        design = Design(LISTED, sizes[0], ranges, 1, self._numbers.start, listed)
        return self._checked(design, ranges, VALUES)

    def _checked(self, design: Design, ranges: Iterable[Range], under: str) -> Design:
        """Check the number of points, then that the scenario is valid at the ends of ranges."""
        if design.points > MAX_POINTS:
            message = f"a design of {design.points:,} points is too large"
            self._wrong((), message, allowed=f"up to {MAX_POINTS:,} points")
            return design
        for varied in ranges:
            for why in invalid_ends(self._numbers, varied):
                self._wrong((under, varied.path), why)
        return design

    def _range(self, path: str, ends: Ends) -> Range | None:
        at = (RANGES, path)
        leaf = self._leaf(at)
        if leaf is None:
            return None
        low = self._number(leaf, ends.low, (*at, "low"))
        high = self._number(leaf, ends.high, (*at, "high"))
        log = ends.scale == "log"
        if math.isnan(low) or math.isnan(high):
            return None
        if low >= high:
            self._wrong(at, "the low end must lie below the high end")
        elif log and (low <= 0 or leaf.kind == "local time"):
            self._wrong(at, "a logarithmic range needs a number above 0 as its low end")
        return Range(path, leaf.kind, low, high, self._numbers.own(path), log)

    def _column(self, path: str, listed: list[Any]) -> tuple[Range, tuple[float, ...]] | None:
        at = (VALUES, path)
        leaf = self._leaf(at)
        if leaf is None:
            return None
        values = tuple(self._number(leaf, each, (*at, n)) for n, each in enumerate(listed))
        varied = Range(path, leaf.kind, min(values), max(values), self._numbers.own(path))
        return varied, values

    def _leaf(self, at: tuple[str, str]) -> Leaf | None:
        path, leaves = at[1], self._numbers.leaves
        if path in leaves:
            return leaves[path]
        other = shape_at(tuple(path.split(".")), self._numbers.resolved)
        message = "is no number of this scenario"
        if path.partition(".")[0] == FIXED:
            message = f"cannot be varied over a range; list its values: --sweep {path}=A,B"
        elif isinstance(other, Leaf):
            message = f"is {other.kind}; a design varies numbers, durations, rates and times"
        self._wrong(at, message, near=nearest(path, leaves), at_key=True)
        return None

    def _number(self, leaf: Leaf, written: Any, at: Path) -> float:
        """Read one number; NaN where it is wrong."""
        try:
            number = self._numbers.count(leaf, written)
        except ValueError as error:
            self._wrong(at, str(error), show(written), leaf.bounds())
            return math.nan
        if leaf.too(number):
            self._wrong(at, "is out of range", show(written), leaf.bounds())
            return math.nan
        return number

    def _wrong(
        self,
        path: Path,
        message: str,
        got: str = "",
        allowed: str = "",
        near: str = "",
        at_key: bool = False,
    ) -> None:
        self.findings.append(Finding((BLOCK, *path), message, got, allowed, near, at_key))


def block_of_options(method: str, size: int | None, ranges: Sequence[str]) -> Node:
    """Write the options of a command line as a block ``design``."""
    here = Place(f"--design {method}")
    entries = {
        "method": Node(method, here),
        RANGES: Node(ranges_of_options(ranges, "--sweep"), here),
    }
    if size is not None:
        entries["size"] = Node(size, Place(f"--size {size}"))
    return Node(entries, here)


def ranges_of_options(ranges: Sequence[str], option: str) -> dict[str, Node]:
    """Read what stands after an option that takes ``path=A..B``, by path."""
    read = {}
    for text in ranges:
        place = Place(f"{option} {text}")
        path, _, rest = text.partition("=")
        ends = read_range(rest, place)
        if ends is None:
            message, allowed = "needs a path, a low and a high end", "PATH=A..B, or PATH=A..B:log"
            raise ScenarioError([Problem(place, (), message, allowed=allowed)])
        read[path.strip()] = ends
    return read


def read_range(text: str, place: Place) -> Node | None:
    """Read ``A..B`` or ``A..B:log``, in a file or after an option; None where it is no range."""
    bare = text.removesuffix(":log")
    parts = [part.strip() for part in bare.partition("..")[::2]]
    if not all(parts) or "../" in text or "/.." in text or parts[0][0] in "[{'\"":
        return None
    ends = {
        name: Node(read_text(part, place)[0].value, place)
        for name, part in zip(_ENDS, parts, strict=True)
    }
    scale = {"scale": Node("log", place)} if bare != text else {}
    return Node(ends | scale, place, place)
