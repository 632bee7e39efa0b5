"""What is written is whole or absent, and a batch does not end because nobody can be told of it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner

from reprisal.app import app
from reprisal.progress import show_progress
from reprisal.wording import say
from sim import batch, store
from sim.batch import Progress
from sim.store import StoreError, files
from tests.batches import make
from tests.fake_engine import ENGINE

ROOT = Path(__file__).parents[1]
FULL = "No space left on device"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = store.create_or_open("results", [make(tmp_path / "files", "base")], 7, 10)
    batch.run(made, 1, engine=ENGINE)
    return made.folder


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, FULL)


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (["export", "results"], "results/export-csv/runs.csv"),
        (["export", "results", "--format", "mesa"], "results/export-mesa/batch.csv"),
        (["plot", "results", "--figure", "killed"], "results/figures/"),
        (["report", "results"], "results/report/report.html"),
        (["show", "--schema", "--out", "schema.json"], "schema.json"),
    ],
    ids=["tables", "batch", "plot", "report", "schema"],
)
@pytest.mark.usefixtures("results")
def test_a_full_disk_leaves_what_was_there(
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    command: list[str],
    file: str,
) -> None:
    if command[0] == "report":  # its words and tables are enough
        request.getfixturevalue("undrawn")
    assert CliRunner().invoke(app, command).exit_code == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    monkeypatch.setattr(os, "fsync", full)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    [line] = [line for line in done.output.splitlines() if line.endswith(f": {FULL}")]
    assert line.startswith(file)
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_a_new_file_that_cannot_be_written_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "open", lambda *_, **__: _Full(tmp_path / "new"), raising=False)
    with pytest.raises(OSError, match=FULL) as raised:
        files.create_text(tmp_path / "new", "text")
    assert raised.value.filename == str(tmp_path / "new")
    assert not (tmp_path / "new").exists()


class _Full:
    """A file on a full disk."""

    def __init__(self, path: Path) -> None:
        path.touch()

    def __enter__(self) -> _Full:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def write(self, _: str) -> None:
        full(0)


def test_a_folder_that_is_removed_meanwhile_is_not_said_to_be_safe(results: Path) -> None:
    loaded = make(Path("files"), "slow", "wait:0.3")
    grown = store.create_or_open(results, [loaded], 7, 10)

    def remove(state: Progress) -> None:
        if state.done and results.exists():
            shutil.rmtree(results)

    with pytest.raises(StoreError, match="was moved or removed while the batch ran"):
        batch.run(grown, 1, remove, engine=ENGINE)
    assert not results.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("closed", [True, False])
def test_a_batch_goes_on_when_nobody_can_be_told(tmp_path: Path, closed: bool) -> None:
    command = [
        sys.executable, "-m", "reprisal", "run", str(ROOT / "scenarios" / "two-groups.yaml"),
        "--replicates", "2", "--workers", "1", "--engine", "interpreted", "--out", "results",
    ]  # fmt: skip
    shell = 'exec "$@" 2>&-' if closed else 'exec "$@" 2>/dev/full'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        ["sh", "-c", shell, "sh", *command],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert told.stdout == "results\n"
    assert len(store.open(tmp_path / "results").finished("two-groups")) == 2


class _Unwritable:
    """A stream that takes nothing."""

    def isatty(self) -> bool:
        return False

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, FULL)

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, FULL)


def test_what_cannot_be_said_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Progress(1, 0, 2, 9.0, None, None, 1, False, False, ())
    stream: IO[str] = _Unwritable()  # type: ignore[assignment]
    with show_progress(2, stream) as show:
        show(state)
    monkeypatch.setattr(sys, "stderr", stream)
    say("nothing")
    monkeypatch.setattr(sys, "stderr", None)
    with show_progress(2) as show:
        show(state)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_result_that_cannot_be_told_is_said(results: Path) -> None:
    command = [sys.executable, "-m", "reprisal", "verify", "--status", str(results)]
    with Path("/dev/full").open("w") as nowhere:
        told = subprocess.run(
            command, stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert told.returncode == 2
    assert f"the standard output: {FULL}" in told.stderr
