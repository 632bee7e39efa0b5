"""The toy world as a user of Mesa would write it: agents, `self.random` and `batch_run`.

Its random numbers come from Mesa's own generator, so its logs differ from those of the others; its
expected numbers do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import mesa
from mesa.batchrunner import batch_run

from benchmarks.toy import world as toy


def poisson(mean: float, uniform: float) -> int:
    """Invert a Poisson count with this mean."""
    p = math.exp(-mean)
    total = p
    count = 0
    while uniform >= total and count < toy.POISSON_CAP:
        count += 1
        p *= mean / count
        total += p
    return count


class Militia(mesa.Agent):
    """The unit of a group in a province."""

    def __init__(self, model: ToyWorld, group: int, province: int) -> None:
        super().__init__(model)
        self.group = group
        self.province = province
        self.strength = model.world.strength
        self.grievance = [0.0] * model.world.groups
        self.depth = [0] * model.world.groups
        self.harm: dict[int, tuple[float, int]] = {}
        self.compliance = toy.COMPLIANCE_LEAST + toy.COMPLIANCE_RANGE * self.random.random()
        self.background = [toy.BACKGROUND * rivalry for rivalry in model.world.rivalry[group]]
        self.rivals: list[Militia] = []
        self.kin: list[Militia] = []

    def decide(self) -> None:
        """Attack each rival in the province with the hazard of this tick."""
        if self.strength == 0:
            return
        restraint = 1 - toy.DETERRENCE * self.model.presence[self.province]
        if self.group in self.model.withdrawn:
            restraint *= 1 - self.compliance
        random = self.random.random
        for rival in self.rivals:
            if rival.strength == 0:
                continue
            excitation = toy.EXCITATION * self.grievance[rival.group]
            wish = self.background[rival.group] + excitation
            hazard = wish * restraint
            uniform = random()
            if uniform < hazard and uniform < 1 - math.exp(-hazard):
                reprisal = random() * wish < excitation
                depth = self.depth[rival.group] + 1 if reprisal else 0
                self.model.attacks.append((self, rival, depth, hazard))

    def attack(self, rival: Militia, depth: int, hazard: float) -> None:
        """Fight, and leave grievance with the rival and its kin next door."""
        random = self.random.random
        size = 1
        if random() < toy.HEAVY:
            steps = math.floor(math.log(1 - random()) / math.log(1 - toy.SEVERITY))
            size = min(toy.SEVERITY_CAP, 1 + steps)
        killed = min(poisson(toy.KILLED_TARGET * size, random()), rival.strength)
        wounded = poisson(toy.WOUNDED_TARGET * size, random())
        lost = min(poisson(toy.KILLED_ATTACKER, random()), self.strength)
        hurt = poisson(toy.WOUNDED_ATTACKER, random())
        rival.strength -= killed
        self.strength -= lost
        harm = killed + toy.WOUND_WEIGHT * wounded
        rival.suffer(self.group, harm, depth)
        for kin in rival.kin:
            if kin.strength > 0:
                kin.suffer(self.group, toy.SPILLOVER * harm, depth)
        self.model.record(self, rival, (killed, wounded, lost, hurt), depth, hazard)

    def suffer(self, group: int, harm: float, depth: int) -> None:
        """Take note of harm by a group, to be remembered at the end of the tick."""
        before, deepest = self.harm.get(group, (0.0, 0))
        self.harm[group] = before + harm, max(deepest, depth)

    def remember(self) -> None:
        """Let grievance fade and add what happened in this tick."""
        self.grievance = [toy.KEEP * grievance for grievance in self.grievance]
        for group, (harm, depth) in self.harm.items():
            self.grievance[group] += harm
            self.depth[group] = depth
        self.harm.clear()


class Security(mesa.Agent):
    """A security unit that goes where it was violent lately."""

    def __init__(self, model: ToyWorld, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.province = number
        self.target = number
        self.arrival: int | None = None

    def settle(self) -> None:
        """Arrive, if this is the tick; be present, if settled."""
        if self.arrival == self.model.tick:
            self.province = self.target
            self.arrival = None
        if self.arrival is None:
            self.model.settled[self.province] += 1

    def review(self) -> None:
        """Leave for the neighbour with the most recent violence, half of the times."""
        if self.arrival is not None or (self.model.tick + self.number) % toy.REVIEW:
            return
        recent = self.model.recent
        best, bar = self.province, recent[self.province] + toy.MARGIN
        for neighbour in self.model.world.neighbours[self.province]:
            if recent[neighbour] > bar:
                best, bar = neighbour, recent[neighbour]
        if best != self.province and self.random.random() < toy.MOVE_CHANCE:
            self.target = best
            self.arrival = self.model.tick + toy.TRANSIT


class ToyWorld(mesa.Model):
    """The world of one run."""

    def __init__(self, world: toy.World, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.world = world
        self.tick = 0
        self.presence = [0.0] * world.provinces
        self.settled = [0] * world.provinces
        self.recent = [0.0] * world.provinces
        self.new = [0.0] * world.provinces
        self.deaths = [0] * world.groups
        self.withdrawn: set[int] = set()
        self.attacks: list[tuple[Militia, Militia, int, float]] = []
        self.log: list[tuple[int | float, ...]] = []
        self.killed = self.wounded = 0
        self.populate()
        self.datacollector = mesa.DataCollector(
            {
                "events": lambda model: len(model.log),
                "killed": "killed",
                "wounded": "wounded",
            }
        )

    def populate(self) -> None:
        """One militia for each group and province, one security unit for each province."""
        provinces, groups = range(self.world.provinces), range(self.world.groups)
        militia = {(i, p): Militia(self, i, p) for i in groups for p in provinces}
        for (group, province), unit in militia.items():
            unit.rivals = [militia[j, province] for j in groups if j != group]
            unit.kin = [militia[group, q] for q in self.world.neighbours[province]]
        for province in provinces:
            Security(self, province)

    def step(self) -> None:
        """One tick: settle, decide, fight, remember, withdraw, deploy."""
        militia, security = self.agents_by_type[Militia], self.agents_by_type[Security]
        self.settled = [0] * self.world.provinces
        security.do("settle")
        self.presence = [min(1.0, n / toy.SECURITY_FULL) for n in self.settled]
        militia.do("decide")
        for attacker, target, depth, hazard in self.attacks:
            attacker.attack(target, depth, hazard)
        self.attacks.clear()
        militia.do("remember")
        self.withdrawn |= {i for i, dead in enumerate(self.deaths) if dead > toy.WITHDRAW_AT}
        self.recent = [
            old * toy.KEEP_RECENT + new for old, new in zip(self.recent, self.new, strict=True)
        ]
        self.new = [0.0] * self.world.provinces
        security.do("review")
        self.datacollector.collect(self)
        self.tick += 1
        self.running = self.tick < self.world.ticks

    def record(
        self, attacker: Militia, target: Militia, toll: tuple[int, ...], depth: int, hazard: float
    ) -> None:
        """Write an engagement to the log and to the sums."""
        killed, wounded, lost, hurt = toll
        self.deaths[target.group] += killed
        self.deaths[attacker.group] += lost
        self.killed += killed + lost
        self.wounded += wounded + hurt
        self.new[target.province] += killed + lost + toy.WOUND_WEIGHT * (wounded + hurt)
        place = (self.tick, target.province, attacker.group, target.group)
        self.log.append((*place, *toll, depth, hazard))


def totals(world: toy.World, first: int, count: int) -> Iterator[dict[str, int]]:
    """Events, killed and wounded of replicates from ``first`` on, a run at a time."""
    seeds = range(first, first + count)
    runs = batch_run(
        ToyWorld, {"world": [world], "seed": seeds}, max_steps=world.ticks, display_progress=False
    )
    for run in runs:
        yield {name: run[name] for name in ("events", "killed", "wounded")}
