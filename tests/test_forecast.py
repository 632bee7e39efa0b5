"""Rolling forecasts on logs whose law is known: no peeking, right scores, fair intervals."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from typer.testing import CliRunner

from analysis import scores
from analysis.events import forecast
from analysis.events.forecast import (
    ALL,
    Horizon,
    LastWindow,
    NegativeBinomial,
    Plan,
    Poisson,
    rolling,
)
from analysis.events.forecast.plan import counts_after, counts_before, history
from analysis.events.forecast.rolling import Rolled, log_score
from analysis.events.forecast.selfexciting import SelfExciting, simulate
from analysis.events.forecast.skill import _picks, stretches
from analysis.events.statistics import EventLog, describe
from reprisal.app import app

Floats = NDArray[np.float64]
DAY, WEEK = 24.0, 168.0


def poisson_log(seed: int, per_day: float, days: int) -> EventLog:
    rng = np.random.default_rng(seed)
    hours = np.sort(rng.random(rng.poisson(per_day * days)) * days * DAY)
    place = np.array(["north", "south"], dtype=object)[rng.integers(2, size=len(hours))]
    start = pd.Timestamp("2022-01-01", tz="UTC")
    return EventLog(hours, days * DAY, start, True, 0.0, place, None, "made")


def log_of(*counts: int, width: float = WEEK) -> EventLog:
    """A log with so many events in each window, in its middle."""
    middles = (np.arange(len(counts)) + 0.5) * width
    return EventLog(np.repeat(middles, counts), len(counts) * width, resolution=0.0)


@dataclass
class Oracle:
    """Knows the rate; keeps what it was shown."""

    mean: float
    name: str = "oracle"
    draws: int = 2000
    seen: list[EventLog] = field(default_factory=list)

    def predict(self, history: EventLog, horizon: Horizon) -> Floats:
        self.seen.append(history)
        rng = np.random.default_rng(len(self.seen))
        shape = (self.draws, horizon.windows, len(horizon.series))
        return rng.poisson(self.mean, shape).astype(float)


# what is known, and what followed


def test_a_forecaster_sees_nothing_at_or_after_its_origin() -> None:
    log = log_of(3, 1, 4, 1, 5, 9, 2, 6)
    oracle = Oracle(4.0)
    rolled = forecast.roll(log, [oracle], Plan(Horizon(WEEK, 2), first=3 * WEEK))
    assert [seen.length for seen in oracle.seen] == [3 * WEEK, 4 * WEEK, 5 * WEEK, 6 * WEEK]
    assert [len(seen) for seen in oracle.seen] == [8, 9, 14, 23]
    observed = rolled.table.pivot_table(index="origin", columns="lead", values="observed")
    assert observed[1].tolist() == [1, 5, 9, 2]
    assert observed[2].tolist() == [5, 9, 2, 6]
    assert observed[0].tolist() == [6, 14, 11, 8]
    at_the_edge = EventLog(np.array([1.0, WEEK]), 3 * WEEK)
    assert len(history(at_the_edge, WEEK)) == 1
    assert dict(counts_after(at_the_edge, WEEK, Horizon(WEEK, 2)))[ALL].tolist() == [1, 0]


def test_windows_of_the_past_end_at_the_origin() -> None:
    log = EventLog(np.array([5.0, 30.0, 31.0, 60.0]), 70.0)
    assert counts_before(log, 24.0).tolist() == [2, 1]


def test_places_are_series_of_their_own() -> None:
    log = poisson_log(1, 5.0, 140)
    plan = Plan(Horizon(WEEK, 2, (ALL, "north", "south")))
    rolled = forecast.roll(log, [Poisson(draws=200), LastWindow(draws=200)], plan)
    observed = rolled.table.pivot_table(
        index=["origin", "lead"], columns="series", values="observed"
    )
    assert (observed["north"] + observed["south"] == observed[ALL]).all()
    assert set(rolled.table["series"]) == {ALL, "north", "south"}


# the forecasters


def test_the_last_window_is_repeated_and_spreads_as_earlier_repeats_were_wrong() -> None:
    steady = LastWindow().predict(log_of(*[6] * 20), Horizon(WEEK, 3))
    assert steady.shape == (1000, 3, 1)
    assert (steady == 6).all()
    uneven = LastWindow().predict(log_of(*[4, 12] * 10), Horizon(WEEK, 2))
    ratios = {(x + 0.5) / 12.5 for x in set(uneven[:, 0, 0])}
    assert len(ratios) == 2
    assert (uneven[:, 1, 0] == 12).all()
    few = LastWindow(draws=20_000).predict(log_of(6, 6), Horizon(WEEK, 1))
    assert few.mean() == pytest.approx(6.5, abs=0.1)


def test_poisson_and_negative_binomial_have_the_moments_of_recent_windows() -> None:
    counts = [50] * 5 + [2, 30, 4, 9, 1, 22, 5, 11, 3, 18, 7, 8]
    recent = np.array(counts[-12:])
    flat = Poisson(draws=50_000).predict(log_of(*counts), Horizon(WEEK, 1))
    assert flat.mean() == pytest.approx(recent.mean() + 0.5 / 12, rel=0.01)
    assert flat.var() == pytest.approx(flat.mean(), rel=0.03)
    uneven = NegativeBinomial(draws=50_000).predict(log_of(*counts), Horizon(WEEK, 1))
    assert uneven.mean() == pytest.approx(recent.mean() + 0.5 / 12, rel=0.02)
    assert uneven.var() == pytest.approx(recent.var(ddof=1), rel=0.05)
    even = NegativeBinomial(draws=50_000).predict(log_of(*[7] * 12), Horizon(WEEK, 1))
    assert even.var() == pytest.approx(even.mean(), rel=0.03)


def test_a_hawkes_process_is_continued_with_its_known_mean() -> None:
    rng = np.random.default_rng(3)
    counts = simulate(0.2, 0.6, 2.0, 12.0, 400.0, (4000, 4), rng)
    assert counts.sum(axis=1).mean() == pytest.approx((0.2 * 400 + 12) / 0.4, rel=0.02)
    late = counts[:, 3]
    assert late.mean() == pytest.approx(0.2 * 100 / 0.4, rel=0.03)
    assert late.var() / late.mean() == pytest.approx(1 / 0.4**2, rel=0.1)


def test_the_hawkes_forecaster_fits_what_it_continues() -> None:
    log = poisson_log(4, 8.0, 200)
    sample = SelfExciting(draws=400).predict(log, Horizon(WEEK, 2))
    assert sample.shape == (400, 2, 1)
    assert sample.mean() == pytest.approx(8 * 7, rel=0.15)
    recent = log.select("north")
    quiet = replace(recent, hours=recent.hours[-10:], place=None)
    assert SelfExciting(draws=50).predict(quiet, Horizon(WEEK, 1)).mean() < 12


def test_the_same_seed_gives_the_same_forecast_at_every_origin_another() -> None:
    log = log_of(*[5, 9, 2, 7] * 6)
    one, again = (Poisson().predict(log, Horizon(WEEK, 1)) for _ in range(2))
    assert (one == again).all()
    assert (Poisson(seed=2).predict(log, Horizon(WEEK, 1)) != one).any()
    later = replace(log, length=log.length + WEEK)
    assert (Poisson().predict(later, Horizon(WEEK, 1)) != one).any()


# scores


def test_the_log_score_is_that_of_the_law_behind_the_sample() -> None:
    rng = np.random.default_rng(5)
    flat = rng.poisson(6.0, 400_000).astype(float)
    assert log_score(flat, 9) == pytest.approx(-stats.poisson.logpmf(9, 6), abs=0.02)
    uneven = rng.negative_binomial(2.0, 0.01, 400_000).astype(float)
    assert log_score(uneven, 700) == pytest.approx(-stats.nbinom.logpmf(700, 2, 0.01), abs=0.02)
    assert np.isfinite(log_score(np.zeros(100), 3))


@pytest.fixture(scope="module")
def rolled() -> Rolled:
    """Counts of a Poisson process with 28 a week: an oracle, one that is unsure, and two wrong."""
    log = poisson_log(6, 4.0, 7 * 160)
    who = [
        Oracle(28.0),
        Oracle(40.0, name="too high"),
        Poisson(draws=500, memory=3),
        LastWindow(draws=500),
    ]
    return forecast.roll(log, who, Plan(Horizon(WEEK, 2), first=60 * WEEK))


def test_the_law_itself_is_calibrated_and_wins(rolled: Rolled) -> None:
    scores = forecast.scores(rolled).set_index(["lead", "forecaster"])
    oracle = scores.loc[(1, "oracle")]
    assert oracle["origins"] == 99
    assert oracle["cover_90_low"] <= 0.9 <= oracle["cover_90_high"]
    assert oracle["skill_low"] > 0
    assert oracle["skill_low"] < oracle["skill"] < oracle["skill_high"]
    assert oracle["log_gain_low"] > 0
    assert scores.loc[(1, "last window"), "skill"] == 0
    assert scores.loc[(1, "too high"), "skill_high"] < 0
    won = forecast.best(rolled).set_index("lead")
    assert (won["best"] == "oracle").all()
    assert won.loc[1, "gain_low"] < won.loc[1, "gain"] < won.loc[1, "gain_high"]
    assert won.loc[1, "clear"] == (won.loc[1, "gain_low"] > 0)


def test_calibration_shows_who_is_right(rolled: Rolled) -> None:
    table = forecast.calibration(rolled).set_index(["forecaster", "level"])
    oracle = table.loc["oracle"]
    assert (abs(oracle["observed"] - oracle.index) < 0.1).all()
    assert table.loc[("too high", 0.5), "observed"] > 0.9


def test_origins_are_resampled_in_blocks_as_long_as_their_overlap(rolled: Rolled) -> None:
    picks = _picks(replace_plan(rolled, Horizon(WEEK, 6)), seed=1)
    size = len(rolled.origins)
    assert picks.shape == (999, size)
    steps = (np.diff(picks[:, :6], axis=1) % size) == 1
    assert steps.all()
    assert not ((np.diff(picks, axis=1) % size) == 1).all()
    np.testing.assert_allclose(np.bincount(picks.ravel()) / picks.size, 1 / size, rtol=0.15)


def replace_plan(rolled: Rolled, horizon: Horizon) -> Rolled:
    return replace(rolled, plan=Plan(horizon))


@pytest.mark.parametrize(("weeks", "known"), [(22, False), (48, True)])
def test_few_origins_give_no_intervals(weeks: int, known: bool) -> None:
    log = poisson_log(3, 2.0, 7 * weeks)
    plan = Plan(Horizon(WEEK, 4, (ALL,)), first=(14 if not known else 12) * WEEK)
    made = forecast.roll(log, [LastWindow(), Poisson()], plan)
    assert (stretches(made) >= 8) is known
    table, best = forecast.scores(made), forecast.best(made)
    assert table["skill"].notna().all()
    for column in ("skill_low", "cover_90_high"):
        assert table[column].notna().all() == known
    assert best["gain_low"].notna().all() == known
    assert known or not best["clear"].any()
    shown = forecast.calibration(made)
    assert shown["observed_low"].notna().all() == known
    caption = forecast.sheet(made, table, "last window").get_label()
    assert ("are 95 % intervals over origins" in caption) is known
    assert ("No interval is drawn" in caption) is not known


def test_a_page_shows_every_forecaster(rolled: Rolled) -> None:
    figure = forecast.sheet(rolled, forecast.scores(rolled), "last window")
    figure.draw_without_rendering()
    shown, skill, curves, cover = figure.axes
    assert shown.get_title(loc="left") == "One window ahead: oracle"
    assert len(skill.containers) == 3
    assert len(cover.containers) == 4
    assert len(curves.lines) == 5


# what is refused


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(Horizon(WEEK, 4), first=3 * WEEK), "1 origins fit"),
        (Plan(Horizon(WEEK, 1), first=DAY), "no whole window lies before"),
        (Plan(Horizon(WEEK, 40)), "0 origins fit"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(plan: Plan, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan.origins(log_of(*[1] * 7))


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (np.zeros((5, 2)), r"shape \(5, 2\)"),
        (np.zeros((1, 2, 1)), "at least 2 draws"),
        (np.full((5, 2, 1), -1.0), "negative or not finite"),
        (np.full((5, 2, 1), np.nan), "negative or not finite"),
    ],
)
def test_a_sample_of_another_form_is_refused(sample: Any, message: str) -> None:
    class Wrong:
        name = "wrong"

        def predict(self, history: EventLog, horizon: Horizon) -> Any:  # noqa: ARG002
            return sample

    with pytest.raises(ValueError, match=message):
        forecast.roll(log_of(*[1] * 9), [Wrong()], Plan(Horizon(WEEK, 2)))


def test_a_reference_that_took_no_part_is_refused(rolled: Rolled) -> None:
    with pytest.raises(ValueError, match="'naive' took no part; forecasters are oracle, too high"):
        forecast.scores(rolled, "naive")


# the command


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    log = poisson_log(8, 2.0, 7 * 14)
    table = pd.DataFrame({"time": log.at(log.hours), "place": log.place})
    table.to_csv(tmp_path / "events.csv", index=False)
    return tmp_path / "events.csv"


def test_forecast_writes_scores_and_says_who_wins(events: Path) -> None:
    span = ["--from", "2022-01-01T00:00", "--to", "2022-04-09T00:00"]
    options = ["--windows", "2", "--place", "north", "--train-until", "2022-03-05T00:00"]
    done = CliRunner().invoke(app, ["forecast", str(events), *span, *options])
    assert done.exit_code == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert [file.name for file in files] == [
        "scores.csv", "best.csv", "calibration.csv", "forecasts.csv", "choices.csv", "dropped.csv",
        "forecast.png", "forecast.svg", "forecast.txt", "forecast-1.png", "forecast-1.svg",
        "forecast-1.txt",
    ]  # fmt: skip
    assert all(file.stat().st_size for file in files)
    assert "4 of 4 origins" in done.stderr
    assert "skill against last window" in done.stderr
    assert "All windows: " in done.stderr
    assert "too few for intervals" in done.stderr
    assert "clearly" not in done.stderr
    table = pd.read_csv(files[3])
    assert set(table["forecaster"]) == {"last window", "Poisson", "negative binomial", "Hawkes"}
    assert table["start"].min() == 63 * DAY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--window", "6h"], "6h is below 1d, the shortest"),
        (["--window", "7"], "needs a unit"),
        (["--windows", "20"], "the log is too short"),
        (["--train-until", "soon"], "needs a local date and time"),
        (["--place", "nroth"], "did you mean 'north'?"),
    ],
)
def test_what_cannot_be_forecast_is_refused(events: Path, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["forecast", str(events), *options])
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_a_log_that_is_too_short_is_told_what_would_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    events = tmp_path / "events.csv"
    days = pd.date_range("2024-03-01", "2024-04-20", freq="D").strftime("%Y-%m-%d")
    events.write_text("\n".join(["time", *days]), encoding="utf-8")
    span = ["--from", "2024-03-01", "--to", "2024-04-20", "--train-until", "2024-04-19"]
    done = CliRunner().invoke(app, ["forecast", str(events), *span])
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "this needs 12 weeks, and the log has 7.14 weeks, from 2024-03-01T00:00" in said
    advice = said.partition("; try ")[2].rstrip(" ╰─╯").split()
    assert advice == ["--window", "7d", "--windows", "2", "without", "--train-until"]
    done = CliRunner().invoke(app, ["forecast", str(events), *span[:4], *advice[:4], "--out", "f"])
    assert done.exit_code == 0, done.stderr


def test_scores_of_many_windows_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    sample = rng.poisson(4, (201, 3)).astype(float)
    happened = np.array([2.0, 9.0, 4.0])
    rows = list(rolling._rows(sample, happened))
    whole = np.column_stack([sample.sum(axis=1), sample])
    for row, column, observed in zip(rows, whole.T, [15.0, *happened], strict=True):
        assert row["observed"] == observed
        assert row["crps"] == pytest.approx(scores.crps(column, observed).value)
        assert row["log_score"] == pytest.approx(float(log_score(column, observed)))
        assert (row["below"], row["up_to"]) == tuple(scores.rank(column, observed))
        quantiles = np.quantile(column, [0.05, 0.25, 0.5, 0.75, 0.95], method="inverted_cdf")
        assert [row[name] for name in ("q05", "q25", "q50", "q75", "q95")] == quantiles.tolist()


def test_few_events_over_many_years_cost_little() -> None:
    hours = np.sort(np.random.default_rng(1).integers(0, 25 * 365, 40)) * 24.0
    log = EventLog(hours, 25 * 365 * 24.0, pd.Timestamp("1998-01-01", tz="UTC"), True, 24.0)
    for work in (lambda: describe(log), lambda: forecast.roll(log, forecast.standard(), Plan())):
        began = time.process_time()
        work()
        assert time.process_time() - began < 5
