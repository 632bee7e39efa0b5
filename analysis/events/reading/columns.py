"""Find the column for each role, and say which other columns it could have been."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from analysis.events.reading import dates
from analysis.events.reading.choices import Choice, few, option
from analysis.events.reading.errors import EventDataError
from analysis.events.reading.layouts import (
    COUNTS,
    PARTS,
    PLAIN,
    Layout,
    has_parts,
    names_of,
    normal,
)
from analysis.events.reading.mapping import ROLES
from sim.scenario.places import Place
from sim.scenario.problems import Problem, list_names, nearest, show

# Roles whose column is worth a second look, as another may hold the same in another way.
_OPEN = ("time", "place", "actor", "target", "killed_best", "type")
_ALSO = {
    "time": ("timestamp",),
    "place": ("admin2", "admin3", "adm_2", "city", "location", "district", "country"),
    "target": ("target1", "corp1"),
    "killed_best": ("deaths_civilians", "nwound"),
}
_ENOUGH, _LOOKED_AT = 0.5, 50


def choose(
    file: Path,
    layout: Layout,
    names: Sequence[str],
    asked: Mapping[str, str | None],
    sample: Mapping[str, Sequence[str]],
) -> tuple[dict[str, str], list[Choice]]:
    """Find the table's column for each role, or say which are missing."""
    by_name = {normal(name): name for name in reversed(names) if name}
    chosen: dict[str, str] = {}
    problems: list[Problem] = []
    others: dict[str, list[str]] = {}
    for role in ROLES:
        if role == "identity" and layout is COUNTS and role not in asked:
            continue  # that of a place, which counts of other weeks share
        if role in asked:
            _take_asked(file, role, asked[role], by_name, names, chosen, problems)
            continue
        there = [by_name[name] for name in names_of(layout, role) if name in by_name]
        fitting = [name for name in there if _fits(role, sample.get(name, ()))]
        fitting = fitting or ([] if role == "time" and has_parts(names) else there)
        free = [name for name in fitting if name not in chosen.values()]
        if role in (*PARTS, "clock") and not (free and _wanted(role, layout, chosen, sample)):
            continue
        if free:
            chosen[role] = free[0]
            others[role] = free[1:]
    _drop_parts(chosen, asked)
    problems += _missing(file, layout, names, chosen, asked)
    if problems:
        raise EventDataError(problems)
    return chosen, list(_said(layout, names, chosen, asked, others, by_name))


def _take_asked(
    file: Path,
    role: str,
    wanted: str | None,
    by_name: Mapping[str, str],
    names: Sequence[str],
    chosen: dict[str, str],
    problems: list[Problem],
) -> None:
    if wanted is None:
        return
    found = wanted if wanted in names else by_name.get(normal(wanted))
    if found is not None:
        chosen[role] = found
        return
    near = nearest(wanted, names)
    message = f"has no column {show(wanted)} for the {_words(role)}, as columns.{role} says"
    problems.append(Problem(Place(str(file)), (), message, "", list_names(names, near), near))


def _fits(role: str, cells: Sequence[str]) -> bool:
    """Tell whether the cells of a column may play a role."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if role == "time":
        return _share(filled[:_LOOKED_AT], dates.is_date) >= _ENOUGH
    if role == "clock":
        return _share(filled[:_LOOKED_AT], dates.is_clock) >= _ENOUGH
    return True


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(bool, map(test, cells))) / len(cells) if cells else 1.0


def _wanted(
    role: str, layout: Layout, chosen: Mapping[str, str], sample: Mapping[str, Sequence[str]]
) -> bool:
    """Tell whether parts of a date, or a time of day in its own column, are needed."""
    if role in PARTS:
        return "time" not in chosen or role in layout.required
    known = [cell for cell in sample.get(chosen.get("time", ""), ()) if cell.strip()]
    return bool(known) and not any(":" in cell for cell in known)


def _drop_parts(chosen: dict[str, str], asked: Mapping[str, str | None]) -> None:
    """Read either a date or its parts."""
    if "time" in chosen and "year" not in asked:
        for role in PARTS:
            chosen.pop(role, None)


def _missing(
    file: Path,
    layout: Layout,
    names: Sequence[str],
    chosen: Mapping[str, str],
    asked: Mapping[str, str | None],
) -> Iterator[Problem]:
    parts = "year" in chosen
    for role in layout.required:
        if role in chosen or role in asked or (role == "time" and parts):
            continue
        missing = names_of(layout, role)[0]
        near = nearest(missing, names)
        message = f"has no column {show(missing)} for the {_words(role)}"
        known = f"{list_names(names, near)}; {option(f'columns.{role}')} names one"
        yield Problem(Place(str(file)), (), message, "", known, near)
    if "time" not in chosen and not parts:
        message = f"has no column for the time; {option('columns.time')} names one"
        yield Problem(Place(str(file)), (), message, "", list_names(names))


def _words(role: str) -> str:
    return role.replace("_", " ")


def _said(
    layout: Layout,
    names: Sequence[str],
    chosen: Mapping[str, str],
    asked: Mapping[str, str | None],
    others: Mapping[str, Sequence[str]],
    by_name: Mapping[str, str],
) -> Iterator[Choice]:
    """Say which column each role was taken from, and which others could have been it."""
    taken = set(chosen.values())
    for role in _OPEN:
        if role not in chosen:
            continue
        usual = names_of(PLAIN, role) if layout in (COUNTS, PLAIN) else _ALSO.get(role, ())
        also = [by_name[name] for name in usual if name in by_name]
        rest = list(dict.fromkeys([*others.get(role, ()), *also]))
        rest = [name for name in rest if name not in taken]
        if rest and role not in asked:
            why = f"it could also be {few(rest)}"
            yield Choice(_words(role), chosen[role], why, option(f"columns.{role}", rest[0]))
    for role, name in chosen.items():
        if names.count(name) > 1:
            why = f"{names.count(name)} columns have this name; rename one to read another"
            yield Choice(_words(role), f"the first {name}", why)
    if "clock" in chosen:
        why = f"added to the day in {chosen.get('time', chosen.get('year', ''))}"
        yield Choice("time of day", chosen["clock"], why, option("columns.clock", "none"))
    read = ", ".join(f"{_words(role)} {name}" for role, name in chosen.items())
    yield Choice("columns", read, "", option("columns.ROLE"))


def is_counted(names: Sequence[str], sample: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a column holds numbers of events, rather than events being told in words."""
    wanted = COUNTS.columns["events"]
    cells = next((sample.get(name, []) for name in names if normal(name) in wanted), [])
    filled = [cell.strip() for cell in cells if cell.strip()]
    return all(cell.replace(",", "").split(".")[0].isdigit() for cell in filled)


def is_known(names: Sequence[str], asked: Mapping[str, str | None]) -> bool:
    """Tell whether a row holds the names of columns that were asked for."""
    there = {normal(name) for name in names}
    wanted = [normal(name) for role, name in asked.items() if role in ("time", "year") and name]
    return any(name in there for name in wanted) or (not wanted and has_parts(there))
