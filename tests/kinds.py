"""Small invented event tables of every form that people have, and what is printed of each.

``python -m tests.kinds`` writes `docs/event-tables.md`, which a test compares.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.events import reading
from analysis.events.reading import EventDataError, Reading
from analysis.events.reading.layouts import GDELT_1_COLUMNS, GDELT_COLUMNS, UCDP_COLUMNS

PAGE = Path(__file__).parents[1] / "docs" / "event-tables.md"
EVENTS = ["2022-08-29 Baghdad 3", "2022-08-30 Basra 0"]
PLAIN = "date,place,killed\n2022-08-29,Baghdad,3\n2022-08-30,Basra,0\n"
HEAD = """\
# Forms of event tables

Made by `python -m tests.kinds`, and compared by a test. Each row is a small invented table, the
option with which it is read, the events found, and what is printed beside the columns that were
read. Most tables hold the same two events, 2022-08-29 Baghdad 3 and 2022-08-30 Basra 0: *both*.
Times of 0:00 are left out, and so are lines that offer another column or tell the types that
count, where an earlier row of the same section has the same line.
"""
SAID_ONCE = ("(it could also be ", "types that are attacks)", "(every type is kept)")


@dataclass(frozen=True)
class Case:
    """A table of one form: its bytes, the options, and the events or the error."""

    kind: str
    what: str
    content: str | bytes | Callable[[], bytes]
    found: list[str] | str = field(default_factory=lambda: EVENTS)
    asked: tuple[tuple[str, str], ...] = ()
    name: str = "e.csv"
    library: str = ""
    skip_invalid: bool = False

    @property
    def here(self) -> bool:
        """Whether the library that it needs is installed."""
        return not self.library or find_spec(self.library) is not None

    def read(self, folder: Path) -> tuple[list[str] | str, list[str]]:
        """Give the events or the error, and the lines that are printed."""
        file = folder / self.name
        data = self.content() if callable(self.content) else self.content
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        how = Reading().changed(self.asked, "--read")
        try:
            found = reading.read(file, how, skip_invalid=self.skip_invalid)
        except EventDataError as error:
            return str(error).replace(f"{folder}/", ""), []
        return [_event(row) for row in found.frame.itertuples()], list(_printed(found))


def _event(row: Any) -> str:
    when = f"{row.time:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    killed = "?" if pd.isna(row.killed_best) else f"{row.killed_best:g}"
    return f"{when} {row.place or '?'} {killed}"


def _printed(found: Any) -> Iterator[str]:
    for about, choice, why, otherwise in found.choices.itertuples(index=False):
        if about == "columns" or (about == "source" and why == "told by its columns"):
            continue
        yield (
            f"{about}: {choice}"
            + (f" ({why})" if why else "")
            + (f"; `{otherwise}`" if otherwise else "")
        )
    for reason, rows in found.dropped.groupby("reason", sort=False):
        yield f"left out, {len(rows)}: {reason}"


def table(rows: list[dict[str, Any]], separator: str = ",", header: bool = True) -> str:
    return pd.DataFrame(rows).to_csv(index=False, sep=separator, header=header)


def acled(*rows: dict[str, Any], **common: Any) -> str:
    first = {
        "event_id_cnty": "X1", "event_date": "2022-08-29", "time_precision": 1,
        "event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "A", "inter1": 3,
        "actor2": "B", "inter2": 2, "admin1": "Baghdad", "admin2": "Karkh", "location": "Karada",
        "latitude": 33.3, "longitude": 44.4, "fatalities": 3, "timestamp": 1670000000,
    }  # fmt: skip
    second = {"event_id_cnty": "X2", "event_date": "2022-08-30", "admin1": "Basra", "fatalities": 0}
    more = [{"event_id_cnty": f"X{number}"} | row for number, row in enumerate(rows, 3)]
    return table([first | common | row for row in ({}, second, *more)])


def ucdp(header: bool = True, **change: Any) -> str:
    base = dict.fromkeys(UCDP_COLUMNS, "") | {
        "id": 1, "type_of_violence": 2, "side_a": "A", "side_b": "B", "adm_1": "Baghdad",
        "date_prec": 1, "date_start": "2022-08-29", "date_end": "2022-08-29", "best": 3, "high": 4,
        "low": 1, "where_prec": 1,
    }  # fmt: skip
    second = {"id": 2, "adm_1": "Basra", "date_start": "2022-08-30", "date_end": "2022-08-30"}
    counts = {"best": 0, "low": 0, "high": 0}
    return table([base, base | second | counts | change], header=header)


def gtd(**change: Any) -> str:
    base = {
        "eventid": 202208290001, "iyear": 2022, "imonth": 8, "iday": 29, "country_txt": "Iraq",
        "provstate": "Baghdad", "city": "Karada", "attacktype1_txt": "Armed Assault",
        "targtype1_txt": "Military", "gname": "A", "nkill": 3, "nwound": 1, "success": 1,
    }  # fmt: skip
    second = {"eventid": 202208300001, "iday": 30, "provstate": "Basra", "nkill": 0}
    return table([base, base | second | change])


def gdelt(columns: tuple[str, ...]) -> str:
    base = dict.fromkeys(columns, "") | {
        "GLOBALEVENTID": 1, "SQLDATE": 20220829, "EventRootCode": 19, "EventCode": 190,
        "ActionGeo_ADM1Code": "Baghdad", "Actor1Name": "A", "Actor2Name": "B",
    }  # fmt: skip
    rows = [
        base,
        base | {"GLOBALEVENTID": 2, "SQLDATE": 20220830, "ActionGeo_ADM1Code": "Basra"},
        base | {"GLOBALEVENTID": 3, "EventRootCode": "04", "EventCode": "042"},
    ]
    return table(rows, "\t", header=False)


def icews() -> str:
    base = {
        "Event ID": 1, "Event Date": "2022-08-29", "Source Name": "A", "Source Sectors": "",
        "Event Text": "Use conventional military force", "CAMEO Code": 190, "Target Name": "B",
        "Province": "Baghdad", "Country": "Iraq",
    }  # fmt: skip
    second = {"Event ID": 2, "Event Date": "2022-08-30", "Province": "Basra", "CAMEO Code": 1823}
    third = {"Event ID": 3, "Event Text": "Make statement", "CAMEO Code": "010"}
    return table([base, base | second, base | third], "\t")


def sigacts() -> str:
    base = {
        "ReportKey": "a", "Date": "2022-08-29 00:00", "Type": "Enemy Action",
        "Category": "Direct Fire", "Title": "x", "Region": "Baghdad", "AttackOn": "FRIEND",
        "FriendlyKIA": 1, "HostNationKIA": 0, "CivilianKIA": 2, "EnemyKIA": 0,
    }  # fmt: skip
    second = {"ReportKey": "b", "Date": "2022-08-30 00:00", "Region": "Basra", "FriendlyKIA": 0}
    third = {"ReportKey": "c", "Type": "Friendly Action", "Category": "Patrol"}
    return table([base, base | second | {"CivilianKIA": 0}, base | third])


def zipped(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, text in files.items():
            packed.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def workbook(sheets: dict[str, list[list[Any]]]) -> Callable[[], bytes]:
    def written() -> bytes:
        stream = io.BytesIO()
        with pd.ExcelWriter(stream, engine="openpyxl") as writer:
            for name, rows in sheets.items():
                width = max(map(len, rows))
                frame = pd.DataFrame([row + [None] * (width - len(row)) for row in rows])
                frame.to_excel(writer, sheet_name=name, index=False, header=False)
        return stream.getvalue()

    return written


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.to_datetime(["2022-08-29", "2022-08-30"]),
            "place": ["Baghdad", "Basra"],
            "killed": [3, 0],
        }
    )


def written(method: str) -> Callable[[], bytes]:
    def content() -> bytes:
        stream = io.BytesIO()
        options: dict[str, Any] = {"write_index": False} if method == "to_stata" else {}
        getattr(frame(), method)(stream, **options)
        return stream.getvalue()

    return content


def dated(*texts: str, head: str = "date") -> str:
    places = zip(texts, ("Baghdad", "Basra"), (3, 0), strict=True)
    lines = [f'"{text}",{place},{killed}' for text, place, killed in places]
    return "\n".join([f"{head},place,killed", *lines, ""])


RECORDS = [
    {"date": "2022-08-29", "place": "Baghdad", "killed": 3},
    {"date": "2022-08-30", "place": "Basra", "killed": 0},
]
ROWS: list[list[Any]] = [
    ["Date", "Place", "Killed"],
    [pd.Timestamp("2022-08-29"), "Baghdad", 3],
    [pd.Timestamp("2022-08-30"), "Basra", 0],
]
SAME = "2022-08-29 Baghdad 3"
NINE = ["2022-08-29 09:05 Baghdad 3", "2022-08-30 14:30 Basra 0"]
WEEKS = "week,admin1,events\n2022-08-27,Baghdad,1\n2022-09-03,Baghdad,0\n2022-09-10,Basra,2\n"
COUNTED = ["2022-08-27 Baghdad ?", "2022-09-10 Basra ?", "2022-09-10 Basra ?"]
CASES = [
    # which column
    Case("columns", "ACLED without actors: when a row was uploaded is not when it happened",
         "event_id_cnty,event_date,admin1,fatalities,timestamp\n"
         "X1,2022-08-29,Baghdad,3,1670000000\nX2,2022-08-30,Basra,0,1670000000\n"),
    Case("columns", "the same, asked for otherwise",
         "event_id_cnty,event_date,admin1,fatalities,timestamp\n"
         "X1,2022-08-29,Baghdad,3,1670000000\n",
         ["2022-12-02 16:53 Baghdad 3"], (("columns.time", "timestamp"),)),
    Case("columns", "two levels of places",
         "date,admin1,admin2,killed\n2022-08-29,Baghdad,Karkh,3\n",
         [SAME]),
    Case("columns", "the second level asked for",
         "date,admin1,admin2,killed\n2022-08-29,Baghdad,Karkh,3\n", ["2022-08-29 Karkh 3"],
         (("columns.place", "admin2"),)),
    Case("columns", "a day and a time of day",
         "date,time,place,killed\n2022-08-29,9:05,Baghdad,3\n2022-08-30,2:30 PM,Basra,0\n", NINE),
    Case("columns", "a time of day without a colon",
         "date,time,place,killed\n2022-08-29,0905,Baghdad,3\n2022-08-30,1430,Basra,0\n", NINE),
    Case("columns", "a time of day that is not always known",
         "date,time,place,killed\n2022-08-29,9:05,Baghdad,3\n2022-08-30,unknown,Basra,0\n",
         [NINE[0], EVENTS[1]]),
    Case("columns", "an hour of the day",
         "date,hour,place,killed\n2022-08-29,9,Baghdad,3\n2022-08-30,14,Basra,0\n",
         ["2022-08-29 09:00 Baghdad 3", "2022-08-30 14:00 Basra 0"]),
    Case("columns", "two columns of one name", PLAIN.replace("place,", "place,place,")
         .replace("d,3", "d,x,3").replace("a,0", "a,x,0")),
    Case("columns", "year, month and day",
         "year,month,day,place,killed\n2022,8,29,Baghdad,3\n2022,8,30,Basra,0\n"),
    Case("columns", "year, month by name, and day",
         "Year,Month,Day,place,killed\n2022,August,29,Baghdad,3\n2022,Aug,30,Basra,0\n"),
    Case("columns", "names with blanks and capitals",
         "Date of Incident,Governorate,Number Killed\n2022-08-29,Baghdad,3\n2022-08-30,Basra,0\n"),
    Case("columns", "names in another language",
         "Fecha,Provincia,Muertos\n2022-08-29,Baghdad,3\n2022-08-30,Basra,0\n", EVENTS,
         (("columns.place", "Provincia"),)),
    Case("columns", "a name that is not there", PLAIN,
         "e.csv: has no column 'plce' for the place, as columns.place says (allowed date, place,"
         " killed; did you mean 'place'?)", (("columns.place", "plce"),)),
    Case("columns", "no column of the time", "plac,killed\nBaghdad,3\n", "is no known event table"),
    # what counts as an event
    Case("events", "ACLED: what is no attack", acled(
        {"event_type": "Protests"}, {"event_type": "Strategic developments"},
        {"event_type": "Riots"})),
    Case("events", "ACLED of 2016",
         acled({"event_type": "Riots/Protests"}, event_type="Battle-No change of territory")),
    Case("events", "ACLED: every type", acled({"event_type": "Protests", "admin1": "Najaf"}),
         [*EVENTS, "2022-08-29 Najaf 3"], (("only.type", "all"),)),
    Case("events", "ACLED: one sub-type", acled({"event_type": "Riots",
         "sub_event_type": "Mob violence"}), [SAME], (("only.sub_type", "mob violence"),)),
    Case("events", "ACLED: one kind of actor, by its name or code",
         acled({"inter1": 1, "inter2": 2}), EVENTS, (("only.actor_kind", "Political militia"),)),
    Case("events", "without an actor", acled({"actor1": "C"}), EVENTS, (("drop.actor", "C"),)),
    Case("events", "one place", acled(), [SAME], (("only.place", "baghdad"),)),
    Case("events", "by precision of the date", acled({"time_precision": 2}), EVENTS,
         (("only.precision", "1"),)),
    Case("events", "by precision of the place", acled({"geo_precision": 3}, geo_precision=1),
         EVENTS, (("only.place_precision", "1"),)),
    Case("events", "UCDP: one type of violence", ucdp(type_of_violence=1), [SAME],
         (("only.type", "non-state"),)),
    Case("events", "by any column", gtd(success=0), [SAME], (("only.success", "1"),)),
    Case("events", "a type that is not there", acled(),
         "e.csv: has no type 'Batles' (allowed battles; did you mean 'battles'?)",
         (("only.type", "Batles"),)),
    Case("events", "nothing left", acled(event_type="Protests"),
         "e.csv: has no event left after the choice (got Protests (2); allowed --only type=all)"),
    Case("events", "rows that say the same", PLAIN + "2022-08-30,Basra,0\n", [*EVENTS, EVENTS[1]]),
    Case("events", "rows that say the same, left out", PLAIN + "2022-08-30,Basra,0\n", EVENTS,
         (("doubled", "drop"),)),
    Case("events", "an id that was given before", acled({"event_id_cnty": "X1"})),
    Case("events", "an event of several days", ucdp(date_end="2022-09-02")),
    Case("events", "a day that is not known well", ucdp(date_prec=4), [SAME]),
    # dates
    Case("dates", "day first, two digits of the year", dated("31-12-19", "01-01-20"),
         ["2019-12-31 Baghdad 3", "2020-01-01 Basra 0"]),
    Case("dates", "day first, with dashes", dated("29-08-2022", "30-08-2022")),
    Case("dates", "day first, with dots", dated("29.08.2022", "30.8.2022")),
    Case("dates", "day first, with slashes", dated("29/08/2022", "30/08/2022")),
    Case("dates", "month first", dated("08/29/2022", "8/30/2022")),
    Case("dates", "either", dated("08/05/2022", "08/06/2022"),
         "e.csv date: can be read in more than one way in every row (got '08/05/2022'; allowed"
         " --read dates=DD/MM/YYYY (day first) or --read dates=MM/DD/YYYY (month first))"),
    Case("dates", "either, and said which", dated("08/05/2022", "08/06/2022"),
         ["2022-05-08 Baghdad 3", "2022-06-08 Basra 0"], (("dates", "DD/MM/YYYY"),)),
    Case("dates", "either, in ACLED", acled({"event_date": "01/02/2022"}, event_date="03/02/2022"),
         ["2022-02-03 Baghdad 3", EVENTS[1], "2022-02-01 Baghdad 3"]),
    Case("dates", "both", dated("29/08/2022", "08/30/2022"),
         "dates seem to be in two forms (DD/MM/YYYY fits 1; MM/DD/YYYY fits 1 of 2 rows)"),
    Case("dates", "month by name", dated("Aug 29, 2022", "August 30 2022")),
    Case("dates", "month by name, as Stata has it", dated("29aug2022", "30aug2022")),
    Case("dates", "month by name, in another language", dated("29 août 2022", "30 agosto 2022")),
    Case("dates", "a weekday before it", dated("Monday, 29th August 2022", "Tue 30 Aug 2022")),
    Case("dates", "eight digits", dated("20220829", "20220830")),
    Case("dates", "digits of another script", dated("٢٩/٠٨/٢٠٢٢", "٣٠/٠٨/٢٠٢٢")),
    Case("dates", "numbers of days, as a spreadsheet keeps them", dated("44802", "44803")),
    Case("dates", "seconds since 1970", dated("1661731200", "1661817600")),
    Case("dates", "a form of one's own", dated("29. 8. 2022 Uhr", "30. 8. 2022 Uhr"), EVENTS,
         (("dates", "%d. %m. %Y Uhr"),)),
    Case("dates", "no such form", PLAIN, "e.csv dates: is no form of dates", (("dates", "DDMM"),)),
    Case("dates", "times of day", dated("29/08/2022 9:05", "30/08/2022 2:30 PM"), NINE),
    Case("dates", "24:00", dated("2022-08-28 24:00", "2022-08-30 00:00")),
    Case("dates", "14h30", dated("2022-08-29 09h05", "2022-08-30 14h30"), NINE),
    Case("dates", "a month only", dated("2022-08-29", "2022-09"), [SAME]),
    Case("dates", "a month only, kept", dated("2022-08-29", "2022-09"),
         [SAME, "2022-09-01 Basra 0"], (("coarse", "keep"),)),
    Case("dates", "no date in any row", dated("soon", "later"),
         "e.csv date: is no date that can be read in all 2 rows (got 'soon', 'later'; allowed a"
         " date such as 2022-08-29 or 29 August 2022, with or without a time such as 14:30)"),
    # sources
    Case("sources", "UCDP GED", ucdp()),
    Case("sources", "UCDP candidate file without a header", ucdp(header=False)),
    Case("sources", "GTD", gtd()),
    Case("sources", "GTD: an unknown day is 0", gtd(iday=0), [SAME]),
    Case("sources", "GTD: killed that are not known or a share", gtd(nkill=1.5),
         [SAME, "2022-08-30 Basra 1.5"]),
    Case("sources", "GTD: -99 is not known", gtd(nkill=-99), [SAME, "2022-08-30 Basra ?"]),
    Case("sources", "GDELT 2 without a header", gdelt(GDELT_COLUMNS),
         ["2022-08-29 Baghdad ?", "2022-08-30 Basra ?"]),
    Case("sources", "GDELT 1 without a header", gdelt(GDELT_1_COLUMNS),
         ["2022-08-29 Baghdad ?", "2022-08-30 Basra ?"]),
    Case("sources", "ICEWS", icews(), ["2022-08-29 Baghdad ?", "2022-08-30 Basra ?"]),
    Case("sources", "significant activities", sigacts()),
    Case("sources", "counts by week", WEEKS, COUNTED),
    Case("sources", "counts by month and year", "Country,Admin1,Month,Year,Events\n"
         "Iraq,Baghdad,August,2022,1\nIraq,Basra,October,2022,2\n",
         ["2022-08-01 Baghdad ?", "2022-10-01 Basra ?", "2022-10-01 Basra ?"]),
    Case("sources", "counts by day", "date,place,incidents\n2022-08-29,Baghdad,1\n"
         "2022-08-30,Basra,2\n", ["2022-08-29 Baghdad ?", *["2022-08-30 Basra ?"] * 2]),
    Case("sources", "counts by week that are none", WEEKS.replace("2022-09-10", "2022-09-11"),
         "e.csv: counts by week, but its times are not a week apart (got 8 days; allowed --read"
         " period=day)"),
    Case("sources", "numbers with marks for thousands and for unknown",
         'date,place,killed\n2022-08-29,Baghdad,"1,003"\n2022-08-30,Basra,unknown\n',
         ["2022-08-29 Baghdad 1003", "2022-08-30 Basra ?"]),
    Case("sources", "killed as ranges", dated("2022-08-29", "2022-08-30").replace("d,3", "d,2-4"),
         "e.csv row 2 killed: is not allowed (got '2-4'; allowed a whole number, 0 to 10,000,000;"
         " --read ranges=middle reads ranges)"),
    Case("sources", "killed as ranges, and said which",
         dated("2022-08-29", "2022-08-30").replace("d,3", "d,2-4"), EVENTS,
         (("ranges", "middle"),)),
    Case("sources", "killed as open ranges",
         dated("2022-08-29", "2022-08-30").replace("d,3", "d,at least 3"), EVENTS,
         (("ranges", "low"),)),
    Case("sources", "counts by month as six digits",
         "month,place,events\n202208,Baghdad,1\n202209,Basra,1\n",
         ["2022-08-01 Baghdad ?", "2022-09-01 Basra ?"]),
    Case("sources", "counts by week of the year",
         "week,place,events\n2022-W35,Baghdad,1\n2022-W36,Basra,1\n",
         ["2022-08-29 Baghdad ?", "2022-09-05 Basra ?"]),
    # containers
    Case("containers", "JSON records", json.dumps(RECORDS), name="e.json"),
    Case("containers", "JSON records below a key", json.dumps({"status": 200, "data": RECORDS})),
    Case("containers", "JSON, one record a line", "\n".join(map(json.dumps, RECORDS))),
    Case("containers", "JSON as pandas writes it", frame().astype(str).to_json()),
    Case("containers", "GeoJSON", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": row, "geometry":
         {"type": "Point", "coordinates": [44, 33]}} for row in RECORDS]})),
    Case("containers", "JSON without records", '{"a": 1}', "e.csv: holds no list of records"),
    Case("containers", "Excel", workbook({"Sheet1": ROWS}), name="e.xlsx", library="openpyxl"),
    Case("containers", "Excel: titles, and a sheet before it", workbook(
        {"Read me": [["Hello"]], "Data": [["Ministry"], [None], *ROWS]}),
        name="e.xlsx", library="openpyxl"),
    Case("containers", "Excel with the ending of a text", workbook({"Sheet1": ROWS}),
         library="openpyxl"),
    Case("containers", "Parquet", written("to_parquet"), name="e.parquet"),
    Case("containers", "Stata", written("to_stata"), name="e.dta"),
    Case("containers", "R", b"RDX3\nX\n", "e.csv: is an R data file, which is not read (allowed a"
         " CSV file: in R, load() and write.csv())"),
    Case("containers", "a web page that is named a spreadsheet", "<html><table>",
         "e.xls: is a web page, which some sites name .xls, which is not read", name="e.xls"),
    Case("containers", "gzip without its ending", gzip.compress(PLAIN.encode())),
    Case("containers", "bzip2", bz2.compress(PLAIN.encode()), name="e.csv.bz2"),
    Case("containers", "xz", lzma.compress(PLAIN.encode()), name="e.csv.xz"),
    Case("containers", "zip with a readme",
         zipped({"README.txt": "Hello", "data/e.csv": PLAIN, "__MACOSX/x": "-"}), name="e.zip"),
    Case("containers", "zip with two tables", zipped({"a.csv": PLAIN, "b.csv": "x\n"}),
         "e.zip: is an archive with 2 tables (got 'a.csv', 'b.csv'; allowed one of them by --read"
         " part=a.csv)", name="e.zip"),
    Case("containers", "zip with two tables, and said which",
         zipped({"a.csv": PLAIN, "b.csv": "x\n"}), EVENTS, (("part", "a.csv"),), name="e.zip"),
    # encodings and what stands before the table
    Case("text", "Western Europe", dated("2022-08-29", "2022-08-30").replace("Basra", "Baßra")
         .encode("cp1252"), "e.csv: line 3 is not UTF-8 text (got byte 0xdf; allowed UTF-8, in"
         " which a spreadsheet program saves as 'CSV UTF-8', or another by --read encoding=NAME,"
         " such as cp1252 (Western Europe), cp1251 (Cyrillic) or cp1256 (Arabic))"),
    Case("text", "Western Europe, said so", dated("2022-08-29", "2022-08-30")
         .replace("Basra", "Baßra").encode("latin-1"), [SAME, "2022-08-30 Baßra 0"],
         (("encoding", "latin-1"),)),
    Case("text", "UTF-16, as spreadsheets write 'Unicode text'",
         codecs.BOM_UTF16_LE + PLAIN.replace(",", "\t").encode("utf-16-le")),
    Case("text", "UTF-16 without its mark", PLAIN.encode("utf-16-le")),
    Case("text", "UTF-8 with its mark", codecs.BOM_UTF8 + PLAIN.encode()),
    Case("text", "no such encoding", PLAIN, "e.csv: 'klingon' is no encoding",
         (("encoding", "klingon"),)),
    Case("text", "semicolons", PLAIN.replace(",", ";")),
    Case("text", "tabs", PLAIN.replace(",", "\t")),
    Case("text", "bars", PLAIN.replace(",", "|")),
    Case("text", "another mark", PLAIN.replace(",", "~"), EVENTS, (("delimiter", "~"),)),
    Case("text", "sep=; before the table", "sep=;\n" + PLAIN.replace(",", ";")),
    Case("text", "titles before the table", "Ministry\nEvents of 2022\n\n" + PLAIN),
    Case("text", "a header that was named", "date,place,killed\nx,y,z\n" + PLAIN, EVENTS,
         (("header", "3"),)),
    Case("text", "numbers of rows without a name, as R writes them",
         "date,place,killed\n1,2022-08-29,Baghdad,3\n2,2022-08-30,Basra,0\n"),
    Case("text", "a mark at the end of every row",
         "date,place,killed\n2022-08-29,Baghdad,3,\n2022-08-30,Basra,0,\n"),
    Case("text", "a second header of tags", PLAIN.replace("killed\n", "killed\n#date,#adm1,#n\n")),
    Case("text", "Windows ends of lines", PLAIN.replace("\n", "\r\n")),
    Case("text", "nothing", "", "e.csv: the file is empty"),
]  # fmt: skip
KINDS = tuple(dict.fromkeys(case.kind for case in CASES))


def section(kind: str, read: list[tuple[list[str] | str, list[str]]]) -> str:
    """Write the part of the page about one kind of form, from what was read of its cases."""
    said: set[str] = set()
    rows = [_row(case, *each, said) for case, each in zip(of(kind), read, strict=True)]
    head = ["| input | option | events | printed |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {kind.capitalize()}", "", *head, *rows, ""])


def of(kind: str) -> list[Case]:
    """Give the cases of one kind."""
    return [case for case in CASES if case.kind == kind]


def _row(case: Case, found: list[str] | str, printed: list[str], said: set[str]) -> str:
    option = "<br>".join(f"`--read {key}={value}`" for key, value in case.asked)
    if isinstance(found, str):
        events, lines = "refused", found.splitlines()
    else:
        events = "both" if found == EVENTS else "<br>".join(found)
        lines = [each for each in printed if each not in said]
        said.update(each for each in printed if any(words in each for words in SAID_ONCE))
    cells = (case.what, option, events, "<br>".join(lines))
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        each = [section(kind, [case.read(Path(folder)) for case in of(kind)]) for kind in KINDS]
    PAGE.write_text("\n".join([HEAD, *each]), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
