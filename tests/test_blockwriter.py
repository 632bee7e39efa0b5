"""A block's files say nothing of how they came about, and fit each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sim import store
from sim.records import TABLES
from sim.store import Store, StoreError, packing
from sim.store.blocks import CHUNK, Block
from sim.store.blockwriter import HASHES, BlockWriter
from tests.batches import make, put, table_bytes
from tests.fake_engine import LABELS, FakeWorld, simulate

SEED = 7
BLOCK = Block(10_000, 12_499)


@pytest.fixture
def base(tmp_path: Path) -> Store:
    loaded = make(tmp_path / "files", "base")
    return store.create_or_open(tmp_path / "results", [loaded], SEED, 12_500)


def fresh(folder: Path, like: Store) -> Store:
    return store.create_or_open(folder, [like.scenarios["base"]], SEED, 12_500)


def add(writer: BlockWriter, replicates: Sequence[int]) -> None:
    tables = simulate(FakeWorld(LABELS, {}), SEED, replicates)
    packed = {name: packing.pack(name, tables[name], LABELS, replicates) for name in TABLES}
    writer.add(packed, LABELS)


def test_a_block_is_written_one_row_group_per_chunk(base: Store) -> None:
    put(base, "base", [10_000, 9_999 + CHUNK])
    put(base, "base", [10_000 + CHUNK])
    put(base, "base", [12_499])
    metadata = pq.read_metadata(base.shelf.path("runs", "base", BLOCK))
    rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert rows == [2, 1, 1]


@pytest.mark.parametrize(
    "steps",
    [
        [[12_400, 12_401], [10_000], [10_600, 10_601], [10_001, 10_300]],
        [[10_300], [10_000, 10_001], [10_601], [10_000, 10_600], [12_400, 12_401]],
        [[10_000], [10_001], [10_300], [10_600], [10_601], [12_400], [12_401]],
    ],
)
@pytest.mark.parametrize("publish", [True, False])
def test_the_bytes_do_not_tell_in_how_many_steps_a_block_was_written(
    base: Store, tmp_path: Path, steps: list[list[int]], publish: bool
) -> None:
    with BlockWriter(base.shelf, "base", BLOCK) as writer:
        for step in steps:
            for replicate in step:
                add(writer, [replicate])
            if publish:
                writer.publish()
        writer.publish()
    at_once = fresh(tmp_path / "once", base)
    with BlockWriter(at_once.shelf, "base", BLOCK) as writer:
        for chunk in ([10_000, 10_001], [10_300], [10_600, 10_601], [12_400, 12_401]):
            add(writer, chunk)
        writer.publish()
    assert table_bytes(base.folder) == table_bytes(at_once.folder)
    assert base.finished("base") == {replicate for step in steps for replicate in step}


def test_what_is_not_published_leaves_nothing(base: Store) -> None:
    put(base, "base", [10_000])
    before = table_bytes(base.folder)
    with BlockWriter(base.shelf, "base", BLOCK) as writer:
        add(writer, [10_001])
        add(writer, [10_600])
    assert table_bytes(base.folder) == before
    assert not [path for path in base.folder.rglob(".*") if path.is_file()]


def test_the_file_of_runs_holds_the_hashes_of_the_block(base: Store) -> None:
    put(base, "base", [10_000, 10_001])
    metadata = pq.read_metadata(base.shelf.path("runs", "base", BLOCK)).metadata
    kept = json.loads(metadata[HASHES.encode()])
    assert set(kept) == set(TABLES)
    for table in set(TABLES) - {"runs"}:
        data = base.shelf.path(table, "base", BLOCK).read_bytes()
        assert kept[table] == hashlib.sha256(data).hexdigest()


def test_of_two_writers_of_a_block_the_later_one_gives_up(base: Store) -> None:
    with BlockWriter(base.shelf, "base", BLOCK) as late:
        add(late, [10_000])
        put(base, "base", [10_001])
        with pytest.raises(StoreError, match="another process has written"):
            late.publish()
    assert base.finished("base") == {10_001}
