"""``reprisal.run`` from Python: the same as the command, with progress in notebooks."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

import reprisal
from reprisal import calls
from sim import store
from sim.batch import choice
from sim.scenario import ScenarioError
from tests.batches import make
from tests.fake_engine import ENGINE


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(choice, "choose", lambda *_: ENGINE)
    made = make(tmp_path / "s", "base").path
    assert made is not None
    return made


def test_it_gives_frames_and_continues(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = reprisal.run(file, replicates=3)
    assert len(frames.runs) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "3 of 3 runs" in told.err
    (folder,) = frames.folders
    assert folder.parent == Path("results")
    assert folder.name.startswith("base-")
    more = reprisal.run(file, replicates=5, progress=False)
    assert more.folders == frames.folders
    assert len(more.runs) == 5
    assert capsys.readouterr().err == ""


def test_sets_sweeps_and_a_folder_are_those_of_the_command(file: Path, tmp_path: Path) -> None:
    frames = reprisal.run(
        file,
        replicates=2,
        sets=["battle.half_life=1h"],
        sweeps=["reprisal.half_life=1d,2d"],
        out=tmp_path / "mine",
        seed=7,
        progress=False,
    )
    assert list(frames.scenarios) == [
        f"base+battle.half_life=1h+reprisal.half_life={each}" for each in ("1d", "2d")
    ]
    assert set(frames.runs["seed"]) == {7}
    assert store.open(tmp_path / "mine").seed == 7


def test_ticks_need_not_be_stored(file: Path) -> None:
    frames = reprisal.run(file, replicates=2, ticks=False, progress=False)
    assert frames.counted == {"base"}
    assert reprisal.run(file, replicates=3, progress=False).counted == {"base"}


def test_a_wrong_file_raises_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="did you mean"):
        reprisal.run("two-group")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_gets_a_bar(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class ZMQInteractiveShell:
        pass

    class Shown:
        def update(self, text: str) -> None:
            seen.append(text)

    display = types.SimpleNamespace(HTML=str, display=lambda *_, **__: Shown())
    shell = types.ModuleType("IPython")
    shell.get_ipython = ZMQInteractiveShell  # type: ignore[attr-defined]
    shell.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", shell)
    reprisal.run(file, replicates=2)
    assert 'value="2" max="2"' in seen[-1]
    assert "2 of 2 runs" in seen[-1]


def test_outside_a_notebook_there_is_none() -> None:
    assert calls._notebook() is None


def test_importing_it_costs_nothing() -> None:
    program = (
        "import sys, reprisal; print(sorted({'pandas', 'pydantic', 'typer'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    with pytest.raises(AttributeError, match="no attribute 'runs'"):
        _ = reprisal.runs
