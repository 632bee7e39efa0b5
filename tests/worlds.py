"""Small scenarios for tests."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sim.engine import simulate
from sim.parameters import Scenario
from sim.world import World, build

LETHAL = {"median": 1.5, "log_sd": 1.1}
HARMLESS = {"median": 0}


def two_groups(**changes: Any) -> dict[str, Any]:
    """Two rival groups in two neighbouring provinces; changes are dotted paths with ``__``."""
    setting: dict[str, Any] = {
        "title": "Two groups",
        "clock": {"start": "2022-01-01T00:00", "timezone": "UTC", "length": "10d"},
        "provinces": {
            "north": {
                "label": "North",
                "tile": [0, 0],
                "population": 1_000_000,
                "region": "upper",
                "authority": 0.5,
                "capital": True,
                "neighbours": ["south"],
            },
            "south": {
                "label": "South",
                "tile": [1, 0],
                "population": 500_000,
                "region": "lower",
                "authority": 0.5,
            },
        },
        "groups": {
            "red": {"label": "Red", "bloc": "red", "fighters": {"north": 2000, "south": 2000}},
            "violet": {
                "label": "Violet",
                "bloc": "violet",
                "fighters": {"north": 2000, "south": 2000},
            },
        },
        "rivalry": {"red": {"violet": 1.0}},
        "engagement": {"background_rate": "0.5/d"},
        "modes": {"raid": {"weight": 1.0, "target_killed": LETHAL, "attacker_killed": LETHAL}},
        "deployment": {"rule": "none"},
        "deterrence": {"enabled": False},
        "separation": {"enabled": False},
        "national_shock": {"enabled": False},
        "third_side": {"enabled": False},
        "mediation": {"enabled": False},
    }
    return change(setting, changes)


def one_province(**changes: Any) -> dict[str, Any]:
    """Two rival groups in one province."""
    setting = two_groups()
    del setting["provinces"]["south"]
    setting["provinces"]["north"]["neighbours"] = []
    for group in setting["groups"].values():
        del group["fighters"]["south"]
    return change(setting, changes)


def change(setting: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with some values replaced; ``a__b=1`` sets ``setting["a"]["b"]``."""
    result = deepcopy(setting)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = result
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return result


def scenario(setting: dict[str, Any]) -> Scenario:
    """The checked scenario of a setting."""
    return Scenario.model_validate(setting)


def run(setting: dict[str, Any] | World, seed: int, replicate: int = 0) -> dict[str, Any]:
    """The tables of one run of a setting or of a world that was built before."""
    world = setting if isinstance(setting, World) else build(scenario(setting))
    return simulate(world, seed, [replicate])


def runs(setting: dict[str, Any] | World, seed: int, number: int) -> list[dict[str, Any]]:
    """The tables of the first runs, each by itself."""
    world = setting if isinstance(setting, World) else build(scenario(setting))
    return [run(world, seed, replicate) for replicate in range(number)]
