"""One unit's account with one rival unit: excitation, and who is remembered for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.rules import engagement, grievance

if TYPE_CHECKING:
    from sim.agents import MilitiaUnit


@dataclass(slots=True)
class Memory:
    """One engagement as the attacked side remembers it.

    ``arrival`` is the first tick in which it adds to the hazard; ``battle`` and
    ``reprisal`` are its attack-equivalents then.
    """

    engagement: int
    arrival: int
    battle: float
    reprisal: float


@dataclass(slots=True)
class Feud:
    """A directed dyad: what one unit holds against a rival unit in its province.

    ``battle`` and ``reprisal`` are the excitations at the start of the tick
    [attack-equivalents per hour].
    """

    dyad: int
    unit: MilitiaUnit
    rival: MilitiaUnit
    rivalry: float
    battle: float = 0.0
    reprisal: float = 0.0
    battle_arrivals: float = 0.0
    reprisal_arrivals: float = 0.0
    memories: list[Memory] = field(default_factory=list)

    def remember(self, memory: Memory) -> None:
        """Keep an engagement; it adds to the excitation from the next tick on."""
        self.memories.append(memory)
        self.battle_arrivals += memory.battle
        self.reprisal_arrivals += memory.reprisal

    def fade(self) -> None:
        """Let excitation decay by one tick and add what arrived in it."""
        world = self.unit.model.world
        ended = self.unit.cell.security.separates
        self.battle = grievance.excite(
            0.0 if ended else self.battle,
            world.battle.keep,
            world.battle.height,
            self.battle_arrivals,
        )
        self.reprisal = grievance.excite(
            self.reprisal, world.reprisal.keep, world.reprisal.height, self.reprisal_arrivals
        )
        self.battle_arrivals = self.reprisal_arrivals = 0.0

    def parent(self, cause: int, uniform: float) -> int:
        """Engagement that caused an attack, in proportion to what each still adds.

        Parameters
        ----------
        cause : int
            `engagement.BATTLE` or `engagement.REPRISAL`; the background has no parent.
        uniform : float
            A uniform in [0, 1).

        Returns
        -------
        int
            Number of the engagement; -1 for the background.
        """
        if cause == engagement.BACKGROUND:
            return -1
        shares = [self._contribution(memory, cause) for memory in self.memories]
        total = 0.0
        for share in shares:
            total += share
        walked, chosen = 0.0, -1
        for memory, share in zip(self.memories, shares, strict=True):
            if share > 0.0:
                chosen = memory.engagement
                if grievance.parent(uniform * total, walked, share):
                    break
                walked += share
        return chosen

    def _contribution(self, memory: Memory, cause: int) -> float:
        model = self.unit.model
        age = model.tick - memory.arrival
        if age < 0:
            return 0.0
        if cause == engagement.REPRISAL:
            return grievance.contribution(memory.reprisal, model.plain.reprisal_kept[age])
        if memory.arrival <= self.unit.cell.security.separated_at:
            return 0.0
        return grievance.contribution(memory.battle, model.plain.battle_kept[age])
