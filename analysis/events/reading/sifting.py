"""Leave out rows that are no event of a known day, and mend ranges of counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.events.reading.checking import Checked
from analysis.events.reading.rows import Row

DROPPED = ("row", "reason", "column", "value")
WIDENED = ("row", "column", "value")
INVALID, COARSE, REPEATED = "cannot be used", "date is known only to the month", "id given before"
TAGS = "row of tags"
Dropped = tuple[int, str, str, str]


def tagged(table: pd.DataFrame, chosen: Mapping[str, str], first: int) -> list[Dropped]:
    """Find the second header of tags such as ``#date``, as the Humanitarian Data Exchange adds."""
    if table.empty:
        return []
    cells = table.iloc[0].dropna()
    if not cells.str.startswith("#").all():
        return []
    return [(int(table.index[0]) + first, TAGS, chosen["time"], str(cells.get("time", "")))]


def widen(
    frame: pd.DataFrame, chosen: Mapping[str, str], model: type[Row]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let the low and the high count reach to the best one, where a kind of table needs that."""
    best, found = frame["killed_best"], [pd.DataFrame(columns=list(WIDENED))]
    for role, sign in (("killed_low", 1), ("killed_high", -1)):
        beyond = sign * (frame[role] - best) > 0
        if model.ascending or not beyond.any():
            continue
        value = [f"{count:g}" for count in frame.loc[beyond, role]]
        listed = {"row": frame.loc[beyond, "row"], "column": chosen[role], "value": value}
        found.append(pd.DataFrame(listed))
        frame = frame.assign(**{role: frame[role].mask(beyond, best)})
    rows = pd.concat(found[1:] or found)
    return frame, rows.sort_values("row", kind="stable").reset_index(drop=True)


def sift(
    frame: pd.DataFrame,
    found: Checked,
    tags: Sequence[Dropped],
    model: type[Row],
    chosen: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out events with a coarse date or a repeated id, and list what was left out."""
    coarse = frame["precision"].fillna(-math.inf) > model.week
    again = frame["identity"].duplicated() & (frame["identity"] != "") & ~coarse
    invalid = [*tags, *((number, INVALID, *cell) for number, cell in found.invalid.items())]
    dropped = [pd.DataFrame(invalid, columns=list(DROPPED))]
    for reason, role, where in ((COARSE, "precision", coarse), (REPEATED, "identity", again)):
        part = frame.loc[where, ["row", role]].rename(columns={role: "value"})
        part["value"] = [_plainly(value) for value in part["value"]]
        dropped.append(part.assign(reason=reason, column=chosen.get(role, ""))[list(DROPPED)])
    listed = pd.concat(dropped).sort_values("row", kind="stable").reset_index(drop=True)
    return frame.loc[~(coarse | again)].reset_index(drop=True), listed


def _plainly(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value
