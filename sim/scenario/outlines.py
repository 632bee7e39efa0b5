"""Outlines of provinces, from the GeoJSON file that a scenario names as its ``map``.

A map is no part of the scenario: nothing but figures reads it, and the hash does not depend on it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from sim import shipped
from sim.scenario.places import Node, Path, Place, is_within, plain_data
from sim.scenario.problems import Problem, ScenarioError, list_names, nearest, show

KEY = "map"
PROPERTY = "province"
SUFFIX = ".geojson"
MAX_BYTES = 20_000_000
# Points are rounded to a grid of about so many steps over the whole map, borders alike on both
# sides: finer than any figure shows.
STEPS = 500
_KEYS = ("file", "property", "names")
_PARTS = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outlines:
    """The outline of each province.

    Parameters
    ----------
    file : pathlib.Path
        Where they were read.
    rings : dict of str to tuple of tuple of (float, float)
        By the key of the province: closed rings of longitude and latitude in degrees, without the
        repetition of the first point; one ring of a single point for a place without an outline.
    """

    file: FilePath
    rings: dict[str, tuple[Ring, ...]]

    def geojson(self) -> str:
        """Write them as GeoJSON, each with its key as the property ``province``."""
        features = [
            {"type": "Feature", "properties": {PROPERTY: key}, "geometry": _geometry(rings)}
            for key, rings in self.rings.items()
        ]
        lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in features)
        return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'

    def projected(self) -> dict[str, tuple[Ring, ...]]:
        """Give the rings on a plane, x to the east and y to the south, both from 0; x up to 1."""
        points = [point for rings in self.rings.values() for ring in rings for point in ring]
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        squeeze = math.cos(math.radians((south + north) / 2))
        width = (east - west) * squeeze or 1.0

        def place(ring: Ring) -> Ring:
            return tuple(((x - west) * squeeze / width, (north - y) / width) for x, y in ring)

        return {key: tuple(map(place, rings)) for key, rings in self.rings.items()}


def read_outlines(
    node: Node, labels: Mapping[str, str], within: Sequence[FilePath] = ()
) -> tuple[Outlines | None, list[Problem]]:
    """Read the map that a scenario names.

    Parameters
    ----------
    node : Node
        What stands under ``map``: a file, or a mapping with ``file``, ``property`` and ``names``.
    labels : mapping of str to str
        Label of each province by its key.
    within : sequence of pathlib.Path
        Folders outside which no map is read; anywhere without any.
    """
    try:
        return _Reader(node, within).outlines(labels), []
    except ScenarioError as error:
        return None, error.problems


class _Reader:
    """Reads one map; every fault raises ScenarioError."""

    def __init__(self, node: Node, within: Sequence[FilePath]) -> None:
        self._node, self._within = node, within
        asked = node.value if isinstance(node.value, dict) else {_KEYS[0]: node}
        for key, inner in asked.items():
            if key not in _KEYS:
                raise self._wrong(
                    (key,), "unknown key", show(key), list_names(_KEYS), nearest(key, _KEYS), inner
                )
        texts = {key: asked[key] for key in _KEYS[:2] if key in asked}
        for key, inner in texts.items():
            if not isinstance(inner.value, str) or not inner.value.strip() or "\0" in inner.value:
                at = (key,) if isinstance(node.value, dict) else ()
                what = "the name of a GeoJSON file" if key == _KEYS[0] else "text"
                raise self._wrong(at, f"needs {what}", show(inner.value), near_node=inner)
        if _KEYS[0] not in texts:
            raise self._wrong((_KEYS[0],), "is missing", "", "the name of a GeoJSON file")
        self._named: str = texts["file"].value
        self._property: str = texts["property"].value if "property" in texts else PROPERTY
        self._names = asked.get("names")

    def outlines(self, labels: Mapping[str, str]) -> Outlines:
        file = self._file()
        found = self._features(file)
        spelt = self._spelt(labels)
        rings = {key: self._rings_of(key, label, spelt, found) for key, label in labels.items()}
        return Outlines(file, _rounded(rings))

    def _file(self) -> FilePath:
        beside = FilePath(self._node.place.file).parent / self._named
        of_ours = shipped.folder() / self._named
        file = of_ours if not os.path.lexists(beside) and of_ours.is_file() else beside
        if not is_within(file, self._within):
            allowed = "a file in that folder or below it, or a shipped map"
            message = "names a file outside the folder of this scenario"
            raise self._wrong((), message, show(self._named), allowed)
        return file

    def _features(self, file: FilePath) -> dict[str, list[Any]]:
        """Give the geometries of the file by the name that they have there."""
        try:
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            near = nearest(file.name, [each.name for each in _beside(file)])
            reason = error.strerror or str(error)
            raise self._wrong(
                (), f"cannot be read: {reason}", show(self._named), near=near
            ) from None
        if len(data) > MAX_BYTES:
            message = f"is larger than {MAX_BYTES // 1_000_000} MB, the largest allowed"
            raise self._wrong((), message, show(self._named))
        try:
            features = _features_of(data)
        except ValueError as error:
            raise self._wrong((), f"is no GeoJSON: {error}", show(self._named)) from None
        found: dict[str, list[Any]] = {}
        for properties, geometry in features:
            if self._property in properties:
                found.setdefault(str(properties[self._property]), []).append(geometry)
        if not found:
            known = list(dict.fromkeys(key for properties, _ in features for key in properties))
            near = nearest(self._property, known)
            message = f"has no feature with the property {show(self._property)}"
            raise self._wrong((), message, "", f"property: {list_names(known, near)}", near)
        return found

    def _spelt(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Give the names that the scenario says the map has for its provinces."""
        if self._names is None:
            return {}
        spelt = plain_data(self._names)
        if not isinstance(spelt, dict) or not all(isinstance(each, str) for each in spelt.values()):
            message = "needs a mapping of provinces to their names in the map"
            raise self._wrong(("names",), message, near_node=self._names)
        for key in spelt:
            if key not in labels:
                near = nearest(key, labels)
                message = "is no province of this scenario"
                raise self._wrong(
                    ("names", key), message, show(key), list_names(labels, near), near
                )
        return spelt

    def _rings_of(
        self, key: str, label: str, spelt: Mapping[str, str], found: Mapping[str, list[Any]]
    ) -> tuple[Ring, ...]:
        names = [spelt[key]] if key in spelt else [key, label]
        name = next((name for name in names if name in found), None)
        if name is None:
            near = nearest(names[-1], found)
            message = f"has no outline of {key}; write names: {{{key}: its name there}}"
            raise self._wrong((), message, show(names[-1]), list_names(found, near), near)
        return tuple(ring for geometry in found[name] for ring in geometry)

    def _wrong(
        self,
        path: Path,
        message: str,
        got: str = "",
        allowed: str = "",
        near: str = "",
        near_node: Node | None = None,
    ) -> ScenarioError:
        place: Place = (near_node or self._node).place
        return ScenarioError([Problem(place, (KEY, *path), message, got, allowed, near)])


@lru_cache(maxsize=8)  # every scenario of a batch names the same map
def _features_of(data: bytes) -> list[tuple[dict[str, Any], tuple[Ring, ...]]]:
    """Read a GeoJSON text: properties and rings of each feature; ValueError says what is wrong."""
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise ValueError("it needs a FeatureCollection with features")
    return [_feature(each, number) for number, each in enumerate(features, 1)]


def _feature(feature: Any, number: int) -> tuple[dict[str, Any], tuple[Ring, ...]]:
    properties, geometry = (
        feature.get(key) if isinstance(feature, dict) else None
        for key in ("properties", "geometry")
    )
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if geometry is None or kind not in _PARTS or not isinstance(properties, dict):
        raise ValueError(f"feature {number} needs properties and a {' or '.join(_PARTS)}")
    try:
        rings = tuple(map(_ring, _lists(geometry["coordinates"], _PARTS[kind])))
    except (TypeError, ValueError, KeyError, IndexError):
        message = f"feature {number} needs coordinates: longitude and latitude in degrees"
        raise ValueError(message) from None
    return properties, rings


def _lists(coordinates: Any, depth: int) -> Iterator[Any]:
    """Walk down to the rings; a point is a ring of one."""
    if depth <= 1:
        yield coordinates if depth else [coordinates]
    else:
        for inner in coordinates:
            yield from _lists(inner, depth - 1)


def _ring(points: Sequence[Any]) -> Ring:
    ring = tuple((float(point[0]), float(point[1])) for point in points)
    if not ring or not all(abs(x) <= 180 and abs(y) <= 90 for x, y in ring):
        raise ValueError
    return ring


def _rounded(rings: dict[str, tuple[Ring, ...]]) -> dict[str, tuple[Ring, ...]]:
    """Round points to a grid, and drop those that fall together."""
    points = [point for each in rings.values() for ring in each for point in ring]
    reach = max(max(axis) - min(axis) for axis in zip(*points, strict=True)) or 1.0
    digits = math.ceil(-math.log10(reach / STEPS))
    return {
        key: tuple(sorted((_fewer(ring, digits) for ring in each), key=len, reverse=True))
        for key, each in rings.items()
    }


def _fewer(ring: Ring, digits: int) -> Ring:
    places = [(round(x, digits), round(y, digits)) for x, y in ring]
    kept = [
        place for place, before in zip(places, [None, *places[:-1]], strict=True) if place != before
    ]
    return tuple(kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept)


def _geometry(rings: Sequence[Ring]) -> dict[str, Any]:
    if len(rings) == 1 and len(rings[0]) == 1:
        return {"type": "Point", "coordinates": rings[0][0]}
    return {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]] for ring in rings]}


def _beside(file: FilePath) -> list[FilePath]:
    try:
        return sorted(each for each in file.parent.iterdir() if each.suffix in (SUFFIX, ".json"))
    except OSError:
        return []
