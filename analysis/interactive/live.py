"""The moving pictures of a report, in one page that asks for nothing: scripts and data inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.table import comparable
from analysis.frames import KILLED, Frames
from analysis.genealogy import typical_run
from analysis.interactive.picture import picture, setting

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("format.js", "svg.js", "charts.js", "play.js", "report.js")
MOST = 8  # scenarios that a page shows beside its baseline
_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


@dataclass(frozen=True)
class Live:
    """What a page needs to draw its pictures itself: script, style, data and the script's hash."""

    script: str
    style: str
    data: str

    @property
    def digest(self) -> str:
        """SHA-256 of the script, as a page's security policy names it."""
        return base64.b64encode(hashlib.sha256(self.script.encode()).digest()).decode()


def live(frames: Frames, baseline: str) -> Live | None:
    """Gather the moving pictures of every scenario against a baseline; None without another one."""
    names = comparable(frames, baseline)[:MOST]
    if not names:
        return None
    scenarios = {
        name: {
            "setting": setting(frames.scenarios[name]),
            "made": picture(frames, name, baseline),
            "run": stored_run(frames, name, typical_run(frames, name)),
        }
        for name in names
    }
    data = json.dumps({"baseline": baseline, "scenarios": scenarios}, allow_nan=False)
    style = (STATIC / "charts.css").read_text(encoding="utf-8")
    return Live(bundle(SCRIPTS), style, data.replace("<", "\\u003c"))


def bundle(names: Sequence[str]) -> str:
    """Put modules into one script, each after those that it uses."""
    texts = [(STATIC / name).read_text(encoding="utf-8") for name in names]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def stored_run(frames: Frames, name: str, replicate: int) -> dict[str, Any]:
    """Tell a stored run as `sim.batch.play` does, without stances and forces: none are stored."""
    loaded, only = frames.scenarios[name], frames.only([name])
    clock = loaded.scenario.clock
    tables = {each: only.table(each) for each in ("engagements", "orders")}
    engagements, orders = (
        rows[rows["replicate"] == replicate].reset_index(drop=True) for rows in tables.values()
    )
    hurt = ["attacker_wounded", "target_wounded"]
    told = engagements.rename(columns={"engagement": "id"}).assign(
        killed=engagements[KILLED].sum(axis=1), wounded=engagements[hurt].sum(axis=1)
    )
    kept = ["id", "tick", "province", "attacker", "target", "mode", "cause", "order", "parent"]
    return {
        "name": name,
        "title": loaded.scenario.title,
        "replicate": replicate,
        "start": clock.start.isoformat(),
        "tick": clock.tick,
        "ticks": clock.n_ticks,
        "engagements": _records(told, [*kept, "killed", "wounded"]),
        "orders": _records(orders, ["tick", "order", "action", "group", "province"]),
        "stances": [],
        "forces": [],
        "fighters": [],
    }


def _records(rows: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    plain = {column: np.asarray(rows[column].astype(object)).tolist() for column in columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*plain.values(), strict=True)]
