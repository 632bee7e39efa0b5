"""Where deaths come from: killed per run by what caused the engagement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import intervals, wording
from analysis.tables import by_scenario
from sim.records import CAUSES

if TYPE_CHECKING:
    from analysis.frames import Frames

MEANINGS = {
    "background": "nothing explains it",
    "battle": "fire in a battle that went on",
    "reprisal": "an attack suffered before",
    "vendetta": "an old debt of blood",
    "provocation": "an insult",
    "mobilisation": "an order to mobilise",
}
COLUMNS = [
    "scenario", "cause", "order", "runs", "killed", "killed_low", "killed_high", "share",
    "engagements",
]  # fmt: skip
_KEY = ["scenario", "replicate", "cause", "order"]
_DEAD = ["attacker_killed", "target_killed", "security_killed"]
HEAD = ("Scenario", "Cause", "Killed per run (95 % interval)", "Share", "Engagements per run")


def deaths_by_cause(frames: Frames) -> pd.DataFrame:
    """Count killed and engagements by cause; an order to mobilise stands by its name.

    One row per scenario, cause and order: ``order`` (empty but for the cause mobilisation),
    ``runs``, ``killed`` (mean over runs) with its 95 % interval, ``share`` of all killed, and
    ``engagements`` (mean over runs). The rows of a scenario add up to its killed and engagements.
    """
    parts = []
    for part in frames.batches("engagements", [*_KEY, *_DEAD]):
        own = part[_KEY].assign(killed=part[_DEAD].sum(axis=1), engagements=1)
        parts.append(own.groupby(_KEY, observed=True, as_index=False).sum())
    table = pd.concat(parts) if parts else pd.DataFrame(columns=[*_KEY, "killed", "engagements"])
    rows: list[dict[str, Any]] = []
    for _, name, runs in by_scenario(frames.runs):
        own = table[table["scenario"] == name]
        total = own["killed"].sum()
        for (cause, order), events in own.groupby(["cause", "order"], observed=True):
            per_run = events.groupby("replicate")["killed"].sum().reindex(runs["replicate"])
            killed = intervals.mean(per_run.fillna(0.0).to_numpy(float), floor=0.0)
            rows.append(
                {
                    "scenario": name,
                    "cause": str(cause),
                    "order": str(order),
                    "runs": len(runs),
                    "killed": killed.value,
                    "killed_low": killed.low,
                    "killed_high": killed.high,
                    "share": events["killed"].sum() / total if total else np.nan,
                    "engagements": events["engagements"].sum() / len(runs),
                }
            )
    names = list(frames.scenarios)
    rows.sort(
        key=lambda row: (names.index(row["scenario"]), CAUSES.index(row["cause"]), row["order"])
    )
    return pd.DataFrame(rows, columns=COLUMNS)


def answered(frames: Frames) -> dict[str, float]:
    """Share of the engagements that another one caused, by scenario that has any."""
    parts = [part[["scenario", "parent"]] for part in frames.batches("engagements", ["parent"])]
    if not parts:
        return {}
    table = pd.concat(parts)
    shares = (table["parent"] >= 0).groupby(table["scenario"], observed=True).mean()
    return {str(name): float(share) for name, share in shares.items()}


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Write a row of `deaths_by_cause` as the cells of a table with the columns `HEAD`."""
    what = f"order {row['order']}" if row["order"] else f"{row['cause']}: {MEANINGS[row['cause']]}"
    return (
        row["scenario"],
        what,
        wording.estimate(row["killed"], row["killed_low"], row["killed_high"]),
        f"{row['share']:.0%}",
        wording.number(row["engagements"]),
    )
