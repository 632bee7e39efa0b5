"""Provinces told by coordinates, and by a second level of names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.events.reading import EventDataError
from analysis.events.reading.locating import located
from analysis.events.reading.prepare import Prepared, prepare
from tests.test_event_reading import FOLDERS, IRAQ

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
HOLE = ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0))
NEXT = ((4.0, 0.0), (8.0, 0.0), (6.0, 4.0), (4.0, 4.0))
SCENARIO = """\
title: Two places
clock: {start: 2022-01-01T00:00, timezone: UTC, length: 182d, tick: 6h}
map: map.geojson
provinces:
  north: {label: North, tile: [0, 0], population: 100000, region: north}
  south: {label: South, tile: [1, 0], population: 100000, region: south}
groups:
  one: {label: One, bloc: one, fighters: {north: 5000, south: 5000}}
  other: {label: Other, bloc: other, fighters: {north: 5000, south: 5000}}
rivalry: {one: {other: 1.0}}
modes: {attack: {weight: 1, target_killed: {median: 0.5}, attacker_killed: {median: 0}}}
engagement: {background_rate: 0.2/d, reference_fighters: 5000}
"""
TABLE = """\
time,place,lat,lon
2022-01-02,North,0.5,0.5
2022-01-03,Hamlet,0.5,5
2022-01-04,Hamlet,1.5,1.5
2022-01-05,Nowhere,,
2022-01-06,South,0.5,0.5
"""


def points(*pairs: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["longitude", "latitude"])


def test_points_lie_in_the_ring_around_them_and_not_in_its_hole() -> None:
    rings = {"a": (SQUARE, HOLE), "b": (NEXT,), "dot": (((9.0, 9.0),),)}
    asked = points((0.5, 0.5), (1.5, 1.5), (5, 1), (7.9, 3.9), (9, 9), (-1, 2), (np.nan, 2))
    assert located(asked, rings).tolist() == ["a", "", "b", "", "", "", ""]


def test_many_points_are_told_as_a_test_of_each_side_tells_them() -> None:
    rng = np.random.default_rng(2)
    asked = points(*rng.uniform(-1, 9, (2000, 2)))
    x, y = asked["longitude"], asked["latitude"]
    in_next = (x >= 4) & (y >= 0) & (y <= 4) & (y <= -2 * (x - 8))
    found = located(asked, {"b": (NEXT,)})
    assert ((found == "b") == in_next).all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    features = [
        {
            "type": "Feature", "properties": {"province": name},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]},
        }
        for name, rings in (("north", (SQUARE, HOLE)), ("south", (NEXT,)))
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "map.geojson").write_text(text)
    (tmp_path / "s.yaml").write_text(SCENARIO)
    (tmp_path / "e.csv").write_text(TABLE)
    (tmp_path / "m.yaml").write_text("sides: any\n")
    return tmp_path


def read(folder: Path, *asked: tuple[str, str]) -> Prepared:
    return prepare(folder / "e.csv", folder / "s.yaml", folder / "m.yaml", asked=asked)


@pytest.mark.parametrize(
    ("by", "places", "why"),
    [
        ("both", ["north", "south", "south"],
         "2 by name, 1 by coordinates, 1 outside every province of the map"),
        ("name", ["north", "south"], ""),
        ("coordinates", ["north", "south", "north"],
         "0 by name, 3 by coordinates, 1 outside every province of the map"),
    ],
)  # fmt: skip
def test_provinces_are_told_by_name_by_coordinates_or_by_both(
    folder: Path, by: str, places: list[str], why: str
) -> None:
    found = read(folder, ("place_by", by))
    assert found.log.place is not None
    assert found.log.place.tolist() == places
    said = found.choices.set_index("about")["why"].get("provinces", "")
    assert said == why


def test_a_name_left_out_on_purpose_is_not_brought_back_by_its_coordinates(folder: Path) -> None:
    (folder / "m.yaml").write_text("sides: any\nplaces: {Hamlet: null}\n")
    found = read(folder)
    assert found.log.place is not None
    assert found.log.place.tolist() == ["north", "south"]


def test_coordinates_without_a_map_are_refused_with_the_reason(folder: Path) -> None:
    (folder / "s.yaml").write_text(SCENARIO.replace("map: map.geojson\n", ""))
    with pytest.raises(EventDataError, match=r"by coordinates .got no map in the scenario"):
        read(folder, ("place_by", "coordinates"))
    (folder / "s.yaml").write_text(SCENARIO)
    (folder / "e.csv").write_text("time,place\n2022-01-02,North\n")
    with pytest.raises(EventDataError, match="got no coordinates in the table"):
        read(folder, ("place_by", "coordinates"))


def test_a_second_level_stands_for_provinces_by_the_mapping(folder: Path) -> None:
    (folder / "e.csv").write_text(
        "time,admin1,admin2\n2022-01-02,Region,Harbour\n2022-01-03,Region,Mill\n"
    )
    (folder / "m.yaml").write_text(
        "sides: any\ncolumns: {place: admin2}\nplaces: {Harbour: north, Mill: south}\n"
    )
    found = read(folder)
    assert found.log.place is not None
    assert found.log.place.tolist() == ["north", "south"]


CENTRES = {
    "baghdad": (33.31, 44.37), "basra": (30.51, 47.78), "ninawa": (36.34, 43.13),
    "najaf": (32.00, 44.33), "maysan": (31.85, 47.15), "anbar": (33.42, 43.30),
}  # fmt: skip


def test_the_shipped_map_tells_the_provinces_of_cities(tmp_path: Path) -> None:
    rows = [f"2022-08-29,{lat},{lon}" for lat, lon in CENTRES.values()]
    (tmp_path / "e.csv").write_text("\n".join(["time,latitude,longitude", *rows, ""]))
    (tmp_path / "m.yaml").write_text("sides: any\n")
    found = prepare(tmp_path / "e.csv", IRAQ, tmp_path / "m.yaml")
    assert found.log.place is not None
    assert found.log.place.tolist() == list(CENTRES)


@pytest.mark.slow
@pytest.mark.skipif(
    not any((each / "sigacts_iraq_2004_2005.csv.gz").is_file() for each in FOLDERS),
    reason="the real log is not here",
)
def test_the_real_log_is_chosen_from_by_type_and_target() -> None:
    file = next(
        path for each in FOLDERS if (path := each / "sigacts_iraq_2004_2005.csv.gz").is_file()
    )
    found = prepare(file, asked=[("only.type", "IED"), ("drop.target", "Civilian")])
    assert 0 < len(found.log) < 58_142
    kept = found.data.selected.set_index("value")["kept"]
    assert kept[kept > 0].index.tolist() == ["IED"]
