"""Check a file's tree against its models and say what is wrong in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.parameters import Scenario
from sim.scenario.findings import Finding, locate
from sim.scenario.inheritance import elsewhere
from sim.scenario.places import Node, Path, child, nearest_node, plain_data, plain_scalar
from sim.scenario.problems import (
    MAX_PROBLEMS,
    Problem,
    colon_meant,
    list_names,
    nearest,
    one_line,
    show,
)
from sim.scenario.shape import (
    Choice,
    Keyed,
    Leaf,
    Section,
    Shape,
    example,
    shape_at,
    shape_of,
    step_into,
)
from sim.units import parse_local_time

_KEY_MARK = "[key]"
_ABSENT = ("missing", "union_tag_not_found")
_TAG_ERRORS = ("union_tag_invalid", "union_tag_not_found")
_MAPPING_TYPES = ("model_type", "model_attributes_type", "dict_type")
_SWITCH_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_TOO_SMALL = ("greater_than", "greater_than_equal")
_TOO_LARGE = ("less_than", "less_than_equal")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[ '_][0-9]{3})+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ ',_](?=[0-9])")
_OTHER_WORDS = {
    "name": ("title", "label"),
    "description": ("question",),
    "parent": ("extends",),
    "base": ("extends",),
    "date": ("at",),
    "time": ("at",),
    "when": ("at",),
    "rate": ("background_rate", "attack_rate"),
    "size": ("fighters",),
}
_KEY_RULE = "lower-case letters, digits and _, a letter first, at most 40 in all"

Model = TypeVar("Model", bound=BaseModel)
Located = list[tuple[Path, ErrorDetails]]


def check(
    tree: Node, model: type[Model], meaning: Callable[[Model], Iterable[Finding]]
) -> tuple[Model | None, list[Problem]]:
    """Check a file in two stages; give what it says, or None and what is wrong.

    First come types and bounds. Only where all are right, ``meaning`` checks the values against
    each other; beside wrong ones nothing but misspelt names is reported.
    """
    data = plain_data(tree)
    valid, errors = _validated(data, model)
    if valid is not None:
        findings = locate(meaning(valid), tree)
        return (None if findings else valid), findings
    root = shape_of(model)
    errors += _errors_behind_wrong_tags(data, errors, root)
    located = _merge_alternatives([(_data_path(e, tree, root), e) for e in errors], data)
    located = located[: MAX_PROBLEMS + 1]
    problems = [_problem(path, error, tree, data, root) for path, error in located]
    mended, _ = _validated(_mended(data, located, root), model)
    names = meaning(mended) if mended is not None else ()
    wrong = {path for path, _ in located}
    misspelt = (name for name in names if name.misspelt and not wrong & _read_for(name))
    return None, [*problems, *locate(misspelt, tree)]


def _validated(data: Any, model: type[Model]) -> tuple[Model | None, list[ErrorDetails]]:
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _read_for(finding: Finding) -> set[Path]:
    """List the places that a finding is about: the value, unless it is its key, and all around."""
    last = len(finding.path) - finding.at_key
    return {finding.path[:end] for end in range(1, last + 1)}


def _mended(data: Any, located: Located, root: Section) -> Any:
    """Put the nearest right key, choice or else some right value in the place of each wrong one."""
    data = deepcopy(data)
    for path, error in sorted(located, key=lambda each: each[1]["type"] != "extra_forbidden"):
        key, absent = path[-1], error["type"] in _ABSENT
        try:
            holder = _value_at(data, path[:-1])
            value = None if absent else holder[key]
        except (KeyError, IndexError, TypeError):
            continue  # what is around it was mended before, and has no such place any more
        shape = shape_at(path, data, root)
        if error["type"] == "extra_forbidden":
            del holder[key]
            near = nearest(key, _keys_at(path[:-1], data, root))
            if near:
                holder.setdefault(near, value)
        elif absent:
            holder.setdefault(key, example(shape))
        else:
            choices = shape.choices if isinstance(shape, Leaf) else ()
            holder[key] = nearest(value, choices) or example(shape)
    return data


def _errors_behind_wrong_tags(
    data: Any, errors: list[ErrorDetails], root: Section
) -> list[ErrorDetails]:
    """Check the rest of an order whose action is misspelt as if it were the nearest one."""
    wrong: Located = []
    for error in errors[: MAX_PROBLEMS + 1]:
        path = (*error["loc"], _tag(error)) if error["type"] == "union_tag_invalid" else ()
        shape = shape_at(path, root=root)
        if isinstance(shape, Leaf) and nearest(_value_at(data, path), shape.choices):
            wrong.append((path, error))
    if not wrong:
        return []
    _, behind = _validated(_mended(data, wrong, root), root.model)
    entries = [path[:-1] for path, _ in wrong]
    return [error for error in behind if error["loc"][:2] in entries]


def _tag(error: ErrorDetails) -> str:
    return str(error["ctx"]["discriminator"]).strip("'")


def _data_path(error: ErrorDetails, tree: Node, root: Section) -> Path:
    """Drop the steps of a pydantic location that are not in the data."""
    node: Node = tree
    shape: Shape | None = root
    path: Path = ()
    steps = [step for step in error["loc"] if step != _KEY_MARK]
    for step in steps:
        if isinstance(shape, Choice) and step in shape.options:
            shape = shape.options[str(step)]
            continue
        following = child(node, step)
        if following is not None:
            path, node, shape = (*path, step), following, step_into(shape, step)
    if error["type"] == "missing":
        return (*path, steps[-1])
    if error["type"] in _TAG_ERRORS:
        return (*path, _tag(error))
    return path


def _merge_alternatives(located: Located, data: Any) -> Located:
    """Keep one error for a value that may be a name or a list and is neither."""

    def is_other(path: Path, error: ErrorDetails) -> bool:
        branch = str(error["loc"][-1]) if error["loc"] else ""
        if branch.startswith("literal["):
            return isinstance(_value_at(data, path), list)
        return error["type"] == "list_type" and "list[" in branch

    return [(path, error) for path, error in located if not is_other(path, error)]


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _problem(path: Path, error: ErrorDetails, tree: Node, data: Any, root: Section) -> Problem:
    node, exists = nearest_node(tree, path)
    value = plain_data(node) if exists else None
    shape = shape_at(path, data, root)
    kind = error["type"]
    if _KEY_MARK in error["loc"]:
        return _bad_key(path, node)
    if kind == "extra_forbidden":
        return _unknown_key(path, node, data, root)
    if kind in _ABSENT:
        return _missing(path, tree, shape, root)
    message, allowed, near = _words(error, value, shape)
    got = "nothing" if value is None else show(value)
    return Problem(node.place, path, message, got, allowed, near)


def _bad_key(path: Path, node: Node) -> Problem:
    name = str(path[-1])
    better = "".join(char if char.isascii() and char.isalnum() else "_" for char in name.lower())
    better = better.strip("_")[:40]
    near = better if better[:1].isalpha() and better != name else ""
    return Problem(node.name_place, path, "is no usable name", show(name), _KEY_RULE, near)


def _unknown_key(path: Path, node: Node, data: Any, root: Section) -> Problem:
    shape, names = shape_at(path[:-1], data, root), _keys_at(path[:-1], data, root)
    message = "unknown key"
    if isinstance(shape, Choice):
        tag = _value_at(data, path[:-1]).get(shape.tag)
        message = f"unknown key for the {shape.tag} {show(tag)}"
    spread = _spread(path, node, data, root)
    if spread:
        return Problem(node.name_place, path, f"unknown key; {spread}", show(path[-1]))
    near = _nearest_key(path[-1], names) or (elsewhere(path) if root.model is Scenario else "")
    return Problem(node.name_place, path, message, show(path[-1]), list_names(names, near), near)


def _spread(path: Path, node: Node, data: Any, root: Section) -> str:
    """Say how a path with dots is written in a file; empty where it leads nowhere."""
    steps = str(path[-1]).split(".")
    inner = (*path[:-1], *steps)
    if len(steps) < 2 or not all(steps) or shape_at(inner, data, root) is None:
        return ""
    value = "..." if isinstance(node.value, dict | list) else str(node.value)
    written = f"{': {'.join(steps)}: {value}{'}' * (len(steps) - 1)}"
    return one_line(f"a path with dots is for --set; write {written}")


def _nearest_key(key: str | int, names: Sequence[str]) -> str:
    """Find the nearest key, also by a word that many use for it."""
    near = nearest(key, names)
    if near:
        return near
    word = nearest(key, _OTHER_WORDS)
    return next((name for name in _OTHER_WORDS.get(word, ()) if name in names), "")


def _keys_at(path: Path, data: Any, root: Section) -> list[str]:
    """List the keys of the section at a path."""
    shape = shape_at(path, data, root)
    if isinstance(shape, Choice):
        shape = shape.pick(_value_at(data, path).get(shape.tag))
    return list(shape.fields) if isinstance(shape, Section) else []


def _missing(path: Path, tree: Node, shape: Shape | None, root: Section) -> Problem:
    holder, _ = nearest_node(tree, path[:-1])
    message = "is missing"
    if holder.note:
        message = f"is missing: {holder.note}"
    elif len(path) == 1 and root.model is Scenario:
        message = "is missing; extend a scenario that has it, such as 'extends: two-groups'"
    allowed = _described(shape)
    near = _near_sibling(path, tree, root)
    return Problem(holder.name_place, path, message, "", allowed, near)


def _near_sibling(path: Path, tree: Node, root: Section) -> str:
    """Find the inherited name that a new, incomplete entry was probably meant to be."""
    near = ""
    if isinstance(shape_at(path[:-2], root=root), Keyed):
        mapping, _ = nearest_node(tree, path[:-2])
        own = mapping.value[path[-2]].name_place.file
        others = [k for k, node in mapping.value.items() if node.name_place.file != own]
        near = nearest(path[-2], others)
    return ".".join(str(step) for step in (*path[:-2], near)) if near else ""


def _described(shape: Shape | None) -> str:
    if isinstance(shape, Leaf):
        return shape.describe()
    return "a mapping" if shape is not None else ""


def _words(error: ErrorDetails, value: Any, shape: Shape | None) -> tuple[str, str, str]:
    """Give the message, what is allowed and the nearest right name."""
    kind = error["type"]
    context = error.get("ctx", {})
    leaf = shape if isinstance(shape, Leaf) else Leaf("value")
    if kind == "value_error":
        return str(context["error"]), leaf.bounds(), ""
    if kind in _TOO_SMALL:
        return "is too small", leaf.bounds(), ""
    if kind in _TOO_LARGE:
        return "is too large", leaf.bounds(), ""
    if kind == "finite_number":
        return "needs a finite number", leaf.bounds(), ""
    if kind in _MAPPING_TYPES:
        return _needs_mapping(value, shape)
    if kind in ("literal_error", "union_tag_invalid"):
        return _not_a_choice(value, leaf)
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        return _wrong_length(kind, context), "", ""
    return _needs_kind(value, leaf)


def _needs_mapping(value: Any, shape: Shape | None) -> tuple[str, str, str]:
    hint = ""
    if isinstance(shape, Keyed):
        hint = "; write {} for none" if value is None else "; write a line 'name: value' for each"
    if isinstance(value, list) and value:
        hint = "; leave out the dashes or brackets"
    if isinstance(shape, Section):
        key = re.split(r"[:\s]", value, maxsplit=1)[0] if isinstance(value, str) else ""
        meant = colon_meant(value) if key in shape.fields else ""
        if next(iter(shape.fields), "") == "at" and _is_time(value):
            meant = f"; write {{at: {value}}}"
        elif value is None:
            meant = "; indent the lines that belong to it"
        return f"needs a mapping{meant or hint}", list_names(shape.fields), ""
    return f"needs a mapping{hint}", "", ""


def _is_time(value: Any) -> bool:
    try:
        return bool(parse_local_time(value))
    except ValueError:
        return False


def _not_a_choice(value: Any, leaf: Leaf) -> tuple[str, str, str]:
    near = nearest(value, leaf.choices)
    allowed = leaf.describe() if leaf.item else list_names(leaf.choices, near)
    listed = leaf.item and isinstance(value, str) and value.isidentifier() and not near
    hint = f"; write a list as [{value}]" if listed else ""
    return f"is not one of the choices{hint}", allowed, near


def _wrong_length(kind: str, context: dict[str, Any]) -> str:
    short = kind.endswith("short")
    limit = context["min_length" if short else "max_length"]
    things = "character" if kind.startswith("string") else "value"
    words = "at least" if short else "at most"
    return f"needs {words} {limit} {things}{'s' if limit != 1 else ''}"


def _needs_kind(value: Any, leaf: Leaf) -> tuple[str, str, str]:
    message = f"needs {_article(leaf.kind)}"
    near = _SWITCH_WORDS.get(value.lower(), "") if isinstance(value, str) else ""
    if leaf.kind == "text" and isinstance(value, bool | int | float):
        message += "; put it in quotes"
    elif isinstance(value, str) and _kind_of(plain_scalar(value)) in leaf.kind:
        message += "; write it without quotes"
    elif isinstance(value, str) and leaf.kind in ("number", "whole number"):
        message += _number_meant(value, leaf)
    elif leaf.kind == "whole number" and isinstance(value, float) and value.is_integer():
        message += f"; write {int(value)}"
    return message, leaf.bounds(), near if leaf.kind == "true or false" else ""


def _number_meant(text: str, leaf: Leaf) -> str:
    """Guess a number from ``80%``, ``0,2`` or ``20 000``; empty for no guess."""
    plain = text.strip()
    share = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    if leaf.kind == "whole number" or _THOUSANDS.fullmatch(plain):
        plain = _BETWEEN_DIGITS.sub("", plain)
    value = plain_scalar(plain.replace(",", ".", 1))
    if _kind_of(value) != "number":
        return ""
    number = value / 100 if share else value
    return f"; write {int(number) if number == int(number) else f'{number:.10g}'}"


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "number" if isinstance(value, int | float) else "text"


def _article(kind: str) -> str:
    return kind if kind in ("text", "true or false") else f"a {kind}"
