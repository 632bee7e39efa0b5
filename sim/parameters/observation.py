"""What reporters would see of the true engagements."""

from __future__ import annotations

from typing import ClassVar

from sim.parameters.declare import Group, Level, lever, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import reports
from sim.units import Duration


class Reports(Group):
    """How true engagements become reports."""

    mechanism: ClassVar[Mechanism] = Mechanism(
        number=21,
        title="Reports",
        words="The details of the attacks were not immediately clear and there were conflicting"
        " reports",
        model="Engagements become reports in a table of their own: some are missed, each has one"
        " or more sources that count or repeat, a lowest, best and highest number killed, a delay,"
        " and perhaps no named attacker. Outcomes can be asked for as true or as reported.",
        rules=(
            reports.reported,
            reports.sources,
            reports.repeats,
            reports.counted,
            reports.best,
            reports.delay,
            reports.attributed,
            "sim.tables.binomial",
        ),
        key=("reports.unseen", "reports.own_count", "reports.seen_share"),
        switches=(Switch("reports.enabled"),),
        scenarios=("iraq-2022",),
        more=("reports.",),
    )

    enabled: bool = lever(True, "Switch.")
    unseen: Level = uncertainty(
        0.25,
        "Probability that an engagement without deaths is not reported; it halves with every"
        " killed.",
        unit="probability",
        source="assumption; Weidmann 2015 JCR: media miss small events",
    )
    sources_max: int = param(
        4, "Most sources that report one engagement; 1 to this many, all alike.", ge=1, le=20
    )
    own_count: Level = uncertainty(
        0.35,
        "Probability that a further source counts for itself; otherwise it repeats the first.",
        unit="probability",
        source="assumption: reports give a range for 25-35 % of engagements with ten or more"
        " killed and for 6-13 % of smaller ones, which counts that are all independent exceed",
    )
    seen_share: Level = uncertainty(
        0.95,
        "Probability that one source counts one of the killed.",
        unit="probability",
        source="assumption, with own_count: the shares of reports with a range",
    )
    claim_bias: Level = uncertainty(
        0.02,
        "Probability, for each death, that a source counts one too many.",
        unit="probability",
        source="assumption, with own_count: the shares of reports with a range",
    )
    lag_min: Duration = param("1h", "Shortest delay.", ge=0, le=8760)
    lag_max: Duration = param("24h", "Longest delay.", ge=0, le=8760)
    unattributed: Level = uncertainty(
        0.2, "Probability that a report does not say who attacked.", unit="probability"
    )
