"""The mapping file: what the names in an event table are called in a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from sim.parameters import Group, Scenario
from sim.scenario.checking import check
from sim.scenario.findings import GROUP, PROVINCE, Finding, unknown_name
from sim.scenario.problems import ScenarioError, in_order
from sim.scenario.reading import read_file

Sides = Literal["both", "either", "any"]


class Columns(Group):
    """The table's column for each role, where it is another than usual."""

    time: str | None = None
    place: str | None = None
    actor: str | None = None
    target: str | None = None
    killed_low: str | None = None
    killed_best: str | None = None
    killed_high: str | None = None
    identity: str | None = None
    precision: str | None = None


class Mapping(Group):
    """A mapping file.

    ``actors`` and ``places`` give for a name in the events that of a group or province; null
    leaves the name out on purpose. ``sides`` says how many sides of an event must be groups
    of the scenario for it to be kept.
    """

    columns: Columns = Columns()
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
