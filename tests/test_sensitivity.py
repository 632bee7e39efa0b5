"""Sensitivity: known indices are found through the whole path, with luck taken out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import analysis
from analysis.explore import sensitivity as measure
from analysis.explore.sensitivity import Sensitivity, sobol_indices, without_noise
from analysis.explore.sensitivitypage import about_chance, note
from analysis.frames import LoadError
from reprisal.app import app
from sim import batch, store
from tests import ishigami_engine as ishigami
from tests.batches import make

RANGES = {path: [0.0, 1.0] for path in ishigami.PATHS}


def run(folder: Path, method: str, size: int, replicates: int) -> Path:
    design = {"method": method, "size": size, "ranges": RANGES}
    results = store.create_or_open(
        folder / method, [make(folder, "base", design=design)], 3, replicates
    )
    outcome = batch.run(results, workers=1, engine=ishigami.ENGINE)
    assert outcome.failed == 0
    return folder / method


@pytest.fixture(scope="module")
def sobol_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("sobol"), "sobol", 64, 3)


def test_sobol_indices_of_the_ishigami_function_through_the_whole_path(sobol_folder: Path) -> None:
    made = analysis.sensitivity(analysis.explored(analysis.load(sobol_folder)), ["killed"])
    rows = made.effects.set_index("parameter").loc[list(ishigami.PATHS)]
    for name, true in (("first", ishigami.FIRST), ("total", ishigami.TOTAL)):
        known = np.array(true)
        assert np.abs(rows[name] - known).max() < 0.25
        assert ((rows[f"{name}_low"] <= known) & (rows[f"{name}_high"] >= known)).all()
    (variance,) = made.variance.to_dict("records")
    luck = ishigami.LUCK_SD**2 / (ishigami.LUCK_SD**2 + ishigami.VARIANCE)
    assert variance["chance_low"] < luck < variance["chance_high"]
    assert variance["chance"] == pytest.approx(luck, abs=0.1)
    assert variance["mean"] / ishigami.SCALE - ishigami.SHIFT == pytest.approx(3.5, abs=0.8)


def noisy_ishigami(size: int, replicates: int, sd: float, seed: int) -> np.ndarray:
    from SALib.sample import sobol

    problem = {"num_vars": 3, "names": list("xyz"), "bounds": [[-np.pi, np.pi]] * 3}
    points = sobol.sample(problem, size, calc_second_order=False, seed=seed)
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(size, 1, replicates))
    luck = sd * (shared + rng.normal(size=(size, 5, replicates))) / math.sqrt(2)
    return np.array([ishigami.ishigami(*p) for p in points])[:, None] + luck.reshape(-1, replicates)


def test_intervals_cover_and_luck_does_not_bias(monkeypatch: pytest.MonkeyPatch) -> None:
    # 60 designs of 6 indices: with a coverage of 0.95 per interval and indices of one design as
    # dependent as could be, fewer than 51 of 60 have probability 2e-3 for each index.
    monkeypatch.setattr(measure, "RESAMPLES", 200)
    true = np.array([*ishigami.FIRST, *ishigami.TOTAL])
    hits, found = np.zeros(6), []
    for seed in range(60):
        made = sobol_indices(noisy_ishigami(64, 3, 3.7, seed + 1), 64)
        low, high, at = (
            np.r_[made[f"first{end}"], made[f"total{end}"]] for end in ("_low", "_high", "")
        )
        hits += (low <= true) & (true <= high)
        found.append(at)
    assert (hits >= 51).all(), hits
    error = np.std(found, axis=0) / math.sqrt(60)
    assert (np.abs(np.mean(found, axis=0) - true) < 4 * error + 0.01).all()


def test_means_over_few_replicates_alone_would_be_biased() -> None:
    from SALib.analyze import sobol

    values = noisy_ishigami(512, 2, 3.7, 1)
    naive = sobol.analyze(
        {"num_vars": 3, "names": list("xyz"), "bounds": [[0, 1]] * 3},
        values.mean(axis=1), calc_second_order=False, seed=1,
    )  # fmt: skip
    ours = sobol_indices(values, 512)
    assert naive["S1"][1] < 0.40
    assert ours["first"][1] == pytest.approx(ishigami.FIRST[1], abs=0.12)


def test_noise_is_taken_out_of_a_variance() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(0, 2, (4000, 1)) + rng.normal(0, 3, (4000, 4))
    clean = without_noise(values.mean(axis=1).var(), [column.var() for column in values.T])
    assert clean == pytest.approx(4, rel=0.15)
    assert without_noise(2.0, [2.0]) == 2.0


def test_what_luck_hides_is_not_given_a_number() -> None:
    values = np.random.default_rng(1).normal(size=(16 * 5, 3))
    made = sobol_indices(values, 16)
    assert np.isnan(made["total"]).all()
    assert np.isnan(made["first_low"]).all()
    constant = sobol_indices(np.ones((16 * 5, 3)), 16)
    assert np.isnan(constant["first"]).all()
    assert np.isnan(constant["chance"]).all()


def test_morris_finds_the_sign_and_luck_does_not_pass_for_an_effect(tmp_path: Path) -> None:
    folder = run(tmp_path, "morris", 30, 4)
    made = analysis.sensitivity(analysis.explored(analysis.load(folder)), ["killed"])
    rows = made.effects.set_index("parameter").loc[list(ishigami.PATHS)]
    # x and z move the function; their luck mark is what noise alone gives.
    assert rows["mu_star"].iloc[0] > 2 * rows["chance"].iloc[0]
    expected = ishigami.SCALE * ishigami.LUCK_SD / math.sqrt(2) * math.sqrt(2 / 4) * 1.5
    assert rows["chance"].to_numpy() == pytest.approx(math.sqrt(2 / math.pi) * expected, rel=0.35)


def test_one_at_a_time_is_the_paired_difference_from_the_scenario(tmp_path: Path) -> None:
    folder = run(tmp_path, "one_at_a_time", 2, 30)
    found = analysis.explored(analysis.load(folder))
    made = analysis.sensitivity(found, ["killed"])
    values = found.outcome("killed")
    assert values.shape == (7, 30)
    row = made.effects.iloc[3]
    assert (row["parameter"], row["value"]) == (ishigami.PATHS[1], 1.0)
    assert row["effect"] == pytest.approx((values[4] - values[0]).mean())
    assert row["effect_low"] < row["effect"] < row["effect_high"]


def test_a_grid_gives_main_effects_that_sum_to_nothing(tmp_path: Path) -> None:
    folder = run(tmp_path, "grid", 3, 2)
    made = analysis.sensitivity(analysis.explored(analysis.load(folder)), ["killed"])
    sums = made.effects.groupby("parameter")["effect"].sum()
    assert sums.to_numpy() == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_design_that_does_not_fit_or_is_not_there_is_told(tmp_path: Path) -> None:
    folder = run(tmp_path, "latin", 4, 1)
    frames = analysis.load(folder)
    with pytest.raises(LoadError, match="latin is for --where"):
        analysis.sensitivity(analysis.explored(frames))
    with pytest.raises(LoadError, match=r"'other' is no scenario of these results \(base\)"):
        analysis.explored(frames, "other")


def test_missing_runs_are_told(tmp_path: Path) -> None:
    folder = run(tmp_path, "sobol", 4, 1)
    found = analysis.explored(analysis.load(folder))
    held = type(found)(found.name, found.loaded, found.points, found.runs.iloc[:-1])
    with pytest.raises(LoadError, match="run what is missing first"):
        analysis.sensitivity(held)


def test_the_command_writes_tables_and_figures(sobol_folder: Path, tmp_path: Path) -> None:
    arguments = ["sensitivity", str(sobol_folder), "--outcome", "killed", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "effects.csv", "variance.csv", "left_out.csv", "sensitivity.md", "tornado.png",
        "tornado.svg", "tornado.txt", "outcomes.png", "outcomes.svg", "outcomes.txt",
    }  # fmt: skip
    assert ishigami.PATHS[1] in done.stderr
    text = (tmp_path / "sensitivity.md").read_text()
    assert "| parameter | first (95 %) | total (95 %) |" in text
    assert len(pd.read_csv(tmp_path / "effects.csv")) % 3 == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("killd", "unknown outcome 'killd'; did you mean killed?"),
     ("killed_low", "unknown outcome 'killed_low'; "), ("nosuch", "there are killed, wounded")],
)  # fmt: skip
def test_an_unknown_outcome_is_told_with_the_nearest(
    sobol_folder: Path, tmp_path: Path, wrong: str, said: str
) -> None:
    arguments = ["sensitivity", str(sobol_folder), "--outcome", wrong, "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
    with pytest.raises(LoadError, match=wrong):
        analysis.sensitivity(analysis.explored(analysis.load(sobol_folder)), [wrong])


def shares(name: str, chance: float, low: float, high: float) -> dict[str, object]:
    return {"outcome": name, "chance": chance, "chance_low": low, "chance_high": high}


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ((0.81, 0.5, 0.97), "81 % (killed; 50 to 97 %)"),
        ((1.0, 0.61, 1.0), "61 % or more, perhaps all (killed)"),
        ((1.0, 0.0, 1.0), "cannot be told with so few points (killed)"),
        ((1.0, math.nan, math.nan), "cannot be told with so few points (killed)"),
        ((0.56, math.nan, math.nan), "about 56 % (killed)"),
    ],
)
def test_a_share_of_chance_that_was_cut_is_no_fact(
    share: tuple[float, float, float], said: str
) -> None:
    variance = pd.DataFrame([shares("killed", *share)])
    result = Sensitivity("morris", pd.DataFrame(), variance, (), pd.DataFrame())
    assert about_chance(result, ["killed"]).endswith(f": {said}.")


def test_the_share_of_chance_of_trajectories_has_an_interval_that_covers() -> None:
    # 100 designs of 8 trajectories: with a coverage of 0.95, fewer than 88 has probability 4e-3.
    rng, hits = np.random.default_rng(5), 0
    for _ in range(100):
        starts = rng.normal(size=(8, 1, 1)) + rng.normal(size=(8, 5, 1)) * math.sqrt(2)
        luck = rng.normal(size=(8, 1, 4)) + rng.normal(size=(8, 5, 4))
        low, high = measure.chance_interval((starts + luck).reshape(40, 4), 8)
        hits += low <= 0.4 <= high
    assert hits >= 88
    assert np.isnan(measure.chance_interval(np.ones((40, 4)), 8)).all()
    assert np.isnan(measure.chance_interval(rng.normal(size=(15, 4)), 3)).all()
    assert np.isnan(measure.chance_interval(rng.normal(size=(40, 1)), 8)).all()


@pytest.mark.parametrize(("chance", "taken"), [(0.2, True), (np.nan, False)])
def test_chance_is_said_to_be_taken_out_only_where_it_could_be_told(
    chance: float, taken: bool
) -> None:
    variance = pd.DataFrame([shares("killed", chance, 0.1, 0.3)])
    result = Sensitivity("sobol", pd.DataFrame(), variance, (), pd.DataFrame())
    said = f"{note(result)} {about_chance(result, ['killed'])}"
    assert ("Chance is taken out." in said) is taken
    assert ("chance cannot be separated" in said) is not taken
