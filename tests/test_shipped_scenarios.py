"""The scenario files that come with the project load, and say what they claim to say."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sim import scenario
from sim.parameters import Scenario
from sim.scenario import Loaded

FOLDER = Path(__file__).parent.parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
SIM = FOLDER.parent / "sim"
CODE = [
    SIM / "draws.py",
    SIM / "outcomes.py",
    *(
        file
        for part in ("model", "parameters", "rules", "world")
        for file in (SIM / part).glob("*.py")
    ),
]
CHANGED = {
    "call-without-deadline": {
        "orders.call_to_withdraw.by_province.baghdad.deadline",
        "orders.call_to_withdraw.splinter",
    },
    "frayed-authority-everywhere": {"provinces.*.authority"},
    "heavy-deployment": {"deployment.reserve", "deployment.ceiling"},
    "late-withdrawal-call": {"orders.call_to_withdraw.trigger.at"},
    "neighbours-catch-fire": {"spillover.enabled", "spillover.share"},
    "no-call-for-restraint": {"restraint_calls.security_council.enabled"},
    "no-deployment": {"deployment.rule"},
    "no-insult": {"orders.aide_insults.enabled"},
    "no-mediation": {"mediation.enabled"},
    "no-pilgrimage-truce": {"truces.arbaeen.enabled"},
    "no-restraint-order": {"orders.not_to_be_provoked.enabled"},
    "no-withdrawal-call": {"orders.call_to_withdraw.enabled"},
    "offices-stay-open": {"orders.offices_close.enabled"},
    "partisan-security-forces": {"third_side.favours", "third_side.probability"},
    "patron-arms": {"groups.*.patron"},
    "ruling-postponed-again": {"calendar.court_session.branches.*.probability"},
    "security-forces-hold-fire": {"third_side.enabled"},
    "slow-deployment": {"deployment.lag", "deployment.build_up"},
}
SEVERAL = {
    "all-de-escalation",
    "insult-answered",
    "negative-ruling",
    "no-de-escalation",
    "no-memory",
    "patron-restrains",
    "quiet-year",
}
ALONE = {"iraq-2022", "lebanon-2008", "tripoli-2022", "two-groups"}
LONGER = {"all-de-escalation": 20, "quiet-year": 22}
LINES = 14
PUBLISHED_POPULATION = 38_124_182
BORDERS = 41
ANY = re.compile(r"^(provinces\.|groups\.|calendar\.court_session\.branches\.)[^.]+")
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)


@cache
def loaded_from(name: str) -> Loaded:
    return scenario.load(FOLDER / f"{name}.yaml")


def load(name: str) -> Scenario:
    return loaded_from(name).scenario


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


def test_the_library_is_complete() -> None:
    assert {file.stem for file in FILES} >= {*ALONE, *CHANGED, *SEVERAL}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_loads_and_asks_a_question(file: Path) -> None:
    loaded = loaded_from(file.stem)
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
    assert differences(name, "iraq-2022") == CHANGED[name]


def differences(name: str, parent: str) -> set[str]:
    """Paths that differ; a province, group or branch among several is written as a star."""
    old = leaves(loaded_from(parent).resolved)
    new = leaves(loaded_from(name).resolved)
    changed = {path for path in old | new if old.get(path) != new.get(path)}
    return {ANY.sub(r"\1*", path) for path in changed - {"title", "question"}}


@pytest.mark.parametrize("name", sorted({*CHANGED, *SEVERAL}))
def test_a_variant_is_a_few_lines(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text()
    body = text.split("\nquestion: ", 1)[1].splitlines()[1:]
    lines = [line for line in body if line.strip() and not line.startswith("#")]
    assert 2 <= len(lines) <= LONGER.get(name, LINES)


def test_files_that_answer_one_another_differ_in_the_answer_alone() -> None:
    changed = {path.split(".")[1] for path in differences("insult-answered", "no-restraint-order")}
    assert changed == {"answer_in_kind"}


def test_the_reaction_waits_for_the_ruling() -> None:
    ruling = load("negative-ruling")
    assert ruling.orders["reaction_to_the_ruling"].trigger.of == "court_session.negative"
    assert ruling.calendar["court_session"].branches["negative"].probability == 1


def test_no_order_of_the_quiet_year_can_be_given() -> None:
    year = load("quiet-year")
    assert not any(order.enabled for order in year.orders.values())
    assert year.clock.length == 365 * 24
    assert year.vendetta.debts


def test_nothing_calms_the_crisis_without_de_escalation() -> None:
    nothing = load("no-de-escalation")
    calming = {"withdraw", "hold", "restrain", "close_offices"}
    assert not any(o.enabled for o in nothing.orders.values() if o.action in calming)
    assert not nothing.mediation.enabled
    assert not any(call.enabled for call in nothing.restraint_calls.values())
    assert not any(truce.enabled for truce in nothing.truces.values())


def ordered(action: str) -> Callable[[Scenario], bool]:
    return lambda s: any(o.enabled and o.action == action for o in s.orders.values())


SHOWN: dict[str, Callable[[Scenario], bool]] = {
    "D1 rivalry of several levels": lambda s: len(set(levels(s))) > 1,
    "D2 modes that need something": lambda s: any(m.needs != "nothing" for m in s.modes.values()),
    "D3 battle": lambda s: s.battle.enabled,
    "D4 reprisal": lambda s: s.reprisal.enabled,
    "D5 vendetta": lambda s: s.vendetta.enabled and bool(s.vendetta.debts),
    "D6 call to withdraw": ordered("withdraw"),
    "D7 deadline and splinter": lambda s: any(
        o.enabled and o.splinter and any(local.deadline for local in o.by_province.values())
        for o in s.orders.values()
        if o.action == "withdraw"
    ),
    "D8 closed offices": ordered("close_offices"),
    "D9 not to be provoked": ordered("restrain"),
    "D10 insult": ordered("insult"),
    "D11 calendar": lambda s: any(
        branch.probability for event in s.calendar.values() for branch in event.branches.values()
    ),
    "D12 deadlock": lambda s: s.deadlock.enabled,
    "D13 crowd": lambda s: any(
        o.enabled and o.crowd for o in s.orders.values() if o.action == "mobilise"
    ),
    "D13 unasked": lambda s: s.stances.unasked,
    "D14 deployment": lambda s: s.deployment.rule != "none",
    "D15 third side": lambda s: s.third_side.enabled,
    "D15 partisan": lambda s: s.third_side.favours is not None,
    "D15 deterrence by forces that are sent": lambda s: bool(
        s.deployment.rule != "none" and s.deterrence.strength
    ),
    "D16 authority that differs": lambda s: (
        len({province.authority for province in s.provinces.values()}) > 1
    ),
    "D17 mediation": lambda s: s.mediation.enabled,
    "D18 national shock": lambda s: s.national_shock.enabled,
    "D18 spillover": lambda s: s.spillover.enabled,
    "D19 call for restraint": lambda s: any(c.enabled for c in s.restraint_calls.values()),
    "D20 patron who arms": lambda s: any(g.patron == "arm" for g in s.groups.values()),
    "D20 patron who restrains": lambda s: any(g.patron == "restrain" for g in s.groups.values()),
    "D22 hours of the day": lambda s: bool(s.hour_profiles),
    "D23 modes that differ in severity": lambda s: (
        len({mode.target_killed.median for mode in s.modes.values()}) > 1
    ),
    "D24 truce": lambda s: any(truce.enabled for truce in s.truces.values()),
}
EVERYWHERE = {"D23 modes that differ in severity"}


def levels(found: Scenario) -> list[float]:
    return [level for targets in found.rivalry.values() for level in targets.values()]


@pytest.fixture(scope="module")
def library() -> list[Scenario]:
    return [load(file.stem) for file in FILES]


@pytest.mark.parametrize("mechanism", SHOWN)
def test_every_mechanism_is_shown_with_and_without(mechanism: str, library: list[Scenario]) -> None:
    expected = {True} if mechanism in EVERYWHERE else {True, False}
    assert {SHOWN[mechanism](found) for found in library} == expected


def test_what_reporters_see_is_on_everywhere(library: list[Scenario]) -> None:
    assert all(found.reports.enabled for found in library)


def names_of_iraq(iraq: Scenario) -> set[str]:
    keys = {*iraq.provinces, *iraq.groups, *iraq.orders, *iraq.vendetta.debts, *iraq.calendar}
    blocs = {group.bloc for group in iraq.groups.values()}
    words = {word for group in iraq.groups.values() for word in group.leader.split("al-")}
    return {*keys, *blocs, "iraq", *(word.strip() for word in words if len(word) > 4)}


def test_no_name_of_iraq_lives_in_the_code(iraq: Scenario) -> None:
    """In what runs the model; sentences, such as the source of a default, may name places.

    So may the catalogue of mechanisms when it names a shipped file.
    """
    pattern = re.compile(rf"\b({'|'.join(sorted(names_of_iraq(iraq)))})\b", re.IGNORECASE)
    names = {file.stem for file in FILES}
    found = []
    for file in CODE:
        for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline):
            prose = token.type == tokenize.COMMENT or " " in token.string
            shipped = token.string.strip('"') in names
            if not prose and not shipped and pattern.search(token.string):
                found.append(f"{file.name}:{token.start[0]} {token.string}")
    assert found == []


def test_the_second_country_shares_no_name_with_the_first(iraq: Scenario) -> None:
    tripoli = load("tripoli-2022")
    for part in ("provinces", "groups", "orders", "modes"):
        assert not getattr(tripoli, part).keys() & getattr(iraq, part).keys()
    assert tripoli.clock.timezone != iraq.clock.timezone
    assert tripoli.clock.tick != iraq.clock.tick


def test_the_table_of_scenarios_says_what_the_files_say() -> None:
    page = (FOLDER.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\S+)\]\(../scenarios/\1\) \| (.+?) \| (.+?) \|", page, re.MULTILINE)
    expected = []
    for file in FILES:
        loaded = loaded_from(file.stem)
        parent = loaded.parents[0].name if loaded.parents else "–"
        expected.append((file.name, " ".join(loaded.scenario.question.split()), parent))
    assert sorted(rows) == sorted(expected)


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


def test_iraq_sets_four_groups_of_two_blocs_and_a_force_against_each_other(iraq: Scenario) -> None:
    militias = [group for group in iraq.groups.values() if group.kind == "militia"]
    assert len(militias) == 4
    assert len({group.bloc for group in militias}) == 2
    assert len(iraq.groups) == 5
    for attacker, targets in iraq.rivalry.items():
        for target in targets:
            assert iraq.groups[attacker].bloc != iraq.groups[target].bloc


def test_the_tutorial_is_small() -> None:
    tutorial = load("two-groups")
    assert len(tutorial.provinces) == 4
    assert len(tutorial.groups) == 2
    assert tutorial.clock.length <= 14 * 24
    assert len((FOLDER / "two-groups.yaml").read_text().splitlines()) <= 110
