"""Comparisons on a few numbers that are not symmetrical, worked out by hand."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy import stats

from analysis import intervals, uncertainty
from analysis.comparison import contrasts, courses, estimates, gaps, ranking
from analysis.comparison import table as comparing
from analysis.comparison.pairs import Pairs, difference, pair, variance_reduction
from analysis.frames import Frames
from analysis.intervals import Estimate
from sim.records import OUTCOMES
from tests import synthetic

Z = 1.959963984540054
NAN = math.nan
# Means 9 and 5; variances 62 / 3 and 14 / 3, covariance 28 / 3.
FIRST, SECOND = (4.0, 8.0, 15.0, 9.0), (3.0, 5.0, 8.0, 4.0)


def of(ours: ArrayLike, theirs: ArrayLike, name: str = "killed", paired: bool = True) -> Pairs:
    first, second = np.array(ours, float), np.array(theirs, float)
    nothing = np.empty(0)
    return Pairs(name, first, second, *((first, second) if paired else (nothing, nothing)))


def logistic(share: float, reach: float) -> tuple[float, float]:
    """Ends of an interval that is formed on the logit scale."""
    middle = math.log(share / (1 - share))
    low, high = (1 / (1 + math.exp(-(middle + sign * reach))) for sign in (-1, 1))
    return low, high


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


# ratio


def test_a_ratio_in_pairs_has_the_interval_of_fieller() -> None:
    """Its ends are the roots of (9 - 5 r)^2 = t^2 times the variance of 9 - 5 r."""
    square = float(stats.t.ppf(0.975, 3)) ** 2
    a, b, c = 25 - square * 14 / 12, 45 - square * 28 / 12, 81 - square * 62 / 12
    low, high = sorted(np.roots([a, -2 * b, c]))
    found = estimates.ratio(of(FIRST, SECOND))
    assert (found.value, found.low, found.high) == pytest.approx((9 / 5, max(0.0, low), high))
    assert estimates.fieller(np.array(FIRST), np.array(SECOND), False) == pytest.approx((low, high))


def test_a_ratio_without_pairs_has_the_freedom_of_welch() -> None:
    """15, 21 and 12 have mean 16 and variance 21; 2, 6, 4 and 4 have 4 and 8 / 3."""
    parts = 21 / 3, 8 / 3 / 4
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3)
    square = float(stats.t.ppf(0.975, freedom)) ** 2
    a, b, c = 16 - square * parts[1], 16 * 4, 16**2 - square * parts[0]
    expected = sorted(np.roots([a, -2 * b, c]))
    found = estimates.ratio(of([15, 21, 12], [2, 6, 4, 4], paired=False), "unpaired")
    assert found.value == 4
    assert (found.low, found.high) == pytest.approx(expected)
    # Alike on both sides: every ratio is the same.
    same = estimates.ratio(of([6, 6], [3, 3, 3], paired=False), "unpaired")
    assert (same.value, same.low, same.high) == (2, 2, 2)


def test_a_ratio_is_not_below_zero_and_needs_two_runs() -> None:
    wide = of([-1, 2, 1, 3], [10, 11, 9, 12])
    low, _ = estimates.fieller(wide.first, wide.second, False)
    assert low < 0
    assert estimates.ratio(wide).low == 0.0
    single = estimates.ratio(of([6], [3]))
    assert (single.value, math.isnan(single.low)) == (2.0, True)
    two = estimates.ratio(of([6, 7], [3, 3.5]))
    assert (two.value, two.low, two.high) == pytest.approx((2, 2, 2))
    assert math.isnan(estimates.ratio(of([1, 2], [0, 0])).value)
    assert math.isnan(estimates.ratio(of([], [1, 2], paired=False), "unpaired").value)
    assert math.isnan(estimates.ratio(of([1, 2], [], paired=False), "unpaired").value)


def test_a_ratio_of_shares_in_pairs_has_the_interval_of_bonett_and_price() -> None:
    """Yes in both 2, in the first alone 3, in the second alone 1: shares 5 / 6 and 3 / 6."""
    ours = [1, 1, 1, 1, 1, 0, 0, 0]
    theirs = [1, 1, 0, 0, 0, 1, 0, 0]
    whole = math.sqrt((3 + 1 + 2) / ((5 + 1) * (3 + 1)))
    parts = [math.sqrt((1 - (yes + 1) / (6 + 2)) / (yes + 1)) for yes in (5, 3)]
    z = Z * whole / sum(parts)

    def ends(share: float) -> list[float]:
        reach = z * math.sqrt(z * z + 4 * 6 * share * (1 - share))
        return [(2 * 6 * share + z * z + sign * reach) / (2 * (6 + z * z)) for sign in (-1, 1)]

    first, second = ends(5 / 6), ends(3 / 6)
    found = estimates.ratio(of(ours, theirs, "relapse"))
    assert found.value == pytest.approx(5 / 3)
    assert (found.low, found.high) == pytest.approx((first[0] / second[1], first[1] / second[0]))


def test_a_ratio_of_shares_without_pairs_has_the_interval_of_katz() -> None:
    """3 of 4 against 2 of 7."""
    pairs = of([1, 1, 0, 1], [0, 1, 0, 0, 1, 0, 0], "relapse", paired=False)
    reach = Z * math.sqrt(1 / 3 - 1 / 4 + 1 / 2 - 1 / 7)
    value = 3 / 4 * 7 / 2
    found = estimates.ratio(pairs, "unpaired")
    expected = value, value * math.exp(-reach), value * math.exp(reach)
    assert (found.value, found.low, found.high) == pytest.approx(expected)
    none = estimates.ratio(of([0, 0, 0], [1, 0], "relapse", paired=False), "unpaired")
    assert (none.value, none.low, math.isnan(none.high)) == (0, 0, True)
    one = estimates.ratio(of([1, 0, 0], [1, 0], "relapse", paired=False), "unpaired")
    assert one.high > one.low > 0


# superiority


def beats(one: float, other: float) -> float:
    return 1.0 if one > other else 0.5 if one == other else 0.0


def test_superiority_of_independent_runs() -> None:
    """1, 4, 6 against 2, 4: they exceed 0, 3 / 4 and 1 of them; 2 and 4 are exceeded by 2 / 3, 1 / 2."""  # noqa: E501
    found = estimates.superiority(of([1, 4, 6], [2, 4], paired=False), "unpaired")
    above, below = (0, 3 / 4, 1), (2 / 3, 1 / 2)
    share = 7 / 12
    error = math.sqrt(
        sum((each - share) ** 2 for each in above) / 2 / 3
        + sum((each - share) ** 2 for each in below) / 1 / 2
    )
    assert (found.value, found.error) == pytest.approx((share, error))
    assert (found.low, found.high) == pytest.approx(
        logistic(share, Z * error / (share * (1 - share)))
    )


def test_superiority_in_pairs_has_the_error_of_placements() -> None:
    ours, theirs, size = (5, 2, 9, 4), (3, 6, 1, 4), 4
    above, below = [], []
    for place in range(size):
        others = [other for other in range(size) if other != place]
        above.append(sum(beats(ours[place], theirs[other]) for other in others) / 3)
        below.append(sum(beats(ours[other], theirs[place]) for other in others) / 3)
    share = sum(above) / size
    error = float(np.std(np.add(above, below), ddof=1)) / 2
    found = estimates.superiority(of(ours, theirs))
    assert (found.value, found.error) == pytest.approx((share, error))
    reach = Z * error / (share * (1 - share))
    assert (found.low, found.high) == pytest.approx(logistic(share, reach))


def test_superiority_of_all_or_none_has_the_interval_of_the_smaller_side() -> None:
    found = estimates.superiority(of([11, 12, 13], [1, 2], paired=False), "unpaired")
    assert (found.value, found.low, found.high) == pytest.approx((1, intervals.share(2, 2).low, 1))
    found = estimates.superiority(of([1, 2], [11, 12, 13], paired=False), "unpaired")
    assert (found.value, found.low, found.high) == pytest.approx((0, 0, intervals.share(0, 2).high))
    assert math.isnan(estimates.superiority(of([1], [2])).value)
    for sides in (([1], [2, 3]), ([2, 3], [1])):
        assert math.isnan(estimates.superiority(of(*sides, paired=False), "unpaired").value)
    assert estimates.superiority(of([1, 5], [2, 3])).value == 0.5


# shift of a quantile


def test_a_shift_needs_five_runs_in_the_tail() -> None:
    values = np.array([3.0] * 20 + [8] * 20 + [20] * 10)
    found = estimates.quantile_shift(of(values + 2, values), 0.9)
    assert tuple(found) == (2, 0, 2, 2)
    assert math.isnan(estimates.quantile_shift(of(values[1:] + 2, values[1:]), 0.9).low)
    low = estimates.quantile_shift(of(values + 2, values), 0.1)
    assert (low.value, low.low) == (2, 2)
    assert math.isnan(estimates.quantile_shift(of(values[1:] + 2, values[1:]), 0.1).low)
    assert math.isnan(estimates.quantile_shift(of([1, 0], [0, 0], "relapse"), 0.9).value)
    assert math.isnan(estimates.quantile_shift(of([], [1], paired=False), 0.9, "unpaired").value)
    assert estimates.quantile_shift(of([4], [1]), 0.9).value == 3


def test_the_interval_of_a_shift_of_whole_numbers_ends_at_whole_numbers() -> None:
    """Of 60 and 50 runs, drawn as here: first those of the scenario, then those of the baseline."""
    luck = np.random.default_rng(3)
    ours, theirs = luck.poisson(20, 60).astype(float), luck.poisson(15, 50).astype(float)
    found = estimates.quantile_shift(of(ours, theirs, paired=False), 0.9, "unpaired", "test")
    rng = estimates.generator(0, "quantile killed test")
    tops = np.sort(ours[rng.integers(0, 60, (1000, 60))])[:, 53]  # 54 of 60 are 90 %
    bottoms = np.sort(theirs[rng.integers(0, 50, (1000, 50))])[:, 44]
    shifts = tops - bottoms
    low, high = np.quantile(shifts, [0.025, 0.975])
    assert found.value == np.sort(ours)[53] - np.sort(theirs)[44]
    assert found.error == pytest.approx(shifts.std(ddof=1))
    assert (found.low, found.high) == (math.floor(low), math.ceil(high))


# pairs and their difference


def test_runs_are_paired_by_seed_and_replicate() -> None:
    ours = pd.DataFrame({"seed": 1, "replicate": [0, 2, 3, 5], "killed": [4.0, 7, NAN, 9]})
    theirs = pd.DataFrame(
        {"seed": [1, 1, 2, 1], "replicate": [5, 3, 2, 0], "killed": [1.0, 2, 3, 6]}
    )
    pairs = pair(ours, theirs, "killed", draws=3)
    assert pairs.first.tolist() == [4, 9]
    assert pairs.second.tolist() == [6, 1]
    assert pairs.draw is not None
    assert pairs.draw.tolist() == [0, 2]
    assert pairs.counts() == {"pairs": 2, "runs": 3, "baseline_runs": 4}
    assert pair(ours, theirs, "killed").draw is None


def test_a_difference_in_pairs_has_the_test_of_student() -> None:
    """Gaps 1, 3, 7 and 5: mean 4, variance 20 / 3; apart the variances are 76 / 3."""
    found = difference(of(FIRST, SECOND))
    t = 4 / math.sqrt(20 / 3 / 4)
    assert (found.method, found.estimate.value) == ("paired", 4)
    assert found.p == pytest.approx(2 * float(stats.t.sf(t, 3)))
    assert found.variance_reduction == pytest.approx(3.8)


def test_two_pairs_are_enough_and_one_is_not() -> None:
    two = difference(of([1, 4], [2, 7]))
    assert two.method == "paired"
    assert two.p == pytest.approx(2 * float(stats.t.sf(2 / math.sqrt(2 / 2), 1)))
    ours, theirs = np.array([1.0, 4, 6]), np.array([2.0, 7, 9])
    one = difference(Pairs("killed", ours, theirs, ours[:1], theirs[:1]))
    expected = stats.ttest_ind(ours, theirs, equal_var=False)
    assert (one.method, one.p) == ("unpaired", pytest.approx(expected.pvalue))
    assert math.isnan(one.variance_reduction)
    few = difference(of([1], [2, 7], paired=False))
    assert (few.estimate.value, math.isnan(few.p)) == (-3.5, True)
    assert math.isnan(few.estimate.error)
    assert not math.isnan(difference(of([1, 2], [2, 7], paired=False)).p)


def test_a_gap_that_is_always_the_same_is_certain() -> None:
    assert difference(of([3, 6, 8], [1, 4, 6])).p == 0.0
    assert difference(of([3, 6, 8], [3, 6, 8])).p == 1.0
    assert variance_reduction(of([3, 6, 8], [1, 4, 6])) == math.inf
    assert math.isnan(variance_reduction(of([3, 3], [1, 1])))
    assert variance_reduction(of([3, 4], [1, 5])) == pytest.approx((0.5 + 8) / 4.5)
    assert difference(of([3, 3], [1, 1])).method == "paired"


def test_a_yes_or_no_in_pairs_has_the_test_of_mcnemar() -> None:
    """Five go up and one goes down: twice the chance of at most one of six, 7 / 64."""
    alike = [1] * 19 + [0] * 30
    found = difference(of([1] * 5 + [0] + alike, [0] * 5 + [1] + alike, "relapse"))
    assert (found.method, found.p) == ("paired", pytest.approx(14 / 64))


def test_shares_without_pairs_have_the_test_of_fisher() -> None:
    """3 of 4 and 1 of 5, four yes in all: tables with 3 or 4 in the first, or none."""
    found = difference(of([1, 1, 0, 1], [0, 1, 0, 0, 0], "relapse", paired=False))
    chances = [math.comb(4, k) * math.comb(5, 4 - k) / math.comb(9, 4) for k in range(5)]
    expected = sum(each for each in chances if each <= chances[3] * (1 + 1e-9))
    assert found.p == pytest.approx(expected)
    found = difference(of([1, 1, 1], [1, 0, 0, 0, 1, 1, 1, 0], "relapse", paired=False))
    chances = {k: math.comb(3, k) * math.comb(8, 7 - k) / math.comb(11, 7) for k in range(4)}
    expected = sum(each for each in chances.values() if each <= chances[3] * (1 + 1e-9))
    assert found.p == pytest.approx(expected)


def test_shares_of_many_runs_have_the_test_of_fisher() -> None:
    """The chances of their tables differ by more than the largest number a float holds."""
    ours, theirs = np.arange(1500) < 800, np.arange(1500) < 745
    found = difference(of(ours, theirs, "relapse", paired=False))
    expected = stats.fisher_exact([[800, 700], [745, 755]]).pvalue
    assert found.p == pytest.approx(expected)


# the family of tests


def test_the_adjustment_of_holm() -> None:
    """0.01 * 3, 0.03 * 2 and 0.04, which is raised to what comes before it."""
    assert comparing.holm([0.04, NAN, 0.01, 0.03]) == pytest.approx(
        [0.06, NAN, 0.03, 0.06], nan_ok=True
    )
    assert comparing.holm([0.6, 0.7]).tolist() == [1.0, 1.0]


def test_a_row_is_judged_in_its_family() -> None:
    level = comparing.FAMILY_LEVEL
    assert level == pytest.approx(0.05)
    keys = ("difference_low", "difference_high", "relevant", "same")
    rows = pd.DataFrame([(1.0, 9.0, 2.0, 0.0)] * 4, columns=list(keys))
    found = comparing.judged(rows.assign(p=[NAN, level / 3, 0.9, level / 2 + 1e-6]))
    assert found["family"].tolist() == [3] * 4
    assert found["distinguishable"].tolist() == [False, True, False, False]
    assert found["verdict"].tolist()[1:] == ["more", "perhaps more", "perhaps more"]


# contrasts


def test_a_contrast_of_independent_runs_has_the_freedom_of_welch() -> None:
    """1, 2, 6 less twice 4, 6: 3 - 10, variances 7 / 3 and 4 times 2 / 2."""
    values = {"a": pd.Series([1.0, 2, 6]), "b": pd.Series([4.0, 6])}
    weights = Counter({"a": 1, "b": -2})
    error = math.sqrt(7 / 3 + 4)
    freedom = (7 / 3 + 4) ** 2 / ((7 / 3) ** 2 / 2 + 4**2 / 1)
    reach = float(stats.t.ppf(0.975, freedom)) * error
    assert contrasts._freedom(values, weights) == pytest.approx(freedom)
    found = contrasts._apart(values, weights)
    assert tuple(found) == pytest.approx((-7, error, -7 - reach, -7 + reach))
    alone = contrasts._apart(values | {"c": pd.Series([3.0])}, weights)
    assert math.isnan(alone.value)
    same = {"a": pd.Series([3.0, 3]), "b": pd.Series([5.0, 5, 5])}
    assert tuple(contrasts._apart(same, weights)) == (-7, 0, -7, -7)
    assert math.isnan(contrasts._freedom(same, weights))


def test_the_p_of_a_contrast_counts_both_sides() -> None:
    found = contrasts._p(Estimate(-3, 2, -9, 3), 4)
    assert found == pytest.approx(2 * float(stats.t.sf(1.5, 4)))
    assert contrasts._p(Estimate(3, 2, -3, 9), 4) == pytest.approx(found)
    assert contrasts._p(Estimate(0, 0, 0, 0), 4) == 1.0
    assert contrasts._p(Estimate(2, 0, 2, 2), 4) == 0.0
    assert math.isnan(contrasts._p(intervals.NOTHING, 4))


CONTRASTS = [
    ((NAN, NAN, 1, 1, True), contrasts.NONE),
    ((-1, 2, 4, 3, True), contrasts.NEITHER),
    ((0, 2, 4, 3, True), contrasts.NEITHER),
    ((-2, 0, 4, 3, True), contrasts.NEITHER),
    ((1, 3, 4, -3, True), contrasts.OPPOSITE),
    ((1, 3, 4, 2, True), "the first does more"),
    ((-3, -1, 4, 6, True), "the second does more"),
    ((-3, -1, -6, -4, True), "the first does more"),
    ((1, 3, -4, -6, False), "perhaps the second does more"),
    ((1, 3, 0, -2, True), "the second does more"),
    ((1, 3, 2, 0, True), "the first does more"),
]


@pytest.mark.parametrize(("given", "verdict"), CONTRASTS)
def test_the_verdict_of_a_contrast(given: tuple[float, ...], verdict: str) -> None:
    keys = ("difference_low", "difference_high", "first", "second", "distinguishable")
    row = dict(zip(keys, given, strict=True))
    row["difference"] = (row["difference_low"] + row["difference_high"]) / 2
    assert contrasts._verdict(row) == verdict


def test_names_may_hold_a_minus() -> None:
    assert list(contrasts._ways("a - b - c")) == [("a", "b - c"), ("a - b", "c")]
    assert list(contrasts._ways("a-b")) == []


# differences over time


def test_the_fan_shows_at_most_some_hundred_times_with_their_interval(ax: Axes) -> None:
    """Of 900 ticks every second is drawn, from the second on."""
    times = pd.date_range("2022-08-29 13:00", periods=900, freq="h")
    rows = np.array([[1.0], [2], [6]]) * np.arange(1, 901)
    gaps_by_time = pd.DataFrame(rows, columns=times)
    courses.difference_fan(gaps_by_time, ax)
    low, high, mean = ax.lines[1:]
    np.testing.assert_allclose(mean.get_xdata(), dates.date2num(times[1::2]))
    np.testing.assert_allclose(mean.get_ydata(), 3.0 * np.arange(2, 901, 2))
    reach = float(stats.t.ppf(0.975, 2)) * math.sqrt(7 / 3) * np.arange(2, 901, 2)
    np.testing.assert_allclose(low.get_ydata(), mean.get_ydata() - reach)
    np.testing.assert_allclose(high.get_ydata(), mean.get_ydata() + reach)
    assert len(ax.collections) == 2
    assert list(ax.lines[0].get_ydata()) == [0, 0]
    two = Figure().subplots()
    courses.difference_fan(gaps_by_time.iloc[:2, :800], two)
    assert (len(two.collections), len(two.lines[-1].get_xdata())) == (2, 400)
    one = Figure().subplots()
    courses.difference_fan(gaps_by_time.iloc[:1, :5], one)
    assert len(one.collections) == 0
    assert list(one.lines[-1].get_ydata()) == [1, 2, 3, 4, 5]


def test_counts_add_up_over_ticks_by_replicate() -> None:
    parts = [pd.DataFrame([[1, 0, 2]], index=[5]), pd.DataFrame([[0, 3, 4]], index=[2])]
    found = courses._sum_up(parts)
    assert found.index.tolist() == [2, 5]
    assert found.to_numpy().tolist() == [[0, 3, 7], [1, 1, 3]]
    assert courses._sum_up([]).empty


# histograms of differences


def test_bars_of_whole_numbers_have_them_in_the_middle() -> None:
    assert gaps._edges(np.array([-3.0, 0, 2]), False).tolist() == [-3.5, -2.5, -1.5, -0.5, 0.5,
                                                                   1.5, 2.5]  # fmt: skip
    # From -100 to 105 in steps of five.
    wide = gaps._edges(np.array([-100.0, 0, 105]), False)
    assert wide.tolist() == [-100.5 + 5 * n for n in range(43)]
    parts = gaps._edges(np.array([0.5, 2.25, 0]), False)
    assert (len(parts), parts[0], parts[-1]) == (41, 0, 2.25)
    none = gaps._edges(np.array([0.5, 0.5]), False)
    assert (len(none), none[0], none[-1]) == (41, 0.5, 1.5)


def test_bars_of_a_squeezed_scale_are_alike_in_width() -> None:
    parts = gaps._edges(np.array([-1000.5, 0, 8.25]), True)
    assert len(parts) == 41
    assert (parts[0], parts[-1]) == pytest.approx((-1000.5, 8.25))
    steps = np.diff(np.sign(parts) * np.log(1 + np.abs(parts)))
    np.testing.assert_allclose(steps, (math.log(1001.5) + math.log(9.25)) / 40)
    whole = gaps._edges(np.array([-1000.0, 0, 8]), True)
    assert (whole[0], whole[-1]) == (-1000.5, 8.5)
    assert np.all((whole + 0.5) % 1 == 0)
    assert np.all(np.diff(whole) > 0)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([1.0] * 9 + [9], None),
        ([1.0] * 9 + [-10], [-10, -3, 0, 3, 10]),
        ([0.0] * 9 + [10], [-10, -3, 0, 3, 10]),  # half of them are taken as 1 at least
        ([10.0] * 9 + [79], None),
        ([10.0] * 9 + [80], [-30, -10, -3, 0, 3, 10, 30]),
        ([3.0] * 9 + [3000],
         [-3000, -1000, -300, -100, -30, 0, 30, 100, 300, 1000, 3000]),
    ],
)  # fmt: skip
def test_the_scale_is_squeezed_where_differences_reach_far(
    ax: Axes, values: list[float], marks: list[float] | None
) -> None:
    assert gaps._squeeze(ax, np.array(values)) == (marks is not None)
    if marks is not None:
        assert list(ax.xaxis.get_major_locator()()) == marks


def test_a_row_of_bars_with_its_span_and_its_mean(ax: Axes) -> None:
    """-3 twice, -1 and 2 once: the highest bar is 0.8, the others half of it."""
    values = np.array([-3.0, -3, -1, 0, 0, 0, 2])
    gaps._row(ax, values, gaps._edges(values, False), 4)
    bars = [(bar.get_x(), bar.get_width(), bar.get_y(), bar.get_height()) for bar in ax.patches]
    np.testing.assert_allclose(
        sorted(bars), [(-3.5, 1, 4, -0.8), (-1.5, 1, 4, -0.4), (1.5, 1, 4, -0.4)]
    )
    colours = {bar.get_x(): bar.get_facecolor() for bar in ax.patches}
    assert colours[-3.5] == colours[-1.5] != colours[1.5]
    span, mean = ax.lines
    assert list(span.get_xdata()) == [-3, 2]
    assert list(mean.get_xdata()) == pytest.approx([-5 / 7])
    assert [*span.get_ydata(), *mean.get_ydata()] == pytest.approx([4.09] * 3)
    one = Figure().subplots()
    gaps._row(one, np.array([0.0, 5]), gaps._edges(np.array([0.0, 5]), False), 0)
    assert [bar.get_height() for bar in one.patches] == pytest.approx([-0.8])


def test_a_bar_around_zero_is_drawn_once(ax: Axes) -> None:
    """From -102 to 103 in steps of five: -2 to 2 share a bar."""
    values = np.array([-102.0, 1, 103])
    gaps._row(ax, values, gaps._edges(values, False), 0)
    assert [bar.get_x() for bar in ax.patches] == [-102.5, -2.5, 102.5]


def test_the_span_of_a_row_leaves_out_five_percent_on_each_side(ax: Axes) -> None:
    values = np.arange(1.0, 41)
    gaps._row(ax, values, gaps._edges(values, False), 0)
    assert list(ax.lines[0].get_xdata()) == [2, 38]


def test_shares_of_pairs_are_written() -> None:
    assert gaps._shares(np.array([-2.0, 0, 0, 0, 1, 3, 4, 9])) == (
        "less 12 %, same 38 %, more 50 %"
    )
    assert gaps._shares(np.empty(0)) == "no pairs"


def test_rows_stand_below_each_other(ax: Axes) -> None:
    gaps.difference_rows({"a": np.array([1.0, 2]), "b": np.empty(0)}, ax)
    assert ax.get_ylim() == pytest.approx((2 - 0.6, -1.0))
    assert list(ax.get_yticks()) == pytest.approx([-0.3, 0.7])
    assert [text.xy for text in ax.texts] == [(1, -0.3), (1, 0.7)]  # type: ignore[attr-defined]


# numbers beside the ranking


def test_the_numbers_of_a_row_are_written_with_what_is_known() -> None:
    assert ranking._shift(NAN, NAN, NAN) == "–"
    assert ranking._shift(4.0, NAN, NAN) == "+4"
    assert ranking._shift(-4.0, -7.0, 2.0) == "−4 (−7 to +2)"
    assert ranking._shift(1.25, -0.5, 2.0) == "+1.25 (−0.50 to +2.00)"
    assert ranking.reduction({"method": "unpaired", "variance_reduction": 2.0}) == "unpaired"
    assert ranking.reduction({"method": "paired", "variance_reduction": math.inf}) == "∞"
    assert ranking.reduction({"method": "paired", "variance_reduction": 2.5}) == "2.50"


def test_a_ranking_has_the_largest_difference_on_top(ax: Axes) -> None:
    keys = ("scenario", "difference", "difference_low", "difference_high", "numbers_low",
            "numbers_high", "relevant", "distinguishable", "tail", "ratio", "superiority",
            "tail_shift", "tail_shift_low", "tail_shift_high", "method",
            "variance_reduction")  # fmt: skip
    rows = [
        ("a", 2.0, 1.0, 4.0, 0.0, 5.0, 1.5, True, 0.9, 1.2, 0.6, 3.0, 1.0, 6.0, "paired", 2.5),
        ("b", 7.0, 3.0, 9.0, 2.0, 11.0, 1.5, False, 0.9, 1.7, 0.8, 8.0, 2.0, 9.0, "unpaired", 2.5),
    ]
    table = pd.DataFrame(rows, columns=list(keys)).assign(outcome="killed")
    ranking.ranking(table, ax)
    zero, *marks = ax.lines
    assert list(zero.get_xdata()) == [0, 0]
    bands, spans, points = marks[0::3], marks[1::3], marks[2::3]
    assert [list(line.get_xdata()) for line in bands] == [[2, 11], [0, 5]]
    assert [list(line.get_xdata()) for line in spans] == [[3, 9], [1, 4]]
    assert [line.get_xdata()[0] for line in points] == [7, 2]
    assert [list(line.get_ydata()) for line in bands] == [[0, 0], [1, 1]]
    (zone,) = ax.patches
    assert (zone.get_x(), zone.get_width()) == (-1.5, 3)  # type: ignore[attr-defined]
    beside = Figure().subplots()
    ranking.numbers(table, beside)
    words = [(text.xy, text.get_text()) for text in beside.texts]  # type: ignore[attr-defined]
    assert words[3] == ((0.628, -1.0), "90 % quantile")
    assert words[8] == ((0.628, 0), "+8 (+2 to +9)")
    assert [text.get_horizontalalignment() for text in beside.texts[:5]] == ["left"] * 4 + ["right"]
    assert beside.get_xlim() == (0, 1)


# tables of small results

NEXT = {"base": [4.0, 9, 1, 6, 3], "more": [9.0, 12, 8, 9, 11], "less": [1.0, 8, 0, 6, 1]}


def results(killed: dict[str, list[float]], **columns: dict[str, list[float]]) -> Frames:
    """Made-up runs with the same random numbers by replicate."""
    rows = []
    for name, values in killed.items():
        plain = dict.fromkeys([column.name for column in OUTCOMES], 0.0)
        own = {column: by_name[name] for column, by_name in columns.items()}
        made = pd.DataFrame(plain | {"killed": values} | own, index=range(len(values)))
        rows.append(made.assign(scenario=name, replicate=range(len(values)), seed=1))
    runs = pd.concat(rows, ignore_index=True).astype({"scenario": "category"})
    world = synthetic.scenario(synthetic.SMALL_TILES, "7d", "south")
    worlds: Any = {name: synthetic.World(name, world) for name in killed}
    return Frames(worlds, (Path("results/made-up"),), synthetic.reader({"runs": runs}))


def test_a_row_of_a_comparison() -> None:
    """More less base: 5, 3, 7, 3, 8; mean 5.2, variance 5.2."""
    found = comparing.compare(results(NEXT), outcomes=["killed"], relevant=0.2)
    assert found["scenario"].tolist() == ["more", "less"]
    row = found.iloc[0]
    error = math.sqrt(5.2 / 5)
    reach = float(stats.t.ppf(0.975, 4)) * error
    expected = (5.2, error, 5.2 - reach, 5.2 + reach, 9.8, 4.6)
    names = ["difference", "difference_se", "difference_low", "difference_high", "mean",
             "baseline_mean"]  # fmt: skip
    assert tuple(row[names]) == pytest.approx(expected)
    assert row["relevant"] == pytest.approx(0.2 * 4.6)
    assert (row["pairs"], row["runs"], row["baseline_runs"]) == (5, 5, 5)
    assert row["tail_shift"] == 12 - 9
    assert row["tail"] == 0.9
    p = 2 * float(stats.t.sf(5.2 / error, 4))
    assert row["p"] == pytest.approx(p)
    assert row["p_holm"] == pytest.approx(2 * p)
    # Less than base: 3, 1, 1, 0 and 2 fewer.
    assert found.iloc[1][["more", "same", "less"]].tolist() == pytest.approx([0, 0.2, 0.8])
    assert found["numbers_low"].isna().all()


def test_a_share_has_a_relevant_difference_of_its_own() -> None:
    runs = results(NEXT, reprisal_share={name: [0.2, 0.4, 0.1, 0.3, 0.3] for name in NEXT})
    found = comparing.compare(runs, outcomes=["reprisal_share"], relevant=0.2)
    assert found["relevant"].tolist() == [0.2, 0.2]


def test_numbers_out_of_range_are_refused() -> None:
    runs = results(NEXT)
    for tail in (0.0, 1.0):
        with pytest.raises(ValueError, match="above 0 and below 1"):
            comparing.compare(runs, tail=tail)
    with pytest.raises(ValueError, match="at least 0"):
        comparing.compare(runs, relevant=-0.01)
    nothing = comparing.compare(runs, outcomes=["killed"], relevant=0.0)
    assert nothing["relevant"].tolist() == [0, 0]


def test_scenarios_that_are_compared_and_those_that_are_not() -> None:
    runs = results(NEXT)
    assert comparing.base_name(runs, None) == "base"
    assert comparing.base_name(runs, "less") == "less"
    assert comparing.comparable(runs, "more") == ["base", "less"]
    assert comparing.left_out(runs) == []
    assert comparing.outcome_names(runs, ["killed", "wounded", "killed"]) == ["killed", "wounded"]
    assert comparing.outcome_names(runs, None)[0] == "killed"


def test_a_contrast_of_few_runs() -> None:
    """More less base 5, 3, 7, 3, 8; less than base -3, -1, -1, 0, -2: 8, 4, 8, 3, 10 apart."""
    runs = results(NEXT)
    (row,) = contrasts.contrasts(runs, ["more against less"], outcomes=["killed"]).to_dict(
        "records"
    )
    gaps = [8, 4, 8, 3, 10]
    error = math.sqrt(np.var(gaps, ddof=1) / 5)
    reach = float(stats.t.ppf(0.975, 4)) * error
    found = tuple(row[f"difference{end}"] for end in ("", "_se", "_low", "_high"))
    assert found == pytest.approx((6.6, error, 6.6 - reach, 6.6 + reach))
    assert (row["first"], row["second"], row["runs"]) == pytest.approx((5.2, -1.4, 5))
    assert row["ratio"] == pytest.approx(5.2 / -1.4)
    assert (row["family"], row["method"], row["verdict"]) == (1, "paired", contrasts.OPPOSITE)
    assert math.isnan(row["numbers_low"])
    turned = contrasts.contrasts(
        runs, ["more - less against base - less"], outcomes=["killed"]
    ).iloc[0]
    assert turned["difference"] == pytest.approx(5.2)
    assert turned["p"] == pytest.approx(2 * float(stats.t.sf(5.2 / math.sqrt(5.2 / 5), 4)))


def test_two_runs_are_enough_for_a_contrast() -> None:
    few = results({"base": [4.0, 9], "more": [9.0, 12], "less": [1.0, 8]})
    row = contrasts.contrasts(few, ["more against less"], outcomes=["killed"]).iloc[0]
    assert (row["method"], row["difference"]) == ("paired", 6.0)
    one = results({"base": [4.0], "more": [9.0], "less": [1.0]})
    row = contrasts.contrasts(one, ["more against less"], outcomes=["killed"]).iloc[0]
    assert (row["method"], row["family"]) == ("unpaired", 0)


def test_a_contrast_has_a_band_where_all_were_run_at_the_same_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    luck = np.random.default_rng(2)
    values = {
        name: list(luck.poisson(mean, 36)) for name, mean in zip("abc", (9, 14, 6), strict=True)
    }
    runs = results(values)
    monkeypatch.setattr(uncertainty, "draws", lambda *_: 12)
    row = contrasts.contrasts(runs, ["b against c"], outcomes=["killed"]).iloc[0]
    gaps = np.subtract(values["b"], values["c"]).astype(float)
    band = uncertainty.band(gaps, np.arange(36) % 12)
    assert (row["numbers_low"], row["numbers_high"]) == pytest.approx(band)
    shared = comparing.compare(runs, outcomes=["killed"]).iloc[0]
    ours = uncertainty.band(np.subtract(values["b"], values["a"]).astype(float), np.arange(36) % 12)
    assert (shared["numbers_low"], shared["numbers_high"]) == pytest.approx(ours)
    monkeypatch.setattr(uncertainty, "draws", lambda _, name: 12 if name == "b" else 18)
    row = contrasts.contrasts(runs, ["b against c"], outcomes=["killed"]).iloc[0]
    assert math.isnan(row["numbers_low"])


def test_gaps_within_pairs_by_scenario() -> None:
    found = gaps.pair_differences(results(NEXT))
    assert {name: values.tolist() for name, values in found.items()} == {
        "more": [5, 3, 7, 3, 8], "less": [-3, -1, -1, 0, -2],
    }  # fmt: skip
    assert list(gaps.pair_differences(results(NEXT), "more")) == ["base", "less"]


def test_cumulative_counts_are_subtracted_by_tick() -> None:
    """Of three ticks; the scenario of another seed has no pairs."""
    made = results({"base": [0.0, 0], "more": [0.0, 0], "other": [0.0, 0]})
    runs = made.runs.assign(seed=[1, 1, 1, 1, 2, 2])
    counts = {"base": [[1, 0, 2], [0, 0, 4]], "more": [[3, 1, 0], [0, 5, 5]],
              "other": [[1, 1, 1], [2, 2, 2]]}  # fmt: skip
    rows = [
        (name, replicate, tick, killed)
        for name, by_run in counts.items()
        for replicate, by_tick in enumerate(by_run)
        for tick, killed in enumerate(by_tick)
    ]
    ticks = pd.DataFrame(rows, columns=["scenario", "replicate", "tick", "killed"])
    tables = {"runs": runs, "ticks": ticks.astype({"scenario": "category"})}
    frames = Frames(made.scenarios, made.folders, synthetic.reader(tables))
    found = courses.course_differences(frames)
    assert found["more"].to_numpy().tolist() == [[2, 3, 1], [0, 5, 6]]
    clock = frames.scenarios["base"].scenario.clock
    start = pd.Timestamp(clock.start)
    assert found["more"].columns.tolist() == [
        start + pd.Timedelta(hours=clock.tick * number) for number in (1, 2, 3)
    ]
    assert found["other"].empty
