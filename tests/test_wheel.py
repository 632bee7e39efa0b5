"""A wheel, installed where there is no checkout, does all that a newcomer begins with.

As ``python -m build`` does, the wheel is built from the source archive. It is installed alone into
a new environment; its libraries are those of the environment that runs the tests, which come
from the lock.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


class Place:
    """A working folder with an environment that holds the wheel."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.bin = environment / "bin"
        self.folder = folder
        self.folder.mkdir()

    def __call__(self, *command: object, code: int = 0) -> str:
        done = self.call(self.bin / "reprisal", *command)
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def call(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a program here, with nothing of the checkout in reach."""
        ours = {"MPLBACKEND": "Agg", "REPRISAL_CACHE": str(self.folder.parent / "cache")}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=kept | ours,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def python(*arguments: object, folder: Path = ROOT) -> None:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    python("-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=source)
    (wheel,) = folder.glob("*.whl")
    home = folder / "environment"
    python("-m", "venv", home)
    install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    done = subprocess.run([home / "bin" / "python", *install], check=False)
    assert done.returncode == 0
    (packages,) = home.glob("lib/python*/site-packages")
    # A folder named in a .pth file brings its libraries, but not the checkout that it points to.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return home


@pytest.fixture
def here(environment: Path, tmp_path: Path) -> Place:
    return Place(environment, tmp_path / "elsewhere")


def test_shipped_scenarios_run_by_name(here: Place) -> None:
    where = here.call(here.bin / "python", "-c", "import sim; print(sim.__file__)").stdout
    assert where.startswith(str(here.bin.parent))
    assert "\niraq-2022 " in here("show")
    asked = ("run", "iraq-2022", "--replicates", 2, "--out", "results/call")
    here(*asked)
    assert "Nothing to do: every run is finished." in here(*asked)
    kept = json.loads((here.folder / "results/call/manifest.json").read_text())["scenarios"]
    assert [each["source"] for each in kept] == ["iraq-2022"]
    assert "iraq-2022" in here("verify", "--status", "results/call")
    here("report", "results/call")
    assert list(here.folder.glob("results/call/**/*.html"))
    here("evaluate", "results/call")


def test_posteriors_and_targets_travel(here: Place) -> None:
    told = here("run", "iraq-2022", "--uncertain", "--dry-run")
    assert re.search(r"draws of \d+ numbers from the posterior in .*iraq-2022\.yaml", told)
    refused = here("calibrate", "iraq-2022", "--targets", "iraq-2022", "--keep", code=2)
    assert "reprisal new NAME --from SCENARIO" in " ".join(refused.split())
    assert not list(here.folder.iterdir())


def test_a_first_scenario_is_written_checked_run_and_extended(here: Place) -> None:
    told = here("new", "my-case")
    here(*re.findall(r"Next: reprisal (.*)", told)[0].split())
    then = re.findall(r"Then: reprisal (.*)", told)[0]
    here(*then.replace("100", "2").split())
    assert list(here.folder.glob("results/my-case-*/figures/killed.png"))
    here("new", "my-child", "--from", "iraq-2022")
    (here.folder / "mine.yaml").write_text("extends: my-child\ntitle: Mine\n")
    assert "OK mine.yaml: Mine" in here("validate", "my-child.yaml", "mine.yaml")
    here("run", "mine", "--replicates", 1, "--out", "results/mine")


def test_an_unknown_name_tells_the_nearest(here: Place) -> None:
    told = here("run", "iraq-22", code=2)
    assert "'reprisal show'" in told
    assert "did you mean 'iraq-2022'" in told


def test_a_module_of_the_user_is_in_the_way_only_where_python_finds_it(here: Place) -> None:
    (here.folder / "sim.py").write_text("raise ZeroDivisionError\n")
    (here.folder / "analysis").mkdir()
    (here.folder / "analysis" / "__init__.py").touch()
    assert here("--version").startswith("reprisal ")
    here("validate", "two-groups")
    refused = here.call(here.bin / "python", "-m", "reprisal", "--version")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.fullmatch(r"sim\.py is in the way: .* Rename yours, .*\n", refused.stderr)
    (here.folder / "sim.py").unlink()
    refused = here.call(here.bin / "python", "-m", "reprisal", "--version")
    assert re.fullmatch(r"analysis/ is in the way: .*\n", refused.stderr)


def test_the_schema_that_a_shipped_file_names_travels(here: Place) -> None:
    program = "from sim import shipped; print(shipped.folder())"
    folder = Path(here.call(here.bin / "python", "-c", program).stdout.strip())
    files = sorted(folder.glob("*.yaml"))
    assert len(files) == len(list(ROOT.glob("scenarios/*.yaml")))
    for file in files:
        schema = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
        assert (folder / schema).is_file(), file
