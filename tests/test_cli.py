"""What a user types, what comes back on which stream, and with which exit code."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

import analysis
from reprisal import app as cli
from reprisal.app import app
from reprisal.commands.batches import folder_name
from reprisal.options import complete_results, complete_scenario
from sim import batch, scenario, store
from sim.scenario.variants import expand
from tests.batches import make, snapshot
from tests.fake_engine import ENGINE

ROOT = Path(__file__).parents[1]
HEAVY = (
    "mesa", "numba", "llvmlite", "numpy", "pandas", "matplotlib", "scipy", "scipy.stats", "pyarrow",
)  # fmt: skip
COMMANDS = (
    "validate",
    "show",
    "run",
    "verify",
    "plot",
    "describe",
    "forecast",
    "sensitivity",
    "lab",
)
FAKE = """
import sys
from reprisal.app import main
from sim.batch import choice
sys.argv[0] = "reprisal"
from tests.fake_engine import ENGINE
choice.choose = lambda *_: ENGINE
main()
"""


def reprisal(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="reprisal")


def in_process(program: str, *arguments: object, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,  # type: ignore[call-overload]
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and the fake engine instead of the model."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sim.batch.choice.choose", lambda *_: ENGINE)
    return folder


@pytest.fixture
def file(home: Path) -> Path:
    make(home / "scenarios", "base")
    return Path("scenarios/base.yaml")


def problem_file() -> Path:
    path = Path("scenarios/wrong.yaml")
    settings = json.loads(Path("scenarios/base.yaml").read_text())
    path.write_text(json.dumps(settings | {"quesion": "?", "title": ""}, indent=1))
    return path


def wait_for_runs(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until a batch has told that some run is done."""
    mark = folder / "running.json"
    while process.poll() is None:
        if mark.exists() and '"done": 0' not in mark.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(process.communicate())


# Help, suggestions, completion


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_short_help_with_an_example(command: str) -> None:
    text = cli.quick_help([command, "--help"])
    assert text is not None
    assert f"Example: reprisal {command} " in text
    assert len(text.splitlines()) <= 40
    assert all(len(line) <= 80 for line in text.splitlines())


def quick_help(arguments: list[str]) -> str:
    """The quick help at the width that the runner of tests gives to the other one."""
    with CliRunner().isolation():
        return (cli.quick_help(arguments) or "").strip()


def test_reprisal_alone_prints_the_help() -> None:
    alone = reprisal()
    assert (alone.exit_code, alone.stderr) == (0, "")
    assert alone.stdout.strip() == quick_help(["--help"])
    assert all(f"\n  {command} " in alone.stdout for command in COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], *([command, "-h"] for command in COMMANDS)])
def test_quick_help_is_what_parsing_would_give(arguments: list[str]) -> None:
    assert reprisal(*arguments).stdout.strip() == quick_help(arguments)


def test_quick_help_leaves_other_command_lines_alone() -> None:
    assert cli.quick_help([]) is None
    assert cli.quick_help(["run", "a.yaml"]) is None
    assert cli.quick_help(["rnu", "--help"]) is None


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["rnu"], "run"),
        (["run", "x.yaml", "--replicate", "3"], "--replicates"),
        (["show", "x.yaml", "--dif"], "--diff"),
    ],
)
def test_a_wrong_command_or_option_names_the_nearest(arguments: list[str], nearest: str) -> None:
    wrong = reprisal(*arguments)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert nearest in wrong.stderr


@pytest.mark.parametrize(
    ("line", "new", "now"),
    [
        ("list", "show", "show"),
        ("schema --partial --out x.json", "show --schema", "show --schema --partial --out x.json"),
        ("schema --parameters", "show --schema", "show --parameters"),
        ("status results/x", "verify --status", "verify --status results/x"),
        ("status 'a b' --failures", "verify --status", "verify 'a b' --failures"),
        ("repair results/x --dry-run", "verify --repair", "verify --repair results/x --dry-run"),
        (
            "replay iraq-2022 --replicate 3 --out=a.gif",
            "run --replay FILE.gif",
            "run iraq-2022 --only 3 --replay=a.gif",
        ),
        ("replay x.yaml", "run --replay FILE.gif", "run --replay FILE.gif x.yaml"),
        (
            "discover results/x --where 'killed > 3' --box 2",
            "sensitivity --where EVENT",
            "sensitivity results/x --where 'killed > 3' --box 2",
        ),
        (
            "run two-groups --design latin --range a.b=1..2",
            "--sweep",
            "run two-groups --design latin --sweep a.b=1..2",
        ),
        ("schema --help", "show --schema", "show --help"),
    ],
)
def test_an_old_word_names_the_new_one(line: str, new: str, now: str) -> None:
    done = reprisal(*shlex.split(line))
    assert (done.exit_code, done.stdout) == (2, "")
    old = "--range" if "--range" in line else line.split(maxsplit=1)[0]
    assert done.stderr == f"Error: '{old}' is now '{new}': reprisal {now}\n"


def test_the_version_is_told() -> None:
    assert reprisal("--version").stdout == "reprisal 0.2.0\n"


def test_completion_finds_scenario_files(file: Path) -> None:
    Path("scenarios/notes.txt").touch()
    Path("mine.yaml").touch()
    assert complete_scenario("") == ["mine.yaml", str(file)]
    assert complete_scenario("scen") == [str(file)]
    assert complete_scenario("scenarios/b") == [str(file)]
    assert complete_scenario("./scenarios/b") == [f"./{file}"]
    assert complete_scenario(f"{file.absolute().parent}/") == [str(file.absolute())]
    assert complete_scenario("nowhere/x") == []


def test_completion_finds_results_folders(home: Path) -> None:
    for name in ("results/first", "elsewhere/second"):
        (home / name).mkdir(parents=True)
        (home / name / "manifest.json").touch()
    (home / "results" / "empty").mkdir()
    assert complete_results("") == ["results/first"]
    assert complete_results("results/f") == ["results/first"]
    assert complete_results("elsewhere/") == ["elsewhere/second"]


def test_a_shell_gets_completions(file: Path) -> None:
    asked = {
        "_REPRISAL_COMPLETE": "complete_bash",
        "COMP_WORDS": "reprisal run sce",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from reprisal.app import main; main()"],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(file)]


# Scenario files


def test_validate_tells_good_files_on_one_stream_and_problems_on_the_other(file: Path) -> None:
    wrong = problem_file()
    checked = reprisal("validate", file, wrong, "nowhere.yaml")
    assert checked.exit_code == 2
    good, *branching = checked.stdout.splitlines()
    assert [line.partition(":")[0] for line in branching] == ["  quiet"]
    assert good.startswith(f"OK {file}: Two groups (2 provinces, 2 groups, 1,080 ticks, hash ")
    lines = checked.stderr.splitlines()
    assert [line.partition(": ")[0].split(":")[0] for line in lines] == [
        str(wrong),
        str(wrong),
        "nowhere.yaml",
    ]
    assert "did you mean 'question'?" in checked.stderr


def test_validate_is_content_with_good_files(file: Path) -> None:
    checked = reprisal("validate", file)
    assert (checked.exit_code, checked.stderr) == (0, "")


def test_show_prints_a_scenario_that_loads_to_the_same(file: Path) -> None:
    shown = reprisal("show", file, "--set", "reprisal.half_life=3d")
    assert shown.exit_code == 0
    Path("shown.yaml").write_text(shown.stdout)
    expected = scenario.load(file, ["reprisal.half_life=3d"])
    assert scenario.load("shown.yaml").hash == expected.hash


def test_show_diff_names_the_line(file: Path) -> None:
    child = Path("scenarios/child.yaml")
    child.write_text(f"extends: {file.name}\ntitle: Child\nbattle:\n  half_life: 3h\n")
    shown = reprisal("show", child, "--diff", "--set", "separation.enabled=false")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        "title: Two groups -> Child  (scenarios/child.yaml:2)",
        "battle.half_life: 2h -> 3h  (scenarios/child.yaml:4)",
        "separation.enabled: true -> false  (--set separation.enabled=false)",
    ]


def test_show_diff_without_difference_says_so_beside_the_results(file: Path) -> None:
    shown = reprisal("show", file, "--diff")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "has the same values as" in shown.stderr


def test_schema_goes_to_the_screen_or_to_a_file(home: Path) -> None:
    printed = reprisal("show", "--schema")
    assert json.loads(printed.stdout)["properties"]["title"]
    written = reprisal("show", "--schema", "--partial", "--out", "partial.json")
    assert (written.exit_code, written.stdout) == (0, "")
    partial = json.loads((home / "partial.json").read_text())
    assert "extends" in partial["properties"]
    assert "title" not in partial.get("required", [])


def test_a_scenario_is_not_written_over_itself(file: Path) -> None:
    before = file.read_text()
    refused = reprisal("show", file, "--out", file)
    assert (refused.exit_code, file.read_text()) == (2, before)
    assert "is the file itself, whose comments would be lost" in " ".join(refused.stderr.split())


@pytest.mark.parametrize("more", [["--plot"], ["--figure", "killed"], ["--out", "x"]])
def test_a_single_run_takes_no_option_of_a_batch(file: Path, more: list[str]) -> None:
    refused = reprisal("run", file, "--only", "base/3", *more)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--only and --replay store nothing" in refused.stderr
    assert not Path("x").exists()


def test_a_file_that_cannot_be_written_is_told(home: Path) -> None:
    wrong = reprisal("show", "--schema", "--out", home / "nowhere" / "x.json")
    assert wrong.exit_code == 2
    assert wrong.stderr == f"{home}/nowhere/x.json: No such file or directory\n"


def test_schema_lists_parameters_as_markdown() -> None:
    listed = reprisal("show", "--parameters").stdout
    assert "\n| `reprisal.half_life` |" in listed
    assert "1.2d" in listed
    for wrong in (["--parameters", "--partial"], ["two-groups", "--schema"], ["--diff"]):
        assert reprisal("show", *wrong).exit_code == 2


def heavy_imports(*arguments: str, code: int | None = None) -> str:
    """Run a command in a process of its own and list what it imported of the heavy modules."""
    program = (
        "import atexit, sys\n"
        f"told = lambda: print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)\n"
        "atexit.register(told)\n"
        "from reprisal.app import main\n"
        "main()\n"
    )
    process = in_process(program, *arguments, cwd=ROOT)
    _, told = process.communicate(timeout=60)
    assert code is None or process.returncode == code, told
    return told.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["validate", "scenarios/unknown.yaml"],
        ["show", "scenarios/no-withdrawal-call.yaml", "--diff"],
        ["show", "scenarios/two-groups.yaml", "--set", "reprisal.half_lif=1d"],
        ["show", "--schema"],
    ],
)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    assert heavy_imports(*arguments) == "[]"


def test_validate_imports_numpy_for_the_branching_ratio_and_nothing_heavier() -> None:
    assert heavy_imports("validate", "scenarios/two-groups.yaml") == "['numpy']"


# Batches


def test_a_batch_goes_to_a_folder_named_after_it(file: Path) -> None:
    done = reprisal("run", file, "--replicates", 4, "--workers", 2)
    assert done.exit_code == 0
    folder = f"results/{folder_name([scenario.load(file)], 1)}"
    assert folder.startswith("results/base-")
    assert done.stdout == f"{folder}\n"
    assert "4 runs finished, 0 failed" in done.stderr
    assert f"Next: reprisal plot {folder}" in done.stderr
    assert "Traceback" not in done.stderr
    assert store.open(folder).finished("base") == {0, 1, 2, 3}


def test_the_same_command_again_has_nothing_to_do(file: Path) -> None:
    first = reprisal("run", file, "--replicates", 3)
    before = snapshot(Path(first.stdout.strip()))
    again = reprisal("run", file, "--replicates", 3)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert "Nothing to do" in again.stderr
    tables = {path: state for path, state in before.items() if path.endswith(".parquet")}
    assert tables.items() <= snapshot(Path(first.stdout.strip())).items()


def test_more_replicates_continue_in_the_same_folder(file: Path) -> None:
    first = reprisal("run", file, "--replicates", 3)
    more = reprisal("run", file, "--replicates", 5)
    assert more.stdout == first.stdout
    assert "5 runs (3 finished already)" in more.stderr
    assert "2 runs finished" in more.stderr


def test_an_edited_file_another_seed_or_value_go_to_fresh_folders(file: Path) -> None:
    command = ["run", file, "--replicates", "1"]
    folders = [reprisal(*command).stdout]
    folders.append(reprisal(*command, "--seed", "2").stdout)
    folders.append(reprisal(*command, "--set", "reprisal.half_life=3d").stdout)
    make(Path("scenarios"), "base", title="Edited")
    folders.append(reprisal(*command).stdout)
    assert len(set(folders)) == 4
    assert all(folder.startswith("results/base") for folder in folders)
    assert folders[2].startswith("results/base+half_life=3d-")


def test_a_folder_is_named_after_what_it_holds(home: Path) -> None:
    one, two, three = (make(home / "s", name) for name in ("one", "two", "three"))
    assert folder_name([one], 1).startswith("one-")
    assert folder_name([one, two, three], 1).startswith("one+three+two-")
    assert folder_name([one, two, three], 1) == folder_name([one, three, two], 1)
    assert folder_name([one, two, three, replace(one, name="four")], 1).startswith(
        "one+four+three+1-more-"
    )


@pytest.mark.parametrize(
    ("sets", "sweeps", "options", "start"),
    [
        ([], ["reprisal.half_life=1d,2d,3d"], (), "two-groups+half_life-3-"),
        (["reprisal.half_life=2d"], [], (), "two-groups+half_life=2d-"),
        (["battle.turn=1"], ["reprisal.half_life=1d,2d"], (), "two-groups+turn=1+half_life-2-"),
        ([], ["reprisal.half_life=1d..2d"], ("morris", 4), "two-groups+morris-"),
        ([], ["reprisal.half_life=1d..2d", "battle.turn=0,1"], (), "two-groups+turn-2+grid-"),
    ],
)
def test_a_folder_tells_what_was_set_swept_and_designed(
    sets: list[str], sweeps: list[str], options: tuple[Any, ...], start: str
) -> None:
    made = expand(["two-groups"], sets, sweeps, *options)
    assert folder_name(made, 1).startswith(start)


def test_a_sweep_runs_every_variant(file: Path) -> None:
    done = reprisal("run", file, "--replicates", 2, "--sweep", "reprisal.half_life=1d,2d")
    results = store.open(done.stdout.strip())
    assert results.names == ("base+half_life=1d", "base+half_life=2d")
    assert Path(done.stdout).name.startswith("base+half_life-2-")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "reprisal.half_lif=1d"], "did you mean 'half_life'?"),
        (["--sweep", "reprisal.half_life=1d,,2d"], "value 2 is empty"),
        (["reprisal.half_life=1d"], "write --set (or --sweep) before each path=value"),
        (["elsewhere/other.yaml"], "no such file"),
        (["--seed", str(2**32)], "seed must be 0 to"),
        (["--replicates", "0"], "--replicates"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_bad_input_is_told_without_traceback_and_writes_nothing(
    file: Path, options: list[str], message: str
) -> None:
    wrong = reprisal("run", file, *options)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert message in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert not Path("results").exists()


def test_results_of_other_settings_are_not_touched(file: Path) -> None:
    reprisal("run", file, "--replicates", 1, "--out", "kept")
    before = snapshot(Path("kept"))
    other = reprisal("run", file, "--seed", 2, "--out", "kept")
    assert other.exit_code == 2
    assert "seed: 1 -> 2" in other.stderr
    assert snapshot(Path("kept")) == before


def test_ticks_are_stored_unless_nobody_wants_them(file: Path) -> None:
    command = ["run", file, "--replicates", 2, "--out", "bare", "--no-ticks"]
    planned = reprisal(*command, "--dry-run")
    assert planned.exit_code == 0
    assert reprisal(*command).exit_code == 0
    assert not Path("bare/ticks").exists()
    assert "Nothing to do" in reprisal(*command).stderr
    more = reprisal("run", file, "--replicates", 3, "--out", "bare")
    assert "1 run finished" in more.stderr
    assert "3 runs (2 finished already) in bare, without ticks\n" in more.stderr
    assert not Path("bare/ticks").exists()
    assert reprisal("plot", "bare", "--figure", "timeline").exit_code == 0
    reprisal("run", file, "--replicates", 1, "--out", "kept")
    for option in ("--replicates=2", "--dry-run"):
        other = reprisal("run", file, "--out", "kept", "--no-ticks", option)
        assert (other.exit_code, other.stdout) == (2, "")
        assert "ticks: stored -> not stored" in other.stderr
    looks = ["--until", "ci(killed.mean) < 1%", "--replicates", 4]
    reprisal("run", file, *looks, "--out", "looked", "--no-ticks")
    assert Path("looked/runs").exists()
    assert not Path("looked/ticks").exists()


def test_a_folder_that_cannot_be_made_is_told(file: Path) -> None:
    Path("taken").touch()
    wrong = reprisal("run", file, "--out", "taken/here")
    assert wrong.exit_code == 2
    assert "taken" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_failed_runs_are_told_with_how_to_see_and_repeat_them(home: Path) -> None:
    failing = make(home / "scenarios", "failing", "fail:1,2,3,4").path
    done = reprisal("run", failing, "--replicates", 6, "--out", "out")
    assert done.exit_code == 1
    assert "2 runs finished, 4 failed" in done.stderr
    assert done.stderr.count("replicate ") >= 3
    assert "failing replicate 1: RuntimeError: replicate 1 went wrong" in done.stderr
    assert "repeat it alone: reprisal run out" in done.stderr
    assert "reprisal verify --failures out" in done.stderr
    state = reprisal("verify", "--status", "out")
    assert state.stdout.splitlines()[1].split() == ["failing", "6", "2", "4", "4"]
    assert "reprisal verify --failures out" in state.stdout
    listed = reprisal("verify", "out", "--failures").stdout
    assert listed.count("Traceback (most recent call last)") == 4
    assert listed.count("RuntimeError: replicate 4 went wrong") >= 2


def test_dry_run_counts_times_and_writes_nothing(file: Path) -> None:
    other = make(Path("scenarios"), "other", "wait:0.2").path
    assert reprisal("run", file, "--replicates", 3, "--out", "out").exit_code == 0
    before = snapshot(Path())
    dry = reprisal(
        "run", file, other, "--replicates", 10, "--workers", 1, "--out", "out", "--dry-run"
    )
    assert (dry.exit_code, dry.stderr) == (0, "")
    rows = [line.split() for line in dry.stdout.splitlines()]
    assert rows[1:3] == [["base", "7", "3"], ["other", "10", "0"]]
    assert "17 runs, about 3." in dry.stdout
    assert "with 1 worker, engine fake\n" in dry.stdout
    assert snapshot(Path()) == before


def test_dry_run_tells_of_a_run_that_fails(file: Path) -> None:
    failing = make(Path("scenarios"), "failing", "fail:0").path
    alone = reprisal("run", failing, "--dry-run")
    assert alone.exit_code == 0
    assert alone.stderr == "failing replicate 0: RuntimeError: replicate 0 went wrong\n"
    assert "time unknown" in alone.stdout
    assert "about " in reprisal("run", failing, file, "--dry-run").stdout


def test_a_batch_without_results_has_nothing_to_plot(home: Path) -> None:
    failing = make(home / "scenarios", "failing", "fail:0,1").path
    done = reprisal("run", failing, "--replicates", 2, "--out", "out", "--plot")
    assert (done.exit_code, done.stdout) == (1, "out\n")
    assert "Drawing" not in done.stderr


@pytest.mark.usefixtures("home")
def test_dry_run_does_not_take_the_first_run_for_all() -> None:
    slow = make(Path("scenarios"), "slow", "wait:3.5 slow:0").path
    dry = reprisal("run", slow, "--replicates", 200, "--workers", 1, "--dry-run").stdout
    found = re.search(r"200 runs, about ([0-9.]+) s with 1 worker", dry)
    assert found is not None
    assert 3.5 < float(found[1]) < 12


def test_dry_run_reads_the_conditions(file: Path) -> None:
    wrong = reprisal("run", file, "--until", "ci(killed.mean < 5%", "--dry-run")
    assert wrong.exit_code == 2
    right = reprisal("run", file, "--until", "ci(killed.mean) < 5%", "--dry-run")
    assert right.exit_code == 0
    assert "the most that is run" in right.stderr
    assert "10,000 runs" in right.stdout


def test_dry_run_of_a_finished_batch_times_nothing(file: Path) -> None:
    reprisal("run", file, "--replicates", 2)
    dry = reprisal("run", file, "--replicates", 2, "--dry-run")
    assert dry.exit_code == 0
    assert "Nothing to do" in dry.stdout


def test_run_plot_draws_what_plot_draws(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def plot(folders: object, out: object, formats: object, *more: object) -> list[Path]:
        calls.append((folders, out, formats, *more))
        return [Path("figures/a.png")]

    monkeypatch.setitem(vars(analysis), "plot", plot)  # setattr would import matplotlib
    done = reprisal("run", file, "--replicates", 2, "--out", "out", "--plot")
    assert (done.exit_code, done.stdout) == (0, "out\nfigures/a.png\n")
    assert done.stderr.splitlines()[-1] == "Next: reprisal report out"
    again = reprisal("plot", "out", "--out", "drawn", "--format", "svg, pdf")
    assert again.stdout == "figures/a.png\n"
    reprisal("plot", "out", "--reported")
    reprisal("run", file, "--replicates", 2, "--out", "out", "--figure", "map, killed")
    assert calls == [
        ([Path("out")], None, ("png", "svg", "txt"), False, []),
        ([Path("out")], Path("drawn"), ["svg", "pdf"], False, []),
        ([Path("out")], None, ["png", "svg", "txt"], True, []),
        ([Path("out")], None, ("png", "svg", "txt"), False, ["map", "killed"]),
    ]


def test_plot_refuses_what_it_cannot_draw() -> None:
    unknown = reprisal("plot", "out", "--format", "gif")
    assert unknown.exit_code == 2
    assert "'gif' is not one of png, svg, pdf" in unknown.stderr
    nowhere = reprisal("plot", "nowhere")
    assert nowhere.exit_code == 2
    assert "nowhere" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr


def test_status_tells_what_to_do_next(file: Path) -> None:
    reprisal("run", file, "--replicates", 2, "--out", "out")
    state = reprisal("verify", "--status", "out")
    assert (state.exit_code, state.stderr) == (0, "")
    assert [line.split() for line in state.stdout.splitlines()[:2]] == [
        ["scenario", "wanted", "done", "failed", "missing"],
        ["base", "2", "2", "0", "0"],
    ]
    assert "Engine fake, seed 1. Not running" in state.stdout
    assert "Draw figures: reprisal plot out" in state.stdout
    assert reprisal("verify", "out", "--failures").stdout == "No failed runs.\n"
    assert reprisal("verify", "out").stdout.startswith(state.stdout)
    for wrong in (["--status", "--repair"], ["--dry-run"]):
        assert reprisal("verify", "out", *wrong).exit_code == 2


def test_status_loads_no_engine(file: Path) -> None:
    reprisal("run", file, "--replicates", 2, "--out", "out")
    loaded = heavy_imports("verify", "--status", str(Path("out").absolute()))
    assert not {"mesa", "numba", "llvmlite", "matplotlib"} & set(ast.literal_eval(loaded))


def test_figures_load_neither_an_engine_nor_all_of_scipy(tmp_path: Path) -> None:
    results = store.create_or_open(
        tmp_path, [scenario.load("two-groups", ["clock.length=8d"])], 1, 2
    )
    batch.run(results, 1, engine="interpreted")
    loaded = heavy_imports("plot", str(tmp_path), "--format", "svg", code=0)
    assert not {"mesa", "numba", "llvmlite", "scipy.stats"} & set(ast.literal_eval(loaded))


def test_status_of_something_else_is_told(home: Path) -> None:
    wrong = reprisal("verify", "--status", home)
    assert wrong.exit_code == 2
    assert "not a results folder" in wrong.stderr


# Real processes: streams, signals


def test_progress_on_a_pipe_is_plain_lines_on_standard_error(file: Path) -> None:
    done = in_process(FAKE, "run", file, "--replicates", 5)
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    assert out.splitlines() == [out.strip()]
    assert out.startswith("results/base-")
    assert "\x1b" not in out + err
    assert sum(line.startswith("5 of 5 runs, ") for line in err.splitlines()) == 1


def test_ctrl_c_keeps_what_finished_and_tells_how_to_go_on(home: Path) -> None:
    slow = make(home / "scenarios", "slow", "wait:0.2").path
    command = ["run", slow, "--replicates", 40, "--workers", 2, "--out", "out"]
    process = in_process(FAKE, *command, start_new_session=True)
    wait_for_runs(process, Path("out"))
    state = reprisal("verify", "--status", "out").stdout
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Running now" in state
    assert f"process {process.pid} on" in state
    assert "Traceback" not in err
    assert "all finished runs are stored" in err
    assert f"Continue with: reprisal run {slow} --replicates 40" in err
    assert out == "out\n"
    kept = len(store.open("out").finished("slow"))
    assert 0 < kept < 40
    state = reprisal("verify", "--status", "out").stdout
    assert "Not running" in state
    assert "--replicates 40 --workers 2 --out out" in state
    dry = reprisal(*command, "--dry-run").stdout
    assert dry.splitlines()[1].split() == ["slow", str(40 - kept), str(kept)]


def test_python_m_reprisal_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reprisal", "--version"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "reprisal 0.2.0\n"


# Errors nobody expected


def test_an_unexpected_error_is_one_line_unless_more_is_asked_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(scenario, "load", fail)
    short = reprisal("show", file)
    assert short.exit_code == 1
    assert short.stderr.startswith("Unexpected error: ZeroDivisionError: by nothing\n")
    assert "REPRISAL_TRACEBACK=1" in short.stderr
    assert "Traceback" not in short.stderr
    long = reprisal("--traceback", "show", file)
    assert long.exit_code == 1
    assert "Traceback (most recent call last)" in long.stderr
    monkeypatch.setenv("REPRISAL_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in reprisal("show", file).stderr


def test_a_closed_pipe_is_no_error_of_ours() -> None:
    assert cli.explain(BrokenPipeError()) is None
    assert cli.explain(typer.BadParameter("x")) is None
