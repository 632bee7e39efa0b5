"""The table of all parameters, for the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.parameters.declare import unit_of
from sim.scenario.places import Path
from sim.scenario.shape import WRITERS, Keyed, Leaf, Section, Shape, scenario_shape
from sim.scenario.writing import write_value

REQUIRED = "(required)"


@dataclass(frozen=True)
class Parameter:
    """One row of the parameter table, as text.

    In ``path``, ``*`` stands for a name that the user chooses. ``bounds`` are a range or choices,
    empty when any value will do; ``default`` is ``(required)`` where there is none, and empty for
    the values of a mapping keyed by the user's names. ``only`` lists the actions of an order that
    have the parameter; it is empty when it does not depend on one.
    """

    path: str
    type: str
    unit: str
    bounds: str
    default: str
    source: str
    role: str
    description: str
    only: tuple[str, ...] = ()


def parameters_table() -> list[Parameter]:
    """List every parameter in the order of declaration; one that several actions share, once."""
    rows: dict[str, Parameter] = {}
    for row in _section_rows(scenario_shape(), (), None):
        known = rows.get(row.path)
        rows[row.path] = replace(row, only=known.only + row.only) if known else row
    return list(rows.values())


def _section_rows(
    section: Section, path: Path, given: BaseModel | None, only: tuple[str, ...] = ()
) -> Iterator[Parameter]:
    for name, shape in section.fields.items():
        field = section.model.model_fields[name]
        default = _default(field) if given is None else getattr(given, name)
        yield from _rows(shape, (*path, name), field, default, only)


def _rows(
    shape: Shape, path: Path, field: FieldInfo, default: Any, only: tuple[str, ...]
) -> Iterator[Parameter]:
    if isinstance(shape, Leaf):
        yield _row(shape, path, field, default, only)
    elif isinstance(shape, Section):
        given = default if isinstance(default, BaseModel) else None
        yield from _section_rows(shape, path, given, only)
    elif isinstance(shape, Keyed):
        yield from _rows(shape.item, (*path, "*"), field, None, only)
    else:
        for name, option in shape.options.items():
            yield from _section_rows(option, path, None, (name,))


def _row(
    leaf: Leaf, path: Path, field: FieldInfo, default: Any, only: tuple[str, ...]
) -> Parameter:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    choices = " or ".join(leaf.choices)
    return Parameter(
        path=".".join(str(step) for step in path),
        type=_type(leaf),
        unit=unit_of(field),
        bounds=leaf.bounds() or (leaf.item.bounds() if leaf.item else choices),
        default="" if path[-1] == "*" else _text(default, leaf),
        source=str(extra.get("source", "")),
        role=str(extra.get("role", "")),
        description=field.description or "",
        only=only,
    )


def _type(leaf: Leaf) -> str:
    if leaf.item is None:
        return leaf.kind + (" or null" if leaf.optional else "")
    listed = f"list of {leaf.item.kind}"
    return " or ".join([*(f"'{choice}'" for choice in leaf.choices), listed])


def _default(field: FieldInfo) -> Any:
    if field.is_required():
        return ...
    return field.get_default(call_default_factory=True)


def _text(default: Any, leaf: Leaf) -> str:
    if default is ...:
        return REQUIRED
    if isinstance(default, float) and leaf.kind in WRITERS:
        return WRITERS[leaf.kind](default)
    return write_value(default)
