"""What a report says of the model: purpose, elements after ODD, limits, ethics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sim.parameters.orders import MobiliseOrder

if TYPE_CHECKING:
    from sim.scenario import Scenario

READING = (
    "A run is one course of events under the assumptions of a scenario, with random numbers of its"
    " own. Figures show how runs differ. Runs with the same number use the same random numbers in"
    " all scenarios, so scenarios are compared pair by pair. Intervals are 95 % Monte-Carlo"
    " intervals of the model's means: they say how sure a number is with so many runs, not how sure"
    " the model is of the world."
)
NO_FORECAST = (
    "The model does not forecast. It shows what follows from stated assumptions and how much"
    " chance alone varies it. Many numbers are assumptions; vary them before you believe a"
    " difference."
)
_ODD = {
    "Purpose": """\
To understand how engagements between armed groups feed on each other and what lowers them: a
leader's order, closed offices, security forces, mediation, a court's timing, calls from
outside, time. It compares scenarios over the same random numbers.""",
    "Entities": """\
Provinces; militia units (a group's force in one province) and crowds of followers beside them;
feuds (a unit's account with one rival there), in which a battle may be going on; group leaders;
ceasefires between two sides; one security force per province, brigades that move between
provinces, and dated deployments; governors who may mediate; politics with dated events.""",
    "Scales": """\
Ticks of one hour unless the file says otherwise, with local dates and hours; provinces with
explicit neighbours.""",
    "Process": """\
In each tick leaders, authorities and units decide on the state at its start, then orders,
events, engagements and deployment take place. The order of agents cannot matter.""",
    "Engagements": """\
Each unit attacks a rival with a hazard: a background rate, orders to mobilise, grievance over
what it suffered, open debts of blood, and what spoilers add while peace is near, times rivalry,
opportunity, hour of day, truces and curfews. An attack may open a battle, in which both sides
fire until it ends. Compliance with orders, closed offices, deterrence by forces that were sent,
and ceasefires lower all of it.""",
    "Stochasticity": """\
Every random number is addressed by seed, replicate, tick, agents and purpose, so replicate 17
has the same numbers in every scenario.""",
    "Emergence": """\
Chains of reprisals, their spread, the course of battles, time to calm and relapse, and what
each lever is worth. Background rates, severity, calendar and compliance are imposed.""",
    "Observation": """\
Every engagement with the one that caused it, every order and event, one row per tick, and what
reporters would have seen.""",
    "Initialisation and input": """\
The scenario file gives everything; no series drives a run.""",
}
_LIMITS = (
    """\
Fighters by province, rates of attack, crowds and most effects are assumptions; results are
statements about these assumptions.""",
    """\
Whether presence of security forces deters is contested in the literature.""",
    """\
Flight, economy, supply of weapons, bargaining over terms and wounded civilians are no part of the
model.""",
    """\
Units do not move, and the dead are not replaced.""",
    """\
Everyone senses without error; reports influence no one.""",
)
ETHICS = (
    """\
The model is for understanding and reducing violence. It must not be used to select, locate or
rank people, units or places as targets, or to plan operations.""",
    """\
It must not be used to predict when or where a named group will attack, to assign guilt for real
events, or to show that a real decision worked or failed.""",
    """\
No person is an entity here. Groups and places may carry names of public reports; numbers beside
them are not intelligence.""",
    """\
Whoever publishes a result should publish scenario file, seed and version with it, give
intervals, vary what is contested, and say which numbers are assumed.""",
)
_CIVILIANS = (
    "Civilians may be killed, as a mode says (`civilians_killed`), but raise no grievance and do"
    " nothing. Killed are members of groups, crowds and the security force, and these civilians."
)
_NO_CIVILIANS = (
    "No mode here kills civilians (`civilians_killed`). Killed are members of groups, crowds and"
    " the security force."
)
_CHANGING = "Rivalry changes only when and as the file says (`rivalry_changes`)."
_CONSTANT = "Rivalry is constant here (no `rivalry_changes`)."
PARTS = "Parts that a file may use"


def odd(scenarios: Sequence[Scenario]) -> dict[str, str]:
    """Describe the model after ODD, and say which of its parts are at work in some scenarios."""
    works = {name: any(map(at_work, scenarios)) for name, at_work in _PARTS.items()}
    used = ", ".join(name for name, here in works.items() if here)
    unused = ", ".join(name for name, here in works.items() if not here)
    said = [f"At work in the scenarios of this report: {used}."] if used else []
    said += [f"In none of them: {unused}."] if unused else []
    return _ODD | {PARTS: " ".join(said)}


def limits(scenarios: Sequence[Scenario]) -> list[str]:
    """Say what the model leaves out, and whether civilians and rivalries stay as they are."""
    civilians, changing = (any(map(of, scenarios)) for of in (_kills_civilians, _changes_rivalry))
    own = [_CIVILIANS if civilians else _NO_CIVILIANS, _CHANGING if changing else _CONSTANT]
    return [*_LIMITS, *own]


def _kills_civilians(scenario: Scenario) -> bool:
    return any(mode.civilians_killed.median > 0 for mode in scenario.modes.values())


def _changes_rivalry(scenario: Scenario) -> bool:
    return any(change.enabled for change in scenario.rivalry_changes.values())


def _gathers(scenario: Scenario) -> bool:
    calls = [order for order in scenario.orders.values() if isinstance(order, MobiliseOrder)]
    gathered = any(order.enabled and any(order.crowd.values()) for order in calls)
    return scenario.crowds.enabled and gathered


_PARTS: dict[str, Callable[[Scenario], bool]] = {
    "crowds": _gathers,
    "battles": lambda its: its.battle.enabled,
    "debts of blood": lambda its: its.vendetta.enabled,
    "ceasefires": lambda its: any(each.enabled for each in its.ceasefires.values()),
    "spoilers": lambda its: its.spoilers.enabled and its.spoilers.attack_rate > 0,
    "curfews": lambda its: any(each.enabled for each in its.curfews.values()),
    "brigades": lambda its: any(each.persons for each in its.brigades.values()),
    "dated deployments": lambda its: any(each.enabled for each in its.deployments.values()),
    "mediation": lambda its: its.mediation.enabled,
}
