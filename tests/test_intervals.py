"""Intervals over runs on a few numbers, worked out by hand or by another formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analysis import intervals
from analysis.intervals import Estimate

Z = 1.959963984540054
NAN = math.nan


def same(found: Estimate, *expected: float) -> None:
    assert tuple(found) == pytest.approx(expected, nan_ok=True)


def test_the_level_is_95_percent_and_its_ends_leave_out_alike() -> None:
    assert pytest.approx((0.95, Z)) == (intervals.LEVEL, intervals.Z)
    assert pytest.approx((0.025, 0.975)) == intervals.ENDS


def test_a_mean_has_the_interval_of_student() -> None:
    """1, 2 and 6: mean 3, variance 7, error the root of 7 / 3."""
    error = math.sqrt(7 / 3)
    t = float(stats.t.ppf(0.975, 2))
    same(intervals.mean([1, 2, 6]), 3, error, 3 - t * error, 3 + t * error)
    same(intervals.mean([1, 2, 6], floor=0), 3, error, 0, 3 + t * error)
    t = float(stats.t.ppf(0.9, 2))
    same(intervals.mean([1, 2, 6], level=0.8), 3, error, 3 - t * error, 3 + t * error)
    same(intervals.mean([4]), 4, NAN, NAN, NAN)
    same(intervals.mean([]), NAN, NAN, NAN, NAN)


def test_a_difference_has_the_interval_of_welch() -> None:
    """1, 2, 6 against 4, 6: gap -2, variances 7 / 3 and 2 / 2 of the means."""
    error, freedom = math.sqrt(7 / 3 + 1), (7 / 3 + 1) ** 2 / ((7 / 3) ** 2 / 2 + 1 / 1)
    reach = float(stats.t.ppf(0.975, freedom)) * error
    same(intervals.difference([1, 2, 6], [4, 6]), -2, error, -2 - reach, -2 + reach)
    assert intervals.welch_freedom(np.array([1.0, 2, 6]), np.array([4.0, 6])) == pytest.approx(
        freedom
    )
    same(intervals.difference([1, 1], [3, 3]), -2, 0, -2, -2)
    same(intervals.difference([1], [3, 4]), -2.5, NAN, NAN, NAN)
    same(intervals.difference([1, 2], [3]), -1.5, NAN, NAN, NAN)
    same(intervals.difference([], [3]), NAN, NAN, NAN, NAN)
    same(intervals.difference([3], []), NAN, NAN, NAN, NAN)


def test_a_difference_of_shares_adds_one_yes_and_one_no_to_each() -> None:
    """3 of 4 and 1 of 5: shares 4 / 6 and 2 / 7, the difference of 0.75 and 0.2 told."""
    error = math.sqrt(4 / 6 * 2 / 6 / 6 + 2 / 7 * 5 / 7 / 7)
    middle = 4 / 6 - 2 / 7
    found = intervals.share_difference([1, 1, 1, 0], [0, 0, 0, 1, 0])
    same(found, 0.55, error, middle - Z * error, middle + Z * error)
    error = math.sqrt(2 * (2 / 3 * 1 / 3 / 3))
    same(intervals.share_difference([1], [0]), 1, error, 1 / 3 - Z * error, 1)
    same(intervals.share_difference([0], [1]), -1, error, -1, -1 / 3 + Z * error)
    same(intervals.share_difference([], [1]), NAN, NAN, NAN, NAN)
    same(intervals.share_difference([1], []), NAN, NAN, NAN, NAN)


def test_a_difference_of_paired_shares_adds_half_a_pair_to_each_answer() -> None:
    """Of five pairs three go up and one goes down: 3.5 and 1.5 of 7."""
    found = intervals.paired_share_difference([1, 1, 1, 0, 0], [0, 0, 0, 1, 0])
    middle = 2 / 7
    error = math.sqrt(5 - 7 * middle**2) / 7
    same(found, 0.4, error, middle - Z * error, middle + Z * error)
    same(intervals.paired_share_difference([], []), NAN, NAN, NAN, NAN)


def test_a_share_has_the_interval_of_wilson() -> None:
    for hits, runs, level in (
        (3, 10, 0.95),
        (1, 8, 0.95),
        (7, 8, 0.95),
        (0, 7, 0.95),
        (7, 7, 0.95),
        (2, 9, 0.8),
    ):
        known = stats.binomtest(hits, runs).proportion_ci(level, method="wilson")
        error = math.sqrt(hits / runs * (1 - hits / runs) / runs)
        same(intervals.share(hits, runs, level), hits / runs, error, known.low, known.high)
    assert intervals.share(0, 7).low == 0.0
    assert intervals.share(7, 7).high == 1.0
    same(intervals.share(0, 0), NAN, NAN, NAN, NAN)


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.0, 2), (0.2, 2), (0.21, 3), (0.4, 3), (0.5, 5), (0.8, 9), (0.81, 20), (1.0, 20)],
)
def test_a_quantile_is_the_smallest_value_that_enough_runs_do_not_exceed(
    probability: float, expected: float
) -> None:
    assert intervals.quantile([9, 2, 20, 5, 3], probability) == expected
    assert math.isnan(intervals.quantile([], probability))


def test_an_interval_of_a_quantile_holds_it_as_often_as_order_statistics_say() -> None:
    """Of ten, the second and the ninth hold the median with 0.9785; the third with 0.8906."""
    values = [10, 30, 20, 50, 40, 70, 60, 90, 80, 100]
    assert intervals.quantile_interval(values, 0.5) == (20, 90)
    assert stats.binom.cdf(8, 10, 0.5) - stats.binom.cdf(1, 10, 0.5) > 0.95
    assert stats.binom.cdf(7, 10, 0.5) - stats.binom.cdf(2, 10, 0.5) < 0.95
    assert intervals.quantile_interval(values, 0.5, 0.85) == (30, 80)
    assert intervals.quantile_interval(values, 0.35) == (10, 80)
    low, high = intervals.quantile_interval(values, 0.05)
    assert math.isnan(low)
    assert math.isnan(high)
    assert all(map(math.isnan, intervals.quantile_interval([], 0.5)))
    assert all(map(math.isnan, intervals.quantile_interval([1], 0.5)))


def test_the_band_of_a_whole_distribution_is_that_of_massart() -> None:
    """The root of ln(2 / 0.05) / 2 n: 0.1358 of a hundred runs, and never beyond 1."""
    assert intervals.curve_margin(100) == pytest.approx(0.13581015)
    assert intervals.curve_margin(400) == pytest.approx(0.13581015 / 2)
    assert intervals.curve_margin(1) == 1.0
    assert intervals.curve_margin(2) == pytest.approx(0.96032272)


def test_a_pooled_share_has_the_run_as_its_unit() -> None:
    """2 of 4, 1 of 2 and 3 of 4 chains: 6 of 10; residuals -0.4, -0.2 and 0.6."""
    parts = np.array([[2.0, 4.0, 0.0], [1.0, 2.0, 0.0], [3.0, 4.0, 0.0]])
    pooled, low, high = intervals.ratio(parts, np.array([4.0, 2.0, 4.0]))
    assert pooled.tolist() == pytest.approx([0.6, 1.0, 0.0])
    error = math.sqrt(3 / 2 * (0.16 + 0.04 + 0.36)) / 10
    reach = float(stats.t.ppf(0.975, 2)) * error / 0.24
    logit = math.log(0.6 / 0.4)
    ends = [1 / (1 + math.exp(-(logit + sign * reach))) for sign in (-1, 1)]
    assert low.tolist() == pytest.approx([ends[0], 1.0, 0.0])
    assert high.tolist() == pytest.approx([ends[1], 1.0, 0.0])
    _, low, high = intervals.ratio(np.array([[2.0], [0.0]]), np.array([4.0, 0.0]))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_columns_have_the_name_of_the_number() -> None:
    found = Estimate(1.0, 2.0, 3.0, 4.0).columns("x")
    assert found == {"x": 1.0, "x_low": 3.0, "x_high": 4.0}
