"""Militia units and group leaders; the security force is in `sim.security`.

Agents gather what a rule needs and apply its answer; the mechanisms are in `sim.rules`.
``decide`` reads only the state at the start of the tick and keeps its answer; ``act`` and
``update`` apply it. So the order of agents cannot matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent
from mesa.discrete_space import FixedAgent

from sim.draws import Purpose
from sim.feud import Feud
from sim.rules import engagement, orders, stance
from sim.world import HOLD, MOBILISE, START, OrderPlan, UnitOrder

if TYPE_CHECKING:
    from sim.geography import ProvinceCell
    from sim.model import ReprisalModel

LONG_AGO = -(10**9)


class MilitiaUnit(FixedAgent):
    """A group's force in one province.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    index : int
        Number among all units.
    group : int
        Number of its group.
    cell : ProvinceCell
        Where it stands.
    fighters : int
        Persons.
    """

    model: ReprisalModel
    cell: ProvinceCell

    def __init__(
        self, model: ReprisalModel, index: int, group: int, cell: ProvinceCell, fighters: int
    ) -> None:
        super().__init__(model)
        self.index = index
        self.group = group
        self.cell = cell
        cell.units[group] = self
        self.fighters = fighters
        self.feuds: list[Feud] = []
        self.attacks: list[tuple[Feud, int]] = []
        self.mobilised = False
        self.mobilised_at = LONG_AGO
        self.mobilisation = 0.0
        self.mobilisation_keep = 1.0
        self.order: UnitOrder | None = None
        self.holds = False
        self.share = 0.0
        self.reluctance = 1.0
        self.loyalty = 1.0

    @property
    def compliance(self) -> float:
        """Compliance with the latest order to withdraw or hold, 0 to 1."""
        return orders.compliance(self.share, self.reluctance, self.loyalty)

    @property
    def withdrawal(self) -> float:
        """Compliance with a call to withdraw, 0 under an order to hold."""
        return 0.0 if self.holds else self.compliance

    @property
    def stance(self) -> int:
        """Stance at the start of the tick, see `sim.rules.stance`."""
        return stance.stance(
            self.mobilised, self.compliance, self.model.settings.stances.stand_down_compliance
        )

    def open_feud(self, dyad: int, rival: MilitiaUnit, rivalry: float) -> Feud:
        """Open an account with a rival unit in the same province."""
        feud = Feud(dyad, self, rival, rivalry)
        self.feuds.append(feud)
        return feud

    def decide(self) -> None:
        """Decide for every rival in the province whether to attack it, and why."""
        self.attacks = []
        if not self.feuds:
            return
        model = self.model
        effect = model.plain.stance_effects[self.stance]
        base = engagement.background(
            model.settings.engagement.background_rate,
            1.0,
            self.mobilisation,
            self.compliance if self.holds else 0.0,
        )
        hour_factor = self.cell.hour_factor[model.hour]
        for feud in self.feuds:
            exposure = feud.rivalry * self._opportunity(feud.rival) * hour_factor
            exposure *= engagement.availability(
                feud.rival.withdrawal, model.settings.engagement.withdrawn_exposure
            )
            battle, reprisal = effect[0] * feud.battle, effect[1] * feud.reprisal
            hazard = engagement.hazard(
                exposure, base, battle, reprisal, self.withdrawal, self.cell.security.deterrence
            )
            chance, why = model.attack_uniforms(feud.dyad)
            if engagement.attacks(chance, hazard, model.world.tick_hours):
                self.attacks.append((feud, engagement.cause(why, base, battle, reprisal)))

    def _opportunity(self, rival: MilitiaUnit) -> float:
        settings = self.model.settings.engagement
        return engagement.opportunity(
            self.fighters, rival.fighters, settings.reference_fighters, settings.opportunity_limit
        )

    def act(self) -> None:
        """Hand the attacks decided on to the model, which resolves them in one order."""
        self.model.opened.extend(self.attacks)

    def obey(self, plan: OrderPlan, unit_order: UnitOrder) -> None:
        """Take an order; the latest one counts."""
        if plan.action == MOBILISE:
            self.mobilised, self.mobilised_at = True, self.model.tick
            self.mobilisation = stance.mobilisation(self.mobilisation, plan.mobilise)
            self.mobilisation_keep = plan.mobilise_keep
            self.share = 0.0
            return
        uniform, _ = self.model.draw(self.address, plan.address, Purpose.COMPLIANCE, tick=0)
        self.order, self.holds = unit_order, plan.action == HOLD
        self.share = orders.obedience(uniform, unit_order.mean, unit_order.spread)
        self.reluctance = self.loyalty = 1.0

    @property
    def address(self) -> int:
        """Address of this unit's draws."""
        return self.model.plain.unit_address[self.index]

    def update(self) -> None:
        """Let excitation, mobilisation and obedience move on by one tick."""
        for feud in self.feuds:
            feud.fade()
        self.mobilisation *= self.mobilisation_keep
        if self.order is not None:
            self.reluctance *= self.order.onset_keep
            self.loyalty *= self.order.loyalty_keep
        now = self.model.tick
        if self.mobilised and stance.lapses(
            now - self.mobilised_at,
            now - self.cell.security.last_death,
            self.model.plain.lapse_ticks,
        ):
            self.mobilised, self.mobilisation = False, 0.0


class GroupLeader(Agent):
    """Who gives a group its orders.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    group : int
        Number of the group.
    plans : list of int
        Numbers of the orders this leader may give.
    """

    model: ReprisalModel

    def __init__(self, model: ReprisalModel, group: int, plans: list[int]) -> None:
        super().__init__(model)
        self.group = group
        self.plans = plans
        self.due: list[int] = []

    def decide(self) -> None:
        """Decide which orders to give, from what is known at the start of the tick."""
        self.due = [number for number in self.plans if self._is_due(number)]

    def _is_due(self, number: int) -> bool:
        model, plan = self.model, self.model.world.orders[number]
        if not orders.may_repeat(model.given_at[number], model.tick, plan.again_after):
            return False
        if plan.own_killed:
            losses = model.killed_of_group.within(self.group, plan.window)
            return orders.losses_reached(losses, plan.own_killed)
        if plan.rival_killed:
            losses = sum(
                model.killed_of_group.within(rival, plan.window)
                for rival in model.plain.rivals[self.group]
            )
            return orders.losses_reached(losses, plan.rival_killed)
        return orders.due(model.tick, self._set_for(plan))

    def _set_for(self, plan: OrderPlan) -> int:
        """Tick for which an order is set; below 0 while what it waits for is open."""
        if plan.waits_for == START:
            return plan.delay
        if plan.waits_for < START:
            return -1
        times = self.model.event_at if plan.waits_for_event else self.model.given_at
        since = times[plan.waits_for]
        return since + plan.delay if since >= 0 else -1

    def act(self) -> None:
        """Give the orders decided on to the units they name."""
        for number in self.due:
            plan = self.model.world.orders[number]
            self.model.given_at[number] = self.model.tick
            self.model.record_order(plan.code, self.group, plan.action)
            for unit_order in plan.units:
                self.model.units[unit_order.unit].obey(plan, unit_order)
