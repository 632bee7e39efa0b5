"""Say in plain words what a comparison with an observation shows, and no more than that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from analysis import intervals, wording

VALUE, RANGE, YES_NO = "value", "range", "yes or no"
BANDS = (("q25", "q75"), ("q05", "q95"))
LEAST_AGREEING = (0.5, 0.1)
FEWEST = 20
_EDGES = (0.05, 0.95)
_UNSURE = " With so few runs this could be otherwise."


def verdict(row: Mapping[str, Any]) -> str:
    """Put one comparison into words."""
    runs, happened = row["runs"], row["happened"]
    if not happened:
        return f"It happened in none of {wording.plural(runs, 'run')}, so it cannot be placed."
    if happened < FEWEST:
        return f"Happened in {happened:,} of {wording.plural(runs, 'run')}: too few to place it."
    text = _of_value(row) if row["kind"] == VALUE else _of_share(row)
    if happened == runs:
        return text
    part = 100 * row["share"]
    return f"It happened in {part:.0f} % of the runs; among these: {text[0].lower()}{text[1:]}"


def places(row: Mapping[str, Any]) -> tuple[str, str]:
    """Write whether a value lies in the middle 50 and 90 %, or the share of runs that agree.

    A yes or no, or a range, lies nowhere; a yes from one agreeing run in ten on would hide that
    nine do not.
    """
    if row["inside_90"] is None:
        return "–", "–"
    if row["kind"] != VALUE:
        return "–", f"{100 * row['agree']:.0f} % agree"
    return _yes(row["inside_50"]), _yes(row["inside_90"])


def _yes(inside: bool) -> str:
    return "yes" if inside else "no"


def _of_value(row: Mapping[str, Any]) -> str:
    lower = row["quantile"] < 0.5
    if row["inside_50"]:
        text = "Among the middle half of the runs: no conflict."
    elif row["inside_90"]:
        side = "low" if lower else "high"
        text = f"On the {side} side of the runs, within their middle 90 %: no clear conflict."
    else:
        more = "more" if lower else "less"
        text = f"Outside the middle 90 % of the runs, in which it is {more} than was reported."
        if _reaches(row):
            text += " The reported range reaches into it."
    return text + (_UNSURE if _near_edge(row) else "")


def _of_share(row: Mapping[str, Any]) -> str:
    share = f"{100 * row['agree']:.0f} %"
    span = f"95 % {100 * row['agree_low']:.0f} to {100 * row['agree_high']:.0f} %"
    usual, rare = LEAST_AGREEING
    if row["agree"] >= usual:
        words = "it is the usual course: no conflict"
    elif row["agree"] > rare:
        words = "a minority of runs, so the report does not contradict the model"
    else:
        words = "it is rare, which counts against the model here"
    unsure = row["agree_low"] < rare < row["agree_high"]
    return f"As reported in {share} of the runs ({span}): {words}.{_UNSURE if unsure else ''}"


def _reaches(row: Mapping[str, Any]) -> bool:
    """Whether the reported range overlaps the middle 90 % of the runs."""
    ends = [row["observed"] if math.isnan(row[end]) else row[end] for end in ("low", "high")]
    return bool(ends[0] <= row["q95"] and ends[1] >= row["q05"])


def _near_edge(row: Mapping[str, Any]) -> bool:
    """Whether chance in the number of runs could move the observation over the 90 %'s edge."""
    hits = round(row["quantile"] * row["happened"])
    share = intervals.share(hits, row["happened"])
    return any(share.low < edge < share.high for edge in _EDGES)
