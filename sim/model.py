"""The Mesa model: builds the world's agents and steps them through a tick."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import mesa
import numpy as np
from mesa import Agent, DataCollector

from sim import combat, draws, plain
from sim.agents import GroupLeader, MilitiaUnit
from sim.draws import MAX_WORD, Purpose
from sim.feud import Feud, Memory
from sim.geography import ProvinceMap
from sim.log import RunLog, Table, to_tables
from sim.losses import Losses
from sim.parameters import Scenario
from sim.rules import deployment, stance
from sim.security import SecurityForce
from sim.world import EVENT, World, build

DRAW_TICKS = 64


@dataclass(frozen=True)
class Nation:
    """What the security force knows of the country at the start of a tick.

    Whether any alarm is being answered, the sum of the provinces' weights and the persons
    the capital takes first.
    """

    answering: bool
    weight: float
    capital_claim: float


class ReprisalModel(mesa.Model):
    """One run of a scenario.

    Parameters
    ----------
    scenario : str, Path, Scenario or World
        A scenario file, a checked scenario or a world that was built before.
    seed : int
        Seed of the batch, 0 to 2**32 - 1. Required: there is no hidden randomness.
    replicate : int
        Replicate number, 0 to 2**32 - 1; the same number shares its luck across scenarios.
    collect : bool
        Whether to fill Mesa's data collector (off in batches, which store tables).

    Raises
    ------
    ValueError
        When seed or replicate is missing or out of range.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario | World,
        seed: int | None = None,
        replicate: int = 0,
        collect: bool = True,
    ) -> None:
        self.key = (_word("seed", seed), _word("replicate", replicate))
        super().__init__()
        self.world = _world(scenario)
        self.settings = self.world.scenario
        self.plain = plain.of(self.world)
        self.tick = 0
        self.hour = 0
        self.log = RunLog()
        self.roots: list[int] = []
        self.depths: list[int] = []
        self.opened: list[tuple[Feud, int]] = []
        self.given_at = [-1] * len(self.world.orders)
        self.event_at = [-1] * len(self.world.events)
        self.killed_of_group = Losses(len(self.settings.groups))
        self.killed_in_province = Losses(len(self.settings.provinces))
        self._mail: dict[int, list[tuple[int, Memory]]] = defaultdict(list)
        self._create_agents()
        self.nation = self._nation()
        self.datacollector = _collector() if collect else None
        self._collect_for_mesa()

    def step(self) -> None:
        """One tick; a call after the last tick only ends the run.

        That extra call lets `mesa.batch_run` of Mesa 3.3 report the final state.
        """
        if self.tick >= self.world.n_ticks:
            self.running = False
            return
        self.observe()
        self.leaders_decide()
        self.security_decides()
        self.units_decide()
        self.leaders_act()
        self.engagements()
        self.security_acts()
        self.fade()
        self.record()

    def observe(self) -> None:
        """Fix the hour and what is known of the country as the tick starts."""
        self.hour = self.plain.hours[self.tick]
        self.nation = self._nation()
        mobilised = sum(unit.stance == stance.MOBILISED for unit in self.units)
        compliance = sum(unit.compliance for unit in self.units) / max(1, len(self.units))
        deployed = sum(force.deployed for force in self.forces)
        self._as_tick_starts = (mobilised, compliance, deployed)

    def leaders_decide(self) -> None:
        """Leaders decide which orders to give."""
        self.agents_by_type[GroupLeader].do("decide")

    def security_decides(self) -> None:
        """Security forces decide on alarm, reinforcement and parting the sides."""
        self.agents_by_type[SecurityForce].do("decide")

    def units_decide(self) -> None:
        """Units decide whom to attack."""
        self.agents_by_type[MilitiaUnit].do("decide")

    def leaders_act(self) -> None:
        """Calendar events take place; leaders give their orders."""
        for number, event in enumerate(self.world.events):
            if event.tick == self.tick and self._takes_place(event.address, event.probability):
                self.event_at[number] = self.tick
                self.record_order(event.code, len(self.settings.groups), EVENT)
        self.agents_by_type[GroupLeader].do("act")

    def engagements(self) -> None:
        """Attacks are carried out in the canonical order of their dyads."""
        self.opened.clear()
        self.agents_by_type[MilitiaUnit].do("act")
        self.opened.sort(key=lambda attack: attack[0].dyad)
        for feud, cause in self.opened:
            combat.carry_out(self, feud, cause)
        for dyad, memory in self._mail.pop(self.tick, ()):
            self.feuds[dyad].remember(memory)

    def security_acts(self) -> None:
        """Security forces move and part the sides."""
        self.agents_by_type[SecurityForce].do("act")

    def fade(self) -> None:
        """Excitation, obedience, mobilisation and memory move on by one tick."""
        self.agents_by_type[MilitiaUnit].do("update")
        self.agents_by_type[SecurityForce].do("update")

    def record(self) -> None:
        """Record the tick and turn the clock."""
        rows = self.log.engagements[len(self.log.engagements) - len(self.opened) :]
        killed = sum(row[-4] + row[-2] for row in rows)
        wounded = sum(row[-3] + row[-1] for row in rows)
        self.log.ticks.append((self.tick, len(rows), killed, wounded, *self._as_tick_starts))
        self.killed_of_group.turn()
        self.killed_in_province.turn()
        self.tick += 1
        self._collect_for_mesa()

    def draw(
        self, agent: int, rival: int, purpose: Purpose, tick: int | None = None
    ) -> tuple[float, float]:
        """Both uniforms at an address of this run, by default in the current tick."""
        at = self.tick if tick is None else tick
        return draws.uniforms(*self.key, at, agent, rival, purpose)

    def attack_uniforms(self, dyad: int) -> tuple[float, float]:
        """Both uniforms of a dyad's attack decision, drawn for many ticks at once."""
        row = self.tick % DRAW_TICKS
        if row == 0 and self._drawn_at != self.tick:
            self._draw_block()
        return self._chances[row][dyad], self._reasons[row][dyad]

    def record_order(self, code: int, group: int, action: int) -> None:
        """Record that an order was given or an event took place."""
        self.log.orders.append((self.tick, code, group, action))

    def deliver(self, dyad: int, memory: Memory) -> None:
        """Let a memory arrive at a dyad, now or in a later tick."""
        self._mail[memory.arrival - 1].append((dyad, memory))

    def _draw_block(self) -> None:
        dyads = self.world.dyads
        chances, reasons = draws.uniforms_of_ticks(
            *self.key,
            np.arange(self.tick, self.tick + DRAW_TICKS),
            dyads.agent_address,
            dyads.rival_address,
            Purpose.ATTACK,
        )
        self._drawn_at = self.tick
        self._chances, self._reasons = chances.tolist(), reasons.tolist()

    def _takes_place(self, event: int, probability: float) -> bool:
        uniform, _ = self.draw(event, 0, Purpose.CALENDAR, tick=0)
        return uniform < probability

    def _nation(self) -> Nation:
        settings = self.settings.deployment
        claims = [force.ceiling for force in self.forces if force.cell.capital]
        weight = 0.0
        for force in self.forces:
            weight += force.weight
        return Nation(
            answering=any(force.answering for force in self.forces),
            weight=weight,
            capital_claim=deployment.capital_claim(
                self.world.deployment_rule, sum(claims), float(settings.reserve)
            ),
        )

    def _create_agents(self) -> None:
        world, settings = self.world, self.settings
        self._drawn_at = -1
        self.space = ProvinceMap(world, self.random)
        self.forces = [
            SecurityForce(
                self,
                cell,
                settings.provinces[cell.key].presence,
                settings.deployment.plan.get(cell.key, 0),
            )
            for cell in self.space.provinces
        ]
        self.units = [
            MilitiaUnit(self, index, group, self.space.provinces[province], fighters)
            for index, (group, province, fighters) in enumerate(
                zip(
                    world.unit_group.tolist(),
                    world.unit_province.tolist(),
                    world.unit_fighters.tolist(),
                    strict=True,
                )
            )
        ]
        self.leaders = [
            GroupLeader(self, g, [n for n, plan in enumerate(world.orders) if plan.group == g])
            for g in range(len(settings.groups))
        ]
        self.feuds = [
            self.units[attacker].open_feud(dyad, self.units[target], rivalry)
            for dyad, (attacker, target, rivalry) in enumerate(
                zip(
                    world.dyads.attacker.tolist(),
                    world.dyads.target.tolist(),
                    world.dyads.rivalry.tolist(),
                    strict=True,
                )
            )
        ]

    def _collect_for_mesa(self) -> None:
        if self.datacollector:
            self.datacollector.collect(self)


def simulate(world: World, seed: int, replicate: int) -> dict[str, Table]:
    """Run one replicate to its end.

    Parameters
    ----------
    world : World
        Tables of the scenario.
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.

    Returns
    -------
    dict of str to dict of str to ndarray
        See `sim.log.to_tables`.
    """
    model = ReprisalModel(world, seed, replicate, collect=False)
    while model.tick < world.n_ticks:
        model.step()
    _forget(model)
    return to_tables(model.log, world, replicate)


def _forget(model: ReprisalModel) -> None:
    """Let the model be freed: Mesa before 3.4 keeps every model in a class-level table."""
    getattr(Agent, "_ids", {}).pop(model, None)


def _collector() -> DataCollector:
    return DataCollector(
        model_reporters={
            "killed": lambda model: sum(row[2] for row in model.log.ticks),
            "wounded": lambda model: sum(row[3] for row in model.log.ticks),
            "engagements": lambda model: len(model.log.engagements),
        },
    )


def _world(scenario: str | Path | Scenario | World) -> World:
    if isinstance(scenario, World):
        return scenario
    if isinstance(scenario, Scenario):
        return build(scenario)
    from sim.scenario import load

    return build(load(scenario).scenario)


def _word(name: str, value: int | None) -> int:
    if value is None:
        raise ValueError(f"{name} is required (0 to {MAX_WORD})")
    if not 0 <= int(value) <= MAX_WORD:
        raise ValueError(f"{name} must be 0 to {MAX_WORD} (got {value})")
    return int(value)
