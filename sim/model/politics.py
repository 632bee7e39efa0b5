"""The political calendar as it unfolds in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draws import Purpose
from sim.rules import tension
from sim.world.shapes import CALL, EVENT, BranchPlan, EventPlan

if TYPE_CHECKING:
    from sim.model.model import ReprisalModel


@dataclass(slots=True)
class Pulse:
    """The fading effect of one branch that was taken."""

    branch: BranchPlan
    kept: float = 1.0


class Politics:
    """Which course politics took so far, and the tension that follows.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    """

    def __init__(self, model: ReprisalModel) -> None:
        self.model = model
        self.plan = model.world.politics
        self.pulses: list[Pulse] = []
        self.next_at = [event.tick for event in self.plan.events]
        self.moved = [0] * len(self.plan.events)
        self.tension: list[float] = []
        self.truce = 1.0
        self.observe()

    def observe(self) -> None:
        """Fix tension by bloc and the truce factor as the tick starts."""
        model, plan, now = self.model, self.plan, self.model.tick
        ended = plan.deadlock_ends >= 0 and model.moments[plan.deadlock_ends] >= 0
        common = 1.0 if ended else model.plain.deadlock[now]
        for call in plan.calls:
            common *= tension.lasting(call.factor, now - 1 - call.tick, call.lasts)
        self.tension = []
        for bloc in range(len(plan.blocs)):
            level = common
            for pulse in self.pulses:
                level *= tension.pulse(pulse.branch.effect[bloc], pulse.kept)
            self.tension.append(level)
        self.truce = 1.0
        for spell in plan.truces:
            self.truce *= tension.lasting(spell.factor, now - spell.tick, spell.lasts)

    def of_group(self, group: int) -> float:
        """Tension of a group's bloc as the tick starts."""
        return self.tension[self.plan.group_bloc[group]]

    def act(self) -> None:
        """Let effects fade, then let what is due in this tick happen."""
        for pulse in self.pulses:
            pulse.kept *= pulse.branch.keep
        for number, event in enumerate(self.plan.events):
            if self.next_at[number] == self.model.tick:
                self._happens(number, event)
        for call in self.plan.calls:
            if call.tick == self.model.tick:
                self.model.record_act(call.code, action=CALL)

    def _happens(self, number: int, event: EventPlan) -> None:
        model = self.model
        uniform, _ = model.draw(event.address, 0, Purpose.CALENDAR, tick=self.moved[number])
        chosen = tension.branch(uniform, event.cumulative)
        if chosen == len(event.branches):
            return
        branch = event.branches[chosen]
        for moment in (event.moment, branch.moment):
            if model.moments[moment] < 0:
                model.moments[moment] = model.tick
        model.record_act(branch.code, action=EVENT)
        self.pulses.append(Pulse(branch))
        if branch.again_after > 0:
            self.moved[number] += 1
            self.next_at[number] = model.tick + branch.again_after
