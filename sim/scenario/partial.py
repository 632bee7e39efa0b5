"""A scenario with holes, so that references are checked although other values are wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sim.scenario.places import Path
from sim.scenario.shape import Choice, Keyed, Leaf, Section, Shape, scenario_shape
from sim.units import parse_duration, parse_local_time, parse_rate

_PARSERS = {"duration": parse_duration, "rate": parse_rate, "local time": parse_local_time}


def partial_scenario(
    data: dict[str, Any], invalid: frozenset[Path], root: Section | None = None
) -> Any:
    """Build what can be built of a scenario or of another file."""
    return _Filler(invalid).fill(root or scenario_shape(), data, ())


class _Filler:
    def __init__(self, invalid: frozenset[Path]) -> None:
        self._invalid = invalid
        self._around = {path[:end] for path in invalid for end in range(len(path) + 1)}

    def fill(self, shape: Shape, data: Any, path: Path) -> Any:
        if path in self._invalid:
            return None
        if isinstance(shape, Leaf):
            return None if path in self._around else _read(shape, data)
        if not isinstance(data, dict):
            return None
        if isinstance(shape, Keyed):
            return {key: self.fill(shape.item, v, (*path, key)) for key, v in data.items()}
        if isinstance(shape, Choice):
            picked = shape.pick(data.get(shape.tag))
            return self._section(picked, data, path) if picked else None
        return self._section(shape, data, path)

    def _section(self, section: Section, data: dict[str, Any], path: Path) -> Any:
        values = {
            name: self.fill(inner, data[name], (*path, name))
            if name in data
            else _default(section, name)
            for name, inner in section.fields.items()
        }
        return SimpleNamespace(**values)


def _read(leaf: Leaf, value: Any) -> Any:
    parser = _PARSERS.get(leaf.kind)
    return parser(value) if parser and value is not None else value


def _default(section: Section, name: str) -> Any:
    field = section.model.model_fields[name]
    if field.is_required():
        return None
    inner = section.fields[name]
    default = field.get_default(call_default_factory=True)
    return _read(inner, default) if isinstance(inner, Leaf) else default
