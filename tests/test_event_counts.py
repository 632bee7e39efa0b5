"""Counts by week or month as data for descriptions, forecasts and calibrations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analysis.events.calibration import data as calibration_data
from analysis.events.calibration.events import Events
from analysis.events.reading.prepare import prepare
from analysis.events.statistics import fano
from reprisal.app import app
from sim import scenario

ROOT = Path(__file__).parents[1]
COUNTS = np.random.default_rng(5).poisson(4, (200, 2))


def reprisal(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="reprisal")


def table(file: Path, starts: pd.DatetimeIndex, name: str) -> Path:
    rows = [
        (start.date(), place, COUNTS[number, column])
        for number, start in enumerate(starts)
        for column, place in enumerate(("North", "South"))
    ]
    pd.DataFrame(rows, columns=[name, "admin1", "events"]).to_csv(file, index=False)
    return file


@pytest.fixture
def weeks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return table(
        tmp_path / "weeks.csv", pd.date_range("2020-01-04", periods=120, freq="7D"), "week"
    )


@pytest.fixture
def months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    starts = pd.date_range("2012-01-01", periods=120, freq="MS")
    return table(tmp_path / "months.csv", starts, "month")


@pytest.mark.parametrize(("name", "hours"), [("weeks", 168.0), ("months", 730.5)])
def test_variances_of_counts_are_those_of_the_table(
    name: str, hours: float, request: pytest.FixtureRequest
) -> None:
    prepared = prepare(request.getfixturevalue(name))
    found = fano(prepared.steady).set_index("scale")
    whole = COUNTS[:120].sum(axis=1)
    assert found.loc[hours, "fano"] == pytest.approx(whole.var(ddof=1) / whole.mean())
    three = whole.reshape(-1, 4).sum(axis=1)
    assert found.loc[4 * hours, "fano"] == pytest.approx(three.var(ddof=1) / three.mean())


@pytest.mark.parametrize(("name", "days"), [("weeks", 7), ("months", 30.4375)])
def test_counts_are_forecast_by_their_own_windows(
    name: str, days: float, request: pytest.FixtureRequest
) -> None:
    file = request.getfixturevalue(name)
    done = reprisal("forecast", file, "--place", "North", "--windows", 2, "--out", "f")
    assert done.exit_code == 0, done.stderr
    made = pd.read_csv("f/forecasts.csv", keep_default_na=False)
    first = made[(made["series"] == "North") & (made["lead"] == 1)].drop_duplicates("origin")
    assert first["start"].tolist() == [24 * days * week for week in range(60, 119)]
    assert first["observed"].tolist() == COUNTS[60:119, 0].tolist()


def test_windows_that_part_a_count_are_refused(weeks: Path) -> None:
    done = reprisal("forecast", weeks, "--window", "10d")
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "the table counts events by week: windows can be 7d, 14d and so on" in said


def test_what_counts_cannot_tell_is_left_out_with_the_reason(months: Path) -> None:
    done = reprisal("describe", months, "--order", "call=2015-08-30T13:30", "--out", "d")
    assert done.exit_code == 0, done.stderr
    for line in (
        "Left out: waiting (waiting times need times to 1 d or better; these are to 30.4 d).",
        "Left out: 1 kernel (fits of excitation need times to 7 d or better; these are to 30.4 d).",
        "Left out: order call (windows of 168 h need times to 7 d or better; these are to 30.4 d).",
    ):
        assert line in done.stderr


def test_a_calibration_compares_periods_of_the_table(weeks: Path) -> None:
    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
    start = loaded.scenario.clock.start
    days = int(loaded.scenario.clock.length // 24)
    begins = pd.Timestamp(start).normalize() + pd.Timedelta(days=2)
    starts = pd.date_range(begins, periods=(days - 2) // 7, freq="7D")
    table(weeks, starts, "week")
    Path("m.yaml").write_text("sides: any\nplaces: {North: city, South: harbour}\n")
    data = calibration_data.read(weeks, loaded, "m.yaml")
    names = data.names
    assert names[:3] == ["events", "share of periods with events", "most events in a period"]
    assert not any("followers" in name for name in names)
    point = dict(zip(names, data.point, strict=True))
    whole = COUNTS[: len(starts)].sum(axis=1)
    assert point["events"] == pytest.approx(np.log1p(whole.sum()))
    assert point["most events in a period"] == pytest.approx(np.log1p(whole.max()))
    # events of a run, at whatever hour of the same weeks, give the same
    rng = np.random.default_rng(1)
    hours = data.events.hours + rng.uniform(0, 168, len(data.events.hours))
    order = np.argsort(hours)
    columns = (data.events.place, data.events.size, data.events.attacker, data.events.target)
    moved = Events(1, data.events.history, hours[order], *(each[order] for each in columns))
    np.testing.assert_allclose(data.statistics.of(moved)[0], data.point)
