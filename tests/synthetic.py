"""Made-up results with the columns of ``sim.records``, for tests of the analysis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.frames import Frames
from sim.parameters import Scenario
from sim.records import TABLES

TILES = {
    "dahuk": (0, 0), "arbil": (0, 1), "kirkuk": (0, 2), "ninawa": (1, 0), "salah_al_din": (1, 1),
    "sulaymaniyah": (1, 2), "halabja": (1, 3), "anbar": (2, 0), "baghdad": (2, 1),
    "diyala": (2, 2), "karbala": (3, 0), "babil": (3, 1), "wasit": (3, 2), "najaf": (4, 0),
    "qadisiyah": (4, 1), "dhi_qar": (4, 2), "maysan": (4, 3), "muthanna": (5, 1),
    "basra": (5, 2),
}  # fmt: skip
SMALL_TILES = {"north_west": (0, 0), "north_east": (0, 1), "south_west": (1, 0), "south": (1, 1)}


@dataclass(frozen=True)
class World:
    """Stands in for ``sim.scenario.Loaded``."""

    name: str
    scenario: Scenario
    hash: str = "0" * 64
    design: None = None
    outlines: None = None

    @property
    def resolved(self) -> dict[str, Any]:
        """The scenario as plain data."""
        return self.scenario.model_dump(mode="json")


def scenario(
    tiles: dict[str, tuple[int, int]] = TILES,
    length: str = "45d",
    capital: str | None = "baghdad",
    title: str = "Synthetic",
) -> Scenario:
    """A valid scenario on the given tiles."""
    provinces = {
        key: {
            "label": key.replace("_", " ").title(),
            "tile": list(tile),
            "population": 1_000_000,
            "region": "all",
            "capital": key == capital,
        }
        for key, tile in tiles.items()
    }
    severity = {"median": 1.0}
    return Scenario.model_validate(
        {
            "title": title,
            "clock": {"start": "2022-08-29T12:00", "timezone": "Asia/Baghdad", "length": length},
            "provinces": provinces,
            "groups": {
                key: {"label": key.title(), "bloc": key, "fighters": {next(iter(tiles)): 100}}
                for key in ("first", "second")
            },
            "rivalry": {"first": {"second": 1.0}},
            "modes": {
                "ambush": {"weight": 1, "target_killed": severity, "attacker_killed": severity}
            },
            "orders": {
                "call_to_withdraw": {
                    "action": "withdraw",
                    "group": "first",
                    "trigger": {"at": "2022-08-30T13:30"},
                },
                "answer": {
                    "action": "mobilise",
                    "group": "second",
                    "trigger": {"when": {"own_killed": 5}},
                },
            },
        }
    )


def run_engagements(
    rng: np.random.Generator, provinces: Sequence[str], scale: float, ticks: int
) -> dict[str, Any]:
    """Engagements of one run: a branching process in time, mostly early, in few provinces."""
    tick, parent = [], []
    for _ in range(rng.poisson(8 * scale)):
        tick.append(int(min(ticks - 1, rng.exponential(36))))
        parent.append(-1)
    done = 0
    while done < len(tick) and len(tick) < 2000:
        for _ in range(rng.poisson(0.35 + 0.3 * min(scale, 1.2))):
            when = tick[done] + 1 + int(rng.exponential(20))
            if when < ticks:
                tick.append(when)
                parent.append(done)
        done += 1
    order = np.argsort(tick, kind="stable")
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    parents = np.array([-1 if parent[i] < 0 else place[parent[i]] for i in order], dtype=int)
    root, depth = np.arange(len(order)), np.zeros(len(order), dtype=int)
    for index, above in enumerate(parents):
        if above >= 0:
            root[index], depth[index] = root[above], depth[above] + 1
    weights = 1.0 / (1 + np.arange(len(provinces))) ** 1.5
    where = rng.choice(len(provinces), size=len(order), p=weights / weights.sum())
    killed = np.floor(np.exp(rng.normal(0.0, 1.1, size=(2, len(order)))) * 0.8).astype(int)
    return {
        "engagement": np.arange(len(order)),
        "tick": np.array(tick, dtype=int)[order] if tick else np.empty(0, dtype=int),
        "province": [provinces[index] for index in where],
        "attacker": ["first"] * len(order),
        "target": ["second"] * len(order),
        "mode": ["ambush"] * len(order),
        "cause": np.where(parents < 0, "background", "reprisal"),
        "parent": parents,
        "root": root,
        "depth": depth,
        "attacker_killed": killed[0],
        "attacker_wounded": killed[0] * 3,
        "target_killed": killed[1],
        "target_wounded": killed[1] * 4,
    }


def run_outcomes(rows: pd.DataFrame, ticks: int, capital: str | None) -> dict[str, Any]:
    """Outcomes of one run, near enough to the real definitions."""
    killed = rows.attacker_killed + rows.target_killed
    empty = rows.empty
    times = np.concatenate([[-1], rows.tick.to_numpy(), [ticks]])
    gaps = np.flatnonzero(np.diff(times) > 48)
    calm = int(times[gaps[0]] + 1) if gaps.size else ticks
    later = (rows.tick >= calm) & (killed > 0)
    daily = killed.groupby((rows.tick + 12) // 24).sum()
    outside = float((rows.province != capital).mean()) if capital and not empty else np.nan
    return {
        "killed": int(killed.sum()),
        "wounded": int((rows.attacker_wounded + rows.target_wounded).sum()),
        "engagements": len(rows),
        "reprisal_share": np.nan if empty else float((rows.parent >= 0).mean()),
        "longest_chain": 0 if empty else int(rows.depth.max()) + 1,
        "provinces_reached": rows.province.nunique(),
        "share_outside_capital": outside,
        "hours_to_calm": float(calm),
        "calm_reached": bool(gaps.size),
        "relapse": float(later.any()) if gaps.size else np.nan,
        "peak_day": float(daily.idxmax()) if daily.sum() > 0 else np.nan,
    }


def frames(
    scales: dict[str, float],
    replicates: int = 40,
    tiles: dict[str, tuple[int, int]] = TILES,
    length: str = "45d",
    capital: str | None = "baghdad",
) -> Frames:
    """Results of several scenarios; a larger scale means more engagements, 0 means none."""
    made = scenario(tiles, length, capital)
    ticks = round(made.clock.length / made.clock.tick)
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    provinces = [capital, *(key for key in tiles if key != capital)] if capital else [*tiles]
    for name, scale in scales.items():
        for replicate in range(replicates):
            rng = np.random.default_rng([7, replicate])
            run = _run(rng, provinces, scale, ticks, capital)
            for table, parts in tables.items():
                rows = run.get(table, run["engagements"])
                parts.append(rows.assign(scenario=name, replicate=replicate))
    joined = {name: typed(name, pd.concat(rows)) for name, rows in tables.items()}
    worlds: Any = {name: World(name, made) for name in scales}
    return Frames(worlds, (Path("results/synthetic"),), reader(joined))


def reader(tables: dict[str, pd.DataFrame]) -> Any:
    """A reader of `analysis.frames.Frames` over frames in memory."""

    def read(name: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        yield tables[name][list(columns)].reset_index(drop=True)

    return read


def _run(
    rng: np.random.Generator, provinces: list[str], scale: float, ticks: int, capital: str | None
) -> dict[str, pd.DataFrame]:
    engagements = pd.DataFrame(run_engagements(rng, provinces, scale, ticks))
    killed = engagements.attacker_killed + engagements.target_killed
    per_tick = pd.DataFrame({"tick": np.arange(ticks)})
    per_tick["engagements"] = np.bincount(engagements.tick, minlength=ticks)
    per_tick["killed"] = np.bincount(engagements.tick, weights=killed, minlength=ticks)
    orders = [(25, "call_to_withdraw", "first", "withdraw")]
    if killed.sum() > 20:
        orders.append(
            (int(engagements.tick[(killed.cumsum() > 20)].iloc[0]), "answer", "second", "mobilise")
        )
    return {
        "runs": pd.DataFrame([{"seed": 1, **run_outcomes(engagements, ticks, capital)}]),
        "ticks": per_tick,
        "engagements": engagements,
        "orders": pd.DataFrame(orders, columns=["tick", "order", "group", "action"]),
    }


def typed(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Give a table the declared columns and types; what is not known is 0 or empty."""
    kinds = {"label": "category"}
    if "tick" in rows:
        start = pd.Timestamp("2022-08-29T09:00", tz="UTC")
        rows["time"] = start + pd.to_timedelta(rows.tick.to_numpy(dtype=float), unit="h")
    columns = [column for column in TABLES[name] if column.kind != "time" or "tick" in rows]
    for column in columns:
        if column.name not in rows:
            rows[column.name] = "" if column.kind == "label" else 0
    typed = {c.name: kinds.get(c.kind, c.kind) for c in columns if c.kind != "time"}
    return rows.astype(typed)[[column.name for column in columns]]
