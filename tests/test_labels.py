"""What scenarios are called in figures, and what stays their name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis import figures, labels, style
from analysis.comparison import figures as comparison
from analysis.frames import Frames
from tests import synthetic


def frames_of(titles: dict[str, str]) -> Frames:
    made = synthetic.frames(dict.fromkeys(titles, 0.8), 6, synthetic.SMALL_TILES, "7d", "south")
    worlds = {
        name: replace(
            made.scenarios[name],  # type: ignore[type-var]
            scenario=synthetic.scenario(synthetic.SMALL_TILES, "7d", "south", title),
        )
        for name, title in titles.items()
    }
    return replace(made, scenarios=worlds, missing={next(iter(titles)): 2})


@pytest.mark.parametrize(
    ("titles", "wanted"),
    [
        ({"a": "One", "b": "Two"}, ["One", "Two"]),
        ({"a": "One", "b": "One"}, ["a", "b"]),
        ({"a": "One", "a+x=1": "One", "a+x=2": "One"}, ["One", "x=1", "x=2"]),
        ({"a+x=1+y=2": "One", "b": "Two"}, ["One: x=1, y=2", "Two"]),
        ({"a+x=1+y=2": "One", "b+x=1+y=2": "One"}, ["a+x=1+y=2", "b+x=1+y=2"]),
    ],
)
def test_a_label_is_the_title_with_what_was_set(titles: dict[str, str], wanted: list[str]) -> None:
    assert list(labels.labels(frames_of(titles)).values()) == wanted


def test_results_under_their_labels_are_the_same_results() -> None:
    frames = frames_of({"a": "One", "b": "Two"})
    shown = labels.titled(frames)
    assert list(shown.scenarios) == ["One", "Two"]
    assert shown.missing == {"One": 2}
    for table in ("runs", "engagements"):
        before, after = frames.table(table), shown.table(table)
        assert (before["scenario"] == "b").tolist() == (after["scenario"] == "Two").tolist()
        pd.testing.assert_frame_equal(
            before.drop(columns="scenario"), after.drop(columns="scenario")
        )
    assert labels.titled(shown) is shown
    assert set(shown.only(["Two"]).runs["scenario"]) == {"Two"}


def test_figures_show_titles_and_tables_keep_names(tmp_path: Path) -> None:
    frames = frames_of({"a": "One crisis", "b": "Another course of it"})
    with style.context():
        drawn = dict(figures.some(frames, "killed", "timeline", "differences"))
    legend = [text.get_text() for text in drawn["killed"].legends[0].get_texts()]
    assert legend == ["One crisis", "Another course of it"]
    assert "Another course of it" in drawn["timeline"].axes[3].get_title(loc="left")
    table = analysis.compare(frames, outcomes=["killed"])
    with style.context():
        compared = dict(comparison.every(frames, table))
    rows = [label.get_text() for label in compared["forest-killed"].axes[0].get_yticklabels()]
    assert rows == ["Another course of it"]
    (page,) = [
        path
        for path in analysis.write_comparison(frames, table, tmp_path, ["txt"])
        if path.suffix == ".csv"
    ]
    assert list(pd.read_csv(page)["scenario"]) == ["b"]


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("base+stances.mobilised.own=0.2", 17, ["base+stances.", "mobilised.own=0.2"]),
        ("Iraq 2022: the call a day later", 20, ["Iraq 2022: the call", "a day later"]),
        ("two-groups: reprisal=0.25", 15, ["two-groups:", "reprisal=0.25"]),
    ],
)  # fmt: skip
def test_labels_break_at_words_and_never_in_a_number(
    text: str, width: int, rows: list[str]
) -> None:
    assert style.wrap(text, width).split("\n") == rows


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Supreme Court on dissolving parliament: positive", 40,
         "Supreme Court on … parliament: positive"),
        ("two-groups+river_guard.compliance=0.85+half_life=12h", 44,
         "two-groups+…compliance=0.85+half_life=12h"),
        ("abcdefghijklmnopqrstuvwxyz", 13, "abcd…stuvwxyz"),
    ],
)  # fmt: skip
def test_a_long_label_loses_its_middle_between_words(text: str, width: int, shown: str) -> None:
    assert style.wrap(text, width, lines=1) == shown
