"""The scenario files that come with the project load, and say what they claim to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import scenario
from sim.parameters import Scenario

FOLDER = Path(__file__).parent.parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
CHANGED = {
    "no-withdrawal-call": {"orders.call_to_withdraw.enabled"},
    "late-withdrawal-call": {"orders.call_to_withdraw.trigger.at"},
    "no-deployment": {"deployment.rule"},
}
PUBLISHED_POPULATION = 38_124_182
BORDERS = 41
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)


def load(name: str) -> Scenario:
    return scenario.load(FOLDER / f"{name}.yaml").scenario


@pytest.fixture(scope="module")
def iraq() -> Scenario:
    return load("iraq-2022")


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= leaves(inner, f"{path}.{key}" if path else key)
    return found


def test_the_five_files_are_there() -> None:
    assert {file.stem for file in FILES} == {"iraq-2022", "two-groups", *CHANGED}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_loads_and_asks_a_question(file: Path) -> None:
    loaded = scenario.load(file)
    assert loaded.name == file.stem
    assert loaded.scenario.question.endswith("?")
    comments = [line for line in file.read_text().splitlines() if line.startswith("#")]
    assert any(line.startswith("# Question: ") for line in comments)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_names_the_schema_that_editors_need(file: Path) -> None:
    text = file.read_text()
    schema = "scenario-partial.json" if "\nextends:" in text else "scenario.json"
    assert text.startswith(f"# yaml-language-server: $schema=../schema/{schema}\n")
    assert (FOLDER / "../schema" / schema).is_file()


@pytest.mark.parametrize("name", CHANGED)
def test_a_variant_changes_one_thing(name: str) -> None:
    parent = leaves(scenario.load(FOLDER / "iraq-2022.yaml").resolved)
    child = leaves(scenario.load(FOLDER / f"{name}.yaml").resolved)
    changed = {path for path in parent | child if parent.get(path) != child.get(path)}
    assert changed - {"title", "question"} == CHANGED[name]


def test_the_late_call_comes_one_day_later(iraq: Scenario) -> None:
    late = load("late-withdrawal-call").orders["call_to_withdraw"].trigger.at
    on_time = iraq.orders["call_to_withdraw"].trigger.at
    assert late is not None
    assert on_time is not None
    assert (late - on_time).total_seconds() == 24 * 3600


def test_iraq_has_its_provinces_people_and_borders(iraq: Scenario) -> None:
    provinces = iraq.provinces
    assert len(provinces) == 19
    assert sum(province.population for province in provinces.values()) == PUBLISHED_POPULATION
    assert [key for key, province in provinces.items() if province.capital] == ["baghdad"]
    assert len({tuple(province.tile) for province in provinces.values()}) == 19
    borders = {(a, b) for a, province in provinces.items() for b in province.neighbours}
    assert {(b, a) for a, b in borders} == borders
    assert len(borders) == 2 * BORDERS


@pytest.mark.parametrize(
    ("profile", "peak", "night_share"), [("capital", 12, 0.21), ("south", 23, 0.38)]
)
def test_hours_of_iraq_have_the_stated_peak_and_night_share(
    iraq: Scenario, profile: str, peak: int, night_share: float
) -> None:
    hours = iraq.hour_profiles[profile]
    assert max(range(24), key=hours.__getitem__) == peak
    assert hours.count(hours[peak]) == 1
    assert sum(hours[hour] for hour in NIGHT) / sum(hours) == pytest.approx(night_share, abs=0.002)


def test_every_southern_province_and_the_capital_have_their_hours(iraq: Scenario) -> None:
    for key, province in iraq.provinces.items():
        expected = "capital" if key == "baghdad" else "south"
        if key == "baghdad" or province.region == "south":
            assert province.hour_profile == expected
        else:
            assert province.hour_profile == "flat"


def test_iraq_sets_four_groups_of_two_blocs_against_each_other(iraq: Scenario) -> None:
    blocs = {group.bloc for group in iraq.groups.values()}
    assert len(iraq.groups) == 4
    assert len(blocs) == 2
    for attacker, targets in iraq.rivalry.items():
        for target in targets:
            assert iraq.groups[attacker].bloc != iraq.groups[target].bloc


def test_the_tutorial_is_small() -> None:
    tutorial = load("two-groups")
    assert len(tutorial.provinces) == 4
    assert len(tutorial.groups) == 2
    assert tutorial.clock.length <= 14 * 24
    assert len((FOLDER / "two-groups.yaml").read_text().splitlines()) <= 110
