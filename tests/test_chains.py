"""Chains against the law of a branching process, and the tree of one run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

import analysis
from analysis import chains, longestchains
from analysis.frames import Frames
from tests import synthetic


@pytest.fixture(scope="module")
def frames() -> Frames:
    return synthetic.frames({"base": 0.8, "none": 0.0}, replicates=20)


def grown(ratio: float, number: int) -> pd.DataFrame:
    """Chains of a Galton-Watson process with Poisson offspring, a run each."""
    luck = np.random.default_rng(5)
    found = []
    for _ in range(number):
        size = length = 0
        living = 1
        while living:
            size, length = size + living, length + 1
            living = int(luck.poisson(ratio * living))
        found.append((size, length))
    table = pd.DataFrame(found, columns=["size", "length"])
    return table.assign(replicate=np.arange(number))


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.7])
def test_the_law_of_sizes_sums_to_one_with_the_right_mean(ratio: float) -> None:
    tail = chains.size_tail(np.arange(1, 2000), ratio)
    assert tail[0] == 1
    assert tail.sum() == pytest.approx(1 / (1 - ratio))  # the mean is the sum of the tail


def test_the_law_of_lengths_by_hand() -> None:
    tail = chains.length_tail([1, 2, 3], 0.5)
    once = np.exp(-0.5)
    assert tail == pytest.approx([1, 1 - once, 1 - np.exp(0.5 * (once - 1))])


@pytest.mark.parametrize("measure", ["size", "length"])
def test_grown_chains_follow_the_law(measure: str) -> None:
    """A share over 4,000 chains lies within 4 standard errors, wrongly refused 1 in 16,000."""
    table, points = grown(0.6, 4000), np.array([2, 3, 5, 8])
    law = chains.TAILS[measure](points, 0.6)
    share = (table[measure].to_numpy()[:, None] >= points).mean(axis=0)
    assert (np.abs(share - law) < 4 * np.sqrt(law * (1 - law) / 4000)).all()


def test_the_ratio_is_the_share_of_caused_engagements(frames: Frames) -> None:
    table = analysis.branching_ratios(frames)
    assert list(table["scenario"]) == ["base"]
    row = table.iloc[0]
    engagements = frames.engagements
    assert row["ratio"] == pytest.approx((engagements["parent"] >= 0).mean())
    assert row["mean_size"] == pytest.approx(1 / (1 - row["ratio"]))
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert chains.ratio_of(grown(0.6, 4000)) == pytest.approx(0.6, abs=0.03)


def test_the_law_is_drawn_beside_the_chains(frames: Frames) -> None:
    table = analysis.chain_sizes(frames)
    with_law, without = Figure().subplots(1, 2)
    chains.chain_tail(table, with_law, "size", law=True)
    chains.chain_tail(table, without, "size")
    assert len(with_law.lines) == len(without.lines) + 1
    law = with_law.lines[-1]
    expected = chains.size_tail(law.get_xdata(), chains.ratio_of(table))
    assert list(law.get_ydata()) == pytest.approx(list(expected))


def test_the_typical_run_has_the_median(frames: Frames) -> None:
    runs = frames.runs[frames.runs["scenario"] == "base"].set_index("replicate")["killed"]
    found = runs[analysis.typical_run(frames, "base")]
    assert abs(found - runs.median()) == (runs - runs.median()).abs().min()


def test_a_tree_has_a_mark_for_each_engagement_and_a_line_to_each_parent(frames: Frames) -> None:
    replicate = analysis.typical_run(frames, "base")
    rows = analysis.lineage(frames, "base", replicate)
    ax = Figure().subplots()
    analysis.tree(frames, "base", replicate, ax)
    marks = np.concatenate(
        [c.get_offsets() for c in ax.collections if not isinstance(c, LineCollection)]
    )
    lines = [s for c in ax.collections if isinstance(c, LineCollection) for s in c.get_segments()]
    assert len(marks) == len(rows)
    caused = rows[rows["parent"] >= 0]
    assert len(lines) == len(caused)
    ends = {(round(float(line[1][0]), 6), float(line[1][1])) for line in lines}
    wanted = {(round(float(date2num(row.time)), 6), float(row.y)) for row in caused.itertuples()}
    assert ends == wanted


def test_lanes_do_not_overlap_and_a_chain_keeps_its_line(frames: Frames) -> None:
    rows = analysis.lineage(frames, "base", analysis.typical_run(frames, "base"))
    spans = rows.groupby("province")["y"].agg(["min", "max"]).sort_values("min")
    assert (spans["min"].to_numpy()[1:] > spans["max"].to_numpy()[:-1] + 1).all()
    assert (rows.groupby(["province", "root"])["y"].nunique() == 1).all()


def test_the_longest_chains_are_drawn_whole_and_apart(frames: Frames) -> None:
    found = longestchains.longest_chains(frames, "base", 5)
    rows = frames.engagements[frames.engagements["scenario"] == "base"]
    depths = rows.groupby(["replicate", "root"])["depth"].max().sort_values(ascending=False)
    for chain, own in found.groupby("chain"):
        root = int(own["engagement"].iloc[0])
        replicate = int(own["replicate"].iloc[0])
        whole = rows[(rows["replicate"] == replicate) & (rows["root"] == root)]
        assert sorted(own["engagement"]) == sorted(whole["engagement"])
        assert whole["depth"].max() == depths.iloc[int(str(chain))]
        assert own["hours"].min() == 0
        place = own.set_index("engagement")
        for row in own.itertuples():
            siblings = own[(own["parent"] == row.parent) & (row.parent >= 0)]["line"]
            assert siblings.is_unique
            if row.parent >= 0:
                assert row.line >= place.loc[row.parent, "line"]


def test_chains_of_no_run_say_so(frames: Frames) -> None:
    ax = Figure().subplots()
    found = longestchains.longest_chains(frames, "base", 0)
    longestchains.chain_trees(found, ax, ["first"], {})
    assert ax.texts[0].get_text() == "no engagement in any run"


def test_a_run_without_engagements_says_so(frames: Frames) -> None:
    ax = Figure().subplots()
    analysis.tree(frames, "none", 0, ax)
    assert [text.get_text() for text in ax.texts] == ["no engagement in this run"]
