"""Scenario files, ``--set`` and ``--sweep`` become an ordered list of scenarios.

A sweep says what varies. Each list of values adds one dimension; the full grid over them is made
for each file. A variant is named after what was set and swept: ``<file stem>+<short
key>=<value>[+...]``, or how many values were set where these are many. All ranges together are
the design of each variant, whose points ``--design`` and ``--size`` choose.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from sim import shipped
from sim.scenario.designs import METHODS, short_keys
from sim.scenario.designs.block import block_of_options, read_range
from sim.scenario.loading import Loaded, load, with_design, with_design_of
from sim.scenario.places import Node, Place
from sim.scenario.problems import Problem, ScenarioError, list_names

MAX_SCENARIOS = 1_000
UNNAMED = "grid"
_UNSAFE = re.compile(r"[^A-Za-z0-9._=+,-]+")
_WORDS = ("title", "question", "label")
_MOST_NAMED, _LONGEST = 3, 80
_END = r"([0-9.]+[a-z]*)"
_DASHED = re.compile(rf"{_END} *(?:-|to) *{_END}")
_OPENING, _CLOSING, _QUOTES = "[{(", "]})", "\"'"


@dataclass(frozen=True)
class Sweep:
    """The dotted path of a parameter and its values, as written and in the order given.

    Of a range ``values`` holds its one text.
    """

    path: str
    values: tuple[str, ...]
    is_range: bool = False

    @property
    def text(self) -> str:
        """The sweep as it was written."""
        return f"{self.path}={','.join(self.values)}"


def expand(
    files: Sequence[str | Path],
    sets: Sequence[str] = (),
    sweeps: Sequence[str] = (),
    design: str = "",
    size: int | None = None,
) -> list[Loaded]:
    """Load every variant of every file, in order.

    ``design`` is a method; without one ranges are a grid, and a file keeps the design that it has.
    """
    asked, problems = _parse_all(sweeps)
    dimensions = [sweep for sweep in asked if not sweep.is_range]
    paths = [shipped.find(Path(file)) for file in files]
    _raise_any([*_same_stem(paths), *problems, *_same_path(asked, sets)])
    _raise_any(_too_many(dimensions, len(paths)))
    variants = [variant for file in paths for variant in _variants(file, sets, dimensions)]
    _raise_any(_same_name(variants))
    wrong: dict[Problem, None] = {}
    block = _block(design, size, [sweep.text for sweep in asked if sweep.is_range])
    loaded = [_load(variant, sets, block, wrong) for variant in variants]
    _raise_any(wrong)
    return [scenario for scenario in loaded if scenario is not None]


def _block(method: str, size: int | None, ranges: Sequence[str]) -> Node | None:
    """Write ranges and how they are sampled as a block ``design``; None without either."""
    if method or ranges:
        return block_of_options(method or UNNAMED, size, ranges)
    if size is None:
        return None
    message = f"needs --sweep PATH=A..B, or --design with a method: {list_names(METHODS)}"
    raise ScenarioError([Problem(Place(f"--size {size}"), (), message)])


def how_many(files: Sequence[str | Path], sweeps: Sequence[str]) -> int:
    """Count the scenarios that `expand` would load; ScenarioError where they are too many."""
    asked, _ = _parse_all(sweeps)
    _raise_any(_too_many(asked, len(files)))
    return len(files) * math.prod(len(sweep.values) for sweep in asked)


def parse_sweep(text: str) -> Sweep:
    """Read one ``path=a,b,c`` or ``path=a..b``."""
    path, equals, rest = (part.strip() for part in text.partition("="))
    values = split_values(rest)
    twice = [value for value, count in Counter(values).items() if count > 1]
    ranges = [value for value in values if read_range(value, Place(f"--sweep {text}"))]
    if not equals or not path:
        message = (
            "write a sweep as path=a,b,c or path=a..b, such as reprisal.half_life=12h,1d,2d"
            " or reprisal.half_life=12h..2d"
        )
    elif not rest:
        message = "no values; write a sweep as path=a,b,c or path=a..b"
    elif dashed := _DASHED.fullmatch(rest):
        message = f"write a range with two dots: {path}={dashed[1]}..{dashed[2]}"
    elif "" in values:
        message = f"value {values.index('') + 1} is empty; write '' for an empty text"
    elif twice:
        message = f"gives {twice[0]} twice"
    elif ranges and len(values) > 1:
        message = f"mixes values with a range; list all values, or give {ranges[0]} alone"
    elif path.rpartition(".")[2] in _WORDS:
        message = "changes words alone, so all its runs would be equal; sweep a number or a choice"
    else:
        return Sweep(path, tuple(values), bool(ranges))
    raise ScenarioError([_sweep_problem(text, message)])


def split_values(text: str) -> list[str]:
    """Split at commas outside brackets and quotes."""
    pieces, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in _QUOTES and (depth or not pieces[-1].strip()):
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth = max(0, depth - 1)
        if char == "," and not quote and not depth:
            pieces.append("")
        else:
            pieces[-1] += char
    return [piece.strip() for piece in pieces]


def variant_name(stem: str, keys: Iterable[str] = (), values: Iterable[str] = ()) -> str:
    """Name one variant of a file."""
    parts = [f"{key}={value}" for key, value in zip(keys, values, strict=True)]
    return _UNSAFE.sub("-", "+".join([stem, *parts]))


_Variant = tuple[Path, str, tuple[str, ...]]


def _variants(file: Path, sets: Sequence[str], sweeps: Sequence[Sweep]) -> list[_Variant]:
    given = dict(_parted(text) for text in sets)
    keys = short_keys([*given, *(sweep.path for sweep in sweeps)])
    set_keys, sweep_keys = keys[: len(given)], keys[len(given) :]
    stem = variant_name(file.stem, set_keys, given.values())
    if len(given) > _MOST_NAMED or len(stem) > _LONGEST:
        digest = hashlib.sha256("\n".join(sets).encode()).hexdigest()[:4]
        stem = variant_name(file.stem, ["set"], [f"{len(given)}-values-{digest}"])
    return [
        (
            file,
            variant_name(stem, sweep_keys, values),
            tuple(f"{sweep.path}={value}" for sweep, value in zip(sweeps, values, strict=True)),
        )
        for values in product(*(sweep.values for sweep in sweeps))
    ]


def _parted(text: str) -> tuple[str, str]:
    path, _, value = text.partition("=")
    return path.strip(), value.strip()


def _load(
    variant: _Variant, sets: Sequence[str], block: Node | None, problems: dict[Problem, None]
) -> Loaded | None:
    file, name, values = variant
    try:
        loaded = replace(load(file, (*sets, *values)), name=name)
        loaded = loaded if block is None else with_design(loaded, block)
        return _without_swept(loaded, {value.partition("=")[0] for value in values})
    except ScenarioError as error:
        problems.update(dict.fromkeys(_place_of_sweep(each, values) for each in error.problems))
        return None


def _without_swept(loaded: Loaded, swept: Container[str]) -> Loaded:
    """Take numbers whose values are listed out of a design that would vary them, too."""
    design = loaded.design
    kept = [n for n, each in enumerate(design.ranges) if each.path not in swept] if design else []
    if design is None or len(kept) == len(design.ranges):
        return loaded
    if not kept:
        path = design.ranges[0].path
        message = "is all that the design varies; drop the sweep, or the design"
        raise ScenarioError([Problem(Place(f"--sweep {path}"), (), message)])
    ranges = tuple(design.ranges[n] for n in kept)
    listed = tuple(design.listed[n] for n in kept) if design.listed else ()
    return with_design_of(loaded, replace(design, ranges=ranges, listed=listed))


def _place_of_sweep(problem: Problem, settings: Sequence[str]) -> Problem:
    """Say which sweep it was, and which of its values where the value is what is wrong."""
    for setting in settings:
        if problem.file == f"--set {setting}":
            path, _, value = setting.partition("=")
            told = setting if value in f"{problem.got} {problem.message}" else path
            return replace(problem, place=Place(f"--sweep {told}"))
    return problem


def _parse_all(sweeps: Sequence[str]) -> tuple[list[Sweep], list[Problem]]:
    parsed: list[Sweep] = []
    problems: list[Problem] = []
    for text in sweeps:
        try:
            parsed.append(parse_sweep(text))
        except ScenarioError as error:
            problems.extend(error.problems)
    return parsed, problems


def _same_stem(files: Sequence[Path]) -> Iterator[Problem]:
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(variant_name(file.stem), []).append(shipped.label(file))
    for name, same in by_name.items():
        if len(same) > 1:
            message = f"{same[1]} would be the scenario '{name}' too; rename or drop one of them"
            yield Problem(Place(same[0]), (), message)


def _too_many(sweeps: Sequence[Sweep], files: int) -> Iterator[Problem]:
    number = files * math.prod(len(sweep.values) for sweep in sweeps)
    if number > MAX_SCENARIOS:
        message = (
            f"makes {number:,} scenarios; the most are {MAX_SCENARIOS:,}. Many values are points of"
            " one scenario: --sweep PATH=A..B, or listed points in a file"
        )
        yield Problem(Place(" ".join(f"--sweep {sweep.path}=..." for sweep in sweeps)), (), message)


def _same_path(sweeps: Sequence[Sweep], sets: Sequence[str]) -> Iterator[Problem]:
    given = {text.partition("=")[0].strip() for text in sets}
    before: set[str] = set()
    for sweep in sweeps:
        if sweep.path in before:
            yield _sweep_problem(sweep.text, "swept before; put all its values into one --sweep")
        elif sweep.path in given and not sweep.is_range:  # a design may vary it around that value
            yield _sweep_problem(sweep.text, "given by --set as well; drop one of them")
        before.add(sweep.path)


def _same_name(variants: Sequence[_Variant]) -> Iterator[Problem]:
    first: dict[str, _Variant] = {}
    for variant in variants:
        file, name, values = variant
        other = first.setdefault(name, variant)
        if other is not variant:
            message = f"both {' '.join(other[2])} and {' '.join(values)} would be '{name}'"
            yield Problem(Place(str(file)), (), f"{message}; drop one of them")


def _sweep_problem(text: str, message: str) -> Problem:
    return Problem(Place(f"--sweep {text}"), (), message)


def _raise_any(problems: Iterable[Problem]) -> None:
    if wrong := list(problems):
        raise ScenarioError(wrong)
