"""How the records and parts of a run are declared: once, and laid out from that."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.parameters.declare import Group, unit_of
from sim.world import World
from sim.world.calendar import tick_of

Array = NDArray[Any]
Role = Literal["table", "state", "pool", "room"]
KINDS: dict[Any, str] = {bool: "?", int: "i8", float: "f8", datetime: "i8"}


@dataclass(frozen=True)
class Field:
    """One field of a record: its numpy type, its value as a run starts, and what it means."""

    kind: str
    start: Any
    meaning: str


def given(kind: type, meaning: str, start: Callable[[World], Any]) -> Any:
    """Declare a field whose first values come from the world."""
    return Field(KINDS[kind], start, meaning)


def starts(value: float, meaning: str) -> Any:
    """Declare a field that has the same value in every record as a run starts."""
    return Field(KINDS[type(value)], value, meaning)


class Record:
    """A kind of record, declared as a class whose attributes are made by `given` and `starts`.

    ``holds=`` names groups of `sim.parameters`, or dataclasses of `sim.world`, whose numbers
    the record holds under their own names: durations in ticks, rates per hour, choices as their
    place in the list, local times as ticks. A duration that is null, or that a row does not
    have, is endless; a whole number or a time that is null is -1. ``rows=`` gives the group or
    dataclass, or several, of each record.
    """

    fields: ClassVar[dict[str, Field]]
    rows: ClassVar[Any] = None
    dtype: ClassVar[np.dtype[Any]]
    endless: ClassVar[frozenset[str]]

    def __init_subclass__(
        cls,
        holds: type | tuple[type, ...] = (),
        rows: Callable[[World], Iterable[Any]] | None = None,
        leave_out: tuple[str, ...] = (),
    ) -> None:
        cls.rows = rows if rows is None else staticmethod(rows)
        cls.fields = {name: f for name, f in vars(cls).items() if isinstance(f, Field)}
        kinds: dict[str, Any] = {}
        endless = set()
        for held in holds if isinstance(holds, tuple) else (holds,):
            kinds |= {n: kind for n, kind in numbers(held).items() if n not in leave_out}
            endless |= {name for name in kinds if is_duration(held, name)}
        kinds |= {name: field.kind for name, field in cls.fields.items()}
        cls.dtype = np.dtype(list(kinds.items()), align=True)
        cls.endless = frozenset(endless)

    @classmethod
    def lay_out(cls, world: World, number: int) -> Array:
        """Make the records of a world as a run starts; as many as it has rows, or `number`."""
        rows = None if cls.rows is None else list(cls.rows(world))
        made = np.zeros(number if rows is None else len(rows), cls.dtype)
        for name in cls.endless:
            made[name] = math.inf
        alike: dict[tuple[int, type], dict[int, Any]] = {}
        for place, row in enumerate(rows or ()):
            for part, held in enumerate(row if isinstance(row, tuple) else (row,)):
                alike.setdefault((part, type(held)), {})[place] = held
        for (_, held), them in sorted(alike.items(), key=lambda kind: kind[0][0]):
            fill(made, held, them, world)
        for name, field in cls.fields.items():
            made[name] = field.start(world) if callable(field.start) else field.start
        return made


def numbers(held: type) -> dict[str, Any]:
    """Numpy types of the numbers in a group of parameters or a dataclass, and in groups inside."""
    found: dict[str, Any] = {}
    for name, kind, _ in _fields(held):
        if isinstance(kind, type) and issubclass(kind, Group):
            if inner := numbers(kind):
                found[name] = np.dtype(list(inner.items()), align=True)
        elif get_origin(kind) is Literal:
            found[name] = "i8"
        elif kind in KINDS:
            found[name] = KINDS[kind]
    return found


def fill(into: Array, held: type, rows: Mapping[int, Any], world: World) -> None:
    """Write numbers of a group of parameters, or a dataclass, into the fields for them, by row."""
    known = into.dtype.names or ()
    for name, kind, duration in _fields(held):
        if name not in known:
            continue
        column = into[name]
        values = {
            row: value for row, each in rows.items() if (value := getattr(each, name)) is not None
        }
        if column.dtype.names:
            fill(column, kind, values, world)
            continue
        if column.dtype.kind == "i" and len(values) < len(rows):
            column[list(rows)] = -1
        if values and (convert := _held_as(kind, duration, world)):
            where = slice(None) if len(values) == len(column) else list(values)
            column[where] = [*map(convert, values.values())]


def _held_as(kind: Any, duration: bool, world: World) -> Callable[[Any], float] | None:
    """How a record holds a value of some kind, if it does."""
    if duration:
        return world.ticks
    if kind is datetime:
        return partial(tick_of, world.scenario, world.start)
    if get_origin(kind) is Literal:
        return get_args(kind).index
    return kind if kind in KINDS else None


def is_duration(held: type, name: str) -> bool:
    """Whether a field of a group of parameters is a duration."""
    info = getattr(held, "model_fields", {}).get(name)
    return info is not None and unit_of(info) == "duration"


@cache
def _fields(held: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name of each field of a group of parameters or a dataclass, its type, if a duration."""
    fields = getattr(held, "model_fields", {})
    found = {name: info.annotation for name, info in fields.items()}
    found |= get_type_hints(held) if is_dataclass(held) else {}
    return tuple((name, _plain(kind), is_duration(held, name)) for name, kind in found.items())


def _plain(annotation: Any) -> Any:
    """Strip what Annotated and a possible null add to a type."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        kinds = [_plain(kind) for kind in get_args(annotation) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else None
    return annotation


@dataclass(frozen=True)
class Part:
    """One part of a run: how it is laid out, and what becomes of it.

    A ``table`` is never written to. A ``state`` has its first value again whenever a run
    starts. A ``pool`` holds rows that are added one after the other, counted in ``now`` under
    the name of the part, at most ``per_tick`` of them in a tick. A ``room`` is for work within
    a tick: what it holds means nothing before it is written.
    """

    role: Role
    make: Callable[[World], Array]
    meaning: str
    record: type[Record] | None = None
    per_tick: Callable[[World], int] = lambda _: 0


def one(role: Role, record: type[Record]) -> Any:
    """Declare a record that stands alone."""
    return Part(role, lambda world: record.lay_out(world, 1).reshape(()), _text(record), record)


def records(role: Role, record: type[Record], number: Callable[[World], int] = lambda _: 0) -> Any:
    """Declare a list of records: one for each of its rows, or as many as `number` says."""
    return Part(role, lambda world: record.lay_out(world, number(world)), _text(record), record)


def pool(record: type[Record], per_tick: Callable[[World], int]) -> Any:
    """Declare a list of records that grows during a run."""
    return Part(
        "pool",
        lambda world: np.zeros(per_tick(world), record.dtype),
        _text(record),
        record,
        per_tick,
    )


def values(role: Role, kind: type, make: Callable[[World], Any], meaning: str) -> Any:
    """Declare an array of numbers; nothing that worlds share is held or written to."""
    return Part(role, lambda world: np.array(make(world), KINDS[kind], order="C"), meaning)


def parts_of(*declared: type) -> dict[str, Part]:
    """List the parts that classes declare, by name."""
    return {
        n: part for each in declared for n, part in vars(each).items() if isinstance(part, Part)
    }


def _text(record: type[Record]) -> str:
    return (record.__doc__ or "").partition("\n")[0]
