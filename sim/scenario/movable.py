"""Numbers of a scenario as controls that a person moves, and variants as the text of a file."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sim import shipped
from sim.scenario.catalogue import parameters_table
from sim.scenario.designs.design import write_count
from sim.scenario.designs.uncertainty import switched_off
from sim.scenario.loading import Loaded
from sim.scenario.places import Place, plain_data
from sim.scenario.shape import Leaf
from sim.scenario.writing import write_yaml
from sim.scenario.yamltree import read_text

_RATE = "orders.*.attack_rate"
# What is asked first of a crisis, by path; as many as MAIN are shown before all others.
_FIRST = (
    "orders.*.trigger.at",
    "orders.*.compliance",
    "orders.*.by_province.*.compliance",
    _RATE,
    "stances.mobilised.battle",
    "stances.mobilised.reprisal",
    "deterrence.strength",
    "deployment.lag",
    "national_shock.strength",
    "engagement.background_rate",
)
MAIN = 8
_MOST = 200  # steps of a slider
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_WEEK, HOURS_PER_DAY = 168.0, 24.0
_DIGITS, _SHORT = 12, 9
_MAPPINGS = ("orders", "provinces", "groups", "modes", "by_province", "calendar", "trigger")


@dataclass(frozen=True)
class Control:
    """One number that can be moved.

    Parameters
    ----------
    path : str
        Dotted path.
    label : str
        Name for readers.
    kind : str
        ``number``, ``whole number``, ``duration`` [h], ``rate`` [1/h], or ``local time`` [h after
        the start of the run].
    unit : str
        Unit in which scenario files give it.
    low, high, step : float
        Ends and step of a slider. The value lies on a step. Ends are those of the plausible range
        where the files give one; else 0 and four times the value, within the bounds.
    value : float
        The scenario's own value.
    plausible : bool
        Whether the ends are those of the files.
    source, role, description : str
        As declared, see `sim.scenario.Parameter`.
    main : bool
        Whether it is one of the few that are asked first.
    beaten_in : tuple of str
        Provinces that have a value of their own, for which this one says nothing.
    """

    path: str
    label: str
    kind: str
    unit: str
    low: float
    high: float
    step: float
    value: float
    plausible: bool
    source: str
    role: str
    description: str
    main: bool
    beaten_in: tuple[str, ...]


def controls(loaded: Loaded) -> list[Control]:
    """List the numbers of a scenario that can be moved.

    Parameters
    ----------
    loaded : Loaded
        The scenario.

    Returns
    -------
    list of Control
        First the few that are asked first, then all others in the order of the file. Numbers of
        what is switched off are left out, and those that have no range and are 0 or constants.
    """
    numbers = loaded.numbers
    rows = {row.path: row for row in parameters_table()}
    made: list[Control] = []
    for path, leaf in numbers.leaves.items():
        own = numbers.own(path)
        span = None if switched_off(path, loaded.resolved) else _span(path, leaf, own, loaded)
        row = rows.get(numbers.starred(path))
        if (
            span is None
            or row is None
            or not (path in loaded.ranges or row.role != "constant" or leaf.kind == "local time")
        ):
            continue
        made.append(
            Control(
                path, _label(path, loaded), leaf.kind, _unit(leaf, row.unit), *span, own,
                path in loaded.ranges, row.source, row.role, row.description, False,
                _beaten_in(path, loaded),
            )
        )  # fmt: skip
    return _main_first(made, loaded)


def withdrawals(loaded: Loaded) -> list[str]:
    """Give the enabled orders to withdraw, the one that outcomes wait for first."""
    call = loaded.scenario.measures.call
    keys = [
        key
        for key, order in loaded.scenario.orders.items()
        if order.action == "withdraw" and order.enabled
    ]
    return sorted(keys, key=lambda key: key != call)


def variant(
    base: Loaded,
    values: Mapping[str, float],
    title: str = "",
    text: str = "",
    path: Path | None = None,
) -> str:
    """Write a variant of a scenario as the text of a file that extends it.

    Parameters
    ----------
    base : Loaded
        A scenario with a file.
    values : mapping of str to float
        Values by dotted path, counted as in `Control`; those that the base has are left out.
    title : str
        Title of the variant; without one that of ``text``, else the base's and "a variant".
    text : str
        A variant of the same base; what it gives besides ``values`` stays.
    path : pathlib.Path, optional
        Where the variant will stand; beside the base when left out.

    Returns
    -------
    str
        YAML.

    Raises
    ------
    ScenarioError
        Where ``text`` is no YAML.
    ValueError
        For a path that is no number of the base.
    """
    assert base.path is not None
    numbers = base.numbers
    own = (
        plain_data(read_text(text, Place(str(path or base.path), 1, 1))[0]) if text.strip() else {}
    )
    tree: dict[str, Any] = own if isinstance(own, dict) else {}
    for dotted, value in values.items():
        if dotted not in numbers.leaves:
            raise ValueError(f"{dotted!r} is no number of {base.name}")
        leaf = numbers.leaves[dotted]
        written = write_count(leaf.kind, _tidy(leaf.kind, float(value)), numbers.start)
        steps = dotted.split(".")
        if written == _at(base.resolved, steps):
            _remove(tree, steps)
        else:
            _put(tree, steps, written)
    head = {
        "extends": _extends(base.path, path),
        "title": f"{base.scenario.title}: a variant"[:120],
    }
    head |= {key: tree.pop(key) for key in head if key in tree}
    return write_yaml(head | ({"title": title} if title else {}) | tree)


def _tidy(kind: str, value: float) -> float:
    """Take away what adding up steps left behind, so that a file has short numbers."""
    unit = HOURS_PER_DAY if kind == "rate" else 1.0
    return round(value * unit, _SHORT) / unit


def _main_first(made: list[Control], loaded: Loaded) -> list[Control]:
    """Put the few that are asked first in front: of each kind one, orders those of the call."""
    calls = withdrawals(loaded)[:1]

    def is_first(control: Control, pattern: str) -> bool:
        asked = control.path.split(".")[1] in calls or pattern == _RATE
        return fnmatchcase(control.path, pattern) and (asked or not pattern.startswith("orders."))

    found = [next((each for each in made if is_first(each, pattern)), None) for pattern in _FIRST]
    first = [each for each in found if each is not None][:MAIN]
    rest = [each for each in made if each not in first]
    return [*(replace(each, main=True) for each in first), *rest]


def _span(path: str, leaf: Leaf, own: float, loaded: Loaded) -> tuple[float, float, float] | None:
    """Give the ends and the step of a slider; None where there are no sensible ones."""
    if math.isnan(own):
        return None
    if leaf.kind == "local time":
        length = loaded.scenario.clock.length
        if not 0 <= own < length:
            return None
        # The last moment of a run is the start of its last tick.
        end = min(max(_WEEK, 3 * own), length - loaded.scenario.clock.tick)
        return _anchored(0.0, end, own, 0.5)
    if path in loaded.ranges:
        low, high = map(leaf.count, loaded.ranges[path])
    elif leaf.low and leaf.high and leaf.high[0] <= 1.0:
        low, high = leaf.low[0], leaf.high[0]
    elif own > 0:
        low, high = 0.0, 4.0 * own
    else:
        return None
    low, high = min(low, own), max(high, own)
    unit = HOURS_PER_DAY if leaf.kind == "rate" else 1.0  # steps are round in the unit of the file
    step = _step((high - low) * unit / _MOST) / unit
    if leaf.kind == "whole number":
        step = max(1.0, round(step))
    low, high, step = _anchored(low, high, own, step)
    while leaf.too(low):
        low += step
    while leaf.too(high):
        high -= step
    return (low, high, step) if low < high else None


def _anchored(low: float, high: float, own: float, step: float) -> tuple[float, float, float]:
    """Move the ends inwards until the value lies on a step from both."""
    below, above = math.floor((own - low) / step + 1e-9), math.floor((high - own) / step + 1e-9)
    ends = (own - below * step, own + above * step)
    return round(ends[0], _DIGITS), round(ends[1], _DIGITS), step


def _step(least: float) -> float:
    """Round a step up to one that people count in."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * each for each in _ROUND if power * each >= least * (1 - 1e-9))


def _unit(leaf: Leaf, unit: str) -> str:
    return "local time" if leaf.kind == "local time" else unit


def _label(path: str, loaded: Loaded) -> str:
    """Name a number by the steps of its path: whose it is, then what it is."""
    steps = path.split(".")
    shown = [
        _word(step, loaded)
        for place, step in enumerate(steps)
        if not (step in _MAPPINGS and place + 1 < len(steps))
    ]
    if steps[-2:] == ["trigger", "at"]:
        shown[-1] = "time"
    *whose, what = shown
    text = f"{', '.join(whose)}: {what}" if whose else what
    return text[:1].upper() + text[1:]


def _word(step: str, loaded: Loaded) -> str:
    known = loaded.scenario.groups.get(step) or loaded.scenario.provinces.get(step)
    return known.label if known is not None and known.label else step.replace("_", " ")


def _beaten_in(path: str, loaded: Loaded) -> tuple[str, ...]:
    steps = path.split(".")
    holder: Any = _at(loaded.resolved, steps[:-1])
    by_province = holder.get("by_province") if isinstance(holder, dict) else None
    if not isinstance(by_province, dict):
        return ()
    return tuple(
        province
        for province, own in by_province.items()
        if isinstance(own, dict) and own.get(steps[-1]) is not None
    )


def _at(data: Any, steps: list[str]) -> Any:
    for step in steps:
        data = data[step]
    return data


def _put(tree: dict[str, Any], steps: list[str], value: Any) -> None:
    *way, last = steps
    for step in way:
        inner = tree.get(step)
        tree[step] = inner if isinstance(inner, dict) else {}
        tree = tree[step]
    tree[last] = value


def _remove(tree: dict[str, Any], steps: list[str]) -> None:
    """Take a value away, and the mappings that are empty without it."""
    inner = tree.get(steps[0])
    if len(steps) > 1 and isinstance(inner, dict):
        _remove(inner, steps[1:])
    if len(steps) == 1 or inner == {}:
        tree.pop(steps[0], None)


def _extends(base: Path, path: Path | None) -> str:
    """Name the base from where a variant stands."""
    here = base.parent.resolve()
    if path is None or path.parent.resolve() == here:
        return base.name
    if here == shipped.folder():
        return base.stem
    return Path(os.path.relpath(base, path.parent)).as_posix()


def values_of(base: Loaded, changed: Loaded) -> dict[str, float]:
    """Give the numbers in which a scenario differs from its base."""
    before, after = base.numbers, changed.numbers
    found: Iterator[tuple[str, float]] = ((path, after.own(path)) for path in after.leaves)
    return {
        path: value
        for path, value in found
        if path in before.leaves and not _same(before.own(path), value)
    }


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
