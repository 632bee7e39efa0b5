"""Both engines give the same tables, bit for bit; where they do not, it is told why."""

from __future__ import annotations

import fcntl
import importlib
import inspect
import math
import pkgutil
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sim.compiled import cache, tables
from sim.compiled.difference import difference, fields
from sim.compiled.flatten import flatten

import sim
from sim import compiled, model, rules
from sim.batch.mesa import simulate as in_mesa
from sim.rules import engagement, intervention, offices, provocation
from sim.rules.soundness import UnsoundError
from sim.scenario import ScenarioError, from_resolved, load
from sim.units import format_duration, format_rate, parse_duration, parse_rate
from sim.world import World, build
from tests.test_mechanism_page import EVERYTHING, SWITCHES, with_value
from tests.test_mechanisms import ALL_OFF
from tests.worlds import change, one_province, scenario, two_groups

ROOT = Path(__file__).parents[1]
SEED = 2022
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
SHORTER = {"quiet-year": ["clock.length=20d"]}
FULL = ROOT / "tests" / "broken" / "parents" / "full.yaml"
# Rules that worlds are built with, before any engine runs.
OF_WORLDS = {"patron.compliance", "tension.deadlock"}


@pytest.fixture(scope="session", autouse=True)
def machine_code() -> None:
    """Compile once: the first worker does, the others wait and load what it made."""
    folder = cache.folder()
    if folder is not None:
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            compiled.prepare()


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether tables have the same columns in the same order, types and bits."""
    return [(t, list(columns)) for t, columns in one.items()] == [
        (t, list(columns)) for t, columns in other.items()
    ] and all(
        column.dtype == other[table][name].dtype
        and column.tobytes() == other[table][name].tobytes()
        for table, columns in one.items()
        for name, column in columns.items()
    )


def assert_same(world: World, replicates: Sequence[int], seed: int = SEED) -> dict[str, Any]:
    made = compiled.simulate(world, seed, replicates)
    if not same(in_mesa(world, seed, replicates), made):
        for replicate in replicates:
            found = difference(world, seed, replicate)
            assert found is None, str(found)
        pytest.fail("every run is the same by itself, but not with the others")
    return made


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenarios(file: Path) -> None:
    world = build(load(file, SHORTER.get(file.stem, ())).scenario)
    assert_same(world, [SHIPPED.index(file)])


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
def test_every_mechanism_switched_off(switch: Any) -> None:
    assert_same(build(scenario(with_value(EVERYTHING, switch.path, switch.off))), [0, 1])


def test_every_mechanism_on_and_every_mechanism_off() -> None:
    world = build(scenario(EVERYTHING))
    assert_same(world, range(4))
    made = compiled.simulate(world, SEED, range(50))
    assert set(made["engagements"]["cause"]) == set(range(len(world.labels["cause"])))
    assert set(made["orders"]["action"]) == set(range(len(world.labels["action"])))
    made = assert_same(build(scenario(two_groups(**ALL_OFF))), range(4))
    assert set(made["engagements"]["cause"]) == {0}


def test_the_ends_of_what_a_key_can_be() -> None:
    world = build(scenario(EVERYTHING))
    for seed, replicate in ((0, 2**31 - 1), (2**32 - 1, 0)):
        assert_same(world, [replicate], seed)


# Generated scenarios

CHOICES = {
    "rule": ["none", "proportional", "recent_casualties", "capital_first", "fixed_plan"],
    "patron": ["neutral", "arm", "restrain"],
    "needs": ["nothing", "office", "crowd"],
    "bloc": ["red", "blue", "violet", "grey"],
    "hour_profile": ["flat", "night"],
    "favours": ["red", "blue", "violet"],
}


def places(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths to every value in a tree of mappings, and to every optional branch."""
    if path and path[0] not in ("clock", "title"):
        yield path
    for key, value in node.items() if isinstance(node, dict) else ():
        yield from places(value, (*path, key))


def another(path: tuple[str, ...], value: Any, chance: random.Random) -> Any:
    """A value to put in place of one."""
    if path[-1] in CHOICES:
        return chance.choice(CHOICES[path[-1]])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([0, 1, value // 2, 3 * value, 20 * value])
    if isinstance(value, float):
        return chance.choice([0.0, 1.0, value / 7, value * 3, chance.uniform(0.0, 2.0)])
    for parse, write in ((parse_duration, format_duration), (parse_rate, format_rate)):
        with suppress(ValueError):
            return write(parse(value) * chance.choice([0.0, 0.1, 3.0, 20.0]))
    return value


def put(setting: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy with a value replaced, or left out when it is a branch."""
    changed = deepcopy(setting)
    node = changed
    for step in path[:-1]:
        node = node[step]
    if isinstance(node[path[-1]], dict):
        if len(path) > 1:
            del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


BASES = [
    load(FULL, ["clock.length=8d"]).resolved,
    scenario(change(EVERYTHING, {"clock__length": "8d"})).model_dump(mode="json"),
]
PLACES = [list(places(base)) for base in BASES]


def generated(chance: random.Random) -> World:
    """A scenario with every mechanism, some of its values changed and parts left out.

    A change that the loader refuses is not made.
    """
    which = chance.randrange(len(BASES))
    setting = deepcopy(BASES[which])
    setting["engagement"]["background_rate"] = chance.choice(["0.1/d", "1/d", "10/d", "3/h"])
    setting["clock"]["tick"] = chance.choice(["30min", "1h", "3h"])
    loaded = from_resolved("generated", setting)
    for path in chance.sample(PLACES[which], chance.randrange(20)):
        with suppress(KeyError, ScenarioError):
            value = setting
            for step in path:
                value = value[step]
            changed = put(setting, path, another(path, value, chance))
            loaded = from_resolved("generated", changed)
            setting = changed
    return build(loaded.scenario)


# Drawn from a seed, so that examples do not resemble each other.
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=True))
def test_generated_scenarios(chance: random.Random) -> None:
    assert_same(generated(chance), [chance.randrange(2**31)])


# Runs do not know each other


def rows_of(made: dict[str, Any], replicate: int) -> dict[str, Any]:
    return {
        table: {name: column[columns["replicate"] == replicate] for name, column in columns.items()}
        for table, columns in made.items()
    }


def test_a_run_is_the_same_whatever_runs_beside_it() -> None:
    world = build(scenario(EVERYTHING))
    every = compiled.simulate(world, SEED, range(9))
    for some in ([3, 7], [5], [0, 4, 8]):
        made = compiled.simulate(world, SEED, some)
        assert list(made["runs"]["replicate"]) == some
        for replicate in some:
            assert same(rows_of(made, replicate), rows_of(every, replicate))


@pytest.mark.parametrize("wrong", [[7, 3], [3, 3], [-1, 0], [0, 2**31]])
def test_replicates_that_tables_cannot_hold_are_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="must ascend within 0 to"):
        compiled.simulate(BENT, SEED, wrong)


def test_no_replicates_give_tables_without_rows() -> None:
    made = compiled.simulate(build(scenario(EVERYTHING)), SEED, [])
    assert all(len(column) == 0 for columns in made.values() for column in columns.values())


@pytest.mark.parametrize("short", ["engagements", "orders", "memories"])
def test_a_run_that_needs_more_room_gets_it(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms: list[tables.Room] = []

    class Small(tables.Room):
        def __init__(self) -> None:
            super().__init__(**{short: 1})
            rooms.append(self)

    monkeypatch.setattr(tables, "Room", Small)
    assert_same(build(scenario(EVERYTHING)), range(3))
    assert getattr(rooms[0], short) > 1


def test_a_run_writes_to_nothing_that_other_runs_read() -> None:
    world = build(scenario(EVERYTHING))
    arrays = flatten(world)._asdict()
    before = {name: array.tobytes() for name, array in arrays.items()}
    compiled.simulate(world, SEED, range(5))
    assert {name: array.tobytes() for name, array in arrays.items()} == before


SHARE = st.floats(0.0, 1.0)
NUMBER = st.floats(0.0, 1e6)


@given(
    small=st.tuples(*[NUMBER] * 5, SHARE, SHARE),
    more=st.tuples(*[NUMBER] * 5, SHARE, SHARE),
    rates=st.tuples(NUMBER, NUMBER, NUMBER, SHARE),
    shares=st.tuples(SHARE, SHARE),
)
def test_the_largest_inputs_give_the_largest_hazard(
    small: tuple[float, ...],
    more: tuple[float, ...],
    rates: tuple[float, ...],
    shares: tuple[float, float],
) -> None:
    """What the compiled engine takes for granted where it passes over dyads."""
    *others, withdrawal, deterrence = small
    larger = [max(pair) for pair in zip(others, more, strict=False)]
    bound = engagement.hazard(*larger, 0.0, 1.0) * (1.0 + 1e-9)
    assert engagement.hazard(*others, withdrawal, deterrence) <= bound
    base, calm, mobilisation, hold = rates
    most = engagement.background(base, calm + 1.0, mobilisation + 1.0, 0.0)
    assert engagement.background(base, calm, mobilisation, hold) <= most
    assert engagement.availability(*shares) <= 1.0
    assert offices.exposure(True, shares[0]) <= 1.0
    assert provocation.response(True, shares[0]) <= 1.0
    assert intervention.deters(shares[0], False) <= 1.0
    assert engagement.opportunity(small[0], small[1], 1.0 + small[2], small[3]) <= small[3]


# Impossible states


def without_rivalry(world: World) -> World:
    return replace(world, dyads=replace(world.dyads, rivalry=world.dyads.rivalry * math.nan))


def with_debts_of_people(world: World) -> World:
    return replace(world, unit_fighters=world.unit_fighters - 10_000)


def with_endless_memory(world: World) -> World:
    return replace(world, fading=replace(world.fading, casualties=math.inf))


@pytest.mark.parametrize(
    ("spoilt", "named"),
    [
        (without_rivalry, "tick 0: the feud of red with violet in north"),
        (with_debts_of_people, "the unit of red in north"),
        (with_endless_memory, "the security force in north"),
    ],
)
def test_an_impossible_state_ends_the_run_in_the_same_words(
    spoilt: Callable[[World], World], named: str
) -> None:
    world = spoilt(build(scenario(one_province(engagement__background_rate="4/d"))))
    with pytest.raises(UnsoundError, match=named) as mesa:
        in_mesa(world, SEED, [4])
    with pytest.raises(UnsoundError) as made:
        compiled.simulate(world, SEED, [4])
    assert str(made.value) == str(mesa.value)
    assert difference(world, SEED, 4) is None


def test_a_state_that_is_impossible_in_one_engine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.rules.soundness.feud_is_sound", lambda *_: True)
    world = without_rivalry(build(scenario(one_province())))
    with pytest.raises(UnsoundError, match="replicate 4: impossible in the compiled engine alone"):
        compiled.simulate(world, SEED, [4])
    found = difference(world, SEED, 4)
    assert found is not None
    assert (found.tick, found.mesa, found.compiled) == (0, "possible", "impossible")
    assert "soundness.feud_is_sound" in found.rules


# A rule that differs in one engine is found and named

LOSSES = {"action": "hold", "group": "red", "trigger": {"when": {"own_killed": 9, "within": "2d"}}}
BENT = build(
    scenario(
        change(
            EVERYTHING,
            {
                "orders__stop": LOSSES,
                "deployment__rule": "capital_first",
                "groups__red__commanders": {"north": 50, "south": 50},
                "modes__ambush__commander_share": 1.0,
                "vendetta": {"median_lag": "5d", "paid": 1.0},
            },
        )
    )
)
RULES = {
    f"{module.name}.{name}": function
    for module in pkgutil.iter_modules(rules.__path__)
    for name, function in inspect.getmembers(
        importlib.import_module(f"sim.rules.{module.name}"), inspect.isfunction
    )
    if function.__module__ == f"sim.rules.{module.name}"
}
# What only decides something, and is kept nowhere, shows where a decision changes.
DECIDING = {
    "casualties.mean_wounded",
    "engagement.background",
    "engagement.hazard",
    "engagement.opportunity",
    "grievance.contribution",
    "intervention.deters",
    "vendetta.excitation",
}


def bent(rule: str) -> Callable[..., Any]:
    """A rule with an answer that is a little, or just, wrong."""

    def wrong(*arguments: Any) -> Any:
        value = RULES[rule](*arguments)
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return max(rule == "reports.sources", value - 1)
        return 3.0 * value**0.5 if rule in DECIDING else value * 1.0000000001

    return wrong


@pytest.mark.parametrize("rule", sorted(RULES.keys() - OF_WORLDS))
def test_a_rule_changed_in_one_engine_only_is_named(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = rule.partition(".")
    monkeypatch.setattr(importlib.import_module(f"sim.rules.{module}"), name, bent(rule))
    found = next((f for r in range(8) if (f := difference(BENT, SEED, r)) is not None), None)
    assert found is not None
    assert rule in found.rules, str(found)
    assert repr(found.mesa) != repr(found.compiled)


def test_a_difference_says_when_whose_and_by_what(monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(BENT, SEED, 0) is None
    excite = RULES["grievance.excite"]
    monkeypatch.setattr("sim.rules.grievance.excite", lambda *values: 2.0 * excite(*values))
    found = difference(BENT, SEED, 0)
    assert found is not None
    first = compiled.simulate(BENT, SEED, [0])["engagements"]
    labels = BENT.labels
    who, whom = (labels["attacker"][first[side][0]] for side in ("target", "attacker"))
    where = labels["province"][first["province"][0]]
    assert str(found) == (
        f"tick {first['tick'][0]}: the feud of {who} with {whom} in {where} has battle"
        f" {found.mesa!r} in the Mesa engine and {found.compiled!r} in the compiled one,"
        " computed by grievance.excite"
    )
    with pytest.raises(AssertionError, match=r"computed by grievance\.excite"):
        assert_same(BENT, [0])


def test_what_computes_a_field_exists() -> None:
    listed = (
        fields.AT_START,
        fields.OBSERVED,
        fields.DECIDED,
        fields.TOOK_PLACE,
        fields.FOUGHT,
        fields.ENDED,
    )
    names = {rule for some in listed for field in some for rule in field.rules}
    names |= {rule for some in fields.OF_ENGAGEMENT.values() for rule in some}
    names |= {rule for by in fields.OF_TABLES.values() for some in by.values() for rule in some}
    for name in names | set(fields.OF_ACT):
        assert any(found(package, name) for package in (rules, model, sim)), name


def found(package: Any, name: str) -> bool:
    module, *steps = name.split(".")
    try:
        node: Any = importlib.import_module(f"{package.__name__}.{module}")
    except ModuleNotFoundError:
        return False
    for step in steps:
        node = getattr(node, step, None)
    return callable(node)
