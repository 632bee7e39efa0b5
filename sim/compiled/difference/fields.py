"""What both engines hold of a run, in the order in which a tick computes it, and which rule does.

Names of rules are those of `sim.rules` ("grievance.excite"). Where no rule of its own computes
a field, it is the function of `sim.model` or `sim` that does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled.layout import NOT_YET, State
from sim.model import ReprisalModel
from sim.model.feud import Feud

Column = NDArray[Any]


@dataclass(frozen=True)
class Kind:
    """One kind of agent, or of thing that is numbered.

    ``agents`` lists those of the Mesa engine, ``records`` gives the compiled engine's in
    the same order (structured, or None where every field says where it is), ``name`` says
    who one is.
    """

    agents: Callable[[ReprisalModel], Sequence[Any]]
    records: Callable[[ReprisalModel, State], Any]
    name: Callable[[ReprisalModel, Any], str]


@dataclass(frozen=True)
class Field:
    """One field of a kind; by default both engines give it the same name.

    ``mesa`` reads it off an agent, ``column`` gives it for all records.
    """

    kind: Kind
    name: str
    rules: tuple[str, ...]
    mesa: Callable[[ReprisalModel, Any], Any] | None = None
    column: Callable[[ReprisalModel, State], Column] | None = None

    def both(self, model: ReprisalModel, state: State) -> tuple[Column, Column]:
        """Values in the Mesa and in the compiled engine, in one type.

        Parameters
        ----------
        model : ReprisalModel
            A run of the Mesa engine.
        state : State
            The same run in the compiled engine.

        Returns
        -------
        tuple of ndarray
            Of equal shape, one value per agent.
        """
        records = self.kind.records(model, state)
        column = records[self.name] if self.column is None else self.column(model, state)
        values = [
            getattr(agent, self.name) if self.mesa is None else self.mesa(model, agent)
            for agent in self.kind.agents(model)
        ]
        return np.array(values, column.dtype), column


def feud_name(model: ReprisalModel, feud: Feud) -> str:
    """Say whose feud with whom this is, and where."""
    groups = model.groups
    where = feud.unit.cell.key
    return f"the feud of {groups[feud.unit.group]} with {groups[feud.rival.group]} in {where}"


def _branches(model: ReprisalModel) -> list[Any]:
    return [branch for event in model.politics.plan.events for branch in event.branches]


def _cause(model: ReprisalModel, feud: Feud) -> int:
    """Cause of the attack of this tick; `NOT_YET` for none."""
    return next((cause for attacking, cause in model.opened if attacking is feud), NOT_YET)


COUNTRY = Kind(lambda m: [m], lambda _, s: s.now, lambda *_: "the country")
BLOC = Kind(
    lambda m: range(len(m.politics.plan.blocs)),
    lambda *_: None,
    lambda m, bloc: f"the bloc {m.politics.plan.blocs[bloc]}",
)
BRANCH = Kind(
    _branches,
    lambda *_: None,
    lambda m, branch: f"the branch {m.world.labels['order'][branch.code]}",
)
EVENT = Kind(
    lambda m: range(len(m.politics.plan.events)),
    lambda *_: None,
    lambda m, event: f"the event {m.politics.plan.events[event].key}",
)
ORDER = Kind(lambda m: m.world.orders, lambda *_: None, lambda _, plan: f"the order {plan.key}")
UNIT = Kind(
    lambda m: m.units,
    lambda _, s: s.units,
    lambda m, unit: f"the unit of {m.groups[unit.group]} in {unit.cell.key}",
)
FEUD = Kind(lambda m: m.feuds, lambda _, s: s.feuds, feud_name)
FORCE = Kind(
    lambda m: m.forces, lambda _, s: s.forces, lambda _, f: f"the security force in {f.cell.key}"
)
GOVERNOR = Kind(
    lambda m: m.mediators,
    lambda m, s: s.forces[[governor.cell.index for governor in m.mediators]],
    lambda _, governor: f"the governor of {governor.cell.key}",
)
GROUP = Kind(
    lambda m: range(len(m.groups)), lambda *_: None, lambda m, g: f"the group {m.groups[g]}"
)

AT_START = (
    Field(FORCE, "deterrence", ("deployment.presence", "deployment.deterrence")),
    Field(FEUD, "debts", ("vendetta.will_be_paid",), lambda _, feud: len(feud.debts)),
)
OBSERVED = (
    Field(COUNTRY, "truce", ("tension.lasting",), lambda m, _: m.politics.truce),
    Field(
        BLOC,
        "tension",
        ("tension.lasting", "tension.pulse"),
        lambda m, bloc: m.politics.tension[bloc],
        lambda _, s: s.tension,
    ),
    Field(COUNTRY, "answering", ("security.SecurityForce",), lambda m, _: m.nation.answering),
    Field(COUNTRY, "weight", ("security.SecurityForce",), lambda m, _: m.nation.weight),
    Field(
        COUNTRY,
        "capital_claim",
        ("deployment.capital_claim",),
        lambda m, _: m.nation.capital_claim,
    ),
    Field(UNIT, "compliance", ("orders.compliance",)),
    Field(UNIT, "withdrawal", ("agents.MilitiaUnit.sense",)),
    Field(UNIT, "stance", ("stance.stance",)),
    Field(UNIT, "response", ("orders.holds", "provocation.response")),
    Field(UNIT, "exposure", ("engagement.availability", "offices.exposure")),
    Field(UNIT, "strength", ("crowd.gather", "crowd.strength", "patron.armed")),
)
DECIDED = (
    Field(
        ORDER,
        "given_at",
        ("orders.may_repeat", "orders.losses_reached", "orders.due"),
        lambda m, plan: m.given_at[plan.moment],
        lambda m, s: s.given_at[[plan.moment for plan in m.world.orders]],
    ),
    Field(FORCE, "alarm", ("deployment.alarmed",)),
    Field(FORCE, "separates", ("deployment.separates",)),
    Field(FORCE, "target", ("deployment.presence", "deployment.intended")),
    Field(GOVERNOR, "mediates", ("intervention.mediates",)),
    Field(
        FEUD,
        "attacks",
        (
            "engagement.background",
            "engagement.opportunity",
            "intervention.deters",
            "vendetta.excitation",
            "engagement.hazard",
            "engagement.attacks",
        ),
        lambda m, feud: _cause(m, feud) != NOT_YET,
        lambda _, s: s.attacks,
    ),
    Field(
        FEUD,
        "cause",
        ("engagement.background", "vendetta.excitation", "engagement.cause"),
        _cause,
        lambda _, s: np.where(s.attacks, s.feuds["cause"], NOT_YET),
    ),
)
TOOK_PLACE = (
    Field(
        BRANCH,
        "moment",
        ("tension.branch",),
        lambda m, branch: m.moments[branch.moment],
        lambda m, s: s.moments[[branch.moment for branch in _branches(m)]],
    ),
    Field(
        EVENT,
        "next_at",
        ("politics.Politics.act",),
        lambda m, event: m.politics.next_at[event],
        lambda _, s: s.next_at,
    ),
    Field(UNIT, "order_at", ("agents.MilitiaUnit.obey",)),
    Field(UNIT, "holds", ("agents.MilitiaUnit.obey",)),
    Field(UNIT, "restrained_at", ("agents.MilitiaUnit.obey",)),
    Field(UNIT, "restrained_for", ("agents.MilitiaUnit.obey",)),
    Field(UNIT, "splinter", ("orders.splinters",)),
    Field(UNIT, "share", ("orders.obedience",)),
    Field(UNIT, "mobilised_at", ("crowd.mobilises_unasked",)),
)
FOUGHT = (
    Field(UNIT, "commanders", ("vendetta.opens",)),
    Field(FEUD, "debts", ("vendetta.will_be_paid",), lambda _, feud: len(feud.debts)),
    Field(
        FEUD,
        "unanswered_at",
        ("combat.carry_out",),
        lambda _, feud: NOT_YET if feud.unanswered is None else feud.unanswered[0],
    ),
    Field(UNIT, "mobilised", ("stance.lapses",)),
    Field(UNIT, "crowd", ("engagement.casualties_from_crowd",)),
    Field(UNIT, "fighters", ("engagement.casualties_from_crowd",)),
    Field(UNIT, "crowd_present", ("crowd.gather", "engagement.casualties_from_crowd")),
    Field(FORCE, "last_engagement", ("security.SecurityForce.suffer",)),
    Field(FORCE, "last_death", ("security.SecurityForce.suffer",)),
    Field(
        GROUP,
        "killed",
        ("losses.Losses.add",),
        lambda m, group: m.killed_of_group.within(group, m.tick),
        lambda m, s: s.killed_of_group[m.tick],
    ),
)
ENDED = (
    Field(FORCE, "deployed", ("deployment.approach",)),
    Field(FORCE, "alarm_since", ("security.SecurityForce.act",)),
    Field(
        FORCE,
        "battle_ended_at",
        ("geography.ProvinceCell.end_battle",),
        lambda _, force: force.cell.battle_ended_at,
    ),
    Field(GOVERNOR, "mediated_at", ("security.Mediator.act",)),
    Field(FEUD, "battle", ("grievance.excite",), column=lambda _, s: s.battle),
    Field(
        FEUD,
        "reprisal",
        ("intervention.eased", "grievance.excite"),
        column=lambda _, s: s.reprisal,
    ),
    Field(UNIT, "mobilisation", ("stance.mobilisation",)),
    Field(UNIT, "reluctance", ("agents.MilitiaUnit.update",)),
    Field(UNIT, "loyalty", ("agents.MilitiaUnit.update",)),
    Field(UNIT, "closed_at", ("offices.reopened",)),
    Field(FORCE, "recent", ("security.SecurityForce.update",)),
    Field(FORCE, "deterrence", ("deployment.presence", "deployment.deterrence")),
)

KILLED_IN_COMBAT = "target_killed + attacker_killed - killed_by_security"
OF_ENGAGEMENT = {
    "province": ("model.ReprisalModel.engagements",),
    "attacker": ("model.ReprisalModel.engagements",),
    "target": ("model.ReprisalModel.engagements",),
    "parent": ("grievance.contribution", "engagement.reached", "vendetta.debt"),
    "cause": ("feud.Feud.parent",),
    "root": ("combat.carry_out",),
    "depth": ("combat.carry_out",),
    "mode": ("engagement.possible", "engagement.reached"),
    KILLED_IN_COMBAT: ("casualties.killed",),
    "target_wounded": ("casualties.mean_wounded", "casualties.wounded"),
    "attacker_wounded": ("casualties.mean_wounded", "casualties.wounded"),
    "killed_by_security": ("intervention.joins", "casualties.killed"),
    "target_killed": ("intervention.fires_at_attacker",),
    "attacker_killed": ("intervention.fires_at_attacker",),
    "security_killed": ("casualties.killed",),
}
OF_ACT = ("model.ReprisalModel.record_act",)
OF_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "runs": {"": ("outcomes.table_of_runs",)},
    "ticks": {"": ("model.ReprisalModel.record",)},
    "engagements": {"": ("log.to_tables",)},
    "orders": {"": ("log.to_tables",)},
    "reports": {
        "": ("reports.reported", "reports.delay"),
        "attributed_to": ("reports.attributed",),
        "sources": ("reports.sources",),
        "killed_low": ("reports.repeats", "reports.counted"),
        "killed_best": ("reports.counted", "reports.best"),
        "killed_high": ("reports.repeats", "reports.counted"),
    },
}
