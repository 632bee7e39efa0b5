"""One run as a moving picture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from analysis import replay, style
from analysis.replay import write_replay
from reprisal.app import app
from sim import batch
from sim.scenario import Loaded, load


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few frames, so that drawing takes a moment."""
    monkeypatch.setattr(replay, "FRAMES", 4)


def frames(file: Path) -> list[np.ndarray]:
    found = []
    with Image.open(file) as image:
        for number in range(image.n_frames):
            image.seek(number)
            found.append(np.asarray(image.convert("RGB"), dtype=int))
    return found


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", ["two-groups", "iraq-2022"])
def test_a_run_moves(name: str, tmp_path: Path) -> None:
    loaded = load(name)
    run = batch.play(loaded, 1)
    shown = frames(write_replay(loaded, run, tmp_path / "run.gif"))
    assert 3 <= len(shown) <= 6
    assert {each.shape for each in shown} == {(600, 800, 3)}
    assert all((one != other).any() for one, other in pairwise(shown))


@pytest.mark.usefixtures("short")
def test_every_group_keeps_its_colour(tmp_path: Path) -> None:
    loaded = load("iraq-2022")
    shown = frames(write_replay(loaded, batch.play(loaded, 1), tmp_path / "run.gif"))
    legend = shown[-1][560:, :].reshape(-1, 3)
    for place in range(len(loaded.scenario.groups)):
        wanted = [int(style.look(place).colour[n : n + 2], 16) for n in (1, 3, 5)]
        assert np.abs(legend - wanted).sum(axis=1).min() < 40, place


def test_the_end_is_shortly_after_most_of_the_dead() -> None:
    deaths = [{"tick": tick, "killed": 1} for tick in range(100)]
    late = {"tick": 900, "killed": 1}
    run = {"engagements": [*deaths, late], "tick": 1.0, "ticks": 1000}
    ticks = replay._ticks(run)
    assert ticks[0] == 0
    assert ticks[-1] == 95 + 12
    assert len(ticks) <= replay.FRAMES + 2
    assert replay._ticks({"engagements": [], "tick": 1.0, "ticks": 1000})[-1] == 24


def typical(loaded: Loaded) -> int:
    killed = [len_of(batch.play(loaded, number)) for number in range(100)]
    middle = float(np.median(killed))
    return int(np.argmin([abs(each - middle) for each in killed]))


def len_of(run: dict[str, list[dict[str, int]]]) -> int:
    return sum(each["killed"] for each in run["engagements"])


@pytest.mark.usefixtures("short")
def test_the_command_draws_the_typical_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--set", "clock.length=5d"]
    done = CliRunner().invoke(app, ["replay", "two-groups", *options])
    assert done.exit_code == 0, done.output
    assert done.stdout == "two-groups.gif\n"
    assert f"Drawing run {typical(load('two-groups', ['clock.length=5d']))} ..." in done.stderr
    one = CliRunner().invoke(app, ["replay", "two-groups", *options, "--replicate", "3"])
    assert "Drawing run 3 ..." in one.stderr


def test_another_ending_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["replay", "two-groups", "--out", str(tmp_path / "run.mp4")])
    assert done.exit_code == 2
    assert ".gif" in done.stderr
