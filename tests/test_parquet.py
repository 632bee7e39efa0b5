from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.records import TABLES
from sim.store import packing, parquet
from tests.fake_engine import LABELS, FakeWorld, simulate

WORLD = FakeWorld(LABELS, {})
SEED = 3


def packed(table: str, replicate: int) -> packing.Packed:
    return packing.pack(table, simulate(WORLD, SEED, [replicate])[table], LABELS, [replicate])


def written(folder: Path, table: str, rows: packing.Packed) -> Path:
    path = folder / "block.parquet"
    parquet.write(path, table, rows, LABELS, "base", SEED)
    return path


@pytest.mark.parametrize("table", TABLES)
def test_columns_and_types_are_those_of_the_records(tmp_path: Path, table: str) -> None:
    stored = parquet.read(written(tmp_path, table, packed(table, 1)), table)
    for column in TABLES[table]:
        kind = stored.schema.field(column.name).type
        if column.kind == "label":
            assert kind == pa.dictionary(pa.int16(), pa.utf8())
        elif column.kind == "time":
            assert kind == pa.timestamp("s", tz="UTC")
        else:
            assert kind.to_pandas_dtype() == np.dtype(column.kind).type
    assert stored.column_names == [column.name for column in TABLES[table]]


def test_files_are_compressed_and_carry_no_pandas_metadata(tmp_path: Path) -> None:
    metadata = pq.read_metadata(written(tmp_path, "ticks", packed("ticks", 1)))
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert b"pandas" not in metadata.metadata


def test_labels_keep_the_order_of_the_world(tmp_path: Path) -> None:
    rows = packed("orders", 1)
    stored = pq.read_table(written(tmp_path, "orders", rows)).column("action").chunk(0)
    assert stored.dictionary.to_pylist() == list(LABELS["action"])


@pytest.mark.parametrize("table", TABLES)
def test_stored_rows_unpack_to_what_was_packed(tmp_path: Path, table: str) -> None:
    rows = packing.join([packed(table, replicate) for replicate in range(6)])
    again = parquet.unpack(table, parquet.read(written(tmp_path, table, rows), table), LABELS)
    for name, values in rows.items():
        assert again[name].dtype == values.dtype
        np.testing.assert_array_equal(again[name], values)


@pytest.mark.parametrize("table", TABLES)
def test_bytes_do_not_depend_on_the_order_of_parts(tmp_path: Path, table: str) -> None:
    parts = [packed(table, replicate) for replicate in range(6)]
    forward = written(tmp_path, table, packing.join(parts)).read_bytes()
    assert written(tmp_path, table, packing.join(parts[::-1])).read_bytes() == forward


def test_missing_numbers_are_null(tmp_path: Path) -> None:
    stored = parquet.read(written(tmp_path, "runs", packed("runs", 0)), "runs")
    assert stored.column("relapse").null_count == 1


def test_a_stored_label_that_the_world_lacks_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "orders", packed("orders", 1))
    with pytest.raises(ValueError, match="'red'"):
        parquet.unpack("orders", parquet.read(path, "orders"), LABELS | {"group": ("green",)})


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("attacker", [2], "code outside 0 to 1"),
        ("attacker", [-1], "code outside 0 to 1"),
        ("depth", [40_000], "int16 cannot store"),
        ("tick", [0.5], "must hold int32 values"),
        ("tick", [[0]], "one dimension"),
        ("tick", [0, 1], "differ in length"),
        ("replicate", [8], "another replicate than 7"),
    ],
)
def test_wrong_rows_are_refused(column: str, values: list[Any], message: str) -> None:
    rows = {
        c.name: np.array([7 if c.name == "replicate" else 0])
        for c in TABLES["engagements"]
        if c.name != "scenario"
    }
    packing.pack("engagements", rows, LABELS, [7])
    with pytest.raises(ValueError, match=message):
        packing.pack("engagements", rows | {column: np.array(values)}, LABELS, [7])


def test_wrong_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="must have columns"):
        packing.pack("orders", {"replicate": np.array([0])}, LABELS, [0])


@pytest.mark.parametrize(
    ("found", "message"),
    [([3, 5], "one row per run"), ([5, 4, 3], "in order of"), ([3, 4, 4, 5], "one row per run")],
)
def test_runs_have_one_row_for_each_replicate(found: list[int], message: str) -> None:
    rows = {c.name: np.zeros(len(found), int) for c in TABLES["runs"] if c.name != "scenario"}
    del rows["seed"]
    rows |= {name: np.zeros(len(found), bool) for name in ("calm_reached", "called")}
    rows |= {"replicate": np.array(found)}
    with pytest.raises(ValueError, match=message):
        packing.pack("runs", rows, LABELS, [3, 4, 5])


def test_rows_of_several_runs_are_in_order_of_replicates() -> None:
    rows = simulate(WORLD, SEED, [3, 4, 5])["ticks"]
    packing.pack("ticks", rows, LABELS, [3, 4, 5])
    turned = {name: values[::-1] for name, values in rows.items()}
    with pytest.raises(ValueError, match="not in order of replicates"):
        packing.pack("ticks", turned, LABELS, [3, 4, 5])
    with pytest.raises(ValueError, match="another replicate than those from 3 to 4"):
        packing.pack("ticks", rows, LABELS, [3, 4])


def test_a_page_that_changed_on_disk_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "ticks", packed("ticks", 1))
    data = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(0)
    data[column.dictionary_page_offset + column.total_compressed_size - 1] ^= 1
    path.write_bytes(data)
    with pytest.raises((pa.ArrowException, OSError)):
        parquet.read(path, "ticks")


def test_a_table_without_rows_reads_back_empty(tmp_path: Path) -> None:
    rows = packing.join([packed("orders", 0)])
    assert not len(rows["tick"])
    stored = parquet.read(written(tmp_path, "orders", rows), "orders")
    assert stored.schema == parquet.schema("orders")
    assert stored.num_rows == 0


@pytest.mark.parametrize("column", ["replicate", "tick", "scenario", "time"])
def test_a_number_that_is_missing_where_none_may_be_is_refused(tmp_path: Path, column: str) -> None:
    path = written(tmp_path, "ticks", packed("ticks", 1))
    rows = pq.read_table(path)
    place = rows.column_names.index(column)
    field = rows.schema.field(place)
    empty = pa.nulls(rows.num_rows, field.type)
    pq.write_table(rows.set_column(place, field, empty), path)
    with pytest.raises(ValueError, match=f"column {column} has missing values"):
        parquet.read(path, "ticks")
