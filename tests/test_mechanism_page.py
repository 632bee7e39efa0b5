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
from sim.mechanisms import FRAME, MECHANISMS, Mechanism, named
from sim.parameters import Scenario
from sim.scenario import load, parameters_table
from sim.world import build
from tests.test_baseline import everything
from tests.worlds import change

ROOT = Path(__file__).parents[1]
TABLE = {row.path: row for row in parameters_table()}
SWITCHES = {f"D{m.number}-{switch.path}": switch for m in MECHANISMS for switch in m.switches}
SEED = 5
RUNS = 3
EVERYTHING = change(
    everything(),
    {
        "hour_profiles": {"night": [3.0] * 6 + [1.0] * 18},
        "provinces__south__hour_profile": "night",
        "groups__red__patron": "restrain",
        "truces__feast": {"start": "2022-01-05T00:00", "lasts": "4d"},
        "calendar__court__branches__no__effect": {"red": 9.0, "violet": 9.0},
        "orders__call__compliance": 0.5,
        "orders__call__splinter": 1.0,
    },
)
INERT = [
    ("battle.enabled", "battle.half_life", "20h"),
    ("reprisal.enabled", "reprisal.by_severity", False),
    ("vendetta.enabled", "vendetta.paid", 1.0),
    ("national_shock.enabled", "national_shock.strength", 5.0),
    ("spillover.enabled", "spillover.share", 1.0),
    ("offices.enabled", "offices.closed_share", 1.0),
    ("provocation.enabled", "provocation.restraint", 0.0),
    ("provocation.enabled", "orders.insult.strength", 5.0),
    ("crowds.enabled", "crowds.weight", 1.0),
    ("stances.unasked", "stances.unasked_after", "1h"),
    ("patronage.enabled", "patronage.growth", 1.0),
    ("patronage.enabled", "patronage.restraint", 1.0),
    ("deadlock.enabled", "deadlock.growth", 5.0),
    ("deterrence.enabled", "deterrence.strength", 2.0),
    ("separation.enabled", "separation.presence", 0.0),
    ("third_side.enabled", "third_side.probability", 1.0),
    ("mediation.enabled", "mediation.reprisal_factor", 0.0),
    ("restraint_calls.*.enabled", "restraint_calls.council.factor", 0.0),
    ("truces.*.enabled", "truces.feast.factor", 0.0),
    ("reports.enabled", "reports.unseen", 1.0),
]


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


def test_numbers_run_from_1_to_24():
    assert [m.number for m in MECHANISMS] == list(range(1, 25))


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: f"D{m.number}")
def test_every_mechanism_is_complete(mechanism: Mechanism):
    assert mechanism.words or mechanism.elsewhere
    assert mechanism.title
    assert mechanism.model.endswith(".")
    assert mechanism.rules
    assert mechanism.switches
    for pattern in mechanism.key + mechanism.more:
        assert any(named(path, (pattern,)) for path in TABLE), pattern
    for name in mechanism.scenarios:
        assert (ROOT / "scenarios" / f"{name}.yaml").exists(), name
    assert mechanism.scenarios


def test_every_rule_has_a_mechanism():
    held = {function for m in MECHANISMS for function in m.rules}
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


@pytest.mark.slow
@pytest.mark.parametrize(("switch", "path", "value"), INERT, ids=[path for _, path, _ in INERT])
def test_what_is_switched_off_has_no_other_effect(switch, path, value):
    """With a mechanism off its parameters move nothing; with it on they do."""
    off = with_value(EVERYTHING, switch, False)
    assert log_of(with_value(off, path, value)) == log_of(off)
    assert log_of(with_value(EVERYTHING, path, value)) != log_of_everything()


def test_what_is_switched_off_covers_every_boolean_switch():
    on_off = {switch.path for switch in SWITCHES.values() if switch.off is False}
    assert {switch for switch, _, _ in INERT} == on_off - {"orders.*.enabled"}


def test_one_page_at_a_time():
    made = CliRunner().invoke(app, ["schema", "--parameters", "--mechanisms"])
    assert made.exit_code == 2


def test_the_named_scenarios_load():
    for name in sorted({name for m in MECHANISMS for name in m.scenarios}):
        load(ROOT / "scenarios" / f"{name}.yaml")
