"""One unit's account with one rival unit: excitation, debts, and who is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.rules import crowd, engagement, grievance, intervention, vendetta

if TYPE_CHECKING:
    from sim.model.agents import MilitiaUnit

NO_PARENT = -1
PROVOKED = -2


@dataclass(slots=True)
class Memory:
    """One engagement, or insult, as the suffering side remembers it.

    ``arrival`` is the first tick in which it adds to the hazard; ``battle`` and
    ``reprisal`` are its attack-equivalents then. ``engagement`` is `PROVOKED` for an insult.
    """

    engagement: int
    arrival: int
    battle: float
    reprisal: float


@dataclass(slots=True)
class Feud:
    """A directed dyad: what one unit holds against a rival unit in its province.

    ``battle`` and ``reprisal`` are the excitations at the start of the tick
    [attack-equivalents per hour]; ``debts`` the engagements whose debts wait to be paid
    (`NO_PARENT` for one that is older than the run); ``unanswered`` the uniform that
    decides when the unit mobilises over its dead, and since when they are unanswered.
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
    debts: list[int] = field(default_factory=list)
    unanswered: tuple[int, float] | None = None

    def remember(self, memory: Memory) -> None:
        """Keep an engagement; it adds to the excitation from the next tick on."""
        self.memories.append(memory)
        self.battle_arrivals += memory.battle
        self.reprisal_arrivals += memory.reprisal

    def parts(self, effect: tuple[float, float], response: float) -> tuple[float, float, float]:
        """Battle, reprisal and vendetta part of the hazard [1/h]."""
        return (
            effect[0] * self.battle,
            effect[1] * response * self.reprisal,
            vendetta.excitation(len(self.debts), self.unit.model.world.fading.debt_rate),
        )

    def rises(self) -> bool:
        """Whether the unit mobilises unasked because its dead went unanswered."""
        if self.unanswered is None:
            return False
        model, (since, uniform) = self.unit.model, self.unanswered
        return crowd.mobilises_unasked(uniform, model.plain.unasked_kept[model.tick - since])

    def fade(self) -> None:
        """Let excitation decay by one tick and add what arrived in it."""
        world, cell = self.unit.model.world, self.unit.cell
        factor = self.unit.model.settings.mediation.reprisal_factor
        self.battle = grievance.excite(
            0.0 if cell.battle_ends else self.battle,
            world.battle.keep,
            world.battle.height,
            self.battle_arrivals,
        )
        self.reprisal = grievance.excite(
            intervention.eased(self.reprisal, factor, cell.mediated),
            world.reprisal.keep,
            world.reprisal.height,
            self.reprisal_arrivals,
        )
        self.battle_arrivals = self.reprisal_arrivals = 0.0
        if cell.mediated:
            for memory in self.memories:
                if memory.arrival <= self.unit.model.tick:
                    memory.reprisal = intervention.eased(memory.reprisal, factor, True)

    def parent(self, cause: int, uniform: float) -> int:
        """Engagement that caused an attack, in proportion to what each still adds.

        Parameters
        ----------
        cause : int
            See `sim.rules.engagement`. A paid debt is struck off.
        uniform : float
            A uniform in [0, 1).

        Returns
        -------
        int
            Number of the engagement; `NO_PARENT`, or `PROVOKED` for an insult.
        """
        if cause == engagement.BACKGROUND:
            return NO_PARENT
        if cause == engagement.VENDETTA:
            return self.debts.pop(vendetta.debt(uniform, len(self.debts)))
        shares = [self._contribution(memory, cause) for memory in self.memories]
        total = 0.0
        for share in shares:
            total += share
        walked, chosen = 0.0, NO_PARENT
        for memory, share in zip(self.memories, shares, strict=True):
            if share > 0.0:
                chosen = memory.engagement
                if engagement.reached(uniform * total, walked, share):
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
        if memory.arrival <= self.unit.cell.battle_ended_at:
            return 0.0
        return grievance.contribution(memory.battle, model.plain.battle_kept[age])
