"""No impossible number passes a tick unnoticed, and nobody appears or gets lost."""

from __future__ import annotations

import copy
import math
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import ReprisalModel
from sim.model.agents import MilitiaUnit
from sim.rules import soundness
from sim.rules.soundness import UnsoundError
from sim.world import World, build
from tests.test_baseline import everything
from tests.worlds import LETHAL, one_province, scenario, two_groups

WRONG = (math.nan, math.inf, -math.inf, -1e-300)
RIGHT = {
    soundness.feud_is_sound: (0.2, 1.5, 0.0),
    soundness.unit_is_sound: (10, 0, 2, 0.1, 1.0),
    soundness.province_is_sound: (1.5, 1.0, 0.0),
}


@pytest.mark.parametrize("rule", RIGHT, ids=lambda rule: rule.__name__)
def test_each_wrong_number_is_noticed_also_when_compiled(rule):
    compiled, right = numba.njit(rule), RIGHT[rule]
    assert rule(*right)
    assert compiled(*right)
    for place, number in enumerate(right):
        for wrong in (-1,) if isinstance(number, int) else WRONG:
            values = (*right[:place], wrong, *right[place + 1 :])
            assert not rule(*values), values
            assert not compiled(*values), values


def test_no_share_is_above_one():
    assert not soundness.unit_is_sound(1, 0, 0, 0.0, 1.0 + 1e-15)
    assert not soundness.province_is_sound(1.0, 1.0 + 1e-15, 0.0)


def spoil_battle(model: ReprisalModel) -> None:
    model.feuds[0].battle = math.nan


def spoil_reprisal(model: ReprisalModel) -> None:
    model.feuds[0].reprisal_arrivals = -1.0


def spoil_mobilisation(model: ReprisalModel) -> None:
    model.units[1].mobilisation = math.nan


def spoil_rivalry(model: ReprisalModel) -> None:
    model.feuds[0].rivalry = math.nan


def spoil_fighters(model: ReprisalModel) -> None:
    model.units[0].crowd = -1


def spoil_compliance(model: ReprisalModel) -> None:
    model.units[0].share = 2.0
    model.units[0].reluctance = 0.0


def spoil_presence(model: ReprisalModel) -> None:
    model.forces[0].deployed = math.nan


def spoil_casualties(model: ReprisalModel) -> None:
    model.forces[0].recent = math.inf


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (spoil_battle, "feud of red with violet in north"),
        (spoil_reprisal, "feud of red with violet in north"),
        (spoil_mobilisation, "feud of violet with red in north"),
        (spoil_rivalry, "feud of red with violet in north"),
        (spoil_fighters, "unit of red in north"),
        (spoil_compliance, "unit of red in north"),
        (spoil_presence, "security force in north"),
        (spoil_casualties, "security force in north"),
    ],
)
def test_a_run_ends_at_an_impossible_number(spoil, named):
    world = build(scenario(one_province(engagement__background_rate="0/d")))
    model = ReprisalModel(world, seed=1, collect=False)
    model.step()
    spoil(model)
    with pytest.raises(UnsoundError, match=named) as caught:
        for _ in range(2):
            model.step()
    assert str(caught.value).startswith("tick ")


SHARES = st.sampled_from([0.0, 0.3, 1.0])
FACTORS = st.sampled_from([0.0, 0.4, 5.0])
SEVERITIES = st.sampled_from([{"median": 0}, LETHAL, {"median": 300.0, "log_sd": 3.0}])
WORLDS = st.fixed_dictionaries(
    {
        "groups__red__fighters__north": st.sampled_from([1, 3, 50, 2000, 100_000_000]),
        "groups__violet__fighters__north": st.sampled_from([1, 20, 2000]),
        "groups__violet__patron": st.sampled_from(["neutral", "arm", "restrain"]),
        "engagement__background_rate": st.sampled_from(["0/d", "2/d", "240/d"]),
        "engagement__opportunity_limit": st.sampled_from([0.1, 1.5, 100.0]),
        "engagement__wounded_shape": st.sampled_from([0.1, 2.0, 1000.0]),
        "stances__mobilised": st.fixed_dictionaries({"battle": FACTORS, "reprisal": FACTORS}),
        "stances__quiet": st.fixed_dictionaries({"battle": FACTORS, "reprisal": FACTORS}),
        "battle__half_life": st.sampled_from(["6min", "2h", "10d"]),
        "national_shock": st.fixed_dictionaries(
            {"enabled": st.booleans(), "strength": FACTORS, "lag_min": st.just("0h")}
        ),
        "spillover": st.fixed_dictionaries({"enabled": st.booleans(), "share": SHARES}),
        "deterrence": st.fixed_dictionaries({"enabled": st.booleans(), "strength": SHARES}),
        "third_side": st.fixed_dictionaries(
            {"enabled": st.booleans(), "probability": SHARES, "killed": SEVERITIES}
        ),
        "crowds__weight": SHARES,
        "modes__raid__target_killed": SEVERITIES,
        "modes__raid__attacker_killed": SEVERITIES,
        "modes__raid__wounded_per_killed": st.sampled_from([0.0, 4.0, 100.0]),
        "modes__raid__wounded_base": st.sampled_from([0.0, 10_000.0]),
        "orders__rise__crowd__north": st.sampled_from([0, 5, 10_000]),
        "orders__call__compliance": SHARES,
        "stances__mobilisation_lapse": st.sampled_from(["1h", "1d", "30d"]),
    }
)


def lively() -> dict[str, Any]:
    """Every mechanism, five days, and a mode that needs nothing."""
    setting = everything()
    setting["clock"]["length"] = "5d"
    setting["calendar"], setting["truces"], setting["restraint_calls"] = {}, {}, {}
    setting["modes"]["raid"] = {**two_groups()["modes"]["raid"], "weight": 2.0}
    return setting


def changed(setting: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    setting = copy.deepcopy(setting)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = setting
        for parent in parents:
            node = node.setdefault(parent, {})
        if isinstance(value, dict) and isinstance(node.get(last), dict):
            node[last].update(value)
        else:
            node[last] = value
    return setting


class Turnstile:
    """Counts the persons of crowds who come and go while a model runs."""

    def __init__(self, patch: pytest.MonkeyPatch, n_units: int) -> None:
        self.came, self.left = np.zeros(n_units, int), np.zeros(n_units, int)
        patch.setattr(MilitiaUnit, "obey", self._counting(MilitiaUnit.obey))
        patch.setattr(MilitiaUnit, "update", self._counting(MilitiaUnit.update))

    def _counting(self, method: Any) -> Any:
        def counted(unit: MilitiaUnit, *arguments: Any) -> None:
            before = unit.crowd
            method(unit, *arguments)
            self.came[unit.index] += max(0, unit.crowd - before)
            self.left[unit.index] += max(0, before - unit.crowd)

        return counted


def casualties_of(model: ReprisalModel) -> np.ndarray:
    """Killed and wounded by unit, from the log."""
    lost = np.zeros(len(model.units), int)
    unit_at = {(unit.cell.index, unit.group): unit.index for unit in model.units}
    for row in model.log.engagements:
        province, attacker, target = row[2:5]
        own_killed, own_wounded, killed, wounded = row[10:14]
        lost[unit_at[province, attacker]] += own_killed + own_wounded
        lost[unit_at[province, target]] += killed + wounded
    return lost


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(changes=WORLDS, replicate=st.integers(0, 2**32 - 1))
def test_people_are_conserved_and_never_negative(changes, replicate):
    world = build(scenario(changed(lively(), changes)))
    model = ReprisalModel(world, seed=7, replicate=replicate, collect=False)
    with pytest.MonkeyPatch.context() as patch:
        turnstile = Turnstile(patch, len(model.units))
        while model.tick < world.n_ticks:
            model.step()
            assert all(unit.crowd_present >= 0 for unit in model.units)
    people = np.array([unit.fighters + unit.crowd for unit in model.units])
    there = np.array([unit.fighters for unit in model.units])
    assert np.all(there >= 0)
    assert np.all(there <= world.unit_fighters)
    gone = casualties_of(model) + turnstile.left
    assert np.array_equal(people, world.unit_fighters + turnstile.came - gone)


def tables_of(world: World) -> dict[str, Any]:
    """Every array of numbers that a world holds, by its place."""
    found: dict[str, Any] = {}

    def walk(value: Any, name: str) -> None:
        if isinstance(value, float | np.ndarray):
            found[name] = np.asarray(value)
        elif isinstance(value, tuple | list):
            for place, inner in enumerate(value):
                walk(inner, f"{name}[{place}]")
        elif hasattr(value, "__dataclass_fields__"):
            for field in value.__dataclass_fields__:
                walk(getattr(value, field), f"{name}.{field}")

    walk(world, "world")
    return {name: array for name, array in found.items() if array.dtype.kind == "f"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    changes=st.fixed_dictionaries(
        {
            "engagement__wounded_shape": st.floats(0.1, 1000),
            "engagement__killed_limit": st.integers(1, 300),
            "battle__half_life": st.sampled_from(["6min", "1h", "240h"]),
            "reprisal__half_life": st.sampled_from(["30min", "17520h"]),
            "modes__raid__target_killed__median": st.floats(0, 1000),
            "modes__raid__target_killed__log_sd": st.floats(0.01, 4),
            "modes__raid__weight": st.floats(1e-6, 1e6),
            "vendetta__median_lag": st.sampled_from(["1h", "87600h"]),
            "clock__tick": st.sampled_from(["10min", "1h", "12h"]),
        }
    )
)
def test_a_world_holds_no_impossible_number(changes):
    world = build(scenario(changed(lively(), changes)))
    for name, table in tables_of(world).items():
        if name.endswith(("lasts", "again_after", "delay", "deadline", "onset", "relapse")):
            continue  # infinite where there is none
        assert np.all(np.isfinite(table)) or np.all(table == math.inf), name
        assert np.all(table >= -1.0 if ".effect" in name else table >= 0.0), name
