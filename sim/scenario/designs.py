"""Designs: which numbers of a scenario are varied, over which ranges, at which points.

A scenario file may hold a block ``design``; it is no part of the scenario and is not
inherited. One point of a design is the scenario with other values for the numbers that are
varied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from sim.parameters import Scenario
from sim.scenario.catalogue import parameters_table
from sim.scenario.places import Node, Path, Place, plain
from sim.scenario.problems import Problem, list_names, nearest, show
from sim.scenario.references import check_references
from sim.scenario.shape import Keyed, Leaf, Section, Shape, scenario_shape, shape_at, step_into
from sim.units import (
    format_duration,
    format_local_time,
    format_rate,
    parse_duration,
    parse_local_time,
    parse_rate,
)

BLOCK = "design"
MAX_POINTS = 1_000_000
MAX_SEED = 2**32 - 1
UNCERTAINTY = "uncertainty"
_NUMERIC = ("number", "whole number", "duration", "rate", "local time")
LISTED = "listed"
_KEYS = ("method", "size", "ranges", "values", UNCERTAINTY, "seed")
_LISTED_KEYS = ("method", "values")
_RANGE_KEYS = ("low", "high", "scale")
_SCALES = ("linear", "log")
_FIXED = "clock"


@dataclass(frozen=True)
class Method:
    """How a method reads ``size``: what it counts, its default and its least."""

    counts: str
    default: int
    least: int


METHODS = {
    "grid": Method("levels of each parameter", 5, 2),
    "one_at_a_time": Method("levels of each parameter", 2, 2),
    "latin": Method("points", 100, 2),
    "sobol": Method("base points, a power of two", 64, 2),
    "morris": Method("trajectories", 10, 2),
    LISTED: Method("points; it follows from values", 2, 2),
}


@dataclass(frozen=True)
class Range:
    """One number that is varied.

    Parameters
    ----------
    path : str
        Dotted path in the scenario.
    kind : str
        ``number``, ``whole number``, ``duration`` [h], ``rate`` [1/h] or ``local time``
        [h after the start of the run].
    low, high : float
        Ends of the range; ``low < high``, or the same where points are listed.
    base : float
        The scenario's own value; NaN when it has none.
    log : bool
        Whether equal steps are equal factors; ``low`` is above 0 then.
    """

    path: str
    kind: str
    low: float
    high: float
    base: float
    log: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """The path, step by step."""
        return tuple(self.path.split("."))


@dataclass(frozen=True)
class Design:
    """Points of a scenario's parameters at which it is run.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    size : int
        What the method counts.
    ranges : tuple of Range
        At least one, with different paths.
    seed : int
        Seed of the sampler, 0 to 2**32 - 1; a grid does not use it.
    start : datetime
        Local start of the run, from which times are counted.
    listed : tuple of tuple of float
        For each range the values at all points, where they are listed; else empty.
    """

    method: str
    size: int
    ranges: tuple[Range, ...]
    seed: int
    start: datetime
    listed: tuple[tuple[float, ...], ...] = ()

    @property
    def points(self) -> int:
        """Number of points."""
        k = len(self.ranges)
        counts: dict[str, int] = {
            "grid": self.size**k,
            "one_at_a_time": 1 + self.size * k,
            "latin": self.size,
            "sobol": self.size * (k + 2),
            "morris": self.size * (k + 1),
            LISTED: self.size,
        }
        return counts[self.method]

    @property
    def blocks(self) -> int:
        """Number of blocks of points that share their luck.

        Points that are compared with each other form one: a whole grid, the points made from
        one base point, a trajectory. Each point of a Latin hypercube or a list has luck of its own.
        """
        return self.size if self.method in {"latin", "sobol", "morris", LISTED} else 1

    @property
    def spec(self) -> dict[str, Any]:
        """The block of a scenario file that gives this design."""
        if self.method == LISTED:
            columns = zip(self.ranges, self.listed, strict=True)
            values = {each.path: [self.write(each, v) for v in column] for each, column in columns}
            return {"method": LISTED, "values": values}
        return {
            "method": self.method,
            "size": self.size,
            "ranges": {
                each.path: {
                    "low": self.write(each, each.low),
                    "high": self.write(each, each.high),
                    "scale": "log" if each.log else "linear",
                }
                for each in self.ranges
            },
            "seed": self.seed,
        }

    def write(self, varied: Range, value: float) -> Any:
        """Write a value as a scenario file has it.

        Parameters
        ----------
        varied : Range
            One of ``ranges``.
        value : float
            In hours, per hour, or as the scenario counts it.

        Returns
        -------
        object
            Text or a number.
        """
        if varied.kind == "duration":
            return format_duration(value)
        if varied.kind == "rate":
            return format_rate(value)
        if varied.kind == "local time":
            return format_local_time(self.start + timedelta(minutes=round(60 * value)))
        return round(value) if varied.kind == "whole number" else float(value)


def apply(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> dict[str, Any]:
    """Lay values over a scenario's resolved data.

    Parameters
    ----------
    resolved : mapping
        As in `sim.scenario.Loaded.resolved`; it stays as it is.
    design : Design
        Its ranges name the parameters.
    values : mapping of str to float
        Values by path; others keep the scenario's own.

    Returns
    -------
    dict
        Resolved data.
    """
    changed = dict(resolved)
    fresh: set[tuple[str, ...]] = {()}
    for varied in design.ranges:
        if varied.path not in values:
            continue
        *way, last = varied.steps
        inner = changed
        for depth, step in enumerate(way, 1):
            if tuple(way[:depth]) not in fresh:
                inner[step] = dict(inner[step])
                fresh.add(tuple(way[:depth]))
            inner = inner[step]
        inner[last] = design.write(varied, values[varied.path])
    return changed


def scenario_at(
    resolved: Mapping[str, Any], design: Design, values: Mapping[str, float]
) -> Scenario:
    """Give the scenario at a point of a design.

    Parameters
    ----------
    resolved, design, values
        As in `apply`.

    Returns
    -------
    Scenario

    Raises
    ------
    ValueError
        When the scenario is not valid there; the message says why.
    """
    try:
        made = Scenario.model_validate(apply(resolved, design, values))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for finding in check_references(made):
        path = ".".join(map(str, finding.path))
        raise ValueError(f"{path}: {finding.message} (got {finding.got})")
    return made


def free(scenario: Scenario, resolved: Mapping[str, Any], paths: Sequence[str]) -> Design:
    """Name numbers of a scenario that are given values from elsewhere.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    resolved : mapping
        The same as plain data.
    paths : sequence of str
        Dotted paths.

    Returns
    -------
    Design
        For `apply` and `scenario_at` alone: its ranges have no ends.

    Raises
    ------
    ValueError
        For a path that is no number of the scenario.
    """
    leaves = dict(_numbers(resolved))
    for path in paths:
        if path not in leaves:
            near = nearest(path, leaves)
            hint = f"; did you mean '{near}'?" if near else ""
            raise ValueError(f"{path!r} is no number of this scenario{hint}")
    nan = math.nan
    ranges = tuple(Range(path, leaves[path].kind, nan, nan, nan) for path in paths)
    return Design("grid", 1, ranges, 0, scenario.clock.start)


def read_design(
    block: Node, scenario: Scenario, resolved: Mapping[str, Any]
) -> tuple[Design | None, list[Problem]]:
    """Read a block ``design`` and check it against its scenario.

    Parameters
    ----------
    block : Node
        What stands under ``design``.
    scenario : Scenario
        The scenario whose numbers it varies.
    resolved : mapping
        The same as plain data.

    Returns
    -------
    design : Design or None
        None when anything is wrong.
    problems : list of Problem
        What is wrong.
    """
    reader = _Reader(scenario, resolved)
    design = reader.read(block)
    return (None if reader.problems else design), reader.problems


def block_of_options(method: str, size: int | None, ranges: Sequence[str]) -> Node:
    """Write the options of a command line as a block ``design``.

    Parameters
    ----------
    method : str
        As after ``--design``.
    size : int or None
        As after ``--size``.
    ranges : sequence of str
        ``path=low..high`` texts as after ``--range``, with ``:log`` for a logarithmic scale.

    Returns
    -------
    Node
        Each value's place is its option.
    """
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
    from sim.scenario.yamltree import read_text

    place = Place(f"--range {text}")
    path, _, rest = text.partition("=")
    bare = rest.removesuffix(":log")
    ends = {
        name: Node(read_text(part.strip(), place)[0].value, place)
        for name, part in zip(("low", "high"), bare.split("..", 1), strict=False)
    }
    scale = {"scale": Node("log", place)} if bare != rest else {}
    return path.strip(), Node(ends | scale, place, place)


def short_keys(paths: Sequence[str]) -> list[str]:
    """Shorten dotted paths as far as they stay different.

    Parameters
    ----------
    paths : sequence of str
        Different dotted paths.

    Returns
    -------
    list of str
        For each path its last component, or more of them where that is ambiguous.
    """
    return [_short_key(path, [other for other in paths if other != path]) for path in paths]


class _Reader:
    """Reads one block, gathering what is wrong."""

    def __init__(self, scenario: Scenario, resolved: Mapping[str, Any]) -> None:
        self._scenario = scenario
        self._resolved = resolved
        self._leaves = dict(_numbers(resolved))
        self.problems: list[Problem] = []

    def read(self, block: Node) -> Design | None:
        if not self._mapping(block, (), _KEYS):
            return None
        entries = block.value
        method = self._method(entries.get("method"), block)
        if method == LISTED:
            return self._listed(entries, block)
        if "values" in entries:
            near = f"{LISTED} is the method that has them"
            self._wrong(entries["values"], ("values",), f"is no key of {method}", allowed=near)
        size = self._size(entries.get("size"), method)
        seed = self._whole(entries.get("seed"), ("seed",), 0, MAX_SEED, 1)
        ranges = [*self._given(entries.get("ranges")), *self._uncertain(entries)]
        if not ranges and not self.problems:
            self._wrong(block, ("ranges",), "needs at least one parameter to vary")
        if self.problems or method is None:
            return None
        design = Design(method, size, tuple(ranges), seed, self._scenario.clock.start)
        self._check_number(design, block)
        self._check_ends(design, entries.get("ranges", block))
        return design

    def _listed(self, entries: Mapping[str, Node], block: Node) -> Design | None:
        """Read points that are listed, number by number."""
        for key in entries.keys() - set(_LISTED_KEYS):
            self._wrong(
                entries[key], (key,), f"is no key of {LISTED}", "", list_names(_LISTED_KEYS)
            )
        held = entries.get("values")
        if held is None or not isinstance(held.value, dict) or not held.value:
            self._wrong(held or block, ("values",), "needs a mapping of paths to lists of values")
            return None
        made = [self._column(str(path), inner) for path, inner in held.value.items()]
        columns = [each for each in made if each is not None]
        sizes = sorted({len(values) for _, values in columns})
        if self.problems or len(sizes) != 1 or sizes[0] < METHODS[LISTED].least:
            if not self.problems:
                got = " and ".join(map(str, sizes))
                message = "needs lists of one length, 2 or more"
                self._wrong(held, ("values",), message, f"lengths {got}")
            return None
        ranges, listed = zip(*columns, strict=True)
        design = Design(LISTED, sizes[0], ranges, 1, self._scenario.clock.start, listed)
        self._check_number(design, block)
        self._check_ends(design, held)
        return design

    def _column(self, path: str, node: Node) -> tuple[Range, tuple[float, ...]] | None:
        leaf = self._leaf(path, node, "values")
        if leaf is None:
            return None
        if not isinstance(node.value, list) or not node.value:
            got = show(plain(node))
            self._wrong(node, ("values", path), "needs a list of values", got)
            return None
        at: Path = ("values", path)
        values = tuple(self._end(leaf, each, (*at, str(n))) for n, each in enumerate(node.value))
        varied = Range(path, leaf.kind, min(values), max(values), self._base(leaf, path))
        return varied, values

    def _wrong(
        self, node: Node, path: Path, message: str, got: str = "", allowed: str = "", near: str = ""
    ) -> None:
        problem = Problem(node.place, (BLOCK, *path), message, got, allowed, near)
        self.problems.append(problem)

    def _mapping(self, node: Node, path: Path, keys: Sequence[str]) -> bool:
        if not isinstance(node.value, dict):
            self._wrong(node, path, "needs a mapping", show(plain(node)), list_names(keys))
            return False
        for key, inner in node.value.items():
            if key not in keys:
                near = nearest(key, keys)
                problem = Problem(
                    inner.name_place,
                    (BLOCK, *path, key),
                    "unknown key",
                    show(key),
                    list_names(keys),
                    near,
                )
                self.problems.append(problem)
        return True

    def _method(self, node: Node | None, block: Node) -> str | None:
        if node is None:
            self._wrong(block, ("method",), "is missing", allowed=list_names(METHODS))
        elif node.value not in METHODS:
            near = nearest(node.value, METHODS)
            what = show(plain(node))
            allowed = list_names(METHODS)
            self._wrong(node, ("method",), "is not one of the choices", what, allowed, near)
        else:
            return str(node.value)
        return None

    def _size(self, node: Node | None, method: str | None) -> int:
        if method is None:
            return 0
        rule = METHODS[method]
        size = self._whole(node, ("size",), rule.least, MAX_POINTS, rule.default)
        if method == "sobol" and size & (size - 1) and node is not None:
            power = 1 << (size.bit_length() - 1)
            message = f"needs a power of two for sobol, such as {power} or {2 * power}"
            self._wrong(node, ("size",), message, show(size))
        return size

    def _whole(self, node: Node | None, path: Path, low: int, high: int, default: int) -> int:
        if node is None:
            return default
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            allowed = f"{low} to {high}"
            self._wrong(node, path, "needs a whole number", show(plain(node)), allowed)
            return default
        return value

    def _given(self, node: Node | None) -> Iterator[Range]:
        if node is None:
            return
        if not isinstance(node.value, dict):
            self._wrong(node, ("ranges",), "needs a mapping of paths to ranges", show(plain(node)))
            return
        for path, inner in node.value.items():
            made = self._range(str(path), inner)
            if made is not None:
                yield made

    def _range(self, path: str, node: Node) -> Range | None:
        at: Path = ("ranges", path)
        leaf = self._leaf(path, node)
        ends = self._ends(node, at)
        if leaf is None or ends is None:
            return None
        low, high = (self._end(leaf, end, (*at, name)) for name, end in ends.items())
        log = self._log(node, at)
        if math.isnan(low) or math.isnan(high):
            return None
        if low >= high:
            self._wrong(node, at, "the low end must lie below the high end")
            return None
        if log and (low <= 0 or leaf.kind == "local time"):
            self._wrong(node, at, "a logarithmic range needs a number above 0 as its low end")
            return None
        return Range(path, leaf.kind, low, high, self._base(leaf, path), log)

    def _leaf(self, path: str, node: Node, under: str = "ranges") -> Leaf | None:
        leaf = self._leaves.get(path)
        if leaf is not None:
            return leaf
        found = shape_at(tuple(path.split(".")), dict(self._resolved))
        near = nearest(path, self._leaves)
        message = "is no number of this scenario"
        if path.partition(".")[0] == _FIXED:
            message = "cannot be varied in a design; use --sweep"
        elif isinstance(found, Leaf):
            message = f"is {found.kind}; a design varies numbers, durations, rates and times"
        problem = Problem(node.name_place, (BLOCK, under, path), message, nearest=near)
        self.problems.append(problem)
        return None

    def _ends(self, node: Node, at: Path) -> dict[str, Node] | None:
        if isinstance(node.value, list) and len(node.value) == 2:
            return dict(zip(("low", "high"), node.value, strict=True))
        if isinstance(node.value, dict) and {"low", "high"} <= node.value.keys():
            self._mapping(node, at, _RANGE_KEYS)
            return {name: node.value[name] for name in ("low", "high")}
        allowed = "{low: ..., high: ...} or [low, high]"
        self._wrong(node, at, "needs a low and a high end", show(plain(node)), allowed)
        return None

    def _log(self, node: Node, at: Path) -> bool:
        scale = node.value.get("scale") if isinstance(node.value, dict) else None
        if scale is None:
            return False
        if scale.value not in _SCALES:
            near = nearest(scale.value, _SCALES)
            got, allowed = show(plain(scale)), list_names(_SCALES)
            self._wrong(scale, (*at, "scale"), "is not one of the choices", got, allowed, near)
        return bool(scale.value == "log")

    def _end(self, leaf: Leaf, node: Node, at: Path) -> float:
        try:
            value = _number(leaf, plain(node), self._scenario.clock.start)
        except ValueError as error:
            self._wrong(node, at, str(error), show(plain(node)), leaf.bounds())
            return math.nan
        if not _allowed(leaf, value):
            self._wrong(node, at, "is out of range", show(plain(node)), leaf.bounds())
            return math.nan
        return value

    def _base(self, leaf: Leaf, path: str) -> float:
        value: Any = self._resolved
        for step in path.split("."):
            value = value[step]
        return math.nan if value is None else _number(leaf, value, self._scenario.clock.start)

    def _uncertain(self, entries: Mapping[str, Node]) -> Iterator[Range]:
        """Widen every number that is an uncertainty by the share that the block gives.

        A number that the rest of the scenario does not let vary that far is left out, such
        as one of several probabilities that sum to 1.
        """
        node = entries.get(UNCERTAINTY)
        if node is None:
            return
        share = node.value
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            got = show(plain(node))
            self._wrong(node, (UNCERTAINTY,), "needs a share", got, "above 0 and below 1")
            return
        given = entries["ranges"].value if "ranges" in entries else {}
        roles = {row.path: row.role for row in parameters_table()}
        for path, leaf in self._leaves.items():
            uncertain = roles.get(_starred(path, self._resolved)) == UNCERTAINTY
            if uncertain and leaf.kind != "local time" and path not in given:
                for varied in self._widened(path, leaf, float(share)):
                    if not any(self._troubles(varied)):
                        yield varied

    def _widened(self, path: str, leaf: Leaf, share: float) -> Iterator[Range]:
        base = self._base(leaf, path)
        if math.isnan(base):
            return
        low, high = base * (1 - share), base * (1 + share)
        if leaf.kind == "whole number":
            low, high = round(low), round(high)
        low = max(low, leaf.low[0]) if leaf.low else low
        high = min(high, leaf.high[0]) if leaf.high else high
        if low < high and _allowed(leaf, low) and _allowed(leaf, high):
            yield Range(path, leaf.kind, low, high, base)

    def _check_number(self, design: Design, block: Node) -> None:
        if not 1 <= design.points <= MAX_POINTS:
            message = f"a design of {design.points:,} points is too large"
            self._wrong(block, ("size",), message, allowed=f"up to {MAX_POINTS:,} points")

    def _check_ends(self, design: Design, node: Node) -> None:
        """Check that the scenario is valid at both ends of each range."""
        if self.problems:
            return
        for varied in design.ranges:
            held = node.value.get(varied.path, node) if isinstance(node.value, dict) else node
            under = "values" if design.method == LISTED else "ranges"
            for trouble in self._troubles(varied):
                self._wrong(held, (under, varied.path), trouble)

    def _troubles(self, varied: Range) -> Iterator[str]:
        alone = Design("grid", 2, (varied,), 0, self._scenario.clock.start)
        for end in (varied.low, varied.high):
            try:
                scenario_at(self._resolved, alone, {varied.path: end})
            except ValueError as error:
                yield f"the scenario is not valid with {alone.write(varied, end)}: {error}"


def _numbers(resolved: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    """Walk the numbers of a scenario that a design can vary, by dotted path."""
    for path, leaf in _leaves(scenario_shape(), resolved, ()):
        if leaf.kind in _NUMERIC and not leaf.choices and path[0] != _FIXED:
            yield ".".join(path), leaf


def _leaves(
    shape: Shape | None, data: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(shape, Leaf):
        if data is not None:
            yield path, shape
    elif isinstance(data, Mapping) and not isinstance(shape, Leaf):
        tag = None
        if shape is not None and not isinstance(shape, Section | Keyed):
            tag = data.get(shape.tag)
        for key, inner in data.items():
            yield from _leaves(step_into(shape, key, tag), inner, (*path, key))


def _starred(path: str, resolved: Mapping[str, Any]) -> str:
    """Write ``*`` for the steps of a path that the user named."""
    shape: Shape | None = scenario_shape()
    data: Any = resolved
    steps = []
    for step in path.split("."):
        tag = None if isinstance(shape, Section | Keyed | Leaf | None) else data.get(shape.tag)
        steps.append("*" if isinstance(shape, Keyed) else step)
        shape, data = step_into(shape, step, tag), data[step]
    return ".".join(steps)


def _number(leaf: Leaf, value: Any, start: datetime) -> float:
    if leaf.kind == "duration":
        return float(parse_duration(value))
    if leaf.kind == "rate":
        return float(parse_rate(value))
    if leaf.kind == "local time":
        return (parse_local_time(value) - start) / timedelta(hours=1)
    whole = leaf.kind == "whole number"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"needs a {leaf.kind}")
    if not math.isfinite(value):
        raise ValueError("needs a finite number")
    return float(value)


def _allowed(leaf: Leaf, value: float) -> bool:
    above = leaf.low is None or value > leaf.low[0] or (leaf.low[1] and value == leaf.low[0])
    below = leaf.high is None or value < leaf.high[0] or (leaf.high[1] and value == leaf.high[0])
    return above and below


def _short_key(path: str, others: Sequence[str]) -> str:
    parts = path.split(".")
    for length in range(1, len(parts)):
        if all(other.split(".")[-length:] != parts[-length:] for other in others):
            return ".".join(parts[-length:])
    return path
