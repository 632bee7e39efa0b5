"""Outcomes and figures as reported: exact reports give the true ones, others what was said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis import figures
from analysis.frames import Frames
from sim.engine import simulate
from sim.records import OUTCOMES, REPORTED_OUTCOMES, TABLES
from sim.world import World, build
from tests.synthetic import World as Shown
from tests.synthetic import reader
from tests.test_reports import EXACT
from tests.worlds import change, scenario, two_groups

RUNS = 4
BUSY = two_groups(
    engagement__background_rate="0.6/d", clock__timezone="Asia/Baghdad", clock__length="8d"
)


def frames_of(settings: dict[str, dict[str, Any]]) -> Frames:
    """Results of some settings, as if they had been stored and loaded."""
    rows: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    shown: dict[str, Any] = {}
    for name, setting in settings.items():
        made = scenario(setting)
        world = build(made)
        shown[name] = Shown(name, made)
        for replicate in range(RUNS):
            for table, columns in simulate(world, 3, [replicate]).items():
                rows[table].append(_frame(table, columns, world, name))
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in rows.items()}
    return Frames(shown, (Path("results/made"),), reader(tables))


def _frame(table: str, columns: dict[str, Any], world: World, name: str) -> pd.DataFrame:
    kinds = {column.name: column.kind for column in TABLES[table]}
    frame = pd.DataFrame(columns)
    for column in frame:
        if kinds[column] == "label":
            words: Sequence[str] = world.labels[column]
            frame[column] = pd.Categorical.from_codes(frame[column], words)
        elif kinds[column] == "time":
            frame[column] = pd.to_datetime(frame[column], unit="s", utc=True)
    kind = pd.CategoricalDtype([name])
    return frame.assign(scenario=pd.Series([name] * len(frame), dtype=kind), seed=3)


@pytest.fixture(scope="module")
def exact() -> Frames:
    quiet = change(BUSY, {**EXACT, "engagement__background_rate": "0.001/d"})
    return frames_of({"exact": change(BUSY, EXACT), "quiet": quiet})


@pytest.fixture(scope="module")
def usual() -> Frames:
    return frames_of({"usual": BUSY})


def test_exact_reports_give_the_true_outcomes(exact: Frames) -> None:
    true, seen = analysis.outcomes(exact), analysis.outcomes(exact, reported=True)
    assert true["killed"].nunique() > 3
    assert (true["engagements"] == 0).any()
    shared = {column.name for column in OUTCOMES} & {column.name for column in REPORTED_OUTCOMES}
    for column in ("scenario", "replicate", *shared):
        pd.testing.assert_series_equal(seen[column], true[column], check_dtype=False)
    assert list(seen["killed_low"]) == list(seen["killed_high"]) == list(true["killed"])


def test_late_reports_are_dated_by_their_engagements(exact: Frames) -> None:
    late = {**EXACT, "reports__lag_min": "30h", "reports__lag_max": "40h"}
    delayed = frames_of({"exact": change(BUSY, late)})
    assert (delayed.reports["lag"] >= 30).all()
    true = analysis.outcomes(exact).query("scenario == 'exact'")
    seen = analysis.outcomes(delayed, reported=True)
    for name in ("hours_to_calm", "peak_day", "relapse"):
        np.testing.assert_array_equal(seen[name], true[name])
    days = analysis.daily(exact).query("scenario == 'exact'")
    reported = analysis.daily(analysis.as_reported(delayed))
    np.testing.assert_array_equal(reported["killed"], days["killed"])
    np.testing.assert_array_equal(reported["engagements"], days["engagements"])


def test_reported_outcomes_are_sums_of_reports(usual: Frames) -> None:
    seen, reports = analysis.outcomes(usual, reported=True), usual.reports
    assert [*seen][3:] == [column.name for column in REPORTED_OUTCOMES]
    for outcome, column in (("killed", "best"), ("killed_low", "low"), ("killed_high", "high")):
        total = reports.groupby("replicate")[f"killed_{column}"].sum()
        assert list(seen[outcome]) == list(total)
    assert (seen["killed_low"] <= seen["killed"]).all()
    assert (seen["killed"] <= seen["killed_high"]).all()
    assert (seen["engagements"] < usual.runs["engagements"]).any()
    assert set(analysis.summary(analysis.as_reported(usual))["outcome"]) == {
        column.name for column in REPORTED_OUTCOMES
    }


def test_what_reporters_do_not_see_is_not_there(usual: Frames) -> None:
    seen = analysis.as_reported(usual)
    with pytest.raises(ValueError, match="reports do not hold 'wounded' of ticks"):
        seen.table("ticks", ["wounded"])
    with pytest.raises(ValueError, match="reports do not hold 'longest_chain' of runs"):
        seen.table("runs", ["longest_chain"])


def test_a_scenario_without_reports_is_refused() -> None:
    off = frames_of({"off": change(BUSY, {"reports__enabled": False})})
    with pytest.raises(analysis.LoadError, match=r"off has no reports: .*reports\.enabled=false"):
        analysis.outcomes(off, reported=True)


def test_pages_as_reported_say_so_and_go_into_files_of_their_own(
    usual: Frames, tmp_path: Path
) -> None:
    seen = analysis.as_reported(usual)
    titles = {name: figure.texts[0].get_text() for name, figure in figures.every(seen)}
    assert list(titles) == [
        "killed-reported",
        "outcome-distributions-reported",
        "timeline-reported",
        "differences-reported",
    ]
    assert all(title.endswith(", as reported") for title in titles.values())
    written = {path.name for path in figures.write(seen, tmp_path, ("svg",))}
    assert {"summary-reported.csv", "summary-reported.md", "killed-reported.svg"} <= written
    text = (tmp_path / "summary-reported.md").read_text(encoding="utf-8")
    assert text.startswith("# Summary of outcomes, as reported")
    assert "Killed low" in text
    assert "Longest chain" not in text
