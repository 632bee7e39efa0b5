"""One run as a moving picture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from analysis import replay, style
from analysis.replay import write_replay
from reprisal.app import app
from reprisal.options import EngineName
from reprisal.single import draw_run, one_run
from sim import batch
from sim.ownmodel import OwnModel
from sim.scenario import Loaded, load
from sim.scenario.variants import expand

STANCE = "stances.mobilised.reprisal"


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


def test_letters_that_stand_beside_provinces_are_explained() -> None:
    loaded = load("two-groups")
    run = batch.play(loaded, 1)
    with style.context():
        words = " ".join(text.get_text() for text in replay._Stage(loaded, run)._figure.texts)
        still = replay._Stage(loaded, run | {"stances": []})
        none = " ".join(text.get_text() for text in still._figure.texts)
    assert "M: mobilised" in words
    assert "M:" not in none


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
    command = ["run", "two-groups", *options, "--replay", "run.gif"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert done.stdout == "run.gif\n"
    assert [path.name for path in tmp_path.iterdir()] == ["run.gif"]
    assert f"Drawing run {typical(load('two-groups', ['clock.length=5d']))} ..." in done.stderr
    assert "Drawing run 3 ..." in CliRunner().invoke(app, [*command, "--only", "3"]).stderr


@pytest.mark.usefixtures("short")
def test_a_run_of_a_design_is_drawn_at_its_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (loaded,) = expand(["two-groups"], (), [f"{STANCE}=0.1..0.5"], size=2)
    drawn = []
    monkeypatch.setattr(replay, "write_replay", lambda *asked: drawn.append(asked) or asked[-1])
    draw_run(tmp_path / "run.gif", "3", [loaded], 1)
    ((at_point, run, _),) = drawn
    assert run["replicate"] == 1
    assert at_point.scenario.stances.mobilised.reprisal == 0.5
    assert len_of(run) == batch.run_one(loaded, 1, 3)["runs"]["killed"][0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--replay", "run.mp4"], ".gif"),
        (["curfew", "--replay", "run.gif"], "add --only two-groups/0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["run", "two-groups", *options])
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_model_of_the_user_is_not_drawn_as_the_stock_one() -> None:
    model = cast("OwnModel", object())
    with pytest.raises(typer.BadParameter, match="leave --model out"):
        one_run("", Path("run.gif"), [load("two-groups")], 1, EngineName.AUTO, model)
