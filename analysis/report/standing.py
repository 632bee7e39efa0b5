"""What every report says of the model: purpose, elements after ODD, limits, ethics."""

from __future__ import annotations

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
ODD = {
    "Purpose": """\
To understand how engagements between armed groups feed on each other and what lowers them: a
leader's order, closed offices, security forces, mediation, a court's timing, calls from
outside, time. It compares scenarios over the same random numbers.""",
    "Entities": """\
Provinces; militia units (a group's force in one province); feuds (a unit's account with one
rival there); group leaders; one security force per province; governors who may mediate;
politics with dated events.""",
    "Scales": """\
Ticks of one hour unless the file says otherwise, with local dates and hours; provinces with
explicit neighbours.""",
    "Process": """\
In each tick leaders, authorities and units decide on the state at its start, then orders,
events, engagements and deployment take place. The order of agents cannot matter.""",
    "Engagements": """\
Each unit attacks a rival with a hazard: a background rate, orders to mobilise, grievance over
what it suffered, and open debts of blood, times rivalry, opportunity, hour of day, truces,
compliance with orders and deterrence by forces that were sent. An attack may open a battle, in
which both sides fire until it ends.""",
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
LIMITS = (
    """\
Fighters by province, rates of attack, crowds and most effects are assumptions; results are
statements about these assumptions.""",
    """\
Whether presence of security forces deters is contested in the literature.""",
    """\
Civilians, flight, economy, negotiation and weapons are no part of the model. Killed are members
of groups, crowds and the security force.""",
    """\
Units do not move, rivalry is constant, and the dead are not replaced.""",
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
