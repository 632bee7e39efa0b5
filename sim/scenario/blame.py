"""Find what in a file makes values wrong that it inherits, and say it at that place.

A value can be right in the file that gives it and wrong in one that extends it: a group without
rivals is still named by its orders. What is wrong was then made so by the file that was asked for,
or by ``--set``, and is mended there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from sim.parameters import Scenario
from sim.scenario.checking import check
from sim.scenario.inheritance import Chain, merge
from sim.scenario.places import Node, Path, nearest_node, plain_data
from sim.scenario.problems import Problem, show
from sim.scenario.references import check_references
from sim.scenario.writing import write_value

_MOST_TRIED = 40
_ALL_SHOWN = 2
_SHORT = 4
Key = tuple[Path, str]


def blamed(chain: Chain, laid: Node | None, problems: Sequence[Problem]) -> list[Problem]:
    """Move each problem that a later layer made to that layer; of one cause they become one.

    ``laid`` is the tree of ``--set`` options.
    """
    layers = [*([] if laid is None else [laid]), *chain.trees]
    left = list(problems)
    moved: list[Problem] = []
    for place in reversed(range(len(layers) - 1)):
        base = _merged(layers[place + 1 :])
        own = _sources(layers[place])
        foreign = [each for each in left if each.steps and each.file not in own]
        if not foreign:
            continue
        known = _keys(_problems(base))
        made = [each for each in foreign if _key(each) not in known]
        there = _keys(_problems(merge(base, layers[place])))
        made = [each for each in made if _key(each) in there]
        left = [each for each in left if each not in made]
        moved += _at_their_cause(base, layers[place], made)
    return [*left, *moved]


def _at_their_cause(base: Node, over: Node, made: Sequence[Problem]) -> Iterator[Problem]:
    causes: dict[Path, list[Problem]] = {}
    tried = {path: _problems_without(base, over, path) for path in _parts(over)} if made else {}
    before = _keys(_problems(merge(base, over)))
    for problem in made:
        mending = [
            path
            for path, left in tried.items()
            if _key(problem) not in left and left <= before  # what is new is missing something
        ]
        if mending:
            causes.setdefault(_cause(mending), []).append(problem)
        else:
            yield problem
    for path, follow in causes.items():
        yield _told(base, over, path, follow)


def _told(base: Node, over: Node, path: Path, follow: Sequence[Problem]) -> Problem:
    node, _ = nearest_node(over, path)
    inherited, exists = nearest_node(base, path)
    told = len(follow) if len(follow) <= _ALL_SHOWN else 1  # of many one is an example
    shown = "; ".join(
        f"{each.path} ({each.place}) {each.message}{each.details}" for each in follow[:told]
    )
    if len(follow) > told:
        shown += f"; and {len(follow) - told} more, such as {follow[told].path}"
    what = "a value" if len(follow) == 1 else f"{len(follow)} values"
    those = "that one" if len(follow) == 1 else "those"
    kept = exists and not isinstance(inherited.value, dict)
    keep = f", or keep {_shown(inherited)} here" if kept else ", or leave this out"
    message = f"makes {what} wrong that it inherits: {shown}; change {those} here too{keep}"
    return Problem(node.name_place, path, message, _shown(node))


def _shown(node: Node) -> str:
    value = plain_data(node)
    return write_value(value) if isinstance(value, list) and len(value) <= _SHORT else show(value)


def _cause(mending: Sequence[Path]) -> Path:
    """Name one place: the only one, what several share, or else the first."""
    if len(mending) == 1:
        return mending[0]
    columns = takewhile(lambda steps: len(set(steps)) == 1, zip(*mending, strict=False))
    shared = tuple(steps[0] for steps in columns)
    return shared if len(shared) > 1 else mending[0]


def _parts(over: Node) -> list[Path]:
    """List what could be left out: single values, then the mappings that hold them."""
    leaves = list(islice(_leaves(over, ()), _MOST_TRIED))
    longest = max(map(len, leaves), default=0)
    mappings = [path[:end] for end in range(longest - 1, 0, -1) for path in leaves]
    return list(dict.fromkeys([*leaves, *(path for path in mappings if path)]))[:_MOST_TRIED]


def _leaves(node: Node, path: Path) -> Iterator[Path]:
    if isinstance(node.value, dict) and node.value:
        for key, inner in node.value.items():
            yield from _leaves(inner, (*path, key))
    elif path:
        yield path


def _problems_without(base: Node, over: Node, path: Path) -> set[Key]:
    return _keys(_problems(merge(base, _without(over, path))))


def _without(node: Node, path: Path) -> Node:
    entries = dict(node.value)
    step, *rest = path
    if rest:
        entries[str(step)] = _without(entries[str(step)], tuple(rest))
    else:
        del entries[str(step)]
    return replace(node, value=entries)


def _merged(layers: Sequence[Node]) -> Node:
    tree = layers[-1]
    for over in reversed(layers[:-1]):
        tree = merge(tree, over)
    return tree


def _sources(node: Node) -> set[str]:
    found = {node.place.file}
    if isinstance(node.value, dict):
        found = found.union(*map(_sources, node.value.values()))
    return found


def _problems(tree: Node) -> list[Problem]:
    return check(tree, Scenario, check_references)[1]


def _keys(problems: Iterable[Problem]) -> set[Key]:
    return {*map(_key, problems)}


def _key(problem: Problem) -> Key:
    return problem.steps, problem.message
