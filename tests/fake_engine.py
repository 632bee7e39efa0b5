"""A fast engine for tests of batches: small tables made from (seed, replicate) alone.

A scenario's question may hold instructions, separated by spaces:
``fail:3,4`` (these replicates raise), ``kill:5`` (their worker is killed), ``killonce:5``
(only while the file of ``unless`` does not exist; it makes that file), ``unless:FILE``
(nothing fails or is killed once FILE exists), ``wait:0.1`` (seconds per run),
``slow:2`` (these replicates alone wait), ``build:bad``
(no world), ``shape:bad`` (wrong tables), ``count:FOLDER`` (leaves a file per run).

`ENGINE` runs one replicate a call, as Mesa does, `CHUNKED` seven, and `PREPARED` has to be
made ready first (it writes to the file that `ready_file` names).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.batch.engine import Engine, below
from sim.records import ACTIONS, CAUSES, TABLES, Column

_FUNCTIONS = ("tests.fake_engine:build", "tests.fake_engine:simulate")
ENGINE = Engine("fake", *_FUNCTIONS)
CHUNKED = Engine("chunked", *_FUNCTIONS, chunk=7)
PREPARED = Engine(
    "prepared",
    *_FUNCTIONS,
    is_ready="tests.fake_engine:is_ready",
    prepare="tests.fake_engine:prepare",
    meanwhile=ENGINE,
)
TICKS = 4
_WORDS = {
    "province": ("city", "hills", ""),
    "attacker": ("red", "blue"),
    "target": ("red", "blue"),
    "mode": ("ambush", "raid"),
    "cause": CAUSES,
    "order": ("call", ""),
    "group": ("red", "blue", ""),
    "action": ACTIONS,
}


def _columns(table: str) -> list[Column]:
    return [column for column in TABLES[table] if column.name not in {"scenario", "seed"}]


# A label that is declared but not used here has one empty category.
LABELS = {
    column.name: _WORDS.get(column.name, ("",))
    for table in TABLES
    for column in _columns(table)
    if column.kind == "label"
}


@dataclass(frozen=True)
class FakeWorld:
    """What the scenario's question asks for."""

    labels: dict[str, tuple[str, ...]]
    wishes: dict[str, str]

    def hits(self, wish: str, replicate: int) -> bool:
        """Whether the replicate is one that a wish names, and the wish holds now."""
        unless = self.wishes.get("unless")
        named = str(replicate) in self.wishes.get(wish, "").split(",")
        return named and not (unless and Path(unless).exists())


def build(scenario: Any) -> FakeWorld:
    """Read the instructions."""
    words = [word.partition(":") for word in scenario.question.split() if ":" in word]
    wishes = {key: value for key, _, value in words}
    if "build" in wishes:
        raise ValueError("no such world")
    return FakeWorld(LABELS, wishes)


def ready_file() -> Path:
    """A file for this process and its workers."""
    parent = multiprocessing.parent_process()
    pid = os.getpid() if parent is None else parent.pid
    return Path(tempfile.gettempdir(), f"reprisal-fake-engine-{pid}")


def is_ready() -> bool:
    """Whether the file is there."""
    return ready_file().exists()


def prepare() -> None:
    """Make the file, slowly; it tells how often it was made."""
    time.sleep(0.3)
    with ready_file().open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")


def simulate(world: FakeWorld, seed: int, replicates: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Make the tables of some runs."""
    return below([_one(world, seed, replicate) for replicate in replicates])


def _one(world: FakeWorld, seed: int, replicate: int) -> dict[str, dict[str, Any]]:
    if "slow" not in world.wishes or world.hits("slow", replicate):
        time.sleep(float(world.wishes.get("wait", "0")))
    if world.hits("fail", replicate):
        raise RuntimeError(f"replicate {replicate} went wrong")
    if world.hits("killonce", replicate):
        Path(world.wishes["unless"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if world.hits("kill", replicate):
        os.kill(os.getpid(), signal.SIGKILL)
    if "count" in world.wishes:
        Path(world.wishes["count"], f"{replicate}-{time.monotonic_ns()}").touch()
    tables = _tables(np.random.default_rng([seed, replicate]), replicate)
    if "shape" in world.wishes:
        del tables["ticks"]["killed"]
    return tables


def _tables(luck: np.random.Generator, replicate: int) -> dict[str, dict[str, Any]]:
    rows = int(luck.integers(0, 4))
    number = np.arange(rows)
    engagements = _when(replicate, np.sort(luck.integers(0, TICKS, rows))) | {
        "engagement": number,
        **{
            name: luck.integers(0, len(_WORDS[name]), rows)
            for name in ("province", "attacker", "target", "mode", "cause")
        },
        "parent": np.full(rows, -1),
        "root": number,
        **{
            f"{side}_{what}": luck.integers(0, 9, rows)
            for side in ("attacker", "target")
            for what in ("killed", "wounded")
        },
    }
    ticks = _when(replicate, np.arange(TICKS)) | {
        name: luck.integers(0, 9, TICKS) for name in ("engagements", "killed", "wounded")
    }
    ticks |= {name: luck.random(TICKS) for name in ("compliance", "deployed")}
    known = {
        "runs": _outcomes(replicate, rows, engagements),
        "ticks": ticks,
        "engagements": engagements,
        "orders": _when(replicate, np.arange(replicate % 2)),
    }
    return {table: _filled(table, known.get(table, engagements)) for table in TABLES}


def _filled(table: str, known: dict[str, Any]) -> dict[str, Any]:
    """Put the columns in their order; one that is not known is 0."""
    nothing = np.zeros(len(known["replicate"]), int)
    return {column.name: known.get(column.name, nothing) for column in _columns(table)}


def _when(replicate: int, ticks: Any) -> dict[str, Any]:
    start = 1_661_763_600
    return {
        "replicate": np.full(len(ticks), replicate),
        "tick": ticks,
        "time": start + 3600 * ticks,
    }


def _outcomes(replicate: int, rows: int, engagements: dict[str, Any]) -> dict[str, Any]:
    killed = int(engagements["attacker_killed"].sum() + engagements["target_killed"].sum())
    missing = float("nan")
    values = {
        "replicate": replicate,
        "killed": killed,
        "wounded": 0,
        "engagements": rows,
        "reprisal_share": 0.5 if rows else missing,
        "longest_chain": min(rows, 1),
        "provinces_reached": min(rows, 2),
        "share_outside_capital": 0.25 if rows else missing,
        "hours_to_calm": 4.0,
        "calm_reached": True,
        "called": True,
        "relapse": missing,
        "peak_day": 0.0 if killed else missing,
    }
    return {name: np.array([value]) for name, value in values.items()}
