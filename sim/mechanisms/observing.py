"""What reporters see."""

from __future__ import annotations

from sim import tables
from sim.mechanisms.declare import Mechanism, Switch
from sim.rules import reports

OBSERVING = (
    Mechanism(
        21,
        "Reports",
        "The details of the attacks were not immediately clear and there were conflicting reports",
        "Engagements become reports in a table of their own: some are missed, each has one or"
        " more sources that count or repeat, a lowest, best and highest number killed, a delay,"
        " and perhaps no named attacker. Outcomes can be asked for as true or as reported.",
        (
            reports.reported,
            reports.sources,
            reports.repeats,
            reports.counted,
            reports.best,
            reports.delay,
            reports.attributed,
            tables.binomial,
        ),
        ("reports.unseen", "reports.own_count", "reports.seen_share"),
        (Switch("reports.enabled"),),
        ("iraq-2022",),
        ("reports.",),
    ),
)
