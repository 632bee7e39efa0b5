"""Provinces as cells of a Mesa discrete space, with explicit neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa.discrete_space import Cell, DiscreteSpace

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  (only the type that Mesa asks for)

    from sim.model.security import SecurityForce
    from sim.parameters import Scenario
    from sim.world import World

LONG_AGO = -(10**9)


class ProvinceCell(Cell):
    """One province: a tile (row, column), its facts and who stands there."""

    def __init__(self, coordinate: tuple[int, int], random: Random) -> None:
        super().__init__(coordinate, random=random)
        self.key = ""
        self.index = -1
        self.population = 0
        self.authority = 0.0
        self.capital = False
        self.hour_factor: list[float] = []
        self.security: SecurityForce
        self.battle_ended_at = LONG_AGO
        self.battle_ends = False
        self.mediated = False

    def end_battle(self, tick: int) -> None:
        """End same-battle excitation with this tick."""
        self.battle_ends, self.battle_ended_at = True, tick

    def mediate(self, tick: int) -> None:
        """End the battle and ease reprisal grievance with this tick."""
        self.mediated = True
        self.end_battle(tick)

    def new_tick(self) -> None:
        """Forget what the last tick ended."""
        self.battle_ends = self.mediated = False


class ProvinceMap(DiscreteSpace[ProvinceCell]):
    """All provinces; connections follow the scenario's neighbour lists, not the tiles.

    Parameters
    ----------
    world : World
        Names and tables.
    random : random.Random
        Required by Mesa; never drawn from.
    """

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(cell_klass=ProvinceCell, random=random)
        self.provinces: list[ProvinceCell] = []
        for index, (key, facts) in enumerate(world.scenario.provinces.items()):
            cell = ProvinceCell((facts.tile[0], facts.tile[1]), random)
            cell.key, cell.index = key, index
            cell.population, cell.authority = facts.population, facts.authority
            cell.capital = facts.capital
            cell.hour_factor = world.hour_factor[index].tolist()
            self.add_cell(cell)
            self.provinces.append(cell)
        self._connect(world.scenario)

    def _connect(self, scenario: Scenario) -> None:
        by_key = {cell.key: cell for cell in self.provinces}
        for cell in self.provinces:
            for other in scenario.provinces[cell.key].neighbours:
                self.add_connection(cell, by_key[other])
