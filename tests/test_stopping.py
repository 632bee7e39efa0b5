"""Enough runs: conditions are read, looks come at fixed numbers, and intervals keep their word."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from analysis.explore import stopping
from analysis.explore.convergence import write_convergence
from analysis.explore.stopping import ConditionError, looks, read_condition, read_event
from reprisal.app import app
from reprisal.until import run_until
from sim import batch, store
from tests.batches import make, table_bytes
from tests.fake_engine import ENGINE

run_fake = functools.partial(batch.run, workers=1, engine=ENGINE)


@pytest.mark.parametrize(
    ("text", "outcome", "width", "relative", "probability"),
    [
        ("ci(killed.mean) < 5%", "killed", 0.05, True, math.nan),
        (" ci(killed.median)<=3 ", "killed", 3, False, 0.5),
        ("ci(hours_to_calm.q90) < 12", "hours_to_calm", 12, False, 0.9),
        ("ci(p(killed > 30)) < 0.02", "killed", 0.02, False, math.nan),
        ("ci(p(calm_reached)) < 2%", "calm_reached", 0.02, True, math.nan),
    ],
)
def test_conditions_are_read(
    text: str, outcome: str, width: float, relative: bool, probability: float
) -> None:
    made = read_condition(text)
    assert (made.outcome, made.width, made.relative) == (outcome, width, relative)
    assert made.probability == pytest.approx(probability, nan_ok=True)
    assert (made.event is not None) == ("p(" in text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("killed < 5%", "is no condition"),
        ("ci(killed.mean) < 0", "is no condition"),
        ("ci(killed.mode) < 5%", "cannot be estimated"),
        ("ci(killed.q0) < 5%", "between q01 and q99"),
        ("ci(kiled.mean) < 5%", "did you mean killed"),
        ("ci(p(killed)) < 0.1", "compare it, as in killed > 30"),
        ("ci(p(killed > -)) < 0.1", "is no event"),
        ("ci(p(killed > 1.2.3)) < 0.1", "is no number"),
    ],
)
def test_other_conditions_are_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConditionError, match=message.replace(".", r"\.")):
        read_condition(text)


def test_an_event_is_missing_where_the_outcome_is() -> None:
    hits = read_event("killed >= 2").happened(np.array([1, 2, 3, math.nan]))
    assert hits.tolist()[:3] == [0, 1, 1]
    assert math.isnan(hits[3])
    assert read_event("relapse").happened(np.array([0.0, 1.0])).tolist() == [0, 1]


def test_looks_grow_by_half_and_end_at_the_most_allowed() -> None:
    assert looks(1000) == [100, 150, 225, 338, 507, 761, 1000]
    assert looks(7) == [7]


def test_intervals_are_those_of_their_textbooks() -> None:
    values = np.arange(1.0, 201.0)
    mean = stopping.look(read_condition("ci(killed.mean) < 1"), values)
    reach = stats.t.ppf(0.9875, 199) * values.std(ddof=1) / np.sqrt(200)
    assert (mean.value, mean.half_width) == pytest.approx((100.5, reach))
    share = stopping.look(read_condition("ci(p(killed > 150)) < 1"), values)
    z, p, n = stats.norm.ppf(0.9875), 0.25, 200
    wilson = z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2) / (1 + z**2 / n)
    assert (share.value, share.half_width) == pytest.approx((p, wilson))
    middle = stopping.look(read_condition("ci(killed.median) < 1"), values)
    assert (
        stats.binom.cdf(middle.high - 1, 200, 0.5) - stats.binom.cdf(middle.low - 1, 200, 0.5)
        >= 0.975
    )
    nothing = stopping.look(read_condition("ci(killed.q90) < 1"), np.array([1.0, math.nan]))
    assert (nothing.runs, math.isnan(nothing.half_width)) == (1, True)


DRAWS = {
    "normal": (lambda rng, n: rng.normal(10, 5, n), 10.0),
    "lognormal, sd of the log 1": (lambda rng, n: rng.lognormal(0, 1, n), math.exp(0.5)),
    "negative binomial, k = 0.5": (lambda rng, n: rng.negative_binomial(0.5, 0.5 / 20.5, n), 20.0),
    "none in 7 of 10 runs": (lambda rng, n: rng.poisson(30, n) * (rng.random(n) < 0.3), 9.0),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_mean_at_the_stop_is_covered_as_often_as_promised(name: str) -> None:
    # 600 sequences: with a coverage of 0.95 exactly, fewer than 556 hits have probability 1e-3.
    draw, true = DRAWS[name]
    assert covered(draw, true, "ci(killed.mean) < 10%", 600) >= 556


@pytest.mark.parametrize("p", [0.02, 0.1, 0.5])
def test_a_probability_at_the_stop_is_covered_as_often_as_promised(p: float) -> None:
    text = "ci(p(killed > 0)) < 0.04"
    assert covered(lambda rng, n: rng.random(n) < p, p, text, 600) >= 556


def covered(draw: object, true: float, text: str, sequences: int) -> int:
    """Count the sequences whose interval at the stop holds the true value."""
    rng, condition, numbers = np.random.default_rng(20), read_condition(text), looks(6000)
    hits = 0
    for _ in range(sequences):
        values = draw(rng, numbers[-1]).astype(float)  # type: ignore[operator]
        for number in numbers:
            seen = stopping.look(condition, values[:number])
            if stopping.met(condition, seen):
                break
        hits += seen.low <= true <= seen.high
    return hits


def test_it_runs_until_every_condition_holds_and_no_further(tmp_path: Path) -> None:
    loadeds = [make(tmp_path, name) for name in ("one", "two")]
    texts = ["ci(killed.mean) < 8%", "ci(p(killed > 20)) < 0.06"]
    answer = run_until(tmp_path / "r", loadeds, texts, 2000, run=run_fake)
    assert answer.enough
    last = answer.table[answer.table["replicates"] == answer.runs]
    before = answer.table[answer.table["replicates"] < answer.runs]
    assert last["met"].all()
    assert not before.groupby("replicates")["met"].all().any()
    assert len(store.open(tmp_path / "r").finished("two")) == answer.runs


def test_an_interrupted_sequence_ends_where_a_whole_one_does(tmp_path: Path) -> None:
    loaded, texts = make(tmp_path, "one"), ["ci(killed.mean) < 10%"]
    whole = run_until(tmp_path / "whole", [loaded], texts, 2000, run=run_fake)
    assert whole.runs > 100
    run_until(tmp_path / "parts", [loaded], texts, 120, run=run_fake)
    again = run_until(tmp_path / "parts", [loaded], texts, 2000, run=run_fake)
    pd.testing.assert_frame_equal(again.table, whole.table)
    assert table_bytes(tmp_path / "whole") != {}


def test_it_ends_at_the_most_allowed_and_says_so(tmp_path: Path) -> None:
    answer = run_until(
        tmp_path / "r", [make(tmp_path, "one")], ["ci(killed.mean) < 1%"], 150, run=run_fake
    )
    assert (answer.enough, answer.stopped, answer.runs) == (False, False, 150)


def test_the_command_stores_table_and_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.batch.choice.choose", lambda *_: ENGINE)
    file, out = make(tmp_path, "one").path, tmp_path / "r"
    arguments = ["run", str(file), "--until", "ci(killed.mean) < 30%", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--replicates", "200"])
    assert done.exit_code == 0, done.output
    assert "Intervals are narrow enough after 100 runs of each scenario." in done.stderr
    assert {path.name for path in (out / "figures").iterdir()} >= {
        "convergence.csv",
        "convergence.png",
    }
    strict = CliRunner().invoke(app, [*arguments[:3], "ci(killed.mean) < 1%", *arguments[4:],
                                      "--replicates", "150"])  # fmt: skip
    assert strict.exit_code == 1
    assert "Intervals are still too wide" in strict.stderr


def test_the_table_is_written_beside_the_figure(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    runs = pd.DataFrame({"replicate": np.arange(338), "killed": rng.poisson(20, 338)})
    both = pd.concat([runs.assign(scenario="a"), runs.assign(scenario="b", killed=runs.killed + 4)])
    texts = ["ci(killed.mean) < 2%", "ci(p(killed > 22)) < 0.08", "ci(killed.q90) < 2"]
    table = stopping.convergence(both, [read_condition(text) for text in texts], looks(338))
    paths = write_convergence(table, tmp_path / "figures", ["png"])
    assert [path.name for path in paths] == ["convergence.csv", "convergence.png"]
    assert len(pd.read_csv(paths[0])) == len(table) == 2 * 3 * 4
