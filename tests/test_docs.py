"""What README and docs ask to type works, in the order of the page.

Blocks are executed in one scratch folder that has the shipped scenarios: ``bash`` line by
line, ``python`` as a program, ``yaml``, ``csv`` and the ``python`` whose first line names a module
written to the file that it names; ``text`` is only read. Replicates and designs are cut to two,
calibrations to 260 draws and 4 of the posterior, and only the first ``--plot`` of a page is kept.
Pages with ``output`` blocks run as they stand, and print what these show. The page on mechanisms
is followed in a copy of the repository, with its ``diff`` blocks applied.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reprisal.app import app
from sim import engine
from sim.model import simulate
from sim.scenario import load
from sim.world import build

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "docs/first-figure.md",
    "docs/three-questions.md",
    "docs/class.md",
    "docs/scenario-files.md",
    "docs/from-a-chronology.md",
    "docs/deciding.md",
    "docs/comparing.md",
    "docs/exporting.md",
    "docs/reporting.md",
    "docs/laboratory.md",
    "docs/evaluation.md",
    "docs/event-logs.md",
    "docs/exploring.md",
    "docs/forecast.md",
    "docs/calibration.md",
    "docs/clusters.md",
    "docs/own-models.md",
)
MECHANISM = "docs/add-a-mechanism.md"
TREE = ("sim", "analysis", "reprisal", "tests", "scenarios", "schema", "docs", "pyproject.toml")
LIGHT, HEAVY = "docs/scenario-files.md", [pytest.mark.slow]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"# [\w/]+\.py\n")
LINK = re.compile(r"\]\(([^)#\s]+)\)")
SET_UP = {
    "make run",
    "make test",
    "python3 -m venv .venv",
    ".venv/bin/python -m pip install --require-hashes -r requirements.lock",
    ".venv/bin/python -m pip install --no-deps --no-build-isolation -e .",
    "source .venv/bin/activate",
}


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def commands(page: str) -> list[str]:
    shell = [text for language, text in blocks(page) if language == "bash"]
    return [line for text in shell for line in text.splitlines()]


def makefile_recipe(target: str) -> list[str]:
    lines = (ROOT / "Makefile").read_text().split(f"\n{target}:", 1)[1].splitlines()[1:]
    recipe = lines[: lines.index("")] if "" in lines else lines
    return [line.strip() for line in recipe]


def execute(arguments: list[str], folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    source = folder if (folder / "sim").exists() else ROOT
    environment = os.environ | {"PATH": path, "MPLBACKEND": "Agg", "PYTHONPATH": str(source)}
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done


def command(line: str, folder: Path) -> str:
    """Run a line; in this process, unless it runs code that stands in the folder."""
    own_code = "--model" in line or (folder / "sim").exists()
    if own_code or not line.startswith("reprisal "):
        return execute(["bash", "-c", line], folder).stdout
    done = CliRunner().invoke(app, shlex.split(line)[1:], prog_name="reprisal")
    assert done.exit_code == 0, f"{line}\n{done.output}"
    return done.stdout


def shortened(line: str, folder: Path) -> str:
    if list(folder.glob("results/*/figures")):
        line = line.replace(" --plot", "")
    if "--until" in line:
        return line
    line = re.sub(r"--size \d+", "--size 2", line)
    line = re.sub(r"--draws \d+", "--draws 260", line)
    line = re.sub(r"--check \d+", "--check 20", line)
    line = re.sub(r"--posterior \d+", "--posterior 4", line)
    return re.sub(r"--replicates \d+", "--replicates 2", line)


def follow(language: str, text: str, folder: Path, exact: bool = False) -> str:
    """Do what a block says; give what it printed."""
    if language == "bash":
        lines = [line for line in text.splitlines() if line not in SET_UP]
        asked = lines if exact else [shortened(line, folder) for line in lines]
        return "".join(command(line, folder) for line in asked)
    if language == "python" and not MODULE.match(text):
        return execute([sys.executable, "-W", "error", "-c", text], folder).stdout
    if language == "diff":
        apply(text, folder)
    elif language in ("python", "yaml", "csv"):
        name = text.splitlines()[0].removeprefix("# ")
        kept = text.partition("\n")[2] if language == "csv" else text
        kept = kept if exact else re.sub(r"\bsize: \d+", "size: 2", kept)
        (folder / name).write_text(kept, encoding="utf-8")
    return ""


def apply(text: str, folder: Path) -> None:
    """Change a file as a diff without line numbers says, at the one place where it fits."""
    name, *lines = text.splitlines()
    path = folder / name.removeprefix("# ")
    before, after = (
        "".join(f"{line[1:]}\n" for line in lines if line[0] != left_out) for left_out in "+-"
    )
    source = path.read_text(encoding="utf-8")
    assert source.count(before) == 1, f"{path} has not once:\n{before}"
    path.write_text(source.replace(before, after), encoding="utf-8")


def follow_page(page: str, folder: Path) -> None:
    """Do what all blocks of a page say, and compare what they print where the page shows it."""
    exact, printed = "output" in dict(blocks(page)), ""
    for language, text in blocks(page):
        if language == "output":
            assert printed == text
        else:
            printed = follow(language, text, folder, exact)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_page_has_a_command_and_options_that_exist(page: str) -> None:
    program = get_command(app)
    for line in commands(page):
        if line.startswith("reprisal "):
            _, name, *options = shlex.split(line)
            asked = program.commands[name]  # type: ignore[attr-defined]
            asked.make_parser(asked.context_class(asked)).parse_args(options)


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=HEAVY * (page != LIGHT)) for page in PAGES]
)
def test_everything_a_page_says_works(page: str, scratch: Path) -> None:
    follow_page(page, scratch)
    asked_to_plot = any(
        "--plot" in line
        or "--until" in line
        or (line.startswith("reprisal plot ") and "--out" not in line)
        for line in commands(page)
    )
    assert bool(list(scratch.glob("results/*/figures/*.png"))) == asked_to_plot


@pytest.mark.slow
def test_the_mechanism_of_the_page_works_in_a_copy_of_the_repository(tmp_path: Path) -> None:
    for name in TREE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    follow_page(MECHANISM, tmp_path)
    assert "Mourning" in (tmp_path / "docs" / "mechanisms.md").read_text(encoding="utf-8")


def test_the_problems_shown_are_those_that_validate_finds(scratch: Path) -> None:
    (_, wrong), (_, shown) = blocks("docs/scenario-files.md")[-2:]
    follow("yaml", wrong, scratch)
    done = execute(["reprisal", "validate", "scenarios/wrong.yaml"], scratch, code=2)
    assert done.stderr == shown


@pytest.mark.parametrize("page", [*PAGES, MECHANISM])
def test_pages_use_only_languages_that_are_followed(page: str) -> None:
    known = {"bash", "python", "yaml", "csv", "diff", "output", "text"}
    assert {language for language, _ in blocks(page)} <= known


def test_every_set_up_line_is_shown() -> None:
    assert set(commands("README.md")) >= SET_UP


def test_plain_lines_do_what_make_run_does() -> None:
    binaries = "$(BIN)/"
    assert makefile_recipe("run") == [
        f"{binaries}{line}"
        for line in commands("README.md")
        if "iraq-2022.yaml scenarios/no-with" in line and line.endswith("--plot")
    ]
    installed = "\n".join(makefile_recipe("$(INSTALLED)"))
    for line in SET_UP:
        if "pip install" in line:
            quiet = line.replace(".venv/bin/", binaries).replace("install", "install --quiet", 1)
            assert quiet in installed


@pytest.mark.parametrize("page", [*PAGES, MECHANISM])
def test_local_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    local = [link for link in LINK.findall(text) if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize(
    ("options", "file"),
    [
        (["--schema"], "schema/scenario.json"),
        (["--partial"], "schema/scenario-partial.json"),
        (["--parameters"], "docs/parameters.md"),
        (["--mechanisms"], "docs/mechanisms.md"),
    ],
)
def test_files_made_from_the_code_are_up_to_date(options: list[str], file: str) -> None:
    made = CliRunner().invoke(app, ["show", *options])
    assert made.exit_code == 0
    assert (ROOT / file).read_text(encoding="utf-8") == made.stdout, "run: make docs"


@pytest.mark.slow
def test_every_class_that_the_page_on_rules_shows_changes_runs_and_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    world = build(load(ROOT / "scenarios" / "two-groups.yaml").scenario)
    stock = [engine.simulate(world, 1, [replicate]) for replicate in range(12)]
    shown = [text for _, text in blocks("docs/own-models.md") if MODULE.match(text)]
    for text in shown:
        first, *lines = [line for line in text.splitlines() if line]
        assert len(lines) <= 15, first
        (tmp_path / first.removeprefix("# ")).write_text(text)
        module = importlib.import_module(first.removeprefix("# ").removesuffix(".py"))
        (kind,) = [each for name, each in vars(module).items() if name.endswith("Model")][1:]
        made = [simulate(world, 1, replicate, kind) for replicate in range(12)]
        assert any(
            one["engagements"]["tick"].tolist() != other["engagements"]["tick"].tolist()
            for one, other in zip(made, stock, strict=True)
        ), kind
    assert len(shown) == 3
