"""What is wrong with a scenario, one line each, and the nearest right name."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sim.scenario.places import Path, Place

MAX_PROBLEMS = 100
_MANY_NAMES = 1000
_CUTOFF = 0.6
_NO_COLON = re.compile(
    r"(?P<key>[A-Za-z_][\w-]*)(?:(?P<colon>:)(?P<value>[^\s:/].*)|\s+(?P<other>[^\s:#].*)|)"
)
_LONGEST_VALUE = 60
_NAMES_SHOWN = 24
_NAMES_BESIDE_NEAREST = 8


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it was written, and how to put it right.

    ``steps`` is the path of the value, empty for the file as a whole; ``got`` is the value and
    ``allowed`` what would be right, both as shown to the reader; ``nearest`` is the nearest right
    name, or several joined by `` or ``.
    """

    place: Place
    steps: Path
    message: str
    got: str = ""
    allowed: str = ""
    nearest: str = ""

    @property
    def file(self) -> str:
        """The file, or the whole option for ``--set``."""
        return self.place.file

    @property
    def line(self) -> int | None:
        """Line from 1, or None."""
        return self.place.line

    @property
    def column(self) -> int | None:
        """Column from 1, or None."""
        return self.place.column

    @property
    def path(self) -> str:
        """Dotted path; empty for the file as a whole."""
        return dotted(self.steps)

    def __str__(self) -> str:
        path = f" {self.path}" if self.steps else ""
        return one_line(f"{self.place}{path}: {self.message}{self.details}")

    @property
    def details(self) -> str:
        """What was given, what is allowed and what is near, in brackets after a space."""
        parts = []
        if self.got:
            parts.append(f"got {self.got}")
        if self.allowed:
            parts.append(f"allowed {self.allowed}")
        if self.nearest:
            names = " or ".join(f"'{name}'" for name in self.nearest.split(" or "))
            parts.append(f"did you mean {names}?")
        return f" ({'; '.join(parts)})" if parts else ""


class ScenarioError(Exception):
    """A scenario that cannot be used, with all problems in order of place.

    ``str`` gives one line for each. Of more than `MAX_PROBLEMS` only the first are listed, and the
    last line says so.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = list(problems[:MAX_PROBLEMS])
        if len(problems) > MAX_PROBLEMS:
            message = f"there are more problems; these are {MAX_PROBLEMS} of them"
            self.problems.append(Problem(Place(problems[0].file), (), message))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def in_order(problems: Iterable[Problem], files: Sequence[str] = ()) -> list[Problem]:
    """Sort by file, in the order given, then by line and column; drop repetitions."""
    rank = {name: index for index, name in enumerate(files)}

    def key(problem: Problem) -> tuple[int, int, int]:
        order = rank.get(problem.file, len(rank))
        return order, problem.line or 0, problem.column or 0

    unique = {str(problem): problem for problem in problems}
    return sorted(unique.values(), key=key)


def dotted(path: Path) -> str:
    """Write a path with dots, a step that is no simple name in quotes."""
    return ".".join(_step(step) for step in path)


def _step(step: str | int, joints: str = "_-") -> str:
    text = str(step)
    simple = text and all(char.isalnum() or char in joints for char in text)
    return _shorten(text) if simple else f"'{_shorten(one_line(text))}'"


def show(value: Any) -> str:
    """Write a value the way a reader of the file knows it, on one short line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{_shorten(one_line(value))}'"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    return _shorten(str(value))


def one_line(text: str) -> str:
    """Escape what would break a line or cannot be printed."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def nearest(name: object, names: Iterable[str], most: int = 1) -> str:
    """Find the right name that a wrong one most resembles."""
    if not isinstance(name, str) or len(name) > 4 * _LONGEST_VALUE:
        return ""
    by_lower = {candidate.lower(): candidate for candidate in islice(names, _MANY_NAMES + 1)}
    if len(by_lower) > _MANY_NAMES:
        return ""
    matches = difflib.get_close_matches(name.lower(), by_lower, n=most, cutoff=_CUTOFF)
    return " or ".join(by_lower[each] for each in matches)


def colon_meant(line: str) -> str:
    """Say how a line that gives a key without a colon and a space is mended; empty where it isn't.

    Such as ``half_life:2d``, ``half_life 2d`` and ``reprisal`` alone.
    """
    found = _NO_COLON.fullmatch(line.strip())
    if found is None:
        return ""
    key, value = found["key"], found["value"] or found["other"] or ""
    value = value.removeprefix("=").lstrip()
    what = "a space after the colon" if found["colon"] else "a colon after the key"
    return f"; {what}: {one_line(f'{key}: {value}'.strip())}"


def list_names(names: Iterable[str], near: str = "") -> str:
    """List the right names, only the first few where one is near."""
    listed = [_step(name, "_-.") for name in names]
    limit = _NAMES_BESIDE_NEAREST if near else _NAMES_SHOWN
    if len(listed) <= limit:
        return ", ".join(listed) if listed else "none"
    return f"{', '.join(listed[:limit])} and {len(listed) - limit} more"
