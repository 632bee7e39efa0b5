"""The security force, which deploys, deters and ends battles, and mediating governors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent
from mesa.discrete_space import FixedAgent

from sim.model.unsound import unsound
from sim.rules import deployment, intervention, soundness
from sim.world.shapes import MEDIATE

if TYPE_CHECKING:
    from sim.model.geography import ProvinceCell
    from sim.model.model import ReprisalModel

LONG_AGO = -(10**9)


class SecurityForce(FixedAgent):
    """The security force in one province: its usual presence and its reinforcement.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    cell : ProvinceCell
        Its province.
    base : float
        Usual presence [persons per 1,000 residents].
    planned : int
        Persons to send under a fixed plan.
    """

    model: ReprisalModel
    cell: ProvinceCell

    def __init__(self, model: ReprisalModel, cell: ProvinceCell, base: float, planned: int) -> None:
        super().__init__(model)
        self.cell = cell
        cell.security = self
        self.base = base
        self.planned = planned
        self.deployed = 0.0
        self.alarm_since = -1
        self.recent = 0.0
        self.last_engagement = LONG_AGO
        self.last_death = LONG_AGO
        self.alarm = False
        self.target = 0.0
        self.separates = False
        self.deterrence = self._deterrence()

    @property
    def presence(self) -> float:
        """Persons per 1,000 residents."""
        return deployment.presence(self.base, self.deployed, self.cell.population)

    @property
    def ceiling(self) -> float:
        """Most that this province can receive [persons]."""
        return self.model.settings.deployment.ceiling * self.cell.population / 1000.0

    @property
    def answering(self) -> bool:
        """Whether an alarm has stood for as long as the lag."""
        since = self.model.tick - self.alarm_since
        return self.alarm_since >= 0 and since >= self.model.plain.lag_ticks

    @property
    def weight(self) -> float:
        """Share by weight: residents, or recent casualties where the alarm is answered."""
        rule = self.model.world.deployment_rule
        if rule == deployment.PROPORTIONAL:
            return float(self.cell.population)
        claims_first = rule == deployment.CAPITAL_FIRST and self.cell.capital
        return self.recent if self.answering and not claims_first else 0.0

    def decide(self) -> None:
        """Decide on the alarm, the reinforcement and whether to part the sides."""
        model, settings = self.model, self.model.settings
        quiet = model.tick - self.last_engagement
        self.alarm = deployment.alarmed(
            self.alarm_since >= 0,
            model.killed_in_province.within(self.cell.index, model.plain.alarm_window),
            settings.deployment.alarm_killed,
            quiet >= model.plain.return_ticks,
        )
        self.separates = settings.separation.enabled and deployment.separates(
            self.presence, settings.separation.presence, quiet, model.plain.separation_pause
        )
        self.target = deployment.intended(
            model.world.deployment_rule,
            self.answering,
            model.nation.answering,
            self.cell.capital,
            self.weight,
            model.nation.weight,
            float(settings.deployment.reserve),
            model.nation.capital_claim,
            float(self.planned),
            self.ceiling,
        )

    def act(self) -> None:
        """Move towards the reinforcement decided on; part the sides; raise or end the alarm."""
        self.deployed = deployment.approach(
            self.deployed, self.target, self.model.world.fading.build_up
        )
        if self.separates:
            self.cell.end_battle(self.model.tick)
        if not self.alarm:
            self.alarm_since = -1
        elif self.alarm_since < 0:
            self.alarm_since = self.model.tick

    def suffer(self, killed: int, wounded: int) -> None:
        """Take note of an engagement in the province."""
        self.last_engagement = self.model.tick
        if killed:
            self.last_death = self.model.tick
        self.recent += killed + wounded

    def update(self) -> None:
        """Let the memory of casualties fade and fix what presence deters next."""
        self.recent *= self.model.world.fading.casualties
        self.deterrence = self._deterrence()
        if not soundness.province_is_sound(self.deployed, self.deterrence, self.recent):
            raise unsound(
                self.model,
                f"the security force in {self.cell.key}",
                deployed=self.deployed,
                deterrence=self.deterrence,
                recent=self.recent,
            )

    def _deterrence(self) -> float:
        settings = self.model.settings.deterrence
        if not settings.enabled:
            return 1.0
        return deployment.deterrence(settings.strength, self.cell.authority, self.presence)


class Mediator(Agent):
    """A governor who restores calm once the security force is there and killing pauses.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    cell : ProvinceCell
        The province.
    """

    model: ReprisalModel

    def __init__(self, model: ReprisalModel, cell: ProvinceCell) -> None:
        super().__init__(model)
        self.cell = cell
        self.mediated_at = LONG_AGO
        self.mediates = False

    def decide(self) -> None:
        """Decide whether to mediate in what has happened since the last time."""
        force, settings = self.cell.security, self.model.settings.mediation
        open_issue = force.last_death > self.mediated_at
        self.mediates = open_issue and intervention.mediates(
            force.presence,
            settings.presence,
            self.model.tick - force.last_death,
            self.model.plain.mediation_pause,
        )

    def act(self) -> None:
        """Mediate: battles end and grievance eases."""
        if self.mediates:
            self.mediated_at = self.model.tick
            self.cell.mediate(self.model.tick)
            self.model.record_act(action=MEDIATE, province=self.cell.index)
