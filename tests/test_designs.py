"""Designs: blocks and options become points; points are run, stored and continued."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from reprisal.app import app
from sim import batch, scenario, store
from sim.batch.runner import Runner
from sim.scenario import Loaded, ScenarioError
from sim.scenario.designs import Range, sampling
from sim.scenario.variants import expand, parse_sweep
from tests.batches import make, table_bytes
from tests.fake_engine import ENGINE

RANGES = {
    "reprisal.half_life": {"low": "12h", "high": "2d", "scale": "log"},
    "stances.mobilised.reprisal": [0.1, 0.5],
    "groups.red.fighters.city": [50, 150],
}


def designed(folder: Path, question: str = "", **block: object) -> Loaded:
    given = {"method": "sobol", "size": 4, "ranges": RANGES} | block
    return make(folder, "base", question, design=given)


def problems(folder: Path, **block: object) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        designed(folder, **block)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("method", "size", "points", "blocks"),
    [("grid", 3, 27, 1), ("one_at_a_time", 2, 7, 1), ("latin", 9, 9, 9), ("sobol", 4, 20, 4),
     ("morris", 5, 20, 5)],
)  # fmt: skip
def test_each_method_gives_its_number_of_points_within_the_ranges(
    tmp_path: Path, method: str, size: int, points: int, blocks: int
) -> None:
    loaded = designed(tmp_path, method=method, size=size)
    assert loaded.design
    assert (loaded.points, loaded.design.blocks) == (points, blocks)
    made = sampling.draw(loaded.design)
    assert made.values.shape == (points, 3)
    assert np.bincount(made.blocks).tolist() == [points // blocks] * blocks
    low, high = ([getattr(each, end) for each in loaded.design.ranges] for end in ("low", "high"))
    inside = (made.values >= low) & (made.values <= high)
    assert (inside | np.isnan(made.values)).all()
    for point in range(points):
        made.scenario(loaded.resolved, point)


def test_one_at_a_time_changes_one_number_and_keeps_the_others(tmp_path: Path) -> None:
    loaded = designed(tmp_path, method="one_at_a_time", size=3)
    assert loaded.design
    made = sampling.draw(loaded.design)
    assert (~np.isnan(made.values)).sum(axis=1).tolist() == [0, *[1] * 9]
    assert made.values[1:4, 0] == pytest.approx([12, 24, 48])
    changed = made.scenario(loaded.resolved, 4)
    assert changed.stances.mobilised.reprisal == 0.1
    assert changed.reprisal.half_life == loaded.scenario.reprisal.half_life


def test_a_block_is_no_part_of_the_scenario_and_not_inherited(tmp_path: Path) -> None:
    loaded = designed(tmp_path)
    plain = make(tmp_path, "plain")
    assert loaded.resolved == plain.resolved
    assert loaded.digest != plain.digest
    heir = tmp_path / "heir.yaml"
    heir.write_text("extends: base.yaml\n", encoding="utf-8")
    assert scenario.load(heir).design is None
    assert scenario.load(heir).digest == plain.digest


def test_a_scenario_written_out_has_the_same_design(tmp_path: Path) -> None:
    loaded = designed(tmp_path, uncertainty=0.2)
    assert loaded.design
    assert len(loaded.design.ranges) > 20
    again = tmp_path / "again.yaml"
    again.write_text(scenario.dump(loaded), encoding="utf-8")
    assert scenario.load(again).design == loaded.design
    assert scenario.load(again).digest == loaded.digest


def test_an_uncertainty_is_widened_within_what_is_allowed(tmp_path: Path) -> None:
    loaded = designed(tmp_path, method="morris", size=2, ranges={}, uncertainty=0.5)
    assert loaded.design
    ranges = {each.path: each for each in loaded.design.ranges}
    life = ranges["reprisal.half_life"]
    assert (life.low, life.high) == pytest.approx((0.5 * life.base, 1.5 * life.base))
    assert (ranges["rivalry.red.blue"].low, ranges["rivalry.red.blue"].high) == (0.5, 1.0)
    assert "measures.calm_after" not in ranges


def test_a_time_is_varied_in_hours_after_the_start(tmp_path: Path) -> None:
    order = {"action": "hold", "group": "red", "trigger": {"at": "2024-03-02T00:00"}}
    path = "orders.call.trigger.at"
    span = {path: ["2024-03-01T06:00", "2024-03-03T06:00"]}
    block = {"method": "grid", "size": 3, "ranges": span}
    loaded = make(tmp_path, "late", orders={"call": order}, design=block)
    assert loaded.design
    made = sampling.draw(loaded.design)
    assert made.values[:, 0].tolist() == [6, 30, 54]
    at = made.scenario(loaded.resolved, 2).orders["call"].trigger.at
    assert str(at) == "2024-03-03 06:00:00"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"method": "morri"}, "did you mean 'morris'?"),
        ({"method": ["morris"]}, "is not one of the choices"),
        ({"ranges": 3, "uncertainty": 0.2}, "design.ranges: needs a mapping"),
        ({"size": 3}, "needs a power of two for sobol, such as 2 or 4"),
        ({"sise": 4}, "did you mean 'size'?"),
        ({"ranges": {"reprisal.half_lif": ["1h", "2h"]}}, "did you mean 'reprisal.half_life'?"),
        ({"ranges": {"reprisal.half_life": [1, "2h"]}}, "needs a duration with a unit"),
        ({"ranges": {"reprisal.half_life": ["2d", "1d"]}}, "must lie below the high end"),
        ({"ranges": {"reprisal.half_life": ["1min", "1d"]}}, "is out of range"),
        ({"ranges": {"battle.enabled": [0, 1]}}, "is true or false"),
        ({"ranges": {"clock.tick": ["1h", "2h"]}}, "list its values: --sweep clock.tick=A,B"),
        ({"ranges": {"national_shock.lag_min": ["1h", "9d"]}}, "not valid with 9d"),
        ({"ranges": {"national_shock.strength": {"low": 0, "high": 1, "scale": "log"}}},
         "needs a number above 0"),
        ({"ranges": {"battle.half_life": "1h"}}, "needs a low and a high end"),
        ({"ranges": {}}, "needs at least one parameter"),
        ({"uncertainty": 2}, "is too large (got 2; allowed above 0 and below 1)"),
        ({"method": "grid", "size": 500}, "is too large"),
        ({"seed": -1}, "is too small (got -1; allowed 0 to 4294967295)"),
    ],
)  # fmt: skip
def test_a_wrong_block_is_one_line(tmp_path: Path, block: dict[str, object], message: str) -> None:
    (line,) = problems(tmp_path, **block)
    assert "design" in line
    assert message in line


def test_options_make_the_same_design_as_a_block(tmp_path: Path) -> None:
    from_file = designed(tmp_path)
    plain = make(tmp_path, "plain").path
    assert plain
    ranges = ("reprisal.half_life=12h..2d:log", "stances.mobilised.reprisal=0.1..0.5",
              "groups.red.fighters.city=50..150")  # fmt: skip
    (loaded,) = expand([plain], (), ranges, "sobol", 4)
    assert loaded.design == from_file.design
    with pytest.raises(ScenarioError, match=r"--size 4: needs --sweep PATH=A\.\.B, or --design"):
        expand([plain], size=4)


def test_a_range_is_spelled_alike_in_a_file_and_after_sweep(tmp_path: Path) -> None:
    ranges = {"engagement.background_rate": "0.1/d..1/d", "reprisal.half_life": "12h .. 2d:log"}
    ranges |= {"stances.mobilised.reprisal": "0.1..0.5"}
    from_file = designed(tmp_path, method="grid", size=5, ranges=ranges).design
    plain = make(tmp_path, "plain").path
    assert plain
    (loaded,) = expand([plain], (), [f"{path}={text}" for path, text in ranges.items()])
    assert loaded.design == from_file
    assert [each.log for each in loaded.design.ranges] == [False, True, False]


def test_listed_values_are_scenarios_and_ranges_the_design_of_each(tmp_path: Path) -> None:
    plain = make(tmp_path, "plain").path
    assert plain
    sweeps = ["battle.half_life=1h,2h", "reprisal.half_life=12h..2d"]
    made = expand([plain], (), sweeps, "latin", 7)
    assert [each.name for each in made] == ["plain+half_life=1h", "plain+half_life=2h"]
    assert {each.points for each in made} == {7}
    assert {tuple(r.path for r in each.design.ranges) for each in made if each.design} == {
        ("reprisal.half_life",)
    }


def test_a_number_whose_values_are_listed_is_not_varied_by_the_design(tmp_path: Path) -> None:
    path = designed(tmp_path).path
    assert path
    swept = "stances.mobilised.reprisal"
    for loaded in expand([path], (), [f"{swept}=0.2,0.3"]):
        assert loaded.design
        assert [each.path for each in loaded.design.ranges] == [
            each for each in RANGES if each != swept
        ]
        assert sampling.draw(loaded.design).values.shape == (4 * 4, 2)
    values = {swept: [0.1, 0.5], "reprisal.half_life": ["1h", "2h"]}
    file = make(tmp_path, "listed", design={"method": "listed", "values": values}).path
    assert file
    (one, _) = expand([file], (), [f"{swept}=0.2,0.3"])
    assert one.design
    assert one.design.listed == ((1.0, 2.0),)
    alone = make(tmp_path, "alone", design={"method": "grid", "ranges": {swept: [0.1, 0.5]}}).path
    assert alone
    with pytest.raises(ScenarioError, match="is all that the design varies; drop the sweep"):
        expand([alone], (), [f"{swept}=0.2,0.3"])


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("reprisal.half_life=1d..2d,3d", "mixes values with a range; list all values, or give"),
        ("reprisal.half_life=1d..", "needs a duration with a unit"),
        ("reprisal.half_life=2d..1d", "the low end must lie below the high end"),
        ("title=a..b", "sweep a number or a choice"),
        ("battle.enabled=0..1", "is true or false; a design varies numbers"),
        ("clock.tick=1h..2h", "list its values: --sweep clock.tick=A,B"),
    ],
)
def test_a_sweep_that_is_neither_list_nor_range_names_the_mend(
    tmp_path: Path, sweep: str, message: str
) -> None:
    plain = make(tmp_path, "plain").path
    assert plain
    with pytest.raises(ScenarioError) as caught:
        expand([plain], (), [sweep])
    (line,) = str(caught.value).splitlines()
    assert line.startswith((f"--sweep {sweep}", "--sweep reprisal.half_life"))
    assert message in line


def test_a_file_path_with_dots_is_no_range() -> None:
    sweep = parse_sweep("map=../a.geojson,b/../c.geojson")
    assert not sweep.is_range


def test_a_design_is_run_continued_and_extended_run_for_run(tmp_path: Path) -> None:
    loaded = designed(tmp_path)
    whole = store.create_or_open(tmp_path / "whole", [loaded], 5, 3)
    assert whole.names == ("base",)
    outcome = batch.run(whole, workers=2, engine=ENGINE)
    assert (outcome.done, outcome.failed) == (60, 0)
    for replicates in (1, 3):
        parts = store.create_or_open(tmp_path / "parts", [loaded], 5, replicates)
        batch.run(parts, workers=1, engine=ENGINE)
    tables = [table_bytes(tmp_path / name) for name in ("whole", "parts")]
    assert tables[0] == tables[1]
    assert whole.read("runs").column("replicate").to_pylist() == list(range(60))


def test_points_of_a_block_share_their_luck_and_blocks_do_not(tmp_path: Path) -> None:
    loaded = designed(tmp_path)
    assert loaded.design
    points = sampling.draw(loaded.design)
    luck = [points.point_and_replicate(run) for run in range(40)]
    assert [point for point, _ in luck] == [*range(20)] * 2
    assert [replicate for _, replicate in luck[:20]] == [p // 5 for p in range(20)]
    assert [replicate for _, replicate in luck[20:]] == [4 + p // 5 for p in range(20)]


def test_a_run_of_a_design_is_that_of_its_scenario_alone(tmp_path: Path) -> None:
    from sim.batch.engine import MESA

    loaded = designed(tmp_path)
    assert loaded.design
    points = sampling.draw(loaded.design)
    alone = points.scenario(loaded.resolved, 6)
    several = Runner(
        MESA, {"d": sampling.settings(loaded.scenario, loaded.resolved, points), "s": alone}, 1
    )
    ours, theirs = several.run("d", [26]), several.run("s", [5])
    for table in ("engagements", "ticks"):
        for name, column in theirs[table].items():
            if name != "replicate":
                assert np.array_equal(ours[table][name], column)


def test_points_are_drawn_once_and_checked(tmp_path: Path) -> None:
    loaded = designed(tmp_path)
    results = store.create_or_open(tmp_path / "r", [loaded], 1, 1)
    file = tmp_path / "r" / "designs" / "base.csv"
    drawn, read = sampling.draw(loaded.design), results.points("base")  # type: ignore[arg-type]
    assert read
    assert np.array_equal(drawn.values, read.values)
    assert np.array_equal(drawn.shares, read.shares)
    assert np.array_equal(drawn.blocks, read.blocks)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(store.StoreError, match="points of its design"):
        results.points("base")


def test_another_design_of_the_same_name_is_refused_with_what_changed(tmp_path: Path) -> None:
    store.create_or_open(tmp_path / "r", [designed(tmp_path)], 1, 1)
    changed = designed(tmp_path, size=8)
    with pytest.raises(store.StoreError, match=r"design\.size: 4 -> 8"):
        store.create_or_open(tmp_path / "r", [changed], 1, 1)


def test_a_point_that_is_no_valid_scenario_fails_alone(tmp_path: Path) -> None:
    ranges = {"national_shock.lag_min": ["1h", "40h"], "national_shock.lag_max": ["20h", "60h"]}
    loaded = designed(tmp_path, method="grid", size=2, ranges=ranges)
    results = store.create_or_open(tmp_path / "r", [loaded], 1, 1)
    outcome = batch.run(results, workers=1, engine=ENGINE)
    assert (outcome.done, outcome.failed) == (3, 1)
    (failure,) = results.failures()
    assert failure.message.startswith("point 2 of the design: national_shock.lag_min: ")


def test_ten_thousand_points_are_one_scenario_and_one_file(tmp_path: Path) -> None:
    loaded = designed(tmp_path, method="latin", size=10_000)
    results = store.create_or_open(tmp_path / "r", [loaded], 1, 4)
    assert len(results.missing("base")) == 40_000
    assert len(list((tmp_path / "r").rglob("*.yaml"))) == 1
    assert len(json.loads((tmp_path / "r/manifest.json").read_text())["scenarios"]) == 1
    points = results.points("base")
    assert points
    assert len(points.values) == 10_000


def test_the_command_line_runs_a_design(tmp_path: Path) -> None:
    file = make(tmp_path, "plain").path
    arguments = ["run", str(file), "--design", "grid", "--size", "2", "--dry-run"]
    arguments += ["--sweep", "battle.half_life=1h..4h", "--out", str(tmp_path / "r")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "8 runs" in done.stdout


VALUES = {
    "reprisal.half_life": ["12h", "31h", "2d"],
    "stances.mobilised.reprisal": [0.4, 0.1, 0.4],
    "groups.red.fighters.city": [70, 70, 70],
}


def test_listed_points_are_run_as_written_each_with_luck_of_its_own(tmp_path: Path) -> None:
    loaded = make(tmp_path, "base", design={"method": "listed", "values": VALUES})
    assert loaded.design
    made = sampling.draw(loaded.design)
    assert made.values.tolist() == [[12, 0.4, 70], [31, 0.1, 70], [48, 0.4, 70]]
    assert made.shares[:, 0] == pytest.approx([0, 19 / 36, 1])
    assert [made.point_and_replicate(run) for run in range(4)] == [(0, 0), (1, 1), (2, 2), (0, 3)]
    assert made.scenario(loaded.resolved, 1).reprisal.half_life == 31
    again = tmp_path / "again.yaml"
    again.write_text(scenario.dump(loaded), encoding="utf-8")
    assert scenario.load(again).design == loaded.design


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"size": 3}, "design.size: is no key of listed"),
        ({"values": {}}, "design.values: needs a mapping of paths to lists of values"),
        ({"values": VALUES | {"reprisal.half_life": ["1d", "2d"]}}, "needs lists of one length"),
        ({"values": {"reprisal.half_life": ["1d"]}}, "needs lists of one length, 2 or more"),
        ({"values": {"reprisal.half_life": "1d"}}, "needs a list (got '1d')"),
        ({"values": {"reprisal.half_lif": ["1d", "2d"]}}, "did you mean 'reprisal.half_life'?"),
        ({"values": {"reprisal.half_life": ["1d", "soon"]}}, "'reprisal.half_life'.1: needs a"),
    ],
)  # fmt: skip
def test_a_wrong_list_of_points_is_refused(
    tmp_path: Path, block: dict[str, object], message: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        make(tmp_path, "base", design={"method": "listed", "values": VALUES} | block)
    assert message in str(caught.value)


def test_values_belong_to_listed_points_alone(tmp_path: Path) -> None:
    assert "design.values: is no key of sobol" in problems(tmp_path, values=VALUES)[0]


def test_priors_come_from_the_file_and_from_options(tmp_path: Path) -> None:
    loaded = designed(tmp_path, method="morris", size=2)
    more = ["stances.mobilised.battle=0.1..0.2", "reprisal.half_life=1d..2d"]
    drawn = scenario.with_prior(loaded, [], more, 50, seed=4).design
    assert drawn
    assert (drawn.method, drawn.size, drawn.seed) == ("latin", 50, 4)
    assert [each.path for each in drawn.ranges] == [*RANGES, "stances.mobilised.battle"]
    assert (drawn.ranges[0].low, drawn.ranges[0].log) == (24, False)
    some = scenario.with_prior(loaded, ["half_life", "battle"], more, 50).design
    assert some
    assert [each.path for each in some.ranges] == ["reprisal.half_life", "stances.mobilised.battle"]


def test_a_prior_is_drawn_from_a_part_of_its_ranges(tmp_path: Path) -> None:
    loaded = scenario.with_prior(designed(tmp_path), [], ["reprisal.half_life=6h..4d:log"], 50)
    drawn = scenario.narrower(loaded, {"reprisal.half_life": (7.5, 31.25)}, 9).design
    assert drawn
    assert loaded.design
    assert (drawn.method, drawn.size, drawn.seed) == ("latin", 50, 9)
    assert drawn.ranges[0] == replace(loaded.design.ranges[0], low=7.5, high=31.25)
    assert drawn.ranges[1:] == loaded.design.ranges[1:]


@given(
    share=st.floats(0, 1), low=st.floats(0.01, 5), factor=st.floats(1.01, 100), log=st.booleans()
)
def test_places_are_found_again(share: float, low: float, factor: float, log: bool) -> None:
    varied = Range("x", "number", low, low * factor, low, log)
    values = sampling.within(varied, np.array([share]))
    assert sampling.shares_of(varied, values) == pytest.approx([share], abs=1e-12)


@pytest.mark.parametrize(
    ("names", "message"),
    [(["half_lif"], "has no range; give --range"), (["reprisal.half_life", "x"], "--parameters x")],
)
def test_a_parameter_without_a_range_is_refused(
    tmp_path: Path, names: list[str], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario.with_prior(designed(tmp_path), names, [], 50)


def test_a_prior_needs_a_range(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no parameter has a range"):
        scenario.with_prior(make(tmp_path, "base"), [], [], 50)


def test_a_range_without_ends_is_told_in_words_of_the_command_line() -> None:
    with pytest.raises(scenario.ScenarioError, match=r"low and a high end.*PATH=A\.\.B:log"):
        scenario.with_prior(
            scenario.load(Path("scenarios/two-groups.yaml")), [], ["reprisal.half_life"], 4
        )
