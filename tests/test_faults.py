"""A few of the faults of `tests.faults`, and a disk that is really full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import batch, store
from sim.store import StoreError
from tests.batches import make, table_bytes
from tests.fake_engine import ENGINE
from tests.faults import inject

SEED = 7


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_faults_cost_nothing(tmp_path: Path) -> None:
    tally = inject(10, 1, tmp_path)
    assert tally.faults.total() >= 10
    assert (tally.lost, tally.duplicated, tally.different) == (0, 0, 0), tally.text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_stops_a_batch_that_goes_on_elsewhere_with_the_same_bytes(
    tmp_path: Path, small_disk: Path
) -> None:
    loaded = [make(tmp_path / "files", "a")]
    with pytest.raises(StoreError, match=r"cannot write to .*No space left"):
        batch.run(store.create_or_open(small_disk / "r", loaded, SEED, 400), 2, engine=ENGINE)
    assert not list(small_disk.rglob("*.tmp"))
    stored = store.open(small_disk / "r").finished("a")
    assert 0 < len(stored) < 400
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    outcome = batch.run(store.create_or_open(small_disk / "r", loaded, SEED, 400), engine=ENGINE)
    assert outcome.done == 400 - len(stored)
    batch.run(store.create_or_open(tmp_path / "roomy", loaded, SEED, 400), 2, engine=ENGINE)
    assert table_bytes(small_disk / "r") == table_bytes(tmp_path / "roomy")


def test_a_disk_that_became_read_only_is_named(tmp_path: Path, small_disk: Path) -> None:
    loaded = [make(tmp_path / "files", "a")]
    results = store.create_or_open(small_disk / "r", loaded, SEED, 5)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match=r"cannot write to .*Read-only file system"):
        batch.run(results, 1, engine=ENGINE)
    with pytest.raises(StoreError, match=r"cannot write to .*Read-only file system"):
        store.create_or_open(small_disk / "r", loaded, SEED, 6)
    assert store.open(small_disk / "r").summary().running == ()
