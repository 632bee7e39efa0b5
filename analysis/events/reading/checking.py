"""Check the rows of an event table, and say of each that cannot be used why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from analysis.events.reading.rows import BELOW, MONTH_FIRST, Row
from sim.scenario.places import Place
from sim.scenario.problems import Problem, show

_CHUNK = 20_000
_MOST_PROBLEMS = 20
_WRITE_DATES = (
    "; others may have the month first too and would be misread: write every date as 2022-08-29"
)


@dataclass
class Checked:
    """What a check of all rows found.

    ``events`` are number in the file and contents of each row that can be used, ``invalid`` column
    and value of the first problem of each row that cannot. ``misread`` says whether a date had the
    month first, so that others may have been read wrong.
    """

    events: list[tuple[int, Row]] = field(default_factory=list)
    invalid: dict[int, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    misread: bool = False

    def shortened(self, file: Path) -> list[Problem]:
        """Give the first problems, and how many rows they spoil."""
        shown, rows = self.problems[:_MOST_PROBLEMS], len(self.invalid)
        more = f"; the first {len(shown)} problems are shown" if self.problems[len(shown) :] else ""
        noun = "row" if rows == 1 else "rows"
        way_out = _WRITE_DATES if self.misread else "; --skip-invalid leaves them out"
        last = f"{rows:,} {noun} cannot be used{more}{way_out}"
        return [*shown, Problem(Place(str(file)), (), last)]


def check(
    file: Path, model: type[Row], table: pd.DataFrame, chosen: Mapping[str, str], first: int
) -> Checked:
    """Check every row."""
    adapter: TypeAdapter[list[Row]] = TypeAdapter(list[model])  # type: ignore[valid-type]
    found = Checked()
    for numbers, records in _chunks(table, first):
        try:
            found.events.extend(zip(numbers, adapter.validate_python(records), strict=True))
        except ValidationError as error:
            for wrong in error.errors(include_url=False):
                number = numbers[int(wrong["loc"][0])]
                found.misread |= wrong["type"] == MONTH_FIRST
                found.invalid.setdefault(number, _cell(wrong, chosen))
                found.problems.append(_problem(file, number, wrong, model, chosen))
            pairs = zip(numbers, records, strict=True)
            kept = [(number, record) for number, record in pairs if number not in found.invalid]
            rows = adapter.validate_python([record for _, record in kept])
            found.events.extend((kept[place][0], row) for place, row in enumerate(rows))
    return found


def _chunks(table: pd.DataFrame, first: int) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
    for start in range(0, len(table), _CHUNK):
        part = table.iloc[start : start + _CHUNK]
        records = [
            {role: value for role, value in record.items() if isinstance(value, str)}
            for record in part.to_dict("records")
        ]
        yield [int(place) + first for place in part.index], records


def _cell(wrong: ErrorDetails, chosen: Mapping[str, str]) -> tuple[str, str]:
    """Name the column of an error, and its value."""
    if wrong["type"] == BELOW:
        upper, _ = wrong["ctx"]["roles"]
        return chosen[upper], str(wrong["input"][upper])
    role = str(wrong["loc"][1])
    value = "" if wrong["type"] == "missing" else str(wrong["input"])
    return chosen[role], value


def _problem(
    file: Path, number: int, wrong: ErrorDetails, model: type[Row], chosen: Mapping[str, str]
) -> Problem:
    """Write an error of a row in the words of this project."""
    column, value = _cell(wrong, chosen)
    place, steps = Place(f"{file} row {number}"), (column,)
    if wrong["type"] == BELOW:
        lower = wrong["ctx"]["roles"][1]
        got = f"{value} below {wrong['input'][lower]}"
        return Problem(place, steps, f"is below {show(chosen[lower])}", got)
    allowed = model.allowed.get(str(wrong["loc"][1]), "")
    if wrong["type"] == "missing":
        return Problem(place, steps, "is missing", "", allowed)
    context = wrong.get("ctx", {})
    message = str(context["error"]) if wrong["type"] == "value_error" else "is not allowed"
    if wrong["type"] == MONTH_FIRST:
        message = wrong["msg"]
    return Problem(place, steps, message, show(value), allowed)
