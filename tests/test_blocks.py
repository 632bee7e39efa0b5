from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.store import blocks
from sim.store.blocks import Block, block_from, block_of

REPLICATES = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize(
    ("replicate", "block"),
    [
        (0, (0, 4)),
        (4, (0, 4)),
        (5, (5, 9)),
        (99, (95, 99)),
        (100, (100, 124)),
        (999, (975, 999)),
        (1_000, (1_000, 1_249)),
        (9_999, (9_750, 9_999)),
        (10_000, (10_000, 10_999)),
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


@given(st.integers(0, 100_000))
def test_blocks_are_numbered_in_order(replicate: int) -> None:
    block = block_of(replicate)
    assert block_of(block.last + 1).number == block.number + 1


@given(REPLICATES)
def test_file_names_read_back(replicate: int) -> None:
    block = block_of(replicate)
    assert block_from(f"{block.name}.parquet") == block_from(f"{block.name}.sha256") == block


@pytest.mark.parametrize(
    "name",
    [
        ".000000-000004.parquet.tmp",
        "000000-000004.parquet.tmp",
        "000000-000030.parquet",
        "000001-000005.parquet",
        "0000000-0000004.parquet",
        "notes.txt",
    ],
)
def test_other_files_are_no_blocks(name: str) -> None:
    assert block_from(name) is None


def test_a_million_replicates_make_few_files() -> None:
    assert len({block_of(replicate) for replicate in range(0, 1_000_000, 5)}) < 1_100


def test_a_block_is_named_by_six_digits() -> None:
    assert Block(25, 49).name == "000025-000049"


def test_negative_replicates_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        block_of(-1)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9))), st.sets(st.integers(0, 60)))
def test_ranges_are_sets_that_take_no_memory(parts: list[tuple[int, int]], gone: set[int]) -> None:
    def numbers(spans: blocks.Spans) -> set[int]:
        return {number for first, last in spans for number in range(first, last + 1)}

    wanted = [(first, first + length) for first, length in parts]
    joined = blocks.merged(wanted)
    assert numbers(joined) == numbers(wanted)
    assert blocks.spans(numbers(wanted)) == joined
    left = blocks.without(joined, blocks.spans(gone))
    assert numbers(left) == numbers(wanted) - gone
    assert blocks.total(left) == len(numbers(left))
    assert all(after[0] > before[1] + 1 for before, after in pairwise(joined))
