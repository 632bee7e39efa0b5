"""Say in plain words what a comparison shows, and no more than that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from analysis import wording

UNKNOWN = "not knowing the numbers"
NONE, SAME, ALIKE, WIDE = "no value", "no pair differs", "about the same", "too wide to conclude"
MORE, LESS = ("slightly more", "perhaps more", "more"), ("slightly less", "perhaps less", "less")

_PHRASES = {
    "killed": ("{} more killed", "{} fewer killed"),
    "wounded": ("{} more wounded", "{} fewer wounded"),
    "engagements": ("{} more engagements", "{} fewer engagements"),
    "reprisal_share": (
        "a share of reprisals {} percentage points higher",
        "a share of reprisals {} percentage points lower",
    ),
    "longest_chain": (
        "a longest chain {} engagements longer",
        "a longest chain {} engagements shorter",
    ),
    "provinces_reached": ("{} more provinces reached", "{} fewer provinces reached"),
    "share_outside_capital": (
        "a share outside the capital {} percentage points higher",
        "a share outside the capital {} percentage points lower",
    ),
    "hours_to_calm": ("calm {} hours later", "calm {} hours sooner"),
    "calm_reached": (
        "calm reached in {} percentage points more of the runs",
        "calm reached in {} percentage points fewer of the runs",
    ),
    "relapse": (
        "a relapse in {} percentage points more of the runs",
        "a relapse in {} percentage points fewer of the runs",
    ),
    "called": (
        "a call to withdraw in {} percentage points more of the runs",
        "a call to withdraw in {} percentage points fewer of the runs",
    ),
    "hours_to_call": (
        "the call to withdraw {} hours later",
        "the call to withdraw {} hours sooner",
    ),
    "peak_day": ("a peak {} days later", "a peak {} days earlier"),
}
_PER_CENT = {"-", "share"}
_SIDES = {
    "hours_to_calm": ("later", "sooner"),
    "hours_to_call": ("later", "sooner"),
    "peak_day": ("later", "earlier"),
    "reprisal_share": ("higher", "lower"),
    "share_outside_capital": ("higher", "lower"),
    "longest_chain": ("longer", "shorter"),
}


def verdict(row: Mapping[str, Any]) -> str:
    """Judge one difference by its interval."""
    low, high, least = row["difference_low"], row["difference_high"], row["relevant"]
    if math.isnan(low) or math.isnan(high):
        return NONE
    if row["same"] == 1:
        return SAME
    small = -least < low and high < least
    if low <= 0 <= high:
        return ALIKE if small else WIDE
    side = MORE if low > 0 else LESS
    if not row["distinguishable"]:
        return side[1]
    return side[0] if small else side[2]


def finding(row: Mapping[str, Any]) -> str:
    """Write a difference and its interval as words."""
    if row["verdict"] == NONE:
        return f"{wording.title(row['outcome']).lower()}: no comparison is possible"
    if row["verdict"] == SAME:
        return f"{wording.title(row['outcome']).lower()}: the same in every pair of runs"
    ends = (row["difference_low"], row["difference_high"])
    text = f"{_phrase(row['outcome'], row['difference'])}, 95 % interval {_span(row, *ends)}"
    if math.isnan(row["numbers_low"]):
        return text
    return f"{text}; {UNKNOWN} {_span(row, row['numbers_low'], row['numbers_high'])}"


def reading(row: Mapping[str, Any]) -> str:
    """Write a finding with what may be concluded from it."""
    text = finding(row)
    text = f"{text[0].upper()}{text[1:]}."
    tests = wording.plural(int(row["family"]), "comparison")
    return text + {
        WIDE: " The interval is too wide to conclude anything.",
        ALIKE: " Any difference is smaller than the smallest relevant one.",
        MORE[1]: f" Not distinguishable from zero among {tests}.",
        LESS[1]: f" Not distinguishable from zero among {tests}.",
        MORE[0]: " Smaller than the smallest relevant difference.",
        LESS[0]: " Smaller than the smallest relevant difference.",
    }.get(row["verdict"], "")


def _phrase(outcome: str, value: float) -> str:
    name, unit = wording.title(outcome).lower(), wording.outcome(outcome).unit
    usual = (f"{name} {{}} {unit} higher", f"{name} {{}} {unit} lower")
    return _PHRASES.get(outcome, usual)[value < 0].format(_amount(outcome, value))


def _span(row: Mapping[str, Any], low: float, high: float) -> str:
    outcome = row["outcome"]
    if low < 0 < high:
        less, more = (_side(outcome, end) for end in (low, high))
        return f"from {_amount(outcome, low)} {less} to {_amount(outcome, high)} {more}"
    ends = sorted((abs(low), abs(high)))
    if (low < 0) != (row["difference"] < 0):
        return f"{_amount(outcome, ends[0])} to {_amount(outcome, ends[1])} {_side(outcome, low)}"
    return f"{_amount(outcome, ends[0])} to {_amount(outcome, ends[1])}"


def _side(outcome: str, value: float) -> str:
    return _SIDES.get(outcome, ("more", "fewer"))[value < 0]


def _amount(outcome: str, value: float) -> str:
    scale = 100 if wording.outcome(outcome).unit in _PER_CENT else 1
    return wording.number(abs(value) * scale)
