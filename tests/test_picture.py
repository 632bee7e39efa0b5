"""The data of pictures that move: the same numbers as the tables and figures."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import analysis
from analysis import Frames
from analysis.interactive import live
from analysis.interactive.picture import FAN, picture, setting, span
from sim import batch, scenario
from sim.scenario import load


@pytest.fixture(scope="module")
def frames() -> Frames:
    base = load("two-groups")
    calm = scenario.with_values(base, {"orders.river_guard_mobilises.enabled": False})
    from dataclasses import replace

    *_, held = batch.in_memory([base, replace(calm, name="calm")], 40)
    return analysis.from_tables(held)


def test_the_answer_is_that_of_a_comparison(frames: Frames) -> None:
    made = picture(frames, "calm", "two-groups")
    row = analysis.compare(frames, outcomes=["killed"]).iloc[0]
    answer = made["answer"]
    assert answer["difference"] == pytest.approx(row["difference"], abs=1e-4)
    assert answer["low"] == pytest.approx(row["difference_low"], abs=1e-4)
    assert answer["high"] == pytest.approx(row["difference_high"], abs=1e-4)
    assert answer["verdict"] == row["verdict"]
    assert made["pairs"] == row["pairs"]
    assert sum(gap < 0 for gap in made["killed"]["gaps"]) == round(row["less"] * 40)


def test_places_are_those_of_the_map(frames: Frames) -> None:
    rows = {row["key"]: row for row in picture(frames, "calm", "two-groups")["places"]}
    table = analysis.province_table(frames).set_index(["scenario", "province"])
    gaps = analysis.place_differences(frames).set_index("province")
    for key, row in rows.items():
        own = table.loc["calm", key]
        for name, column in (("killed", "killed"), ("chance", "fatal")):
            expected = own[[column, f"{column}_low", f"{column}_high"]].to_numpy(float)
            np.testing.assert_allclose(np.maximum(row[name], 0), expected, atol=1e-3)
        assert row["baseline"][0] == pytest.approx(table.loc["two-groups", key]["killed"], abs=1e-3)
        assert row["difference"][0] == pytest.approx(gaps.loc[key, "difference"], abs=1e-3)


def test_the_course_ends_with_the_dead_of_the_run(frames: Frames) -> None:
    course = picture(frames, "calm", "two-groups")["course"]
    killed = frames.runs.groupby("scenario", observed=True)["killed"]
    for side, name in (("ours", "calm"), ("theirs", "two-groups")):
        last = [levels[-1] for levels in course[side]]
        expected = np.quantile(killed.get_group(name), FAN, method="inverted_cdf")
        assert last == expected.tolist()
        assert all(levels == sorted(levels) for levels in course[side])
    assert course["hours"][:3] == [0.0, 1.0, 2.0]
    assert course["hours"][-1] == 14 * 24
    assert course["hours"] == sorted(set(course["hours"]))


def test_a_quick_picture_has_the_same_means(frames: Frames) -> None:
    whole, quick = (picture(frames, "calm", "two-groups", whole=each) for each in (True, False))
    assert {*whole} - {*quick} == {"outcomes", "orders"}
    for one, other in zip(whole["places"], quick["places"], strict=True):
        assert [one[key][0] for key in ("killed", "difference", "chance")] == [
            other[key][0] for key in ("killed", "difference", "chance")
        ]
    assert quick["answer"] == whole["answer"]


def test_other_outcomes_are_those_of_the_table_of_differences(frames: Frames) -> None:
    made = picture(frames, "calm", "two-groups")["outcomes"]
    table = analysis.differences(frames)
    assert {each["name"] for each in made} == set(table["outcome"]) - {"killed"}
    for each in made:
        row = table[table["outcome"] == each["name"]].iloc[0]
        assert each["clear"] == bool(row["difference_low"] > 0 or row["difference_high"] < 0)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-94.0, -83.6, "83.6 to 94.0 fewer"), (1.0, 2.0, "1.00 to 2.00 more"),
     (-1.5, 20.0, "1.50 fewer to 20.0 more"), (float("nan"), 1.0, "–")],
)  # fmt: skip
def test_an_interval_is_said_in_people(low: float, high: float, said: str) -> None:
    assert span(low, high) == said


def test_shapes_are_those_of_the_map(frames: Frames) -> None:
    made = setting(load("iraq-2022"))
    assert made["map"][0] == 1000
    by_key = {each["key"]: each for each in made["provinces"]}
    assert by_key["halabja"]["path"] == ""
    for each in made["provinces"]:
        x, y = each["centre"]
        assert 0 <= x <= 1000
        assert 0 <= y <= made["map"][1]
    assert by_key["basra"]["centre"][1] > by_key["dahuk"]["centre"][1]
    assert by_key["anbar"]["centre"][0] < by_key["baghdad"]["centre"][0]
    assert setting(frames.scenarios["calm"])["map"] is None
    json.dumps(made, allow_nan=False)


def test_a_stored_run_is_told_as_a_played_one(frames: Frames) -> None:
    stored = live.stored_run(frames, "two-groups", 3)
    played = batch.play(load("two-groups"), 3)
    assert stored["engagements"] == played["engagements"]
    assert stored["orders"] == played["orders"]


def test_a_report_holds_one_script_and_no_address(frames: Frames) -> None:
    found = live.live(frames, "two-groups")
    assert found is not None
    assert "import " not in re.sub(r"/\*.*?\*/", "", found.script, flags=re.DOTALL)
    assert "</script" not in found.script
    assert "<" not in found.data
    addresses = set(re.findall(r"https?://[\w./]+", found.script))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, which nothing fetches
    assert live.live(frames.only(["calm"]), "calm") is None
