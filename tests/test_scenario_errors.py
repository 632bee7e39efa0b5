"""A wrong scenario says everything that is wrong, one line each, with place and cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.parameters import Scenario
from sim.parameters.orders import KINDS
from sim.scenario import ScenarioError, load
from sim.scenario.problems import list_names

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))
SMALL = "parents/small.yaml"
SECTIONS = list(Scenario.model_fields)
ACTIONS = list(KINDS)
LISTED = {
    "{sections, the first}": list_names(SECTIONS, SECTIONS[0]),
    "{actions, the first}": list_names(ACTIONS, ACTIONS[0]),
    "{actions}": list_names(ACTIONS),
    "{action or action}": " or ".join(ACTIONS),
}


@pytest.fixture(autouse=True)
def _beside_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)


def problems_of(path: str | Path, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides)
    return str(caught.value).splitlines()


def with_lists(text: str) -> str:
    """Fill in the lists that grow with every group of parameters and every action."""
    for name, listed in LISTED.items():
        text = text.replace(name, listed)
    return text


def test_a_long_list_is_cut_where_one_name_is_near() -> None:
    assert list_names("abcdefgh", "a") == "a, b, c, d, e, f, g, h"
    assert list_names("abcdefghij", "a") == "a, b, c, d, e, f, g, h and 2 more"
    assert list_names("abcdefghij") == "a, b, c, d, e, f, g, h, i, j"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_broken_file_gives_exactly_its_lines(file: Path) -> None:
    expected = with_lists(file.with_suffix(".txt").read_text(encoding="utf-8"))
    assert problems_of(file.name) == expected.splitlines()


@pytest.mark.parametrize("name", ["small", "full"])
def test_the_parents_of_the_broken_files_are_valid(name: str) -> None:
    assert load(f"parents/{name}.yaml").name == name


def test_every_expectation_has_its_file() -> None:
    assert {file.stem for file in BROKEN.glob("*.txt")} == {file.stem for file in FILES}


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "deployment.reserv=3",
            "deployment.reserv: unknown key (got 'reserv'; allowed rule, reserve, alarm_killed,"
            " alarm_window, lag, build_up, ceiling, return_after and 2 more; did you mean"
            " 'reserve'?)",
        ),
        (
            "orders.pul_back.compliance=1",
            "orders.pul_back: unknown key (got 'pul_back'; allowed pull_back, rally, calm_down;"
            " did you mean 'pull_back'?)",
        ),
        (
            "groups.red.fighters.north=1",
            "groups.red: unknown key (got 'red'; allowed reds, blues, greens; did you mean"
            " 'reds'?)",
        ),
        (
            "groups.reds.fighters.nort=1",
            "groups.reds.fighters.nort: is no province of this scenario (got 'nort'; allowed"
            " north, south, east; did you mean 'north'?)",
        ),
        (
            "half_life=3h",
            "half_life: unknown key (got 'half_life'; allowed {sections, the first}; did you mean"
            " 'battle.half_life' or 'reprisal.half_life'?)",
        ),
        (
            "provinces.north.tile.0=3",
            "provinces.north.tile: is a list and is given as a whole: provinces.north.tile=..."
            " (allowed list of whole number, 0 to 1000)",
        ),
        (
            "title.text=x",
            "title: is a single value and is given as a whole: title=... (allowed text)",
        ),
        (
            "orders.pull_back.compliance=1.5",
            "orders.pull_back.compliance: is too large (got 1.5; allowed 0 to 1)",
        ),
        (
            "orders.pull_back.compliance=[1",
            "is not valid YAML: expected ',' or ']', but got '<stream end>' while parsing a flow"
            " sequence",
        ),
        ("compliance", "needs dotted.path=value, such as deployment.reserve=30000"),
        ("orders..compliance=1", "needs dotted.path=value, such as deployment.reserve=30000"),
    ],
)
def test_an_override_is_its_own_place(override: str, line: str) -> None:
    (problem,) = problems_of(SMALL, override)
    line = with_lists(line)
    assert problem in (f"--set {override} {line}", f"--set {override}: {line}")


def test_problems_of_overrides_follow_those_of_files() -> None:
    lines = problems_of("parent_at_fault.yaml", "battle.enabled=3", "titel=x")
    places = [line.split(" ")[0] for line in lines]
    assert places == ["parent_at_fault.yaml:2:23", "parents/faulty.yaml:3:8", "--set", "--set"]


def test_a_problem_can_be_taken_apart() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("time_zone.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("time_zone.yaml", 2, 19)
    assert (problem.path, problem.nearest) == ("clock.timezone", "Asia/Baghdad")
    assert problem.message == "is no time zone"


def test_a_missing_file_names_the_nearest() -> None:
    assert problems_of("time_zon.yaml") == [
        "time_zon.yaml: no such file (did you mean 'time_zone.yaml'?)"
    ]


def test_a_folder_is_no_scenario() -> None:
    assert problems_of("parents") == ["parents: is a folder; needs a scenario file"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert problems_of(tmp_path / "pipe.yaml") == [f"{tmp_path}/pipe.yaml: is no regular file"]


def test_a_folder_as_parent(tmp_path: Path) -> None:
    file = tmp_path / "child.yaml"
    file.write_text("extends: .\n")
    assert problems_of(file) == [
        f"{file}:1:10 extends: is a folder; needs a scenario file (got '.')"
    ]


def test_an_impossible_file_name(tmp_path: Path) -> None:
    file = tmp_path / "child.yaml"
    file.write_text('extends: "a\\0b"\n')
    (line,) = problems_of(file)
    assert line.startswith(f"{file}:1:10 extends: ")


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("title: x\nquestion: Où?\n".encode("latin-1"))
    assert problems_of(file) == [
        f"{file}:2:12: the file is not UTF-8 text; save it as such (got byte 0xf9)"
    ]


def test_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.touch()
    assert problems_of(file) == [
        f"{file}:1:1: the file is empty; it may begin with 'extends: two-groups'"
    ]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "marked.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + Path(SMALL).read_bytes())
    assert load(file).digest == load(SMALL).digest


def test_a_file_beyond_the_size_limit_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(b"#" * 1_000_001)
    assert problems_of(file) == [f"{file}: is larger than 1 MB, the largest allowed"]


def test_more_values_than_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(f"title: [{'x,' * 50_001}]\n")
    assert problems_of(file) == [
        f"{file}:1:8 title: holds more than 50_000 values once aliases are written out"
    ]


def test_many_small_merges_are_limited_too(tmp_path: Path) -> None:
    file = tmp_path / "merged.yaml"
    keys = ", ".join(f"k{index}: x" for index in range(400))
    entries = "".join(f"e{index}: {{<<: *a}}\n" for index in range(300))
    file.write_text(f"a: &a {{{keys}}}\n{entries}")
    assert problems_of(file) == [
        f"{file}:1:1: holds more than 50_000 values once aliases are written out"
    ]


def test_misspelt_names_are_reported_beside_wrong_values() -> None:
    lines = problems_of(SMALL, "clock.length=0h", "provinces.north.neighbours=[soth]")
    assert [line.split(": ")[1][:14] for line in lines] == ["is too small (", "is no province"]


def test_nesting_through_aliases_is_limited_too(tmp_path: Path) -> None:
    file = tmp_path / "nested.yaml"
    levels = "".join(f"k{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 60))
    file.write_text(f"k0: &a0 [x]\n{levels}")
    assert problems_of(file) == [f"{file}:40:6 k39: is nested deeper than 40 levels"]


def test_what_the_yaml_parser_itself_trips_over(tmp_path: Path) -> None:
    file = tmp_path / "escape.yaml"
    file.write_text('title: "\\UFFFFFFFF"\n')
    (line,) = problems_of(file)
    # Python 3.13 raises a ValueError where 3.11 raises an OverflowError.
    start = f"{file}:1:1: is not valid YAML: "
    assert line.startswith((f"{start}OverflowError in the YAML", f"{start}ValueError in the YAML"))
