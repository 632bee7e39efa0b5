"""Helpers for tests of results folders: scenarios with instructions for the fake engine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim import scenario
from sim.records import TABLES
from sim.scenario import Loaded
from sim.store import Store, packing
from sim.store.blocks import block_of
from tests.fake_engine import LABELS, FakeWorld, simulate

SETTINGS = {
    "title": "Two groups",
    "clock": {"start": "2024-03-01T00:00", "timezone": "UTC"},
    "provinces": {
        "city": {"label": "City", "tile": [0, 0], "population": 1000, "region": "west"},
        "hills": {"label": "Hills", "tile": [0, 1], "population": 1000, "region": "west"},
    },
    "groups": {
        "red": {"label": "Red", "bloc": "red", "fighters": {"city": 100}},
        "blue": {"label": "Blue", "bloc": "blue", "fighters": {"city": 100}},
    },
    "rivalry": {"red": {"blue": 1.0}},
    "modes": {
        "raid": {
            "weight": 1.0,
            "target_killed": {"median": 1.0},
            "attacker_killed": {"median": 1.0},
        }
    },
}


def make(folder: Path, name: str, question: str = "", **changes: object) -> Loaded:
    """Write a scenario file (JSON is YAML) and load it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(SETTINGS | {"question": question} | changes), encoding="utf-8")
    return scenario.load(path)


def table_bytes(folder: Path) -> dict[str, bytes]:
    """Read the bytes of every table file of a results folder."""
    paths = sorted(folder.rglob("*.parquet"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Read time and bytes of every file of a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def put(results: Store, scenario: str, replicates: Sequence[int], luck: int | None = None) -> None:
    """Store runs of the fake engine in one act; all of one block, ascending."""
    seed = results.seed if luck is None else luck
    tables = simulate(FakeWorld(LABELS, {}), seed, replicates)
    put_tables(results, scenario, tables, LABELS)


def put_tables(
    results: Store, scenario: str, tables: Mapping[str, Any], labels: Mapping[str, Any]
) -> None:
    """Store the tables of runs; all of one block."""
    replicates = [int(replicate) for replicate in tables["runs"]["replicate"]]
    packed = {name: packing.pack(name, tables[name], labels, replicates) for name in TABLES}
    results.blocks.add(scenario, block_of(replicates[0]), [packed], labels)
