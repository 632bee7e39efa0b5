"""Write plain data as YAML 1.2 text that the loader reads back to the same data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sim.scenario.places import plain_scalar
from sim.scenario.plausible import Ranged

_BARE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_INDENT = "  "


def write_yaml(data: dict[str, Any]) -> str:
    """Write a mapping in block style, lists in one line each."""
    return "".join(f"{line}\n" for line in _lines(data, ""))


def write_value(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Ranged):
        parts = (write_value(part) for part in (value.value, value.low, value.high))
        return "{} ({} to {})".format(*parts)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(write_value(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(k)}: {write_value(v)}' for k, v in value.items())}}}"
    return repr(value)


def _lines(data: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{_text(key)}:"
            yield from _lines(value, indent + _INDENT)
        else:
            yield f"{indent}{_text(key)}: {write_value(value)}"


def _text(text: str) -> str:
    if _LOCAL_TIME.fullmatch(text) or (_BARE.fullmatch(text) and _stays_text(text)):
        return text
    return f'"{"".join(_escape(char) for char in text)}"'


def _stays_text(text: str) -> bool:
    return isinstance(plain_scalar(text), str) and text not in ("...", "---")


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\U{ord(char):08X}" if ord(char) > 0xFFFF else f"\\u{ord(char):04X}"
