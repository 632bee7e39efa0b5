"""Join a scenario file with the files it extends and with ``--set`` options.

Mappings are merged, lists and scalars replace; a number without a range of its own keeps the
range of the one it replaces if it lies inside. Two things replace as a whole although they
are mappings: a trigger (or its condition) that is given by another of its alternatives than
the parent's, and an order whose action becomes one without some of the parameters that the
parent gives.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from pydantic import BaseModel

from sim import shipped
from sim.parameters import Condition, Losses, Timing, Trigger
from sim.scenario.places import Node, Path, Place, child, is_within, nearest_node
from sim.scenario.plausible import inherit_range, take_ranges
from sim.scenario.problems import (
    Problem,
    ScenarioError,
    dotted,
    list_names,
    nearest,
    one_line,
    show,
)
from sim.scenario.reading import read_file, tree_of_text
from sim.scenario.shape import (
    Choice,
    Keyed,
    Leaf,
    Section,
    Shape,
    leaf_paths,
    scenario_shape,
    step_into,
    tag_in,
)
from sim.scenario.yamltree import read_text

ALTERNATIVES: dict[type[BaseModel], tuple[str, ...]] = {
    Trigger: ("at", "after", "when", "decided"),
    Timing: ("at", "after"),
    Condition: ("own_killed", "rival_killed", "killed"),
    Losses: ("own_killed", "rival_killed", "killed"),
}
MAX_FILES = 20
_MANY = 3


@dataclass
class Chain:
    """A scenario file and its parents, the file itself first.

    ``trees`` hold what each file itself gives, without ``extends``, ``design`` and ``map``. Of the
    blocks ``design`` only the file's own counts, of the maps that of the nearest file. ``within``
    are the folders outside which no file is read; everywhere without any.
    """

    files: list[FilePath] = field(default_factory=list)
    trees: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    design: Node | None = None
    map: Node | None = None
    within: Sequence[FilePath] = ()

    def merged(self, first: int = 0) -> Node | None:
        """Merge the trees from one file on up to the last parent."""
        trees = self.trees[first:]
        if not trees:
            return None
        tree = trees[-1]
        for over in reversed(trees[:-1]):
            tree = merge(tree, over)
        return tree


def read_chain(
    path: FilePath, text: str | None = None, within: Sequence[FilePath] = (), quick: bool = False
) -> Chain:
    """Read a scenario file, or a text in its place, and every file that it extends, each once.

    ``quick`` is that of `read_text`.
    """
    chain = Chain(within=within)
    known: list[str] = []
    following: FilePath | None = path
    asked_at: Place | None = None
    try:
        while following is not None:
            if text is not None and following is path:
                tree, problems = tree_of_text(text, path)
            else:
                tree, problems = read_file(following, asked_at, quick=quick)
            chain.files.append(following)
            chain.problems += problems
            tree = take_ranges(tree, chain.problems)
            known.append(os.path.realpath(following))
            following, asked_at = _take_parent(chain, tree, known)
    except ScenarioError as error:
        raise ScenarioError([*chain.problems, *error.problems]) from None
    return chain


def _take_parent(
    chain: Chain, tree: Node, known: list[str]
) -> tuple[FilePath | None, Place | None]:
    entries = dict(tree.value)
    extends = entries.pop("extends", None)
    design = entries.pop("design", None)
    chain.design = chain.design if chain.trees else design
    outlines = entries.pop("map", None)
    chain.map = chain.map or outlines
    chain.trees.append(Node(entries, tree.place, None, tree.nodes, tree.depth))
    if extends is None:
        return None, None
    name = extends.value
    if not isinstance(name, str) or not name.strip():
        message = "needs the name of another scenario file"
        raise ScenarioError([Problem(extends.place, ("extends",), message, show(name))])
    if len(chain.files) == MAX_FILES:
        message = f"more than {MAX_FILES} files extend each other"
        raise ScenarioError([Problem(extends.place, ("extends",), message, show(name))])
    parent = shipped.parent(chain.files[-1], name)
    readable = "\0" not in name  # else reading it says what is wrong
    if readable and not is_within(parent, chain.within):
        message = "names a file outside the folder of this scenario"
        allowed = "a file in that folder or below it, or a shipped name"
        problem = Problem(extends.place, ("extends",), message, show(name), allowed)
        raise ScenarioError([problem])
    if readable and os.path.realpath(parent) in known:
        loop = " -> ".join(one_line(str(file)) for file in [*chain.files, parent])
        message = f"files extend each other in a loop: {loop}"
        raise ScenarioError([Problem(extends.place, ("extends",), message, show(name))])
    return parent, extends.place


def merge(base: Node, over: Node) -> Node:
    """Lay one tree over another; a value keeps its own place."""
    return _merge(base, over, scenario_shape())


def _merge(base: Node, over: Node, shape: Shape | None) -> Node:
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return inherit_range(base, over, shape)
    reason = _replaces(base, over, shape)
    if reason:
        return Node(over.value, over.place, over.key_place, over.nodes, over.depth, reason)
    tag = tag_in(shape, over) or tag_in(shape, base)
    entries = dict(base.value)
    for key, node in over.value.items():
        inner = step_into(shape, key, tag)
        entries[key] = _merge(entries[key], node, inner) if key in entries else node
    return Node(entries, over.place, over.key_place, note=over.note or base.note)


def _replaces(base: Node, over: Node, shape: Shape | None) -> str:
    """Say why a mapping replaces its parent's; empty when it does not."""
    if isinstance(shape, Section) and shape.model in ALTERNATIVES:
        names = ALTERNATIVES[shape.model]
        old, new = _given(base, names), _given(over, names)
        if old and new and old != new:
            return f"'{' and '.join(new)}' takes the place of the parent's '{' and '.join(old)}'"
    if isinstance(shape, Choice):
        old_tag, new_tag = tag_in(shape, base), tag_in(shape, over)
        before, after = shape.pick(old_tag), shape.pick(new_tag)
        lost = before.fields.keys() - after.fields if before and after else set()
        if lost & base.value.keys():
            return (
                f"the {shape.tag} changes from '{old_tag}' to '{new_tag}', which has other"
                " parameters, so the whole order must be given"
            )
    return ""


def _given(node: Node, names: Sequence[str]) -> list[str]:
    given = [(name, child(node, name)) for name in names]
    return [name for name, value in given if value is not None and value.value is not None]


def apply_overrides(tree: Node, overrides: Sequence[str]) -> tuple[Node, list[Problem]]:
    """Lay ``dotted.path=value`` texts over a scenario."""
    laid, problems = tree_of_overrides(tree, overrides)
    return (tree if laid is None else merge(tree, laid)), problems


def tree_of_overrides(tree: Node, overrides: Sequence[str]) -> tuple[Node | None, list[Problem]]:
    """Read ``dotted.path=value`` texts for a scenario; None without any that can be read."""
    problems: list[Problem] = []
    laid: Node | None = None
    for text in overrides:
        try:
            node = _override(tree, text, problems)
        except ScenarioError as error:
            problems += error.problems
        else:
            laid = node if laid is None else merge(laid, node)
    return laid, problems


def _override(tree: Node, text: str, problems: list[Problem]) -> Node:
    place = Place(f"--set {text}")
    dotted_path, equals, value_text = text.partition("=")
    path: Path = tuple(step.strip() for step in dotted_path.split("."))
    if not equals or not all(path):
        message = "needs dotted.path=value, such as deployment.reserve=30000"
        raise ScenarioError([Problem(place, (), message)])
    _check_path(tree, path, place)
    value, unreadable = read_text(value_text, place)
    problems += unreadable
    node = Node(value.value, place, place)
    for step in reversed(path):
        node = Node({step: node}, place, place)
    return take_ranges(node, problems)


def _check_path(tree: Node, path: Path, place: Place) -> None:
    shape: Shape | None = scenario_shape()
    for index, step in enumerate(path):
        node, exists = nearest_node(tree, path[: index + 1])
        known = _known_names(shape, node if not exists else None)
        if isinstance(shape, Leaf):
            raise _wrong_step(path[:index], shape, place)
        last = index == len(path) - 1
        if isinstance(shape, Keyed):
            if not exists and not last and _required(shape.item):
                raise _unknown(path[: index + 1], known, place)
        elif step_into(shape, step) is None:
            raise _unknown(path[: index + 1], known, place)
        shape = step_into(shape, step)


def _known_names(shape: Shape | None, node: Node | None) -> list[str]:
    if isinstance(shape, Section):
        return list(shape.fields)
    if isinstance(shape, Choice):
        return list(dict.fromkeys(name for o in shape.options.values() for name in o.fields))
    return list(node.value) if node is not None and isinstance(node.value, dict) else []


def _required(shape: Shape) -> bool:
    return isinstance(shape, Choice) or (isinstance(shape, Section) and bool(shape.required))


def _wrong_step(path: Path, shape: Leaf, place: Place) -> ScenarioError:
    what = "list" if shape.kind == "list" else "single value"
    message = f"is a {what} and is given as a whole: {dotted(path)}=..."
    return ScenarioError([Problem(place, path, message, allowed=shape.describe())])


def _unknown(path: Path, names: list[str], place: Place) -> ScenarioError:
    near = nearest(path[-1], names) or elsewhere(path)
    message = "unknown key"
    problem = Problem(place, path, message, show(path[-1]), list_names(names, near), near)
    return ScenarioError([problem])


def elsewhere(path: Path) -> str:
    """Find where else in a scenario a key belongs."""
    places = {other for other, _ in leaf_paths() if other[-1] == path[-1]}
    here = {other for other in places if other[0] == path[0]}
    deeper = here if all(len(other) > len(path) for other in here) else set()
    single = {other for other in places - here if "*" not in other}
    best = deeper or single or places - here
    names = sorted(".".join(str(step) for step in other) for other in best)
    return " or ".join(names) if len(names) <= _MANY else ""
