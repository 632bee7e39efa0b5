"""Rivalry, attacks, what follows from them, and what they cost."""

from __future__ import annotations

from sim import tables
from sim.mechanisms.declare import Mechanism, Switch
from sim.rules import casualties, engagement, grievance, spread, vendetta
from sim.world import rivalry_levels

FIGHTING = (
    Mechanism(
        1,
        "Rivalry",
        "rival Shiite militia groups",
        "A level between 0 and 1 for each directed dyad of groups multiplies its hazard; groups"
        " of one bloc are allies and do not fight.",
        (rivalry_levels, engagement.opportunity, engagement.hazard, engagement.attacks),
        ("rivalry.*.*", "engagement.background_rate"),
        (Switch("rivalry.*.*", 0.0),),
        ("two-groups", "tripoli-2022"),
        (
            "engagement.reference_fighters",
            "engagement.opportunity_limit",
            "groups.*.bloc",
            "groups.*.fighters.*",
        ),
    ),
    Mechanism(
        2,
        "Modes of attack",
        "al-Sadr's militiamen attacked AAH's offices",
        "Each attack takes one of the scenario's modes, by weight, among those whose needs (an"
        " open office, a crowd) are met.",
        (engagement.possible, engagement.reached),
        ("modes.*.weight",),
        (Switch("modes.*.needs", "nothing"),),
        ("offices-stay-open",),
        ("modes.*.needs",),
    ),
    Mechanism(
        3,
        "Same-battle excitation",
        "a battle ensued for several hours throughout the night",
        "An attack suffered raises the hazard of an answer in the same province, fading within"
        " hours; how far depends on the unit's stance.",
        (grievance.excite, grievance.contribution, engagement.cause),
        ("stances.mobilised.battle", "battle.half_life"),
        (Switch("battle.enabled"),),
        ("two-groups", "no-memory"),
        ("stances.quiet.battle", "stances.stand_down.battle"),
    ),
    Mechanism(
        4,
        "Reprisal grievance",
        "In retaliation, AAH attacked al-Sadr's militiamen",
        "An attack suffered raises the hazard of a reprisal in the same province, fading within"
        " days and weighted by its killed.",
        (grievance.excite, grievance.contribution, engagement.cause, tables.marks),
        ("stances.mobilised.reprisal", "reprisal.half_life"),
        (Switch("reprisal.enabled"),),
        ("two-groups", "no-memory"),
        ("stances.quiet.reprisal", "stances.stand_down.reprisal", "reprisal.by_severity"),
    ),
    Mechanism(
        5,
        "Vendetta",
        "have been engaged in revenge attacks for years",
        "The killing of a commander may open a debt of blood, which is paid at most once, after a"
        " lag of months; a scenario may list debts that are open at the start.",
        (vendetta.opens, vendetta.will_be_paid, vendetta.excitation, vendetta.debt),
        ("vendetta.paid", "vendetta.median_lag"),
        (Switch("vendetta.enabled"),),
        ("quiet-year",),
        ("vendetta.", "modes.*.commander_share", "groups.*.commanders.*"),
    ),
    Mechanism(
        18,
        "National shock",
        "the tensions appear to have migrated from Baghdad to the southern majority Shiite"
        " provinces",
        "A deadly attack raises the same dyad's reprisal grievance in every other province where"
        " both stand, after a lag. Spillover to neighbours is separate, and off by default.",
        (spread.shock, spread.lag, spread.neighbour, tables.magnitudes),
        ("national_shock.strength",),
        (Switch("national_shock.enabled"), Switch("spillover.enabled")),
        ("frayed-authority-everywhere", "neighbours-catch-fire", "no-memory"),
        ("national_shock.", "spillover."),
    ),
    Mechanism(
        22,
        "Hour of day",
        "the violence that erupted overnight",
        "A province's hour profile, scaled to mean 1, multiplies every hazard there.",
        (tables.hour_factors, tables.local_hours),
        ("hour_profiles.*",),
        (Switch("provinces.*.hour_profile", "flat"),),
        ("iraq-2022", "tripoli-2022"),
        ("provinces.*.hour_profile",),
    ),
    Mechanism(
        23,
        "Casualties",
        "left at least 30 people dead and over 400 wounded",
        "Killed on each side are a lognormal number rounded down, by mode; wounded follow the"
        " killed with a gamma spread. Never more than the people there.",
        (
            tables.severity,
            casualties.killed,
            tables.wounded_factors,
            casualties.mean_wounded,
            casualties.wounded,
        ),
        ("modes.*.target_killed.median", "modes.*.wounded_per_killed"),
        (
            Switch("modes.*.target_killed.median", 0.0),
            Switch("modes.*.attacker_killed.median", 0.0),
            Switch("modes.*.wounded_base", 0.0),
        ),
        ("iraq-2022",),
        (
            "modes.*.target_killed.",
            "modes.*.attacker_killed.",
            "modes.*.wounded_base",
            "engagement.wounded_shape",
            "engagement.killed_limit",
        ),
    ),
)
