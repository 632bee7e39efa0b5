"""Response curves and surfaces: which are found, where they cross a threshold, what is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats
from typer.testing import CliRunner

import analysis
from analysis import style
from analysis.explore import responsefigures
from analysis.explore.crossing import level, spans
from analysis.explore.response import Response
from analysis.frames import Frames, by_scenario
from reprisal.app import app
from sim.records import OUTCOMES
from sim.scenario import Loaded
from sim.scenario.uncertain import uncertain
from sim.scenario.variants import expand
from tests.sweeps import Mean, results

AT = "orders.river_guard_withdraws.trigger.at"
HALF = "reprisal.half_life"
STANCE = "stances.mobilised.reprisal"
TIMES = ("2024-03-03T11:00", "2024-03-04T11:00", "2024-03-05T11:00", "2024-03-06T11:00")


def swept(*sweeps: str, sets: Sequence[str] = ()) -> list[Loaded]:
    return expand(["two-groups"], sets, sweeps)


def value_of(path: str) -> Mean:
    return lambda loaded: loaded.numbers.own(path)


def only(frames: Frames) -> Response:
    (found,) = analysis.responses(frames)
    return found


def test_a_sweep_is_a_curve_in_ascending_order_whatever_its_names() -> None:
    frames = results(swept(f"{HALF}=2d,12h,1d"), value_of(HALF))
    found = only(frames)
    assert [number.path for number in found.numbers] == [HALF]
    assert found.values[:, 0].tolist() == [12, 24, 48]
    assert list(found.names) == [f"two-groups+half_life={each}" for each in ("12h", "1d", "2d")]
    table = analysis.response_table(found, ["killed"])
    assert table["value"].tolist() == ["12h", "1d", "2d"]
    assert table["mean"].to_numpy() == pytest.approx([12, 24, 48], abs=4)
    assert (table["mean_low"] < table["mean"]).all()
    assert (table["mean"] < table["mean_high"]).all()


def test_scenarios_in_files_join_a_sweep_and_others_stay_out() -> None:
    plain = swept()[0]
    others = [*swept(f"{AT}={','.join(TIMES)}"), plain, *swept(sets=["battle.half_life=1h"])]
    frames = results([*others[:-1], replace(others[-1], name="other")], value_of(AT))
    found = only(frames)
    assert "two-groups" in found.names
    assert "other" not in found.names
    assert len(found.names) == len({*TIMES, found.numbers[0].write(plain.numbers.own(AT))})
    assert found.numbers[0].write(float(found.values[0, 0])) == TIMES[0]


@pytest.mark.parametrize(
    "sweeps",
    [(f"{HALF}=12h,1d",), (f"{HALF}=12h",), ("clock.length=9d,10d,11d",)],
)
def test_two_values_and_lengths_are_no_curve(sweeps: tuple[str, ...]) -> None:
    assert analysis.responses(results(swept(*sweeps), value_of(HALF))) == []


def test_two_swept_numbers_are_a_surface_without_what_does_not_fill_it() -> None:
    loadeds = swept(f"{HALF}=12h,1d,2d", f"{STANCE}=0.2,0.5")
    aside = swept(sets=[f"{HALF}=5d"])
    frames = results([*loadeds, *aside], value_of(STANCE))
    found = only(frames)
    assert {number.path for number in found.numbers} == {HALF, STANCE}
    assert len(found.names) == 6
    assert "two-groups" not in found.names
    curves = found.curves
    assert [len(own.values) for _, own in curves] in ([3, 3], [2, 2, 2])
    assert all(where.split("=")[0] == found.numbers[1].path for where, _ in curves)


def test_a_grid_of_a_design_is_a_surface_as_a_sweep_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from analysis.explore import response
    from sim.scenario.designs import sampling

    ranges = (f"{HALF}=12h..2d", f"{STANCE}=0.2..0.4")
    (loaded,) = expand(["two-groups"], (), ranges, "grid", 3)
    assert loaded.design is not None
    points = sampling.draw(loaded.design)
    monkeypatch.setattr(response, "points_of", lambda *_: points)
    frames = results([loaded], lambda _: 5.0, runs=27)
    runs = frames.runs
    runs["killed"] = points.values[runs["replicate"] % 9, 0]
    found = only(frames)
    table = analysis.response_table(found, ["killed"])
    assert (table["runs"] == 3).all()
    assert table["mean"].tolist() == found.values[:, 0].tolist()


def test_a_design_whose_points_are_not_at_hand_has_no_surface() -> None:
    (loaded,) = expand(["two-groups"], (), [f"{HALF}=12h..2d"], "grid", 3)
    frames = replace(results([loaded], lambda _: 5.0, runs=9), folders=())
    assert analysis.responses(frames) == []


RUNS = 40


@pytest.mark.parametrize("samples", [50, pytest.param(150, marks=pytest.mark.slow)])
@pytest.mark.parametrize("reference", ["paired", "another seed", "a number"])
def test_intervals_of_a_crossing_cover_it(reference: str, samples: int) -> None:
    """The truth rises by 1 an hour; it reaches half of the reference after 30 h.

    A right interval fails here in one case of a thousand.
    """
    loadeds = swept(f"{HALF}=12h,1d,2d,4d")
    aside = replace(swept(sets=["battle.half_life=1h"])[0], name="aside")
    seeds = {"aside": 2} if reference == "another seed" else {}
    asked = "killed = 30" if reference == "a number" else "killed = 0.5 * aside"

    means = {"aside": 60.0} | {each.name: each.numbers.own(HALF) for each in loadeds}
    whole = [*loadeds, aside]

    def mean(loaded: Loaded) -> float:
        return means[loaded.name]

    response = only(results(whole, mean, RUNS, seeds))
    hits = []
    for luck in range(samples):
        frames = results(whole, mean, RUNS, seeds, spread=20.0, luck=luck)
        own = {name: rows for _, name, rows in by_scenario(frames.runs)}
        again = replace(response, runs=tuple(own[name] for name in response.names))
        found = analysis.crossings(frames, again, analysis.read_threshold(asked, frames))
        hits.append(bool(((found["at_low"] <= 30) & (found["at_high"] >= 30)).any()))
    assert sum(hits) >= stats.binom.ppf(0.001, samples, 0.95)


def test_a_crossing_is_found_between_the_values_that_were_run() -> None:
    frames = results(swept(f"{HALF}=12h,1d,2d"), value_of(HALF), spread=0.0)
    found = analysis.crossings(frames, only(frames), analysis.read_threshold("killed = 36", frames))
    (row,) = found.to_dict("records")
    assert row["at"] == row["at_low"] == row["at_high"] == pytest.approx(36)
    assert row["rises"]
    assert math.isnan(row["numbers_low"])
    assert spans(row, only(frames)) == (HALF, "36h", "36h to 36h", "–", "more")


def test_a_curve_that_turns_crosses_twice() -> None:
    frames = results(
        swept(f"{HALF}=12h,1d,2d"), lambda each: abs(each.numbers.own(HALF) - 24), spread=0.0
    )
    found = analysis.crossings(frames, only(frames), analysis.read_threshold("killed = 6", frames))
    assert found["at"].tolist() == pytest.approx([18, 30])
    assert found["rises"].tolist() == [False, True]


def test_an_interval_that_reaches_the_end_is_open_and_no_crossing_is_said() -> None:
    frames = results(swept(f"{HALF}=12h,1d,2d"), value_of(HALF), spread=30.0)
    response = only(frames)
    near = analysis.crossings(frames, response, analysis.read_threshold("killed = 46", frames))
    assert near["at_high"].iloc[0] == math.inf
    assert "after 2d" in spans(dict(near.iloc[0]), response)[2]
    far = analysis.crossings(frames, response, analysis.read_threshold("killed = 900", frames))
    assert far["at"].isna().all()
    assert spans(dict(far.iloc[0]), response)[1:3] == ("not from 12h to 2d", "–")


def test_draws_give_a_band_of_the_crossing() -> None:
    """In draw d the curve is raised by d, so that it crosses 40 from 20 h on."""
    drawn = [uncertain(each, seed=1) for each in swept(f"{HALF}=12h,1d,2d,4d")]
    assert drawn[0].design is not None
    points = drawn[0].design.points
    frames = results(drawn, value_of(HALF), runs=3 * points, spread=1.0)
    runs = frames.runs
    runs["killed"] += (runs["replicate"] % points) * 20 / points
    response = only(frames)
    assert response.draws == points
    found = analysis.crossings(frames, response, analysis.read_threshold("killed = 40", frames))
    (row,) = found.to_dict("records")
    assert row["numbers_low"] == pytest.approx(20.5, abs=1.5)
    assert row["numbers_high"] == pytest.approx(39.5, abs=1.5)
    assert row["at_low"] > row["numbers_low"]
    assert row["at_high"] < row["numbers_high"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("killed = 50%", r"write killed = 0\.5 \* NAME of a scenario"),
        ("killed = half of two-groups+half_life=1d", r"killed = 0\.5 \* two-groups\+half_life=1d"),
        ("killed = 0,5 * two-groups+half_life=1d", r"killed = 0\.5 \* two-groups\+half_life=1d"),
        ("killed = 12,5", r"write killed = 12\.5"),
        ("killed 30", "is no threshold; write one as killed = 0.5"),
        ("kiled = 30", "unknown outcome 'kiled'; did you mean killed?"),
        ("killed = 0.5 * two-group", "no scenario 'two-group' in these results"),
        ("killed = half", "no scenario 'half'"),
        ("killed = 1e * two-groups+half_life=1d", "'1e' in .* is no number"),
    ],
)
def test_a_threshold_that_cannot_be_read_is_refused(text: str, why: str) -> None:
    frames = results(swept(f"{HALF}=12h,1d,2d"), value_of(HALF))
    with pytest.raises(ValueError, match=why):
        analysis.read_threshold(text, frames)


def test_a_threshold_may_be_a_scenario_alone() -> None:
    frames = results(swept(f"{HALF}=12h,1d,2d"), value_of(HALF), spread=1.0)
    read = analysis.read_threshold("killed = two-groups+half_life=1d", frames)
    assert (read.factor, read.scenario) == (1.0, "two-groups+half_life=1d")
    assert level(frames, read).value == pytest.approx(24, abs=1)


def test_what_is_drawn_leaves_out_what_never_varies_and_says_so(tmp_path: Path) -> None:
    frames = results(swept(f"{HALF}=12h,1d,2d"), value_of(HALF))
    with style.context():
        ((name, figure),) = responsefigures.sheets(frames)
    assert name == "response-reprisal-half_life"
    assert [ax.get_title(loc="left") for ax in figure.axes if ax.axison] == ["Killed (persons)"]
    words = " ".join(text.get_text() for text in figure.texts)
    assert "Not drawn, since all runs of a scenario agree: wounded" in " ".join(words.split())
    written = responsefigures.write_tables(frames, tmp_path)
    assert [path.name for path in written] == ["response-reprisal-half_life.csv"]
    assert len(pd.read_csv(written[0])) == 3 * len(OUTCOMES)


@pytest.mark.parametrize(("high", "ticked"), [(1.0, True), (0.5, False)])
def test_a_share_of_all_runs_has_room_above_it_and_a_tick(high: float, ticked: bool) -> None:
    loadeds = swept(f"{HALF}=12h,1d,2d")
    response = only(results(loadeds, value_of(HALF)))
    table = analysis.response_table(response, ["relapse"])
    table = table.assign(mean=high, mean_low=high - 0.1, mean_high=high)
    ax = Figure().subplots()
    responsefigures.curve(table, ax, response, "relapse")
    assert ax.get_ylim()[1] > 1.03 * high
    assert (1.0 in ax.get_yticks()) is ticked


@pytest.mark.parametrize(
    ("path", "shown"),
    [(AT, "orders.river_guard_withdraws.\ntrigger.at"), (STANCE, STANCE)],
)
def test_a_long_path_is_broken_near_its_middle(path: str, shown: str) -> None:
    assert responsefigures._in_halves(path) == shown


def test_values_of_a_design_are_short_on_an_axis() -> None:
    grid = {HALF: [12.0, 15.1190526], STANCE: [0.2, 0.366666667]}
    response = only(
        results(swept(*(f"{p}={','.join(write(p, v))}" for p, v in grid.items())), value_of(HALF))
    )
    table = analysis.response_table(response, ["killed"])
    ax = Figure().subplots()
    responsefigures.surface(table, ax, response, "killed")
    labels = {label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())}
    assert labels == {"12h", "15.1h", "0.2", "0.367"}


def write(path: str, values: Sequence[float]) -> list[str]:
    return [f"{value}h" if path == HALF else f"{value}" for value in values]


def test_a_surface_writes_mean_and_interval_in_each_cell() -> None:
    loadeds = swept(f"{HALF}=12h,1d", f"{STANCE}=0.2,0.5")
    frames = results(loadeds, value_of(HALF))
    response = only(frames)
    ax = Figure().subplots()
    table = analysis.response_table(response, ["killed"])
    responsefigures.surface(table, ax, response, "killed", loadeds[0].name)
    assert len(ax.texts) == 4
    assert all(" to " in text.get_text() for text in ax.texts)
    labels = {label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())}
    assert labels == {"12h", "1d", "0.2", "0.5"}
    assert len(ax.patches) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sweep") / "results"
    command = ["run", "two-groups", "--sweep", f"{STANCE}=0.1,0.3,0.5", "--replicates", "8"]
    done = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_compare_says_where_a_sweep_crosses(folder: Path, tmp_path: Path) -> None:
    asked = ["compare", str(folder), "--threshold", "killed = 20", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "95 % interval" in done.stdout
    assert STANCE in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    stem = "threshold-killed-stances-mobilised-reprisal"
    assert names == {"thresholds.csv", *(f"{stem}.{end}" for end in ("png", "svg", "txt"))}


def test_plot_draws_the_response_of_a_sweep(folder: Path, tmp_path: Path) -> None:
    asked = ["plot", str(folder), "--figure", "response", "--format", "svg", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["response-stances-mobilised-reprisal.svg"]


def test_a_threshold_needs_a_sweep(tmp_path: Path) -> None:
    out = tmp_path / "one"
    CliRunner().invoke(app, ["run", "two-groups", "--replicates", "2", "--out", str(out)])
    done = CliRunner().invoke(app, ["compare", str(out), "--threshold", "killed = 20"])
    assert done.exit_code == 2
    assert "--threshold needs a sweep over a number" in done.stderr
    assert not (out / "comparison").exists()
