"""The shape of a scenario or another file, read from the models: sections, names, leaves.

Checks, suggestions, inheritance and the parameter table walk this instead of pydantic's
own types.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.functional_validators import BeforeValidator

from sim.parameters import Scenario
from sim.scenario.places import Node, Path, child
from sim.units import (
    format_duration,
    format_rate,
    parse_duration,
    parse_local_time,
    parse_rate,
)

_KINDS = {
    parse_duration: "duration",
    parse_rate: "rate",
    parse_local_time: "local time",
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Any: "value",
}
WRITERS = {"duration": format_duration, "rate": format_rate}
FIXED = "clock"
_EXAMPLES = {"true or false": False, "text": "-", "local time": "2000-01-01"}
_RANGED = ("number", "whole number", "duration", "rate")


@lru_cache(maxsize=1 << 16)  # the draws of a posterior are written again and again
def write_number(kind: str, number: float) -> Any:
    """Write a number as resolved data have it."""
    writer = WRITERS.get(kind)
    if writer:
        return writer(number)
    return round(number) if kind == "whole number" else float(number)


@dataclass(frozen=True)
class Leaf:
    """A value that a scenario gives in one piece, of a ``kind`` in plain words.

    A bound says whether the bound itself is allowed; ``item`` is what a list holds.
    """

    kind: str
    optional: bool = False
    low: tuple[float, bool] | None = None
    high: tuple[float, bool] | None = None
    choices: tuple[str, ...] = ()
    item: Leaf | None = None

    def bounds(self) -> str:
        """Say what range is allowed, in the unit that the file uses."""
        low = _bound(self, self.low, ("from ", "above "))
        high = _bound(self, self.high, ("up to ", "below "))
        if self.low and self.high and self.low[1] and self.high[1]:
            return f"{low.removeprefix('from ')} to {high.removeprefix('up to ')}"
        return " and ".join(part for part in (low, high) if part)

    def describe(self) -> str:
        """Say what is allowed."""
        kinds = list(self.choices)
        if self.item is not None:
            kinds.append(f"list of {self.item.describe()}")
        elif self.kind != "choice":
            kinds.append(", ".join(part for part in (self.kind, self.bounds()) if part))
        return " or ".join(kinds + ["null"] * self.optional)

    @property
    def ranged(self) -> bool:
        """Whether it is a number, duration or rate, which may carry a range."""
        return self.kind in _RANGED and not self.choices

    def count(self, value: Any) -> float:
        """Read a value as a number."""
        if self.kind == "duration":
            return float(parse_duration(value))
        if self.kind == "rate":
            return float(parse_rate(value))
        whole = self.kind == "whole number"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise ValueError(f"needs a {self.kind}")
        try:
            number = float(value)
        except OverflowError:
            raise ValueError("is too large a number") from None
        if not math.isfinite(number):
            raise ValueError("needs a finite number")
        return number

    def example(self) -> Any:
        """Give some right value."""
        if self.choices:
            return self.choices[0]
        if self.ranged:
            ends = [end[0] for end in (self.low, self.high) if end]
            numbers = (0.0, 1.0, *ends, sum(ends) / 2)
            return write_number(self.kind, next(n for n in numbers if not self.too(n)))
        return _EXAMPLES.get(self.kind)

    def too(self, number: float) -> str:
        """Tell in which direction a number passes the bounds."""
        if self.low and (number < self.low[0] or (number == self.low[0] and not self.low[1])):
            return "small"
        if self.high and (number > self.high[0] or (number == self.high[0] and not self.high[1])):
            return "large"
        return ""


@dataclass(frozen=True)
class Section:
    """A mapping with fixed keys, and the model that declares it."""

    model: type[BaseModel]
    fields: dict[str, Shape]

    @property
    def required(self) -> tuple[str, ...]:
        """Keys that must be given."""
        declared = self.model.model_fields
        return tuple(name for name in self.fields if declared[name].is_required())


@dataclass(frozen=True)
class Keyed:
    """A mapping whose keys are names that the user chooses."""

    item: Shape


@dataclass(frozen=True)
class Choice:
    """A section of one of several kinds, distinguished by the value of one key, the tag."""

    tag: str
    options: dict[str, Section]

    def pick(self, tag: object) -> Section | None:
        """Give the section for a value of the key; None for a wrong value."""
        return self.options.get(tag) if isinstance(tag, str) else None


Shape = Leaf | Section | Keyed | Choice


@cache
def shape_of(model: type[BaseModel]) -> Section:
    """Give the shape of a whole file."""
    return _section(model)


def scenario_shape() -> Section:
    """Give the shape of a whole scenario."""
    return shape_of(Scenario)


def step_into(shape: Shape | None, step: str | int, tag: object = None) -> Shape | None:
    """Follow one step of a path."""
    if isinstance(shape, Choice):
        picked = shape.pick(tag)
        options = [picked] if picked else list(shape.options.values())
        return next((o.fields[str(step)] for o in options if step in o.fields), None)
    if isinstance(shape, Section):
        return shape.fields.get(str(step))
    if isinstance(shape, Keyed):
        return shape.item
    if isinstance(shape, Leaf) and isinstance(step, int):
        return shape.item
    return None


def tag_of(shape: Shape | None, data: Any) -> Any:
    """Give the tag of plain data: the value by which the kinds of a section are distinguished."""
    return data.get(shape.tag) if isinstance(shape, Choice) and isinstance(data, dict) else None


def tag_in(shape: Shape | None, node: Node) -> Any:
    """Give the tag of a tree."""
    tag = child(node, shape.tag) if isinstance(shape, Choice) else None
    return tag.value if tag is not None else None


def shape_at(path: Path, data: Any = None, root: Section | None = None) -> Shape | None:
    """Find the shape at a path of a scenario or of another file."""
    shape: Shape | None = root or scenario_shape()
    for step in path:
        shape = step_into(shape, step, tag_of(shape, data))
        data = data.get(step) if isinstance(data, dict) else None
    return shape


def example(shape: Shape | None) -> Any:
    """Give some right value; None where names that the user chooses belong."""
    if isinstance(shape, Leaf):
        return shape.example()
    if isinstance(shape, Section):
        return {name: example(shape.fields[name]) for name in shape.required}
    return example(next(iter(shape.options.values()))) if isinstance(shape, Choice) else None


def leaf_paths() -> Iterator[tuple[Path, Leaf]]:
    """Walk all leaves; ``*`` stands for a name that the user chooses."""
    yield from _leaves(scenario_shape(), ())


def _leaves(shape: Shape, path: Path) -> Iterator[tuple[Path, Leaf]]:
    if isinstance(shape, Leaf):
        yield path, shape
    elif isinstance(shape, Keyed):
        yield from _leaves(shape.item, (*path, "*"))
    elif isinstance(shape, Section):
        for name, inner in shape.fields.items():
            yield from _leaves(inner, (*path, name))
    else:
        for option in shape.options.values():
            yield from _leaves(option, path)


def _section(model: type[BaseModel]) -> Section:
    fields = model.model_fields
    return Section(model, {name: _of_field(field) for name, field in fields.items()})


def _of_field(field: FieldInfo) -> Shape:
    return _shape(field.annotation, field.metadata)


def _shape(annotation: Any, metadata: list[Any]) -> Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        tags = [m.discriminator for m in more if isinstance(m, FieldInfo) and m.discriminator]
        if tags:
            return _choice(str(tags[0]), get_args(inner))
        return _shape(inner, [*metadata, *_flat(more)])
    if origin in (Union, types.UnionType):
        return _union(get_args(annotation), metadata)
    if origin is dict:
        return Keyed(_shape(get_args(annotation)[1], []))
    if origin is list:
        return Leaf("list", item=_leaf(get_args(annotation)[0]))
    if origin is Literal:
        return Leaf("choice", choices=get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _section(annotation)
    return _number_or_text(annotation, metadata)


def _leaf(annotation: Any) -> Leaf:
    shape = _shape(annotation, [])
    if not isinstance(shape, Leaf):
        raise TypeError(f"a list of {annotation} is not read from scenario files")
    return shape


def _flat(metadata: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in metadata:
        flat += item.metadata if isinstance(item, FieldInfo) else [item]
    return flat


def _choice(tag: str, models: tuple[Any, ...]) -> Choice:
    options = {get_args(m.model_fields[tag].annotation)[0]: _section(m) for m in models}
    every = Leaf("choice", choices=tuple(options))
    return Choice(
        tag,
        {
            name: Section(option.model, {**option.fields, tag: every})
            for name, option in options.items()
        },
    )


def _union(members: tuple[Any, ...], metadata: list[Any]) -> Shape:
    shapes = [_shape(member, metadata) for member in members if member is not types.NoneType]
    first = shapes[0]
    if not isinstance(first, Leaf):
        return first
    choices = tuple(c for s in shapes[1:] if isinstance(s, Leaf) for c in s.choices)
    optional = types.NoneType in members
    return Leaf(first.kind, optional, first.low, first.high, first.choices + choices, first.item)


def _number_or_text(annotation: Any, metadata: list[Any]) -> Leaf:
    parsers = [m.func for m in metadata if isinstance(m, BeforeValidator)]
    kind = _KINDS[parsers[0] if parsers else annotation]
    low = high = None
    for bound in metadata:
        if isinstance(bound, Ge | Gt):
            inclusive = isinstance(bound, Ge)
            low = (float(bound.ge if isinstance(bound, Ge) else bound.gt), inclusive)  # type: ignore[arg-type]
        if isinstance(bound, Le | Lt):
            inclusive = isinstance(bound, Le)
            high = (float(bound.le if isinstance(bound, Le) else bound.lt), inclusive)  # type: ignore[arg-type]
    return Leaf(kind, low=low, high=high)


def _bound(leaf: Leaf, bound: tuple[float, bool] | None, words: tuple[str, str]) -> str:
    if bound is None:
        return ""
    value, inclusive = bound
    writer = WRITERS.get(leaf.kind)
    text = writer(value) if writer else _number(value)
    return f"{words[0] if inclusive else words[1]}{text}"


def _number(value: float) -> str:
    return f"{int(value)}" if value == int(value) else f"{value:g}"
