"""Statistics of event logs on a few numbers, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from scipy import special, stats

from analysis import chance, intervals
from analysis.events.statistics import (
    description,
    dispersion,
    fitting,
    hawkes,
    knowable,
    likeliest,
    log,
    nearness,
    panels,
    placebo,
    rhythm,
    sizes,
    tails,
    waits,
)
from analysis.events.statistics.hawkes import Background, Problem
from analysis.events.statistics.log import EventLog
from analysis.intervals import Estimate

# Counts of six windows of two hours; their mean is 2 and their variance 22 / 5.
COUNTS = (0, 1, 5, 0, 4, 2)


def test_the_factor_of_counts_and_its_interval() -> None:
    """Without one window each: the factors of the five others, on the log scale."""
    counts = np.array(COUNTS, float)
    value, low, high = dispersion._factor(counts)
    assert value == pytest.approx(22 / 5 / 2)
    without = [np.delete(counts, n) for n in range(6)]
    logs = [math.log(float(rest.var(ddof=1) / rest.mean())) for rest in without]
    error = math.sqrt(5 / 6 * sum((each - sum(logs) / 6) ** 2 for each in logs))
    reach = float(stats.t.ppf(0.975, 5)) * error
    assert (low, high) == pytest.approx((2.2 * math.exp(-reach), 2.2 * math.exp(reach)))


def test_the_band_of_a_poisson_process_has_one_degree_less_than_windows() -> None:
    hours = [2 * place + 0.5 for place, number in enumerate((*COUNTS, 1, 3)) for _ in range(number)]
    row = dispersion.fano(EventLog(np.array(hours), 16.0), [2.0]).iloc[0]
    assert (row["scale"], row["windows"]) == (2.0, 8)
    low, high = stats.chi2.ppf([0.025, 0.975], 7) / 7
    assert (row.iloc[-2], row.iloc[-1]) == pytest.approx((low, high))


def test_burstiness_and_memory_of_four_waiting_times() -> None:
    """Gaps 1, 2, 6, 3 before 2, 6, 3, 4: mean 3, variance 3.5; following 3.75, variance 2.1875."""
    gaps, following = np.array([1.0, 2, 6, 3]), np.array([2.0, 6, 3, 4])
    burstiness, memory = waits._statistics(gaps, following)
    spread = math.sqrt(3.5)
    assert burstiness == pytest.approx((spread - 3) / (spread + 3))
    product = (-2 * -1.75 + -1 * 2.25 + 3 * -0.75 + 0 * 0.25) / 4
    assert memory == pytest.approx(product / (spread * math.sqrt(2.1875)))


def test_a_waiting_time_is_compared_with_both_tails() -> None:
    null = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9])
    assert waits.two_sided(8.5, null) == pytest.approx(2 * (1 + 1) / 10)
    assert waits.two_sided(1.0, null) == pytest.approx(2 * (1 + 1) / 10)
    assert waits.two_sided(0.0, null) == pytest.approx(2 * 1 / 10)
    assert waits.two_sided(5.0, null) == 1.0


def test_the_basic_interval_is_the_mirror_of_what_is_drawn() -> None:
    """Skewed gaps: draws reach further on one side, and the interval on the other."""
    gaps = np.array([0.1] * 30 + [9.0, 0.1, 0.1, 8.0] + [0.1] * 30)
    value = waits._statistics(gaps[:-1], gaps[1:])

    class Drawn:
        """Blocks that begin where they are told."""

        def __init__(self) -> None:
            self.rng = np.random.default_rng(5)

        def integers(self, *arguments: int, **named: int) -> np.ndarray:
            return self.rng.integers(*arguments, **named)

    errors, lows, highs = waits._bootstrap(gaps, Drawn(), 199)  # type: ignore[arg-type]
    rng, samples = np.random.default_rng(5), []
    first, second, size, width = gaps[:-1], gaps[1:], 63, 4
    for _ in range(199):
        starts = rng.integers(size, size=16)
        rows = [(start + step) % size for start in starts for step in range(width)][:size]
        samples.append(waits._statistics(first[rows], second[rows]))
    drawn = np.array(samples)
    np.testing.assert_allclose(errors, drawn.std(axis=0))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(lows, np.clip(2 * value - high, -1, 1))
    np.testing.assert_allclose(highs, np.clip(2 * value - low, -1, 1))
    assert (high - value)[0] != pytest.approx((value - low)[0], rel=0.2)


def test_places_are_compared_with_one_of_them_later_both_ways() -> None:
    """The second place repeats the first a day later; the first repeats nothing of it."""
    first = np.array([1.0, 0, 3, 0, 0, 2, 0, 5])
    values = np.column_stack([first, np.roll(first, 1)])
    ahead, behind = nearness._lagged(values, 1)
    assert ahead.tolist() == values[1:].tolist()
    assert behind.tolist() == values[:-1].tolist()
    alike = nearness._correlation(ahead, behind)
    follows = np.corrcoef(values[1:, 1], values[:-1, 0])[0, 1]
    leads = np.corrcoef(values[1:, 0], values[:-1, 1])[0, 1]
    assert follows == pytest.approx(1.0)
    assert leads < 0.5
    assert alike[0, 1] == alike[1, 0] == pytest.approx((follows + leads) / 2)


def test_the_means_of_pairs_are_those_of_neighbours_and_of_others() -> None:
    alike = np.array([[1.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 1.0]])
    border = np.array([[False, True, False], [True, False, False], [False, False, False]])
    assert nearness._means(alike, border).tolist() == pytest.approx([0.5, 0.2, 0.3])
    value, error, low, high = nearness._estimate(0.9, 0.1)
    reach = float(stats.t.ppf(0.975, 19)) * 0.1
    assert (value, error, low, high) == pytest.approx((0.9, 0.1, 0.9 - reach, 1.0))


def test_a_trend_is_the_mean_of_the_days_around() -> None:
    days = np.array([[1.0], [4.0], [16.0], [9.0], [0.0]])
    found = nearness._detrended(days, 3)
    assert found.ravel().tolist() == pytest.approx([2 - 7 / 3, 4 - 9 / 3, 3 - 7 / 3])


# the log


def log_of(hours: object, length: float, **more: Any) -> EventLog:
    return EventLog(np.array(hours, float), length, **{"resolution": 0.0, **more})


def test_lengths_of_time_have_names() -> None:
    month = 365.25 * 24 / 12
    names = {168.0: "week", 336.0: "2 weeks", month: "month", 3 * month: "3 months", 24.0: "day",
             72.0: "3 days", 1.0: "hour", 5.0: "5 hours", 1.5: "1.5 hours"}  # fmt: skip
    assert {hours: log.period_name(hours) for hours in names} == names
    assert log.period_name(168 * (2 + 3e-7)) == "2 weeks"
    assert log.period_name(168 * (2 + 3e-6)) != "2 weeks"


def test_accuracy_is_needed_up_to_what_is_asked() -> None:
    daily = log_of([0, 24], 48.0, resolution=24.0)
    daily.need("days", 24.0)
    with pytest.raises(ValueError, match=r"days need times to 0\.958 d or better; .* to 1 d"):
        daily.need("days", 23.0)


def test_times_lie_within_the_span_and_in_order() -> None:
    assert len(log_of([0, 5, 5, 9], 9.0)) == 4
    assert EventLog(np.array([1.0]), 9.0).resolution == pytest.approx(1 / 60)
    for hours in ([-1, 3], [3, 9.5], [4, 3], [1, math.nan]):
        with pytest.raises(ValueError, match="times must"):
            log_of(hours, 9.0)
    with pytest.raises(ValueError, match="2 times, but 1 places, sizes or sides"):
        log_of([1, 2], 9.0, size=np.array([1.0]))


def test_events_are_spread_over_their_accuracy_and_stay_in_the_span() -> None:
    made = log_of([0, 4, 4, 9.5], 10.0, resolution=2.0)
    moved = np.array([0, 4, 4, 9.5]) + 2 * chance.generator(3, "spread").random(4)
    assert made.spread(3).tolist() == sorted(np.minimum(moved, 10.0))
    assert made.spread().tolist() == made.spread(0).tolist() != made.spread(1).tolist()


def test_events_of_some_places_keep_the_span() -> None:
    place = np.array(["a", "b", "c", "a", "d"], dtype=object)
    made = log_of([1, 2, 3, 4, 5], 9.0, place=place, size=np.arange(5.0), name="log")
    two = made.select(["a", "c"])
    assert (two.hours.tolist(), two.length, two.name) == ([1, 3, 4], 9.0, "log, a and c")
    assert two.size is not None
    assert two.size.tolist() == [0, 2, 3]
    assert made.select("b").name == "log, b"
    assert made.select(["a", "b", "c"]).name == "log"


def test_local_days_and_hours_of_a_span_that_begins_in_the_evening() -> None:
    """From 21:30 in Baghdad: after 2.25 hours it is 23:45, and 26 hours end at 23:30 next day."""
    start = pd.Timestamp("2022-08-29 21:30", tz="Asia/Baghdad")
    made = log_of([0.5, 2.25, 2.5, 26], 26.0, start=start, dated=True)
    assert made.hour_of_day.tolist() == [22, 23, 0, 23]
    assert made.day.tolist() == [0, 0, 1, 1]
    assert (made.days, log_of([], 2.5, start=start, dated=True).days) == (2, 1)
    assert log_of([], 2.6, start=start, dated=True).days == 2
    assert made.edges[1] - made.edges[0] == pd.Timedelta(hours=26)
    assert made.hours_at("2022-08-30 00:15") == 2.75
    assert made.hours_at(pd.Timestamp("2022-08-29 21:00", tz="UTC")) == 2.5
    assert made.hours_at(7) == 7.0


# Fano factor


def test_windows_of_a_coarse_log_are_multiples_of_its_accuracy() -> None:
    hours = np.repeat(np.arange(0, 40, 2) * 168.0, 2)
    table = dispersion.fano(log_of(hours, 40 * 168.0, resolution=168.0))
    assert table["scale"].tolist() == [168.0, 336.0, 672.0]
    assert table["windows"].tolist() == [40, 20, 10]
    assert table["fano"].tolist() == pytest.approx([40 / 39, 0, 0])


def test_which_windows_are_counted() -> None:
    """Eight windows are enough, seven are not; what lies after the last whole one is left out."""
    made = log_of([0, 1, 2.0, 15.5, 16.2], 16.9)
    table = dispersion.fano(made, [2.0, 2.2])
    assert (table["scale"].tolist(), table["windows"].tolist()) == ([2.0], [8])
    counts = np.array([2, 1, 0, 0, 0, 0, 0, 1.0])
    assert table["fano"].iloc[0] == pytest.approx(counts.var(ddof=1) / counts.mean())
    assert dispersion.fano(log_of([3, 16.5], 16.9), [2.0]).empty
    assert len(dispersion.fano(log_of([3, 5], 16.9), [2.0])) == 1
    assert dispersion.fano(log_of([3, 5], 16.9, resolution=2.1), [2.0]).empty
    assert len(dispersion.fano(log_of([3, 5], 16.9, resolution=2.0), [2.0])) == 1


def test_the_interval_of_a_factor_leaves_out_blocks_of_windows() -> None:
    """Of 25 windows the first five blocks have two each, the other fifteen one."""
    counts = np.array([3, 0, 1, 1, 4, 0, 2, 2, 7, 0, 1, 0, 5, 1, 2, 0, 0, 3, 1, 6, 2, 1, 0, 4, 2.0])
    blocks = [[2 * n, 2 * n + 1] for n in range(5)] + [[n] for n in range(10, 25)]
    logs = []
    for block in blocks:
        rest = np.delete(counts, block)
        logs.append(math.log(rest.var(ddof=1) / rest.mean()))
    middle = sum(logs) / 20
    error = math.sqrt(19 / 20 * sum((each - middle) ** 2 for each in logs))
    value = counts.var(ddof=1) / counts.mean()
    reach = float(stats.t.ppf(0.975, 19)) * error
    assert dispersion._factor(counts) == pytest.approx(
        (value, value * math.exp(-reach), value * math.exp(reach))
    )
    assert dispersion._without(np.array([0, 3.0, 0]), np.array([1])) == 0.0
    lonely = dispersion._factor(np.array([0, 0, 3.0, 0, 0, 0, 0, 0]))
    assert (lonely[0], math.isnan(lonely[1])) == (3.0, True)
    regular = dispersion._factor(np.array([2, 3, 2, 1, 2, 2, 3, 2.0]))
    assert regular[0] == pytest.approx((39 - 17**2 / 8) / 7 / (17 / 8))
    assert 0 < regular[1] < regular[0] < regular[2]
    even = dispersion._factor(np.full(8, 2.0))
    assert (even[0], math.isnan(even[1])) == (0.0, True)


# before and after an order


def test_placebo_dates_are_whole_days_away_and_clear_of_the_order() -> None:
    """Windows of 10 hours, and 2 between: 12 hours after, so that 22 hours keep clear."""
    made = log_of([], 100.0)
    assert placebo._dates(made, 50.0, 10.0, 12.0).tolist() == [26, 74]
    assert placebo._dates(made, 58.0, 10.0, 12.0).tolist() == [10, 34, 82]
    assert placebo._dates(made, 64.0, 10.0, 12.0).tolist() == [16, 40, 88]
    assert placebo._dates(made, 50.0, 12.0, 13.0).tolist() == []
    assert placebo._dates(made, 50.0, 12.0, 12.0).tolist() == [26, 74]


def test_windows_hold_their_beginning_and_not_their_end() -> None:
    made = log_of([4, 5, 9, 10, 12, 13, 17, 18], 40.0)
    before, after = placebo._counts(made, np.array([10.0, 13]), 5.0, 3.0)
    assert (before.tolist(), after.tolist()) == ([2, 3], [2, 2])
    found = placebo.before_after(made, 10.0, window=5.0, gap=3.0)
    assert (found.before, found.after, found.at) == (2, 2, 10.0)
    assert placebo.before_after(made, 5.0, window=5.0).before == 1
    assert placebo.before_after(made, 32.0, window=5.0, gap=3.0).after == 0
    for at in (4.9, 32.1):
        with pytest.raises(ValueError, match="reach out of the span of 40 h"):
            placebo.before_after(made, at, window=5.0, gap=3.0)


def test_the_ratio_after_an_order_is_compared_with_that_of_placebo_dates() -> None:
    """Three before and one after: 1.5 / 3.5; nine other days have these counts before and after."""
    counts = [(1, 2), (0, 1), (2, 2), (4, 0), (1, 1), (3, 1), (0, 0), (2, 5), (1, 3)]
    days = [*counts[:5], (3, 1), *counts[5:]]
    hours = [
        24 * day + start + 1 + number / 10
        for day, (before, after) in enumerate(days)
        for start, amount in ((0, before), (12, after))
        for number in range(amount)
    ]
    found = placebo.before_after(log_of(sorted(hours), 240.0), 132.0, window=12.0)
    ratios = [(after + 0.5) / (before + 0.5) for before, after in counts]
    assert found.placebo.tolist() == pytest.approx(ratios)
    logs = np.log(ratios)
    value = math.log(1.5 / 3.5)
    reach = 1.959963984540054 * float(logs.std(ddof=1))
    ends = math.exp(value), math.exp(value - reach), math.exp(value + reach)
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == pytest.approx(ends)
    assert found.p_fall == pytest.approx((1 + 2) / 10)
    # Their median is 0: as far are 3 to 1 and 4 to 0, and 0 to 1 and 1 to 3 the other way.
    far = sum(abs(each) >= abs(value) - 1e-12 for each in logs - np.median(logs))
    assert found.p_change == pytest.approx((1 + far) / 10)
    assert far == 4


def test_eight_placebo_dates_are_needed_for_an_interval() -> None:
    values = np.array([0.1, -0.4, 0.3, 0.9, -0.2, 0.0, 0.5, -0.7])
    assert placebo._estimate(0.2, values).low < math.exp(0.2)
    assert math.isnan(placebo._estimate(0.2, values[:7]).low)
    assert placebo._estimate(0.2, values[:7]).value == pytest.approx(math.exp(0.2))
    assert placebo._either_way(0.2, np.empty(0)) == 1.0


# hours of the day


def test_the_night_is_a_share_with_the_day_as_its_unit() -> None:
    """At night are 1 of 2, 2 of 3 and 1 of 4 events of three days."""
    start = pd.Timestamp("2022-08-29", tz="Asia/Baghdad")
    hours = [12, 23, 24 + 5, 24 + 13, 24 + 22, 48 + 6, 48 + 8, 48 + 21, 48 + 22]
    made = log_of(hours, 72.0, start=start, dated=True, resolution=1.0)
    found = rhythm.daytime(made)
    assert found.flat == pytest.approx(8 / 24)
    assert found.night.value == pytest.approx(4 / 9)
    pooled, wholes = 4 / 9, (2, 3, 4)
    residuals = [part - whole * pooled for part, whole in zip((1, 2, 1), wholes, strict=True)]
    error = math.sqrt(3 / 2 * sum(each**2 for each in residuals)) / 9
    reach = float(stats.t.ppf(0.975, 2)) * error / (pooled * (1 - pooled))
    ends = [1 / (1 + math.exp(-(math.log(4 / 5) + sign * reach))) for sign in (-1, 1)]
    assert (found.night.low, found.night.high) == pytest.approx(tuple(ends))
    profile = found.profile.set_index("hour")
    assert profile.index.tolist() == list(range(24))
    assert profile["events"].loc[[5, 6, 12, 22, 23]].tolist() == [1, 1, 1, 2, 1]
    assert profile["share"].loc[22] == pytest.approx(2 / 9)
    noon = rhythm.daytime(made, (12, 14))
    assert (noon.night.value, noon.flat) == pytest.approx((2 / 9, 2 / 24))
    with pytest.raises(ValueError, match="to the hour or better"):
        rhythm.daytime(log_of([1], 72.0, start=start, dated=True, resolution=1.1))


# sizes


def test_sizes_have_shares_quantiles_and_two_laws() -> None:
    size = np.array([0, 0.4, *[1] * 12, *[2] * 8, *[3.4] * 5, 9, math.nan])
    found = sizes.severity(log_of(np.arange(29.0), 40.0, size=size))
    assert (found.events, found.largest) == (28, 9)
    assert found.deadly == intervals.share(26, 28)
    assert found.quantiles["size"].tolist() == [2, 2, 3, 3, 9]
    expected = intervals.quantile_interval(size[2:-1].round(), 0.5)
    assert tuple(found.quantiles.loc[0, ["low", "high"]]) == expected
    assert found.whole is not None
    assert found.tail is not None
    assert (found.whole.xmin, found.whole.events) == (1, 26)
    none = sizes.severity(log_of([1, 2], 9.0, size=np.zeros(2)))
    assert (none.largest, none.whole, none.tail) == (0, None, None)
    assert none.quantiles["size"].isna().all()
    assert none.quantiles["low"].isna().all()
    unknown = sizes.severity(log_of([1], 9.0, size=np.array([math.nan])))
    assert (unknown.events, unknown.largest) == (0, 0)
    with pytest.raises(ValueError, match="sizes must not be negative, got -2"):
        sizes.severity(log_of([1, 2], 9.0, size=np.array([4, -2.0])))


TAIL = np.repeat([2, 3, 4, 7, 15], [9, 6, 5, 3, 2])


def log_zeta(alpha: float, xmin: int) -> float:
    return math.log(float(special.zeta(alpha, xmin)))


def test_the_exponent_is_the_most_likely_and_has_the_error_of_its_curvature() -> None:
    fit = tails.fit(TAIL, 2)
    alpha, step = fit.alpha.value, 1e-3
    mean = float(np.log(TAIL).mean())
    slope = (log_zeta(alpha + step, 2) - log_zeta(alpha - step, 2)) / (2 * step)
    assert -slope == pytest.approx(mean, abs=1e-5)
    up, here, down = (log_zeta(alpha + shift, 2) for shift in (step, 0, -step))
    error = 1 / math.sqrt(25 * (up - 2 * here + down) / step**2)
    assert fit.alpha.error == pytest.approx(error)
    reach = 1.959963984540054 * error
    assert (fit.alpha.low, fit.alpha.high) == pytest.approx((alpha - reach, alpha + reach))
    assert fit.events == 25
    assert tails.fit(TAIL, 3).events == 16


def test_the_distance_of_a_power_law_is_the_largest_at_any_size() -> None:
    fit = tails.fit(TAIL, 2)
    every = np.arange(2, 17)
    seen = np.array([(each <= TAIL).mean() for each in every])
    model = special.zeta(fit.alpha.value, every) / special.zeta(fit.alpha.value, 2)
    assert fit.ks == pytest.approx(np.abs(seen - model).max())
    counts = np.array([1, 9, 1])
    alpha = 1.4
    support = np.array([2.0, 3, 30])
    seen = np.array([11, 10, *[1] * 27, 0]) / 11
    model = special.zeta(alpha, np.arange(2, 32)) / special.zeta(alpha, 2)
    assert tails._distance(support, counts, 2, alpha) == pytest.approx(np.abs(seen - model).max())


def test_the_two_laws_are_compared_by_their_likelihood() -> None:
    fit = tails.fit(TAIL, 2)

    def lognormal(size: float) -> float:
        normal = stats.norm(fit.mu, fit.sigma)
        inside = normal.cdf(math.log(size + 0.5)) - normal.cdf(math.log(size - 0.5))
        return math.log(inside / normal.sf(math.log(1.5)))

    power = [-fit.alpha.value * math.log(size) - log_zeta(fit.alpha.value, 2) for size in TAIL]
    gaps = np.array([lognormal(size) for size in TAIL]) - power
    ratio = math.sqrt(25) * gaps.mean() / gaps.std()
    assert fit.ratio == pytest.approx(ratio, rel=1e-6)
    assert fit.p == pytest.approx(2 * float(stats.norm.sf(abs(ratio))))
    whole = sum(lognormal(size) for size in TAIL)
    for mu, sigma in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        moved = tails._log_mass(TAIL.astype(float), 2, fit.mu + mu, fit.sigma + sigma)
        assert moved.sum() < whole + 1e-6


def test_a_lognormal_may_lie_far_above_the_smallest_size() -> None:
    sizes_ = np.repeat([1, 5, 20, 60, 200], [1, 4, 6, 4, 1])
    logs = np.log(sizes_)
    fit = tails.fit(sizes_, 1)
    assert (fit.mu, fit.sigma) == pytest.approx((logs.mean(), logs.std()), abs=0.05)


def test_a_law_is_favoured_below_five_percent() -> None:
    law = tails.fit(TAIL, 2)
    favoured = [
        replace(law, ratio=ratio, p=p).favours
        for ratio, p in ((2.0, 0.049), (-2.0, 0.049), (2.0, 0.051), (2.0, math.nan))
    ]
    assert favoured == ["lognormal", "power law", "neither", "neither"]


def test_the_tail_starts_where_a_power_law_is_nearest_and_enough_is_left() -> None:
    """Of 2, 3, 4, 7, 15 the last two cannot start it, as they leave fewer than three sizes."""
    counts = np.array([9, 6, 5, 3, 2])
    values = np.array([2, 3, 4, 7, 15])
    distances = {}
    for place in range(3):
        alpha = tails._best_alpha(values[place:].astype(float), counts[place:], values[place])
        distances[int(values[place])] = tails._distance(
            values[place:].astype(float), counts[place:], values[place], alpha
        )
    nearest = min(distances, key=distances.__getitem__)
    assert tails.best_xmin(TAIL, 5) == nearest
    assert tails.best_xmin(TAIL, 10) == nearest
    assert tails.best_xmin(TAIL, 17) == 2
    assert tails.best_xmin(TAIL, 25) == 2
    assert tails.best_xmin(TAIL, 26) is None
    assert tails.best_xmin(TAIL[TAIL < 4], 1) is None
    assert tails.best_xmin(TAIL[TAIL < 7], 1) == 2


# waiting times


def test_ten_waiting_times_are_enough() -> None:
    hours = np.cumsum([0.5, 1, 3, 1, 2, 6, 1, 1, 4, 2, 1])
    found = waits.waiting(log_of(hours, 30.0, resolution=0.5), seed=2, draws=39)
    assert found.intervals == 10
    with pytest.raises(ValueError, match="9 waiting times are too few; 10 are needed"):
        waits.waiting(log_of(hours[1:], 30.0))
    rng = chance.generator(2, "waiting")
    drawn = []
    for _ in range(39):
        times = np.floor(np.sort(rng.random(11)) * 30 / 0.5) * 0.5
        gaps = np.diff(times)
        drawn.append(waits._statistics(gaps[:-1], gaps[1:]))
    null = np.array(drawn)
    low, high = np.quantile(null, [0.025, 0.975], axis=0)
    assert found.poisson_burstiness == pytest.approx((low[0], high[0]))
    assert found.poisson_memory == pytest.approx((low[1], high[1]))
    assert found.burstiness_p == waits.two_sided(found.burstiness.value, null[:, 0])
    assert found.memory_p == waits.two_sided(found.memory.value, null[:, 1])
    usual = waits.waiting(log_of(hours, 30.0)).burstiness_p
    assert usual * 250 == pytest.approx(round(usual * 250))
    assert usual < 0.9


# places


def test_places_border_in_either_direction() -> None:
    border = nearness._border(["a", "b", "c"], {"a": ["b"], "b": [], "c": ["a", "x"]})
    assert border.tolist() == [[False, True, True], [True, False, False], [True, False, False]]


def test_incomplete_days_at_the_ends_are_left_out() -> None:
    start = pd.Timestamp("2022-08-29 12:00", tz="UTC")
    place = np.array(["a", "b", "a", "a", "c", "b", "a"], dtype=object)
    hours = [1, 13, 14, 15, 20, 40, 62]
    made = log_of(hours, 63.0, start=start, dated=True, place=place)
    assert nearness._daily(made, ["a", "b"]).tolist() == [[2, 1], [0, 1]]
    three = log_of(hours[:5], 40.0, start=start, dated=True, place=place[:5])
    assert nearness._daily(three, ["a", "b"]).tolist() == [[2, 1]]
    short = log_of([1, 13], 20.0, start=start, dated=True, place=place[:2])
    assert nearness._daily(short, ["a", "b"]).tolist() == [[1, 0], [0, 1]]


def test_the_error_of_correlations_leaves_out_stretches_of_days() -> None:
    """Of 45 days the first five stretches have three each, the other fifteen two."""
    days = np.random.default_rng(4).normal(size=(45, 3))
    border = np.array([[False, True, False], [True, False, False], [False, False, False]])
    stretches = np.split(np.arange(45), [3, 6, 9, 12, 15, *range(17, 45, 2)])
    assert len(stretches) == 20
    left = []
    for stretch in stretches:
        rest = np.corrcoef(np.delete(days, stretch, 0).T)
        near, far = rest[0, 1], (rest[0, 2] + rest[1, 2]) / 2
        left.append((near, far, near - far))
    variance = 19 / 20 * ((np.array(left) - np.mean(left, axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(nearness._jackknife(days, days, border), np.sqrt(variance))


def test_neighbours_are_compared_with_shuffled_names() -> None:
    """Four places; the first two are neighbours, and share what happens."""
    luck = np.random.default_rng(6)
    shared = luck.poisson(3, 60)
    counts = np.column_stack([shared, shared + luck.poisson(1, 60), luck.poisson(3, (60, 2))])
    names = np.array(["a", "b", "c", "d"], dtype=object)
    day, column = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0).T
    made = log_of(24.0 * day + 12, 1440.0, start=pd.Timestamp("2022-01-01", tz="UTC"), dated=True,
                  place=names[column])  # fmt: skip
    border = {"a": ["b"], "b": [], "c": [], "d": [], "e": []}
    found = nearness.proximity(made, border, detrend=5, draws=99)
    table = found.pairs
    assert table["first"].tolist() == ["a", "a", "a", "b", "b", "c"]
    assert table["second"].tolist() == ["b", "c", "d", "c", "d", "d"]
    assert table["neighbours"].tolist() == [True] + [False] * 5
    roots = np.sqrt(counts[1:-1])
    trend = np.stack([roots[n : n + 5].mean(axis=0) for n in range(54)])
    alike = np.corrcoef((roots[2:-2] - trend).T)
    upper = alike[np.triu_indices(4, 1)]
    np.testing.assert_allclose(table["correlation"], upper)
    assert found.neighbours.value == pytest.approx(upper[0])
    assert found.others.value == pytest.approx(upper[1:].mean())
    assert found.difference.value == pytest.approx(upper[0] - upper[1:].mean())
    rng, hits = chance.generator(0, "proximity"), 0
    for _ in range(99):
        order = list(rng.permutation(4))
        # The shuffled neighbours are those that stand at the first two names.
        pair = sorted(order.index(name) for name in (0, 1))
        hits += pair == [0, 1]
    assert found.p == pytest.approx((1 + hits) / 100)
    assert nearness.proximity(made, border, detrend=19, draws=9).lag == 0
    with pytest.raises(ValueError, match="58 days are too few to compare places"):
        nearness.proximity(made, border, detrend=19, lag=1, draws=9)
    usual = nearness.proximity(made, border, detrend=5).p
    assert usual * 1000 == pytest.approx(round(usual * 1000))
    assert 0.1 < usual < 0.5
    for one_kind in (dict.fromkeys("abcd", ""), {"a": "bcd", "b": "cd", "c": "d", "d": ""}):
        with pytest.raises(ValueError, match="4 of the places have 30 events; neighbours and"):
            nearness.proximity(made, one_kind, detrend=5, draws=9)
    least = int(counts.sum(axis=0).min())
    assert len(nearness.proximity(made, border, detrend=5, least=least, draws=9).pairs) == 6
    assert len(nearness.proximity(made, border, detrend=5, least=least + 1, draws=9).pairs) < 6


# self-excitation


def test_the_background_is_drawn_between_its_knots() -> None:
    """Knots at 0, 4 and 8 with 1, 3 and 2 an hour; a span of 7.5 hours, the third hour twofold."""
    made = Background(np.array([0.0, 4, 8]), np.array([1, 1, 2.0, 1, 1, 1, 1, 1]), 7.5)
    left, right = made.weights(np.array([0.0, 1, 4, 7, 8]))
    assert (left.tolist(), right.tolist()) == ([0, 0, 1, 1, 1], [0, 0.25, 0, 0.75, 1])
    levels = np.array([1.0, 3, 2])
    assert made.rate(levels, np.array([1, 2.5, 6, 8.0])).tolist() == [1.5, 4.5, 2.5, 2]
    # Hours have their rate at the middle times their length: 1.25, 1.75, 2 * 2.25, 2.75, 2.875, ...
    cells = [1.25, 1.75, 4.5, 2.75, 2.875, 2.625, 2.375, 2.1875 / 2]
    assert made.areas() @ levels == pytest.approx(sum(cells))
    assert made.cumulative(levels, np.array([0.5, 2.0, 3.5])).tolist() == pytest.approx(
        [0.5 * 1.125, 3.0, 7.5 + 0.5 * (1 + 0.5 * 3.25)]
    )
    assert made.factor(np.array([2.9, 3.0, 9.0])).tolist() == [2, 1, 1]


@pytest.mark.parametrize("decay", [0.7, 4.0, 60.0])
def test_sums_over_earlier_events_are_the_plain_double_sum(decay: float) -> None:
    """With many stretches, few events in most of them and many in two."""
    luck = np.random.default_rng(9)
    times = np.sort(np.concatenate([luck.random(150), 20 + luck.random(90), 400 * luck.random(40)]))
    left = 401.0 - times
    found = hawkes._kernel(times, left, decay)
    gaps = times[:, None] - times[None, :]
    earlier = np.tril(np.ones_like(gaps), -1) > 0
    faded = np.where(earlier, np.exp(-decay * np.where(earlier, gaps, 0)), 0)
    np.testing.assert_allclose(found.sums, faded.sum(axis=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.slopes, -(gaps * faded).sum(axis=1), rtol=1e-7, atol=1e-9)
    assert found.mass == pytest.approx((1 - np.exp(-decay * left)).sum())
    assert found.mass_slope == pytest.approx((left * np.exp(-decay * left)).sum())


def test_hours_of_day_are_smoothed_over_five() -> None:
    """Of six events at 3 and two at 23 o'clock; every hour has one more."""
    start = pd.Timestamp("2022-01-01", tz="UTC")
    hours = sorted([3.5 + 24 * day for day in range(6)] + [23.2, 47.3])
    made = log_of(hours, 240.0, start=start, dated=True)
    smooth = np.full(24, 9.0)
    for hour, events in ((3, 6), (23, 2)):
        for shift, weight in ((-2, 1), (-1, 2), (0, 3), (1, 2), (2, 1)):
            smooth[(hour + shift) % 24] += weight * events
    np.testing.assert_allclose(likeliest.hour_factor(made), smooth / smooth.mean())
    laid = likeliest.background(made, 70.0, True)
    assert laid.knots.tolist() == [0, 80, 160, 240]
    factor = np.tile(smooth, 10)
    np.testing.assert_allclose(laid.daily, factor / factor.mean())
    assert likeliest.background(made, 70.0, False).daily.tolist() == [1.0] * 240
    assert likeliest.background(made, 900.0, False).knots.tolist() == [0, 240]
    coarse = log_of(hours, 240.0, start=start, dated=True, resolution=1.5)
    assert set(likeliest.background(coarse, 70.0, True).daily) == {1.0}
    assert len(likeliest.background(log_of(hours, 150.5), 70.0, True).daily) == 151


def test_where_the_search_starts_and_what_bounds_it() -> None:
    """Knots at 0, 50 and 100 have 2, 3 and 1 events near; those at the ends have half a span."""
    made = log_of([1, 20, 30, 45, 60, 90], 100.0, resolution=0.5)
    problem = Problem(made.hours, likeliest.background(made, 50.0, False), 2)
    counts = np.array([2 * 2.5, 3.5, 2 * 1.5])
    start = likeliest._start(made, problem, (2.0, 30.0))
    levels = np.log(0.6 * counts * 2 / 100)
    np.testing.assert_allclose(start, [*levels, 0.4, 0.5, math.log(2), math.log(30)])
    bounds = likeliest._bounds(made, problem)
    level = math.log(6 / 100)
    life = (math.log(0.25), math.log(25))
    expected = [(level - 12, level + 6)] * 3 + [(0, 1.5), (0, 1), life, life]
    np.testing.assert_allclose(bounds, expected)
    one = Problem(made.hours, problem.background, 1)
    fine = replace(made, resolution=0.0)
    np.testing.assert_allclose(likeliest._bounds(fine, one)[-1], (math.log(1 / 60), math.log(25)))
    assert len(likeliest._bounds(made, one)) == 5
    levels, offspring, decays = problem.split(start)
    np.testing.assert_allclose(levels, 0.6 * counts * 2 / 100)
    assert offspring.tolist() == [0.2, 0.2]
    np.testing.assert_allclose(decays, [math.log(2) / 2, math.log(2) / 30])
    shares = problem.split(np.array([*start[:3], 0.8, 0.3, 0, 1]))[1]
    np.testing.assert_allclose(shares, [0.24, 0.56])


def test_what_is_too_little_for_a_fit() -> None:
    hours = np.arange(30) * 10.0
    assert likeliest.likeliest(log_of(hours, 300.0)).loss < 200
    with pytest.raises(ValueError, match="29 events are too few to fit excitation; 30"):
        likeliest.likeliest(log_of(hours[1:], 300.0))
    with pytest.raises(ValueError, match="fits of excitation need times to"):
        likeliest.likeliest(log_of(hours, 300.0, resolution=26.0), spacing=100.0)
    with pytest.raises(ValueError, match="the span is too short for the accuracy"):
        likeliest.likeliest(log_of(np.arange(30.0), 40.0, resolution=20.0))


def test_half_lives_have_intervals_on_the_log_scale() -> None:
    """4 hours and 1 hour, of times to half an hour; 0.4 is finer than these."""
    z = 1.959963984540054
    x = np.array([7.0, math.log(4), math.log(1)])
    errors = np.array([9.0, 0.3, 80.0])
    slow, fast = fitting._half_lives(x, errors, np.array([0.2, 0.1]), 0.5)
    expected = (4, 4 * math.exp(-0.3 * z), 4 * math.exp(0.3 * z))
    assert (slow.value, slow.low, slow.high) == pytest.approx(expected)
    assert (fast.low, fast.high) == pytest.approx((math.exp(-99), math.exp(99)))
    none, short = fitting._half_lives(
        np.array([0.0, math.log(0.4)]), np.array([0.1, 0.2]), np.array([0.0009, 0.001]), 0.5
    )
    assert math.isnan(none.value)
    assert (short.value, short.low, short.high) == pytest.approx((0.4, 0, 0.4 * math.exp(0.2 * z)))
    (tight,) = fitting._half_lives(np.array([math.log(0.5)]), np.array([0.0]), np.array([1.0]), 0.5)
    assert (tight.low, tight.high) == (0.0, 0.5)
    (edge,) = fitting._half_lives(
        np.array([math.log(0.5)]), np.array([math.nan]), np.array([1.0]), 0.5
    )
    assert edge.low == 0.0
    assert edge.high == 0.5


def test_errors_are_those_of_the_curvature() -> None:
    """Of a fit with one kernel: the inverse of the second differences of its likelihood."""
    rng = np.random.default_rng(15)
    hours = [time + shift for time in 400 * rng.random(60) for shift in (0, 0.5, 1.8)]
    made = log_of(sorted(hours), 402.0)
    best = likeliest.likeliest(made)
    errors = fitting._errors(best.problem, best.x, best.bounds)
    step, size = 1e-3, len(best.x)
    curves = np.zeros((size, size))
    for row in range(size):
        for column in range(size):
            total = 0.0
            for first in (-1, 1):
                for second in (-1, 1):
                    moved = best.x.copy()
                    moved[row] += first * step
                    moved[column] += second * step
                    total += first * second * best.problem.loss(moved)[0]
            curves[row, column] = total / (4 * step**2)
    np.testing.assert_allclose(errors, np.sqrt(np.diag(np.linalg.inv(curves))), rtol=1e-2)
    held = best.x.copy()
    held[2] = best.bounds[2][0]
    assert np.isnan(fitting._errors(best.problem, held, best.bounds)[2])
    fit = fitting.excitation(made)
    reach = 1.959963984540054 * errors[2]
    assert (fit.branching.low, fit.branching.high) == pytest.approx(
        (best.x[2] - reach, best.x[2] + reach)
    )
    assert fit.aic == pytest.approx(2 * best.loss + 2 * 4)
    assert fit.log_likelihood == pytest.approx(-best.loss)
    assert not fit.at_most
    flat = -sum(math.log(180 / 402) for _ in range(180)) + 180
    assert fit.p < 1e-6
    assert flat > best.loss


@pytest.mark.parametrize("value", [0.0, 0.02, 0.3, 1.48])
def test_a_profile_ends_where_the_likelihood_has_fallen_by_its_share(
    monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """With a loss of 50 (n - value)^2: half the 95 % quantile of chi-squared, on each side."""
    problem: Any = SimpleNamespace(background=SimpleNamespace(knots=np.zeros(2)))
    asked = []

    def held(_: object, x: object, __: object, place: int, n: float) -> tuple[object, float]:
        asked.append(n)
        assert (place, len(asked) < 200) == (2, True)
        return x, 7 + 50 * (n - value) ** 2

    monkeypatch.setattr(fitting, "_fixed", held)
    x, bounds = np.array([0.0, 0, value, 1]), [(-9.0, 9.0)] * 2 + [(0.0, 1.5), (0.0, 4.0)]
    found = fitting._branching(problem, x, 7.0, bounds, 0.2)
    reach = math.sqrt(float(stats.chi2.ppf(0.95, 1)) / 2 / 50)
    ends = max(0.0, value - reach), min(1.5, value + reach)
    assert found.value == value
    assert (found.low, found.high) == pytest.approx(ends, abs=3e-3)
    assert math.isnan(found.error)
    curved = fitting._branching(problem, np.array([0.0, 0, 0.7, 1]), 7.0, bounds, 0.1)
    assert (curved.low, curved.high) == pytest.approx((0.7 - 0.196, 0.7 + 0.196), abs=1e-4)


def test_branching_by_spacing_of_the_knots() -> None:
    rng = np.random.default_rng(3)
    made = log_of(np.sort(1500 * rng.random(40)), 1500.0)
    table = fitting.by_spacing(made)
    assert table["spacing"].tolist() == [168, 336, 672, 2016]
    fit = fitting.excitation(made, spacing=336.0)
    row = table.iloc[1]
    assert row["branching"] == fit.branching.value
    assert row["aic"] == fit.aic
    assert row["residual_p"] == fit.residual_p


# what a log cannot tell


def said(**parts: Any) -> list[tuple[str, str, str]]:
    usual = {"log": log_of([0, 1, 2, 4], 9.0, resolution=0.5), "waiting": None, "excitation": {},
             "orders": {}}  # fmt: skip
    return list(knowable.notes(SimpleNamespace(**usual | parts)))  # type: ignore[arg-type]


def fit_with(branching: float, lives: list[Estimate], at_most: bool = False) -> SimpleNamespace:
    value = Estimate(branching, 0.1, 0.1, 0.9)
    return SimpleNamespace(branching=value, half_lives=lives, at_most=at_most)


def test_ties_are_said_where_more_than_a_quarter_of_waiting_times_are_none() -> None:
    quarter, more = log_of([0, 0, 1, 3, 4], 9.0), log_of([0, 0, 1, 3], 9.0)
    assert said(log=quarter, waiting=1) == []
    assert said(log=more) == []
    reason = "33 % of waiting times are 0 at the accuracy of the times"
    assert said(log=more, waiting=1) == [("burstiness", "", reason), ("memory", "", reason)]
    assert said(log=log_of([1], 9.0), waiting=1) == []


def test_few_placebo_dates_are_said() -> None:
    orders = {n: SimpleNamespace(placebo=np.zeros(n)) for n in (38, 39)}
    (note,) = said(orders=orders)
    assert note == ("ratio after an order", 38, "38 placebo dates: p cannot be below 0.026")


def test_the_edges_of_a_fit_are_said() -> None:
    sure, edge = Estimate(3, 1, 2, 4), Estimate(3, math.nan, math.nan, math.nan)
    nothing = Estimate(*[math.nan] * 4)
    assert said(excitation={1: fit_with(0.001, [sure])}) == []
    (none,) = said(excitation={1: fit_with(0.0009, [nothing])})
    assert none[:2] == ("branching ratio", "1 kernel")
    (most,) = said(excitation={1: fit_with(1.5, [sure], at_most=True)})
    assert most[2] == "at the largest value that was searched"
    short = Estimate(0.5, 1, 0, 1)
    found = said(excitation={2: fit_with(0.5, [short, edge])})
    assert [note[1] for note in found] == ["2 kernels, fast", "2 kernels, slow"]
    assert found[0][2] == "below the accuracy of the times, 0.5 h: only that it is short"
    assert found[1][2] == "at the edge of what was searched, or flat there"
    assert said(excitation={1: fit_with(0.5, [Estimate(0.51, 1, 0, 1)])}) == []


# the table of all


def test_rows_of_a_fit_name_their_kernels() -> None:
    life = Estimate(3, 1, 2, 4)
    fit = SimpleNamespace(
        branching=Estimate(0.5, 0.1, 0.3, 0.7), p=0.01, events=40, shares=(0.3, 0.2),
        half_lives=(life, life), aic=12.5, residual_ks=0.1, residual_p=0.4,
    )  # fmt: skip
    rows = [row[:3] for row in description._fit_rows(2, fit)]  # type: ignore[arg-type]
    assert rows == [
        ("branching ratio", "2 kernels", 0.5),
        ("branching share", "2 kernels, fast", 0.3),
        ("half-life in hours", "2 kernels, fast", 3),
        ("branching share", "2 kernels, slow", 0.2),
        ("half-life in hours", "2 kernels, slow", 3),
        ("aic", "2 kernels", 12.5),
        ("residual distance", "2 kernels", 0.1),
    ]
    first, *_, last = description._fit_rows(2, fit)  # type: ignore[arg-type]
    assert first[3:] == (0.3, 0.7, 0.0, 0.0, 0.01, 40)
    assert last[7:] == (0.4, 40)
    one = replace_namespace(fit, shares=(0.5,), half_lives=(life,))
    rows = [row[:2] for row in description._fit_rows(1, one)]  # type: ignore[arg-type]
    assert rows[:2] == [("branching ratio", "1 kernel"), ("half-life in hours", "1 kernel")]


def replace_namespace(space: SimpleNamespace, **parts: Any) -> SimpleNamespace:
    return SimpleNamespace(**vars(space) | parts)


def test_a_table_says_how_many_events_over_how_many_days() -> None:
    rows = list(description._overall(log_of([1, 5, 9], 36.0)))
    assert [row[:3] for row in rows] == [
        ("events", "", 3), ("days", "", 1.5), ("events per day", "", 2),
    ]  # fmt: skip
    assert [row[-1] for row in rows] == [3] * 3
    change = SimpleNamespace(before=3, after=4, ratio=Estimate(2, 1, 1, 3), p_change=0.2)
    parts = SimpleNamespace(orders={"call": change}, proximity=None)
    (row,) = description._changes(parts)  # type: ignore[arg-type]
    assert row == ("ratio after an order", "call", 2, 1, 3, 1.0, 1.0, 0.2, 7)
    near, far, gap = (Estimate(value, 0.1, value - 0.2, value + 0.3) for value in (0.6, 0.2, 0.4))
    found = SimpleNamespace(neighbours=near, others=far, difference=gap, p=0.03, lag=2)
    *_, row = description._changes(SimpleNamespace(orders={}, proximity=found))  # type: ignore[arg-type]
    assert row[:8] == ("neighbours minus others", "lag 2 d", 0.4, 0.2, 0.7, 0.0, 0.0, 0.03)


def test_rows_of_rhythm_stand_beside_their_null() -> None:
    waiting = SimpleNamespace(burstiness=Estimate(0.5, 0, 0.2, 0.6), poisson_burstiness=(-0.1, 0.1),
                              burstiness_p=0.01, memory=Estimate(0.3, 0, 0.1, 0.4),
                              poisson_memory=(-0.2, 0.25), memory_p=0.04)  # fmt: skip
    table = pd.DataFrame([(6.0, 9, 1.5, 1.1, 2.5, 0.5, 1.9)], columns=list(dispersion.COLUMNS))
    day = SimpleNamespace(span=(22, 6), night=Estimate(0.4, 0, 0.3, 0.5), flat=1 / 3)
    parts = page(log_of([1, 2, 3, 5], 9.0), waiting=waiting, fano=table, daytime=day)
    assert list(description._rhythm(parts)) == [
        ("burstiness", "", 0.5, 0.2, 0.6, -0.1, 0.1, 0.01, 4),
        ("memory", "", 0.3, 0.1, 0.4, -0.2, 0.25, 0.04, 4),
        ("fano factor", "6 h", 1.5, 1.1, 2.5, 0.5, 1.9, pytest.approx(math.nan, nan_ok=True), 4),
        ("night share", "22:00 to 06:00", 0.4, 0.3, 0.5, 1 / 3, 1 / 3,
         pytest.approx(math.nan, nan_ok=True), 4),
    ]  # fmt: skip


def test_a_description_has_seed_0_where_none_is_given() -> None:
    made = log_of(np.cumsum([0.5, 1, 3, 1, 2, 6, 1, 1, 4, 2, 1]), 30.0)
    usual, zero, one = (
        description.describe(made, **more) for more in ({}, {"seed": 0}, {"seed": 1})
    )
    pd.testing.assert_frame_equal(usual.table(), zero.table())
    assert not usual.table().equals(one.table())


def test_a_table_of_sizes_has_each_tail_once() -> None:
    size = np.array([*TAIL, 0, 0, 0], float)
    found = sizes.severity(log_of(np.arange(28.0), 40.0, size=size), fewest=25)
    rows = list(description._severity_rows(found))
    assert rows[0][:3] == ("share with size 1 or more", "", 25 / 28)
    assert rows[1][2] == 15
    assert [row[1] for row in rows[2:7]] == ["50 %", "75 %", "90 %", "95 %", "99 %"]
    assert [row[1] for row in rows[7:]] == ["sizes from 1"] * 3 + ["sizes from 2"] * 3
    null = rows[-1][5:7]
    assert null == (-1.96, 1.96)


# what the panels draw


def drawn(line: Line2D) -> tuple[list[float], list[float]]:
    return list(map(float, line.get_xdata())), list(map(float, line.get_ydata()))


def page(log_: EventLog, **parts: Any) -> Any:
    """A description with some parts only."""
    nothing: dict[str, Any] = dict.fromkeys(("waiting", "daytime", "proximity", "severity"))
    usual = nothing | {"log": log_, "orders": {}, "excitation": {}, "absent": {}}
    return SimpleNamespace(**usual | parts)


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


def heights(ax: Axes) -> tuple[list[float], list[float]]:
    (steps,) = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    return steps.get_data().values.tolist(), steps.get_data().edges.tolist()


def test_a_timeline_counts_by_local_day_and_shows_rates_by_day(ax: Axes) -> None:
    """From 18:00: events after 1, 5 and 7 hours, the last on the next day."""
    start = pd.Timestamp("2022-08-29 18:00", tz="Asia/Baghdad")
    made = log_of([1, 5, 7], 40.0, start=start, dated=True)
    rates = pd.DataFrame({"hour": [0.0, 40], "rate": [0.5, 0.25]})
    fits = {2: None, 1: SimpleNamespace(background=rates)}
    call = SimpleNamespace(at=pd.Timestamp("2022-08-30 06:00"))
    panels.timeline(page(made, excitation=fits, orders={"call": call}), ax)
    first = dates.date2num(pd.Timestamp("2022-08-29"))
    assert heights(ax) == ([2, 1, 0], [first, first + 1, first + 2, first + 3])
    fitted, order = ax.lines
    assert drawn(fitted)[0] == pytest.approx([first + 0.75, first + 0.75 + 40 / 24])
    assert drawn(fitted)[1] == [12, 6]
    assert drawn(order)[0] == [first + 1.25] * 2
    assert ax.get_xlim() == pytest.approx((first, first + 3), abs=0.002)
    assert ax.get_xlim()[1] < first + 3
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] == pytest.approx(1.2 * 12)


def test_a_timeline_without_dates_counts_from_its_first_hour(ax: Axes) -> None:
    made = log_of([1, 5, 30], 40.0)
    panels.timeline(page(made, orders={"call": SimpleNamespace(at=36.0)}), ax)
    assert heights(ax) == ([2, 1], [0, 1, 2])
    assert drawn(ax.lines[0])[0] == [1.5, 1.5]
    assert ax.get_ylim() == pytest.approx((0, 2.4))
    empty = Figure().subplots()
    panels.timeline(page(log_of([], 40.0)), empty)
    assert empty.get_ylim() == pytest.approx((0, 1.2))


def test_a_timeline_of_weeks_counts_weeks(ax: Axes) -> None:
    """Two and a half weeks; the event at the end counts in the last."""
    made = log_of([0, 168, 168, 336, 420], 420.0, resolution=168.0)
    panels.timeline(page(made), ax)
    assert heights(ax) == ([1, 2, 2], [0, 7, 14, 21])
    assert ax.get_ylabel() == "Events per week"
    days = Figure().subplots()
    panels.timeline(page(log_of([0, 24], 48.0, resolution=24.0)), days)
    assert heights(days) == ([1, 1], [0, 1, 2])
    assert days.get_ylabel() == "Events per day"


def test_waiting_times_are_drawn_by_the_share_that_is_as_long(ax: Axes) -> None:
    """Gaps 2, 0, 6, 1 and 1: of five four are above 0."""
    made = log_of([1, 3, 3, 9, 10, 11], 24.0)
    found = SimpleNamespace(
        burstiness=Estimate(0.5, 0, 0.25, 0.75), memory=Estimate(-0.25, 0, math.nan, math.nan),
        poisson_burstiness=(-0.2, 0.3), poisson_memory=(-0.1, 0.4),
    )  # fmt: skip
    panels.waits(page(made, waiting=found), ax)
    steps, poisson = ax.lines
    assert drawn(steps) == ([1, 1, 2, 6], [0.8, 0.6, 0.4, 0.2])
    times, shares = drawn(poisson)
    assert (len(times), times[0], times[-1]) == (200, 1, pytest.approx(6))
    np.testing.assert_allclose(shares, np.exp(-np.array(times) * 6 / 24))
    assert ax.get_ylim() == pytest.approx((0.1, 1.5))
    (note,) = ax.texts
    assert note.get_text().startswith("burstiness 0.50 (0.25 to 0.75)\nPoisson −0.200 to 0.300\n")
    assert "memory −0.25\nPoisson −0.100 to 0.400" in note.get_text()
    assert note.get_position() == (0.03, 0.04)


def errors(ax: Axes) -> list[tuple[float, float]]:
    (container,) = ax.containers
    (bars,) = container.lines[2]  # type: ignore[attr-defined]
    return [(float(part[0][1]), float(part[1][1])) for part in bars.get_segments()]


def test_the_factor_is_drawn_by_scale_with_its_interval(ax: Axes) -> None:
    rows = [(1.0, 40, 1.5, 1.2, 2.0, 0.7, 1.4), (24.0, 10, 3.0, math.nan, math.nan, 0.4, 1.9)]
    table = pd.DataFrame(rows, columns=list(dispersion.COLUMNS))
    panels.scales(page(log_of([1], 9.0), fano=table), ax)
    assert drawn(ax.lines[0]) == ([1, 24], [1.5, 3])
    assert errors(ax) == [pytest.approx((1.2, 2.0)), pytest.approx((3, 3))]
    (band,) = [part for part in ax.collections if isinstance(part, PolyCollection)]
    assert band.get_datalim(ax.transData).ymin == pytest.approx(0.4)
    assert band.get_datalim(ax.transData).ymax == pytest.approx(1.9)
    labels = [text.get_text() for text in ax.get_xticklabels()]
    assert labels[:3] == ["1 h", "6 h", "1 d"]
    assert "12 h" in labels
    assert ax.get_xlim() == pytest.approx((1 / 1.4, 24 * 1.4))
    many = Figure().subplots()
    six = pd.concat([table] * 3, ignore_index=True)
    panels.scales(page(log_of([1], 9.0), fano=six), many)
    assert "12 h" not in [text.get_text() for text in many.get_xticklabels()]
    coarse = Figure().subplots()
    weeks = table.assign(scale=[168.0, 336.0])
    panels.scales(page(log_of([0], 900.0, resolution=168.0), fano=weeks), coarse)
    assert [text.get_text() for text in coarse.get_xticklabels()] == ["1 w", "2 w"]
    daily = Figure().subplots()
    panels.scales(page(log_of([0], 900.0, resolution=24.0), fano=weeks), daily)
    assert "1 w" in [text.get_text() for text in daily.get_xticklabels()]
    assert "12 w" in [text.get_text() for text in daily.get_xticklabels()]


def test_hours_of_day_are_drawn_with_the_night_shaded(ax: Axes) -> None:
    share = np.arange(1.0, 25) / 300
    table = pd.DataFrame({"hour": range(24), "share": share, "low": share / 2, "high": 3 * share})
    found = SimpleNamespace(
        profile=table, span=(22, 6), night=Estimate(0.4, 0, 0.3, 0.5), flat=1 / 3
    )
    panels.hours(page(log_of([1], 9.0), daytime=found), ax)
    spans = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [(span.get_x(), span.get_width()) for span in spans] == [(0, 6), (22, 2)]
    assert heights(ax) == (share.tolist(), list(range(25)))
    assert errors(ax) == [pytest.approx((each / 2, 3 * each)) for each in share]
    (container,) = ax.containers
    (bars,) = container.lines[2]  # type: ignore[attr-defined]
    assert [float(part[0][0]) for part in bars.get_segments()] == [n + 0.5 for n in range(24)]
    assert drawn(ax.lines[-1])[1] == [1 / 24] * 2
    assert (ax.get_xlim(), list(ax.get_xticks())) == ((0, 24), [0, 6, 12, 18, 24])
    assert ax.get_ylim() == pytest.approx((0, 1.3 * 0.24))
    assert ax.texts[0].get_text() == "night share 0.40 (0.30 to 0.50); flat 0.33"
    assert ax.texts[0].get_position() == (0.03, 0.97)
    noon = Figure().subplots()
    low = table.assign(share=0.001, low=0.001, high=math.nan)
    panels.hours(page(log_of([1], 9.0), daytime=replace_namespace(found, span=(10, 14),
                                                                  profile=low)), noon)  # fmt: skip
    (span,) = (patch for patch in noon.patches if isinstance(patch, Rectangle))
    assert (span.get_x(), span.get_width()) == (10, 4)
    assert noon.get_ylim() == pytest.approx((0, 1.3 / 24))
    none = Figure().subplots()
    panels.hours(page(log_of([], 9.0), daytime=found), none)
    assert none.texts[0].get_text() == "nothing to draw"


def test_sizes_are_drawn_by_the_share_that_is_as_large(ax: Axes) -> None:
    size = np.array([*TAIL, 0, 1, math.nan], float)
    made = log_of(np.arange(28.0), 40.0, size=size, unit="persons")
    tail = tails.fit(TAIL, 2)
    panels.sizes(page(made, severity=SimpleNamespace(tail=tail)), ax)
    points, power, lognormal = ax.lines
    shares = [1, 25 / 26, 16 / 26, 10 / 26, 5 / 26, 2 / 26]
    assert drawn(points)[0] == [1, 2, 3, 4, 7, 15]
    assert drawn(points)[1] == pytest.approx(shares)
    values, above = drawn(power)
    assert values == [float(n) for n in range(2, 16)]
    np.testing.assert_allclose(above, 25 / 26 * tail.power_law_survival(np.array(values)))
    np.testing.assert_allclose(
        drawn(lognormal)[1], 25 / 26 * tail.lognormal_survival(np.array(values))
    )
    assert ax.get_ylim() == pytest.approx((0.5 / 26, 1.5))
    assert ax.get_xlabel() == "Size (persons)"
    none = Figure().subplots()
    panels.sizes(
        page(log_of([1], 9.0, size=np.zeros(1)), severity=SimpleNamespace(tail=None)), none
    )
    assert none.texts[0].get_text() == "no event of size 1 or more"


def test_residuals_are_drawn_against_a_unit_process(ax: Axes) -> None:
    """Waits of 0.2, 1.5 and 0.7, at whose order the shares would be 1, 3 and 5 of 6."""
    fit = SimpleNamespace(residuals=np.array([0.2, 1.5, 0.7]), events=401,
                          branching=Estimate(0.5, 0, 0.4, 0.6),
                          half_lives=(Estimate(6, 0, 1, 9), Estimate(*[math.nan] * 4),
                                      Estimate(72, 0, 1, 99)))  # fmt: skip
    other = replace_namespace(fit, events=50)
    panels.residuals(page(log_of([1], 9.0), excitation={1: fit, 2: other}), ax)
    expected = 1 - np.exp([-0.2, -0.7, -1.5])
    places, gap = drawn(ax.lines[0])
    np.testing.assert_allclose(places, expected)
    np.testing.assert_allclose(gap, np.array([1, 3, 5]) / 6 - expected)
    margin = 1.358 / 20
    (band,) = ax.collections
    box = band.get_datalim(ax.transData)
    assert (box.xmin, box.xmax, box.ymin, box.ymax) == pytest.approx((0, 1, -margin, margin))
    reach = -ax.get_ylim()[0]
    assert reach >= max(1.3 * margin, float(np.abs(gap).max()))
    assert ax.get_ylim()[1] == pytest.approx(2.6 * reach)
    assert ax.get_xlim() == (0, 1)
    label = ax.get_legend_handles_labels()[1][0]
    assert label == "1 kernel: n 0.50 (0.40 to 0.60)\nhalf-life 6.0 h and 3.0 d"
    small = Figure().subplots()
    flat = replace_namespace(fit, residuals=-np.log(1 - (np.arange(9) + 0.5) / 9))
    panels.residuals(page(log_of([1], 9.0), excitation={1: flat}), small)
    assert -small.get_ylim()[0] == pytest.approx(1.3 * margin)
    assert [panels._life(hours) for hours in (47.9, 48)] == ["47.9 h", "2.0 d"]


def test_orders_are_drawn_among_their_placebo_dates(ax: Axes) -> None:
    change = SimpleNamespace(before=3, after=1, p_fall=0.25, ratio=Estimate(0.4, 0, 0.1, 1),
                             placebo=np.array([0.5, 1.0, 2.0]))  # fmt: skip
    panels.orders(page(log_of([1], 9.0), orders={"a": change, "b": change}), ax)
    dots, mark, lower, *_ = ax.lines
    assert drawn(dots)[0] == [0.5, 1, 2]
    assert drawn(dots)[1] == pytest.approx([0.25 * math.sin(2.399963 * n) for n in range(3)])
    assert drawn(mark) == ([0.4], [0])
    assert drawn(lower)[1] == pytest.approx([1 + each for each in drawn(dots)[1]])
    assert drawn(ax.lines[-1])[0] == [1, 1]
    assert ax.get_ylim() == pytest.approx((1.6, -0.6))
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        f"{name}\n3 before\n1 after\np 0.250 of a fall" for name in "ab"
    ]
    absent = Figure().subplots()
    panels.orders(page(log_of([1], 9.0), absent={"order a": "too short"}), absent)
    assert absent.texts[0].get_text() == "too short"


def test_places_are_drawn_by_kind_of_pair(ax: Axes) -> None:
    table = pd.DataFrame({"neighbours": [True, False, False, True, False],
                          "correlation": [0.5, 0.1, -0.1, 0.3, 0.2]})  # fmt: skip
    found = SimpleNamespace(pairs=table, neighbours=Estimate(0.4, 0, 0.3, 0.6), p=0.02,
                            others=Estimate(0.1, 0, -0.1, 0.2),
                            difference=Estimate(0.3, 0, 0.1, 0.5))  # fmt: skip
    panels.places(page(log_of([1], 9.0), proximity=found), ax)
    dots = [line for line in ax.lines if line.get_marker() == "."]
    shifts = [0.18 * math.sin(2.399963 * n) for n in range(3)]
    assert drawn(dots[0]) == (pytest.approx(shifts[:2]), [0.5, 0.3])
    assert drawn(dots[1]) == (pytest.approx([1 + each for each in shifts]), [0.1, -0.1, 0.2])
    means = [drawn(container.lines[0]) for container in ax.containers]  # type: ignore[attr-defined]
    assert means == [([0], [0.4]), ([1], [0.1])]
    ends = [
        [float(end) for end in container.lines[2][0].get_segments()[0][:, 1]]  # type: ignore[attr-defined]
        for container in ax.containers
    ]
    assert ends == [pytest.approx([0.3, 0.6]), pytest.approx([-0.1, 0.2])]
    assert drawn(ax.lines[-1])[1] == [0, 0]
    assert ax.get_xlim() == pytest.approx((-0.6, 1.6))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["neighbours (2)", "others (3)"]
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((-0.135, 0.635 + 0.2 * 0.77), abs=0.01)
    assert ax.texts[0].get_text() == "difference 0.30 (0.10 to 0.50), p 0.020"


def test_marks_of_a_wide_scale_are_powers_of_ten(ax: Axes) -> None:
    ax.set_xscale("log")
    ends = {
        (1, 50): [1, 2, 5, 10, 20, 50],
        (1, 100): [1, 10, 100],
        (0.01, 0.3): [0.01, 0.02, 0.05, 0.1, 0.2],
        (0.001, 1): [0.001, 0.01, 0.1, 1],
    }
    for (low, high), marks in ends.items():
        ax.set_xlim(low, high)
        panels._plain_log(ax, "x")
        shown = [each for each in ax.xaxis.get_major_locator()() if low <= each <= high]
        assert shown == pytest.approx(marks)
    assert ax.xaxis.get_major_formatter()(0.5, 0) == "0.5"
