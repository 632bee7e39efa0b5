"""The statistics on a real log, where it is present: public reports from Iraq, 2004-2005.

The log is no part of this project. The tests look for it in the folder that the environment
variable REPRISAL_DATA names, then in ``../shared/data`` beside the checkout, and skip without
it. Its place names are kept as they came, misspelt ones and rows without a place included.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from analysis.events import statistics
from analysis.events.statistics.log import EventLog

ROOT = Path(__file__).parent.parent
NAME = "sigacts_iraq_2004_2005.csv.gz"
FOLDERS = [Path(os.environ.get("REPRISAL_DATA", ROOT / "data")), ROOT.parent / "shared" / "data"]
FOUND = [folder / NAME for folder in FOLDERS if (folder / NAME).is_file()]
pytestmark = pytest.mark.skipif(not FOUND, reason=f"{NAME} is not here")


@pytest.fixture(scope="module")
def log() -> EventLog:
    table = pd.read_csv(FOUND[0])
    return statistics.from_table(table, "time", "city", zone="Asia/Baghdad", name="reports")


def test_every_row_with_a_time_is_read(log: EventLog) -> None:
    assert len(log) == 58_142
    assert log.length == 731 * 24
    assert log.days == 731
    assert log.resolution == pytest.approx(1 / 60)
    assert log.place is not None
    assert (log.place == "").mean() == pytest.approx(0.53, abs=0.01)


def test_reports_cluster_at_every_scale(log: EventLog) -> None:
    table = statistics.fano(log)
    assert (table["low"] > table["poisson_high"]).all()
    assert table["fano"].iloc[-1] > 10 * table["fano"].iloc[0]
    city = log.select("Mosul")
    found = statistics.waiting(city, draws=99)
    assert found.burstiness.low > found.poisson_burstiness[1]
    assert found.memory.low > found.poisson_memory[1]


def test_the_south_fights_at_night_and_mosul_by_day(log: EventLog) -> None:
    south, mosul = (statistics.daytime(log.select(c)).night for c in ("Al Amarah", "Mosul"))
    assert south.low > 1 / 3 > mosul.high


def test_the_truce_of_najaf_stands_out_among_placebo_dates(log: EventLog) -> None:
    najaf = statistics.before_after(log.select("Najaf"), "2004-08-27 10:00", window=336)
    assert najaf.before > 20
    assert najaf.ratio.high < 0.31
    assert najaf.p_fall < 0.01


def test_excitation_is_fast_in_baghdad(log: EventLog) -> None:
    city = log.select("Baghdad")
    one, two = statistics.excitation(city), statistics.excitation(city, 2)
    assert 0.4 < one.half_lives[0].value < 1.5
    assert 0.25 < one.branching.low < one.branching.high < 0.45
    assert two.aic < one.aic
    assert two.half_lives[1].value > 5


def test_a_stiff_background_is_taken_for_excitation(log: EventLog) -> None:
    table = statistics.by_spacing(log.select("Al Amarah"), [336.0, 8760.0])
    assert table["branching"].iloc[1] > table["branching"].iloc[0] + 0.1


def test_neighbouring_cities_are_hardly_more_alike_than_others(log: EventLog) -> None:
    neighbours = {
        "Baghdad": ["Abu Ghraib", "Baqubah"], "Mosul": ["Tall Afar"], "Tall Afar": [],
        "Ramadi": ["Fallujah"], "Fallujah": ["Abu Ghraib"], "Abu Ghraib": [], "Baqubah": [],
        "Samarra": ["Tikrit"], "Tikrit": ["Bayji"], "Bayji": [], "Basrah": ["Al Amarah"],
        "Al Amarah": [],
    }  # fmt: skip
    found = statistics.proximity(log, neighbours, draws=199)
    assert found.others.low > 0
    assert found.difference.value < 0.1
