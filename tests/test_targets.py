"""Targets files: what they say, and one line for everything that is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import scenario, targets
from sim.scenario.problems import ScenarioError
from tests.observed import scenario as synthetic_scenario

ROOT = Path(__file__).parents[1]
BROKEN = Path(__file__).parent / "broken_targets"
FILES = sorted(BROKEN.glob("*.yaml"))
SHIPPED = sorted((ROOT / "scenarios" / "targets").glob("*.yaml"))


def problems_of(text: str, folder: Path) -> list[str]:
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        targets.load(folder / "x.yaml", synthetic_scenario())
    return str(caught.value).splitlines()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_broken_file_gives_exactly_its_lines(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BROKEN)
    with pytest.raises(ScenarioError) as caught:
        targets.load(Path(file.name), synthetic_scenario())
    expected = file.with_suffix(".txt").read_text(encoding="utf-8")
    assert f"{caught.value}\n" == expected


def test_every_broken_file_says_what_it_expects() -> None:
    assert {file.stem for file in BROKEN.glob("*.txt")} == {file.stem for file in FILES}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "iraq.yaml").touch()
    with pytest.raises(ScenarioError, match=r"irak\.yaml: no such file .*iraq\.yaml"):
        targets.load(tmp_path / "irak.yaml", synthetic_scenario())


def test_a_key_given_twice_is_told_with_the_rest(tmp_path: Path) -> None:
    lines = problems_of("title: a\ntitle: b\ntargets: {}\n", tmp_path)
    assert len(lines) == 2
    assert ":2:1 title:" in lines[0]
    assert "targets: needs at least 1 value" in lines[1]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_each_shipped_file_fits_the_scenario_of_its_name(file: Path) -> None:
    loaded = scenario.load(ROOT / "scenarios" / file.name)
    found = targets.load(file, loaded.scenario)
    for target in found.targets.values():
        assert any(f"[{short}]" in target.source for short in found.sources)


def test_targets_of_iraq_have_the_reported_numbers() -> None:
    file = ROOT / "scenarios" / "targets" / "iraq-2022.yaml"
    found = targets.load(file, scenario.load(ROOT / "scenarios" / "iraq-2022.yaml").scenario)
    assert found.targets["capital_hours"].value == 24
    assert found.targets["call_to_quiet"].high == 2
    killed, ratio = (found.targets[f"capital_{name}"] for name in ("killed", "wounded_per_killed"))
    assert (killed.low, killed.value, killed.high) == (23, 30, 32)
    assert (ratio.low, ratio.high) == (12, 23)
    assert targets.unit_of(found.targets["basra_killed"]) == "persons"


def test_no_targets_file_lies_where_scenarios_are_looked_for() -> None:
    for file in (ROOT / "scenarios").glob("*.yaml"):
        assert "\ntargets:" not in file.read_text(encoding="utf-8")


def test_the_toll_runs_as_it_was_published() -> None:
    file = ROOT / "scenarios" / "targets" / "iraq-2022.yaml"
    found = targets.load(file, scenario.load(ROOT / "scenarios" / "iraq-2022.yaml").scenario)
    tolls = ["evening", "midnight", "morning"]
    ends = [found.targets[f"capital_killed_by_{name}"].window.end for name in tolls]
    assert [f"{end:%d %H:%M}" for end in ends if end] == ["29 18:38", "30 00:00", "30 10:00"]
    values = [found.targets[f"capital_killed_by_{name}"].value for name in tolls]
    assert values == [2, 12, 30]
