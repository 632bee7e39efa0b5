"""Loading a scenario: inheritance, overrides, hash, writing out, comparing, schema, table."""

from __future__ import annotations

import dataclasses
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sim.parameters import Order
from sim.parameters.orders import KINDS
from sim.scenario import (
    Loaded,
    ScenarioError,
    diff,
    diff_between,
    dump,
    from_resolved,
    json_schema,
    load,
    parameters_table,
    yamltree,
)
from sim.scenario.places import Node, Place, plain_scalar
from sim.scenario.shape import Choice, Keyed, scenario_shape
from sim.units import to_utc

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "broken" / "parents" / "small.yaml"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.read_text())
    monkeypatch.chdir(tmp_path)


def child(text: str, parent: str = "small.yaml", name: str = "child.yaml") -> Loaded:
    Path(name).write_text(f"extends: {parent}\n{text}")
    return load(name)


def hash_with(*overrides: str) -> str:
    return load(SMALL, overrides).hash


def test_a_file_is_loaded_with_every_default() -> None:
    loaded = load(SMALL)
    assert (loaded.name, loaded.path, loaded.parents) == ("small", SMALL, ())
    assert loaded.scenario.clock.length == 40 * 24
    assert loaded.scenario.provinces["north"].population == 100_000
    assert loaded.resolved["battle"] == {
        "enabled": True, "half_life": "2h", "exchanges": "18/d", "turn": 0.5,
    }  # fmt: skip
    assert loaded.resolved["clock"]["start"] == "2024-03-01T00:00"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2022-08-30", "2022-08-30"),
        ("0755", 755),
        ("0o17", 15),
        ("0xff", 255),
        ("20_000", 20_000),
        ("1e-3", 0.001),
        ("-.5", -0.5),
        ("true", True),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("1__0", "1__0"),
        ("1.2.3", "1.2.3"),
        ("9" * 401, "9" * 401),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    read = plain_scalar(text)
    assert (read, type(read)) == (value, type(value))


def test_mappings_merge_and_lists_and_scalars_replace() -> None:
    changed = child(
        "groups: {reds: {fighters: {south: 700}}}\n"
        "provinces: {north: {neighbours: [east]}}\n"
        "rivalry: {blues: {reds: 0.2}}\n"
        "hour_profiles: {even: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,"
        " 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}\n"
    ).scenario
    assert changed.groups["reds"].fighters == {"north": 1000, "south": 700}
    assert changed.provinces["north"].neighbours == ["east"]
    assert changed.rivalry == {"reds": {"blues": 1, "greens": 0.5}, "blues": {"reds": 0.2}}
    assert set(changed.hour_profiles) == {"night", "even"}
    assert changed.orders["pull_back"].group == "reds"


def test_files_extend_each_other_in_a_chain() -> None:
    Path("sub").mkdir()
    child("title: Middle\nbattle: {half_life: 3h}\n", "../small.yaml", "sub/middle.yaml")
    last = child("title: Last\n", "sub/middle.yaml", "last.yaml")
    assert (last.scenario.title, last.scenario.battle.half_life) == ("Last", 3)
    assert last.parents == (Path("sub/middle.yaml"), Path("small.yaml"))


def test_a_parent_need_not_be_complete() -> None:
    whole = SMALL.read_text()
    Path("part.yaml").write_text(whole.replace("title: Small\n", ""))
    assert child("title: Whole\n", "part.yaml").scenario.title == "Whole"
    with pytest.raises(ScenarioError, match="title: is missing"):
        load("part.yaml")


def test_another_trigger_replaces_the_parents() -> None:
    changed = child("orders: {calm_down: {trigger: {at: 2024-03-04T00:00}}}\n")
    trigger = changed.resolved["orders"]["calm_down"]["trigger"]
    others = dict.fromkeys(("after", "of", "when", "decided"))
    assert trigger == {"at": "2024-03-04T00:00", **others}


def test_the_same_trigger_is_merged() -> None:
    changed = child("orders: {calm_down: {trigger: {after: 9h}}}\n")
    trigger = changed.resolved["orders"]["calm_down"]["trigger"]
    assert (trigger["after"], trigger["of"]) == ("9h", "ruling")


def test_another_condition_replaces_the_parents() -> None:
    changed = child("orders: {rally: {trigger: {when: {rival_killed: 5}}}}\n")
    when = changed.resolved["orders"]["rally"]["trigger"]["when"]
    assert {key: value for key, value in when.items() if value} == {
        "rival_killed": 5,
        "within": "1d",
        "provinces": "all",
    }


def test_withdraw_and_hold_share_their_parameters() -> None:
    order = child("orders: {pull_back: {action: hold}}\n").resolved["orders"]["pull_back"]
    assert (order["action"], order["group"], order["compliance"]) == ("hold", "reds", 0.8)


def test_a_new_action_keeps_an_order_that_gives_nothing_else() -> None:
    order = child("orders: {rally: {action: close_offices}}\n").resolved["orders"]["rally"]
    assert (order["action"], order["group"], order["trigger"]["when"]["own_killed"]) == (
        "close_offices",
        "blues",
        10,
    )


def test_a_new_action_with_other_parameters_takes_the_whole_order() -> None:
    order = child(
        "orders: {pull_back: {action: mobilise, group: reds, trigger: {after: 1d}}}\n"
    ).scenario.orders["pull_back"]
    assert order.action == "mobilise"
    assert order.trigger.at is None


def test_overrides_go_through_yaml_and_the_last_one_wins() -> None:
    loaded = load(
        SMALL,
        [
            "orders.pull_back.compliance=0.1",
            "orders.pull_back.compliance=0.5",
            "groups.blues.fighters.south=3_000",
            "rivalry.blues.reds=1e-1",
            "orders.pull_back.by_province.north.spread=0.2",
            "provinces.north.neighbours=[east, south]",
            "title=a = b",
            "orders.rally={trigger: {after: 1d}}",
        ],
    )
    changed = loaded.scenario
    assert loaded.resolved["orders"]["pull_back"]["compliance"] == 0.5
    assert loaded.resolved["orders"]["pull_back"]["by_province"]["north"]["spread"] == 0.2
    assert changed.groups["blues"].fighters == {"north": 800, "south": 3000}
    assert changed.rivalry["blues"] == {"reds": 0.1}
    assert changed.provinces["north"].neighbours == ["east", "south"]
    assert changed.title == "a = b"
    assert changed.orders["rally"].trigger.when is None
    assert len(loaded.overrides) == 8


@pytest.mark.parametrize("reverse", [False, True])
def test_a_trigger_given_by_two_overrides(reverse: bool) -> None:
    texts = ["orders.pull_back.trigger.after=2d", "orders.pull_back.trigger.of=rally"]
    trigger = load(SMALL, texts[::-1] if reverse else texts).scenario.orders["pull_back"].trigger
    assert (trigger.at, trigger.after, trigger.of) == (None, 48, "rally")


def test_the_hash_depends_on_values_alone() -> None:
    digest = load(SMALL).digest
    assert len(digest) == 64
    assert load(SMALL).hash == digest[:16]
    Path("other.yaml").write_text(f"# A comment.\n{SMALL.read_text()}\nbattle: {{}}\n")
    assert load("other.yaml").digest == digest
    assert hash_with("battle.half_life=120min") == hash_with()
    assert hash_with("reprisal.half_life=36h") == hash_with("reprisal.half_life=1.5d")
    assert hash_with("modes.ambush.weight=1.0") == hash_with("modes.ambush.weight=1")
    assert hash_with("battle.half_life=121min") != hash_with()
    assert hash_with("title=Other") != hash_with()


def test_a_local_time_keeps_its_seconds() -> None:
    loaded = load(SMALL, ["calendar.ruling.at=2024-03-05T09:00:30"])
    assert from_resolved("x", loaded.resolved).scenario.calendar["ruling"].at.second == 30


def test_a_scenario_comes_back_from_its_resolved_data() -> None:
    loaded = load(SMALL)
    again = from_resolved("again", json.loads(json.dumps(loaded.resolved)))
    assert (again.name, again.path) == ("again", None)
    assert (again.scenario, again.digest) == (loaded.scenario, loaded.digest)


def test_wrong_resolved_data_is_refused() -> None:
    resolved = {**load(SMALL).resolved, "title": 3}
    with pytest.raises(ScenarioError) as caught:
        from_resolved("old", resolved)
    assert str(caught.value) == "scenario old title: needs text; put it in quotes (got 3)"


def test_a_written_scenario_says_where_it_is_from_and_loads_alone() -> None:
    loaded = child("question: |\n  Is it: so?\n  Yes\n")
    loaded = load("child.yaml", ["battle.half_life=20min", "title='#1: \U0001f642'"])
    text = dump(loaded)
    assert "# It extends small.yaml." in text
    assert "# Changed by --set battle.half_life=20min" in text
    assert "  half_life: 20min\n" in text
    Path("alone.yaml").write_text(text, encoding="utf-8")
    Path("small.yaml").unlink()
    assert load("alone.yaml").digest == loaded.digest


WRITTEN = ("iraq-2022", "lebanon-2008", "tripoli-2022", "two-groups", "call-decided", "brigades")


@pytest.mark.parametrize("names", [WRITTEN, pytest.param(("*",), marks=pytest.mark.slow)], ids=len)
def test_what_was_written_is_read_alike_by_the_quick_parser(names: tuple[str, ...]) -> None:
    def told(node: Node) -> Any:
        inner = node.value
        if isinstance(inner, dict):
            inner = [(key, told(value)) for key, value in inner.items()]
        elif isinstance(inner, list):
            inner = list(map(told, inner))
        return inner, type(inner), node.place, node.key_place, node.nodes, node.depth, node.note

    for file in [each for name in names for each in (ROOT / "scenarios").glob(f"{name}.yaml")]:
        text = dump(load(file))
        quick, slow = (yamltree.read_text(text, Place("x", 1, 1), each) for each in (True, False))
        assert told(quick[0]) == told(slow[0])
        assert quick[1] == slow[1] == []


@pytest.mark.parametrize("text", ["a: [1", "a: \t- 1", "a: &one 1\nb: *two", "a: 1\n---\nb: 2"])
def test_what_is_wrong_is_told_alike_after_the_quick_parser(text: str) -> None:
    told = []
    for quick in (True, False):
        try:
            told.append(yamltree.read_text(text, Place("x", 1, 1), quick)[1])
        except ScenarioError as error:
            told.append(error.problems)
    assert told[0]
    assert told[0] == told[1]


def test_without_libyaml_a_written_scenario_is_read_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert yamltree.read_text("a: 1", Place("x", 1, 1), quick=True)[0].value["a"].value == 1


def test_the_difference_to_the_parent_has_values_and_places() -> None:
    changed = child(
        "title: Child\n"
        "battle: {half_life: 120min}\n"
        "orders:\n"
        "  calm_down: {trigger: {at: 2024-03-04T00:00}}\n"
        "calendar: {speech: {at: 2024-03-06, branches: {held: {probability: 1}}}}\n"
    )
    assert diff(changed) == [
        "title: Small -> Child  (child.yaml:2)",
        "orders.calm_down.trigger.at: null -> 2024-03-04T00:00  (child.yaml:5)",
        "orders.calm_down.trigger.after: 6h -> null  (child.yaml:5)",
        "orders.calm_down.trigger.of: ruling -> null  (child.yaml:5)",
        'calendar.speech.label: (not there) -> ""  (child.yaml:6)',
        "calendar.speech.at: (not there) -> 2024-03-06T00:00  (child.yaml:6)",
        "calendar.speech.branches.held.probability: (not there) -> 1.0  (child.yaml:6)",
        "calendar.speech.branches.held.effect: (not there) -> {}  (child.yaml:6)",
        "calendar.speech.branches.held.half_life: (not there) -> 7d  (child.yaml:6)",
        "calendar.speech.branches.held.again_after: (not there) -> null  (child.yaml:6)",
    ]


def test_the_difference_without_a_parent_is_the_overrides() -> None:
    assert diff(load(SMALL)) == []
    assert diff(load(SMALL, ["battle.enabled=false"])) == [
        "battle.enabled: true -> false  (--set battle.enabled=false)"
    ]
    assert diff(from_resolved("x", load(SMALL).resolved)) == []


def test_the_difference_to_an_incomplete_parent() -> None:
    Path("part.yaml").write_text(SMALL.read_text().replace("title: Small\n", ""))
    assert diff(child("title: Whole\n", "part.yaml"))[0] == (
        "title: (not there) -> Whole  (child.yaml:2)"
    )


def test_two_scenarios_are_compared() -> None:
    first, second = load(SMALL), load(SMALL, ["rivalry.blues.reds=0.1", "title=Second"])
    assert diff_between(first, second) == [
        "title: Small -> Second",
        "rivalry.blues.reds: (not there) -> 0.1",
    ]
    assert diff_between(second, first)[1] == "rivalry.blues.reds: 0.1 -> (not there)"


def test_a_loaded_scenario_travels_to_other_processes_and_takes_another_name() -> None:
    loaded = load(SMALL, ["battle.enabled=false"])
    again = pickle.loads(pickle.dumps(dataclasses.replace(loaded, name="other")))
    assert (again.name, again.digest, again.scenario) == ("other", loaded.digest, loaded.scenario)


def test_an_error_travels_to_other_processes() -> None:
    with pytest.raises(ScenarioError) as caught:
        load(SMALL, ["titel=x"])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("file", "partial"), [("scenario.json", False), ("scenario-partial.json", True)]
)
def test_the_stored_schema_is_the_exported_one(file: str, partial: bool) -> None:
    stored = json.loads((ROOT / "schema" / file).read_text(encoding="utf-8"))
    assert stored == json_schema(partial), "write it again with: reprisal show --schema --out"


def schemas_in(node: Any) -> list[dict[str, Any]]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [schema for value in inner for schema in schemas_in(value)]
    return [node, *found] if isinstance(node, dict) else found


def test_the_schema_is_strict_and_tells_units_and_sources() -> None:
    schema = json_schema()
    objects = [s for s in schemas_in(schema) if "properties" in s and s.get("type") == "object"]
    assert all(s["additionalProperties"] is False for s in objects)
    half_life = schema["$defs"]["Battle"]["properties"]["half_life"]
    assert half_life["type"] == "string"
    assert half_life["pattern"].startswith("^")
    assert "Unit: duration. Source: " in half_life["description"]
    assert "extends" not in schema["properties"]
    assert {"title", "clock", "provinces"} <= set(schema["required"])


def test_the_partial_schema_requires_nothing_but_the_parent() -> None:
    schema = json_schema(partial=True)
    assert schema["properties"]["extends"]["type"] == "string"
    assert [s["required"] for s in schemas_in(schema) if "required" in s] == [["extends"]]
    assert not [s for s in schemas_in(schema) if "oneOf" in s]


def test_the_table_has_a_row_for_every_parameter() -> None:
    rows = {row.path: row for row in parameters_table()}
    assert len(rows) == len(parameters_table()) > 80
    tick = rows["clock.tick"]
    assert (tick.type, tick.unit, tick.bounds, tick.default) == (
        "duration",
        "duration",
        "1min to 1d",
        "1h",
    )
    assert rows["stances.quiet.battle"].default == "0.05"
    assert rows["orders.*.compliance"].only == ("withdraw", "hold")
    assert rows["orders.*.attack_rate"].only == ("mobilise",)
    assert rows["title"].default == "(required)"
    assert rows["deployment.rule"].bounds.startswith("none or proportional or ")
    assert rows["groups.*.fighters.*"].bounds == "0 to 100000000"
    assert all(row.description and row.source and row.role for row in rows.values())


def test_every_kind_of_order_is_an_action() -> None:
    shape = scenario_shape().fields["orders"]
    assert isinstance(shape, Keyed)
    assert isinstance(shape.item, Choice)
    assert {name: option.model for name, option in shape.item.options.items()} == KINDS
    assert list(KINDS.values()) == Order.__subclasses__()


def test_loading_needs_no_heavy_package() -> None:
    heavy = ["numpy", "pandas", "mesa", "matplotlib", "scipy", "pyarrow"]
    code = f"import sys, sim.scenario; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_a_local_time_that_happens_twice_is_the_earlier() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert to_utc(datetime(2024, 10, 27, 2, 30), berlin) == datetime(
        2024, 10, 27, 0, 30, tzinfo=UTC
    )
    with pytest.raises(ValueError, match="never happens"):
        to_utc(datetime(2024, 3, 31, 2, 30), berlin)


def test_what_is_switched_off_may_be_impossible() -> None:
    child(
        "clock: {length: 4d}\n"
        "groups: {reds: {fighters: {north: 0, south: 0}}}\n"
        "rivalry: {reds: {blues: 0, greens: 0}, blues: {greens: 0}}\n"
        "orders: {pull_back: {enabled: false, trigger: {at: 2025-01-01}, splinter: 0.1}}\n"
        "vendetta: {enabled: false, debts: {old: {creditor: reds, debtor: reds, province: east}}}\n"
        "deadlock: {enabled: false, since: 2025-01-01}\n"
        "restraint_calls: {late: {enabled: false, at: 2025-01-01}}\n"
        "truces: {late: {enabled: false, start: 2025-01-01, lasts: 1d}}\n"
        "calendar: {ruling: {branches: {upheld: {probability: 0}, moved: {probability: 0}}}}\n"
    )


def test_a_calendar_event_is_off_when_no_branch_has_a_probability() -> None:
    off = "calendar: {ruling: {at: 2025-01-01, branches: {upheld: {probability: 0}%s}}}\n"
    child(off % ", moved: {probability: 0}")
    with pytest.raises(ScenarioError, match=r"calendar\.ruling\.at: lies outside the run"):
        child(off % "")


def test_branches_and_debts_are_merged_by_their_names() -> None:
    Path("first.yaml").write_text(
        "extends: small.yaml\n"
        "vendetta: {debts: {old: {creditor: reds, debtor: blues, province: north}}}\n"
    )
    changed = child(
        "calendar: {ruling: {branches: {moved: {probability: 0.1}, upheld: {half_life: 3d}}}}\n"
        "vendetta: {debts: {new: {creditor: blues, debtor: reds, province: north}}}\n",
        "first.yaml",
    ).scenario
    branches = changed.calendar["ruling"].branches
    assert {name: branch.probability for name, branch in branches.items()} == {
        "upheld": 0.4,
        "moved": 0.1,
    }
    assert (branches["moved"].again_after, branches["upheld"].half_life) == (48, 72)
    assert set(changed.vendetta.debts) == {"old", "new"}


def test_a_truce_may_have_begun_before_the_run() -> None:
    begun = "truces: {feast: {start: 2024-02-29, lasts: %s}}\n"
    child(begun % "25h")
    with pytest.raises(ScenarioError, match="the truce is over before the run starts"):
        child(begun % "24h")


def test_merge_keys_fill_in_what_is_not_given() -> None:
    changed = child(
        "provinces:\n"
        "  far: &far {label: Far, tile: [5, 5], population: 10, region: a}\n"
        "  farther: {label: On, tile: [6, 6], <<: [*far, {region: b, authority: 0.5}]}\n"
    ).scenario.provinces["farther"]
    assert (changed.label, changed.tile, changed.population) == ("On", [6, 6], 10)
    assert (changed.region, changed.authority) == ("a", 0.5)


def test_a_pair_of_escapes_as_json_writes_them_is_one_character(tmp_path: Path) -> None:
    path = tmp_path / "smile.yaml"
    parent = json.dumps(str(ROOT / "scenarios" / "two-groups.yaml"))
    path.write_text(f'extends: {parent}\ntitle: "\\ud83d\\ude00"\n', encoding="utf-8")
    assert load(path).scenario.title == "\U0001f600"
    path.write_text(f'extends: {parent}\ntitle: "\\ud83d"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match="half a surrogate pair"):
        load(path)
