"""The state, politics, the calendar, and what reporters see."""

from __future__ import annotations

from sim.mechanisms.declare import Mechanism, Switch
from sim.rules import deployment, intervention, spread, tension

SURROUNDINGS = (
    Mechanism(
        11,
        "Political calendar",
        "A negative ruling is expected to elicit a reaction from the cleric",
        "A dated event takes one of its branches with the probabilities that the scenario gives."
        " A branch changes the base rate of the blocs it names, fading, may move the event, and"
        " may trigger orders. Branches are stored, so results can be split by them.",
        (tension.branch, tension.pulse),
        ("calendar.*.branches.*.probability", "calendar.*.branches.*.effect.*"),
        (
            Switch("calendar.*.branches.*.probability", 0.0),
            Switch("calendar.*.branches.*.effect.*", 0.0),
        ),
        ("negative-ruling", "ruling-postponed-again"),
        ("calendar.",),
    ),
    Mechanism(
        12,
        "Deadlock",
        "Both camps disagree over the appropriate mechanism to dissolve parliament",
        "The base rate grows month by month from a date on, until a calendar event ends it.",
        (tension.deadlock,),
        ("deadlock.growth",),
        (Switch("deadlock.enabled"),),
        ("iraq-2022",),
        ("deadlock.",),
    ),
    Mechanism(
        14,
        "Deployment",
        "Iraqi security forces were swiftly deployed",
        "Killed in a province raise an alarm; after a lag a share of the reserve, by the chosen"
        " rule, builds up there and leaves after calm.",
        (
            deployment.alarmed,
            deployment.intended,
            deployment.capital_claim,
            deployment.approach,
            deployment.presence,
        ),
        ("deployment.lag", "deployment.build_up", "deployment.ceiling"),
        (Switch("deployment.rule", "none"),),
        ("no-deployment", "slow-deployment", "heavy-deployment"),
        ("deployment.", "provinces.*.presence", "provinces.*.population", "provinces.*.capital"),
    ),
    Mechanism(
        15,
        "Deterrence, parting and a third side",
        "to contain the violence",
        "Presence lowers every hazard in the province, ends a battle that has paused, and may"
        " fire in an engagement; it may spare one bloc.",
        (
            deployment.deterrence,
            deployment.separates,
            intervention.joins,
            intervention.fires_at_attacker,
            intervention.deters,
        ),
        ("deterrence.strength", "third_side.probability"),
        (Switch("deterrence.enabled"), Switch("separation.enabled"), Switch("third_side.enabled")),
        ("heavy-deployment", "partisan-security-forces", "security-forces-hold-fire"),
        ("deterrence.", "separation.", "third_side."),
    ),
    Mechanism(
        16,
        "State authority",
        "where the state's authority is frayed",
        "A province's authority, 0 to 1, scales what presence deters and shields from the"
        " national shock.",
        (deployment.deterrence, spread.shock),
        ("provinces.*.authority",),
        (Switch("provinces.*.authority", 1.0),),
        ("frayed-authority-everywhere",),
    ),
    Mechanism(
        17,
        "Mediation",
        "said calm had been restored",
        "Once the security force is present and nobody was killed for a while, a governor ends"
        " the battle and eases the reprisal grievance in the province.",
        (intervention.mediates, intervention.eased),
        ("mediation.presence", "mediation.reprisal_factor"),
        (Switch("mediation.enabled"),),
        ("no-mediation", "all-de-escalation"),
        ("mediation.",),
    ),
    Mechanism(
        19,
        "Call for restraint",
        "appealed for “calm and restraint,”",
        "A call from outside multiplies the base rate of every group for a while.",
        (tension.lasting,),
        ("restraint_calls.*.factor",),
        (Switch("restraint_calls.*.enabled"),),
        ("no-call-for-restraint", "no-de-escalation"),
        ("restraint_calls.",),
    ),
    Mechanism(
        24,
        "Truce",
        "",
        "A stretch of the calendar, such as a pilgrimage, multiplies every hazard.",
        (tension.lasting,),
        ("truces.*.factor",),
        (Switch("truces.*.enabled"),),
        ("no-pilgrimage-truce",),
        ("truces.",),
        elsewhere="The Cradle, 1 September 2022, on the Arbaeen pilgrimage",
    ),
)
