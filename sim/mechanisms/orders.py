"""What leaders, crowds and patrons do."""

from __future__ import annotations

from sim.mechanisms.declare import Mechanism, Switch
from sim.rules import crowd, engagement, offices, orders, patron, provocation, stance

TRIGGERS = (
    "orders.*.action",
    "orders.*.group",
    "orders.*.provinces",
    "orders.*.trigger.",
    "orders.*.enabled",
)

ORDERS = (
    Mechanism(
        6,
        "Call to withdraw",
        "al-Sadr called on his followers to withdraw",
        "Each unit comes to obey a share of the order, with an onset and a relapse half-life. The"
        " obeying share neither attacks nor answers, and is a smaller target. An order to hold"
        " ends only attacks that nothing recent caused.",
        (
            orders.due,
            orders.losses_reached,
            orders.may_repeat,
            orders.obedience,
            orders.compliance,
            engagement.availability,
            engagement.background,
            stance.stance,
        ),
        ("orders.*.compliance", "orders.*.onset_half_life", "orders.*.relapse_half_life"),
        (Switch("orders.*.enabled"),),
        ("no-withdrawal-call", "late-withdrawal-call", "all-de-escalation"),
        (
            *TRIGGERS,
            "orders.*.spread",
            "orders.*.by_province.",
            "engagement.withdrawn_exposure",
            "stances.stand_down_compliance",
        ),
    ),
    Mechanism(
        7,
        "Deadline and splinters",
        "",
        "A deadline makes the onset half-life at most half of it. Once it has passed, a unit"
        " becomes a splinter, which takes no order any more, with a probability in proportion to"
        " the share that it does not obey.",
        (orders.splinters,),
        ("orders.*.splinter", "orders.*.deadline"),
        (Switch("orders.*.splinter", 0.0), Switch("orders.*.deadline", None)),
        ("call-without-deadline",),
        elsewhere="AFP, 30 August 2022: leave within 60 minutes or be disowned",
    ),
    Mechanism(
        8,
        "Closed offices",
        "for AAH to close their offices until further notice",
        "Closing its offices takes away a share of a unit's exposure and rules out the modes that"
        " need an open office, until they reopen after a random time.",
        (offices.exposure, offices.reopened),
        ("offices.closed_share", "offices.reopen_after"),
        (Switch("offices.enabled"),),
        ("offices-stay-open",),
        ("offices.", "groups.*.offices"),
    ),
    Mechanism(
        9,
        "Order not to be provoked",
        "instructed his followers not to be provoked by the comments",
        "While the order holds, the group's units avenge attacks and resent insults less.",
        (provocation.response, orders.holds),
        ("provocation.restraint",),
        (Switch("provocation.restraint", 1.0), Switch("provocation.enabled")),
        ("no-restraint-order",),
        ("orders.*.lasts",),
    ),
    Mechanism(
        10,
        "Insult",
        "hurled a personal attack against Khazali",
        "Words raise the reprisal grievance of every unit of the insulted group against the"
        " insulting one. An attack that they cause has the cause provocation and no parent.",
        (provocation.grievance,),
        ("orders.*.strength",),
        (Switch("orders.*.strength", 0.0), Switch("provocation.enabled")),
        ("no-insult", "insult-answered"),
        ("orders.*.target", "provocation."),
    ),
    Mechanism(
        13,
        "Mobilisation and crowds",
        "clashes in Baghdad's government zone between al-Sadr's loyalists and Iraqi security"
        " forces",
        "A mobilise order changes the stance of units, adds an attack rate that fades, and brings"
        " crowds, which add strength and leave as the call to withdraw is obeyed. A unit whose"
        " dead went unanswered may mobilise unasked.",
        (
            stance.stance,
            stance.lapses,
            stance.mobilisation,
            crowd.strength,
            crowd.gather,
            crowd.mobilises_unasked,
            engagement.casualties_from_crowd,
        ),
        ("orders.*.attack_rate", "crowds.weight"),
        (Switch("crowds.enabled"), Switch("stances.unasked"), Switch("orders.*.enabled")),
        ("iraq-2022", "two-groups"),
        (
            "orders.*.attack_half_life",
            "orders.*.again_after",
            "orders.*.crowd.*",
            "crowds.",
            "stances.mobilisation_lapse",
            "stances.unasked",
            "stances.unasked_after",
        ),
    ),
    Mechanism(
        20,
        "Patron abroad",
        "his Iran-backed rivals",
        "A patron may restrain a group (its units obey orders further) or arm it (its strength"
        " grows day by day).",
        (patron.compliance, patron.armed),
        ("patronage.restraint", "patronage.growth"),
        (Switch("patronage.enabled"), Switch("groups.*.patron", "neutral")),
        ("patron-arms", "patron-restrains"),
        ("patronage.", "groups.*.patron"),
    ),
)
