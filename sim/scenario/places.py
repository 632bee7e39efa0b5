"""Values of a YAML text together with the file, line and column they were written at.

The text is read by ruamel.yaml's pure YAML 1.2 parser; the tree is built here from its
events, so that every value keeps its place and nothing but plain data can come out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: a file, or the whole option for ``--set``, with line and column.

    Both count from 1, and are None when there is no line to point at.
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.line is None:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place: a scalar, a list of nodes, or a dict of nodes by key.

    ``nodes`` counts the values in it, itself and every alias written out included, ``depth`` its
    levels of nesting. ``note`` is what a reader needs to know when something in it is missing.
    ``range`` is its plausible range, see `sim.scenario.plausible`; it was written beside another
    value where ``replaced`` is set.
    """

    value: Any
    place: Place
    key_place: Place | None = None
    nodes: int = 1
    depth: int = 1
    note: str = ""
    range: tuple[Any, Any] | None = None
    replaced: bool = False

    @property
    def name_place(self) -> Place:
        """Where to point for the value as a whole: its key, else the value."""
        return self.key_place or self.place


Path = tuple[str | int, ...]


def is_within(file: FilePath, folders: Sequence[FilePath]) -> bool:
    """Tell whether a file lies below one of some folders, links followed; yes without folders."""
    place = FilePath(os.path.realpath(file))
    return not folders or any(place.is_relative_to(folder.resolve()) for folder in folders)


_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float("inf") for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **{"-" + word: float("-inf") for word in (".inf", ".Inf", ".INF")},
}
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_INTEGER = re.compile(rf"[-+]?{_DIGITS}")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(rf"[-+]?(?:\.[0-9]+|{_DIGITS}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400


def plain_scalar(text: str) -> Any:
    """Read an unquoted scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return text


def plain_data(node: Node) -> Any:
    """Give the value of a node as plain data, without places."""
    if isinstance(node.value, dict):
        return {key: plain_data(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain_data(child) for child in node.value]
    return node.value


def tree_of(value: Any, place: Place) -> Node:
    """Give plain data as a tree, all of it at one place."""
    if isinstance(value, dict):
        return Node({key: tree_of(inner, place) for key, inner in value.items()}, place)
    if isinstance(value, list):
        return Node([tree_of(inner, place) for inner in value], place)
    return Node(value, place)


def child(node: Node, step: str | int) -> Node | None:
    """Give one value of a mapping or list."""
    value = node.value
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        item: Node = value[step]
        return item
    return None


def nearest_node(node: Node, path: Path) -> tuple[Node, bool]:
    """Follow a path as far as the tree goes."""
    for step in path:
        following = child(node, step)
        if following is None:
            return node, False
        node = following
    return node, True
