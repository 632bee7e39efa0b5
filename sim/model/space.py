"""Provinces as cells of a Mesa network, with explicit neighbours."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import networkx as nx
from mesa.discrete_space import Cell, Network

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  (only the type that Mesa asks for)

    from sim.world import World


class ProvinceCell(Cell):
    """One province: its key and number, and the facts of `sim.parameters.Province`."""

    key = ""
    index = -1
    population = 0
    authority = 0.0
    capital = False


class ProvinceMap(Network):
    """All provinces; connections follow the scenario's neighbour lists, not the tiles.

    Mesa can draw it: ``draw_space(model.space, portrayal, layout_alg=model.space.layout,
    layout_kwargs={})`` puts every province on its tile.

    Parameters
    ----------
    world : World
        Names and tables.
    random : random.Random
        Required by Mesa; never drawn from.
    """

    def __init__(self, world: World, random: Random) -> None:
        facts = world.scenario.provinces
        keys = tuple(facts)
        graph = nx.Graph()
        graph.add_nodes_from(range(len(keys)))
        graph.add_edges_from(
            (place, keys.index(other))
            for place, key in enumerate(keys)
            for other in facts[key].neighbours
        )
        self._tiles = {
            place: (float(province.tile[1]), -float(province.tile[0]))
            for place, province in enumerate(facts.values())
        }
        options: dict[str, Any] = {"random": random, "cell_klass": ProvinceCell}
        if "layout" in signature(Network.__init__).parameters:  # from Mesa 3.5 on
            options["layout"] = self._tiles
        super().__init__(graph, **options)
        self.provinces: list[ProvinceCell] = [self._cells[place] for place in range(len(keys))]
        for cell, (key, province) in zip(self.provinces, facts.items(), strict=True):
            cell.key, cell.index = key, keys.index(key)
            cell.population, cell.authority = province.population, province.authority
            cell.capital = province.capital

    def layout(self, _graph: Any = None) -> dict[int, tuple[float, float]]:
        """Give each province the place of its tile, for Mesa to draw it there."""
        return self._tiles
