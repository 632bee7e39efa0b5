"""Scenarios that differ in one number, or in two, as points of a response curve or surface."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import tables, uncertainty
from analysis.arrays import Floats
from analysis.explore.designs import points_of
from analysis.frames import Frames, LoadError, by_scenario
from sim.scenario.designs import LISTED, Range
from sim.scenario.designs.design import write_count
from sim.scenario.designs.numbers import Numbers
from sim.scenario.shape import FIXED

if TYPE_CHECKING:
    from sim.scenario import Loaded

FEWEST, FEWEST_EACH = 3, 2
GRID = "grid"
_WORDS = ("title", "question")


@dataclass(frozen=True)
class Swept:
    """A number that scenarios differ in, as `sim.scenario.designs.Range` counts it."""

    path: str
    kind: str
    start: datetime

    def write(self, value: float, digits: int = 9) -> str:
        """Write a value as a scenario file has it."""
        if self.kind == "duration" and digits < 9:
            return f"{value / 24:.{digits}g}d" if value >= 48 else f"{value:.{digits}g}h"
        number = value if self.kind == "local time" else float(f"{value:.{digits}g}")
        written = write_count(self.kind, number, self.start)
        return written if isinstance(written, str) else f"{written:.{digits}g}"


@dataclass(frozen=True, eq=False)
class Response:
    """Runs at several values of one number, or at all combinations of values of two.

    ``values`` has one row per point and one column per number, in ascending order. ``names`` are
    the scenarios at the points; of a design all are the same one. ``runs`` are those of each point,
    where the same ``seed`` and ``replicate`` are the same random numbers. ``draws`` is the number
    of draws of the numbers that are not known, 0 for none.
    """

    numbers: tuple[Swept, ...]
    values: Floats
    names: tuple[str, ...]
    runs: tuple[pd.DataFrame, ...]
    draws: int

    @property
    def key(self) -> str:
        """Short name for files."""
        return "-".join(each.path.replace(".", "-") for each in self.numbers)

    @property
    def is_curve(self) -> bool:
        """Whether one number alone is swept."""
        return len(self.numbers) == 1

    @property
    def curves(self) -> list[tuple[str, Response]]:
        """Part a surface into curves over its first number, each with what the second is."""
        if self.is_curve:
            return [("", self)]
        found = []
        for value in np.unique(self.values[:, 1]):
            here = np.flatnonzero(self.values[:, 1] == value)
            second = self.numbers[1]
            own = Response(
                self.numbers[:1],
                self.values[here, :1],
                tuple(self.names[place] for place in here),
                tuple(self.runs[place] for place in here),
                self.draws,
            )
            found.append((f"{second.path}={second.write(float(value))}", own))
        return found


def responses(frames: Frames) -> list[Response]:
    """Find the sweeps in results: scenarios that differ in one number or in two alone.

    It does not matter how they were made: by ``--sweep``, as files, or as a design by grid. A
    curve has at least three values, a surface all combinations of two and more of each of two
    numbers. Titles and questions may differ, and so may nothing else.
    """
    known = {name: rows for _, name, rows in by_scenario(frames.runs)}
    found = [*_of_scenarios(frames, known)]
    for name, loaded in frames.scenarios.items():
        if loaded.design is not None and loaded.design.method == GRID and name in known:
            found += _of_design(frames, name, loaded, known[name])
    return found


def response_table(response: Response, outcomes: Sequence[str]) -> pd.DataFrame:
    """Table every outcome at every point.

    Parameters
    ----------
    response : Response
        One of `responses`.
    outcomes : sequence of str
        Outcomes of runs.

    Returns
    -------
    pandas.DataFrame
        One row per point and outcome: ``path`` and ``value`` of the number as a scenario file has
        them (``path_2`` and ``value_2`` too where there are two), ``scenario``, and ``outcome``
        with the columns of `analysis.summary`.
    """
    rows = []
    for point, name, runs in zip(response.values, response.names, response.runs, strict=True):
        place: dict[str, Any] = {}
        for end, number, value in zip(("", "_2"), response.numbers, point, strict=False):
            place |= {f"path{end}": number.path, f"value{end}": number.write(float(value))}
        for outcome in outcomes:
            row = tables.summary_row(runs, outcome, response.draws)
            rows.append(place | {"scenario": name} | row)
    return pd.DataFrame(rows)


def _of_scenarios(frames: Frames, known: Mapping[str, pd.DataFrame]) -> Iterator[Response]:
    plain = {
        name: loaded
        for name, loaded in frames.scenarios.items()
        if name in known and (loaded.design is None or loaded.design.method == LISTED)
    }
    if len(plain) < FEWEST:
        return
    content = {name: dict(_flat(loaded.resolved)) for name, loaded in plain.items()}
    candidates = _few(content)
    numbers = {name: loaded.numbers for name, loaded in plain.items()} if candidates else {}
    taken: list[frozenset[str]] = []
    for paths in candidates:
        if not all(_is_number(path, numbers.values()) for path in paths):
            continue
        for names in _families(content, paths):
            if any(set(names) <= before for before in taken):
                continue
            made = _response(frames, numbers, known, paths, names)
            if made is not None:
                taken.append(frozenset(names))
                yield made


def _flat(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Walk the values of a scenario but its words, by dotted path."""
    if isinstance(data, Mapping) and data:
        for key, inner in data.items():
            if (*path, key) not in {(word,) for word in _WORDS}:
                yield from _flat(inner, (*path, str(key)))
    else:
        yield ".".join(path), repr(data)


def _few(content: Mapping[str, Mapping[str, str]]) -> list[tuple[str, ...]]:
    """Pairs of paths, and paths, that are all in which some two scenarios differ."""
    paths = list(dict.fromkeys(path for own in content.values() for path in own))
    codes: dict[str | None, int] = {}
    table = np.array(
        [
            [codes.setdefault(own.get(path), len(codes)) for path in paths]
            for own in content.values()
        ]
    )
    found: dict[tuple[str, ...], None] = {}
    for first, second in combinations(table, 2):
        places = np.flatnonzero(first != second)
        if 0 < len(places) <= 2:
            found[tuple(paths[place] for place in places)] = None
    return sorted(found, key=len, reverse=True)


def _is_number(path: str, numbers: Iterable[Numbers]) -> bool:
    return not path.startswith(f"{FIXED}.") and any(path in own.leaves for own in numbers)


def _families(
    content: Mapping[str, Mapping[str, str]], paths: tuple[str, ...]
) -> Iterator[list[str]]:
    """Part scenarios into those that differ in nothing but these paths."""
    families: dict[frozenset[tuple[str, str]], list[str]] = {}
    for name, own in content.items():
        if all(path in own for path in paths):
            rest = frozenset(item for item in own.items() if item[0] not in paths)
            families.setdefault(rest, []).append(name)
    yield from (names for names in families.values() if len(names) >= FEWEST)


def _response(
    frames: Frames,
    numbers: Mapping[str, Numbers],
    known: Mapping[str, pd.DataFrame],
    paths: tuple[str, ...],
    names: Sequence[str],
) -> Response | None:
    loaded = [numbers[name] for name in names]
    if not all(path in own.leaves for own in loaded for path in paths):
        return None
    values = np.array([[own.own(path) for path in paths] for own in loaded])
    order = _whole(values)
    levels = [len(np.unique(column)) for column in values[order].T]
    if min(levels, default=0) < (FEWEST if len(paths) == 1 else FEWEST_EACH):
        return None
    draws = {uncertainty.draws(frames, names[place]) for place in order}
    start = loaded[0].start
    return Response(
        tuple(Swept(path, loaded[0].leaves[path].kind, start) for path in paths),
        values[order],
        tuple(names[place] for place in order),
        tuple(known[names[place]] for place in order),
        draws.pop() if len(draws) == 1 else 0,
    )


def _whole(values: Floats) -> list[int]:
    """Choose points that are all combinations of their levels, each once, in ascending order."""
    points = {tuple(point): place for place, point in reversed([*enumerate(values)])}
    while points:
        levels = [Counter(column) for column in zip(*points, strict=True)]
        if len(points) == math.prod(map(len, levels)):
            break
        full = [len(points) / len(counts) for counts in levels]
        place, level = min(
            ((place, level) for place, counts in enumerate(levels) for level in counts),
            key=lambda each: levels[each[0]][each[1]] / full[each[0]],
        )
        points = {point: at for point, at in points.items() if point[place] != level}
    return [points[point] for point in sorted(points)]


def _of_design(frames: Frames, name: str, loaded: Loaded, runs: pd.DataFrame) -> Iterator[Response]:
    design = loaded.design
    assert design is not None
    try:
        points = points_of(frames, loaded)
    except LoadError:  # results in memory have none, and what is damaged is told where it is asked
        return
    if points is None or len(design.ranges) > 2 or np.isnan(points.values).any():
        return
    place = runs["replicate"].to_numpy() % len(points.values)
    own = runs.assign(replicate=runs["replicate"] // len(points.values))
    values = np.round(points.values, 9)
    order = sorted(range(len(values)), key=lambda row: tuple(values[row]))
    yield Response(
        tuple(_swept(each, design.start) for each in design.ranges),
        values[order],
        (name,) * len(values),
        tuple(own[place == row] for row in order),
        0,
    )


def _swept(varied: Range, start: datetime) -> Swept:
    return Swept(varied.path, varied.kind, start)
