from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.store.blocks import Block, block_from, block_of

REPLICATES = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize(
    ("replicate", "block"),
    [
        (0, (0, 24)),
        (24, (0, 24)),
        (25, (25, 49)),
        (999, (975, 999)),
        (1_000, (1_000, 1_249)),
        (9_999, (9_750, 9_999)),
        (10_000, (10_000, 12_499)),
    ],
)
def test_boundaries(replicate: int, block: tuple[int, int]) -> None:
    assert block_of(replicate) == block


@given(REPLICATES)
def test_blocks_share_no_replicate(replicate: int) -> None:
    block = block_of(replicate)
    assert block.first <= replicate <= block.last
    assert block_of(block.first) == block_of(block.last) == block
    assert block_of(block.last + 1).first == block.last + 1


@given(REPLICATES)
def test_file_names_read_back(replicate: int) -> None:
    block = block_of(replicate)
    assert block_from(block.file_name) == block


@pytest.mark.parametrize(
    "name",
    [
        ".000000-000024.parquet.tmp",
        "000000-000024.parquet.tmp",
        "000000-000030.parquet",
        "000001-000025.parquet",
        "0000000-0000024.parquet",
        "notes.txt",
    ],
)
def test_other_files_are_no_blocks(name: str) -> None:
    assert block_from(name) is None


def test_a_block_is_named_by_six_digits() -> None:
    assert Block(25, 49).file_name == "000025-000049.parquet"


def test_negative_replicates_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        block_of(-1)
