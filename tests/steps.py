"""A small country for tests of the step, in which no two numbers are alike, and chosen draws.

A tick is half an hour, so ticks and hours cannot be mistaken for each other. ``east`` has no
units, so places of provinces, groups and units differ.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sim import draws
from sim.draws import Purpose, address
from sim.world import World, build
from tests.worlds import HARMLESS, change, scenario, two_groups

EAST, NORTH, SOUTH, WEST = range(4)
RED, VIOLET, WHITE = range(3)
RED_N, RED_S, RED_W, VIOLET_N, VIOLET_S, VIOLET_W, WHITE_N = range(7)
# Dyads: who may attack whom, and where.
RV_N, VR_N, VW_N, WV_N, RV_S, VR_S, RV_W, VR_W = range(8)
CLASH, RAID, SIEGE = range(3)

# Population, state authority, usual presence, neighbours.
PLACES = {
    "east": (300_000, 0.9, 1.0, []),
    "north": (1_000_000, 0.75, 2.0, ["south"]),
    "south": (400_000, 0.25, 0.0, []),
    "west": (250_000, 0.6, 0.5, ["south"]),
}
FIGHTERS = {
    "red": {"north": 900, "south": 400, "west": 300},
    "violet": {"north": 1600, "south": 2500, "west": 1200},
    "white": {"north": 100},
}
BLOCS = {"red": "allies", "violet": "others", "white": "allies"}
NOBODY = {**HARMLESS, "most": 7}
HARM = {"target_killed": NOBODY, "attacker_killed": NOBODY}
COUNTRY = change(
    two_groups(),
    {
        "clock": {
            "start": "2022-01-01T00:00",
            "timezone": "UTC",
            "length": "20h",
            "tick": "30min",
        },
        "provinces": {
            key: {
                "label": key.title(),
                "tile": [0, number],
                "population": people,
                "region": "all",
                "authority": authority,
                "presence": presence,
                "neighbours": neighbours,
                "capital": key == "north",
            }
            for number, (key, (people, authority, presence, neighbours)) in enumerate(
                PLACES.items()
            )
        },
        "groups": {
            key: {"label": key.title(), "bloc": BLOCS[key], "fighters": fighters}
            for key, fighters in FIGHTERS.items()
        },
        "rivalry": {"red": {"violet": 0.8}, "violet": {"red": 0.6, "white": 0.3}},
        "engagement": {"background_rate": "0.6/d"},
        "third_side": {"enabled": False, "killed": {"most": 7}, "own_killed": {"most": 7}},
        "modes": {
            "clash": {"weight": 2.0, "needs": "crowd", **HARM},
            "raid": {"weight": 3.0, **HARM},
            "siege": {"weight": 1.0, "needs": "office", **HARM},
        },
        "stances": {
            "quiet": {"battle": 0.2, "reprisal": 0.3},
            "mobilised": {"battle": 0.4, "reprisal": 0.7},
            "stand_down_compliance": 0.4,
        },
        "battle": {"half_life": "15min", "exchanges": "24/d", "turn": 0.25},
        "reprisal": {"half_life": "1h"},
        "calendar": {
            "vote": {
                "at": "2022-01-01T19:00",
                "branches": {"lost": {"probability": 0.2}, "won": {"probability": 0.3}},
            }
        },
    },
)


@lru_cache(maxsize=256)
def world_of(text: str) -> World:
    """The world of a setting written as JSON."""
    return build(scenario(json.loads(text)))


def country(**changes: Any) -> World:
    """The world of the country with some values replaced; see `tests.worlds.change`."""
    return world_of(json.dumps(change(COUNTRY, changes)))


def started(**changes: Any) -> Any:
    """A run of the country with some values replaced, as it starts."""
    from sim.engine import one_run  # the one of a changed step, see `tests.mutants`

    world = country(**changes)
    run: Any = one_run(world, "interpreted")
    run.labels = world.labels
    run.start(seed=5, replicate=2)
    return run


def put(record: Any, **values: Any) -> Any:
    """Write values into a record and return it."""
    for name, value in values.items():
        setattr(record, name, value)
    return record


def order(action: str, group: str = "red", after: str = "0h", **fields: Any) -> dict[str, Any]:
    """An order of a scenario."""
    return {"action": action, "group": group, "trigger": {"after": after}, **fields}


def acts(run: Any) -> list[tuple[int, str, str, str, str]]:
    """Acts of the tick so far, as they were written down: tick, order, group, action, province."""
    return [named(run, act) for act in run.acts_of_tick[: run.now.acts_of_tick]]


def named(run: Any, act: Any) -> tuple[int, str, str, str, str]:
    """An act with names in place of codes."""
    names = ("order", "group", "action", "province")
    return (act.tick, *(run.labels[name][getattr(act, name)] for name in names))


def memories(run: Any, d: int) -> list[tuple[int, int, float]]:
    """What a dyad remembers, from the first on: engagement, arrival, weight."""
    found, place = [], run.dyads[d].first_memory
    while place >= 0:
        memory = run.memories[place]
        assert memory.dyad == d
        found.append((memory.engagement, memory.arrival, memory.reprisal))
        place = memory.following
    return found


def unit_address(group: str, province: str) -> int:
    """Address of the draws of a unit."""
    return address(group, province)


class Draws:
    """Chosen uniforms by purpose, and what was asked for: purpose, tick, agent, rival.

    What is chosen may be a function of tick, agent and rival.
    """

    def __init__(self, chosen: dict[str, Any]) -> None:
        self.chosen = chosen
        self.asked: list[tuple[str, int, int, int]] = []

    def __call__(
        self, seed: int, replicate: int, tick: int, agent: int, rival: int, purpose: int
    ) -> tuple[float, float]:
        assert (seed, replicate) == (5, 2)
        name = Purpose(purpose).name
        self.asked.append((name, tick, agent, rival))
        chosen = self.chosen[name]
        return chosen(tick, agent, rival) if callable(chosen) else chosen


def choose(monkeypatch: Any, **chosen: Any) -> Draws:
    """Let both uniforms of each purpose be these; a draw for any other purpose is an error."""
    chooser = Draws(chosen)
    monkeypatch.setattr(draws, "uniforms", chooser)
    monkeypatch.setattr(draws, "word", lambda *_: 0)
    monkeypatch.setattr(draws, "refined", lambda _first, rest: rest)
    return chooser
