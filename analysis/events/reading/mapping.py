"""The mapping file: how a table is read, and what its names are called in a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from sim.parameters import Group, Scenario
from sim.scenario.checking import check
from sim.scenario.findings import GROUP, PROVINCE, Finding, unknown_name
from sim.scenario.places import Place, plain_scalar
from sim.scenario.problems import Problem, ScenarioError, in_order, list_names, nearest, show
from sim.scenario.reading import read_file

Sides = Literal["both", "either", "any"]
Source = Literal["acled", "ucdp", "gtd", "gdelt", "icews", "sigacts", "counts", "plain"]
Period = Literal["day", "week", "month"]
_NOT_READ = ("", "null", "none")
_WHOLE = ("header",)


class Columns(Group):
    """The table's column for each role, where it is another than usual; null: none is read."""

    identity: str | None = None
    time: str | None = None
    clock: str | None = None
    year: str | None = None
    month: str | None = None
    day: str | None = None
    end: str | None = None
    precision: str | None = None
    place: str | None = None
    place_precision: str | None = None
    country: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    type: str | None = None
    sub_type: str | None = None
    actor: str | None = None
    target: str | None = None
    actor_kind: str | None = None
    target_kind: str | None = None
    killed_low: str | None = None
    killed_best: str | None = None
    killed_high: str | None = None
    events: str | None = None


ROLES = tuple(Columns.model_fields)


class Reading(Group):
    """How a table is read, where the reader would choose otherwise.

    Parameters
    ----------
    source : str, optional
        The kind of table, told by its columns when left out.
    encoding, delimiter : str, optional
        Of a text file; UTF-8, or told by the first bytes, and the separator with which the columns
        are known, when left out.
    part : str, optional
        The file within an archive, or the sheet of a spreadsheet.
    header : int, optional
        Number of the row with the names of columns.
    dates : str, optional
        Form of dates such as ``DD/MM/YYYY``, ``excel`` (numbers of days), ``epoch`` (seconds since
        1970), or one with ``%`` as Python writes it.
    period : str, optional
        The time that a row of a table of counts covers.
    columns : Columns
        The table's column for a role.
    only, drop : dict of str to list of str
        Values of a role, or of a column of the table, that rows must or must not have. ``all``
        keeps every value, where a kind of table has a choice of its own.
    doubled : str
        Whether rows that say the same as an earlier one are events of their own.
    coarse : str
        Whether events of which only the month is known are kept, at its first day.
    ranges : str
        What a number of killed is that is written as a range, such as 3-5, 10+ or ~2: the low or
        the high end, the middle, or unknown; refused when left out.
    place_by : str
        Whether a province is told by the name, the coordinates, or the name and else the
        coordinates of an event; these need a scenario with a map.
    """

    source: Source | None = None
    encoding: str | None = None
    delimiter: str | None = None
    part: str | None = None
    header: int | None = Field(default=None, ge=1, le=1000)
    dates: str | None = None
    period: Period | None = None
    columns: Columns = Columns()
    only: dict[str, list[str]] = Field(default_factory=dict)
    drop: dict[str, list[str]] = Field(default_factory=dict)
    doubled: Literal["keep", "drop"] = "keep"
    coarse: Literal["keep", "drop"] = "drop"
    ranges: Literal["refuse", "low", "middle", "high", "unknown"] = "refuse"
    place_by: Literal["name", "coordinates", "both"] = "both"

    @property
    def asked(self) -> dict[str, str | None]:
        """The roles for which a column is named, or that are not to be read."""
        return self.columns.model_dump(exclude_unset=True)

    def changed(self, pairs: Sequence[tuple[str, str]], where: str) -> Self:
        """Change keys by their dotted path; lists grow, unless the file had them.

        A ScenarioError says what is wrong, of ``where``.
        """
        data: dict[str, Any] = self.model_dump(exclude_unset=True)
        fresh: set[str] = set()
        for path, value in pairs:
            section, _, name = path.partition(".")
            if section in ("only", "drop") and name:
                old = data.setdefault(section, {}).get(name, []) if path in fresh else []
                data.setdefault(section, {})[name] = [*old, value]
                fresh.add(path)
            elif section == "columns" and name:
                data.setdefault(section, {})[name] = None if value in _NOT_READ else value
            else:
                data[path] = plain_scalar(value) if path in _WHOLE else value
        try:
            return type(self).model_validate(data)
        except ValidationError as error:
            raise ScenarioError([_wrong(each, where) for each in error.errors()]) from None


def _wrong(error: Any, where: str) -> Problem:
    """Say what is wrong with an option, in the words of this project."""
    steps = tuple(error["loc"])
    known: Collection[str] = ROLES if steps[0] == "columns" else tuple(Reading.model_fields)
    if error["type"] == "extra_forbidden":
        near = nearest(str(steps[-1]), known)
        return Problem(Place(where), steps, "unknown key", "", list_names(known, near), near)
    allowed = str(error.get("ctx", {}).get("expected", error["msg"]))
    return Problem(Place(where), steps, "is not allowed", show(error["input"]), allowed)


class Mapping(Reading):
    """A mapping file.

    ``actors`` and ``places`` give for a name in the events that of a group or province; null
    leaves the name out on purpose. ``sides`` says how many sides of an event must be groups
    of the scenario for it to be kept.
    """

    actors: dict[str, str | None] = Field(default_factory=dict)
    places: dict[str, str | None] = Field(default_factory=dict)
    sides: Sides = "either"


def load_mapping(path: str | Path, scenario: Scenario | None = None) -> Mapping:
    """Load a mapping file, and check its names where a scenario says which groups there are."""
    tree, problems = read_file(Path(path), kind="mapping file")
    mapping, wrong = check(tree, Mapping, lambda file: _unknown_names(file, scenario))
    problems += wrong
    if problems or mapping is None:
        raise ScenarioError(in_order(problems))
    return mapping


def _unknown_names(mapping: Mapping, scenario: Scenario | None) -> Iterator[Finding]:
    if scenario is not None:
        yield from _check("actors", mapping.actors, scenario.groups, GROUP)
        yield from _check("places", mapping.places, scenario.provinces, PROVINCE)


def _check(
    section: str, names: dict[str, str | None], known: Collection[str], what: str
) -> Iterator[Finding]:
    for name, wanted in names.items():
        if wanted is not None and wanted not in known:
            yield unknown_name((section, name), wanted, known, what)
