"""The Mesa model: builds the world's agents and steps them through a tick."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import mesa
from mesa import DataCollector

from sim.draws import MAX_WORD, Purpose
from sim.model import combat, plain, population
from sim.model.agents import GroupLeader, MilitiaUnit
from sim.model.feud import Feud, Memory
from sim.model.geography import ProvinceMap
from sim.model.log import RunLog
from sim.model.losses import Losses
from sim.model.luck import Luck
from sim.model.politics import Politics
from sim.model.security import Mediator, SecurityForce
from sim.parameters import Scenario
from sim.rules import deployment, stance
from sim.world import World, build


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
        key = _word("seed", seed), _word("replicate", replicate)
        super().__init__()
        self.world = _world(scenario)
        self._luck = Luck(self.world, *key)
        self.settings = self.world.scenario
        self.plain = plain.of(self.world)
        self.tick = 0
        self.hour = 0
        self.log = RunLog()
        self.roots: list[int] = []
        self.depths: list[int] = []
        self.opened: list[tuple[Feud, int]] = []
        self.groups = tuple(self.settings.groups)
        self.given_at = [-1] * self.world.moments
        self.moments = [-1] * self.world.moments
        self._acts: list[tuple[int, int, int, int]] = []
        self.killed_of_group = Losses(len(self.settings.groups))
        self.killed_in_province = Losses(len(self.settings.provinces))
        self.mail: dict[int, list[tuple[int, Memory]]] = defaultdict(list)
        self.politics = Politics(self)
        self.space = ProvinceMap(self.world, self.random)
        self.forces = population.forces(self)
        self.units = population.units(self)
        self.leaders = population.leaders(self)
        self.mediators = population.mediators(self)
        self.feuds = population.feuds(self)
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
        self.authorities_decide()
        self.units_decide()
        self.politics_and_leaders_act()
        self.engagements()
        self.authorities_act()
        self.fade()
        self.record()

    def observe(self) -> None:
        """Fix the hour, tension, units' state and what is known of the country."""
        self.hour = self.plain.hours[self.tick]
        self.politics.observe()
        self.nation = self._nation()
        self.agents_by_type[MilitiaUnit].do("sense")
        for cell in self.space.provinces:
            cell.new_tick()
        mobilised = sum(unit.stance == stance.MOBILISED for unit in self.units)
        # Plain loops: the sum() of Python 3.12 and later rounds floats differently.
        compliance = deployed = 0.0
        for unit in self.units:
            compliance += unit.compliance
        for force in self.forces:
            deployed += force.deployed
        mean = compliance / max(1, len(self.units))
        self._as_tick_starts = (mobilised, mean, deployed)

    def leaders_decide(self) -> None:
        """Leaders decide which orders to give."""
        self.agents_by_type[GroupLeader].do("decide")

    def authorities_decide(self) -> None:
        """Security forces decide on alarm, reinforcement and separation; governors on mediation."""
        self.agents_by_type[SecurityForce].do("decide")
        self._mediators("decide")

    def units_decide(self) -> None:
        """Units decide whom to attack."""
        self.agents_by_type[MilitiaUnit].do("decide")

    def politics_and_leaders_act(self) -> None:
        """Calendar events and calls take place; leaders give their orders."""
        self.politics.act()
        self.agents_by_type[GroupLeader].do("act")

    def engagements(self) -> None:
        """Attacks are carried out in the canonical order of their dyads."""
        self.opened.clear()
        self.agents_by_type[MilitiaUnit].do("act")
        self.opened.sort(key=lambda attack: attack[0].dyad)
        for feud, cause in self.opened:
            combat.carry_out(self, feud, cause)
        for dyad, memory in self.mail.pop(self.tick, ()):
            self.feuds[dyad].remember(memory)

    def authorities_act(self) -> None:
        """Security forces move and part the sides; governors mediate."""
        self.agents_by_type[SecurityForce].do("act")
        self._mediators("act")

    def fade(self) -> None:
        """Excitation, obedience, mobilisation and memory move on by one tick."""
        self.agents_by_type[MilitiaUnit].do("update")
        self.agents_by_type[SecurityForce].do("update")

    def record(self) -> None:
        """Record the tick and turn the clock."""
        rows = self.log.engagements[len(self.log.engagements) - len(self.opened) :]
        killed = sum(row[-6] + row[-4] + row[-1] for row in rows)
        wounded = sum(row[-5] + row[-3] for row in rows)
        self.log.orders.extend((self.tick, *act) for act in sorted(self._acts))
        self._acts.clear()
        self.log.ticks.append((self.tick, len(rows), killed, wounded, *self._as_tick_starts))
        self.killed_of_group.turn()
        self.killed_in_province.turn()
        self.tick += 1
        self._collect_for_mesa()

    @property
    def growth(self) -> float:
        """Relative growth of groups that a patron has armed since the start."""
        return self.settings.patronage.growth * self.tick * self.world.tick_hours / 24.0

    def draw(
        self, agent: int, rival: int, purpose: Purpose, tick: int | None = None
    ) -> tuple[float, float]:
        """Both uniforms at an address of this run, by default in the current tick."""
        at = self.tick if tick is None else tick
        return self._luck.draw(at, agent, rival, purpose)

    def attack_uniforms(self, dyad: int) -> tuple[float, float]:
        """Both uniforms of a dyad's decision in this tick."""
        return self._luck.attack(self.tick, dyad)

    def record_act(
        self,
        code: int | None = None,
        group: int | None = None,
        action: int = 0,
        province: int | None = None,
    ) -> None:
        """Record an order, a political event or another act without a shot.

        Acts of one tick are stored in the order of their codes.
        """
        nothing, nobody, nowhere = (
            len(self.world.labels[name]) - 1 for name in ("order", "group", "province")
        )
        self._acts.append(
            (
                nothing if code is None else code,
                nobody if group is None else group,
                action,
                nowhere if province is None else province,
            )
        )

    def deliver(self, dyad: int, memory: Memory) -> None:
        """Let a memory arrive at a dyad, now or in a later tick."""
        self.mail[memory.arrival - 1].append((dyad, memory))

    def _mediators(self, verb: str) -> None:
        if Mediator in self.agents_by_type:
            self.agents_by_type[Mediator].do(verb)

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

    def _collect_for_mesa(self) -> None:
        if self.datacollector:
            self.datacollector.collect(self)


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
    from sim.scenario.loading import load

    return build(load(scenario).scenario)


def _word(name: str, value: int | None) -> int:
    if value is None:
        raise ValueError(f"{name} is required (0 to {MAX_WORD})")
    if not 0 <= int(value) <= MAX_WORD:
        raise ValueError(f"{name} must be 0 to {MAX_WORD} (got {value})")
    return int(value)
