"""Leave out rows that are no event of a known day, and mend ranges of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.events.reading.checking import Checked
from analysis.events.reading.choices import Choice, option
from analysis.events.reading.layouts import Layout
from analysis.events.reading.mapping import Reading
from analysis.wording import plural

DROPPED = ("row", "reason", "column", "value")
WIDENED = ("row", "column", "value")
INVALID, COARSE, REPEATED = "cannot be used", "date is known only to the month", "id given before"
DOUBLED = "says the same as an earlier row"
TAGS = "row of tags"
_SAME = (
    "time", "place", "actor", "target", "killed_best", "latitude", "longitude", "type", "sub_type",
)  # fmt: skip
Dropped = tuple[int, str, str, str]


def tagged(table: pd.DataFrame, chosen: Mapping[str, str]) -> list[Dropped]:
    """Find the second header of tags such as ``#date``, as the Humanitarian Data Exchange adds."""
    if table.empty:
        return []
    cells = table.iloc[0].dropna()
    if not len(cells) or not cells.str.startswith("#").all():
        return []
    role = "time" if "time" in chosen else "year"
    return [(int(table.index[0]), TAGS, chosen[role], str(cells.get(role, "")))]


def widen(
    frame: pd.DataFrame, chosen: Mapping[str, str], layout: Layout
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let the low and the high count reach to the best one, where a kind of table needs that."""
    best, found = frame["killed_best"], [pd.DataFrame(columns=list(WIDENED))]
    for role, sign in (("killed_low", 1), ("killed_high", -1)):
        beyond = sign * (frame[role] - best) > 0
        if layout.ascending or not beyond.any():
            continue
        value = [f"{count:g}" for count in frame.loc[beyond, role]]
        listed = {"row": frame.loc[beyond, "row"], "column": chosen[role], "value": value}
        found.append(pd.DataFrame(listed))
        frame = frame.assign(**{role: frame[role].mask(beyond, best)})
    rows = pd.concat(found[1:] or found)
    return frame, rows.sort_values("row", kind="stable").reset_index(drop=True)


def sift(
    found: Checked,
    frame: pd.DataFrame,
    others: Sequence[Dropped],
    layout: Layout,
    chosen: Mapping[str, str],
    how: Reading,
    counted: bool,
) -> tuple[pd.DataFrame, pd.DataFrame, list[Choice]]:
    """Leave out events with a coarse date or a repeated id, and list what was left out."""
    coarse = _coarse(frame, layout, how, counted)
    again = frame["identity"].duplicated() & (frame["identity"] != "") & ~coarse
    same = frame.duplicated([name for name in _SAME if name in frame]) & ~coarse & ~again
    invalid = [
        *others,
        *((row, INVALID, fault.column, fault.got) for row, fault in found.invalid.items()),
    ]
    dropped = [pd.DataFrame(invalid, columns=list(DROPPED))]
    doubled = same & (how.doubled == "drop")
    parts = (
        (COARSE, "precision", coarse),
        (REPEATED, "identity", again),
        (DOUBLED, "time", doubled),
    )
    for reason, role, where in parts:
        part = frame.loc[where, ["row", role]].rename(columns={role: "value"})
        part["value"] = [_plainly(value) for value in part["value"]]
        column = chosen.get(role) or chosen.get("time") or chosen.get("year", "")
        dropped.append(part.assign(reason=reason, column=column)[list(DROPPED)])
    parts_there = [part for part in dropped if len(part)] or dropped[:1]
    listed = pd.concat(parts_there).sort_values("row", kind="stable").reset_index(drop=True)
    kept = frame.loc[~(coarse | again | doubled)].reset_index(drop=True)
    said = list(_said(coarse, again, same, how)) if not counted else []
    return kept, listed, said


def _coarse(frame: pd.DataFrame, layout: Layout, how: Reading, counted: bool) -> NDArray[np.bool_]:
    if counted or how.coarse == "keep":
        return np.zeros(len(frame), dtype=bool)
    unknown = np.asarray(frame["coarse"], dtype=bool)
    if "precision" in how.only:
        return unknown
    rough = frame["precision"].fillna(-np.inf) > layout.week
    return np.asarray(unknown | rough)


def _said(
    coarse: NDArray[np.bool_], again: pd.Series, same: pd.Series, how: Reading
) -> list[Choice]:
    said = []
    if coarse.any():
        why = f"{plural(int(coarse.sum()), 'row')} of which only the month is known, or less"
        said.append(Choice("precision", "left out", why, option("coarse", "keep")))
    if again.any():
        why = f"{plural(int(again.sum()), 'row')} with the id of an earlier one"
        said.append(Choice("repeated ids", "left out", why, option("columns.identity", "none")))
    if same.any():
        what, other = ("left out", "keep") if how.doubled == "drop" else ("kept", "drop")
        why = f"{plural(int(same.sum()), 'row')} like an earlier one"
        said.append(Choice("doubled rows", what, why, option("doubled", other)))
    return said


def _plainly(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
