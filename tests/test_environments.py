"""The comparison of environments sees what differs and where it may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests import digests, environments

TABLES = {"runs": {"killed": np.array([1, 2]), "share": np.array([0.5, 0.25])}}


def found(**changed: str) -> dict[str, Any]:
    same = {"whole numbers": "a", "bytes of the files": "b"}
    return {"python": "3", "libraries": {"numpy": "2"}, "digests": {**same, **changed}}


def changed(column: str, value: float) -> dict[str, Any]:
    values = TABLES["runs"][column].copy()
    values[0] = value
    return {"runs": {**TABLES["runs"], column: values}}


@pytest.mark.parametrize(("column", "whole"), [("killed", True), ("share", False)])
def test_whole_numbers_and_others_have_digests_of_their_own(column: str, whole: bool):
    other = changed(column, 3)
    assert digests.of_tables(other, whole=whole) != digests.of_tables(TABLES, whole=whole)
    assert digests.of_tables(other, whole=not whole) == digests.of_tables(TABLES, whole=not whole)


def test_times_are_compared_as_numbers():
    times = pa.chunked_array([pa.array([5], pa.timestamp("s", tz="UTC"))])
    assert digests.plain(times) == [5]


def test_what_differs_is_named():
    alike = {"oldest": found(), "newest": found()}
    assert environments.differing(alike) == []
    unlike = {**alike, "other": found(**{"whole numbers": "c"})}
    assert environments.differing(unlike) == ["whole numbers"]
    assert "| whole numbers | `a` | `a` | `c` |" in environments.table(unlike)
