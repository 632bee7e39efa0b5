"""Where deaths come from, against counts by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import causes, deaths_by_cause
from analysis.blocks import Page
from analysis.frames import Frames
from analysis.rendering import markdown
from sim.records import CAUSES, TABLES
from tests import synthetic

# scenario, replicate, cause, order, killed of the attacker, of the target, of the security force
EVENTS = [
    ("a", 0, "mobilisation", "answer", 1, 2, 0),
    ("a", 0, "mobilisation", "call_to_withdraw", 0, 1, 0),
    ("a", 0, "reprisal", "", 0, 4, 1),
    ("a", 1, "mobilisation", "answer", 0, 5, 0),
    ("a", 1, "background", "", 0, 0, 0),
    ("b", 0, "battle", "", 2, 0, 0),
]


def frames() -> Frames:
    names = ["scenario", "replicate", "cause", "order", "attacker_killed", "target_killed"]
    events = pd.DataFrame(EVENTS, columns=[*names, "security_killed"]).assign(tick=0)
    runs = pd.DataFrame({"scenario": list("aaaabb"), "replicate": [0, 1, 2, 3, 0, 1]})
    tables = {
        name: synthetic.typed(name, {"engagements": events, "runs": runs}.get(name, events))
        for name in TABLES
    }
    worlds = {name: synthetic.World(name, synthetic.scenario()) for name in "ab"}
    return Frames(worlds, (Path("results/by-hand"),), synthetic.reader(tables))


def test_killed_are_counted_by_cause_over_all_runs_and_by_order():
    table = deaths_by_cause(frames())
    found = [(*row[:3], *row[4:5], *row[7:]) for row in table.itertuples(index=False, name=None)]
    assert found == [
        ("a", "background", "", 0.0, 0.0, 0.25),
        ("a", "reprisal", "", 1.25, pytest.approx(5 / 14), 0.25),
        ("a", "mobilisation", "answer", 2.0, pytest.approx(8 / 14), 0.5),
        ("a", "mobilisation", "call_to_withdraw", 0.25, pytest.approx(1 / 14), 0.25),
        ("b", "battle", "", 1.0, 1.0, 0.5),
    ]
    assert table["runs"].tolist() == [4, 4, 4, 4, 2]


def test_rows_of_a_scenario_add_up_to_its_killed_and_engagements():
    made = synthetic.frames({"a": 1.0, "b": 0.3})
    table = deaths_by_cause(made).groupby("scenario")[["killed", "engagements", "share"]].sum()
    means = made.runs.groupby("scenario", observed=True)[["killed", "engagements"]].mean()
    assert table["killed"].to_numpy() == pytest.approx(means["killed"].to_numpy())
    assert table["engagements"].to_numpy() == pytest.approx(means["engagements"].to_numpy())
    assert table["share"].to_numpy() == pytest.approx(1.0)


def test_the_interval_is_over_runs():
    row = deaths_by_cause(frames()).iloc[2]
    sample = np.array([3.0, 5.0, 0.0, 0.0])
    half = 3.182446 * sample.std(ddof=1) / 2
    assert (row["killed_low"], row["killed_high"]) == pytest.approx((0.0, 2.0 + half), abs=1e-5)


def test_no_killed_has_no_share_and_no_engagement_no_row():
    assert deaths_by_cause(synthetic.frames({"a": 0.0})).empty
    harmless = frames()
    harmless = Frames(harmless.scenarios, harmless.folders, _harmless(harmless))
    assert deaths_by_cause(harmless)["share"].isna().all()


def _harmless(found: Frames) -> Any:
    tables = {name: found.table(name) for name in ("runs", "engagements")}
    dead = [name for name in tables["engagements"] if name.endswith("killed")]
    tables["engagements"][dead] = 0
    return synthetic.reader(tables)


def test_the_table_is_written_in_words():
    made = causes.table(frames())
    text = markdown(Page("Deaths", [made]))
    assert "| a | order answer | 2.00 (0" in text
    assert f"| b | battle: {causes.MEANINGS['battle']} |" in text


def test_every_cause_has_a_meaning() -> None:
    assert set(causes.MEANINGS) == set(CAUSES)
