"""Statistics of event logs on a few numbers, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analysis.events.statistics import dispersion, nearness, waits
from analysis.events.statistics.log import EventLog

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
