"""Distributions against closed forms, each with its stated false-alarm rate.

Seeds are fixed, so a test passes or fails for good; the rate tells how likely a correct
model would have failed when the seed was chosen.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim import tables
from sim.engine import one_run
from sim.model import ReprisalModel
from sim.rules import casualties
from sim.world import build
from tests.worlds import HARMLESS, one_province, runs, scenario

SEED = 20220829
HARMLESS_RAID = {
    "weight": 1.0,
    "target_killed": HARMLESS,
    "attacker_killed": HARMLESS,
    "wounded_per_killed": 0.0,
}


def stationary(rate, battle, reprisal, days, **changes):
    """Two groups, one province, exposure 1, no harm: a mutually exciting process."""
    return one_province(
        clock__length=f"{days}d",
        modes__raid=HARMLESS_RAID,
        engagement__background_rate=f"{rate}/d",
        stances__quiet={"battle": battle, "reprisal": reprisal},
        **changes,
    )


def runs_of(setting, number):
    return [tables["engagements"] for tables in runs(setting, SEED, number)]


def test_without_excitation_engagements_are_a_poisson_process():
    """Chi-square of counts and KS of waiting times at 1e-3: false alarm 2 in 1,000.

    At most one engagement per dyad and tick makes each dyad's counts binomial.
    """
    setting = stationary(0.6, 0.0, 0.0, 10)
    tables_of_runs = runs_of(setting, 600)
    counts = np.array([len(table["tick"]) for table in tables_of_runs])
    chance = 1 - np.exp(-0.6 / 24)
    expected = stats.binom(2 * 240, chance)
    low, high = 6, 18
    edges = [-1, *range(low, high), 480]
    observed = np.histogram(counts, bins=np.array(edges) + 0.5)[0]
    shares = np.diff(expected.cdf(edges))
    assert stats.chisquare(observed, shares * len(counts)).pvalue > 1e-3
    ticks = np.concatenate([table["tick"] for table in tables_of_runs])
    uniform = (ticks + np.random.default_rng(1).random(len(ticks))) / 240
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    assert all((table["cause"] == 0).all() for table in tables_of_runs)


@pytest.mark.parametrize(("battle", "reprisal"), [(0.5, 0.0), (0.0, 0.5), (0.2, 0.4)])
def test_realised_branching_ratio_equals_its_analytic_value(battle, reprisal):
    """Share of caused engagements against n, at 4 standard errors: false alarm 6e-5.

    With n engagements per engagement, in battles and as reprisals, expected engagements are
    ``2 * rate * time / (1 - n)``, of which a share n is caused. Rates are low enough that one
    engagement per tick costs under 1 % (allowed for).
    """
    n = battle + reprisal
    setting = stationary(0.02, battle, reprisal, 250)
    tables_of_runs = runs_of(setting, 60)
    total = np.array([len(table["tick"]) for table in tables_of_runs], float)
    caused = np.array([(table["cause"] > 0).sum() for table in tables_of_runs], float)
    ratio = caused.sum() / total.sum()
    residuals = caused - ratio * total
    error = np.sqrt((residuals**2).sum()) / total.sum()
    assert abs(ratio - n) < 4 * error + 0.01 * n
    analytic = 2 * 0.02 * 250 / (1 - n)
    mean_error = total.std(ddof=1) / np.sqrt(len(total))
    assert abs(total.mean() - analytic) < 4 * mean_error + 0.02 * analytic


def test_parents_are_drawn_in_proportion_to_what_is_left():
    """Lags of reprisals follow the geometric kernel: KS-like chi-square at 1e-3."""
    setting = stationary(0.02, 0.0, 0.5, 250, reprisal__half_life="4h")
    lags = []
    for table in runs_of(setting, 60):
        caused = np.flatnonzero(table["cause"] == 2)
        lags.extend(table["tick"][caused] - table["tick"][table["parent"][caused]])
    keep = 2 ** (-1 / 4)
    shares = (1 - keep) * keep ** np.arange(15)
    observed = np.bincount(np.minimum(lags, 16), minlength=17)[1:]
    expected = np.append(shares, keep**15) * len(lags)
    assert len(lags) > 300
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_exchanges_of_a_battle_have_their_closed_form_in_number_and_length():
    """Mean exchanges, and the tick of the last one, at 4 standard errors: false alarm 1e-4.

    A battle goes on after each tick with probability k; in a tick of it one side fires with
    probability a, the other with b, and each is as likely to be either. The last exchange is
    later than tick t when any is: in a tick a battle brings one with p = 1 - (1 - a)(1 - b), so
    with probability ``k^t p / (1 - k (1 - p))``.
    """
    setting = stationary(0.01, 0.4, 0.0, 400, battle__half_life="4h", battle__exchanges="18/d")
    world = build(scenario(setting))
    keep, chance = world.battle_keep, float(one_run(world, "interpreted").part("stances")[0].opens)
    first, second = (1 - np.exp(-18 / 24 * factor) for factor in (1.5, 0.5))
    any_fire = 1 - (1 - first) * (1 - second)
    numbers, lengths, attacks = [], [], 0
    for table in runs_of(setting, 60):
        opening, exchange = table["root"], table["cause"] == 1
        attacks += (~exchange).sum()
        for root in np.unique(opening[exchange]):
            own = exchange & (opening == root)
            numbers.append(own.sum())
            lengths.append(table["tick"][own].max() - table["tick"][root])
    expected = (first + second) / (1 - keep)
    numbers, lengths = np.array(numbers, float), np.array(lengths)
    silent = 1 - any_fire / (1 - keep * (1 - any_fire))
    mean = expected / (1 - silent)
    assert (
        abs(numbers.mean() - mean) < 4 * numbers.std(ddof=1) / np.sqrt(len(numbers)) + 0.02 * mean
    )
    opened = len(numbers) / (1 - silent) / attacks
    assert abs(opened - chance) < 4 * np.sqrt(chance / attacks) + 0.02 * chance
    for tick in (1, 3, 8):
        share = keep**tick
        assert abs((lengths > tick).mean() - share) < 4 * np.sqrt(share / len(lengths))


def test_killed_follow_the_discretised_lognormal():
    """Chi-square at 1e-3 over 20,000 uniforms."""
    table = tables.severity(1.5, 1.1, 200)
    uniforms = np.random.default_rng(3).random(20_000)
    killed = np.array([casualties.killed(u, table.tolist(), 10_000) for u in uniforms])
    shape = stats.lognorm(s=1.1, scale=1.5)
    edges = np.arange(0, 13)
    shares = np.append(np.diff(shape.cdf(edges)), shape.sf(12))
    observed = np.append(np.bincount(killed[killed < 12], minlength=12), (killed >= 12).sum())
    assert stats.chisquare(observed, shares * len(killed)).pvalue > 1e-3


def test_wounded_have_the_stated_mean_and_spread():
    """Mean within 4 standard errors of 4 per killed; variance of a gamma with shape 2."""
    factors = tables.wounded_factors(2.0)
    rng = np.random.default_rng(5)
    for killed in (1, 5, 20):
        mean = casualties.mean_wounded(killed, 4.0, 0.0)
        drawn = np.array(
            [
                casualties.wounded(a, b, mean, factors.tolist(), 10**6)
                for a, b in rng.random((8000, 2))
            ]
        )
        assert abs(drawn.mean() - mean) < 4 * drawn.std() / np.sqrt(len(drawn))
        assert drawn.var() == pytest.approx(mean**2 / 2, rel=0.12, abs=0.4)


def test_marks_have_mean_one_over_the_modes():
    shares = np.array([0.25, 0.75])
    killed = np.array([tables.severity(1.0, 1.1, 50), tables.severity(4.0, 0.5, 50)])
    mark = tables.marks(shares, killed, by_severity=True)
    chances = np.diff(killed, prepend=0.0, axis=1)
    assert float(shares @ chances @ mark) == pytest.approx(1.0)
    assert (np.diff(mark) > 0).all()
    assert (tables.marks(shares, killed, by_severity=False) == 1).all()


def test_the_hour_profile_shapes_the_day():
    """Share of engagements in the favoured half of the day, within 4 standard errors of 0.9."""
    profile = [9.0] * 12 + [1.0] * 12
    setting = stationary(0.5, 0.0, 0.0, 100, hour_profiles__early=profile)
    setting["provinces"]["north"]["hour_profile"] = "early"
    hours = np.concatenate([table["tick"] % 24 for table in runs_of(setting, 20)])
    error = np.sqrt(0.09 / len(hours))
    assert abs((hours < 12).mean() - 0.9) < 4 * error + 0.005


def test_compliance_is_uniform_around_its_mean_over_replicates():
    """KS at 1e-3 over 300 replicates."""
    setting = one_province(
        clock__length="1h",
        orders={
            "leave": {
                "action": "withdraw",
                "group": "red",
                "trigger": {"after": "0h"},
                "compliance": 0.5,
                "spread": 0.2,
            }
        },
    )
    world = build(scenario(setting))
    shares = []
    for replicate in range(300):
        model = ReprisalModel(world, SEED, replicate, collect=False)
        model.step()
        shares.append(model.units[0].share)
    assert stats.kstest(shares, stats.uniform(0.3, 0.4).cdf).pvalue > 1e-3
