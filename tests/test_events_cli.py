"""The commands about tables of events: what they write, and what they refuse."""

from __future__ import annotations

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
        "description.csv", "dropped.csv", "names.csv", "mapping-draft.yaml", "description.png",
        "description.svg",
    )]  # fmt: skip
    assert done.stdout.split() == [str(file) for file in files]
    assert all(file.stat().st_size for file in files)
    assert "plain table: 3 rows read, 1 left out." in done.stderr
    assert "1 place is no province: Basrah (1)" in done.stderr
    assert "Left out: waiting (1 waiting times are too few; 10 are needed)." in done.stderr
    table = pd.read_csv(files[0])
    assert table.loc[table["statistic"] == "events", "value"].tolist() == [2]
    assert "Basrah: null # perhaps basra; 1 events" in files[3].read_text()


def test_the_span_and_places_that_are_asked_for_are_kept(events: Path) -> None:
    span = ("--from", "2022-08-01T00:00", "--to", "2022-08-31T00:00")
    done = reprisal("describe", events, *span, "--place", "Baghdad", "--out", "here")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv("here/description.csv").set_index("statistic")["value"]
    assert (table["events"], table["days"]) == (2, 30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2022-08-01"], "--from and --to are given together"),
        (["--from", "2022-09-01", "--to", "2022-08-01"], "no later than"),
        (["--from", "yesterday", "--to", "2022-08-01"], "needs a local date and time"),
        (["--timezone", "Asia/Bagdad"], "is no time zone"),
        (["--timezone", "UTC", "--scenario", IRAQ], "times are told in the zone of"),
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
