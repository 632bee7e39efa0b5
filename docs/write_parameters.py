"""Write docs/parameters.md from the declarations in sim.parameters: ``make docs``."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.parameters import Scenario
from sim.units import format_duration, format_rate

PAGE = Path(__file__).with_name("parameters.md")
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
UNIONS = (Union, types.UnionType)
INTRODUCTION = """\
# Parameters of a scenario file

Written by `make docs` from `sim/parameters.py`, where each parameter is declared once. A row
without a role is a group of parameters with a section of its own. A duration is a number with a
unit (`6h`, `1.2d`, `1d12h`; s, min, h, d, w), a rate a number per unit (`0.5/d`), a time is local
and written `2022-08-30T13:30`. `*` stands for a name that you choose. Roles: a *constant* is
held, an *uncertainty* is not ours to choose, a *lever* is something an actor could choose
otherwise.
"""


def page() -> str:
    """Write the page.

    Returns
    -------
    str
        Markdown.
    """
    places: dict[type[BaseModel], dict[str, None]] = {}
    for model, place in _walk(Scenario, ""):
        places.setdefault(model, {})[place] = None
    return "\n".join([INTRODUCTION, *(_section(model, list(at)) for model, at in places.items())])


def _walk(model: type[BaseModel], place: str) -> Iterator[tuple[type[BaseModel], str]]:
    yield model, place
    for name, info in model.model_fields.items():
        inside = f"{place}.{name}".lstrip(".")
        for child, step in _children(info.annotation):
            yield from _walk(child, inside + step)


def _children(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    elif get_origin(annotation) is dict:
        for child, step in _children(get_args(annotation)[1]):
            yield child, f".*{step}"
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _children(part)


def _section(model: type[BaseModel], places: list[str]) -> str:
    action = model.model_fields.get("action")
    heading = ", ".join(f"`{place}`" for place in places if place) or "The whole file"
    heading += f" with `action: {_literals(action.annotation)[0]}`" if action else ""
    rows = [_row(name, info) for name, info in model.model_fields.items()]
    return "\n".join(
        [
            f"## {heading}\n",
            f"{(model.__doc__ or '').strip()}\n",
            "| parameter | unit | default | allowed | role | source | meaning |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _row(name: str, info: FieldInfo) -> str:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    is_group = any(_children(info.annotation))
    cells = [
        f"`{name}`",
        "" if is_group else str(extra["unit"]),
        _default(info),
        _allowed(info),
        "" if is_group else str(extra["role"]),
        "" if is_group else str(extra["source"]),
        info.description or "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        pairs = value.model_dump(mode="json").items() if _differs(value) else ()
        return ", ".join(f"`{key}: {inner}`" for key, inner in pairs) or "as below"
    if value is None or value in ({}, [], ""):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _differs(value: BaseModel) -> bool:
    return any(field.is_required() for field in type(value).model_fields.values())


def _allowed(info: FieldInfo) -> str:
    choices = _literals(info.annotation)
    if choices:
        more = ["a list"] if list in map(get_origin, get_args(info.annotation)) else []
        return ", ".join([f"`{choice}`" for choice in choices] + more)
    written = [
        text.format(_bound(getattr(constraint, key), info))
        for constraint in info.metadata
        for key, text in BOUNDS.items()
        if hasattr(constraint, key)
    ]
    return ", ".join(written)


def _literals(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    parts = get_args(annotation) if get_origin(annotation) in UNIONS else ()
    return [choice for part in parts for choice in _literals(part)]


def _bound(bound: float, info: FieldInfo) -> str:
    unit = info.json_schema_extra["unit"] if isinstance(info.json_schema_extra, dict) else "-"
    if unit == "duration":
        return format_duration(bound)
    return format_rate(bound) if unit == "per day" else f"{bound:,.10g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
