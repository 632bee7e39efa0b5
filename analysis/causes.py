"""Where deaths come from: killed per run by what caused the engagement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import intervals, wording
from analysis.blocks import Table
from analysis.frames import KILLED, Frames, by_scenario
from sim.records import CAUSES

MEANINGS = {
    "background": "nothing explains it",
    "battle": "fire in a battle that went on",
    "reprisal": "an attack suffered before",
    "vendetta": "an old debt of blood",
    "provocation": "an insult",
    "mobilisation": "an order to mobilise",
    "spoiler": "peace that is near",
}
COLUMNS = [
    "scenario", "cause", "order", "runs", "killed", "killed_low", "killed_high", "share",
    "engagements",
]  # fmt: skip
_KEY = ["scenario", "replicate", "cause", "order"]
TITLE = "Where deaths come from"
_HEAD = ("Scenario", "Cause", "Killed per run (95 % interval)", "Share", "Engagements per run")


def deaths_by_cause(frames: Frames) -> pd.DataFrame:
    """Count killed and engagements by cause; an order to mobilise stands by its name.

    One row per scenario, cause and order: ``order`` (empty but for the cause mobilisation),
    ``runs``, ``killed`` (mean over runs) with its 95 % interval, ``share`` of all killed, and
    ``engagements`` (mean over runs). The rows of a scenario add up to its killed and engagements.
    """
    parts = []
    for part in frames.batches("engagements", [*_KEY, *KILLED]):
        own = part[_KEY].assign(killed=part[KILLED].sum(axis=1), engagements=1)
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
                    **killed.columns("killed"),
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


def table(frames: Frames, caption: str = "") -> Table:
    """Show where deaths come from, by scenario and cause."""
    return Table(
        caption, _HEAD, [_cells(row) for row in deaths_by_cause(frames).to_dict("records")]
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    what = f"order {row['order']}" if row["order"] else f"{row['cause']}: {MEANINGS[row['cause']]}"
    return (
        row["scenario"],
        what,
        wording.estimate_in(row, "killed"),
        f"{row['share']:.0%}",
        wording.number(row["engagements"]),
    )
