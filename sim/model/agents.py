"""Militia units and group leaders; the security force is in `sim.model.security`.

Agents gather what a rule needs and apply its answer; the mechanisms are in `sim.rules`.
``decide`` reads only the state at the start of the tick and keeps its answer; ``act`` and
``update`` apply it. So the order of agents cannot matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent
from mesa.discrete_space import FixedAgent

from sim.draws import Purpose
from sim.model.feud import PROVOKED, Feud, Memory
from sim.model.unsound import unsound
from sim.rules import (
    crowd,
    engagement,
    intervention,
    offices,
    orders,
    patron,
    provocation,
    soundness,
    stance,
)
from sim.world.shapes import (
    CLOSE_OFFICES,
    HOLD,
    INSULT,
    MOBILISE,
    REOPEN,
    RESTRAIN,
    RISE,
    SPLINTER,
    START,
    OrderPlan,
    UnitOrder,
)

if TYPE_CHECKING:
    from sim.model.geography import ProvinceCell
    from sim.model.model import ReprisalModel
    from sim.rules.soundness import UnsoundError

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
        self.index, self.group, self.cell = index, group, cell
        self.fighters = fighters
        self.crowd = 0
        self.feuds: list[Feud] = []
        self.attacks: list[tuple[Feud, int]] = []
        self.mobilised, self.mobilised_at = False, LONG_AGO
        self.mobilisation, self.mobilisation_keep = 0.0, 1.0
        self.order: UnitOrder | None = None
        self.order_plan: OrderPlan | None = None
        self.order_at, self.holds = LONG_AGO, False
        self.share, self.reluctance, self.loyalty = 0.0, 1.0, 1.0
        self.splinter = False
        self.restrained_at, self.restrained_for = LONG_AGO, 0.0
        facts = model.settings.groups[model.groups[group]]
        self.offices = facts.offices == "all" or cell.key in facts.offices
        self.closed_at, self.reopening = LONG_AGO, 0.0
        self.commanders = facts.commanders.get(cell.key, 0)
        self.rises = False
        self.sense()

    @property
    def address(self) -> int:
        """Address of this unit's draws."""
        return self.model.plain.unit_address[self.index]

    @property
    def office_open(self) -> bool:
        """Whether an office of this unit can be attacked."""
        return self.offices and self.closed_at == LONG_AGO

    def sense(self) -> None:
        """Take stock as the tick starts: obedience, stance, strength and exposure."""
        model, settings = self.model, self.model.settings
        self.compliance = orders.compliance(self.share, self.reluctance, self.loyalty)
        self.withdrawal = 0.0 if self.holds else self.compliance
        self.stance = stance.stance(
            self.mobilised, self.compliance, settings.stances.stand_down_compliance
        )
        self.crowd_present = crowd.gather(self.crowd, self.withdrawal)
        people = crowd.strength(self.fighters, self.crowd_present, settings.crowds.weight)
        self.strength = patron.armed(people, model.plain.patron[self.group], model.growth)
        closed = self.offices and not self.office_open
        self.exposure = engagement.availability(
            self.withdrawal, settings.engagement.withdrawn_exposure
        ) * offices.exposure(closed, settings.offices.closed_share)
        restrained = settings.provocation.enabled and orders.holds(
            model.tick - self.restrained_at, self.restrained_for
        )
        self.response = provocation.response(restrained, settings.provocation.restraint)

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
        base = self._background()
        surroundings = self.cell.hour_factor[model.hour] * model.politics.truce
        deterrence = intervention.deters(
            self.cell.security.deterrence, model.plain.favoured[self.group]
        )
        for feud in self.feuds:
            opportunity = self._opportunity(feud.rival)
            exposure = feud.rivalry * opportunity * surroundings * feud.rival.exposure
            parts = feud.parts(effect, self.response)
            hazard = engagement.hazard(exposure, base, *parts, self.withdrawal, deterrence)
            if not soundness.feud_is_sound(hazard, feud.battle, feud.reprisal):
                raise self._unsound_feud(feud, hazard)
            chance, why = model.attack_uniforms(feud.dyad)
            if engagement.attacks(chance, hazard, model.world.tick_hours):
                self.attacks.append((feud, engagement.cause(why, base, *parts)))
        self.rises = not self.mobilised and any(feud.rises() for feud in self.feuds)

    def _unsound_feud(self, feud: Feud, hazard: float) -> UnsoundError:
        rival = self.model.groups[feud.rival.group]
        return unsound(
            self.model,
            f"the feud of {self.model.groups[self.group]} with {rival} in {self.cell.key}",
            hazard=hazard,
            battle=feud.battle,
            reprisal=feud.reprisal,
        )

    def _background(self) -> float:
        return engagement.background(
            self.model.settings.engagement.background_rate,
            self.model.politics.of_group(self.group),
            self.mobilisation,
            self.compliance if self.holds else 0.0,
        )

    def _opportunity(self, rival: MilitiaUnit) -> float:
        settings = self.model.settings.engagement
        return engagement.opportunity(
            self.strength,
            rival.strength,
            settings.reference_fighters,
            settings.opportunity_limit,
        )

    def act(self) -> None:
        """Hand the attacks decided on to the model, which resolves them in one order."""
        self.model.opened.extend(self.attacks)
        if self.rises:
            self._mobilise()
            for feud in self.feuds:
                feud.unanswered = None
            self.model.record_act(group=self.group, action=RISE, province=self.cell.index)

    def obey(self, plan: OrderPlan, unit_order: UnitOrder) -> None:
        """Take an order; a splinter takes none."""
        if self.splinter:
            return
        if plan.action == MOBILISE:
            self._mobilise()
            self.mobilisation = stance.mobilisation(self.mobilisation, plan.mobilise)
            self.mobilisation_keep = plan.mobilise_keep
            self.crowd = max(self.crowd, unit_order.crowd)
            self.share = 0.0
        elif plan.action == RESTRAIN:
            self.restrained_at, self.restrained_for = self.model.tick + 1, plan.lasts
        elif plan.action == CLOSE_OFFICES:
            self._close_offices()
        elif plan.action != INSULT:
            uniform, _ = self.model.draw(self.address, plan.address, Purpose.COMPLIANCE, tick=0)
            self.order, self.order_plan, self.order_at = unit_order, plan, self.model.tick
            self.holds = plan.action == HOLD
            self.share = orders.obedience(uniform, unit_order.mean, unit_order.spread)
            self.reluctance = self.loyalty = 1.0

    def _mobilise(self) -> None:
        self.mobilised, self.mobilised_at = True, self.model.tick

    def _close_offices(self) -> None:
        if self.office_open and self.model.settings.offices.enabled:
            self.closed_at = self.model.tick
            self.reopening, _ = self.model.draw(self.address, 0, Purpose.OFFICES)

    def insulted_by(self, group: int, strength: float) -> None:
        """Resent an insult wherever the insulting group can be met."""
        if not self.model.settings.provocation.enabled:
            return
        weight = provocation.grievance(strength, self.response)
        for feud in self.feuds:
            if feud.rival.group == group:
                feud.remember(Memory(PROVOKED, self.model.tick + 1, 0.0, weight))

    def lose(self, killed: int, wounded: int, crowd_first: bool) -> None:
        """Take killed and wounded out of the unit and its crowd."""
        lost = killed + wounded
        from_crowd = engagement.casualties_from_crowd(
            lost, crowd_first, self.fighters, self.crowd_present
        )
        self.crowd -= from_crowd
        self.crowd_present -= from_crowd
        self.fighters -= lost - from_crowd

    def update(self) -> None:
        """Let excitation, mobilisation, obedience and closed offices move on by one tick."""
        for feud in self.feuds:
            feud.fade()
        self.mobilisation *= self.mobilisation_keep
        if self.order is not None:
            self.reluctance *= self.order.onset_keep
            self.loyalty *= self.order.loyalty_keep
            self._meet_deadline(self.order)
        self._reopen_offices()
        now = self.model.tick
        since_death = now - self.cell.security.last_death
        if self.mobilised and stance.lapses(
            now - self.mobilised_at, since_death, self.model.plain.lapse_ticks
        ):
            self.mobilised, self.mobilisation, self.crowd = False, 0.0, 0
        self._check()

    def _check(self) -> None:
        if not soundness.unit_is_sound(
            self.fighters, self.crowd, self.commanders, self.mobilisation, self.compliance
        ):
            raise unsound(
                self.model,
                f"the unit of {self.model.groups[self.group]} in {self.cell.key}",
                fighters=self.fighters,
                crowd=self.crowd,
                commanders=self.commanders,
                mobilisation=self.mobilisation,
                compliance=self.compliance,
            )

    def _meet_deadline(self, order: UnitOrder) -> None:
        plan = self.order_plan
        if plan is None or self.model.tick - self.order_at != order.deadline or not plan.splinter:
            return
        uniform, _ = self.model.draw(self.address, plan.address, Purpose.SPLINTER, tick=0)
        if orders.splinters(uniform, plan.splinter, self.share):
            self.splinter, self.share = True, 0.0
            self.model.record_act(plan.code, self.group, SPLINTER, self.cell.index)

    def _reopen_offices(self) -> None:
        age = self.model.tick + 1 - self.closed_at
        if self.closed_at == LONG_AGO or age <= 1:
            return
        if offices.reopened(self.reopening, self.model.plain.offices_kept[age - 1]):
            self.closed_at = LONG_AGO
            self.model.record_act(group=self.group, action=REOPEN, province=self.cell.index)


class GroupLeader(Agent):
    """Who gives a group its orders.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    group : int
        Number of the group.
    plans : list of OrderPlan
        The orders this leader may give.
    """

    model: ReprisalModel

    def __init__(self, model: ReprisalModel, group: int, plans: list[OrderPlan]) -> None:
        super().__init__(model)
        self.group = group
        self.plans = plans
        self.due: list[OrderPlan] = []

    def decide(self) -> None:
        """Decide which orders to give, from what is known at the start of the tick."""
        self.due = [plan for plan in self.plans if self._is_due(plan)]

    def _is_due(self, plan: OrderPlan) -> bool:
        model = self.model
        if not orders.may_repeat(model.given_at[plan.moment], model.tick, plan.again_after):
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
        since = self.model.moments[plan.waits_for] if plan.waits_for > START else -1
        return since + plan.delay if since >= 0 else -1

    def act(self) -> None:
        """Give the orders decided on to the units they name."""
        model = self.model
        for plan in self.due:
            model.given_at[plan.moment] = model.moments[plan.moment] = model.tick
            model.record_act(plan.code, self.group, plan.action)
            for unit_order in plan.units:
                model.units[unit_order.unit].obey(plan, unit_order)
            if plan.action == INSULT:
                for unit in model.units:
                    if unit.group == plan.target:
                        unit.insulted_by(self.group, plan.strength)
