"""Forms in which event tables are published, each with invented rows.

Columns, dates and quoting follow files that are public: exports of ACLED of 2016 to 2023 with
and without R or pandas between, UCDP GED 5 to 26 with the candidate files, and the tables of
the Humanitarian Data Exchange, which have a row of tags.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from analysis.events import reading
from analysis.events.reading.layouts import UCDP_COLUMNS
from tests.test_event_reading import UCDP, problems, write

CURRENT = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp"
)
CURRENT_ROW = (
    'XXA1,{date},2022,1,Political violence,Battles,Armed clash,Group A,,3,Group B,"C; D",3,33,,900,'
    "Nowhere,Atlantis,North,Harbour,,Old Port,1.5,2.5,1,Daily; Weekly,National,"
    '"On a day, ""A"" and B\nfought.",2,crowd size=no report,1670000000\n'
)
FIRST = (
    "GWNO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,"
    "ALLY_ACTOR_1,INTER1,ACTOR2,ALLY_ACTOR_2,INTER2,INTERACTION,COUNTRY,ADMIN1,ADMIN2,ADMIN3,"
    "LOCATION,LATITUDE,LONGITUDE,GEO_PRECISION,SOURCE,NOTES,FATALITIES\n"
)
FIRST_ROW = (
    "900,1XXA,,{date},2022,1,Battle-No change of territory,Group A,,3,Group B,,3,33,Atlantis,North,"
    'Harbour,,Old Port,1.5,2.5,1,Daily,"A and B\nfought, it was said.",2\n'
)
ACLED_FORMS = {
    "export of 2023 on": f"{CURRENT}\n{CURRENT_ROW.format(date='29 August 2022')}",
    "export with a byte order mark": f"\ufeff{CURRENT}\n{CURRENT_ROW.format(date='2022-08-29')}",
    "export rewritten by R": f"{CURRENT}\n"
    + CURRENT_ROW.format(date="29 August 2022").replace(",,", ",NA,").replace(",2,", ",2.0,"),
    "interface of 2025, with the population near by": f"{CURRENT},population_best\n"
    + CURRENT_ROW.format(date="2022-08-29").replace("1670000000", "1670000000,12000"),
    "the same, rewritten by pandas as days of UTC": f"{CURRENT}\n"
    + CURRENT_ROW.format(date="2022-08-29 00:00:00+00:00"),
    "files of versions 1 to 6": FIRST + FIRST_ROW.format(date="29/08/2022"),
    "regional files of 2015": FIRST + FIRST_ROW.format(date="29-August-2022"),
    "the same, saved by a spreadsheet": FIRST + FIRST_ROW.format(date="29-Aug-22"),
    "interface of 2016, saved by pandas": ",actor1,actor2,admin1,admin2,admin3,ally_actor_1,"
    "ally_actor_2,country,data_id,event_date,event_id_cnty,event_id_no_cnty,event_type,fatalities,"
    "geo_precision,gwno,inter1,inter2,interaction,latitude,location,longitude,notes,source,"
    "time_precision,year\n0,Group A,Group B,North,Harbour,,,,Atlantis,7,2022-08-29,1XXA,,Battle,2,"
    '1,900,3,3,33,1.5,Old Port,2.5,"A ""x""\nB ",Daily ,1,2022\n',
    "interface of 2019, with semicolons": "data_id;iso;event_id_cnty;event_id_no_cnty;event_date;"
    "year;time_precision;event_type;sub_event_type;actor1;assoc_actor_1;inter1;actor2;"
    "assoc_actor_2;inter2;interaction;region;country;admin1;admin2;admin3;location;latitude;"
    "longitude;geo_precision;source;source_scale;notes;fatalities;timestamp;iso3\n"
    "7;900;XXA1;1;29 August 2022;2022;1;Battles;Armed clash;Group A;;3;Group B;;3;33;Nowhere;"
    'Atlantis;North;Harbour;;Port;1.5;2.5;1;Daily;National;"A, and ""B""; C";2;1670000000;XXX\n',
    "Humanitarian Data Exchange, with tags": "event_id_cnty,event_date,time_precision,actor1,"
    "actor2,admin1,fatalities\n#event+code,#date+occurred,,#group+name+first,#group+name+second,"
    "#adm1+name,#affected+killed\nXXA1,2022-08-29,1,Group A,Group B,North,2\n",
}  # fmt: skip


@pytest.mark.parametrize("form", ACLED_FORMS)
def test_forms_of_acled_are_read_alike(tmp_path: Path, form: str) -> None:
    file = tmp_path / "e.csv"
    file.write_text(ACLED_FORMS[form], encoding="utf-8")
    data = reading.read(file)
    assert data.layout == "ACLED"
    frame = data.frame.drop(columns=["row", "killed_low", "killed_high"])
    when = pd.Timestamp("2022-08-29")
    assert frame.to_numpy().tolist() == [[when, "North", "Group A", "Group B", 2]]


CANDIDATE = UCDP | {
    "active_year": "true", "code_status": "Check dyad", "conflict_dset_id": "XXX900",
    "side_a": "Group A", "side_b": "XXX900", "adm_1": "North state", "gwnob": "",
    "source_article": '"Daily,2022-09-01,A ""fought""\n\nB";"Weekly,2022-09-02,Again"',
    "best": 3, "low": 1, "high": 4,
}  # fmt: skip
OLD = {"best": "best_est", "low": "low_est", "high": "high_est"}
UCDP_FORMS = {
    "files of versions 1 to 5": {OLD.get(key, key): value for key, value in CANDIDATE.items()}
    | {"date_start": "2022-08-29"},
    "files of version 17 on": CANDIDATE | {"active_year": "1", "code_status": "Clear"},
    "interface": CANDIDATE | {"date_start": "2022-08-29T00:00:00"},
    "interface, rewritten by a browser": CANDIDATE | {"date_start": "2022-08-29T00:00:00.000Z"},
    "candidates of October 2024, with numbered rows": {"#": 1, **CANDIDATE},
    "counts as decimal numbers": CANDIDATE | {"best": "3.0", "low": "1.0", "high": "4.0"},
}


@pytest.mark.parametrize("form", UCDP_FORMS)
def test_forms_of_ucdp_are_read_alike(tmp_path: Path, form: str) -> None:
    data = reading.read(write(tmp_path / "e.csv", [UCDP_FORMS[form]]))
    assert data.layout == "UCDP GED"
    when = pd.Timestamp("2022-08-29")
    assert data.frame.drop(columns="row").to_numpy().tolist() == [
        [when, "North state", "Group A", "XXX900", 1, 3, 4]
    ]


def test_many_sources_do_not_hide_the_columns_of_a_file_without_header(tmp_path: Path) -> None:
    sources = ";".join(f'"Daily {day},2022-09-01,A ""fought"" B"' for day in range(60))
    file = write(tmp_path / "e.csv", [CANDIDATE | {"source_article": sources}], header=False)
    data = reading.read(file)
    assert (data.layout, len(data.frame)) == ("UCDP GED", 1)


def test_a_range_that_misses_its_best_count_is_widened_and_listed(tmp_path: Path) -> None:
    rows = [
        CANDIDATE | {"id": 1, "low": 5017, "best": 5017, "high": 4526},
        CANDIDATE | {"id": 2, "low": 4, "best": 3, "high": ""},
        CANDIDATE | {"id": 3},
    ]
    data = reading.read(write(tmp_path / "e.csv", rows))
    counts = data.frame[["killed_low", "killed_best", "killed_high"]]
    assert counts.fillna(-1).to_numpy().tolist() == [[5017, 5017, 5017], [3, 3, -1], [1, 3, 4]]
    assert data.widened.to_numpy().tolist() == [[2, "high", "4526"], [3, "low", "4"]]
    assert data.dropped.empty


def test_a_row_of_tags_is_left_out_and_listed(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text(ACLED_FORMS["Humanitarian Data Exchange, with tags"])
    assert reading.read(file).dropped.to_numpy().tolist() == [
        [2, "row of tags", "event_date", "#date+occurred"]
    ]


COUNTED = {
    "ACLED by week": (
        "WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES,"
        "POPULATION_EXPOSURE,DISORDER_TYPE,ID,CENTROID_LATITUDE,CENTROID_LONGITUDE\n"
        "2022-08-27,Nowhere,Atlantis,North,Battles,Armed clash,3,2,,Political violence,1,1.5,2.5\n"
        "2022-09-03,Nowhere,Atlantis,North,Protests,Protest,5,0,,Demonstrations,1,1.5,2.5\n"
        "2022-09-10,Nowhere,Atlantis,South,Battles,Armed clash,1,2,,Political violence,1,1.5,2.5\n",
        "week", ["North"] * 3 + ["South"], "2022-08-27", 21,
    ),
    "by month and year": (
        "Country,Admin1,Admin2,ISO3,Month,Year,Events,Fatalities\n"
        "Atlantis,North,Harbour,XXX,August,2022,3,2\nAtlantis,North,Harbour,XXX,October,2022,0,0\n",
        "month", ["North"] * 3, "2022-08-01", 92,
    ),
    "periods with an end": (
        "location_code,admin1_name,event_type,events,fatalities,reference_period_start,"
        "reference_period_end\n"
        "XXX,North,political_violence,3,2,2022-08-01,2022-08-31\n",
        "month", ["North"] * 3, "2022-08-01", 31,
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", COUNTED)
def test_counts_by_week_or_month_are_events_of_a_coarse_time(tmp_path: Path, form: str) -> None:
    text, period, places, first, days = COUNTED[form]
    file = tmp_path / "e.csv"
    file.write_text(text)
    data = reading.read(file)
    assert (data.layout, data.period) == ("table of counts", period)
    assert data.frame["place"].tolist() == places
    log = data.log()
    assert (log.start, log.length) == (pd.Timestamp(first, tz="UTC"), 24 * days)
    assert log.resolution == (168 if period == "week" else 744)
    assert log.size is None


MONTH_FIRST = "event_date,actor1,admin1,fatalities\n8/29/2022,A,North,1\n8/5/2022,A,North,1\n"


def test_the_only_form_of_dates_that_fits_every_row_is_taken_and_said(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text(MONTH_FIRST)
    data = reading.read(file)
    assert data.frame["time"].dt.strftime("%m-%d").tolist() == ["08-29", "08-05"]
    said = data.choices.set_index("about").loc["dates"]
    assert said["choice"] == "MM/DD/YYYY"
    assert said["why"] == "month first, the only form that fits every row"
    assert said["otherwise"] == "--read dates=DD/MM/YYYY"


@pytest.mark.parametrize("skip", [False, True])
def test_dates_in_two_forms_refuse_the_file(tmp_path: Path, skip: bool) -> None:
    file = tmp_path / "e.csv"
    file.write_text("date\n8/29/2022\n30/8/2022\n31/8/2022\n8/5/2022\n")
    lines = problems(file, skip_invalid=skip)
    assert lines[0].startswith(
        "e.csv row 2 date: is no date in the form DD/MM/YYYY of the other rows (got '8/29/2022'"
    )
    assert lines[-1] == (
        "e.csv: 1 of 4 rows cannot be used; dates seem to be in two forms (DD/MM/YYYY fits 3;"
        " MM/DD/YYYY fits 2 of 4 rows), so that others may be misread: write every date as"
        " 2022-08-29, or say --read dates=DD/MM/YYYY"
    )
    read = reading.read(file, skip_invalid=True, dates="DD/MM/YYYY")
    assert read.frame["time"].dt.day.tolist() == [30, 31, 8]


def test_dates_that_can_be_read_in_two_ways_are_refused_with_both_options(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("date\n8/5/2022\n8/6/2022\n")
    assert problems(file) == [
        "e.csv date: can be read in more than one way in every row (got '8/5/2022'; allowed --read"
        " dates=DD/MM/YYYY (day first) or --read dates=MM/DD/YYYY (month first))"
    ]
    for form, month in (("DD/MM/YYYY", 5), ("MM/DD/YYYY", 8)):
        assert reading.read(file, dates=form).frame["time"].dt.month.tolist()[0] == month


# files that are no text, or no whole table


def test_what_is_no_utf8_names_the_line_and_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_bytes(b"time,place\n2022-08-29,Basra\n2022-08-30,Basr\xe1\n")
    assert problems(file) == [
        "e.csv: line 3 is not UTF-8 text (got byte 0xe1; allowed UTF-8, in which a spreadsheet"
        " program saves as 'CSV UTF-8', or another by --read encoding=NAME, such as cp1252 (Western"
        " Europe), cp1251 (Cyrillic) or cp1256 (Arabic))"
    ]
    assert reading.read(file, encoding="cp1252").frame["place"].tolist() == ["Basra", "Basr\xe1"]


def test_a_folder_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "e.csv").mkdir()
    assert problems(tmp_path / "e.csv") == ["e.csv: is a folder, not a file"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,place\n2022-08-29,a\n2022-08-30,b,c\n", "row 3 has 3 cells, but the header 2"),
        ("time,place\n2022-08-29,a,b\n2022-08-30,b\n", "row 2 has more cells than the header"),
        ('time,place\n2022-08-29,"a\nb"\n2022-08-30,"b\n', "row 3 opens a quote that never ends"),
    ],
)
def test_a_row_that_breaks_the_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "e.csv"
    file.write_text(text)
    assert problems(file) == [f"e.csv: {message}"]


def test_columns_that_are_not_read_are_known(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("time,plac,kiled,remark\n2022-08-29,Basra,2,dry\n")
    assert reading.read(file).unread == {"plac": "place", "kiled": "killed", "remark": ""}
    file.write_text("tme,place\n2022-08-29,Basra\n")
    (line,) = problems(file)
    assert line.endswith(
        "plain table: time; --read columns.time=NAME names the one of the time; did you mean"
        " 'time'?)"
    )


def test_the_49_columns_of_ucdp_are_those_of_the_file() -> None:
    assert len(UCDP_COLUMNS) == 49


RANGES = (
    "date,killed\n2022-08-29,3-6\n2022-08-30,10+\n2022-08-31,~2\n2022-09-01,up to 4\n2022-09-02,7\n"
)


@pytest.mark.parametrize(
    ("ranges", "best"),
    [
        ("low", [3, 10, 2, 4, 7]), ("high", [6, 10, 2, 4, 7]), ("middle", [5, 10, 2, 4, 7]),
        ("unknown", [-1, -1, -1, -1, 7]),
    ],
)  # fmt: skip
def test_killed_that_are_written_as_ranges_are_read_as_asked(
    tmp_path: Path, ranges: str, best: list[int]
) -> None:
    file = tmp_path / "e.csv"
    file.write_text(RANGES)
    frame = reading.read(file, ranges=ranges).frame.fillna(-1)
    assert frame["killed_best"].tolist() == best
    assert frame["killed_low"].tolist() == [3, 10, 2, -1, 7]
    assert frame["killed_high"].tolist() == [6, -1, 2, 4, 7]


def test_a_spreadsheet_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.events.reading.records.find_spec", lambda _: None)
    file = tmp_path / "e.csv"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("xl/workbook.xml", "")
    assert problems(file) == [
        "e.csv: is an Excel workbook, for which a library is missing (allowed after 'pip install"
        " openpyxl', or text: save it as 'CSV UTF-8')"
    ]
    file.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert "is an old Excel workbook, for which a library is missing" in problems(file)[0]
