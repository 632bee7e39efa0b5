"""The stored tables: every column's type, unit and meaning, declared once.

A run is one (scenario, replicate). ``engagements`` and ``orders`` hold one row per thing
that happened, ``reports`` one row per engagement that reporters saw, ``ticks`` one row per
tick, ``runs`` one row per run with its outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sim.parameters import Group
from sim.parameters.declare import acts_of
from sim.parameters.orders import KINDS

CAUSES = ("background", "battle", "reprisal", "vendetta", "provocation", "mobilisation", "spoiler")
STANCES = ("quiet", "mobilised", "standing down")
"""Stances of a unit, in the order of their codes, see `sim.rules.stance`."""
POLITICS = ("event", "call")
CONSEQUENCES = {
    "splinter": "splinter",
    "mediate": "mediate",
    "reopen": "reopen",
    "rise": "rise (mobilised unasked)",
    "debt": "debt (of blood, opened)",
    **{act: words for group in Group.__subclasses__() for act, words in acts_of(group).items()},
}
"""Actions that follow from engagements or orders or that a group of parameters declares, and how
their column describes them."""
ACTIONS = (*KINDS, *POLITICS, *CONSEQUENCES)

Kind = Literal["label", "int8", "int16", "int32", "int64", "float32", "float64", "bool", "time"]


@dataclass(frozen=True)
class Column:
    """One column of a stored table.

    Parameters
    ----------
    name : str
        Column name, a word of the glossary.
    kind : str
        Storage type; ``label`` is dictionary-encoded text, ``time`` a UTC timestamp in
        seconds.
    unit : str
        Unit, or ``-``.
    meaning : str
        One sentence.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str

    @property
    def numpy(self) -> str:
        """Name of the numpy type that holds it; labels as codes, times as seconds."""
        return {"label": "int16", "time": "int64"}.get(self.kind, self.kind)


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


_RUN_KEY = (
    Column("scenario", "label", "-", "Scenario name."),
    Column(
        "replicate",
        "int32",
        "-",
        "Replicate number, from 0; in all scenarios it has the same random numbers.",
    ),
)
_WHEN = (
    Column("tick", "int32", "ticks", "Tick in which it happened; tick 0 starts the run."),
    Column("time", "time", "UTC", "Start of that tick."),
)

ENGAGEMENTS = (
    *_RUN_KEY,
    Column("engagement", "int32", "-", "Number within the run, in order of happening."),
    *_WHEN,
    Column("province", "label", "-", "Where."),
    Column("attacker", "label", "-", "Group that attacked."),
    Column("target", "label", "-", "Group that was attacked."),
    Column("mode", "label", "-", "How it attacked."),
    Column("cause", "label", "-", f"{_either(CAUSES)}."),
    Column("order", "label", "-", "Order to mobilise that caused it; empty for any other cause."),
    Column("parent", "int32", "-", "Engagement that caused it; -1 for none."),
    Column("root", "int32", "-", "First engagement of its chain; itself when it has no parent."),
    Column("depth", "int16", "links", "Links back to the root."),
    Column("attacker_killed", "int32", "persons", "Killed on the attacking side."),
    Column("attacker_wounded", "int32", "persons", "Wounded on the attacking side."),
    Column("target_killed", "int32", "persons", "Killed on the attacked side."),
    Column("target_wounded", "int32", "persons", "Wounded on the attacked side."),
    Column(
        "killed_by_security",
        "int32",
        "persons",
        "Of the killed on either side, those killed by the security force as a third side.",
    ),
    Column("security_killed", "int32", "persons", "Killed of the security force as a third side."),
    Column("civilians_killed", "int32", "persons", "Killed of neither side."),
)

TICKS = (
    *_RUN_KEY,
    *_WHEN,
    Column("engagements", "int16", "engagements", "Engagements in the tick."),
    Column("killed", "int32", "persons", "Killed in the tick, all sides."),
    Column("wounded", "int32", "persons", "Wounded in the tick, all sides."),
    Column("mobilised", "int16", "units", "Units in the mobilised stance as the tick starts."),
    Column("compliance", "float32", "share", "Mean compliance of all units as the tick starts."),
    Column("deployed", "float32", "persons", "Reserve deployed as the tick starts."),
)

ORDERS = (
    *_RUN_KEY,
    *_WHEN,
    Column("order", "label", "-", "Key of the order, branch (event.branch) or call; or empty."),
    Column("group", "label", "-", "Group that gave or did it; empty for none."),
    Column(
        "action",
        "label",
        "-",
        f"{', '.join(KINDS)}; {', '.join(POLITICS)}; {_either([*CONSEQUENCES.values()])}.",
    ),
    Column("province", "label", "-", "Where; empty for the country."),
)

REPORTS = (
    *_RUN_KEY,
    Column("report", "int32", "-", "Number within the run, in order of appearance."),
    Column("engagement", "int32", "-", "Engagement that it tells of."),
    Column("tick", "int32", "ticks", "Tick in which it appears, perhaps after the run's end."),
    Column("time", "time", "UTC", "Start of that tick."),
    Column("province", "label", "-", "Where the engagement took place."),
    Column("attributed_to", "label", "-", "Group said to have attacked; empty when unnamed."),
    Column("target", "label", "-", "Group that was attacked."),
    Column("sources", "int8", "sources", "Sources that the report has."),
    Column("killed_low", "int32", "persons", "Killed, the lowest count of any source."),
    Column("killed_best", "int32", "persons", "Killed, the median count, halves rounded up."),
    Column("killed_high", "int32", "persons", "Killed, the highest count of any source."),
    Column("lag", "float64", "hours", "From the engagement, which the report dates, to it."),
)

OUTCOMES = (
    Column("killed", "int32", "persons", "Killed in the run, all sides."),
    Column("wounded", "int32", "persons", "Wounded in the run, all sides."),
    Column("engagements", "int32", "engagements", "Engagements in the run."),
    Column(
        "reprisal_share",
        "float64",
        "share",
        "Share of engagements caused by reprisal grievance; missing without engagements.",
    ),
    Column("longest_chain", "int32", "engagements", "Engagements along the longest chain."),
    Column("provinces_reached", "int32", "provinces", "Provinces with an engagement."),
    Column(
        "share_outside_capital",
        "float64",
        "share",
        "Share of engagements outside the capital; missing without engagements or capital.",
    ),
    Column(
        "hours_to_calm",
        "float64",
        "hours",
        "From the start to the first stretch of calm_after without an engagement; the run's"
        " length when calm is not reached.",
    ),
    Column("calm_reached", "bool", "-", "Whether calm was reached before the run ended."),
    Column(
        "relapse",
        "float64",
        "-",
        "1 with a deadly engagement within relapse_within after calm was reached, 0 without;"
        " missing when calm was not reached.",
    ),
    Column("called", "bool", "-", "Whether a leader called to withdraw (see measures.call)."),
    Column(
        "hours_to_call",
        "float64",
        "hours",
        "From the start to the first call to withdraw; the run's length when none came.",
    ),
    Column(
        "peak_day",
        "float64",
        "days",
        "Local calendar day with most killed, 0 the first (ties: the first); missing without"
        " killed.",
    ),
)

_OBSERVED = (
    "provinces_reached",
    "share_outside_capital",
    "hours_to_calm",
    "calm_reached",
    "relapse",
    "peak_day",
)
REPORTED_OUTCOMES = (
    Column("killed", "int32", "persons", "Killed in the run, best count of every report."),
    Column("killed_low", "int32", "persons", "Killed in the run, lowest counts."),
    Column("killed_high", "int32", "persons", "Killed in the run, highest counts."),
    Column("engagements", "int32", "engagements", "Engagements that were reported."),
    *(column for column in OUTCOMES if column.name in _OBSERVED),
)

RUNS = (
    *_RUN_KEY,
    Column("seed", "int64", "-", "Seed of the batch."),
    *OUTCOMES,
)

DEAD = ("attacker_killed", "target_killed", "security_killed", "civilians_killed")
"""Columns of the table of engagements that count killed people, each once."""

TABLES: dict[str, tuple[Column, ...]] = {
    "runs": RUNS,
    "ticks": TICKS,
    "engagements": ENGAGEMENTS,
    "orders": ORDERS,
    "reports": REPORTS,
}
