"""Event-log statistics on series whose answer is known, with the false-alarm rate of each.

False-alarm rates are those of a correct program under other seeds; the seeds here are fixed,
so that a test that passes keeps passing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from analysis import chance
from analysis.events import statistics
from analysis.events.statistics import fitting, likeliest, tails
from analysis.events.statistics.hawkes import Problem
from analysis.events.statistics.log import EventLog
from tests import synthetic

Floats = NDArray[np.float64]
DAY, YEAR = 24.0, 8760.0


def log_of(hours: Floats, length: float, **more: Any) -> EventLog:
    return EventLog(np.sort(hours), length, **{"resolution": 0.0, **more})


def poisson(rng: np.random.Generator, rate: float, length: float) -> Floats:
    return np.sort(rng.random(rng.poisson(rate * length)) * length)


def hawkes(
    rng: np.random.Generator,
    rate: float,
    length: float,
    offspring: Sequence[float],
    half_lives: Sequence[float],
) -> Floats:
    """Simulate by clusters: every event has a Poisson number of children per kernel."""
    waiting = list(poisson(rng, rate, length))
    done = []
    while waiting:
        time = waiting.pop()
        done.append(time)
        for mean, life in zip(offspring, half_lives, strict=True):
            born = time + rng.exponential(life / math.log(2), rng.poisson(mean))
            waiting += [child for child in born if child < length]
    return np.sort(done)


# the log


def test_times_without_a_zone_are_local_and_sorted() -> None:
    table = pd.DataFrame(
        {
            "when": ["2022-08-30 23:30", "2022-08-29 01:00", None],
            "where": ["b", None, "c"],
            "dead": [2, 1, 9],
        }
    )
    log = statistics.from_table(table, "when", "where", "dead", zone="Asia/Baghdad")
    assert log.hours.tolist() == [1.0, 47.5]
    assert log.length == 48.0
    assert log.start == pd.Timestamp("2022-08-28 21:00", tz="UTC")
    assert log.hour_of_day.tolist() == [1, 23]
    assert log.day.tolist() == [0, 1]
    assert log.place is not None
    assert log.size is not None
    assert log.place.tolist() == ["", "b"]
    assert log.size.tolist() == [1, 2]
    assert log.resolution == pytest.approx(1 / 60)
    assert log.select("b").hours.tolist() == [47.5]


def test_the_span_may_be_given_and_cuts() -> None:
    table = pd.DataFrame({"when": pd.to_datetime(["2022-01-01", "2022-01-05", "2022-02-01"])})
    log = statistics.from_table(table, "when", span=("2022-01-02", "2022-02-01"))
    assert log.hours.tolist() == [72.0]
    assert log.length == 30 * DAY
    assert log.resolution == 24.0


def test_clock_changes_keep_local_hours() -> None:
    times = ["2022-03-26 12:00", "2022-03-27 12:00", "2022-10-30 02:30", "2022-10-30 12:00"]
    log = statistics.from_table(pd.DataFrame({"t": times}), "t", zone="Europe/Berlin")
    assert log.hour_of_day.tolist() == [12, 12, 2, 12]
    assert np.diff(log.hours)[0] == 23.0
    assert np.diff(log.hours)[-1] == 10.5
    assert log.day[-1] == log.days - 1


def test_plain_hours_make_a_log_without_dates() -> None:
    log = statistics.from_table(pd.DataFrame({"h": [5.0, 2.5]}), "h", span=(0, 10))
    assert (log.hours.tolist(), log.length, log.dated) == ([2.5, 5.0], 10.0, False)
    with pytest.raises(ValueError, match="no dates"):
        log.hours_at("2022-01-01")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: statistics.from_table(t, "then"), "no column 'then'; it has when"),
        (lambda t: statistics.from_table(t, "when"), "no row has a time"),
        (lambda _: log_of(np.array([3.0]), 2.0), "within the span of 2.0"),
        (lambda _: log_of(np.array([]), 0.0), "longer than 0 hours"),
        (lambda _: log_of(np.array([1.0]), 2.0).select("a"), "no places"),
    ],
)
def test_what_cannot_be_a_log_says_why(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(pd.DataFrame({"when": [None, None]}))


def test_a_run_and_its_own_table_give_the_same_log() -> None:
    frames = synthetic.frames({"base": 1.0}, replicates=2)
    rows = frames.engagements
    shuffled = rows.sample(frac=1, random_state=0)
    log = statistics.from_engagements(shuffled, frames.scenarios["base"], replicate=1)
    mine = rows[rows["replicate"] == 1].copy()
    mine["killed"] = mine["attacker_killed"] + mine["target_killed"] + mine["security_killed"]
    clock = frames.scenarios["base"].scenario.clock
    end = pd.Timestamp(clock.start.replace(tzinfo=None)) + pd.Timedelta(hours=clock.length)
    table = statistics.from_table(
        mine, "time", "province", "killed", zone=clock.timezone, span=(clock.start, end)
    )
    assert len(log) == len(mine) > 0
    assert (log.length, log.start, log.resolution) == (table.length, table.start, 1.0)
    np.testing.assert_array_equal(log.hours, table.hours)
    assert log.size is not None
    assert table.size is not None
    assert log.size.sum() == table.size.sum() > 0
    assert log.place is not None
    assert table.place is not None
    assert sorted(zip(log.hours, log.place, log.size, strict=True)) == sorted(
        zip(table.hours, table.place, table.size, strict=True)
    )


def test_spreading_keeps_events_within_the_resolution() -> None:
    log = log_of(np.repeat([0.0, 5.0], 50), 10.0, resolution=1.0)
    spread = log.spread(3)
    assert np.all((spread >= log.hours) & (spread < log.hours + 1))
    assert len(np.unique(spread)) == 100
    np.testing.assert_array_equal(spread, log.spread(3))


def test_generators_differ_by_seed_and_purpose() -> None:
    draws = {chance.generator(s, p).random() for s in (0, 1) for p in ("a", "b")}
    assert len(draws) == 4
    assert chance.generator(1, "a").random() in draws


# waiting times


def test_a_clock_and_a_burst_have_known_burstiness() -> None:
    clock = statistics.waiting(log_of(np.arange(100.0), 100.0), draws=99)
    assert clock.burstiness.value == pytest.approx(-1)
    assert clock.burstiness_p == pytest.approx(0.02)
    gaps = np.tile([1.0, 3.0], 100)
    known = statistics.waiting(log_of(np.cumsum(gaps), 500.0), draws=99)
    assert known.burstiness.value == pytest.approx((1 - 2) / (1 + 2), abs=0.01)
    assert known.memory.value == pytest.approx(-1, abs=0.01)


def test_a_poisson_process_is_inside_its_band_95_times_in_100() -> None:
    """Binomial(100, 0.05) exceeds 12 with probability 0.0015, for either statistic."""
    rng = np.random.default_rng(1)
    alarms = np.zeros(2)
    for seed in range(100):
        found = statistics.waiting(log_of(poisson(rng, 0.2, 1000), 1000), seed, draws=99)
        alarms += [found.burstiness_p <= 0.05, found.memory_p <= 0.05]
    assert np.all(alarms <= 12)


def test_shuffling_waiting_times_keeps_burstiness_and_takes_memory_away() -> None:
    """The p of the shuffled memory is below 0.01 with probability 0.01."""
    rng = np.random.default_rng(2)
    noise = rng.normal(size=2000)
    state = np.zeros(2000)
    for i in range(1, 2000):
        state[i] = 0.8 * state[i - 1] + noise[i]
    gaps = np.exp(state)
    kept, mixed = (
        statistics.waiting(log_of(np.cumsum(g), g.sum() + 1), draws=199)
        for g in (gaps, rng.permutation(gaps))
    )
    assert kept.memory.low > 0.2
    assert kept.memory_p < 0.02
    assert mixed.memory_p > 0.01
    assert mixed.memory.low < 0 < mixed.memory.high
    assert mixed.burstiness.value == pytest.approx(kept.burstiness.value, abs=0.01)


def test_coarse_times_do_not_make_a_poisson_process_bursty() -> None:
    rng = np.random.default_rng(3)
    times = np.floor(poisson(rng, 1.0, 2000))
    found = statistics.waiting(log_of(times, 2000.0, resolution=1.0), draws=199)
    assert found.poisson_burstiness[0] > 0.01
    assert found.burstiness_p > 0.01


# Fano factor


def test_fano_factor_of_known_counts() -> None:
    hours = np.concatenate([np.arange(0, 200, 20.0) + 1, np.arange(0, 200, 20.0) + 2])
    table = statistics.fano(log_of(hours, 200.0), [10.0, 20.0])
    counts = np.tile([2, 0], 10)
    assert table["fano"].tolist() == pytest.approx([counts.var(ddof=1) / 1.0, 0.0])
    assert table["windows"].tolist() == [20, 10]


def test_a_poisson_process_is_inside_the_fano_band() -> None:
    """Per scale Binomial(200, 0.05); more than 22 has probability 0.0004 at each."""
    rng = np.random.default_rng(4)
    outside = np.zeros(3)
    for _ in range(200):
        table = statistics.fano(log_of(poisson(rng, 0.3, 2000), 2000.0), [2.0, 24.0, 168.0])
        low, high = table["poisson_low"], table["poisson_high"]
        outside += (table["fano"] < low) | (table["fano"] > high)
    assert np.all(outside <= 22)


def test_clusters_raise_the_fano_factor_to_its_closed_form() -> None:
    """For a Hawkes process it tends to 1 / (1 - n)^2; the interval has that at about 95 %."""
    times = hawkes(np.random.default_rng(5), 0.3, 20_000, [0.5], [1.0])
    [row] = statistics.fano(log_of(times, 20_000.0), [168.0]).itertuples()
    assert row.low < 4 < row.high
    assert row.low > row.poisson_high


def test_scales_finer_than_the_times_are_left_out() -> None:
    log = log_of(np.arange(0, 2400, 24.0), 2400.0, resolution=24.0)
    assert statistics.fano(log)["scale"].tolist() == [24.0, 72.0, 168.0]
    assert statistics.fano(log_of(np.array([]), 2400.0)).empty


# hours of the day


def dated(hours: Floats, length: float, **more: Any) -> EventLog:
    start = pd.Timestamp("2022-01-01", tz="Asia/Baghdad")
    return log_of(hours, length, start=start, dated=True, **more)


def test_night_share_is_found_and_covers_a_known_share() -> None:
    """Each interval holds 0.6 at about 95 %; fewer than 50 of 60 has probability 0.0005."""
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(60):
        night = rng.random(300) < 0.6
        hour = np.where(night, 22 + 8 * rng.random(300), 6 + 16 * rng.random(300)) % 24
        log = dated(hour + 24 * rng.integers(0, 100, 300), 2400.0)
        found = statistics.daytime(log).night
        hits += found.low < 0.6 < found.high
    assert hits >= 50
    profile = statistics.daytime(log).profile
    assert profile["events"].sum() == 300
    assert profile["share"].sum() == pytest.approx(1)


def test_hours_of_day_need_hours() -> None:
    with pytest.raises(ValueError, match="to the hour or better"):
        statistics.daytime(log_of(np.array([1.0]), 48.0))
    with pytest.raises(ValueError, match="to the hour or better"):
        statistics.daytime(dated(np.array([24.0]), 48.0, resolution=24.0))
    assert math.isnan(statistics.daytime(dated(np.array([]), 48.0)).night.value)


# before and after


def test_before_and_after_count_their_windows() -> None:
    log = log_of(np.array([9.0, 10.0, 11.0, 20.0, 29.0, 30.0, 31.0]), 200.0)
    found = statistics.before_after(log, 20.0, window=10.0)
    assert (found.before, found.after) == (2, 2)
    assert found.ratio.value == pytest.approx(1.0)
    later = statistics.before_after(log, 20.0, window=10.0, gap=1.0)
    assert (later.before, later.after) == (2, 2)
    with pytest.raises(ValueError, match="reach out of the span"):
        statistics.before_after(log, 5.0, window=10.0)


def test_an_order_that_works_is_seen_and_an_idle_one_raises_no_alarm() -> None:
    """Idle: Binomial(100, 0.05) exceeds 12 with probability 0.0015, for either p."""
    rng = np.random.default_rng(7)
    alarms = np.zeros(2)
    for _ in range(100):
        log = log_of(hawkes(rng, 0.05, YEAR / 2, [0.4], [12.0]), YEAR / 2)
        idle = statistics.before_after(log, rng.uniform(200, YEAR / 2 - 200))
        alarms += [idle.p_fall <= 0.05, idle.p_change <= 0.05]
    assert np.all(alarms <= 12)
    times = log.hours
    at = 2000.0
    kept = times[(times < at) | (times > at + 336) | (rng.random(len(times)) < 0.1)]
    found = statistics.before_after(log_of(kept, YEAR / 2), at)
    assert found.ratio.high < 1
    assert found.p_fall < 0.05


def test_placebo_dates_keep_the_hour_and_clear_of_the_order() -> None:
    hours = np.arange(0.0, 2400.0, 24.0) + 12.0
    found = statistics.before_after(log_of(hours, 2400.0), 1213.0, window=240.0)
    assert np.all(found.placebo == 1.0)
    assert len(found.placebo) == 2400 // 24 - 20 + 1 - 39 - 1 + (1213 % 24 == 0)
    assert found.p_fall == 1.0


# neighbours


def provinces(
    rng: np.random.Generator, shared: float, near: float, days: int = 400
) -> tuple[EventLog, dict[str, list[str]]]:
    """Nine places on a ring; a national signal, and one that each shares with its neighbour."""
    names = [f"p{i}" for i in range(9)]
    nation = rng.normal(size=days)
    local = rng.normal(size=(days, 9))
    signal = shared * nation[:, None] + near * (local + np.roll(local, 1, axis=1))
    counts = rng.poisson(np.exp(0.7 + signal))
    hours, where = [], []
    for (day, place), count in np.ndenumerate(counts):
        hours += list(24 * (day + rng.random(count)))
        where += [names[place]] * count
    order = np.argsort(hours)
    log = dated(np.array(hours), days * DAY, place=np.array(where, dtype=object)[order])
    return log, {name: [names[(i + 1) % 9]] for i, name in enumerate(names)}


def test_spread_to_neighbours_is_told_from_a_national_signal() -> None:
    """The second p is below 0.05 at 5 %, the third interval misses 0 at about 5 %."""
    rng = np.random.default_rng(8)
    spread = statistics.proximity(*provinces(rng, 0.0, 0.5), draws=199)
    nation = statistics.proximity(*provinces(rng, 0.6, 0.0), draws=199)
    assert spread.difference.low > 0.1
    assert spread.p < 0.02
    assert spread.others.low < 0 < spread.others.high
    assert nation.neighbours.low > 0.1
    assert nation.others.low > 0.1
    assert nation.p > 0.05
    assert nation.difference.low < 0 < nation.difference.high
    assert int(spread.pairs["neighbours"].sum()) == 9
    assert len(spread.pairs) == 36


def test_a_lag_finds_what_comes_a_day_later() -> None:
    log, neighbours = provinces(np.random.default_rng(9), 0.0, 0.5)
    assert statistics.proximity(log, neighbours, lag=3, draws=19).neighbours.value < 0.1
    with pytest.raises(ValueError, match="neighbours and others are both needed"):
        statistics.proximity(log, neighbours, least=10**6)


def test_slow_drifts_that_neighbours_share_are_no_daily_correlation() -> None:
    """The interval misses 0 at about 5 %."""
    rng = np.random.default_rng(24)
    names = ["a", "b", "c", "d"]
    drift = np.sin(2 * math.pi * np.arange(400) / 200)
    signal = np.stack([drift, drift, -drift, -drift], axis=1)
    counts = rng.poisson(np.exp(0.7 + signal))
    day, place = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0).T
    where = np.array(names, dtype=object)[place]
    log = dated(24 * (day + rng.random(len(day)) / 2), 9600.0, place=where)
    found = statistics.proximity(log, {"a": ["b"], "b": [], "c": ["d"], "d": []}, draws=19)
    assert found.difference.low < 0 < found.difference.high
    assert abs(found.difference.value) < 0.1


# severity


def test_a_power_law_is_recovered_with_its_interval() -> None:
    """Each interval holds 2.5 at 95 %; fewer than 33 of 40 has probability 0.0006."""
    rng = np.random.default_rng(10)
    fits = [tails.fit(rng.zipf(2.5, 800), 1) for _ in range(40)]
    assert sum(f.alpha.low < 2.5 < f.alpha.high for f in fits) >= 33
    assert np.mean([f.alpha.value for f in fits]) == pytest.approx(2.5, abs=0.04)
    assert sum(f.favours == "lognormal" for f in fits) <= 5


def test_a_lognormal_is_recovered_and_preferred() -> None:
    """Mean estimates lie within 4 standard errors; each preference is missed below 1 %."""
    rng = np.random.default_rng(11)
    fits = []
    for _ in range(20):
        drawn = np.round(np.exp(rng.normal(1.0, 1.0, 1500))).astype(np.int64)
        fits.append(tails.fit(drawn[drawn > 0], 1))
    assert np.mean([f.mu for f in fits]) == pytest.approx(1.0, abs=0.04)
    assert np.mean([f.sigma for f in fits]) == pytest.approx(1.0, abs=0.03)
    assert [f.favours for f in fits] == ["lognormal"] * 20


def test_the_start_of_a_power_law_tail_is_found() -> None:
    rng = np.random.default_rng(12)
    body = rng.integers(1, 10, 2000)
    tail = rng.zipf(2.5, 60_000)
    sizes = np.concatenate([body, tail[tail >= 10][:800]])
    start = tails.best_xmin(sizes)
    assert start is not None
    assert 9 <= start <= 20
    assert tails.fit(sizes, start).alpha.value == pytest.approx(2.5, abs=0.25)


def test_fitted_laws_sum_to_one() -> None:
    fit = tails.fit(np.array([3, 3, 4, 5, 9, 30] * 10), 3)
    sizes = np.arange(3.0, 60.0)
    mass = np.exp(tails._log_mass(sizes, 3, fit.mu, fit.sigma))
    survival = fit.lognormal_survival(sizes)
    np.testing.assert_allclose(mass[:-1], -np.diff(survival), atol=1e-12)
    assert survival[0] == pytest.approx(1)
    assert fit.power_law_survival(sizes)[0] == pytest.approx(1)


def test_severity_counts_the_deadly_and_the_unknown() -> None:
    size = np.array([0, 0, 1, 2, np.nan, 5.0])
    found = statistics.severity(log_of(np.arange(6.0), 6.0, size=size))
    assert found.events == 5
    assert found.deadly.value == pytest.approx(0.6)
    assert found.largest == 5
    assert found.quantiles["size"].tolist() == [2, 5, 5, 5, 5]
    assert found.tail is None
    with pytest.raises(ValueError, match="no sizes"):
        statistics.severity(log_of(np.arange(6.0), 6.0))


# self-excitation


@pytest.mark.parametrize("kernels", [1, 2])
def test_the_gradient_of_the_likelihood_is_its_slope(kernels: int) -> None:
    rng = np.random.default_rng(13)
    log = dated(hawkes(rng, 0.2, 500.0, [0.5], [3.0]), 500.0)
    problem = Problem(log.hours, likeliest.background(log, 100.0, True), kernels)
    x = likeliest._start(log, problem, (2.0, 30.0)[:kernels])
    for place, slope in enumerate(problem.loss(x)[1]):
        step = np.zeros(len(x))
        step[place] = 1e-5
        numeric = (problem.loss(x + step)[0] - problem.loss(x - step)[0]) / 2e-5
        assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-4)


def test_the_likelihood_equals_the_plain_double_sum() -> None:
    rng = np.random.default_rng(14)
    log = log_of(hawkes(rng, 0.2, 200.0, [0.5], [3.0]), 200.0)
    problem = Problem(log.hours, likeliest.background(log, 100.0, True), 1)
    x = np.array([*np.log([0.2, 0.3, 0.1]), 0.4, math.log(5.0)])
    decay = math.log(2) / 5
    gaps = log.hours[:, None] - log.hours[None, :]
    excited = 0.4 * decay * np.where(gaps > 0, np.exp(-decay * np.maximum(gaps, 0)), 0).sum(1)
    base = np.interp(log.hours, [0, 100, 200], [0.2, 0.3, 0.1])
    area = 100 * (0.1 + 0.3 + 0.05) + 0.4 * (1 - np.exp(-decay * (200 - log.hours))).sum()
    assert -problem.loss(x)[0] == pytest.approx(np.log(base + excited).sum() - area, rel=1e-9)
    assert problem.compensator(x)[0] == pytest.approx(
        np.trapezoid(np.interp(g := np.linspace(0, log.hours[0], 99), [0, 100], [0.2, 0.3]), g),
        rel=1e-9,
    )


def test_branching_and_half_life_are_recovered_with_their_intervals() -> None:
    """Each interval holds the truth at 90 % or more; fewer than 15 of 20 at 1 % or less.

    Three knots of background make the branching ratio 0.03 too low on average.
    """
    rng = np.random.default_rng(15)
    hits, found = np.zeros(2), []
    for _ in range(20):
        log = log_of(hawkes(rng, 0.25, 2000.0, [0.5], [3.0]), 2000.0)
        fit = statistics.excitation(log)
        [life] = fit.half_lives
        hits += [fit.branching.low < 0.5 < fit.branching.high, life.low < 3 < life.high]
        found.append((fit.branching.value, math.log(life.value)))
        assert fit.p < 1e-6
    assert np.all(hits >= 15)
    n, life = np.mean(found, axis=0)
    assert n == pytest.approx(0.5, abs=0.07)
    assert life == pytest.approx(math.log(3), abs=0.2)


def test_a_poisson_process_shows_no_excitation() -> None:
    """Each p is at most 0.05 at 5 % or less; more than 6 of 30 has probability 0.0006."""
    rng = np.random.default_rng(16)
    fits = [statistics.excitation(log_of(poisson(rng, 0.2, 1500), 1500.0)) for _ in range(30)]
    assert sum(fit.p <= 0.05 for fit in fits) <= 5
    assert sum(fit.branching.low <= 0.01 for fit in fits) >= 25
    assert sum(fit.residual_p <= 0.05 for fit in fits) <= 5


def test_two_kernels_are_told_apart() -> None:
    times = hawkes(np.random.default_rng(17), 0.2, 12_000.0, [0.3, 0.35], [0.5, 24.0])
    log = log_of(times, 12_000.0)
    one, two = (statistics.excitation(log, k, spacing=4000.0) for k in (1, 2))
    assert two.aic < one.aic - 10
    assert two.branching.low < 0.65 < two.branching.high
    assert two.half_lives[0].low < 0.5 < two.half_lives[0].high
    assert two.half_lives[1].low < 24 < two.half_lives[1].high
    assert two.shares == pytest.approx((0.3, 0.35), abs=0.12)
    assert two.residual_p > 0.01


def test_the_residual_check_refuses_the_wrong_process() -> None:
    rng = np.random.default_rng(18)
    regular = np.cumsum(rng.gamma(8.0, 1 / 8, 800))
    fit = statistics.excitation(log_of(regular, float(regular[-1] + 1)))
    assert fit.residual_p < 1e-6


def test_a_drifting_background_is_taken_for_excitation_only_by_a_stiff_one() -> None:
    rng = np.random.default_rng(19)
    uniform = poisson(rng, 1.0, 3000.0)
    drift = 0.5 + 0.5 * np.sin(2 * math.pi * uniform / 1000)
    log = log_of(uniform[rng.random(len(uniform)) < drift], 3000.0)
    table = statistics.by_spacing(log, [125.0, 3000.0])
    assert table["branching"].iloc[0] < 0.2
    assert table["branching"].iloc[1] > 0.5


def test_a_daily_rhythm_is_not_taken_for_excitation() -> None:
    rng = np.random.default_rng(20)
    uniform = poisson(rng, 0.6, 4800.0)
    rhythm = 0.5 + 0.5 * np.cos(2 * math.pi * uniform / 24)
    log = dated(uniform[rng.random(len(uniform)) < rhythm], 4800.0)
    with_rhythm, without = (statistics.excitation(log, daily=d) for d in (True, False))
    assert with_rhythm.branching.value < 0.15
    assert without.branching.value > 0.3
    assert with_rhythm.aic < without.aic


def test_too_little_to_fit_says_so() -> None:
    with pytest.raises(ValueError, match="5 events are too few"):
        statistics.excitation(log_of(np.arange(5.0), 5.0))
    with pytest.raises(ValueError, match="must be 1 or 2, got 3"):
        statistics.excitation(log_of(np.arange(50.0), 50.0), 3)


# all of it


def test_a_description_holds_every_statistic_as_one_table() -> None:
    rng = np.random.default_rng(21)
    log, neighbours = provinces(rng, 0.2, 0.2, days=120)
    log = EventLog(
        log.hours, log.length, log.start, True, 0.0, log.place, rng.zipf(2.5, len(log)) * 1.0
    )
    found = statistics.describe(log, {"call": "2022-02-20 12:00"}, neighbours, kernels=(1,))
    assert found.absent == {}
    table = found.table()
    assert set(table["statistic"]) >= {
        "burstiness", "memory", "fano factor", "night share", "ratio after an order",
        "neighbours minus others", "size quantile", "lognormal over power law",
        "branching ratio", "half-life in hours", "residual distance",
    }  # fmt: skip
    ranged = table.dropna(subset=["low"])
    assert (ranged["low"] <= ranged["value"] + 1e-9).all()
    assert (ranged["value"] <= ranged["high"] + 1e-9).all()
    again = statistics.describe(log, {"call": "2022-02-20 12:00"}, neighbours, kernels=(1,))
    pd.testing.assert_frame_equal(table, again.table())


def test_a_log_of_almost_nothing_is_described() -> None:
    for hours in ([], [1.0], [1.0, 1.0]):
        found = statistics.describe(log_of(np.array(hours), 100.0), {"call": 5.0})
        assert found.table()["value"].iloc[0] == len(hours)
        assert set(found.absent) == {
            "waiting", "daytime", "proximity", "severity", "1 kernel", "2 kernels", "order call",
        }  # fmt: skip
        figure = statistics.sheet(found.log, found)
        figure.draw_without_rendering()
        drawn = [ax.get_title(loc="left") for ax in figure.axes]
        assert drawn == ["Events and background", "Unevenness by scale"][: max(1, len(hours))]
        assert "this log has no sizes" in " ".join(text.get_text() for text in figure.texts)


def test_a_page_draws_what_the_description_holds() -> None:
    rng = np.random.default_rng(22)
    log, neighbours = provinces(rng, 0.2, 0.2, days=120)
    found = statistics.describe(log, {"call": "2022-02-20 12:00"}, neighbours, kernels=(1,))
    figure = statistics.sheet(log, found)
    figure.draw_without_rendering()
    days, _, factors, profile, *_ = figure.axes
    [steps] = [p for p in days.patches if p.get_label() == "events"]
    assert steps.get_data().values.sum() == len(log)
    [line] = factors.containers[0].lines[:1]
    drawn = np.asarray(line.get_ydata(orig=False), dtype=float)
    np.testing.assert_allclose(drawn, found.fano["fano"])
    assert "night share" in profile.texts[0].get_text()


def test_importing_the_package_costs_nothing() -> None:
    assert set(dir(statistics)) == set(statistics.__all__)
    with pytest.raises(AttributeError, match="no attribute 'fanno'"):
        statistics.fanno  # type: ignore[attr-defined]  # noqa: B018


def test_known_distribution_of_the_residual_statistic() -> None:
    """Rescaled waiting times of the true process are exponential; p below 0.001 at 0.1 %."""
    rng = np.random.default_rng(23)
    log = log_of(hawkes(rng, 0.3, 3000.0, [0.5], [3.0]), 3000.0)
    problem = Problem(log.hours, likeliest.background(log, 3000.0, True), 1)
    x = np.array([*np.log([0.3, 0.3]), 0.5, math.log(3.0)])
    assert stats.kstest(np.diff(problem.compensator(x)), "expon").pvalue > 0.001


@pytest.mark.parametrize(("size", "stretch"), [(30, 1.0), (40, 1.3), (400, 1.1), (2000, 0.95)])
def test_the_residual_test_is_that_of_kolmogorov_and_smirnov(size: int, stretch: float) -> None:
    waits = np.random.default_rng(size).exponential(stretch, size)
    distance, p = fitting._exponential(waits)
    exact = stats.kstest(waits, "expon")
    assert distance == pytest.approx(exact.statistic, abs=1e-12)
    assert p == pytest.approx(exact.pvalue, abs=0.02)


# logs at the edge of what can be described


def one_day(*clock: str) -> EventLog:
    times = [f"2022-08-29 {hour}" for hour in clock]
    return statistics.from_table(pd.DataFrame({"t": times, "n": 2}), "t", size="n", unit="persons")


@pytest.mark.parametrize("days", [1, 2, 9, 40])
def test_a_span_of_whole_days_touches_no_day_more(days: int) -> None:
    times = pd.date_range("2022-08-29 12:00", periods=days, freq="D")
    assert statistics.from_table(pd.DataFrame({"t": times}), "t").days == days
    hours = statistics.from_table(pd.DataFrame({"h": [0.0, 24.0 * days]}), "h")
    assert (hours.days, hours.day[-1]) == (days + 1, days)


def test_one_day_says_nothing_of_its_spread_over_days() -> None:
    found = statistics.daytime(one_day("14:30", "23:10"))
    assert found.night.value == 0.5
    assert math.isnan(found.night.low)
    assert found.profile["low"].isna().all()


@pytest.mark.parametrize("clock", [("14:30",), ("14:30", "23:10"), ("14:30",) * 40])
def test_a_page_is_drawn_of_few_events_and_of_one_time(clock: tuple[str, ...]) -> None:
    log = one_day(*clock)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = statistics.sheet(log)
        page.draw_without_rendering()
    axes = {ax.get_title(loc="left"): ax for ax in page.axes}
    assert axes["Severity"].get_xlabel() == "Size (persons)"
    when = axes["Events and background"]
    first, last = when.get_xlim()
    assert last - first < 1.1
    labels = [text.get_text() for text in when.get_xticklabels()]
    assert len(labels) == len(set(labels))


def test_events_of_one_time_have_no_waiting_times() -> None:
    absent = statistics.describe(one_day(*("14:30",) * 40)).absent
    assert absent["waiting"] == "all events have one time"
    daily = statistics.describe(one_day(*("00:00",) * 40)).absent
    assert daily["1 kernel"] == "the span is too short for the accuracy of its times"


def test_waiting_times_of_none_count_in_the_shares_drawn() -> None:
    times = pd.Timestamp("2022-08-29") + pd.to_timedelta(np.repeat(np.arange(30), 2), unit="D")
    page = statistics.sheet(statistics.from_table(pd.DataFrame({"t": times}), "t"))
    (waits,) = (ax for ax in page.axes if ax.get_title(loc="left") == "Waiting times")
    drawn = np.asarray(waits.lines[0].get_ydata())
    assert drawn[0] == pytest.approx(29 / 59)


# what a log cannot tell


def note_of(log: EventLog, statistic: str, of: str = "", **options: Any) -> str:
    table = statistics.describe(log, **options).table().set_index(["statistic", "of"])
    return str(table.loc[(statistic, of), "note"])


def daily_log(rng: np.random.Generator, life: float, branching: float) -> EventLog:
    hours = hawkes(rng, 0.03, 9000.0, [branching], [life])
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(hours // 24, unit="D")
    return statistics.from_table(pd.DataFrame({"t": times}), "t")


def test_a_half_life_below_the_accuracy_of_the_times_is_only_said_to_be_short() -> None:
    log = daily_log(np.random.default_rng(4), 2.0, 0.6)
    [life] = statistics.excitation(log).half_lives
    assert life.value <= 24
    assert (life.low, life.high >= 24) == (0.0, True)
    said = note_of(log, "half-life in hours", "1 kernel")
    assert said == "below the accuracy of the times, 24 h: only that it is short"
    sure = log_of(hawkes(np.random.default_rng(4), 0.03, 9000.0, [0.6], [6.0]), 9000.0)
    assert not note_of(sure, "half-life in hours", "1 kernel")
    assert statistics.excitation(sure).half_lives[0].low > 0


def test_a_branching_ratio_of_none_is_said_to_be_at_the_edge() -> None:
    even = log_of(np.arange(0.5, 5000.0, 50.0), 5000.0)
    assert note_of(even, "branching ratio", "1 kernel").startswith("at 0, the least that may be")


def test_ties_and_few_placebo_dates_are_said() -> None:
    times = pd.Timestamp("2022-08-29") + pd.to_timedelta(np.repeat(np.arange(30), 2), unit="D")
    log = statistics.from_table(pd.DataFrame({"t": times}), "t")
    assert note_of(log, "burstiness") == "51 % of waiting times are 0 at the accuracy of the times"
    said = note_of(log, "ratio after an order", "call", orders={"call": "2022-09-10"}, window=96.0)
    assert said == "8 placebo dates: p cannot be below 0.11"
