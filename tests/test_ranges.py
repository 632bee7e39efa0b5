"""Plausible ranges, written where the numbers stand, are read, inherited, written and used."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import analysis
from reprisal.app import app
from sim import batch, scenario, store
from sim.scenario import Loaded, ScenarioError, dump, json_schema, load
from sim.scenario.variants import expand
from sim.units import format_duration, format_rate, parse_duration, parse_rate
from tests.batches import make
from tests.fake_engine import ENGINE

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests" / "broken" / "parents" / "small.yaml"
FORMS = """
deterrence:
  strength: 0.3 (0.1 to .6)
deployment: {lag: 1.5h (30min to 1d12h), reserve: 20_000 (1_000 to 30000), ceiling: "2 (1 to 4)"}
engagement:
  background_rate: 0.1/d ( 0.01 / d  to
    1/d )
orders:
  pull_back: {compliance: .4 (0.3 to 9e-1)}
rivalry: {reds: {blues: 0.9 (0 to 1.0)}}
"""
RANGES = {
    "rivalry.reds.blues": (0.0, 1.0),
    "engagement.background_rate": ("0.01/d", "1/d"),
    "deployment.reserve": (1000, 30000),
    "deployment.lag": ("30min", "36h"),
    "deployment.ceiling": (1.0, 4.0),
    "deterrence.strength": (0.1, 0.6),
    "orders.pull_back.compliance": (0.3, 0.9),
}
STANCES = {
    "quiet": {"battle": "0.2 (0.1 to 0.3)", "reprisal": "0.1 (0.05 to 0.2)"},
    "mobilised": {"battle": "0.4 (0.1 to 0.5)"},
}
OFF = {"spillover": {"enabled": False, "share": "0.1 (0 to 0.3)"}}
WIDE = {"national_shock": {"lag_min": "6h (1h to 90h)", "lag_max": "48h"}}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def child(text: str, name: str = "child", parent: Path | str = SMALL, *sets: str) -> Loaded:
    file = Path(f"{name}.yaml")
    file.write_text(f"extends: {parent}\n{text}", encoding="utf-8")
    return load(file, sets)


def test_every_form_is_read_in_block_and_flow_style() -> None:
    loaded = child(FORMS)
    assert loaded.ranges == RANGES
    assert loaded.scenario.deployment.lag == 1.5
    assert loaded.scenario.deployment.reserve == 20_000
    assert loaded.scenario.deterrence.strength == 0.3
    assert loaded.resolved["orders"]["pull_back"]["compliance"] == 0.4


def test_a_range_is_no_part_of_what_is_hashed() -> None:
    bare = re.sub(r"\s*\([^)]*\)", "", FORMS).replace('"', "")
    assert "(" not in bare
    assert child(bare).digest == child(FORMS).digest
    assert child(bare).ranges == {}


def test_a_title_may_look_like_a_range() -> None:
    assert child("title: 3 (1 to 5)").scenario.title == "3 (1 to 5)"


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("0.5", (0.1, 0.6)), ("0.6", (0.1, 0.6)), ("0.61", None), ("0", None),
        ("0.61 (0.5 to 1)", (0.5, 1.0)), ("0.5 (0.4 to 0.6)", (0.4, 0.6)),
    ],
)  # fmt: skip
def test_a_new_value_keeps_the_range_that_it_lies_in(
    value: str, ends: tuple[float, float] | None
) -> None:
    child(FORMS, "parent")
    changed = child(f"deterrence: {{strength: {value}}}", "changed", "parent.yaml")
    again = child("", "again", "parent.yaml", f"deterrence.strength={value}")
    for loaded in (changed, again):
        assert loaded.ranges.get("deterrence.strength") == ends
        assert loaded.ranges["deployment.lag"] == ("30min", "36h")


def test_null_and_another_action_take_the_range_away() -> None:
    order = (
        "orders: {pull_back: {relapse_half_life: 30d (6d to 180d), onset_half_life: 3h (1h to 1d)}}"
    )
    assert len(child(order, "parent").ranges) == 2
    less = child("orders: {pull_back: {relapse_half_life: null}}", "less", "parent.yaml")
    assert list(less.ranges) == ["orders.pull_back.onset_half_life"]
    other = "{action: restrain, group: reds, trigger: {after: 1h}}"
    assert child(f"orders: {{pull_back: {other}}}", "other", "parent.yaml").ranges == {}


def test_an_alias_and_a_merge_key_bring_the_range_along() -> None:
    text = (
        "modes:\n  ambush: &a {weight: &w 2 (1 to 3), wounded_per_killed: *w}\n"
        "  raid: {<<: *a, target_killed: {median: 1}, attacker_killed: {median: 1}}\n"
    )
    names = [
        f"modes.{m}.{key}" for m in ("ambush", "raid") for key in ("weight", "wounded_per_killed")
    ]
    assert child(text).ranges == dict.fromkeys(names, (1.0, 3.0))


def test_a_scenario_written_out_keeps_its_ranges_where_they_stand() -> None:
    loaded = child(FORMS)
    text = dump(loaded)
    assert "\n  lag: 90min (30min to 36h)\n" in text
    assert "\n    blues: 0.9 (0.0 to 1.0)\n" in text
    Path("again.yaml").write_text(text, encoding="utf-8")
    again = load("again.yaml")
    assert (again.digest, again.ranges) == (loaded.digest, loaded.ranges)
    assert dump(again).splitlines()[3:] == text.splitlines()[4:]
    shown = CliRunner().invoke(app, ["show", "child.yaml"])
    assert shown.stdout.startswith(text)
    rest = shown.stdout.removeprefix(text).splitlines()
    assert [line.partition(":")[0] for line in rest] == ["# quiet", "# mobilised"]


NUMBER = st.integers(0, 2_000_000).map(lambda millionths: millionths / 1_000_000)
TRIPLE = st.lists(NUMBER, min_size=3, max_size=3, unique=True).map(sorted)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strength=TRIPLE, lag=TRIPLE, rate=TRIPLE, reserve=TRIPLE)
def test_any_ranges_are_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    strength: list[float],
    lag: list[float],
    rate: list[float],
    reserve: list[float],
) -> None:
    whole = [round(1e6 * number) for number in reserve]
    whole[2] = max(whole[2], whole[0] + 1)
    sides: dict[str, list[Any]] = {
        "deterrence.strength": strength,
        "deployment.lag": [format_duration(number) for number in lag],
        "deployment.reserve": whole,
        "engagement.background_rate": [format_rate(number) for number in rate],
    }
    s, g, r, b = (f"{own} ({low} to {high})" for low, own, high in sides.values())
    text = (
        f"extends: {SMALL}\ndeterrence:\n  strength: {s}\n"
        f"deployment: {{rule: none, plan: {{north: 0}}, lag: {g}, reserve: {r}}}\n"
        f"engagement: {{background_rate: {b}}}\n"
    )
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.yaml").write_text(text, encoding="utf-8")
    loaded = load(folder / "any.yaml")
    assert loaded.ranges == {path: (ends[0], ends[2]) for path, ends in sides.items()}
    (folder / "again.yaml").write_text(dump(loaded), encoding="utf-8")
    again = load(folder / "again.yaml")
    assert (again.resolved, again.ranges) == (loaded.resolved, loaded.ranges)


def test_a_difference_shows_ranges_only_where_they_differ() -> None:
    child(FORMS, "parent")
    changed = child(
        "deterrence: {strength: 0.5}\ndeployment: {lag: 1.5h (1h to 2h), reserve: 40_000}",
        "changed",
        "parent.yaml",
    )
    assert [line.partition("  (")[0] for line in scenario.diff(changed)] == [
        "deployment.reserve: 20000 (1000 to 30000) -> 40000",
        "deployment.lag: 90min (30min to 36h) -> 90min (1h to 2h)",
        "deterrence.strength: 0.3 -> 0.5",
    ]


schema_of = functools.cache(json_schema)


def leaf_of_schema(schema: dict[str, Any], path: str) -> dict[str, Any]:
    section, key = path.split(".")
    name = schema["properties"][section]["$ref"].rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"][name]["properties"][key]
    return found


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(
    ("path", "right", "wrong"),
    [
        ("deterrence.strength", ["0.3 (0.1 to .6)", "1e-1 (0 to 1.)"],
         ["0.3 (0.1)", "0.3 (0.1 too 0.6)", "0.3 (1h to 2h)", "0.3 (0.1 to 0.6"]),
        ("deployment.reserve", ["20_000 (1 to 30000)"], ["5 (1.5 to 9)"]),
        ("deployment.lag", ["6h", "1.5h (30min to 1d12h)"], ["6h (1 to 2)", "6h (1h-2h)"]),
        ("engagement.background_rate", ["1/d", "1/d (0.01 /h to 2/h)"], ["1/d (1h to 2h)"]),
        ("clock.tick", ["1h"], ["1h (30min to 2h)"]),
    ],
)  # fmt: skip
def test_the_schema_takes_what_the_reader_takes(
    partial: bool, path: str, right: list[str], wrong: list[str]
) -> None:
    leaf = leaf_of_schema(schema_of(partial), path)
    assert "string" in leaf["type"]
    for text in right:
        assert re.search(leaf["pattern"], text)
        child("deployment: {rule: none, plan: {}}", "c", SMALL, f"{path}={text}")
    for text in wrong:
        assert not re.search(leaf["pattern"], text)
        with pytest.raises(ScenarioError, match=path):
            child("deployment: {rule: none, plan: {}}", "c", SMALL, f"{path}={text}")


def test_a_number_in_a_list_has_no_range_in_the_schema() -> None:
    profile = json_schema()["properties"]["hour_profiles"]["patternProperties"]
    assert next(iter(profile.values()))["items"]["type"] == "number"


def paths_of(loaded: Loaded) -> list[str]:
    assert loaded.design
    return [each.path for each in loaded.design.ranges]


def test_a_design_without_ranges_varies_every_number_that_has_one(tmp_path: Path) -> None:
    levels = {"stances": STANCES, "modes": {"raid": {"weight": "1 (0.5 to 2)",
              "target_killed": {"median": "1 (0.5 to 3)"},
              "attacker_killed": {"median": 1}}}}  # fmt: skip
    loaded = make(tmp_path, "base", **levels, design={"method": "morris", "size": 2})
    assert paths_of(loaded) == [
        "modes.raid.weight", "modes.raid.target_killed.median", "stances.quiet.battle",
        "stances.quiet.reprisal", "stances.mobilised.battle",
    ]  # fmt: skip
    assert loaded.design
    assert (loaded.design.ranges[2].low, loaded.design.ranges[2].high) == (0.1, 0.3)
    (asked,) = expand([tmp_path / "base.yaml"], design="latin", size=5)
    assert paths_of(asked) == paths_of(loaded)


def test_ranges_of_a_design_win_over_those_of_the_file(tmp_path: Path) -> None:
    own = {"stances.quiet.battle": [0.15, 0.25]}
    design = {"method": "morris", "size": 2, "ranges": own}
    loaded = make(tmp_path, "base", stances=STANCES, design=design)
    assert paths_of(loaded) == ["stances.quiet.battle"]
    wide = make(tmp_path, "wide", stances=STANCES, design=design | {"uncertainty": 0.2})
    assert wide.design
    by_path = {each.path: (each.low, each.high) for each in wide.design.ranges}
    assert by_path["stances.quiet.battle"] == (0.15, 0.25)
    assert by_path["stances.mobilised.battle"] == (0.1, 0.5)
    assert by_path["stances.mobilised.reprisal"] == pytest.approx((0.28, 0.42))


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    loaded = make(tmp_path, "base", stances=STANCES, **OFF, **WIDE,
                  design={"method": "morris", "size": 2})  # fmt: skip
    assert len(paths_of(loaded)) == 3
    whys = {each.path: each.why for each in scenario.left_out(loaded)}
    assert whys["spillover.share"] == "switched off"
    assert whys["national_shock.lag_min"].startswith("not valid at an end of its range: ")
    assert "90h" in whys["national_shock.lag_min"]
    assert whys["stances.mobilised.reprisal"] == "no range in the file"
    assert whys["stances.unasked"] == "a switch"
    assert whys["groups.red.bloc"] == whys["deployment.rule"] == "a name"
    assert whys["clock.start"] == "a date"
    assert whys["clock.tick"] == "belongs to the clock"
    assert whys["provinces.city.neighbours"] == "a list"
    assert not {"title", "question", "groups.red.label", *paths_of(loaded)} & whys.keys()
    one = make(tmp_path, "one", stances=STANCES,
               design={"method": "morris", "ranges": {"stances.quiet.battle": [0, 1]}})  # fmt: skip
    whys = {each.path: each.why for each in scenario.left_out(one)}
    assert whys["stances.quiet.reprisal"] == "the design does not name it"


def test_a_prior_is_taken_from_the_file_unless_others_are_given(tmp_path: Path) -> None:
    loaded = make(tmp_path, "base", stances=STANCES, **OFF)
    drawn = scenario.with_prior(loaded, [], [], 10)
    assert len(paths_of(drawn)) == 3
    some = scenario.with_prior(loaded, ["quiet.battle"], [], 10)
    assert some.design
    assert [(each.path, each.low, each.high) for each in some.design.ranges] == [
        ("stances.quiet.battle", 0.1, 0.3)
    ]
    option = ["stances.quiet.battle=0.2..0.4"]
    assert paths_of(scenario.with_prior(loaded, [], option, 10)) == ["stances.quiet.battle"]
    both = scenario.with_prior(loaded, ["quiet.battle", "quiet.reprisal"], option, 10).design
    assert both
    assert [(each.low, each.high) for each in both.ranges] == [(0.2, 0.4), (0.05, 0.2)]
    with pytest.raises(ScenarioError, match="no parameter has a range; write one in the file"):
        scenario.with_prior(make(tmp_path, "bare"), [], [], 10)


def test_a_calibration_names_the_ranges_that_it_does_not_draw(tmp_path: Path) -> None:
    make(tmp_path, "base", stances=STANCES, **OFF)
    arguments = ["calibrate", "base.yaml", "--data", "none.csv", "--draws", "400"]
    line = "1 number with a range in the file not varied: spillover.share (switched off)."
    assert line in CliRunner().invoke(app, arguments).stderr
    arguments += ["--range", "stances.quiet.battle=0.1..0.2"]
    assert "not drawn" not in CliRunner().invoke(app, arguments).stderr


def test_a_sensitivity_study_says_what_it_leaves_out(tmp_path: Path) -> None:
    loaded = make(tmp_path, "base", stances=STANCES, **OFF, design={"method": "morris", "size": 2})
    results = store.create_or_open(tmp_path / "results", [loaded], 3, 2)
    assert batch.run(results, workers=1, engine=ENGINE).failed == 0
    assert analysis.load(tmp_path / "results").scenarios["base"].ranges == loaded.ranges
    arguments = ["sensitivity", "results", "--outcome", "killed", "--out", "study"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    left = Path("study/left_out.csv").read_text(encoding="utf-8").splitlines()
    assert left[0] == "parameter,value,why"
    assert "spillover.share,0.1,switched off" in left
    line = f"{len(left) - 1} parameters are not varied: no range in the file ("
    assert line in done.stderr
    assert line in Path("study/sensitivity.md").read_text(encoding="utf-8")


def test_the_shipped_baseline_has_no_range_left_in_its_comments() -> None:
    text = (ROOT / "scenarios" / "iraq-2022.yaml").read_text(encoding="utf-8")
    assert not re.search(r"#.*\[[^]]*[0-9][a-z]*-[0-9.]+[a-z]*\]", text)
    loaded = load(ROOT / "scenarios" / "iraq-2022.yaml")
    assert len(loaded.ranges) == len(re.findall(r"^[^#]*?\(.* to ", text, re.MULTILINE)) + 2
    (drawn,) = expand([ROOT / "scenarios" / "iraq-2022.yaml"], design="latin", size=5)
    assert set(paths_of(drawn)) == set(loaded.ranges)


@pytest.mark.parametrize(
    ("text", "per_hour"),
    [("1e-3/d", 0.001 / 24), ("1E-3 / d", 0.001 / 24), (".5e1/h", 5.0), ("0.00001/d", 1e-5 / 24)],
)
def test_rates_may_be_written_like_plain_numbers(text: str, per_hour: float) -> None:
    rate = parse_rate(text)
    assert rate == pytest.approx(per_hour, rel=1e-15)
    written = format_rate(rate)
    assert "e" not in written
    assert parse_rate(written) == rate


def test_a_small_rate_comes_back_in_the_unit_in_which_it_was_given() -> None:
    assert format_rate(parse_rate("0.00001/d")) == "0.00001/d"
    assert format_rate(parse_rate("1e-12/d")) == "0.000000000001/d"
    assert format_duration(parse_duration("1e2d")) == "100d"


@pytest.mark.parametrize("text", ["1e9999d", "e3d", "1e d", "1ed"])
def test_what_is_no_number_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="needs a duration with a unit"):
        parse_duration(text)
