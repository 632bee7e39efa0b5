"""Calibration: statistics by hand, known posteriors, a proof that can fail, the command."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

import analysis
from analysis.events.calibration import (
    checks,
    data,
    events,
    inference,
    proof,
    reference,
    rounds,
    waves,
)
from analysis.events.calibration.box import Box
from analysis.events.calibration.events import Events
from analysis.events.calibration.statistics import Statistics
from analysis.events.forecast import Horizon, Simulated
from analysis.events.statistics import EventLog
from analysis.report import setting
from reprisal.app import app
from sim import scenario
from sim.extras import MissingExtraError
from tests import oracle

ROOT = Path(__file__).parent.parent
UNCLEAR = "hills"  # tables do not say who attacked there
RANGES = [
    "--range", "engagement.background_rate=0.1/d..4/d:log",
    "--range", "stances.quiet.reprisal=0..0.5",
]  # fmt: skip


def history(
    hours: list[float],
    places: list[int],
    sizes: list[float],
    sides: list[tuple[int, int]] | None = None,
) -> Events:
    dyads = np.array(sides or [(-1, -1)] * len(hours), np.intp).reshape(-1, 2)
    return Events(
        1, np.zeros(len(hours), np.intp), np.array(hours, float), np.array(places, np.intp),
        np.array(sizes, float), dyads[:, 0], dyads[:, 1],
    )  # fmt: skip


def named(statistics: Statistics, made: Events) -> list[dict[str, float]]:
    rows = np.expm1(statistics.of(made))
    plain = statistics.of(made)
    linear = ("share", "last", "mean")
    return [
        {
            name: float(plain[row, place] if name.startswith(linear) else rows[row, place])
            for place, name in enumerate(statistics.names)
        }
        for row in range(made.histories)
    ]


def test_statistics_of_a_history_by_hand_beside_an_empty_one() -> None:
    statistics = Statistics(0.0, 96.0, ("here", "there"), True, 1.0, midnight=12.0)
    made = history([1, 3, 14, 90, 97], [0, 0, 1, 0, 0], [0, 3, 1, 1, 50])
    found, nothing = named(statistics, events.joined(made, history([], [], [])))
    assert found == pytest.approx(
        {
            "events": 4, "share of days with events": 3 / 5, "most events in a day": 2,
            "last event": 90 / 96, "events in part 1 (1 d)": 3, "events in part 2 (1 d)": 0,
            "events in part 3 (1 d)": 0, "events in part 4 (1 d)": 1,
            "followers within 3 h": 1 / 4, "followers within 12 h": 2 / 4,
            "followers within 36 h": 3 / 4, "events in here": 3, "events in there": 1,
            "followers at the place within 3 h": 1 / 4,
            "followers at the place within 12 h": 1 / 4,
            "followers at the place within 36 h": 1 / 4,
            "killed": 5, "share deadly": 3 / 4, "mean log killed": np.log([4, 2, 2]).sum() / 4,
            "most killed": 3,
        }
    )  # fmt: skip
    assert set(nothing.values()) == {0.0}


def test_low_and_high_counts_are_compared_where_both_have_them() -> None:
    plain = Statistics(0.0, 96.0, (), True, 1.0)
    made = replace(
        history([1, 3, 14], [0, 0, 1], [2, 3, 1]),
        low=np.array([1.0, 3.0, 0.0]), high=np.array([4.0, 3.0, 2.0]),
    )  # fmt: skip
    ranged = replace(plain, ranges=True)
    extra = dict(zip(ranged.names[-3:], ranged.of(made)[0, -3:], strict=True))
    assert ranged.names[:-3] == plain.names
    assert extra == pytest.approx(
        {
            "killed, low counts": np.log1p(4), "killed, high counts": np.log1p(9),
            "mean log range of killed": (np.log(5 / 2) + np.log(3)) / 3,
        }
    )  # fmt: skip
    joined = events.joined(made, replace(made, low=made.low, high=made.high))
    assert ranged.of(joined)[1] == pytest.approx(ranged.of(made)[0])


@pytest.mark.parametrize("enabled", [True, False])
def test_ranges_of_a_table_are_read_where_reporters_give_ranges(
    tmp_path: Path, enabled: bool
) -> None:
    file = tmp_path / "e.csv"
    file.write_text("time,place,low,killed,high\n2024-03-03,city,1,2,4\n2024-03-04,city,0,1,1\n")
    (tmp_path / "m.yaml").write_text("sides: any\n")
    loaded = scenario.load(
        ROOT / "scenarios" / "two-groups.yaml", [f"reports.enabled={str(enabled).lower()}"]
    )
    read = data.read(file, loaded, tmp_path / "m.yaml")
    assert read.statistics.ranges is enabled
    assert read.events.low is not None
    assert read.events.low.tolist() == [1, 0]
    point = dict(zip(read.names, read.point, strict=True))
    assert ("killed, high counts" in point) is enabled
    assert point.get("killed, high counts", np.log1p(5)) == pytest.approx(np.log1p(5))


def who_attacked_whom() -> Events:
    """Five attacks, a pair of them at one time, and one of which the attacker is unknown."""
    by_a, by_b, unclear = (0, 1), (1, 0), (-1, 1)
    dyads = [by_a, unclear, by_b, by_b, by_a, by_a]
    return history([1, 2, 3, 13, 13, 50], [0, 0, 1, 1, 1, 0], [0] * 6, dyads)


def test_statistics_of_who_attacked_whom_by_hand() -> None:
    statistics = Statistics(0.0, 96.0, ("here", "there"), False, 1.0, groups=("a", "b"))
    names, shares = statistics.names[-16:], statistics.of(who_attacked_whom())[0, -16:]
    assert dict(zip(names, shares, strict=True)) == pytest.approx(
        {
            "share of attacks by a": 3.5 / 6, "share of attacks by b": 2.5 / 6,
            "share of attacks on a": 2.5 / 6, "share of attacks on b": 3.5 / 6,
            "share answering within 3 h": 3.5 / 4,
            "share answering within 12 h": 5.5 / 8,
            "share answering within 36 h": 5.5 / 8,
            "share repeating within 3 h": 0.5 / 4,
            "share repeating within 12 h": 2.5 / 8,
            "share repeating within 36 h": 2.5 / 8,
            "share answering at the place within 3 h": 2.5 / 3,
            "share answering at the place within 12 h": 3.5 / 5,
            "share answering at the place within 36 h": 3.5 / 5,
            "share repeating at the place within 3 h": 0.5 / 3,
            "share repeating at the place within 12 h": 1.5 / 5,
            "share repeating at the place within 36 h": 1.5 / 5,
        }
    )  # fmt: skip


def test_events_of_unclear_sides_count_unless_the_data_have_none() -> None:
    for sided, number in ((False, 6), (True, 5)):
        statistics = Statistics(0.0, 96.0, (), False, 1.0, sided=sided, groups=("a", "b"))
        (found,) = named(statistics, who_attacked_whom())
        assert found["events"] == pytest.approx(number)


def test_times_are_compared_as_coarsely_as_the_data_tell_them() -> None:
    fine = history([1, 13, 37], [0, 0, 0], [1, 1, 1])
    by_day = history([0, 12, 36], [0, 0, 0], [1, 1, 1])
    statistics = Statistics(0.0, 240.0, (), False, 24.0, midnight=12.0)
    assert statistics.lags == (36.0, 120.0)
    assert (statistics.of(fine) == statistics.of(by_day)).all()


def toy(runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two parameters: one seen with noise of 0.1 in a curved statistic, one not at all."""
    rng = np.random.default_rng(seed)
    shares = rng.random((runs, 2))
    seen = shares[:, :1] + 0.1 * rng.normal(size=(runs, 1))
    return np.column_stack([np.exp(seen), rng.normal(size=(runs, 3))]), shares


@pytest.fixture(scope="module")
def toy_learned() -> tuple[proof.Proof, inference.Method]:
    """A proof on 400 runs, and what was learned for it from 2,400 others."""
    learned: list[inference.Method] = []

    def learn(statistics: np.ndarray, shares: np.ndarray) -> inference.Method:
        learned.append(inference.train(statistics, shares))
        return learned[-1]

    made = proof.prove(["seen", "unseen"], *toy(2800, 1), sets=400, learn=learn)
    (method,) = learned
    return made, method


@pytest.fixture(scope="module")
def toy_proof(toy_learned: tuple[proof.Proof, inference.Method]) -> proof.Proof:
    return toy_learned[0]


def test_a_known_posterior_is_found(toy_learned: tuple[proof.Proof, inference.Method]) -> None:
    _, method = toy_learned
    assert len(method.shares) == 2400
    found = method.posterior(np.array([np.exp(0.93), 0.0, 0.0, 0.0]))
    low, high = (0 - 0.93) / 0.1, (1 - 0.93) / 0.1
    true = stats.truncnorm(low, high, loc=0.93, scale=0.1)
    assert found.mean[0] == pytest.approx(true.mean(), abs=0.015)
    assert found.spread_left[0] * inference.PRIOR_SD == pytest.approx(true.std(), rel=0.2)
    assert found.quantiles(np.array([0.9]))[0, 0] == pytest.approx(true.ppf(0.9), abs=0.02)
    assert found.mean[1] == pytest.approx(0.5, abs=0.08)
    assert found.spread_left[1] == pytest.approx(1, abs=0.1)
    assert 0 < found.shares.min() < found.shares.max() < 1
    assert len(found.weights) / 2 < found.effective < len(found.weights)


def test_draws_of_equal_weight_follow_the_weights() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    made = inference.Posterior(np.eye(3), weights)
    rows = made.resample(1000, np.random.default_rng(1))
    assert np.bincount(rows).tolist() == [500, 300, 200]
    assert np.abs(np.diff(rows)).max() > 0


def test_the_method_passes_its_own_proof(
    toy_proof: proof.Proof,
) -> None:
    made = toy_proof
    ranks = made.ranks()
    assert ranks["uniform"].all()
    assert ranks["identified"].tolist() == [True, False]
    covered = made.coverage()
    assert (covered["observed"] - covered["level"]).abs().max() < 0.1
    assert ((covered["low"] < covered["observed"]) & (covered["observed"] < covered["high"])).all()
    assert made.counts().sum(axis=1).tolist() == [400, 400]


def test_statistics_that_say_nothing_do_not_make_it_too_sure() -> None:
    """With a network that judges the runs it learned from, 90 % intervals cover 69 and 76 % here.

    With 300 data sets, 0.07 is 4 standard errors at 90 %.
    """
    rng = np.random.default_rng(1)
    shares = rng.random((2000, 2))
    seen = shares + 0.3 * rng.normal(size=shares.shape)
    statistics = np.column_stack([seen, rng.normal(size=(2000, 40))])
    made = proof.prove(["first", "second"], statistics, shares, 300, inference.train)
    covered = made.coverage()
    sure = covered[covered["level"] >= 0.9]
    assert (sure["observed"] - sure["level"]).abs().max() < 0.07
    assert made.ranks()["uniform"].all()


@pytest.mark.parametrize(
    "wrong",
    [lambda p: np.clip(0.5 + 1.8 * (p - 0.5), 0, 1), lambda p: p**1.5],
    ids=["too sure", "biased"],
)
def test_a_wrong_method_fails_the_proof(toy_proof: proof.Proof, wrong: object) -> None:
    made = replace(toy_proof, below=wrong(toy_proof.below))  # type: ignore[operator]
    assert not made.ranks()["uniform"].any()


def test_a_second_wave_comes_nearer_to_a_posterior_known_in_closed_form() -> None:
    loaded, rng = oracle.two_rates(600), np.random.default_rng(4)
    statistics = data.statistics(loaded)
    found = oracle.table(loaded, 600, rng)
    method = inference.train(statistics.of(found.events), found.shares)
    seen = oracle.events(np.array([[0.4, 0.8]]), rng)
    known = oracle.Exact.given(np.bincount(seen.place, minlength=2).astype(float))
    point = statistics.of(seen)[0]
    first, second = oracle.calibrated(found, method, statistics, point, 600, 5)
    spreads = [made.spread_left * inference.PRIOR_SD / known.sd for made in (first, second)]
    assert spreads[0].mean() > 1.2
    assert spreads[1].mean() == pytest.approx(1, abs=0.15)
    assert (second.mean - known.mean) / known.sd == pytest.approx([0, 0], abs=0.5)


@pytest.mark.usefixtures("proven")
def test_the_simulator_of_the_oracle_is_that_of_the_table(world: Path) -> None:
    found = reference.read(analysis.load(world / "table"))
    statistics = data.statistics(found.loaded, directed=True)
    run = oracle.simulator(found, statistics, seed=1, luck=iter([7, 8]))
    stored = statistics.of(found.events)
    for number in (7, 8):
        assert run(found.shares[number]) == pytest.approx(stored[number])


@pytest.fixture
def two_waves() -> tuple[reference.Reference, reference.Reference]:
    """Runs of a prior, and as many in a corner of it, in each direction 0.4 to 0.7 wide."""
    loaded, rng = oracle.two_rates(300), np.random.default_rng(6)
    found = oracle.table(loaded, 300, rng)
    box = Box(np.array([0.2, 0.0]), np.array([0.6, 0.7]))
    narrower = scenario.narrower(loaded, waves.ends(found, box), 2)
    return found, oracle.table(narrower, 300, rng)


def test_waves_are_told_apart_and_count_alike(
    two_waves: tuple[reference.Reference, reference.Reference],
) -> None:
    found = waves.with_wave(*two_waves)
    assert found.box.low == pytest.approx([0.2, 0.0])
    assert found.box.high == pytest.approx([0.6, 0.7])
    assert found.waves.tolist() == [1] * 300 + [2] * 300
    assert found.numbers.tolist() == [*range(300)] * 2
    inside = found.box.holds(found.shares)
    assert inside[300:].all()
    assert 0.16 < inside[:300].mean() < 0.40
    counts = np.bincount(found.events.history, minlength=600)
    expected = oracle.rates(found.shares).sum(axis=1) * oracle.HOURS
    assert (counts - expected) / np.sqrt(expected) == pytest.approx(np.zeros(600), abs=5)


def test_a_box_holds_the_posterior_sample_and_a_margin(
    two_waves: tuple[reference.Reference, reference.Reference],
) -> None:
    found = two_waves[0]
    shares = np.array([[0.30, 0.1], [0.50, 0.98]])
    made = inference.Posterior(shares, np.array([0.5, 0.5]))
    box = waves.narrowed(found, made)
    assert box.low == pytest.approx([0.28, 0.012], abs=0.0011)
    assert box.high == pytest.approx([0.52, 1], abs=0.0011)
    assert waves.worthwhile(found.box, box)
    assert not waves.worthwhile(box, Box(box.low, box.high - 0.01))
    assert next(iter(waves.ends(found, box).values())) == pytest.approx(
        (0.01 * 100**0.28, 0.01 * 100**0.52), rel=0.01
    )


def test_whole_numbers_keep_their_range_in_a_wave(
    two_waves: tuple[reference.Reference, reference.Reference],
) -> None:
    ranges = ["groups.river_guard.fighters.city=3000..9000", "reprisal.half_life=6h..4d:log"]
    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    found = replace(two_waves[0], loaded=scenario.with_prior(loaded, [], ranges, 300))
    shares = np.array([[0.30, 0.3], [0.50, 0.5]])
    made = inference.Posterior(shares, np.array([0.5, 0.5]))
    box = waves.narrowed(found, made)
    assert (box.low[0], box.high[0]) == (0, 1)
    assert 0.2 < box.low[1] < box.high[1] < 0.6
    assert list(waves.ends(found, box)) == ["reprisal.half_life"]


@dataclass(frozen=True)
class Remembered:
    """A method that answers with all runs it learned from, those near the data counting most."""

    statistics: np.ndarray
    shares: np.ndarray

    def posterior(self, data: np.ndarray) -> inference.Posterior:
        weights = np.exp(-np.abs(self.statistics[:, 0] - data[0]))
        return inference.Posterior(self.shares, weights / weights.sum())


def test_many_data_sets_are_held_out_in_rounds() -> None:
    statistics, shares = toy(300, 3)
    assert [rounds.rounds(500, sets) for sets in (1, 100, 101, 500)] == [1, 1, 2, 5]
    told: list[tuple[int, int]] = []
    paths = ["seen", "unseen"]
    made = proof.prove(paths, statistics, shares, 300, Remembered, tell=lambda *at: told.append(at))
    assert told == [(done, 300) for done in (60, 120, 180, 240, 300)]
    assert (made.truth == shares).all()
    for run in range(300):
        rest = np.arange(300) % 5 != run % 5
        expected = Remembered(statistics[rest], shares[rest]).posterior(statistics[run])
        assert made.mean[run] == pytest.approx(expected.mean)


def test_too_few_runs_and_a_missing_package_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="150 runs are too few; 200 are needed"):
        inference.train(*toy(150, 1))
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r"extra 'events' \(not installed: scikit-learn\)"):
        inference.train(*toy(300, 1))


def test_data_out_of_reach_are_told() -> None:
    table, _ = toy(500, 2)
    assert checks.reach(table, table[:400].mean(axis=0)) > 0.5
    assert checks.reach(table, table.mean(axis=0) + 20) == 0
    constant = np.column_stack([table, np.ones(500)])
    assert checks.reach(constant, np.array([*table.mean(axis=0), 2.0])) == 0


def test_ties_count_for_the_data() -> None:
    runs = np.array([[0.0], [0.0], [0.0], [1.0]])
    row = checks.predictive(["x"], runs, np.array([0.0])).iloc[0]
    assert (row["below"], row["up_to"], row["p"]) == (0, 0.75, 1)
    assert checks.predictive(["x"], runs, np.array([2.0])).iloc[0]["p"] == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario of three days, and what reporters wrote of one run of it."""
    folder = tmp_path_factory.mktemp("world")
    order = "orders: {river_guard_withdraws: {trigger: {at: 2024-03-03T12:00}}}"
    base = ROOT / "scenarios" / "two-groups.yaml"
    text = f"extends: {base}\nclock: {{length: 3d, tick: 4h}}\n{order}\n"
    (folder / "short.yaml").write_text(text, encoding="utf-8")
    (folder / "any.yaml").write_text("sides: any\n", encoding="utf-8")
    return folder


def calibrate(folder: Path, *options: str, folds: int = 2) -> tuple[int, str]:
    line = [
        "calibrate", str(folder / "short.yaml"), *RANGES, "--draws", "230",
        "--engine", "compiled", "--table", str(folder / "table"), "--out", str(folder / "out"),
        *options,
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "FOLDS", folds)  # of 5: fewer networks learn
        result = CliRunner().invoke(app, line)
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def proven(world: Path) -> tuple[int, str]:
    return calibrate(world, "--check", "20")


def write_events(table: Path, run: int, file: Path) -> pd.DataFrame:
    """Write what reporters wrote of a run as a table of events."""
    rows = analysis.load(table).reports
    rows = rows[rows["replicate"] == run].astype({"attributed_to": object})
    when = rows["time"] - pd.to_timedelta(rows["lag"], unit="h")
    rows.loc[rows["province"] == UNCLEAR, "attributed_to"] = ""
    made = pd.DataFrame(
        {"time": when.dt.tz_localize(None).dt.round("h").dt.strftime("%Y-%m-%d %H:%M"),
         "place": rows["province"].astype(str), "killed": rows["killed_best"],
         "actor": rows["attributed_to"].astype(str), "target": rows["target"].astype(str)}
    )  # fmt: skip
    made.to_csv(file, index=False)
    return made


@pytest.fixture
def reports(world: Path, proven: tuple[int, str]) -> pd.DataFrame:
    """One run of the table as a table of events."""
    assert proven[0] == 0
    return write_events(world / "table", 7, world / "events.csv")


def test_a_table_of_events_has_the_statistics_of_its_run(
    world: Path, reports: pd.DataFrame
) -> None:
    found = reference.read(analysis.load(world / "table"))
    loaded = scenario.load(world / "short.yaml")
    read = data.read(world / "events.csv", loaded, world / "any.yaml")
    assert found.source == events.REPORTED
    assert len(reports) == len(read) > 2
    row = found.numbers.tolist().index(7)
    of_run = read.statistics.of(found.events)[row]
    assert read.statistics.of(read.events)[0] == pytest.approx(of_run)


@pytest.mark.parametrize("sides", ["both", "either"])
def test_a_table_that_names_sides_has_the_statistics_of_its_run(
    world: Path, reports: pd.DataFrame, sides: str
) -> None:
    found = reference.read(analysis.load(world / "table"))
    loaded = scenario.load(world / "short.yaml")
    file = world / f"{sides}.yaml"
    file.write_text(f"sides: {sides}\n", encoding="utf-8")
    read = data.read(world / "events.csv", loaded, file)
    assert read.statistics.groups == tuple(loaded.scenario.groups)
    clear = (reports["actor"] != "").sum()
    assert 2 < clear < len(reports)
    assert len(read) == (clear if sides == "both" else len(reports))
    row = found.numbers.tolist().index(7)
    of_run = found.events.take(found.events.history == row)
    unclear = list(loaded.scenario.provinces).index(UNCLEAR)
    of_run.attacker[of_run.place == unclear] = events.UNKNOWN
    assert read.statistics.of(read.events)[0] == pytest.approx(read.statistics.of(of_run)[row])


def test_the_proof_is_written_without_data(world: Path, proven: tuple[int, str]) -> None:
    code, said = proven
    assert code == 0, said
    ranks = pd.read_csv(world / "out" / "ranks.csv")
    assert ranks["parameter"].tolist() == ["engagement.background_rate", "stances.quiet.reprisal"]
    assert ranks["sets"].tolist() == [20, 20]
    assert len(pd.read_csv(world / "out" / "coverage.csv")) == 8
    assert (world / "out" / "recovery.png").stat().st_size > 10_000


def test_a_calibration_ends_in_a_scenario_that_is_run(world: Path, reports: pd.DataFrame) -> None:
    options = ["--data", str(world / "events.csv"), "--mapping", str(world / "any.yaml")]
    (world / "out").mkdir(exist_ok=True)
    (world / "out" / "checks.pdf").touch()  # of other data
    code, said = calibrate(world, *options, "--posterior", "6", "--waves", "2")
    assert code == 0, said
    assert "No wave 2: the posterior still covers" in said
    assert "Nothing to do: every run is finished." in said
    assert f"{len(reports)} events in 3 days compared" in said
    out = world / "out"
    drawn = scenario.load(out / "short-posterior.yaml")
    assert drawn.parents[0].resolve() == (world / "short.yaml").resolve()
    assert drawn.points == 6
    assert drawn.design
    summary = pd.read_csv(out / "parameters.csv")
    for varied, row in zip(drawn.design.ranges, summary.itertuples(), strict=True):
        assert row.low <= varied.low < varied.high <= row.high
        assert row.low < row.q05 < row.q50 < row.q95 < row.high
    sample = pd.read_csv(out / "posterior.csv")
    assert sample["weight"].sum() == pytest.approx(1)
    assert pd.read_csv(out / "checks.csv")["p"].between(0, 1).all()
    (runs,) = out.glob("short-posterior-*/manifest.json")
    assert len(analysis.load(runs.parent).runs) == 6
    assert not (out / "checks.pdf").exists()
    text, table = setting._varied(drawn)
    assert "6 points of a design (listed) of 2 parameters" in text.text
    assert [row[0] for row in table.rows] == summary["parameter"].tolist()


@pytest.mark.usefixtures("undrawn")
def test_a_wave_is_run_where_the_posterior_lies_and_continued(world: Path) -> None:
    prior = [
        "--range", "engagement.background_rate=0.0001/d..40/d:log", "--draws", "300",
        "--parameters", "background_rate", "--table", str(world / "wide"),
    ]  # fmt: skip
    assert calibrate(world, *prior, "--check", "20")[0] == 0
    run = int(analysis.load(world / "wide").reports["replicate"].value_counts().idxmax())
    write_events(world / "wide", run, world / "many.csv")
    line = [
        *prior, "--data", str(world / "many.csv"), "--mapping", str(world / "any.yaml"),
        "--posterior", "3", "--out", str(world / "waves"), "--waves", "2",
    ]  # fmt: skip
    code, said = calibrate(world, *line, folds=3)
    assert code == 0, said
    assert "Wave 2 draws from" in said
    (folder,) = (world / "waves").glob("wave-2-*")
    wave = analysis.load(folder)
    assert len(wave.runs) == 300
    (loaded,) = wave.scenarios.values()
    assert loaded.design
    (drawn,) = loaded.design.ranges
    assert np.log(drawn.high / drawn.low) < np.log(40 / 0.0001) / 2
    sample = pd.read_csv(world / "waves" / "posterior.csv")
    assert set(sample["wave"]) == {1, 2}
    assert sample[drawn.path].between(drawn.low, drawn.high).all()
    before = (world / "waves" / "posterior.csv").read_bytes()
    code, said = calibrate(world, *line, folds=3)
    assert said.count("Nothing to do: every run is finished.") == 3
    assert (world / "waves" / "posterior.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--parameters", "lag", "--check", "9"], "--parameters lag: has no range"),
        ([], "give --data, --targets or --check"),
        (["--check", "20", "--draws", "100"], "80 runs remain to learn from"),
        (
            ["--check", "300", "--draws", "240"],
            "a recovery test of 300 runs needs more than 240 draws",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(
    world: Path, options: list[str], message: str
) -> None:
    code, said = calibrate(world, *options)
    assert code == 2
    assert message in " ".join(said.replace("│", " ").split())


@pytest.mark.usefixtures("reports")
def test_data_of_another_time_are_refused(world: Path) -> None:
    late = world / "late.csv"
    late.write_text("time,place\n2025-01-01,city\n", encoding="utf-8")
    any_side = ["--mapping", str(world / "any.yaml")]
    code, said = calibrate(world, "--data", str(late), *any_side)
    assert code == 2
    assert "has no event in the time that is compared" in said
    span = ["--from", "2024-03-01", "--to", "2024-03-09"]
    code, said = calibrate(world, "--data", str(world / "events.csv"), *any_side, *span)
    assert code == 2
    assert "scenario does not cover" in said


@pytest.fixture(scope="module")
def constant_rates() -> reference.Reference:
    """A table in which each run has events at a constant rate of its own, 0.1 to 1 per hour."""
    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    loaded = scenario.with_prior(loaded, [], ["stances.mobilised.reprisal=0.1..1"], 600)
    rng = np.random.default_rng(3)
    shares = rng.random((600, 1))
    numbers = rng.poisson((0.1 + 0.9 * shares[:, 0]) * 336)
    which = np.repeat(np.arange(600), numbers)
    hours = rng.random(len(which)) * 336
    place = rng.integers(2, size=len(which))
    order = np.lexsort((hours, which))
    unknown = np.full(len(which), -1)
    made = Events(600, which, hours[order], place[order], np.ones(len(which)), unknown, unknown)
    ones, whole = np.ones(600, np.int64), Box.whole(1)
    return reference.Reference(loaded, shares, made, events.ENGAGED, np.arange(600), ones, whole)


def poisson(rate: float, hours: float) -> EventLog:
    """Events of a Poisson process, given their number."""
    rng = np.random.default_rng(5)
    times = np.sort(rng.random(round(rate * hours)) * hours)
    places = rng.choice(["city", "harbour"], len(times)).astype(object)
    start = pd.Timestamp("2024-03-01", tz="UTC")
    return EventLog(times, hours, start, dated=True, resolution=1.0, place=places)


def test_a_model_forecasts_what_its_runs_with_that_past_had(
    constant_rates: reference.Reference,
) -> None:
    model = Simulated(constant_rates)
    horizon = Horizon(24.0, 2, ("", "city"))
    for rate in (0.3, 0.8):
        sample = model.predict(poisson(rate, 240.0), horizon)
        assert sample.shape == (1000, 2, 2)
        assert sample.mean(axis=0)[:, 0] == pytest.approx([24 * rate] * 2, rel=0.15)
        assert sample.mean(axis=0)[:, 1] == pytest.approx([12 * rate] * 2, rel=0.2)
        assert sample[:, 0, 0].std() == pytest.approx(np.sqrt(24 * rate), rel=0.25)
    assert (sample == model.predict(poisson(0.8, 240.0), horizon)).all()


@pytest.mark.parametrize(
    ("hours", "series", "message"),
    [
        (300.0, "", "covers 2024-03-01T00:00 to 2024-03-15"),
        (240.0, "town", "'town' is no province"),
    ],
)
def test_a_model_forecasts_no_more_than_it_covers(
    constant_rates: reference.Reference, hours: float, series: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Simulated(constant_rates).predict(poisson(0.5, hours), Horizon(24.0, 2, (series,)))


def test_a_folder_that_cannot_be_written_is_told_before_the_runs(world: Path) -> None:
    (world / "a-file").write_text("", encoding="utf-8")
    table = world / "not-run"
    line = ["--check", "20", "--draws", "300", "--table", str(table)]
    code, said = calibrate(world, *line, "--out", str(world / "a-file"))
    assert code == 2
    assert "a-file" in said
    assert not table.exists()


def test_large_whole_numbers_are_written_out() -> None:
    from analysis.explore.designs import write_range

    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    loaded = scenario.with_prior(loaded, [], ["groups.river_guard.fighters.city=5..50000:log"], 4)
    design = loaded.design
    assert design is not None
    assert write_range(design, design.ranges[0], design.ranges[0].high) == "50,000"
