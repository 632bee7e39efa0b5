"""The commands about tables of events: what they write, and what they refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from reprisal.app import app

ROOT = Path(__file__).parents[1]
IRAQ = ROOT / "scenarios" / "iraq-2022.yaml"
TABLE = """\
time,place,actor,target,killed
2022-08-29 14:00,Baghdad,Saraya Salam,Badr,3
2022-08-29 23:10,Baghdad,Badr,Saraya Salam,12
2022-08-31 02:30,Basrah,Badr,Saraya Salam,2
"""


def reprisal(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="reprisal")


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "events.csv"
    file.write_text(TABLE)
    return file


def test_describe_writes_tables_a_page_and_what_it_left_out(events: Path) -> None:
    done = reprisal("describe", events, "--scenario", IRAQ, "--order", "call=2022-08-30T13:30")
    assert done.exit_code == 0, done.stderr
    folder = Path("results/events-description")
    files = [folder / name for name in (
        "description.csv", "choices.csv", "dropped.csv", "names.csv", "mapping-draft.yaml",
        "description.png", "description.svg", "description.txt",
    )]  # fmt: skip
    assert done.stdout.split() == [str(file) for file in files]
    assert all(file.stat().st_size for file in files)
    assert "plain table: 3 rows read, 1 left out." in done.stderr
    assert "1 place is no province: Basrah (1)" in done.stderr
    assert "Left out: waiting (1 waiting time is too few; 10 are needed)." in done.stderr
    table = pd.read_csv(files[0])
    assert table.loc[table["statistic"] == "events", "value"].tolist() == [2]
    assert "Basrah: null # perhaps basra; 1 events" in files[4].read_text()


@pytest.mark.usefixtures("undrawn")
def test_the_span_and_places_that_are_asked_for_are_kept(events: Path) -> None:
    span = ("--from", "2022-08-01T00:00", "--to", "2022-08-31T00:00")
    done = reprisal("describe", events, *span, "--place", "Baghdad", "--out", "here")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv("here/description.csv").set_index("statistic")["value"]
    assert (table["events"], table["days"]) == (2, 30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2022-08-01"], "give --from and --to together"),
        (["--from", "2022-09-01", "--to", "2022-08-01"], "not later than"),
        (["--from", "yesterday", "--to", "2022-08-01"], "needs a local date and time"),
        (["--timezone", "Asia/Bagdad"], "is not a time zone"),
        (["--timezone", "UTC", "--scenario", IRAQ], "times are read in the time zone of"),
        (["--order", "call"], "is not NAME=TIME"),
        (["--place", "Bagdad"], "did you mean 'Baghdad'?"),
        (["--scenario", IRAQ, "--mapping", "events.csv"], "a mapping file is a mapping of keys"),
    ],
)
def test_what_cannot_be_described_is_refused(
    events: Path, options: list[str], message: str
) -> None:
    done = reprisal("describe", events, *options)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not Path("results").exists()


def test_a_mapping_of_names_needs_a_scenario(events: Path) -> None:
    Path("m.yaml").write_text("places:\n  Basrah: basra\n")
    done = reprisal("describe", events, "--mapping", "m.yaml")
    assert done.exit_code == 2
    assert "m.yaml: maps names to those of a scenario, and none is given" in done.stderr


@pytest.mark.usefixtures("undrawn")
def test_what_was_not_read_or_fits_nothing_is_said(events: Path) -> None:
    events.write_text(TABLE.replace("killed", "kiled"))
    Path("m.yaml").write_text("places:\n  Basra: basra\n  Bagdad: baghdad\nsides: any\n")
    done = reprisal("describe", events, "--scenario", IRAQ, "--mapping", "m.yaml")
    assert done.exit_code == 0, done.stderr
    assert "columns not read: kiled (perhaps killed)" in done.stderr
    assert (
        "in the mapping but in no event: Basra (perhaps Basrah), Bagdad (perhaps Baghdad)"
        in done.stderr
    )
    assert "time covered: 2022-08-29 00:00 to 2022-08-30 00:00, Asia/Baghdad" in done.stderr
    names = pd.read_csv("results/events-description/names.csv").set_index("name")
    assert names.loc["Bagdad", ["events", "how", "to"]].tolist() == [0, "in no event", "baghdad"]


@pytest.mark.usefixtures("undrawn")
def test_a_count_taken_for_another_is_said(events: Path) -> None:
    rows = "id,date_start,date_prec,adm_1,side_a,side_b,best,high,low\n"
    events.write_text(f"{rows}1,2022-08-29,1,North,A,B,9,7,9\n2,2022-08-30,1,North,A,B,1,1,1\n")
    done = reprisal("describe", events)
    assert "1 low or high count beyond the best count, set equal to it: high 7 in row 2" in (
        done.stderr
    )


@pytest.mark.usefixtures("undrawn")
def test_events_outside_the_span_or_elsewhere_are_listed(events: Path) -> None:
    span = ("--from", "2022-08-29T20:00", "--to", "2022-09-01T00:00")
    done = reprisal("describe", events, *span, "--place", "Baghdad", "--out", "here")
    assert "3 rows read, 2 left out" in done.stderr
    assert pd.read_csv("here/dropped.csv").to_numpy().tolist() == [
        [2, "outside the span", "time", "2022-08-29 14:00:00"],
        [4, "another place", "place", "Basrah"],
    ]


def test_a_column_that_the_mapping_names_wrong_is_said_to_be_there(events: Path) -> None:
    Path("m.yaml").write_text("columns: {place: plac}\n")
    done = reprisal("describe", events, "--mapping", "m.yaml")
    assert done.exit_code == 2
    assert "no column 'plac' for the place, as columns.place says" in done.stderr
    assert "did you mean 'place'?" in done.stderr


@pytest.mark.usefixtures("as_printed")
def test_the_page_is_fit_for_print_and_the_same_each_time(events: Path) -> None:
    for folder in ("one", "two"):
        assert reprisal("describe", events, "--out", folder).exit_code == 0
    for name in ("description.png", "description.svg"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()
    width = int.from_bytes(Path("one/description.png").read_bytes()[16:20], "big")
    assert width == 2160


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reprisal("describe", events, "--out", "here").exit_code == 0
    before = {path.name: path.read_bytes() for path in Path("here").iterdir()}

    def stopped(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)  # when a file beside the old one is written
    assert reprisal("describe", events, "--out", "here").exit_code == 130
    assert {path.name: path.read_bytes() for path in Path("here").iterdir()} == before


@pytest.mark.usefixtures("undrawn")
def test_where_no_name_matches_the_names_and_a_mapping_to_fill_in_are_written_first(
    events: Path,
) -> None:
    events.write_text(
        "time,place,actor,target\n2022-08-29,Baghdad,Red,Blue\n2022-08-30,Baghdad,Red,Blue\n"
        "2022-09-29,Baghdad,Late,Blue\n2022-08-29,Atlantis,Far,Blue\n2022-08-29,Ninawa,Off,Blue\n"
    )
    span = ("--from", "2022-08-01", "--to", "2022-09-01")
    done = reprisal(
        "describe", events, "--scenario", IRAQ, *span, "--place", "baghdad", "--out", "here"
    )
    assert done.exit_code == 2
    assert "has no event with either side a group of the scenario (got 'Red'" in done.stderr
    assert done.stdout.split() == ["here/names.csv", "here/mapping-draft.yaml"]
    names = pd.read_csv("here/names.csv")
    assert names.loc[names["kind"] == "actor", "name"].tolist() == ["Red", "Blue"]
    draft = Path("here/mapping-draft.yaml")
    assert "Red: null # 2 events" in draft.read_text()
    draft.write_text(draft.read_text().replace("Red: null", "Red: saraya_salam"))
    again = reprisal("describe", events, "--scenario", IRAQ, "--mapping", draft, "--out", "there")
    assert again.exit_code == 0, again.stderr


@pytest.mark.usefixtures("undrawn")
def test_every_choice_is_printed_and_stored_and_can_be_made_otherwise(events: Path) -> None:
    events.write_text(
        "event_id_cnty,event_date,admin1,admin2,actor1,fatalities,event_type\n"
        "X1,05/08/2022,North,Harbour,A,1,Battles\nX2,06/08/2022,North,Mill,A,0,Protests\n"
    )
    done = reprisal("describe", events, "--out", "here")
    assert done.exit_code == 0, done.stderr
    lines = [line.strip() for line in done.stderr.splitlines()]
    stored = pd.read_csv("here/choices.csv", keep_default_na=False)
    for about, choice, why, option in stored.itertuples(index=False):
        line = f"{about}: {choice}{f' ({why})' if why else ''}"
        otherwise = option.removeprefix("'")  # which keeps it from being taken for a formula
        assert f"{line}; {otherwise}" in lines
    types = pd.read_csv("here/types.csv").to_numpy().tolist()
    assert types == [["type", "Battles", 1, 1], ["type", "Protests", 1, 0]]
    Path("m.yaml").write_text(
        "dates: MM/DD/YYYY\ncolumns: {place: admin2}\nonly: {type: [Protests]}\n"
    )
    options = (
        "--read", "dates=MM/DD/YYYY", "--read", "columns.place=admin2", "--only", "type=Protests",
    )  # fmt: skip
    for how in (("--mapping", "m.yaml"), options):
        done = reprisal("describe", events, *how, "--out", "there")
        assert done.exit_code == 0, done.stderr
        assert "time covered: 2022-05-08 00:00 to 2022-06-09 00:00, UTC" in done.stderr
        assert pd.read_csv("there/types.csv")["kept"].tolist() == [0, 1]


def test_an_option_that_is_no_key_of_the_mapping_file_is_refused(events: Path) -> None:
    done = reprisal("describe", events, "--read", "date=DD/MM/YYYY")
    assert done.exit_code == 2
    assert "--read date: unknown key" in done.stderr
    assert "did you mean 'dates'?" in done.stderr
