"""Build a tree of values with places from YAML text, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from sim.scenario.places import Node, Path, Place, plain_scalar
from sim.scenario.problems import (
    MAX_PROBLEMS,
    Problem,
    ScenarioError,
    nearest,
    one_line,
    show,
)
from sim.scenario.yamlmend import mend

MAX_DEPTH = 40
MAX_NODES = 50_000

# What could move a terminal's cursor, and what XML forbids; tabs and line breaks are text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CURL = "[\u201c-\u201e\u2018\u2019\u00ab\u00bb]"
_CURLY = re.compile(f"{_CURL}.*{_CURL}")
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


def read_text(text: str, place: Place, quick: bool = False) -> tuple[Node, list[Problem]]:
    """Read one YAML document.

    ``quick`` is for what this program wrote: libyaml parses it in a tenth of the time, but takes
    some texts for YAML that are not. Where it is missing or refuses a text, only time is lost.
    """
    if quick:
        try:
            return _read(_quick_events(text), place)
        except (ImportError, AttributeError, _QuickError):
            pass
    return _read(_events(text), place, text)


def _read(events: Iterator[Any], place: Place, text: str = "") -> tuple[Node, list[Problem]]:
    builder = _Builder(events, place)
    try:
        root = builder.document()
    except YAMLError as error:
        raise ScenarioError([*builder.problems, _syntax_problem(error, text, place)]) from None
    except ScenarioError as error:
        raise ScenarioError([*builder.problems, *error.problems]) from None
    return root, builder.problems


def place_at(text: str, index: int, file: str) -> Place:
    """Find the line and column of a character."""
    before = text[:index]
    return Place(file, before.count("\n") + 1, index - before.rfind("\n"))


def _syntax_problem(error: YAMLError, text: str, place: Place) -> Problem:
    message = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = ""
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if mark is not None and place.line is not None:
            line, column, hint = mend(error, text)
            place = Place(place.file, line, column)
        if error.context:
            message = f"{message} {error.context}"
    elif place.line is not None and isinstance(error, ReaderError):
        place = place_at(text, error.position, place.file)
    hint = "indent with spaces, not tabs" if "'\\t'" in message else hint
    # What the parser expected says nothing to who can be told what to type.
    return Problem(place, (), f"is not valid YAML: {one_line(hint or message)}")


class _QuickError(Exception):
    """The quick parser cannot read a text."""


class _Builder:
    """Builds the tree of one document from the events of a parser, which are told by name."""

    def __init__(self, events: Iterator[Any], place: Place) -> None:
        self.problems: list[Problem] = []
        self._place = place
        self._events = events
        self._anchors: dict[str, Node | None] = {}

    def document(self) -> Node:
        self._expect("StreamStartEvent")
        event = next(self._events)
        if _is(event, "StreamEndEvent"):
            return Node(None, self._place)
        if event.version not in (None, (1, 2)):
            number = ".".join(str(part) for part in event.version)
            self._note(event, (), "only YAML 1.2 is read", f"%YAML {number}")
        root = self._node(next(self._events), (), 1)
        self._expect("DocumentEndEvent")
        event = next(self._events)
        if _is(event, "DocumentStartEvent"):
            raise self._fail(event, (), "a second document starts here; a file holds one")
        return root

    def _expect(self, kind: str) -> None:
        event = next(self._events)
        if not _is(event, kind):
            raise YAMLError(f"unexpected {type(event).__name__}")

    def _node(self, event: Any, path: Path, depth: int) -> Node:
        if _is(event, "AliasEvent"):
            return self._alias(event, path)
        if _is(event, "ScalarEvent"):
            node = self._scalar(event, path)
        elif depth > MAX_DEPTH:
            raise self._fail(event, path, f"is nested deeper than {MAX_DEPTH} levels")
        else:
            self._remember(event, None)
            build = self._mapping if _is(event, "MappingStartEvent") else self._sequence
            node = build(event, path, depth)
        self._check_size(event, path, node)
        self._remember(event, node)
        return node

    def _remember(self, event: Any, node: Node | None) -> None:
        if event.anchor:
            self._anchors[event.anchor] = node

    def _alias(self, event: Any, path: Path) -> Node:
        name = show(event.anchor)
        if event.anchor not in self._anchors:
            near = nearest(event.anchor, self._anchors)
            quotes = "" if near else "; put a text that begins with * in quotes"
            message = f"names an anchor that is not there{quotes}"
            raise self._fail(event, path, message, name, near)
        node = self._anchors[event.anchor]
        if node is None:
            raise self._fail(event, path, "stands inside the anchor that it names", name)
        return node

    def _check_size(self, event: Any, path: Path, node: Node) -> None:
        if node.depth > MAX_DEPTH:
            raise self._fail(event, path, f"is nested deeper than {MAX_DEPTH} levels")
        if node.nodes > MAX_NODES:
            raise self._fail(
                event, path, f"holds more than {MAX_NODES:_} values once aliases are written out"
            )

    def _sequence(self, event: Any, path: Path, depth: int) -> Node:
        self._check_tag(event, path, "seq")
        items: list[Node] = []
        total = 1
        following = next(self._events)
        while not _is(following, "SequenceEndEvent"):
            items.append(self._node(following, (*path, len(items)), depth + 1))
            total += items[-1].nodes
            self._check_size(event, path, Node(None, self._place, nodes=total))
            following = next(self._events)
        deepest = max((item.depth for item in items), default=0)
        return Node(items, self._at(event), nodes=total, depth=deepest + 1)

    def _mapping(self, event: Any, path: Path, depth: int) -> Node:
        self._check_tag(event, path, "map")
        entries: dict[str, Node] = {}
        merged: list[Node] = []
        last: Node | None = None
        total = 1
        following = next(self._events)
        while not _is(following, "MappingEndEvent"):
            key = self._key(following, path, depth, last)
            into = (*path, key) if key is not None else path
            given = next(self._events)
            value = last = self._node(given, into, depth + 1)
            if _is_nothing(given):
                # The parser finds it where the next key begins, in a line that is right.
                value = replace(value, place=self._at(following))
            total += value.nodes
            self._check_size(event, path, Node(None, self._place, nodes=total))
            if _is_merge_key(following):
                merged += self._merge_sources(following, value, path)
            elif key is not None:
                self._enter(entries, key, value, following, path)
            following = next(self._events)
        for source in merged:
            for key, value in source.value.items():
                entries.setdefault(key, value)
        nodes = 1 + sum(entry.nodes for entry in entries.values())
        deepest = max((entry.depth for entry in entries.values()), default=0)
        return Node(entries, self._at(event), nodes=nodes, depth=deepest + 1)

    def _enter(
        self, entries: dict[str, Node], key: str, value: Node, event: Any, path: Path
    ) -> None:
        if key in entries:
            first = entries[key].name_place
            where = f"; first in line {first.line}" if first.line is not None else ""
            self._note(event, (*path, key), f"is given twice{where}", f"'{one_line(key)}'")
            return
        entries[key] = Node(
            value.value, value.place, self._at(event), value.nodes, value.depth, value.note
        )

    def _key(self, event: Any, path: Path, depth: int, before: Node | None) -> str | None:
        node = self._node(event, path, depth)
        if isinstance(node.value, str):
            if node.value.startswith("\u00a0"):
                message = "begins with a space that does not break; indent with plain spaces"
                raise self._fail(event, path, message, show(node.value))
            return node.value
        message = "a key must be text; put it in quotes"
        if type(node.value) is int and before is not None and type(before.value) is int:
            message = f"a number has a point, not a comma; write {before.value}.{event.value}"
        self._note(event, path, message, show(node.value))
        return None

    def _merge_sources(self, event: Any, value: Node, path: Path) -> list[Node]:
        sources = value.value if isinstance(value.value, list) else [value]
        if all(isinstance(source.value, dict) for source in sources):
            return list(sources)
        self._note(event, (*path, "<<"), "needs a mapping or a list of mappings", show(value.value))
        return []

    def _joined(self, event: Any, path: Path, text: str) -> str:
        """Join surrogate pairs: JSON writes a character such as a smiley as two escapes."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            problem = "holds half a surrogate pair, which is no text"
            raise self._fail(event, path, problem) from None

    def _scalar(self, event: Any, path: Path) -> Node:
        text = event.value
        if any("\ud800" <= char <= "\udfff" for char in text):
            text = self._joined(event, path, text)
        control = _CONTROL.search(text)
        if control:
            message = "holds a control character, which is no text"
            raise self._fail(event, path, message, f"U+{ord(control[0]):04X}")
        is_plain = event.tag is None and not event.style
        if is_plain and _CURLY.fullmatch(text):
            straight = f'"{text[1:-1]}"'
            self._note(event, path, f"is in curly quotes; write {straight}", f"{one_line(text)}")
        value = plain_scalar(text) if is_plain else text
        name = self._check_tag(event, path, "str", *_SCALAR_TAGS)
        if name in _SCALAR_TAGS:
            value = plain_scalar(text)
            if not isinstance(value, _SCALAR_TAGS[name]) or (name != "bool" and value is True):
                self._note(event, path, f"is no {name}", f"'{one_line(text)}'")
            elif isinstance(value, int) and name == "float":
                value = float(value)
        return Node(value, self._at(event))

    def _check_tag(self, event: Any, path: Path, *names: str) -> str:
        tag = event.tag
        if tag in (None, "!"):
            return ""
        name = str(tag).removeprefix(_CORE)
        if tag == _CORE + name and name in names:
            return name
        shown = "!!" + name if str(tag).startswith(_CORE) else str(tag)
        self._note(event, path, "a tag is not allowed here", one_line(shown))
        return ""

    def _at(self, event: Any) -> Place:
        if self._place.line is None:
            return self._place
        return Place(self._place.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, event: Any, path: Path, message: str, got: str = "") -> None:
        self.problems.append(Problem(self._at(event), path, message, got))
        if len(self.problems) > MAX_PROBLEMS:
            raise ScenarioError([])

    def _fail(
        self, event: Any, path: Path, message: str, got: str = "", near: str = ""
    ) -> ScenarioError:
        return ScenarioError([Problem(self._at(event), path, message, got, nearest=near)])


def _events(text: str) -> Iterator[Any]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError:
        raise
    except RecursionError:
        raise YAMLError(f"it is nested deeper than {MAX_DEPTH} levels") from None
    except Exception as error:
        # The parser lets Python's own errors out for some malformed texts.
        raise YAMLError(f"{type(error).__name__} in the YAML parser: {error}") from None


def _quick_events(text: str) -> Iterator[Any]:
    import yaml

    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise _QuickError from error


def _is(event: Any, kind: str) -> bool:
    return type(event).__name__ == kind


def _is_nothing(event: Any) -> bool:
    return _is_plain(event) and event.value == "" and not event.anchor


def _is_merge_key(event: Any) -> bool:
    return _is_plain(event) and bool(event.value == "<<")


def _is_plain(event: Any) -> bool:
    return _is(event, "ScalarEvent") and event.tag is None and not event.style
