"""One pinned run with every mechanism on: numbers change only on purpose.

When they should change, write the file anew with ``python -m tests.test_baseline`` and say
why in the changelog, in an entry tagged **Results**.
"""

from __future__ import annotations

import hashlib
import json
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from sim.mechanisms import MECHANISMS
from sim.world import build
from tests.worlds import LETHAL, runs, scenario, two_groups

PINNED = Path(__file__).with_name("baseline.json")
SEED = 2022
REPLICATES = 3
COUNTS = ("engagements", "killed", "wounded", "longest_chain", "provinces_reached")


def everything() -> dict[str, Any]:
    """Two groups, two provinces, and every mechanism switched on."""

    def order(action: str, group: str, after: str, **fields: Any) -> dict[str, Any]:
        return {"action": action, "group": group, "trigger": {"after": after}, **fields}

    return two_groups(
        national_shock={"enabled": True, "strength": 0.5},
        spillover__enabled=True,
        deployment={"rule": "recent_casualties", "reserve": 3000},
        deterrence={"enabled": True, "strength": 0.05},
        separation={"enabled": True},
        mediation={"enabled": True, "presence": 1.0},
        third_side={"enabled": True, "probability": 0.3},
        stances={
            "unasked": True,
            "unasked_after": "2d",
            "quiet": {"battle": 0.3, "reprisal": 0.5},
            "mobilised": {"battle": 0.3, "reprisal": 0.5},
        },
        patronage__growth=0.02,
        groups__red__commanders={"north": 3, "south": 3},
        groups__violet__patron="arm",
        vendetta={"median_lag": "3d"},
        deadlock={"enabled": True, "since": "2021-06-01T00:00"},
        modes={
            "ambush": {"weight": 0.5, "target_killed": LETHAL, "attacker_killed": LETHAL},
            "office": {
                "weight": 0.3,
                "needs": "office",
                "commander_share": 0.5,
                "target_killed": LETHAL,
                "attacker_killed": {"median": 0.4},
            },
            "crowd": {
                "weight": 0.4,
                "needs": "crowd",
                "target_killed": {"median": 0.5},
                "attacker_killed": LETHAL,
                "wounded_per_killed": 15.0,
                "wounded_base": 20.0,
            },
            "firefight": {
                "weight": 1.0,
                "needs": "battle",
                "target_killed": {"median": 0.8},
                "attacker_killed": {"median": 0.5},
            },
        },
        orders={
            "rise": order(
                "mobilise", "red", "6h", attack_rate="2/d", crowd={"north": 5000, "south": 1000}
            ),
            "insult": order("insult", "red", "1d", target="violet", strength=3.0),
            "restrain": order("restrain", "violet", "30h"),
            "close": order("close_offices", "violet", "2d"),
            "call": order("withdraw", "red", "3d", deadline="2h", splinter=0.3),
            "wait": order("hold", "violet", "4d"),
        },
        calendar={
            "court": {
                "at": "2022-01-04T00:00",
                "branches": {
                    "moved": {"probability": 0.5, "again_after": "2d"},
                    "no": {"probability": 0.4, "effect": {"red": 0.5}},
                },
            }
        },
        restraint_calls={"council": {"at": "2022-01-05T00:00", "factor": 0.9}},
        truces={"feast": {"start": "2022-01-08T00:00", "lasts": "1d"}},
    )


def with_examples(setting: dict[str, Any]) -> dict[str, Any]:
    """A copy with the examples of mechanisms that have one."""
    return reduce(merged, (mechanism.example for mechanism in MECHANISMS), setting)


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A copy of a tree of mappings with what another one says, where both speak of the same."""
    shared = [key for key in over if key in base and isinstance(over[key], dict)]
    return base | over | {key: merged(base[key], over[key]) for key in shared}


def measured() -> list[dict[str, Any]]:
    """Counts and a digest of the whole numbers of each run's tables, labels as words."""
    world, rows = build(scenario(everything())), []
    for tables in runs(world, SEED, REPLICATES):
        digest = hashlib.sha256()
        for name in ("engagements", "orders"):
            for column, values in tables[name].items():
                digest.update(column.encode())
                if words := world.labels.get(column):
                    digest.update("\n".join(words[code] for code in values).encode())
                else:
                    digest.update(np.ascontiguousarray(values, np.int64).tobytes())
        counts = {name: int(tables["runs"][name][0]) for name in COUNTS}
        rows.append({**counts, "digest": digest.hexdigest()})
    return rows


def test_numbers_are_the_pinned_ones():
    assert measured() == json.loads(PINNED.read_text(encoding="utf-8"))


def test_the_pinned_runs_and_the_examples_use_every_mechanism():
    world = build(scenario(with_examples(everything())))
    causes, actions = set(), set()
    for tables in runs(world, SEED, 20):
        causes |= {world.labels["cause"][code] for code in tables["engagements"]["cause"]}
        actions |= {world.labels["action"][code] for code in tables["orders"]["action"]}
    assert causes == set(world.labels["cause"])
    assert actions == set(world.labels["action"])


if __name__ == "__main__":
    PINNED.write_text(json.dumps(measured(), indent=2) + "\n", encoding="utf-8")
