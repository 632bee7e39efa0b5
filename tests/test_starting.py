"""Shipped scenarios by name, a first file of one's own, and what may be in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reprisal.app import app
from reprisal.options import complete_scenario
from sim import scenario, shipped
from sim.scenario import ScenarioError, load
from sim.store.opening import merged

ROOT = Path(__file__).parents[1]


def reprisal(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="reprisal")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(path: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value)


# Names


@pytest.mark.parametrize("name", ["two-groups", "two-groups.yaml"])
def test_a_shipped_scenario_is_found_by_name(name: str) -> None:
    found = load(name)
    assert found.path == ROOT / "scenarios" / "two-groups.yaml"
    assert found.name == "two-groups"


@pytest.mark.parametrize("own", ["two-groups", "two-groups.yaml", "scenarios/two-groups.yaml"])
def test_what_the_user_has_here_comes_first(own: str) -> None:
    Path(own).parent.mkdir(exist_ok=True)
    Path(own).write_text("extends: curfew\ntitle: Own\n")
    found = load("two-groups")
    assert (found.path, found.scenario.title) == (Path(own), "Own")


def test_a_folder_of_that_name_is_not_passed_over() -> None:
    Path("curfew").mkdir()
    wrong = "is a folder; needs a scenario file (did you mean 'curfew.yaml'?)"
    assert problem("curfew") == f"curfew: {wrong}"
    assert load("curfew.yaml").name == "curfew"


def test_an_own_file_is_found_by_name_too() -> None:
    Path("mine.yaml").write_text("extends: two-groups\n")
    assert load("mine").path == Path("mine.yaml")


def test_extends_takes_a_shipped_name_and_what_lies_beside_first() -> None:
    Path("cases").mkdir()
    Path("cases/mine.yaml").write_text("extends: two-groups\n")
    Path("two-groups.yaml").write_text("not: read\n")
    assert load("cases/mine.yaml").parents == (ROOT / "scenarios" / "two-groups.yaml",)
    Path("cases/two-groups.yaml").write_text("extends: curfew\n")
    assert load("cases/mine.yaml").parents[0] == Path("cases/two-groups.yaml")


def test_a_file_may_extend_the_shipped_one_of_its_own_name() -> None:
    Path("two-groups.yaml").write_text("extends: two-groups\ntitle: Own\n")
    assert load("two-groups").parents == (ROOT / "scenarios" / "two-groups.yaml",)


def test_an_unknown_name_tells_the_nearest_and_where_all_are() -> None:
    told = problem("no-deploymnt")
    assert told.startswith("no-deploymnt: no such file, and no shipped scenario; 'reprisal show'")
    assert "did you mean 'no-deployment' or '" in told
    Path("mine.yaml").touch()
    assert "did you mean 'mine.yaml'?" in problem("mne")
    assert problem("scenarios/curfew.yaml").endswith("no such file (did you mean 'curfew'?)")
    Path("child.yaml").write_text("extends: iraq-202\n")
    assert "(got 'iraq-202'; did you mean 'iraq-2022'" in problem("child.yaml")


def test_a_manifest_keeps_the_name_and_no_place_of_this_machine() -> None:
    from sim.store.manifest import Manifest

    empty = Manifest(format=2, reprisal="0", seed=1, scenarios=[])
    (entry,) = merged(empty, [load("curfew")], 1).scenarios
    assert (entry.source, entry.parents) == ("curfew", ["iraq-2022"])


def test_targets_and_posteriors_are_found_for_a_name() -> None:
    from analysis.evaluationpage import targets_file
    from sim import targets
    from sim.scenario.uncertain import posterior_of

    loaded = load("iraq-2022")
    folder = ROOT / "scenarios"
    assert posterior_of(loaded) == folder / "posteriors" / "iraq-2022.yaml"
    assert targets_file("iraq-2022", "iraq-2022") == folder / "targets" / "iraq-2022.yaml"
    assert targets.load(Path("iraq-2022"), loaded.scenario).targets


def test_names_are_listed_and_completed() -> None:
    listed = reprisal("show").stdout.splitlines()
    assert [line.split()[0] for line in listed] == shipped.names()
    assert "two-groups" in shipped.names()
    assert complete_scenario("no-d") == ["no-de-escalation", "no-deployment"]


# A new file


def test_a_new_scenario_is_valid_complete_and_named_once() -> None:
    made = reprisal("new", "my-case")
    assert (made.exit_code, made.stdout) == (0, "my-case.yaml\n")
    assert [line.split()[:3] for line in made.stderr.splitlines()] == [
        ["Next:", "reprisal", "validate"],
        ["Then:", "reprisal", "run"],
    ]
    found, text = load("my-case.yaml"), Path("my-case.yaml").read_text()
    assert found.scenario.title == "My case"
    assert found.resolved | {"title": ""} == load("two-groups").resolved | {"title": ""}
    assert "orders.river_guard_withdraws.compliance" in found.ranges
    assert "compliance: 0.8 (0.4 to 0.95)" in text
    assert "reprisal run my-case.yaml --replicates 100 --plot" in text
    assert "scenarios/" not in text
    assert "$schema" not in text


def test_a_new_child_changes_nothing_but_what_it_says() -> None:
    assert reprisal("new", "my-child", "--from", "no-insult").exit_code == 0
    found = load("my-child.yaml")
    words = {"title": "", "question": ""}
    assert found.resolved | words == load("no-insult").resolved | words
    text = Path("my-child.yaml").read_text()
    assert "extends: no-insult\n" in text
    Path("my-child.yaml").write_text(
        text.replace("# reprisal:", "reprisal:").replace("#   h", "  h")
    )
    changed = [line.split(":")[0] for line in scenario.diff(load("my-child.yaml"))]
    assert changed == ["title", "question", "reprisal.half_life"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["there"], "already exists"),
        (["iraq-2022"], "comes with Reprisal"),
        (["nowhere/case"], "there is no folder nowhere"),
        (["a b"], "cannot name a file"),
        (["mine", "--from", "iraq-202"], "did you mean iraq-2022"),
    ],
)
def test_new_refuses_and_writes_nothing(arguments: list[str], why: str) -> None:
    Path("there.yaml").write_text("mine\n")
    made = reprisal("new", *arguments)
    assert (made.exit_code, made.stdout) == (2, "")
    assert why in " ".join(made.stderr.split())
    assert [file.read_text() for file in Path().iterdir()] == ["mine\n"]


# What may be in the way


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start Python as a user does whose folder comes before the installed packages."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": f".{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["sim", "analysis"])
@pytest.mark.parametrize("form", ["{}.py", "{}/__init__.py"])
def test_a_module_of_the_user_is_told_in_one_line(name: str, form: str) -> None:
    file = Path(form.format(name))
    file.parent.mkdir(exist_ok=True)
    file.write_text("raise ZeroDivisionError\n")
    for start in (["-m", "reprisal"], ["-c", "from reprisal.__main__ import main; main()"]):
        told = python(*start, "--version")
        assert (told.returncode, told.stdout) == (2, "")
        assert told.stderr.startswith(f"{str(file).removesuffix('__init__.py')} is in the way: ")
        assert len(told.stderr.splitlines()) == 1


def test_import_analysis_tells_that_sim_is_hidden() -> None:
    Path("sim.py").touch()
    told = python("-c", "import analysis")
    assert told.stderr.splitlines()[-1].startswith("ImportError: ")
    assert "sim.py is in the way: " in told.stderr


def test_folders_without_code_are_in_nobodys_way() -> None:
    Path("sim").mkdir()
    Path("analysis").mkdir()
    assert python("-m", "reprisal", "--version").stdout.startswith("reprisal ")
    assert python("-c", "import analysis; analysis.load").returncode == 0


def test_the_command_begins_where_the_check_is() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"reprisal": "reprisal.__main__:main"}
