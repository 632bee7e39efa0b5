"""What the README tells a newcomer to type works, in the order in which it is told.

Blocks are executed in one scratch folder that has the shipped scenarios: ``bash`` line by
line, ``python`` as a program, ``yaml`` written to the file that its first line names.
Replicates are cut to two.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reprisal.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)\)")
SET_UP = {
    "make run",
    "make test",
    "python3 -m venv .venv",
    ".venv/bin/python -m pip install --require-hashes -r requirements.lock",
    ".venv/bin/python -m pip install --no-deps --no-build-isolation -e .",
    "source .venv/bin/activate",
}


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(README)


def commands() -> list[str]:
    shell = [text for language, text in blocks() if language == "bash"]
    return [line for text in shell for line in text.splitlines()]


def makefile_recipe(target: str) -> list[str]:
    lines = (ROOT / "Makefile").read_text().split(f"\n{target}:", 1)[1].splitlines()[1:]
    recipe = lines[: lines.index("")] if "" in lines else lines
    return [line.strip() for line in recipe]


def execute(arguments: list[str], folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
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
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"


def follow(language: str, text: str, folder: Path) -> None:
    if language == "bash":
        for line in text.splitlines():
            if line not in SET_UP:
                short = re.sub(r"--replicates \d+", "--replicates 2", line)
                execute(["bash", "-c", short], folder)
    elif language == "python":
        execute([sys.executable, "-W", "error", "-c", text], folder)
    else:
        name = text.splitlines()[0].removeprefix("# ")
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_everything_the_readme_tells_works(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    for language, text in blocks():
        follow(language, text, tmp_path)
    assert list((tmp_path / "results").glob("*/figures/*.png"))


def test_readme_uses_only_languages_that_are_followed() -> None:
    assert {language for language, _ in blocks()} <= {"bash", "python", "yaml"}


def test_every_set_up_line_is_told() -> None:
    assert set(commands()) >= SET_UP


def test_plain_lines_do_what_make_run_does() -> None:
    binaries = "$(BIN)/"
    assert makefile_recipe("run") == [
        f"{binaries}{line}" for line in commands() if "iraq-2022.yaml scenarios/no-with" in line
    ]
    installed = "\n".join(makefile_recipe("$(INSTALLED)"))
    for line in SET_UP:
        if "pip install" in line:
            quiet = line.replace(".venv/bin/", binaries).replace("install", "install --quiet", 1)
            assert quiet in installed


def test_local_links_lead_somewhere() -> None:
    local = [link for link in LINK.findall(README) if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


@pytest.mark.parametrize(
    ("options", "file"),
    [
        ([], "schema/scenario.json"),
        (["--partial"], "schema/scenario-partial.json"),
        (["--parameters"], "docs/parameters.md"),
    ],
)
def test_files_made_from_the_code_are_up_to_date(options: list[str], file: str) -> None:
    made = CliRunner().invoke(app, ["schema", *options])
    assert made.exit_code == 0
    assert (ROOT / file).read_text(encoding="utf-8") == made.stdout, "run: make docs"
