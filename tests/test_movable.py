"""Texts checked as files, numbers as controls, and variants as files that extend."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import scenario, shipped
from sim.scenario import Loaded, ScenarioError, load, load_text, with_values
from tests.batches import make

CALL = "orders.call_to_withdraw.trigger.at"
ROOT = Path(__file__).parents[1] / "scenarios"


@pytest.fixture(scope="module")
def iraq() -> Loaded:
    return load("iraq-2022")


def test_a_text_is_checked_as_if_it_stood_in_its_file(tmp_path: Path) -> None:
    make(tmp_path, "base")
    text = "extends: base.yaml\nclock: {length: 2x}\n"
    file = tmp_path / "child.yaml"
    with pytest.raises(ScenarioError) as of_text:
        load_text(text, file)
    assert not file.exists()
    file.write_text(text)
    with pytest.raises(ScenarioError) as of_file:
        load(file)
    assert str(of_text.value) == str(of_file.value)
    right = text.replace("2x", "2d")
    file.write_text(right)
    assert load_text(right, file).digest == load(file).digest


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    make(tmp_path, "base")
    before = load_text("extends: base.yaml\n", tmp_path / "child.yaml").digest
    make(tmp_path, "base", clock={"start": "2024-03-02T00:00", "timezone": "UTC"})
    assert load_text("extends: base.yaml\n", tmp_path / "child.yaml").digest != before


@pytest.mark.parametrize("name", ["../base.yaml", "{folder}/base.yaml", "link.yaml"])
def test_what_lies_outside_the_folders_is_not_read(tmp_path: Path, name: str) -> None:
    make(tmp_path, "base")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(tmp_path / "base.yaml")
    text = f"extends: {name.format(folder=tmp_path)}\n"
    assert load_text(text, inner / "own.yaml").name == "own"
    with pytest.raises(ScenarioError, match="names a file outside the folder of this scenario"):
        load_text(text, inner / "own.yaml", within=[inner])
    assert load_text("extends: two-groups\n", inner / "own.yaml", within=[inner]).name == "own"


def test_values_are_laid_over_a_scenario_as_set_does(iraq: Loaded) -> None:
    made = with_values(iraq, {CALL: 24.5, "orders.call_to_withdraw.onset_half_life": 6.0,
                              "orders.not_to_be_provoked.enabled": False})  # fmt: skip
    sets = [f"{CALL}=2022-08-30T12:30", "orders.call_to_withdraw.onset_half_life=6h",
            "orders.not_to_be_provoked.enabled=false"]  # fmt: skip
    assert made.overrides == tuple(sets)
    assert made.digest == load("iraq-2022", sets).digest
    assert (made.ranges, made.unknown) == (load("iraq-2022", sets).ranges,
                                           load("iraq-2022", sets).unknown)  # fmt: skip


def test_values_that_cannot_be_are_refused(iraq: Loaded) -> None:
    with pytest.raises(ScenarioError, match="is too large"):
        with_values(iraq, {"orders.call_to_withdraw.compliance": 2.0})
    with pytest.raises(ScenarioError, match="did you mean 'reprisal'"):
        with_values(iraq, {"reprisl.half_life": 2.0})


def test_the_call_is_the_first_control_of_the_crisis(iraq: Loaded) -> None:
    first = scenario.controls(iraq)[0]
    assert (first.path, first.label, first.kind) == (CALL, "Call to withdraw: time", "local time")
    assert (first.low, first.high, first.step, first.value) == (0.0, 168.0, 0.5, 25.5)
    assert first.main


def test_a_general_number_says_where_it_is_beaten(iraq: Loaded) -> None:
    by_path = {each.path: each for each in scenario.controls(iraq)}
    general = by_path["orders.call_to_withdraw.compliance"]
    assert general.beaten_in == ("baghdad",)
    assert not by_path["orders.call_to_withdraw.onset_half_life"].beaten_in
    own = by_path["orders.call_to_withdraw.by_province.baghdad.compliance"]
    assert own.label == "Call to withdraw, Baghdad: compliance"


def test_ends_are_those_of_the_files_and_not_the_bounds(iraq: Loaded) -> None:
    by_path = {each.path: each for each in scenario.controls(iraq)}
    lag = by_path["deployment.lag"]
    assert (lag.plausible, lag.low >= 0.5, lag.high <= 6.0) == (True, True, True)
    free = by_path["deployment.reserve"]
    assert (free.plausible, free.low, free.high) == (False, 0.0, 80_000)


@pytest.mark.parametrize("name", shipped.names())
def test_every_control_has_its_value_on_a_step_and_ends_that_are_valid(name: str) -> None:
    loaded = load(name)
    made = scenario.controls(loaded)
    assert sum(each.main for each in made) <= 8
    leaves = loaded.numbers.leaves
    for each in made:
        steps = (each.value - each.low) / each.step
        assert math.isclose(steps, round(steps), abs_tol=1e-6), each
        assert each.low <= each.value <= each.high
        assert each.low < each.high
        assert (each.high - each.low) / each.step < 2000
        leaf = leaves[each.path]
        if each.kind != "local time":
            assert not leaf.too(each.low), each
            assert not leaf.too(each.high), each


def test_a_variant_extends_its_base_and_says_only_what_changes(iraq: Loaded) -> None:
    values = {CALL: 24.5, "stances.mobilised.reprisal": 0.0575}  # the second is the base's own
    text = scenario.variant(iraq, values, title="Sooner")
    assert text == (
        "extends: iraq-2022.yaml\ntitle: Sooner\norders:\n  call_to_withdraw:\n    trigger:\n"
        "      at: 2022-08-30T12:30\n"
    )
    made = load_text(text, ROOT / "sooner.yaml")
    assert scenario.values_of(iraq, made) == {CALL: 24.5}


def test_a_rate_is_written_short_whatever_its_steps_add_up_to(iraq: Loaded) -> None:
    path = "orders.final_withdrawal_statement.attack_rate"
    control = next(each for each in scenario.controls(iraq) if each.path == path)
    value = control.value - sum([control.step] * 7)
    assert "attack_rate: 8.65/d\n" in scenario.variant(iraq, {path: value})


def test_a_variant_of_a_text_keeps_what_else_stands_there(iraq: Loaded) -> None:
    text = "extends: iraq-2022.yaml\ntitle: Mine\norders: {aide_insults: {enabled: false}}\n"
    changed = scenario.variant(iraq, {CALL: 24.5}, text=text)
    made = load_text(changed, ROOT / "mine.yaml")
    assert not made.scenario.orders["aide_insults"].enabled
    assert made.scenario.title == "Mine"
    back = scenario.variant(iraq, {CALL: 25.5}, text=changed)
    assert load_text(back, ROOT / "mine.yaml").digest == load_text(text, ROOT / "mine.yaml").digest
    assert "call_to_withdraw" not in back


def test_a_variant_may_stand_elsewhere(tmp_path: Path) -> None:
    base = make(tmp_path / "bases", "base")
    for place in (tmp_path / "bases", tmp_path, tmp_path / "other"):
        place.mkdir(exist_ok=True)
        file = place / "variant.yaml"
        file.write_text(scenario.variant(base, {}, path=file))
        assert load(file).parents[0].resolve() == (tmp_path / "bases" / "base.yaml")
    ours = scenario.variant(load("two-groups"), {}, path=tmp_path / "variant.yaml")
    assert ours.startswith("extends: two-groups\n")


def test_a_variant_of_no_number_is_refused(iraq: Loaded) -> None:
    with pytest.raises(ValueError, match="is no number"):
        scenario.variant(iraq, {"title": 1.0})


@given(st.data())
def test_any_control_can_be_moved_and_read_back(data: st.DataObject) -> None:
    base = load("two-groups")
    chosen = data.draw(st.sampled_from(scenario.controls(base)))
    steps = round((chosen.high - chosen.low) / chosen.step)
    value = chosen.low + chosen.step * data.draw(st.integers(0, steps))
    text = scenario.variant(base, {chosen.path: min(value, chosen.high)})
    try:
        made = load_text(text, ROOT / "moved.yaml")
    except ScenarioError as error:
        assert "too" not in str(error)  # two numbers may not fit; none is out of its own bounds
        return
    moved = scenario.values_of(base, made)
    assert set(moved) <= {chosen.path}
    for found in moved.values():
        assert found == pytest.approx(value, rel=1e-3, abs=1e-3)


def test_the_schema_knows_maps() -> None:
    schema = json.loads((ROOT.parent / "schema" / "scenario-partial.json").read_text())
    assert set(schema["properties"]["map"]["anyOf"][1]["properties"]) == {
        "file", "property", "names"}  # fmt: skip
