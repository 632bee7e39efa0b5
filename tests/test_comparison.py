"""Comparisons: closed forms, coverage by simulation, words, and what the figures show."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats
from typer.testing import CliRunner

import analysis
from analysis import intervals, tilemap
from analysis.chance import generator
from analysis.comparison import estimates, figures, ranking, words
from analysis.comparison.pairs import Pairs, difference
from analysis.frames import Frames
from reprisal.app import app
from tests import synthetic

COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=3, max_size=30)


def pairs_of(ours: object, theirs: object, name: str = "killed") -> Pairs:
    first, second = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    return Pairs(name, first, second, first, second)


def apart(ours: object, theirs: object, name: str = "killed") -> Pairs:
    nothing = np.empty(0)
    first, second = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    return Pairs(name, first, second, nothing, nothing)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return synthetic.frames({"base": 0.6, "more": 1.0, "same": 0.6}, replicates=50)


@pytest.fixture(scope="module")
def table(frames: Frames) -> pd.DataFrame:
    return analysis.compare(frames)


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


def row_of(table: pd.DataFrame, scenario: str, outcome: str) -> dict[str, object]:
    found = table[(table["scenario"] == scenario) & (table["outcome"] == outcome)]
    return dict(found.iloc[0])


# Coverage: of 400 intervals at a true 95 %, fewer than 365 hold the truth with probability
# 0.001 (binomial), and so do more than 392. The bootstrap of a discrete quantile is conservative,
# so it is held against the lower limit alone.

RUNS, SAMPLES = 60, 400
LEAST = int(stats.binom.ppf(0.001, SAMPLES, 0.95))


def counts(luck: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Skewed counts of two scenarios that share most of their luck."""
    common = luck.normal(size=size)
    ours, theirs = (
        np.floor(scale * np.exp(3 + 0.4 * common + 0.3 * luck.normal(size=size)))
        for scale in (1.3, 1.0)
    )
    return ours, theirs


@cache
def truth() -> dict[str, float]:
    luck = np.random.default_rng(1)
    ours, _ = counts(luck, 400_000)
    _, theirs = counts(luck, 400_000)
    ranked = np.sort(theirs)
    places = [np.searchsorted(ranked, ours, side=side) for side in ("left", "right")]
    tails = [np.quantile(v, 0.9, method="inverted_cdf") for v in (ours, theirs)]
    return {
        "difference": ours.mean() - theirs.mean(),
        "ratio": ours.mean() / theirs.mean(),
        "superiority": float(np.mean(places)) / len(ranked),
        "tail": tails[0] - tails[1],
    }


ESTIMATES: dict[str, Callable[[Pairs, str], intervals.Estimate]] = {
    "difference": lambda pairs, _: difference(pairs).estimate,
    "ratio": estimates.ratio,
    "superiority": estimates.superiority,
    "tail": lambda pairs, method: estimates.quantile_shift(pairs, 0.9, method),
}


@pytest.mark.parametrize("make", [pairs_of, apart])
@pytest.mark.parametrize("name", ESTIMATES)
def test_intervals_hold_the_truth_as_often_as_they_say(
    name: str, make: Callable[..., Pairs]
) -> None:
    luck, true = np.random.default_rng(2), truth()[name]
    method, hits, samples = "paired" if make is pairs_of else "unpaired", 0, SAMPLES
    samples = SAMPLES // 4 if name == "tail" else SAMPLES
    for _ in range(samples):
        ours, theirs = counts(luck, RUNS)
        found = ESTIMATES[name](
            make(ours, theirs if method == "paired" else counts(luck, RUNS)[1]), method
        )
        hits += found.low <= true <= found.high
    assert hits >= int(stats.binom.ppf(0.001, samples, 0.95))
    if name != "tail":
        assert hits <= int(stats.binom.ppf(0.999, samples, 0.95))


@pytest.mark.parametrize("method", ["paired", "unpaired"])
def test_the_ratio_of_shares_holds_the_truth_as_often_as_it_says(method: str) -> None:
    luck, hits = np.random.default_rng(3), 0
    for _ in range(SAMPLES):
        first = luck.random(RUNS)
        second = np.where(
            luck.random(RUNS) < (0.6 if method == "paired" else 0), first, luck.random(RUNS)
        )
        pairs = pairs_of(first < 0.2, second < 0.4, "relapse")
        found = estimates.ratio(pairs, method)
        hits += found.low <= 0.5 <= found.high
    assert hits >= LEAST


@given(COUNTS)
def test_the_ratio_leaves_out_one_exactly_where_the_difference_leaves_out_zero(
    values: list[tuple[int, int]],
) -> None:
    pairs = pairs_of(*zip(*values, strict=True))
    ratio, gap = estimates.ratio(pairs), intervals.mean(pairs.first - pairs.second)
    if not math.isnan(ratio.low) and min(abs(gap.low), abs(gap.high)) > 1e-6:
        assert (ratio.low <= 1 <= ratio.high) == (gap.low <= 0 <= gap.high)


@given(COUNTS)
def test_superiority_is_mann_whitneys_statistic(values: list[tuple[int, int]]) -> None:
    ours, theirs = map(list, zip(*values, strict=True))
    found = estimates.superiority(apart(ours, theirs), "unpaired")
    expected = stats.mannwhitneyu(ours, theirs, method="asymptotic").statistic
    assert found.value == pytest.approx(expected / len(ours) ** 2)
    turned = estimates.superiority(apart(theirs, ours), "unpaired")
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((found.low, found.high))


def test_superiority_leaves_out_the_own_pair() -> None:
    found = estimates.superiority(pairs_of([1, 2, 3], [0, 1, 2]))
    others = [(1, 1), (1, 2), (2, 0), (2, 2), (3, 0), (3, 1)]
    assert found.value == pytest.approx(np.mean([(a > b) + (a == b) / 2 for a, b in others]))


def test_a_copy_is_neither_above_nor_below_and_nothing_is_uncertain() -> None:
    found = estimates.superiority(pairs_of([5, 2, 9, 4], [5, 2, 9, 4]))
    assert found == pytest.approx((0.5, 0, 0.5, 0.5))


def test_runs_that_are_all_above_have_an_interval_below_one() -> None:
    found = estimates.superiority(pairs_of([11, 12, 13, 14], [1, 2, 3, 4]))
    assert found.value == 1 == found.high
    assert found.low == pytest.approx(intervals.share(4, 4).low)


def test_the_tail_shift_of_a_moved_sample_is_the_move() -> None:
    values = np.arange(100.0)
    found = estimates.quantile_shift(pairs_of(values + 7, values), 0.9)
    assert (found.value, found.low, found.high) == (7, 7, 7)
    assert math.isnan(estimates.quantile_shift(pairs_of(values[:40] + 7, values[:40]), 0.9).low)


@pytest.mark.parametrize("method", ["paired", "unpaired"])
def test_the_tail_shift_is_a_bootstrap_of_runs(method: estimates.Method) -> None:
    ours, theirs = counts(np.random.default_rng(7), 60)

    def shift(first: np.ndarray, second: np.ndarray, axis: int = -1) -> np.ndarray:
        top, bottom = (
            np.quantile(each, 0.9, axis=axis, method="inverted_cdf") for each in (first, second)
        )
        return np.asarray(top - bottom)

    found = estimates.quantile_shift(pairs_of(ours + 0.5, theirs), 0.9, method, "test")
    wanted = stats.bootstrap(
        (ours + 0.5, theirs), shift, n_resamples=estimates.RESAMPLES, paired=method == "paired",
        vectorized=True, method="percentile", rng=generator(0, "quantile killed test"),
    )  # fmt: skip
    assert found.low == pytest.approx(wanted.confidence_interval.low)
    assert found.high == pytest.approx(wanted.confidence_interval.high)
    assert found.error == pytest.approx(wanted.standard_error)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_yes_or_no_in_pairs_is_tested_exactly(up: int, down: int) -> None:
    alike = [1] * 90 + [0] * 90  # so that pairing is the more precise way
    pairs = pairs_of([1] * up + [0] * down + alike, [0] * up + [1] * down + alike, "relapse")
    exact = stats.binomtest(up, up + down).pvalue if up + down else 1.0
    found = difference(pairs)
    assert (found.method, found.p) == ("paired", pytest.approx(exact))


def test_a_ratio_to_nothing_is_undefined() -> None:
    assert math.isnan(estimates.ratio(pairs_of([1, 2], [0, 0])).value)
    unsure = estimates.ratio(pairs_of([1, 2, 3], [0, 0, 1]))
    assert unsure.value == pytest.approx(6)
    assert math.isnan(unsure.low)


def test_luck_that_works_against_pairing_falls_back_and_says_so() -> None:
    values = np.arange(20.0)
    found = difference(pairs_of(values[::-1] + 1, values))
    assert found.method == "unpaired"
    assert found.variance_reduction == pytest.approx(0.5)
    expected = stats.ttest_ind(values[::-1] + 1, values, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high))


@given(st.tuples(*[st.integers(1, 60)] * 2), st.tuples(*[st.integers(0, 60)] * 2))
def test_a_yes_or_no_without_pairs_is_tested_exactly(
    sizes: tuple[int, int], hits: tuple[int, int]
) -> None:
    yes = [min(each) for each in zip(sizes, hits, strict=True)]
    ours, theirs = (np.arange(size) < hit for size, hit in zip(sizes, yes, strict=True))
    table = [[yes[0], sizes[0] - yes[0]], [yes[1], sizes[1] - yes[1]]]
    found = difference(apart(ours, theirs, "relapse"))
    assert math.isnan(found.p) or found.p == pytest.approx(stats.fisher_exact(table).pvalue)
    ratio = estimates.ratio(apart(ours, theirs, "relapse"), "unpaired")
    if yes[1] and min(sizes) > 1:
        risk = stats.contingency.relative_risk(yes[0], sizes[0], yes[1], sizes[1])
        assert ratio[2:] == pytest.approx(tuple(risk.confidence_interval()), nan_ok=True)


VERDICTS = [
    ((5, 15, 3, True, 0), "more"),
    ((-15, -5, 3, True, 0), "less"),
    ((5, 15, 3, False, 0), "perhaps more"),
    ((1, 2, 3, True, 0), "slightly more"),
    ((-2, -1, 3, True, 0), "slightly less"),
    ((1, 4, 3, True, 0), "more"),
    ((-2, 2, 3, False, 0), "about the same"),
    ((-2, 4, 3, False, 0), "too wide to conclude"),
    ((-9, 9, 3, False, 0), "too wide to conclude"),
    ((0, 0, 3, False, 1), "no pair differs"),
    ((math.nan, math.nan, 3, False, 0), "no value"),
]


@pytest.mark.parametrize(("given", "verdict"), VERDICTS)
def test_verdicts(given: tuple[float, ...], verdict: str) -> None:
    keys = ("difference_low", "difference_high", "relevant", "distinguishable", "same")
    assert words.verdict(dict(zip(keys, given, strict=True))) == verdict


SENTENCES = [
    ("killed", (11, 8, 14), "11.0 more killed, 95 % interval 8.00 to 14.0"),
    ("killed", (-30, -34, -26), "30.0 fewer killed, 95 % interval 26.0 to 34.0"),
    ("killed", (-1, -5, 3), "1.00 fewer killed, 95 % interval from 5.00 fewer to 3.00 more"),
    ("hours_to_calm", (2, -4, 9),
     "calm 2.00 hours later, 95 % interval from 4.00 sooner to 9.00 later"),
    ("relapse", (0.02, 0.01, 0.03),
     "a relapse in 2.00 percentage points more of the runs, 95 % interval 1.00 to 3.00"),
    ("hours_to_call", (-2, -9, 4),
     "the call to withdraw 2.00 hours sooner, 95 % interval from 9.00 sooner to 4.00 later"),
    ("called", (-0.02, -0.03, -0.01),
     "a call to withdraw in 2.00 percentage points fewer of the runs, 95 % interval 1.00 to 3.00"),
    ("killed_low", (2, 1, 3), "killed low 2.00 persons higher, 95 % interval 1.00 to 3.00"),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "numbers", "text"), SENTENCES)
def test_findings_in_words(outcome: str, numbers: tuple[float, ...], text: str) -> None:
    keys = ("difference", "difference_low", "difference_high")
    row = {"outcome": outcome, "verdict": "more", **dict(zip(keys, numbers, strict=True))}
    unknown = {"numbers_low": math.nan, "numbers_high": math.nan}
    assert words.finding(row | unknown) == text


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(2, 40, "2.00 to 40.0"), (-3, 40, "from 3.00 fewer to 40.0 more"),
     (-9, -4, "4.00 to 9.00 fewer")],
)  # fmt: skip
def test_a_finding_tells_what_not_knowing_the_numbers_does(
    low: float, high: float, told: str
) -> None:
    keys = ("difference", "difference_low", "difference_high", "numbers_low", "numbers_high")
    row = dict(zip(keys, (11, 8, 14, low, high), strict=True))
    found = words.finding({"outcome": "killed", "verdict": "more", **row})
    assert found == f"11.0 more killed, 95 % interval 8.00 to 14.0; not knowing the numbers {told}"


def test_every_outcome_has_words(table: pd.DataFrame) -> None:
    assert {column.name for column in Frames.stock} <= set(words._PHRASES)
    for row in table.to_dict("records"):
        text = words.reading(row)
        assert text.endswith(".")
        assert not text[0].islower()


def test_the_family_is_every_test_of_the_table(frames: Frames, table: pd.DataFrame) -> None:
    assert len(table) == 2 * len(frames.outcomes)
    assert set(table["family"]) == {int(table["p"].notna().sum())}
    small = analysis.compare(frames, outcomes=["killed"])
    assert set(small["family"]) == {2}
    both = row_of(table, "more", "killed"), row_of(small, "more", "killed")
    assert both[0]["p"] == both[1]["p"]
    assert both[0]["p_holm"] >= both[1]["p_holm"]


def test_shares_of_pairs_add_up_and_a_copy_never_differs(table: pd.DataFrame) -> None:
    assert table[["more", "same", "less"]].sum(axis=1).to_numpy() == pytest.approx(1)
    assert set(table.loc[table["scenario"] == "same", "verdict"]) == {"no pair differs"}
    assert row_of(table, "more", "killed")["verdict"] == "more"


def test_relevance_is_a_share_of_the_mean_or_of_runs(table: pd.DataFrame) -> None:
    killed = row_of(table, "more", "killed")
    assert killed["relevant"] == pytest.approx(0.1 * killed["baseline_mean"])
    assert row_of(table, "more", "relapse")["relevant"] == 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tail": 1.0}, "quantile is 1; it lies above 0 and below 1"),
        ({"relevant": -0.1}, "difference is -0.1; it is at least 0"),
        ({"outcomes": ["deaths"]}, "unknown outcome 'deaths'; there are killed"),
        ({"outcomes": ["kiled"]}, "unknown outcome 'kiled'; did you mean killed"),
        ({"baseline": "bas"}, "no scenario 'bas'; there are base, more, same"),
    ],
)
def test_wrong_requests_are_refused(
    frames: Frames, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        analysis.compare(frames, **options)  # type: ignore[arg-type]


def test_courses_end_at_the_difference_of_the_runs(frames: Frames, table: pd.DataFrame) -> None:
    gaps = analysis.course_differences(frames)["more"]
    assert gaps.shape == (50, 45 * 24)
    assert gaps.iloc[:, -1].mean() == pytest.approx(row_of(table, "more", "killed")["difference"])
    assert gaps.columns[0] == pd.Timestamp("2022-08-29T13:00")
    assert not analysis.course_differences(frames)["same"].to_numpy().any()


def test_provinces_add_up_to_the_country(frames: Frames, table: pd.DataFrame) -> None:
    places = analysis.place_differences(frames)
    sums = places.groupby("scenario")["difference"].sum()
    assert sums["more"] == pytest.approx(row_of(table, "more", "killed")["difference"])
    assert len(places) == 2 * 19


def test_the_map_counts_the_security_forces_dead() -> None:
    made = synthetic.frames({"base": 0.6}, replicates=5)
    tables = {name: made.table(name) for name in ("runs", "engagements")}
    rows = tables["engagements"].assign(security_killed=1)
    with_dead = Frames(
        made.scenarios, made.folders, synthetic.reader(tables | {"engagements": rows})
    )
    extra = tilemap.killed_by_run(with_dead).sum() - tilemap.killed_by_run(made).sum()
    assert extra == len(rows)


def test_rows_of_the_ranking_fall_from_the_top(table: pd.DataFrame, ax: Axes) -> None:
    ranking.ranking(table, ax, "engagements")
    own = table[table["outcome"] == "engagements"].sort_values("difference", ascending=False)
    assert [text.get_text() for text in ax.get_yticklabels()] == list(own["scenario"])
    centres = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert centres == pytest.approx(list(own["difference"]))
    fills = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert fills == ["black" if found else "white" for found in own["distinguishable"]]


def test_bars_of_pairs_lie_on_their_side_of_zero(ax: Axes) -> None:
    gaps = {"a": np.array([-3.0, -3, -1, 0, 2]), "b": np.zeros(4), "c": np.empty(0)}
    analysis.difference_rows(gaps, ax)
    lefts = sorted(bar.get_x() + bar.get_width() / 2 for bar in ax.patches)
    assert lefts == [-3, -1, 2]
    texts = [text.get_text() for text in ax.texts]
    assert texts == [
        "less 60 %, same 20 %, more 20 %",
        "less 0 %, same 100 %, more 0 %",
        "no pairs",
    ]


def test_the_fan_shows_mean_and_spread(frames: Frames, ax: Axes) -> None:
    gaps = analysis.course_differences(frames)["more"]
    analysis.difference_fan(gaps, ax)
    assert ax.lines[-1].get_ydata()[-1] == pytest.approx(gaps.iloc[:, -1].mean())
    empty = Figure().subplots()
    analysis.difference_fan(gaps.iloc[:0], empty)
    assert empty.texts[-1].get_text() == "no pairs of runs"


def test_no_text_leaves_the_page_or_meets_another(frames: Frames, table: pd.DataFrame) -> None:
    from analysis import style

    with style.context():
        for name, figure in figures.every(frames, table):
            figure.draw_without_rendering()
            whole = figure.bbox.padded(1)
            texts = [t for axes in figure.axes for t in axes.texts if t.get_text()]
            boxes = [text.get_window_extent() for text in texts]
            assert all(whole.contains(*box.min) and whole.contains(*box.max) for box in boxes), name
            meets = [a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]]
            assert not any(meets), name


def test_a_comparison_is_written_alike_each_time(
    frames: Frames, table: pd.DataFrame, tmp_path: Path
) -> None:
    small = table[table["outcome"].isin(["killed"])]
    paths = [analysis.write_comparison(frames, small, tmp_path / turn, ["svg"]) for turn in "ab"]
    names = [path.name for path in paths[0]]
    assert names == ["comparison.csv", "comparison.md", "forest-killed.svg", "pairs-killed.svg",
                     "fans.svg", "difference-map.svg"]  # fmt: skip
    for one, other in zip(*paths, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    text = paths[0][1].read_text()
    assert "- **more (Synthetic)**: " in text
    assert "| more | +" in text
    assert len(pd.read_csv(paths[0][0])) == 2


@pytest.fixture
def command(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.setattr(analysis, "load", lambda *_: frames, raising=False)
    return lambda *options: CliRunner().invoke(app, ["compare", "results/x", *options])


def test_the_command_prints_and_writes(command: Callable[..., object], tmp_path: Path) -> None:
    done = command("--outcomes", "killed, relapse", "--out", str(tmp_path), "--format", "png")
    assert done.exit_code == 0, done.stderr
    assert "killed, against base" in done.stderr
    assert "relapse, against base" in done.stderr
    listed = done.stdout.splitlines()
    assert [Path(path) for path in listed] == [tmp_path / Path(path).name for path in listed]
    assert all(Path(path).is_file() for path in listed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--baseline", "bas"), "no scenario 'bas'; there are base, more, same"),
        (("--format", "gif"), "'gif' is not one of png, svg, pdf"),
        (("--outcomes", "deaths"), "unknown outcome 'deaths'"),
    ],
)
def test_the_command_refuses(
    command: Callable[..., object], options: tuple[str, ...], message: str
) -> None:
    done = command(*options)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_the_command_says_when_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = synthetic.frames({"base": 0.5}, replicates=3)
    monkeypatch.setattr(analysis, "load", lambda *_: alone, raising=False)
    done = CliRunner().invoke(app, ["compare", "results/x"])
    assert done.exit_code == 2
    assert "results/synthetic holds only base; give a second scenario" in done.stderr


@pytest.mark.parametrize("options", [(), ("--by-branch", "court")])
def test_the_command_names_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...]
) -> None:
    frames = synthetic.frames({"base": 0.5, "more": 0.8, "longer": 0.8}, replicates=3)
    longer = synthetic.scenario(length="60d")
    monkeypatch.setitem(frames.scenarios, "longer", synthetic.World("longer", longer))  # type: ignore[arg-type]
    monkeypatch.setattr(analysis, "load", lambda *_: frames, raising=False)
    nothing = {"compare_by_branch": frames.runs[:0].assign(outcome="", numbers_low=0.0)}
    for name, value in nothing.items():
        monkeypatch.setattr(analysis, name, lambda *_, value=value, **__: value, raising=False)
    for name in ("write_comparison", "write_branches"):
        monkeypatch.setattr(analysis, name, lambda *_: [], raising=False)
    done = CliRunner().invoke(app, ["compare", "results/x", *options, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "Not compared, because clock, places or groups differ: longer." in done.stderr
