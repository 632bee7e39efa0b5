"""Keep the rows that count as events of the question, and say which were left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.events.reading.choices import Choice, few
from analysis.events.reading.errors import failed
from analysis.events.reading.layouts import Layout, normal
from analysis.events.reading.mapping import ROLES, Reading
from analysis.events.reading.sifting import Dropped
from sim.scenario.problems import list_names, nearest, show

CHOSEN = ("about", "value", "events", "kept")
EVERY = "all"
TYPE, SUB_TYPE = "type", "sub_type"
NO_ATTACK, NOT_ASKED = "is no attack", "is not asked for"
_SIDES = {"actor": ("actor", "target"), "actor_kind": ("actor_kind", "target_kind")}
_TOLD = (TYPE, SUB_TYPE, "actor_kind", "country", "precision", "place_precision")
_MOST_TOLD = 40


def wanted(how: Reading, names: Sequence[str], chosen: Mapping[str, str], file: Path) -> list[str]:
    """Give the columns, other than those of a role, whose values rows must have or not have."""
    roles = set(ROLES)
    found = []
    for key in dict.fromkeys([*how.only, *how.drop]):
        if any(role in chosen for role in _SIDES.get(key, (key,))):
            continue
        name = next((name for name in names if normal(name) == normal(key)), None)
        if name is None:
            known = [role for role in roles if role in chosen]
            near = nearest(key, [*known, *names])
            raise failed(
                file, f"has no {show(key)} by which to choose events",
                allowed=f"{list_names(sorted(known), near)}, or a column of the table",
                nearest=near,
            )  # fmt: skip
        found.append(name)
    return found


def select(
    file: Path, layout: Layout, cells: pd.DataFrame, chosen: Mapping[str, str], how: Reading
) -> tuple[NDArray[np.bool_], list[Dropped], list[Choice], pd.DataFrame]:
    """Say which rows are kept, with what was left out, the choices and a table of all values."""
    rules = _rules(layout, how)
    kept = np.ones(len(cells), dtype=bool)
    dropped: list[Dropped] = []
    choices: list[Choice] = []
    own: dict[str, NDArray[np.bool_]] = {}
    for key, (keep, drop, usual) in rules.items():
        columns = _columns_of(key, cells)
        if not columns:
            if usual and key == TYPE:
                why = "the table does not tell types"
                choices.append(Choice(TYPE, "every row is kept", why))
            continue
        passes = _passes(file, layout, key, [cells[name] for name in columns], keep, drop, usual)
        reason = NO_ATTACK if usual else NOT_ASKED
        column = " / ".join(chosen.get(name, name) for name in columns)
        shown = cells[columns].fillna("").agg(" / ".join, axis=1)
        out = ~passes & kept
        dropped += [
            (int(row), f"{_word(key)} {reason}", column, value) for row, value in shown[out].items()
        ]
        kept &= passes
        own[key] = passes
        if key not in _TOLD:
            count = f"{int(passes.sum()):,} of {len(cells):,} rows kept"
            choices.append(Choice(_word(key), count, _rule(keep, drop), f"--only {key}={EVERY}"))
    table = _table(layout, cells, kept)
    for key in dict.fromkeys([*(key for key in _TOLD if key in own), TYPE]):
        by_rule = _table(layout, cells, own.get(key, kept))
        choices += _said(by_rule[by_rule["about"] == key], key, rules, layout)
    if len(cells) and not kept.any():
        raise _nothing(file, table, rules)
    return kept, dropped, choices, table


Rule = tuple[Sequence[str], Sequence[str], bool]


def _rules(layout: Layout, how: Reading) -> dict[str, Rule]:
    """Put together what is asked for and what a kind of table does by itself."""
    rules: dict[str, Rule] = {}
    by_type = {TYPE} & {*how.only, *how.drop} or {SUB_TYPE} & {*how.only}
    for key in {**layout.keep, **layout.drop} if not by_type else ():
        rules[key] = (layout.keep.get(key, ()), layout.drop.get(key, ()), True)
    for key in dict.fromkeys([*how.only, *how.drop]):
        keep, drop = how.only.get(key, []), how.drop.get(key, [])
        if [value.casefold() for value in keep] == [EVERY]:
            keep = []
        rules[key] = (keep, drop, False)
    return rules


def _columns_of(key: str, cells: pd.DataFrame) -> list[str]:
    names = [name for name in _SIDES.get(key, (key,)) if name in cells]
    return names or [name for name in cells if normal(str(name)) == normal(key)]


def _passes(
    file: Path,
    layout: Layout,
    key: str,
    columns: Sequence[pd.Series],
    keep: Sequence[str],
    drop: Sequence[str],
    usual: bool,
) -> NDArray[np.bool_]:
    """Tell which rows have a value that is kept and none that is dropped."""
    meanings = layout.meanings.get(key, {})
    there = {_plain(value) for column in columns for value in column.dropna().unique()}
    sets = [_values(file, key, values, there, usual, meanings) for values in (keep, drop)]
    found = [column.fillna("").map(_plain) for column in columns]
    passes = np.ones(len(columns[0]), dtype=bool)
    if keep:
        passes &= np.any([each.isin(sets[0]).to_numpy() for each in found], axis=0)
    if drop:
        passes &= ~np.any([each.isin(sets[1]).to_numpy() for each in found], axis=0)
    return passes


def _values(
    file: Path,
    key: str,
    values: Iterable[str],
    there: set[str],
    usual: bool,
    meanings: Mapping[str, str],
) -> set[str]:
    """Write values as they stand in the table; a code may be given by what it means."""
    codes = {_plain(meaning): code for code, meaning in meanings.items()}
    words = {code: _plain(meaning) for code, meaning in meanings.items()}
    found = set()
    for value in values:
        plain = _plain(value)
        ways = {plain, codes.get(plain, plain), words.get(plain, plain)}
        if not (ways & there or usual):
            known = sorted({*there, *(words[each] for each in there if each in words)} - {""})
            near = nearest(plain, known)
            raise failed(
                file, f"has no {_word(key)} {show(value)}", allowed=list_names(known, near),
                nearest=near,
            )  # fmt: skip
        found |= ways
    return found


def _plain(value: object) -> str:
    """Write a value without case, spaces at its ends, and the stop of a whole number."""
    text = " ".join(str(value).split()).casefold()
    return text.removesuffix(".0")


def _word(key: str) -> str:
    return key.replace("_", " ")


def _rule(keep: Sequence[str], drop: Sequence[str]) -> str:
    parts = [f"keep {few(keep)}"] if keep else []
    return " and ".join([*parts, f"drop {few(drop)}"] if drop else parts)


def _table(layout: Layout, cells: pd.DataFrame, kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Count the rows of every type and kind, and those of them that are kept."""
    rows = []
    for key in _TOLD:
        if key not in cells:
            continue
        values = cells[key].fillna("").astype(str)
        counts = values.value_counts()
        left = values[kept].value_counts()
        for value, events in counts.head(_MOST_TOLD).items():
            meaning = layout.meanings.get(key, {}).get(_plain(value), "")
            rows.append((key, f"{value} {meaning}".strip(), int(events), int(left.get(value, 0))))
    return pd.DataFrame(rows, columns=list(CHOSEN))


def _said(
    rows: pd.DataFrame, key: str, rules: Mapping[str, Rule], layout: Layout
) -> Iterator[Choice]:
    """Say which values of one kind were kept and which were left out."""
    if rows.empty:
        return
    keep = [f"{row.value or 'none'} ({row.kept:,})" for row in rows.itertuples() if row.kept]
    out = [
        f"{row.value or 'none'} ({row.events - row.kept:,})"
        for row in rows.itertuples()
        if row.kept < row.events and key in rules
    ]
    usual = key in rules and rules[key][2]
    what = few(keep, 8) + (f"; left out {few(out, 8)}" if out else "")
    why = f"the {layout.name} types that are attacks" if usual else ""
    if key not in rules:
        why = "every type is kept"
    change = f"--only {key}={EVERY}" if usual else f"--drop {key}=NAME"
    yield Choice(_word(key), what, why, change)


def _nothing(file: Path, table: pd.DataFrame, rules: Mapping[str, Rule]) -> Exception:
    """Say that what is asked for leaves no event, and what there is."""
    key = next(iter(rules))
    rows = table[table["about"] == key]
    there = few(f"{row.value} ({row.events:,})" for row in rows.itertuples())
    allowed = f"--only {key}={EVERY}" if rules[key][2] else "other values of --only and --drop"
    return failed(file, "has no event left after the choice", got=there, allowed=allowed)
