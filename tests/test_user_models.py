"""Batches of a user's own subclass of the Mesa model: found, run, stored, refused, compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import analysis
from analysis import figures
from analysis.rendering import markdown
from analysis.report import setting
from analysis.report.content import report
from reprisal.app import app
from sim import batch, ownmodel, scenario, store
from sim.batch import EngineError, PoolError, choice, daskpool
from sim.batch.engine import MESA
from sim.ownmodel import ModelError, OwnModel, find
from sim.records import OUTCOMES
from sim.store import StoreError
from tests import test_executors
from tests.batches import snapshot, table_bytes

dask = test_executors.dask
ROOT = Path(__file__).parents[1]
TWO = "scenarios/two-groups.yaml"
# All that the tests know of the model's agents.
MODULE = """\
import time

from sim.model import ReprisalModel


class Quiet(ReprisalModel):
    def units_decide(self):
        super().units_decide()
        for unit in self.units:
            if unit.group == "hill_league":
                for dyad in unit.dyads:
                    dyad.attacks = False


class Faulty(Quiet):
    def __init__(self, world, seed=None, replicate=0, collect=True):
        super().__init__(world, seed, replicate, collect)
        self.faulty = replicate == 2

    def units_decide(self):
        if self.faulty:
            raise RuntimeError("no such feud")
        super().units_decide()


class Slow(Quiet):
    def __init__(self, world, seed=None, replicate=0, collect=True):
        time.sleep(0.1 if replicate < 10 else 0.6)
        super().__init__(world, seed, replicate, collect)


def make():
    class Inner(ReprisalModel):
        pass

    return Inner


Stock, number = ReprisalModel, 3


class Other:
    pass
"""
# Slow in one process and its workers, and not in those of the tests.
SLOW_THERE = """\
import os


class There(Quiet):
    def __init__(self, world, seed=None, replicate=0, collect=True):
        if "SLOW" in os.environ:
            time.sleep(0.1 if replicate < 10 else 0.6)
        super().__init__(world, seed, replicate, collect)
"""
FIRST_GROUP = "hill_league"


def reprisal(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="reprisal")


def run(*more: object, code: int = 0) -> Result:
    """Run two scenarios' worth of nothing but what is asked for."""
    arguments = [TWO, "--replicates", 6, "--workers", 2, *more]
    made = reprisal("run", *arguments)
    assert made.exit_code == code, made.output
    return made


def line_of(text: str) -> int:
    return 1 + MODULE.splitlines().index(text)


def change_module(text: str = "# another line\n") -> None:
    Path("my_module.py").write_text(MODULE + text, encoding="utf-8")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with a scenario and a module; what is imported there is forgotten."""
    folder = tmp_path / "home"
    (folder / "scenarios").mkdir(parents=True)
    shutil.copy(ROOT / TWO, folder / TWO)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(ownmodel, "_folders", [])
    monkeypatch.setattr(ownmodel, "_modules", {})
    before = dict(sys.modules)
    change_module("")
    yield folder
    for name in set(sys.modules) - set(before):
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def attackers(folder: str) -> set[str]:
    return set(store.open(folder).read("engagements")["attacker"].to_pylist())


def manifest(folder: str) -> dict[str, object]:
    contents: dict[str, object] = json.loads(Path(folder, "manifest.json").read_text())
    return contents


# What is run and stored


def test_a_batch_runs_the_class_and_the_manifest_names_it() -> None:
    told = run("--model", "my_module:Quiet", "--out", "own").stderr
    run("--engine", "mesa", "--out", "stock")
    assert "Engine mesa: my_module:Quiet is a class of Python agents.\n" in told
    assert FIRST_GROUP in attackers("stock")
    assert attackers("own") == attackers("stock") - {FIRST_GROUP}
    model = find("my_module:Quiet")
    assert manifest("own")["model"] == {
        "name": "my_module:Quiet",
        "file": "my_module.py",
        "sha256": model.sha256,
    }
    assert "model" not in manifest("stock")
    assert Path("own/model.py").read_text() == MODULE
    assert not Path("stock/model.py").exists()
    status = reprisal("verify", "--status", "own").stdout
    assert f"Model my_module:Quiet (my_module.py, SHA-256 {model.sha256}).\n" in status
    assert "Engine mesa, seed 1." in status
    assert "Model" not in reprisal("verify", "--status", "stock").stdout


def test_workers_steps_and_the_way_of_naming_leave_the_bytes_alone() -> None:
    run("--model", "my_module:Quiet", "--out", "own")
    run("--model", "my_module:Quiet", "--out", "alone", "--workers", 1)
    run("--model", "my_module:Quiet", "--out", "steps", "--replicates", 3)
    os.chdir("scenarios")
    again = reprisal(
        *("run", "two-groups.yaml", "--replicates", 6, "--workers", 2, "--out", "../steps"),
        *("--model", "../my_module.py:Quiet"),
    )
    os.chdir("..")
    assert "(3 finished already)" in again.stderr
    assert len(table_bytes(Path("own"))) == 10
    assert table_bytes(Path("own")) == table_bytes(Path("alone")) == table_bytes(Path("steps"))


def test_an_interrupted_batch_goes_on_to_the_same_bytes() -> None:
    change_module(SLOW_THERE)
    options = ["--model", "my_module:There", "--replicates", 20, "--workers", 2, "--out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reprisal", "run", TWO, *map(str, options), "broken"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "SLOW": ""},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not any(Path("broken").glob("runs/*/*.parquet")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "--model my_module:There" in told.partition("Continue with: ")[2]
    assert 0 < len(store.open("broken").finished("two-groups")) < 20
    for folder in ("broken", "whole"):
        run(*options, folder)
    assert table_bytes(Path("broken")) == table_bytes(Path("whole"))


def test_a_stopped_batch_goes_on_in_another_process_of_workers() -> None:
    loaded, model, stop = [scenario.load(TWO)], find("my_module:Slow"), threading.Event()
    results = store.create_or_open("own", loaded, 1, 12, model=model)
    stopped = batch.run(results, 2, stop=stop, progress=lambda told: told.done and stop.set())
    assert stopped.interrupted
    rest = batch.run(store.create_or_open("own", loaded, 1, 12, model=model), 1)
    assert (stopped.done + rest.done, rest.left, rest.engine) == (12, 0, "mesa")


def test_modules_beside_it_are_imported_by_workers_too() -> None:
    Path("parts").mkdir()
    Path("parts/__init__.py").touch()
    Path("parts/names.py").write_text("WORD = 'quiet'\n")
    Path("parts/mine.py").write_text("from .names import WORD\nimport beside\n" + MODULE)
    Path("beside.py").touch()
    run("--model", "parts.mine:Quiet", "--out", "own")
    assert manifest("own")["model"]["name"] == "parts.mine:Quiet"  # type: ignore[index]
    assert FIRST_GROUP not in attackers("own")


@pytest.mark.parametrize(
    ("options", "scenarios"),
    [
        (["--sweep", "reprisal.half_life=1d,3d"], 2),
        (["--design", "latin", "--size", 2, "--sweep", "reprisal.half_life=1d..3d"], 1),
    ],
)
def test_sweeps_and_designs(options: list[object], scenarios: int) -> None:
    run("--model", "my_module:Quiet", "--out", "own", *options)
    assert len(store.open("own").names) == scenarios
    assert FIRST_GROUP not in attackers("own")


def test_until_and_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    until = ["--until", "ci(killed.mean) < 900%"]
    run("--model", "my_module:Quiet", "--out", "own", *until)
    assert manifest("own")["model"]
    assert FIRST_GROUP not in attackers("own")
    monkeypatch.setattr(figures, "drawn", lambda _: ["killed"])
    run("--model", "my_module:Quiet", "--out", "drawn", "--plot")
    assert list(Path("drawn/figures").glob("*.png"))


def test_only_and_dry_run_store_nothing() -> None:
    own = reprisal("run", TWO, "--only", "two-groups/3", "--model", "my_module:Quiet")
    stock = reprisal("run", TWO, "--only", "two-groups/3", "--engine", "mesa")
    assert (own.exit_code, stock.exit_code) == (0, 0)
    assert own.stdout != stock.stdout
    dry = run("--model", "my_module:Quiet", "--dry-run")
    assert "engine mesa" in dry.stdout
    assert not Path("results").exists()
    model, loaded = find("my_module:Quiet"), scenario.load(TWO)
    killed = batch.run_one(loaded, 1, 3, model=model)["runs"]["killed"][0]
    assert f"killed  {killed}" in " ".join(own.stdout.split()).replace("killed ", "killed  ")


def test_default_folders_differ_by_class_and_by_file() -> None:
    run()
    run("--model", "my_module:Quiet")
    run("--model", "my_module:Slow")
    change_module()
    run("--model", "my_module:Quiet")
    names = sorted(path.name[: -len("-123456")] for path in Path("results").iterdir())
    assert names == ["two-groups", "two-groups-Quiet", "two-groups-Quiet", "two-groups-Slow"]


def test_verify_and_rerun_need_the_class() -> None:
    run("--model", "my_module:Quiet", "--out", "own")
    model = find("my_module:Quiet")
    good = reprisal("verify", "own", "--model", "my_module:Quiet")
    assert good.exit_code == 0
    assert "5 runs repeated with engine mesa, 5 equal" in good.stdout
    for arguments in ([], ["--model", "my_module:Slow"]):
        refused = reprisal("verify", "own", *arguments)
        assert refused.exit_code == 2
        assert refused.stderr.endswith("; give --model my_module:Quiet\n")
    assert reprisal("verify", "own", "--sample", 0).exit_code == 0
    stored = store.open("own").read("runs")["killed"].to_pylist()
    assert batch.rerun("own", "two-groups", 4, model=model)["runs"]["killed"][0] == stored[4]
    with pytest.raises(StoreError, match=r"my_module:Quiet -> the stock model; give --model"):
        batch.rerun("own", "two-groups", 4)


def test_a_folder_alone_runs_no_code() -> None:
    run("--model", "my_module:Quiet", "--out", "own", "--replicates", 3)
    Path("my_module.py").write_text("raise SystemExit('imported')\n")
    Path("own/model.py").write_text("raise SystemExit('imported')\n")
    for command in (["verify"], ["verify", "--status"], ["verify", "--repair"], ["compare"]):
        assert "imported" not in reprisal(*command, "own").output
    with pytest.raises(StoreError, match="my_module:Quiet -> the stock model"):
        batch.run(store.create_or_open("own", [scenario.load(TWO)], 1, 4))
    opened = store.open("own")
    with pytest.raises(StoreError, match="my_module:Quiet -> the stock model"):
        batch.run(opened)


# What is refused


@pytest.mark.parametrize(
    ("before", "now", "difference"),
    [
        ("Quiet", "Slow", "  model: my_module:Quiet -> my_module:Slow"),
        ("Quiet", "", "  model: my_module:Quiet -> the stock model"),
        ("", "Quiet", "  model: the stock model -> my_module:Quiet"),
    ],
)
def test_another_model_does_not_continue(before: str, now: str, difference: str) -> None:
    first, second = (["--model", f"my_module:{name}"] if name else [] for name in (before, now))
    run(*first, "--out", "own", "--replicates", 2)
    kept = snapshot(Path("own"))
    refused = run(*second, "--out", "own", code=2)
    assert difference in refused.stderr.splitlines()
    assert "Name another folder (--out" in refused.stderr
    assert snapshot(Path("own")) == kept


def test_a_changed_file_does_not_continue() -> None:
    run("--model", "my_module:Quiet", "--out", "own", "--replicates", 2)
    kept, before = snapshot(Path("own")), find("my_module:Quiet").sha256
    change_module()
    after = find("my_module:Quiet").sha256
    refused = run("--model", "my_module:Quiet", "--out", "own", code=2)
    assert (
        f"  model: the file of my_module:Quiet has changed (SHA-256 {before[:12]} ->"
        f" {after[:12]}); the file that ran is own/model.py\n"
    ) in refused.stderr
    assert snapshot(Path("own")) == kept
    change_module("")
    run("--model", "my_module:Quiet", "--out", "own")
    Path("moved.py").write_text(MODULE)
    run("--model", "moved:Quiet", "--out", "own", "--replicates", 7)


def test_a_manifest_without_a_model_opens() -> None:
    run("--out", "stock", "--replicates", 2)
    assert set(manifest("stock")) == {"format", "reprisal", "seed", "scenarios", "sha256"}
    assert store.open("stock").manifest.model is None
    run("--out", "stock", "--replicates", 3)


def test_mesa_alone_runs_a_class() -> None:
    model = find("my_module:Quiet")
    for name in {*choice.NAMES, "interpreted"} - {"auto", "mesa"}:
        with pytest.raises(EngineError, match=f"engine {name} cannot run my_module:Quiet"):
            choice.for_model(name, model)
    with pytest.raises(EngineError, match="engine compiled cannot run my_module:Quiet"):
        choice.choose("compiled", {}, {}, 1, model)
    with pytest.raises(ValueError, match="one of auto, "):
        choice.choose("fast", {}, {}, 1, model)
    for name in ("auto", "mesa"):
        chosen = choice.choose(name, {}, {}, 1, model)
        assert (chosen.name, chosen.model, chosen.simulate) == ("mesa", model, MESA.simulate)


def test_engine_compiled_is_refused_in_one_line() -> None:
    refused = run("--model", "my_module:Quiet", "--engine", "compiled", code=2)
    assert refused.stderr == (
        "engine compiled cannot run my_module:Quiet, a class of Python agents;"
        " leave --engine out, or use --engine mesa\n"
    )
    assert not Path("results").exists()
    assert "Engine mesa" not in run("--model", "my_module:Quiet", "--engine", "mesa").stderr


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("my_modul:Quiet", "no module my_modul in {home} or among the installed ones"
         " (did you mean 'my_module'?)"),
        ("far.away:Quiet", "no module far.away in {home} or among the installed ones"),
        ("my_modul.py:Quiet", "no file my_modul.py (did you mean 'my_module.py'?)"),
        ("nowhere/my_module.py:Quiet", "no file nowhere/my_module.py"),
        ("my_module:Quite", "my_module.py has no class Quite; its models: Quiet, Faulty, Slow"
         " (did you mean 'Quiet'?)"),
        ("my_module:number", "number is not a class but an int"),
        ("my_module:make", "make is not a class but a function"),
        ("my_module:Other", "Other is not a subclass of ReprisalModel; write class"
         " Other(ReprisalModel), with ReprisalModel from sim.model"),
        ("my_module:Stock", "that is the stock model; leave --model out to run it"),
        ("my_module:Inner", "Inner is inside a function or a block (my_module.py, line {inner}),"
         " where worker processes cannot import it; move it to the top level of a file of its own"),
        ("my_module:make.<locals>.Inner", "Inner is inside a function, where worker processes"
         " cannot import it; move it to the top level of a file of its own, such as my_module.py"),
        ("__main__:Quiet", "Quiet is in a program or a notebook, where worker processes cannot"
         " import it; move it to the top level of a file of its own, such as my_module.py"),
        ("my_module", ownmodel._HOW),
        ("my_module.Quiet", ownmodel._HOW + " (did you mean 'my_module:Quiet'?)"),
        ("my_module:", ownmodel._HOW),
        (":Quiet", ownmodel._HOW),
        ("my module:Quiet", ownmodel._HOW),
        ("again:Quiet", "Quiet is defined in module my_module; write --model my_module:Quiet"),
        ("empty:Quiet", "empty.py has no class Quiet; it has no model at all"),
        ("broken:Quiet", "importing it failed, broken.py, line 2: ZeroDivisionError: division by"
         " zero"),
        ("unfinished:Quiet", "importing it failed, unfinished.py, line 3: SyntaxError: '(' was"
         " never closed"),
        ("lonely:Quiet", "importing it failed, lonely.py, line 1: ModuleNotFoundError: No module"
         " named 'nothing_there'"),
        ("leaving:Quiet", "importing it failed, leaving.py, line 3: SystemExit: 4"),
        ("latin.py:Quiet", "latin.py is not UTF-8; save it as UTF-8"),
        ("my-model.py:Quiet", "my-model.py cannot be imported: rename it, with letters and _"),
        ("json:Quiet", "the name json is taken by Python itself; give your class a file with"
         " another name"),
        ("./analysis.py:Quiet", "the name analysis is taken by Reprisal itself; give your class a"
         " file with another name"),
        ("sim.model:ReprisalModel", "the name sim is taken by Reprisal itself; give your class a"
         " file with another name"),
        ("mesa.py:Quiet", "the name mesa is taken by {mesa}; give your class a file with another"
         " name"),
        ("math:Quiet", "module math has no file of Python source; give it one"),
        ("poor.part:Quiet", "importing its package failed, __init__.py, line 2:"
         " ModuleNotFoundError: No module named 'nothing_there'"),
        ("my_module.part:Quiet", "no module my_module.part in {home} or among the installed"
         " ones (did you mean 'my_module'?)"),
        ("bad.part:Quiet", "importing its package failed, __init__.py, line 1: ZeroDivisionError:"
         " division by zero"),
    ],
)  # fmt: skip
def test_one_line_tells_what_is_wrong(home: Path, asked: str, message: str) -> None:
    import mesa

    texts = {
        "again.py": "from my_module import Quiet\n",
        "empty.py": "",
        "broken.py": "def f():\n    return 1 / 0\n\nf()\n",
        "unfinished.py": "\n\nx = (\n",
        "lonely.py": "import nothing_there\n",
        "leaving.py": "import sys\n\nsys.exit(4)\n",
        "my-model.py": MODULE,
        "json.py": MODULE,
        "analysis.py": MODULE,
        "mesa.py": MODULE,
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("latin.py").write_bytes("# é\n".encode("latin-1") + MODULE.encode())
    for name, text in {"bad": "1 / 0\n", "poor": "\nimport nothing_there\n"}.items():
        Path(name).mkdir()
        Path(name, "__init__.py").write_text(text)
    refused = run("--model", asked, code=2)
    expected = message.format(
        home=home.resolve(), mesa=mesa.__file__, inner=line_of("    class Inner(ReprisalModel):")
    )
    assert refused.stderr == f"--model {asked}: {expected}\n"
    assert refused.stdout == ""
    assert not Path("results").exists()


def test_a_module_that_fails_leaves_the_earlier_one_in_place() -> None:
    find("my_module:Quiet")
    imported = sys.modules["my_module"]
    change_module("1 / 0\n")
    with pytest.raises(ModelError, match=r"my_module\.py, line \d+: ZeroDivisionError"):
        find("my_module:Quiet")
    assert sys.modules["my_module"] is imported


def test_a_class_itself_is_found_where_it_can_be_imported(home: Path) -> None:
    sys.path.append(str(home))
    import my_module  # type: ignore[import-not-found]

    model = find(my_module.Quiet)
    assert (model.name, Path(model.file).name, model.source.decode()) == (
        "my_module:Quiet",
        "my_module.py",
        MODULE,
    )
    assert model.sha256 == find("my_module:Quiet").sha256
    with pytest.raises(ModelError, match="Inner is inside a function, where worker processes"):
        find(my_module.make())
    in_main = type("Mine", (my_module.Quiet,), {"__module__": "__main__"})
    with pytest.raises(ModelError, match="Mine is in a program or a notebook, where worker"):
        find(in_main)
    with pytest.raises(ModelError, match="it is not in a file of yours"):
        find(int)


# Runs that fail, and workers that cannot import


def test_a_failing_run_names_the_line_and_the_others_go_on() -> None:
    made = run("--model", "my_module:Faulty", "--out", "own", code=1)
    line = line_of('            raise RuntimeError("no such feud")')
    assert "5 runs finished, 1 failed" in made.stderr
    told = f"two-groups replicate 2: RuntimeError: no such feud (my_module.py, line {line})"
    assert f"{told}\n  repeat it alone: reprisal run own/scenarios/two-groups.yaml" in made.stderr
    [failure] = store.open("own").failures()
    assert f'my_module.py", line {line}, in units_decide\n' in failure.traceback
    assert 'raise RuntimeError("no such feud")' in failure.traceback
    again = reprisal(*failure.command.split()[1:])
    assert again.exit_code == 1
    assert "RuntimeError: no such feud" in again.stderr
    assert store.open("own").missing("two-groups") == [2]


def vanishing() -> OwnModel:
    """A model whose file, and a module that it imports, are gone after it was found."""
    Path("beside.py").touch()
    change_module("import beside\n")
    model = find("my_module:Quiet")
    Path("beside.py").unlink()
    Path("my_module.py").unlink()
    return model


def test_workers_need_no_file() -> None:
    loaded, model = [scenario.load(TWO)], find("my_module:Quiet")
    Path("my_module.py").write_text("1 / 0\n")
    outcome = batch.run(store.create_or_open("own", loaded, 1, 6, model=model), 2)
    assert (outcome.done, outcome.failed) == (6, 0)
    assert FIRST_GROUP not in attackers("own")


def test_workers_that_cannot_import_what_it_imports_say_so_in_one_line() -> None:
    model, loaded = vanishing(), [scenario.load(TWO)]
    with pytest.raises(PoolError) as told:
        batch.run(store.create_or_open("own", loaded, 1, 6, model=model), 2)
    last = len((MODULE + "import beside\n").splitlines())
    assert str(told.value) == (
        "the workers cannot load the engine:\n--model my_module:Quiet: importing it failed,"
        f" my_module.py, line {last}: ModuleNotFoundError: No module named 'beside'"
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Dask are its own
def test_a_dask_cluster_gets_the_class(dask: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, _ = dask
    run("--model", "my_module:Quiet", "--out", "here")
    run("--model", "my_module:Quiet", "--out", "there", "--executor", address)
    assert table_bytes(Path("here")) == table_bytes(Path("there"))
    model, loaded = vanishing(), [scenario.load(TWO)]
    results = store.create_or_open("own", loaded, 1, 6, model=model)
    with pytest.raises(PoolError) as told:
        batch.run(results, pool=daskpool.find(address))
    assert "No module named 'beside'; every worker must be able to import what your file" in str(
        told.value
    )


# Comparing with the stock model


@pytest.fixture
def both() -> list[Path]:
    run("--model", "my_module:Quiet", "--out", "own")
    run("--out", "stock")
    return [Path("stock"), Path("own")]


@pytest.mark.usefixtures("undrawn")
def test_the_same_scenario_of_two_models_is_compared_pair_by_pair(both: list[Path]) -> None:
    frames = analysis.load(*both)
    assert list(frames.scenarios) == ["two-groups (stock)", "two-groups (own)"]
    assert {name: model.name for name, model in frames.models.items()} == {
        "two-groups (own)": "my_module:Quiet"
    }
    assert frames.only(["two-groups (stock)"]).models == {}
    assert analysis.as_reported(frames).models == frames.models
    table = analysis.compare(frames, outcomes=["killed"])
    runs = frames.runs.pivot(index="replicate", columns="scenario", values="killed")
    difference = (runs["two-groups (own)"] - runs["two-groups (stock)"]).mean()
    [row] = table.to_dict("records")
    assert (row["scenario"], row["difference"]) == ("two-groups (own)", pytest.approx(difference))
    told = reprisal("compare", *both, "--format", "png")
    assert told.exit_code == 0, told.output
    text = Path("stock/comparison/comparison.md").read_text()
    assert "Not of the stock model: two-groups (own) with my_module:Quiet." in text


def test_runs_of_two_models_are_never_put_together() -> None:
    for number, folder in ((2, "a"), (4, "b")):
        change_module(f"# {number}\n")
        run("--model", "my_module:Quiet", "--out", folder, "--replicates", number)
    assert list(analysis.load("a", "b").scenarios) == ["two-groups (a)", "two-groups (b)"]
    run("--model", "my_module:Quiet", "--out", "c", "--replicates", 6)
    assert list(analysis.load("b", "c").scenarios) == ["two-groups"]


@pytest.mark.usefixtures("undrawn")
def test_the_report_names_the_class(both: list[Path]) -> None:
    sha = find("my_module:Quiet").sha256
    text = markdown(report(analysis.load(*both)))
    model = f"my_module:Quiet (my_module.py, SHA-256 {sha})"
    plain = text.replace("\\", "")
    assert f"Run with {model}." in plain
    assert f"two-groups (own) was run with a class of the user's own, {model}." in plain
    only = markdown(report(analysis.load(both[1]))).replace("\\", "")
    assert only.count(model) >= 3
    assert "SHA-256" not in str(setting.manifest(analysis.load(both[0])))


@pytest.mark.slow
def test_a_calibration_runs_the_class() -> None:
    done = reprisal(
        *("calibrate", TWO, "--range", "reprisal.half_life=1d..4d", "--draws", 221),
        *("--check", 20, "--workers", 2, "--model", "my_module:Quiet"),
        *("--table", "runs", "--out", "calibrated"),
    )
    assert done.exit_code == 0, done.output
    assert FIRST_GROUP not in attackers("runs")


def test_finding_imports_mesa_and_the_rest_does_not() -> None:
    program = (
        "import sys; import reprisal.app, sim.ownmodel, sim.store, sim.batch.choice;"
        "print('mesa' in sys.modules); sim.ownmodel.find('my_module:Quiet');"
        "print('mesa' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\nTrue\n"


def test_outcomes_of_a_function_of_parameters() -> None:
    loaded, model = scenario.load(TWO), find("my_module:Quiet")
    own = batch.as_function(loaded, 1, choice.for_model("auto", model))(replicate=3)
    assert own["killed"] == batch.run_one(loaded, 1, 3, model=model)["runs"]["killed"][0]
    assert set(own) == {column.name for column in OUTCOMES}
