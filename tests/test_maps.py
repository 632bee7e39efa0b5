"""Maps that a scenario names: what is read of them, what is refused, where they travel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch

import analysis
from analysis import figures, outlinemap, tilemap
from sim import batch, scenario, shipped, store
from sim.scenario import Loaded, ScenarioError, load, load_text
from tests.batches import SETTINGS, make

SQUARE = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]


def feature(name: object, kind: str = "Polygon", coordinates: Any = SQUARE) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"province": name}, "geometry": geometry}


def geojson(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


BOTH = geojson(feature("city"), feature("Hills", "Point", [3, 0.5]))


def mapped(folder: Path, text: str = BOTH, named: object = "own.geojson") -> Loaded:
    (folder / "own.geojson").write_text(text, encoding="utf-8")
    return make(folder, "mapped", map=named)


def wrong(folder: Path, text: str = BOTH, named: object = "own.geojson") -> str:
    with pytest.raises(ScenarioError) as caught:
        mapped(folder, text, named)
    (problem,) = caught.value.problems
    return f"{problem.path}: {problem.message}{problem.details}"


def test_outlines_are_found_by_key_and_by_label(tmp_path: Path) -> None:
    outlines = mapped(tmp_path).outlines
    assert outlines is not None
    assert outlines.rings == {
        "city": (((0, 0), (0, 1), (1, 1), (1, 0)),),
        "hills": (((3, 0.5),),),
    }


def test_a_plane_keeps_proportions_and_has_north_above(tmp_path: Path) -> None:
    outlines = mapped(tmp_path).outlines
    assert outlines is not None
    plane = outlines.projected()
    corners = [(round(x, 3), round(y, 3)) for x, y in plane["city"][0]]
    assert corners == [(0, 0.333), (0, 0), (0.333, 0), (0.333, 0.333)]
    assert [round(each, 3) for each in plane["hills"][0][0]] == [1, 0.167]


def test_far_from_the_equator_degrees_of_longitude_are_shorter(tmp_path: Path) -> None:
    north = [[[0, 59.5], [0, 60.5], [1, 60.5], [1, 59.5], [0, 59.5]]]
    text = geojson(feature("city", coordinates=north), feature("hills", coordinates=north))
    outlines = mapped(tmp_path, text).outlines
    assert outlines is not None
    assert max(y for _, y in outlines.projected()["city"][0]) == pytest.approx(2.0)


def test_names_and_property_may_be_the_maps_own(tmp_path: Path) -> None:
    text = BOTH.replace("province", "NAME_1").replace("Hills", "Al-Hills")
    names = {"file": "own.geojson", "property": "NAME_1", "names": {"hills": "Al-Hills"}}
    outlines = mapped(tmp_path, text, names).outlines
    assert outlines is not None
    assert outlines.rings["hills"] == (((3, 0.5),),)


def test_borders_are_rounded_alike_on_both_sides(tmp_path: Path) -> None:
    border = [[10.123456, y / 7] for y in range(71)]
    sides = [[[[x, 10], *border, [x, 0], [x, 10]]] for x in (0, 20)]
    text = geojson(feature("city", coordinates=sides[0]), feature("hills", coordinates=sides[1]))
    outlines = mapped(tmp_path, text).outlines
    assert outlines is not None
    west, east = ({point for point in outlines.rings[key][0] if 5 < point[0] < 15}
                  for key in ("city", "hills"))  # fmt: skip
    assert west == east
    assert 20 < len(west) <= 71
    assert all(point == (10.12, round(point[1], 2)) for point in west)


@pytest.mark.parametrize(
    ("text", "named", "said"),
    [
        (BOTH, "owm.geojson", "map: cannot be read: No such file or directory"
         " (got 'owm.geojson'; did you mean 'own.geojson'?)"),
        (BOTH, 3, "map: needs the name of a GeoJSON file (got 3)"),
        (BOTH, {"property": "x"}, "map.file: is missing (allowed the name of a GeoJSON file)"),
        (BOTH, {"file": "own.geojson", "propertie": "x"},
         "map.propertie: unknown key (got 'propertie'; allowed file, property, names;"
         " did you mean 'property'?)"),
        (BOTH, {"file": "own.geojson", "property": "provinc"},
         "map: has no feature with the property 'provinc' (allowed property: province;"
         " did you mean 'province'?)"),
        (BOTH, {"file": "own.geojson", "names": {"hill": "Hills"}},
         "map.names.hill: is no province of this scenario (got 'hill'; allowed city, hills;"
         " did you mean 'hills'?)"),
        (BOTH, {"file": "own.geojson", "names": [1]},
         "map.names: needs a mapping of provinces to their names in the map"),
        (BOTH.replace("Hills", "Hils"), "own.geojson",
         "map: has no outline of hills; write names: {hills: its name there}"
         " (got 'Hills'; allowed city, Hils; did you mean 'Hils'?)"),
        ("{", "own.geojson", "map: is no GeoJSON: Expecting property name enclosed in double"
         " quotes: line 1 column 2 (char 1) (got 'own.geojson')"),
        ("[" * 100_000, "own.geojson",
         "map: is no GeoJSON: it is nested too deeply (got 'own.geojson')"),
        ("{}", "own.geojson",
         "map: is no GeoJSON: it needs a FeatureCollection with features (got 'own.geojson')"),
        (geojson(feature("city", "LineString")), "own.geojson",
         "map: is no GeoJSON: feature 1 needs properties and a Point or Polygon or MultiPolygon"
         " (got 'own.geojson')"),
        (geojson(feature("city", coordinates=[[[0, 91]]])), "own.geojson",
         "map: is no GeoJSON: feature 1 needs coordinates: longitude and latitude in degrees"
         " (got 'own.geojson')"),
        (geojson(feature("city", coordinates=[[]])), "own.geojson",
         "map: is no GeoJSON: feature 1 needs coordinates: longitude and latitude in degrees"
         " (got 'own.geojson')"),
    ],
)  # fmt: skip
def test_a_faulty_map_is_refused(tmp_path: Path, text: str, named: object, said: str) -> None:
    assert wrong(tmp_path, text, named) == said


def test_a_map_is_no_part_of_the_scenario(tmp_path: Path) -> None:
    plain = make(tmp_path, "plain")
    assert mapped(tmp_path).digest == plain.digest
    assert "map:" not in scenario.dump(mapped(tmp_path))


def test_a_child_has_its_parents_map_and_may_drop_it(tmp_path: Path) -> None:
    mapped(tmp_path)
    inner = tmp_path / "inner"
    inner.mkdir()
    child = load_text("extends: ../mapped.yaml\n", inner / "child.yaml")
    assert child.outlines == load(tmp_path / "mapped.yaml").outlines
    dropped = load_text("extends: ../mapped.yaml\nmap: null\n", inner / "child.yaml")
    assert dropped.outlines is None


def test_a_shipped_map_is_found_from_anywhere(tmp_path: Path) -> None:
    own = (shipped.folder() / "iraq-2022.yaml").read_text(encoding="utf-8")
    found = load_text(own, tmp_path / "own.yaml")
    assert found.outlines is not None
    assert found.outlines.file == shipped.folder() / "maps" / "iraq.geojson"


def test_a_results_folder_keeps_the_map(tmp_path: Path) -> None:
    loaded = mapped(tmp_path)
    store.create_or_open(tmp_path / "results", [loaded], 1, 1)
    (tmp_path / "own.geojson").unlink()
    (stored,) = store.open(tmp_path / "results").scenarios.values()
    assert stored.outlines is not None
    assert loaded.outlines is not None
    assert stored.outlines.rings == loaded.outlines.rings
    assert stored.digest == loaded.digest


def test_figures_have_the_outlines_of_the_map() -> None:
    """Each province is one patch of its colour; one that is too small for its number has a disc."""
    loaded = load("iraq-2022")
    *_, held = batch.in_memory([loaded], 4)
    frames = analysis.from_tables(held)
    table = analysis.province_table(frames)
    ax = Figure().subplots()
    analysis.tiles(table, ax, "killed", outlines=loaded.outlines)
    outlined = [each for each in ax.patches if isinstance(each, PathPatch)]
    discs = [each for each in ax.patches if isinstance(each, Circle)]
    assert (len(outlined), len(discs)) == (18, 2)  # Halabja is a point, Baghdad is small
    by_place = table.set_index("province")["killed"]
    texts = [each.get_text() for each in ax.texts]
    rows = {row["province"]: row for row in table.to_dict("records")}
    interval = {place: tilemap._interval(row, "killed") for place, row in rows.items()}
    assert f"Baghdad {tilemap._plain(by_place['baghdad'])}\n{interval['baghdad']}" in texts
    assert f"Basra\n{tilemap._plain(by_place['basra'])}\n{interval['basra']}" in texts
    assert any(text.startswith("Karbala\n") for text in texts)  # narrow, but wide enough for it
    left = tilemap.untold(table, ["killed"], {"iraq-2022": loaded.outlines})
    told = " ".join([*texts, left])
    for place, row in rows.items():
        assert interval[place] == "" or interval[place] in told
        assert (f"{row['label']} " in left) is (
            interval[place] != "" and not any(interval[place] in text for text in texts)
        )
    darkest = min(ax.patches, key=lambda each: tilemap._luminance(to_rgba(each.get_facecolor())))
    baghdad = outlinemap.centre(loaded.outlines.projected()["baghdad"])  # type: ignore[union-attr]
    assert darkest.get_path().transformed(darkest.get_patch_transform()).contains_point(baghdad)
    ((name, sheet),) = figures.some(frames, "map")
    words = " ".join(each.get_text() for each in sheet.texts)
    assert name == "map"
    assert "In each province: the estimate and its 95 % interval" in words


def test_the_room_for_words_ends_at_the_nearest_border() -> None:
    step = [[(0.0, 0.0), (0.8, 0.0), (0.8, 0.5), (0.4, 0.5), (0.4, 1.0), (0.0, 1.0)]]
    assert outlinemap.room(step, 0.3, 0.25) == pytest.approx(0.6)
    assert outlinemap.room(step, 0.3, 0.75) == pytest.approx(0.2)
    assert outlinemap.room(step, 0.6, 0.75) == 0


def test_a_map_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.geojson").write_text(BOTH)
    (inner / "link.geojson").symlink_to(tmp_path / "secret.geojson")
    for name in ("../secret.geojson", str(tmp_path / "secret.geojson"), "link.geojson"):
        with pytest.raises(ScenarioError, match="outside the folder"):
            load_text(json.dumps(SETTINGS | {"map": name}), inner / "own.yaml", within=[inner])


def test_a_stored_scenario_reads_no_map_outside_its_folder(tmp_path: Path) -> None:
    results = store.create_or_open(tmp_path / "results", [mapped(tmp_path)], 7, 1)
    stored = results.folder / "scenarios" / "mapped.yaml"
    text = stored.read_text(encoding="utf-8")
    assert store.open(results.folder).scenarios["mapped"].outlines is not None
    stored.write_text(text.replace("map: mapped.geojson", "map: ../../own.geojson"))
    with pytest.raises(store.StoreError, match=r"mapped\.yaml cannot be read"):
        _ = store.open(results.folder).scenarios
