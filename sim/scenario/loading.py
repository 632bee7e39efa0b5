"""Scenario files: load one, say everything that is wrong with it, write it out, compare.

``load`` and ``load_text`` are the only ways from YAML to a `sim.parameters.Scenario`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim import shipped
from sim.parameters import Scenario
from sim.scenario.blame import blamed
from sim.scenario.checking import check
from sim.scenario.designs.block import read_design
from sim.scenario.designs.design import BLOCK, Design, write_count
from sim.scenario.designs.numbers import Numbers
from sim.scenario.inheritance import (
    Chain,
    apply_overrides,
    merge,
    read_chain,
    tree_of_overrides,
)
from sim.scenario.outlines import KEY as MAP
from sim.scenario.outlines import Outlines, read_outlines
from sim.scenario.places import Node, Place, nearest_node, plain_data, tree_of
from sim.scenario.plausible import Ends, Ranged, ranges_of, with_ranges
from sim.scenario.problems import Problem, ScenarioError, dotted, in_order, one_line
from sim.scenario.reading import MAX_BYTES
from sim.scenario.references import check_references
from sim.scenario.shape import Leaf
from sim.scenario.writing import write_value, write_yaml
from sim.scenario.yamltree import MAX_NODES

HASH_LENGTH = 16
ABSENT = "(not there)"
Folders = Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A scenario, checked and complete.

    Parameters
    ----------
    name : str
        Stem of the file's name.
    scenario : Scenario
        The scenario.
    resolved : dict
        The same as plain JSON data with every default filled in; durations and local times
        are text.
    digest : str
        SHA-256 of the resolved data, in hex, and of the design where there is one. It
        depends on nothing but the values: not on the name, on comments, on ranges, on the order
        of keys or on how a duration is written.
    path : pathlib.Path or None
        The file; None when there is none.
    parents : tuple of pathlib.Path
        Files that it extends, nearest first.
    overrides : tuple of str
        The ``dotted.path=value`` texts laid over it.
    design : Design or None
        The points at which it is run; None for the scenario alone.
    ranges : dict of str to (object, object)
        Plausible range of each number that the files give one, by dotted path; ends as in
        ``resolved``.
    outlines : Outlines or None
        The map that it or a file that it extends names, for figures.
    """

    name: str
    scenario: Scenario
    resolved: dict[str, Any]
    digest: str
    path: Path | None = None
    parents: tuple[Path, ...] = ()
    overrides: tuple[str, ...] = ()
    design: Design | None = None
    ranges: dict[str, Ends] = field(default_factory=dict)
    outlines: Outlines | None = field(default=None, repr=False)
    _tree: Node | None = field(default=None, repr=False)
    _base: Node | None = field(default=None, repr=False)

    @property
    def hash(self) -> str:
        """First 16 hex digits of the digest."""
        return self.digest[:HASH_LENGTH]

    @property
    def unknown(self) -> dict[str, Ends]:
        """Of the ranges, those of numbers that stand as they were written beside them."""
        return {} if self._tree is None else ranges_of(self._tree, replaced=False)

    @property
    def numbers(self) -> Numbers:
        """The numbers that a design can vary."""
        return Numbers(self.scenario, self.resolved, self.ranges)

    @property
    def points(self) -> int:
        """Points at which it is run; 1 for the scenario alone."""
        return self.design.points if self.design else 1

    @property
    def complete(self) -> dict[str, Any]:
        """The resolved data with the block ``design``, where there is one."""
        return self.resolved | ({BLOCK: self.design.spec} if self.design else {})


def load(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    within: Folders = (),
    quick: bool = False,
) -> Loaded:
    """Load a scenario file with everything that it extends.

    Parameters
    ----------
    path : path
        The YAML file, or the name of a shipped scenario, see `sim.shipped.find`.
    overrides : sequence of str
        ``dotted.path=value`` texts laid over the file, as after ``--set``.
    within : sequence of path
        Folders outside which nothing that the file names is read, beside that of the shipped
        scenarios; links are followed first. Any file may be named without them.
    quick : bool
        The file was written by `dump`, whose YAML a quicker parser reads.

    Returns
    -------
    Loaded
        The checked scenario.

    Raises
    ------
    ScenarioError
        With all problems of the file, its parents and the overrides, in order of place.
    """
    file = shipped.find(Path(path))
    return _completed(read_chain(file, None, _folders(within), quick), file, overrides)


def load_text(text: str, path: str | os.PathLike[str], *, within: Folders = ()) -> Loaded:
    """Check a text as if it stood in a file.

    Parameters
    ----------
    text : str
        The YAML text.
    path : path
        Where it would stand: what it extends is looked for from there, problems name it, and its
        stem is the scenario's name. Nothing needs to be there, and nothing there is read.
    within : sequence of path
        As for `load`.

    Returns
    -------
    Loaded
        The checked scenario.

    Raises
    ------
    ScenarioError
        As from `load`.
    """
    return _completed(read_chain(Path(path), text, _folders(within)), Path(path))


def _folders(within: Folders) -> list[Path]:
    return [*map(Path, within), shipped.folder()] if within else []


def with_values(loaded: Loaded, values: Mapping[str, Any]) -> Loaded:
    """Give a scenario other values.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    values : mapping of str to object
        New values by dotted path, as ``--set`` takes them. A number for a time counts hours after
        the start of the run, one for a duration hours, one for a rate how many an hour; text is
        taken as a file has it.

    Returns
    -------
    Loaded
        The scenario with these values laid over it, under the same name.

    Raises
    ------
    ScenarioError
        Where a path leads nowhere, or the scenario is not valid so.
    """
    leaves = loaded.numbers.leaves
    texts = [
        f"{path}={_written(loaded, leaves.get(path), value)}" for path, value in values.items()
    ]
    assert loaded._tree is not None
    tree, problems = apply_overrides(loaded._tree, texts)
    scenario, wrong = check(tree, Scenario, check_references)
    if problems or wrong or scenario is None:
        raise ScenarioError(in_order([*problems, *wrong]))
    resolved = scenario.model_dump(mode="json")
    return replace(
        loaded,
        scenario=scenario,
        resolved=resolved,
        digest=_digest(resolved),
        overrides=(*loaded.overrides, *texts),
        design=None,
        ranges=ranges_of(tree),
        _tree=tree,
    )


def _written(loaded: Loaded, leaf: Leaf | None, value: Any) -> str:
    if leaf is None or isinstance(value, str | bool):
        return write_value(value)
    return write_value(write_count(leaf.kind, float(value), loaded.scenario.clock.start))


def _completed(chain: Chain, file: Path, overrides: Sequence[str] = ()) -> Loaded:
    """Check a chain of files with the overrides laid over it."""
    own = chain.merged() or Node({}, Place(str(file)))
    base = chain.merged(1) if len(chain.files) > 1 else own
    laid, wrong_overrides = tree_of_overrides(own, overrides)
    tree = own if laid is None else merge(own, laid)
    scenario, problems = check(tree, Scenario, check_references)
    problems = blamed(chain, laid, problems)
    outlines, wrong_map = _map(chain, scenario)
    problems = [*chain.problems, *wrong_overrides, *problems, *wrong_map]
    if problems or scenario is None:
        raise ScenarioError(in_order(problems, [str(name) for name in chain.files]))
    resolved = scenario.model_dump(mode="json")
    loaded = Loaded(
        name=file.stem,
        scenario=scenario,
        resolved=resolved,
        digest=_digest(resolved),
        path=file,
        parents=tuple(chain.files[1:]),
        overrides=tuple(overrides),
        ranges=ranges_of(tree),
        outlines=outlines,
        _tree=tree,
        _base=base,
    )
    _refuse_what_cannot_be_stored(loaded)
    return loaded if chain.design is None else with_design(loaded, chain.design)


def _map(chain: Chain, scenario: Scenario | None) -> tuple[Outlines | None, list[Problem]]:
    """Read the map that a chain of files names, once the scenario itself is right."""
    if chain.map is None or chain.map.value is None or scenario is None:
        return None, []
    labels = {key: province.label for key, province in scenario.provinces.items()}
    return read_outlines(chain.map, labels, chain.within)


def with_design(loaded: Loaded, block: Node) -> Loaded:
    """Give a scenario a design, in place of the one it has."""
    design, problems = read_design(block, loaded.numbers)
    if design is None:
        raise ScenarioError(in_order(problems))
    return with_design_of(loaded, design)


def with_design_of(loaded: Loaded, design: Design) -> Loaded:
    """Give a scenario a design that was checked against it before."""
    digest = _digest(loaded.resolved | {BLOCK: design.spec})
    return replace(loaded, design=design, digest=digest)


def _refuse_what_cannot_be_stored(loaded: Loaded) -> None:
    """Refuse a scenario whose file, every value written out, `load` would not read."""
    values, size = sum(1 for _ in _values(loaded.resolved)), len(dump(loaded).encode())
    if values > MAX_NODES or size > MAX_BYTES:
        message = (
            f"with every value written out it has {values:,} values and {size:,} bytes;"
            f" the most are {MAX_NODES:,} and {MAX_BYTES:,}"
        )
        raise ScenarioError([Problem(Place(str(loaded.path)), (), message)])


def _values(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _values(inner)


def from_resolved(name: str, resolved: Mapping[str, Any]) -> Loaded:
    """Rebuild a scenario from its resolved data, such as a results folder holds."""
    place = Place(f"scenario {name}")
    tree = tree_of(dict(resolved), place)
    scenario, problems = check(tree, Scenario, check_references)
    if scenario is None:
        raise ScenarioError(in_order(problems))
    complete = scenario.model_dump(mode="json")
    return Loaded(name, scenario, complete, _digest(complete), _tree=tree)


def dump(loaded: Loaded, map_file: str = "") -> str:
    """Write a resolved scenario as a YAML file that needs no other and has the same hash.

    Its map is named only where ``map_file`` says in which file beside it the outlines are.
    """
    lines = [f"# Scenario {one_line(loaded.name)} with every value written out."]
    if loaded.parents:
        names = ", ".join(one_line(parent.name) for parent in loaded.parents)
        lines.append(f"# It extends {names}.")
    lines += [f"# Changed by --set {one_line(text)}" for text in loaded.overrides]
    lines.append(f"# Hash: {loaded.hash}")
    if map_file:
        lines += ["", f"{MAP}: {write_value(map_file)}"]
    elif loaded.outlines is not None:
        lines.append(f"# Map: {one_line(loaded.outlines.file.name)}, left out here")
    return "\n".join([*lines, "", write_yaml(with_ranges(loaded.complete, loaded.ranges))])


def diff(loaded: Loaded) -> list[str]:
    """Say what a scenario changes, against its parent or, without one, its own file.

    Each line has a dotted path, the parent's value, the own value and where it was written, and
    ranges where these differ. Only overrides differ in a scenario without a parent.
    """
    if loaded._base is None or loaded._tree is None:
        return []
    parent, _ = check(loaded._base, Scenario, check_references)
    before = parent.model_dump(mode="json") if parent else plain_data(loaded._base)
    before = with_ranges(before, ranges_of(loaded._base))
    changes = _changes(before, with_ranges(loaded.resolved, loaded.ranges))
    return [f"{line}  ({_where(loaded._tree, path)})" for path, line in changes]


def diff_between(first: Loaded, second: Loaded) -> list[str]:
    """Say in which values two scenarios differ: dotted path, first value, second value."""
    return [line for _, line in _changes(first.complete, second.complete)]


def _without_equal_ranges(sides: list[Any]) -> list[Any]:
    """Leave out the ranges of two values where they are the same."""
    ends = {(side.low, side.high) for side in sides if isinstance(side, Ranged)}
    if len(ends) == 1 and all(isinstance(side, Ranged) for side in sides):
        return [side.value for side in sides]
    return sides


def _digest(resolved: dict[str, Any]) -> str:
    text = json.dumps(resolved, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _flat(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if not isinstance(value, dict) or not value:
        return {path: value}
    flat: dict[tuple[str, ...], Any] = {}
    for key, inner in value.items():
        flat |= _flat(inner, (*path, key))
    return flat


def _changes(before: Any, after: Any) -> list[tuple[tuple[str, ...], str]]:
    old, new = _flat(before), _flat(after)
    changes = []
    for path in dict.fromkeys((*new, *old)):
        sides = _without_equal_ranges([side.get(path, ABSENT) for side in (old, new)])
        values = [side if side is ABSENT else write_value(side) for side in sides]
        if values[0] != values[1]:
            changes.append((path, f"{dotted(path)}: {values[0]} -> {values[1]}"))
    return changes


def _where(tree: Node, path: tuple[str, ...]) -> str:
    place = nearest_node(tree, path)[0].place
    return place.file if place.line is None else f"{place.file}:{place.line}"
