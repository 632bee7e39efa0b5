"""No impossible number passes a tick unnoticed, and nobody appears or gets lost."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import ReprisalModel
from sim.rules import soundness
from sim.rules.soundness import UnsoundError
from sim.step.declare import parts_of
from sim.step.layout import Run
from sim.world import World, build
from tests.test_baseline import everything
from tests.worlds import LETHAL, one_province, scenario, two_groups

WRONG = (math.nan, math.inf, -math.inf, -1e-300)
RIGHT = {
    soundness.feud_is_sound: (0.2, 1.5),
    soundness.unit_is_sound: (10, 0, 2, 0.1, 1.0),
    soundness.province_is_sound: (1.5, 1.0, 0.0, False),
}


@pytest.mark.parametrize("rule", RIGHT, ids=lambda rule: rule.__name__)
def test_each_wrong_number_is_noticed_also_when_compiled(rule):
    compiled, right = numba.njit(rule), RIGHT[rule]
    assert rule(*right)
    assert compiled(*right)
    for place, number in enumerate(right):
        if isinstance(number, bool):
            continue
        for wrong in (-1,) if isinstance(number, int) else WRONG:
            values = (*right[:place], wrong, *right[place + 1 :])
            assert not rule(*values), values
            assert not compiled(*values), values


def test_nothing_at_all_is_sound_and_one_number_below_is_not():
    right = {
        soundness.feud_is_sound: (0.0, 0.0),
        soundness.unit_is_sound: (0, 0, 0, 0.0, 0.0),
        soundness.province_is_sound: (0.0, 0.0, 0.0, False),
    }
    for rule, values in right.items():
        assert rule(*values)
        for place, number in enumerate(values):
            if not isinstance(number, bool):
                below = type(number)(-1)
                assert not rule(*values[:place], below, *values[place + 1 :])
    assert soundness.province_is_sound(-0.5, 1.5, 0.0, True)
    assert not soundness.province_is_sound(-0.5, 1.5, 0.0, False)
    assert not soundness.province_is_sound(0.5, 1.5, 0.0, True)
    assert soundness.province_is_sound(0.5, 1.0, 0.0, True)


def test_no_share_is_above_one():
    assert not soundness.unit_is_sound(1, 0, 0, 0.0, 1.0 + 1e-15)
    assert not soundness.province_is_sound(1.0, 1.0 + 1e-15, 0.0, True)


def spoil_reprisal(model: ReprisalModel) -> None:
    model.part("arrivals")[0] = -1.0


def spoil_mobilisation(model: ReprisalModel) -> None:
    model.units[1].mobilisation = math.nan


def spoil_rivalry(model: ReprisalModel) -> None:
    model.part("rivalry")[0] = math.nan


def spoil_fighters(model: ReprisalModel) -> None:
    model.units[0].record.crowd = -1  # which the agent itself refuses


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
    model = ReprisalModel(world, seed=1, collect=False, means="interpreted")
    model.step()
    spoil(model)
    with pytest.raises(UnsoundError, match=named) as caught:
        for _ in range(2):
            model.step()
    assert str(caught.value).startswith("tick ")


SHARES = st.sampled_from([0.0, 0.3, 1.0])
FACTORS = st.sampled_from([0.0, 0.4, 5.0])
BATTLES = st.sampled_from([0.0, 0.4, 0.99])
SEVERITIES = st.sampled_from([{"median": 0}, LETHAL, {"median": 300.0, "log_sd": 3.0}])
WORLDS = st.fixed_dictionaries(
    {
        "groups__red__fighters__north": st.sampled_from([1, 3, 50, 2000, 100_000_000]),
        "groups__violet__fighters__north": st.sampled_from([1, 20, 2000]),
        "groups__violet__patron": st.sampled_from(["neutral", "arm", "restrain"]),
        "engagement__background_rate": st.sampled_from(["0/d", "2/d", "240/d"]),
        "engagement__opportunity_limit": st.sampled_from([1.01, 1.5, 100.0]),
        "engagement__wounded_shape": st.sampled_from([0.1, 2.0, 1000.0]),
        "stances__mobilised": st.fixed_dictionaries({"battle": BATTLES, "reprisal": FACTORS}),
        "stances__quiet": st.fixed_dictionaries({"battle": BATTLES, "reprisal": FACTORS}),
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


class Turnstile(ReprisalModel):
    """Counts the persons of crowds who come when they are called, and who leave."""

    def __init__(self, world: World, seed: int, replicate: int) -> None:
        super().__init__(world, seed, replicate, collect=False, means="interpreted")
        self.came, self.left = np.zeros((2, len(self.units)), int)

    def leaders_act(self) -> None:
        self._count(super().leaders_act)

    def units_update(self) -> None:
        self._count(super().units_update)

    def _count(self, phase: Callable[[], None]) -> None:
        before = people_of(self, "crowd")
        phase()
        more = people_of(self, "crowd") - before
        self.came += np.maximum(0, more)
        self.left += np.maximum(0, -more)


def people_of(model: ReprisalModel, kind: str) -> np.ndarray:
    """Fighters or crowds by unit."""
    return np.array([getattr(unit, kind) for unit in model.units])


def casualties_of(model: ReprisalModel) -> np.ndarray:
    """Killed and wounded by unit, from the engagements."""
    lost = np.zeros(len(model.units), int)
    unit_at = {(unit.cell.index, unit.group): unit.index for unit in model.units}
    for row in model._engine.rows("engagements"):
        for side in ("attacker", "target"):
            unit = unit_at[int(row["province"]), model.groups[row[side]]]
            lost[unit] += row[f"{side}_killed"] + row[f"{side}_wounded"]
    return lost


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(changes=WORLDS, replicate=st.integers(0, 2**32 - 1))
def test_people_are_conserved_and_never_negative(changes, replicate):
    world = build(scenario(changed(lively(), changes)))
    model = Turnstile(world, 7, replicate)
    while model.tick < world.n_ticks:
        model.step()
        assert all(unit.crowd_present >= 0 for unit in model.units)
    there = people_of(model, "fighters")
    people = there + people_of(model, "crowd")
    assert np.all(there >= 0)
    assert np.all(there <= world.unit_fighters)
    gone = casualties_of(model) + model.left
    assert np.array_equal(people, world.unit_fighters + model.came - gone)


RUN_PARTS = parts_of(Run)
ENDLESS = {
    "deadline",  # of a unit's order; the others are those that the layout says are endless
    *(name for part in RUN_PARTS.values() if part.record for name in part.record.endless),
}


def numbers_of(world: World) -> dict[str, Any]:
    """Every array of numbers that a world holds, and a run that starts, by its place."""
    found: dict[str, Any] = {}

    def walk(value: Any, name: str) -> None:
        for field in getattr(value, "__dataclass_fields__", ()):
            walk(getattr(value, field), f"{name}.{field}")
        if isinstance(value, float | np.ndarray):
            found[name] = np.asarray(value)
        elif isinstance(value, tuple | list):
            for place, inner in enumerate(value):
                walk(inner, f"{name}[{place}]")

    def take(array: np.ndarray, name: str) -> None:
        found[name] = array
        for field in array.dtype.names or ():
            take(array[field], f"{name}.{field}")

    walk(world, "world")
    for name, part in RUN_PARTS.items():
        take(part.make(world), name)
    return {name: array for name, array in found.items() if array.dtype.kind == "f"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    changes=st.fixed_dictionaries(
        {
            "engagement__wounded_shape": st.floats(0.1, 1000),
            "modes__raid__target_killed__most": st.integers(1, 300),
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
    for name, table in numbers_of(world).items():
        assert np.all(table >= -1.0 if "effect" in name else table >= 0.0), name
        if name.rpartition(".")[2] not in ENDLESS:
            assert np.all(np.isfinite(table)) or np.all(table == math.inf), name
