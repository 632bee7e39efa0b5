"""JSON Schema of scenario files, so that editors complete and check them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sim.parameters import Scenario
from sim.scenario.designs.block import Block
from sim.scenario.designs.design import BLOCK
from sim.scenario.outlines import KEY as MAP
from sim.scenario.shape import FIXED
from sim.units import DURATION_PATTERN, RATE_PATTERN

_NUMBERS = {
    "number": r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
    "integer": r"[-+]?[0-9][0-9_]*",
}
_DROPPED = ("title", "unit", "source", "role", "ge", "gt", "le", "lt", "discriminator")


_FILE = {"type": "string", "examples": ["maps/iraq.geojson"]}
_MAP = {
    "description": "GeoJSON file with the outlines of the provinces, for figures; relative to this"
    " file, or a shipped one. 'property' holds the names of its features, 'province' when left out;"
    " 'names' says how provinces are called there where neither key nor label is.",
    "anyOf": [
        _FILE,
        {
            "type": "object",
            "properties": {
                "file": _FILE,
                "property": {"type": "string"},
                "names": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["file"],
            "additionalProperties": False,
        },
    ],
}


def json_schema(partial: bool = False) -> dict[str, Any]:
    """Export the schema of scenario files, in JSON Schema 2020-12.

    A ``partial`` one is for files that extend another: no key is required but ``extends``.
    """
    schema: dict[str, Any] = _cleaned(Scenario.model_json_schema())
    clock = schema["$defs"][FIXED.title()]
    fixed = deepcopy(clock)
    _take_ranges(schema)
    clock.update(fixed)
    schema["properties"][MAP] = deepcopy(_MAP)
    schema["properties"][BLOCK] = _cleaned(Block.model_json_schema())
    if partial:
        _loosen(schema)
        extends = {
            "type": "string",
            "description": "File that this one extends, relative to this file; or a shipped name.",
            "examples": ["iraq-2022.yaml"],
        }
        schema["properties"] = {"extends": extends, **schema["properties"]}
        schema["required"] = ["extends"]
    return schema


def _take_ranges(node: Any) -> None:
    """Let a number, duration or rate carry its range; not one in a list."""
    if isinstance(node, list):
        for inner in node:
            _take_ranges(inner)
    if not isinstance(node, dict):
        return
    kind, pattern = node.get("type"), node.get("pattern")
    if kind in _NUMBERS:
        node["type"] = [kind, "string"]
        node["pattern"] = f"^{_NUMBERS[kind]}{_range(_NUMBERS[kind])}$"
    elif kind == "string" and pattern in (DURATION_PATTERN, RATE_PATTERN):
        bare = pattern.removeprefix("^").removesuffix("$")
        node["pattern"] = f"^{bare}(?:{_range(bare)})?$"
    for key, inner in node.items():
        if key != "items":
            _take_ranges(inner)


def _range(end: str) -> str:
    return rf"\s*\(\s*{end}\s+to\s+{end}\s*\)"


def _cleaned(node: Any, *, names: bool = False) -> Any:
    """Fold what editors do not show into the descriptions.

    ``names`` tells a mapping of the user's property names from a schema.
    """
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {name: _cleaned(inner) for name, inner in node.items()}
    cleaned = {
        key: _cleaned(value, names=key in ("properties", "$defs", "patternProperties"))
        for key, value in node.items()
        if key not in _DROPPED
    }
    if "source" in node:
        cleaned["description"] = _description(node)
    if "patternProperties" in cleaned:
        cleaned["additionalProperties"] = False
    return cleaned


def _description(node: dict[str, Any]) -> str:
    units = [inner["unit"] for inner in (node, *node.get("anyOf", ())) if "unit" in inner]
    facts = [f"Unit: {unit}." for unit in units[:1]]
    facts.append(f"Source: {node['source']}.")
    facts.append(f"Role: {node['role']}.")
    return " ".join([node.get("description", ""), *facts])


def _loosen(node: Any) -> None:
    """Require nothing; an order of which one key is given may be of several kinds."""
    if isinstance(node, dict):
        if isinstance(node.get("required"), list):
            del node["required"]
        if "oneOf" in node:
            node["anyOf"] = node.pop("oneOf")
        for inner in node.values():
            _loosen(inner)
    elif isinstance(node, list):
        for inner in node:
            _loosen(inner)
