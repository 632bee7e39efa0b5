"""Digests of all tables of every shipped scenario: ``python -m tests.pinned`` writes them anew.

Labels are digested as words, so that a new action or cause moves nothing. When numbers change on
purpose, write the file anew and say why in the changelog, in an entry tagged **Results**.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim.scenario import load
from sim.world import World, build

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_name("pinned.json")
SHIPPED = {path.stem: path for path in sorted((ROOT / "scenarios").glob("*.yaml"))}
SEED = 2022
REPLICATES = range(20)
Tables = dict[str, dict[str, Any]]


def world_of(name: str) -> World:
    """The world of a shipped scenario."""
    return build(load(SHIPPED[name]).scenario)


def digest(tables: Tables, world: World) -> dict[str, str]:
    """First 16 hex digits of the SHA-256 of each table, labels as words."""
    made = {}
    for name, table in tables.items():
        parts = hashlib.sha256()
        for column, values in table.items():
            parts.update(f"{column} {values.dtype.str}\n".encode())
            if column in world.labels:
                words = world.labels[column]
                parts.update("\n".join(words[code] for code in values).encode())
            else:
                parts.update(np.ascontiguousarray(values).tobytes())
        made[name] = parts.hexdigest()[:16]
    return made


def digests(
    simulate: Callable[..., Tables], names: list[str] | None = None
) -> dict[str, dict[str, str]]:
    """Digests of twenty runs of shipped scenarios."""
    made = {}
    for name in names or SHIPPED:
        world = world_of(name)
        made[name] = digest(simulate(world, SEED, REPLICATES), world)
    return made


if __name__ == "__main__":
    from sim.engine import simulate

    FILE.write_text(json.dumps(digests(simulate), indent=2) + "\n", encoding="utf-8")
