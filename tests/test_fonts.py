"""Labels in scripts that the font of figures lacks."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from analysis import fonts, sheet, style
from analysis.drawing import render
from reprisal.app import app

HELD, NOWHERE = (
    "\u210a\u231a",
    "\u1aaa",
)  # fonts of Matplotlib have the first, hardly one the second


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_TOLD", set())


def labelled(text: str) -> Figure:
    figure = sheet.make(f"Of {text}", [f"{text} again"], 1.0, [(0, text)])
    ax = figure.subplots()
    ax.set_yticks([0, 1], [text, "plain"])
    return figure


def test_signs_that_another_font_has_are_drawn_with_it_and_nothing_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert fonts.lacking(f"a{HELD}") == set(HELD)
    with style.context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = labelled(HELD)
        assert render(figure, ["png", "svg", "pdf"])
    assert not caplog.records
    title = figure.texts[0]
    assert title.get_fontweight() == "normal"  # the other font has the signs in this weight alone
    (tick, _) = figure.axes[0].get_yticklabels()
    assert tick.get_fontfamily()[0] == fonts.FAMILY
    assert len(tick.get_fontfamily()) == 2


def test_a_sign_that_no_font_has_is_said_once_in_a_sentence() -> None:
    figures = [labelled(f"Group {NOWHERE}") for _ in range(2)]
    with style.context(), pytest.warns(fonts.SignWarning) as said:
        [render(figure, ["png"]) for figure in figures]
    (only,) = said
    assert f"has the signs {NOWHERE} of 'Group {NOWHERE}'" in str(only.message)
    assert "Install a font that has them" in str(only.message)


def test_the_command_says_it_without_a_place_in_the_code(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"extends: two-groups\ntitle: Of {NOWHERE}\n", encoding="utf-8")
    run = ["run", str(file), "--replicates", "2", "--out", str(tmp_path / "r")]
    assert CliRunner().invoke(app, run).exit_code == 0
    line = ["plot", str(tmp_path / "r"), "--figure", "killed", "--format", "png"]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("No font of this machine has the signs") == 1
    assert "Warning" not in done.stderr


def test_plain_texts_are_left_alone() -> None:
    figure = labelled("Sulaymaniyah, Kërkuk, كركوك")
    before = [text.get_fontfamily() for text in figure.texts]
    with style.context():
        fonts.settle(figure)
    assert [text.get_fontfamily() for text in figure.texts] == before
    assert fonts.measurable("abc") == "abc"
    assert fonts.measurable("a字") == "aW"
