"""Readers of event tables and the mapping of their names, on tiny samples made by hand."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.events import reading
from analysis.events.reading import EventDataError
from analysis.events.reading.layouts import UCDP_COLUMNS
from sim import scenario
from sim.scenario import ScenarioError
from tests.observed import scenario as synthetic_scenario

ROOT = Path(__file__).parent.parent
NAME = "sigacts_iraq_2004_2005.csv.gz"
FOLDERS = [Path(os.environ.get("REPRISAL_DATA", ROOT / "data")), ROOT.parent / "shared" / "data"]
FOUND = [folder / NAME for folder in FOLDERS if (folder / NAME).is_file()]
IRAQ = ROOT / "scenarios" / "iraq-2022.yaml"

ACLED: dict[str, Any] = {
    "event_id_cnty": "IRQ1",
    "event_date": "29 August 2022",
    "year": 2022,
    "time_precision": 1,
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Saraya al Salam",
    "assoc_actor_1": "",
    "inter1": "Political militia",
    "actor2": "Asaib Ahl al Haq",
    "country": "Iraq",
    "admin1": "Baghdad",
    "location": "Baghdad - Green Zone",
    "fatalities": 3,
    "notes": "Two sides\nfought, it was said.",
    "timestamp": 1662000000,
}
OLD_ACLED: dict[str, Any] = {
    "DATA_ID": 7,
    "ISO": 368,
    "EVENT_ID_CNTY": "IRQ7",
    "EVENT_ID_NO_CNTY": 7,
    "EVENT_DATE": "30/08/2022",
    "TIME_PRECISION": 1,
    "ACTOR1": "Saraya al Salam",
    "ALLY_ACTOR_1": "",
    "ACTOR2": "",
    "ADMIN1": "Basrah",
    "FATALITIES": 0,
}
UCDP: dict[str, Any] = dict.fromkeys(UCDP_COLUMNS, "") | {
    "id": 412700,
    "year": 2022,
    "type_of_violence": 2,
    "side_a": "Saraya al-Salam",
    "side_b": "AAH",
    "adm_1": "Baghdad governorate",
    "date_prec": 1,
    "date_start": "2022-08-29 00:00:00.000",
    "date_end": "2022-08-29 00:00:00.000",
    "best": 12,
    "high": 15,
    "low": 12,
}


def write(
    file: Path, rows: Sequence[Mapping[str, Any]], header: bool = True, separator: str = ","
) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
        if header:
            writer.writeheader()
        writer.writerows(rows)
    return file


def problems(file: Path, **options: Any) -> list[str]:
    with pytest.raises(EventDataError) as caught:
        reading.read(file, **options)
    return [line.replace(f"{file.parent}/", "") for line in str(caught.value).splitlines()]


# kinds of tables


def test_an_acled_export_is_read(tmp_path: Path) -> None:
    second = ACLED | {"event_id_cnty": "IRQ2", "event_date": "2022-08-30", "fatalities": 0}
    data = reading.read(write(tmp_path / "a.csv", [ACLED, second]))
    assert data.layout == "ACLED"
    assert not data.directed
    first = data.frame.iloc[0]
    assert first["row"] == 2
    assert first["time"] == pd.Timestamp("2022-08-29")
    assert (first["place"], first["actor"]) == ("Baghdad", "Saraya al Salam")
    assert first["target"] == "Asaib Ahl al Haq"
    assert first["killed_best"] == 3
    assert pd.isna(first["killed_low"])
    assert data.frame["time"].iloc[1] == pd.Timestamp("2022-08-30")


def test_an_older_acled_export_writes_the_day_first_and_in_capitals(tmp_path: Path) -> None:
    data = reading.read(write(tmp_path / "a.csv", [OLD_ACLED], separator=";"))
    assert data.layout == "ACLED"
    assert data.frame["time"].iloc[0] == pd.Timestamp("2022-08-30")
    assert data.frame["target"].iloc[0] == ""
    assert data.columns["killed_best"] == "FATALITIES"


@pytest.mark.parametrize("header", [True, False])
def test_ucdp_is_read_with_and_without_its_header(tmp_path: Path, header: bool) -> None:
    rows = [UCDP, UCDP | {"id": 412701, "date_start": "2022-08-30"}]
    data = reading.read(write(tmp_path / "GEDEvent_v22_0_8.csv", rows, header))
    assert data.layout == "UCDP GED"
    assert data.frame["row"].tolist() == ([2, 3] if header else [1, 2])
    assert data.frame["time"].tolist() == [pd.Timestamp("2022-08-29"), pd.Timestamp("2022-08-30")]
    counts = data.frame.iloc[0][["killed_low", "killed_best", "killed_high"]].tolist()
    assert counts == [12, 12, 15]


def test_older_ucdp_calls_its_counts_estimates(tmp_path: Path) -> None:
    row = {key: value for key, value in UCDP.items() if key not in ("best", "high", "low")}
    row |= {"best_est": 4, "high_est": 6, "low_est": 3}
    data = reading.read(write(tmp_path / "a.csv", [row]))
    counts = data.frame.iloc[0][["killed_low", "killed_best", "killed_high"]].tolist()
    assert counts == [3, 4, 6]


def test_a_plain_table_needs_only_times_and_may_be_compressed(tmp_path: Path) -> None:
    file = tmp_path / "log.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.write("time\tcity\tkilled\n2022-08-29T21:30\tBasra\t2\n\n2022-08-30 01:00\t\t\n")
    data = reading.read(file)
    assert data.layout == "plain table"
    assert data.directed
    assert data.frame["row"].tolist() == [2, 4]
    assert data.frame["place"].tolist() == ["Basra", ""]
    log = data.log("Asia/Baghdad")
    assert log.hour_of_day.tolist() == [21, 1]
    assert log.size is not None
    assert log.size[0] == 2


def test_times_with_a_zone_are_told_in_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("time\n2022-08-29T21:30+03:00\n2022-08-29T19:00Z\n")
    assert reading.read(file).log("Asia/Baghdad").hour_of_day.tolist() == [21, 22]


def test_columns_of_other_names_can_be_told(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("Wann,Wo\n2022-08-29,Basra\n")
    data = reading.read(file, columns={"time": "Wann", "place": "wo"})
    assert data.frame["place"].tolist() == ["Basra"]


# what is left out, and what is refused


def test_coarse_dates_and_repeated_ids_are_left_out_and_listed(tmp_path: Path) -> None:
    rows = [
        ACLED,
        ACLED | {"event_id_cnty": "IRQ2", "time_precision": 3},
        ACLED | {"event_id_cnty": "IRQ3", "time_precision": 2},
        ACLED,
    ]
    data = reading.read(write(tmp_path / "a.csv", rows))
    assert data.frame["row"].tolist() == [2, 4]
    assert data.dropped.to_numpy().tolist() == [
        [3, "date is known only to the month", "time_precision", "3"],
        [5, "id given before", "event_id_cnty", "IRQ1"],
    ]


def test_every_wrong_cell_is_named_with_row_column_value_and_what_is_allowed(
    tmp_path: Path,
) -> None:
    rows = [
        UCDP,
        UCDP | {"date_start": "yesterday", "best": -1},
        UCDP | {"date_start": "", "date_prec": 6},
    ]
    file = write(tmp_path / "e.csv", rows)
    day = "a date such as 2022-08-29 or 29 August 2022, with or without a time such as 14:30"
    killed = "a whole number, 0 to 10,000,000"
    assert problems(file) == [
        f"e.csv row 3 date_start: is no date that can be read (got 'yesterday'; allowed {day})",
        f"e.csv row 3 best: is not allowed (got '-1'; allowed {killed})",
        f"e.csv row 4 date_start: is missing (allowed {day})",
        "e.csv row 4 date_prec: is not allowed (got '6'; allowed a whole number, 1 (day) to 5"
        " (more than a month))",
        "e.csv: 2 of 3 rows cannot be used; --skip-invalid leaves them out",
    ]
    data = reading.read(file, skip_invalid=True)
    assert data.frame["row"].tolist() == [2]
    assert data.dropped["row"].tolist() == [3, 4]
    assert data.dropped["column"].tolist() == ["date_start", "date_start"]


def test_counts_of_a_plain_table_ascend(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("time,low,killed,high\n2022-08-29,13,12,12\n2022-08-29,1,,0\n")
    assert problems(file)[:2] == [
        "e.csv row 2 killed: is below 'low' (got 12 below 13)",
        "e.csv row 3 high: is below 'low' (got 0 below 1)",
    ]


def test_problems_of_one_kind_are_cut_short(tmp_path: Path) -> None:
    rows = [UCDP | {"best": "many"}] * 30
    assert problems(write(tmp_path / "e.csv", [*rows, UCDP])) == [
        *(
            f"e.csv row {row} best: is not allowed (got 'many'; allowed a whole number, 0 to"
            " 10,000,000)"
            for row in (2, 3, 4)
        ),
        "e.csv best: is not allowed in 27 more rows (got 'many')",
        "e.csv: 30 of 31 rows cannot be used; --skip-invalid leaves them out",
    ]


def test_what_is_wrong_in_every_row_is_said_once_without_advice_that_cannot_help(
    tmp_path: Path,
) -> None:
    (line,) = problems(write(tmp_path / "e.csv", [UCDP | {"best": "many"}] * 5725))
    assert line == (
        "e.csv best: is not allowed in all 5,725 rows (got 'many'; allowed a whole number, 0 to"
        " 10,000,000)"
    )


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    row = {("fatality" if key == "fatalities" else key): value for key, value in ACLED.items()}
    (line,) = problems(write(tmp_path / "e.csv", [row]))
    assert line.startswith("e.csv: has no column 'fatalities' for the killed best (allowed ")
    assert line.endswith("did you mean 'fatality'?)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("what,ever\n1,2\n", "is no known event table"),
        ("time\n", "holds no event that can be used"),
        ("time\n2022-08-29T10:00Z\n2022-08-30T10:00\n", "row 3: the time has no time zone"),
    ],
)
def test_what_is_no_table_of_events_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "e.csv"
    file.write_text(text)
    (line,) = problems(file)
    assert message in line


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_bytes(b"time,place\n2022-08-29,Basr\xe1\n")
    assert problems(tmp_path / "evnts.csv") == [
        "evnts.csv: no such file (did you mean 'events.csv'?)"
    ]
    (line,) = problems(tmp_path / "events.csv")
    assert "not UTF-8" in line


# names


def matched(tmp_path: Path, rows: Sequence[Mapping[str, Any]], mapping: str) -> Any:
    events = reading.read(write(tmp_path / "e.csv", rows))
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    iraq = scenario.load(IRAQ).scenario
    return reading.match(events, iraq, reading.load_mapping(tmp_path / "m.yaml", iraq))


def test_names_are_mapped_recognised_left_out_or_suggested(tmp_path: Path) -> None:
    rows = [
        ACLED,
        ACLED | {"event_id_cnty": "2", "admin1": "Salah Al-Din", "actor2": "Civilians (Iraq)"},
        ACLED | {"event_id_cnty": "3", "admin1": "Basrah"},
        ACLED | {"event_id_cnty": "4", "actor1": "Rioters (Iraq)", "actor2": "Civilians (Iraq)"},
    ]
    found = matched(
        tmp_path, rows, "actors:\n  Saraya al Salam: saraya_salam\n  Civilians (Iraq): null\n"
    )
    kept = found.frame[["row", "place", "actor", "target"]].to_numpy().tolist()
    assert kept == [
        [2, "baghdad", "saraya_salam", "asaib_ahl_al_haq"],
        [3, "salah_al_din", "saraya_salam", ""],
    ]
    names = found.names.set_index("name")
    assert names["how"].to_dict() == {
        "Saraya al Salam": "mapped", "Civilians (Iraq)": "left out",
        "Asaib Ahl al Haq": "same name", "Rioters (Iraq)": "unmatched",
        "Baghdad": "same name", "Salah Al-Din": "same name", "Basrah": "unmatched",
    }  # fmt: skip
    assert names.loc["Basrah", "suggestion"] == "basra"
    assert found.dropped.to_numpy().tolist() == [
        [4, "place is no province", "admin1", "Basrah"],
        [5, "side is no group", "actor1 / actor2", "Rioters (Iraq) / Civilians (Iraq)"],
    ]
    assert found.log().place.tolist() == ["baghdad", "salah_al_din"]


@pytest.mark.parametrize(("sides", "kept"), [("both", 1), ("either", 2), ("any", 3)])
def test_sides_say_how_many_groups_an_event_needs(tmp_path: Path, sides: str, kept: int) -> None:
    rows = [
        ACLED,
        ACLED | {"event_id_cnty": "2", "actor2": ""},
        ACLED | {"event_id_cnty": "3", "actor1": "Unknown", "actor2": ""},
    ]
    mapping = f"sides: {sides}\nactors:\n  Saraya al Salam: saraya_salam\n"
    assert len(matched(tmp_path, rows, mapping).frame) == kept


def test_a_draft_of_the_mapping_can_be_loaded(tmp_path: Path) -> None:
    rows = [ACLED, ACLED | {"event_id_cnty": "2", "admin1": "Basrah"}]
    text = reading.draft(matched(tmp_path, rows, "sides: either\n").names)
    assert "Basrah: null # perhaps basra; 1 events" in text
    assert "Saraya al Salam: null # perhaps saraya_salam; 2 events" in text
    (tmp_path / "d.yaml").write_text(text)
    assert reading.load_mapping(tmp_path / "d.yaml").places == {"Basrah": None}


def test_a_wrong_mapping_file_is_told_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("actors:\n  Sadr's men: frist\nplace: {}\nsides: one\n")
    with pytest.raises(ScenarioError) as caught:
        reading.load_mapping(file, synthetic_scenario())
    lines = [line.replace(f"{tmp_path}/", "") for line in str(caught.value).splitlines()]
    assert lines[0].startswith("m.yaml:2:15 actors.'Sadr's men': is no group of this scenario (")
    assert "did you mean 'first'?" in lines[0]
    assert lines[1].startswith("m.yaml:3:1 place: unknown key (")
    assert lines[2].startswith("m.yaml:4:8 sides: is not one of the choices (")


def test_when_nothing_matches_the_commonest_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(EventDataError, match=r"a place that is a province.*'Basrah' \(perhaps"):
        matched(tmp_path, [ACLED | {"admin1": "Basrah"}], "sides: any\n")
    with pytest.raises(EventDataError, match=r"both sides a group.*'Saraya al Salam' \(perhaps"):
        matched(tmp_path, [ACLED | {"actor2": ""}], "sides: both\n")


# a real log


@pytest.mark.skipif(not FOUND, reason=f"{NAME} is not here")
def test_the_real_log_is_read_whole() -> None:
    data = reading.read(FOUND[0])
    assert len(data.frame) == 58_142
    assert data.dropped.empty
    assert data.columns == {
        "time": "time", "place": "city", "type": "event_type", "target": "target",
    }  # fmt: skip
