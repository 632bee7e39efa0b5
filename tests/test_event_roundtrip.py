"""A table written in any form that is supported reads back as the same events.

Or it is refused with the option that makes it readable, which is then tried.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.events import reading
from analysis.events.reading import EventData, EventDataError
from analysis.events.reading.layouts import UCDP_COLUMNS

Event = tuple[date, str, int]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATES: dict[str, Callable[[date], str]] = {
    "YYYY-MM-DD": lambda day: day.isoformat(),
    "YYYY/MM/DD": lambda day: f"{day:%Y/%m/%d}",
    "YYYYMMDD": lambda day: f"{day:%Y%m%d}",
    "DD/MM/YYYY": lambda day: f"{day:%d/%m/%Y}",
    "MM/DD/YYYY": lambda day: f"{day:%m/%d/%Y}",
    "DD.MM.YYYY": lambda day: f"{day:%d.%m.%Y}",
    "DD-MM-YY": lambda day: f"{day:%d-%m-%y}",
    "M/D/YYYY": lambda day: f"{day.month}/{day.day}/{day.year}",
    "MMM D, YYYY": lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    "DDmmmYYYY": lambda day: f"{day.day:02}{MONTHS[day.month - 1].lower()}{day.year}",
    "excel": lambda day: str((day - date(1899, 12, 30)).days),
}
RIGHT = {"M/D/YYYY": "MM/DD/YYYY"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")
TABLES = ("json", "records", "parquet", *(("excel",) if find_spec("openpyxl") else ()))


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("README.md", "Read me")
        packed.writestr("table.csv", data)
    return stream.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}


def plain(event: Event, written: str, _number: int) -> dict[str, Any]:
    return {"Date": written, "Province": event[1], "Killed": event[2]}


def acled(event: Event, written: str, number: int) -> dict[str, Any]:
    return {
        "event_id_cnty": f"X{number}", "event_date": written, "time_precision": 1,
        "event_type": "Battles", "actor1": "A", "actor2": "B", "admin1": event[1],
        "fatalities": event[2], "timestamp": 1670000000,
    }  # fmt: skip


def ucdp(event: Event, written: str, number: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(UCDP_COLUMNS, "")
    return row | {
        "id": number, "type_of_violence": 1, "side_a": "A", "side_b": "B", "adm_1": event[1],
        "date_prec": 1, "date_start": written, "best": event[2], "low": event[2], "high": event[2],
    }  # fmt: skip


def gtd(event: Event, _written: str, number: int) -> dict[str, Any]:
    day = event[0]
    return {
        "eventid": number, "iyear": day.year, "imonth": day.month, "iday": day.day,
        "provstate": event[1], "attacktype1_txt": "Bombing/Explosion", "gname": "A",
        "targtype1_txt": "Police", "nkill": event[2],
    }  # fmt: skip


SOURCES = {"plain": plain, "acled": acled, "ucdp": ucdp, "gtd": gtd}
events = st.lists(
    st.tuples(
        st.dates(date(1990, 1, 1), date(2024, 12, 31)),
        st.sampled_from(["North", "Al Basra; south", "Nord, Süd", 'The "old" town', "Ñuble|x"]),
        st.integers(0, 2000),
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda event: event[0],
)


def written(
    found: list[Event], source: str, form: str, separator: str, encoding: str, packed: str
) -> bytes:
    rows = [SOURCES[source](event, DATES[form](event[0]), n) for n, event in enumerate(found)]
    frame = pd.DataFrame(rows)
    if packed in PACKED:
        text = frame.to_csv(index=False, sep=separator)
        return PACKED[packed](text.encode(encoding))
    stream = io.BytesIO()
    if packed == "parquet":
        frame.to_parquet(stream)
    elif packed == "excel":
        frame.to_excel(stream, index=False)
    else:
        content = {"data": rows} if packed == "json" else rows
        stream.write(json.dumps(content).encode())
    return stream.getvalue()


def same(data: EventData, found: list[Event]) -> bool:
    read = data.frame[["time", "place", "killed_best"]].to_numpy().tolist()
    return read == [[pd.Timestamp(day), place, killed] for day, place, killed in found]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    events, st.sampled_from(list(SOURCES)), st.sampled_from(list(DATES)),
    st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(ENCODINGS),
    st.sampled_from([*PACKED, *TABLES]),
)  # fmt: skip
def test_a_table_reads_back_as_the_same_events_or_names_the_option(
    found: list[Event], source: str, form: str, separator: str, encoding: str, packed: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "table")
        file.write_bytes(written(found, source, form, separator, encoding, packed))
        asked: dict[str, str] = {}
        for _ in range(3):
            try:
                data = reading.read(file, **asked)
            except EventDataError as error:
                offered = re.findall(r"--read (\w+)=(\S+)", str(error))
                asked |= {key: answer(key, form, encoding, offered) for key, _ in offered}
                assert asked, error
            else:
                break
        else:
            raise AssertionError(asked)
        day_first = source == "acled" and form in ("MM/DD/YYYY", "M/D/YYYY")
        said = data.choices.set_index("about")["why"].get("dates", "")
        if day_first and "would fit every row, too" in said:
            data = reading.read(file, **asked, dates="MM/DD/YYYY")
        assert same(data, found)


def answer(key: str, form: str, encoding: str, offered: list[tuple[str, str]]) -> str:
    """Take the right one of what an error offers."""
    if key == "encoding":
        return encoding
    assert key == "dates"
    right = RIGHT.get(form, form)
    assert right in [value for name, value in offered if name == "dates"]
    return right


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    events, st.sampled_from(list(SOURCES)), st.sampled_from(list(DATES)),
    st.sampled_from([*PACKED, *TABLES]), st.binary(max_size=30), st.floats(0, 1),
    st.sampled_from(["cut", "put", "over"]), st.booleans(),
)  # fmt: skip
def test_a_broken_file_is_read_or_refused_in_plain_words(
    found: list[Event], source: str, form: str, packed: str, junk: bytes, where: float, how: str,
    skip: bool,
) -> None:  # fmt: skip
    data = written(found, source, form, ",", "utf-8", packed)
    at = int(where * len(data))
    broken = {
        "cut": data[:at], "put": data[:at] + junk + data[at:],
        "over": data[:at] + junk + data[at + len(junk) :],
    }[how]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "table")
        file.write_bytes(broken)
        try:
            reading.read(file, skip_invalid=skip)
        except EventDataError as error:
            assert str(error).startswith(str(file))
            assert "Traceback" not in str(error)
