"""The catalogue of mechanisms: nothing in it is made up, and nothing is missing from it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from reprisal.app import app
from sim import rules
from sim.engine import simulate
from sim.mechanisms import FRAME, MECHANISMS, Mechanism, functions, named
from sim.parameters import Scenario
from sim.scenario import parameters_table
from sim.scenario.shape import WRITERS, Leaf, leaf_paths
from sim.world import build
from tests.test_baseline import everything, with_examples
from tests.worlds import change

ROOT = Path(__file__).parents[1]
TABLE = {row.path: row for row in parameters_table()}
SWITCHES = {f"D{m.number}-{switch.path}": switch for m in MECHANISMS for switch in m.switches}
SEED = 5
RUNS = 6
ON_OFF = {switch.path for switch in SWITCHES.values() if switch.off is False}
EVERYTHING = change(
    with_examples(everything()),
    {path.replace(".", "__"): True for path in sorted(ON_OFF) if "*" not in path}
    | {
        "hour_profiles": {"night": [3.0] * 6 + [1.0] * 18},
        "provinces__south__hour_profile": "night",
        "groups__red__patron": "restrain",
        "truces__feast": {"trigger": {"after": "4d"}, "lasts": "4d"},
        "calendar__court__branches__no__effect": {"red": 9.0, "violet": 9.0},
        "orders__call__compliance": 0.5,
        "orders__call__splinter": 1.0,
        "orders__decided_call__trigger__decided__rate": "1/d",
        "brigades__third": {"home": "north", "persons": 30},
        "deployments__ahead__trigger": {"after": "1h"},
    },
)
LEAVES = {".".join(str(step) for step in path): leaf for path, leaf in leaf_paths()}
OF_ANOTHER_GROUP = {"orders.*.strength": "provocation.enabled"}


def modules() -> set[str]:
    """Rules of mechanisms; soundness is asked of every state and stands for nothing reported."""
    found = {f"sim.rules.{found.name}" for found in pkgutil.iter_modules(rules.__path__)}
    return found - {"sim.rules.soundness"}


def with_value(setting: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at every place that the path names."""
    filled = Scenario.model_validate(setting).model_dump(mode="json")
    changed = deepcopy(filled)
    assert put(changed, path.split("."), value) > 0, f"{path} is nowhere in this scenario"
    return changed


def put(node: Any, steps: list[str], value: Any) -> int:
    """Set a value, ``*`` standing for every key; return the number of places."""
    step, *rest = steps
    keys = list(node) if step == "*" else [step] * (step in node)
    if rest:
        inner = (node[key] for key in keys if isinstance(node[key], dict))
        return sum(put(child, rest, value) for child in inner)
    for key in keys:
        node[key] = value
    return len(keys)


def log_of(setting: dict[str, Any]) -> list[bytes]:
    world = build(Scenario.model_validate(setting))
    tables = [simulate(world, SEED, [replicate]) for replicate in range(RUNS)]
    return [
        np.ascontiguousarray(column).tobytes()
        for run in tables
        for name in sorted(run)
        for column in run[name].values()
    ]


def test_numbers_run_from_1_and_each_is_used_once():
    assert [m.number for m in MECHANISMS] == list(range(1, len(MECHANISMS) + 1))


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: f"D{m.number}")
def test_every_mechanism_is_complete(mechanism: Mechanism):
    assert mechanism.words or mechanism.elsewhere
    assert mechanism.title
    assert mechanism.model.endswith(".")
    assert mechanism.rules
    assert all(callable(function) for function in functions(mechanism))
    assert mechanism.switches
    for pattern in mechanism.key + mechanism.more:
        assert any(named(path, (pattern,)) for path in TABLE), pattern
    for name in mechanism.scenarios:
        assert (ROOT / "scenarios" / f"{name}.yaml").exists(), name
    assert mechanism.scenarios


def test_every_rule_has_a_mechanism():
    held = {function for m in MECHANISMS for function in functions(m)}
    every = {
        function
        for name in modules()
        for _, function in inspect.getmembers(importlib.import_module(name), inspect.isfunction)
        if function.__module__ == name
    }
    assert {f"{f.__module__}.{f.__name__}" for f in every - held} == set()
    assert {f.__module__ for f in held} >= modules()


def test_every_parameter_has_a_mechanism_or_belongs_to_the_frame():
    patterns = tuple(p for m in MECHANISMS for p in (*m.key, *m.more))
    switches = {switch.path for switch in SWITCHES.values()}
    left = [p for p in TABLE if p not in switches and not named(p, patterns + FRAME)]
    assert left == []
    assert [p for p in TABLE if named(p, patterns) and named(p, FRAME)] == []


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
def test_every_switch_exists_and_its_value_is_allowed(switch):
    assert switch.path in TABLE
    if switch.off is False:
        assert TABLE[switch.path].type == "true or false"
    off = with_value(EVERYTHING, switch.path, switch.off)
    Scenario.model_validate(off)


@cache
def log_of_everything() -> list[bytes]:
    return log_of(EVERYTHING)


@pytest.mark.slow
@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
def test_every_switch_acts_where_everything_is_on(switch):
    off = with_value(EVERYTHING, switch.path, switch.off)
    assert log_of(off) != log_of_everything()


def switch_of(path: str) -> str | None:
    """The switch that a parameter depends on: that of its own group or of another."""
    beside = [switch for switch in ON_OFF if path.startswith(switch.removesuffix("enabled"))]
    return OF_ANOTHER_GROUP.get(path) or (beside[0] if beside and path not in ON_OFF else None)


def ends(leaf: Leaf) -> list[Any]:
    """Values at or near both ends of what is allowed, as a file writes them; none for a name."""
    if leaf.kind == "true or false":
        return [True, False]
    write = WRITERS.get(leaf.kind, int if leaf.kind == "whole number" else float)
    bounds = [(leaf.low, 1.0), (leaf.high, -1.0)]
    return [write(bound[0] + inwards * (not bound[1])) for bound, inwards in bounds if bound]


INERT = {
    path: switch
    for path, leaf in LEAVES.items()
    if ends(leaf) and (switch := switch_of(path)) and switch != "orders.*.enabled"
}


@pytest.mark.slow
@pytest.mark.parametrize("path", INERT)
def test_what_is_switched_off_has_no_other_effect(path):
    """With a mechanism off its parameters move nothing; with it on they do."""
    values = ends(LEAVES[path])
    off = with_value(EVERYTHING, INERT[path], False)
    assert all(log_of(with_value(off, path, value)) == log_of(off) for value in values)
    moved = (log_of(with_value(EVERYTHING, path, value)) for value in values)
    assert any(log != log_of_everything() for log in moved)


def test_what_is_switched_off_covers_every_boolean_switch():
    assert set(INERT.values()) == ON_OFF - {"orders.*.enabled"}


def test_one_page_at_a_time():
    made = CliRunner().invoke(app, ["show", "--parameters", "--mechanisms"])
    assert made.exit_code == 2
