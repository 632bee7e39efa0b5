"""Files with one mistake each, layers that make inherited values wrong, and options misnamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from reprisal.app import app
from sim.scenario import ScenarioError, load, load_text, remarks
from sim.scenario.variants import expand
from sim.units import parse_local_time
from tests import mistakes

CASES = mistakes.cases()
SCENARIOS = Path(__file__).parent.parent / "scenarios"


@pytest.mark.parametrize(("text", "shown"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_each_mistake_is_told_as_the_page_says(text: str, shown: str) -> None:
    assert mistakes.printed(text) == shown


def test_the_page_holds_many_mistakes_and_each_names_the_file_that_made_it() -> None:
    assert len(CASES) >= 75
    assert len({text for _, text, _ in CASES}) == len(CASES)
    for title, _, shown in CASES:
        assert shown, title
        lines = shown.splitlines()
        assert all(line.startswith("mine.yaml:") or "mine.yaml:" in line for line in lines), title


def problems(text: str, *overrides: str, base: Path) -> list[str]:
    path = base / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides)
    return str(caught.value).splitlines()


def test_an_option_is_blamed_for_what_it_makes_wrong(tmp_path: Path) -> None:
    (line,) = problems("extends: two-groups\n", "clock.length=2d", base=tmp_path)
    assert line.startswith("--set clock.length=2d clock.length: makes a value wrong")
    assert "keep '14d' here (got '2d')" in line


def test_a_file_between_is_blamed_and_not_the_last_one(tmp_path: Path) -> None:
    (tmp_path / "between.yaml").write_text("extends: two-groups\nclock: {length: 2d}\n")
    (line,) = problems("extends: between.yaml\ntitle: Mine\n", base=tmp_path)
    assert line.startswith(f"{tmp_path / 'between.yaml'}:2:9 clock.length: makes a value wrong")


def test_what_is_wrong_in_the_parent_stays_there(tmp_path: Path) -> None:
    wrong = (SCENARIOS / "two-groups.yaml").read_text().replace("length: 14d", "length: 2d")
    (tmp_path / "parent.yaml").write_text(wrong)
    (line,) = problems("extends: parent.yaml\ntitle: Mine\n", base=tmp_path)
    assert line.startswith(f"{tmp_path / 'parent.yaml'}:")


def test_shipped_scenarios_need_no_remark() -> None:
    for path in sorted(SCENARIOS.glob("*.yaml")):
        assert list(remarks(load(path))) == [], path.name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rivalry: {hill_league: {river_guard: 0.3}}", 1),
        ("rivalry: {hill_league: {river_guard: 1}}", 0),
        ("rivalry: {hill_league: {river_guard: 0.3}, river_guard: {hill_league: 0.5}}", 0),
        ("rivalry: {river_guard: {hill_league: 0.3}}", 0),
    ],
)
def test_a_rivalry_that_is_changed_one_way_only_is_remarked(text: str, wanted: int) -> None:
    found = list(remarks(load_text(f"extends: two-groups\n{text}\n", "mine.yaml")))
    assert len(found) == wanted


def test_an_option_for_what_is_switched_off_is_remarked() -> None:
    off = load("two-groups", ["mediation.enabled=false", "mediation.pause=5h"])
    assert [text.partition(" ")[0] for text in remarks(off)] == ["mediation.pause=5h"]
    assert list(remarks(load("two-groups", ["mediation.enabled=false"]))) == []


@pytest.mark.parametrize("path", ["title", "question", "provinces.city.label"])
def test_a_sweep_of_words_is_refused(path: str) -> None:
    with pytest.raises(ScenarioError, match="changes words alone"):
        expand(["two-groups"], sweeps=[f"{path}=one,two"])


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (["run", "two-groups", "--runs", "3"], "--replicates"),
        (["run", "two-groups", "-n", "3"], "--replicates"),
        (["run", "two-groups", "--output", "x"], "--out"),
        (["compare", "results/x", "--reference", "x"], "--baseline"),
        (["run", "two-groups", "--replicate", "3"], "--replicates"),
    ],
)
def test_other_words_for_an_option_name_it(asked: list[str], meant: str) -> None:
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert meant in done.stderr


def test_a_scenario_in_place_of_results_is_told_apart() -> None:
    for command in ("plot", "verify", "compare", "report"):
        done = CliRunner().invoke(app, [command, str(SCENARIOS / "two-groups.yaml")])
        assert done.exit_code == 2
        assert "is a file, not a results folder; 'reprisal run' makes one" in done.stderr
        assert "Drawing" not in done.stderr


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["run", "two-groups", "--replicates", "1,000"], "needs a whole number, of digits alone"),
        (["run", "two-groups", "--replicates", "0"], "'--replicates': needs at least 1"),
        (["run", "two-groups", "--engine", "fast"], "'--engine': 'fast' is not one of 'auto'"),
        (["compare", "two-groups", "--relevant", "10%"], "needs a number, such as 0.1"),
        (
            ["run", "two-groups", "--sweep", "reprisal.half_life", "=", "1d,2d"],
            "write path=value without spaces around the =",
        ),
        (["simulate", "two-groups"], "No such command 'simulate'. Did you mean 'run'?"),
        (["figures", "results"], "No such command 'figures'. Did you mean 'plot'?"),
        (["plto", "results"], "No such command 'plto'. Did you mean 'plot'?"),
        (
            ["compare", "x", "--outcomes", "killed,", "relapse"],
            "Write a list without spaces: --outcomes killed,relapse",
        ),
        (["compare", "two-groups"], "two-groups is a scenario, not a results folder;"),
    ],
)
def test_a_wrong_option_or_command_is_told_in_plain_words(asked: list[str], told: str) -> None:
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Input should" not in done.stderr


def test_a_results_folder_that_is_misspelt_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "manifest.json").write_text("{}")
    for command in ("plot", "verify", "compare", "report"):
        done = CliRunner().invoke(app, [command, str(tmp_path / "firts")])
        assert done.exit_code == 2
        meant = f"{tmp_path / 'firts'} does not exist (did you mean {tmp_path / 'first'}?)"
        assert done.stderr.splitlines()[-1] == meant


@pytest.mark.parametrize("written", ["0.2-0.5", "0.2 - 0.5", "0.2 to 0.5"])
def test_a_range_of_a_sweep_that_is_written_otherwise(written: str) -> None:
    with pytest.raises(ScenarioError, match=r"two dots: stances.mobilised.reprisal=0\.2\.\.0\.5"):
        expand(["two-groups"], sweeps=[f"stances.mobilised.reprisal={written}"])


def test_a_sweep_over_one_date_is_no_range() -> None:
    (only,) = expand(["two-groups"], sweeps=["orders.river_guard_withdraws.trigger.at=2024-03-05"])
    assert only.name.endswith("2024-03-05")


def test_a_folder_of_results_folders_names_one(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "manifest.json").write_text("{}")
    for command in ("plot", "verify", "compare", "report"):
        done = CliRunner().invoke(app, [command, str(tmp_path)])
        assert done.exit_code == 2
        assert (
            f"it has no manifest.json; it holds some, such as {tmp_path / 'first'}" in done.stderr
        )


def test_a_key_without_a_value_is_found_in_its_own_line() -> None:
    text = "extends: two-groups\nreprisal:\n  half_life:\n\n\n  own_dead: 1\n"
    with pytest.raises(ScenarioError) as caught:
        load_text(text, "mine.yaml")
    assert [(each.line, each.column) for each in caught.value.problems] == [(3, 3)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5.3.2024", "2024-03-05"),
        ("05.03.2024 20:00", "2024-03-05T20:00"),
        ("5 March 2024", "2024-03-05"),
        ("5. Mar 2024, 8.30", "2024-03-05T08:30"),
        ("March 5, 2024", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("2024-3-5T8:00", "2024-03-05T08:00"),
        ("30 February 2024", ""),
        ("5 Brumaire 2024", ""),
        ("03/05/2024", ""),
    ],
)
def test_a_date_in_another_form_is_guessed_where_it_can_mean_one_day(
    written: str, meant: str
) -> None:
    with pytest.raises(ValueError, match="needs a local date and time") as caught:
        parse_local_time(written)
    assert str(caught.value).partition("; write ")[2] == (f"'{meant}'" if meant else "")


def test_the_marks_of_a_code_block_are_to_be_left_out() -> None:
    for text in ("```yaml\nextends: two-groups\n```\n", "extends: two-groups\n```\n"):
        assert mistakes.printed(text).endswith(": is not valid YAML: leave this line out\n")
