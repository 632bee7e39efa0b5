"""The step gives the same tables compiled, interpreted and by Mesa's agents, bit for bit."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import engine
from sim.engine import faster, interpreted, memory, text, translate
from sim.engine.faster import go
from sim.engine.tables import tables_of
from sim.engine.translate import twins
from sim.model import ReprisalModel
from sim.model import simulate as in_mesa
from sim.rules import battle, engagement, intervention, offices, provocation
from sim.rules.soundness import UnsoundError
from sim.scenario import ScenarioError, from_resolved, load
from sim.units import format_duration, format_rate, parse_duration, parse_rate
from sim.world import World, build
from tests import pinned
from tests.test_mechanism_page import EVERYTHING, SWITCHES, with_value
from tests.test_mechanisms import ALL_OFF
from tests.worlds import change, one_province, scenario, two_groups

ROOT = Path(__file__).parents[1]
SEED = 2022
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
SHORTER = {"quiet-year": ["clock.length=20d"]}
FEW = 8 * 24  # ticks
FULL = ROOT / "tests" / "broken" / "parents" / "full.yaml"


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
    made = engine.simulate(world, seed, replicates)
    other = engine.interpret(world, seed, replicates)
    for table, columns in made.items():
        for name, column in columns.items():
            assert column.dtype == other[table][name].dtype, (table, name)
            assert column.tobytes() == other[table][name].tobytes(), (table, name)
    assert same(made, other)
    return made


@pytest.mark.parametrize("most", [FEW, pytest.param(10**6, marks=pytest.mark.slow)])
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenarios(file: Path, most: int) -> None:
    world = build(load(file, SHORTER.get(file.stem, ())).scenario)
    world = replace(world, n_ticks=min(most, world.n_ticks))
    assert_same(world, [SHIPPED.index(file)])


@pytest.mark.parametrize("runs", [1, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
def test_every_mechanism_switched_off(switch: Any, runs: int) -> None:
    assert_same(build(scenario(with_value(EVERYTHING, switch.path, switch.off))), range(runs))


def test_every_mechanism_on_and_every_mechanism_off() -> None:
    world = build(scenario(EVERYTHING))
    assert_same(world, range(4))
    made = engine.simulate(world, SEED, range(50))
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
@settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
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
    every = engine.simulate(world, SEED, range(9))
    for some in ([3, 7], [5], [0, 4, 8]):
        made = engine.simulate(world, SEED, some)
        assert list(made["runs"]["replicate"]) == some
        for replicate in some:
            assert same(rows_of(made, replicate), rows_of(every, replicate))


@pytest.mark.parametrize("wrong", [[7, 3], [3, 3], [-1, 0], [0, 2**31]])
def test_replicates_that_tables_cannot_hold_are_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="must ascend within 0 to"):
        engine.simulate(build(scenario(EVERYTHING)), SEED, wrong)


def test_no_replicates_give_tables_without_rows() -> None:
    made = engine.simulate(build(scenario(EVERYTHING)), SEED, [])
    assert all(len(column) == 0 for columns in made.values() for column in columns.values())


def test_a_run_that_needs_more_room_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build(scenario(EVERYTHING))
    before = engine.simulate(world, SEED, range(3))
    monkeypatch.setattr(memory, "SPARE", 0)
    memory.laid_out.clear()
    first = memory.Memory(world)
    assert all(len(first.arrays[name]) == first.per_tick[name] for name in memory.POOLS)
    assert same(engine.simulate(world, SEED, range(3)), before)
    assert same(engine.interpret(world, SEED, range(3)), before)
    memory.laid_out.clear()


def test_a_run_writes_to_nothing_that_other_runs_read() -> None:
    world = build(scenario(EVERYTHING))
    arrays = memory.laid_out(world)
    before = {name: array.tobytes() for name, array in arrays.items()}
    engine.simulate(world, SEED, range(5))
    assert {name: array.tobytes() for name, array in arrays.items()} == before


SHARE = st.floats(0.0, 1.0)
NUMBER = st.floats(0.0, 1e6)


@given(
    numbers=st.tuples(*[NUMBER] * 4),
    rates=st.tuples(NUMBER, NUMBER, NUMBER, SHARE),
    shares=st.tuples(SHARE, SHARE, SHARE),
    limit=st.floats(1.0, 100.0, exclude_min=True),
)
def test_the_largest_inputs_give_the_largest_hazard(
    numbers: tuple[float, ...],
    rates: tuple[float, ...],
    shares: tuple[float, float, float],
    limit: float,
) -> None:
    """What the compiled engine takes for granted where it passes over dyads."""
    margin = 1.0 + 1e-9
    exposure, own, rival, reference = numbers
    base, calm, mobilisation, hold = rates
    assert engagement.openness(exposure, shares[0], shares[1]) <= exposure
    assert engagement.background(base, calm, hold) <= engagement.background(base, calm + 1.0, 0.0)
    assert engagement.ordered(mobilisation, hold) <= mobilisation
    opportunity = engagement.opportunity(own, rival, 1.0 + reference, limit)
    assert opportunity <= limit * margin
    for hit_last in (True, False):
        fire = battle.fire(base, own, rival, opportunity, hit_last, shares[2])
        assert fire <= base * 2.0 * (1.0 + shares[2]) * margin
    assert engagement.availability(shares[0], shares[1]) <= 1.0
    assert offices.exposure(True, shares[0]) <= 1.0
    assert provocation.response(True, shares[0]) <= 1.0
    assert intervention.deters(shares[0], False) <= 1.0


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
    said = []
    for simulate in (engine.interpret, engine.simulate, lambda w, s, r: in_mesa(w, s, r[0])):
        with pytest.raises(UnsoundError, match=named) as error:
            simulate(world, SEED, [4])
        said.append(str(error.value))
    assert len(set(said)) == 1


# Machine code does not look whether a place is negative


class FromTheStart(list[Any]):
    """A list that has no place -1."""

    def __getitem__(self, place: Any) -> Any:
        assert isinstance(place, slice) or place >= 0, place
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        assert place >= 0, place
        super().__setitem__(place, value)


class RowsFromTheStart(FromTheStart, interpreted.Rows):
    """The same for records."""


class InterpretedLikeCompiled(interpreted.Interpreted):
    """What whole runs do as machine code, interpreted."""

    def __init__(self, world: World, scope: dict[str, Any]) -> None:
        super().__init__(world)
        self._go = translate._with_names(faster.go, scope)
        pools = ("memories", "engagements", "acts")
        self._most = [self._memory.per_tick[name] for name in pools]

    def go(self, end: int) -> bool:
        now = self.part("now")
        while now.tick < end and not now.unsound:
            self.make_room()
            self._go(self, end, *self._most)
        return not now.unsound


@pytest.mark.parametrize("name", ["everything", "iraq-2022", "spoilers"])
def test_no_place_is_counted_from_the_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = interpreted._plain

    def guarded(array: Any) -> Any:
        made = plain(array)
        if isinstance(made, interpreted.Rows):
            return RowsFromTheStart(made)
        return from_the_start(made) if isinstance(made, list) else made

    def from_the_start(some: list[Any]) -> FromTheStart:
        return FromTheStart(from_the_start(e) if isinstance(e, list) else e for e in some)

    monkeypatch.setattr(interpreted, "_plain", guarded)
    monkeypatch.setattr(translate, "njit", lambda function, **_: function)
    monkeypatch.setattr(translate, "np", SimpleNamespace(int64=int))
    names = translate.twins.__wrapped__(True)
    shipped = ROOT / "scenarios" / f"{name}.yaml"
    world = build(load(shipped).scenario if shipped.exists() else scenario(EVERYTHING))
    fast = InterpretedLikeCompiled(world, names[faster.__name__])
    assert same(tables_of(fast, world, SEED, [0]), engine.simulate(world, SEED, [0]))
    assert_same(replace(world, n_ticks=min(FEW, world.n_ticks)), [0])


# Numbers change only on purpose


@pytest.mark.parametrize("name", pinned.SHIPPED)
def test_tables_are_the_pinned_ones(name: str) -> None:
    expected = json.loads(pinned.FILE.read_text(encoding="utf-8"))[name]
    assert pinned.digests(engine.simulate, [name])[name] == expected


# The comparison sees a difference


CHANGED = {
    "a rule": "grievance.excite",
    "a function of the step": "units.lose",
}


@pytest.mark.parametrize("function", CHANGED.values(), ids=CHANGED)
def test_a_function_changed_for_one_of_them_is_seen(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = function.partition(".")
    package = "sim.rules" if module == "grievance" else "sim.step"
    world = build(scenario(EVERYTHING))
    assert_same(world, [0])
    before = getattr(__import__(f"{package}.{module}", fromlist=[name]), name)

    def wrong(*arguments: Any) -> Any:
        made = before(*arguments)
        return 1.01 * made if made is not None else before(*arguments)

    for place in text.modules():
        if getattr(place, name, None) is before:
            monkeypatch.setattr(place, name, wrong)
    with pytest.raises(AssertionError):
        assert_same(world, [0])


# What is only speed stands for text of the same name


def test_what_is_faster_stands_for_phases_that_exist() -> None:
    names = {name for name, _ in text.functions(faster)}
    instead = names & set(text.FUNCTIONS)
    assert instead >= {"units_observe", "units_decide", "leaders_decide", "forces_update"}
    step = twins(speed=True)["sim.step.tick"]
    plain = twins(speed=False)["sim.step.tick"]
    for name in instead:
        assert step[name].py_func.__code__ is getattr(faster, name).__code__
        assert plain[name].py_func.__code__ is text.FUNCTIONS[name].__code__


def test_names_of_the_text_are_unique_so_that_they_can_be_called_by_name() -> None:
    names = [
        name
        for module in text.modules()
        if module.__name__.startswith("sim.step")
        for name, _ in text.functions(module)
    ]
    assert sorted(names) == sorted(set(names))
    assert go.__name__ not in names


@pytest.mark.parametrize("file", ["two-groups", "iraq-2022"])
def test_mesas_agents_give_the_same_tables(file: str) -> None:
    world = build(load(ROOT / "scenarios" / f"{file}.yaml").scenario)
    made = engine.simulate(world, SEED, [3])
    for means in ("interpreted", "compiled"):
        model = ReprisalModel(world, SEED, 3, collect=False, means=means)
        while model.tick < world.n_ticks:
            model.step()
        assert same(model.tables(), made)
