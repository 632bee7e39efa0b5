"""One run as plain data with every name resolved, for those who show it hour by hour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import engine as engines
from sim.records import DEAD, STANCES
from sim.scenario.loading import Loaded
from sim.world import World, build


def play(loaded: Loaded, replicate: int = 0, seed: int = 1, engine: str = "auto") -> dict[str, Any]:
    """Run one replicate and tell what happened in every tick.

    Parameters
    ----------
    loaded : Loaded
        The scenario; a design is passed over.
    replicate : int
        Replicate number.
    seed : int
        Seed of the random numbers.
    engine : {"auto", "compiled", "interpreted"}
        ``auto`` is compiled where machine code is kept from before.

    Returns
    -------
    dict
        Plain data, as JSON has it:

        - ``name``, ``title``, ``replicate``, ``seed``, ``start`` (local time), ``tick`` [h] and
          ``ticks``, their number;
        - ``engagements``: ``id``, ``tick``, ``province``, ``attacker``, ``target``, ``mode``,
          ``cause``, ``order`` (empty for none), ``parent`` (the id that it answers, -1 for none),
          ``killed`` and ``wounded``;
        - ``orders``: ``tick``, ``order``, ``action``, ``group``, ``province`` (each may be empty);
        - ``stances``: ``tick``, ``province``, ``group`` and ``stance``, whenever one changes;
        - ``forces``: ``tick``, ``province`` and ``deployed`` [persons], whenever that changes;
        - ``fighters``: ``province``, ``group`` and ``fighters`` [persons].
    """
    world = build(loaded.scenario)
    if engine == "auto":
        engine = "compiled" if engines.is_ready() else "interpreted"
    run = engines.one_run(world, engine)
    run.start(seed, replicate)
    watch = _Watch(world)
    for tick in range(1, world.n_ticks + 1):
        run.call("units_observe")  # which whole runs leave out where nothing happens
        stances = run.rows("units")["stance"]
        run.go(tick)
        watch.look(tick - 1, stances, run.rows("forces")["deployed"])
    labels = world.labels
    clock = loaded.scenario.clock
    return {
        "name": loaded.name,
        "title": loaded.scenario.title,
        "replicate": replicate,
        "seed": seed,
        "start": clock.start.isoformat(),
        "tick": clock.tick,
        "ticks": world.n_ticks,
        "engagements": [_engagement(row, labels) for row in _rows(run.rows("engagements"))],
        "orders": [
            {
                "tick": row["tick"],
                "order": labels["order"][row["order"]],
                "action": labels["action"][row["action"]],
                "group": labels["group"][row["group"]],
                "province": labels["province"][row["province"]],
            }
            for row in _rows(run.rows("acts"))
        ],
        "stances": watch.stances,
        "forces": watch.forces,
        "fighters": [
            {**where, "fighters": int(fighters)}
            for where, fighters in zip(watch.units, world.unit_fighters, strict=True)
        ],
    }


class _Watch:
    """Notes what changes from tick to tick."""

    def __init__(self, world: World) -> None:
        groups, provinces = tuple(world.scenario.groups), tuple(world.scenario.provinces)
        self.units = [
            {"province": provinces[province], "group": groups[group]}
            for province, group in zip(world.unit_province, world.unit_group, strict=True)
        ]
        self.stances: list[dict[str, Any]] = []
        self.forces: list[dict[str, Any]] = []
        self._provinces = provinces
        self._stance = np.full(len(self.units), -1)
        self._deployed = np.zeros(len(provinces))

    def look(self, tick: int, stance: NDArray[Any], deployed: NDArray[Any]) -> None:
        for unit in np.flatnonzero(stance != self._stance).tolist():
            now = {"tick": tick, **self.units[unit], "stance": STANCES[stance[unit]]}
            self.stances.append(now)
        persons = np.rint(deployed)
        for place in np.flatnonzero(persons != self._deployed).tolist():
            where = self._provinces[place]
            self.forces.append({"tick": tick, "province": where, "deployed": int(persons[place])})
        self._stance, self._deployed = stance.copy(), persons


def _rows(rows: NDArray[Any]) -> list[dict[str, int]]:
    names = rows.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in rows.tolist()]


def _engagement(row: dict[str, int], labels: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "id": row["engagement"],
        "tick": row["tick"],
        "province": labels["province"][row["province"]],
        "attacker": labels["attacker"][row["attacker"]],
        "target": labels["target"][row["target"]],
        "mode": labels["mode"][row["mode"]],
        "cause": labels["cause"][row["cause"]],
        "order": labels["order"][row["order"]],
        "parent": row["parent"],
        "killed": sum(row[column] for column in DEAD),
        "wounded": row["attacker_wounded"] + row["target_wounded"],
    }
