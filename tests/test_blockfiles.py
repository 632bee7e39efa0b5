"""A block's files say nothing of how they came about, and count together or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sim import store
from sim.records import TABLES
from sim.store import Store, StoreError, files
from sim.store.blocks import Block
from tests.batches import make, put, table_bytes

SEED = 7
BLOCK = Block(10_000, 10_999)


@pytest.fixture
def base(tmp_path: Path) -> Store:
    loaded = make(tmp_path / "files", "base")
    return store.create_or_open(tmp_path / "results", [loaded], SEED, 11_000)


@pytest.mark.parametrize(
    "steps",
    [
        [[10_400, 10_401], [10_000], [10_600, 10_601], [10_001, 10_300]],
        [[10_300], [10_000, 10_001], [10_601], [10_000, 10_600], [10_400, 10_401]],
        [[10_000], [10_001], [10_300], [10_600], [10_601], [10_400], [10_401]],
    ],
)
def test_the_bytes_do_not_tell_in_how_many_steps_a_block_was_written(
    base: Store, tmp_path: Path, steps: list[list[int]]
) -> None:
    for step in steps:
        put(base, "base", step)
    once = store.create_or_open(tmp_path / "once", [base.scenarios["base"]], SEED, 11_000)
    put(once, "base", [10_000, 10_001, 10_300, 10_400, 10_401, 10_600, 10_601])
    assert table_bytes(base.folder) == table_bytes(once.folder)
    assert base.finished("base") == {replicate for step in steps for replicate in step}


def test_the_checksums_of_a_block_are_those_that_other_programs_read(base: Store) -> None:
    put(base, "base", [10_000, 10_001])
    kept = base.blocks.checksums("base", BLOCK)
    assert kept == {t: files.sha256(base.blocks.path(t, "base", BLOCK)) for t in TABLES}
    command = ["sha256sum", "-c", base.blocks.checksums_path("base", BLOCK)]
    told = subprocess.run(command, cwd=base.folder, capture_output=True, text=True, check=True)
    assert told.stdout.count(": OK\n") == len(TABLES)


def test_a_block_without_checksums_does_not_count_and_is_written_anew(base: Store) -> None:
    put(base, "base", [10_000, 10_001])
    base.blocks.checksums_path("base", BLOCK).unlink()
    assert base.finished("base") == set()
    assert base.read("ticks").num_rows == 0
    put(base, "base", [10_001])
    assert base.finished("base") == {10_001}


def test_of_two_writers_of_a_block_the_later_one_gives_up(
    base: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = files.sha256

    def meanwhile(path: Path) -> str:
        monkeypatch.setattr(files, "sha256", sha256)
        put(base, "base", [10_001])
        return sha256(path)

    monkeypatch.setattr(files, "sha256", meanwhile)
    with pytest.raises(StoreError, match="another process has written"):
        put(base, "base", [10_000])
    assert base.finished("base") == {10_001}
    assert not list(base.folder.rglob("*.tmp"))
